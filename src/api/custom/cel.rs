//! The part of the Common Expression Language that rules of custom resources are written in (`cel-spec`): what is outside of it does not
//! compile, with a word about why. The maintained implementations weigh several times what the rest of custom resources does.

mod eval;
mod functions;
mod parse;

pub use eval::{Val, evaluate};

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// A literal.
    Literal(crate::apimachinery::Value),
    /// A variable.
    Name(String),
    /// `a.b`; `a.?b` where optional.
    Field(Box<Expr>, String, bool),
    /// `a[b]`.
    Index(Box<Expr>, Box<Expr>),
    /// `f(x)`, `a.f(x)`.
    Call(Option<Box<Expr>>, String, Vec<Expr>),
    /// `has(a.b)`.
    Has(Box<Expr>, String),
    /// `a.all(x, …)`: the list or map, the macro, its variable, its expressions.
    Macro(Box<Expr>, Macro, String, Vec<Expr>),
    /// `[a, b]`.
    List(Vec<Expr>),
    /// `{a: b}`.
    Map(Vec<(Expr, Expr)>),
    /// `!a`.
    Not(Box<Expr>),
    /// `-a`.
    Negative(Box<Expr>),
    /// `a + b` and its like; the operator as it is written.
    Binary(&'static str, Box<Expr>, Box<Expr>),
    /// `a ? b : c`.
    Condition(Box<Expr>, Box<Expr>, Box<Expr>),
}

/// A macro over the items of a list or the keys of a map.
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
}

/// Reads an expression and checks that its functions are known.
///
/// # Errors
/// Why it cannot be evaluated here.
pub fn compile(text: &str) -> Result<Expr, String> {
    let expr = parse::parse(text)?;
    check(&expr)?;
    Ok(expr)
}

/// Whether an expression speaks of a variable.
pub fn mentions(expr: &Expr, name: &str) -> bool {
    let mut found = matches!(expr, Expr::Name(n) if n == name);
    each_part(expr, &mut |part| found |= mentions(part, name));
    found
}

fn check(expr: &Expr) -> Result<(), String> {
    if let Expr::Call(target, name, args) = expr
        && !functions::is_known(name, target.is_some(), args.len())
    {
        return Err(format!("function {name:?} is not supported"));
    }
    let mut result = Ok(());
    each_part(expr, &mut |part| {
        if result.is_ok() {
            result = check(part);
        }
    });
    result
}

fn each_part(expr: &Expr, f: &mut dyn FnMut(&Expr)) {
    match expr {
        Expr::Literal(_) | Expr::Name(_) => {}
        Expr::Field(a, ..) | Expr::Has(a, _) | Expr::Not(a) | Expr::Negative(a) => f(a),
        Expr::Index(a, b) | Expr::Binary(_, a, b) => {
            f(a);
            f(b);
        }
        Expr::Condition(a, b, c) => {
            f(a);
            f(b);
            f(c);
        }
        Expr::Call(target, _, args) => {
            target.iter().for_each(|t| f(t));
            args.iter().for_each(f);
        }
        Expr::Macro(target, _, _, args) => {
            f(target);
            args.iter().for_each(f);
        }
        Expr::List(items) => items.iter().for_each(f),
        Expr::Map(entries) => {
            for (k, v) in entries {
                f(k);
                f(v);
            }
        }
    }
}

#[cfg(test)]
mod tests;
