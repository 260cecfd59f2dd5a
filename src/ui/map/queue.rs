//! The queue: pods that have no node yet, and what the scheduler says about them.

use super::Filter;
use super::node::Cells;
use super::squares::{OnHover, Squares};
use crate::collections::{Arrange, SortedMap};
use crate::ui::ctx::use_ctx;
use crate::view::frame::{Key, PodCell};
use crate::view::model::Shared;
use std::rc::Rc;
use yew::prelude::*;

/// The most pods shown with their names, and drawn at all.
const NAMED: usize = 18;
const DRAWN: usize = 480;
/// The most reasons told.
const REASONS: usize = 3;

/// Properties of [`Queue`].
#[derive(Properties, PartialEq)]
pub struct QueueProps {
    pub waiting: Shared<Vec<Shared<PodCell>>>,
    pub filter: Rc<Filter>,
    pub selected: Option<Key>,
    pub on_hover: OnHover,
}

/// The band of the queue; nothing where nothing waits.
#[component]
pub fn Queue(props: &QueueProps) -> Html {
    let w = use_ctx().words();
    let all = &props.waiting;
    if all.is_empty() {
        return Html::default();
    }
    let more = all.len().saturating_sub(DRAWN);
    let first = Shared::new(all.iter().take(DRAWN).cloned().collect::<Vec<_>>());
    html! {
        <section class="band queue" aria-label={w.queue}>
            <h2 class="band-title">{ w.queue }<span class="count">{ all.len() }</span></h2>
            if all.len() <= NAMED {
                <Cells pods={first} filter={props.filter.clone()} selected={props.selected.clone()} label={w.queue} />
            } else {
                <Squares pods={first} signs=true fit=false filter={props.filter.clone()} selected={props.selected.clone()}
                    on_hover={props.on_hover.clone()} label={w.queue} />
            }
            if more > 0 {
                <p class="more">{ format!("+{more}") }</p>
            }
            <ul class="queue-reasons">
                { for reasons(all).into_iter().map(|(message, count)| html! {
                    <li><span class="count">{ format!("{count} ×") }</span>{ message }</li>
                }) }
            </ul>
        </section>
    }
}

/// What Kubernetes says about those that wait, the most frequent first.
fn reasons(waiting: &[Shared<PodCell>]) -> Vec<(&str, usize)> {
    let mut counts = SortedMap::<&str, usize>::new();
    for pod in waiting.iter().filter(|p| !p.message.is_empty()) {
        *counts.entry(&pod.message).or_default() += 1;
    }
    let mut all: Vec<_> = counts.into_iter().collect();
    all.arrange_by_key(|(_, count)| std::cmp::Reverse(*count));
    all.truncate(REASONS);
    all
}
