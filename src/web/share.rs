//! Records as links and as files. What packs them is loaded when it is first wanted.

use super::bridge::edge;
use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue, UnwrapThrowExt};
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// What a link's fragment begins with, before the packed record.
const FRAGMENT: &str = "#cluster=";
/// The longest link that is offered; longer ones get lost on their way.
const LONGEST_LINK: usize = 32_000;

/// The record in the page's address; none where the address has none, an error where it is damaged.
pub async fn from_address() -> Option<Result<String, String>> {
    let fragment = gloo::utils::window().location().hash().ok()?;
    let code = fragment.strip_prefix(FRAGMENT)?;
    let unpacked = call("unpack", &[code]).await;
    Some(unpacked.map(|text| text.as_string().unwrap_or_default()))
}

/// Whether the page's address holds a record.
pub fn is_in_address() -> bool {
    let fragment = gloo::utils::window().location().hash();
    fragment.is_ok_and(|fragment| fragment.starts_with(FRAGMENT))
}

/// Makes a link of a record; `done` gets none where it would be too long.
pub fn link(record: &str, done: Box<dyn FnOnce(Option<String>)>) {
    let record = record.to_owned();
    spawn_local(async move {
        let packed = call("pack", &[&record]).await.ok();
        let code = packed.and_then(|packed| packed.as_string());
        done(code.filter(|code| code.len() <= LONGEST_LINK).map(|code| {
            let location = gloo::utils::window().location();
            let (origin, path) = (location.origin(), location.pathname());
            let place = origin.unwrap_or_default() + &path.unwrap_or_default();
            format!("{place}{FRAGMENT}{code}")
        }));
    });
}

/// Gives the visitor a file.
pub fn save(name: &str, text: &str) {
    let (name, text) = (name.to_owned(), text.to_owned());
    spawn_local(async move {
        let _ = call("save", &[&name, &text]).await;
    });
}

/// Lets the visitor pick a file; `done` gets its text.
pub fn open(done: Box<dyn FnOnce(String)>) {
    spawn_local(async move {
        let picked = call("pick", &[]).await.ok();
        if let Some(text) = picked.and_then(|text| text.as_string()) {
            done(text);
        }
    });
}

async fn call(name: &str, arguments: &[&str]) -> Result<JsValue, String> {
    let edge = edge();
    let load: Function = Reflect::get(&edge, &"share".into())
        .expect_throw("the boot script offers it")
        .unchecked_into();
    let words = |error: JsValue| format!("{error:?}");
    let loading: Promise = load.call0(&edge).map_err(words)?.unchecked_into();
    let module = JsFuture::from(loading).await.map_err(words)?;
    let act: Function = Reflect::get(&module, &name.into())
        .map_err(words)?
        .unchecked_into();
    let arguments = arguments.iter().map(|it| JsValue::from_str(it)).collect();
    let result = act.apply(&module, &arguments).map_err(words)?;
    JsFuture::from(Promise::resolve(&result))
        .await
        .map_err(words)
}
