//! The page and its worker: one WASM module, which looks at where it runs.

fn main() {
    #[cfg(target_arch = "wasm32")]
    kubarium::web::start();
}
