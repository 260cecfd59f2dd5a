//! The line being typed: a real input, so that IMEs, selection and paste are the platform's own.

use super::Histories;
use crate::ui::ctx::{Ctx, use_ctx};
use crate::ui::icons::Glyph;
use crate::ui::state::Act;
use crate::view::protocol::{Completion, FromWorker, TerminalInput, ToWorker};
use crate::view::terminal::{apply_completion, byte_offset, common_prefix, utf16_offset};
use std::rc::Rc;
use yew::prelude::*;

/// Properties of [`CommandLine`].
#[derive(Properties, PartialEq)]
pub struct CommandLineProps {
    pub tab: u32,
    /// None while a command runs.
    pub prompt: Option<String>,
    pub history: Histories,
}

/// Completion on offer, and which of it is chosen.
#[derive(Clone, Default, PartialEq)]
struct Offer {
    completion: Completion,
    chosen: usize,
}

/// The most candidates shown at once.
const SHOWN: usize = 10;

/// Why completion was asked for.
#[derive(Clone, Copy, PartialEq)]
enum Wanted {
    Tab,
    Hint,
}

/// The command line.
#[component]
pub fn CommandLine(props: &CommandLineProps) -> Html {
    let ctx = use_ctx();
    let w = ctx.words();
    let typed = use_state_eq(String::new);
    let offer = use_state_eq(|| None::<Offer>);
    let hint = use_state_eq(String::new);
    let input = use_node_ref();
    // What the last question was: its number, why, the line.
    let asked = use_mut_ref(|| (0u32, Wanted::Hint, String::new()));
    let answer = {
        let (ctx, typed, offer, hint) =
            (ctx.clone(), typed.setter(), offer.setter(), hint.setter());
        let asked = asked.clone();
        Rc::new(move |id: u32, completion: &Completion| {
            let (last, wanted, line) = asked.borrow().clone();
            if id != last {
                return;
            }
            match wanted {
                Wanted::Hint => hint.set(rest_of_hint(&line, completion)),
                Wanted::Tab => {
                    let (text, done) = complete(&line, completion);
                    offer.set((!done && completion.items.len() > 1).then(|| Offer {
                        completion: completion.clone(),
                        chosen: 0,
                    }));
                    if text != line {
                        set_text(&ctx, &typed, &text);
                    }
                }
            }
        })
    };
    {
        let (host, answer) = (ctx.host.clone(), answer);
        use_effect_with((), move |()| {
            host.subscribe(Rc::new(move |message| {
                if let FromWorker::TerminalCompletion { id, completion, .. } = message {
                    answer(*id, completion);
                }
            }));
        });
    }
    let ask = {
        let (ctx, tab, asked) = (ctx.clone(), props.tab, asked.clone());
        move |wanted: Wanted, line: &str, cursor: usize| {
            let id = {
                let mut asked = asked.borrow_mut();
                *asked = (asked.0.wrapping_add(1), wanted, line.to_owned());
                asked.0
            };
            ctx.send(ToWorker::TerminalComplete {
                tab,
                id,
                line: line.to_owned(),
                cursor,
            });
        }
    };
    let oninput = {
        let (typed, offer, hint, ask) = (typed.clone(), offer.setter(), hint.setter(), ask.clone());
        Callback::from(move |e: InputEvent| {
            let text = e
                .target_unchecked_into::<web_sys::HtmlInputElement>()
                .value();
            offer.set(None);
            hint.set(String::new());
            if text.trim().len() > 1 {
                ask(Wanted::Hint, &text, text.len());
            }
            typed.set(text);
        })
    };
    let submit = {
        let (ctx, typed, offer, hint) =
            (ctx.clone(), typed.setter(), offer.setter(), hint.setter());
        let (tab, history) = (props.tab, props.history.clone());
        move |line: String| {
            history.with(|h| h.add(&line));
            ctx.act.emit(Act::HintDone);
            ctx.send(ToWorker::Terminal {
                tab,
                input: TerminalInput::Line(line),
            });
            typed.set(String::new());
            offer.set(None);
            hint.set(String::new());
            ctx.host.follow_end("terminal-log", true);
        }
    };
    let keys = Keys {
        ctx: ctx.clone(),
        tab: props.tab,
        typed: typed.clone(),
        offer: offer.clone(),
        hint: hint.clone(),
        history: props.history.clone(),
    };
    let onkeydown = {
        let (submit, ask) = (submit.clone(), ask);
        Callback::from(move |e: KeyboardEvent| keys.press(&e, &submit, &ask))
    };
    let onpaste = {
        let typed = typed.clone();
        Callback::from(move |e: Event| {
            let Some(text) = pasted(&e).filter(|t| t.contains('\n')) else {
                return;
            };
            e.prevent_default();
            let whole = format!("{}{}", *typed, text.replace("\r\n", "\n"));
            let (lines, last) = whole.rsplit_once('\n').unwrap_or((&whole, ""));
            for line in lines.split('\n') {
                submit(line.to_owned());
            }
            typed.set(last.to_owned());
        })
    };
    let choose = {
        let (ctx, typed, offer) = (ctx.clone(), typed.clone(), offer.clone());
        Callback::from(move |i: usize| {
            if let Some(o) = &*offer {
                let text = apply_completion(&typed, &o.completion, i);
                set_text(&ctx, &typed.setter(), &text);
            }
            offer.set(None);
        })
    };
    let interrupt = {
        let (ctx, tab) = (ctx.clone(), props.tab);
        Callback::from(move |_: MouseEvent| {
            ctx.send(ToWorker::Terminal {
                tab,
                input: TerminalInput::Interrupt,
            });
        })
    };
    let busy = props.prompt.is_none();
    html! {
        <div class={classes!("command-line", busy.then_some("busy"))}>
            if let Some(o) = &*offer {
                <Popup offer={o.clone()} {choose} />
            }
            <span class="prompt" aria-hidden="true">{ props.prompt.clone().unwrap_or_default() }</span>
            <span class="typing">
                <span class="ghost" aria-hidden="true"><span class="typed">{ &*typed }</span>{ &*hint }</span>
                <input id="command" ref={input} type="text" aria-label={w.command} autocomplete="off" autocapitalize="off" autocorrect="off" spellcheck="false"
                    enterkeyhint="send" value={(*typed).clone()} aria-expanded={offer.is_some().to_string()} role="combobox" aria-controls="completions"
                    aria-autocomplete="list" {oninput} {onkeydown} {onpaste} />
            </span>
            if busy {
                <button type="button" class="chip" onclick={interrupt} title="Ctrl-C">{ w.interrupt }</button>
            }
        </div>
    }
}

