//! `sort`.

use crate::collections::Arrange;
use std::cmp::Ordering;

use super::super::io::Open;
use super::super::process::{Cx, Start};
use super::gather::{Input, Whole, gather, lines};
use super::options;

/// How keys are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Order {
    numeric: bool,
    general: bool,
    human: bool,
    version: bool,
    month: bool,
    fold: bool,
    blanks: bool,
    dictionary: bool,
    reverse: bool,
}

impl Order {
    fn set(&mut self, letter: char) -> bool {
        match letter {
            'n' => self.numeric = true,
            'g' => self.general = true,
            'h' => self.human = true,
            'V' => self.version = true,
            'M' => self.month = true,
            'f' => self.fold = true,
            'b' => self.blanks = true,
            'd' => self.dictionary = true,
            'r' => self.reverse = true,
            _ => return false,
        }
        true
    }
}

/// A `-k`: from field and character to field and character, counted from 1.
#[derive(Clone, Copy, Debug)]
struct Key {
    start: (usize, usize),
    end: Option<(usize, usize)>,
    order: Order,
}

#[derive(Clone, Default)]
struct Sort {
    order: Order,
    keys: Vec<Key>,
    separator: Option<u8>,
    unique: bool,
    stable: bool,
    check: bool,
    zero: bool,
    output: Option<String>,
}

impl Whole for Sort {
    fn run(&mut self, inputs: Vec<Input>, cx: &mut Cx) -> i32 {
        for (name, input) in &inputs {
            if let Err(error) = input {
                cx.complain(format!("cannot read: {name}: {error}"));
                return 2;
            }
        }
        let end = if self.zero { 0 } else { b'\n' };
        let texts: Vec<&Vec<u8>> = inputs.iter().filter_map(|i| i.1.as_ref().ok()).collect();
        let mut all: Vec<&[u8]> = texts.iter().flat_map(|t| lines(t, end)).collect();
        if self.check {
            let bad = all.windows(2).position(|pair| {
                let order = self.compare(pair[0], pair[1]);
                order == Ordering::Greater || (self.unique && order == Ordering::Equal)
            });
            if let Some(at) = bad {
                let line = String::from_utf8_lossy(all[at + 1]).into_owned();
                cx.complain(format!("{}:{}: disorder: {line}", inputs[0].0, at + 2));
            }
            return i32::from(bad.is_some());
        }
        all.arrange_by(|a, b| {
            let order = self.compare(a, b);
            if self.stable || self.unique {
                return order;
            }
            let last = match self.order.reverse {
                true => b.cmp(a),
                false => a.cmp(b),
            };
            order.then(last)
        });
        if self.unique {
            all.dedup_by(|b, a| self.compare(a, b) == Ordering::Equal);
        }
        let mut out = Vec::new();
        for line in all {
            out.extend_from_slice(line);
            out.push(end);
        }
        match &self.output {
            None => cx.out(out),
            Some(name) => match cx.open_fd(name, Open::WRITE) {
                Ok(fd) => cx.write(fd, &out),
                Err(error) => {
                    let name = name.clone();
                    cx.complain(format!("open failed: {name}: {error}"));
                    return 2;
                }
            },
        }
        0
    }
}

impl Sort {
    fn compare(&self, a: &[u8], b: &[u8]) -> Ordering {
        if self.keys.is_empty() {
            return directed(compare(a, b, self.order), self.order.reverse);
        }
        for key in &self.keys {
            let order = compare(self.part(a, key), self.part(b, key), key.order);
            if order != Ordering::Equal {
                return directed(order, key.order.reverse);
            }
        }
        Ordering::Equal
    }

