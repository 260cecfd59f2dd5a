//! The evaluator: a stack of frames held as data, advanced one small transition at a time.

mod control;
mod redirect;
mod simple;
mod wait;

use std::sync::Arc;

use super::ast::*;
use super::expand::{Captured, Expand, Expander, Stop};
use super::parser::{ParseError, Parser};
use super::process::{Body, Cx, Step};
use super::state::{State, TRAP_ERR, TRAP_EXIT};
use super::system::{Micros, Pid, Signal};
use super::vars::Var;

pub use wait::{ReadLine, job_line};

/// Frames a script may stack up: bounds recursion.
const MAX_FRAMES: usize = 4000;
/// Nested function calls.
pub const MAX_CALLS: usize = 500;

/// What the evaluator is in the middle of. A frame is popped, acted on, and pushed again if there is more to do.
#[derive(Clone)]
pub enum Frame {
    /// Source text, read command by command.
    Script {
        text: Arc<str>,
        at: usize,
        line: u32,
    },
    /// Source text that comes on standard input.
    Stdin {
        text: String,
        line: u32,
        ended: bool,
    },
    Block {
        block: Arc<Block>,
        at: usize,
    },
    Run(Arc<Command>),
    /// Element `at` has just run, and there are more.
    AndOr {
        command: Arc<Command>,
        at: usize,
    },
    Not,
    Timed {
        since: Micros,
    },
    /// Condition `at` has just run.
    If {
        command: Arc<Command>,
        at: usize,
    },
    While {
        command: Arc<Command>,
        in_body: bool,
        status: i32,
    },
    For {
        command: Arc<Command>,
        items: Arc<Vec<String>>,
        at: usize,
    },
    ForArith {
        command: Arc<Command>,
        status: i32,
    },
    /// A command whose words are being expanded; `memo` has the outputs that were asked for so far.
    Expand {
        command: Arc<Command>,
        memo: Vec<Captured>,
        phase: usize,
    },
    /// Puts descriptors back: number and where its handle was kept.
    Restore(Vec<(u32, Option<u32>)>),
    /// Puts variables back after `A=1 command`.
    TempVars(Vec<(String, Option<Var>)>),
    /// The end of a function call.
    Call {
        positional: Vec<String>,
        line: u32,
    },
    /// The end of a sourced file.
    Sourced {
        positional: Option<Vec<String>>,
        name: String,
        line: u32,
    },
    /// Collects a command's output for the frame below.
    Capture {
        pid: Pid,
        fd: u32,
        data: Vec<u8>,
        eof: bool,
        file: bool,
    },
    /// Removes files made for `<(…)`.
    Unlink(Vec<String>),
    /// Waits for the commands of a pipeline.
    WaitFor {
        pids: Vec<Pid>,
        statuses: Vec<Option<i32>>,
    },
    /// The `wait` builtin.
    WaitJobs {
        pids: Vec<Pid>,
        any: bool,
    },
    ReadLine(Box<ReadLine>),
    /// `set -e` and the ERR trap look at the status.
    ErrCheck,
    /// The status from before a trap ran.
    TrapEnd {
        status: i32,
    },
    /// Array values of `declare a=(…)`, set after the builtin ran.
    AssignAfter {
        command: Arc<Command>,
    },
    /// The end of the shell, after its EXIT trap.
    Exit(i32),
}

/// What a transition says.
pub enum Flow {
    Next,
    Wait,
    Exit(i32),
    Exec(Vec<String>),
}

/// A shell interpreter.
#[derive(Clone)]
pub struct Interp {
    pub state: State,
    frames: Vec<Frame>,
    /// A child of another shell process: it may become the last program it starts.
    forked: bool,
    /// Whether failures count as tested, from the place where it was forked.
    ignore_errors: bool,
    pending_traps: Vec<Signal>,
    in_exit_trap: bool,
}

impl Interp {
    fn with_frames(state: State, frames: Vec<Frame>) -> Interp {
        Interp {
            state,
            frames,
            forked: false,
            ignore_errors: false,
            pending_traps: Vec::new(),
            in_exit_trap: false,
        }
    }

    /// Runs a text to its end.
    pub fn script(state: State, text: &str) -> Interp {
        let mut interp = Interp::with_frames(
            state,
            vec![Frame::Script {
                text: text.into(),
                at: 0,
                line: 1,
            }],
        );
        interp.forked = true;
        interp
    }

    /// Runs what standard input brings.
    pub fn from_stdin(mut state: State, tty: bool) -> Interp {
        if tty {
            state.interactive = true;
            state.options.expand_aliases = true;
            state.prompted = Some(false);
        }
        Interp::with_frames(
            state,
            vec![Frame::Stdin {
                text: String::new(),
                line: 1,
                ended: false,
            }],
        )
    }

