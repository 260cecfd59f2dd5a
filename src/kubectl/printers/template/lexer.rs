//! Text and actions of a template, and the tokens inside actions.

/// One token.
#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// Text outside of actions.
    Text(String),
    /// `{{`, with the line it stands on.
    Open(usize),
    /// `}}`
    Close,
    /// `.a`, `.` being the empty name.
    Field(String),
    /// `$x`, `$` being the empty name.
    Variable(String),
    /// A word: a function or a keyword.
    Word(String),
    /// A quoted string or character.
    String(String),
    /// A whole number.
    Int(i64),
    /// Another number.
    Float(f64),
    /// `|`, `(`, `)`, `,`, `=`
    Symbol(char),
    /// `:=`
    Declare,
    /// Blanks, which part arguments from chained fields.
    Space,
}

/// Takes a template apart.
pub fn lex(text: &str) -> Result<Vec<Token>, String> {
    let mut out = Vec::new();
    let mut rest = text;
    let mut line = 1;
    let mut trim = false;
    loop {
        let Some(at) = rest.find("{{") else {
            push_text(&mut out, rest, trim, false);
            return Ok(out);
        };
        let (before, action) = (&rest[..at], &rest[at + 2..]);
        let trims_left =
            action.starts_with("- ") || action.starts_with("-\n") || action.starts_with("-\t");
        push_text(&mut out, before, trim, trims_left);
        line += before.matches('\n').count();
        let body = if trims_left { &action[1..] } else { action };
        if let Some(comment) = body.trim_start().strip_prefix("/*") {
            let end = comment
                .find("*/")
                .ok_or_else(|| format!("template: output:{line}: unclosed comment"))?;
            let after = comment[end + 2..].trim_start();
            let (after, trims) = match after.strip_prefix('-') {
                Some(a) => (a, true),
                None => (after, false),
            };
            rest = after.strip_prefix("}}").ok_or_else(|| {
                format!("template: output:{line}: comment ends before closing delimiter")
            })?;
            trim = trims;
            continue;
        }
        out.push(Token::Open(line));
        let used = action_tokens(body, line, &mut out)?;
        let inner = &body[..used];
        trim = inner.ends_with('-') && inner[..inner.len() - 1].ends_with([' ', '\t', '\n']);
        line += inner.matches('\n').count();
        out.push(Token::Close);
        rest = &body[used + 2..];
    }
}

fn push_text(out: &mut Vec<Token>, text: &str, trim_start: bool, trim_end: bool) {
    let blank = [' ', '\t', '\r', '\n'];
    let mut text = text;
    if trim_start {
        text = text.trim_start_matches(blank);
    }
    if trim_end {
        text = text.trim_end_matches(blank);
    }
    if !text.is_empty() {
        out.push(Token::Text(text.to_owned()));
    }
}

/// Reads the tokens up to `}}`; gives how many bytes stood before it.
fn action_tokens(body: &str, line: usize, out: &mut Vec<Token>) -> Result<usize, String> {
    let fail = |why: String| Err(format!("template: output:{line}: {why}"));
    let mut at = 0;
    loop {
        let rest = &body[at..];
        if rest.starts_with("}}") {
            return Ok(at);
        }
        let Some(c) = rest.chars().next() else {
            return fail("unclosed action".to_owned());
        };
        if c.is_whitespace() {
            let used = rest.len() - rest.trim_start().len();
            at += used;
            out.push(Token::Space);
            if body[at..].starts_with("-}}") {
                at += 1;
            }
            continue;
        }
        match c {
            '.' if rest[1..].starts_with(|d: char| d.is_ascii_digit()) => {
                at += number(rest, out).map_err(|w| format!("template: output:{line}: {w}"))?;
            }
            '.' | '$' => {
                let name = word(&rest[1..]);
                at += 1 + name.len();
                out.push(if c == '.' {
                    Token::Field(name.to_owned())
                } else {
                    Token::Variable(name.to_owned())
                });
            }
            '"' | '`' | '\'' => {
                let (text, used) = quoted(rest, c).ok_or_else(|| {
                    format!("template: output:{line}: unterminated quoted string")
                })?;
                at += used;
                out.push(match (c, text.chars().next()) {
                    ('\'', Some(only)) => Token::Int(i64::from(only as u32)),
                    _ => Token::String(text),
                });
            }
            ':' if rest.starts_with(":=") => {
                at += 2;
                out.push(Token::Declare);
            }
            '|' | '(' | ')' | ',' | '=' => {
                at += 1;
                out.push(Token::Symbol(c));
            }
            c if c.is_ascii_digit() || matches!(c, '+' | '-') => {
                at += number(rest, out).map_err(|w| format!("template: output:{line}: {w}"))?;
            }
            c if c.is_alphabetic() || c == '_' => {
                let name = word(rest);
                at += name.len();
                out.push(Token::Word(name.to_owned()));
            }
            c => return fail(format!("unexpected {:?} in command", c.to_string())),
        }
    }
}

fn word(s: &str) -> &str {
    let end = s
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(s.len());
    &s[..end]
}

fn number(s: &str, out: &mut Vec<Token>) -> Result<usize, String> {
    let end = s
        .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '+' | '-' | '_'))
        .unwrap_or(s.len());
    let text = &s[..end];
    if let Ok(n) = crate::kubectl::flags::parse_int(text) {
        out.push(Token::Int(n));
    } else if let Ok(f) = text.parse::<f64>() {
        out.push(Token::Float(f));
    } else {
        return Err(format!("bad number syntax: {text:?}"));
    }
    Ok(end)
}

/// A quoted string without its quotes, and how many bytes it took.
fn quoted(s: &str, quote: char) -> Option<(String, usize)> {
    if quote == '`' {
        let end = s[1..].find('`')?;
        return Some((s[1..=end].to_owned(), end + 2));
    }
    let mut out = String::new();
    let mut chars = s.char_indices().skip(1);
    while let Some((i, c)) = chars.next() {
        match c {
            c if c == quote => return Some((out, i + 1)),
            '\n' => return None,
            '\\' => match chars.next()?.1 {
                'n' => out.push('\n'),
                't' => out.push('\t'),
                'r' => out.push('\r'),
                'x' => out.push(hex(&mut chars, 2)?),
                'u' => out.push(hex(&mut chars, 4)?),
                other => out.push(other),
            },
            c => out.push(c),
        }
    }
    None
}

fn hex(chars: &mut impl Iterator<Item = (usize, char)>, digits: usize) -> Option<char> {
    let text: String = chars.take(digits).map(|(_, c)| c).collect();
    char::from_u32(u32::from_str_radix(&text, 16).ok()?)
}
