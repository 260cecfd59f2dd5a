//! One simulated container: its process, and what it wrote.

use super::catalogue::{Entry, ServerKind};
use super::os::{Os, STDERR, STDIN, STDOUT, Streams};
use super::server;
use super::session::{SessionEvent, SessionInput, SessionRequest};
use super::usage::{self, Meter};
use crate::apimachinery::{Text, Timestamp};
use crate::collections::SortedMap;
use crate::cri::{
    CallId, ContainerConfig, ContainerExit, ContainerResources, ContainerStats, ContainerUse,
    LogLine, Mount, MountSource,
};
use crate::shell::system::Signal;
use crate::shell::{Shell, ShellStep};
use std::sync::Arc;
use std::time::Duration;

/// Lines that a container's log keeps at most; older ones are rotated away.
const MAX_LOG_LINES: usize = 10_000;
/// Transitions of processes that one step makes at most.
const BUDGET: u32 = 4_000;
/// The first stream of commands that run beside the container's own process.
const FIRST_EXEC_STREAM: u32 = 100;
/// How long a task of the fake runtime takes.
const FAKE_TASK: Duration = Duration::from_millis(500);

/// Where a container stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase {
    /// Made, not started.
    Created,
    /// Running since.
    Running(Timestamp),
    /// Ended.
    Exited(ContainerExit),
}

/// What runs inside.
#[derive(Clone)]
pub enum Process {
    /// A server: goes on until it is asked to end.
    Server(ServerKind),
    /// Anything: goes on until it is told to end, and ends well then (the fake runtime).
    Fake,
    /// Anything that ends well after half a second, unless it is told to end before (the fake runtime).
    FakeTask,
    /// A program, about to start: its words.
    Command(Vec<String>),
    /// A program that runs.
    Running(Box<Shell>),
}

/// A command that runs beside the container's own process.
#[derive(Clone)]
struct Exec {
    /// Standard output; error is the next stream, input the one after.
    stream: u32,
    shell: Shell,
    tty: bool,
    purpose: Purpose,
}

/// Whom a command runs for.
#[derive(Clone)]
enum Purpose {
    /// Somebody who waits for its end.
    Call {
        call: CallId,
        until: Timestamp,
        output: Vec<u8>,
    },
    /// Somebody who looks on.
    Session(u64),
}

/// Somebody who looks on at the container's own process.
#[derive(Clone)]
struct Attached {
    session: u64,
    stdin: bool,
}

/// Commands and lookers-on beside a container's own process.
#[derive(Clone, Default)]
struct Company {
    execs: Vec<Exec>,
    /// How many were begun.
    begun: u32,
    attached: Vec<Attached>,
    /// What sessions are to be told.
    told: Vec<(u64, SessionEvent)>,
}

impl Exec {
    fn is_of(&self, session: u64) -> bool {
        matches!(self.purpose, Purpose::Session(id) if id == session)
    }
}

impl Company {
    /// Whether a session gives input to the container's own process.
    fn has_input(&self, session: u64) -> bool {
        let mut all = self.attached.iter();
        all.any(|a| a.session == session && a.stdin)
    }
}

/// What came of a step.
#[derive(Debug, Default)]
pub struct Stepped {
    /// The container's own process ended with this code.
    pub exit: Option<i32>,
    /// When to step again.
    pub wake: Option<Timestamp>,
    /// Commands that ended: output and exit code, or `None` where their time was up.
    pub execs: Vec<(CallId, Option<(String, i32)>)>,
}

/// One simulated container.
#[derive(Clone)]
pub struct SimContainer {
    /// Its id.
    pub id: Text,
    /// Its sandbox.
    pub sandbox: Text,
    /// How it was asked for, without the pod and the mounts; shared with others that were asked for alike.
    pub config: Arc<ContainerConfig>,
    /// What is mounted.
    pub mounts: Box<[Mount]>,
    /// Ports its server listens on.
    pub ports: Vec<u16>,
    /// Where it stands.
    pub phase: Phase,
    /// What runs inside.
    pub process: Process,
    /// Files and handles, made when first needed.
    pub os: Option<Box<Os>>,
    /// What it uses.
    pub meter: Meter,
    /// Who runs something in it or looks on; made when first needed, since most containers are left alone.
    company: Option<Box<Company>>,
    /// What has come of lines that are not complete yet, by stream.
    partial: SortedMap<u32, Vec<u8>>,
    lines: Vec<LogLine>,
    dropped: usize,
}

impl SimContainer {
    /// A container that was made and not started.
    pub fn new(
        id: Text,
        sandbox: Text,
        (config, mounts): (Arc<ContainerConfig>, Vec<Mount>),
        ports: Vec<u16>,
        process: Process,
    ) -> Self {
        Self {
            id,
            sandbox,
            config,
            mounts: mounts.into(),
            ports,
            phase: Phase::Created,
            process,
            os: None,
            meter: Meter::default(),
            company: None,
            partial: SortedMap::new(),
            lines: Vec::new(),
            dropped: 0,
        }
    }

