//! Transcripts of the default cluster, where things take their time, with what upstream prints. Names that are drawn by chance
//! are made equal; everything else is compared to the letter. `BLESS_SCENARIOS=1` writes down what is printed now, to be
//! looked through before it is kept.

#![allow(clippy::unwrap_used)]

use kubarium::cluster::ClusterConfig;
use kubarium::session::transcript::{Stage, Step, parse};
use std::path::{Path, PathBuf};
use std::time::Duration;

const SAFE: &str = "bcdfghjklmnpqrstvwxz2456789";

/// A line with the random ends of names made equal.
fn normal(line: &str) -> String {
    let drawn = |part: &str| {
        (part.len() == 5 || (8..=10).contains(&part.len()))
            && part.chars().all(|c| SAFE.contains(c))
    };
    let word = |word: &str| {
        let parts: Vec<&str> = word.split('-').collect();
        let (last, before) = parts.split_last().unwrap();
        // Punctuation after a name is no part of it.
        let name = last.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        if before.is_empty() || !drawn(name) {
            return word.to_owned();
        }
        let rest = &last[name.len()..];
        let before = match before.split_last() {
            Some((hash, stem)) if drawn(hash) && hash.len() > 5 => [stem, &["*"]].concat(),
            _ => before.to_vec(),
        };
        format!("{}-*{rest}", before.join("-"))
    };
    line.trim_end()
        .split(' ')
        .map(word)
        .collect::<Vec<_>>()
        .join(" ")
}

fn write(step: &Step, output: &[String]) -> String {
    let mut text = match step.kind {
        '$' | '!' => format!("{} {}\n", step.kind, step.text.replace('\n', "\n> ")),
        _ => format!("{}\n", step.text),
    };
    for line in output {
        let quote = if line.starts_with(['$', '!', '>', '#', '\\']) {
            "\\"
        } else {
            ""
        };
        text += &format!("{quote}{line}\n");
    }
    text
}

/// Plays a file; what it should say, what it says, and what is wrong.
fn play(path: &Path) -> (String, String) {
    let name = path.file_stem().unwrap().to_str().unwrap();
    let mut stage = Stage::new(&ClusterConfig::default(), name);
    let (mut fresh, mut wrong) = (String::new(), String::new());
    for step in parse(&std::fs::read_to_string(path).unwrap()) {
        let mut here = stage.play(&step, Duration::from_secs(120));
        // As in what is read from the file.
        while here.output.last().is_some_and(String::is_empty) {
            here.output.pop();
        }
        let lines = |all: &[String]| all.iter().map(|l| normal(l)).collect::<Vec<_>>();
        let same = step.kind == '!' || lines(&step.output) == lines(&here.output);
        fresh += &write(
            &step,
            if step.known {
                &step.output
            } else {
                &here.output
            },
        );
        match (same, step.known) {
            (true, true) => wrong += &format!("{name}: no longer a known failure: {}\n", step.text),
            (false, false) => {
                let (is, should) = (here.output.join("\n"), step.output.join("\n"));
                wrong += &format!(
                    "{name}: $ {}\n--- should be\n{should}\n--- is\n{is}\n\n",
                    step.text
                );
            }
            _ => {}
        }
    }
    (fresh, wrong)
}

#[test]
fn clusters_behave_as_upstream_s_do() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let files = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path());
    let mut files: Vec<PathBuf> = files
        .filter(|p| p.extension().is_some_and(|e| e == "t"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    let mut wrong = String::new();
    for file in &files {
        let (fresh, said) = play(file);
        if std::env::var("BLESS_SCENARIOS").is_ok() {
            std::fs::write(file, fresh).unwrap();
        } else {
            wrong += &said;
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn only_random_ends_of_names_are_made_equal() {
    for (line, wanted) in [
        ("pod/web-7bc4d5f9c8-x2z4q deleted", "pod/web-*-* deleted"),
        ("Created pod: job-bcdfg", "Created pod: job-*"),
        ("kube-proxy-bcdfg, other", "kube-proxy-*, other"),
        (
            "worker-1 nginx:1.27 back-off",
            "worker-1 nginx:1.27 back-off",
        ),
    ] {
        assert_eq!(normal(line), wanted);
    }
}
