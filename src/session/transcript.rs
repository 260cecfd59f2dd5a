//! Transcripts: commands with what they print, run headlessly through the user's shell and kubectl against a fresh cluster.
//!
//! `# comment`, `$ command` with `> ` continuation lines, `! command` that runs without being shown; the lines in between are
//! what the command before printed, `[exit N]` among them.

use super::Admin;
use crate::cluster::{Cluster, ClusterConfig};
use crate::terminal::{HOME, Terminal, files};
use std::time::Duration;

/// People take a moment between commands; so do recordings.
const PAUSE: Duration = Duration::from_millis(300);
const TMP: &str = "/tmp/tmptranscr";

/// One step of a transcript.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// `$` a shown command, `!` a hidden one, `#` a comment.
    pub kind: char,
    /// The command, or the comment's line.
    pub text: String,
    /// What it printed, `[exit N]` as the last line where the exit code is not 0.
    pub output: Vec<String>,
}

/// Reads a transcript with its recorded output.
pub fn parse(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in text.lines() {
        let begins = line.strip_prefix("$ ").or_else(|| line.strip_prefix("! "));
        match (begins, steps.last_mut()) {
            (Some(command), _) => steps.push(Step {
                kind: if line.starts_with('$') { '$' } else { '!' },
                text: command.to_owned(),
                output: Vec::new(),
            }),
            (None, Some(last))
                if line.starts_with("> ") && last.kind != '#' && last.output.is_empty() =>
            {
                last.text.push('\n');
                last.text.push_str(&line[2..]);
            }
            (None, _) if line.starts_with('#') => steps.push(Step {
                kind: '#',
                text: line.to_owned(),
                output: Vec::new(),
            }),
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
            self.terminal.turn(&mut Admin(&mut self.cluster));
            if let Some(done) = self.terminal.finished(script) {
                return done;
            }
            if self.terminal.is_busy() {
                continue;
            }
            let next = [self.cluster.next_deadline(), self.terminal.next_deadline()];
            match next.into_iter().flatten().min().filter(|t| *t <= end) {
                Some(at) => {
                    let at = at.max(self.cluster.now());
                    self.cluster.step(at);
                }
                None => {
                    return (
                        self.terminal.kill_script(script) + "[no end in time]\n",
                        124,
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

    /// Plays a step; the same step with what it printed here.
    pub fn play(&mut self, step: &Step, timeout: Duration) -> Step {
        if step.kind == '#' {
            return step.clone();
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
