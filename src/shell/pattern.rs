//! Shell patterns (`*`, `?`, `[…]`) and file name generation.

use super::system::System;
use crate::collections::Arrange;

/// How many file names one pattern may give.
const MAX_NAMES: usize = 65_536;

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Char(char),
    Any,
    Star,
    Class {
        negated: bool,
        items: Vec<ClassItem>,
    },
}

#[derive(Clone, Debug, PartialEq)]
enum ClassItem {
    Range(char, char),
    Named(String),
}

/// A compiled pattern. A backslash makes the next character an ordinary one.
#[derive(Clone, Debug)]
pub struct Pattern {
    tokens: Vec<Token>,
}

impl Pattern {
    pub fn new(text: &str) -> Pattern {
        let chars: Vec<char> = text.chars().collect();
        let mut tokens = Vec::new();
        let mut i = 0;
        while i < chars.len() {
            let token = match chars[i] {
                '\\' if i + 1 < chars.len() => {
                    i += 1;
                    Token::Char(chars[i])
                }
                '?' => Token::Any,
                '*' => Token::Star,
                '[' => match class(&chars, i) {
                    Some((token, end)) => {
                        i = end;
                        token
                    }
                    None => Token::Char('['),
                },
                c => Token::Char(c),
            };
            i += 1;
            if token != Token::Star || tokens.last() != Some(&Token::Star) {
                tokens.push(token);
            }
        }
        Pattern { tokens }
    }

    /// Whether the whole text matches.
    pub fn matches(&self, text: &str) -> bool {
        let chars: Vec<char> = text.chars().collect();
        self.matches_chars(&chars)
    }

    fn matches_chars(&self, text: &[char]) -> bool {
        let (mut p, mut t) = (0, 0);
        let mut retry: Option<(usize, usize)> = None;
        while t < text.len() {
            match self.tokens.get(p) {
                Some(Token::Star) => {
                    retry = Some((p + 1, t));
                    p += 1;
                }
                Some(token) if token.accepts(text[t]) => {
                    p += 1;
                    t += 1;
                }
                _ => match retry {
                    Some((rp, rt)) => {
                        p = rp;
                        t = rt + 1;
                        retry = Some((rp, t));
                    }
                    None => return false,
                },
            }
        }
        self.tokens[p..].iter().all(|token| *token == Token::Star)
    }

    /// Bytes of the shortest or longest prefix that matches.
    pub fn prefix(&self, text: &str, longest: bool) -> Option<usize> {
        let chars: Vec<char> = text.chars().collect();
        let fits = |n: &usize| self.matches_chars(&chars[..*n]);
        let n = if longest {
            (0..=chars.len()).rev().find(fits)
        } else {
            (0..=chars.len()).find(fits)
        };
        n.map(|n| chars[..n].iter().map(|c| c.len_utf8()).sum())
    }

    /// Byte offset where the shortest or longest matching suffix begins.
    pub fn suffix(&self, text: &str, longest: bool) -> Option<usize> {
        let chars: Vec<char> = text.chars().collect();
        let fits = |n: &usize| self.matches_chars(&chars[*n..]);
        let n = if longest {
            (0..=chars.len()).find(fits)
        } else {
            (0..=chars.len()).rev().find(fits)
        };
        n.map(|n| chars[..n].iter().map(|c| c.len_utf8()).sum())
    }

    /// First place where the pattern matches a longest non-empty piece: byte range.
    pub fn find(&self, text: &str) -> Option<(usize, usize)> {
        let bounds: Vec<usize> = text.char_indices().map(|(i, _)| i).collect();
        bounds.into_iter().find_map(|start| {
            let len = self.prefix(&text[start..], true)?;
            (len > 0).then_some((start, start + len))
        })
    }

    fn has_magic(&self) -> bool {
        self.tokens.iter().any(|t| !matches!(t, Token::Char(_)))
    }

    fn literal(&self) -> String {
        self.tokens
            .iter()
            .filter_map(|t| {
                if let Token::Char(c) = t {
                    Some(*c)
                } else {
                    None
                }
            })
            .collect()
    }
}

impl Token {
    fn accepts(&self, c: char) -> bool {
        match self {
            Token::Char(d) => *d == c,
            Token::Any => true,
            Token::Star => false,
            Token::Class { negated, items } => {
                let inside = items.iter().any(|item| match item {
                    ClassItem::Range(a, b) => (*a..=*b).contains(&c),
                    ClassItem::Named(name) => named_class(name, c),
                });
                inside != *negated
            }
        }
    }
}

