//! The front: services as doors with their addresses, and how many ready pods stand behind each.

use super::Filter;
use super::traffic::Counts;
use crate::collections::Arrange;
use crate::ui::ctx::use_ctx;
use crate::ui::icons::Glyph;
use crate::view::frame::{Key, ServiceDoor, key};
use crate::view::model::Shared;
use std::rc::Rc;
use yew::prelude::*;

/// Properties of [`Front`].
#[derive(Properties, PartialEq)]
pub struct FrontProps {
    pub services: Shared<Vec<Shared<ServiceDoor>>>,
    pub filter: Rc<Filter>,
    pub selected: Option<Key>,
}

/// The most doors shown; the list has them all.
const SHOWN: usize = 80;

/// The band of services.
#[component]
pub fn Front(props: &FrontProps) -> Html {
    let w = use_ctx().words();
    let mut doors: Vec<_> = props
        .services
        .iter()
        .filter(|s| props.filter.shows(&s.namespace, &s.name))
        .collect();
    doors.arrange_by_key(|s| (s.namespace.starts_with("kube-"), s.name == "kubernetes"));
    let more = doors.len().saturating_sub(SHOWN);
    html! {
        <section class="band front" aria-label={w.services}>
            <h2 class="band-title">{ w.services }<span class="count">{ doors.len() }</span></h2>
            if doors.is_empty() {
                <p class="empty">{ w.no_services }</p>
            }
            <div class="door-row">
                { for doors.iter().take(SHOWN).map(|s| {
                    let id = key("service", &s.namespace, &s.name);
                    let selected = props.selected.as_ref() == Some(&id);
                    html! { <Door key={id} door={(*s).clone()} {selected} /> }
                }) }
                if more > 0 {
                    <span class="more">{ format!("+{more}") }</span>
                }
            </div>
        </section>
    }
}

/// Properties of [`Door`].
#[derive(Properties, PartialEq)]
struct DoorProps {
    door: Shared<ServiceDoor>,
    selected: bool,
}

/// A service.
#[component]
fn Door(props: &DoorProps) -> Html {
    let w = use_ctx().words();
    let s = &props.door;
    let id = key("service", &s.namespace, &s.name);
    let (ready, waiting) = s.counts;
    let class = classes!(
        "door",
        if ready > 0 || s.kind == "ExternalName" {
            "open"
        } else {
            "shut"
        },
        props.selected.then_some("selected"),
        s.namespace.starts_with("kube-").then_some("system"),
    );
    // The first dozen endpoints as dots: full ones are ready.
    let dots = (ready.min(12), waiting.min(12u32.saturating_sub(ready)));
    html! {
        <button id={id.clone()} type="button" data-key={id} {class}>
            <Glyph name="door" />
            <span class="door-name">{ &s.name }</span>
            <span class="door-kind">{ &s.kind }</span>
            <span class="door-address">{ &s.address }{ for s.ports.first().map(|p| html! { <span class="port">{ format!(":{p}") }</span> }) }</span>
            <span class="door-ends" aria-label={format!("{ready} {}", w.ready_of)} role="img">
                { for (0..dots.0).map(|_| html! { <i class="end ready" /> }) }
                { for (0..dots.1).map(|_| html! { <i class="end" /> }) }
                <span class="end-count">{ format!("{ready}/{}", ready + waiting) }</span>
            </span>
            <Counts counts={s.requests} />
        </button>
    }
}
