//! Brace expansion: `{a,b}` and `{1..5}`, made while parsing since it looks at nothing but the text.

use super::super::ast::{Part, Word};

/// How many words one word may become.
const MAX_WORDS: usize = 65_536;

/// A word as single unquoted characters and whole other parts.
#[derive(Clone)]
enum Unit {
    Char(char),
    Part(Part),
}

/// Appends what the word expands to.
pub fn expand(word: Word, out: &mut Vec<Word>) {
    let candidate = word
        .parts
        .iter()
        .any(|p| matches!(p, Part::Literal(t) if t.contains('{')));
    if !candidate || word.assign {
        out.push(word);
        return;
    }
    let mut units = Vec::new();
    for part in word.parts {
        match part {
            Part::Literal(text) => units.extend(text.chars().map(Unit::Char)),
            other => units.push(Unit::Part(other)),
        }
    }
    let mut words = Vec::new();
    expand_units(units, &mut words, 0);
    out.extend(words.into_iter().map(join));
}

fn is(units: &[Unit], i: usize, c: char) -> bool {
    matches!(units.get(i), Some(Unit::Char(d)) if *d == c)
}

fn expand_units(units: Vec<Unit>, out: &mut Vec<Vec<Unit>>, depth: u32) {
    let found = (0..units.len())
        .filter(|i| is(&units, *i, '{'))
        .find_map(|i| {
            let (end, commas) = matching(&units, i)?;
            let choices = choices(&units, i, end, &commas)?;
            Some((i, end, choices))
        });
    let Some((start, end, choices)) = found else {
        out.push(units);
        return;
    };
    if depth > 40 {
        out.push(units);
        return;
    }
    let mut heads: Vec<Vec<Unit>> = Vec::new();
    for choice in choices {
        expand_units(choice, &mut heads, depth + 1);
        if heads.len() > MAX_WORDS {
            break;
        }
    }
    let mut tails = Vec::new();
    expand_units(units[end + 1..].to_vec(), &mut tails, depth + 1);
    for head in &heads {
        for tail in &tails {
            if out.len() >= MAX_WORDS {
                return;
            }
            let mut whole = units[..start].to_vec();
            whole.extend(head.iter().cloned());
            whole.extend(tail.iter().cloned());
            out.push(whole);
        }
    }
}

/// The closing brace of the one at `start`, and the commas between at its level.
fn matching(units: &[Unit], start: usize) -> Option<(usize, Vec<usize>)> {
    let (mut depth, mut commas) = (0, Vec::new());
    for (i, unit) in units.iter().enumerate().skip(start) {
        match unit {
            Unit::Char('{') => depth += 1,
            Unit::Char('}') => {
                depth -= 1;
                if depth == 0 {
                    return Some((i, commas));
                }
            }
            Unit::Char(',') if depth == 1 => commas.push(i),
            _ => {}
        }
    }
    None
}

fn choices(units: &[Unit], start: usize, end: usize, commas: &[usize]) -> Option<Vec<Vec<Unit>>> {
    if !commas.is_empty() {
        let mut at = start + 1;
        let mut all = Vec::new();
        for stop in commas.iter().copied().chain([end]) {
            all.push(units[at..stop].to_vec());
            at = stop + 1;
        }
        return Some(all);
    }
    let mut text = String::new();
    for unit in &units[start + 1..end] {
        match unit {
            Unit::Char(c) => text.push(*c),
            Unit::Part(_) => return None,
        }
    }
    sequence(&text).map(|items| {
        items
            .iter()
            .map(|s| s.chars().map(Unit::Char).collect())
            .collect()
    })
}

/// `1..5`, `01..10..2`, `a..e`.
fn sequence(text: &str) -> Option<Vec<String>> {
    let parts: Vec<&str> = text.split("..").collect();
    let (from, to, step) = match parts.as_slice() {
        [from, to] => (*from, *to, 1),
        [from, to, step] => (*from, *to, step.parse::<i64>().ok()?.abs().max(1)),
        _ => return None,
    };
    let (numeric, a, b) = match (from.parse::<i64>(), to.parse::<i64>()) {
        (Ok(a), Ok(b)) => (true, a, b),
        _ => {
            let letter = |s: &str| {
                let mut chars = s.chars();
                let c = chars.next().filter(|c| c.is_ascii_alphabetic())?;
                chars.next().is_none().then_some(c as i64)
            };
            (false, letter(from)?, letter(to)?)
        }
    };
    let padded =
        |s: &str| s.trim_start_matches('-').len() > 1 && s.trim_start_matches('-').starts_with('0');
    let width = if padded(from) || padded(to) {
        from.len().max(to.len())
    } else {
        0
    };
    if (a.abs_diff(b) / step as u64) as usize >= MAX_WORDS {
        return None;
    }
    let count = a.abs_diff(b) as i64 / step;
    Some(
        (0..=count)
            .map(|i| {
                let n = if a <= b { a + i * step } else { a - i * step };
                if numeric {
                    format!("{n:0width$}")
                } else {
                    char::from(n as u8).to_string()
                }
            })
            .collect(),
    )
}

fn join(units: Vec<Unit>) -> Word {
    let mut parts: Vec<Part> = Vec::new();
    for unit in units {
        match (unit, parts.last_mut()) {
            (Unit::Char(c), Some(Part::Literal(text))) => text.push(c),
            (Unit::Char(c), _) => parts.push(Part::Literal(c.to_string())),
            (Unit::Part(p), _) => parts.push(p),
        }
    }
    if parts.is_empty() {
        parts.push(Part::Literal(String::new()));
    }
    Word {
        parts,
        assign: false,
    }
}
