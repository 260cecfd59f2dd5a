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
    /// Says that all components listen; what the worker said before is handed out now.
    fn begin(&self);
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
    /// Makes a link that opens the page with a record; `done` gets none where it would be too long.
    fn link(&self, record: &str, done: Box<dyn FnOnce(Option<String>)>);
    /// Gives the visitor a text as a file.
    fn save_file(&self, name: &str, text: &str);
    /// Lets the visitor pick a file; `done` gets its text, and is never called where none is picked.
    fn open_file(&self, done: Box<dyn FnOnce(String)>);
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
    /// Moves the keyboard to an element.
    fn focus(&self, element_id: &str);
    /// Puts the cursor of an input at a position (UTF-16 units).
    fn set_cursor(&self, input_id: &str, at: u32);
    /// Scrolls an element to its end if it was there before it grew, or `always`.
    fn follow_end(&self, element_id: &str, always: bool);
    /// Where elements lie within the container ("" for the window), none for those that are not shown.
    fn rects(&self, container_id: &str, element_ids: &[String]) -> Vec<Option<Rect>>;
    /// Calls `act` whenever the size of an element changes, for as long as it is in the page.
    fn watch_size(&self, element_id: &str, act: Rc<dyn Fn()>);
    /// Whether text is selected, so that a click or Ctrl-C means the selection.
    fn selecting(&self) -> bool;
    /// Calls `act` once, so many milliseconds from now.
    fn later(&self, ms: u32, act: Box<dyn FnOnce()>);
    /// Calls `on_key` with every key pressed anywhere in the page; it tells whether the key meant something.
    fn on_key(&self, on_key: Rc<dyn Fn(&KeyPress) -> bool>);
    /// Milliseconds of the page's own monotonic clock, for animations.
    fn now_ms(&self) -> f64;
    /// Sets a style property of an element: the page's policy forbids `style` attributes.
    fn set_style(&self, element_id: &str, property: &str, value: &str);
}

/// A box, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// A key pressed somewhere in the page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeyPress {
    /// As `KeyboardEvent.key` names it.
    pub key: String,
    /// The key pressed just before (within a second), "" for none.
    pub before: String,
    /// Ctrl, Alt or Meta is held.
    pub modified: bool,
    /// It goes into an input, a text area or the editor.
    pub typing: bool,
    /// A button, a link or the like has the keyboard, to which Space and Enter belong.
    pub on_control: bool,
    /// An IME composes.
    pub composing: bool,
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
