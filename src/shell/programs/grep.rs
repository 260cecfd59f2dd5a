//! `grep`.

use std::collections::VecDeque;

use super::super::pattern::Pattern;
use super::super::process::{Cx, Start};
use super::super::regex::{self, Flavor, Regex};
use super::super::system::Errno;
use super::filter::{LineFilter, Next, over_lines};
use super::options;

#[derive(Clone, Default)]
struct Grep {
    patterns: Vec<Regex>,
    invert: bool,
    count: bool,
    numbers: bool,
    only: bool,
    quiet: bool,
    silent: bool,
    files_with: bool,
    files_without: bool,
    whole_line: bool,
    word: bool,
    names: bool,
    color: bool,
    recursive: bool,
    max: Option<usize>,
    before: usize,
    after: usize,
    // The file at hand.
    name: String,
    line: usize,
    matches: usize,
    held: VecDeque<(usize, String)>,
    trailing: usize,
    last_shown: usize,
    binary: bool,
    any: bool,
    shown_any: bool,
}

impl Grep {
    /// The first match at or after `start` that the options accept.
    fn find(&self, text: &str, start: usize) -> Option<(usize, usize)> {
        let mut best: Option<(usize, usize)> = None;
        for pattern in &self.patterns {
            let mut from = start;
            while let Some((a, b)) = pattern.find_at(text, from) {
                if self.accepts(text, a, b) {
                    let better = best.is_none_or(|(x, y)| a < x || (a == x && b > y));
                    if better {
                        best = Some((a, b));
                    }
                    break;
                }
                from = a + text[a..].chars().next().map_or(1, char::len_utf8);
                if from > text.len() {
                    break;
                }
            }
        }
        best
    }

    fn accepts(&self, text: &str, a: usize, b: usize) -> bool {
        if self.whole_line {
            return a == 0 && b == text.len();
        }
        let wordy = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !self.word || (!wordy(text[..a].chars().next_back()) && !wordy(text[b..].chars().next()))
    }

    fn show(&mut self, number: usize, text: &str, mark: char, cx: &mut Cx) {
        let context = self.before > 0 || self.after > 0;
        if context && self.shown_any && number != self.last_shown + 1 {
            cx.out(if self.color {
                "\x1b[36m\x1b[K--\x1b[m\x1b[K\n"
            } else {
                "--\n"
            });
        }
        self.shown_any = true;
        self.last_shown = number;
        let prefix = self.prefix(number, mark);
        if self.only && mark == ':' && !self.invert {
            let mut from = 0;
            while let Some((a, b)) = self.find(text, from) {
                if b > a {
                    let piece = self.painted(&text[a..b], true);
                    cx.out(format!("{prefix}{piece}\n"));
                }
                from = if b > a {
                    b
                } else {
                    b + text[b..].chars().next().map_or(1, char::len_utf8)
                };
                if from > text.len() {
                    break;
                }
            }
            return;
        }
        if self.only {
            return;
        }
        let line = self.painted(text, false);
        cx.out(format!("{prefix}{line}\n"));
    }

    fn prefix(&self, number: usize, mark: char) -> String {
        let paint = |color: u32, text: String| {
            if self.color {
                format!("\x1b[{color}m\x1b[K{text}\x1b[m\x1b[K")
            } else {
                text
            }
        };
        let mut prefix = String::new();
        if self.names {
            prefix += &(paint(35, self.name.clone()) + &paint(36, mark.to_string()));
        }
        if self.numbers {
            prefix += &(paint(32, number.to_string()) + &paint(36, mark.to_string()));
        }
        prefix
    }

    fn painted(&self, text: &str, whole: bool) -> String {
        if !self.color || self.invert {
            return text.to_string();
        }
        let paint = |t: &str| format!("\x1b[01;31m\x1b[K{t}\x1b[m\x1b[K");
        if whole {
            return paint(text);
        }
        let (mut out, mut from) = (String::new(), 0);
        while let Some((a, b)) = self.find(text, from).filter(|(a, b)| b > a) {
            out += &text[from..a];
            out += &paint(&text[a..b]);
            from = b;
        }
        out + &text[from..]
    }
}

impl LineFilter for Grep {
    fn begin(&mut self, name: &str, _cx: &mut Cx) {
        self.name = if name == "-" {
            "(standard input)".to_string()
        } else {
            name.to_string()
        };
        (self.line, self.matches, self.trailing, self.binary) = (0, 0, 0, false);
        self.last_shown = usize::MAX - 1;
        self.held.clear();
    }

