//! What the API server said of what was sent to it.

use super::ctx::use_ctx;
use crate::view::protocol::ApplyResult;
use std::rc::Rc;
use yew::prelude::*;

/// Properties of [`Results`].
#[derive(Properties, PartialEq)]
pub struct ResultsProps {
    pub applied: Option<Rc<Vec<ApplyResult>>>,
    /// Takes the reader to a line (from 0), where there is a text to go to.
    #[prop_or_default]
    pub go_to: Option<Callback<usize>>,
}

/// One line per document; a refusal leads to the line it is about.
#[component]
pub fn Results(props: &ResultsProps) -> Html {
    let w = use_ctx().words();
    let refusal = |r: &ApplyResult| {
        let (Some(go), line) = (props.go_to.clone(), r.line) else {
            return html! { <li class="bad">{ &r.message }</li> };
        };
        let onclick = Callback::from(move |_: MouseEvent| go.emit(line));
        html! {
            <li class="bad">
                <button type="button" class="link" {onclick}>{ &r.message }{ " " }<span class="tag">{ format!("{} {}", w.line, line + 1) }</span></button>
            </li>
        }
    };
    html! {
        <div class="results" role="status" aria-label={w.result}>
            { for props.applied.iter().map(|all| html! {
                <ul>
                    if all.is_empty() {
                        <li>{ w.nothing_to_apply }</li>
                    }
                    { for all.iter().map(|r| if r.ok { html! { <li class="good">{ &r.message }</li> } } else { refusal(r) }) }
                </ul>
            }) }
        </div>
    }
}
