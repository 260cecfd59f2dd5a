//! What an object is tied to.

use super::TabProps;
use crate::ui::ctx::use_ctx;
use crate::ui::say;
use crate::ui::state::Act;
use crate::view::inspect::How;
use yew::prelude::*;

const ORDER: [How; 7] = [
    How::Owner,
    How::Dependant,
    How::Selects,
    How::SelectedBy,
    How::RunsOn,
    How::Hosts,
    How::Uses,
];

/// The tab: groups by the kind of tie, drawn in the style that the map gives it.
#[component]
pub fn RelationsTab(props: &TabProps) -> Html {
    let ctx = use_ctx();
    let all = &props.seen.relations;
    if all.is_empty() {
        return html! { <p class="empty">{ ctx.words().no_relations }</p> };
    }
    html! {
        <>
            { for ORDER.iter().filter(|how| all.iter().any(|r| r.how == **how)).map(|how| html! {
                <>
                    <h3 class={format!("tie {}", style(*how))}>{ say::how(ctx.lang, *how) }</h3>
                    <ul class="relations">
                        { for all.iter().filter(|r| r.how == *how).map(|r| {
                            let object = r.object.clone();
                            html! {
                                <li>
                                    <button type="button" class="link name" onclick={ctx.on(move || Act::Select(Some(object.clone())))}>{ say::object(&r.object) }</button>
                                    <span class="dim">{ &r.status }</span>
                                </li>
                            }
                        }) }
                    </ul>
                </>
            }) }
        </>
    }
}

fn style(how: How) -> &'static str {
    match how {
        How::Owner | How::Dependant => "owner",
        How::Selects | How::SelectedBy => "selector",
        _ => "reference",
    }
}
