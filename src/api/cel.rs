//! The Common Expression Language (`cel-spec`) with Kubernetes' libraries (`apiserver/pkg/cel/library`), in which rules of custom
//! resources and admission policies are written. The maintained implementations weigh several times what the rest of custom
//! resources does.
//!
//! [`compile`] reads an expression and holds it to types; [`Scope::run`] evaluates it and counts what that costs. Both tell what is
//! wrong in upstream's words. Pure: what an expression asks of its surroundings comes through [`Host`].

mod check;
mod eval;
mod functions;
mod net;
mod parse;
mod signatures;
mod strings;
mod types;
mod value;

pub use check::{Env, Source, of_schema};
pub use eval::{CALL_LIMIT, Given, Host, OVER_LIMIT, Scope, unescaped};
pub use types::Type;
pub use value::{Check, Structure, Val};

/// What all expressions about one request may cost (`RuntimeCELCostBudget`).
pub const BUDGET: u64 = 10_000_000;
/// What all match conditions of one policy may cost (`RuntimeCELCostBudgetMatchConditions`).
pub const MATCH_BUDGET: u64 = 2_500_000;
/// What is said where a budget is used up.
pub const OVER_BUDGET: &str =
    "validation failed due to running out of cost budget, no further validation rules will be run";

/// A part of an expression, and at which byte of the text it is told to be wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// Where it stands.
    pub at: usize,
    /// What it is.
    pub node: Node,
}

/// What a part of an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// A literal.
    Literal(Val),
    /// A variable.
    Name(String),
    /// `a.b`; `a.?b` where optional.
    Field(Box<Expr>, String, bool),
    /// `has(a.b)`.
    Has(Box<Expr>, String),
    /// `a[b]`; `a[?b]` where optional.
    Index(Box<Expr>, Box<Expr>, bool),
    /// `f(x)`, `a.f(x)`.
    Call(Option<Box<Expr>>, String, Vec<Expr>),
    /// `a.all(x, …)`: the macro, the list or map, its variables, its expressions.
    Macro(Macro, Box<Expr>, Vec<String>, Vec<Expr>),
    /// `[a, ?b]`.
    List(Vec<(bool, Expr)>),
    /// `{a: b, ?c: d}`.
    Map(Vec<(bool, Expr, Expr)>),
    /// `T{a: b, ?c: d}`; each field with where its colon stands.
    Struct(String, Vec<(bool, String, usize, Expr)>),
    /// `!a`.
    Not(Box<Expr>),
    /// `-a`.
    Negative(Box<Expr>),
    /// `a + b` and its like; the operator as it is written.
    Binary(&'static str, Box<Expr>, Box<Expr>),
    /// `a ? b : c`.
    Condition(Box<Expr>, Box<Expr>, Box<Expr>),
}

/// A macro over the items of a list or the entries of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Macro {
    /// Whether it holds for all.
    All,
    /// Whether it holds for one or more.
    Exists,
    /// Whether it holds for exactly one.
    ExistsOne,
    /// Those for which it holds.
    Filter,
    /// What becomes of each.
    Map,
    /// What becomes of each, with its index or key.
    TransformList,
    /// What becomes of each value, under its key.
    TransformMap,
    /// What entry becomes of each.
    TransformMapEntry,
    /// `optMap`: what becomes of a value that is there.
    OptMap,
    /// `optFlatMap`: the same, where that may not be there either.
    OptFlatMap,
}

/// Something wrong with an expression, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// At which byte.
    pub at: usize,
    /// What.
    pub text: String,
}

impl Fault {
    /// As the compiler shows it, with the line that it is about.
    pub fn show(&self, source: &str) -> String {
        let at = self.at.min(source.len());
        let before = source.get(..at).unwrap_or(source);
        let start = before.rfind('\n').map_or(0, |i| i + 1);
        let line = source[start..].split('\n').next().unwrap_or_default();
        let column = before[start..].chars().count();
        format!(
            "ERROR: <input>:{}:{}: {}\n | {line}\n | {}^",
            before.matches('\n').count() + 1,
            column + 1,
            self.text,
            ".".repeat(column)
        )
    }
}

/// An expression that was read, and what type it is of.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The expression.
    pub expr: Expr,
    /// Its type.
    pub output: Type,
}

/// Reads an expression without holding it to types.
///
/// # Errors
/// What is wrong, as the compiler shows it.
pub fn read(text: &str) -> Result<Expr, String> {
    parse::parse(text).map_err(|faults| shown(&faults, text))
}

/// Reads an expression and holds it to the types of its variables.
///
/// # Errors
/// What is wrong, as the compiler shows it.
pub fn compile(text: &str, env: &Env) -> Result<Compiled, String> {
    let expr = read(text)?;
    match env.check(&expr) {
        Ok(output) => Ok(Compiled { expr, output }),
        Err(faults) => Err(shown(&faults, text)),
    }
}

fn shown(faults: &[Fault], text: &str) -> String {
    let all: Vec<String> = faults.iter().map(|f| f.show(text)).collect();
    all.join("\n")
}

/// Whether an expression speaks of a variable.
pub fn mentions(expr: &Expr, name: &str) -> bool {
    let mut found = matches!(&expr.node, Node::Name(n) if n == name);
    each_part(expr, &mut |part| found |= mentions(part, name));
    found
}

fn each_part(expr: &Expr, f: &mut dyn FnMut(&Expr)) {
    match &expr.node {
        Node::Literal(_) | Node::Name(_) => {}
        Node::Field(a, ..) | Node::Has(a, ..) | Node::Not(a) | Node::Negative(a) => f(a),
        Node::Index(a, b, _) | Node::Binary(_, a, b) => {
            f(a);
            f(b);
        }
        Node::Condition(a, b, c) => {
            f(a);
            f(b);
            f(c);
        }
        Node::Call(target, _, args) => {
            target.iter().for_each(|t| f(t));
            args.iter().for_each(f);
        }
        Node::Macro(_, target, _, args) => {
            f(target);
            args.iter().for_each(f);
        }
        Node::List(items) => items.iter().for_each(|(_, x)| f(x)),
        Node::Map(entries) => {
            for (_, k, v) in entries {
                f(k);
                f(v);
            }
        }
        Node::Struct(_, fields) => fields.iter().for_each(|(.., x)| f(x)),
    }
}

#[cfg(test)]
mod tests;
