//! From text to expressions.

use super::{Expr, Macro};
use crate::apimachinery::Value;

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

struct Parser<'a> {
    rest: &'a str,
    /// How long the whole text is.
    length: usize,
    depth: usize,
    links: usize,
}

/// Reads an expression.
///
/// # Errors
/// Where it ends to be one.
pub fn parse(text: &str) -> Result<Expr, String> {
    let mut p = Parser {
        rest: text,
        length: text.len(),
        depth: 0,
        links: 0,
    };
    let expr = p.expression()?;
    p.space();
    match p.rest {
        "" => Ok(expr),
        rest => Err(format!("it cannot be read at {rest:?}")),
    }
}

fn boxed(e: Expr) -> Box<Expr> {
    Box::new(e)
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

impl<'a> Parser<'a> {
    fn space(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            match self.rest.strip_prefix("//") {
                Some(rest) => self.rest = rest.split_once('\n').map_or("", |(_, r)| r),
                None => return,
            }
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

    fn expect(&mut self, token: &str) -> Result<(), String> {
        match self.take(token) {
            true => Ok(()),
            false => Err(format!("{token:?} is missing before {:?}", self.rest)),
        }
    }

    fn link(&mut self) -> Result<(), String> {
        self.links += 1;
        match self.links > MOST_LINKS {
            true => Err("it is too long".to_owned()),
            false => Ok(()),
        }
    }

    fn expression(&mut self) -> Result<Expr, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("it is nested too deeply".to_owned());
        }
        let first = self.binary(0)?;
        let expr = if self.take("?") {
            let yes = self.binary(0)?;
            self.expect(":")?;
            let no = self.expression()?;
            Expr::Condition(boxed(first), boxed(yes), boxed(no))
        } else {
            first
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn binary(&mut self, level: usize) -> Result<Expr, String> {
        let Some(operators) = LEVELS.get(level) else {
            return self.unary();
        };
        let mut left = self.binary(level + 1)?;
        while let Some(op) = operators.iter().find(|op| self.take(op)) {
            self.link()?;
            let right = self.binary(level + 1)?;
            left = Expr::Binary(op, boxed(left), boxed(right));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expr, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("it is nested too deeply".to_owned());
        }
        let expr = if self.take("!") {
            Expr::Not(boxed(self.unary()?))
        } else if self.take("-") {
            match self.unary()? {
                Expr::Literal(Value::Int(i)) => Expr::Literal(Value::Int(i.wrapping_neg())),
                Expr::Literal(Value::Float(f)) => Expr::Literal(Value::Float(-f)),
                other => Expr::Negative(boxed(other)),
            }
        } else {
            self.member()?
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn member(&mut self) -> Result<Expr, String> {
        let mut expr = self.primary()?;
        loop {
            if self.take("[") {
                self.link()?;
                let index = self.expression()?;
                self.expect("]")?;
                expr = Expr::Index(boxed(expr), boxed(index));
            } else if self.take(".") {
                self.link()?;
                let at = self.length - self.rest.len() - 1;
                let optional = self.take("?");
                let name = self.name()?;
                expr = match self.take("(") {
                    true => {
                        let args = self.list(")")?;
                        called(Some(boxed(expr)), name, args)?
                    }
                    false => Expr::Field(boxed(expr), name, optional, at),
                };
            } else {
                return Ok(expr);
            }
        }
    }

    fn list(&mut self, end: &str) -> Result<Vec<Expr>, String> {
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

    fn name(&mut self) -> Result<String, String> {
        self.space();
        let end = self.rest.find(|c| !is_word(c)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(format!("a name is missing before {:?}", self.rest));
        }
        self.rest = rest;
        Ok(name.to_owned())
    }

    fn primary(&mut self) -> Result<Expr, String> {
        self.space();
        let Some(first) = self.rest.chars().next() else {
            return Err("it ends too early".to_owned());
        };
        if self.take("(") {
            let inner = self.expression()?;
            self.expect(")")?;
            return Ok(inner);
        }
        if self.take("[") {
            return Ok(Expr::List(self.list("]")?));
        }
        if self.take("{") {
            return self.map();
        }
        let raw = self.rest.len() > 1 && first.eq_ignore_ascii_case(&'r');
        if matches!(first, '"' | '\'') || raw && self.rest[1..].starts_with(['"', '\'']) {
            return self.string().map(|s| Expr::Literal(s.into()));
        }
        if first.is_ascii_digit() {
            return self.number();
        }
        let name = self.name()?;
        Ok(match name.as_str() {
            "true" => Expr::Literal(true.into()),
            "false" => Expr::Literal(false.into()),
            "null" => Expr::Literal(Value::Null),
            _ if self.take("(") => {
                let args = self.list(")")?;
                called(None, name, args)?
            }
            _ => Expr::Name(name),
        })
    }

    fn map(&mut self) -> Result<Expr, String> {
        let mut entries = Vec::new();
        while !self.take("}") {
            let key = self.expression()?;
            self.expect(":")?;
            entries.push((key, self.expression()?));
            if !self.take(",") {
                self.expect("}")?;
                break;
            }
        }
        Ok(Expr::Map(entries))
    }

    fn number(&mut self) -> Result<Expr, String> {
        let hex = self
            .rest
            .strip_prefix("0x")
            .or_else(|| self.rest.strip_prefix("0X"));
        if let Some(rest) = hex {
            let end = rest
                .find(|c: char| !c.is_ascii_hexdigit())
                .unwrap_or(rest.len());
            let value = i64::from_str_radix(&rest[..end], 16).map_err(|e| e.to_string())?;
            self.rest = &rest[end..];
            return Ok(Expr::Literal(Value::Int(value)));
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
        self.rest = rest.strip_prefix(['u', 'U']).unwrap_or(rest);
        let bad = |_| format!("{text:?} is no number");
        Ok(Expr::Literal(match text.contains(['.', 'e', 'E']) {
            true => Value::Float(text.parse().map_err(|_| bad(()))?),
            false => Value::Int(text.parse().map_err(|_| bad(()))?),
        }))
    }

    fn string(&mut self) -> Result<String, String> {
        let raw = self.rest.starts_with(['r', 'R']);
        if raw {
            self.rest = &self.rest[1..];
        }
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
                None => return Err("a string has no end".to_owned()),
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
    fn escape(&mut self) -> Result<char, String> {
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
            _ => return Err(format!("\\{c} is no escape")),
        };
        let code = self
            .rest
            .get(..digits)
            .and_then(|d| u32::from_str_radix(d, 16).ok());
        let Some(found) = code.and_then(char::from_u32) else {
            return Err(format!("\\{c} is no escape"));
        };
        self.rest = &self.rest[digits..];
        Ok(found)
    }
}

/// A call, or the macro that it is.
fn called(target: Option<Box<Expr>>, name: String, mut args: Vec<Expr>) -> Result<Expr, String> {
    let kind = match (name.as_str(), args.len()) {
        ("has", 1) if target.is_none() => {
            return match args.remove(0) {
                Expr::Field(of, field, _, at) => Ok(Expr::Has(of, field, at)),
                _ => Err("has() asks for a field".to_owned()),
            };
        }
        ("all", 2) => Macro::All,
        ("exists", 2) => Macro::Exists,
        ("exists_one" | "existsOne", 2) => Macro::ExistsOne,
        ("filter", 2) => Macro::Filter,
        ("map", 2 | 3) => Macro::Map,
        _ => return Ok(Expr::Call(target, name, args)),
    };
    match (target, args.remove(0)) {
        (Some(target), Expr::Name(variable)) => Ok(Expr::Macro(target, kind, variable, args)),
        _ => Err(format!("{name}() takes a variable")),
    }
}
