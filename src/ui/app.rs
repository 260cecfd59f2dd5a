//! The page: who is told what, and how its places are laid out.

use super::activity::ActivityFeed;
use super::ctx::{Ctx, Find, Now};
use super::dialogs::{HelpDialog, ResetDialog, ShareDialog};
use super::editor::EditorPane;
use super::icons::Symbols;
use super::inspector::Inspector;
use super::map::MapPane;
use super::notices::Notices;
use super::pane::{PlaceBar, Splitter};
use super::state::{Act, Place, Ui, effects};
use super::terminal::TerminalPane;
use super::topbar::{TopBar, back_from};
use crate::view::host::{Host, KeyPress};
use crate::view::model::{Model, Snapshot};
use crate::view::protocol::{ClockCommand, ClockState, FromWorker, Travel};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use yew::prelude::*;

/// Properties of [`App`].
#[derive(Properties, Clone)]
pub struct AppProps {
    /// The browser.
    pub host: Rc<dyn Host>,
}

impl PartialEq for AppProps {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.host, &other.host)
    }
}

/// The page.
#[component]
pub fn App(props: &AppProps) -> Html {
    let host = &props.host;
    let ui = {
        let host = Rc::clone(host);
        use_reducer(move || Ui::restore(&*host))
    };
    let model = use_mut_ref(Model::new);
    let shown = use_state_eq(Snapshot::default);
    let tab = use_memo((), |()| Cell::new(0));
    let act = {
        let (host, dispatch, tab) = (Rc::clone(host), ui.dispatcher(), Rc::clone(&tab));
        use_callback((), move |act: Act, ()| {
            effects(&*host, &act, tab.get());
            dispatch.dispatch(act);
        })
    };
    let latest = use_mut_ref(Snapshot::default);
    (*latest.borrow_mut()).clone_from(&shown);
    let current = use_mut_ref(Ui::default);
    (*current.borrow_mut()).clone_from(&ui);
    {
        let (host, act) = (Rc::clone(host), act.clone());
        let (model, setter) = (Rc::clone(&model), shown.setter());
        let (latest, current) = (Rc::clone(&latest), Rc::clone(&current));
        use_effect_with((), move |()| {
            let ui = current.borrow().clone();
            effects(&*host, &Act::Lang(ui.lang), 0);
            effects(&*host, &Act::Theme(ui.theme), 0);
            let tell = act.clone();
            host.subscribe(Rc::new(move |message| {
                receive(message, &model, &setter, &tell);
            }));
            let on_key = {
                let host = Rc::clone(&host);
                move |key: &KeyPress| {
                    let (ui, clock) = (current.borrow().clone(), latest.borrow().clock);
                    shortcut(&*host, key, &ui, clock, &act)
                }
            };
            host.on_key(Rc::new(on_key));
            // Children's effects run before their parent's, so everybody listens by now.
            host.begin();
        });
    }
    {
        // What grew while another place was looked at is shown from its end.
        let host = Rc::clone(host);
        use_effect_with(ui.place, move |place| match place {
            Place::Activity => host.follow_end("activity", true),
            Place::Terminal => host.follow_end("terminal-log", true),
            Place::Map | Place::Editor => {}
        });
    }
    let find = {
        let model = Rc::clone(&model);
        use_memo((), move |()| -> Find {
            Rc::new(move |name: &str| model.try_borrow().ok()?.named(name))
        })
    };
    let ctx = Ctx {
        host: Rc::clone(host),
        lang: ui.lang,
        act,
        tab,
        find: (*find).clone(),
    };
    let now = Now(shown.clock.now_ms.div_euclid(1000));
    html! {
        <ContextProvider<Ctx> context={ctx}>
            <ContextProvider<Now> context={now}>
                <Symbols />
                { layout(&ui, &shown) }
            </ContextProvider<Now>>
        </ContextProvider<Ctx>>
    }
}