    /// The bytes of a line that a key means.
    fn part<'a>(&self, line: &'a [u8], key: &Key) -> &'a [u8] {
        let mut start = self.field(line, key.start.0 - 1);
        if key.order.blanks {
            start += line[start..].iter().take_while(|b| blank(**b)).count();
        }
        start = (start + key.start.1 - 1).min(line.len());
        let end = match key.end {
            None => line.len(),
            Some((field, 0)) => match self.separator {
                Some(_) => {
                    let next = self.field(line, field);
                    let cut = next.saturating_sub(1);
                    if next == line.len() && self.fields(line) <= field {
                        line.len()
                    } else {
                        cut
                    }
                }
                None => self.field(line, field),
            },
            Some((field, chars)) => (self.field(line, field - 1) + chars).min(line.len()),
        };
        &line[start..end.max(start)]
    }

    fn fields(&self, line: &[u8]) -> usize {
        match self.separator {
            Some(separator) => 1 + line.iter().filter(|b| **b == separator).count(),
            None => usize::MAX,
        }
    }

    /// Where the field begins that has `skip` fields before it. Without a separator blanks belong to what follows.
    fn field(&self, line: &[u8], skip: usize) -> usize {
        let mut at = 0;
        for _ in 0..skip {
            match self.separator {
                Some(separator) => match line[at..].iter().position(|b| *b == separator) {
                    Some(next) => at += next + 1,
                    None => return line.len(),
                },
                None => {
                    at += line[at..].iter().take_while(|b| blank(**b)).count();
                    at += line[at..].iter().take_while(|b| !blank(**b)).count();
                }
            }
        }
        at
    }
}

fn blank(b: u8) -> bool {
    b == b' ' || b == b'\t'
}

fn directed(order: Ordering, reverse: bool) -> Ordering {
    if reverse { order.reverse() } else { order }
}

fn compare(a: &[u8], b: &[u8], order: Order) -> Ordering {
    let total = |x: f64, y: f64| x.partial_cmp(&y).unwrap_or(Ordering::Equal);
    if order.numeric {
        return total(number(a), number(b));
    }
    if order.general {
        let general = |t: &[u8]| {
            let text = String::from_utf8_lossy(t);
            text.trim().parse().unwrap_or(f64::NEG_INFINITY)
        };
        return total(general(a), general(b));
    }
    if order.human {
        let (a, b) = (human(a), human(b));
        return (a.0.cmp(&b.0)).then_with(|| total(a.1, b.1));
    }
    if order.month {
        return month(a).cmp(&month(b));
    }
    if order.version {
        return version(a, b);
    }
    let key = |text: &[u8]| -> Vec<u8> {
        let skip = match order.blanks {
            true => text.iter().take_while(|b| blank(**b)).count(),
            false => 0,
        };
        let kept = text[skip..]
            .iter()
            .filter(|b| !order.dictionary || b.is_ascii_alphanumeric() || blank(**b));
        match order.fold {
            true => kept.map(u8::to_ascii_uppercase).collect(),
            false => kept.copied().collect(),
        }
    };
    if order.blanks || order.dictionary || order.fold {
        key(a).cmp(&key(b))
    } else {
        a.cmp(b)
    }
}

/// The number a text begins with, and what follows it.
fn leading(text: &[u8]) -> (f64, &[u8]) {
    let start = text.iter().take_while(|b| b.is_ascii_whitespace()).count();
    let mut end = start + usize::from(text.get(start) == Some(&b'-'));
    end += text[end..]
        .iter()
        .take_while(|b| b.is_ascii_digit())
        .count();
    if text.get(end) == Some(&b'.') {
        end += 1;
        end += text[end..]
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count();
    }
    let digits = std::str::from_utf8(&text[start..end]).unwrap_or("0");
    (digits.parse().unwrap_or(0.0), &text[end..])
}

fn number(text: &[u8]) -> f64 {
    leading(text).0
}

/// Sign times unit, then the number: `2K` before `1M`.
fn human(text: &[u8]) -> (i32, f64) {
    let (n, rest) = leading(text);
    let unit = rest
        .first()
        .and_then(|b| "KMGTPEZY".find(char::from(b.to_ascii_uppercase())))
        .map_or(0, |at| at as i32 + 1);
    if n == 0.0 {
        return (0, 0.0);
    }
    (if n < 0.0 { -unit } else { unit }, n)
}

fn month(text: &[u8]) -> usize {
    let text = String::from_utf8_lossy(text).trim_start().to_uppercase();
    let names = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC";
    match text.get(..3).and_then(|m| names.find(m)) {
        Some(at) if at % 3 == 0 => at / 3 + 1,
        _ => 0,
    }
}

