//! The page's end of the line to the worker: typed messages both ways.

use crate::collections::SortedMap;
use std::{cell::RefCell, rc::Rc};

use js_sys::{Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, UnwrapThrowExt, closure::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{MessageEvent, Worker};

use super::panic;
use crate::view::protocol::{Completion, FromWorker, Hover, ToWorker, decode};

/// Called with every message of the worker.
pub type Subscriber = Rc<dyn Fn(&FromWorker)>;

type OnMessage = Closure<dyn FnMut(MessageEvent)>;

/// What a numbered question waits for.
pub enum Waiting {
    Completion(Box<dyn FnOnce(Completion)>),
    Hover(Box<dyn FnOnce(Option<Hover>)>),
}

/// The line to the worker.
pub struct Bridge {
    worker: RefCell<Worker>,
    subscribers: RefCell<Vec<Subscriber>>,
    waiting: RefCell<SortedMap<u32, Waiting>>,
    /// What arrived before all components listened; none once they do.
    early: RefCell<Option<Vec<FromWorker>>>,
    last_id: RefCell<u32>,
    on_message: RefCell<Option<OnMessage>>,
}

impl Bridge {
    /// Takes over the worker that the boot script began.
    pub fn connect() -> Rc<Self> {
        let worker = Reflect::get(&edge(), &"worker".into())
            .expect_throw("the boot script spawns the worker")
            .unchecked_into();
        let bridge = Rc::new(Self {
            worker: RefCell::new(worker),
            subscribers: RefCell::default(),
            waiting: RefCell::default(),
            early: RefCell::new(Some(Vec::new())),
            last_id: RefCell::new(0),
            on_message: RefCell::default(),
        });
        let receiver = Rc::clone(&bridge);
        let on_message = Closure::new(move |event: MessageEvent| receiver.receive(&event));
        bridge.on_message.replace(Some(on_message));
        bridge.listen();
        bridge
    }

    /// Sends a message; it is queued by the browser while the worker starts.
    pub fn send(&self, message: &ToWorker) {
        panic::note(message);
        let text = serde_json::to_string(message).expect_throw("messages are plain data");
        self.worker
            .borrow()
            .post_message(&JsValue::from_str(&text))
            .expect_throw("strings can be cloned");
    }

    /// Calls `subscriber` with every message from now on.
    pub fn subscribe(&self, subscriber: Subscriber) {
        self.subscribers.borrow_mut().push(subscriber);
    }

    /// Everybody listens now: hands out what arrived before, and from here on at once.
    pub fn begin(&self) {
        for message in self.early.take().into_iter().flatten() {
            self.deliver(message);
        }
    }

    /// A number for a question whose answer goes to `waiting`.
    pub fn expect(&self, waiting: Waiting) -> u32 {
        let id = {
            let mut last = self.last_id.borrow_mut();
            *last = last.wrapping_add(1);
            *last
        };
        self.waiting.borrow_mut().insert(id, waiting);
        id
    }

    /// Ends the worker, however busy it is, and begins a new one with `first`.
    pub fn restart(self: &Rc<Self>, first: ToWorker) {
        let bridge = Rc::clone(self);
        spawn_local(async move {
            let respawn: Function = Reflect::get(&edge(), &"respawn".into())
                .expect_throw("the boot script offers it")
                .unchecked_into();
            let promise: Promise = respawn
                .call0(&edge())
                .expect_throw("it begins a worker")
                .unchecked_into();
            if let Ok(worker) = JsFuture::from(promise).await {
                forget_address();
                bridge.worker.replace(worker.unchecked_into());
                bridge.waiting.borrow_mut().clear();
                bridge.listen();
                bridge.send(&first);
            }
        });
    }

    fn listen(&self) {
        let worker = self.worker.borrow();
        if let Some(on_message) = self.on_message.borrow().as_ref() {
            worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        }
        worker.set_onerror(Some(panic::on_worker_error().unchecked_ref()));
    }

    fn receive(&self, event: &MessageEvent) {
        let Ok(bytes) = event.data().dyn_into::<Uint8Array>() else {
            return;
        };
        let batch = decode(&bytes.to_vec()).expect_throw("the worker is the same program");
        for message in batch {
            self.deliver(message);
        }
    }

    fn deliver(&self, message: FromWorker) {
        match message {
            FromWorker::EditorCompletion { id, completion } => {
                let waiting = self.waiting.borrow_mut().remove(&id);
                if let Some(Waiting::Completion(answer)) = waiting {
                    answer(completion);
                }
            }
            FromWorker::EditorHover { id, hover } => {
                let waiting = self.waiting.borrow_mut().remove(&id);
                if let Some(Waiting::Hover(answer)) = waiting {
                    answer(hover);
                }
            }
            message => {
                let panic = matches!(message, FromWorker::Panic(_));
                if let Some(early) = self.early.borrow_mut().as_mut().filter(|_| !panic) {
                    early.push(message);
                    return;
                }
                let subscribers = self.subscribers.borrow().clone();
                for subscriber in subscribers {
                    subscriber(&message);
                }
            }
        }
    }
}

/// Takes from the address what said how to boot the cluster that was in the page: another one is now.
pub fn forget_address() {
    let window = gloo::utils::window();
    let path = window.location().pathname().unwrap_or_default();
    if let Ok(history) = window.history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&path));
    }
}

/// What the boot script left for this module.
pub fn edge() -> JsValue {
    Reflect::get(&js_sys::global(), &"kubarium".into()).expect_throw("the boot script has run")
}
