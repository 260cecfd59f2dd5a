//! Processes: what one is, what it may ask for, and the table in which a shell keeps its own.

use crate::collections::SortedMap;
use std::collections::VecDeque;
use std::sync::Arc;

use super::interp::Interp;
use super::io;
use super::kernel::Read;
use super::system::{Dialect, Errno, Handle, Micros, Pid, ProcessInfo, Signal, System};

/// Processes that one shell may have at a time.
pub const MAX_TASKS: usize = 256;
/// Descriptors from here on are private to a process: children do not inherit them.
pub const PRIVATE_FD: u32 = 1000;

/// A process's own data, whatever it runs.
#[derive(Clone, Debug)]
pub struct Proc {
    pub pid: Pid,
    pub ppid: Pid,
    /// Process group; Ctrl-C goes to the foreground one.
    pub pgid: Pid,
    pub argv: Vec<String>,
    /// The environment of a program (a shell keeps its own variables).
    pub env: Arc<SortedMap<String, String>>,
    /// Absolute.
    pub cwd: String,
    pub fds: SortedMap<u32, Handle>,
    pub started: Micros,
    pub umask: u32,
    /// Signals without effect.
    pub ignored: Vec<i32>,
    /// Signals that arrived and were not acted on yet.
    pub signals: Vec<Signal>,
    /// Process 1 of a container: signals have no default action.
    pub init: bool,
    pub dialect: Dialect,
    /// Who complains when a program cannot be started in this process's place.
    pub blamed: String,
    /// When to be stepped again although nothing happened; cleared before each step.
    pub wake: Option<Micros>,
    /// Output waiting for room.
    pending: VecDeque<(Handle, Vec<u8>)>,
    /// The last write's failure, until somebody reports it.
    pub write_error: Option<Errno>,
}

impl Proc {
    /// A child's data: same place, same descriptors (with references of their own).
    pub fn child(&self, sys: &mut dyn System, argv: Vec<String>) -> Proc {
        let kernel = sys.kernel();
        let fds = self
            .fds
            .iter()
            .filter(|(fd, _)| **fd < PRIVATE_FD)
            .map(|(fd, h)| (*fd, kernel.dup(*h)))
            .collect();
        Proc {
            pid: kernel.new_pid(),
            ppid: self.pid,
            argv,
            fds,
            started: sys.now(),
            signals: Vec::new(),
            init: false,
            wake: None,
            pending: VecDeque::new(),
            write_error: None,
            ..self.clone()
        }
    }

    /// A first process, which owns the handles given as its descriptors 0, 1 and 2.
    pub fn first(
        sys: &mut dyn System,
        argv: Vec<String>,
        cwd: &str,
        fds: [Handle; 3],
        dialect: Dialect,
    ) -> Proc {
        let pid = sys.kernel().new_pid();
        Proc {
            pid,
            ppid: 0,
            pgid: pid,
            argv,
            env: Arc::default(),
            cwd: io::normalize(cwd),
            fds: fds
                .into_iter()
                .enumerate()
                .map(|(i, h)| (i as u32, h))
                .collect(),
            started: sys.now(),
            umask: 0o022,
            ignored: Vec::new(),
            signals: Vec::new(),
            init: false,
            dialect,
            blamed: String::new(),
            wake: None,
            pending: VecDeque::new(),
            write_error: None,
        }
    }

    /// Whether output waits for room.
    pub fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Moves pending output on. True if any went. A broken pipe becomes a signal.
    pub fn flush(&mut self, sys: &mut dyn System) -> bool {
        let mut moved = false;
        while let Some((handle, data)) = self.pending.front_mut() {
            match io::write(sys, *handle, data) {
                Ok(n) if n == data.len() => {
                    self.pending.pop_front();
                }
                Ok(0) => return moved,
                Ok(n) => {
                    data.drain(..n);
                }
                Err(error) => {
                    self.pending.pop_front();
                    if error == Errno::BrokenPipe && !self.ignored.contains(&Signal::PIPE.0) {
                        self.pending.clear();
                        self.signals.push(Signal::PIPE);
                    } else {
                        self.write_error = Some(error);
                    }
                }
            }
            moved = true;
        }
        moved
    }

    /// Lets go of every descriptor.
    pub fn close_all(&mut self, sys: &mut dyn System) {
        self.pending.clear();
        for (_, handle) in std::mem::take(&mut self.fds) {
            sys.kernel().close(handle);
        }
    }

    /// Puts a handle at a descriptor number, closing what was there.
    pub fn set_fd(&mut self, sys: &mut dyn System, fd: u32, handle: Handle) {
        if let Some(old) = self.fds.insert(fd, handle) {
            sys.kernel().close(old);
        }
    }

