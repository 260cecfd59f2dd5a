//! The rules of the source tree: who may use whom, how long a file may be, what the core never does.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Lines of one file at the very most, tests included.
const LONGEST_FILE: usize = 800;

/// Which top-level modules each one may use outside its tests. `*` is any of the core.
const EDGES: &[(&str, &[&str])] = &[
    ("collections", &[]),
    ("archive", &[]),
    ("apimachinery", &["collections"]),
    ("api", &["collections", "apimachinery"]),
    ("apiserver", &["collections", "api", "apimachinery"]),
    // As client-go does; leader election writes Leases.
    ("client", &["collections", "api", "apimachinery"]),
    (
        "controller",
        &["collections", "client", "api", "apimachinery"],
    ),
    (
        "scheduler",
        &["collections", "client", "api", "apimachinery"],
    ),
    ("network", &["collections", "client", "api", "apimachinery"]),
    ("cri", &["collections", "apimachinery"]),
    (
        "kubelet",
        &[
            "collections",
            "client",
            "api",
            "apimachinery",
            "cri",
            "network",
        ],
    ),
    ("shell", &["collections", "archive"]),
    (
        "sim",
        &["collections", "cri", "network", "shell", "apimachinery"],
    ),
    (
        "cluster",
        &[
            "collections",
            "apimachinery",
            "api",
            "apiserver",
            "client",
            "controller",
            "scheduler",
            "network",
            "cri",
            "kubelet",
            "shell",
            "sim",
        ],
    ),
    (
        "kubectl",
        &["collections", "archive", "client", "api", "apimachinery"],
    ),
    // Requests, answers and times are apimachinery's.
    (
        "terminal",
        &["collections", "shell", "kubectl", "client", "apimachinery"],
    ),
    ("lesson", &["collections", "client", "terminal"]),
    (
        "view",
        &["collections", "client", "api", "apimachinery", "cluster"],
    ),
    ("ui", &["collections", "view", "terminal", "lesson"]),
    ("session", &["*"]),
    ("web", &["*", "ui"]),
    ("native", &["*", "ui"]),
];

/// Single files that may use more than their module, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    // The in-process client is the one place where a request becomes a call of the server.
    ("src/client/in_process.rs", "apiserver"),
];

/// Modules at the edge, which may call the platform.
const EDGE_MODULES: &[&str] = &["web", "native", "bin", "ui"];

/// What the core never says, and why.
const BANNED: &[(&str, &str)] = &[
    ("HashMap", "its order differs from run to run"),
    ("HashSet", "its order differs from run to run"),
    ("Instant::now", "time is an argument"),
    ("SystemTime::now", "time is an argument"),
    ("Utc::now", "time is an argument"),
    ("std::thread", "the cluster is data"),
    ("tokio", "the cluster is data"),
    ("web_sys", "the core makes no platform calls"),
    ("js_sys", "the core makes no platform calls"),
    ("println!", "the core has no standard output"),
    ("print!", "the core has no standard output"),
];

/// A source file: its path from the root, its top-level module, and its lines without comments.
struct Source {
    path: String,
    module: String,
    text: String,
    lines: Vec<Line>,
}

impl Source {
    /// The code without comments and tests, line by line.
    fn code(&self) -> String {
        let lines = self
            .lines
            .iter()
            .map(|line| if line.test { "" } else { line.code.as_str() });
        lines.collect::<Vec<_>>().join("\n")
    }
}

struct Line {
    number: usize,
    /// Without comments; string literals stay.
    code: String,
    /// Inside a `#[cfg(test)]` module, or in a test file.
    test: bool,
}

#[test]
fn modules_use_only_what_they_may() {
    let mut complaints = Vec::new();
    for source in core_and_edges() {
        let Some((_, allowed)) = EDGES.iter().find(|(module, _)| *module == source.module) else {
            if !matches!(source.module.as_str(), "lib" | "build" | "bin") {
                complaints.push(format!(
                    "{}: `{}` has no row in EDGES",
                    source.path, source.module
                ));
            }
            continue;
        };
        for (number, used) in crate_uses(&source.code()) {
            let edge = matches!(used.as_str(), "web" | "native" | "ui");
            let permitted = used == source.module
                || allowed.contains(&used.as_str())
                || (allowed.contains(&"*") && !edge)
                || EXCEPTIONS.contains(&(source.path.as_str(), used.as_str()));
            // A name that is no module is a macro or an item at the crate's root.
            if !permitted && EDGES.iter().any(|(module, _)| *module == used) {
                complaints.push(format!(
                    "{}:{number}: `{}` may not use `crate::{used}`",
                    source.path, source.module
                ));
            }
        }
    }
    report(&complaints);
}

#[test]
fn files_are_short() {
    let complaints: Vec<_> = all_sources()
        .iter()
        .filter(|source| source.text.lines().count() > LONGEST_FILE)
        .map(|source| {
            format!(
                "{}: {} lines, more than {LONGEST_FILE}",
                source.path,
                source.text.lines().count()
            )
        })
        .collect();
    report(&complaints);
}

#[test]
fn the_core_is_deterministic_and_calls_no_platform() {
    let mut complaints = Vec::new();
    for source in core_and_edges() {
        if EDGE_MODULES.contains(&source.module.as_str()) || source.module == "build" {
            continue;
        }
        for line in source.lines.iter().filter(|line| !line.test) {
            for (word, why) in BANNED {
                if contains_word(&line.code, word) {
                    complaints.push(format!("{}:{}: {word}: {why}", source.path, line.number));
                }
            }
        }
    }
    report(&complaints);
}

