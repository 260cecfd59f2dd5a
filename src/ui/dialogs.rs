//! Dialogs: help, and whether to begin anew.

use super::ctx::use_ctx;
use super::icons::{Glyph, state_glyph};
use super::say;
use super::state::Act;
use crate::view::frame::PodState;
use crate::view::protocol::Ready;
use yew::prelude::*;

/// Properties of [`Dialog`].
#[derive(Properties, PartialEq)]
struct DialogProps {
    title: AttrValue,
    on_close: Callback<MouseEvent>,
    children: Children,
}

/// A dialog over the page. The keyboard goes into it when it opens.
#[component]
fn Dialog(props: &DialogProps) -> Html {
    let ctx = use_ctx();
    {
        let host = ctx.host.clone();
        use_effect_with((), move |()| {
            host.focus("dialog");
            move || host.focus("map")
        });
    }
    let stay = Callback::from(|e: MouseEvent| e.stop_propagation());
    html! {
        <div class="veil" onclick={props.on_close.clone()}>
            <div id="dialog" class="dialog" role="dialog" aria-modal="true" aria-label={props.title.clone()} tabindex="-1" onclick={stay}>
                <header>
                    <h2>{ props.title.clone() }</h2>
                    <button type="button" class="tool" aria-label={ctx.words().close} onclick={props.on_close.clone()}><Glyph name="close" /></button>
                </header>
                { for props.children.iter() }
            </div>
        </div>
    }
}

/// Properties of [`HelpDialog`].
#[derive(Properties, PartialEq)]
pub struct HelpDialogProps {
    pub ready: Option<Ready>,
}

/// Shortcuts, the legend of the map, and what is simulated.
#[component]
pub fn HelpDialog(props: &HelpDialogProps) -> Html {
    let ctx = use_ctx();
    let w = ctx.words();
    let keys = [
        (".", w.key_step),
        ("Space", w.key_pause),
        ("/", w.key_filter),
        (":", w.key_terminal),
        ("g m", w.key_go_map),
        ("g t", w.key_go_terminal),
        ("g e", w.key_go_editor),
        ("g a", w.key_go_activity),
        ("l", w.key_list),
        ("← → ↑ ↓", w.key_arrows),
        ("Esc", w.key_close),
        ("?", w.key_help),
    ];
    let limits = [
        w.limit_containers,
        w.limit_time,
        w.limit_validation,
        w.limit_answer,
    ];
    html! {
        <Dialog title={w.help} on_close={ctx.on(|| Act::Help(false))}>
            <p class="about">{ w.about }</p>
            <div class="help-grid">
                <section>
                    <h3>{ w.shortcuts }</h3>
                    <dl class="keys">
                        { for keys.iter().map(|(key, what)| html! {
                            <div><dt>{ for key.split(' ').map(|k| html! { <kbd>{ k }</kbd> }) }</dt><dd>{ what }</dd></div>
                        }) }
                    </dl>
                </section>
                <section>
                    <h3>{ w.legend }</h3>
                    <ul class="legend">
                        { for PodState::ALL.iter().map(|s| html! {
                            <li class={format!("is-{}", s.slug())}>{ state_glyph(*s) }<span>{ say::pod_state(ctx.lang, *s) }</span></li>
                        }) }
                    </ul>
                </section>
                <section class="whole">
                    <h3>{ w.limits }</h3>
                    <ul class="limits">{ for limits.iter().map(|l| html! { <li>{ l }</li> }) }</ul>
                    if let Some(ready) = &props.ready {
                        <p class="dim">{ format!("Kubernetes {} · {} {}", ready.version, w.seed, ready.seed) }</p>
                    }
                </section>
            </div>
        </Dialog>
    }
}

/// Asks whether to throw the cluster away.
#[component]
pub fn ResetDialog() -> Html {
    let ctx = use_ctx();
    let w = ctx.words();
    html! {
        <Dialog title={w.reset_ask} on_close={ctx.on(|| Act::AskReset(false))}>
            <p>{ w.reset_why }</p>
            <p class="buttons">
                <button type="button" class="button" onclick={ctx.on(|| Act::AskReset(false))}>{ w.cancel }</button>
                <button type="button" class="button danger" onclick={ctx.on(|| Act::Reset)}>{ w.reset }</button>
            </p>
        </Dialog>
    }
}