    /// The first free private descriptor.
    pub fn private_fd(&self) -> u32 {
        self.fds
            .keys()
            .next_back()
            .map_or(PRIVATE_FD, |last| (last + 1).max(PRIVATE_FD))
    }
}

/// What a program says after a step.
pub enum Step {
    /// Something was done; go on.
    Continue,
    /// Nothing to do before input, room for output, or a child's end.
    Wait,
    /// The same, or before this time.
    Until(Micros),
    Exit(i32),
    /// Becomes another program in this very process, with the environment as it is now.
    Exec(Vec<String>),
}

/// A running program as a state machine.
pub trait Program: ProgramClone {
    fn step(&mut self, cx: &mut Cx) -> Step;
    /// Whether the program deals with a signal itself instead of dying of it.
    fn signal(&mut self, _signal: Signal, _cx: &mut Cx) -> bool {
        false
    }
}

/// Makes boxed programs clonable.
pub trait ProgramClone {
    fn boxed_clone(&self) -> Box<dyn Program>;
}

impl<T: Program + Clone + 'static> ProgramClone for T {
    fn boxed_clone(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

impl Clone for Box<dyn Program> {
    fn clone(&self) -> Self {
        (**self).boxed_clone()
    }
}

/// How a program begins.
pub enum Start {
    Done(i32),
    Run(Box<dyn Program>),
    Exec(Vec<String>),
}

/// A program's entry: reads its arguments from `cx.proc.argv`.
pub type Entry = fn(&mut Cx) -> Start;

/// What runs in a process.
#[derive(Clone)]
pub enum Body {
    Shell(Box<Interp>),
    Program(Box<dyn Program>),
    /// A program about to begin.
    Entry(Entry),
    /// A program of the host's, found through `System::poll`.
    Host,
    /// Writes a message to standard error and ends with a code.
    Fail(String, i32),
    /// Ends with this code once all output is out.
    Ending(i32),
    Ended,
}

#[derive(Clone)]
pub struct Task {
    pub proc: Proc,
    pub body: Body,
    pub exit: Option<i32>,
}

/// A shell's processes.
#[derive(Clone, Default)]
pub struct Table {
    /// Boxed, since each is taken out for its turn.
    pub tasks: SortedMap<Pid, Box<Task>>,
    /// Foreground process group of the terminal.
    pub foreground: Pid,
}

impl Table {
    /// The exit code of a child that has ended; it is then forgotten.
    pub fn reap(&mut self, pid: Pid) -> Option<i32> {
        let code = self.tasks.get(&pid)?.exit?;
        self.tasks.remove(&pid);
        Some(code)
    }

    pub fn exists(&self, pid: Pid) -> bool {
        self.tasks.get(&pid).is_some_and(|t| t.exit.is_none())
    }

    /// Nobody will ask for this child's exit code.
    pub fn disown(&mut self, pid: Pid) {
        match self.tasks.get_mut(&pid) {
            Some(task) if task.exit.is_none() => task.proc.ppid = 0,
            _ => {
                self.tasks.remove(&pid);
            }
        }
    }

    /// Leaves a signal for a process; false if there is no such process.
    pub fn signal(&mut self, pid: Pid, signal: Signal) -> bool {
        match self.tasks.get_mut(&pid) {
            Some(task) if task.exit.is_none() => {
                task.proc.signals.push(signal);
                true
            }
            _ => false,
        }
    }

    /// Leaves a signal for every process of a group; how many there were.
    pub fn signal_group(&mut self, pgid: Pid, signal: Signal) -> usize {
        let mut n = 0;
        for task in self
            .tasks
            .values_mut()
            .filter(|t| t.proc.pgid == pgid && t.exit.is_none())
        {
            task.proc.signals.push(signal);
            n += 1;
        }
        n
    }

    pub fn processes(&self, user: &str) -> Vec<ProcessInfo> {
        let running = self.tasks.values().filter(|t| t.exit.is_none());
        running.map(|t| info(&t.proc, user)).collect()
    }
}

fn info(proc: &Proc, user: &str) -> ProcessInfo {
    ProcessInfo {
        pid: proc.pid,
        ppid: proc.ppid,
        user: user.to_string(),
        argv: proc.argv.clone(),
        started: proc.started,
    }
}

/// What a process can reach while it runs.
pub struct Cx<'a> {
    pub sys: &'a mut dyn System,
    pub table: &'a mut Table,
    pub proc: &'a mut Proc,
}