    /// Waits for lines given by [`Interp::feed`].
    pub fn interactive(mut state: State) -> Interp {
        state.interactive = true;
        state.options.expand_aliases = true;
        state.options.monitor = true;
        Interp::with_frames(state, Vec::new())
    }

    /// Whether an interactive shell waits for a line.
    pub fn idle(&self) -> bool {
        self.frames.is_empty() && self.pending_traps.is_empty()
    }

    /// Gives an interactive shell a text to run. It must parse on its own (see [`Interp::check`]).
    pub fn feed(&mut self, text: &str) {
        self.state.line = 1;
        self.frames.push(Frame::Script {
            text: text.into(),
            at: 0,
            line: 1,
        });
    }

    /// Whether a text is complete, as far as the parser can tell without running it.
    pub fn check(&self, text: &str) -> Result<(), ParseError> {
        let mut parser = Parser::new(text, 1, Some(&self.state.aliases), self.state.bash());
        while parser.next_block()?.is_some() {}
        Ok(())
    }

    /// A subshell that will run one command.
    fn fork(&self, frame: Frame) -> Interp {
        let mut child = Interp::with_frames(self.state.forked(), vec![frame]);
        child.forked = true;
        child.ignore_errors = self.errors_ignored();
        child
    }

    /// One transition.
    pub fn step(&mut self, cx: &mut Cx) -> Step {
        if let Some(error) = cx.proc.write_error.take() {
            let message = format!("{}write error: {error}\n", self.state.prefix());
            cx.write(2, message.as_bytes());
            self.state.status = 1;
        }
        let waiting = matches!(
            self.frames.last(),
            Some(Frame::WaitFor { .. } | Frame::Capture { .. })
        );
        if !waiting && !self.pending_traps.is_empty() {
            self.start_trap(cx);
            return Step::Continue;
        }
        let Some(frame) = self.frames.pop() else {
            if self.state.prompted.is_some() {
                self.frames.push(Frame::Stdin {
                    text: String::new(),
                    line: 1,
                    ended: false,
                });
                return Step::Continue;
            }
            if self.state.interactive {
                return Step::Wait;
            }
            return match self.begin_exit(cx, self.state.status) {
                Flow::Exit(code) => Step::Exit(code),
                _ => Step::Continue,
            };
        };
        let flow = if self.frames.len() > MAX_FRAMES {
            self.error(cx, "maximum nesting level exceeded");
            self.abort(cx, 1)
        } else {
            self.act(cx, frame)
        };
        match flow {
            Flow::Next => Step::Continue,
            Flow::Wait => Step::Wait,
            Flow::Exit(code) => Step::Exit(code),
            Flow::Exec(argv) => Step::Exec(argv),
        }
    }

    fn act(&mut self, cx: &mut Cx, frame: Frame) -> Flow {
        match frame {
            Frame::Script { text, at, line } => self.script_step(cx, text, at, line),
            Frame::Stdin { text, line, ended } => self.stdin_step(cx, text, line, ended),
            Frame::Block { block, at } => self.block_step(cx, block, at),
            Frame::Run(command) => self.run(cx, command),
            Frame::AndOr { command, at } => self.and_or_step(command, at),
            Frame::Not => {
                self.state.status = i32::from(self.state.status == 0);
                Flow::Next
            }
            Frame::Timed { since } => self.timed(cx, since),
            Frame::If { command, at } => self.if_step(command, at),
            Frame::While {
                command,
                in_body,
                status,
            } => self.while_step(command, in_body, status),
            Frame::For { command, items, at } => self.for_step(cx, command, items, at),
            Frame::ForArith { command, status: _ } => {
                self.frames.push(Frame::Expand {
                    command,
                    memo: Vec::new(),
                    phase: 2,
                });
                Flow::Next
            }
            Frame::Expand {
                command,
                memo,
                phase,
            } => self.expand_step(cx, command, memo, phase),
            Frame::Capture { .. } => self.capture_step(cx, frame),
            Frame::WaitFor { pids, statuses } => self.wait_for_step(cx, pids, statuses),
            Frame::WaitJobs { pids, any } => self.wait_jobs_step(cx, pids, any),
            Frame::ReadLine(read) => self.read_line_step(cx, read),
            Frame::ErrCheck => self.err_check(cx),
            Frame::AssignAfter { command } => {
                self.frames.push(Frame::Expand {
                    command,
                    memo: Vec::new(),
                    phase: 1,
                });
                Flow::Next
            }
            Frame::Exit(code) => Flow::Exit(code),
            other => {
                self.clean_up(cx, other);
                Flow::Next
            }
        }
    }

