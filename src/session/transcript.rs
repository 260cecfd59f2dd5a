//! Transcripts: commands with what they print, run headlessly through the user's shell and kubectl against a fresh cluster.
//!
//! `# comment`, `$ command` with `> ` continuation lines, `! command` that runs without being shown, `@advance 3s` for time
//! that passes; the lines in between are what the command before printed, `[exit N]` among them. `# known` before a command
//! says that its output is known to differ from what stands there.

use super::Admin;
use crate::apimachinery::descriptions::Descriptions;
use crate::apimachinery::duration;
use crate::cluster::{Cluster, ClusterConfig};
use crate::terminal::{HOME, Terminal, files};
use std::time::Duration;

/// People take a moment between commands; so do recordings.
const PAUSE: Duration = Duration::from_millis(300);
/// How a line begins that lets time pass.
const ADVANCE: &str = "@advance ";
const TMP: &str = "/tmp/tmptranscri";

/// One step of a transcript.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// `$` a shown command, `!` a hidden one, `@` a direction, `#` a comment.
    pub kind: char,
    /// The command, or the whole line of a direction or comment.
    pub text: String,
    /// What it printed, `[exit N]` as the last line where the exit code is not 0.
    pub output: Vec<String>,
    /// Whether it is known to print something else.
    pub known: bool,
}

/// Reads a transcript with its recorded output.
pub fn parse(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut known = false;
    for line in text.lines() {
        let begins = line.strip_prefix("$ ").or_else(|| line.strip_prefix("! "));
        match (begins, steps.last_mut()) {
            (Some(command), _) => steps.push(Step {
                kind: if line.starts_with('$') { '$' } else { '!' },
                text: command.to_owned(),
                known: std::mem::take(&mut known),
                ..Step::default()
            }),
            (None, Some(last))
                if line.starts_with("> ") && is_command(last) && last.output.is_empty() =>
            {
                last.text.push('\n');
                last.text.push_str(&line[2..]);
            }
            (None, _) if line.starts_with('#') || line.starts_with(ADVANCE) => {
                known = line == "# known";
                steps.push(Step {
                    kind: if line.starts_with('#') { '#' } else { '@' },
                    text: line.to_owned(),
                    ..Step::default()
                });
            }
            (None, Some(last)) => last
                .output
                .push(line.strip_prefix('\\').unwrap_or(line).to_owned()),
            (None, None) => {}
        }
    }
    for step in &mut steps {
        while step.output.last().is_some_and(String::is_empty) {
            step.output.pop();
        }
    }
    steps
}

fn is_command(step: &Step) -> bool {
    matches!(step.kind, '$' | '!')
}

/// A cluster with a user before it.
pub struct Stage {
    cluster: Cluster,
    terminal: Terminal,
    env: Vec<(String, String)>,
}

impl Stage {
    /// A fresh cluster whose user works in a namespace of the transcript's own.
    pub fn new(config: &ClusterConfig, name: &str) -> Self {
        let lower = name.to_lowercase();
        let label: String = lower
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || c == '-' {
                    c
                } else {
                    '-'
                }
            })
            .collect();
        let namespace = format!("t-{label}");
        let cluster = Cluster::boot(config.clone());
        let mut terminal = Terminal::new(&config.name, cluster.now(), config.seed);
        let kubeconfig = format!("{TMP}/kubeconfig");
        terminal.write_file(&kubeconfig, files::kubeconfig(&config.name).as_bytes());
        let env = [
            ("KUBECONFIG", kubeconfig.as_str()),
            ("NS", namespace.as_str()),
            ("TMP", TMP),
            ("HOME", TMP),
        ];
        let env = env.map(|(k, v)| (k.to_owned(), v.to_owned())).to_vec();
        let mut stage = Self {
            cluster,
            terminal,
            env,
        };
        let setup = format!(
            "kubectl create namespace {namespace} && kubectl config set-context --current --namespace={namespace}"
        );
        stage.run(&setup, Duration::from_secs(60));
        stage.pause(Duration::from_secs(1));
        stage
    }

    /// Tells the user's kubectl what types and fields are for, for `explain`.
    pub fn describe(&mut self, descriptions: Descriptions) {
        self.terminal.describe(descriptions);
    }

    /// Runs a command to its end, or until its simulated time is up; what it printed and its exit code.
    pub fn run(&mut self, command: &str, timeout: Duration) -> (String, i32) {
        let env: Vec<(&str, &str)> = self
            .env
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        let script = self.terminal.script(command, HOME, &env);
        let end = self.cluster.now() + timeout;
        loop {
            self.terminal.turn(&mut Admin::new(&mut self.cluster));
            if let Some(done) = self.terminal.finished(script) {
                return done;
            }
            let next = [self.cluster.next_deadline(), self.terminal.next_deadline()];
            match next.into_iter().flatten().min().filter(|t| *t < end) {
                Some(at) => {
                    let at = at.max(self.cluster.now());
                    self.cluster.step(at);
                }
                None => {
                    let printed = self.terminal.kill_script(script);
                    return (
                        printed + &format!("[no end in {} s]\n", timeout.as_secs()),
                        0,
                    );
                }
            }
        }
    }

    /// Lets time pass.
    pub fn pause(&mut self, time: Duration) {
        let until = self.cluster.now() + time;
        self.cluster.advance_to(until);
    }

    /// Follows a direction; one that cannot be followed says so as its output.
    fn direct(&mut self, step: &Step) -> Step {
        let mut step = step.clone();
        if let Some(time) = step.text.strip_prefix(ADVANCE) {
            match duration::parse(time) {
                Ok(time) => self.pause(time),
                Err(why) => step.output.push(why),
            }
        }
        step
    }

    /// Plays a step; the same step with what it printed here.
    pub fn play(&mut self, step: &Step, timeout: Duration) -> Step {
        if !is_command(step) {
            return self.direct(step);
        }
        let (printed, code) = self.run(&step.text, timeout);
        self.pause(PAUSE);
        let mut output: Vec<String> = printed.lines().map(str::to_owned).collect();
        if code != 0 {
            output.push(format!("[exit {code}]"));
        }
        Step {
            output,
            ..step.clone()
        }
    }
}
