//! POSIX basic and extended regular expressions over `regex-lite`.

/// Which language a pattern is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavor {
    /// `grep`, `sed`.
    Basic,
    /// `grep -E`, `sed -E`, `[[ =~ ]]`.
    Extended,
    /// Extended, with C's escapes, in brackets too.
    Awk,
    /// As `regex-lite` reads it (close to PCRE): `grep -P`, `jq`.
    Perl,
}

/// A compiled expression.
#[derive(Clone, Debug)]
pub struct Regex {
    inner: regex_lite::Regex,
}

impl Regex {
    /// Compiles; the error is a short text.
    pub fn new(pattern: &str, flavor: Flavor, ignore_case: bool) -> Result<Regex, String> {
        let body = if flavor == Flavor::Perl {
            pattern.to_string()
        } else {
            translate(pattern, flavor)?
        };
        let flags = match (flavor, ignore_case) {
            (Flavor::Perl, true) => "(?i)",
            (Flavor::Perl, false) => "",
            (_, true) => "(?si)",
            (_, false) => "(?s)",
        };
        let inner = regex_lite::RegexBuilder::new(&format!("{flags}{body}"))
            .size_limit(1 << 20)
            .build()
            .map_err(|e| posix_error(&e.to_string()))?;
        Ok(Regex { inner })
    }

    pub fn extended(pattern: &str, ignore_case: bool) -> Result<Regex, String> {
        Regex::new(pattern, Flavor::Extended, ignore_case)
    }

    pub fn is_match(&self, text: &str) -> bool {
        self.inner.is_match(text)
    }

    /// The first match at or after `start`: byte range.
    pub fn find_at(&self, text: &str, start: usize) -> Option<(usize, usize)> {
        self.inner
            .find_at(text, start)
            .map(|m| (m.start(), m.end()))
    }

    /// Texts of the groups of the first match; group 0 is the whole.
    pub fn captures(&self, text: &str) -> Option<Vec<Option<String>>> {
        let groups = self.inner.captures(text)?;
        Some(
            groups
                .iter()
                .map(|g| g.map(|m| m.as_str().to_string()))
                .collect(),
        )
    }

    /// Byte ranges of the groups of the first match at or after `start`.
    pub fn captures_at(&self, text: &str, start: usize) -> Option<Vec<Option<(usize, usize)>>> {
        let groups = self.inner.captures_at(text, start)?;
        Some(
            groups
                .iter()
                .map(|g| g.map(|m| (m.start(), m.end())))
                .collect(),
        )
    }

    /// Names of the groups, by number.
    pub fn names(&self) -> Vec<Option<String>> {
        self.inner
            .capture_names()
            .map(|n| n.map(str::to_string))
            .collect()
    }
}

/// The compiler's complaint in the words of POSIX's.
fn posix_error(message: &str) -> String {
    let known = [
        ("open group without closing", "Unmatched ( or \\("),
        ("closing ')' without", "Unmatched ) or \\)"),
        ("unopened", "Unmatched ) or \\)"),
        ("invalid range", "Invalid range end"),
        ("repetition", "Invalid preceding regular expression"),
    ];
    let found = known.iter().find(|(part, _)| message.contains(part));
    found.map_or(message, |(_, words)| words).to_string()
}

/// The text with everything that an expression would read specially made ordinary.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn literal(out: &mut String, c: char) {
    if "\\.+*?()|[]{}^$#&-~".contains(c) {
        out.push('\\');
    }
    out.push(c);
}