    /// Undoes what a frame stands for, when it ends or is cut short.
    fn clean_up(&mut self, cx: &mut Cx, frame: Frame) {
        match frame {
            Frame::Restore(saved) => redirect::restore(cx, saved),
            Frame::TempVars(vars) => {
                for (name, var) in vars.into_iter().rev() {
                    self.state.vars.replace(&name, var);
                }
            }
            Frame::Call { positional, line } => {
                self.state.positional = positional;
                self.state.line = line;
                self.state.calls.pop();
                self.state.vars.leave_scope();
            }
            Frame::Sourced {
                positional,
                name: _,
                line,
            } => {
                self.state.line = line;
                if let Some(positional) = positional {
                    self.state.positional = positional;
                }
            }
            Frame::Capture { pid, fd, .. } => {
                cx.close_fd(fd);
                cx.table.disown(pid);
            }
            Frame::Unlink(paths) => {
                let now = cx.sys.now();
                for path in paths {
                    let _ = cx.sys.fs().remove_file(&path, now);
                }
            }
            Frame::WaitFor { pids, .. } => pids.into_iter().for_each(|pid| cx.table.disown(pid)),
            Frame::TrapEnd { status } => self.state.status = status,
            _ => {}
        }
    }

    fn unwind_all(&mut self, cx: &mut Cx) {
        while let Some(frame) = self.frames.pop() {
            self.clean_up(cx, frame);
        }
    }

    /// Ends the shell, running its EXIT trap first.
    fn begin_exit(&mut self, cx: &mut Cx, code: i32) -> Flow {
        self.unwind_all(cx);
        self.state.status = code;
        if !self.in_exit_trap
            && let Some(action) = self
                .state
                .traps
                .remove(&TRAP_EXIT)
                .filter(|a| !a.is_empty())
        {
            self.in_exit_trap = true;
            self.frames.push(Frame::Exit(code));
            self.frames.push(Frame::Script {
                text: action.as_str().into(),
                at: 0,
                line: self.state.line,
            });
            return Flow::Next;
        }
        Flow::Exit(code)
    }

    /// Gives up what is being done: a script ends, an interactive shell asks for the next line.
    fn abort(&mut self, cx: &mut Cx, code: i32) -> Flow {
        if !self.state.interactive {
            return self.begin_exit(cx, code);
        }
        self.unwind_all(cx);
        self.state.status = code;
        Flow::Next
    }

    /// Ctrl-C in an interactive shell.
    pub fn interrupt(&mut self, cx: &mut Cx) {
        self.unwind_all(cx);
        self.pending_traps.clear();
        self.state.status = 130;
        if self.state.prompted.is_some() {
            self.state.prompted = Some(false);
            cx.write(1, b"\n");
        }
    }

    /// What a signal does to this shell: `Some(code)` ends it.
    pub fn signal(&mut self, cx: &mut Cx, signal: Signal) -> Option<i32> {
        if signal == Signal::KILL {
            return Some(137);
        }
        match self.state.trap(signal) {
            Some("") => return None,
            Some(_) => {
                self.pending_traps.push(signal);
                if let Some(Frame::WaitJobs { .. }) = self.frames.last() {
                    self.frames.pop();
                    self.state.status = 128 + signal.0;
                }
                return None;
            }
            None => {}
        }
        if self.state.interactive {
            if signal == Signal::INT {
                self.interrupt(cx);
            }
            return (signal == Signal::HUP).then_some(129);
        }
        if signal.ignored_by_default() || cx.proc.init {
            return None;
        }
        if !self.in_exit_trap && self.state.traps.contains_key(&TRAP_EXIT) && signal != Signal::PIPE
        {
            // Bash runs the EXIT trap when a signal ends it.
            match self.begin_exit(cx, 128 + signal.0) {
                Flow::Exit(code) => return Some(code),
                _ => return None,
            }
        }
        Some(128 + signal.0)
    }

    fn start_trap(&mut self, _cx: &mut Cx) {
        let signal = self.pending_traps.remove(0);
        let Some(action) = self.state.trap(signal).map(Arc::<str>::from) else {
            return;
        };
        self.frames.push(Frame::TrapEnd {
            status: self.state.status,
        });
        self.frames.push(Frame::Script {
            text: action,
            at: 0,
            line: self.state.line,
        });
    }

    /// Writes a message with the shell's name and line before it.
    pub fn error(&mut self, cx: &mut Cx, message: impl std::fmt::Display) {
        let line = format!("{}{message}\n", self.state.prefix());
        cx.write(2, line.as_bytes());
    }