impl Cx<'_> {
    /// The program's own name.
    pub fn name(&self) -> &str {
        let arg = self.proc.argv.first().map_or("", String::as_str);
        arg.rsplit('/').next().unwrap_or(arg)
    }

    /// Arguments after the name.
    pub fn args(&self) -> Vec<String> {
        self.proc.argv.get(1..).unwrap_or_default().to_vec()
    }

    /// Queues bytes for a descriptor.
    pub fn write(&mut self, fd: u32, data: &[u8]) {
        let Some(handle) = self.proc.fds.get(&fd).copied() else {
            self.proc.write_error = Some(Errno::BadHandle);
            return;
        };
        match self.proc.pending.back_mut() {
            Some((last, bytes)) if *last == handle => bytes.extend_from_slice(data),
            _ if data.is_empty() => {}
            _ => self.proc.pending.push_back((handle, data.to_vec())),
        }
    }

    pub fn out(&mut self, text: impl AsRef<[u8]>) {
        self.write(1, text.as_ref());
    }

    /// A line on standard error that begins with the program's name.
    pub fn complain(&mut self, message: impl std::fmt::Display) {
        let line = format!("{}: {message}\n", self.name());
        self.write(2, line.as_bytes());
    }

    /// `complain`, then the exit code for returning.
    pub fn fail(&mut self, code: i32, message: impl std::fmt::Display) -> Start {
        self.complain(message);
        Start::Done(code)
    }

    /// Whether programs speak busybox's words.
    pub fn busybox(&self) -> bool {
        self.proc.dialect == Dialect::Ash
    }

    pub fn path(&self, path: &str) -> String {
        io::absolute(&self.proc.cwd, path)
    }

    pub fn env(&self, name: &str) -> Option<&str> {
        self.proc.env.get(name).map(String::as_str)
    }

    /// Opens a path relative to the working directory; descriptor paths give the descriptor itself.
    pub fn open(&mut self, path: &str, how: io::Open) -> Result<Handle, Errno> {
        if path.is_empty() {
            return Err(Errno::NotFound);
        }
        let absolute = self.path(path);
        let fd = match absolute.as_str() {
            "/dev/stdin" => Some(0),
            "/dev/stdout" => Some(1),
            "/dev/stderr" => Some(2),
            "/dev/tty" => Some(u32::from(how.write)),
            other => {
                let number = other
                    .strip_prefix("/dev/fd/")
                    .or_else(|| other.strip_prefix("/proc/self/fd/"));
                number.and_then(|n| n.parse().ok())
            }
        };
        if let Some(handle) = fd.and_then(|fd| self.proc.fds.get(&fd)).copied() {
            return Ok(self.sys.kernel().dup(handle));
        }
        io::open(self.sys, &absolute, how)
    }

    /// Opens a path at a free private descriptor.
    pub fn open_fd(&mut self, path: &str, how: io::Open) -> Result<u32, Errno> {
        let handle = self.open(path, how)?;
        let fd = self.proc.private_fd();
        self.proc.fds.insert(fd, handle);
        Ok(fd)
    }

    pub fn close_fd(&mut self, fd: u32) {
        if let Some(handle) = self.proc.fds.remove(&fd) {
            self.sys.kernel().close(handle);
        }
    }

    pub fn read(&mut self, fd: u32, max: usize) -> Result<Read, Errno> {
        self.read_until(fd, max, None)
    }

    /// Reads no further than the first `until`.
    pub fn read_until(&mut self, fd: u32, max: usize, until: Option<u8>) -> Result<Read, Errno> {
        let handle = self.proc.fds.get(&fd).copied().ok_or(Errno::BadHandle)?;
        io::read(self.sys, handle, max, until)
    }

    /// The whole file, up to 16 MiB.
    pub fn read_file(&mut self, path: &str) -> Result<Vec<u8>, Errno> {
        let path = self.path(path);
        self.sys.fs().read_all(&path, 16 << 20)
    }

    pub fn stat(&mut self, path: &str, follow: bool) -> Result<super::system::Metadata, Errno> {
        if path.is_empty() {
            return Err(Errno::NotFound);
        }
        let path = self.path(path);
        io::stat(self.sys, &path, follow)
    }

    pub fn is_tty(&mut self, fd: u32) -> bool {
        match self.proc.fds.get(&fd).copied() {
            Some(handle) => self.sys.kernel().is_tty(handle),
            None => false,
        }
    }

    /// Adds a child that runs `body`.
    pub fn add_child(&mut self, proc: Proc, body: Body) -> Pid {
        let pid = proc.pid;
        self.table.tasks.insert(
            pid,
            Box::new(Task {
                proc,
                body,
                exit: None,
            }),
        );
        pid
    }

    /// Starts a program as a child with the same descriptors. `NotFound` (and others) come as a child that says so.
    pub fn spawn(&mut self, argv: Vec<String>) -> Result<Pid, Errno> {
        if self.table.tasks.len() >= MAX_TASKS {
            return Err(Errno::Busy);
        }
        let mut proc = self.proc.child(self.sys, argv);
        let blamed = self.name().to_string();
        let body = super::launch::launch(self.sys, &mut proc, &blamed);
        Ok(self.add_child(proc, body))
    }
}
