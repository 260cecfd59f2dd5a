//! The words about what is under the pointer or has the keyboard.

use crate::ui::ctx::{Now, use_ctx};
use crate::ui::icons::state_glyph;
use crate::ui::say;
use crate::view::frame::{Key, PodCell, node_key};
use crate::view::model::{Shared, Snapshot};
use yew::prelude::*;

/// Properties of [`Tip`].
#[derive(Properties, PartialEq)]
pub struct TipProps {
    pub hover: Option<(Key, i32, i32)>,
    pub shown: Snapshot,
}

fn find(shown: &Snapshot, key: &Key) -> Option<Shared<PodCell>> {
    let (namespace, name) = key.strip_prefix("pod/")?.split_once('/')?;
    let on = shown.nodes.iter().flat_map(|n| n.pods.iter());
    let mut all = on.chain(shown.waiting.iter());
    all.find(|p| p.name == name && p.namespace == namespace)
        .cloned()
}

/// The tip. It says nothing that the inspector does not say.
#[component]
pub fn Tip(props: &TipProps) -> Html {
    let ctx = use_ctx();
    let now = use_context::<Now>().unwrap_or_default();
    let place = props.hover.as_ref().map(|(_, x, y)| (*x, *y));
    {
        let host = ctx.host.clone();
        use_effect_with(place, move |place| {
            if let Some((x, y)) = place {
                host.set_style(
                    "tip",
                    "transform",
                    &format!("translate({}px, {}px)", x + 12, y + 16),
                );
            }
        });
    }
    let said = props.hover.as_ref().and_then(|(key, ..)| {
        if let Some(pod) = find(&props.shown, key) {
            return Some(pod_words(&ctx, &pod, now));
        }
        let mut nodes = props.shown.nodes.iter();
        let node = nodes.find(|n| node_key(&n.card.name) == *key)?;
        let card = &node.card;
        Some(html! {
            <>
                <b>{ &card.name }</b>
                { for card.taints.iter().map(|t| html! { <span>{ t }</span> }) }
                <span class="dim">{ format!("{} · {} / {} {}", card.ip, node.pods.len(), card.allocatable.2, ctx.words().pods) }</span>
            </>
        })
    });
    html! {
        <div id="tip" class={classes!("tip", said.is_some().then_some("shown"))} role="tooltip">
            { for said }
        </div>
    }
}

fn pod_words(ctx: &crate::ui::ctx::Ctx, pod: &PodCell, now: Now) -> Html {
    let w = ctx.words();
    let left = pod.until_ms.map(|t| say::span(t.div_euclid(1000) - now.0));
    html! {
        <>
            <b>{ &pod.name }</b>
            <span class={format!("tip-state is-{}", pod.state.slug())}>
                { state_glyph(pod.state) }
                { say::pod_state(ctx.lang, pod.state) }
                { for left.map(|l| html! { <span class="countdown">{ l }</span> }) }
            </span>
            if !pod.message.is_empty() {
                <span class="tip-message">{ &pod.message }</span>
            }
            <span class="dim">
                { format!("{} · {}/{} · {} {}", pod.namespace, pod.ready.0, pod.ready.1, w.restarts, pod.restarts) }
            </span>
        </>
    }
}
