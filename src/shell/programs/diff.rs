//! `diff` and `cmp`.

use super::super::process::{Cx, Start};
use super::attributes::{base, join, utc};
use super::gather::{Input, Whole, gather, lines};
use super::options;

/// Differences looked for in detail; beyond, the rest is one change.
const MAX_EDITS: usize = 4000;

#[derive(Clone)]
struct Diff {
    /// Lines of context; `None` for the normal format.
    unified: Option<usize>,
    brief: bool,
    same: bool,
    ignore_case: bool,
    ignore_blanks: bool,
    labels: Vec<String>,
    times: [String; 2],
}

/// A change: lines of the left and of the right side, by their first and the one after their last.
type Change = (usize, usize, usize, usize);

impl Whole for Diff {
    fn run(&mut self, inputs: Vec<Input>, cx: &mut Cx) -> i32 {
        let mut sides = Vec::new();
        for (name, input) in &inputs {
            match input {
                Ok(data) => sides.push(data),
                Err(error) => {
                    cx.complain(format!("{name}: {error}"));
                    return 2;
                }
            }
        }
        let [left, right] = sides.as_slice() else {
            return 2;
        };
        let names = [&inputs[0].0, &inputs[1].0];
        let (a, b) = (lines(left, b'\n'), lines(right, b'\n'));
        let ends = [left.ends_with(b"\n"), right.ends_with(b"\n")];
        let mut changes = self.changes(&a, &b);
        // The same last line, but only one of them has a newline.
        let unlike_ends = ends[0] != ends[1] && !a.is_empty() && !b.is_empty();
        if unlike_ends && a.last() == b.last() {
            let (i, j) = (a.len(), b.len());
            match changes.last_mut() {
                Some(last) if last.1 == i - 1 && last.3 == j - 1 => (last.1, last.3) = (i, j),
                Some(last) if last.1 == i && last.3 == j => {}
                _ => changes.push((i - 1, i, j - 1, j)),
            }
        }
        if changes.is_empty() {
            if self.same {
                cx.out(format!(
                    "Files {} and {} are identical\n",
                    names[0], names[1]
                ));
            }
            return 0;
        }
        if self.brief {
            cx.out(format!("Files {} and {} differ\n", names[0], names[1]));
            return 1;
        }
        let out = match self.unified {
            Some(context) => {
                let mut out = self.header(names);
                out.push_str(&unified(&a, &b, &changes, context, ends));
                out
            }
            None => normal(&a, &b, &changes, ends),
        };
        cx.out(out);
        1
    }
}

impl Diff {
    fn header(&self, names: [&String; 2]) -> String {
        let mut out = String::new();
        for (i, mark) in ["---", "+++"].into_iter().enumerate() {
            match self.labels.get(i) {
                Some(label) => out += &format!("{mark} {label}\n"),
                None => out += &format!("{mark} {}\t{}\n", names[i], self.times[i]),
            }
        }
        out
    }

    fn key(&self, line: &[u8]) -> Vec<u8> {
        let mut key = line.to_vec();
        if self.ignore_blanks {
            key.retain(|b| !b.is_ascii_whitespace());
        }
        if self.ignore_case {
            key.make_ascii_lowercase();
        }
        key
    }

    fn changes(&self, a: &[&[u8]], b: &[&[u8]]) -> Vec<Change> {
        let a: Vec<Vec<u8>> = a.iter().map(|l| self.key(l)).collect();
        let b: Vec<Vec<u8>> = b.iter().map(|l| self.key(l)).collect();
        let start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
        let tail = a[start..].iter().rev().zip(b[start..].iter().rev());
        let end = tail.take_while(|(x, y)| x == y).count();
        let (x, y) = (&a[start..a.len() - end], &b[start..b.len() - end]);
        let (mut removed, mut added) = (vec![false; a.len()], vec![false; b.len()]);
        mark(x, y, &mut removed[start..], &mut added[start..]);
        slide(&a, &mut removed);
        slide(&b, &mut added);
        let (mut i, mut j) = (0, 0);
        let mut changes = Vec::new();
        while i < a.len() || j < b.len() {
            let (from, onto) = (i, j);
            while i < a.len() && removed[i] {
                i += 1;
            }
            while j < b.len() && added[j] {
                j += 1;
            }
            if i > from || j > onto {
                changes.push((from, i, onto, j));
            } else {
                i += 1;
                j += 1;
            }
        }
        changes
    }
}

