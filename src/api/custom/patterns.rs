//! Whether patterns are regular expressions, in the words of Go's `regexp/syntax`.

/// What is wrong with a pattern, if anything is. What only the engine here cannot read, such as a brace that stands for itself, is not
/// wrong.
pub fn pattern_error(pattern: &str) -> Option<String> {
    let plain = without_classes(pattern);
    regex_lite::Regex::new(&plain).err()?;
    Some(format!("error parsing regexp: {}", complaint(pattern)?))
}

/// The pattern with one letter for each Unicode class, of which the engine here knows none.
fn without_classes(pattern: &str) -> String {
    let mut out = String::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('p' | 'P') => {
                if chars.next() == Some('{') {
                    while chars.next().is_some_and(|c| c != '}') {}
                }
                out.push('a');
            }
            Some('C') => out.push('a'),
            Some('Q') => {
                // A text to the letter, up to `\E`.
                let rest: String = chars.by_ref().collect();
                let (quoted, after) = rest.split_once("\\E").unwrap_or((&rest, ""));
                out.push_str(&regex_lite::escape(quoted));
                out.push_str(&without_classes(after));
            }
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    out
}

/// The first thing that Go's parser stumbles over.
fn complaint(pattern: &str) -> Option<String> {
    let bytes = pattern.as_bytes();
    let mut open = 0_usize;
    let mut repeatable = false;
    let mut i = 0;
    while i < bytes.len() {
        match bytes[i] {
            b'\\' => match bytes.get(i + 1) {
                None => return Some("trailing backslash at end of expression: ``".to_owned()),
                Some(c) if c.is_ascii_alphabetic() && !b"AbBCdDEafnrQsStvwWxzpP".contains(c) => {
                    return Some(format!("invalid escape sequence: `\\{}`", char::from(*c)));
                }
                Some(_) => {
                    i += 1;
                    repeatable = true;
                }
            },
            b'[' => {
                let mut end = i + 1;
                if bytes.get(end) == Some(&b'^') {
                    end += 1;
                }
                if bytes.get(end) == Some(&b']') {
                    end += 1;
                }
                while end < bytes.len() && bytes[end] != b']' {
                    let class = bytes[end..].starts_with(b"[:");
                    let close = pattern.get(end..).and_then(|s| s.find(":]"));
                    match (class, close) {
                        (true, Some(n)) => end += n + 2,
                        _ if bytes[end] == b'\\' => end += 2,
                        _ => {
                            let (low, high) = (bytes[end], bytes.get(end + 2).copied());
                            if bytes.get(end + 1) == Some(&b'-')
                                && let Some(high) =
                                    high.filter(|h| *h != b']' && *h != b'\\' && *h < low)
                            {
                                return Some(format!(
                                    "invalid character class range: `{}-{}`",
                                    char::from(low),
                                    char::from(high)
                                ));
                            }
                            end += 1;
                        }
                    }
                }
                if end >= bytes.len() {
                    return Some(format!("missing closing ]: `{}`", &pattern[i..]));
                }
                i = end;
                repeatable = true;
            }
            b'(' => {
                let group = &pattern[i..];
                let flags = group.strip_prefix("(?");
                let known = flags.is_none_or(|f| f.starts_with(|c: char| "imsU-:P<".contains(c)));
                if !known || group.starts_with("(?<=") || group.starts_with("(?<!") {
                    let end = if group.starts_with("(?<") { 4 } else { 3 };
                    let shown: String = group.chars().take(end).collect();
                    return Some(format!("invalid or unsupported Perl syntax: `{shown}`"));
                }
                open += 1;
                repeatable = false;
                if pattern[i..].starts_with("(?") {
                    i += 1;
                }
            }
            b')' => {
                if open == 0 {
                    return Some(format!("unexpected ): `{pattern}`"));
                }
                open -= 1;
                repeatable = true;
            }
            c @ (b'*' | b'+' | b'?') => {
                if !repeatable {
                    return Some(format!(
                        "missing argument to repetition operator: `{}`",
                        char::from(c)
                    ));
                }
                let start = i;
                if bytes.get(i + 1) == Some(&b'?') {
                    i += 1;
                }
                if bytes.get(i + 1).is_some_and(|c| b"*+?".contains(c)) {
                    let shown = &pattern[start..i + 2];
                    return Some(format!("invalid nested repetition operator: `{shown}`"));
                }
            }
            b'{' => {
                let end = pattern[i..].find('}').map(|n| i + n + 1);
                if let Some(end) = end
                    && let Some((low, high)) = counts(&pattern[i + 1..end - 1])
                    && (low > 1000 || high.is_some_and(|h| h > 1000 || h < low))
                {
                    return Some(format!("invalid repeat count: `{}`", &pattern[i..end]));
                }
            }
            b'|' => repeatable = false,
            _ => repeatable = true,
        }
        i += 1;
    }
    (open > 0).then(|| format!("missing closing ): `{pattern}`"))
}

/// The numbers of a repetition.
fn counts(text: &str) -> Option<(u32, Option<u32>)> {
    match text.split_once(',') {
        None => text.parse().ok().map(|n| (n, Some(n))),
        Some((low, "")) => low.parse().ok().map(|n| (n, None)),
        Some((low, high)) => low.parse().ok().zip(Some(high.parse().ok())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_refused_in_go_s_words() {
        for (pattern, wanted) in [
            ("[a-z", "missing closing ]: `[a-z`"),
            ("(a", "missing closing ): `(a`"),
            ("a)", "unexpected ): `a)`"),
            ("*a", "missing argument to repetition operator: `*`"),
            ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"),
            ("(?<!a)b", "invalid or unsupported Perl syntax: `(?<!`"),
            ("a\\", "trailing backslash at end of expression: ``"),
            ("[z-a]", "invalid character class range: `z-a`"),
            ("\\y", "invalid escape sequence: `\\y`"),
        ] {
            let wanted = format!("error parsing regexp: {wanted}");
            assert_eq!(pattern_error(pattern), Some(wanted), "{pattern}");
        }
        for fine in [
            "",
            "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
            r"^\p{Lu}\pN+$",
            r"\Qa.b\E",
            r"(?i)x{2,5}",
            r"[[:alpha:]_\]]",
            "^{{.*}}$",
            "a{,5}",
        ] {
            assert_eq!(pattern_error(fine), None, "{fine}");
        }
    }
}
