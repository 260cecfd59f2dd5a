//! The editor: CodeMirror in a bundle of its own, loaded when first wanted; what it shows comes
//! from the cluster.

use std::{cell::RefCell, rc::Rc};

use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, UnwrapThrowExt, closure::Closure, prelude::wasm_bindgen};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::bridge::{Bridge, Waiting, edge};
use crate::view::protocol::{Completion, Diagnostic, Hover, ToWorker};

#[wasm_bindgen]
extern "C" {
    /// The bundle's handle on one editor.
    type CodeMirror;
    #[wasm_bindgen(method, js_name = text)]
    fn text(this: &CodeMirror) -> String;
    #[wasm_bindgen(method, js_name = setText)]
    fn set_text(this: &CodeMirror, text: &str);
    #[wasm_bindgen(method, js_name = setDiagnostics)]
    fn set_diagnostics(this: &CodeMirror, diagnostics: &Array);
    #[wasm_bindgen(method, js_name = goTo)]
    fn go_to(this: &CodeMirror, offset: usize);
    #[wasm_bindgen(method)]
    fn destroy(this: &CodeMirror);
}

/// What the page does about the editor's events.
pub struct Events {
    pub changed: Box<dyn Fn(String)>,
    /// Ctrl-Enter, or with Shift as a dry run.
    pub apply: Box<dyn Fn(bool)>,
}

/// The one editor of the page.
pub struct Editor {
    bridge: Rc<Bridge>,
    made: RefCell<Option<CodeMirror>>,
    /// The text as it is, or as it will be once the bundle has arrived.
    text: RefCell<String>,
}

impl Editor {
    pub fn new(bridge: Rc<Bridge>) -> Rc<Self> {
        Rc::new(Self {
            bridge,
            made: RefCell::default(),
            text: RefCell::default(),
        })
    }

    /// Loads the bundle and puts an editor into the element; when the bundle cannot be loaded, a
    /// plain text area takes its place.
    pub fn mount(
        self: &Rc<Self>,
        element_id: &str,
        text: &str,
        label: &str,
        language: &str,
        events: Events,
    ) {
        self.unmount();
        self.text.replace(text.to_owned());
        let editor = Rc::clone(self);
        let (id, label, language) = (element_id.to_owned(), label.to_owned(), language.to_owned());
        spawn_local(async move {
            let bundle = load_bundle().await;
            let Some(parent) = gloo::utils::document().get_element_by_id(&id) else {
                return;
            };
            parent.set_text_content(None);
            let text = editor.text.borrow().clone();
            match bundle {
                Some(bundle) => {
                    let source = editor.source(events);
                    let create: Function = Reflect::get(&bundle, &"create".into())
                        .expect_throw("the bundle exports it")
                        .unchecked_into();
                    let arguments = Array::of5(
                        &parent,
                        &text.into(),
                        &label.into(),
                        &language.into(),
                        &source,
                    );
                    let made = create
                        .apply(&JsValue::NULL, &arguments)
                        .expect_throw("it takes these arguments");
                    editor.made.replace(Some(made.unchecked_into()));
                }
                None => editor.mount_plain(&parent, &text, &label, events),
            }
        });
    }

    /// Takes the editor out of the page; its text stays.
    pub fn unmount(&self) {
        if let Some(made) = self.made.take() {
            self.text.replace(made.text());
            made.destroy();
        }
    }

    pub fn text(&self) -> String {
        match self.made.borrow().as_ref() {
            Some(made) => made.text(),
            None => self.text.borrow().clone(),
        }
    }

    pub fn set_text(&self, text: &str) {
        self.text.replace(text.to_owned());
        if let Some(made) = self.made.borrow().as_ref() {
            made.set_text(text);
        }
    }

    /// Marks the text; offsets are bytes of the text as it is now.
    pub fn set_diagnostics(&self, diagnostics: &[Diagnostic]) {
        let made = self.made.borrow();
        let Some(made) = made.as_ref() else { return };
        let text = made.text();
        let marks: Array = diagnostics
            .iter()
            .map(|one| {
                let severity = match one.severity {
                    crate::view::protocol::Severity::Error => "error",
                    crate::view::protocol::Severity::Warning => "warning",
                    crate::view::protocol::Severity::Info => "info",
                };
                object(&[
                    ("from", position(&text, one.from).into()),
                    ("to", position(&text, one.to).into()),
                    ("severity", severity.into()),
                    ("message", one.message.as_str().into()),
                ])
            })
            .collect();
        made.set_diagnostics(&marks);
    }

