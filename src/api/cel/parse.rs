//! From text to expressions.

use super::{Expr, Fault, Macro, Node, Val};
use crate::apimachinery::Value;
use std::sync::Arc;

/// How deep expressions may be nested.
const DEEPEST: usize = 100;
/// How many operators, fields and calls may follow one another: each makes the tree a level deeper.
const MOST_LINKS: usize = 400;

/// Operators by how tightly they bind, loosest first.
const LEVELS: [&[&str]; 5] = [
    &["||"],
    &["&&"],
    &["<=", ">=", "==", "!=", "<", ">", "in"],
    &["+", "-"],
    &["*", "/", "%"],
];

/// What may begin an expression, as the grammar lists it.
const BEGINNINGS: &str = "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

/// Words before a dot that belong to a function's name.
const NAMESPACES: [&str; 5] = ["sets", "optional", "format", "jsonpatch", "strings"];

/// Names that no variable may have.
const RESERVED: [&str; 17] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
    depth: usize,
    links: usize,
    /// Characters that begin no token.
    skipped: Vec<Fault>,
}

type Parsed<T> = Result<T, Fault>;

/// Reads an expression.
///
/// # Errors
/// Where it ends to be one.
pub fn parse(text: &str) -> Result<Expr, Vec<Fault>> {
    let mut p = Parser {
        text,
        rest: text,
        depth: 0,
        links: 0,
        skipped: Vec::new(),
    };
    let read = p.expression().and_then(|expr| {
        p.space();
        match p.rest {
            "" => Ok(expr),
            _ => Err(p.unexpected("extraneous input", "<EOF>")),
        }
    });
    match read {
        Ok(expr) if p.skipped.is_empty() => Ok(expr),
        Ok(_) => Err(p.skipped),
        Err(fault) => {
            p.skipped.push(fault);
            Err(p.skipped)
        }
    }
}

fn boxed(e: Expr) -> Box<Expr> {
    Box::new(e)
}

