//! The programs that every simulated machine has: coreutils and their neighbours, with GNU's (or busybox's) messages.

mod cat;
mod filter;
mod grep;
mod head;
mod options;
mod small;
mod tail;
mod timing;
mod wc;

use super::builtins::test;
use super::process::Entry;

/// All programs, sorted by name.
const PROGRAMS: &[(&str, Entry)] = &[
    ("[", test::program),
    ("cat", cat::cat),
    ("egrep", grep::egrep),
    ("false", small::false_),
    ("fgrep", grep::fgrep),
    ("grep", grep::grep),
    ("head", head::head),
    ("seq", small::seq),
    ("sleep", timing::sleep),
    ("tac", cat::tac),
    ("tail", tail::tail),
    ("test", test::program),
    ("true", small::true_),
    ("wc", wc::wc),
    ("yes", small::yes),
];

/// Names that are shells, not programs of this table.
const SHELLS: [&str; 3] = ["ash", "bash", "sh"];

/// Whether `name` is one of these programs or a shell.
pub fn is_program(name: &str) -> bool {
    find(name).is_some() || SHELLS.contains(&name)
}

/// The entry of a program.
pub fn find(name: &str) -> Option<Entry> {
    let at = PROGRAMS.binary_search_by_key(&name, |(n, _)| n).ok()?;
    Some(PROGRAMS[at].1)
}

/// Names of all programs, sorted.
pub fn names() -> impl Iterator<Item = &'static str> {
    PROGRAMS.iter().map(|(name, _)| *name)
}
