//! The grammar of templates, scanned by hand as upstream does, so that its quirks and errors agree.

/// One node of a template.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Text(String),
    /// An action: nodes applied one after the other.
    List(Vec<Node>),
    Identifier(String),
    Field(String),
    Wildcard,
    Recursive,
    Int(i64),
    Float(f64),
    Bool(bool),
    Array([Param; 3]),
    Union(Vec<Vec<Node>>),
    Filter {
        left: Vec<Node>,
        operator: String,
        right: Vec<Node>,
    },
}

/// Start, end or step of a slice.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Param {
    pub(super) value: i64,
    pub(super) known: bool,
    pub(super) derived: bool,
}

struct Parser {
    input: Vec<char>,
    at: usize,
}

/// Deeper nesting of unions and filters than this is refused.
const MAX_DEPTH: usize = 32;

pub(super) fn parse(template: &str) -> Result<Vec<Node>, String> {
    parse_at(template, 0)
}

fn parse_at(template: &str, depth: usize) -> Result<Vec<Node>, String> {
    if depth > MAX_DEPTH {
        return Err("the template nests too deeply".to_owned());
    }
    let mut p = Parser {
        input: template.chars().collect(),
        at: 0,
    };
    let mut root = Vec::new();
    let mut text = String::new();
    while let Some(c) = p.next() {
        if c != '{' {
            text.push(c);
            continue;
        }
        if !text.is_empty() {
            root.push(Node::Text(std::mem::take(&mut text)));
        }
        root.push(Node::List(p.action(depth)?));
    }
    if !text.is_empty() {
        root.push(Node::Text(text));
    }
    Ok(root)
}

/// Parses what would stand inside braces.
fn parse_action(text: &str, depth: usize) -> Result<Vec<Node>, String> {
    match parse_at(&format!("{{{text}}}"), depth + 1)?
        .into_iter()
        .next()
    {
        Some(Node::List(nodes)) => Ok(nodes),
        _ => Ok(Vec::new()),
    }
}

fn is_terminator(c: Option<char>) -> bool {
    c.is_none_or(|c| {
        c.is_whitespace() || matches!(c, '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}')
    })
}

