//! Containers begin, and get other limits while they run.

use super::catalogue::{self, ServerKind};
use super::container::{Phase, Process, SimContainer};
use super::os::{STDERR, STDIN, STDOUT, Streams};
use super::runtime::{Answer, SimRuntime, failed};
use crate::apimachinery::Timestamp;
use crate::cri::{ContainerResources, CriError, CriResponse};
use crate::shell::system::Errno;

fn unknown(container: &str) -> CriError {
    failed("NotFound", format!("container \"{container}\" not found"))
}

impl SimRuntime {
    pub(super) fn resize(&mut self, container: &str, resources: &ContainerResources) -> Answer {
        let Some(c) = self.containers.get_mut(container) else {
            return Err(unknown(container));
        };
        if !c.is_running() {
            let why = format!("container \"{container}\" is not running");
            return Err(failed("Unknown", why));
        }
        c.resize(resources);
        Ok(CriResponse::Done)
    }

    pub(super) fn start(&mut self, container: &str, now: Timestamp) -> Answer {
        let Some(c) = self.containers.get(container) else {
            return Err(unknown(container));
        };
        if let Process::Command(argv) = &c.process {
            let argv = argv.clone();
            self.ensure_os(container, now);
            self.start_command(container, argv)?;
        }
        let own_files = |c: &SimContainer| {
            c.mounts
                .iter()
                .any(|m| !m.container_path.starts_with("/var/run/secrets"))
        };
        if self
            .containers
            .get(container)
            .is_some_and(|c| matches!(c.process, Process::Server(_)) && own_files(c))
        {
            self.ensure_os(container, now);
        }
        if let Some(c) = self.containers.get_mut(container) {
            c.phase = Phase::Running(now);
            self.boots.insert(c.id.clone(), now);
        }
        self.wakes.insert((now, container.to_owned()));
        Ok(CriResponse::Done)
    }

    fn start_command(&mut self, container: &str, argv: Vec<String>) -> Result<(), CriError> {
        let Some(c) = self.containers.get_mut(container) else {
            return Ok(());
        };
        let name = argv.first().cloned().unwrap_or_default();
        let has_shell = catalogue::lookup(&c.config.image).has_shell;
        let started = match &mut c.os {
            Some(os) if has_shell => {
                let tty = c.config.tty;
                let streams = Streams {
                    input: c.config.stdin.then_some(STDIN),
                    out: STDOUT,
                    err: if tty { STDOUT } else { STDERR },
                    tty,
                };
                os.exec(argv, streams, true)
            }
            _ => Err(Errno::NotFound),
        };
        match started {
            Ok(shell) => {
                c.process = Process::Running(Box::new(shell));
                Ok(())
            }
            Err(_) if catalogue::is_stand_in(&c.config.image) => {
                c.process = Process::Server(ServerKind::Generic);
                Ok(())
            }
            Err(error) => {
                let why = match error {
                    Errno::Access => format!("exec: \"{name}\": permission denied"),
                    _ if name.contains('/') => {
                        format!("exec: \"{name}\": stat {name}: no such file or directory")
                    }
                    _ => format!("exec: \"{name}\": executable file not found in $PATH"),
                };
                let prefix = "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init";
                Err(failed("Unknown", format!("{prefix}: {why}: unknown")))
            }
        }
    }
}
