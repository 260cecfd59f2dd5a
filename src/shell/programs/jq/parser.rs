//! Filters of `jq`: what they are and how they are read.

mod construct;

use std::sync::Arc;

use super::json::{Json, unescape};

/// How deep filters may nest.
const MAX_DEPTH: usize = 100;

#[derive(Clone, Debug)]
pub enum Filter {
    Identity,
    RecurseDefault,
    Literal(Json),
    /// Pieces of a string, and the format of what is put in.
    Format(Option<String>, Vec<Piece>),
    Var(String),
    Index(Arc<Filter>, Arc<Filter>),
    Slice(Arc<Filter>, Option<Arc<Filter>>, Option<Arc<Filter>>),
    Iterate(Arc<Filter>),
    Try(Arc<Filter>, Option<Arc<Filter>>),
    Pipe(Arc<Filter>, Arc<Filter>),
    Comma(Arc<Filter>, Arc<Filter>),
    Minus(Arc<Filter>),
    Binary(&'static str, Arc<Filter>, Arc<Filter>),
    /// `=`, `|=`, `+=` … `//=`
    Update(&'static str, Arc<Filter>, Arc<Filter>),
    And(Arc<Filter>, Arc<Filter>),
    Or(Arc<Filter>, Arc<Filter>),
    Alternative(Arc<Filter>, Arc<Filter>),
    If(Arc<Filter>, Arc<Filter>, Arc<Filter>),
    Array(Option<Arc<Filter>>),
    Object(Vec<(Filter, Filter)>),
    Bind(Arc<Filter>, Arc<Pattern>, Arc<Filter>),
    Reduce(Arc<Filter>, Arc<Pattern>, Arc<Filter>, Arc<Filter>),
    Foreach(
        Arc<Filter>,
        Arc<Pattern>,
        Arc<Filter>,
        Arc<Filter>,
        Option<Arc<Filter>>,
    ),
    Label(String, Arc<Filter>),
    Break(String),
    Define(Arc<Definition>, Arc<Filter>),
    Call(String, Vec<Arc<Filter>>),
}

#[derive(Clone, Debug)]
pub enum Piece {
    Text(String),
    Filter(Filter),
}

/// What `as` binds.
#[derive(Clone, Debug)]
pub enum Pattern {
    Var(String),
    Array(Vec<Pattern>),
    Object(Vec<(Filter, Option<String>, Option<Pattern>)>),
}

#[derive(Clone, Debug)]
pub struct Definition {
    pub name: String,
    /// Those with a `$` are values.
    pub params: Vec<String>,
    pub body: Filter,
}

struct Parser {
    chars: Vec<char>,
    pos: usize,
    depth: usize,
}

type Parsed = Result<Filter, String>;

const KEYWORDS: [&str; 18] = [
    "def", "if", "then", "elif", "else", "end", "as", "reduce", "foreach", "try", "catch", "label",
    "import", "include", "and", "or", "__loc__", "module",
];

/// Reads a filter. The error is what is wrong.
pub fn parse(text: &str) -> Parsed {
    let mut parser = Parser {
        chars: text.chars().collect(),
        pos: 0,
        depth: 0,
    };
    parser.blanks();
    if parser.peek().is_none() {
        return Ok(Filter::Identity);
    }
    let filter = parser.pipe()?;
    match parser.peek() {
        None => Ok(filter),
        Some(_) => Err(parser.unexpected()),
    }
}

fn arc(filter: Filter) -> Arc<Filter> {
    Arc::new(filter)
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.pos).copied()
    }

    fn at(&self, offset: usize) -> Option<char> {
        self.chars.get(self.pos + offset).copied()
    }

    fn blanks(&mut self) {
        while let Some(c) = self.peek() {
            if c == '#' {
                while self.peek().is_some_and(|c| c != '\n') {
                    self.pos += 1;
                }
            } else if c.is_whitespace() {
                self.pos += 1;
            } else {
                break;
            }
        }
    }

