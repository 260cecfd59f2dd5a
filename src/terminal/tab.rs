//! One tab: an interactive shell, the lines that wait for it, and its prompt.

use super::workstation::Workstation;
use super::{HOME, Origin, Said};
use crate::collections::SortedMap;
use crate::shell::kernel::Target;
use crate::shell::system::Dialect;
use crate::shell::{Config, LineError, Shell, ShellStep};
use std::collections::VecDeque;

/// How far a tab got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nowhere: it waits.
    Waits,
    /// Somewhere.
    Moved,
    /// As far as it may in one go: its command could compute on.
    Computes,
}

/// One tab.
pub struct Tab {
    id: u32,
    shell: Shell,
    running: bool,
    /// The beginning of a command that needs more lines.
    begun: String,
    /// Lines typed ahead.
    ahead: VecDeque<String>,
    prompted: bool,
    ended: bool,
    partial: SortedMap<u32, Vec<u8>>,
}

impl Tab {
    /// A tab with a fresh shell.
    pub fn new(id: u32, workstation: &mut Workstation, env: &SortedMap<String, String>) -> Self {
        let fds = workstation.handles(
            Target::Input {
                stream: id,
                tty: true,
            },
            id * 2,
            id * 2 + 1,
            true,
        );
        let config = Config {
            env: env.clone(),
            cwd: HOME.to_owned(),
            fds,
            init: false,
        };
        let mut machine = workstation.machine.borrow_mut();
        let mut shell = Shell::interactive(&mut *machine, "bash", Dialect::Bash, config);
        let setup = "alias k=kubectl\nalias ll='ls -l'";
        let running = shell.line(setup).is_ok();
        Self {
            id,
            shell,
            running,
            begun: String::new(),
            ahead: VecDeque::new(),
            prompted: false,
            ended: false,
            partial: SortedMap::new(),
        }
    }

    /// Its shell.
    pub fn shell(&self) -> &Shell {
        &self.shell
    }

    /// Whether its shell has ended.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// Whether its shell is in the middle of a command.
    pub fn goes_on(&self) -> bool {
        self.running || !self.begun.is_empty()
    }

    /// Takes in a typed line: a command, more of one, or input of the program that runs.
    pub fn line(&mut self, line: &str, workstation: &mut Workstation, said: &mut Vec<Said>) {
        if self.running {
            if workstation.is_busy() || self.shell.has_running() {
                said.push(Said::Output(self.id, Origin::Echo, format!("{line}\n")));
                workstation
                    .machine
                    .borrow_mut()
                    .kernel
                    .push_input(self.id, format!("{line}\n").as_bytes());
            } else {
                self.ahead.push_back(line.to_owned());
            }
            return;
        }
        let prompt = self.prompt();
        said.push(Said::Output(
            self.id,
            Origin::Echo,
            format!("{prompt}{line}\n"),
        ));
        self.prompted = false;
        let text = if self.begun.is_empty() {
            line.to_owned()
        } else {
            format!("{}\n{line}", self.begun)
        };
        match self.shell.line(&text) {
            Ok(()) => {
                self.begun.clear();
                self.running = true;
            }
            Err(LineError::Incomplete) => self.begun = text,
            Err(LineError::Busy) => self.ahead.push_back(line.to_owned()),
        }
    }

    /// Ctrl-C: ends what runs, or throws the begun command away.
    pub fn interrupt(&mut self, workstation: &mut Workstation, said: &mut Vec<Said>) {
        if self.running && workstation.machine.borrow().raw.contains(&self.id) {
            said.push(Said::Output(self.id, Origin::Echo, "^C\n".to_owned()));
            let kernel = &mut workstation.machine.borrow_mut().kernel;
            return kernel.push_input(self.id, &[3]);
        }
        said.push(Said::Output(
            self.id,
            Origin::Echo,
            if self.running {
                "^C\n".to_owned()
            } else {
                format!("{}^C\n", self.prompt())
            },
        ));
        self.begun.clear();
        self.ahead.clear();
        self.prompted = false;
        workstation.machine.borrow_mut().kernel.flush_input(self.id);
        if self.running {
            self.shell.interrupt();
        }
    }

    /// Ctrl-D: ends the input of what runs, or the shell.
    pub fn end_of_file(&mut self, workstation: &mut Workstation) {
        if self.running {
            let mut machine = workstation.machine.borrow_mut();
            if machine.raw.contains(&self.id) {
                machine.kernel.push_input(self.id, &[4]);
            } else {
                machine.kernel.end_input(self.id);
            }
        } else if self.begun.is_empty() {
            self.running = self.shell.line("exit").is_ok();
        } else {
            let text = std::mem::take(&mut self.begun);
            self.running = self.shell.last_line(&text).is_ok();
        }
    }

    /// Ends all that runs.
    pub fn end(&mut self, workstation: &mut Workstation) {
        self.shell.kill_all(&mut *workstation.machine.borrow_mut());
    }

    /// Lets the shell go on.
    pub fn step(&mut self, workstation: &mut Workstation, said: &mut Vec<Said>) -> Step {
        let shell = workstation.step(&mut self.shell);
        if self.shell.exited().is_some() {
            self.ended = true;
            return Step::Moved;
        }
        let mut step = Step::Waits;
        if self.running {
            match shell {
                ShellStep::Done(_) => {
                    self.running = false;
                    step = Step::Moved;
                    self.take_unread(workstation);
                }
                ShellStep::Yield => step = Step::Computes,
                ShellStep::Blocked { .. } => {}
            }
        }
        if self.running || workstation.machine.borrow().kernel.has_output() {
            return step;
        }
        if let Some(line) = self.ahead.pop_front() {
            self.line(&line, workstation, said);
            return Step::Moved;
        }
        if !self.prompted {
            self.prompted = true;
            self.shell
                .report_jobs(&mut *workstation.machine.borrow_mut());
            said.push(Said::Prompt(self.id, self.prompt()));
            step = Step::Moved;
        }
        step
    }

    /// Lines that were typed for a program that did not read them are the shell's, as on any terminal.
    fn take_unread(&mut self, workstation: &mut Workstation) {
        let unread = workstation.machine.borrow_mut().kernel.take_input(self.id);
        let text = String::from_utf8_lossy(&unread);
        self.ahead.extend(text.lines().map(str::to_owned));
    }

    fn prompt(&self) -> String {
        if !self.begun.is_empty() {
            return "> ".to_owned();
        }
        let cwd = self.shell.cwd();
        let place = match cwd.strip_prefix(HOME) {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => format!("~{rest}"),
            _ => cwd.to_owned(),
        };
        format!("{place} $ ")
    }

    /// Bytes of a stream as text; the beginning of a character that is not whole yet waits for the rest.
    pub fn decode(&mut self, stream: u32, bytes: &[u8]) -> String {
        let mut all = self.partial.remove(&stream).unwrap_or_default();
        all.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&all) {
            Err(e) if e.error_len().is_none() => e.valid_up_to(),
            _ => all.len(),
        };
        let rest = all.split_off(whole);
        if !rest.is_empty() {
            self.partial.insert(stream, rest);
        }
        String::from_utf8_lossy(&all).into_owned()
    }
}
