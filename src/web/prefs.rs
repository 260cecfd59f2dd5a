//! Preferences in the page's local storage, which may be refused.

use web_sys::Storage;

/// Before each key, since a host may serve several sites from one origin.
const PREFIX: &str = "kubarium.";

/// A stored preference.
pub fn get(key: &str) -> Option<String> {
    storage()?.get_item(&format!("{PREFIX}{key}")).ok()?
}

/// Stores a preference; without effect when the browser refuses.
pub fn set(key: &str, value: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(&format!("{PREFIX}{key}"), value);
    }
}

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}