    fn unexpected(&self) -> String {
        let token = match self.peek() {
            None => "$end".to_string(),
            Some(c) if c.is_alphabetic() => {
                let word = self.word();
                match KEYWORDS.contains(&word.as_str()) {
                    true => word,
                    false => "IDENT".to_string(),
                }
            }
            Some(c) if c.is_ascii_digit() => "LITERAL".to_string(),
            Some('"') => "QQSTRING_START".to_string(),
            Some(c @ ('&' | '`' | '^' | '\\' | '~' | '\'')) => {
                let _ = c;
                "INVALID_CHARACTER".to_string()
            }
            Some(c) => format!("'{c}'"),
        };
        format!("syntax error, unexpected {token} (Unix shell quoting issues?)")
    }

    /// The word here, without taking it.
    fn word(&self) -> String {
        let rest = self.chars[self.pos.min(self.chars.len())..].iter();
        let mut word = String::new();
        for (i, c) in rest.enumerate() {
            let ok = c.is_ascii_alphabetic() || *c == '_' || (i > 0 && c.is_ascii_digit());
            let scoped = *c == ':' && self.at(i + 1) == Some(':');
            if !ok && !(i > 0 && scoped) && !(i > 0 && *c == ':' && word.ends_with(':')) {
                break;
            }
            word.push(*c);
        }
        word
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        if self.word() != keyword {
            return false;
        }
        self.pos += keyword.len();
        self.blanks();
        true
    }

    fn take(&mut self, op: &str) -> bool {
        if !op.chars().enumerate().all(|(i, c)| self.at(i) == Some(c)) {
            return false;
        }
        self.pos += op.chars().count();
        self.blanks();
        true
    }

    fn expect(&mut self, op: &str) -> Result<(), String> {
        match self.take(op) {
            true => Ok(()),
            false => Err(self.unexpected()),
        }
    }

    fn expect_keyword(&mut self, keyword: &str) -> Result<(), String> {
        match self.keyword(keyword) {
            true => Ok(()),
            false => Err(self.unexpected()),
        }
    }

