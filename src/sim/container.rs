//! One simulated container: its process, and what it wrote.

use super::catalogue::ServerKind;
use super::server;
use crate::apimachinery::Timestamp;
use crate::cri::{ContainerConfig, ContainerExit, LogLine};

/// Lines that a container's log keeps at most; older ones are rotated away.
const MAX_LOG_LINES: usize = 10_000;

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
#[derive(Clone, Debug)]
pub enum Process {
    /// A server: goes on until it is asked to end.
    Server(ServerKind),
    /// Anything: goes on until it is told to end, and ends well then (the fake runtime).
    Fake,
}

/// One simulated container.
#[derive(Clone, Debug)]
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
            lines: Vec::new(),
            dropped: 0,
        }
    }

    /// Whether it runs.
    pub fn is_running(&self) -> bool {
        matches!(self.phase, Phase::Running(_))
    }

    /// When it started, if it did.
    pub fn started_at(&self) -> Option<Timestamp> {
        match &self.phase {
            Phase::Running(since) => Some(*since),
            _ => None,
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