    fn line(&mut self, line: &[u8], _ended: bool, cx: &mut Cx) -> Next {
        self.line += 1;
        if self.max == Some(0) {
            return Next::Skip;
        }
        self.binary |= line.contains(&0);
        let text = String::from_utf8_lossy(line).into_owned();
        let hit = self.find(&text, 0).is_some() != self.invert;
        let listing = self.count || self.files_with || self.files_without || self.quiet;
        if !hit {
            if self.trailing > 0 && !listing {
                self.trailing -= 1;
                self.show(self.line, &text, '-', cx);
            } else if self.before > 0 && !listing {
                self.held.push_back((self.line, text));
                if self.held.len() > self.before {
                    self.held.pop_front();
                }
            }
            let done = self.max.is_some_and(|max| self.matches >= max) && self.trailing == 0;
            return if done { Next::Skip } else { Next::More };
        }
        if self.max.is_some_and(|max| self.matches >= max) {
            return Next::Skip;
        }
        self.matches += 1;
        self.any = true;
        if self.quiet {
            return Next::Stop;
        }
        if self.files_with || self.files_without {
            return Next::Skip;
        }
        if !self.count && self.binary {
            cx.out(format!("grep: {}: binary file matches\n", self.name));
            return Next::Skip;
        }
        if !self.count {
            for (number, text) in std::mem::take(&mut self.held) {
                self.show(number, &text, '-', cx);
            }
            self.show(self.line, &text, ':', cx);
            self.trailing = self.after;
        }
        let done = self.max.is_some_and(|max| self.matches >= max) && self.after == 0;
        if done { Next::Skip } else { Next::More }
    }

    fn finish(&mut self, _name: &str, cx: &mut Cx) -> Next {
        if self.count && !self.quiet {
            let prefix = if self.names {
                format!("{}:", self.name)
            } else {
                String::new()
            };
            cx.out(format!("{prefix}{}\n", self.matches));
        } else if (self.files_with && self.matches > 0) || (self.files_without && self.matches == 0)
        {
            cx.out(format!("{}\n", self.name));
        }
        Next::More
    }

    fn end(&mut self, _cx: &mut Cx) -> i32 {
        i32::from(!self.any)
    }

    fn error_code(&self) -> i32 {
        if self.quiet && self.any { 0 } else { 2 }
    }

    fn open_error(&self, name: &str, error: Errno, _cx: &Cx) -> String {
        format!("{name}: {error}")
    }
}

pub fn egrep(cx: &mut Cx) -> Start {
    run(cx, Flavor::Extended, false)
}

pub fn fgrep(cx: &mut Cx) -> Start {
    run(cx, Flavor::Basic, true)
}

pub fn grep(cx: &mut Cx) -> Start {
    run(cx, Flavor::Basic, false)
}

const LONG: &[(&str, char)] = &[
    ("after-context", 'A'),
    ("basic-regexp", 'G'),
    ("before-context", 'B'),
    ("color", '1'),
    ("colour", '1'),
    ("context", 'C'),
    ("count", 'c'),
    ("exclude", '3'),
    ("exclude-dir", '4'),
    ("extended-regexp", 'E'),
    ("file", 'f'),
    ("files-with-matches", 'l'),
    ("files-without-match", 'L'),
    ("fixed-strings", 'F'),
    ("ignore-case", 'i'),
    ("include", '2'),
    ("invert-match", 'v'),
    ("line-buffered", 'U'),
    ("line-number", 'n'),
    ("line-regexp", 'x'),
    ("max-count", 'm'),
    ("no-filename", 'h'),
    ("no-messages", 's'),
    ("only-matching", 'o'),
    ("perl-regexp", 'P'),
    ("quiet", 'q'),
    ("recursive", 'r'),
    ("regexp", 'e'),
    ("silent", 'q'),
    ("text", 'a'),
    ("with-filename", 'H'),
    ("word-regexp", 'w'),
];

