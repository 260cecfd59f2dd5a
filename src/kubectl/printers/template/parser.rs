//! The tree of a template.

use super::lexer::{Placed, Token};
use crate::apimachinery::Value;

/// A part of a template.
#[derive(Clone, Debug)]
pub enum Node {
    /// Text.
    Text(String),
    /// A pipeline whose result is written (unless it declares a variable).
    Action(Pipeline),
    /// `if`
    If(Branch),
    /// `with`
    With(Branch),
    /// `range`
    Range(Branch),
    /// `break`
    Break,
    /// `continue`
    Continue,
}

/// A pipeline with what follows where it is true and where it is not.
#[derive(Clone, Debug)]
pub struct Branch {
    /// The condition.
    pub pipeline: Pipeline,
    /// Where it is true.
    pub then: Vec<Node>,
    /// Where it is not.
    pub otherwise: Vec<Node>,
}

/// Commands that pass their result on.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// Variables that take the result (two for the key and value of a range).
    pub variables: Vec<String>,
    /// Whether they are new (`:=`) or changed (`=`).
    pub declares: bool,
    /// The commands, each operand with its column.
    pub commands: Vec<Vec<(Operand, usize)>>,
    /// The line it stands on.
    pub line: usize,
}

/// One operand of a command.
#[derive(Clone, Debug)]
pub enum Operand {
    /// A constant.
    Constant(Value),
    /// `nil`
    Nil,
    /// A variable (`$` being the empty name) and fields of it.
    Variable(String, Vec<String>),
    /// Fields of the dot.
    Fields(Vec<String>),
    /// A function's name.
    Function(String),
    /// A pipeline in parentheses and fields of its result.
    Group(Pipeline, Vec<String>),
}

struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<Placed>>,
    line: usize,
    depth: usize,
}

/// How deep blocks and parentheses may nest.
const MAX_DEPTH: usize = 100;

/// What ends a list of nodes.
enum Stop {
    Eof,
    End,
    Else,
    ElseIf,
    ElseWith,
}

/// Parses tokens.
pub fn parse(tokens: Vec<Placed>) -> Result<Vec<Node>, String> {
    let mut parser = Parser {
        tokens: tokens.into_iter().peekable(),
        line: 1,
        depth: 0,
    };
    let (nodes, end) = parser.nodes()?;
    match end {
        Stop::Eof => Ok(nodes),
        Stop::End => parser.fail("unexpected {{end}}"),
        _ => parser.fail("unexpected {{else}}"),
    }
}

impl Parser {
    fn fail<T>(&self, why: impl AsRef<str>) -> Result<T, String> {
        Err(format!("template: output:{}: {}", self.line, why.as_ref()))
    }

    fn peek(&mut self) -> Option<&Token> {
        self.tokens.peek().map(|(t, _)| t)
    }

    fn take(&mut self) -> Option<Token> {
        self.tokens.next().map(|(t, _)| t)
    }

    fn skip_space(&mut self) {
        while self.peek() == Some(&Token::Space) {
            self.take();
        }
    }

    fn nodes(&mut self) -> Result<(Vec<Node>, Stop), String> {
        let mut out = Vec::new();
        while let Some(token) = self.take() {
            match token {
                Token::Text(text) => out.push(Node::Text(text)),
                Token::Open(line) => {
                    self.line = line;
                    self.skip_space();
                    let keyword = match self.peek() {
                        Some(Token::Word(w)) => w.clone(),
                        _ => String::new(),
                    };
                    match keyword.as_str() {
                        "if" | "with" | "range" => {
                            self.take();
                            out.push(self.block(&keyword)?);
                        }
                        "break" | "continue" => {
                            self.take();
                            self.close()?;
                            out.push(if keyword == "break" {
                                Node::Break
                            } else {
                                Node::Continue
                            });
                        }
                        "end" => {
                            self.take();
                            self.close()?;
                            return Ok((out, Stop::End));
                        }
                        "else" => {
                            self.take();
                            return Ok((out, self.after_else()?));
                        }
                        "define" | "template" | "block" => {
                            return self.fail(format!("{keyword} is not supported"));
                        }
                        _ => out.push(Node::Action(self.pipeline(true)?)),
                    }
                }
                _ => return self.fail("unexpected token"),
            }
        }
        Ok((out, Stop::Eof))
    }

    fn after_else(&mut self) -> Result<Stop, String> {
        self.skip_space();
        match self.take() {
            Some(Token::Close) => Ok(Stop::Else),
            Some(Token::Word(w)) if w == "if" => Ok(Stop::ElseIf),
            Some(Token::Word(w)) if w == "with" => Ok(Stop::ElseWith),
            _ => self.fail("unexpected token in else"),
        }
    }

