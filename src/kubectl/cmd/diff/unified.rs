//! Differences of two texts in the format of `diff -u`.

const CONTEXT: usize = 3;

#[derive(Clone, Copy, PartialEq)]
enum Edit {
    Keep,
    Remove,
    Add,
}

/// The hunks, without the lines that name the files; "" where the texts are equal.
pub fn diff(old: &str, new: &str) -> String {
    let (a, b): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    if a == b {
        return String::new();
    }
    let edits = edits(&a, &b);
    let mut out = String::new();
    let changed: Vec<usize> = (0..edits.len())
        .filter(|i| edits[*i] != Edit::Keep)
        .collect();
    let mut at = 0;
    while at < changed.len() {
        let mut last = at;
        while last + 1 < changed.len() && changed[last + 1] - changed[last] <= 2 * CONTEXT + 1 {
            last += 1;
        }
        let from = changed[at].saturating_sub(CONTEXT);
        let to = (changed[last] + CONTEXT + 1).min(edits.len());
        hunk(&a, &b, &edits, from..to, &mut out);
        at = last + 1;
    }
    out
}

fn hunk(a: &[&str], b: &[&str], edits: &[Edit], range: std::ops::Range<usize>, out: &mut String) {
    let count = |part: &[Edit], skip: Edit| part.iter().filter(|e| **e != skip).count();
    let (mut i, mut j) = (
        count(&edits[..range.start], Edit::Add),
        count(&edits[..range.start], Edit::Remove),
    );
    let (n, m) = (
        count(&edits[range.clone()], Edit::Add),
        count(&edits[range.clone()], Edit::Remove),
    );
    let place = |start: usize, n: usize| match n {
        0 => format!("{start},0"),
        1 => format!("{}", start + 1),
        n => format!("{},{n}", start + 1),
    };
    out.push_str(&format!("@@ -{} +{} @@\n", place(i, n), place(j, m)));
    for edit in &edits[range] {
        let (sign, line) = match edit {
            Edit::Keep => (' ', a[i]),
            Edit::Remove => ('-', a[i]),
            Edit::Add => ('+', b[j]),
        };
        i += usize::from(*edit != Edit::Add);
        j += usize::from(*edit != Edit::Remove);
        out.push(sign);
        out.push_str(line);
        out.push('\n');
    }
}

/// The edits of a longest common subsequence; equal heads and tails are set aside first.
fn edits(a: &[&str], b: &[&str]) -> Vec<Edit> {
    let head = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let tail = a[head..]
        .iter()
        .rev()
        .zip(b[head..].iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    let (x, y) = (&a[head..a.len() - tail], &b[head..b.len() - tail]);
    let mut out = vec![Edit::Keep; head];
    let width = y.len() + 1;
    // Texts of thousands of differing lines are shown as replaced altogether: the table would be too large.
    if x.len().saturating_mul(y.len()) > 4_000_000 {
        out.extend(std::iter::repeat_n(Edit::Remove, x.len()));
        out.extend(std::iter::repeat_n(Edit::Add, y.len()));
        out.extend(std::iter::repeat_n(Edit::Keep, tail));
        return out;
    }
    let mut table = vec![0u32; (x.len() + 1) * width];
    for i in (0..x.len()).rev() {
        for j in (0..y.len()).rev() {
            table[i * width + j] = if x[i] == y[j] {
                table[(i + 1) * width + j + 1] + 1
            } else {
                table[(i + 1) * width + j].max(table[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < x.len() || j < y.len() {
        if i < x.len() && j < y.len() && x[i] == y[j] {
            out.push(Edit::Keep);
            (i, j) = (i + 1, j + 1);
        } else if i < x.len()
            && (j == y.len() || table[(i + 1) * width + j] >= table[i * width + j + 1])
        {
            out.push(Edit::Remove);
            i += 1;
        } else {
            out.push(Edit::Add);
            j += 1;
        }
    }
    out.extend(std::iter::repeat_n(Edit::Keep, tail));
    out
}

#[cfg(test)]
mod tests {
    use super::diff;

    #[test]
    fn differences_read_as_diff_writes_them() {
        assert_eq!(diff("a\nb\n", "a\nb\n"), "");
        assert_eq!(diff("", "a\nb\n"), "@@ -0,0 +1,2 @@\n+a\n+b\n");
        assert_eq!(
            diff(
                "1\n2\n3\n4\n5\n6\n7\n8\n9\n",
                "1\n2\n3\n4\nfive\n6\n7\n8\n9\n10\n"
            ),
            "@@ -2,8 +2,9 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n 9\n+10\n"
        );
    }
}
