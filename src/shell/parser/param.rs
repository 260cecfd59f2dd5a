//! The inside of `${…}`.

use super::super::ast::*;
use super::words::Pieces;
use super::{Parse, Parser};

impl Parser<'_> {
    /// After `${`, up to and including `}`.
    pub(super) fn param(&mut self, in_double: bool) -> Parse<Param> {
        self.enter()?;
        let start = self.pos;
        let mut length = false;
        if self.peek() == Some('#') && !self.looking_at("#}") {
            let after = self.rest()[1..].chars().next();
            if after.is_some_and(|c| c.is_alphanumeric() || "_@*?$!-#".contains(c)) {
                self.pos += 1;
                length = true;
            }
        }
        let mut indirect = false;
        if !length && self.peek() == Some('!') && !self.looking_at("!}") {
            self.pos += 1;
            indirect = true;
        }
        let name = self.param_name();
        if name.is_empty() {
            return Err(self.bad_substitution(start));
        }
        let mut param = Param {
            name,
            index: None,
            indirect,
            op: ParamOp::Value,
        };
        if indirect && (self.looking_at("*}") || self.looking_at("@}")) {
            self.pos += 1;
            param.op = ParamOp::Names;
            param.indirect = false;
        }
        if self.peek() == Some('[') && self.bash {
            param.index = Some(self.param_index()?);
            if indirect
                && matches!(param.index, Some(Index::At | Index::Star))
                && self.peek() == Some('}')
            {
                param.op = ParamOp::Keys;
                param.indirect = false;
            }
        }
        if length {
            param.op = ParamOp::Length;
        } else if self.peek() != Some('}') {
            param.op = self.param_op(in_double, start)?;
        }
        match self.peek() {
            Some('}') => self.pos += 1,
            None => return Err(self.incomplete("}")),
            Some(_) => return Err(self.bad_substitution(start)),
        }
        self.depth -= 1;
        Ok(param)
    }

    fn bad_substitution(&mut self, start: usize) -> super::ParseError {
        if self.peek().is_none() {
            return self.incomplete("}");
        }
        let rest = &self.src[start..];
        let end = rest.find(['}', '\n']).unwrap_or(rest.len());
        let message = format!("${{{}}}: bad substitution", &rest[..end]);
        self.other(&message)
    }

    fn param_name(&mut self) -> String {
        let rest = self.rest();
        let len = match rest.chars().next() {
            Some(c) if c.is_ascii_digit() => rest
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(rest.len()),
            Some(c) if c.is_ascii_alphabetic() || c == '_' => rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                .unwrap_or(rest.len()),
            Some(c) if "@*#?$!-".contains(c) => 1,
            _ => 0,
        };
        let name = rest[..len].to_string();
        self.pos += len;
        name
    }

    fn param_index(&mut self) -> Parse<Index> {
        self.pos += 1;
        if self.looking_at("@]") || self.looking_at("*]") {
            let index = if self.looking_at("@") {
                Index::At
            } else {
                Index::Star
            };
            self.pos += 2;
            return Ok(index);
        }
        let word = self.param_word(true, &["]"])?;
        if self.bump() != Some(']') {
            return Err(self.incomplete("]"));
        }
        Ok(Index::Word(word))
    }

    fn param_op(&mut self, in_double: bool, start: usize) -> Parse<ParamOp> {
        let colon = self.peek() == Some(':');
        let after = self.rest()[usize::from(colon)..].chars().next();
        if let Some(op @ ('-' | '=' | '?' | '+')) = after {
            self.pos += 1 + usize::from(colon);
            let word = self.param_word(in_double, &["}"])?;
            return Ok(match op {
                '-' => ParamOp::Default { colon, word },
                '=' => ParamOp::Assign { colon, word },
                '?' => ParamOp::Error { colon, word },
                _ => ParamOp::Alternative { colon, word },
            });
        }
        if colon && self.bash {
            self.pos += 1;
            let offset = self.param_word(true, &[":", "}"])?;
            let mut length = None;
            if self.peek() == Some(':') {
                self.pos += 1;
                length = Some(self.param_word(true, &["}"])?);
            }
            return Ok(ParamOp::Substring { offset, length });
        }
        let first = self.bump();
        let twice = first.is_some() && self.peek() == first;
        match first {
            Some('#' | '%') => {
                self.pos += usize::from(twice);
                let pattern = self.param_word(false, &["}"])?;
                Ok(if first == Some('#') {
                    ParamOp::RemovePrefix {
                        longest: twice,
                        pattern,
                    }
                } else {
                    ParamOp::RemoveSuffix {
                        longest: twice,
                        pattern,
                    }
                })
            }
            Some('/') if self.bash => self.param_replace(),
            Some(c @ ('^' | ',')) if self.bash => {
                self.pos += usize::from(twice);
                self.param_word(false, &["}"])?;
                Ok(ParamOp::Case {
                    upper: c == '^',
                    all: twice,
                })
            }
            Some('@') if self.bash => match self.bump() {
                Some(c @ ('Q' | 'U' | 'u' | 'L' | 'E' | 'P' | 'A' | 'a')) => {
                    Ok(ParamOp::Transform(c))
                }
                _ => Err(self.bad_substitution(start)),
            },
            _ => Err(self.bad_substitution(start)),
        }
    }

    fn param_replace(&mut self) -> Parse<ParamOp> {
        let which = match self.peek() {
            Some('/') => Replace::All,
            Some('#') => Replace::Prefix,
            Some('%') => Replace::Suffix,
            _ => Replace::First,
        };
        if which != Replace::First {
            self.pos += 1;
        }
        let pattern = self.param_word(false, &["/", "}"])?;
        let mut with = Word::default();
        if self.peek() == Some('/') {
            self.pos += 1;
            with = self.param_word(false, &["}"])?;
        }
        Ok(ParamOp::Replace {
            which,
            pattern,
            with,
        })
    }

    /// Text inside `${…}` up to one of `ends`, which is not consumed. Blanks belong to it.
    fn param_word(&mut self, in_double: bool, ends: &[&str]) -> Parse<Word> {
        let mut pieces = Pieces::default();
        loop {
            if ends.iter().any(|end| self.looking_at(end)) {
                return Ok(Word {
                    parts: pieces.0,
                    assign: false,
                });
            }
            match self.peek() {
                None => return Err(self.incomplete("}")),
                Some('"') => {
                    self.pos += 1;
                    let parts = self.double_parts(Some('"'))?;
                    pieces.0.push(Part::Double(parts));
                }
                Some('\\') if self.rest()[1..].starts_with('}') => {
                    self.pos += 2;
                    pieces.quoted("}");
                }
                Some(_) if in_double => self.double_piece(&mut pieces, true)?,
                Some(_) => self.piece(&mut pieces)?,
            }
        }
    }
}
