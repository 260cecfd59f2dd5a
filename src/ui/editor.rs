//! The editor: a manifest, examples to begin with, and what the API server said of it.

use super::ctx::use_ctx;
use super::icons::Glyph;
use super::state::Act;
use crate::view::examples::EXAMPLES;
use crate::view::host::EditorSetup;
use crate::view::protocol::{ApplyResult, FromWorker, ToWorker};
use std::rc::Rc;
use yew::prelude::*;

/// How long to wait after the last keystroke before the text is checked.
const CHECK_AFTER_MS: u32 = 250;

/// Properties of [`EditorPane`].
#[derive(Properties, PartialEq)]
pub struct EditorPaneProps {
    pub open: bool,
    /// Whether the editor is the page's current place.
    pub here: bool,
    pub applied: Option<Rc<Vec<ApplyResult>>>,
    pub applying: bool,
}

/// The editor's pane.
#[component]
pub fn EditorPane(props: &EditorPaneProps) -> Html {
    let ctx = use_ctx();
    let w = ctx.words();
    // Where the editor lies over the map it is loaded when it is first looked at.
    let wide = ctx.host.rects("", &["page".to_owned()]);
    let wide = wide
        .first()
        .copied()
        .flatten()
        .is_none_or(|r| r.width >= 1200.0);
    use_editor(&ctx, props.here || props.open && wide);
    let send = |dry_run: bool| {
        let ctx = ctx.clone();
        Callback::from(move |_: MouseEvent| {
            ctx.act.emit(Act::Apply {
                text: ctx.host.editor_text(),
                dry_run,
            });
        })
    };
    let on_example = {
        let ctx = ctx.clone();
        Callback::from(move |e: Event| {
            let select = e.target_unchecked_into::<web_sys::HtmlSelectElement>();
            let chosen = select.value().parse::<usize>().ok();
            if let Some(example) = chosen.and_then(|i| EXAMPLES.get(i)) {
                ctx.host.set_editor_text(example.text);
            }
            select.set_value("");
        })
    };
    html! {
        <>
            <header class="pane-head">
                <h2>{ w.editor }</h2>
                <select class="field examples" aria-label={w.examples} onchange={on_example}>
                    <option value="" selected=true>{ w.examples }</option>
                    { for EXAMPLES.iter().enumerate().map(|(i, e)| html! {
                        <option value={i.to_string()}>{ ctx.lang.pick(e.title[0], e.title[1]) }</option>
                    }) }
                </select>
                <span class="grow" />
                <button type="button" class="tool wide-only" aria-label={w.close} onclick={ctx.on(|| Act::Editor(false))}><Glyph name="close" /></button>
            </header>
            <div id="editor" class="editor-host" />
            <Results applied={props.applied.clone()} />
            <p class="buttons editor-buttons">
                <span class="grow dim">{ w.apply_hint }</span>
                <button type="button" class="button" disabled={props.applying} onclick={send(true)}>{ w.dry_run }</button>
                <button type="button" class="button primary" disabled={props.applying} onclick={send(false)}>{ w.apply }</button>
            </p>
        </>
    }
}

/// Puts the editor into its place when the pane first opens, and keeps its text checked.
#[hook]
fn use_editor(ctx: &super::ctx::Ctx, open: bool) {
    let checks = use_mut_ref(|| 0u32);
    let mounted = use_mut_ref(|| false);
    let ctx = ctx.clone();
    let lang = ctx.lang;
    use_effect_with((open, lang), move |(open, lang)| {
        if !*open {
            return;
        }
        let first = !std::mem::replace(&mut *mounted.borrow_mut(), true);
        let text = match first {
            true => ctx
                .host
                .pref("draft")
                .unwrap_or_else(|| EXAMPLES[0].text.to_owned()),
            false => ctx.host.editor_text(),
        };
        let w = lang.words();
        if first {
            let host = ctx.host.clone();
            let seen = checks.clone();
            ctx.host.subscribe(Rc::new(move |message| {
                if let FromWorker::Diagnostics { id, diagnostics } = message
                    && *id == *seen.borrow()
                {
                    host.set_diagnostics(diagnostics);
                }
            }));
        }
        let changed = {
            let (host, checks) = (ctx.host.clone(), checks.clone());
            Box::new(move |text: String| {
                let id = {
                    let mut checks = checks.borrow_mut();
                    *checks = checks.wrapping_add(1);
                    *checks
                };
                host.set_pref("draft", &text);
                let (host, checks) = (host.clone(), checks.clone());
                let check = {
                    let host = host.clone();
                    move || {
                        if *checks.borrow() == id {
                            host.send(ToWorker::EditorCheck { id, text });
                        }
                    }
                };
                host.later(CHECK_AFTER_MS, Box::new(check));
            })
        };
        let apply = {
            let (host, act) = (ctx.host.clone(), ctx.act.clone());
            Box::new(move |dry_run: bool| {
                act.emit(Act::Apply {
                    text: host.editor_text(),
                    dry_run,
                });
            })
        };
        ctx.host.mount_editor(EditorSetup {
            element_id: "editor".into(),
            text,
            label: w.editor.into(),
            language: lang.tag().into(),
            changed,
            apply,
        });
    });
}

/// Properties of [`Results`].
#[derive(Properties, PartialEq)]
struct ResultsProps {
    applied: Option<Rc<Vec<ApplyResult>>>,
}

/// What the API server said of each document.
#[component]
fn Results(props: &ResultsProps) -> Html {
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
