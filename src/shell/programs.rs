//! The programs that every simulated machine has: coreutils and their neighbours, with GNU's (or busybox's) messages.

mod attributes;
mod awk;
mod base64;
mod cat;
mod chmod;
mod copy;
mod cut;
mod date;
mod diff;
mod dirs;
mod expr;
mod filter;
mod find;
mod gather;
mod grep;
mod head;
mod jq;
mod lines;
mod links;
mod ls;
mod machine;
mod names;
pub mod net;
mod options;
mod run;
mod sed;
mod small;
mod sort;
mod stat;
mod tail;
mod tar;
mod timing;
mod tr;
mod uniq;
mod walk;
mod wc;

use super::builtins::{jobs, output, test};
use super::process::Entry;

/// All programs, sorted by name.
const PROGRAMS: &[(&str, Entry)] = &[
    ("[", test::program),
    ("arch", machine::arch),
    ("awk", awk::awk),
    ("base64", base64::base64),
    ("basename", names::basename),
    ("cat", cat::cat),
    ("chgrp", chmod::chown),
    ("chmod", chmod::chmod),
    ("chown", chmod::chown),
    ("clear", machine::clear),
    ("cmp", diff::cmp),
    ("comm", lines::comm),
    ("cp", copy::cp),
    ("curl", net::curl::curl),
    ("cut", cut::cut),
    ("date", date::date),
    ("df", machine::df),
    ("diff", diff::diff),
    ("dirname", names::dirname),
    ("du", stat::du),
    ("echo", output::echo_program),
    ("egrep", grep::egrep),
    ("env", machine::env),
    ("expr", expr::expr),
    ("false", small::false_),
    ("fgrep", grep::fgrep),
    ("find", find::find),
    ("grep", grep::grep),
    ("groups", machine::groups),
    ("head", head::head),
    ("hostname", machine::hostname),
    ("id", machine::id),
    ("jq", jq::jq),
    ("kill", jobs::program),
    ("ln", links::ln),
    ("ls", ls::ls),
    ("md5sum", stat::sums),
    ("mkdir", dirs::mkdir),
    ("mktemp", links::mktemp),
    ("mv", copy::mv),
    ("nc", net::nc::nc),
    ("nice", machine::prefix),
    ("nl", lines::nl),
    ("nohup", machine::prefix),
    ("nproc", machine::nproc),
    ("nslookup", net::nslookup::nslookup),
    ("paste", lines::paste),
    ("pidof", machine::pidof),
    ("ping", net::nc::ping),
    ("printenv", machine::printenv),
    ("printf", output::printf_program),
    ("ps", machine::ps),
    ("pwd", machine::pwd),
    ("readlink", links::readlink),
    ("realpath", links::realpath),
    ("rev", lines::rev),
    ("rm", copy::rm),
    ("rmdir", dirs::rmdir),
    ("sed", sed::sed),
    ("seq", small::seq),
    ("sha256sum", stat::sums),
    ("sha512sum", stat::sums),
    ("sleep", timing::sleep),
    ("sort", sort::sort),
    ("stat", stat::stat),
    ("sync", machine::sync),
    ("tac", cat::tac),
    ("tail", tail::tail),
    ("tar", tar::tar),
    ("tee", names::tee),
    ("test", test::program),
    ("timeout", run::timeout),
    ("touch", links::touch),
    ("tr", tr::tr),
    ("true", small::true_),
    ("tty", machine::tty),
    ("uname", machine::uname),
    ("uniq", uniq::uniq),
    ("watch", run::watch),
    ("wc", wc::wc),
    ("wget", net::wget::wget),
    ("which", machine::which),
    ("whoami", machine::whoami),
    ("xargs", run::xargs),
    ("yes", small::yes),
];

/// Names that are shells, not programs of this table.
const SHELLS: [&str; 4] = ["ash", "bash", "dash", "sh"];

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
