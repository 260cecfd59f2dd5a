//! The second half of the module (`www/split.mjs`): what is not needed until the cluster is on the screen.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
unsafe extern "C" {
    /// Loads the second half while the caller waits. The split module calls it where one of its functions is missing.
    #[wasm_bindgen(js_namespace = globalThis, js_name = kubariumLate)]
    fn kubarium_late();
}

/// Loads the second half now. Nobody calls this: it keeps the import that the split module needs.
#[wasm_bindgen(js_name = loadLate)]
pub fn load_late() {
    kubarium_late();
}