fn set_text(ctx: &Ctx, typed: &UseStateSetter<String>, text: &str) {
    typed.set(text.to_owned());
    let (host, at) = (ctx.host.clone(), utf16_offset(text, text.len()));
    // After the input has its new text.
    ctx.host
        .later(0, Box::new(move || host.set_cursor("command", at)));
}

/// What Tab makes of a line, and whether that settles it.
fn complete(line: &str, completion: &Completion) -> (String, bool) {
    match completion.items.len() {
        0 => (line.to_owned(), true),
        1 => (apply_completion(line, completion, 0), true),
        _ => {
            let prefix = common_prefix(completion);
            let from = completion.from.min(line.len());
            let to = completion.to.clamp(from, line.len());
            match (line.get(..from), line.get(from..to), line.get(to..)) {
                (Some(before), Some(now), Some(after)) if prefix.len() > now.len() => {
                    (format!("{before}{prefix}{after}"), false)
                }
                _ => (line.to_owned(), false),
            }
        }
    }
}

/// What the first candidate would add at the end of the line.
fn rest_of_hint(line: &str, completion: &Completion) -> String {
    if completion.items.is_empty() || completion.to != line.len() {
        return String::new();
    }
    let whole = apply_completion(line, completion, 0);
    whole.strip_prefix(line).unwrap_or("").trim_end().to_owned()
}

fn pasted(e: &Event) -> Option<String> {
    use wasm_bindgen::JsCast;
    let e = e.dyn_ref::<web_sys::ClipboardEvent>()?;
    e.clipboard_data()?.get_data("text").ok()
}

/// What keys do on the command line.
struct Keys {
    ctx: Ctx,
    tab: u32,
    typed: UseStateHandle<String>,
    offer: UseStateHandle<Option<Offer>>,
    hint: UseStateHandle<String>,
    history: Histories,
}

