//! Runs transcripts headlessly through the in-page shell and kubectl, against a fresh cluster each, and prints them as they went.
//!
//! `cargo run --release --example transcript -- [--profile NAME] [--timeout SECONDS] FILE.t…`
//!
//! A transcript is plain text: `# comment`, `$ command` with `> ` continuation lines, `! command` that runs without being shown,
//! and the output of commands in between, which is replaced by what they print here. A non-zero exit code is shown as `[exit N]`.

use kubarium::apimachinery::descriptions::Descriptions;
use kubarium::cluster::{Cluster, ClusterConfig};
use kubarium::session::Admin;
use kubarium::terminal::{HOME, Terminal, files};
use std::io::Write;
use std::time::Duration;

struct Step {
    kind: char,
    text: String,
}

fn parse(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        if let Some(command) = line.strip_prefix("$ ").or_else(|| line.strip_prefix("! ")) {
            steps.push(Step {
                kind: line.chars().next().unwrap_or('$'),
                text: command.to_owned(),
            });
            open = true;
        } else if let Some(more) = line.strip_prefix("> ").filter(|_| open) {
            if let Some(last) = steps.last_mut() {
                last.text.push('\n');
                last.text.push_str(more);
            }
        } else if line.starts_with('#') {
            steps.push(Step {
                kind: '#',
                text: line.to_owned(),
            });
            open = false;
        } else {
            open = false;
        }
    }
    steps
}

struct World {
    cluster: Cluster,
    terminal: Terminal,
}

impl World {
    /// Runs a command to its end, or until simulated time is up.
    fn run(&mut self, command: &str, env: &[(&str, &str)], timeout: Duration) -> (String, i32) {
        let script = self.terminal.script(command, HOME, env);
        let end = self.cluster.now() + timeout;
        loop {
            self.terminal.turn(&mut Admin(&mut self.cluster));
            if let Some(done) = self.terminal.finished(script) {
                return done;
            }
            if self.terminal.is_busy() {
                continue;
            }
            let next = [self.cluster.next_deadline(), self.terminal.next_deadline()]
                .into_iter()
                .flatten()
                .min();
            match next.filter(|t| *t <= end) {
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

    fn sleep(&mut self, time: Duration) {
        let until = self.cluster.now() + time;
        self.cluster.advance_to(until);
    }
}

fn quoted(line: &str) -> String {
    if line.starts_with(['$', '!', '>', '#', '\\']) {
        format!("\\{line}")
    } else {
        line.to_owned()
    }
}

fn play(
    path: &str,
    profile: &ClusterConfig,
    timeout: Duration,
    out: &mut impl Write,
) -> std::io::Result<()> {
    let text = std::fs::read_to_string(path)?;
    let stem = std::path::Path::new(path)
        .file_stem()
        .and_then(|s| s.to_str())
        .unwrap_or("transcript");
    let name: String = stem
        .to_lowercase()
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '-' {
                c
            } else {
                '-'
            }
        })
        .collect();
    let namespace = format!("t-{name}");
    let cluster = Cluster::boot(profile.clone());
    let mut terminal = Terminal::new(&profile.name, cluster.now(), profile.seed);
    terminal.describe(Descriptions::new(include_str!("../www/descriptions.txt")));
    let mut world = World { cluster, terminal };
    let tmp = "/tmp/tmptranscr";
    let config = format!("{tmp}/kubeconfig");
    world
        .terminal
        .write_file(&config, files::kubeconfig(&profile.name).as_bytes());
    let env = [
        ("KUBECONFIG", config.as_str()),
        ("NS", namespace.as_str()),
        ("TMP", tmp),
        ("HOME", tmp),
    ];
    let setup = format!(
        "kubectl create namespace {namespace} && kubectl config set-context --current --namespace={namespace}"
    );
    world.run(&setup, &env, timeout);
    world.sleep(Duration::from_secs(1));
    for step in parse(&text) {
        if step.kind == '#' {
            writeln!(out, "{}", step.text)?;
            continue;
        }
        let (output, code) = world.run(&step.text, &env, timeout);
        // People take a moment between commands; so do recordings.
        world.sleep(Duration::from_millis(300));
        writeln!(out, "{} {}", step.kind, step.text.replace('\n', "\n> "))?;
        if step.kind == '!' {
            continue;
        }
        for line in output.lines() {
            writeln!(out, "{}", quoted(line))?;
        }
        if code != 0 {
            writeln!(out, "[exit {code}]")?;
        }
    }
    Ok(())
}

fn main() -> std::io::Result<()> {
    let mut profile = ClusterConfig::default();
    let mut timeout = Duration::from_secs(60);
    let mut files = Vec::new();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--profile" => {
                let name = args.next().unwrap_or_default();
                profile = ClusterConfig::profile(&name).ok_or_else(|| {
                    std::io::Error::other(format!(
                        "there is no profile {name:?}: default, reference"
                    ))
                })?;
            }
            "--timeout" => {
                timeout =
                    Duration::from_secs(args.next().and_then(|s| s.parse().ok()).unwrap_or(60))
            }
            _ => files.push(arg),
        }
    }
    if files.is_empty() {
        return Err(std::io::Error::other(
            "usage: transcript [--profile NAME] [--timeout SECONDS] FILE.t...",
        ));
    }
    let mut out = std::io::stdout().lock();
    for file in files {
        play(&file, &profile, timeout, &mut out)?;
    }
    Ok(())
}