    fn err_check(&mut self, cx: &mut Cx) -> Flow {
        let status = self.state.status;
        if status == 0 || self.errors_ignored() {
            return Flow::Next;
        }
        if let Some(action) = self.state.traps.get(&TRAP_ERR).cloned()
            && !self
                .frames
                .iter()
                .any(|f| matches!(f, Frame::TrapEnd { .. }))
        {
            if self.state.options.errexit {
                self.frames.push(Frame::ErrCheck);
            }
            self.frames.push(Frame::TrapEnd { status });
            self.frames.push(Frame::Script {
                text: action.as_str().into(),
                at: 0,
                line: self.state.line,
            });
            if self.state.options.errexit {
                self.state.traps.remove(&TRAP_ERR);
            }
            return Flow::Next;
        }
        if self.state.options.errexit {
            return self.begin_exit(cx, status);
        }
        Flow::Next
    }

    /// Whether a failure here is being tested by an `if`, `while`, `&&`, `||` or `!` around it.
    fn errors_ignored(&self) -> bool {
        self.ignore_errors
            || self.frames.iter().any(|f| {
                matches!(
                    f,
                    Frame::If { .. }
                        | Frame::While { in_body: false, .. }
                        | Frame::AndOr { .. }
                        | Frame::Not
                )
            })
    }

    /// Runs an expansion; `None` when a command has to run first (its frames are pushed) or it failed.
    fn expanded<T>(
        &mut self,
        cx: &mut Cx,
        command: &Arc<Command>,
        memo: Vec<Captured>,
        phase: usize,
        expand: impl FnOnce(&mut Expander) -> Expand<T>,
    ) -> Result<(T, Vec<Captured>), Flow> {
        let mut expander = Expander::new(&mut self.state, cx, &memo);
        let result = expand(&mut expander);
        match expander.finish(result) {
            Ok(value) => Ok((value, memo)),
            Err(Stop::Need { block, file }) => {
                self.frames.push(Frame::Expand {
                    command: command.clone(),
                    memo,
                    phase,
                });
                Err(self.start_capture(cx, block, file))
            }
            Err(Stop::Fail(message)) => {
                self.error(cx, message);
                let code = if self.state.bash() { 1 } else { 2 };
                Err(
                    if self.state.bash()
                        && self.state.from_command_line
                        && !self.state.options.nounset
                    {
                        self.begin_exit(cx, code)
                    } else {
                        self.abort(cx, code)
                    },
                )
            }
        }
    }

    /// Makes the frames run next and lets the current status stand.
    pub fn push(&mut self, frame: Frame) {
        self.frames.push(frame);
    }

    /// Adds a forked shell as a child process.
    fn add_fork(
        &mut self,
        cx: &mut Cx,
        child: Interp,
        fds: impl FnOnce(&mut super::process::Proc, &mut Cx),
    ) -> Pid {
        let mut proc = cx.proc.child(cx.sys, cx.proc.argv.clone());
        fds(&mut proc, cx);
        cx.add_child(proc, Body::Shell(Box::new(child)))
    }

    /// Reports a syntax error.
    fn syntax_error(&mut self, cx: &mut Cx, error: &ParseError, source: &str) {
        self.state.line = error.line();
        let name = self.state.name.clone();
        let line = error.line();
        if !self.state.bash() {
            let what = match error {
                ParseError::Incomplete { looking_for, .. }
                    if looking_for.is_empty() || looking_for == ")" =>
                {
                    "end of file unexpected".to_string()
                }
                ParseError::Incomplete { .. } => "Unterminated quoted string".to_string(),
                ParseError::Unexpected { token, .. } if token == "newline" => {
                    "newline unexpected".to_string()
                }
                ParseError::Unexpected { token, .. } => format!("\"{token}\" unexpected"),
                ParseError::Other { message, .. } => message.clone(),
            };
            let message = match self.state.dialect {
                super::system::Dialect::Ash => format!("{name}: syntax error: {what}\n")
                    .replace("error: \"", "error: unexpected \"")
                    .replace("\" unexpected", "\""),
                _ => format!("{name}: {line}: Syntax error: {what}\n"),
            };
            cx.write(2, message.as_bytes());
            return;
        }
        let place = match (self.state.interactive, self.state.from_command_line) {
            (true, _) => format!("{name}: "),
            (false, true) => format!("{name}: -c: line {line}: "),
            (false, false) => format!("{name}: line {line}: "),
        };
        let message = match error {
            ParseError::Incomplete { looking_for, .. } if looking_for.is_empty() => {
                "syntax error: unexpected end of file".to_string()
            }
            ParseError::Incomplete { looking_for, .. } => {
                format!("unexpected EOF while looking for matching `{looking_for}'")
            }
            ParseError::Unexpected { token, .. } => {
                let text = source
                    .lines()
                    .nth(line.saturating_sub(1) as usize)
                    .unwrap_or_default();
                let first = format!("syntax error near unexpected token `{token}'");
                if self.state.interactive {
                    first
                } else {
                    format!("{first}\n{place}`{text}'")
                }
            }
            ParseError::Other { message, .. } => message.clone(),
        };
        let line = format!("{place}{message}\n");
        cx.write(2, line.as_bytes());
    }
}
