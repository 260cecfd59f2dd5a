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
    let check = if args.check {
        Check::Output
    } else {
        Check::Exit
    };
    let mut out = std::io::stdout().lock();
    let (mut all, mut bad) = (0, 0);
    for path in &args.files {
        let (played, differing) = play(path, &profile, timeout, check, &mut out)?;
        (all, bad) = (all + played, bad + differing);
    }
    out.flush()?;
    if bad > 0 {
        bail!("{bad} of {all} commands ended otherwise than the transcript says");
    }
    Ok(())
}

/// What of a command is compared with the transcript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Nothing.
    Nothing,
    /// Its exit code.
    Exit,
    /// Its exit code and what it printed.
    Output,
}

/// Plays one file against a fresh cluster and prints it as it went: how many commands there were, and how many of them differ.
///
/// # Errors
/// Where the file cannot be read or the output cannot be written.
pub fn play(
    path: &Path,
    profile: &ClusterConfig,
    timeout: Duration,
    check: Check,
    out: &mut impl Write,
) -> anyhow::Result<(usize, usize)> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let name = path.file_stem().and_then(|s| s.to_str());
    let mut stage = Stage::new(profile, name.unwrap_or("transcript"));
    stage.describe(super::openapi::descriptions());
    let (mut all, mut bad) = (0, 0);
    for wanted in parse(&text) {
        let step = stage.play(&wanted, timeout);
        let fits = step.kind != '$' || wanted.known || agrees(&wanted, &step, check);
        all += usize::from(step.kind == '$');
        bad += usize::from(!fits);
        print(out, &step)?;
        if !fits {
            complain(out, path, &wanted)?;
        }
    }
    Ok((all, bad))
}

fn exit(step: &Step) -> Option<&str> {
    step.output
        .last()
        .filter(|line| line.starts_with("[exit "))
        .map(String::as_str)
}

/// Whether a command went as written: a line `~ REGEX` stands for any line that fits.
fn agrees(wanted: &Step, got: &Step, check: Check) -> bool {
    match check {
        Check::Nothing => return true,
        Check::Exit => return exit(wanted) == exit(got),
        Check::Output => {}
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
    if matches!(step.kind, '#' | '@') {
        writeln!(out, "{}", step.text)?;
        return step
            .output
            .iter()
            .try_for_each(|line| writeln!(out, "{line}"));
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
            ..Step::default()
        }
    }

    #[test]
    fn outputs_are_compared_by_line_or_pattern() {
        let got = step(&["pod/a created", "age 5s", ""]);
        assert!(agrees(
            &step(&["pod/a created", "~ age \\d+s"]),
            &got,
            Check::Output
        ));
        assert!(!agrees(
            &step(&["pod/a created", "~ age \\d"]),
            &got,
            Check::Output
        ));
        assert!(!agrees(&step(&["pod/a created"]), &got, Check::Output));
        assert!(agrees(&step(&["whatever"]), &got, Check::Exit));
        assert!(!agrees(&step(&["x", "[exit 1]"]), &got, Check::Exit));
    }
}
