//! What the page's components ask of the browser, so that they need no browser themselves.

use std::rc::Rc;

use super::protocol::{Diagnostic, FromWorker, ToWorker};

/// The browser as the components see it. The browser edge implements it; tests use a plain one.
pub trait Host {
    /// Sends a message to the worker.
    fn send(&self, message: ToWorker);
    /// Calls `on_message` with every message of the worker from now on. Answers to the editor's
    /// completion and hover questions go straight to the editor.
    fn subscribe(&self, on_message: Rc<dyn Fn(&FromWorker)>);
    /// Ends the worker, however busy it is, and begins another one with this message.
    fn restart(&self, first: ToWorker);
    /// A stored preference (`lang`, `theme`, pane sizes); none when unset or storage is refused.
    fn pref(&self, key: &str) -> Option<String>;
    /// Stores a preference; silently without effect when storage is refused.
    fn set_pref(&self, key: &str, value: &str);
    /// The browser's preferred language, such as `ko-KR`.
    fn language(&self) -> String;
    /// Sets an attribute of the document's root: `lang`, `data-theme`.
    fn set_document(&self, attribute: &str, value: &str);
    /// Puts text on the clipboard; `done` is told whether it worked.
    fn copy(&self, text: &str, done: Box<dyn FnOnce(bool)>);
    /// Loads the editor (once) and puts it into an element.
    fn mount_editor(&self, setup: EditorSetup);
    /// Takes the editor out of the page; its text stays.
    fn unmount_editor(&self);
    fn editor_text(&self) -> String;
    fn set_editor_text(&self, text: &str);
    /// Marks the editor's text; offsets are bytes.
    fn set_diagnostics(&self, diagnostics: &[Diagnostic]);
    /// Moves the cursor to a byte offset and the keyboard into the editor.
    fn editor_go_to(&self, offset: usize);
    /// Milliseconds of the page's own monotonic clock, for animations.
    fn now_ms(&self) -> f64;
    /// Sets a style property of an element: the page's policy forbids `style` attributes.
    fn set_style(&self, element_id: &str, property: &str, value: &str);
}

/// How the editor is put into the page.
pub struct EditorSetup {
    /// The `id` of the element that takes it; its content is replaced.
    pub element_id: String,
    pub text: String,
    /// What a screen reader calls it.
    pub label: String,
    /// `en` or `ko`, for the editor's own words.
    pub language: String,
    /// Told the whole text after each change.
    pub changed: Box<dyn Fn(String)>,
    /// Ctrl-Enter, or with Shift as a dry run.
    pub apply: Box<dyn Fn(bool)>,
}
