//! The user's workstation: tabs with a shell each, `kubectl` among its programs, files that all of them share.
//!
//! Nothing here asks a clock or the network: [`Terminal::turn`] is handed the API server, and lets everything go on that can.

mod completion;
pub mod files;
pub mod kubarium;
pub mod kubectl_io;
mod tab;
pub mod wire;
pub mod workstation;

use std::time::Duration;

use crate::collections::SortedMap;
pub use completion::{Candidate, Candidates};
pub use kubarium::Order;
pub use wire::Backend;

use crate::apimachinery::Timestamp;
use crate::apimachinery::descriptions::Descriptions;
use crate::shell::kernel::Target;
use crate::shell::system::FileSystem;
use crate::shell::{Shell, ShellStep};
use completion::Question;
use tab::{Step, Tab};
use workstation::{Workstation, micros};

/// The user's home folder.
pub const HOME: &str = "/home/learner";
/// Tabs beyond are not opened: a record that has them is not the page's.
const TABS: u32 = 1_000;
/// The first stream of scripts; those below belong to tabs, two each.
const FIRST_SCRIPT_STREAM: u32 = 1_000_000;
/// Rounds that one turn makes at most.
const ROUNDS: usize = 40;
/// Turns that commands may fill with computing before it takes them time: most are done by then, even while time stands.
const FREE: u32 = 10;
/// The time that each further turn takes, so that a loop without end neither holds the page nor depends on how fast it runs.
const SLICE: Duration = Duration::from_millis(20);

/// Where output of a tab came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The prompt and the typed line.
    Echo,
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// What a terminal tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// Text for a tab.
    Output(u32, Origin, String),
    /// A tab waits for a line.
    Prompt(u32, String),
    /// The answer to a question for completion: tab, its number, candidates.
    Completion(u32, u32, Candidates),
    /// A tab's shell has ended.
    Ended(u32),
}

struct Script {
    shell: Shell,
    stream: u32,
    output: String,
    exit: Option<i32>,
}

/// A user's terminals.
pub struct Terminal {
    workstation: Workstation,
    env: SortedMap<String, String>,
    tabs: SortedMap<u32, Tab>,
    scripts: SortedMap<u32, Script>,
    next_stream: u32,
    questions: Vec<Question>,
    said: Vec<Said>,
    busy: bool,
    /// Turns in a row that left something to do.
    filled: u32,
    /// When the next one may be made, once they are no longer free.
    resume: Timestamp,
}

impl Terminal {
    /// A workstation whose kubeconfig names a cluster.
    pub fn new(cluster: &str, now: Timestamp, seed: u64) -> Self {
        let workstation = Workstation::new("kubarium", HOME, now, seed);
        files::furnish(
            &mut workstation.machine.borrow_mut().fs,
            cluster,
            micros(now),
        );
        let env = [
            ("HOME", HOME),
            ("USER", "learner"),
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ("SHELL", "/bin/bash"),
            ("TERM", "xterm-256color"),
            ("LANG", "C.UTF-8"),
            ("NS", "default"),
        ];
        let env = env
            .into_iter()
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .collect();
        Self {
            workstation,
            env,
            tabs: SortedMap::new(),
            scripts: SortedMap::new(),
            next_stream: FIRST_SCRIPT_STREAM,
            questions: Vec::new(),
            said: Vec::new(),
            busy: false,
            filled: 0,
            resume: Timestamp(0),
        }
    }

    /// Takes the words that `kubectl explain` shows.
    pub fn describe(&mut self, descriptions: Descriptions) {
        self.workstation.machine.borrow_mut().descriptions = descriptions;
    }

    /// Opens a tab.
    pub fn open(&mut self, tab: u32) {
        if tab < TABS && !self.tabs.contains_key(&tab) {
            let fresh = Tab::new(tab, &mut self.workstation, &self.env);
            self.tabs.insert(tab, fresh);
            self.wake();
        }
    }

