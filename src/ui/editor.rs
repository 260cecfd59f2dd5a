//! The editor: a manifest, examples to begin with, and what the API server said of it.

use super::ctx::use_ctx;
use super::icons::Glyph;
use super::results::Results;
use super::state::{Act, Writer};
use super::words::Lang;
use crate::view::examples::{EXAMPLES, translated};
use crate::view::host::EditorSetup;
use crate::view::protocol::{ApplyResult, Diagnostic, FromWorker, Severity, ToWorker};
use std::cell::RefCell;
use std::rc::Rc;
use yew::prelude::*;

/// How long to wait after the last keystroke before the text is checked.
const CHECK_AFTER_MS: u32 = 250;

/// The most that is checked while it is edited: what the API server takes at all.
const MOST: usize = 3 << 20;

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
    let marks = use_mut_ref(Vec::<Diagnostic>::new);
    use_editor(&ctx, props.open, props.here, &marks);
    {
        let (host, marks) = (ctx.host.clone(), marks.clone());
        use_effect_with(props.applied.clone(), move |applied| {
            let refused = applied.iter().flat_map(|all| all.iter()).filter(|r| !r.ok);
            let mut refused = refused.peekable();
            if refused.peek().is_some() {
                let text = host.editor_text();
                let mut all = marks.borrow().clone();
                all.extend(refused.map(|r| mark(&text, r)));
                host.set_diagnostics(&all);
            }
        });
    }
    let go_to = {
        let host = ctx.host.clone();
        use_callback((), move |line: usize, ()| {
            host.editor_go_to(line_range(&host.editor_text(), line).0);
        })
    };
    let send = |dry_run: bool| {
        let ctx = ctx.clone();
        Callback::from(move |_: MouseEvent| {
            ctx.act.emit(Act::Apply {
                from: Writer::Editor,
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
                ctx.host
                    .set_editor_text(&example.text(ctx.lang == Lang::Ko));
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
            <Results applied={props.applied.clone()} go_to={go_to} />
            <p class="buttons editor-buttons">
                <span class="grow dim">{ w.apply_hint }</span>
                <button type="button" class="button" disabled={props.applying} onclick={send(true)}>{ w.dry_run }</button>
                <button type="button" class="button primary" disabled={props.applying} onclick={send(false)}>{ w.apply }</button>
            </p>
        </>
    }
}

/// Where a line (from 0) begins and ends, in bytes.
fn line_range(text: &str, line: usize) -> (usize, usize) {
    let mut begin = 0;
    for (at, one) in text.split_inclusive('\n').enumerate() {
        if at == line {
            return (begin, begin + one.trim_end().len());
        }
        begin += one.len();
    }
    (text.len(), text.len())
}

/// What the API server refused, marked on its line.
fn mark(text: &str, refused: &ApplyResult) -> Diagnostic {
    let (from, to) = line_range(text, refused.line);
    Diagnostic {
        from,
        to,
        severity: Severity::Error,
        message: refused.message.clone(),
    }
}

/// Puts the editor into its place when the pane is first looked at, and keeps its text checked. Where the pane lies
/// over the map that is once it becomes the page's place; where it stands beside it, once it is open.
#[hook]
fn use_editor(ctx: &super::ctx::Ctx, open: bool, here: bool, marks: &Rc<RefCell<Vec<Diagnostic>>>) {
    let marks = marks.clone();
    let checks = use_mut_ref(|| 0u32);
    let mounted = use_mut_ref(|| None::<Lang>);
    let ctx = ctx.clone();
    let lang = ctx.lang;
    use_effect_with((open, here, lang), move |(open, here, lang)| {
        let page = ctx.host.rects("", &["page".to_owned()]);
        let wide = page
            .first()
            .copied()
            .flatten()
            .is_some_and(|r| r.width >= 1200.0);
        let before = *mounted.borrow();
        if !(*here || *open && wide) || before == Some(*lang) {
            return;
        }
        *mounted.borrow_mut() = Some(*lang);
        let first = before.is_none();
        let text = match first {
            true => ctx.host.pref("draft"),
            false => Some(ctx.host.editor_text()),
        };
        let korean = *lang == Lang::Ko;
        let text = text.map_or_else(
            || EXAMPLES[0].text(korean),
            |text| translated(&text, korean).unwrap_or(text),
        );
        let w = lang.words();
        if first {
            let host = ctx.host.clone();
            let seen = checks.clone();
            ctx.host.subscribe(Rc::new(move |message| {
                if let FromWorker::Diagnostics { id, diagnostics } = message
                    && *id == *seen.borrow()
                {
                    marks.borrow_mut().clone_from(diagnostics);
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
                if text.len() > MOST {
                    // Reading it takes longer than typing.
                    host.set_diagnostics(&[Diagnostic {
                        from: 0,
                        to: line_range(&text, 0).1,
                        severity: Severity::Warning,
                        message: w.too_large_to_check.into(),
                    }]);
                    return;
                }
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
                    from: Writer::Editor,
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