impl Keys {
    fn press(&self, e: &KeyboardEvent, submit: &dyn Fn(String), ask: &dyn Fn(Wanted, &str, usize)) {
        // While an IME composes, Enter and arrows are its own.
        if e.is_composing() || e.key_code() == 229 {
            return;
        }
        let input = e.target_unchecked_into::<web_sys::HtmlInputElement>();
        let text = input.value();
        let key = e.key();
        let handled = match (e.ctrl_key(), &*key) {
            (true, "c") if !self.ctx.host.selecting() => self.control(TerminalInput::Interrupt),
            (true, "d") if text.is_empty() => self.control(TerminalInput::EndOfFile),
            (true, "l") => {
                submit("clear".to_owned());
                true
            }
            (true, "u") => {
                set_text(&self.ctx, &self.typed.setter(), "");
                true
            }
            (true, _) => false,
            (_, "Tab") if e.shift_key() || text.is_empty() => false,
            (_, "Tab") => {
                self.tab(&input, &text, ask);
                true
            }
            (_, "Enter") => {
                match &*self.offer {
                    Some(o) => self.take(o, &text),
                    None => submit(text),
                }
                true
            }
            (_, "Escape") if self.offer.is_some() => {
                self.offer.set(None);
                true
            }
            (_, "ArrowUp" | "ArrowDown") => self.walk(&key, &text),
            (_, "ArrowRight") if !self.hint.is_empty() => self.take_hint(&input, &text),
            _ => false,
        };
        if handled {
            e.prevent_default();
            e.stop_propagation();
        }
    }

    fn control(&self, input: TerminalInput) -> bool {
        self.ctx.send(ToWorker::Terminal {
            tab: self.tab,
            input,
        });
        self.offer.set(None);
        self.hint.set(String::new());
        self.typed.set(String::new());
        true
    }

    fn tab(
        &self,
        input: &web_sys::HtmlInputElement,
        text: &str,
        ask: &dyn Fn(Wanted, &str, usize),
    ) {
        if let Some(o) = &*self.offer {
            self.offer.set(Some(Offer {
                chosen: (o.chosen + 1) % o.completion.items.len(),
                completion: o.completion.clone(),
            }));
            return;
        }
        let at = input.selection_start().ok().flatten();
        let cursor = at.map_or(text.len(), |u| byte_offset(text, u));
        self.hint.set(String::new());
        ask(Wanted::Tab, text, cursor);
    }

    fn take(&self, offer: &Offer, text: &str) {
        let text = apply_completion(text, &offer.completion, offer.chosen);
        set_text(&self.ctx, &self.typed.setter(), &text);
        self.offer.set(None);
    }

    fn take_hint(&self, input: &web_sys::HtmlInputElement, text: &str) -> bool {
        let at = input.selection_start().ok().flatten().unwrap_or(0);
        if byte_offset(text, at) != text.len() {
            return false;
        }
        set_text(
            &self.ctx,
            &self.typed.setter(),
            &format!("{text}{}", *self.hint),
        );
        self.hint.set(String::new());
        true
    }

    fn walk(&self, key: &str, text: &str) -> bool {
        let up = key == "ArrowUp";
        if let Some(o) = &*self.offer {
            let n = o.completion.items.len();
            let chosen = (o.chosen + if up { n - 1 } else { 1 }) % n;
            self.offer.set(Some(Offer {
                chosen,
                completion: o.completion.clone(),
            }));
            return true;
        }
        let line = self.history.with(|h| match up {
            true => h.older(text),
            false => h.newer(),
        });
        if let Some(line) = line {
            set_text(&self.ctx, &self.typed.setter(), &line);
        }
        self.hint.set(String::new());
        true
    }
}

/// Properties of [`Popup`].
#[derive(Properties, PartialEq)]
struct PopupProps {
    offer: Offer,
    choose: Callback<usize>,
}

/// The candidates.
#[component]
fn Popup(props: &PopupProps) -> Html {
    let w = use_ctx().words();
    let items = &props.offer.completion.items;
    let first = (props.offer.chosen / SHOWN) * SHOWN;
    html! {
        <ul id="completions" class="completions" role="listbox" aria-label={w.completions}>
            { for items.iter().enumerate().skip(first).take(SHOWN).map(|(i, item)| {
                let choose = props.choose.clone();
                let onclick = Callback::from(move |e: MouseEvent| {
                    e.stop_propagation();
                    choose.emit(i);
                });
                html! {
                    <li role="option" aria-selected={(i == props.offer.chosen).to_string()} {onclick}>
                        <span>{ &item.label }</span><span class="dim">{ &item.detail }</span>
                    </li>
                }
            }) }
            if items.len() > SHOWN {
                <li class="more" role="presentation"><Glyph name="down" />{ format!("{} / {}", props.offer.chosen + 1, items.len()) }</li>
            }
        </ul>
    }
}
