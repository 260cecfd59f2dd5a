//! The POSIX shell (bash's dialect, with dash's and busybox's on demand) and the programs that come with it.
//!
//! [`Shell`] is a resumable machine held as data: it can be cloned in the middle of a script, and goes on when its host
//! calls [`Shell::step`]. All it knows of the world is the [`system::System`] trait: time, files ([`memfs::MemFs`] is an
//! implementation), handles and pipes ([`kernel::Kernel`]), and programs of the host's, such as `kubectl`.
//! Nothing here depends on the rest of the crate. The work a step does is bounded, and so are stacks, pipes,
//! output, files, and numbers of processes.

pub mod arith;
pub mod ast;
mod builtins;
mod escape;
mod expand;
mod format;
mod interp;
pub mod io;
pub mod kernel;
mod launch;
pub mod memfs;
pub mod net;
pub mod parser;
mod pattern;
pub mod process;
pub mod programs;
mod regex;
mod state;
pub mod system;
mod vars;

#[cfg(test)]
mod tests;

use crate::collections::{Arrange, SortedMap};
use std::sync::Arc;

use interp::Interp;
use parser::ParseError;
use process::{Body, Cx, Proc, Start, Step, Table, Task};
use state::State;
use system::{Dialect, Errno, Handle, Micros, Pid, ProcessInfo, Signal, System};

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShellStep {
    /// The budget is used up and there is more to do.
    Yield,
    /// Nothing to do before input comes, output is taken, a host's program ends, or this time.
    Blocked { until: Option<Micros> },
    /// The script has ended with this exit code; an interactive shell has finished its line.
    Done(i32),
}

/// Why [`Shell::line`] did not take a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineError {
    /// The text needs more lines (an open quote, here-document, `if` …).
    Incomplete,
    /// The last line is still being worked on.
    Busy,
}

/// A shell, or a single program, with all processes that it has started.
#[derive(Clone)]
pub struct Shell {
    table: Table,
    root: Pid,
    interactive: bool,
}

/// How a process begins.
#[derive(Clone, Debug)]
pub struct Config {
    pub env: SortedMap<String, String>,
    /// Absolute.
    pub cwd: String,
    /// Standard input, output and error. The shell owns these references.
    pub fds: [Handle; 3],
    /// Process 1 of a container: signals without a handler do nothing.
    pub init: bool,
}

/// Transitions that one process makes before the next one has its turn.
const SLICE: u32 = 64;

impl Shell {
    /// Runs a command as a container or `exec` does: `["sh", "-c", "…"]`, `["sleep", "10"]`, or a program of the host's.
    /// `NotFound` and `Access` mean that there is no such program; the handles are closed then.
    pub fn exec(sys: &mut dyn System, argv: Vec<String>, config: Config) -> Result<Shell, Errno> {
        let name = argv.first().cloned().unwrap_or_default();
        let path = config.env.get("PATH").cloned().unwrap_or_default();
        if let Err(error) = launch::find(sys, &name, &config.cwd, &path) {
            config.fds.iter().for_each(|h| sys.kernel().close(*h));
            return Err(error);
        }
        let dialect = sys.sh();
        let mut proc = Proc::first(sys, argv, &config.cwd, config.fds, dialect);
        proc.env = Arc::new(config.env);
        proc.init = config.init;
        let body = launch::launch(sys, &mut proc, "sh");
        Ok(Shell::with_root(proc, body, false))
    }

    /// A shell that takes lines from [`Shell::line`]. `name` is what its messages begin with.
    pub fn interactive(
        sys: &mut dyn System,
        name: &str,
        dialect: Dialect,
        config: Config,
    ) -> Shell {
        let mut proc = Proc::first(
            sys,
            vec![name.to_string()],
            &config.cwd,
            config.fds,
            dialect,
        );
        proc.env = Arc::new(config.env);
        let state = State::new(&proc, sys, dialect);
        let body = Body::Shell(Box::new(Interp::interactive(state)));
        Shell::with_root(proc, body, true)
    }

