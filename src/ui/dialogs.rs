//! Dialogs: help, and whether to begin anew.

use super::ctx::use_ctx;
use super::icons::{Glyph, state_glyph};
use super::say;
use super::state::Act;
use crate::view::frame::PodState;
use crate::view::protocol::{Init, Ready};
use std::rc::Rc;
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

/// Properties of the dialogs about the cluster.
#[derive(Properties, PartialEq)]
pub struct ClusterDialogProps {
    pub ready: Option<Ready>,
}

/// Shortcuts, the legend of the map, and what is simulated.
#[component]
pub fn HelpDialog(props: &ClusterDialogProps) -> Html {
    let ctx = use_ctx();
    let w = ctx.words();
    let keys = [
        (".", w.key_step),
        (",", w.back),
        ("u", w.undo),
        ("r", w.redo),
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
pub fn ResetDialog(props: &ClusterDialogProps) -> Html {
    let ctx = use_ctx();
    let w = ctx.words();
    // Of the same kind as the one before, with another seed.
    let init = Init {
        profile: props.ready.as_ref().and_then(|r| r.profile.clone()),
        ..Init::default()
    };
    html! {
        <Dialog title={w.reset_ask} on_close={ctx.on(|| Act::AskReset(false))}>
            <p>{ w.reset_why }</p>
            <p class="buttons">
                <button type="button" class="button" onclick={ctx.on(|| Act::AskReset(false))}>{ w.cancel }</button>
                <button type="button" class="button danger" onclick={ctx.on(move || Act::Restart(init.clone()))}>{ w.reset }</button>
            </p>
        </Dialog>
    }
}

/// Properties of [`ShareDialog`].
#[derive(Properties, PartialEq)]
pub struct ShareDialogProps {
    /// What is shared, once the worker has told.
    pub record: Option<Rc<str>>,
}

/// What a saved cluster is called.
const FILE: &str = "cluster.kubarium.json";

/// A link to this cluster as it is now, and the same as a file.
#[component]
pub fn ShareDialog(props: &ShareDialogProps) -> Html {
    let ctx = use_ctx();
    let w = ctx.words();
    // None while it is made, then the link, or none where it would be too long.
    let link = use_state_eq(|| None::<Option<String>>);
    let copied = use_state_eq(|| None::<bool>);
    {
        let (host, setter) = (ctx.host.clone(), link.setter());
        use_effect_with(props.record.clone(), move |record| {
            if let Some(record) = record {
                host.link(record, Box::new(move |link| setter.set(Some(link))));
            }
        });
    }
    let copy = {
        let (host, link, setter) = (ctx.host.clone(), link.clone(), copied.setter());
        Callback::from(move |_: MouseEvent| {
            let Some(Some(link)) = &*link else { return };
            let setter = setter.clone();
            host.copy(link, Box::new(move |done| setter.set(Some(done))));
        })
    };
    let save = {
        let (host, record) = (ctx.host.clone(), props.record.clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(record) = &record {
                host.save_file(FILE, record);
            }
        })
    };
    let open = {
        let (host, act) = (ctx.host.clone(), ctx.act.clone());
        Callback::from(move |_: MouseEvent| {
            let act = act.clone();
            host.open_file(Box::new(move |text| {
                act.emit(Act::Restart(Init {
                    record: Some(text),
                    // What cannot be read leaves the cluster that is there.
                    restore: true,
                    ..Init::default()
                }));
            }));
        })
    };
    html! {
        <Dialog title={w.share} on_close={ctx.on(|| Act::AskShare(false))}>
            <p>{ w.share_about }</p>
            { match &*link {
                None => html! { <p class="dim" role="status">{ w.loading }</p> },
                Some(None) => html! { <p role="status">{ w.link_too_long }</p> },
                Some(Some(link)) => html! {
                    <p class="share-link">
                        <input id="share-link" type="text" readonly=true value={link.clone()} aria-label={w.link} />
                        <button type="button" class="button primary" onclick={copy}>{ w.copy_link }</button>
                    </p>
                },
            } }
            <p class="dim" role="status">{ match *copied {
                Some(true) => w.copied,
                Some(false) => w.copy_refused,
                None => "",
            } }</p>
            <p class="buttons">
                <button type="button" class="button" onclick={open}>{ w.open_file }</button>
                <button type="button" class="button" disabled={props.record.is_none()} onclick={save}>{ w.save_file }</button>
            </p>
        </Dialog>
    }
}