fn expr(at: usize, node: Node) -> Expr {
    Expr { at, node }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

impl<'a> Parser<'a> {
    /// At which byte the rest begins.
    fn here(&self) -> usize {
        self.text.len() - self.rest.len()
    }

    fn fault<T>(&self, text: impl Into<String>) -> Parsed<T> {
        Err(Fault {
            at: self.here(),
            text: text.into(),
        })
    }

    /// The complaint about the next token.
    fn unexpected(&self, what: &str, wanted: &str) -> Fault {
        Fault {
            at: self.here(),
            text: format!("Syntax error: {what} '{}' expecting {wanted}", self.token()),
        }
    }

    /// The next token as it is written.
    fn token(&self) -> &'a str {
        let rest = self.rest;
        let Some(first) = rest.chars().next() else {
            return "<EOF>";
        };
        let end = match first {
            c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            '"' | '\'' => rest[1..].find(first).map_or(rest.len(), |i| i + 2),
            _ if ["<=", ">=", "==", "!=", "&&", "||"]
                .iter()
                .any(|t| rest.starts_with(t)) =>
            {
                2
            }
            c => c.len_utf8(),
        };
        &rest[..end]
    }

    fn space(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            if let Some(rest) = self.rest.strip_prefix("//") {
                self.rest = rest.split_once('\n').map_or("", |(_, r)| r);
                continue;
            }
            // What begins no token is told of, and passed over.
            let mut chars = self.rest.chars();
            let (first, second) = (chars.next(), chars.next());
            let lone = match first {
                Some('=' | '&' | '|') => second != first,
                Some('@' | '#' | '$' | '^' | '~' | ';' | '\\') => true,
                _ => false,
            };
            let Some(c) = first.filter(|_| lone) else {
                return;
            };
            let shown = match (c, second) {
                ('=' | '&' | '|', Some(next)) => format!("{c}{next}"),
                _ => c.to_string(),
            };
            self.skipped.push(Fault {
                at: self.here(),
                text: format!("Syntax error: token recognition error at: '{shown}'"),
            });
            self.rest = &self.rest[c.len_utf8()..];
        }
    }

    /// Takes a sign or word if it is next.
    fn take(&mut self, token: &str) -> bool {
        self.space();
        let Some(rest) = self.rest.strip_prefix(token) else {
            return false;
        };
        if token.ends_with(is_word) && rest.starts_with(is_word) {
            return false;
        }
        self.rest = rest;
        true
    }

    fn expect(&mut self, token: &str) -> Parsed<()> {
        match self.take(token) {
            true => Ok(()),
            false => self.fault(format!(
                "Syntax error: missing '{token}' at '{}'",
                self.token()
            )),
        }
    }

    fn link(&mut self) -> Parsed<()> {
        self.links += 1;
        match self.links > MOST_LINKS {
            true => self.fault("it is too long"),
            false => Ok(()),
        }
    }

    fn deeper(&mut self) -> Parsed<()> {
        self.depth += 1;
        match self.depth > DEEPEST {
            true => self.fault("it is nested too deeply"),
            false => Ok(()),
        }
    }

    fn expression(&mut self) -> Parsed<Expr> {
        self.deeper()?;
        let first = self.binary(0)?;
        self.space();
        let at = self.here();
        let found = if self.take("?") {
            let yes = self.binary(0)?;
            self.expect(":")?;
            let no = self.expression()?;
            expr(at, Node::Condition(boxed(first), boxed(yes), boxed(no)))
        } else {
            first
        };
        self.depth -= 1;
        Ok(found)
    }

    fn binary(&mut self, level: usize) -> Parsed<Expr> {
        let Some(operators) = LEVELS.get(level) else {
            return self.unary();
        };
        let mut left = self.binary(level + 1)?;
        loop {
            self.space();
            let at = self.here();
            let Some(op) = operators.iter().find(|op| self.take(op)) else {
                return Ok(left);
            };
            self.link()?;
            let right = self.binary(level + 1)?;
            left = expr(at, Node::Binary(op, boxed(left), boxed(right)));
        }
    }

    fn unary(&mut self) -> Parsed<Expr> {
        self.deeper()?;
        self.space();
        let at = self.here();
        let found = if self.take("!") {
            expr(at, Node::Not(boxed(self.unary()?)))
        } else if self.take("-") {
            let of = self.unary()?;
            match of.node {
                Node::Literal(Val::Json(Value::Int(i))) => {
                    expr(at, Node::Literal(i.wrapping_neg().into()))
                }
                Node::Literal(Val::Json(Value::Float(f))) => {
                    expr(at, Node::Literal(Value::Float(-f).into()))
                }
                _ => expr(at, Node::Negative(boxed(of))),
            }
        } else {
            self.member()?
        };
        self.depth -= 1;
        Ok(found)
    }

    fn member(&mut self) -> Parsed<Expr> {
        let mut found = self.primary()?;
        loop {
            self.space();
            let at = self.here();
            if self.take("[") {
                self.link()?;
                let optional = self.take("?");
                let index = self.expression()?;
                self.expect("]")?;
                found = expr(at, Node::Index(boxed(found), boxed(index), optional));
            } else if self.take(".") {
                self.link()?;
                let optional = self.take("?");
                let name = self.name()?;
                self.space();
                let open = self.here();
                found = match self.take("(") {
                    true => {
                        let args = self.list(")")?;
                        self.called(open, Some(boxed(found)), name, args)?
                    }
                    false => expr(at, Node::Field(boxed(found), name, optional)),
                };
            } else if self.rest.starts_with('{')
                && let Some(name) = path(&found)
            {
                self.rest = &self.rest[1..];
                let fields = self.fields()?;
                found = expr(at, Node::Struct(name, fields));
            } else {
                return Ok(found);
            }
        }
    }

    fn list(&mut self, end: &str) -> Parsed<Vec<Expr>> {
        let mut items = Vec::new();
        while !self.take(end) {
            items.push(self.expression()?);
            if !self.take(",") {
                self.expect(end)?;
                break;
            }
        }
        Ok(items)
    }

    fn name(&mut self) -> Parsed<String> {
        self.space();
        if let Some(rest) = self.rest.strip_prefix('`')
            && let Some((name, rest)) = rest.split_once('`')
        {
            self.rest = rest;
            return Ok(name.to_owned());
        }
        let end = self.rest.find(|c| !is_word(c)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(match self.rest {
                "" => self.unexpected("mismatched input", "IDENTIFIER"),
                _ => self.unexpected("mismatched input", "{IDENTIFIER, ESC_IDENTIFIER}"),
            });
        }
        self.rest = rest;
        Ok(name.to_owned())
    }

    fn primary(&mut self) -> Parsed<Expr> {
        self.space();
        let at = self.here();
        let Some(first) = self.rest.chars().next() else {
            return Err(self.unexpected("mismatched input", BEGINNINGS));
        };
        if self.take("(") {
            let inner = self.expression()?;
            self.expect(")")?;
            return Ok(inner);
        }
        if self.take("[") {
            let mut items = Vec::new();
            while !self.take("]") {
                let optional = self.take("?");
                items.push((optional, self.expression()?));
                if !self.take(",") {
                    self.expect("]")?;
                    break;
                }
            }
            return Ok(expr(at, Node::List(items)));
        }
        if self.take("{") {
            return Ok(expr(at, Node::Map(self.map()?)));
        }
        if let Some((raw, bytes, skip)) = self.string_prefix() {
            self.rest = &self.rest[skip..];
            let s = self.string(raw)?;
            return Ok(expr(
                at,
                Node::Literal(match bytes {
                    true => Val::Bytes(Arc::from(s.into_bytes())),
                    false => s.into(),
                }),
            ));
        }
        if first.is_ascii_digit() {
            return self.number(at);
        }
        self.take(".");
        if !self.rest.starts_with(is_word) {
            return Err(self.unexpected("mismatched input", BEGINNINGS));
        }
        let name = self.name()?;
        self.space();
        let open = self.here();
        let literal = |v: Val| Ok(expr(at, Node::Literal(v)));
        match name.as_str() {
            "true" => literal(true.into()),
            "false" => literal(false.into()),
            "null" => literal(Val::NULL),
            "in" => {
                self.rest = &self.text[at..];
                Err(self.unexpected("mismatched input", BEGINNINGS))
            }
            _ if self.take("(") => {
                let args = self.list(")")?;
                self.called(open, None, name, args)
            }
            reserved if RESERVED.contains(&reserved) => Err(Fault {
                at,
                text: format!("Syntax error: reserved identifier: {reserved}"),
            }),
            _ => Ok(expr(at, Node::Name(name))),
        }
    }

    fn map(&mut self) -> Parsed<Vec<(bool, Expr, Expr)>> {
        let mut entries = Vec::new();
        while !self.take("}") {
            let optional = self.take("?");
            let key = self.expression()?;
            self.expect(":")?;
            entries.push((optional, key, self.expression()?));
            if !self.take(",") {
                self.expect("}")?;
                break;
            }
        }
        Ok(entries)
    }

    fn fields(&mut self) -> Parsed<Vec<(bool, String, usize, Expr)>> {
        let mut fields = Vec::new();
        while !self.take("}") {
            let optional = self.take("?");
            let name = self.name()?;
            self.space();
            let colon = self.here();
            self.expect(":")?;
            fields.push((optional, name, colon, self.expression()?));
            if !self.take(",") {
                self.expect("}")?;
                break;
            }
        }
        Ok(fields)
    }

    fn number(&mut self, at: usize) -> Parsed<Expr> {
        let hex = self
            .rest
            .strip_prefix("0x")
            .or_else(|| self.rest.strip_prefix("0X"));
        if let Some(rest) = hex {
            let end = rest
                .find(|c: char| !c.is_ascii_hexdigit())
                .unwrap_or(rest.len());
            let Ok(value) = i64::from_str_radix(&rest[..end], 16) else {
                return self.fault("Syntax error: invalid int literal");
            };
            self.rest = &rest[end..];
            return Ok(expr(at, Node::Literal(value.into())));
        }
        let mut end = 0;
        let bytes = self.rest.as_bytes();
        while end < bytes.len() {
            let exponent = end > 0 && matches!(bytes[end - 1], b'e' | b'E');
            let digit_next = bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
            match bytes[end] {
                b'0'..=b'9' | b'e' | b'E' => {}
                b'.' if digit_next => {}
                b'+' | b'-' if exponent => {}
                _ => break,
            }
            end += 1;
        }
        let (text, rest) = self.rest.split_at(end);
        let unsigned = rest.strip_prefix(['u', 'U']);
        let value: Option<Val> = match text.contains(['.', 'e', 'E']) {
            true => text.parse().ok().map(|f: f64| Value::Float(f).into()),
            false if unsigned.is_some() => text.parse().ok().map(Val::Uint),
            false => text.parse::<i64>().ok().map(Val::from),
        };
        let Some(value) = value else {
            return self.fault("Syntax error: invalid int literal");
        };
        self.rest = unsigned.unwrap_or(rest);
        Ok(expr(at, Node::Literal(value)))
    }

    /// Whether a string is next: if it is raw, if it is of bytes, and how many letters say so.
    fn string_prefix(&self) -> Option<(bool, bool, usize)> {
        let letters = self.rest.find(['"', '\'']).filter(|i| *i <= 2)?;
        let prefix = self.rest[..letters].to_ascii_lowercase();
        let known = matches!(prefix.as_str(), "" | "r" | "b" | "rb" | "br");
        known.then(|| (prefix.contains('r'), prefix.contains('b'), letters))
    }

    fn string(&mut self, raw: bool) -> Parsed<String> {
        let start = self.rest;
        let quote = ["\"\"\"", "'''", "\"", "'"]
            .into_iter()
            .find(|q| self.rest.starts_with(q))
            .unwrap_or("\"");
        self.rest = &self.rest[quote.len()..];
        let mut out = String::new();
        loop {
            if let Some(rest) = self.rest.strip_prefix(quote) {
                self.rest = rest;
                return Ok(out);
            }
            let mut chars = self.rest.chars();
            match chars.next() {
                None => {
                    self.rest = start;
                    return self.fault(format!(
                        "Syntax error: token recognition error at: '{start}'"
                    ));
                }
                Some('\\') if !raw => {
                    self.rest = chars.as_str();
                    out.push(self.escape()?);
                }
                Some(c) => {
                    out.push(c);
                    self.rest = chars.as_str();
                }
            }
        }
    }

    /// What a backslash and what follows it stand for.
    fn escape(&mut self) -> Parsed<char> {
        let mut chars = self.rest.chars();
        let c = chars.next().unwrap_or_default();
        self.rest = chars.as_str();
        let digits = match c {
            'n' => return Ok('\n'),
            't' => return Ok('\t'),
            'r' => return Ok('\r'),
            'a' => return Ok('\u{7}'),
            'b' => return Ok('\u{8}'),
            'f' => return Ok('\u{c}'),
            'v' => return Ok('\u{b}'),
            '\\' | '"' | '\'' | '`' | '?' => return Ok(c),
            'x' | 'X' => 2,
            'u' => 4,
            'U' => 8,
            _ => return self.fault(format!("Syntax error: \\{c} is no escape")),
        };
        let code = self
            .rest
            .get(..digits)
            .and_then(|d| u32::from_str_radix(d, 16).ok());
        let Some(found) = code.and_then(char::from_u32) else {
            return self.fault(format!("Syntax error: \\{c} is no escape"));
        };
        self.rest = &self.rest[digits..];
        Ok(found)
    }

    /// A call, or the macro that it is.
    fn called(
        &self,
        at: usize,
        target: Option<Box<Expr>>,
        name: String,
        mut args: Vec<Expr>,
    ) -> Parsed<Expr> {
        let Some(of) = target else {
            if name == "has" && args.len() == 1 {
                let arg = args.remove(0);
                return match arg.node {
                    Node::Field(of, field, _) => Ok(expr(arg.at, Node::Has(of, field))),
                    _ => Err(Fault {
                        at: arg.at,
                        text: "invalid argument to has() macro".to_owned(),
                    }),
                };
            }
            return Ok(expr(at, Node::Call(None, name, args)));
        };
        if let Node::Name(space) = &of.node
            && (NAMESPACES.contains(&space.as_str()) || space == "ip" && name == "isCanonical")
        {
            return Ok(expr(at, Node::Call(None, format!("{space}.{name}"), args)));
        }
        let (kind, variables) = match (name.as_str(), args.len()) {
            ("all", 2) => (Macro::All, 1),
            ("exists", 2) => (Macro::Exists, 1),
            ("exists_one" | "existsOne", 2) => (Macro::ExistsOne, 1),
            ("filter", 2) => (Macro::Filter, 1),
            ("map", 2 | 3) => (Macro::Map, 1),
            ("all", 3) => (Macro::All, 2),
            ("exists", 3) => (Macro::Exists, 2),
            ("exists_one" | "existsOne", 3) => (Macro::ExistsOne, 2),
            ("transformList", 3 | 4) => (Macro::TransformList, 2),
            ("transformMap", 3 | 4) => (Macro::TransformMap, 2),
            ("transformMapEntry", 3 | 4) => (Macro::TransformMapEntry, 2),
            ("optMap", 2) => (Macro::OptMap, 1),
            ("optFlatMap", 2) => (Macro::OptFlatMap, 1),
            _ => return Ok(expr(at, Node::Call(Some(of), name, args))),
        };
        let rest = args.split_off(variables);
        let mut names = Vec::new();
        for arg in args {
            match arg.node {
                Node::Name(name) => names.push(name),
                _ => {
                    return Err(Fault {
                        at: arg.at,
                        text: "argument must be a simple name".to_owned(),
                    });
                }
            }
        }
        Ok(expr(at, Node::Macro(kind, of, names, rest)))
    }
}

/// The name that fields of a name make: `Object.spec`.
fn path(e: &Expr) -> Option<String> {
    match &e.node {
        Node::Name(name) => Some(name.clone()),
        Node::Field(of, name, false) => Some(format!("{}.{name}", path(of)?)),
        _ => None,
    }
}