    /// Gives it other limits; what it was asked to be stays with those that were asked for alike.
    pub fn resize(&mut self, resources: &ContainerResources) {
        let mut config = ContainerConfig::clone(&self.config);
        config.cpu_limit_milli = resources.cpu_limit_milli;
        config.memory_limit = resources.memory_limit;
        self.config = Arc::new(config);
    }

    /// Whether it has mounted a folder of the machine.
    pub fn mounts_host(&self) -> bool {
        let mut mounts = self.mounts.iter();
        mounts.any(|m| matches!(m.source, MountSource::HostPath(_)))
    }

    /// What it uses, read now; none where it does not run, or nothing is known of it yet.
    pub fn stats(&mut self, now: Timestamp) -> Option<ContainerStats> {
        let Phase::Running(since) = self.phase else {
            return None;
        };
        let idle = self.idle()?;
        let limit = self.config.cpu_limit_milli;
        self.meter.read(&self.id, idle, limit, (since, now))
    }

    fn idle(&self) -> Option<usage::Idle> {
        let known = super::catalogue::lookup(&self.config.image);
        let serves = self.os.as_ref().is_some_and(|os| os.serves());
        Some(match (&self.process, known.entry) {
            (Process::Server(kind), _) => usage::idle_of(*kind, known.repository),
            (Process::Running(_), Entry::Server(kind)) if serves => {
                usage::idle_of(kind, known.repository)
            }
            (Process::Running(_), _) => usage::PROGRAM,
            _ => return None,
        })
    }

    /// Bytes of memory that it takes; none where it does not run.
    pub fn memory(&self) -> Option<u64> {
        let idle = self.idle().filter(|_| self.is_running())?;
        Some(usage::memory(&self.id, idle))
    }

    /// What it had used when it was read last.
    pub fn used(&self) -> Option<ContainerUse> {
        self.meter.last()
    }

    /// Notes the work that a request gives its server: how long until it is done.
    pub fn note_request(&mut self, now: Timestamp) -> Duration {
        let image = super::catalogue::lookup(&self.config.image);
        let work = usage::of_request(image.repository);
        self.meter.work(work, self.config.cpu_limit_milli, now)
    }

    /// Whether it runs.
    pub fn is_running(&self) -> bool {
        matches!(self.phase, Phase::Running(_))
    }

    /// Whether its server answers.
    pub fn listens(&self, port: u16) -> bool {
        let serving = match &self.process {
            Process::Server(_) | Process::Fake | Process::FakeTask => true,
            Process::Running(_) => self.os.as_ref().is_some_and(|os| os.serves()),
            Process::Command(_) => false,
        };
        self.is_running() && serving && self.ports.contains(&port)
    }

    /// Lets its processes run. `os` must have been made.
    pub fn step(&mut self, now: Timestamp) -> Stepped {
        let mut out = Stepped::default();
        if let (Process::FakeTask, Phase::Running(since)) = (&self.process, &self.phase) {
            let end = *since + FAKE_TASK;
            if end <= now {
                out.exit = Some(0);
            } else {
                out.wake = Some(end);
            }
            return out;
        }
        let Some(mut os) = self.os.take() else {
            return out;
        };
        os.set_now(now);
        let (mut steps, mut busy) = (0, 0);
        if let Process::Running(shell) = &mut self.process {
            steps += 1;
            match shell.step(&mut *os, BUDGET) {
                ShellStep::Done(code) => out.exit = Some(code),
                ShellStep::Yield => busy += 1,
                ShellStep::Blocked { until } => out.wake = until.map(to_time),
            }
        }
        let mut ended: Vec<(u32, Option<i32>)> = Vec::new();
        for exec in self.company.iter_mut().flat_map(|c| &mut c.execs) {
            let limit = match &exec.purpose {
                Purpose::Call { until, .. } => Some(*until),
                Purpose::Session(_) => None,
            };
            steps += 1;
            match exec.shell.step(&mut *os, BUDGET) {
                ShellStep::Done(code) => ended.push((exec.stream, Some(code))),
                ShellStep::Yield => busy += 1,
                ShellStep::Blocked { .. } if limit.is_some_and(|l| l <= now) => {
                    ended.push((exec.stream, None));
                }
                ShellStep::Blocked { until } => {
                    let next = until.map(to_time).into_iter().chain(limit).min();
                    out.wake = next.map_or(out.wake, |next| earlier(out.wake, next));
                }
            }
        }
        self.meter.step(steps - busy);
        if busy > 0 {
            let rest = self.meter.compute(busy, self.config.cpu_limit_milli);
            out.wake = earlier(out.wake, now + rest);
        }
        let output = os.kernel.take_output();
        self.os = Some(os);
        for (stream, bytes) in output {
            self.take_output(stream, &bytes, now);
        }
        for (stream, code) in ended {
            self.end_exec(stream, code, &mut out);
        }
        if out.exit.is_some() {
            self.flush_partial(now);
        }
        out
    }

