//! `uniq`.

use super::super::process::{Cx, Start};
use super::super::system::Errno;
use super::filter::{LineFilter, Next, over_lines};
use super::options;

#[derive(Clone, Default)]
struct Uniq {
    count: bool,
    repeated: bool,
    single: bool,
    fold: bool,
    skip_fields: usize,
    skip_chars: usize,
    width: Option<usize>,
    busybox: bool,
    output: Option<u32>,
    last: Option<(Vec<u8>, usize)>,
}

impl Uniq {
    fn key(&self, line: &[u8]) -> Vec<u8> {
        let mut at = 0;
        for _ in 0..self.skip_fields {
            at += line[at..]
                .iter()
                .take_while(|b| b.is_ascii_whitespace())
                .count();
            at += line[at..]
                .iter()
                .take_while(|b| !b.is_ascii_whitespace())
                .count();
        }
        at = (at + self.skip_chars).min(line.len());
        let end = self.width.map_or(line.len(), |w| (at + w).min(line.len()));
        let mut key = line[at..end].to_vec();
        if self.fold {
            key.make_ascii_lowercase();
        }
        key
    }

    fn flush(&mut self, cx: &mut Cx) {
        let Some((line, count)) = self.last.take() else {
            return;
        };
        if (self.repeated && count < 2) || (self.single && count > 1) {
            return;
        }
        let mut out = match self.count {
            true => format!("{count:>7} ").into_bytes(),
            false => Vec::new(),
        };
        out.extend(line);
        out.push(b'\n');
        cx.write(self.output.unwrap_or(1), &out);
    }
}

impl LineFilter for Uniq {
    fn line(&mut self, line: &[u8], _ended: bool, cx: &mut Cx) -> Next {
        let key = self.key(line);
        let same = self
            .last
            .as_ref()
            .is_some_and(|(last, _)| self.key(last) == key);
        if same {
            if let Some((_, count)) = &mut self.last {
                *count += 1;
            }
        } else {
            self.flush(cx);
            self.last = Some((line.to_vec(), 1));
        }
        Next::More
    }

    fn end(&mut self, cx: &mut Cx) -> i32 {
        self.flush(cx);
        0
    }

    fn open_error(&self, name: &str, error: Errno, _cx: &Cx) -> String {
        match self.busybox {
            true => format!("can't open '{name}': {error}"),
            false => format!("{name}: {error}"),
        }
    }
}

pub fn uniq(cx: &mut Cx) -> Start {
    let long = [
        ("count", 'c'),
        ("repeated", 'd'),
        ("unique", 'u'),
        ("ignore-case", 'i'),
        ("skip-fields", 'f'),
        ("skip-chars", 's'),
        ("check-chars", 'w'),
    ];
    let options = match options::parse(cx, "cduif:s:w:", &long, 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let mut numbers = [0, 0, 0];
    let what = ["fields to skip", "bytes to skip", "bytes to compare"];
    for (i, letter) in ['f', 's', 'w'].into_iter().enumerate() {
        if let Some(text) = options.value(letter) {
            match text.parse() {
                Ok(n) => numbers[i] = n,
                Err(_) => return cx.fail(1, format!("{text}: invalid number of {}", what[i])),
            }
        }
    }
    let mut uniq = Uniq {
        count: options.has('c'),
        repeated: options.has('d'),
        single: options.has('u'),
        fold: options.has('i'),
        skip_fields: numbers[0],
        skip_chars: numbers[1],
        width: options.has('w').then_some(numbers[2]),
        busybox: cx.busybox(),
        ..Uniq::default()
    };
    let operands = &options.operands;
    if let Some(extra) = operands.get(2) {
        return cx.fail(
            1,
            format!("extra operand ‘{extra}’\nTry 'uniq --help' for more information."),
        );
    }
    if let Some(name) = operands.get(1).filter(|n| *n != "-") {
        match cx.open_fd(name, super::super::io::Open::WRITE) {
            Ok(fd) => uniq.output = Some(fd),
            Err(error) => return cx.fail(1, format!("{name}: {error}")),
        }
    }
    over_lines(uniq, &operands[..operands.len().min(1)])
}