    /// Ends all that runs.
    pub fn end(&mut self) {
        let tabs: Vec<u32> = self.tabs.keys().copied().collect();
        tabs.into_iter().for_each(|tab| self.close(tab));
        let scripts: Vec<u32> = self.scripts.keys().copied().collect();
        scripts.into_iter().for_each(|script| {
            self.kill_script(script);
        });
    }

    /// Closes a tab and ends what runs in it.
    pub fn close(&mut self, tab: u32) {
        if let Some(mut t) = self.tabs.remove(&tab) {
            t.end(&mut self.workstation);
        }
    }

    /// Takes in a typed line.
    pub fn line(&mut self, tab: u32, line: &str) {
        self.open(tab);
        if let Some(t) = self.tabs.get_mut(&tab) {
            t.line(line, &mut self.workstation, &mut self.said);
        }
        self.wake();
    }

    /// Whether a line typed into a tab now belongs to a command that was begun before.
    pub fn goes_on(&self, tab: u32) -> bool {
        self.tabs.get(&tab).is_some_and(Tab::goes_on)
    }

    /// Ctrl-C.
    pub fn interrupt(&mut self, tab: u32) {
        if let Some(t) = self.tabs.get_mut(&tab) {
            t.interrupt(&mut self.workstation, &mut self.said);
        }
        self.wake();
    }

    /// Ctrl-D.
    pub fn end_of_file(&mut self, tab: u32) {
        if let Some(t) = self.tabs.get_mut(&tab) {
            t.end_of_file(&mut self.workstation);
        }
        self.wake();
    }

    /// Asks what could stand at the cursor (a byte offset); answered by [`Said::Completion`].
    pub fn complete(&mut self, tab: u32, id: u32, line: &str, cursor: usize) {
        let Some(t) = self.tabs.get(&tab) else { return };
        self.questions
            .push(Question::new(tab, id, line, cursor, t, &self.workstation));
        self.wake();
    }

