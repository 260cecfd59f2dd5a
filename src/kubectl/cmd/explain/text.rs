//! Breaking and indenting descriptions as upstream does (`mitchellh/go-wordwrap`).

/// Breaks lines at spaces so that they are no longer than `limit` characters; longer words stay whole.
pub(super) fn wrap(limit: usize, s: &str) -> String {
    let mut out = String::new();
    let (mut current, mut word, mut space) = (0, String::new(), String::new());
    let length = |s: &str| s.chars().count();
    for c in s.chars() {
        if c == '\n' {
            if word.is_empty() && current + length(&space) > limit {
                space.clear();
            }
            out.push_str(&space);
            out.push_str(&word);
            space.clear();
            word.clear();
            out.push(c);
            current = 0;
        } else if c.is_whitespace() && c != '\u{a0}' {
            if space.is_empty() || !word.is_empty() {
                current += length(&space) + length(&word);
                out.push_str(&space);
                out.push_str(&word);
                space.clear();
                word.clear();
            }
            space.push(c);
        } else {
            word.push(c);
            if current + length(&word) + length(&space) > limit && length(&word) < limit {
                out.push('\n');
                current = 0;
                space.clear();
            }
        }
    }
    if !word.is_empty() || current + length(&space) <= limit {
        out.push_str(&space);
    }
    out.push_str(&word);
    out
}

/// Puts `amount` spaces before every line.
pub(super) fn indent(amount: usize, s: &str) -> String {
    let pad = " ".repeat(amount);
    format!("{pad}{}", s.replace('\n', &format!("\n{pad}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_spaces() {
        assert_eq!(wrap(10, "aaa bbb ccc ddd"), "aaa bbb\nccc ddd");
        assert_eq!(wrap(5, "aaaaaaaa b"), "aaaaaaaa\nb");
        assert_eq!(wrap(20, "one\n\ntwo\n"), "one\n\ntwo\n");
        assert_eq!(indent(2, "a\nb"), "  a\n  b");
    }
}
