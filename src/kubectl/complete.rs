//! Completion of a command line.

use super::env::{Io, Transport};
use std::rc::Rc;

/// One way to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The whole word as it would stand.
    pub word: String,
    /// What it is, for people.
    pub about: String,
}

/// Ways to complete the last of `words` (which may be empty); `kubectl` itself is not among them.
pub async fn complete(
    words: &[String],
    _io: Rc<dyn Io>,
    _transport: Rc<dyn Transport>,
) -> Vec<Completion> {
    let Some((last, before)) = words.split_last() else {
        return Vec::new();
    };
    let Ok(found) = super::command::find(&super::cmd::ROOT, before) else {
        return Vec::new();
    };
    found
        .command()
        .commands
        .iter()
        .filter(|c| !c.hidden && c.name.starts_with(last.as_str()))
        .map(|c| Completion {
            word: c.name.to_owned(),
            about: c.short.to_owned(),
        })
        .collect()
}
