//! `kubarium run`: plays transcripts headlessly, each against a fresh cluster, in simulated time.

use super::cli::Run;
use crate::cluster::ClusterConfig;
use crate::session::transcript::{Stage, Step, parse};
use anyhow::{Context, bail};
use regex_lite::Regex;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

/// Plays the files and prints them as they went.
///
/// # Errors
/// Where a file cannot be read, or a command ends otherwise than the transcript says: with `--check` its output counts, without it
/// its exit code.
pub fn run(args: &Run) -> anyhow::Result<()> {
    let mut profile = ClusterConfig::profile(&args.profile).with_context(|| {
        format!(
            "there is no profile {:?}; there are default and reference",
            args.profile
        )
    })?;
    if let Some(seed) = args.seed {
        profile.seed = seed;
    }
    let timeout = Duration::from_secs(args.timeout);
    let mut out = std::io::stdout().lock();
    let (mut all, mut bad) = (0, 0);
    for path in &args.files {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let name = path.file_stem().and_then(|s| s.to_str());
        let mut stage = Stage::new(&profile, name.unwrap_or("transcript"));
        for wanted in parse(&text) {
            let step = stage.play(&wanted, timeout);
            let fits = step.kind != '$' || agrees(&wanted, &step, args.check);
            all += usize::from(step.kind == '$');
            bad += usize::from(!fits);
            print(&mut out, &step)?;
            if !fits {
                complain(&mut out, path, &wanted)?;
            }
        }
    }
    out.flush()?;
    if bad > 0 {
        bail!("{bad} of {all} commands ended otherwise than the transcript says");
    }
    Ok(())
}

fn exit(step: &Step) -> Option<&str> {
    step.output
        .last()
        .filter(|line| line.starts_with("[exit "))
        .map(String::as_str)
}

/// Whether a command went as written: a line `~ REGEX` stands for any line that fits.
fn agrees(wanted: &Step, got: &Step, output: bool) -> bool {
    if !output {
        return exit(wanted) == exit(got);
    }
    let fits = |wanted: &String, got: &String| match wanted.strip_prefix("~ ") {
        Some(pattern) => Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|r| r.is_match(got)),
        None => wanted.trim_end() == got.trim_end(),
    };
    let mut lines: &[String] = &got.output;
    while let [rest @ .., last] = lines
        && last.is_empty()
    {
        lines = rest;
    }
    wanted.output.len() == lines.len() && wanted.output.iter().zip(lines).all(|(w, g)| fits(w, g))
}

fn print(out: &mut impl Write, step: &Step) -> std::io::Result<()> {
    if step.kind == '#' {
        return writeln!(out, "{}", step.text);
    }
    writeln!(out, "{} {}", step.kind, step.text.replace('\n', "\n> "))?;
    if step.kind == '$' {
        for line in &step.output {
            let reads_as_more = line.starts_with(['$', '!', '>', '#', '\\']);
            writeln!(out, "{}{line}", if reads_as_more { "\\" } else { "" })?;
        }
    }
    Ok(())
}

fn complain(out: &mut impl Write, path: &Path, wanted: &Step) -> std::io::Result<()> {
    writeln!(out, "# {}: the transcript says", path.display())?;
    for line in &wanted.output {
        writeln!(out, "#   {line}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(lines: &[&str]) -> Step {
        Step {
            kind: '$',
            text: "x".into(),
            output: lines.iter().map(|l| (*l).to_owned()).collect(),
        }
    }

    #[test]
    fn outputs_are_compared_by_line_or_pattern() {
        let got = step(&["pod/a created", "age 5s", ""]);
        assert!(agrees(&step(&["pod/a created", "~ age \\d+s"]), &got, true));
        assert!(!agrees(&step(&["pod/a created", "~ age \\d"]), &got, true));
        assert!(!agrees(&step(&["pod/a created"]), &got, true));
        assert!(agrees(&step(&["whatever"]), &got, false));
        assert!(!agrees(&step(&["x", "[exit 1]"]), &got, false));
    }
}