fn is_alphanumeric(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

impl Parser {
    fn next(&mut self) -> Option<char> {
        let c = self.input.get(self.at).copied();
        self.at += usize::from(c.is_some());
        c
    }
    fn peek(&self) -> Option<char> {
        self.input.get(self.at).copied()
    }
    fn starts_with(&self, s: &str) -> bool {
        s.chars()
            .enumerate()
            .all(|(i, c)| self.input.get(self.at + i) == Some(&c))
    }
    fn slice(&self, from: usize, to: usize) -> String {
        self.input[from..to].iter().collect()
    }

    fn action(&mut self, depth: usize) -> Result<Vec<Node>, String> {
        let mut nodes = Vec::new();
        loop {
            if self.starts_with("}") {
                self.at += 1;
                return Ok(nodes);
            }
            if self.starts_with("[?(") {
                self.at += 3;
                nodes.push(self.filter(depth)?);
                continue;
            }
            if self.starts_with("..") {
                if nodes.last() == Some(&Node::Recursive) {
                    return Err("invalid multiple recursive descent".to_owned());
                }
                self.at += 2;
                nodes.push(Node::Recursive);
                if self.peek().is_some_and(is_alphanumeric) {
                    nodes.push(self.field());
                }
                continue;
            }
            match self.next() {
                None | Some('\n' | '\r') => return Err("unclosed action".to_owned()),
                Some(' ' | '@' | '$') => {}
                Some('[') => self.array(&mut nodes, depth)?,
                Some(end @ ('"' | '\'')) => nodes.push(self.quote(end)?),
                Some('.') => nodes.push(self.field()),
                Some(c) if c == '+' || c == '-' || c.is_numeric() => {
                    self.at -= 1;
                    nodes.push(self.number()?);
                }
                Some(c) if is_alphanumeric(c) => {
                    self.at -= 1;
                    nodes.push(self.identifier());
                }
                Some(c) => {
                    return Err(format!(
                        "unrecognized character in action: U+{:04X} '{c}'",
                        c as u32
                    ));
                }
            }
        }
    }

    fn field(&mut self) -> Node {
        let mut name = String::new();
        loop {
            match self.peek() {
                Some('\\') => {
                    self.at += 1;
                    name.extend(self.next().filter(|c| *c != '\\'));
                }
                c if is_terminator(c) => break,
                c => {
                    name.extend(c);
                    self.at += 1;
                }
            }
        }
        if name == "*" {
            Node::Wildcard
        } else {
            Node::Field(name)
        }
    }

    fn identifier(&mut self) -> Node {
        let start = self.at;
        while !is_terminator(self.peek()) {
            self.at += 1;
        }
        match self.slice(start, self.at).as_str() {
            "true" | "True" | "TRUE" => Node::Bool(true),
            "false" | "False" | "FALSE" => Node::Bool(false),
            name => Node::Identifier(name.to_owned()),
        }
    }

    fn number(&mut self) -> Result<Node, String> {
        let start = self.at;
        if matches!(self.peek(), Some('+' | '-')) {
            self.at += 1;
        }
        while self.peek().is_some_and(|c| c == '.' || c.is_ascii_digit()) {
            self.at += 1;
        }
        let text = self.slice(start, self.at);
        if let Ok(i) = text.parse() {
            return Ok(Node::Int(i));
        }
        match text.parse() {
            Ok(f) if text.chars().any(|c| c.is_ascii_digit()) => Ok(Node::Float(f)),
            _ => Err(format!("cannot parse number {text}")),
        }
    }

    fn quote(&mut self, end: char) -> Result<Node, String> {
        let start = self.at - 1;
        loop {
            match self.next() {
                None | Some('\n') => return Err("unterminated quoted string".to_owned()),
                Some(c) if c == end && self.input[self.at - 2] != '\\' => break,
                _ => {}
            }
        }
        let inner = self.slice(start + 1, self.at - 1);
        match unquote(&inner, end) {
            Some(s) => Ok(Node::Text(s)),
            None => Err(format!(
                "unquote string {} error invalid syntax",
                self.slice(start, self.at)
            )),
        }
    }

    fn array(&mut self, nodes: &mut Vec<Node>, depth: usize) -> Result<(), String> {
        let start = self.at;
        loop {
            match self.next() {
                None | Some('\n') => return Err("unterminated array".to_owned()),
                Some(']') => break,
                _ => {}
            }
        }
        let mut text = self.slice(start, self.at - 1);
        if text == "*" {
            text = ":".to_owned();
        }
        if text.contains(',') {
            let branches: Result<Vec<_>, _> = text
                .split(',')
                .map(|s| parse_action(&format!("[{}]", s.trim_matches(' ')), depth))
                .collect();
            nodes.push(Node::Union(branches?));
            return Ok(());
        }
        let key = text.strip_prefix('\'').and_then(|t| t.strip_suffix('\''));
        if let Some(key) = key.filter(|k| !k.contains('\'')) {
            nodes.extend(parse_action(&format!(".{key}"), depth)?);
            return Ok(());
        }
        nodes.push(slice_of(&text)?);
        Ok(())
    }

    fn filter(&mut self, depth: usize) -> Result<Node, String> {
        let start = self.at;
        let (mut pair, mut closed) = (None, false);
        loop {
            match self.next() {
                None | Some('\n') => return Err("unterminated filter".to_owned()),
                Some(c @ ('"' | '\'')) => match pair {
                    None => pair = Some(c),
                    Some(p) if p == c && self.input[self.at - 2] != '\\' => closed = true,
                    _ => {}
                },
                Some(')') if pair.is_some() == closed => break,
                _ => {}
            }
        }
        if self.next() != Some(']') {
            return Err("unclosed array expect ]".to_owned());
        }
        let text = self.slice(start, self.at - 2);
        let is_operator = |c: char| matches!(c, '!' | '<' | '>' | '=');
        let split = text.find(is_operator).filter(|i| *i > 0).and_then(|i| {
            let rest = &text[i..];
            let length = rest.find(|c| !is_operator(c))?;
            Some((&text[..i], &rest[..length], &rest[length..]))
        });
        Ok(match split {
            Some((left, operator, right)) => Node::Filter {
                left: parse_action(left, depth)?,
                operator: operator.to_owned(),
                right: parse_action(right, depth)?,
            },
            None => Node::Filter {
                left: parse_action(&text, depth)?,
                operator: "exists".to_owned(),
                right: Vec::new(),
            },
        })
    }
}

/// An index or a slice: `0`, `-1`, `1:3`, `::2`.
fn slice_of(text: &str) -> Result<Node, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let digits = |s: &str| {
        s.strip_prefix('-')
            .unwrap_or(s)
            .bytes()
            .all(|b| b.is_ascii_digit())
    };
    if parts.len() > 3 || !parts.iter().all(|p| digits(p)) {
        return Err(format!("invalid array index {text}"));
    }
    let mut params = [Param::default(); 3];
    for (i, p) in parts.iter().enumerate().filter(|(_, p)| !p.is_empty()) {
        params[i].known = true;
        params[i].value = p
            .parse()
            .map_err(|_| format!("array index {p} is not a number"))?;
    }
    if parts.len() == 1 {
        params[1] = Param {
            value: params[0].value.saturating_add(1),
            known: true,
            derived: true,
        };
    }
    Ok(Node::Array(params))
}

/// Undoes Go's escapes; `None` where there is a bad one.
fn unquote(s: &str, quote: char) -> Option<String> {
    let mut out = String::new();
    let mut chars = s.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let escaped = chars.next()?;
        let hex = |chars: &mut std::iter::Peekable<std::str::Chars>, n: usize| {
            let digits: String = chars.by_ref().take(n).collect();
            (digits.len() == n)
                .then(|| u32::from_str_radix(&digits, 16).ok())
                .flatten()
                .and_then(char::from_u32)
        };
        out.push(match escaped {
            'a' => '\x07',
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            '\\' => '\\',
            c if c == quote => c,
            'x' => hex(&mut chars, 2)?,
            'u' => hex(&mut chars, 4)?,
            'U' => hex(&mut chars, 8)?,
            d @ '0'..='7' => {
                let mut n = d.to_digit(8)?;
                for _ in 0..2 {
                    n = n * 8 + chars.next()?.to_digit(8)?;
                }
                char::from_u32(n).filter(|_| n < 256)?
            }
            _ => return None,
        });
    }
    Some(out)
}
