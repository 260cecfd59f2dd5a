//! What expressions come to.

use super::functions;
use super::{Expr, Macro};
use crate::apimachinery::value::List;
use crate::apimachinery::{Quantity, Text, Timestamp, Value};
use std::cmp::Ordering;

/// How many steps an evaluation may take.
const MOST_STEPS: u32 = 1_000_000;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Val {
    /// What JSON has.
    Json(Value),
    /// A duration in nanoseconds.
    Duration(i64),
    /// A time.
    Time(Timestamp),
    /// A quantity.
    Quantity(Quantity),
    /// A value that may not be there.
    Optional(Option<Box<Val>>),
}

impl<T: Into<Value>> From<T> for Val {
    fn from(v: T) -> Val {
        Val::Json(v.into())
    }
}

/// What goes wrong, in upstream's words.
pub type Outcome = Result<Val, String>;

/// Evaluates an expression with variables.
///
/// # Errors
/// `no such key: x` and the like.
pub fn evaluate(expr: &Expr, variables: &[(&str, Val)]) -> Outcome {
    let mut scope = Scope {
        variables: variables
            .iter()
            .map(|(n, v)| ((*n).to_owned(), v.clone()))
            .collect(),
        steps: 0,
    };
    scope.eval(expr)
}

struct Scope {
    variables: Vec<(String, Val)>,
    steps: u32,
}

/// The error of numbers that are too large.
pub fn overflow() -> String {
    "integer overflow".to_owned()
}

/// The error of a call with values it is not made for.
pub fn no_overload<T>() -> Result<T, String> {
    Err("no such overload".to_owned())
}

fn truth(v: &Val) -> Option<bool> {
    match v {
        Val::Json(Value::Bool(b)) => Some(*b),
        _ => None,
    }
}

/// A field's name without the escapes for what expressions cannot name.
pub fn unescaped(name: &str) -> String {
    const ESCAPES: [(&str, &str); 4] = [
        ("__dot__", "."),
        ("__dash__", "-"),
        ("__slash__", "/"),
        ("__underscores__", "__"),
    ];
    let mut name = name.to_owned();
    if let Some(word) = name.strip_prefix("__").and_then(|n| n.strip_suffix("__"))
        && !word.contains("__")
        && !ESCAPES.iter().any(|(e, _)| *e == name)
    {
        return word.to_owned();
    }
    for (escape, plain) in ESCAPES {
        name = name.replace(escape, plain);
    }
    name
}

impl Scope {
    /// Evaluates; what a value is large counts as steps too.
    fn eval(&mut self, expr: &Expr) -> Outcome {
        self.spend(1)?;
        let found = self.come_to(expr)?;
        let size = match (expr, &found) {
            (Expr::Literal(_) | Expr::Name(_) | Expr::Field(..) | Expr::Index(..), _) => 0,
            (_, Val::Json(Value::Str(s))) => s.len() / 16,
            (_, Val::Json(Value::List(l))) => l.len(),
            _ => 0,
        };
        self.spend(size)?;
        Ok(found)
    }

    fn spend(&mut self, steps: usize) -> Result<(), String> {
        let steps = u32::try_from(steps).unwrap_or(MOST_STEPS);
        self.steps = self.steps.saturating_add(steps);
        match self.steps > MOST_STEPS {
            true => Err("operation cancelled: actual cost limit exceeded".to_owned()),
            false => Ok(()),
        }
    }

    fn come_to(&mut self, expr: &Expr) -> Outcome {
        match expr {
            Expr::Literal(v) => Ok(Val::Json(v.clone())),
            Expr::Name(name) => {
                let found = self.variables.iter().rev().find(|(n, _)| n == name);
                found
                    .map(|(_, v)| v.clone())
                    .ok_or_else(|| format!("no such attribute(s): {name}"))
            }
            Expr::Field(of, name, optional, _) => {
                let of = self.eval(of)?;
                field(&of, &unescaped(name), *optional)
            }
            Expr::Has(of, name, _) => match self.eval(of)? {
                Val::Json(Value::Map(m)) => {
                    Ok(m.get(&unescaped(name)).is_some_and(|v| !v.is_null()).into())
                }
                Val::Optional(None) => Ok(false.into()),
                _ => no_overload(),
            },
            Expr::Index(of, index) => {
                let (of, index) = (self.eval(of)?, self.eval(index)?);
                at(&of, &index)
            }
            Expr::Call(target, name, args) => {
                let target = target.as_ref().map(|t| self.eval(t)).transpose()?;
                let args: Vec<Val> = args
                    .iter()
                    .map(|a| self.eval(a))
                    .collect::<Result<_, _>>()?;
                functions::call(target.as_ref(), name, &args)
            }
            Expr::Macro(target, kind, variable, args) => {
                let target = self.eval(target)?;
                self.each(&target, *kind, variable, args)
            }
            Expr::List(items) => {
                let all: Vec<Value> = items
                    .iter()
                    .map(|i| self.json(i))
                    .collect::<Result<_, _>>()?;
                Ok(all.into())
            }
            Expr::Map(entries) => {
                let mut out = Value::object();
                for (key, value) in entries {
                    let (key, value) = (self.json(key)?, self.json(value)?);
                    out.set(key.str(), value);
                }
                Ok(out.into())
            }
            Expr::Not(a) => match truth(&self.eval(a)?) {
                Some(b) => Ok((!b).into()),
                None => no_overload(),
            },
            Expr::Negative(a) => match self.eval(a)? {
                Val::Json(Value::Int(i)) => Ok(i.wrapping_neg().into()),
                Val::Json(Value::Float(f)) => Ok(Val::Json(Value::Float(-f))),
                Val::Duration(d) => Ok(Val::Duration(-d)),
                _ => no_overload(),
            },
            Expr::Binary(op @ ("||" | "&&"), a, b) => self.junction(op, a, b),
            Expr::Binary(op, a, b) => {
                let (a, b) = (self.eval(a)?, self.eval(b)?);
                binary(op, a, b)
            }
            Expr::Condition(a, b, c) => match truth(&self.eval(a)?) {
                Some(true) => self.eval(b),
                Some(false) => self.eval(c),
                None => no_overload(),
            },
        }
    }

