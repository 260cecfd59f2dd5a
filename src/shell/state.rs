//! A shell's state apart from what it is doing: variables, functions, options, jobs, traps.

use crate::collections::SortedMap;
use std::sync::Arc;

use super::ast::Command;
use super::process::Proc;
use super::system::{Dialect, Micros, Pid, Signal, System};
use super::vars::{Value, Var, Vars};

/// `set` and `shopt` options.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub errexit: bool,
    pub nounset: bool,
    pub xtrace: bool,
    pub noglob: bool,
    pub noclobber: bool,
    pub noexec: bool,
    pub allexport: bool,
    pub verbose: bool,
    pub pipefail: bool,
    pub monitor: bool,
    pub posix: bool,
    pub nullglob: bool,
    pub nocasematch: bool,
    pub expand_aliases: bool,
}

impl Options {
    /// `set -x`; false for an unknown letter.
    pub fn set_letter(&mut self, letter: char, on: bool) -> bool {
        let name = match letter {
            'e' => "errexit",
            'u' => "nounset",
            'x' => "xtrace",
            'f' => "noglob",
            'C' => "noclobber",
            'n' => "noexec",
            'a' => "allexport",
            'v' => "verbose",
            'm' => "monitor",
            'h' | 'b' | 'B' | 'E' | 'T' | 'p' | 'H' | 'P' => return true,
            _ => return false,
        };
        self.set_long(name, on)
    }

    /// `set -o name`; false for an unknown name.
    pub fn set_long(&mut self, name: &str, on: bool) -> bool {
        match self.slot(name) {
            Some(slot) => {
                *slot = on;
                true
            }
            None => matches!(
                name,
                "vi" | "emacs" | "history" | "histexpand" | "braceexpand" | "hashall" | "errtrace"
            ),
        }
    }

    fn slot(&mut self, name: &str) -> Option<&mut bool> {
        Some(match name {
            "errexit" => &mut self.errexit,
            "nounset" => &mut self.nounset,
            "xtrace" => &mut self.xtrace,
            "noglob" => &mut self.noglob,
            "noclobber" => &mut self.noclobber,
            "noexec" => &mut self.noexec,
            "allexport" => &mut self.allexport,
            "verbose" => &mut self.verbose,
            "pipefail" => &mut self.pipefail,
            "monitor" => &mut self.monitor,
            "posix" => &mut self.posix,
            _ => return None,
        })
    }

    /// Names and values for `set -o`.
    pub fn all(&self) -> Vec<(&'static str, bool)> {
        vec![
            ("allexport", self.allexport),
            ("errexit", self.errexit),
            ("monitor", self.monitor),
            ("noclobber", self.noclobber),
            ("noexec", self.noexec),
            ("noglob", self.noglob),
            ("nounset", self.nounset),
            ("pipefail", self.pipefail),
            ("posix", self.posix),
            ("verbose", self.verbose),
            ("xtrace", self.xtrace),
        ]
    }

    /// `$-`.
    pub fn letters(&self, interactive: bool) -> String {
        let letters = [
            ('a', self.allexport),
            ('e', self.errexit),
            ('f', self.noglob),
            ('h', true),
            ('i', interactive),
            ('m', self.monitor),
            ('n', self.noexec),
            ('u', self.nounset),
            ('v', self.verbose),
            ('x', self.xtrace),
            ('B', true),
            ('C', self.noclobber),
        ];
        letters
            .iter()
            .filter(|(_, on)| *on)
            .map(|(c, _)| *c)
            .collect()
    }
}

/// A background job.
#[derive(Clone, Debug)]
pub struct Job {
    pub id: usize,
    pub pid: Pid,
    pub text: Arc<str>,
    /// Its exit code, once it has ended.
    pub status: Option<i32>,
}

/// `trap`'s key for `EXIT`, `ERR` and `DEBUG`; signals have their numbers.
pub const TRAP_EXIT: i32 = 0;
pub const TRAP_ERR: i32 = -1;

