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

/// A token and the byte it begins at, counted from the start of its line.
pub type Placed = (Token, usize);

/// The column of a byte of the template.
fn column(text: &str, at: usize) -> usize {
    at - text[..at].rfind('\n').map_or(0, |n| n + 1)
}

/// Takes a template apart.
pub fn lex(text: &str) -> Result<Vec<Placed>, String> {
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
        out.push((Token::Open(line), 0));
        let used = action_tokens(text, text.len() - body.len(), line, &mut out)?;
        let inner = &body[..used];
        trim = inner.ends_with('-') && inner[..inner.len() - 1].ends_with([' ', '\t', '\n']);
        line += inner.matches('\n').count();
        out.push((Token::Close, 0));
        rest = &body[used + 2..];
    }
}

fn push_text(out: &mut Vec<Placed>, text: &str, trim_start: bool, trim_end: bool) {
    let blank = [' ', '\t', '\r', '\n'];
    let mut text = text;
    if trim_start {
        text = text.trim_start_matches(blank);
    }
    if trim_end {
        text = text.trim_end_matches(blank);
    }
    if !text.is_empty() {
        out.push((Token::Text(text.to_owned()), 0));
    }
}

/// Reads the tokens from byte `start` up to `}}`; gives how many bytes stood before it.
fn action_tokens(
    text: &str,
    start: usize,
    line: usize,
    out: &mut Vec<Placed>,
) -> Result<usize, String> {
    let fail = |why: String| format!("template: output:{line}: {why}");
    let body = &text[start..];
    let mut at = 0;
    loop {
        let rest = &body[at..];
        if rest.starts_with("}}") {
            return Ok(at);
        }
        let Some(c) = rest.chars().next() else {
            return Err(fail("unclosed action".to_owned()));
        };
        if c.is_whitespace() {
            at += rest.len() - rest.trim_start().len();
            out.push((Token::Space, 0));
            if body[at..].starts_with("-}}") {
                at += 1;
            }
            continue;
        }
        let (token, used) = token(rest, c).map_err(fail)?;
        out.push((token, column(text, start + at)));
        at += used;
    }
}

/// The token that `rest` begins with (`c` being its first character), and its length.
fn token(rest: &str, c: char) -> Result<(Token, usize), String> {
    Ok(match c {
        '.' if rest[1..].starts_with(|d: char| d.is_ascii_digit()) => number(rest)?,
        '.' => {
            let name = word(&rest[1..]);
            (Token::Field(name.to_owned()), 1 + name.len())
        }
        '$' => {
            let name = word(&rest[1..]);
            (Token::Variable(name.to_owned()), 1 + name.len())
        }
        '"' | '`' | '\'' => {
            let (text, used) =
                quoted(rest, c).ok_or_else(|| "unterminated quoted string".to_owned())?;
            match (c, text.chars().next()) {
                ('\'', Some(only)) => (Token::Int(i64::from(only as u32)), used),
                _ => (Token::String(text), used),
            }
        }
        ':' if rest.starts_with(":=") => (Token::Declare, 2),
        '|' | '(' | ')' | ',' | '=' => (Token::Symbol(c), 1),
        c if c.is_ascii_digit() || matches!(c, '+' | '-') => number(rest)?,
        c if c.is_alphabetic() || c == '_' => {
            let name = word(rest);
            (Token::Word(name.to_owned()), name.len())
        }
        c => return Err(format!("unexpected {:?} in command", c.to_string())),
    })
}

fn word(s: &str) -> &str {
    let end = s
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(s.len());
    &s[..end]
}

fn number(s: &str) -> Result<(Token, usize), String> {
    let end = s
        .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '+' | '-' | '_'))
        .unwrap_or(s.len());
    let text = &s[..end];
    if let Ok(n) = crate::kubectl::flags::parse_int(text) {
        Ok((Token::Int(n), end))
    } else if let Ok(f) = text.parse::<f64>() {
        Ok((Token::Float(f), end))
    } else {
        Err(format!("bad number syntax: {text:?}"))
    }
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