    fn with_root(proc: Proc, body: Body, interactive: bool) -> Shell {
        let root = proc.pid;
        let mut table = Table {
            foreground: proc.pgid,
            ..Table::default()
        };
        table.tasks.insert(
            root,
            Box::new(Task {
                proc,
                body,
                exit: None,
            }),
        );
        Shell {
            table,
            root,
            interactive,
        }
    }

    /// Gives an interactive shell a line (or several) to run.
    pub fn line(&mut self, text: &str) -> Result<(), LineError> {
        let Some(interp) = self.interp_mut() else {
            return Err(LineError::Busy);
        };
        if !interp.idle() {
            return Err(LineError::Busy);
        }
        let incomplete = matches!(interp.check(text), Err(ParseError::Incomplete { .. }));
        if incomplete || continues(text) {
            return Err(LineError::Incomplete);
        }
        interp.feed(text);
        Ok(())
    }

    /// Like [`Shell::line`] at the end of input: an incomplete text is reported as the error it is.
    pub fn last_line(&mut self, text: &str) -> Result<(), LineError> {
        match self.interp_mut() {
            Some(interp) if interp.idle() => {
                interp.feed(text);
                Ok(())
            }
            _ => Err(LineError::Busy),
        }
    }

    fn interp(&self) -> Option<&Interp> {
        match &self.table.tasks.get(&self.root)?.body {
            Body::Shell(interp) => Some(interp),
            _ => None,
        }
    }

    fn interp_mut(&mut self) -> Option<&mut Interp> {
        match &mut self.table.tasks.get_mut(&self.root)?.body {
            Body::Shell(interp) => Some(interp),
            _ => None,
        }
    }

    /// The working directory of the first process.
    pub fn cwd(&self) -> &str {
        self.table
            .tasks
            .get(&self.root)
            .map_or("/", |t| &t.proc.cwd)
    }