fn layout(ui: &Ui, shown: &Snapshot) -> Html {
    let place = match ui.place {
        Place::Map => "at-map",
        Place::Terminal => "at-terminal",
        Place::Editor => "at-editor",
        Place::Activity => "at-activity",
    };
    let open = |is: bool, class: &'static str| is.then_some(class);
    let words = ui.lang.words();
    let class = classes!(
        "app",
        place,
        open(ui.editor, "editor-open"),
        open(ui.dock, "dock-open"),
        open(ui.selected.is_some(), "inspector-open"),
    );
    html! {
        <main id="page" {class}>
            <TopBar clock={shown.clock} totals={shown.totals} theme={ui.theme} ready={ui.ready.clone()} ways={ui.ways.clone()} travelling={ui.travelling} editor={ui.editor} dock={ui.dock} place={ui.place} />
            <Notices notices={ui.notices.clone()} />
            <section id="editor-pane" class="pane editor-pane" aria-label={words.editor}>
                <EditorPane open={ui.editor} here={ui.place == Place::Editor} applied={ui.applied.clone()} applying={ui.applying} />
            </section>
            <Splitter name="left" vertical=true />
            <MapPane
                shown={shown.clone()} selected={ui.selected.clone()} inspection={ui.inspection.clone()}
                zoom={ui.zoom} namespace={ui.namespace.clone()} filter={ui.filter.clone()}
                list={ui.list} hint={ui.hint} ready={ui.ready.is_some()}
            />
            if let Some(subject) = &ui.selected {
                <Splitter name="right" vertical=true />
                <Inspector subject={subject.clone()} inspection={ui.inspection.clone()} tab={ui.tab} log={ui.log.clone()} applied={ui.saved.clone()} />
            }
            <Splitter name="dock" vertical=false />
            <div class="pane dock">
                <TerminalPane active={ui.place == Place::Terminal} />
                <Splitter name="feed" vertical=true />
                <ActivityFeed lines={shown.activity.clone()} />
            </div>
            <PlaceBar place={ui.place} />
            if ui.help {
                <HelpDialog ready={ui.ready.clone()} />
            }
            if ui.ask_reset {
                <ResetDialog ready={ui.ready.clone()} />
            }
            if ui.ask_share {
                <ShareDialog record={ui.record.clone()} />
            }
        </main>
    }
}

fn receive(
    message: &FromWorker,
    model: &Rc<RefCell<Model>>,
    show: &UseStateSetter<Snapshot>,
    tell: &Callback<Act>,
) {
    match message {
        FromWorker::Frame(frame) => {
            let snapshot = model.borrow_mut().apply(frame);
            show.set(snapshot);
        }
        FromWorker::Ready(ready) => {
            // A new cluster: nothing of the one before is true any more.
            *model.borrow_mut() = Model::new();
            tell.emit(Act::Ready(ready.clone()));
        }
        FromWorker::Inspection(seen) => {
            tell.emit(Act::Inspection(Rc::new((**seen).clone())));
        }
        FromWorker::Log(chunk) => tell.emit(Act::Log(chunk.clone())),
        FromWorker::Notice(notice) => tell.emit(Act::Notice(notice.clone())),
        FromWorker::Applied { id, results } => tell.emit(Act::Applied(*id, results.clone())),
        FromWorker::Ways(ways) => tell.emit(Act::Ways(ways.clone())),
        FromWorker::Record(record) => tell.emit(Act::Record(record.as_str().into())),
        _ => {}
    }
}

/// What a key means for the page as a whole; whether it meant something.
fn shortcut(
    host: &dyn Host,
    key: &KeyPress,
    ui: &Ui,
    clock: ClockState,
    act: &Callback<Act>,
) -> bool {
    if key.modified || key.composing {
        return false;
    }
    if key.key == "Escape" {
        return escape(ui, key, act);
    }
    if key.typing || ui.ask_reset || ui.ask_share {
        return false;
    }
    let go = |place: Place, id: &str| {
        act.emit(Act::Go(place));
        host.focus(id);
    };
    let remote = ui.ready.as_ref().is_some_and(|r| r.remote);
    match (key.before.as_str(), key.key.as_str()) {
        (_, "." | "," | " ") if remote => return false,
        ("g", "m") => go(Place::Map, "map"),
        ("g", "t") => go(Place::Terminal, "command"),
        ("g", "e") => go(Place::Editor, "editor-pane"),
        ("g", "a") => go(Place::Activity, "activity"),
        (_, ".") => act.emit(Act::Clock(ClockCommand::Step)),
        (_, ",") => act.emit(Act::Travel(back_from(clock))),
        (_, "u") if ui.ways.undo.is_some() => act.emit(Act::Travel(Travel::Undo)),
        (_, "r") if ui.ways.redo => act.emit(Act::Travel(Travel::Redo)),
        (_, " ") if !key.on_control => act.emit(Act::Clock(match clock.paused {
            true => ClockCommand::Resume,
            false => ClockCommand::Pause,
        })),
        (_, "/") => {
            act.emit(Act::Go(Place::Map));
            host.focus("map-filter");
        }
        (_, "?") => act.emit(Act::Help(!ui.help)),
        (_, ":") => go(Place::Terminal, "command"),
        (_, "l") if key.before.is_empty() => act.emit(Act::List(!ui.list)),
        _ => return false,
    }
    true
}

fn escape(ui: &Ui, key: &KeyPress, act: &Callback<Act>) -> bool {
    if ui.help {
        act.emit(Act::Help(false));
    } else if ui.ask_reset {
        act.emit(Act::AskReset(false));
    } else if ui.ask_share {
        act.emit(Act::AskShare(false));
    } else if key.typing {
        return false;
    } else if ui.selected.is_some() {
        act.emit(Act::Select(None));
    } else {
        return false;
    }
    true
}
