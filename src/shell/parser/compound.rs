//! Compound commands, function definitions and `[[ … ]]`.

use std::sync::Arc;

use super::super::ast::*;
use super::{Parse, Parser, is_name};

impl Parser<'_> {
    pub(super) fn command(&mut self) -> Parse<Arc<Command>> {
        self.enter()?;
        self.blanks();
        let line = self.line;
        let compound = if self.looking_at("((") && self.bash {
            self.arith_or_subshell()?
        } else if self.looking_at("(") {
            self.subshell()?
        } else {
            match self.keyword() {
                Some("{") => Command::Group(self.braced()?),
                Some("if") => self.if_clause()?,
                Some("while") => self.while_clause(false)?,
                Some("until") => self.while_clause(true)?,
                Some("for") => self.for_clause()?,
                Some("case") => self.case_clause()?,
                Some("[[") if self.bash => self.conditional()?,
                Some("function") if self.bash => {
                    self.depth -= 1;
                    return self.function_keyword();
                }
                Some("then" | "do" | "done" | "fi" | "elif" | "else" | "esac" | "}") => {
                    return Err(self.unexpected());
                }
                _ => {
                    let simple = self.simple();
                    self.depth -= 1;
                    return simple;
                }
            }
        };
        let command = self.with_redirects(compound, line);
        self.depth -= 1;
        command
    }

    fn with_redirects(&mut self, compound: Command, line: u32) -> Parse<Arc<Command>> {
        let mut redirects = Vec::new();
        loop {
            self.blanks();
            match self.redirect()? {
                Some(redirect) => redirects.push(redirect),
                None => break,
            }
        }
        let command = Arc::new(compound);
        Ok(if redirects.is_empty() {
            command
        } else {
            Arc::new(Command::Redirected {
                command,
                redirects,
                line,
            })
        })
    }

    /// Statements, at least one.
    fn body(&mut self) -> Parse<Arc<Block>> {
        let block = self.list(false)?;
        if block.statements.is_empty() {
            return Err(self.unexpected());
        }
        Ok(Arc::new(block))
    }

    fn braced(&mut self) -> Parse<Arc<Block>> {
        self.eat_keyword("{");
        let body = self.body()?;
        self.expect_keyword("}")?;
        Ok(body)
    }

    fn subshell(&mut self) -> Parse<Command> {
        self.pos += 1;
        let body = self.body()?;
        self.linebreak()?;
        if self.peek() != Some(')') {
            return Err(self.unexpected());
        }
        self.pos += 1;
        Ok(Command::Subshell(body))
    }

    fn arith_or_subshell(&mut self) -> Parse<Command> {
        let (pos, line, depth) = (self.pos, self.line, self.depth);
        self.pos += 2;
        match self.arith_text("))") {
            Ok(text) => Ok(Command::Arith { text, line }),
            Err(_) => {
                (self.pos, self.line, self.depth) = (pos, line, depth);
                self.subshell()
            }
        }
    }

    fn if_clause(&mut self) -> Parse<Command> {
        self.eat_keyword("if");
        let mut branches = Vec::new();
        loop {
            let condition = self.body()?;
            self.expect_keyword("then")?;
            branches.push((condition, self.body()?));
            self.linebreak()?;
            if !self.eat_keyword("elif") {
                break;
            }
        }
        let otherwise = if self.eat_keyword("else") {
            Some(self.body()?)
        } else {
            None
        };
        self.expect_keyword("fi")?;
        Ok(Command::If {
            branches,
            otherwise,
        })
    }

    fn while_clause(&mut self, until: bool) -> Parse<Command> {
        self.eat_keyword(if until { "until" } else { "while" });
        let condition = self.body()?;
        let body = self.do_group()?;
        Ok(Command::While {
            until,
            condition,
            body,
        })
    }

    fn do_group(&mut self) -> Parse<Arc<Block>> {
        self.expect_keyword("do")?;
        let body = self.body()?;
        self.expect_keyword("done")?;
        Ok(body)
    }

    fn for_clause(&mut self) -> Parse<Command> {
        let line = self.line;
        self.eat_keyword("for");
        self.blanks();
        if self.looking_at("((") {
            return self.for_arith();
        }
        let name = self.keyword().unwrap_or_default().to_string();
        if !is_name(&name) {
            return Err(if name.is_empty() {
                self.unexpected()
            } else {
                self.other(&format!("`{name}': not a valid identifier"))
            });
        }
        self.pos += name.len();
        self.linebreak()?;
        let mut words = None;
        if self.eat_keyword("in") {
            words = Some(self.word_list()?);
        }
        self.blanks();
        if self.peek() == Some(';') {
            self.pos += 1;
        }
        let body = self.loop_body()?;
        Ok(Command::For {
            name,
            words,
            body,
            line,
        })
    }

    /// `do … done`, or bash's `{ … }`.
    fn loop_body(&mut self) -> Parse<Arc<Block>> {
        self.linebreak()?;
        if self.at_keyword("{") {
            self.braced()
        } else {
            self.do_group()
        }
    }

    fn word_list(&mut self) -> Parse<Vec<Word>> {
        let mut words = Vec::new();
        loop {
            self.blanks();
            match self.peek() {
                None | Some('\n' | ';') => return Ok(words),
                Some('&' | '|' | '(' | ')') => return Err(self.unexpected()),
                Some(_) => {
                    let word = self.word()?;
                    if self.bash {
                        super::brace::expand(word, &mut words);
                    } else {
                        words.push(word);
                    }
                }
            }
        }
    }

    fn for_arith(&mut self) -> Parse<Command> {
        self.pos += 2;
        let init = self.arith_text(";")?;
        let condition = self.arith_text(";")?;
        let next = self.arith_text("))")?;
        self.blanks();
        if self.peek() == Some(';') {
            self.pos += 1;
        }
        let body = self.loop_body()?;
        Ok(Command::ForArith {
            init,
            condition,
            next,
            body,
        })
    }

    fn case_clause(&mut self) -> Parse<Command> {
        let line = self.line;
        self.eat_keyword("case");
        self.blanks();
        if matches!(self.peek(), None | Some('\n' | ';' | '&' | '|' | '(' | ')')) {
            return Err(self.unexpected());
        }
        let subject = self.word()?;
        self.expect_keyword("in")?;
        let mut arms = Vec::new();
        loop {
            self.linebreak()?;
            if self.eat_keyword("esac") {
                return Ok(Command::Case {
                    subject,
                    arms,
                    line,
                });
            }
            arms.push(self.case_arm()?);
        }
    }

    fn case_arm(&mut self) -> Parse<Arm> {
        if self.peek() == Some('(') {
            self.pos += 1;
        }
        let mut patterns = Vec::new();
        loop {
            self.blanks();
            if matches!(
                self.peek(),
                None | Some('\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>')
            ) {
                return Err(self.unexpected());
            }
            patterns.push(self.word()?);
            self.blanks();
            match self.bump() {
                Some('|') => {}
                Some(')') => break,
                None => return Err(self.incomplete("")),
                Some(c) => {
                    self.pos -= c.len_utf8();
                    return Err(self.unexpected());
                }
            }
        }
        let body = Arc::new(self.list(false)?);
        self.linebreak()?;
        let end = if self.looking_at(";;&") {
            self.pos += 3;
            ArmEnd::Continue
        } else if self.looking_at(";;") {
            self.pos += 2;
            ArmEnd::Break
        } else if self.looking_at(";&") {
            self.pos += 2;
            ArmEnd::FallThrough
        } else if self.at_keyword("esac") {
            ArmEnd::Break
        } else {
            return Err(self.unexpected());
        };
        Ok(Arm {
            patterns,
            body,
            end,
        })
    }

    fn function_keyword(&mut self) -> Parse<Arc<Command>> {
        self.eat_keyword("function");
        self.blanks();
        let name = self.keyword().unwrap_or_default().to_string();
        if name.is_empty() {
            return Err(self.unexpected());
        }
        self.pos += name.len();
        self.blanks();
        if self.looking_at("(") {
            return self.function_body(name);
        }
        self.linebreak()?;
        let body = self.command()?;
        Ok(Arc::new(Command::Function { name, body }))
    }

    /// From the `(` after a function's name.
    pub(super) fn function_body(&mut self, name: String) -> Parse<Arc<Command>> {
        self.pos += 1;
        self.blanks();
        if self.peek() != Some(')') {
            return Err(self.unexpected());
        }
        self.pos += 1;
        self.linebreak()?;
        let body = self.command()?;
        if matches!(*body, Command::Simple(_)) {
            return Err(self.unexpected());
        }
        Ok(Arc::new(Command::Function { name, body }))
    }

    fn conditional(&mut self) -> Parse<Command> {
        let line = self.line;
        self.eat_keyword("[[");
        let test = self.cond_or()?;
        self.linebreak()?;
        if !self.eat_keyword("]]") {
            return Err(self.unexpected());
        }
        Ok(Command::Conditional { test, line })
    }

    fn cond_or(&mut self) -> Parse<Cond> {
        let mut left = self.cond_and()?;
        loop {
            self.linebreak()?;
            if !self.looking_at("||") {
                return Ok(left);
            }
            self.pos += 2;
            left = Cond::Or(Box::new(left), Box::new(self.cond_and()?));
        }
    }

    fn cond_and(&mut self) -> Parse<Cond> {
        let mut left = self.cond_primary()?;
        loop {
            self.linebreak()?;
            if !self.looking_at("&&") {
                return Ok(left);
            }
            self.pos += 2;
            left = Cond::And(Box::new(left), Box::new(self.cond_primary()?));
        }
    }

    fn cond_primary(&mut self) -> Parse<Cond> {
        self.enter()?;
        self.linebreak()?;
        let cond = if self.eat_keyword("!") {
            Cond::Not(Box::new(self.cond_primary()?))
        } else if self.peek() == Some('(') {
            self.pos += 1;
            let inner = self.cond_or()?;
            self.linebreak()?;
            if self.bump() != Some(')') {
                return Err(self.unexpected());
            }
            inner
        } else {
            self.cond_test()?
        };
        self.depth -= 1;
        Ok(cond)
    }

    fn cond_test(&mut self) -> Parse<Cond> {
        if let Some(op) = self.keyword()
            && op.len() == 2
            && op.starts_with('-')
        {
            let (pos, op) = (self.pos, op.to_string());
            self.pos += 2;
            self.blanks();
            if !matches!(self.peek(), None | Some('\n' | ')' | '&' | '|')) && !self.at_keyword("]]")
            {
                return Ok(Cond::Unary(op, self.word()?));
            }
            self.pos = pos;
        }
        if matches!(self.peek(), None | Some('\n' | ';' | '&' | '|' | ')')) || self.at_keyword("]]")
        {
            return Err(self.unexpected());
        }
        let left = self.word()?;
        self.blanks();
        let op = if self.looking_at("<") || self.looking_at(">") {
            self.rest()[..1].to_string()
        } else {
            match self.keyword() {
                Some(
                    op @ ("=" | "==" | "!=" | "=~" | "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge"
                    | "-nt" | "-ot" | "-ef"),
                ) => op.to_string(),
                _ => return Ok(Cond::Word(left)),
            }
        };
        self.pos += op.len();
        self.blanks();
        if matches!(self.peek(), None | Some('\n')) || self.at_keyword("]]") {
            return Err(self.unexpected());
        }
        let right = if op == "=~" {
            self.regex_word()?
        } else {
            self.word()?
        };
        Ok(Cond::Binary(left, op, right))
    }
}
