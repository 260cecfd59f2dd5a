//! The grammar of label queries, with the error texts of upstream's hand-written parser.

use super::{Operator, Requirement, validate_key};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    Comma,
    Not,
    Op(Operator),
    Identifier,
    End,
}

struct Parser<'a> {
    tokens: Vec<(Token, &'a str)>,
    at: usize,
}

fn is_space(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\r' | b'\n')
}

fn is_symbol(b: u8) -> bool {
    matches!(b, b'=' | b'!' | b'(' | b')' | b',' | b'>' | b'<')
}

fn scan(s: &str) -> Vec<(Token, &str)> {
    let b = s.as_bytes();
    let (mut i, mut out) = (0, Vec::new());
    while i < b.len() {
        let start = i;
        if is_space(b[i]) {
            i += 1;
            continue;
        }
        if !is_symbol(b[i]) {
            while i < b.len() && !is_space(b[i]) && !is_symbol(b[i]) {
                i += 1;
            }
            let token = match &s[start..i] {
                "in" => Token::Op(Operator::In),
                "notin" => Token::Op(Operator::NotIn),
                _ => Token::Identifier,
            };
            out.push((token, &s[start..i]));
            continue;
        }
        let token = match (b[i], b.get(i + 1)) {
            (b'=', Some(b'=')) => Token::Op(Operator::DoubleEquals),
            (b'!', Some(b'=')) => Token::Op(Operator::NotEquals),
            (b'=', _) => Token::Op(Operator::Equals),
            (b'!', _) => Token::Not,
            (b'>', _) => Token::Op(Operator::GreaterThan),
            (b'<', _) => Token::Op(Operator::LessThan),
            (b'(', _) => Token::Open,
            (b')', _) => Token::Close,
            _ => Token::Comma,
        };
        let two = matches!(
            token,
            Token::Op(Operator::DoubleEquals | Operator::NotEquals)
        );
        i += if two { 2 } else { 1 };
        out.push((token, &s[start..i]));
    }
    out.push((Token::End, ""));
    out
}

impl<'a> Parser<'a> {
    /// The next token; where values may stand, `in` and `notin` are words like any other.
    fn peek(&self, values: bool) -> (Token, &'a str) {
        let (token, text) = *self.tokens.get(self.at).unwrap_or(&(Token::End, ""));
        match token {
            Token::Op(Operator::In | Operator::NotIn) if values => (Token::Identifier, text),
            _ => (token, text),
        }
    }
    fn next(&mut self, values: bool) -> (Token, &'a str) {
        let t = self.peek(values);
        self.at += 1;
        t
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let (mut token, mut key) = self.next(true);
        let negated = token == Token::Not;
        if negated {
            (token, key) = self.next(true);
        }
        if token != Token::Identifier {
            return Err(format!("found '{key}', expected: identifier"));
        }
        validate_key("<nil>", key)?;
        if negated {
            return Requirement::new(key, Operator::DoesNotExist, Vec::new());
        }
        if matches!(self.peek(true).0, Token::End | Token::Comma) {
            return Requirement::new(key, Operator::Exists, Vec::new());
        }
        let (token, text) = self.next(false);
        let Token::Op(operator) = token else {
            return Err(format!(
                "found '{text}', expected: in, notin, =, ==, !=, gt, lt"
            ));
        };
        let values = match operator {
            Operator::In | Operator::NotIn => self.values()?,
            _ => vec![self.exact_value()?],
        };
        Requirement::new(key, operator, values)
    }

    fn exact_value(&mut self) -> Result<String, String> {
        if matches!(self.peek(true).0, Token::End | Token::Comma) {
            return Ok(String::new());
        }
        match self.next(true) {
            (Token::Identifier, text) => Ok(text.to_owned()),
            (_, text) => Err(format!("found '{text}', expected: identifier")),
        }
    }

    fn values(&mut self) -> Result<Vec<String>, String> {
        let (token, text) = self.next(true);
        if token != Token::Open {
            return Err(format!("found '{text}' expected: '('"));
        }
        match self.peek(true) {
            (Token::Identifier | Token::Comma, _) => {
                let list = self.identifiers()?;
                self.next(true);
                Ok(list)
            }
            (Token::Close, _) => {
                self.next(true);
                Ok(vec![String::new()])
            }
            (_, text) => Err(format!("found '{text}', expected: ',', ')' or identifier")),
        }
    }

    fn identifiers(&mut self) -> Result<Vec<String>, String> {
        let mut list = Vec::new();
        loop {
            match self.next(true) {
                (Token::Identifier, text) => {
                    list.push(text.to_owned());
                    match self.peek(true) {
                        (Token::Comma, _) => {}
                        (Token::Close, _) => return Ok(list),
                        (_, text) => return Err(format!("found '{text}', expected: ',' or ')'")),
                    }
                }
                (Token::Comma, _) => {
                    if list.is_empty() {
                        list.push(String::new());
                    }
                    match self.peek(true).0 {
                        Token::Close => {
                            list.push(String::new());
                            return Ok(list);
                        }
                        Token::Comma => {
                            self.next(true);
                            list.push(String::new());
                        }
                        _ => {}
                    }
                }
                (_, text) => return Err(format!("found '{text}', expected: ',', or identifier")),
            }
        }
    }
}

/// Reads a label query; an empty one has no requirements.
pub(super) fn parse(s: &str) -> Result<Vec<Requirement>, String> {
    let mut p = Parser {
        tokens: scan(s),
        at: 0,
    };
    let mut out = Vec::new();
    loop {
        match p.peek(true) {
            (Token::Identifier | Token::Not, _) => {
                out.push(
                    p.requirement()
                        .map_err(|e| format!("unable to parse requirement: {e}"))?,
                );
                match p.next(true) {
                    (Token::End, _) => return Ok(out),
                    (Token::Comma, _) => {
                        let (token, text) = p.peek(true);
                        if !matches!(token, Token::Identifier | Token::Not) {
                            return Err(format!("found '{text}', expected: identifier after ','"));
                        }
                    }
                    (_, text) => {
                        return Err(format!("found '{text}', expected: ',' or 'end of string'"));
                    }
                }
            }
            (Token::End, _) => return Ok(out),
            (_, text) => {
                return Err(format!(
                    "found '{text}', expected: !, identifier, or 'end of string'"
                ));
            }
        }
    }
}
