//! What a real control plane answered, command by command: how many of them agree here, held from falling.

#![allow(clippy::unwrap_used)]

use kubarium::cluster::ClusterConfig;
use kubarium::session::transcript::{Stage, parse};
use std::path::Path;
use std::time::Duration;

const SAFE: &str = "bcdfghjklmnpqrstvwxz2456789";

/// A line with everything that differs from run to run (names' suffixes, addresses, ages, times, numbers) made equal.
fn normal(line: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for c in line.trim_end().chars().chain([' ']) {
        if c.is_ascii_alphanumeric() {
            word.push(c);
            continue;
        }
        let random = (word.len() == 5 || (8..=10).contains(&word.len()))
            && word.chars().all(|c| SAFE.contains(c));
        // A group of a UID that happens to have no digit.
        let random = random || word.len() == 4 && word.chars().all(|c| ('a'..='f').contains(&c));
        let put = if random || word.chars().any(|c| c.is_ascii_digit()) {
            "#"
        } else {
            &word
        };
        out.push_str(put);
        word.clear();
        let skip = c.is_whitespace() && out.ends_with(' ') || c == '-' && out.ends_with("----");
        if !skip {
            out.push(if c.is_whitespace() { ' ' } else { c });
        }
    }
    out.trim_end()
        .replace("#.#", "#")
        .replace("#.#", "#")
        .replace("-#-#", "-#")
}

fn agreeing(path: &Path) -> (usize, usize, String) {
    let text = std::fs::read_to_string(path).unwrap();
    let name = path.file_stem().unwrap().to_str().unwrap();
    let mut stage = Stage::new(&ClusterConfig::reference(), name);
    stage.describe(kubarium::native::openapi::descriptions());
    let (mut good, mut all, mut said) = (0, 0, String::new());
    for step in parse(&text) {
        let here = stage.play(&step, Duration::from_secs(60));
        if step.kind != '$' {
            continue;
        }
        all += 1;
        let lines = |o: &[String]| o.iter().map(|l| normal(l)).collect::<Vec<_>>();
        let mut got = here.output.clone();
        while got.last().is_some_and(String::is_empty) {
            got.pop();
        }
        if lines(&step.output) == lines(&got) {
            good += 1;
        } else {
            said.push_str(&format!("{name}: $ {}\n", step.text));
        }
    }
    (good, all, said)
}

/// How many commands agree, by files that begin so. A number here may only rise.
const FLOORS: &[(&[&str], usize)] = &[
    (
        &[
            "pods-",
            "rc-",
            "rs-",
            "deploy-",
            "svc-",
            "namespaces",
            "configmaps",
            "secrets",
            "rbac",
        ],
        1200,
    ),
    (
        &[
            "apply-",
            "errors",
            "owners",
            "wait-events",
            "discovery",
            "patch-",
        ],
        568,
    ),
    (
        &[
            "daemonsets",
            "statefulsets",
            "cronjobs",
            "quota",
            "limitrange",
            "netpol",
            "sched-",
        ],
        412,
    ),
    (&["kustomize-"], 45),
    (
        &[
            "jobs",
            "config-in-pods",
            "volumes",
            "statefulset-claims",
            "hpa",
            "pdb",
        ],
        230,
    ),
    (&["crd-"], 62),
];

#[test]
fn commands_are_answered_as_a_real_cluster_answers_them() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/recorded");
    let mut files: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    files.sort();
    for (prefixes, floor) in FLOORS {
        let (mut good, mut all, mut said) = (0, 0, String::new());
        for file in files.iter().filter(|f| {
            prefixes
                .iter()
                .any(|p| f.file_name().unwrap().to_str().unwrap().starts_with(p))
        }) {
            let (g, a, s) = agreeing(file);
            (good, all) = (good + g, all + a);
            said += &s;
        }
        eprintln!("{}…: {good} of {all} commands agree", prefixes[0]);
        assert!(
            good >= *floor,
            "{good} of {all} agree, fewer than {floor}:\n{said}"
        );
    }
}
