//! The worker: a loop that lets simulated time follow real time in short slices, so that messages
//! are never kept waiting, and sends the page one frame's worth of changes at a time.

use std::{cell::RefCell, collections::VecDeque};

use js_sys::{Array, Math, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, UnwrapThrowExt, closure::Closure};
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, MessageEvent, MessagePort, Performance};

use super::{panic, storage};
use crate::{
    apimachinery::descriptions::Descriptions,
    session::Session,
    view::protocol::{FromWorker, Init, Notice, NoticeCode, TerminalInput, ToWorker, encode},
};

/// How long the cluster runs before messages are looked at.
const SLICE_MS: f64 = 8.0;
/// Asking the browser for the time costs as much as some steps do.
const STEPS_PER_LOOK: u32 = 8;
/// The time between snapshots, and what is added to it for each of their bytes.
const SNAPSHOT_MS: f64 = 1_000.0;
const SNAPSHOT_MS_PER_BYTE: f64 = 0.01;
/// How long to sleep at most.
const LONGEST_WAIT_MS: f64 = 1_000.0;

thread_local! {
    /// Asked for once: the way to it goes through three properties.
    static CLOCK: Option<Performance> = scope().performance();
    static DRIVER: RefCell<Option<Driver>> = const { RefCell::new(None) };
}

/// The loop's state.
struct Driver {
    session: Option<Session>,
    /// What arrived while the stored cluster was being read.
    early: VecDeque<ToWorker>,
    /// The words about fields were asked for.
    describing: bool,
    /// This tab is the one that stores.
    stores: bool,
    next_snapshot: f64,
    timer: Option<i32>,
    /// A message to ourselves is on its way.
    continuing: bool,
    to_self: MessagePort,
    tick: Closure<dyn FnMut()>,
}

/// Starts the worker's half.
pub fn start() {
    panic::watch_worker();
    let channel = MessageChannel::new().expect_throw("every browser with workers has channels");
    let on_continue = Closure::<dyn FnMut()>::new(|| {
        with_driver(|driver| driver.continuing = false);
        turn();
    });
    channel
        .port1()
        .set_onmessage(Some(on_continue.into_js_value().unchecked_ref()));
    DRIVER.set(Some(Driver {
        session: None,
        early: VecDeque::new(),
        describing: false,
        stores: false,
        next_snapshot: 0.0,
        timer: None,
        continuing: false,
        to_self: channel.port2(),
        tick: Closure::new(|| {
            with_driver(|driver| driver.timer = None);
            turn();
        }),
    }));
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(|event: MessageEvent| receive(&event));
    scope().set_onmessage(Some(on_message.into_js_value().unchecked_ref()));
}

/// Sends messages to the page.
pub fn post(messages: &[FromWorker]) {
    if messages.is_empty() {
        return;
    }
    let bytes = Uint8Array::from(encode(messages).as_slice());
    // Given away, not copied.
    let transfer = Array::of1(&bytes.buffer());
    scope()
        .post_message_with_transfer(&bytes, &transfer)
        .expect_throw("bytes can be sent");
}

fn receive(event: &MessageEvent) {
    let Some(text) = event.data().as_string() else {
        return;
    };
    let message = serde_json::from_str(&text).expect_throw("the page is the same program");
    panic::note(&message);
    match message {
        ToWorker::Init(init) => spawn_local(boot(init)),
        message => {
            // Words are loaded when there may soon be a use for them: a hover, or `kubectl explain` in a terminal.
            if matches!(
                message,
                ToWorker::EditorHover { .. }
                    | ToWorker::Terminal {
                        input: TerminalInput::Line(_),
                        ..
                    }
            ) {
                describe_once();
            }
            with_driver(|driver| {
                // A page that is being left becomes hidden first: its last moment to be kept.
                if message == (ToWorker::Visible { visible: false }) {
                    driver.next_snapshot = 0.0;
                }
                match driver.session.as_mut() {
                    Some(session) => session.handle(message),
                    None => driver.early.push_back(message),
                }
            });
            turn();
        }
    }
}

/// Loads the words about fields when the first hover asks for them; that one does without.
fn describe_once() {
    let wanted = with_driver(|driver| !std::mem::replace(&mut driver.describing, true));
    if !wanted {
        return;
    }
    spawn_local(async {
        let loaded = storage::describe().await;
        with_driver(|driver| match (loaded, driver.session.as_mut()) {
            (Ok(text), Some(session)) => session.describe(Descriptions::new(&text)),
            // Asked again at the next hover.
            _ => driver.describing = false,
        });
    });
}

