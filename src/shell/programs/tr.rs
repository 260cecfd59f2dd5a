//! `tr`.

use super::super::escape::{Escape, escape};
use super::super::pattern::named_class;
use super::super::process::{Cx, Start};
use super::filter::{Filter, Next, over};
use super::options;

#[derive(Clone, Default)]
struct Tr {
    /// What each byte becomes.
    map: Vec<u8>,
    delete: Vec<bool>,
    squeeze: Vec<bool>,
    last: Option<u8>,
}

impl Filter for Tr {
    fn chunk(&mut self, data: &[u8], cx: &mut Cx) -> Next {
        let mut out = Vec::with_capacity(data.len());
        for byte in data {
            if self.delete[usize::from(*byte)] {
                continue;
            }
            let new = self.map[usize::from(*byte)];
            if self.squeeze[usize::from(new)] && self.last == Some(new) {
                continue;
            }
            self.last = Some(new);
            out.push(new);
        }
        cx.out(out);
        Next::More
    }
    fn end(&mut self, _cx: &mut Cx) -> i32 {
        0
    }
}

/// The bytes of a set, and where a `[c*]` wants to be stretched.
fn expand(text: &str) -> Result<(Vec<u8>, Option<(usize, u8)>), String> {
    let mut items: Vec<u8> = Vec::new();
    let mut stretch = None;
    let mut rest = text;
    while !rest.is_empty() {
        if let Some((class, after)) = rest.strip_prefix("[:").and_then(|r| r.split_once(":]")) {
            let members = (0..128u8).filter(|b| named_class(class, char::from(*b)));
            let before = items.len();
            items.extend(members);
            if items.len() == before {
                return Err(format!("invalid character class ‘{class}’"));
            }
            rest = after;
            continue;
        }
        if rest.starts_with('[')
            && let Some(end) = rest.find("*]")
        {
            let (byte, len) = one(&rest[1..]);
            if end == 1 + len {
                stretch = Some((items.len(), byte));
                rest = &rest[end + 2..];
                continue;
            }
        }
        let (first, len) = one(rest);
        rest = &rest[len..];
        if rest.len() > 1 && rest.starts_with('-') {
            let (last, len) = one(&rest[1..]);
            rest = &rest[1 + len..];
            if last < first {
                return Err(format!(
                    "range-endpoints of '{}-{}' are in reverse collating sequence order",
                    char::from(first),
                    char::from(last)
                ));
            }
            items.extend(first..=last);
        } else {
            items.push(first);
        }
    }
    Ok((items, stretch))
}

/// The next byte of a set, and how long its notation is.
fn one(text: &str) -> (u8, usize) {
    if let Some(after) = text.strip_prefix('\\')
        && !after.is_empty()
    {
        if let (Escape::Bytes(bytes), len) = escape(after, false)
            && let [byte] = bytes.as_slice()
        {
            return (*byte, 1 + len);
        }
        return (after.as_bytes()[0], 2);
    }
    (text.as_bytes().first().copied().unwrap_or(0), 1)
}

pub fn tr(cx: &mut Cx) -> Start {
    let long = [
        ("complement", 'c'),
        ("delete", 'd'),
        ("squeeze-repeats", 's'),
        ("truncate-set1", 't'),
    ];
    let options = match options::parse(cx, "+cCdst", &long, 1) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let (delete, squeeze) = (options.has('d'), options.has('s'));
    let sets = &options.operands;
    let hint = "\nTry 'tr --help' for more information.";
    let Some(first) = sets.first() else {
        return cx.fail(1, format!("missing operand{hint}"));
    };
    if sets.len() == 1 && delete == squeeze {
        let why = match delete {
            true => "Two strings must be given when both deleting and squeezing repeats.",
            false => "Two strings must be given when translating.",
        };
        return cx.fail(1, format!("missing operand after ‘{first}’\n{why}{hint}"));
    }
    if sets.len() > 2 || (sets.len() == 2 && delete && !squeeze) {
        let extra = &sets[if sets.len() > 2 { 2 } else { 1 }];
        let why = match delete {
            true => "\nOnly one string may be given when deleting without squeezing repeats.",
            false => "",
        };
        return cx.fail(1, format!("extra operand ‘{extra}’{why}{hint}"));
    }
    let expanded = expand(first).and_then(|(a, _)| match sets.get(1) {
        Some(second) => expand(second).map(|b| (a, Some(b))),
        None => Ok((a, None)),
    });
    let (mut from, second) = match expanded {
        Ok(sets) => sets,
        Err(message) => return cx.fail(1, message),
    };
    if options.has('c') || options.has('C') {
        from = (0..=255u8).filter(|b| !from.contains(b)).collect();
    }
    let mut tr = Tr {
        map: (0..=255).collect(),
        delete: vec![false; 256],
        squeeze: vec![false; 256],
        last: None,
    };
    if delete {
        from.iter().for_each(|b| tr.delete[usize::from(*b)] = true);
    }
    let squeezed = match second {
        None => from,
        Some((to, _)) if delete => to,
        Some((mut to, stretch)) => {
            let missing = from.len().saturating_sub(to.len());
            match stretch {
                Some((at, byte)) => {
                    to.splice(at..at, std::iter::repeat_n(byte, missing));
                }
                None if to.is_empty() => {
                    return cx.fail(1, "when not truncating set1, string2 must be non-empty");
                }
                None if !options.has('t') => {
                    let last = to[to.len() - 1];
                    to.extend(std::iter::repeat_n(last, missing));
                }
                None => {}
            }
            for (a, b) in from.iter().zip(&to) {
                tr.map[usize::from(*a)] = *b;
            }
            to
        }
    };
    if squeeze {
        squeezed
            .iter()
            .for_each(|b| tr.squeeze[usize::from(*b)] = true);
    }
    over(tr, &[])
}
