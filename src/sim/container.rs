//! One simulated container: its process, and what it wrote.

use super::catalogue::ServerKind;
use super::os::{Os, STDERR, STDOUT};
use super::server;
use crate::apimachinery::Timestamp;
use crate::collections::SortedMap;
use crate::cri::{CallId, ContainerConfig, ContainerExit, LogLine, MountSource};
use crate::shell::system::Signal;
use crate::shell::{Shell, ShellStep};
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
    call: CallId,
    stream: u32,
    shell: Shell,
    until: Timestamp,
    output: Vec<u8>,
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
    pub id: String,
    /// Its sandbox.
    pub sandbox: String,
    /// How it was asked for.
    pub config: ContainerConfig,
    /// Ports its server listens on.
    pub ports: Vec<u16>,
    /// Where it stands.
    pub phase: Phase,
    /// What runs inside.
    pub process: Process,
    /// Files and handles, made when first needed.
    pub os: Option<Box<Os>>,
    execs: Vec<Exec>,
    next_stream: u32,
    partial: SortedMap<u32, Vec<u8>>,
    lines: Vec<LogLine>,
    dropped: usize,
}

impl SimContainer {
    /// A container that was made and not started.
    pub fn new(
        id: String,
        sandbox: String,
        config: ContainerConfig,
        ports: Vec<u16>,
        process: Process,
    ) -> Self {
        Self {
            id,
            sandbox,
            config,
            ports,
            phase: Phase::Created,
            process,
            os: None,
            execs: Vec::new(),
            next_stream: FIRST_EXEC_STREAM,
            partial: SortedMap::new(),
            lines: Vec::new(),
            dropped: 0,
        }
    }

    /// Whether it has mounted a folder of the machine.
    pub fn mounts_host(&self) -> bool {
        let mut mounts = self.config.mounts.iter();
        mounts.any(|m| matches!(m.source, MountSource::HostPath(_)))
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
        if let Process::Running(shell) = &mut self.process {
            match shell.step(&mut *os, BUDGET) {
                ShellStep::Done(code) => out.exit = Some(code),
                ShellStep::Yield => out.wake = Some(now + Duration::from_millis(20)),
                ShellStep::Blocked { until } => out.wake = until.map(to_time),
            }
        }
        for exec in &mut self.execs {
            match exec.shell.step(&mut *os, BUDGET) {
                ShellStep::Done(code) => out.execs.push((exec.call, Some((String::new(), code)))),
                ShellStep::Yield => out.wake = earlier(out.wake, now + Duration::from_millis(20)),
                ShellStep::Blocked { .. } if exec.until <= now => out.execs.push((exec.call, None)),
                ShellStep::Blocked { until } => {
                    out.wake = earlier(out.wake, until.map_or(exec.until, to_time).min(exec.until))
                }
            }
        }
        let output = os.kernel.take_output();
        self.os = Some(os);
        for (stream, bytes) in output {
            self.take_output(stream, &bytes, now);
        }
        self.end_execs(&mut out);
        if out.exit.is_some() {
            self.flush_partial(now);
        }
        out
    }

    fn end_execs(&mut self, out: &mut Stepped) {
        for (call, result) in &mut out.execs {
            let Some(at) = self.execs.iter().position(|e| e.call == *call) else {
                continue;
            };
            let mut exec = self.execs.remove(at);
            if let Some((text, _)) = result {
                *text = String::from_utf8_lossy(&exec.output).into_owned();
            } else if let Some(os) = &mut self.os {
                exec.shell.kill_all(&mut **os);
            }
        }
    }

    /// Starts a command beside the container's own process; false where there is no such program.
    pub fn begin_exec(&mut self, call: CallId, argv: Vec<String>, until: Timestamp) -> bool {
        let stream = self.next_stream;
        let Some(os) = &mut self.os else { return false };
        let Ok(shell) = os.exec_apart(argv, stream) else {
            return false;
        };
        self.next_stream += 1;
        self.execs.push(Exec {
            call,
            stream,
            shell,
            until,
            output: Vec::new(),
        });
        true
    }

    /// Asks its process to end. Whether it can hear that at all.
    pub fn terminate(&mut self) {
        if let Process::Running(shell) = &mut self.process {
            let pid = shell.pid();
            shell.signal(pid, Signal::TERM);
        }
    }

    fn take_output(&mut self, stream: u32, bytes: &[u8], now: Timestamp) {
        if let Some(exec) = self.execs.iter_mut().find(|e| e.stream == stream) {
            exec.output.extend_from_slice(bytes);
            exec.output.truncate(1 << 20);
            return;
        }
        if stream != STDOUT && stream != STDERR {
            return;
        }
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