    /// Takes a command away that has ended, or whose time is up (no code).
    fn end_exec(&mut self, stream: u32, code: Option<i32>, out: &mut Stepped) {
        let Some(company) = &mut self.company else {
            return;
        };
        let Some(at) = company.execs.iter().position(|e| e.stream == stream) else {
            return;
        };
        let mut exec = company.execs.remove(at);
        if code.is_none()
            && let Some(os) = &mut self.os
        {
            exec.shell.kill_all(&mut **os);
        }
        match exec.purpose {
            Purpose::Call { call, output, .. } => {
                let text = String::from_utf8_lossy(&output).into_owned();
                out.execs.push((call, code.map(|code| (text, code))));
            }
            Purpose::Session(id) => {
                let end = SessionEvent::End(code.unwrap_or(137));
                company.told.push((id, end));
            }
        }
    }

    /// Starts a command beside the container's own process; false where there is no such program.
    pub fn begin_exec(&mut self, call: CallId, argv: Vec<String>, until: Timestamp) -> bool {
        let purpose = Purpose::Call {
            call,
            until,
            output: Vec::new(),
        };
        self.start_exec(argv, purpose, false, false)
    }

    /// The same for somebody who looks on.
    pub fn open_exec(&mut self, session: u64, request: SessionRequest) -> bool {
        let SessionRequest {
            command,
            stdin,
            tty,
        } = request;
        self.start_exec(command, Purpose::Session(session), stdin, tty)
    }

    fn start_exec(&mut self, argv: Vec<String>, purpose: Purpose, stdin: bool, tty: bool) -> bool {
        let Some(os) = &mut self.os else { return false };
        let company = self.company.get_or_insert_default();
        let stream = FIRST_EXEC_STREAM + 3 * company.begun;
        let streams = Streams {
            input: stdin.then_some(stream + 2),
            out: stream,
            // A terminal has one stream for both.
            err: if tty { stream } else { stream + 1 },
            tty,
        };
        let Ok(shell) = os.exec(argv, streams, false) else {
            return false;
        };
        company.begun += 1;
        company.execs.push(Exec {
            stream,
            shell,
            tty,
            purpose,
        });
        true
    }

    /// Whether the image has programs to run besides its server.
    pub fn has_programs(&self) -> bool {
        super::catalogue::lookup(&self.config.image).has_shell
    }

    /// Lets somebody look on at its own process.
    pub fn attach(&mut self, session: u64, request: &SessionRequest) {
        let company = self.company.get_or_insert_default();
        company.attached.push(Attached {
            session,
            stdin: request.stdin && self.config.stdin,
        });
        // What a line on a terminal has come to so far is seen by who attaches, such as a prompt.
        for (stream, tail) in self.partial.iter() {
            if self.config.tty && !tail.is_empty() {
                let seen = SessionEvent::Output(*stream as u8, tail.clone());
                company.told.push((session, seen));
            }
        }
    }

    /// Tells those who look on what its own process wrote.
    pub fn tell_attached(&mut self, fd: u8, bytes: Vec<u8>) {
        let Some(company) = &mut self.company else {
            return;
        };
        for a in &company.attached {
            let output = SessionEvent::Output(fd, bytes.clone());
            company.told.push((a.session, output));
        }
    }

    /// Gives input to a session's program.
    pub fn input(&mut self, session: u64, input: SessionInput) {
        let (Some(os), Some(company)) = (&mut self.os, &mut self.company) else {
            return;
        };
        let own = company.has_input(session);
        let exec = company.execs.iter_mut().find(|e| e.is_of(session));
        let (stream, tty, shell) = match (exec, &mut self.process) {
            (Some(exec), _) => (exec.stream + 2, exec.tty, &mut exec.shell),
            (None, Process::Running(shell)) if own => (STDIN, self.config.tty, &mut **shell),
            _ => return,
        };
        let SessionInput::Data(data) = input else {
            return os.kernel.close_input(stream);
        };
        if !tty {
            return os.kernel.push_input(stream, &data);
        }
        for part in data.split_inclusive(|b| matches!(b, 3 | 4)) {
            match part.split_last() {
                Some((3, text)) => {
                    os.kernel.push_input(stream, text);
                    os.kernel.flush_input(stream);
                    shell.interrupt();
                }
                Some((4, text)) => {
                    os.kernel.push_input(stream, text);
                    os.kernel.end_input(stream);
                }
                _ => os.kernel.push_input(stream, part),
            }
        }
    }

