//! What every component can reach: the browser, the words, and the one place where intents go.

use super::state::Act;
use super::words::{Lang, Words};
use crate::view::frame::Key;
use crate::view::host::Host;
use crate::view::protocol::ToWorker;
use crate::view::select::object_of;
use std::cell::Cell;
use std::rc::Rc;
use yew::prelude::*;

/// Finds the key of what is called so on the map.
pub type Find = Rc<dyn Fn(&str) -> Option<Key>>;

/// The page's context.
#[derive(Clone)]
pub struct Ctx {
    pub host: Rc<dyn Host>,
    pub lang: Lang,
    pub act: Callback<Act>,
    /// The terminal tab in front.
    pub tab: Rc<Cell<u32>>,
    /// The key of what is called so on the map.
    pub find: Find,
}

impl PartialEq for Ctx {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.host, &other.host) && self.lang == other.lang && self.act == other.act
    }
}

impl Ctx {
    /// The words of the page's language.
    pub fn words(&self) -> &'static Words {
        self.lang.words()
    }
    /// Sends a message to the worker.
    pub fn send(&self, message: ToWorker) {
        self.host.send(message);
    }
    /// Opens the inspector on what a key stands for.
    pub fn select(&self, key: &Key) {
        if let Some(object) = object_of(key) {
            self.act.emit(Act::Select(Some(object)));
        }
    }
    /// An intent as an event handler.
    pub fn on<E>(&self, act: impl Fn() -> Act + 'static) -> Callback<E> {
        let emit = self.act.clone();
        Callback::from(move |_| emit.emit(act()))
    }
}

/// The context; every component stands within its provider.
#[hook]
pub fn use_ctx() -> Ctx {
    use_context::<Ctx>().expect("App provides it")
}

/// Simulated time in whole seconds, for what counts down.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Now(pub i64);

/// The `data-key` of the element under an event.
pub fn key_of(event: &Event) -> Option<Key> {
    let element = event.target_dyn_into::<web_sys::Element>()?;
    let marked = element.closest("[data-key]").ok()??;
    marked.get_attribute("data-key")
}