    /// Starts a command line as `bash -c` would, with an environment and a folder of its own; its number.
    pub fn script(&mut self, command: &str, cwd: &str, env: &[(&str, &str)]) -> u32 {
        self.next_stream += 1;
        let stream = self.next_stream;
        let mut all = self.env.clone();
        all.extend(env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
        let fds = self
            .workstation
            .handles(Target::Null, stream, stream, false);
        let argv = vec!["bash".to_owned(), "-c".to_owned(), command.to_owned()];
        if let Ok(shell) = self.workstation.exec(argv, all, cwd, fds) {
            self.scripts.insert(
                stream,
                Script {
                    shell,
                    stream,
                    output: String::new(),
                    exit: None,
                },
            );
        }
        self.wake();
        stream
    }

    /// What a script printed and its exit code, once it has ended.
    pub fn finished(&mut self, script: u32) -> Option<(String, i32)> {
        let code = self.scripts.get(&script)?.exit?;
        let script = self.scripts.remove(&script)?;
        Some((script.output, code))
    }

    /// Ends a script; what it printed until then.
    pub fn kill_script(&mut self, script: u32) -> String {
        let Some(mut s) = self.scripts.remove(&script) else {
            return String::new();
        };
        s.shell
            .kill_all(&mut *self.workstation.machine.borrow_mut());
        s.output
    }

    /// Writes a file of the workstation, making missing folders.
    pub fn write_file(&mut self, path: &str, bytes: &[u8]) -> bool {
        let mut machine = self.workstation.machine.borrow_mut();
        let now = crate::shell::system::System::now(&*machine);
        let parent = path.rsplit_once('/').map_or("/", |(p, _)| p);
        machine.fs.mkdir_all(parent, now).is_ok() && machine.fs.write_all(path, bytes, now).is_ok()
    }

    /// A file of the workstation.
    pub fn read_file(&self, path: &str) -> Option<Vec<u8>> {
        self.workstation
            .machine
            .borrow()
            .fs
            .read_all(path, 64 << 20)
            .ok()
    }

    /// Something new is to be done, at once.
    fn wake(&mut self) {
        self.busy = true;
        self.filled = 0;
        self.resume = Timestamp(0);
    }

    /// When something wants to go on by itself; a moment that has passed means at once.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        if self.busy {
            return Some(self.resume);
        }
        let wake = |s: &Shell| {
            s.next_wake()
                .map(|m| Timestamp(i64::try_from(m).unwrap_or(i64::MAX)))
        };
        let tabs = self.tabs.values().filter_map(|t| wake(t.shell())).min();
        let scripts = self
            .scripts
            .values()
            .filter(|s| s.exit.is_none())
            .filter_map(|s| wake(&s.shell))
            .min();
        [tabs, scripts, self.workstation.next_deadline()]
            .into_iter()
            .flatten()
            .min()
    }

    /// Whether the last turn left something to do at this very moment.
    pub fn is_busy(&self) -> bool {
        self.busy && self.filled < FREE
    }

    /// Lets everything go on that can; what it led to is in [`Terminal::take_said`]. Commands that compute for long
    /// take simulated time, so that the same inputs at the same times lead to the same outputs on any machine.
    pub fn turn(&mut self, backend: &mut dyn Backend) {
        let now = backend.now();
        self.workstation.set_now(now);
        if self.busy && self.filled >= FREE && now < self.resume {
            return;
        }
        self.busy = false;
        for _ in 0..ROUNDS {
            let (mut moved, computes) = self.step_shells();
            moved |= self.workstation.run_jobs();
            moved |= self.workstation.wire.carry(backend);
            moved |= self.workstation.carry_exchanges(backend);
            moved |= self.answer_questions();
            moved |= self.take_output();
            if !moved {
                self.filled = 0;
                return;
            }
            if computes {
                break;
            }
        }
        self.busy = true;
        self.filled = self.filled.saturating_add(1);
        self.resume = if self.filled < FREE { now } else { now + SLICE };
    }

    /// What was said since the last call.
    pub fn take_said(&mut self) -> Vec<Said> {
        std::mem::take(&mut self.said)
    }

    /// Whether anything moved, and whether a command could go on computing.
    fn step_shells(&mut self) -> (bool, bool) {
        let (mut moved, mut computes) = (false, false);
        let mut ended = Vec::new();
        for (id, tab) in &mut self.tabs {
            let step = tab.step(&mut self.workstation, &mut self.said);
            moved |= step != Step::Waits;
            computes |= step == Step::Computes;
            if tab.has_ended() {
                ended.push(*id);
            }
        }
        for id in ended {
            self.tabs.remove(&id);
            self.said.push(Said::Ended(id));
        }
        for script in self.scripts.values_mut().filter(|s| s.exit.is_none()) {
            match self.workstation.step(&mut script.shell) {
                ShellStep::Done(code) => {
                    script.exit = Some(code);
                    moved = true;
                }
                ShellStep::Yield => (moved, computes) = (true, true),
                ShellStep::Blocked { .. } => {}
            }
        }
        (moved, computes)
    }

    fn answer_questions(&mut self) -> bool {
        let before = self.questions.len();
        let said = &mut self.said;
        self.questions.retain_mut(|q| match q.poll() {
            Some(candidates) => {
                said.push(Said::Completion(q.tab, q.id, candidates));
                false
            }
            None => true,
        });
        self.questions.len() != before
    }

    fn take_output(&mut self) -> bool {
        let output = self.workstation.machine.borrow_mut().kernel.take_output();
        let any = !output.is_empty();
        for (stream, bytes) in output {
            if let Some(script) = self.scripts.get_mut(&stream) {
                debug_assert_eq!(script.stream, stream);
                script.output.push_str(&String::from_utf8_lossy(&bytes));
            } else if let Some(tab) = self.tabs.get_mut(&(stream / 2)) {
                let origin = if stream % 2 == 0 {
                    Origin::Out
                } else {
                    Origin::Err
                };
                let text = tab.decode(stream, &bytes);
                self.said.push(Said::Output(stream / 2, origin, text));
            }
        }
        any
    }
}
