//! The browser as the components ask for it.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::{
    bridge::Bridge,
    clipboard, dom,
    editor::{Editor, Events},
    prefs, share,
};
use crate::view::{
    host::{EditorSetup, Host, KeyPress, Rect},
    protocol::{Diagnostic, FromWorker, ToWorker},
};

/// The real browser.
pub struct BrowserHost {
    bridge: Rc<Bridge>,
    editor: Rc<Editor>,
}

impl BrowserHost {
    pub fn new(bridge: Rc<Bridge>) -> Self {
        let editor = Editor::new(Rc::clone(&bridge));
        Self { bridge, editor }
    }
}

impl Host for BrowserHost {
    fn send(&self, message: ToWorker) {
        self.bridge.send(&message);
    }

    fn subscribe(&self, on_message: Rc<dyn Fn(&FromWorker)>) {
        self.bridge.subscribe(on_message);
    }

    fn begin(&self) {
        self.bridge.begin();
    }

    fn restart(&self, first: ToWorker) {
        self.bridge.restart(first);
    }

    fn pref(&self, key: &str) -> Option<String> {
        prefs::get(key)
    }

    fn set_pref(&self, key: &str, value: &str) {
        prefs::set(key, value);
    }

    fn language(&self) -> String {
        let navigator = gloo::utils::window().navigator();
        navigator.language().unwrap_or_else(|| "en".to_owned())
    }

    fn set_document(&self, attribute: &str, value: &str) {
        if let Some(root) = gloo::utils::document().document_element() {
            let _ = root.set_attribute(attribute, value);
        }
    }

    fn copy(&self, text: &str, done: Box<dyn FnOnce(bool)>) {
        clipboard::copy(text, done);
    }

    fn link(&self, record: &str, done: Box<dyn FnOnce(Option<String>)>) {
        share::link(record, done);
    }

    fn save_file(&self, name: &str, text: &str) {
        share::save(name, text);
    }

    fn open_file(&self, done: Box<dyn FnOnce(String)>) {
        share::open(done);
    }

    fn mount_editor(&self, setup: EditorSetup) {
        let EditorSetup {
            element_id,
            text,
            label,
            language,
            changed,
            apply,
        } = setup;
        let events = Events { changed, apply };
        self.editor
            .mount(&element_id, &text, &label, &language, events);
    }

    fn unmount_editor(&self) {
        self.editor.unmount();
    }

    fn editor_text(&self) -> String {
        self.editor.text()
    }

    fn set_editor_text(&self, text: &str) {
        self.editor.set_text(text);
    }

    fn set_diagnostics(&self, diagnostics: &[Diagnostic]) {
        self.editor.set_diagnostics(diagnostics);
    }

    fn editor_go_to(&self, offset: usize) {
        self.editor.go_to(offset);
    }

    fn focus(&self, element_id: &str) {
        dom::focus(element_id);
    }

    fn set_cursor(&self, input_id: &str, at: u32) {
        dom::set_cursor(input_id, at);
    }

    fn follow_end(&self, element_id: &str, always: bool) {
        dom::follow_end(element_id, always);
    }

    fn rects(&self, container_id: &str, element_ids: &[String]) -> Vec<Option<Rect>> {
        dom::rects(container_id, element_ids)
    }

    fn watch_size(&self, element_id: &str, act: Rc<dyn Fn()>) {
        dom::watch_size(element_id, act);
    }

    fn selecting(&self) -> bool {
        dom::selecting()
    }

    fn later(&self, ms: u32, act: Box<dyn FnOnce()>) {
        dom::later(ms, act);
    }

    fn on_key(&self, on_key: Rc<dyn Fn(&KeyPress) -> bool>) {
        dom::on_key(now_ms, on_key);
    }

    fn now_ms(&self) -> f64 {
        now_ms()
    }

    fn set_style(&self, element_id: &str, property: &str, value: &str) {
        let element = gloo::utils::document().get_element_by_id(element_id);
        if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
            let _ = element.style().set_property(property, value);
        }
    }
}

fn now_ms() -> f64 {
    gloo::utils::window()
        .performance()
        .map_or_else(js_sys::Date::now, |performance| performance.now())
}
