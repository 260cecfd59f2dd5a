//! The terminal: what was printed, and a real input for the line being typed.

mod line;
mod log;

use super::ctx::{Find, use_ctx};
use super::icons::Glyph;
use crate::view::model::Shared;
use crate::view::protocol::{Chunk, FromWorker, TerminalInput, ToWorker};
use crate::view::terminal::{Block, History, Log};
use line::CommandLine;
use log::Blocks;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use yew::prelude::*;

/// A tab's state.
#[derive(Clone, Default)]
pub struct Shell {
    id: u32,
    log: Log,
    /// What is to be printed next.
    coming: Vec<Chunk>,
    prompt: Option<String>,
    history: History,
}

/// All tabs.
#[derive(Clone, Default)]
struct Shells {
    all: Vec<Shell>,
    current: u32,
    last: u32,
}

impl Shells {
    fn get(&mut self, id: u32) -> Option<&mut Shell> {
        self.all.iter_mut().find(|s| s.id == id)
    }
    /// Prints what has come.
    fn print(&mut self, find: &Find) {
        for shell in &mut self.all {
            let coming = std::mem::take(&mut shell.coming);
            shell.log.print(&coming, &**find);
        }
    }
    fn open(&mut self) -> u32 {
        self.last += 1;
        self.current = self.last;
        self.all.push(Shell {
            id: self.last,
            ..Shell::default()
        });
        self.last
    }
}

/// Properties of [`TerminalPane`].
#[derive(Properties, PartialEq)]
pub struct TerminalPaneProps {
    /// Whether the terminal is the page's current place.
    pub active: bool,
}

/// The terminal's pane.
#[component]
pub fn TerminalPane(props: &TerminalPaneProps) -> Html {
    let ctx = use_ctx();
    let w = ctx.words();
    let shells = use_mut_ref(Shells::default);
    let update = use_force_update();
    use_worker(&ctx, &shells, &update);
    let tabs: Vec<u32> = shells.borrow().all.iter().map(|s| s.id).collect();
    let current = shells.borrow().current;
    ctx.tab.set(current);
    let (blocks, prompt, truncated): (Vec<Shared<Block>>, Option<String>, bool) = shells
        .borrow_mut()
        .get(current)
        .map(|s| (s.log.blocks(), s.prompt.clone(), s.log.truncated))
        .unwrap_or_default();
    {
        let host = ctx.host.clone();
        use_effect(move || host.follow_end("terminal-log", false));
    }
    let choose = |id: u32| {
        let (shells, update, host) = (shells.clone(), update.clone(), ctx.host.clone());
        Callback::from(move |_: MouseEvent| {
            shells.borrow_mut().current = id;
            update.force_update();
            host.focus("command");
        })
    };
    let open = {
        let (shells, update, ctx) = (shells.clone(), update.clone(), ctx.clone());
        Callback::from(move |_: MouseEvent| {
            let tab = shells.borrow_mut().open();
            ctx.send(ToWorker::Terminal {
                tab,
                input: TerminalInput::Open,
            });
            update.force_update();
            ctx.host.focus("command");
        })
    };
    let focus = {
        let host = ctx.host.clone();
        Callback::from(move |_: MouseEvent| {
            if !host.selecting() {
                host.focus("command");
            }
        })
    };
    html! {
        <section class={classes!("terminal", props.active.then_some("active"))} aria-label={w.terminal}>
            <header class="pane-head">
                <h2>{ w.terminal }</h2>
                if tabs.len() > 1 {
                    <div class="shell-tabs" role="tablist" aria-label={w.terminal}>
                        { for tabs.iter().map(|id| html! {
                            <button type="button" role="tab" key={*id} aria-selected={(*id == current).to_string()} onclick={choose(*id)}>{ id }</button>
                        }) }
                    </div>
                }
                <button type="button" class="tool" title={w.new_tab} aria-label={w.new_tab} onclick={open}><Glyph name="plus" /></button>
                <span class="grow" />
                if tabs.len() > 1 {
                    <button type="button" class="tool" title={w.close_tab} aria-label={w.close_tab} onclick={close(&ctx, &shells, &update)}><Glyph name="close" /></button>
                }
            </header>
            <div id="terminal-log" class="terminal-log" onclick={focus} tabindex="0" role="log" aria-label={w.output} aria-live="off">
                if truncated {
                    <p class="dim">{ w.older_lines }</p>
                }
                if blocks.is_empty() {
                    <p class="dim">{ w.terminal_hint }</p>
                }
                <Blocks {blocks} />
                <CommandLine tab={current} {prompt} history={Histories(shells.clone(), current)} />
            </div>
        </section>
    }
}

