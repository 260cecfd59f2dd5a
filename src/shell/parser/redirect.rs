//! Redirections and the bodies of here-documents.

use std::sync::{Arc, OnceLock};

use super::super::ast::*;
use super::{HereDoc, Parse, Parser};

impl Parser<'_> {
    /// A redirection at the cursor, if there is one.
    pub(super) fn redirect(&mut self) -> Parse<Option<Redirect>> {
        let rest = self.rest();
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let fd = rest[..digits].parse::<u32>().ok();
        let operator = &rest[digits..];
        if digits > 0 && fd.is_none() {
            return Ok(None);
        }
        if digits == 0 && self.bash && operator.starts_with("&>") {
            let append = operator.starts_with("&>>");
            self.pos += if append { 3 } else { 2 };
            return self
                .redirect_target(None, RedirectKind::Both { append })
                .map(Some);
        }
        if digits == 0 && self.bash && (operator.starts_with("<(") || operator.starts_with(">(")) {
            return Ok(None);
        }
        let (len, kind) = if operator.starts_with("<<<") && self.bash {
            (3, RedirectKind::HereString)
        } else if operator.starts_with("<<") {
            self.pos += digits + 2;
            return self.heredoc(fd).map(Some);
        } else if operator.starts_with("<&") {
            (2, RedirectKind::DupIn)
        } else if operator.starts_with("<>") {
            (2, RedirectKind::ReadWrite)
        } else if operator.starts_with('<') {
            (1, RedirectKind::Read)
        } else if operator.starts_with(">>") {
            (2, RedirectKind::Append)
        } else if operator.starts_with(">&") {
            (2, RedirectKind::DupOut)
        } else if operator.starts_with(">|") {
            (2, RedirectKind::Clobber)
        } else if operator.starts_with('>') {
            (1, RedirectKind::Write)
        } else {
            return Ok(None);
        };
        self.pos += digits + len;
        self.redirect_target(fd, kind).map(Some)
    }

    fn redirect_target(&mut self, fd: Option<u32>, kind: RedirectKind) -> Parse<Redirect> {
        self.blanks();
        let process = self.looking_at("<(");
        if matches!(
            self.peek(),
            None | Some('\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>')
        ) && !process
        {
            return Err(match self.unexpected() {
                super::ParseError::Incomplete { line, .. } => super::ParseError::Unexpected {
                    line,
                    token: "newline".to_string(),
                },
                other => other,
            });
        }
        let target = self.word()?;
        Ok(Redirect { fd, kind, target })
    }

    fn heredoc(&mut self, fd: Option<u32>) -> Parse<Redirect> {
        let strip_tabs = self.peek() == Some('-');
        if strip_tabs {
            self.pos += 1;
        }
        self.blanks();
        if matches!(
            self.peek(),
            None | Some('\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>')
        ) {
            return Err(self.unexpected());
        }
        let start = self.pos;
        self.word()?;
        let source = self.src[start..self.pos].to_string();
        let quoted = source.contains(['\'', '"', '\\']);
        let delimiter = source.replace(['\'', '"', '\\'], "");
        let body = Arc::new(OnceLock::new());
        self.heredocs.push(HereDoc {
            delimiter,
            quoted,
            strip_tabs,
            body: body.clone(),
        });
        Ok(Redirect {
            fd,
            kind: RedirectKind::HereDoc(body),
            target: Word::default(),
        })
    }

    /// Reads the bodies that follow the line just ended. `at_end` when the text ended there.
    pub(super) fn read_heredocs(&mut self, at_end: bool) -> Parse<()> {
        for doc in std::mem::take(&mut self.heredocs) {
            if at_end {
                return Err(self.incomplete(&doc.delimiter));
            }
            let first_line = self.line;
            let mut body = String::new();
            loop {
                if self.peek().is_none() {
                    return Err(self.incomplete(&doc.delimiter));
                }
                let rest = self.rest();
                let end = rest.find('\n').unwrap_or(rest.len());
                let mut text = &rest[..end];
                if doc.strip_tabs {
                    text = text.trim_start_matches('\t');
                }
                let done = text.trim_end_matches('\r') == doc.delimiter;
                if !done {
                    body.push_str(text);
                    body.push('\n');
                }
                self.pos = (self.pos + end + 1).min(self.src.len());
                self.line += 1;
                if done {
                    break;
                }
            }
            let word = if doc.quoted {
                Word {
                    parts: vec![Part::Quoted(body)],
                    assign: false,
                }
            } else {
                let mut parser = Parser::new(&body, first_line, None, self.bash);
                parser.depth = self.depth;
                Word {
                    parts: parser.double_parts(None)?,
                    assign: false,
                }
            };
            let _ = doc.body.set(word);
        }
        Ok(())
    }
}
