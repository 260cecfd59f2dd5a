//! What components ask of the document: focus, scrolling, places of elements, keys, timers.

use std::{cell::RefCell, rc::Rc};

use gloo::utils::{document, window};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{AddEventListenerOptions, Element, HtmlElement, HtmlInputElement, ResizeObserver};

use crate::view::host::{KeyPress, Rect};

fn element(id: &str) -> Option<HtmlElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// Moves the keyboard to an element, once it is there.
pub fn focus(id: &str) {
    let id = id.to_owned();
    later(
        0,
        Box::new(move || {
            if let Some(element) = element(&id) {
                let _ = element.focus();
            }
        }),
    );
}

/// Puts the cursor of an input at a position.
pub fn set_cursor(id: &str, at: u32) {
    let input = element(id).and_then(|e| e.dyn_into::<HtmlInputElement>().ok());
    if let Some(input) = input {
        let _ = input.set_selection_range(at, at);
        input.set_scroll_left(input.scroll_width());
    }
}

/// How far from its end an element may stand and still count as being there.
const NEAR_END: i32 = 40;
/// Where an element keeps how high its content was when it was last looked at.
const HEIGHT: &str = "data-height";

/// Scrolls an element to its end if it was there before it grew, or always.
pub fn follow_end(id: &str, always: bool) {
    let Some(element) = element(id) else { return };
    let before = element.get_attribute(HEIGHT).and_then(|h| h.parse().ok());
    let seen = element.client_height() + element.scroll_top();
    if always || before.is_none_or(|before: i32| before - seen < NEAR_END) {
        element.set_scroll_top(element.scroll_height());
    }
    let _ = element.set_attribute(HEIGHT, &element.scroll_height().to_string());
}

/// Where elements lie within a container's content.
pub fn rects(container_id: &str, ids: &[String]) -> Vec<Option<Rect>> {
    let origin = element(container_id).map_or((0.0, 0.0), |container| {
        let r = container.get_bounding_client_rect();
        (
            r.x() - f64::from(container.scroll_left()),
            r.y() - f64::from(container.scroll_top()),
        )
    });
    let of = |id: &String| {
        let r = document().get_element_by_id(id)?.get_bounding_client_rect();
        (r.width() > 0.0).then(|| Rect {
            x: r.x() - origin.0,
            y: r.y() - origin.1,
            width: r.width(),
            height: r.height(),
        })
    };
    ids.iter().map(of).collect()
}

/// Calls `act` whenever the size of an element changes.
pub fn watch_size(id: &str, act: Rc<dyn Fn()>) {
    let Some(element) = element(id) else { return };
    let on_resize = Closure::<dyn Fn()>::new(move || act()).into_js_value();
    // The browser keeps the observer while the element is there.
    if let Ok(observer) = ResizeObserver::new(on_resize.unchecked_ref()) {
        observer.observe(&element);
    }
}

/// Whether text is selected.
pub fn selecting() -> bool {
    let selection = window().get_selection().ok().flatten();
    selection.is_some_and(|s| !s.is_collapsed())
}

/// Calls `act` once, so many milliseconds from now.
pub fn later(ms: u32, act: Box<dyn FnOnce()>) {
    gloo::timers::callback::Timeout::new(ms, act).forget();
}

/// How long a key waits for the one that makes a pair with it.
const PAIR_MS: f64 = 1_000.0;

/// Tells every key pressed in the page.
pub fn on_key(now: impl Fn() -> f64 + 'static, act: Rc<dyn Fn(&KeyPress) -> bool>) {
    let before = RefCell::new((String::new(), 0.0));
    let options = AddEventListenerOptions::new();
    options.set_capture(false);
    let listener =
        Closure::<dyn Fn(web_sys::KeyboardEvent)>::new(move |event: web_sys::KeyboardEvent| {
            let at = now();
            let (last, when) = before.replace((event.key(), at));
            let target = event.composed_path().get(0).dyn_into::<Element>().ok();
            let is = |selector: &str| {
                let target = target.as_ref();
                target.is_some_and(|t| t.closest(selector).ok().flatten().is_some())
            };
            let press = KeyPress {
                key: event.key(),
                before: if at - when < PAIR_MS {
                    last
                } else {
                    String::new()
                },
                modified: event.ctrl_key() || event.alt_key() || event.meta_key(),
                typing: is("input, textarea, select, [contenteditable=true]"),
                on_control: is("button, a, summary, [role=tab], [role=separator]"),
                composing: event.is_composing(),
            };
            if !event.default_prevented() && act(&press) {
                event.prevent_default();
            }
        });
    let _ = document().add_event_listener_with_callback_and_add_event_listener_options(
        "keydown",
        listener.into_js_value().unchecked_ref(),
        &options,
    );
}