fn translate(pattern: &str, flavor: Flavor) -> Result<String, String> {
    let chars: Vec<char> = pattern.chars().collect();
    let basic = flavor == Flavor::Basic;
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut i = 0;
    // Whether an anchor or a literal `*` may stand here.
    let mut at_start = true;
    while i < chars.len() {
        let c = chars[i];
        let started = at_start;
        at_start = false;
        match c {
            '\\' => {
                let Some(next) = chars.get(i + 1).copied() else {
                    return Err("Trailing backslash".to_string());
                };
                i += 1;
                match next {
                    '(' | '|' if basic => {
                        out.push(next);
                        at_start = true;
                    }
                    ')' | '{' | '}' | '+' | '?' if basic => out.push(next),
                    'n' => out.push('\n'),
                    't' => out.push('\t'),
                    'w' | 'W' | 's' | 'S' | 'b' | 'B'
                        if flavor != Flavor::Awk || "wWsSB".contains(next) =>
                    {
                        out.push('\\');
                        out.push(next);
                    }
                    'y' if flavor == Flavor::Awk => out.push_str("\\b"),
                    '<' => out.push_str("\\b{start}"),
                    '>' => out.push_str("\\b{end}"),
                    '`' => out.push_str("\\A"),
                    '\'' => out.push_str("\\z"),
                    '1'..='9' => return Err("back-references are not supported".to_string()),
                    'x' => {
                        let hex: String = chars[i + 1..]
                            .iter()
                            .take(2)
                            .take_while(|c| c.is_ascii_hexdigit())
                            .collect();
                        let code = u32::from_str_radix(&hex, 16).unwrap_or(120);
                        i += hex.len();
                        literal(&mut out, char::from_u32(code).unwrap_or('x'));
                    }
                    other => literal(&mut out, other),
                }
            }
            '[' => i = bracket(&chars, i, flavor, &mut out)?,
            '*' if started && (basic || out.is_empty()) => out.push_str("\\*"),
            '^' if basic && !started => out.push_str("\\^"),
            '^' => {
                out.push('^');
                at_start = true;
            }
            '$' if basic
                && i + 1 < chars.len()
                && !(chars[i + 1] == '\\' && matches!(chars.get(i + 2), Some(')' | '|'))) =>
            {
                out.push_str("\\$");
            }
            '(' | '|' if !basic => {
                out.push(c);
                at_start = true;
            }
            '(' | ')' | '{' | '}' | '|' | '+' | '?' if basic => literal(&mut out, c),
            '{' if !chars.get(i + 1).is_some_and(char::is_ascii_digit)
                && chars.get(i + 1) != Some(&',') =>
            {
                out.push_str("\\{");
            }
            '{' if chars.get(i + 1) == Some(&',') => out.push_str("{0"),
            '+' | '?' if started => literal(&mut out, c),
            '}' if !out.contains('{') => out.push_str("\\}"),
            '*' | '+' | '?'
                if matches!(chars.get(i.wrapping_sub(1)), Some('*' | '+' | '?'))
                    && i > 0
                    && !ends_escaped(&chars, i) =>
            {
                // A repeated repetition adds nothing; regex-lite would read it as "lazy".
                if c == '*' && !out.ends_with('*') {
                    out.pop();
                    out.push('*');
                }
            }
            '.' | '$' | ')' | '*' | '+' | '?' | '}' => out.push(c),
            c => {
                if "#&-~".contains(c) {
                    out.push('\\');
                }
                out.push(c);
            }
        }
        i += 1;
    }
    Ok(out)
}

/// Whether the character before `i` is an escaped one.
fn ends_escaped(chars: &[char], i: usize) -> bool {
    chars[..i - 1]
        .iter()
        .rev()
        .take_while(|c| **c == '\\')
        .count()
        % 2
        == 1
}

/// Translates a bracket expression at `start`; gives the place of its `]`.
fn bracket(
    chars: &[char],
    start: usize,
    flavor: Flavor,
    out: &mut String,
) -> Result<usize, String> {
    let unmatched = || "Unmatched [, [^, [:, [., or [=".to_string();
    let mut i = start + 1;
    out.push('[');
    if chars.get(i) == Some(&'^') {
        out.push('^');
        i += 1;
    }
    let first = i;
    loop {
        let c = *chars.get(i).ok_or_else(unmatched)?;
        match c {
            ']' if i > first => {
                out.push(']');
                return Ok(i);
            }
            '[' if chars.get(i + 1) == Some(&':') => {
                let end = (i + 2..chars.len())
                    .find(|j| chars[*j] == ':' && chars.get(j + 1) == Some(&']'));
                let end = end.ok_or_else(unmatched)?;
                let name: String = chars[i + 2..end].iter().collect();
                out.push_str(class(&name).ok_or("Invalid character class name")?);
                i = end + 1;
            }
            '\\' if matches!(chars.get(i + 1), Some('n' | 't')) => {
                out.push_str(if chars[i + 1] == 'n' { "\\n" } else { "\\t" });
                i += 1;
            }
            '\\' if flavor == Flavor::Awk && i + 1 < chars.len() => {
                i += 1;
                literal(out, chars[i]);
            }
            '-' if i > first && chars.get(i + 1) != Some(&']') => out.push('-'),
            c => literal(out, c),
        }
        i += 1;
    }
}

fn class(name: &str) -> Option<&'static str> {
    Some(match name {
        "alpha" => "a-zA-Z",
        "digit" => "0-9",
        "alnum" => "a-zA-Z0-9",
        "upper" => "A-Z",
        "lower" => "a-z",
        "space" => " \\t\\n\\r\\f\\v",
        "blank" => " \\t",
        "punct" => "!-/:-@\\[-`{-\\~",
        "print" => " -\\~",
        "graph" => "!-\\~",
        "cntrl" => "\\x00-\\x1f\\x7f",
        "xdigit" => "0-9a-fA-F",
        _ => return None,
    })
}
