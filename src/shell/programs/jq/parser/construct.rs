//! Objects that filters make, and patterns that take values apart.

use super::{Filter, MAX_DEPTH, Parsed, Parser, Pattern, arc};
use crate::shell::programs::jq::json::Json;

impl Parser {
    pub(super) fn object(&mut self) -> Parsed {
        self.take("{");
        let mut pairs = Vec::new();
        while !self.take("}") {
            let pair = self.pair()?;
            pairs.push(pair);
            if !self.take(",") && self.peek() != Some('}') {
                return Err(self.unexpected());
            }
        }
        Ok(Filter::Object(pairs))
    }

    fn pair(&mut self) -> Result<(Filter, Filter), String> {
        let field = |key: &Filter| Filter::Index(arc(Filter::Identity), arc(key.clone()));
        let key = match self.peek() {
            Some('$') => {
                self.pos += 1;
                let word = self.word();
                self.keyword(&word);
                return Ok((
                    Filter::Literal(Json::from(word.as_str())),
                    Filter::Var(word),
                ));
            }
            Some('(') => {
                self.take("(");
                let key = self.pipe()?;
                self.expect(")")?;
                self.expect(":")?;
                return Ok((key, self.pipe_inner(false)?));
            }
            Some('"') => self.string(None)?,
            Some('@') => self.term()?,
            Some(c) if c.is_ascii_digit() => self.number()?,
            _ => {
                let word = self.word();
                if word.is_empty() {
                    return Err(self.unexpected());
                }
                self.keyword(&word);
                Filter::Literal(Json::from(word))
            }
        };
        match self.take(":") {
            true => Ok((key, self.pipe_inner(false)?)),
            false => Ok((key.clone(), field(&key))),
        }
    }

    pub(super) fn pattern(&mut self) -> Result<Pattern, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("the pattern is nested too deeply".to_string());
        }
        let pattern = self.pattern_inner();
        self.depth -= 1;
        pattern
    }

    fn pattern_inner(&mut self) -> Result<Pattern, String> {
        if self.take("[") {
            let mut items = vec![self.pattern()?];
            while self.take(",") {
                items.push(self.pattern()?);
            }
            self.expect("]")?;
            return Ok(Pattern::Array(items));
        }
        if self.take("{") {
            let mut items = Vec::new();
            loop {
                let (key, var) = match self.peek() {
                    Some('$') => {
                        self.pos += 1;
                        let word = self.word();
                        self.keyword(&word);
                        (Filter::Literal(Json::from(word.as_str())), Some(word))
                    }
                    Some('(') => {
                        self.take("(");
                        let key = self.pipe()?;
                        self.expect(")")?;
                        (key, None)
                    }
                    Some('"') => (self.string(None)?, None),
                    _ => {
                        let word = self.word();
                        if word.is_empty() {
                            return Err(self.unexpected());
                        }
                        self.keyword(&word);
                        (Filter::Literal(Json::from(word)), None)
                    }
                };
                let inner = match self.take(":") {
                    true => Some(self.pattern()?),
                    false => None,
                };
                items.push((key, var, inner));
                if !self.take(",") {
                    break;
                }
            }
            self.expect("}")?;
            return Ok(Pattern::Object(items));
        }
        if self.peek() != Some('$') {
            return Err(self.unexpected());
        }
        self.pos += 1;
        let word = self.word();
        if word.is_empty() {
            return Err(self.unexpected());
        }
        self.keyword(&word);
        Ok(Pattern::Var(word))
    }
}