    fn json(&mut self, expr: &Expr) -> Result<Value, String> {
        match self.eval(expr)? {
            Val::Json(v) => Ok(v),
            other => Ok(functions::text(&other)?.into()),
        }
    }

    /// `||` and `&&`: one side decides, even where the other is an error.
    fn junction(&mut self, op: &str, a: &Expr, b: &Expr) -> Outcome {
        let decides = op == "||";
        let left = self.eval(a);
        if left.as_ref().is_ok_and(|v| truth(v) == Some(decides)) {
            return left;
        }
        let right = self.eval(b)?;
        match truth(&right) {
            Some(b) if b == decides => Ok(right),
            Some(_) => match truth(&left?) {
                Some(_) => Ok(right),
                None => no_overload(),
            },
            None => no_overload(),
        }
    }

    fn each(&mut self, of: &Val, kind: Macro, variable: &str, args: &[Expr]) -> Outcome {
        let items: List = match of {
            Val::Json(Value::List(l)) => l.clone(),
            Val::Json(Value::Map(m)) => m.keys().map(Value::from).collect(),
            _ => return no_overload(),
        };
        let (mut holding, mut error) = (0, None);
        let mut out: Vec<Value> = Vec::new();
        let count = items.len();
        for item in items.iter() {
            self.variables
                .push((variable.to_owned(), Val::Json(item.clone())));
            let first = args.first().map_or_else(no_overload, |e| self.eval(e));
            let mapped = match (kind, args.get(1)) {
                (Macro::Map, Some(e)) if first.as_ref().is_ok_and(|v| truth(v) == Some(true)) => {
                    Some(self.json(e))
                }
                (Macro::Map, None) => args.first().map(|e| self.json(e)),
                _ => None,
            };
            self.variables.pop();
            if kind == Macro::Map {
                if args.len() == 2 {
                    first?;
                }
                out.extend(mapped.transpose()?);
                continue;
            }
            match first.as_ref().map(truth) {
                Ok(Some(true)) => {
                    holding += 1;
                    out.push(item.clone());
                }
                Ok(Some(false)) if kind == Macro::All => return Ok(false.into()),
                Ok(Some(false)) => {}
                Ok(None) => error = Some("no such overload".to_owned()),
                Err(e) => error = Some(e.clone()),
            }
            if kind == Macro::Exists && holding > 0 {
                return Ok(true.into());
            }
        }
        match (kind, error) {
            (Macro::Map | Macro::Filter, None) => Ok(out.into()),
            (_, Some(e)) => Err(e),
            (Macro::ExistsOne, _) => Ok((holding == 1).into()),
            (Macro::Exists, _) => Ok(false.into()),
            _ => Ok((holding == count).into()),
        }
    }
}

fn field(of: &Val, name: &str, optional: bool) -> Outcome {
    let found = match of {
        Val::Json(Value::Map(m)) => m.get(name).filter(|v| !v.is_null()),
        Val::Optional(Some(inner)) => return field(inner, name, true),
        Val::Optional(None) => return Ok(Val::Optional(None)),
        _ => return no_overload(),
    };
    match (optional, found) {
        (true, found) => Ok(Val::Optional(found.map(|v| Box::new(Val::Json(v.clone()))))),
        (false, Some(v)) => Ok(Val::Json(v.clone())),
        (false, None) => Err(format!("no such key: {name}")),
    }
}

fn at(of: &Val, index: &Val) -> Outcome {
    match (of, index) {
        (Val::Json(Value::List(l)), Val::Json(Value::Int(i))) => {
            let found = usize::try_from(*i).ok().and_then(|i| l.get(i));
            found
                .map(|v| Val::Json(v.clone()))
                .ok_or_else(|| format!("index out of bounds: {i}"))
        }
        (Val::Json(Value::Map(_)), Val::Json(Value::Str(key))) => field(of, key, false),
        _ => no_overload(),
    }
}