    /// Moves the cursor to a byte offset and the keyboard into the editor.
    pub fn go_to(&self, offset: usize) {
        if let Some(made) = self.made.borrow().as_ref() {
            made.go_to(position(&made.text(), offset));
        }
    }

    /// The functions that the bundle calls.
    fn source(self: &Rc<Self>, events: Events) -> JsValue {
        let Events { changed, apply } = events;
        let changed = Closure::<dyn Fn(String)>::new(changed).into_js_value();
        let apply = Closure::<dyn Fn(bool)>::new(apply).into_js_value();
        let editor = Rc::clone(self);
        let complete = Closure::<dyn Fn(String, usize) -> Promise>::new(move |text, at| {
            editor.ask_completion(text, at)
        });
        let editor = Rc::clone(self);
        let hover = Closure::<dyn Fn(String, usize) -> Promise>::new(move |text, at| {
            editor.ask_hover(text, at)
        });
        object(&[
            ("changed", changed),
            ("apply", apply),
            ("complete", complete.into_js_value()),
            ("hover", hover.into_js_value()),
        ])
    }

    fn ask_completion(&self, text: String, at: usize) -> Promise {
        Promise::new(&mut |resolve, _| {
            let written = text.clone();
            let id = self
                .bridge
                .expect(Waiting::Completion(Box::new(move |found| {
                    let _ = resolve.call1(&JsValue::NULL, &completion(&written, &found));
                })));
            let offset = byte_offset(&text, at);
            let text = text.clone();
            self.bridge
                .send(&ToWorker::EditorComplete { id, text, offset });
        })
    }

    fn ask_hover(&self, text: String, at: usize) -> Promise {
        Promise::new(&mut |resolve, _| {
            let written = text.clone();
            let id = self.bridge.expect(Waiting::Hover(Box::new(move |found| {
                let value = found.map_or(JsValue::NULL, |found| hover(&written, &found));
                let _ = resolve.call1(&JsValue::NULL, &value);
            })));
            let offset = byte_offset(&text, at);
            let text = text.clone();
            self.bridge
                .send(&ToWorker::EditorHover { id, text, offset });
        })
    }

    fn mount_plain(
        self: &Rc<Self>,
        parent: &web_sys::Element,
        text: &str,
        label: &str,
        events: Events,
    ) {
        let document = gloo::utils::document();
        let area: web_sys::HtmlTextAreaElement = document
            .create_element("textarea")
            .expect_throw("the name is valid")
            .unchecked_into();
        area.set_value(text);
        area.set_class_name("plain-editor");
        let _ = area.set_attribute("aria-label", label);
        let _ = parent.append_child(&area);
        let editor = Rc::clone(self);
        let typed = area.clone();
        gloo::events::EventListener::new(&area, "input", move |_| {
            editor.text.replace(typed.value());
            (events.changed)(typed.value());
        })
        .forget();
    }
}

async fn load_bundle() -> Option<JsValue> {
    let load: Function = Reflect::get(&edge(), &"editor".into())
        .ok()?
        .unchecked_into();
    let promise: Promise = load.call0(&JsValue::NULL).ok()?.unchecked_into();
    let bundle: Result<JsValue, JsValue> = JsFuture::from(promise).await;
    bundle.ok()
}

fn completion(text: &str, found: &Completion) -> JsValue {
    let items: Array = found
        .items
        .iter()
        .map(|item| {
            object(&[
                ("label", item.label.as_str().into()),
                ("detail", item.detail.as_str().into()),
                ("info", item.info.as_str().into()),
                (
                    "insert",
                    item.insert.as_deref().map_or(JsValue::NULL, Into::into),
                ),
            ])
        })
        .collect();
    object(&[
        ("from", position(text, found.from).into()),
        ("to", position(text, found.to).into()),
        ("items", items.into()),
    ])
}

fn hover(text: &str, found: &Hover) -> JsValue {
    object(&[
        ("from", position(text, found.from).into()),
        ("to", position(text, found.to).into()),
        ("title", found.title.as_str().into()),
        ("text", found.text.as_str().into()),
    ])
}

fn object(entries: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (key, value) in entries {
        Reflect::set(&object, &(*key).into(), value).expect_throw("a plain object takes any key");
    }
    object.into()
}

/// The UTF-16 position of a byte offset.
fn position(text: &str, offset: usize) -> usize {
    let mut end = offset.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].encode_utf16().count()
}

/// The byte offset of a UTF-16 position.
fn byte_offset(text: &str, position: usize) -> usize {
    let mut units = 0;
    for (offset, character) in text.char_indices() {
        if units >= position {
            return offset;
        }
        units += character.len_utf16();
    }
    text.len()
}