/// Marks what is removed and added, with as few marks as possible (Myers' greedy search).
fn mark(a: &[Vec<u8>], b: &[Vec<u8>], removed: &mut [bool], added: &mut [bool]) {
    let (n, m) = (a.len() as isize, b.len() as isize);
    let most = ((n + m) as usize).min(MAX_EDITS) as isize;
    let offset = most + 1;
    let mut furthest = vec![0isize; (2 * offset + 1) as usize];
    let mut history: Vec<Vec<isize>> = Vec::new();
    for d in 0..=most {
        history.push(furthest[(offset - d) as usize..=(offset + d) as usize].to_vec());
        for k in (-d..=d).step_by(2) {
            let at = (offset + k) as usize;
            let down = k == -d || (k != d && furthest[at - 1] < furthest[at + 1]);
            let mut x = if down {
                furthest[at + 1]
            } else {
                furthest[at - 1] + 1
            };
            while x < n && x - k < m && a[x as usize] == b[(x - k) as usize] {
                x += 1;
            }
            furthest[at] = x;
            if x >= n && x - k >= m {
                return trace(&history, d, (n, m), removed, added);
            }
        }
    }
    removed[..a.len()].fill(true);
    added[..b.len()].fill(true);
}

/// Goes the way back from the end, marking each step that is not along equal lines.
fn trace(
    history: &[Vec<isize>],
    edits: isize,
    end: (isize, isize),
    removed: &mut [bool],
    added: &mut [bool],
) {
    let (mut x, mut y) = end;
    for d in (1..=edits).rev() {
        let before = &history[d as usize];
        let k = x - y;
        let get = |k: isize| match before.get((k + d) as usize) {
            Some(x) => *x,
            None => -1,
        };
        let down = k == -d || (k != d && get(k - 1) < get(k + 1));
        let previous = if down { k + 1 } else { k - 1 };
        let from = get(previous);
        let back = from - previous;
        if down {
            added[back as usize] = true;
        } else {
            removed[from as usize] = true;
        }
        (x, y) = (from, back);
    }
}

/// Moves each run of marks as far down as equal lines allow.
fn slide(lines: &[Vec<u8>], marks: &mut [bool]) {
    let mut start = 0;
    while start < marks.len() {
        if !marks[start] {
            start += 1;
            continue;
        }
        let mut end = start;
        while end < marks.len() && marks[end] {
            end += 1;
        }
        while end < marks.len() && lines[start] == lines[end] {
            marks[start] = false;
            marks[end] = true;
            start += 1;
            while end < marks.len() && marks[end] {
                end += 1;
            }
        }
        start = end;
    }
}

fn put(out: &mut String, mark: &str, line: &[u8], last: bool, ended: bool) {
    out.push_str(mark);
    out.push_str(&String::from_utf8_lossy(line));
    out.push('\n');
    if last && !ended {
        out.push_str("\\ No newline at end of file\n");
    }
}

fn normal(a: &[&[u8]], b: &[&[u8]], changes: &[Change], ends: [bool; 2]) -> String {
    let range = |from: usize, to: usize| match to - from {
        0 => from.to_string(),
        1 => to.to_string(),
        _ => format!("{},{to}", from + 1),
    };
    let mut out = String::new();
    for (i, i_end, j, j_end) in changes.iter().copied() {
        let letter = match (i == i_end, j == j_end) {
            (true, _) => 'a',
            (_, true) => 'd',
            _ => 'c',
        };
        out += &format!("{}{letter}{}\n", range(i, i_end), range(j, j_end));
        for at in i..i_end {
            put(&mut out, "< ", a[at], at + 1 == a.len(), ends[0]);
        }
        if letter == 'c' {
            out.push_str("---\n");
        }
        for at in j..j_end {
            put(&mut out, "> ", b[at], at + 1 == b.len(), ends[1]);
        }
    }
    out
}

fn unified(
    a: &[&[u8]],
    b: &[&[u8]],
    changes: &[Change],
    context: usize,
    ends: [bool; 2],
) -> String {
    let range = |from: usize, to: usize| match to - from {
        0 => format!("{from},0"),
        1 => to.to_string(),
        len => format!("{},{len}", from + 1),
    };
    let mut out = String::new();
    let mut rest = changes;
    while let Some(first) = rest.first() {
        let near = rest
            .windows(2)
            .take_while(|pair| pair[1].0 - pair[0].1 <= 2 * context);
        let (hunk, after) = rest.split_at(near.count() + 1);
        rest = after;
        let last = hunk[hunk.len() - 1];
        let lead = first.0.min(context);
        let trail = (a.len() - last.1).min(context);
        let (from, to) = (first.0 - lead, last.1 + trail);
        out += &format!(
            "@@ -{} +{} @@\n",
            range(from, to),
            range(first.2 - lead, last.3 + trail)
        );
        let mut at = from;
        for (i, i_end, j, j_end) in hunk.iter().copied() {
            for k in at..i {
                put(&mut out, " ", a[k], k + 1 == a.len(), ends[0]);
            }
            for k in i..i_end {
                put(&mut out, "-", a[k], k + 1 == a.len(), ends[0]);
            }
            for k in j..j_end {
                put(&mut out, "+", b[k], k + 1 == b.len(), ends[1]);
            }
            at = i_end;
        }
        for k in at..to {
            put(&mut out, " ", a[k], k + 1 == a.len(), ends[0]);
        }
    }
    out
}

