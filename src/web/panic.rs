//! When something is wrong beyond repair: a page that says so, with what reproduces it.

use std::cell::RefCell;

use js_sys::{Array, Function, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue, UnwrapThrowExt, closure::Closure};
use web_sys::ErrorEvent;

use crate::view::protocol::{FromWorker, PanicReport, TerminalInput, ToWorker};

/// How many commands the page itself remembers.
const REMEMBERED: usize = 20;

thread_local! {
    /// What is known in case the next call panics.
    static REPORT: RefCell<PanicReport> = RefCell::default();
}

/// Installs the page's hook.
pub fn watch_page() {
    std::panic::set_hook(Box::new(|info| {
        web_sys::console::error_1(&JsValue::from_str(&info.to_string()));
        show(&report(info.to_string()));
    }));
}

/// Installs the worker's hook: the report goes to the page.
pub fn watch_worker() {
    std::panic::set_hook(Box::new(|info| {
        web_sys::console::error_1(&JsValue::from_str(&info.to_string()));
        super::worker::post(&[FromWorker::Panic(report(info.to_string()))]);
    }));
}

/// Remembers a command that the page sends.
pub fn note(message: &ToWorker) {
    let command = match message {
        ToWorker::Terminal {
            input: TerminalInput::Line(line),
            ..
        } => line.clone(),
        ToWorker::Run { command, .. } => command.clone(),
        ToWorker::Init(init) => {
            REPORT.with_borrow_mut(|report| report.seed = init.seed);
            return;
        }
        _ => return,
    };
    REPORT.with_borrow_mut(|report| {
        if report.commands.len() == REMEMBERED {
            report.commands.remove(0);
        }
        report.commands.push(command);
    });
}

/// Tells the seed, once it is known.
pub fn note_seed(seed: u64) {
    REPORT.with_borrow_mut(|report| report.seed = Some(seed));
}

/// Shows a report in place of the page.
pub fn show(report: &PanicReport) {
    let object = Object::new();
    let set = |key: &str, value: JsValue| {
        Reflect::set(&object, &key.into(), &value).expect_throw("a plain object takes any key");
    };
    set("message", JsValue::from_str(&report.message));
    if let Some(seed) = report.seed {
        set("seed", JsValue::from_str(&seed.to_string()));
    }
    let commands: Array = report
        .commands
        .iter()
        .map(|c| JsValue::from_str(c))
        .collect();
    set("commands", commands.into());
    let trouble = Reflect::get(&js_sys::global(), &"kubariumTrouble".into());
    if let Some(trouble) = trouble.ok().and_then(|t| t.dyn_into::<Function>().ok()) {
        let _ = trouble.call2(&JsValue::NULL, &"panic".into(), &object);
    }
}

/// For errors of the worker that no hook could report, such as running out of memory.
pub fn on_worker_error() -> JsValue {
    Closure::<dyn FnMut(ErrorEvent)>::new(|event: ErrorEvent| {
        show(&report(event.message()));
    })
    .into_js_value()
}

fn report(message: String) -> PanicReport {
    let mut report = REPORT.with(|report| {
        report
            .try_borrow()
            .map(|report| report.clone())
            .unwrap_or_default()
    });
    report.message = message;
    report
}