/// How two values of a kind are ordered; numbers are of one kind.
pub fn order(a: &Val, b: &Val) -> Option<Ordering> {
    match (a, b) {
        (Val::Json(Value::Int(x)), Val::Json(Value::Int(y))) => Some(x.cmp(y)),
        (Val::Json(Value::Str(x)), Val::Json(Value::Str(y))) => Some(x.as_str().cmp(y.as_str())),
        (Val::Json(Value::Bool(x)), Val::Json(Value::Bool(y))) => Some(x.cmp(y)),
        (
            Val::Json(x @ (Value::Int(_) | Value::Float(_))),
            Val::Json(y @ (Value::Int(_) | Value::Float(_))),
        ) => x.as_f64()?.partial_cmp(&y.as_f64()?),
        (Val::Duration(x), Val::Duration(y)) => Some(x.cmp(y)),
        (Val::Time(x), Val::Time(y)) => Some(x.cmp(y)),
        (Val::Quantity(x), Val::Quantity(y)) => Some(x.cmp(y)),
        _ => None,
    }
}

fn equal(a: &Val, b: &Val) -> bool {
    order(a, b).map_or_else(|| a == b, |o| o == Ordering::Equal)
}

fn binary(op: &str, a: Val, b: Val) -> Outcome {
    let ordered = |wanted: &[Ordering]| match order(&a, &b) {
        Some(o) => Ok(wanted.contains(&o).into()),
        None => no_overload(),
    };
    match op {
        "==" => Ok(equal(&a, &b).into()),
        "!=" => Ok((!equal(&a, &b)).into()),
        "<" => ordered(&[Ordering::Less]),
        "<=" => ordered(&[Ordering::Less, Ordering::Equal]),
        ">" => ordered(&[Ordering::Greater]),
        ">=" => ordered(&[Ordering::Greater, Ordering::Equal]),
        "in" => match &b {
            Val::Json(Value::List(l)) => {
                Ok(l.iter().any(|x| equal(&a, &Val::Json(x.clone()))).into())
            }
            Val::Json(Value::Map(m)) => match &a {
                Val::Json(Value::Str(key)) => Ok(m.contains_key(key).into()),
                _ => Ok(false.into()),
            },
            _ => no_overload(),
        },
        _ => arithmetic(op, a, b),
    }
}

fn arithmetic(op: &str, a: Val, b: Val) -> Outcome {
    match (a, b) {
        (Val::Json(Value::Int(x)), Val::Json(Value::Int(y))) => {
            if y == 0 && matches!(op, "/" | "%") {
                return Err(
                    ["division by zero", "modulus by zero"][usize::from(op == "%")].to_owned(),
                );
            }
            let result = match op {
                "+" => x.checked_add(y),
                "-" => x.checked_sub(y),
                "*" => x.checked_mul(y),
                "/" => x.checked_div(y),
                _ => x.checked_rem(y),
            };
            result
                .map(Val::from)
                .ok_or_else(|| "integer overflow".to_owned())
        }
        (
            Val::Json(x @ (Value::Int(_) | Value::Float(_))),
            Val::Json(y @ (Value::Int(_) | Value::Float(_))),
        ) if op != "%" => {
            let (x, y) = (
                x.as_f64().unwrap_or_default(),
                y.as_f64().unwrap_or_default(),
            );
            Ok(Val::Json(Value::Float(match op {
                "+" => x + y,
                "-" => x - y,
                "*" => x * y,
                _ => x / y,
            })))
        }
        (Val::Json(Value::Str(x)), Val::Json(Value::Str(y))) if op == "+" => {
            Ok(Val::Json(Value::Str(Text::from(format!("{x}{y}")))))
        }
        (Val::Json(Value::List(x)), Val::Json(Value::List(y))) if op == "+" => {
            Ok([&x[..], &y[..]].concat().into())
        }
        (Val::Duration(x), Val::Duration(y)) if matches!(op, "+" | "-") => {
            let sum = match op {
                "+" => x.checked_add(y),
                _ => x.checked_sub(y),
            };
            sum.map(Val::Duration).ok_or_else(overflow)
        }
        (Val::Time(x), Val::Duration(y)) if matches!(op, "+" | "-") => {
            let micros = if op == "+" { y / 1000 } else { -y / 1000 };
            let sum = x.0.checked_add(micros);
            sum.map(|t| Val::Time(Timestamp(t))).ok_or_else(overflow)
        }
        (Val::Time(x), Val::Time(y)) if op == "-" => {
            let nanos = x.0.checked_sub(y.0).and_then(|d| d.checked_mul(1000));
            nanos.map(Val::Duration).ok_or_else(overflow)
        }
        _ => no_overload(),
    }
}
