//! Commands that the shell carries out itself.

mod flow;
mod input;
pub mod jobs;
mod names;
pub mod output;
pub mod test;
mod vars;

use super::interp::{Flow, Interp};
use super::process::Cx;
use super::system::Dialect;
use crate::collections::Arrange;

/// How a builtin ends.
pub enum End {
    Status(i32),
    /// It pushed frames which will set the status.
    Pushed,
    Flow(Flow),
    Break(usize),
    Continue(usize),
    Return(i32),
    Exit(i32),
    /// Run this command, not looking at functions.
    Run(Vec<String>),
}

/// A builtin: the shell, its process, and the arguments with the name first.
pub type Builtin = fn(&mut Interp, &mut Cx, &[String]) -> End;

const COMMON: &[(&str, Builtin)] = &[
    (":", |_, _, _| End::Status(0)),
    (".", flow::source),
    ("[", test::bracket),
    ("alias", names::alias),
    ("bg", jobs::bg),
    ("break", flow::break_),
    ("cd", output::cd),
    ("command", names::command),
    ("continue", flow::continue_),
    ("echo", output::echo),
    ("eval", flow::eval),
    ("exec", flow::exec),
    ("exit", flow::exit),
    ("export", vars::export),
    ("false", |_, _, _| End::Status(1)),
    ("fg", jobs::fg),
    ("getopts", input::getopts),
    ("hash", |_, _, _| End::Status(0)),
    ("jobs", jobs::jobs),
    ("kill", jobs::kill),
    ("local", vars::local),
    ("printf", output::printf),
    ("pwd", output::pwd),
    ("read", input::read),
    ("readonly", vars::readonly),
    ("return", flow::return_),
    ("set", vars::set),
    ("shift", vars::shift),
    ("test", test::test),
    ("times", output::times),
    ("trap", flow::trap),
    ("true", |_, _, _| End::Status(0)),
    ("type", names::type_),
    ("ulimit", output::ulimit),
    ("umask", output::umask),
    ("unalias", names::unalias),
    ("unset", vars::unset),
    ("wait", jobs::wait),
];

const BASH: &[(&str, Builtin)] = &[
    ("bind", |_, _, _| End::Status(0)),
    ("builtin", names::builtin),
    ("complete", |_, _, _| End::Status(0)),
    ("compopt", |_, _, _| End::Status(0)),
    ("declare", vars::declare),
    ("dirs", output::dirs),
    ("disown", jobs::disown),
    ("let", vars::let_),
    ("mapfile", input::mapfile),
    ("popd", output::popd),
    ("pushd", output::pushd),
    ("readarray", input::mapfile),
    ("shopt", vars::shopt),
    ("source", flow::source),
    ("typeset", vars::declare),
];

/// The builtin of that name in a dialect.
pub fn find(name: &str, dialect: Dialect) -> Option<Builtin> {
    let common = COMMON.iter().find(|(n, _)| *n == name);
    let extra = || {
        let wanted = dialect == Dialect::Bash
            || (dialect == Dialect::Ash && matches!(name, "let" | "source"));
        BASH.iter().find(|(n, _)| wanted && *n == name)
    };
    common.or_else(extra).map(|(_, builtin)| *builtin)
}

/// Names of all builtins of a dialect, sorted.
pub fn names(dialect: Dialect) -> Vec<&'static str> {
    let all = COMMON.iter().chain(BASH).map(|(name, _)| *name);
    let mut names: Vec<&str> = all.filter(|name| find(name, dialect).is_some()).collect();
    names.arrange();
    names
}

/// POSIX's special builtins: their errors end a script.
pub fn is_special(name: &str) -> bool {
    matches!(
        name,
        ":" | "."
            | "break"
            | "continue"
            | "eval"
            | "exec"
            | "exit"
            | "export"
            | "readonly"
            | "return"
            | "set"
            | "shift"
            | "times"
            | "trap"
            | "unset"
    )
}

impl Interp {
    /// A builtin's complaint: `bash: line 1: cd: …`.
    fn complain(&mut self, cx: &mut Cx, name: &str, message: impl std::fmt::Display) -> End {
        self.error(cx, format!("{name}: {message}"));
        End::Status(1)
    }
}
