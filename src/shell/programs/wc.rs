//! `wc`.

use super::super::process::{Cx, Start};
use super::filter::{Filter, Next, over};
use super::options;

#[derive(Clone, Copy, Default)]
struct Counts {
    lines: usize,
    words: usize,
    bytes: usize,
    chars: usize,
    longest: usize,
}

#[derive(Clone, Default)]
struct Wc {
    /// Which of lines, words, characters, bytes and longest line to show.
    show: [bool; 5],
    named: bool,
    width: usize,
    now: Counts,
    in_word: bool,
    column: usize,
    total: Counts,
    files: usize,
}

impl Wc {
    fn report(&self, counts: &Counts, name: Option<&str>, cx: &mut Cx) {
        let all = [
            counts.lines,
            counts.words,
            counts.chars,
            counts.bytes,
            counts.longest,
        ];
        let shown = all.iter().zip(self.show).filter(|(_, show)| *show);
        let columns: Vec<String> = shown
            .map(|(n, _)| format!("{n:>width$}", width = self.width))
            .collect();
        let mut line = columns.join(" ");
        if let Some(name) = name {
            line.push(' ');
            line.push_str(name);
        }
        cx.out(line + "\n");
    }
}

impl Filter for Wc {
    fn begin(&mut self, _name: &str, _cx: &mut Cx) {
        self.now = Counts::default();
        self.in_word = false;
        self.column = 0;
    }

    fn chunk(&mut self, data: &[u8], _cx: &mut Cx) -> Next {
        for byte in data {
            self.now.bytes += 1;
            // Bytes that go on with a character are not characters.
            let starts = byte & 0xc0 != 0x80;
            self.now.chars += usize::from(starts);
            if *byte == b'\n' {
                self.now.lines += 1;
                self.column = 0;
            } else {
                self.column += usize::from(starts);
                self.now.longest = self.now.longest.max(self.column);
            }
            let blank = byte.is_ascii_whitespace();
            self.now.words += usize::from(!blank && !self.in_word);
            self.in_word = !blank;
        }
        Next::More
    }

    fn finish(&mut self, name: &str, cx: &mut Cx) -> Next {
        let now = self.now;
        self.report(&now, self.named.then_some(name), cx);
        self.files += 1;
        self.total.lines += now.lines;
        self.total.words += now.words;
        self.total.bytes += now.bytes;
        self.total.chars += now.chars;
        self.total.longest = self.total.longest.max(now.longest);
        Next::More
    }

    fn end(&mut self, cx: &mut Cx) -> i32 {
        if self.width > 0 && self.named && self.files > 1 {
            self.report(&self.total.clone(), Some("total"), cx);
        }
        0
    }

    fn open_error(&self, name: &str, error: super::super::system::Errno, _cx: &Cx) -> String {
        format!("{name}: {error}")
    }
}

pub fn wc(cx: &mut Cx) -> Start {
    let long = [
        ("lines", 'l'),
        ("words", 'w'),
        ("bytes", 'c'),
        ("chars", 'm'),
        ("max-line-length", 'L'),
    ];
    let options = match options::parse(cx, "lwcmL", &long, 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let has = |c| options.has(c);
    let mut show = [has('l'), has('w'), has('m'), has('c'), has('L')];
    if !show.contains(&true) {
        show = [true, true, false, true, false];
    }
    let columns = show.iter().filter(|s| **s).count();
    // Widths are those of GNU: as wide as the size of all files; 7 if that is not known.
    let mut size = 0;
    let mut regular = !options.operands.is_empty();
    for name in &options.operands {
        match cx.stat(name, true) {
            Ok(meta) if meta.is_file() => size += meta.size,
            Ok(_) => regular = false,
            Err(_) => {}
        }
    }
    let digits = size.to_string().len();
    let single = columns == 1 && options.operands.len() <= 1;
    let width = match (single, regular) {
        (true, _) => 1,
        (false, true) => digits,
        (false, false) => 7,
    };
    let wc = Wc {
        show,
        named: !options.operands.is_empty(),
        width,
        ..Wc::default()
    };
    over(wc, &options.operands)
}
