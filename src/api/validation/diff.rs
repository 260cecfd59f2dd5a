//! The difference of two texts as Python's `difflib` (and its Go twin, which upstream uses) finds and prints it.

use crate::collections::{Arrange, SortedMap};

/// Indents compact JSON by one space a level, as `json.MarshalIndent(v, "", " ")` does; keys keep their order.
pub fn indent(json: &str) -> String {
    let mut out = String::new();
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    let newline = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', depth));
    };
    let chars: Vec<char> = json.chars().collect();
    for (i, &c) in chars.iter().enumerate() {
        if in_string {
            out.push(c);
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        let empty = |open: char, close: char| c == open && chars.get(i + 1) == Some(&close);
        match c {
            '{' | '[' if empty('{', '}') || empty('[', ']') => out.push(c),
            '{' | '[' => {
                depth += 1;
                out.push(c);
                newline(&mut out, depth);
            }
            '}' | ']' if matches!(chars.get(i.wrapping_sub(1)), Some('{' | '[')) => out.push(c),
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                newline(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                newline(&mut out, depth);
            }
            ':' => out.push_str(": "),
            '"' => {
                in_string = true;
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// A unified difference with three lines around each change, without a heading. "" where the texts are equal.
pub fn unified(a: &str, b: &str) -> String {
    let (a, b): (Vec<&str>, Vec<&str>) = (a.split('\n').collect(), b.split('\n').collect());
    let mut out = String::new();
    for group in grouped(&opcodes(&a, &b), 3) {
        let (first, last) = (group[0], group[group.len() - 1]);
        out.push_str(&format!(
            "@@ -{} +{} @@\n",
            range(first.a.0, last.a.1),
            range(first.b.0, last.b.1)
        ));
        for op in group {
            if op.equal {
                a[op.a.0..op.a.1]
                    .iter()
                    .for_each(|l| line(&mut out, ' ', l));
            } else {
                a[op.a.0..op.a.1]
                    .iter()
                    .for_each(|l| line(&mut out, '-', l));
                b[op.b.0..op.b.1]
                    .iter()
                    .for_each(|l| line(&mut out, '+', l));
            }
        }
    }
    out
}

fn line(out: &mut String, mark: char, text: &str) {
    out.push(mark);
    out.push_str(text);
    out.push('\n');
}

fn range(start: usize, stop: usize) -> String {
    match stop - start {
        1 => (start + 1).to_string(),
        0 => format!("{start},0"),
        n => format!("{},{n}", start + 1),
    }
}

#[derive(Clone, Copy, Debug)]
struct Op {
    equal: bool,
    a: (usize, usize),
    b: (usize, usize),
}

/// Where each line of `b` stands, without lines that are so frequent that they say nothing.
fn index<'a>(b: &[&'a str]) -> SortedMap<&'a str, Vec<usize>> {
    let mut at: SortedMap<&str, Vec<usize>> = SortedMap::new();
    for (i, l) in b.iter().enumerate() {
        at.entry(l).or_default().push(i);
    }
    if b.len() >= 200 {
        let limit = b.len() / 100 + 1;
        at.retain(|_, places| places.len() <= limit);
    }
    at
}

type Bounds = (usize, usize, usize, usize);

fn longest_match(
    a: &[&str],
    b: &[&str],
    at: &SortedMap<&str, Vec<usize>>,
    (alo, ahi, blo, bhi): Bounds,
) -> (usize, usize, usize) {
    let (mut besti, mut bestj, mut best) = (alo, blo, 0);
    let mut lengths: SortedMap<usize, usize> = SortedMap::new();
    for (i, l) in a.iter().enumerate().take(ahi).skip(alo) {
        let mut new = SortedMap::new();
        for &j in at.get(l).map_or(&[][..], |v| v) {
            if j < blo {
                continue;
            }
            if j >= bhi {
                break;
            }
            let k = j.checked_sub(1).and_then(|p| lengths.get(&p)).unwrap_or(&0) + 1;
            new.insert(j, k);
            if k > best {
                (besti, bestj, best) = (i + 1 - k, j + 1 - k, k);
            }
        }
        lengths = new;
    }
    while besti > alo && bestj > blo && a[besti - 1] == b[bestj - 1] {
        (besti, bestj, best) = (besti - 1, bestj - 1, best + 1);
    }
    while besti + best < ahi && bestj + best < bhi && a[besti + best] == b[bestj + best] {
        best += 1;
    }
    (besti, bestj, best)
}

fn opcodes(a: &[&str], b: &[&str]) -> Vec<Op> {
    let at = index(b);
    let mut todo = vec![(0, a.len(), 0, b.len())];
    let mut blocks = Vec::new();
    while let Some((alo, ahi, blo, bhi)) = todo.pop() {
        let (i, j, k) = longest_match(a, b, &at, (alo, ahi, blo, bhi));
        if k > 0 {
            blocks.push((i, j, k));
            if alo < i && blo < j {
                todo.push((alo, i, blo, j));
            }
            if i + k < ahi && j + k < bhi {
                todo.push((i + k, ahi, j + k, bhi));
            }
        }
    }
    blocks.arrange();
    blocks.push((a.len(), b.len(), 0));
    let mut merged: Vec<(usize, usize, usize)> = Vec::new();
    for (i, j, k) in blocks {
        match merged.last_mut() {
            Some(l) if l.0 + l.2 == i && l.1 + l.2 == j => l.2 += k,
            _ => merged.push((i, j, k)),
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut ops = Vec::new();
    for (ai, bj, k) in merged {
        if i < ai || j < bj {
            ops.push(Op {
                equal: false,
                a: (i, ai),
                b: (j, bj),
            });
        }
        (i, j) = (ai + k, bj + k);
        if k > 0 {
            ops.push(Op {
                equal: true,
                a: (ai, i),
                b: (bj, j),
            });
        }
    }
    ops
}

fn grouped(ops: &[Op], n: usize) -> Vec<Vec<Op>> {
    let mut ops = ops.to_vec();
    if ops.iter().all(|o| o.equal) {
        return Vec::new();
    }
    if let Some(f) = ops.first_mut().filter(|f| f.equal) {
        f.a.0 = f.a.0.max(f.a.1.saturating_sub(n));
        f.b.0 = f.b.0.max(f.b.1.saturating_sub(n));
    }
    if let Some(l) = ops.last_mut().filter(|l| l.equal) {
        l.a.1 = l.a.1.min(l.a.0 + n);
        l.b.1 = l.b.1.min(l.b.0 + n);
    }
    let (mut groups, mut group) = (Vec::new(), Vec::new());
    for mut op in ops {
        if op.equal && op.a.1 - op.a.0 > 2 * n {
            group.push(Op {
                equal: true,
                a: (op.a.0, op.a.1.min(op.a.0 + n)),
                b: (op.b.0, op.b.1.min(op.b.0 + n)),
            });
            groups.push(std::mem::take(&mut group));
            op.a.0 = op.a.0.max(op.a.1 - n);
            op.b.0 = op.b.0.max(op.b.1 - n);
        }
        group.push(op);
    }
    if !(group.is_empty() || (group.len() == 1 && group[0].equal)) {
        groups.push(group);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_stand_between_three_lines_each() {
        let a = indent(r#"{"A":null,"B":[],"C":{"x":"a,b:{"},"D":1,"E":2,"F":3}"#);
        assert_eq!(
            a,
            "{\n \"A\": null,\n \"B\": [],\n \"C\": {\n  \"x\": \"a,b:{\"\n },\n \"D\": 1,\n \"E\": 2,\n \"F\": 3\n}"
        );
        let b = a.replace("null", "true");
        assert_eq!(
            unified(&a, &b),
            "@@ -1,5 +1,5 @@\n {\n- \"A\": null,\n+ \"A\": true,\n  \"B\": [],\n  \"C\": {\n   \"x\": \"a,b:{\"\n"
        );
        assert_eq!(unified(&a, &a), "");
    }
}