#[test]
fn nothing_unwraps_or_is_left_to_do() {
    let mut complaints = Vec::new();
    for source in all_sources() {
        if source.path.ends_with("/mod.rs") {
            complaints.push(format!("{}: name it after its folder", source.path));
        }
        for line in &source.lines {
            if !line.test && line.code.contains(".unwrap()") {
                complaints.push(format!(
                    "{}:{}: .unwrap(): say why it holds",
                    source.path, line.number
                ));
            }
        }
        for (index, line) in source.text.lines().enumerate() {
            for word in [
                concat!("TO", "DO"),
                concat!("FIX", "ME"),
                concat!("XX", "X:"),
            ] {
                if contains_word(line, word) {
                    complaints.push(format!("{}:{}: {word}", source.path, index + 1));
                }
            }
        }
    }
    report(&complaints);
}

#[test]
fn uses_are_found() {
    let found = |code: &str| {
        crate_uses(code)
            .into_iter()
            .map(|(_, used)| used)
            .collect::<Vec<_>>()
    };
    assert_eq!(found("use crate::api::core::Pod;"), ["api"]);
    assert_eq!(
        found("use crate::{\n    cri::Runtime,\n    api::{self, core},\n    web,\n};"),
        ["api", "cri", "web"]
    );
    assert_eq!(
        found("let x = crate::sim::os::boot(crate::shell::run());"),
        ["shell", "sim"]
    );
    assert_eq!(found("pub(crate) fn krate() {}"), Vec::<String>::new());
}

#[test]
fn comments_are_not_code() {
    let lines = code_lines(
        "let a = \"http://x\"; // HashMap\n/* HashMap\n*/ b\n",
        false,
    );
    let code: Vec<_> = lines.iter().map(|line| line.code.trim_end()).collect();
    assert_eq!(code, ["let a = \"http://x\";", "", " b"]);
}

fn report(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

fn core_and_edges() -> Vec<Source> {
    sources_under("src")
}

fn all_sources() -> Vec<Source> {
    ["src", "tests", "examples", "benches"]
        .into_iter()
        .flat_map(sources_under)
        .collect()
}

fn sources_under(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join(folder), &mut files);
    files.sort();
    files
        .iter()
        .map(|file| read(root, file, folder != "src"))
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            if path.file_name().is_none_or(|name| name != "node_modules") {
                collect(&path, files);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn read(root: &Path, file: &Path, test: bool) -> Source {
    let text = fs::read_to_string(file).expect("sources are UTF-8");
    let path = file
        .strip_prefix(root)
        .expect("it was found under the root");
    let path = path.to_string_lossy().replace('\\', "/");
    let module = path
        .split('/')
        .nth(1)
        .unwrap_or_default()
        .trim_end_matches(".rs")
        .to_owned();
    let test = test || path.ends_with("/tests.rs") || path.contains("/tests/");
    let lines = code_lines(&text, test);
    Source {
        path,
        module,
        text,
        lines,
    }
}

/// The lines with comments blanked out, and which of them belong to tests.
fn code_lines(text: &str, all_tests: bool) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut comment_depth = 0;
    // The indentation of the `#[cfg(test)]` whose module we are in.
    let mut test_module: Option<usize> = None;
    for (index, line) in text.lines().enumerate() {
        let code = without_comments(line, &mut comment_depth);
        let indent = line.len() - line.trim_start().len();
        if test_module.is_none() && code.trim_start().starts_with("#[cfg(test)]") {
            test_module = Some(indent);
        }
        lines.push(Line {
            number: index + 1,
            test: all_tests || test_module.is_some(),
            code,
        });
        let ends = line.trim_end();
        if test_module == Some(indent)
            && (ends.trim_start() == "}" || (ends.ends_with(';') && !ends.contains('{')))
        {
            test_module = None;
        }
    }
    lines
}

fn without_comments(line: &str, depth: &mut usize) -> String {
    let mut code = String::new();
    let mut rest = line;
    let mut in_string = false;
    while let Some(character) = rest.chars().next() {
        if *depth > 0 {
            let step = if rest.starts_with("*/") {
                *depth -= 1;
                2
            } else {
                character.len_utf8()
            };
            rest = &rest[step..];
            continue;
        }
        if in_string && character == '\\' {
            let step = 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
            code.push_str(&rest[..step]);
            rest = &rest[step..];
            continue;
        }
        if !in_string && rest.starts_with("//") {
            break;
        }
        if !in_string && rest.starts_with("/*") {
            *depth += 1;
            rest = &rest[2..];
            continue;
        }
        // A quote as a character literal opens no string.
        if character == '"' && !code.ends_with('\'') {
            in_string = !in_string;
        }
        code.push(character);
        rest = &rest[character.len_utf8()..];
    }
    code
}

/// The top-level modules that code names behind `crate::`, with the line.
fn crate_uses(code: &str) -> BTreeSet<(usize, String)> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let line = code[..at].matches('\n').count() + 1;
        let rest = &code[at + "crate::".len()..];
        let names = match rest.strip_prefix('{') {
            Some(group) => group_heads(group),
            None => head(rest).into_iter().collect(),
        };
        found.extend(names.into_iter().map(|name| (line, name)));
    }
    found
}

/// The first names of a `{a::b, c::{d, e}}` group that begins after its brace.
fn group_heads(group: &str) -> Vec<String> {
    let mut heads = Vec::new();
    let mut depth = 0;
    let mut fresh = true;
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => fresh = true,
            c if fresh && (c.is_alphabetic() || c == '_') => {
                heads.extend(head(&group[at..]));
                fresh = false;
            }
            _ => {}
        }
    }
    heads
}

fn head(path: &str) -> Option<String> {
    let end = path
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(path.len());
    (end > 0).then(|| path[..end].to_owned())
}

fn contains_word(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word)
        .any(|(at, _)| !line[..at].ends_with(part) && !line[at + word.len()..].starts_with(part))
}
