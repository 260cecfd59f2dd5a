//! What an `awk` program is made of.

use crate::shell::regex::Regex;

#[derive(Clone, Debug)]
pub enum Expr {
    Number(f64),
    Text(String),
    /// An expression by itself is matched against the record.
    Regex(Regex),
    Var(String),
    Field(Box<Expr>),
    Index(String, Vec<Expr>),
    /// The operator before `=` (`=` itself for a plain one), the place, the value.
    Assign(char, Box<Expr>, Box<Expr>),
    Cond(Box<Expr>, Box<Expr>, Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    Minus(Box<Expr>),
    Plus(Box<Expr>),
    Arith(char, Box<Expr>, Box<Expr>),
    Compare(&'static str, Box<Expr>, Box<Expr>),
    Concat(Box<Expr>, Box<Expr>),
    /// With whether it is `!~`.
    Match(bool, Box<Expr>, Box<Expr>),
    In(Vec<Expr>, String),
    /// `++`/`--`: by how much, whether before the place, the place.
    Step(f64, bool, Box<Expr>),
    Builtin(&'static str, Vec<Expr>),
    Call(String, Vec<Expr>),
    /// Where the line goes, and the file it comes from.
    Getline(Option<Box<Expr>>, Option<Box<Expr>>),
    Group(Box<Expr>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Redirect {
    File,
    Append,
    Pipe,
}

#[derive(Clone, Debug)]
pub enum Stmt {
    Expr(Expr),
    Print(Vec<Expr>, Option<(Redirect, Expr)>),
    Printf(Vec<Expr>, Option<(Redirect, Expr)>),
    If(Expr, Box<Stmt>, Option<Box<Stmt>>),
    While(Expr, Box<Stmt>),
    Do(Box<Stmt>, Expr),
    For(
        Option<Box<Stmt>>,
        Option<Expr>,
        Option<Box<Stmt>>,
        Box<Stmt>,
    ),
    ForIn(String, String, Box<Stmt>),
    Block(Vec<Stmt>),
    Delete(String, Option<Vec<Expr>>),
    Next,
    NextFile,
    Exit(Option<Expr>),
    Return(Option<Expr>),
    Break,
    Continue,
}

#[derive(Clone, Debug)]
pub enum Pattern {
    Begin,
    End,
    Always,
    Expr(Expr),
    Range(Expr, Expr),
}

#[derive(Clone, Debug)]
pub struct Rule {
    pub pattern: Pattern,
    /// `None` prints the record.
    pub action: Option<Stmt>,
}

#[derive(Clone, Debug)]
pub struct Function {
    pub name: String,
    pub params: Vec<String>,
    pub body: Stmt,
}

#[derive(Clone, Debug, Default)]
pub struct Script {
    pub rules: Vec<Rule>,
    pub functions: Vec<Function>,
    /// Whether lines are fetched by `getline`: then files are read whole.
    pub getline: bool,
}
