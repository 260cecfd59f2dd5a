//! The part of the Common Expression Language that rules of custom resources are written in (`cel-spec`): what is outside of it does not
//! compile, with a word about why. The maintained implementations weigh several times what the rest of custom resources does.

mod eval;
mod functions;
mod parse;

pub use eval::{Val, evaluate};

use super::{META_FIELDS, entry_schema};
use crate::apimachinery::Value;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// A literal.
    Literal(Value),
    /// A variable.
    Name(String),
    /// `a.b`; `a.?b` where optional; at which byte the dot stands.
    Field(Box<Expr>, String, bool, usize),
    /// `a[b]`.
    Index(Box<Expr>, Box<Expr>),
    /// `f(x)`, `a.f(x)`.
    Call(Option<Box<Expr>>, String, Vec<Expr>),
    /// `has(a.b)`, and where the dot stands.
    Has(Box<Expr>, String, usize),
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

/// The first field of `self` that its schema does not have: where its dot stands, and its name.
pub fn undefined_field(expr: &Expr, schema: &Value) -> Option<(usize, String)> {
    let mut found = None;
    each_part(expr, &mut |part| {
        if found.is_none() {
            found = undefined_field(part, schema);
        }
    });
    found.or_else(|| match expr {
        Expr::Field(of, name, _, at) | Expr::Has(of, name, at) => {
            let of = schema_of(of, schema)?;
            let name = eval::unescaped(name);
            let closed = of.get("type") == "object"
                && of.get("properties").as_map().is_some()
                && of.get("additionalProperties").is_null()
                && !super::flag(of, "x-kubernetes-preserve-unknown-fields");
            let known = of.get("properties").has(&name) || META_FIELDS.contains(&name.as_str());
            (closed && !known).then_some((*at, name))
        }
        _ => None,
    })
}

/// The schema of what an expression that begins with `self` comes to.
fn schema_of<'a>(expr: &Expr, schema: &'a Value) -> Option<&'a Value> {
    match expr {
        Expr::Name(name) if name == "self" => Some(schema),
        Expr::Field(of, name, false, _) => {
            entry_schema(schema_of(of, schema)?, &eval::unescaped(name))
        }
        Expr::Index(of, _) => {
            let of = schema_of(of, schema)?;
            ["items", "additionalProperties"]
                .iter()
                .map(|f| of.get(f))
                .find(|s| s.as_map().is_some())
        }
        _ => None,
    }
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
        Expr::Field(a, ..) | Expr::Has(a, ..) | Expr::Not(a) | Expr::Negative(a) => f(a),
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