    /// A variable of the first process, if that is a shell.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.interp()?.state.vars.text(name)
    }

    /// Exported variables.
    pub fn environment(&self) -> SortedMap<String, String> {
        self.interp()
            .map(|i| i.state.environment())
            .unwrap_or_default()
    }

    /// Names that can stand for a command besides programs: aliases, functions, builtins.
    pub fn command_names(&self) -> Vec<String> {
        let Some(interp) = self.interp() else {
            return Vec::new();
        };
        let state = &interp.state;
        let mut names: Vec<String> = builtins::names(state.dialect)
            .into_iter()
            .map(String::from)
            .collect();
        names.extend(state.aliases.keys().cloned());
        names.extend(state.functions.keys().cloned());
        names.arrange();
        names.dedup();
        names
    }

    /// An alias's text.
    pub fn alias(&self, name: &str) -> Option<&str> {
        self.interp()?.state.aliases.get(name).map(String::as_str)
    }

    /// Names of all variables, sorted.
    pub fn variable_names(&self) -> Vec<String> {
        self.interp()
            .map(|i| i.state.vars.iter().map(|(n, _)| n.clone()).collect())
            .unwrap_or_default()
    }

    /// The first process's number.
    pub fn pid(&self) -> Pid {
        self.root
    }

    /// The exit code, once the first process has ended (`exit` in an interactive shell).
    pub fn exited(&self) -> Option<i32> {
        self.table.tasks.get(&self.root).and_then(|t| t.exit)
    }

    /// Running processes of this shell, for `ps`.
    pub fn processes(&self, user: &str) -> Vec<ProcessInfo> {
        self.table.processes(user)
    }

    /// Whether anything still runs, be it in the background.
    pub fn has_running(&self) -> bool {
        self.table
            .tasks
            .values()
            .any(|t| t.exit.is_none() && !(self.interactive && t.proc.pid == self.root))
    }

    /// The earliest time at which a waiting process wants to go on.
    pub fn next_wake(&self) -> Option<Micros> {
        self.table
            .tasks
            .values()
            .filter(|t| t.exit.is_none())
            .filter_map(|t| t.proc.wake)
            .min()
    }

    /// Leaves a signal for one of this shell's processes; false if it has no such process.
    pub fn signal(&mut self, pid: Pid, signal: Signal) -> bool {
        self.table.signal(pid, signal)
    }

    /// Ctrl-C: interrupts what runs in the foreground.
    pub fn interrupt(&mut self) {
        self.table.signal_group(self.table.foreground, Signal::INT);
    }

    /// Ends everything at once and lets go of all handles: the host drops the shell afterwards.
    pub fn kill_all(&mut self, sys: &mut dyn System) {
        for (pid, mut task) in std::mem::take(&mut self.table.tasks) {
            if matches!(task.body, Body::Host) && task.exit.is_none() {
                let _ = sys.kill(pid, Signal::KILL);
            }
            task.proc.close_all(sys);
        }
    }

    /// Goes on until everything waits, the work is done, or `budget` transitions were made.
    pub fn step(&mut self, sys: &mut dyn System, budget: u32) -> ShellStep {
        let mut left = budget;
        loop {
            let mut progressed = false;
            let pids: Vec<Pid> = self.table.tasks.keys().copied().collect();
            for pid in pids {
                progressed |= self.step_task(sys, pid, &mut left);
                if left == 0 {
                    return ShellStep::Yield;
                }
            }
            if !progressed {
                break;
            }
        }
        let root = self.table.tasks.get(&self.root);
        if let Some(code) = root.map_or(Some(0), |t| t.exit) {
            return ShellStep::Done(code);
        }
        if self.interactive
            && let Some(task) = root
            && let Body::Shell(interp) = &task.body
            && interp.idle()
            && !task.proc.has_pending()
        {
            return ShellStep::Done(interp.state.status);
        }
        ShellStep::Blocked {
            until: self.next_wake(),
        }
    }

    /// Before a prompt: tells of background jobs that have ended.
    pub fn report_jobs(&mut self, sys: &mut dyn System) {
        let Some(mut task) = self.table.tasks.remove(&self.root) else {
            return;
        };
        if let Body::Shell(interp) = &mut task.body {
            let mut cx = Cx {
                sys: &mut *sys,
                table: &mut self.table,
                proc: &mut task.proc,
            };
            interp.report_jobs(&mut cx);
            task.proc.flush(sys);
        }
        self.table.tasks.insert(self.root, task);
    }

    /// Gives one process its turn. True if it got anywhere.
    fn step_task(&mut self, sys: &mut dyn System, pid: Pid, left: &mut u32) -> bool {
        let Some(mut task) = self.table.tasks.remove(&pid) else {
            return false;
        };
        let mut progressed = false;
        if task.exit.is_none() {
            progressed = self.deliver_signals(sys, &mut task);
            for _ in 0..SLICE {
                if task.exit.is_some() || *left == 0 {
                    break;
                }
                *left -= 1;
                if !self.turn(sys, &mut task) {
                    break;
                }
                progressed = true;
                progressed |= self.deliver_signals(sys, &mut task);
            }
        }
        let orphan = pid != self.root && !self.table.tasks.contains_key(&task.proc.ppid);
        if task.exit.is_none() || !orphan {
            self.table.tasks.insert(pid, task);
        }
        progressed
    }

    fn turn(&mut self, sys: &mut dyn System, task: &mut Task) -> bool {
        task.proc.wake = None;
        let moved = task.proc.flush(sys);
        if task.proc.has_pending() || !task.proc.signals.is_empty() {
            return moved;
        }
        let body = std::mem::replace(&mut task.body, Body::Ended);
        let mut cx = Cx {
            sys: &mut *sys,
            table: &mut self.table,
            proc: &mut task.proc,
        };
        let (body, step) = match body {
            Body::Shell(mut interp) => {
                let step = interp.step(&mut cx);
                (Body::Shell(interp), step)
            }
            Body::Program(mut program) => {
                let step = program.step(&mut cx);
                (Body::Program(program), step)
            }
            Body::Entry(entry) => match entry(&mut cx) {
                Start::Done(code) => (Body::Ending(code), Step::Continue),
                Start::Run(program) => (Body::Program(program), Step::Continue),
                Start::Exec(argv) => (Body::Ended, Step::Exec(argv)),
            },
            Body::Host => match cx.sys.poll(cx.proc.pid) {
                Some(code) => (Body::Ending(code), Step::Continue),
                None => (Body::Host, Step::Wait),
            },
            Body::Fail(message, code) => {
                cx.write(2, message.as_bytes());
                (Body::Ending(code), Step::Continue)
            }
            Body::Ending(code) => match cx.proc.write_error.take() {
                Some(error) if code == 0 => {
                    cx.complain(format!("write error: {error}"));
                    (Body::Ending(1), Step::Continue)
                }
                _ => (Body::Ended, Step::Exit(code)),
            },
            Body::Ended => (Body::Ended, Step::Exit(0)),
        };
        task.body = body;
        match step {
            Step::Continue => true,
            Step::Wait => moved,
            Step::Until(at) => {
                task.proc.wake = Some(at);
                if at <= sys.now() { true } else { moved }
            }
            Step::Exit(code) => {
                if task.proc.has_pending() {
                    task.body = Body::Ending(code);
                } else {
                    self.finish(sys, task, code);
                }
                true
            }
            Step::Exec(argv) => {
                task.proc.argv = argv;
                let blamed = match task.proc.argv.first() {
                    Some(_) => task.proc.blamed.clone(),
                    None => String::new(),
                };
                task.body = launch::launch(sys, &mut task.proc, &blamed);
                true
            }
        }
    }

    /// Acts on signals that have arrived. True if there were any.
    fn deliver_signals(&mut self, sys: &mut dyn System, task: &mut Task) -> bool {
        let signals = std::mem::take(&mut task.proc.signals);
        for signal in &signals {
            if task.exit.is_some() {
                break;
            }
            self.deliver(sys, task, *signal);
        }
        !signals.is_empty()
    }

    fn deliver(&mut self, sys: &mut dyn System, task: &mut Task, signal: Signal) {
        if signal.0 == 0 || (signal != Signal::KILL && task.proc.ignored.contains(&signal.0)) {
            return;
        }
        let mut cx = Cx {
            sys: &mut *sys,
            table: &mut self.table,
            proc: &mut task.proc,
        };
        let code = match &mut task.body {
            Body::Shell(interp) => interp.signal(&mut cx, signal),
            Body::Host => {
                let _ = sys.kill(task.proc.pid, signal);
                return;
            }
            Body::Program(program) if signal != Signal::KILL => {
                match program.signal(signal, &mut cx) {
                    true => None,
                    false if signal.ignored_by_default() || cx.proc.init => None,
                    false => Some(128 + signal.0),
                }
            }
            _ if signal != Signal::KILL && (signal.ignored_by_default() || cx.proc.init) => None,
            _ => Some(128 + signal.0),
        };
        if let Some(code) = code {
            self.finish(sys, task, code);
        }
    }

    fn finish(&mut self, sys: &mut dyn System, task: &mut Task, code: i32) {
        task.exit = Some(code);
        task.body = Body::Ended;
        task.proc.close_all(sys);
        let pid = task.proc.pid;
        let children: Vec<Pid> = self
            .table
            .tasks
            .values()
            .filter(|t| t.proc.ppid == pid)
            .map(|t| t.proc.pid)
            .collect();
        children
            .into_iter()
            .for_each(|child| self.table.disown(child));
    }
}

/// Whether a text ends with a backslash that joins the next line to it.
fn continues(text: &str) -> bool {
    let backslashes = text.len() - text.trim_end_matches('\\').len();
    let line = text.rsplit('\n').next().unwrap_or_default();
    let quoted = line.contains(['\'', '"']);
    let comment = !quoted && line.split_whitespace().any(|word| word.starts_with('#'));
    backslashes % 2 == 1 && !comment
}
