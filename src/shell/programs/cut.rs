//! `cut`.

use super::super::process::{Cx, Start};
use super::filter::{LineFilter, Next, over_lines};
use super::options;

#[derive(Clone)]
struct Cut {
    unit: char,
    /// First and last, counted from 1.
    ranges: Vec<(usize, usize)>,
    delimiter: u8,
    between: Vec<u8>,
    only_delimited: bool,
    complement: bool,
}

impl Cut {
    fn wants(&self, n: usize) -> bool {
        self.ranges.iter().any(|(a, b)| (*a..=*b).contains(&n)) != self.complement
    }
}

impl LineFilter for Cut {
    fn line(&mut self, line: &[u8], _ended: bool, cx: &mut Cx) -> Next {
        let mut out: Vec<u8> = Vec::with_capacity(line.len() + 1);
        if self.unit == 'f' {
            if !line.contains(&self.delimiter) {
                if !self.only_delimited {
                    cx.out([line, b"\n"].concat());
                }
                return Next::More;
            }
            let fields = line.split(|b| *b == self.delimiter).enumerate();
            let kept: Vec<&[u8]> = fields
                .filter(|(i, _)| self.wants(i + 1))
                .map(|(_, f)| f)
                .collect();
            out = kept.join(&self.between[..]);
        } else {
            let mut before = None;
            for (i, byte) in line.iter().enumerate() {
                if !self.wants(i + 1) {
                    continue;
                }
                if before.is_some_and(|b| b + 1 < i) {
                    out.extend(&self.between);
                }
                before = Some(i);
                out.push(*byte);
            }
        }
        out.push(b'\n');
        cx.out(out);
        Next::More
    }

    fn end(&mut self, _cx: &mut Cx) -> i32 {
        0
    }
}

/// Reads `1,3-5,7-`.
fn ranges(text: &str, unit: char) -> Result<Vec<(usize, usize)>, String> {
    let number = |text: &str| -> Result<usize, String> {
        match text.parse() {
            Ok(0) if unit == 'f' => Err("fields are numbered from 1".to_string()),
            Ok(0) => Err("byte/character positions are numbered from 1".to_string()),
            Ok(n) => Ok(n),
            Err(_) if unit == 'f' => Err(format!("invalid field value ‘{text}’")),
            Err(_) => Err(format!("invalid byte/character position ‘{text}’")),
        }
    };
    let mut found = Vec::new();
    for part in text.split([',', ' ']) {
        let (first, last) = match part.split_once('-') {
            None => {
                let n = number(part)?;
                (n, n)
            }
            Some(("", "")) => return Err("invalid range with no endpoint: -".to_string()),
            Some((first, "")) => (number(first)?, usize::MAX),
            Some(("", last)) => (1, number(last)?),
            Some((first, last)) => (number(first)?, number(last)?),
        };
        if last < first {
            return Err("invalid decreasing range".to_string());
        }
        found.push((first, last));
    }
    Ok(found)
}

pub fn cut(cx: &mut Cx) -> Start {
    let long = [
        ("bytes", 'b'),
        ("characters", 'c'),
        ("fields", 'f'),
        ("delimiter", 'd'),
        ("only-delimited", 's'),
        ("output-delimiter", 'O'),
        ("complement", 'C'),
    ];
    // The long options' letters must be known as such, `O` as one with a value.
    let options = match options::parse(cx, "b:c:f:d:nsO:C", &long, 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let hint = "\nTry 'cut --help' for more information.";
    let lists: Vec<(char, String)> = options
        .given
        .iter()
        .filter(|(c, _)| "bcf".contains(*c))
        .cloned()
        .collect();
    let (unit, list) = match lists.as_slice() {
        [] => {
            return cx.fail(
                1,
                format!("you must specify a list of bytes, characters, or fields{hint}"),
            );
        }
        [one] => one.clone(),
        _ => return cx.fail(1, format!("only one list may be specified{hint}")),
    };
    let delimiter = match options.value('d') {
        None => b'\t',
        Some(_) if unit != 'f' => {
            return cx.fail(
                1,
                format!("an input delimiter may be specified only when operating on fields{hint}"),
            );
        }
        Some("") => 0,
        Some(text) if text.len() == 1 => text.as_bytes()[0],
        Some(_) => {
            return cx.fail(1, format!("the delimiter must be a single character{hint}"));
        }
    };
    let ranges = match ranges(&list, unit) {
        Ok(ranges) => ranges,
        Err(message) => return cx.fail(1, format!("{message}{hint}")),
    };
    let between = match options.value('O') {
        Some(text) => text.as_bytes().to_vec(),
        None if unit == 'f' => vec![delimiter],
        None => Vec::new(),
    };
    let cut = Cut {
        unit,
        ranges,
        delimiter,
        between,
        only_delimited: options.has('s'),
        complement: options.has('C'),
    };
    over_lines(cut, &options.operands)
}
