//! What outlives the tab: one snapshot in IndexedDB, kept by the one tab that holds the lock.
//! Runs in the worker.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = kubariumStore, catch)]
    fn load() -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = kubariumStore, catch)]
    fn save(bytes: &Uint8Array) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = kubariumStore, catch)]
    fn descriptions() -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = kubariumStore, catch)]
    fn own(later: &JsValue) -> Result<Promise, JsValue>;
}

/// The stored snapshot, if there is one; an error in the browser's words when it refuses.
pub async fn restore() -> Result<Option<Vec<u8>>, String> {
    let value = settle(load()).await?;
    Ok(value.dyn_ref::<Uint8Array>().map(|bytes| bytes.to_vec()))
}

/// Stores a snapshot in place of the one before.
pub async fn keep(bytes: &[u8]) -> Result<(), String> {
    settle(save(&Uint8Array::from(bytes))).await.map(|_| ())
}

/// The words about the API's types and fields.
pub async fn describe() -> Result<String, String> {
    let text = settle(descriptions()).await?;
    text.as_string().ok_or_else(|| "no text".to_owned())
}

/// Whether this tab is the one that stores; if not, `later` is called once it is.
pub async fn lock(later: impl FnOnce() + 'static) -> Result<bool, String> {
    let later = Closure::once_into_js(later);
    settle(own(&later)).await.map(|mine| mine.is_truthy())
}

async fn settle(promise: Result<Promise, JsValue>) -> Result<JsValue, String> {
    let promise = promise.map_err(|error| words(&error))?;
    JsFuture::from(promise).await.map_err(|error| words(&error))
}

fn words(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(
        || format!("{error:?}"),
        |error| String::from(error.message()),
    )
}
