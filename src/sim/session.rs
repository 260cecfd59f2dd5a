//! Commands that somebody runs in a container while watching (`exec`), and looking on at its own process (`attach`): what the
//! streaming part of the CRI does. A session is data: input is given, events are taken, nothing calls back.

use super::container::Process;
use super::runtime::SimRuntime;
use crate::apimachinery::Timestamp;

/// What a session is to be.
#[derive(Clone, Debug, Default)]
pub struct SessionRequest {
    /// Program and arguments; empty to attach to the container's own process.
    pub command: Vec<String>,
    /// Whether input is given.
    pub stdin: bool,
    /// Whether its streams are a terminal.
    pub tty: bool,
}

/// What comes of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionEvent {
    /// Bytes of standard output (1) or error (2).
    Output(u8, Vec<u8>),
    /// It ended with this exit code; nothing follows.
    End(i32),
}

/// What a session is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionInput {
    /// Bytes; on a terminal, Ctrl-C and Ctrl-D among them mean what they mean.
    Data(Vec<u8>),
    /// No more will come.
    End,
}

/// How a runtime begins to say that a program could not be run.
const FAILED: &str = "failed to exec in container: failed to start exec";

impl SimRuntime {
    /// Begins a session in a running container; its number, or why not.
    pub fn open_session(
        &mut self,
        now: Timestamp,
        container: &str,
        request: SessionRequest,
    ) -> Result<u64, String> {
        let running = self.container(container).filter(|c| c.is_running());
        let Some(c) = running else {
            return Err(format!("container {container} is not running"));
        };
        if matches!(c.process, Process::Fake) {
            return Err("containers of this cluster run no programs".to_owned());
        }
        self.ensure_os(container, now);
        self.last_session += 1;
        let id = self.last_session;
        let program = request.command.first().cloned().unwrap_or_default();
        let exec_id = self.hex_id();
        let Some(c) = self.containers.get_mut(container) else {
            return Err(String::new());
        };
        if request.command.is_empty() {
            c.attach(id, &request);
        } else if !c.has_programs() || !c.open_exec(id, request) {
            let what = match program.contains('/') {
                true => format!("stat {program}: no such file or directory"),
                false => "executable file not found in $PATH".to_owned(),
            };
            return Err(format!(
                "{FAILED} \"{exec_id}\": OCI runtime exec failed: exec failed: unable to start container process: exec: \"{program}\": {what}: unknown"
            ));
        }
        self.sessions.insert(id, container.to_owned());
        self.wakes.insert((now, container.to_owned()));
        Ok(id)
    }

    /// Gives input to a session.
    pub fn session_input(&mut self, now: Timestamp, id: u64, input: SessionInput) {
        let Some(container) = self.sessions.get(&id).cloned() else {
            return;
        };
        if let Some(c) = self.containers.get_mut(container.as_str()) {
            c.input(id, input);
            self.wakes.insert((now, container));
        }
    }

    /// Ends a session from its user's side.
    pub fn close_session(&mut self, now: Timestamp, id: u64) {
        let Some(container) = self.sessions.remove(&id) else {
            return;
        };
        if let Some(c) = self.containers.get_mut(container.as_str()) {
            c.close_session(id);
            self.wakes.insert((now, container));
        }
    }

    /// What came of sessions since the last call.
    pub fn take_session_events(&mut self) -> Vec<(u64, SessionEvent)> {
        if self.sessions.is_empty() {
            return Vec::new();
        }
        let mut events = Vec::new();
        for container in self.sessions.values() {
            if let Some(c) = self.containers.get_mut(container.as_str()) {
                events.append(&mut c.take_told());
            }
        }
        let gone = |container: &String| !self.containers.contains_key(container.as_str());
        let orphans = self.sessions.iter().filter(|(_, c)| gone(c));
        events.extend(orphans.map(|(id, _)| (*id, SessionEvent::End(137))));
        for (id, event) in &events {
            if matches!(event, SessionEvent::End(_)) {
                self.sessions.remove(id);
            }
        }
        events
    }
}