    /// Ends what a session runs, or stops looking on.
    pub fn close_session(&mut self, session: u64) {
        let Some(company) = &mut self.company else {
            return;
        };
        if let Some(at) = company.execs.iter().position(|e| e.is_of(session)) {
            let mut exec = company.execs.remove(at);
            if let Some(os) = &mut self.os {
                exec.shell.kill_all(&mut **os);
            }
        }
        let had_input = company.has_input(session);
        company.attached.retain(|a| a.session != session);
        if had_input
            && self.config.stdin_once
            && let Some(os) = &mut self.os
        {
            os.kernel.close_input(STDIN);
        }
    }

    /// Ends all sessions, as the end of the container does; who looked on has seen all there was.
    pub fn end_sessions(&mut self) {
        let Some(company) = &mut self.company else {
            return;
        };
        for exec in std::mem::take(&mut company.execs) {
            if let Purpose::Session(id) = exec.purpose {
                company.told.push((id, SessionEvent::End(137)));
            }
        }
        for a in std::mem::take(&mut company.attached) {
            company.told.push((a.session, SessionEvent::End(0)));
        }
    }

    /// Takes what sessions are to be told.
    pub fn take_told(&mut self) -> Vec<(u64, SessionEvent)> {
        let company = self.company.as_mut();
        company.map_or_else(Vec::new, |c| std::mem::take(&mut c.told))
    }

    /// Asks its process to end. Whether it can hear that at all.
    pub fn terminate(&mut self) {
        if let Process::Running(shell) = &mut self.process {
            let pid = shell.pid();
            shell.signal(pid, Signal::TERM);
        }
    }

    fn take_output(&mut self, stream: u32, bytes: &[u8], now: Timestamp) {
        let of = |e: &&mut Exec| e.stream == stream || e.stream + 1 == stream;
        if let Some(company) = &mut self.company
            && let Some(exec) = company.execs.iter_mut().find(of)
        {
            match &mut exec.purpose {
                Purpose::Call { output, .. } => {
                    output.extend_from_slice(bytes);
                    output.truncate(1 << 20);
                }
                Purpose::Session(id) => {
                    let fd = if stream == exec.stream { 1 } else { 2 };
                    let output = SessionEvent::Output(fd, bytes.to_vec());
                    company.told.push((*id, output));
                }
            }
            return;
        }
        if stream != STDOUT && stream != STDERR {
            return;
        }
        self.tell_attached(stream as u8, bytes.to_vec());
        let mut rest = std::mem::take(self.partial.entry(stream).or_default());
        rest.extend_from_slice(bytes);
        let mut lines: Vec<&[u8]> = rest.split(|b| *b == b'\n').collect();
        let tail = lines.pop().unwrap_or_default().to_vec();
        let texts: Vec<String> = lines
            .into_iter()
            .map(|l| String::from_utf8_lossy(l).into_owned())
            .collect();
        for text in texts {
            self.write_log(LogLine {
                time: now,
                stderr: stream == STDERR,
                text,
                complete: true,
            });
        }
        self.partial.insert(stream, tail);
    }

    fn flush_partial(&mut self, now: Timestamp) {
        for (stream, tail) in std::mem::take(&mut self.partial) {
            if !tail.is_empty() {
                let text = String::from_utf8_lossy(&tail).into_owned();
                self.write_log(LogLine {
                    time: now,
                    stderr: stream == STDERR,
                    text,
                    complete: false,
                });
            }
        }
    }

    /// Appends to its log.
    pub fn write_log(&mut self, line: LogLine) {
        self.lines.push(line);
        if self.lines.len() > MAX_LOG_LINES {
            let cut = MAX_LOG_LINES / 10;
            self.lines.drain(..cut);
            self.dropped += cut;
        }
    }

    /// Its log from the `from`-th line on. What a server says at its start is made anew each time: it need not be kept.
    pub fn log(&self, boot: Option<Timestamp>, from: usize) -> Vec<LogLine> {
        let mut all = match (&self.process, boot) {
            (Process::Server(kind), Some(at)) if self.dropped == 0 => {
                server::boot_lines(*kind, &self.config.image, &self.config.name, at)
            }
            _ => Vec::new(),
        };
        all.extend(self.lines.iter().cloned());
        all.into_iter()
            .skip(from.saturating_sub(self.dropped))
            .collect()
    }
}

fn to_time(micros: u64) -> Timestamp {
    Timestamp(i64::try_from(micros).unwrap_or(i64::MAX))
}

fn earlier(a: Option<Timestamp>, b: Timestamp) -> Option<Timestamp> {
    Some(a.map_or(b, |a| a.min(b)))
}
