//! What the page itself remembers, and the intents that change it.

use super::words::Lang;
use crate::view::host::Host;
use crate::view::inspect::Inspection;
use crate::view::model::Zoom;
use crate::view::protocol::{
    ApplyResult, ClockCommand, Init, LogChunk, LogRequest, Notice, NoticeCode, ObjectRef, Ready,
    ToWorker, Travel, Ways,
};
use std::rc::Rc;
use yew::Reducible;

/// A place of the page; on a phone one of them is shown at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    #[default]
    Map,
    Terminal,
    Editor,
    Activity,
}

/// Light, dark, or as the system is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    Auto,
    Light,
    Dark,
}

impl Theme {
    /// As stored and as the style sheet reads it.
    pub fn tag(self) -> &'static str {
        match self {
            Theme::Auto => "auto",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }
    fn of_tag(tag: &str) -> Theme {
        match tag {
            "light" => Theme::Light,
            "dark" => Theme::Dark,
            _ => Theme::Auto,
        }
    }
}

/// A tab of the inspector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    #[default]
    Summary,
    Why,
    Events,
    Logs,
    Relations,
    Yaml,
}

/// Whose text is sent to the API server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer {
    Editor = 1,
    Inspector = 2,
}

/// The log that is followed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogView {
    pub of: LogRequest,
    pub text: String,
    pub error: Option<String>,
}

/// The most of a log that is kept, in bytes.
const LOG_KEPT: usize = 200_000;

/// Something that the user wants, or that the worker said.
#[derive(Clone, Debug)]
pub enum Act {
    Select(Option<ObjectRef>),
    Tab(Tab),
    /// Runs a command in the terminal, as if typed.
    Run(String),
    Clock(ClockCommand),
    Go(Place),
    Editor(bool),
    Dock(bool),
    Lang(Lang),
    Theme(Theme),
    Zoom(Option<Zoom>),
    Namespace(Option<String>),
    Filter(String),
    List(bool),
    Help(bool),
    AskReset(bool),
    /// Throws the cluster away and boots another one.
    Restart(Init),
    Travel(Travel),
    /// Opens or closes the dialog that shares the cluster.
    AskShare(bool),
    Dismiss(NoticeCode),
    HintDone,
    /// Sends a text to the API server: the editor's, or the inspector's.
    Apply {
        from: Writer,
        text: String,
        dry_run: bool,
    },
    Logs(Option<LogRequest>),
    // From the worker:
    Ready(Ready),
    Inspection(Rc<Inspection>),
    Log(LogChunk),
    Notice(Notice),
    Applied(u32, Vec<ApplyResult>),
    Ways(Ways),
    /// All that makes this cluster what it is, to be shared.
    Record(Rc<str>),
}

/// What the page remembers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ui {
    pub lang: Lang,
    pub theme: Theme,
    pub place: Place,
    pub editor: bool,
    pub dock: bool,
    pub selected: Option<ObjectRef>,
    pub tab: Tab,
    pub inspection: Option<Rc<Inspection>>,
    pub log: Option<Rc<LogView>>,
    pub zoom: Option<Zoom>,
    pub namespace: Option<String>,
    pub filter: String,
    pub list: bool,
    pub help: bool,
    pub ask_reset: bool,
    pub ask_share: bool,
    /// What the dialog shares, once it is there.
    pub record: Option<Rc<str>>,
    pub ways: Ways,
    /// The cluster is on its way to another moment.
    pub travelling: bool,
    pub hint: bool,
    pub ready: Option<Ready>,
    pub notices: Vec<Notice>,
    pub applied: Option<Rc<Vec<ApplyResult>>>,
    pub applying: bool,
    /// What came of the inspector's text.
    pub saved: Option<Rc<Vec<ApplyResult>>>,
}

impl Ui {
    /// As it was left, from the stored preferences.
    pub fn restore(host: &dyn Host) -> Self {
        let pref = |key: &str| host.pref(key).unwrap_or_default();
        let lang = match &*pref("lang") {
            "" => Lang::of_tag(&host.language()),
            tag => Lang::of_tag(tag),
        };
        Ui {
            lang,
            theme: Theme::of_tag(&pref("theme")),
            editor: pref("editor") != "closed",
            dock: pref("dock") != "closed",
            list: pref("list") == "yes",
            hint: pref("hint") != "done",
            ..Ui::default()
        }
    }
}

/// What an intent does outside the page's own memory; `tab` is the terminal tab in front.
pub fn effects(host: &dyn Host, act: &Act, tab: u32) {
    match act {
        Act::Run(command) => host.send(ToWorker::Run {
            tab,
            command: command.clone(),
        }),
        Act::Select(subject) => host.send(ToWorker::Inspect {
            subject: subject.clone(),
        }),
        Act::Clock(command) => host.send(ToWorker::Clock(*command)),
        Act::Editor(open) => host.set_pref("editor", if *open { "open" } else { "closed" }),
        Act::Dock(open) => host.set_pref("dock", if *open { "open" } else { "closed" }),
        Act::List(list) => host.set_pref("list", if *list { "yes" } else { "no" }),
        Act::HintDone => host.set_pref("hint", "done"),
        Act::Lang(lang) => {
            host.set_pref("lang", lang.tag());
            host.set_document("lang", lang.tag());
        }
        Act::Theme(theme) => {
            host.set_pref("theme", theme.tag());
            host.set_document("data-theme", theme.tag());
        }
        Act::Apply {
            from,
            text,
            dry_run,
        } => host.send(ToWorker::Apply {
            id: *from as u32,
            text: text.clone(),
            dry_run: *dry_run,
        }),
        Act::Logs(of) => host.send(ToWorker::Logs { of: of.clone() }),
        Act::Restart(init) => host.restart(ToWorker::Init(init.clone())),
        Act::Travel(way) => host.send(ToWorker::Travel(*way)),
        Act::AskShare(true) => host.send(ToWorker::Share),
        _ => {}
    }
}