pub fn diff(cx: &mut Cx) -> Start {
    let long = [
        ("unified", 'u'),
        ("brief", 'q'),
        ("report-identical-files", 's'),
        ("ignore-case", 'i'),
        ("ignore-all-space", 'w'),
        ("label", 'L'),
    ];
    let options = match options::parse(cx, "uU:qsiwbL:aN", &long, 2) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let hint = "\ndiff: Try 'diff --help' for more information.";
    let mut names = options.operands.clone();
    match names.as_slice() {
        [] => return cx.fail(2, format!("missing operand after 'diff'{hint}")),
        [one] => return cx.fail(2, format!("missing operand after '{one}'{hint}")),
        [_, _] => {}
        [_, _, extra, ..] => return cx.fail(2, format!("extra operand '{extra}'{hint}")),
    }
    let dir = |cx: &mut Cx, name: &str| cx.stat(name, true).is_ok_and(|m| m.is_dir());
    match (dir(cx, &names[0]), dir(cx, &names[1])) {
        (true, true) => return cx.fail(2, "comparing directories is not supported"),
        (true, false) => names[0] = join(&names[0], base(&names[1])),
        (false, true) => names[1] = join(&names[1], base(&names[0])),
        _ => {}
    }
    let now = cx.sys.now();
    let times = [0, 1].map(|i| {
        let at = cx.stat(&names[i], true).map_or(now, |m| m.mtime);
        utc(at).format("%Y-%m-%d %H:%M:%S.%f +0000").to_string()
    });
    let context = options.value('U').and_then(|n| n.parse().ok());
    let diff = Diff {
        unified: context.or(options.has('u').then_some(3)),
        brief: options.has('q'),
        same: options.has('s'),
        ignore_case: options.has('i'),
        ignore_blanks: options.has('w') || options.has('b'),
        labels: options.values('L').map(str::to_string).collect(),
        times,
    };
    gather(diff, &names)
}

#[derive(Clone)]
struct Cmp(bool);

impl Whole for Cmp {
    fn run(&mut self, inputs: Vec<Input>, cx: &mut Cx) -> i32 {
        let mut sides = Vec::new();
        for (name, input) in &inputs {
            match input {
                Ok(data) => sides.push(data),
                Err(error) => {
                    cx.complain(format!("{name}: {error}"));
                    return 2;
                }
            }
        }
        let [a, b] = sides.as_slice() else {
            return 2;
        };
        if a == b {
            return 0;
        }
        let same = a.iter().zip(b.iter()).take_while(|(x, y)| x == y).count();
        let line = a[..same].iter().filter(|x| **x == b'\n').count();
        if self.0 {
            return 1;
        }
        if same < a.len().min(b.len()) {
            let (x, y) = (&inputs[0].0, &inputs[1].0);
            cx.out(format!(
                "{x} {y} differ: byte {}, line {}\n",
                same + 1,
                line + 1
            ));
        } else {
            let short = if a.len() < b.len() { 0 } else { 1 };
            let name = inputs[short].0.clone();
            let place = match a[..same].last() {
                Some(b'\n') => format!("line {line}"),
                _ => format!("in line {}", line + 1),
            };
            cx.complain(format!("EOF on {name} after byte {same}, {place}"));
        }
        1
    }
}

pub fn cmp(cx: &mut Cx) -> Start {
    let options = match options::parse(cx, "s", &[("silent", 's'), ("quiet", 's')], 2) {
        Ok(options) => options,
        Err(end) => return end,
    };
    let mut names = options.operands.clone();
    match names.len() {
        0 => {
            return cx.fail(
                2,
                "missing operand after 'cmp'\ncmp: Try 'cmp --help' for more information.",
            );
        }
        1 => names.push("-".to_string()),
        _ => {}
    }
    gather(Cmp(options.has('s')), &names)
}
