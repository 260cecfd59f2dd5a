//! The events that Kubernetes keeps about an object.

use super::TabProps;
use crate::ui::ctx::{Now, use_ctx};
use crate::ui::say;
use yew::prelude::*;

/// The tab.
#[component]
pub fn EventsTab(props: &TabProps) -> Html {
    let w = use_ctx().words();
    let now = use_context::<Now>().unwrap_or_default();
    html! {
        <>
            if props.seen.events.is_empty() {
                <p class="empty">{ w.no_events }</p>
            }
            <ul class="events">
                { for props.seen.events.iter().rev().map(|e| html! {
                    <li class={classes!(e.warning.then_some("warning"))}>
                        <span class="event-head">
                            <b>{ &e.reason }</b>
                            if e.count > 1 {
                                <span class="tag">{ format!("×{}", e.count) }</span>
                            }
                            <span class="dim">{ &e.from }</span>
                            <time>{ say::span(now.0 - e.last_ms / 1000) }</time>
                        </span>
                        <p>{ &e.message }</p>
                    </li>
                }) }
            </ul>
        </>
    }
}
