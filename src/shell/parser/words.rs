//! Words: quoting, and where expansions begin and end.

use std::sync::Arc;

use super::super::ast::*;
use super::{Assignment, Parse, Parser};

/// Collects the pieces of a word, joining neighbouring text.
#[derive(Default)]
pub(super) struct Pieces(pub Vec<Part>);

impl Pieces {
    pub fn literal(&mut self, c: char) {
        if let Some(Part::Literal(text)) = self.0.last_mut() {
            text.push(c);
        } else {
            self.0.push(Part::Literal(c.to_string()));
        }
    }
    pub fn quoted(&mut self, s: &str) {
        if let Some(Part::Quoted(text)) = self.0.last_mut() {
            text.push_str(s);
        } else {
            self.0.push(Part::Quoted(s.to_string()));
        }
    }
}

impl Parser<'_> {
    /// A word; the cursor is at its first character.
    pub(super) fn word(&mut self) -> Parse<Word> {
        self.word_until(|c| " \t\n;&|()<>".contains(c))
    }

    /// The right side of `=~`: brackets and bars belong to it.
    pub(super) fn regex_word(&mut self) -> Parse<Word> {
        let mut pieces = Pieces::default();
        let mut depth = 0;
        loop {
            match self.peek() {
                Some('(') => {
                    depth += 1;
                    pieces.literal('(');
                    self.pos += 1;
                }
                Some(')') if depth > 0 => {
                    depth -= 1;
                    pieces.literal(')');
                    self.pos += 1;
                }
                Some(c @ ('|' | '<' | '>' | '&' | ';')) => {
                    pieces.literal(c);
                    self.pos += 1;
                }
                Some(' ' | '\t') if depth > 0 => {
                    pieces.literal(' ');
                    self.pos += 1;
                }
                None | Some(' ' | '\t' | '\n' | ')') => break,
                Some(_) => self.piece(&mut pieces)?,
            }
        }
        Ok(Word {
            parts: pieces.0,
            assign: false,
        })
    }

    fn word_until(&mut self, stop: fn(char) -> bool) -> Parse<Word> {
        let mut pieces = Pieces::default();
        while let Some(c) = self.peek() {
            if (c == '<' || c == '>')
                && self.bash
                && pieces.0.is_empty()
                && self.rest()[1..].starts_with('(')
            {
                if c == '>' {
                    return Err(self.other("process substitution `>(…)' is not supported here"));
                }
                self.pos += 2;
                let block = self.command_until_paren()?;
                pieces.0.push(Part::Process(block));
                continue;
            }
            if stop(c) {
                break;
            }
            self.piece(&mut pieces)?;
        }
        if pieces.0.is_empty() {
            return Err(self.unexpected());
        }
        Ok(Word {
            parts: pieces.0,
            assign: false,
        })
    }

    /// One piece of an unquoted word.
    pub(super) fn piece(&mut self, pieces: &mut Pieces) -> Parse<()> {
        match self.peek() {
            Some('\\') => {
                self.pos += 1;
                match self.bump() {
                    Some('\n') => {}
                    Some(c) => pieces.quoted(c.encode_utf8(&mut [0; 4])),
                    None => pieces.quoted("\\"),
                }
            }
            Some('\'') => {
                self.pos += 1;
                let text = self.until_quote('\'')?;
                pieces.quoted(&text);
            }
            Some('"') => {
                self.pos += 1;
                let parts = self.double_parts(Some('"'))?;
                pieces.0.push(Part::Double(parts));
            }
            Some('$') => self.dollar(pieces, false)?,
            Some('`') => {
                let part = self.backquoted(false)?;
                pieces.0.push(part);
            }
            _ => {
                if let Some(c) = self.bump() {
                    pieces.literal(c);
                }
            }
        }
        Ok(())
    }

    fn until_quote(&mut self, quote: char) -> Parse<String> {
        let line = self.line;
        let Some(end) = self.rest().find(quote) else {
            return Err(super::ParseError::Incomplete {
                line,
                looking_for: quote.to_string(),
            });
        };
        let text = self.rest()[..end].to_string();
        self.line += text.matches('\n').count() as u32;
        self.pos += end + 1;
        Ok(text)
    }

    /// What stands between double quotes, or in a here-document (`end` is `None`: up to the end of the text).
    pub(super) fn double_parts(&mut self, end: Option<char>) -> Parse<Vec<Part>> {
        let line = self.line;
        let mut pieces = Pieces::default();
        loop {
            match self.peek() {
                None if end.is_none() => break,
                None => {
                    return Err(super::ParseError::Incomplete {
                        line,
                        looking_for: "\"".to_string(),
                    });
                }
                c if c == end => {
                    self.pos += 1;
                    break;
                }
                Some(_) => self.double_piece(&mut pieces, end.is_some())?,
            }
        }
        Ok(pieces.0)
    }

    /// One piece inside double quotes; `quote` when a `"` can be escaped there.
    pub(super) fn double_piece(&mut self, pieces: &mut Pieces, quote: bool) -> Parse<()> {
        match self.peek() {
            Some('\\') => {
                self.pos += 1;
                match self.peek() {
                    Some('\n') => {
                        self.bump();
                    }
                    Some(c @ ('$' | '`' | '\\')) => {
                        self.pos += 1;
                        pieces.quoted(c.encode_utf8(&mut [0; 4]));
                    }
                    Some('"') if quote => {
                        self.pos += 1;
                        pieces.quoted("\"");
                    }
                    _ => pieces.quoted("\\"),
                }
            }
            Some('$') => self.dollar(pieces, true)?,
            Some('`') => {
                let part = self.backquoted(true)?;
                pieces.0.push(part);
            }
            _ => {
                if let Some(c) = self.bump() {
                    pieces.quoted(c.encode_utf8(&mut [0; 4]));
                }
            }
        }
        Ok(())
    }

    /// From a `$`.
    pub(super) fn dollar(&mut self, pieces: &mut Pieces, in_double: bool) -> Parse<()> {
        self.pos += 1;
        match self.peek() {
            Some('(') if self.looking_at("((") => {
                let (pos, line, depth) = (self.pos, self.line, self.depth);
                self.pos += 2;
                match self.arith_text("))") {
                    Ok(word) => pieces.0.push(Part::Arith(word)),
                    Err(_) => {
                        (self.pos, self.line, self.depth) = (pos + 1, line, depth);
                        let block = self.command_until_paren()?;
                        pieces.0.push(Part::Command(block));
                    }
                }
            }
            Some('(') => {
                self.pos += 1;
                let block = self.command_until_paren()?;
                pieces.0.push(Part::Command(block));
            }
            Some('{') => {
                self.pos += 1;
                let param = self.param(in_double)?;
                pieces.0.push(Part::Param(Box::new(param)));
            }
            Some('\'') if !in_double && self.bash => {
                self.pos += 1;
                let text = self.ansi_quoted()?;
                pieces.quoted(&text);
            }
            Some('"') if !in_double && self.bash => {
                self.pos += 1;
                let parts = self.double_parts(Some('"'))?;
                pieces.0.push(Part::Double(parts));
            }
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                let rest = self.rest();
                let len = rest
                    .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                    .unwrap_or(rest.len());
                let name = rest[..len].to_string();
                self.pos += len;
                pieces.0.push(plain_param(name));
            }
            Some(c) if c.is_ascii_digit() || "@*#?$!-".contains(c) => {
                self.pos += 1;
                pieces.0.push(plain_param(c.to_string()));
            }
            _ if in_double => pieces.quoted("$"),
            _ => pieces.literal('$'),
        }
        Ok(())
    }

    /// Commands up to the closing parenthesis, which is consumed.
    pub(super) fn command_until_paren(&mut self) -> Parse<Arc<Block>> {
        self.enter()?;
        let outer = std::mem::take(&mut self.heredocs);
        let block = self.list(false)?;
        self.linebreak()?;
        match self.peek() {
            Some(')') => {}
            None => return Err(self.incomplete(")")),
            Some(_) => return Err(self.unexpected()),
        }
        self.pos += 1;
        if !self.heredocs.is_empty() {
            return Err(self.incomplete(")"));
        }
        self.heredocs = outer;
        self.depth -= 1;
        Ok(Arc::new(block))
    }

    /// From a backquote.
    fn backquoted(&mut self, in_double: bool) -> Parse<Part> {
        let line = self.line;
        self.pos += 1;
        let mut text = String::new();
        loop {
            match self.bump() {
                None => {
                    return Err(super::ParseError::Incomplete {
                        line,
                        looking_for: "`".to_string(),
                    });
                }
                Some('`') => break,
                Some('\\') => match self.bump() {
                    Some(c @ ('`' | '\\' | '$')) => text.push(c),
                    Some('"') if in_double => text.push('"'),
                    Some(c) => {
                        text.push('\\');
                        text.push(c);
                    }
                    None => {}
                },
                Some(c) => text.push(c),
            }
        }
        let mut parser = Parser::new(&text, line, self.aliases, self.bash);
        parser.depth = self.depth + 1;
        let mut block = Block::default();
        while let Some(more) = parser.next_block()? {
            block.statements.extend(more.statements);
        }
        Ok(Part::Command(Arc::new(block)))
    }

    /// An arithmetic expression's text up to `end` (`))` or `;`), which is consumed.
    pub(super) fn arith_text(&mut self, end: &str) -> Parse<Word> {
        let mut pieces = Pieces::default();
        let mut depth = 0u32;
        loop {
            if depth == 0 && self.looking_at(end) {
                self.pos += end.len();
                return Ok(Word {
                    parts: pieces.0,
                    assign: false,
                });
            }
            match self.peek() {
                None => return Err(self.incomplete(end)),
                Some('(') => {
                    depth += 1;
                    pieces.quoted("(");
                    self.pos += 1;
                }
                Some(')') => {
                    let Some(less) = depth.checked_sub(1) else {
                        return Err(self.unexpected());
                    };
                    depth = less;
                    pieces.quoted(")");
                    self.pos += 1;
                }
                Some('"') => self.pos += 1,
                Some('\'') => return Err(self.unexpected()),
                Some(_) => self.double_piece(&mut pieces, true)?,
            }
        }
    }

    /// `name=…`, `name+=…` or `name[…]=…` at the cursor. With `as_word` a scalar becomes one unsplit word.
    pub(super) fn assignment(&mut self, as_word: bool) -> Parse<Option<Assignment>> {
        let rest = self.rest();
        let len = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        let name = rest[..len].to_string();
        if !super::is_name(&name) && !(as_word && !name.is_empty()) {
            return Ok(None);
        }
        let (pos, line) = (self.pos, self.line);
        self.pos += len;
        let mut index = None;
        if self.bash && self.peek() == Some('[') && super::is_name(&name) {
            self.pos += 1;
            match self.word_until(|c| c == ']' || c == '\n') {
                Ok(word) if self.peek() == Some(']') => {
                    self.pos += 1;
                    index = Some(word);
                }
                _ => {
                    (self.pos, self.line) = (pos, line);
                    return Ok(None);
                }
            }
        }
        let append = self.looking_at("+=");
        if !append && !self.looking_at("=") {
            (self.pos, self.line) = (pos, line);
            return Ok(None);
        }
        self.pos += if append { 2 } else { 1 };
        if self.bash && self.peek() == Some('(') && index.is_none() {
            let value = AssignValue::Array(self.array()?);
            return Ok(Some(Assignment::Whole(Assign {
                name,
                index,
                append,
                value,
            })));
        }
        let value = match self.peek() {
            None | Some(' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>') => {
                Word::default()
            }
            Some(_) => self.word()?,
        };
        if as_word && index.is_none() {
            let mut parts = vec![Part::Quoted(format!(
                "{name}{}",
                if append { "+=" } else { "=" }
            ))];
            parts.extend(value.parts);
            return Ok(Some(Assignment::Word(Word {
                parts,
                assign: true,
            })));
        }
        Ok(Some(Assignment::Whole(Assign {
            name,
            index,
            append,
            value: AssignValue::Scalar(value),
        })))
    }

    /// `(a b [3]=c)`.
    fn array(&mut self) -> Parse<Vec<(Option<Word>, Word)>> {
        self.pos += 1;
        let mut items = Vec::new();
        loop {
            self.linebreak()?;
            match self.peek() {
                None => return Err(self.incomplete(")")),
                Some(')') => {
                    self.pos += 1;
                    return Ok(items);
                }
                Some('[') => {
                    let (pos, line) = (self.pos, self.line);
                    self.pos += 1;
                    let index = self.word_until(|c| c == ']' || c == '\n');
                    if let Ok(index) = index
                        && self.looking_at("]=")
                    {
                        self.pos += 2;
                        let value = match self.peek() {
                            None | Some(' ' | '\t' | '\n' | ')') => Word::default(),
                            Some(_) => self.word()?,
                        };
                        items.push((Some(index), value));
                        continue;
                    }
                    (self.pos, self.line) = (pos, line);
                }
                Some(_) => {}
            }
            let mut words = Vec::new();
            super::brace::expand(self.word()?, &mut words);
            items.extend(words.into_iter().map(|w| (None, w)));
        }
    }

    /// After `$'`.
    fn ansi_quoted(&mut self) -> Parse<String> {
        let line = self.line;
        let mut text = String::new();
        loop {
            match self.bump() {
                None => {
                    return Err(super::ParseError::Incomplete {
                        line,
                        looking_for: "'".to_string(),
                    });
                }
                Some('\'') => break,
                Some('\\') => {
                    text.push('\\');
                    text.extend(self.bump());
                }
                Some(c) => text.push(c),
            }
        }
        Ok(String::from_utf8_lossy(&super::super::escape::ansi_c(&text)).into_owned())
    }
}

pub(super) fn plain_param(name: String) -> Part {
    Part::Param(Box::new(Param {
        name,
        index: None,
        indirect: false,
        op: ParamOp::Value,
    }))
}