    fn close(&mut self) -> Result<(), String> {
        self.skip_space();
        match self.take() {
            Some(Token::Close) => Ok(()),
            _ => self.fail("unexpected token in action"),
        }
    }

    fn block(&mut self, keyword: &str) -> Result<Node, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return self.fail("exceeded maximum nesting");
        }
        let pipeline = self.pipeline(true)?;
        if pipeline.commands.is_empty() {
            return self.fail(format!("missing value for {keyword}"));
        }
        let (then, end) = self.nodes()?;
        let otherwise = match end {
            Stop::End => Vec::new(),
            Stop::Else => match self.nodes()? {
                (nodes, Stop::End) => nodes,
                (_, Stop::Eof) => return self.fail("unexpected EOF"),
                _ => return self.fail("expected end; found {{else}}"),
            },
            Stop::ElseIf => vec![self.block("if")?],
            Stop::ElseWith => vec![self.block("with")?],
            Stop::Eof => return self.fail("unexpected EOF"),
        };
        self.depth -= 1;
        let branch = Branch {
            pipeline,
            then,
            otherwise,
        };
        Ok(match keyword {
            "if" => Node::If(branch),
            "with" => Node::With(branch),
            _ => Node::Range(branch),
        })
    }

    /// A pipeline up to `}}` (`top`) or `)`.
    fn pipeline(&mut self, top: bool) -> Result<Pipeline, String> {
        let (variables, declares) = if top {
            self.declaration()
        } else {
            (Vec::new(), false)
        };
        let mut pipeline = Pipeline {
            variables,
            declares,
            commands: Vec::new(),
            line: self.line,
        };
        let mut command: Vec<(Operand, usize)> = Vec::new();
        loop {
            self.skip_space();
            let ends = match self.peek() {
                Some(Token::Close) if top => true,
                Some(Token::Symbol(')')) if !top => true,
                Some(Token::Symbol('|')) => false,
                None => return self.fail("unclosed action"),
                Some(_) => {
                    command.push(self.operand()?);
                    continue;
                }
            };
            self.take();
            if command.is_empty() {
                return self.fail("missing value for command");
            }
            pipeline.commands.push(std::mem::take(&mut command));
            if ends {
                return Ok(pipeline);
            }
        }
    }

    /// `$x :=`, `$k, $v :=`, `$x =`
    fn declaration(&mut self) -> (Vec<String>, bool) {
        let mut ahead = self.tokens.clone();
        let mut names = Vec::new();
        loop {
            match ahead.next().map(|(t, _)| t) {
                Some(Token::Space) => {}
                Some(Token::Variable(name)) if !name.is_empty() => names.push(name),
                Some(Token::Symbol(',')) if names.len() == 1 => {}
                Some(token @ (Token::Declare | Token::Symbol('='))) if !names.is_empty() => {
                    self.tokens = ahead;
                    return (names, token == Token::Declare);
                }
                _ => return (Vec::new(), false),
            }
        }
    }

    /// Fields that follow, and the column of the first of them, if there is one.
    fn fields(&mut self) -> (Vec<String>, Option<usize>) {
        let (mut out, mut first) = (Vec::new(), None);
        while let Some((Token::Field(name), column)) = self.tokens.peek() {
            out.push(name.clone());
            first.get_or_insert(*column);
            self.take();
        }
        (out, first)
    }

    fn operand(&mut self) -> Result<(Operand, usize), String> {
        let mut column = self.tokens.peek().map_or(0, |(_, column)| *column);
        let operand = match self.take() {
            Some(Token::String(s)) => Operand::Constant(s.into()),
            Some(Token::Int(i)) => Operand::Constant(i.into()),
            Some(Token::Float(f)) => Operand::Constant(f.into()),
            Some(Token::Word(w)) => match w.as_str() {
                "true" => Operand::Constant(true.into()),
                "false" => Operand::Constant(false.into()),
                "nil" => Operand::Nil,
                name if super::functions::exists(name) => Operand::Function(w),
                name => return self.fail(format!("function \"{name}\" not defined")),
            },
            Some(Token::Variable(name)) => {
                let (path, first) = self.fields();
                column = first.unwrap_or(column);
                Operand::Variable(name, path)
            }
            Some(Token::Field(name)) => {
                let mut path = Vec::new();
                if !name.is_empty() {
                    let (more, first) = self.fields();
                    path.push(name);
                    path.extend(more);
                    column = first.unwrap_or(column);
                }
                Operand::Fields(path)
            }
            Some(Token::Symbol('(')) => {
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return self.fail("exceeded maximum nesting");
                }
                let inner = self.pipeline(false)?;
                self.depth -= 1;
                Operand::Group(inner, self.fields().0)
            }
            _ => return self.fail("unexpected token in operand"),
        };
        Ok((operand, column))
    }
}
