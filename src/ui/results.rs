//! What the API server said of what was sent to it.

use super::ctx::use_ctx;
use crate::view::protocol::ApplyResult;
use std::rc::Rc;
use yew::prelude::*;

/// Properties of [`Results`].
#[derive(Properties, PartialEq)]
pub struct ResultsProps {
    pub applied: Option<Rc<Vec<ApplyResult>>>,
}

/// One line per document.
#[component]
pub fn Results(props: &ResultsProps) -> Html {
    let w = use_ctx().words();
    html! {
        <div class="results" role="status" aria-label={w.result}>
            { for props.applied.iter().map(|all| html! {
                <ul>
                    if all.is_empty() {
                        <li>{ w.nothing_to_apply }</li>
                    }
                    { for all.iter().map(|r| html! { <li class={if r.ok { "good" } else { "bad" }}>{ &r.message }</li> }) }
                </ul>
            }) }
        </div>
    }
}
