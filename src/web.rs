//! The browser edge: the page, the worker that runs the cluster, and what browsers offer them.
//!
//! The page and the worker are the same WASM module; [`start`] looks at where it runs. Everything
//! that decides something stands in `session`, `view` and `ui`; here is only plumbing.

mod bridge;
mod clipboard;
mod dom;
mod editor;
mod host;
mod late;
mod memory;
mod page;
mod panic;
mod prefs;
mod share;
mod storage;
mod worker;

/// Begins the page, or the worker when there is no window.
pub fn start() {
    if web_sys::window().is_some() {
        page::start();
    } else {
        worker::start();
    }
}