/// Runs of digits as numbers; `~` before everything, letters before other characters.
fn version(a: &[u8], b: &[u8]) -> Ordering {
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        let text = |t: &[u8], at: usize| match t.get(at) {
            None => 0,
            Some(b) if b.is_ascii_digit() => 0,
            Some(b'~') => -1,
            Some(b) if b.is_ascii_alphabetic() => i32::from(*b),
            Some(b) => i32::from(*b) + 256,
        };
        while a.get(i).is_some_and(|c| !c.is_ascii_digit())
            || b.get(j).is_some_and(|c| !c.is_ascii_digit())
        {
            let order = text(a, i).cmp(&text(b, j));
            if order != Ordering::Equal {
                return order;
            }
            i += 1;
            j += 1;
        }
        let digits = |t: &[u8], at: usize| {
            let len = t[at.min(t.len())..]
                .iter()
                .take_while(|b| b.is_ascii_digit())
                .count();
            let run =
                String::from_utf8_lossy(&t[at.min(t.len())..at.min(t.len()) + len]).into_owned();
            (run.trim_start_matches('0').to_string(), len)
        };
        let ((x, xl), (y, yl)) = (digits(a, i), digits(b, j));
        let order = x.len().cmp(&y.len()).then_with(|| x.cmp(&y));
        if order != Ordering::Equal {
            return order;
        }
        i += xl;
        j += yl;
    }
    Ordering::Equal
}

/// Reads `2,3nr`, `1.2,1.4`.
fn key(text: &str, global: Order) -> Result<Key, String> {
    let place = |text: &str| -> Option<(usize, usize, Order, bool)> {
        let end = text
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(text.len());
        let (field, chars) = match text[..end].split_once('.') {
            Some((field, chars)) => (field.parse().ok()?, chars.parse().ok()?),
            None => (text[..end].parse().ok()?, 0),
        };
        let mut order = Order::default();
        let letters = &text[end..];
        letters
            .chars()
            .all(|c| order.set(c))
            .then_some((field, chars, order, !letters.is_empty()))
    };
    let invalid = || format!("invalid number at field start: invalid count at start of ‘{text}’");
    let (start, end) = match text.split_once(',') {
        Some((start, end)) => (start, Some(end)),
        None => (text, None),
    };
    let (field, chars, mut order, mut own) = place(start).ok_or_else(invalid)?;
    if field == 0 {
        return Err(format!(
            "field number is zero: invalid field specification ‘{text}’"
        ));
    }
    let mut key = Key {
        start: (field, chars.max(1)),
        end: None,
        order,
    };
    if let Some(end) = end {
        let (field, chars, more, has) = place(end).ok_or_else(|| {
            format!("invalid number after ‘,’: invalid count at start of ‘{end}’")
        })?;
        if field == 0 {
            return Err(format!(
                "field number is zero: invalid field specification ‘{text}’"
            ));
        }
        key.end = Some((field, chars));
        if has {
            own = true;
            order.numeric |= more.numeric;
            order.general |= more.general;
            order.human |= more.human;
            order.version |= more.version;
            order.month |= more.month;
            order.fold |= more.fold;
            order.blanks |= more.blanks;
            order.dictionary |= more.dictionary;
            order.reverse |= more.reverse;
        }
    }
    key.order = if own { order } else { global };
    Ok(key)
}

pub fn sort(cx: &mut Cx) -> Start {
    let long = [
        ("numeric-sort", 'n'),
        ("reverse", 'r'),
        ("unique", 'u'),
        ("key", 'k'),
        ("field-separator", 't'),
        ("version-sort", 'V'),
        ("human-numeric-sort", 'h'),
        ("ignore-case", 'f'),
        ("stable", 's'),
        ("output", 'o'),
        ("check", 'c'),
        ("general-numeric-sort", 'g'),
        ("month-sort", 'M'),
        ("dictionary-order", 'd'),
        ("ignore-leading-blanks", 'b'),
    ];
    let options = match options::parse(cx, "nruk:t:Vhfso:cCgMdbz", &long, 2) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let mut sort = Sort {
        unique: options.has('u'),
        stable: options.has('s'),
        check: options.has('c') || options.has('C'),
        zero: options.has('z'),
        output: options.value('o').map(str::to_string),
        ..Sort::default()
    };
    for (letter, _) in &options.given {
        sort.order.set(*letter);
    }
    match options.value('t') {
        None => {}
        Some("\\0") => sort.separator = Some(0),
        Some(text) if text.len() == 1 => sort.separator = text.bytes().next(),
        Some("") => return cx.fail(2, "empty tab"),
        Some(text) => return cx.fail(2, format!("multi-character tab ‘{text}’")),
    }
    for text in options.values('k') {
        match key(text, sort.order) {
            Ok(key) => sort.keys.push(key),
            Err(message) => return cx.fail(2, message),
        }
    }
    gather(sort, &options.operands)
}
