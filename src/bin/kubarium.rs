//! The native program; everything is in `kubarium::native`.

fn main() -> std::process::ExitCode {
    #[cfg(not(target_arch = "wasm32"))]
    return kubarium::native::main();
    // The page's program is `web`.
    #[cfg(target_arch = "wasm32")]
    std::process::ExitCode::FAILURE
}