/// Continues a shared cluster or the stored one, or starts a new one.
async fn boot(mut init: Init) {
    if let Some(record) = init.record.take() {
        match Session::restore(record.as_bytes()) {
            Ok(session) => {
                notice(NoticeCode::Shared, String::new());
                return run(session);
            }
            Err(error) => notice(NoticeCode::ShareUnreadable, error.detail()),
        }
    }
    let mine = storage::lock(|| {
        with_driver(|driver| driver.stores = true);
        notice(NoticeCode::OtherTabGone, String::new());
    })
    .await;
    let mut stored = None;
    match mine {
        Ok(true) => {
            with_driver(|driver| driver.stores = true);
            match storage::restore().await {
                Ok(found) => stored = found.filter(|_| init.restore),
                Err(error) => refuse(error),
            }
        }
        Ok(false) => notice(NoticeCode::OtherTab, String::new()),
        Err(error) => refuse(error),
    }
    begin(&init, stored);
}

fn begin(init: &Init, stored: Option<Vec<u8>>) {
    let restored = stored.and_then(|bytes| match Session::restore(&bytes) {
        Ok(session) => Some(session),
        Err(error) => {
            notice(NoticeCode::StorageUnreadable, error.detail());
            None
        }
    });
    let session = restored.unwrap_or_else(|| {
        let drawn = (Math::random() * f64::from(u32::MAX)) as u64;
        Session::new(init, drawn)
    });
    run(session);
}

fn run(session: Session) {
    panic::note_seed(session.seed());
    with_driver(|driver| {
        let session = driver.session.insert(session);
        for message in driver.early.drain(..) {
            session.handle(message);
        }
    });
    turn();
}

/// One slice of simulated time, one frame if it is due, and the next turn arranged.
fn turn() {
    let begun = monotonic_ms();
    let messages = with_driver(|driver| {
        let Some(session) = driver.session.as_mut() else {
            return Vec::new();
        };
        let mut asked = 0_u32;
        let wait = session.advance(begun, &mut || {
            asked += 1;
            asked.is_multiple_of(STEPS_PER_LOOK) && monotonic_ms() - begun > SLICE_MS
        });
        let messages = session.take_outbox();
        driver.keep_when_due(monotonic_ms());
        driver.arrange(wait);
        messages
    });
    post(&messages);
}

impl Driver {
    /// Arranges the next turn in `wait_ms`; at once means after the messages that wait.
    fn arrange(&mut self, wait_ms: f64) {
        if let Some(timer) = self.timer.take() {
            scope().clear_timeout_with_handle(timer);
        }
        if self.continuing {
            return;
        }
        if wait_ms <= 0.0 {
            self.continuing = true;
            self.to_self
                .post_message(&JsValue::NULL)
                .expect_throw("null can be cloned");
            return;
        }
        let timer = scope().set_timeout_with_callback_and_timeout_and_arguments_0(
            self.tick.as_ref().unchecked_ref(),
            wait_ms.min(LONGEST_WAIT_MS).ceil() as i32,
        );
        self.timer = timer.ok();
    }

    fn keep_when_due(&mut self, now: f64) {
        if !self.stores || now < self.next_snapshot {
            return;
        }
        self.next_snapshot = now + SNAPSHOT_MS;
        let Some(bytes) = self.session.as_mut().and_then(Session::snapshot) else {
            return;
        };
        self.next_snapshot += bytes.len() as f64 * SNAPSHOT_MS_PER_BYTE;
        spawn_local(async move {
            if let Err(error) = storage::keep(&bytes).await {
                refuse(error);
            }
        });
    }
}

fn refuse(error: String) {
    with_driver(|driver| driver.stores = false);
    notice(NoticeCode::StorageRefused, error);
}

fn notice(code: NoticeCode, detail: String) {
    post(&[FromWorker::Notice(Notice { code, detail })]);
}

fn with_driver<T>(act: impl FnOnce(&mut Driver) -> T) -> T {
    DRIVER.with_borrow_mut(|driver| act(driver.as_mut().expect_throw("start() made it")))
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

fn monotonic_ms() -> f64 {
    CLOCK.with(|clock| {
        clock
            .as_ref()
            .map_or_else(js_sys::Date::now, Performance::now)
    })
}