/// Whether a character belongs to `[:name:]`.
pub fn named_class(name: &str, c: char) -> bool {
    match name {
        "alpha" => c.is_alphabetic(),
        "digit" => c.is_ascii_digit(),
        "alnum" => c.is_alphanumeric(),
        "upper" => c.is_uppercase(),
        "lower" => c.is_lowercase(),
        "space" => c.is_whitespace(),
        "blank" => c == ' ' || c == '\t',
        "punct" => c.is_ascii_punctuation(),
        "cntrl" => c.is_control(),
        "print" => !c.is_control(),
        "graph" => !c.is_control() && !c.is_whitespace(),
        "xdigit" => c.is_ascii_hexdigit(),
        "word" => c.is_alphanumeric() || c == '_',
        _ => false,
    }
}

/// A bracket expression at `start`, and where its `]` is.
fn class(chars: &[char], start: usize) -> Option<(Token, usize)> {
    let mut i = start + 1;
    let negated = matches!(chars.get(i), Some('!' | '^'));
    i += usize::from(negated);
    let first = i;
    let mut items = Vec::new();
    loop {
        let mut c = *chars.get(i)?;
        if c == ']' && i > first {
            return Some((Token::Class { negated, items }, i));
        }
        if c == '[' && chars.get(i + 1) == Some(&':') {
            let end = (i + 2..chars.len())
                .find(|j| chars[*j] == ':' && chars.get(j + 1) == Some(&']'))?;
            items.push(ClassItem::Named(chars[i + 2..end].iter().collect()));
            i = end + 2;
            continue;
        }
        if c == '\\' {
            i += 1;
            c = *chars.get(i)?;
        }
        let ranged = chars.get(i + 1) == Some(&'-') && chars.get(i + 2).is_some_and(|c| *c != ']');
        if ranged {
            i += 2;
            if chars[i] == '\\' {
                i += 1;
            }
            items.push(ClassItem::Range(c, *chars.get(i)?));
        } else {
            items.push(ClassItem::Range(c, c));
        }
        i += 1;
    }
}

/// The text with every character that a pattern would read specially made ordinary.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if "*?[]\\".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// File names that match, sorted; empty if there are none. Names are relative to `cwd` as the pattern is.
pub fn glob(sys: &mut dyn System, cwd: &str, pattern: &str) -> Vec<String> {
    let absolute = pattern.starts_with('/');
    let mut found = vec![String::from(if absolute { "/" } else { "" })];
    let parts: Vec<&str> = pattern.split('/').filter(|p| !p.is_empty()).collect();
    for (i, part) in parts.iter().enumerate() {
        let last = i + 1 == parts.len();
        let compiled = Pattern::new(part);
        let mut next = Vec::new();
        for base in found {
            if compiled.has_magic() {
                matching_names(
                    sys,
                    cwd,
                    &base,
                    &compiled,
                    part.starts_with('.'),
                    last,
                    &mut next,
                );
            } else {
                next.push(format!("{base}{}", compiled.literal()));
            }
        }
        next.truncate(MAX_NAMES);
        if !last {
            for name in &mut next {
                name.push('/');
            }
        }
        found = next;
    }
    found.retain(|name| {
        sys.fs()
            .stat(&super::io::absolute(cwd, name), false)
            .is_ok()
    });
    if pattern.ends_with('/') {
        found.retain(|name| {
            sys.fs()
                .stat(&super::io::absolute(cwd, name), true)
                .is_ok_and(|m| m.is_dir())
        });
        found.iter_mut().for_each(|name| name.push('/'));
    }
    found.arrange();
    found
}

fn matching_names(
    sys: &mut dyn System,
    cwd: &str,
    base: &str,
    pattern: &Pattern,
    dotted: bool,
    last: bool,
    out: &mut Vec<String>,
) {
    let dir = super::io::absolute(cwd, if base.is_empty() { "." } else { base });
    let Ok(names) = sys.fs().list(&dir) else {
        return;
    };
    for name in names {
        if (name.starts_with('.') && !dotted) || !pattern.matches(&name) {
            continue;
        }
        let path = format!("{base}{name}");
        let wanted = last
            || sys
                .fs()
                .stat(&super::io::absolute(cwd, &path), true)
                .is_ok_and(|m| m.is_dir());
        if wanted {
            out.push(path);
        }
    }
}
