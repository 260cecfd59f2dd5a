//! The page: spawns the worker, boots the cluster in it and mounts the components.

use std::rc::Rc;

use wasm_bindgen::UnwrapThrowExt;
use wasm_bindgen_futures::spawn_local;

use super::{
    bridge::{Bridge, forget_address},
    host::BrowserHost,
    panic, share,
};
use crate::ui::{App, AppProps};
use crate::view::protocol::{FromWorker, Init, ToWorker};

/// Starts the page's half.
pub fn start() {
    panic::watch_page();
    let bridge = Bridge::connect();
    bridge.subscribe(Rc::new(follow));
    let init = init_from_address();
    if share::is_in_address() {
        spawn_local(continue_shared(Rc::clone(&bridge), init));
    } else {
        bridge.send(&ToWorker::Init(init));
    }
    report_visibility(&bridge);
    let host = Rc::new(BrowserHost::new(bridge));
    mount(host);
}

/// Begins with the record in the address; where it is damaged the worker says so, and goes on as without it.
async fn continue_shared(bridge: Rc<Bridge>, init: Init) {
    let record = share::from_address().await;
    bridge.send(&ToWorker::Init(Init {
        record: record.map(Result::unwrap_or_default),
        ..init
    }));
}

/// Puts the components into the page. They stand before the worker's first message is looked at.
fn mount(host: Rc<BrowserHost>) {
    let root = gloo::utils::document()
        .get_element_by_id("app")
        .expect_throw("the page has it");
    yew::Renderer::<App>::with_root_and_props(root, AppProps { host }).render();
}

/// Keeps the document's own marks in step with the cluster.
fn follow(message: &FromWorker) {
    match message {
        FromWorker::Ready(ready) => {
            let document = gloo::utils::document();
            if let Some(splash) = document.get_element_by_id("splash") {
                splash.remove();
            }
            if let Some(root) = document.document_element() {
                let _ = root.set_attribute("data-seed", &ready.seed.to_string());
                root.set_attribute("data-cluster", "ready")
                    .expect_throw("the name is valid");
            }
        }
        FromWorker::Panic(report) => panic::show(report),
        _ => {}
    }
}

/// `?seed=7&profile=reference&fresh`: how to boot; without a seed or profile it continues from
/// what is stored.
fn init_from_address() -> Init {
    let window = gloo::utils::window();
    let query = window.location().search().unwrap_or_default();
    let mut init = Init {
        restore: true,
        ..Init::default()
    };
    for pair in query.trim_start_matches('?').split('&') {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        match key {
            "seed" => init.seed = Init::seed_of(value),
            "profile" if !value.is_empty() => init.profile = Some(value.to_owned()),
            "fresh" => {}
            _ => continue,
        }
        init.restore = false;
    }
    if query == "?fresh" {
        // So that the next reload continues this cluster instead of throwing it away.
        forget_address();
    }
    init
}

/// A hidden page needs no frames.
fn report_visibility(bridge: &Rc<Bridge>) {
    let bridge = Rc::clone(bridge);
    let document = gloo::utils::document();
    gloo::events::EventListener::new(&document.clone(), "visibilitychange", move |_| {
        bridge.send(&ToWorker::Visible {
            visible: !document.hidden(),
        });
    })
    .forget();
}