fn run(cx: &mut Cx, mut flavor: Flavor, mut fixed: bool) -> Start {
    // `-3` is `-C3`.
    for arg in cx.proc.argv.iter_mut().skip(1) {
        if arg.len() > 1 && arg.starts_with('-') && arg[1..].chars().all(|c| c.is_ascii_digit()) {
            *arg = format!("-C{}", &arg[1..]);
        }
    }
    let options = match options::parse(cx, "A:B:C:EFGHLPURace:f:hilm:noqrsvwxyI2:3:4:1", LONG, 2) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let mut operands = options.operands.clone();
    let mut texts: Vec<String> = options
        .values('e')
        .flat_map(|t| t.split('\n').map(String::from).collect::<Vec<_>>())
        .collect();
    if let Some(file) = options.value('f').map(String::from) {
        match cx.read_file(&file) {
            Ok(data) => texts.extend(String::from_utf8_lossy(&data).lines().map(String::from)),
            Err(error) => return cx.fail(2, format!("{file}: {error}")),
        }
    } else if texts.is_empty() {
        if operands.is_empty() {
            cx.write(2, b"Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n");
            return Start::Done(2);
        }
        texts.extend(operands.remove(0).split('\n').map(String::from));
    }
    for (letter, _) in &options.given {
        match letter {
            'E' => (flavor, fixed) = (Flavor::Extended, false),
            'G' => (flavor, fixed) = (Flavor::Basic, false),
            'P' => (flavor, fixed) = (Flavor::Perl, false),
            'F' => fixed = true,
            _ => {}
        }
    }
    let insensitive = options.has('i') || options.has('y');
    let mut patterns = Vec::new();
    for text in &texts {
        let compiled = if fixed {
            Regex::new(&regex::escape(text), Flavor::Extended, insensitive)
        } else if options.has('x') {
            let (open, close) = if flavor == Flavor::Basic {
                ("\\(", "\\)")
            } else {
                ("(", ")")
            };
            Regex::new(&format!("^{open}{text}{close}$"), flavor, insensitive)
        } else {
            Regex::new(text, flavor, insensitive)
        };
        match compiled {
            Ok(pattern) => patterns.push(pattern),
            Err(message) => return cx.fail(2, message),
        }
    }
    let recursive = options.has('r') || options.has('R');
    if recursive && operands.is_empty() {
        operands.push(".".to_string());
    }
    let several = operands.len() > 1 || recursive;
    let operands = if recursive {
        walk(cx, &operands, &options)
    } else {
        operands
    };
    let number = |letter: char| options.value(letter).and_then(|v| v.parse::<usize>().ok());
    let context = number('C').unwrap_or(0);
    let has = |c| options.has(c);
    let filter = Grep {
        patterns,
        invert: has('v'),
        count: has('c'),
        numbers: has('n'),
        only: has('o'),
        quiet: has('q'),
        silent: has('s'),
        files_with: has('l'),
        files_without: has('L'),
        whole_line: has('x'),
        word: has('w'),
        names: (several || has('H')) && !has('h'),
        color: options
            .value('1')
            .is_some_and(|v| v == "always" || (v != "never" && cx.is_tty(1))),
        recursive,
        max: number('m'),
        before: number('B').unwrap_or(context),
        after: number('A').unwrap_or(context),
        ..Grep::default()
    };
    if filter.recursive && operands.is_empty() {
        return Start::Done(1);
    }
    let _ = filter.silent;
    over_lines(filter, &operands)
}

/// Files below the operands, as `-r` wants them.
fn walk(cx: &mut Cx, operands: &[String], options: &options::Options) -> Vec<String> {
    let globs =
        |letter: char| -> Vec<Pattern> { options.values(letter).map(Pattern::new).collect() };
    let (include, exclude, exclude_dir) = (globs('2'), globs('3'), globs('4'));
    let mut files = Vec::new();
    let mut todo: Vec<String> = operands.iter().rev().cloned().collect();
    while let Some(path) = todo.pop() {
        let base = path.rsplit('/').next().unwrap_or_default();
        if cx.stat(&path, true).is_ok_and(|m| m.is_dir()) {
            if exclude_dir.iter().any(|p| p.matches(base)) {
                continue;
            }
            let dir = cx.path(&path);
            let names = cx.sys.fs().list(&dir).unwrap_or_default();
            let prefix = path.trim_end_matches('/');
            todo.extend(names.iter().rev().map(|n| format!("{prefix}/{n}")));
        } else if (include.is_empty() || include.iter().any(|p| p.matches(base)))
            && !exclude.iter().any(|p| p.matches(base))
        {
            files.push(path);
        }
    }
    if options.operands.len() <= 1 {
        // Without a directory named, names are shown without `./`.
        files
            .iter_mut()
            .for_each(|f| *f = f.strip_prefix("./").unwrap_or(f).to_string());
    }
    files
}
