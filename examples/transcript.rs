//! Runs transcripts headlessly through the in-page shell and kubectl, against a fresh cluster each, and prints them as they went.
//!
//! `cargo run --release --example transcript -- [--profile NAME] [--timeout SECONDS] FILE.t…`

use kubarium::cluster::ClusterConfig;
use kubarium::session::transcript::{Stage, parse};
use std::io::{Error, Write};
use std::path::Path;
use std::time::Duration;

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
    let stem = Path::new(path).file_stem().and_then(|s| s.to_str());
    let mut stage = Stage::new(profile, stem.unwrap_or("transcript"));
    for step in parse(&text) {
        let step = stage.play(&step, timeout);
        if matches!(step.kind, '#' | '@') {
            writeln!(out, "{}", step.text)?;
            for line in &step.output {
                writeln!(out, "{line}")?;
            }
            continue;
        }
        writeln!(out, "{} {}", step.kind, step.text.replace('\n', "\n> "))?;
        if step.kind == '$' {
            for line in &step.output {
                writeln!(out, "{}", quoted(line))?;
            }
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
                let found = ClusterConfig::profile(&name);
                profile = found.ok_or_else(|| {
                    Error::other(format!("there is no profile {name:?}: default, reference"))
                })?;
            }
            "--timeout" => {
                let seconds = args.next().and_then(|s| s.parse().ok());
                timeout = Duration::from_secs(
                    seconds.ok_or_else(|| Error::other("--timeout takes seconds"))?,
                );
            }
            _ => files.push(arg),
        }
    }
    if files.is_empty() {
        return Err(Error::other(
            "usage: transcript [--profile NAME] [--timeout SECONDS] FILE.t...",
        ));
    }
    let mut out = std::io::stdout().lock();
    for file in files {
        play(&file, &profile, timeout, &mut out)?;
    }
    Ok(())
}
