//! `rev`, `nl`, `paste`, `comm`.

use super::super::process::{Cx, Start};
use super::filter::{LineFilter, Next, over_lines};
use super::gather::{Input, Whole, gather, lines};
use super::options;

#[derive(Clone)]
struct Rev;

impl LineFilter for Rev {
    fn line(&mut self, line: &[u8], ended: bool, cx: &mut Cx) -> Next {
        let mut text: String = String::from_utf8_lossy(line).chars().rev().collect();
        if ended {
            text.push('\n');
        }
        cx.out(text);
        Next::More
    }
    fn end(&mut self, _cx: &mut Cx) -> i32 {
        0
    }
}

pub fn rev(cx: &mut Cx) -> Start {
    over_lines(Rev, &cx.args())
}

#[derive(Clone)]
struct Nl {
    all: bool,
    next: i64,
    step: i64,
    width: usize,
    separator: String,
}

impl LineFilter for Nl {
    fn line(&mut self, line: &[u8], _ended: bool, cx: &mut Cx) -> Next {
        let text = String::from_utf8_lossy(line).into_owned();
        if text.is_empty() && !self.all {
            let blank = " ".repeat(self.width + self.separator.chars().count());
            cx.out(blank + "\n");
            return Next::More;
        }
        let (number, width) = (self.next, self.width);
        cx.out(format!("{number:>width$}{}{text}\n", self.separator));
        self.next += self.step;
        Next::More
    }
    fn end(&mut self, _cx: &mut Cx) -> i32 {
        0
    }
}

pub fn nl(cx: &mut Cx) -> Start {
    let options = match options::parse(cx, "b:v:i:w:s:n:", &[("body-numbering", 'b')], 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let number = |letter, default: i64| {
        options
            .value(letter)
            .and_then(|v| v.parse().ok())
            .unwrap_or(default)
    };
    let nl = Nl {
        all: options.value('b') == Some("a"),
        next: number('v', 1),
        step: number('i', 1),
        width: number('w', 6).clamp(1, 100) as usize,
        separator: options.value('s').unwrap_or("\t").to_string(),
    };
    over_lines(nl, &options.operands)
}

#[derive(Clone)]
struct Paste {
    serial: bool,
    delimiters: Vec<u8>,
}

impl Whole for Paste {
    fn run(&mut self, inputs: Vec<Input>, cx: &mut Cx) -> i32 {
        let mut columns = Vec::new();
        for (name, input) in &inputs {
            match input {
                Ok(data) => columns.push(lines(data, b'\n')),
                Err(error) => {
                    cx.complain(format!("{name}: {error}"));
                    return 1;
                }
            }
        }
        // Several `-` take turns with the lines of standard input.
        let dashes = inputs.iter().filter(|i| i.0 == "-").count();
        if dashes > 1 && !self.serial {
            let first = inputs.iter().position(|i| i.0 == "-").unwrap_or(0);
            let shared = columns[first].clone();
            let places = (0..inputs.len()).filter(|i| inputs[*i].0 == "-");
            for (turn, place) in places.enumerate() {
                columns[place] = shared.iter().skip(turn).step_by(dashes).copied().collect();
            }
        }
        let rows: Vec<Vec<&[u8]>> = match self.serial {
            true => columns,
            false => {
                let height = columns.iter().map(Vec::len).max().unwrap_or(0);
                let mut out = Vec::new();
                for row in 0..height {
                    let cells: Vec<&[u8]> = columns
                        .iter()
                        .map(|c| c.get(row).copied().unwrap_or_default())
                        .collect();
                    self.put(&cells, &mut out);
                }
                cx.out(out);
                return 0;
            }
        };
        let mut out = Vec::new();
        rows.iter().for_each(|row| self.put(row, &mut out));
        cx.out(out);
        0
    }
}

impl Paste {
    fn put(&self, cells: &[&[u8]], out: &mut Vec<u8>) {
        for (i, cell) in cells.iter().enumerate() {
            if i > 0 && !self.delimiters.is_empty() {
                out.push(self.delimiters[(i - 1) % self.delimiters.len()]);
            }
            out.extend_from_slice(cell);
        }
        out.push(b'\n');
    }
}

pub fn paste(cx: &mut Cx) -> Start {
    let options = match options::parse(cx, "sd:", &[("serial", 's'), ("delimiters", 'd')], 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let paste = Paste {
        serial: options.has('s'),
        delimiters: super::super::escape::ansi_c(options.value('d').unwrap_or("\t")),
    };
    gather(paste, &options.operands)
}

#[derive(Clone)]
struct Comm([bool; 3]);

impl Whole for Comm {
    fn run(&mut self, inputs: Vec<Input>, cx: &mut Cx) -> i32 {
        let mut sides = Vec::new();
        for (name, input) in &inputs {
            match input {
                Ok(data) => sides.push(lines(data, b'\n')),
                Err(error) => {
                    cx.complain(format!("{name}: {error}"));
                    return 1;
                }
            }
        }
        let [left, right] = sides.as_slice() else {
            return 1;
        };
        let (mut i, mut j) = (0, 0);
        let mut out = Vec::new();
        while i < left.len() || j < right.len() {
            let order = match (left.get(i), right.get(j)) {
                (Some(a), Some(b)) => a.cmp(b),
                (Some(_), None) => std::cmp::Ordering::Less,
                _ => std::cmp::Ordering::Greater,
            };
            let (column, line) = match order {
                std::cmp::Ordering::Less => (0, left[i]),
                std::cmp::Ordering::Greater => (1, right[j]),
                std::cmp::Ordering::Equal => (2, left[i]),
            };
            i += usize::from(column != 1);
            j += usize::from(column != 0);
            if self.0[column] {
                let before = self.0[..column].iter().filter(|shown| **shown).count();
                out.extend(std::iter::repeat_n(b'\t', before));
                out.extend_from_slice(line);
                out.push(b'\n');
            }
        }
        cx.out(out);
        0
    }
}

pub fn comm(cx: &mut Cx) -> Start {
    let options = match options::parse(cx, "123", &[], 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let hint = "\nTry 'comm --help' for more information.";
    match options.operands.as_slice() {
        [] => cx.fail(1, format!("missing operand{hint}")),
        [one] => cx.fail(1, format!("missing operand after ‘{one}’{hint}")),
        [_, _] => {
            let shown = ['1', '2', '3'].map(|c| !options.has(c));
            gather(Comm(shown), &options.operands)
        }
        [_, _, extra, ..] => cx.fail(1, format!("extra operand ‘{extra}’{hint}")),
    }
}