fn close(
    ctx: &super::ctx::Ctx,
    shells: &Rc<RefCell<Shells>>,
    update: &UseForceUpdateHandle,
) -> Callback<MouseEvent> {
    let (shells, update, ctx) = (shells.clone(), update.clone(), ctx.clone());
    Callback::from(move |_| {
        let tab = {
            let mut s = shells.borrow_mut();
            let gone = s.current;
            s.all.retain(|x| x.id != gone);
            s.current = s.all.last().map_or(0, |x| x.id);
            gone
        };
        ctx.send(ToWorker::Terminal {
            tab,
            input: TerminalInput::Close,
        });
        update.force_update();
    })
}

/// The history of one tab, for its command line to walk through.
#[derive(Clone)]
pub struct Histories(Rc<RefCell<Shells>>, u32);

impl PartialEq for Histories {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0) && self.1 == other.1
    }
}

impl Histories {
    /// Does something with the history.
    pub fn with<T: Default>(&self, act: impl FnOnce(&mut History) -> T) -> T {
        let mut shells = self.0.borrow_mut();
        shells
            .get(self.1)
            .map(|s| act(&mut s.history))
            .unwrap_or_default()
    }
}

/// Output waits so long for more, so that a flood of it is drawn a few times a second.
const DRAW_MS: u32 = 16;

/// Opens the first tab and takes in what the worker prints.
#[hook]
fn use_worker(ctx: &super::ctx::Ctx, shells: &Rc<RefCell<Shells>>, update: &UseForceUpdateHandle) {
    let (ctx, shells, update) = (ctx.clone(), shells.clone(), update.clone());
    use_effect_with((), move |()| {
        let begin = {
            let (ctx, shells) = (ctx.clone(), shells.clone());
            move || {
                let mut s = shells.borrow_mut();
                *s = Shells::default();
                let tab = s.open();
                drop(s);
                ctx.send(ToWorker::Terminal {
                    tab,
                    input: TerminalInput::Open,
                });
            }
        };
        let find = ctx.find.clone();
        let arranged = Rc::new(Cell::new(false));
        let draw_soon = {
            let (host, shells) = (ctx.host.clone(), shells.clone());
            move || {
                if arranged.replace(true) {
                    return;
                }
                let (arranged, shells) = (arranged.clone(), shells.clone());
                let (find, update) = (find.clone(), update.clone());
                let draw = move || {
                    arranged.set(false);
                    shells.borrow_mut().print(&find);
                    update.force_update();
                };
                host.later(DRAW_MS, Box::new(draw));
            }
        };
        ctx.host.clone().subscribe(Rc::new(move |message| {
            match message {
                FromWorker::Ready(_) => begin(),
                FromWorker::TerminalOutput { tab, chunks } => {
                    if let Some(shell) = shells.borrow_mut().get(*tab) {
                        shell.prompt = None;
                        shell.coming.extend(chunks.iter().cloned());
                    }
                }
                FromWorker::TerminalPrompt { tab, text } => {
                    if let Some(shell) = shells.borrow_mut().get(*tab) {
                        shell.prompt = Some(text.clone());
                    }
                }
                _ => return,
            }
            draw_soon();
        }));
    });
}
