//! Scripts with what they must print: the tables in `tests/shell`, recorded from this machine's real shells and
//! programs by `tests/shell/record`, and what those tables cannot show.
#![allow(clippy::unwrap_used)]

use super::kernel::{Kernel, Target};
use super::memfs::MemFs;
use super::system::{Dialect, FileSystem, Micros, System};
use super::{Config, Shell, ShellStep};
use crate::collections::SortedMap;

#[derive(Clone)]
pub struct TestSystem {
    pub now: Micros,
    pub kernel: Kernel,
    pub fs: MemFs,
}

impl System for TestSystem {
    fn now(&self) -> Micros {
        self.now
    }
    fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }
    fn fs(&mut self) -> &mut dyn FileSystem {
        &mut self.fs
    }
    fn sh(&self) -> Dialect {
        Dialect::Dash
    }
}

impl TestSystem {
    pub fn new() -> TestSystem {
        let mut fs = MemFs::default();
        for dir in ["/tmp/w", "/root", "/usr/bin"] {
            fs.mkdir_all(dir, 0).unwrap();
        }
        TestSystem {
            now: 1_700_000_000_000_000,
            kernel: Kernel::new(1, 7),
            fs,
        }
    }

    pub fn start(&mut self, argv: &[&str]) -> Shell {
        let input = self.kernel.open(Target::Null);
        let out = self.kernel.open(Target::Output {
            stream: 1,
            tty: false,
        });
        let err = self.kernel.open(Target::Output {
            stream: 1,
            tty: false,
        });
        let env = [
            ("PATH", "/usr/bin:/bin"),
            ("HOME", "/root"),
            ("LC_ALL", "C.UTF-8"),
        ];
        let config = Config {
            env: env
                .map(|(k, v)| (k.to_string(), v.to_string()))
                .into_iter()
                .collect::<SortedMap<_, _>>(),
            cwd: "/tmp/w".to_string(),
            fds: [input, out, err],
            init: false,
        };
        Shell::exec(self, argv.iter().map(|s| s.to_string()).collect(), config).unwrap()
    }

    /// Runs to the end, letting time pass as the shell asks. Output and exit code.
    pub fn finish(&mut self, shell: &mut Shell) -> (String, i32) {
        let mut out = Vec::new();
        for _ in 0..5_000 {
            let step = shell.step(self, 10_000);
            out.extend(
                self.kernel
                    .take_output()
                    .into_iter()
                    .flat_map(|(_, data)| data),
            );
            match step {
                ShellStep::Done(code) => return (String::from_utf8_lossy(&out).into_owned(), code),
                ShellStep::Yield => {}
                ShellStep::Blocked { until: Some(at) } => self.now = self.now.max(at),
                ShellStep::Blocked { until: None } => break,
            }
        }
        (String::from_utf8_lossy(&out).into_owned() + "<stuck>", -1)
    }

    pub fn run(&mut self, argv: &[&str]) -> (String, i32) {
        let mut shell = self.start(argv);
        let end = self.finish(&mut shell);
        shell.kill_all(self);
        assert_eq!(self.kernel.open_count(), 0, "handles leak: {argv:?}");
        end
    }
}

/// Runs a table; every case that differs is shown. One that stands after `# known` is known to differ, and must be taken off
/// the list when it no longer does.
fn check(shell: &str, table: &str) {
    let mut cases: Vec<(String, String)> = Vec::new();
    let mut known: Vec<usize> = Vec::new();
    for line in table.lines() {
        if let Some(script) = line.strip_prefix("$ ") {
            cases.push((script.to_string(), String::new()));
        } else if line == "# known" {
            known.push(cases.len());
        } else if line == "# keep" {
        } else if let Some((script, expected)) = cases.last_mut() {
            match line.strip_prefix('>') {
                Some(more) if expected.is_empty() => {
                    script.push('\n');
                    script.push_str(more.strip_prefix(' ').unwrap_or(more));
                }
                _ => {
                    expected.push_str(line);
                    expected.push('\n');
                }
            }
        }
    }
    assert!(!cases.is_empty());
    let mut wrong = 0;
    let mut report = String::new();
    for (i, (script, expected)) in cases.iter().enumerate() {
        let (mut text, code) = TestSystem::new().run(&[shell, "-c", script]);
        if !text.is_empty() && !text.ends_with('\n') {
            text.push_str("\\\n");
        }
        if code != 0 {
            text.push_str(&format!("[{code}]\n"));
        }
        if known.contains(&i) {
            assert_ne!(text, *expected, "no longer a known failure: {script}");
        } else if text != *expected {
            wrong += 1;
            report.push_str(&format!(
                "$ {script}\n--- wanted\n{expected}--- got\n{text}\n"
            ));
        }
    }
    assert!(wrong == 0, "{wrong} of {} differ\n{report}", cases.len());
}

macro_rules! tables {
    ($($name:ident $shell:literal $file:literal),* $(,)?) => {
        $(#[test]
        fn $name() {
            check($shell, include_str!(concat!("../../tests/shell/", $file)));
        })*
    };
}

tables! {
    language "bash" "language.t",
    expansion "bash" "expansion.t",
    dash "dash" "dash.t",
    text "bash" "text.t",
    files "bash" "files.t",
    words "bash" "words.t",
    sed "bash" "sed.t",
    awk "bash" "awk.t",
    run "bash" "run.t",
    jq "bash" "jq.t",
    more "bash" "more.t",
}

#[test]
fn a_backslash_at_the_end_of_a_line_joins_the_next_one() {
    for (text, joins) in [
        ("kubectl get \\", true),
        ("echo \"a \\", true),
        ("echo a \\\\", false),
        ("echo a \\\\\\", true),
        ("# a remark \\", false),
        ("ls # a remark \\", false),
        ("echo a", false),
        ("", false),
    ] {
        assert_eq!(super::continues(text), joins, "{text}");
    }
}