impl Reducible for Ui {
    type Action = Act;

    fn reduce(self: Rc<Self>, act: Act) -> Rc<Self> {
        let mut ui = (*self).clone();
        match act {
            Act::Select(subject) => ui.select(subject),
            Act::Tab(tab) => ui.tab = tab,
            Act::Run(_) | Act::HintDone => ui.hint = false,
            Act::Go(place) => {
                ui.place = place;
                ui.editor |= place == Place::Editor;
                ui.dock |= matches!(place, Place::Terminal | Place::Activity);
            }
            Act::Editor(open) => {
                ui.editor = open;
                if !open && ui.place == Place::Editor {
                    ui.place = Place::Map;
                }
            }
            Act::Dock(open) => ui.dock = open,
            Act::Lang(lang) => ui.lang = lang,
            Act::Theme(theme) => ui.theme = theme,
            Act::Zoom(zoom) => ui.zoom = zoom,
            Act::Namespace(namespace) => ui.namespace = namespace,
            Act::Filter(filter) => ui.filter = filter,
            Act::List(list) => ui.list = list,
            Act::Help(open) => ui.help = open,
            Act::AskReset(open) => ui.ask_reset = open,
            Act::Restart(_) => ui.forget_cluster(),
            Act::Travel(_) => ui.travelling = true,
            Act::AskShare(open) => (ui.ask_share, ui.record) = (open, None),
            Act::Record(record) => ui.record = Some(record),
            Act::Ways(ways) => (ui.ways, ui.travelling) = (ways, false),
            Act::Dismiss(code) => ui.notices.retain(|n| n.code != code),
            Act::Apply { from, .. } => match from {
                Writer::Editor => (ui.applying, ui.applied) = (true, None),
                Writer::Inspector => ui.saved = None,
            },
            Act::Logs(of) => {
                ui.log = of.map(|of| {
                    Rc::new(LogView {
                        of,
                        ..LogView::default()
                    })
                })
            }
            Act::Ready(ready) => {
                ui.ready = Some(ready);
                (ui.ways, ui.travelling) = (Ways::default(), false);
            }
            Act::Inspection(seen) => {
                if ui.selected.as_ref() == Some(&seen.subject) {
                    ui.keep(seen);
                }
            }
            Act::Log(chunk) => ui.log_grows(chunk),
            Act::Notice(notice) => {
                ui.notices.retain(|n| n.code != notice.code);
                ui.notices.push(notice);
            }
            Act::Applied(id, results) if id == Writer::Editor as u32 => {
                ui.applying = false;
                ui.applied = Some(Rc::new(results));
            }
            Act::Applied(_, results) => ui.saved = Some(Rc::new(results)),
            Act::Clock(_) => return self,
        }
        Rc::new(ui)
    }
}

impl Ui {
    fn select(&mut self, subject: Option<ObjectRef>) {
        if self.selected == subject {
            return;
        }
        let pod = subject.as_ref().is_some_and(|s| s.kind == "Pod");
        if self.tab == Tab::Logs && !pod {
            self.tab = Tab::Summary;
        }
        self.selected = subject;
        self.inspection = None;
        self.saved = None;
        self.log = None;
    }

    /// Takes a new look at the subject; of one that has gone, what was known stays to be read.
    fn keep(&mut self, seen: Rc<Inspection>) {
        match &self.inspection {
            Some(before) if !seen.exists && before.exists => {
                let mut last = (**before).clone();
                last.exists = false;
                last.events = seen.events.clone();
                last.actions.clear();
                if !seen.chain.is_empty() {
                    last.chain = seen.chain.clone();
                }
                self.inspection = Some(Rc::new(last));
            }
            _ => self.inspection = Some(seen),
        }
    }

    fn log_grows(&mut self, chunk: LogChunk) {
        let Some(log) = self.log.as_ref().filter(|l| l.of == chunk.of) else {
            return;
        };
        let mut text = match chunk.first {
            true => String::new(),
            false => log.text.clone(),
        };
        text.push_str(&chunk.text);
        if text.len() > LOG_KEPT {
            let from = text.len() - LOG_KEPT;
            // Whole lines go, so that the cut is between characters.
            let ends = text.as_bytes()[from..].iter().position(|b| *b == b'\n');
            text.drain(..ends.map_or(0, |i| from + i + 1));
        }
        self.log = Some(Rc::new(LogView {
            of: chunk.of,
            text,
            error: chunk.error,
        }));
    }

    fn forget_cluster(&mut self) {
        self.select(None);
        (self.ask_reset, self.ask_share) = (false, false);
        self.ready = None;
        self.applied = None;
        self.applying = false;
        self.notices.clear();
        self.namespace = None;
    }
}
