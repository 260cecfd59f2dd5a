//! Programs of a few lines: `true`, `false`, `yes`, `seq`.

use super::super::process::{Cx, Program, Start, Step};

pub fn true_(_cx: &mut Cx) -> Start {
    Start::Done(0)
}

pub fn false_(_cx: &mut Cx) -> Start {
    Start::Done(1)
}

#[derive(Clone)]
struct Yes(Vec<u8>);

impl Program for Yes {
    fn step(&mut self, cx: &mut Cx) -> Step {
        cx.out(self.0.repeat(4096 / self.0.len().max(1) + 1));
        Step::Continue
    }
}

pub fn yes(cx: &mut Cx) -> Start {
    let args = cx.args();
    let text = if args.is_empty() {
        "y".to_string()
    } else {
        args.join(" ")
    };
    Start::Run(Box::new(Yes((text + "\n").into_bytes())))
}

/// Counts by steps of `10^-decimals`, so that nothing is rounded.
#[derive(Clone)]
struct Seq {
    next: i128,
    last: i128,
    step: i128,
    decimals: usize,
    width: usize,
    separator: String,
    format: Option<String>,
    started: bool,
}

impl Seq {
    fn show(&self, n: i128) -> String {
        let mut text = if self.decimals == 0 {
            n.to_string()
        } else {
            let unit = 10i128.pow(self.decimals as u32);
            let sign = if n < 0 { "-" } else { "" };
            format!(
                "{sign}{}.{:0width$}",
                n.abs() / unit,
                n.abs() % unit,
                width = self.decimals
            )
        };
        if let Some(format) = &self.format {
            text = String::from_utf8_lossy(&super::super::format::printf(format, &[text]).out)
                .into_owned();
        } else if text.len() < self.width {
            let digits = text.trim_start_matches('-');
            let sign = if text.starts_with('-') { "-" } else { "" };
            text = format!("{sign}{digits:0>width$}", width = self.width - sign.len());
        }
        text
    }
}

impl Program for Seq {
    fn step(&mut self, cx: &mut Cx) -> Step {
        let mut text = String::new();
        for _ in 0..256 {
            let over = if self.step > 0 {
                self.next > self.last
            } else {
                self.next < self.last
            };
            if over {
                if self.started {
                    text.push('\n');
                }
                cx.out(text);
                return Step::Exit(0);
            }
            if self.started {
                text.push_str(&self.separator);
            }
            self.started = true;
            text.push_str(&self.show(self.next));
            self.next += self.step;
        }
        cx.out(text);
        Step::Continue
    }
}

pub fn seq(cx: &mut Cx) -> Start {
    let mut args = cx.args();
    let (mut separator, mut equal, mut format) = ("\n".to_string(), false, None);
    while let Some(arg) = args.first().cloned() {
        match arg.as_str() {
            "-w" | "--equal-width" => equal = true,
            "-s" | "-f" if args.len() > 1 => {
                let value = args.remove(1);
                if arg == "-s" {
                    separator = value
                } else {
                    format = Some(value)
                }
            }
            _ if arg.starts_with("-s") && arg.len() > 2 => separator = arg[2..].to_string(),
            _ => break,
        }
        args.remove(0);
    }
    if args.is_empty() {
        return cx.fail(1, "missing operand\nTry 'seq --help' for more information.");
    }
    if args.len() > 3 {
        return cx.fail(
            1,
            format!(
                "extra operand ‘{}’\nTry 'seq --help' for more information.",
                args[3]
            ),
        );
    }
    let decimals = args
        .iter()
        .map(|a| a.split_once('.').map_or(0, |(_, d)| d.len()))
        .max()
        .unwrap_or(0)
        .min(12);
    let mut numbers = Vec::new();
    for arg in &args {
        match scaled(arg, decimals) {
            Some(n) => numbers.push(n),
            None => {
                return cx.fail(1, format!("invalid floating point argument: ‘{arg}’\nTry 'seq --help' for more information."));
            }
        }
    }
    let one = 10i128.pow(decimals as u32);
    let (next, step, last) = match numbers.as_slice() {
        [last] => (one, one, *last),
        [first, last] => (*first, one, *last),
        [first, step, last] => (*first, *step, *last),
        _ => return Start::Done(1),
    };
    if step == 0 {
        return cx.fail(
            1,
            format!(
                "invalid Zero increment value: ‘{}’\nTry 'seq --help' for more information.",
                args[1]
            ),
        );
    }
    let mut seq = Seq {
        next,
        last,
        step,
        decimals,
        width: 0,
        separator,
        format,
        started: false,
    };
    if equal {
        seq.width = seq.show(next).len().max(seq.show(last).len());
    }
    Start::Run(Box::new(seq))
}

/// A decimal number times `10^decimals`.
fn scaled(text: &str, decimals: usize) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if digits.is_empty()
        || digits.len() > 18
        || !(whole.chars().chain(fraction.chars())).all(|c| c.is_ascii_digit())
    {
        return None;
    }
    let padded = format!("{whole}{fraction:0<decimals$}");
    let n: i128 = padded.parse().ok()?;
    Some(if negative { -n } else { n })
}
