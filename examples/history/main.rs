//! Plays histories: a seed gives everything that a user does to a page's cluster, and each step the digest of all that came
//! of it. The same program is built natively and as WebAssembly; `tests/determinism.mjs` compares the two.
//!
//! Native: `history digests FIRST LAST` prints a line per step, `history text SEED STEP` one step's history,
//! `history pods COUNT NODES` how many pods got ready. In WASM the same are exports that leave their text in memory.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod player;
mod script;

use std::fmt::Write;

/// A line per step: the step's number, the digest of everything until then, what was done.
fn digests(seed: u64) -> String {
    let mut out = String::new();
    player::play(seed, &mut |number, step| {
        writeln!(out, "{number} {} {}", step.digest, step.what).unwrap();
        true
    });
    out
}

/// Everything that came of one step.
fn text(seed: u64, wanted: usize) -> String {
    let mut out = String::new();
    player::play(seed, &mut |number, step| {
        if number == wanted {
            out = std::mem::take(&mut step.text);
        }
        number < wanted
    });
    out
}

/// How many of a Deployment's pods got ready within ten minutes.
fn pods(count: usize, nodes: usize) -> String {
    player::many_pods(count, nodes).to_string()
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let number = |at: usize| args[at].parse::<u64>().unwrap();
    match args.get(1).map(String::as_str) {
        Some("digests") => {
            for seed in number(2)..=number(3) {
                println!("seed {seed}\n{}", digests(seed));
            }
        }
        Some("text") => println!("{}", text(number(2), number(3) as usize)),
        Some("pods") => println!("{}", pods(number(2) as usize, number(3) as usize)),
        _ => println!("usage: history digests FIRST LAST | text SEED STEP | pods COUNT NODES"),
    }
}

#[cfg(target_arch = "wasm32")]
fn main() {}

#[cfg(target_arch = "wasm32")]
mod exports {
    //! What the WebAssembly module offers: each call leaves its text in memory.

    use std::sync::Mutex;

    static SAID: Mutex<String> = Mutex::new(String::new());

    fn say(text: String) {
        *SAID.lock().unwrap_or_else(|broken| broken.into_inner()) = text;
    }

    /// Leaves a panic's message where the host finds it, before the trap.
    fn tell_panics() {
        std::panic::set_hook(Box::new(|info| say(info.to_string())));
    }

    #[unsafe(no_mangle)]
    pub extern "C" fn history_digests(seed: u32) {
        tell_panics();
        say(super::digests(u64::from(seed)));
    }

    #[unsafe(no_mangle)]
    pub extern "C" fn history_text(seed: u32, step: u32) {
        tell_panics();
        say(super::text(u64::from(seed), step as usize));
    }

    #[unsafe(no_mangle)]
    pub extern "C" fn history_pods(count: u32, nodes: u32) {
        tell_panics();
        say(super::pods(count as usize, nodes as usize));
    }

    #[unsafe(no_mangle)]
    pub extern "C" fn said_at() -> *const u8 {
        SAID.lock()
            .unwrap_or_else(|broken| broken.into_inner())
            .as_ptr()
    }

    #[unsafe(no_mangle)]
    pub extern "C" fn said_length() -> usize {
        SAID.lock()
            .unwrap_or_else(|broken| broken.into_inner())
            .len()
    }
}
