//! `head`, and the numbers that it and `tail` take.

use std::collections::VecDeque;

use super::super::process::{Cx, Start};
use super::super::system::Errno;
use super::filter::{Filter, Next, over};
use super::options;

/// `10`, `2K`, `1M`, with a sign before it if it had one.
pub fn count(text: &str) -> Option<(Option<char>, usize)> {
    let sign = text.chars().next().filter(|c| *c == '+' || *c == '-');
    let digits = &text[sign.map_or(0, char::len_utf8)..];
    let (digits, unit) = match digits.find(|c: char| !c.is_ascii_digit()) {
        None => (digits, 1),
        Some(at) => {
            let unit = match &digits[at..] {
                "b" => 512,
                "k" | "K" | "KiB" => 1 << 10,
                "kB" | "KB" => 1000,
                "M" | "MiB" => 1 << 20,
                "MB" => 1_000_000,
                "G" | "GiB" => 1 << 30,
                _ => return None,
            };
            (&digits[..at], unit)
        }
    };
    Some((sign, digits.parse::<usize>().ok()?.saturating_mul(unit)))
}

/// Turns the old form `-5` of `head` and `tail` into `-n5`.
pub fn modernize(cx: &mut Cx) {
    let mut value = false;
    for arg in cx.proc.argv.iter_mut().skip(1) {
        // What follows a lone `-n` is its value.
        if std::mem::replace(&mut value, arg == "-n" || arg == "-c") {
            continue;
        }
        let Some(rest) = arg.strip_prefix('-') else {
            continue;
        };
        let digits = rest.chars().take_while(char::is_ascii_digit).count();
        if digits > 0 && digits == rest.len() {
            *arg = format!("-n{rest}");
        } else if digits > 0 && rest[digits..].chars().all(|c| "fqvcn".contains(c)) {
            let bytes = if rest.contains('c') { 'c' } else { 'n' };
            let others: String = rest[digits..]
                .chars()
                .filter(|c| !"cn".contains(*c))
                .collect();
            *arg = format!("-{others}{bytes}{}", &rest[..digits]);
        }
    }
}

#[derive(Clone, Default)]
struct Head {
    bytes: bool,
    /// All but the last `limit`.
    from_end: bool,
    limit: usize,
    headers: bool,
    files: usize,
    /// Lines or bytes of this file so far.
    seen: usize,
    held: VecDeque<Vec<u8>>,
    partial: Vec<u8>,
}

impl Head {
    fn unit(&mut self, unit: &[u8], cx: &mut Cx) {
        if !self.from_end {
            cx.out(unit);
            return;
        }
        self.held.push_back(unit.to_vec());
        if self.held.len() > self.limit
            && let Some(first) = self.held.pop_front()
        {
            cx.out(first);
        }
    }
}

impl Filter for Head {
    fn begin(&mut self, name: &str, cx: &mut Cx) {
        header(name, self.headers, &mut self.files, cx);
        self.seen = 0;
        self.held.clear();
        self.partial.clear();
    }

    fn chunk(&mut self, data: &[u8], cx: &mut Cx) -> Next {
        if !self.from_end && self.limit == 0 {
            return Next::Skip;
        }
        if self.bytes && !self.from_end {
            let n = data.len().min(self.limit - self.seen);
            cx.out(&data[..n]);
            self.seen += n;
            return if self.seen == self.limit {
                Next::Skip
            } else {
                Next::More
            };
        }
        if self.bytes {
            data.chunks(1).for_each(|b| self.unit(b, cx));
            return Next::More;
        }
        for piece in data.split_inclusive(|b| *b == b'\n') {
            self.partial.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                let line = std::mem::take(&mut self.partial);
                self.unit(&line, cx);
                self.seen += 1;
                if !self.from_end && self.seen == self.limit {
                    return Next::Skip;
                }
            }
        }
        Next::More
    }

    fn finish(&mut self, _name: &str, cx: &mut Cx) -> Next {
        if !self.partial.is_empty() && (self.from_end || self.seen < self.limit) {
            let line = std::mem::take(&mut self.partial);
            self.unit(&line, cx);
        }
        Next::More
    }

    fn end(&mut self, _cx: &mut Cx) -> i32 {
        0
    }

    fn open_error(&self, name: &str, error: Errno, cx: &Cx) -> String {
        if cx.busybox() {
            format!("{name}: {error}")
        } else {
            format!("cannot open '{name}' for reading: {error}")
        }
    }

    fn read_error(&self, name: &str, error: Errno) -> String {
        format!("error reading '{name}': {error}")
    }
}

/// `==> name <==` before each of several files.
pub fn header(name: &str, wanted: bool, files: &mut usize, cx: &mut Cx) {
    if wanted {
        let shown = if name == "-" { "standard input" } else { name };
        let gap = if *files > 0 { "\n" } else { "" };
        cx.out(format!("{gap}==> {shown} <==\n"));
    }
    *files += 1;
}

pub fn head(cx: &mut Cx) -> Start {
    modernize(cx);
    let long = [
        ("lines", 'n'),
        ("bytes", 'c'),
        ("quiet", 'q'),
        ("silent", 'q'),
        ("verbose", 'v'),
    ];
    let options = match options::parse(cx, "n:c:qv", &long, 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let mut head = Head {
        limit: 10,
        ..Head::default()
    };
    for (letter, value) in options.given.iter().filter(|(l, _)| "nc".contains(*l)) {
        let Some((sign, n)) = count(value) else {
            let what = if *letter == 'n' { "lines" } else { "bytes" };
            return cx.fail(1, format!("invalid number of {what}: ‘{value}’"));
        };
        head.bytes = *letter == 'c';
        head.from_end = sign == Some('-');
        head.limit = n;
    }
    head.headers = (options.operands.len() > 1 || options.has('v')) && !options.has('q');
    over(head, &options.operands)
}
