//! What the parser makes of a script. Shared by reference, so that frames of a running script are cheap to clone.

use std::sync::{Arc, OnceLock};

/// A word before expansion.
#[derive(Clone, Debug, Default)]
pub struct Word {
    pub parts: Vec<Part>,
    /// `name=value` as an argument of `export` and its kin: neither split nor globbed.
    pub assign: bool,
}

/// A piece of a word.
#[derive(Clone, Debug)]
pub enum Part {
    /// Unquoted text: globs and tildes in it count.
    Literal(String),
    /// Quoted text.
    Quoted(String),
    /// Between double quotes.
    Double(Vec<Part>),
    Param(Box<Param>),
    /// `$(…)` or backquotes.
    Command(Arc<Block>),
    /// `$((…))`: the expression's text, to be expanded as if in double quotes.
    Arith(Word),
    /// `<(…)`: the path of a file with the command's output.
    Process(Arc<Block>),
}

/// `${…}`.
#[derive(Clone, Debug)]
pub struct Param {
    pub name: String,
    pub index: Option<Index>,
    pub indirect: bool,
    pub op: ParamOp,
}

/// A subscript.
#[derive(Clone, Debug)]
pub enum Index {
    /// `[@]`
    At,
    /// `[*]`
    Star,
    Word(Word),
}

/// What `${name…}` does with the value.
#[derive(Clone, Debug)]
pub enum ParamOp {
    Value,
    /// `${#name}`
    Length,
    /// `${!name[@]}`
    Keys,
    /// `${!prefix*}`
    Names,
    /// `-`, `=`, `?`, `+`; `colon` when an empty value counts as unset.
    Default {
        colon: bool,
        word: Word,
    },
    Assign {
        colon: bool,
        word: Word,
    },
    Error {
        colon: bool,
        word: Word,
    },
    Alternative {
        colon: bool,
        word: Word,
    },
    RemovePrefix {
        longest: bool,
        pattern: Word,
    },
    RemoveSuffix {
        longest: bool,
        pattern: Word,
    },
    Replace {
        which: Replace,
        pattern: Word,
        with: Word,
    },
    Substring {
        offset: Word,
        length: Option<Word>,
    },
    Case {
        upper: bool,
        all: bool,
    },
    /// `${name@Q}` and its kin.
    Transform(char),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replace {
    First,
    All,
    Prefix,
    Suffix,
}

/// Statements in order.
#[derive(Clone, Debug, Default)]
pub struct Block {
    pub statements: Vec<Statement>,
}

#[derive(Clone, Debug)]
pub struct Statement {
    pub command: Arc<Command>,
    pub background: bool,
    /// The source, as `jobs` shows it.
    pub text: Arc<str>,
}

#[derive(Clone, Debug)]
pub enum Command {
    Simple(Simple),
    Pipeline(Pipeline),
    AndOr {
        first: Arc<Command>,
        rest: Vec<(Connector, Arc<Command>)>,
    },
    Group(Arc<Block>),
    Subshell(Arc<Block>),
    If {
        branches: Vec<(Arc<Block>, Arc<Block>)>,
        otherwise: Option<Arc<Block>>,
    },
    For {
        name: String,
        words: Option<Vec<Word>>,
        body: Arc<Block>,
        line: u32,
    },
    ForArith {
        init: Word,
        condition: Word,
        next: Word,
        body: Arc<Block>,
    },
    While {
        until: bool,
        condition: Arc<Block>,
        body: Arc<Block>,
    },
    Case {
        subject: Word,
        arms: Vec<Arm>,
        line: u32,
    },
    Function {
        name: String,
        body: Arc<Command>,
    },
    Conditional {
        test: Cond,
        line: u32,
    },
    Arith {
        text: Word,
        line: u32,
    },
    Redirected {
        command: Arc<Command>,
        redirects: Vec<Redirect>,
        line: u32,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connector {
    And,
    Or,
}

#[derive(Clone, Debug)]
pub struct Pipeline {
    pub commands: Vec<Arc<Command>>,
    /// For each command whether `|&` follows it.
    pub merge: Vec<bool>,
    pub negated: bool,
    pub timed: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Simple {
    pub assigns: Vec<Assign>,
    pub words: Vec<Word>,
    pub redirects: Vec<Redirect>,
    /// `export`, `local` and their kin: array assignments happen after the command.
    pub declares: bool,
    pub line: u32,
}

#[derive(Clone, Debug)]
pub struct Assign {
    pub name: String,
    pub index: Option<Word>,
    pub append: bool,
    pub value: AssignValue,
}

#[derive(Clone, Debug)]
pub enum AssignValue {
    Scalar(Word),
    Array(Vec<(Option<Word>, Word)>),
}

#[derive(Clone, Debug)]
pub struct Redirect {
    pub fd: Option<u32>,
    pub kind: RedirectKind,
    pub target: Word,
}

#[derive(Clone, Debug)]
pub enum RedirectKind {
    Read,
    Write,
    /// `>|`
    Clobber,
    Append,
    ReadWrite,
    DupIn,
    DupOut,
    /// `&>` or `&>>`
    Both {
        append: bool,
    },
    /// The body is filled in when the line's end is read.
    HereDoc(Arc<OnceLock<Word>>),
    HereString,
}

#[derive(Clone, Debug)]
pub struct Arm {
    pub patterns: Vec<Word>,
    pub body: Arc<Block>,
    pub end: ArmEnd,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArmEnd {
    /// `;;`
    Break,
    /// `;&`
    FallThrough,
    /// `;;&`
    Continue,
}

/// The inside of `[[ … ]]`.
#[derive(Clone, Debug)]
pub enum Cond {
    Word(Word),
    Unary(String, Word),
    Binary(Word, String, Word),
    Not(Box<Cond>),
    And(Box<Cond>, Box<Cond>),
    Or(Box<Cond>, Box<Cond>),
}
