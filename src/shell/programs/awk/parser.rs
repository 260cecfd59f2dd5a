//! From text to [`Script`].

use super::ast::{Expr, Function, Pattern, Redirect, Rule, Script, Stmt};
use super::lexer::{Lexer, Token};
use crate::shell::regex::{Flavor, Regex};

/// How deep statements and expressions may nest.
const MAX_DEPTH: usize = 80;

struct Parser<'a> {
    lexer: Lexer<'a>,
    token: Token,
    depth: usize,
    /// Inside an unparenthesized `print` list `>` is a redirection.
    printing: bool,
    getline: bool,
}

/// Reads a program; the error tells the line.
pub fn parse(text: &str) -> Result<Script, String> {
    let mut parser = Parser {
        lexer: Lexer::new(text),
        token: Token::Newline,
        depth: 0,
        printing: false,
        getline: false,
    };
    parser.script().map_err(|message| {
        let line = parser.lexer.line();
        format!("line {line}: {message}")
    })
}

type Parsed<T> = Result<T, String>;

impl Parser<'_> {
    fn advance(&mut self) -> Parsed<Token> {
        let mut probe = self.lexer.next()?;
        std::mem::swap(&mut probe, &mut self.token);
        Ok(probe)
    }

    fn is(&self, op: &str) -> bool {
        matches!(&self.token, Token::Op(o) if *o == op)
    }

    fn is_keyword(&self, keyword: &str) -> bool {
        matches!(&self.token, Token::Keyword(k) if *k == keyword)
    }

    fn take(&mut self, op: &str) -> Parsed<bool> {
        let found = self.is(op);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn expect(&mut self, op: &str) -> Parsed<()> {
        match self.take(op)? {
            true => Ok(()),
            false => Err(self.unexpected()),
        }
    }

    fn unexpected(&self) -> String {
        let near = match &self.token {
            Token::End | Token::Newline => "end of line".to_string(),
            Token::Op(op) => op.to_string(),
            Token::Name(n) | Token::Func(n) => n.clone(),
            Token::Builtin(n) | Token::Keyword(n) => n.to_string(),
            Token::Text(t) => format!("\"{t}\""),
            Token::Number(n) => n.to_string(),
        };
        format!("syntax error at or near {near}")
    }

    fn newlines(&mut self) -> Parsed<()> {
        while self.token == Token::Newline {
            self.advance()?;
        }
        Ok(())
    }

    fn separators(&mut self) -> Parsed<()> {
        while self.token == Token::Newline || self.is(";") {
            self.advance()?;
        }
        Ok(())
    }

    fn deeper(&mut self) -> Parsed<()> {
        self.depth += 1;
        match self.depth > MAX_DEPTH {
            true => Err("the program is nested too deeply".to_string()),
            false => Ok(()),
        }
    }

    fn script(&mut self) -> Parsed<Script> {
        let mut script = Script::default();
        self.advance()?;
        self.separators()?;
        while self.token != Token::End {
            if self.is_keyword("function") {
                let function = self.function()?;
                script.functions.push(function);
            } else {
                let rule = self.rule()?;
                script.rules.push(rule);
            }
            self.separators()?;
        }
        script.getline = self.getline;
        Ok(script)
    }

    fn function(&mut self) -> Parsed<Function> {
        self.advance()?;
        let name = match self.advance()? {
            Token::Name(name) | Token::Func(name) => name,
            _ => return Err(self.unexpected()),
        };
        self.expect("(")?;
        let mut params = Vec::new();
        while !self.is(")") {
            self.newlines()?;
            match self.advance()? {
                Token::Name(param) => params.push(param),
                _ => return Err(self.unexpected()),
            }
            if !self.take(",")? && !self.is(")") {
                return Err(self.unexpected());
            }
        }
        self.advance()?;
        self.newlines()?;
        let body = self.block()?;
        Ok(Function { name, params, body })
    }

    fn rule(&mut self) -> Parsed<Rule> {
        let pattern = if self.is("{") {
            Pattern::Always
        } else if self.is_keyword("BEGIN") {
            self.advance()?;
            Pattern::Begin
        } else if self.is_keyword("END") {
            self.advance()?;
            Pattern::End
        } else {
            let first = self.expr()?;
            if self.take(",")? {
                self.newlines()?;
                Pattern::Range(first, self.expr()?)
            } else {
                Pattern::Expr(first)
            }
        };
        let action = match self.is("{") {
            true => Some(self.block()?),
            false => None,
        };
        if action.is_none() && matches!(pattern, Pattern::Begin | Pattern::End) {
            return Err(self.unexpected());
        }
        if action.is_none() && !matches!(self.token, Token::Newline | Token::End) && !self.is(";") {
            return Err(self.unexpected());
        }
        Ok(Rule { pattern, action })
    }

    fn block(&mut self) -> Parsed<Stmt> {
        self.expect("{")?;
        let mut stmts = Vec::new();
        self.separators()?;
        while !self.is("}") {
            if self.token == Token::End {
                return Err(self.unexpected());
            }
            stmts.push(self.statement()?);
            self.separators()?;
        }
        self.advance()?;
        Ok(Stmt::Block(stmts))
    }

    /// What must follow a simple statement.
    fn end(&mut self) -> Parsed<()> {
        if self.is("}") || self.token == Token::End {
            return Ok(());
        }
        if self.token == Token::Newline || self.is(";") {
            self.advance()?;
            return Ok(());
        }
        Err(self.unexpected())
    }

    fn statement(&mut self) -> Parsed<Stmt> {
        self.deeper()?;
        let stmt = self.statement_inner();
        self.depth -= 1;
        stmt
    }

    fn statement_inner(&mut self) -> Parsed<Stmt> {
        if self.is("{") {
            return self.block();
        }
        if self.take(";")? {
            return Ok(Stmt::Block(Vec::new()));
        }
        let Token::Keyword(keyword) = self.token.clone() else {
            return self.simple_ended();
        };
        match keyword {
            "if" => {
                self.advance()?;
                let condition = self.parenthesized()?;
                let then = Box::new(self.statement()?);
                let (pos, token) = (self.lexer.pos, self.token.clone());
                self.separators()?;
                if self.is_keyword("else") {
                    self.advance()?;
                    self.newlines()?;
                    let other = Box::new(self.statement()?);
                    return Ok(Stmt::If(condition, then, Some(other)));
                }
                (self.lexer.pos, self.token) = (pos, token);
                Ok(Stmt::If(condition, then, None))
            }
            "while" => {
                self.advance()?;
                let condition = self.parenthesized()?;
                Ok(Stmt::While(condition, Box::new(self.statement()?)))
            }
            "do" => {
                self.advance()?;
                self.newlines()?;
                let body = Box::new(self.statement()?);
                self.separators()?;
                if !self.is_keyword("while") {
                    return Err(self.unexpected());
                }
                self.advance()?;
                self.expect("(")?;
                let condition = self.expr()?;
                self.expect(")")?;
                self.end()?;
                Ok(Stmt::Do(body, condition))
            }
            "for" => self.for_(),
            _ => self.simple_ended(),
        }
    }

    /// A condition in parentheses, and the newlines that may follow it.
    fn parenthesized(&mut self) -> Parsed<Expr> {
        self.expect("(")?;
        let condition = self.expr()?;
        self.expect(")")?;
        self.newlines()?;
        Ok(condition)
    }

    fn for_(&mut self) -> Parsed<Stmt> {
        self.advance()?;
        self.expect("(")?;
        if let Token::Name(name) = self.token.clone() {
            let (pos, token) = (self.lexer.pos, self.token.clone());
            self.advance()?;
            if self.is_keyword("in") {
                self.advance()?;
                if let Token::Name(array) = self.token.clone() {
                    self.advance()?;
                    if self.take(")")? {
                        self.newlines()?;
                        return Ok(Stmt::ForIn(name, array, Box::new(self.statement()?)));
                    }
                }
            }
            (self.lexer.pos, self.token) = (pos, token);
        }
        let first = match self.is(";") {
            true => None,
            false => Some(Box::new(self.simple()?)),
        };
        self.expect(";")?;
        self.newlines()?;
        let condition = match self.is(";") {
            true => None,
            false => Some(self.expr()?),
        };
        self.expect(";")?;
        self.newlines()?;
        let step = match self.is(")") {
            true => None,
            false => Some(Box::new(self.simple()?)),
        };
        self.expect(")")?;
        self.newlines()?;
        Ok(Stmt::For(
            first,
            condition,
            step,
            Box::new(self.statement()?),
        ))
    }

    fn simple_ended(&mut self) -> Parsed<Stmt> {
        let stmt = self.simple()?;
        self.end()?;
        Ok(stmt)
    }

    fn at_end(&self) -> bool {
        self.is(";") || self.is("}") || matches!(self.token, Token::Newline | Token::End)
    }

    fn simple(&mut self) -> Parsed<Stmt> {
        let Token::Keyword(keyword) = self.token.clone() else {
            return Ok(Stmt::Expr(self.expr()?));
        };
        if keyword == "getline" {
            return Ok(Stmt::Expr(self.expr()?));
        }
        self.advance()?;
        let value = |p: &mut Self| -> Parsed<Option<Expr>> {
            match p.at_end() {
                true => Ok(None),
                false => Ok(Some(p.expr()?)),
            }
        };
        Ok(match keyword {
            "print" | "printf" => return self.print(keyword == "printf"),
            "next" => Stmt::Next,
            "nextfile" => Stmt::NextFile,
            "break" => Stmt::Break,
            "continue" => Stmt::Continue,
            "exit" => Stmt::Exit(value(self)?),
            "return" => Stmt::Return(value(self)?),
            "delete" => {
                let Token::Name(name) = self.advance()? else {
                    return Err(self.unexpected());
                };
                match self.take("[")? {
                    true => {
                        let index = self.list("]")?;
                        Stmt::Delete(name, Some(index))
                    }
                    false => Stmt::Delete(name, None),
                }
            }
            _ => return Err(self.unexpected()),
        })
    }

    /// Expressions separated by commas, up to and with `end`.
    fn list(&mut self, end: &str) -> Parsed<Vec<Expr>> {
        let printing = std::mem::replace(&mut self.printing, false);
        let mut items = Vec::new();
        self.newlines()?;
        while !self.is(end) {
            items.push(self.expr()?);
            self.newlines()?;
            if !self.take(",")? && !self.is(end) {
                return Err(self.unexpected());
            }
            self.newlines()?;
        }
        self.advance()?;
        self.printing = printing;
        Ok(items)
    }

    fn print(&mut self, formatted: bool) -> Parsed<Stmt> {
        let mut items = None;
        if self.is("(") {
            // Either the whole list is in parentheses or the first expression begins with one.
            let (pos, token) = (self.lexer.pos, self.token.clone());
            self.advance()?;
            let list = self.list(")");
            let ends = self.at_end() || self.is(">") || self.is(">>") || self.is("|");
            match list {
                Ok(list) if ends => items = Some(list),
                _ => (self.lexer.pos, self.token) = (pos, token),
            }
        }
        let items = match items {
            Some(items) => items,
            None => {
                let mut items = Vec::new();
                let before = std::mem::replace(&mut self.printing, true);
                while !self.at_end() && !self.is(">") && !self.is(">>") && !self.is("|") {
                    items.push(self.expr()?);
                    if !self.take(",")? {
                        break;
                    }
                    self.newlines()?;
                }
                self.printing = before;
                items
            }
        };
        let redirect = match &self.token {
            Token::Op(">") => Some(Redirect::File),
            Token::Op(">>") => Some(Redirect::Append),
            Token::Op("|") => Some(Redirect::Pipe),
            _ => None,
        };
        let target = match redirect {
            None => None,
            Some(kind) => {
                self.advance()?;
                let before = std::mem::replace(&mut self.printing, true);
                let target = self.concat()?;
                self.printing = before;
                Some((kind, target))
            }
        };
        Ok(match formatted {
            true if items.is_empty() => return Err(self.unexpected()),
            true => Stmt::Printf(items, target),
            false => Stmt::Print(items, target),
        })
    }

    fn expr(&mut self) -> Parsed<Expr> {
        self.deeper()?;
        let expr = self.assignment();
        self.depth -= 1;
        expr
    }

    fn assignment(&mut self) -> Parsed<Expr> {
        let left = self.ternary()?;
        let op = match &self.token {
            Token::Op("=") => '=',
            Token::Op("+=") => '+',
            Token::Op("-=") => '-',
            Token::Op("*=") => '*',
            Token::Op("/=") => '/',
            Token::Op("%=") => '%',
            Token::Op("^=") => '^',
            _ => return Ok(left),
        };
        // `$1 == x = 3` and the like: only places can be assigned to.
        if !matches!(left, Expr::Var(_) | Expr::Field(_) | Expr::Index(..)) {
            return Err(self.unexpected());
        }
        self.advance()?;
        self.newlines()?;
        let right = self.expr()?;
        Ok(Expr::Assign(op, Box::new(left), Box::new(right)))
    }

    fn ternary(&mut self) -> Parsed<Expr> {
        let condition = self.or()?;
        if !self.take("?")? {
            return Ok(condition);
        }
        self.newlines()?;
        let yes = self.expr()?;
        self.newlines()?;
        self.expect(":")?;
        self.newlines()?;
        let no = self.expr()?;
        Ok(Expr::Cond(Box::new(condition), Box::new(yes), Box::new(no)))
    }

    fn or(&mut self) -> Parsed<Expr> {
        let mut left = self.and()?;
        while self.take("||")? {
            self.newlines()?;
            left = Expr::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Parsed<Expr> {
        let mut left = self.membership()?;
        while self.take("&&")? {
            self.newlines()?;
            left = Expr::And(Box::new(left), Box::new(self.membership()?));
        }
        Ok(left)
    }

    fn membership(&mut self) -> Parsed<Expr> {
        let mut left = self.matching()?;
        while self.is_keyword("in") {
            self.advance()?;
            let Token::Name(array) = self.advance()? else {
                return Err(self.unexpected());
            };
            left = Expr::In(vec![left], array);
        }
        Ok(left)
    }

    fn matching(&mut self) -> Parsed<Expr> {
        let mut left = self.comparison()?;
        loop {
            let negated = match &self.token {
                Token::Op("~") => false,
                Token::Op("!~") => true,
                _ => return Ok(left),
            };
            self.advance()?;
            left = Expr::Match(negated, Box::new(left), Box::new(self.comparison()?));
        }
    }

    fn comparison(&mut self) -> Parsed<Expr> {
        let left = self.concat()?;
        let op = match &self.token {
            Token::Op(">") if self.printing => return Ok(left),
            Token::Op(op @ ("<" | "<=" | "==" | "!=" | ">" | ">=")) => *op,
            _ => return Ok(left),
        };
        self.advance()?;
        Ok(Expr::Compare(op, Box::new(left), Box::new(self.concat()?)))
    }

    fn concat(&mut self) -> Parsed<Expr> {
        let mut left = self.additive()?;
        loop {
            let more = match &self.token {
                Token::Number(_) | Token::Text(_) | Token::Name(_) | Token::Func(_) => true,
                Token::Builtin(_) => true,
                Token::Op(op) => matches!(*op, "$" | "(" | "-" | "+" | "++" | "--" | "!"),
                _ => false,
            };
            if self.is("|") {
                let (pos, token) = (self.lexer.pos, self.token.clone());
                self.advance()?;
                if self.is_keyword("getline") {
                    return Err("reading from a command with getline is not supported".to_string());
                }
                (self.lexer.pos, self.token) = (pos, token);
            }
            if !more {
                return Ok(left);
            }
            left = Expr::Concat(Box::new(left), Box::new(self.additive()?));
        }
    }

    fn additive(&mut self) -> Parsed<Expr> {
        let mut left = self.multiplicative()?;
        loop {
            let op = match &self.token {
                Token::Op("+") => '+',
                Token::Op("-") => '-',
                _ => return Ok(left),
            };
            self.advance()?;
            left = Expr::Arith(op, Box::new(left), Box::new(self.multiplicative()?));
        }
    }

    fn multiplicative(&mut self) -> Parsed<Expr> {
        let mut left = self.unary()?;
        loop {
            let op = match &self.token {
                Token::Op("*") => '*',
                Token::Op("/") => '/',
                Token::Op("%") => '%',
                _ => return Ok(left),
            };
            self.advance()?;
            left = Expr::Arith(op, Box::new(left), Box::new(self.unary()?));
        }
    }

    fn unary(&mut self) -> Parsed<Expr> {
        self.deeper()?;
        let expr = if self.take("!")? {
            Expr::Not(Box::new(self.unary()?))
        } else if self.take("-")? {
            Expr::Minus(Box::new(self.unary()?))
        } else if self.take("+")? {
            Expr::Plus(Box::new(self.unary()?))
        } else {
            self.power()?
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn power(&mut self) -> Parsed<Expr> {
        let base = self.postfix()?;
        if !self.take("^")? {
            return Ok(base);
        }
        let power = if self.take("-")? {
            Expr::Minus(Box::new(self.power()?))
        } else {
            self.power()?
        };
        Ok(Expr::Arith('^', Box::new(base), Box::new(power)))
    }

    fn postfix(&mut self) -> Parsed<Expr> {
        let expr = self.primary()?;
        if matches!(expr, Expr::Var(_) | Expr::Field(_) | Expr::Index(..)) {
            if self.take("++")? {
                return Ok(Expr::Step(1.0, false, Box::new(expr)));
            }
            if self.take("--")? {
                return Ok(Expr::Step(-1.0, false, Box::new(expr)));
            }
        }
        Ok(expr)
    }

    fn primary(&mut self) -> Parsed<Expr> {
        match self.token.clone() {
            Token::Number(n) => {
                self.advance()?;
                Ok(Expr::Number(n))
            }
            Token::Text(text) => {
                self.advance()?;
                Ok(Expr::Text(text))
            }
            Token::Op(op @ ("/" | "/=")) => {
                // The token has been read already; the expression begins after its slash.
                let mut pattern = String::from(&op[1..]);
                pattern += &self.lexer.regex()?;
                self.advance()?;
                let regex = Regex::new(&pattern, Flavor::Awk, false);
                let regex = regex
                    .map_err(|e| format!("regular expression compile failed ({e})\n{pattern}"))?;
                Ok(Expr::Regex(regex))
            }
            Token::Op("$") => {
                self.advance()?;
                self.deeper()?;
                let field = if self.take("++")? {
                    Expr::Step(1.0, true, Box::new(self.primary()?))
                } else if self.take("--")? {
                    Expr::Step(-1.0, true, Box::new(self.primary()?))
                } else if self.take("-")? {
                    Expr::Minus(Box::new(self.primary()?))
                } else {
                    self.primary()?
                };
                self.depth -= 1;
                Ok(Expr::Field(Box::new(field)))
            }
            Token::Op(op @ ("++" | "--")) => {
                self.advance()?;
                let place = self.primary()?;
                if !matches!(place, Expr::Var(_) | Expr::Field(_) | Expr::Index(..)) {
                    return Err(self.unexpected());
                }
                let by = if op == "++" { 1.0 } else { -1.0 };
                Ok(Expr::Step(by, true, Box::new(place)))
            }
            Token::Op("(") => {
                self.advance()?;
                let mut items = self.list(")")?;
                if self.is_keyword("in") && items.len() > 1 {
                    self.advance()?;
                    let Token::Name(array) = self.advance()? else {
                        return Err(self.unexpected());
                    };
                    return Ok(Expr::In(items, array));
                }
                match (items.pop(), items.is_empty()) {
                    (Some(item), true) => Ok(Expr::Group(Box::new(item))),
                    _ => Err(self.unexpected()),
                }
            }
            Token::Builtin(name) => {
                self.advance()?;
                let args = match self.take("(")? {
                    true => self.list(")")?,
                    false if name == "length" => Vec::new(),
                    false => return Err(self.unexpected()),
                };
                Ok(Expr::Builtin(name, args))
            }
            Token::Func(name) => {
                self.advance()?;
                self.expect("(")?;
                Ok(Expr::Call(name, self.list(")")?))
            }
            Token::Name(name) => {
                self.advance()?;
                match self.take("[")? {
                    true => Ok(Expr::Index(name, self.list("]")?)),
                    false => Ok(Expr::Var(name)),
                }
            }
            Token::Keyword("getline") => {
                self.advance()?;
                self.getline = true;
                let place = match &self.token {
                    Token::Name(_) | Token::Op("$") => Some(Box::new(self.primary()?)),
                    _ => None,
                };
                let file = match self.take("<")? {
                    true => Some(Box::new(self.primary()?)),
                    false => None,
                };
                Ok(Expr::Getline(place, file))
            }
            _ => Err(self.unexpected()),
        }
    }
}
