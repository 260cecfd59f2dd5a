//! `cat` and `tac`.

use super::super::process::{Cx, Start};
use super::filter::{Filter, LineFilter, Next, over, over_lines};
use super::options;

#[derive(Clone)]
struct Cat;

impl Filter for Cat {
    fn chunk(&mut self, data: &[u8], cx: &mut Cx) -> Next {
        cx.out(data);
        Next::More
    }
    fn end(&mut self, _cx: &mut Cx) -> i32 {
        0
    }
}

#[derive(Clone, Default)]
struct Numbered {
    all: bool,
    nonblank: bool,
    squeeze: bool,
    ends: bool,
    tabs: bool,
    nonprinting: bool,
    number: usize,
    blank_before: bool,
}

impl LineFilter for Numbered {
    fn line(&mut self, line: &[u8], ended: bool, cx: &mut Cx) -> Next {
        let blank = line.is_empty();
        if self.squeeze && blank && self.blank_before {
            return Next::More;
        }
        self.blank_before = blank;
        if (self.nonblank && !blank) || (self.all && !self.nonblank) {
            self.number += 1;
            cx.out(format!("{:>6}\t", self.number));
        }
        let mut out = Vec::with_capacity(line.len() + 2);
        for byte in line {
            match byte {
                b'\t' if self.tabs => out.extend(b"^I"),
                0..=8 | 10..=31 if self.nonprinting => out.extend([b'^', byte + 64]),
                127 if self.nonprinting => out.extend(b"^?"),
                _ => out.push(*byte),
            }
        }
        if ended {
            out.extend(if self.ends { &b"$\n"[..] } else { b"\n" });
        }
        cx.out(out);
        Next::More
    }
    fn end(&mut self, _cx: &mut Cx) -> i32 {
        0
    }
}

pub fn cat(cx: &mut Cx) -> Start {
    let long = [
        ("number", 'n'),
        ("number-nonblank", 'b'),
        ("squeeze-blank", 's'),
        ("show-ends", 'E'),
        ("show-tabs", 'T'),
        ("show-all", 'A'),
        ("show-nonprinting", 'v'),
    ];
    let options = match options::parse(cx, "nbsEeTtAvu", &long, 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    if options.given.iter().all(|(c, _)| *c == 'u') {
        return over(Cat, &options.operands);
    }
    let has = |letters: &str| letters.chars().any(|c| options.has(c));
    let numbered = Numbered {
        all: has("n"),
        nonblank: has("b"),
        squeeze: has("s"),
        ends: has("EeA"),
        tabs: has("TtA"),
        nonprinting: has("vetA"),
        ..Numbered::default()
    };
    over_lines(numbered, &options.operands)
}

#[derive(Clone, Default)]
struct Tac {
    lines: Vec<Vec<u8>>,
}

impl LineFilter for Tac {
    fn line(&mut self, line: &[u8], ended: bool, _cx: &mut Cx) -> Next {
        let mut line = line.to_vec();
        if ended {
            line.push(b'\n');
        }
        self.lines.push(line);
        Next::More
    }
    fn finish(&mut self, _name: &str, cx: &mut Cx) -> Next {
        while let Some(line) = self.lines.pop() {
            cx.out(line);
        }
        Next::More
    }
    fn end(&mut self, _cx: &mut Cx) -> i32 {
        0
    }
    fn open_error(&self, name: &str, error: super::super::system::Errno, _cx: &Cx) -> String {
        format!("failed to open '{name}' for reading: {error}")
    }
}

pub fn tac(cx: &mut Cx) -> Start {
    match options::parse(cx, "", &[], 1) {
        Ok(options) => over_lines(Tac::default(), &options.operands),
        Err(end) => end,
    }
}
