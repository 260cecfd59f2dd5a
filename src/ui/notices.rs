//! What the user should know, one line each.

use super::ctx::use_ctx;
use super::icons::Glyph;
use super::say;
use super::state::Act;
use crate::view::protocol::Notice;
use yew::prelude::*;

/// Properties of [`Notices`].
#[derive(Properties, PartialEq)]
pub struct NoticesProps {
    pub notices: Vec<Notice>,
}

/// The notices that were not dismissed.
#[component]
pub fn Notices(props: &NoticesProps) -> Html {
    let ctx = use_ctx();
    let w = ctx.words();
    html! {
        <div class="notices" role="status">
            { for props.notices.iter().map(|n| {
                let code = n.code;
                html! {
                    <p class="notice" key={format!("{code:?}")} title={n.detail.clone()}>
                        <span>{ say::notice(ctx.lang, n) }</span>
                        <button type="button" class="tool" aria-label={w.close} onclick={ctx.on(move || Act::Dismiss(code))}>
                            <Glyph name="close" />
                        </button>
                    </p>
                }
            }) }
        </div>
    }
}
