//! The inspector: one object in full.

mod events;
mod logs;
mod relations;
mod summary;
mod why;
mod yaml;

use super::ctx::use_ctx;
use super::icons::Glyph;
use super::state::{Act, LogView, Tab};
use crate::view::inspect::Inspection;
use crate::view::protocol::{ApplyResult, ObjectRef};
use crate::view::select::short;
use std::rc::Rc;
use yew::prelude::*;

/// Properties of [`Inspector`].
#[derive(Properties, PartialEq)]
pub struct InspectorProps {
    pub subject: ObjectRef,
    pub inspection: Option<Rc<Inspection>>,
    pub tab: Tab,
    pub log: Option<Rc<LogView>>,
    pub applied: Option<Rc<Vec<ApplyResult>>>,
}

/// The inspector's pane.
#[component]
pub fn Inspector(props: &InspectorProps) -> Html {
    let ctx = use_ctx();
    let w = ctx.words();
    let subject = &props.subject;
    let mut tabs = vec![
        (Tab::Summary, "summary", w.summary),
        (Tab::Why, "why", w.why),
        (Tab::Events, "events", w.events),
    ];
    if subject.kind == "Pod" {
        tabs.push((Tab::Logs, "logs", w.logs));
    }
    tabs.push((Tab::Relations, "relations", w.relations));
    tabs.push((Tab::Yaml, "yaml", w.yaml));
    let order: Vec<(Tab, &str)> = tabs.iter().map(|(t, id, _)| (*t, *id)).collect();
    let onkeydown = {
        let (ctx, tab) = (ctx.clone(), props.tab);
        Callback::from(move |e: KeyboardEvent| {
            let at = order.iter().position(|(t, _)| *t == tab).unwrap_or(0);
            let to = match &*e.key() {
                "ArrowRight" => (at + 1) % order.len(),
                "ArrowLeft" => (at + order.len() - 1) % order.len(),
                _ => return,
            };
            e.prevent_default();
            ctx.act.emit(Act::Tab(order[to].0));
            ctx.host.focus(&format!("tab-{}", order[to].1));
        })
    };
    html! {
        <section id="inspector" class="pane inspector" aria-label={w.inspector}>
            <header class="inspector-head">
                <span class="kind">{ short(&subject.kind) }</span>
                <h2 title={subject.name.clone()}>{ &subject.name }</h2>
                if !subject.namespace.is_empty() {
                    <span class="tag">{ &subject.namespace }</span>
                }
                <button type="button" class="tool" aria-label={w.close} onclick={ctx.on(|| Act::Select(None))}><Glyph name="close" /></button>
            </header>
            <div class="tabs" role="tablist" aria-label={w.inspector} {onkeydown}>
                { for tabs.iter().map(|(tab, id, label)| {
                    let (tab, on) = (*tab, *tab == props.tab);
                    html! {
                        <button type="button" id={format!("tab-{id}")} role="tab" aria-selected={on.to_string()} aria-controls="inspector-body"
                            tabindex={if on { "0" } else { "-1" }} onclick={ctx.on(move || Act::Tab(tab))}>{ label }</button>
                    }
                }) }
            </div>
            <div id="inspector-body" class="inspector-body" role="tabpanel" tabindex="0" aria-label={w.inspector}>
                { body(props, w) }
            </div>
        </section>
    }
}

fn body(props: &InspectorProps, w: &super::words::Words) -> Html {
    let Some(seen) = &props.inspection else {
        return html! { <p class="empty">{ w.loading }</p> };
    };
    let seen = seen.clone();
    let shown = match props.tab {
        Tab::Summary => html! { <summary::SummaryTab {seen} /> },
        Tab::Why => html! { <why::WhyTab {seen} /> },
        Tab::Events => html! { <events::EventsTab {seen} /> },
        Tab::Logs => html! { <logs::LogsTab {seen} log={props.log.clone()} /> },
        Tab::Relations => html! { <relations::RelationsTab {seen} /> },
        Tab::Yaml => html! { <yaml::YamlTab {seen} applied={props.applied.clone()} /> },
    };
    let gone = props.inspection.as_ref().is_some_and(|i| !i.exists);
    html! {
        <>
            if gone {
                <p class="gone" role="status">{ w.gone }</p>
            }
            { shown }
        </>
    }
}

/// Properties of every tab.
#[derive(Properties, PartialEq)]
pub struct TabProps {
    pub seen: Rc<Inspection>,
}
