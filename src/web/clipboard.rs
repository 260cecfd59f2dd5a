//! The clipboard, which browsers offer to secure pages only.

use wasm_bindgen_futures::{JsFuture, spawn_local};

/// Copies text; `done` is told whether it worked.
pub fn copy(text: &str, done: Box<dyn FnOnce(bool)>) {
    let window = gloo::utils::window();
    if !window.is_secure_context() {
        done(false);
        return;
    }
    let promise = window.navigator().clipboard().write_text(text);
    spawn_local(async move {
        let result: Result<_, wasm_bindgen::JsValue> = JsFuture::from(promise).await;
        done(result.is_ok());
    });
}