#[derive(Clone, Debug)]
pub struct State {
    pub vars: Vars,
    pub functions: SortedMap<String, Arc<Command>>,
    pub aliases: SortedMap<String, String>,
    pub options: Options,
    pub positional: Vec<String>,
    /// `$0`.
    pub name: String,
    /// `$?`.
    pub status: i32,
    /// `$!`.
    pub last_background: Option<Pid>,
    /// `$$`.
    pub root_pid: Pid,
    pub started: Micros,
    pub jobs: Vec<Job>,
    /// Commands for signals, `EXIT` (0) and `ERR` (-1). An empty one ignores.
    pub traps: SortedMap<i32, String>,
    pub line: u32,
    pub dialect: Dialect,
    pub interactive: bool,
    /// Lines come from standard input, which is a terminal: whether the prompt for the next one is out.
    pub prompted: Option<bool>,
    /// The script came with `-c`.
    pub from_command_line: bool,
    /// Names of the functions being called, innermost last.
    pub calls: Vec<String>,
    /// `getopts`' place within a cluster of options.
    pub getopts: (usize, usize),
    pub dir_stack: Vec<String>,
}

impl State {
    /// The state of a shell that starts in `proc`: variables from its environment.
    pub fn new(proc: &Proc, sys: &mut dyn System, dialect: Dialect) -> State {
        let mut vars = Vars::default();
        for (name, text) in proc
            .env
            .iter()
            .filter(|(name, _)| super::parser::is_name(name))
        {
            vars.replace(
                name,
                Some(Var {
                    export: true,
                    ..Var::scalar(text)
                }),
            );
        }
        let mut default = |name: &str, text: &str, export: bool| {
            if vars.get(name).is_none() {
                vars.replace(
                    name,
                    Some(Var {
                        export,
                        ..Var::scalar(text)
                    }),
                );
            }
        };
        default(
            "PATH",
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            false,
        );
        default("IFS", " \t\n", false);
        default("PS4", "+ ", false);
        default("OPTIND", "1", false);
        if dialect == Dialect::Bash {
            default("BASH_VERSION", "5.2.15(1)-release", false);
            default("HOSTNAME", &sys.hostname(), false);
            default("SHLVL", "1", true);
            default("BASH", "/usr/bin/bash", false);
        }
        vars.replace("IFS", Some(Var::scalar(" \t\n")));
        vars.replace(
            "PWD",
            Some(Var {
                export: true,
                ..Var::scalar(&proc.cwd)
            }),
        );
        State {
            vars,
            functions: SortedMap::new(),
            aliases: SortedMap::new(),
            options: Options {
                expand_aliases: dialect != Dialect::Bash,
                ..Options::default()
            },
            positional: Vec::new(),
            name: proc.argv.first().cloned().unwrap_or_default(),
            status: 0,
            last_background: None,
            root_pid: proc.pid,
            started: sys.now(),
            jobs: Vec::new(),
            traps: SortedMap::new(),
            line: 1,
            dialect,
            interactive: false,
            prompted: None,
            from_command_line: false,
            calls: Vec::new(),
            getopts: (1, 0),
            dir_stack: Vec::new(),
        }
    }

    pub fn bash(&self) -> bool {
        self.dialect == Dialect::Bash
    }

    /// What stands before a message: `bash: line 3: `.
    pub fn prefix(&self) -> String {
        match self.dialect {
            Dialect::Bash if self.interactive => format!("{}: ", self.name),
            Dialect::Bash => format!("{}: line {}: ", self.name, self.line),
            Dialect::Dash => format!("{}: {}: ", self.name, self.line),
            Dialect::Ash if self.interactive || self.from_command_line => {
                format!("{}: ", self.name)
            }
            Dialect::Ash => format!("{}: line {}: ", self.name, self.line),
        }
    }

    /// The state of a subshell: traps and jobs are the parent's alone.
    pub fn forked(&self) -> State {
        let mut state = self.clone();
        state.traps.retain(|_, action| action.is_empty());
        state.jobs.clear();
        state.interactive = false;
        state
    }

    /// The environment for programs.
    pub fn environment(&self) -> SortedMap<String, String> {
        self.vars.environment()
    }

    /// Whether the trap for a signal exists; `Some("")` ignores it.
    pub fn trap(&self, signal: Signal) -> Option<&str> {
        self.traps.get(&signal.0).map(String::as_str)
    }

    /// Sets `PIPESTATUS`.
    pub fn set_pipe_status(&mut self, statuses: &[i32]) {
        if self.bash() {
            let items = statuses
                .iter()
                .enumerate()
                .map(|(i, s)| (i as i64, s.to_string()))
                .collect();
            self.vars.replace(
                "PIPESTATUS",
                Some(Var {
                    value: Value::Array(items),
                    ..Var::default()
                }),
            );
        }
    }
}