    fn pipe(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("the filter is nested too deeply".to_string());
        }
        let filter = self.pipe_inner(true);
        self.depth -= 1;
        filter
    }

    fn pipe_inner(&mut self, commas: bool) -> Parsed {
        if self.word() == "def" {
            let definition = self.definition()?;
            let rest = self.pipe()?;
            return Ok(Filter::Define(Arc::new(definition), arc(rest)));
        }
        let left = match commas {
            true => self.comma()?,
            false => self.alternative()?,
        };
        if self.keyword("as") {
            let pattern = self.pattern()?;
            self.expect("|")?;
            let body = self.pipe()?;
            return Ok(Filter::Bind(arc(left), Arc::new(pattern), arc(body)));
        }
        if self.peek() == Some('|') && self.at(1) != Some('=') {
            self.take("|");
            self.depth += 1;
            if self.depth > 4 * MAX_DEPTH {
                return Err("the filter is nested too deeply".to_string());
            }
            let right = self.pipe_inner(commas)?;
            self.depth -= 1;
            return Ok(Filter::Pipe(arc(left), arc(right)));
        }
        Ok(left)
    }

    fn definition(&mut self) -> Result<Definition, String> {
        self.keyword("def");
        let name = self.word();
        if name.is_empty() {
            return Err(self.unexpected());
        }
        self.keyword(&name);
        let mut params = Vec::new();
        if self.take("(") {
            loop {
                let dollar = self.peek() == Some('$');
                self.pos += usize::from(dollar);
                let word = self.word();
                if word.is_empty() {
                    return Err(self.unexpected());
                }
                self.keyword(&word);
                params.push(if dollar { format!("${word}") } else { word });
                if !self.take(";") {
                    break;
                }
            }
            self.expect(")")?;
        }
        self.expect(":")?;
        let body = self.pipe()?;
        self.expect(";")?;
        Ok(Definition { name, params, body })
    }

    fn comma(&mut self) -> Parsed {
        let mut left = self.alternative()?;
        while self.take(",") {
            left = Filter::Comma(arc(left), arc(self.alternative()?));
        }
        Ok(left)
    }

    fn alternative(&mut self) -> Parsed {
        let left = self.update()?;
        if self.peek() == Some('/') && self.at(1) == Some('/') && self.at(2) != Some('=') {
            self.take("//");
            let right = self.alternative()?;
            return Ok(Filter::Alternative(arc(left), arc(right)));
        }
        Ok(left)
    }

    fn update(&mut self) -> Parsed {
        let left = self.or()?;
        for op in ["|=", "+=", "-=", "*=", "/=", "%=", "//="] {
            if self.take(op) {
                let right = self.alternative()?;
                return Ok(Filter::Update(op, arc(left), arc(right)));
            }
        }
        if self.peek() == Some('=') && self.at(1) != Some('=') {
            self.take("=");
            let right = self.alternative()?;
            return Ok(Filter::Update("=", arc(left), arc(right)));
        }
        Ok(left)
    }

    fn or(&mut self) -> Parsed {
        let mut left = self.and()?;
        while self.keyword("or") {
            left = Filter::Or(arc(left), arc(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Parsed {
        let mut left = self.comparison()?;
        while self.keyword("and") {
            left = Filter::And(arc(left), arc(self.comparison()?));
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Parsed {
        let left = self.additive()?;
        for op in ["==", "!=", "<=", ">=", "<", ">"] {
            if self.take(op) {
                return Ok(Filter::Binary(op, arc(left), arc(self.additive()?)));
            }
        }
        Ok(left)
    }

    fn operator(&mut self, ops: &[&'static str]) -> Option<&'static str> {
        let op = ops.iter().find(|op| {
            let c = op.chars().next();
            let next = self.at(1);
            self.peek() == c && next != Some('=') && !(c == Some('/') && next == Some('/'))
        })?;
        self.take(op);
        Some(op)
    }

    fn additive(&mut self) -> Parsed {
        let mut left = self.multiplicative()?;
        while let Some(op) = self.operator(&["+", "-"]) {
            left = Filter::Binary(op, arc(left), arc(self.multiplicative()?));
        }
        Ok(left)
    }

    fn multiplicative(&mut self) -> Parsed {
        let mut left = self.unary()?;
        while let Some(op) = self.operator(&["*", "/", "%"]) {
            left = Filter::Binary(op, arc(left), arc(self.unary()?));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Parsed {
        if self.take("-") {
            return Ok(Filter::Minus(arc(self.postfix()?)));
        }
        self.postfix()
    }

    fn postfix(&mut self) -> Parsed {
        let mut term = self.term()?;
        loop {
            let dot = self.peek() == Some('.');
            if dot && self.at(1) == Some('[') {
                self.pos += 1;
            }
            if self.peek() == Some('[') {
                term = self.bracket(term)?;
            } else if dot && self.at(1) == Some('"') {
                self.pos += 1;
                let key = self.string(None)?;
                term = Filter::Index(arc(term), arc(key));
            } else if dot
                && self
                    .at(1)
                    .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
            {
                self.pos += 1;
                let word = self.word();
                self.pos += word.len();
                self.blanks();
                term = Filter::Index(arc(term), arc(Filter::Literal(Json::from(word))));
            } else if self.take("?") {
                term = Filter::Try(arc(term), None);
            } else if self.word() == "as" {
                // `term as $x | body` binds more tightly than anything around it.
                self.keyword("as");
                let pattern = self.pattern()?;
                self.expect("|")?;
                let body = self.pipe()?;
                return Ok(Filter::Bind(arc(term), Arc::new(pattern), arc(body)));
            } else {
                return Ok(term);
            }
        }
    }

    /// `[…]` after a term.
    fn bracket(&mut self, term: Filter) -> Parsed {
        self.expect("[")?;
        if self.take("]") {
            return Ok(Filter::Iterate(arc(term)));
        }
        if self.take(":") {
            let end = self.pipe()?;
            self.expect("]")?;
            return Ok(Filter::Slice(arc(term), None, Some(arc(end))));
        }
        let index = self.pipe()?;
        if self.take(":") {
            if self.take("]") {
                return Ok(Filter::Slice(arc(term), Some(arc(index)), None));
            }
            let end = self.pipe()?;
            self.expect("]")?;
            return Ok(Filter::Slice(arc(term), Some(arc(index)), Some(arc(end))));
        }
        self.expect("]")?;
        Ok(Filter::Index(arc(term), arc(index)))
    }

    fn term(&mut self) -> Parsed {
        let Some(c) = self.peek() else {
            return Err(self.unexpected());
        };
        match c {
            '.' => self.dot(),
            '"' => self.string(None),
            '@' => {
                self.pos += 1;
                let name = self.word();
                self.keyword(&name);
                if self.peek() == Some('"') {
                    return self.string(Some(format!("@{name}")));
                }
                Ok(Filter::Call(format!("@{name}"), Vec::new()))
            }
            '$' => {
                self.pos += 1;
                let word = self.word();
                if word.is_empty() {
                    return Err(self.unexpected());
                }
                self.keyword(&word);
                Ok(Filter::Var(word))
            }
            '(' => {
                self.take("(");
                let inner = self.pipe()?;
                self.expect(")")?;
                Ok(inner)
            }
            '[' => {
                self.take("[");
                if self.take("]") {
                    return Ok(Filter::Array(None));
                }
                let inner = self.pipe()?;
                self.expect("]")?;
                Ok(Filter::Array(Some(arc(inner))))
            }
            '{' => self.object(),
            c if c.is_ascii_digit() => self.number(),
            c if c.is_ascii_alphabetic() || c == '_' => self.named(),
            _ => Err(self.unexpected()),
        }
    }

    fn number(&mut self) -> Parsed {
        let start = self.pos;
        while self.peek().is_some_and(|c| c.is_ascii_digit() || c == '.') {
            self.pos += 1;
        }
        let sign = usize::from(matches!(self.at(1), Some('+' | '-')));
        if matches!(self.peek(), Some('e' | 'E'))
            && self.at(1 + sign).is_some_and(|c| c.is_ascii_digit())
        {
            self.pos += 1 + sign;
            while self.peek().is_some_and(|c| c.is_ascii_digit()) {
                self.pos += 1;
            }
        }
        let text: String = self.chars[start..self.pos].iter().collect();
        self.blanks();
        match text.parse::<f64>() {
            Ok(n) => Ok(Filter::Literal(Json::Number(n))),
            Err(_) => Err(
                "syntax error, unexpected INVALID_CHARACTER (Unix shell quoting issues?)"
                    .to_string(),
            ),
        }
    }

    fn dot(&mut self) -> Parsed {
        if self.at(1) == Some('.') {
            self.take("..");
            return Ok(Filter::RecurseDefault);
        }
        if self.at(1).is_some_and(|c| c.is_ascii_digit()) {
            return self.number();
        }
        self.pos += 1;
        if self.peek() == Some('"') {
            let key = self.string(None)?;
            return Ok(Filter::Index(arc(Filter::Identity), arc(key)));
        }
        let word = self.word();
        self.pos += word.chars().count();
        self.blanks();
        if word.is_empty() {
            return Ok(Filter::Identity);
        }
        let key = Filter::Literal(Json::from(word));
        Ok(Filter::Index(arc(Filter::Identity), arc(key)))
    }

    fn named(&mut self) -> Parsed {
        let word = self.word();
        match word.as_str() {
            "if" => {
                self.keyword("if");
                self.if_()
            }
            "try" => {
                self.keyword("try");
                let body = self.post_try()?;
                let catch = match self.keyword("catch") {
                    true => Some(arc(self.post_try()?)),
                    false => None,
                };
                Ok(Filter::Try(arc(body), catch))
            }
            "reduce" | "foreach" => {
                self.keyword(&word);
                let source = self.source()?;
                let pattern = Arc::new(self.pattern()?);
                self.expect("(")?;
                let init = arc(self.pipe()?);
                self.expect(";")?;
                let update = arc(self.pipe()?);
                let extract = match word == "foreach" && self.take(";") {
                    true => Some(arc(self.pipe()?)),
                    false => None,
                };
                self.expect(")")?;
                Ok(match word.as_str() {
                    "reduce" => Filter::Reduce(arc(source), pattern, init, update),
                    _ => Filter::Foreach(arc(source), pattern, init, update, extract),
                })
            }
            "label" => {
                self.keyword("label");
                self.expect("$")?;
                let name = self.word();
                self.keyword(&name);
                self.expect("|")?;
                Ok(Filter::Label(name, arc(self.pipe()?)))
            }
            "def" => {
                let definition = self.definition()?;
                let rest = self.pipe()?;
                Ok(Filter::Define(Arc::new(definition), arc(rest)))
            }
            "break" => {
                self.keyword("break");
                self.expect("$")?;
                let name = self.word();
                self.keyword(&name);
                Ok(Filter::Break(name))
            }
            word if KEYWORDS.contains(&word) => Err(self.unexpected()),
            word => {
                self.keyword(word);
                let mut args = Vec::new();
                if self.take("(") {
                    loop {
                        args.push(arc(self.pipe()?));
                        if !self.take(";") {
                            break;
                        }
                    }
                    self.expect(")")?;
                }
                Ok(match (word, args.is_empty()) {
                    ("null", true) => Filter::Literal(Json::Null),
                    ("true", true) => Filter::Literal(Json::Bool(true)),
                    ("false", true) => Filter::Literal(Json::Bool(false)),
                    _ => Filter::Call(word.to_string(), args),
                })
            }
        }
    }

    /// The term of `reduce` and `foreach`, up to and with its `as`.
    fn source(&mut self) -> Parsed {
        let mut term = self.term()?;
        while !self.keyword("as") {
            if self.peek() == Some('[') {
                term = self.bracket(term)?;
            } else if self.peek() == Some('.') {
                self.pos += 1;
                if self.peek() == Some('[') {
                    continue;
                }
                let key = match self.peek() {
                    Some('"') => self.string(None)?,
                    _ => {
                        let word = self.word();
                        if word.is_empty() {
                            return Err(self.unexpected());
                        }
                        self.keyword(&word);
                        Filter::Literal(Json::from(word))
                    }
                };
                term = Filter::Index(arc(term), arc(key));
            } else if self.take("?") {
                term = Filter::Try(arc(term), None);
            } else {
                return Err(self.unexpected());
            }
        }
        Ok(term)
    }

    fn post_try(&mut self) -> Parsed {
        self.postfix()
    }

    fn if_(&mut self) -> Parsed {
        let condition = self.pipe()?;
        self.expect_keyword("then")?;
        let yes = self.pipe()?;
        let no = if self.keyword("elif") {
            self.if_()?
        } else {
            let no = match self.keyword("else") {
                true => self.pipe()?,
                false => Filter::Identity,
            };
            self.expect_keyword("end")?;
            no
        };
        Ok(Filter::If(arc(condition), arc(yes), arc(no)))
    }

    fn string(&mut self, format: Option<String>) -> Parsed {
        self.pos += 1;
        let mut pieces = Vec::new();
        let mut text = String::new();
        loop {
            let Some(c) = self.peek() else {
                return Err(
                    "syntax error, unexpected QQSTRING_END (Unix shell quoting issues?)"
                        .to_string(),
                );
            };
            self.pos += 1;
            match c {
                '"' => break,
                '\\' if self.peek() == Some('(') => {
                    self.pos += 1;
                    self.blanks();
                    let inner = self.pipe()?;
                    if self.peek() != Some(')') {
                        return Err(self.unexpected());
                    }
                    self.pos += 1;
                    pieces.push(Piece::Text(self.plain(&std::mem::take(&mut text))?));
                    pieces.push(Piece::Filter(inner));
                }
                '\\' => {
                    text.push('\\');
                    text.extend(self.peek());
                    self.pos += 1;
                }
                c => text.push(c),
            }
        }
        self.blanks();
        let last = self.plain(&text)?;
        if pieces.is_empty() {
            return Ok(Filter::Literal(Json::from(last)));
        }
        pieces.push(Piece::Text(last));
        Ok(Filter::Format(format, pieces))
    }

    fn plain(&self, text: &str) -> Result<String, String> {
        unescape(text).ok_or_else(|| "Invalid escape".to_string())
    }
}
