//! Evaluates expressions, and counts what that costs (`cel-go/interpreter`).

use super::check::TYPE_NAMES;
use super::functions::{self, equal, order};
use super::{Check, Expr, Macro, Node, Structure, Val};
use crate::apimachinery::{Text, Timestamp, Value};
use std::cmp::Ordering;
use std::sync::Arc;

/// What one expression may cost (`PerCallLimit`).
pub const CALL_LIMIT: u64 = 1_000_000;
/// What is said of an expression that costs more.
pub const OVER_LIMIT: &str = "operation cancelled: actual cost limit exceeded";

/// What goes wrong, in upstream's words.
pub type Outcome = Result<Val, String>;

/// What expressions ask of their surroundings.
pub trait Host {
    /// A variable; none where there is none of that name.
    fn variable(&mut self, name: &str) -> Option<Val>;
    /// `variables.NAME`, evaluated when it is asked for first; none where there is none of that name.
    fn composed(&mut self, _name: &str) -> Option<Outcome> {
        None
    }
    /// Asks the authorizer; gives whether it allows, and why or why not.
    fn authorize(&mut self, _check: &Check) -> (bool, String) {
        (false, String::new())
    }
}

/// Surroundings that are variables with their values, and nothing else.
pub struct Given<'a>(pub Vec<(&'a str, Val)>);

impl Host for Given<'_> {
    fn variable(&mut self, name: &str) -> Option<Val> {
        let found = self.0.iter().find(|(n, _)| *n == name);
        found.map(|(_, v)| v.clone())
    }
}

/// An evaluation.
pub struct Scope<'a> {
    host: &'a mut dyn Host,
    /// Variables of macros.
    own: Vec<(String, Val)>,
    /// What it has cost so far.
    cost: u64,
}

/// The error of a call with values it is not made for.
pub fn no_overload<T>() -> Result<T, String> {
    Err("no such overload".to_owned())
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

impl<'a> Scope<'a> {
    /// Evaluates an expression; gives what it comes to, and what that cost.
    pub fn run(expr: &Expr, host: &'a mut dyn Host) -> (Outcome, u64) {
        let mut scope = Scope {
            host,
            own: Vec::new(),
            cost: 0,
        };
        let outcome = scope.eval(expr);
        (outcome, scope.cost)
    }

    fn spend(&mut self, cost: usize) -> Result<(), String> {
        self.cost = self.cost.saturating_add(cost as u64);
        match self.cost > CALL_LIMIT {
            true => Err(OVER_LIMIT.to_owned()),
            false => Ok(()),
        }
    }

    fn eval(&mut self, expr: &Expr) -> Outcome {
        match &expr.node {
            Node::Literal(v) => Ok(v.clone()),
            Node::Name(name) => {
                self.spend(1)?;
                self.named(name)
            }
            Node::Field(of, name, optional) => {
                self.spend(1)?;
                if let Some(found) = self.composed(of, name) {
                    return found;
                }
                let of = self.eval(of)?;
                field(&of, name, *optional)
            }
            Node::Has(of, name) => {
                if self.composed(of, name).is_some() {
                    return Ok(true.into());
                }
                let of = self.eval(of)?;
                has(&of, name)
            }
            Node::Index(of, index, optional) => {
                self.spend(1)?;
                let (of, index) = (self.eval(of)?, self.eval(index)?);
                at(&of, &index, *optional)
            }
            Node::Call(target, name, args) => {
                let target = target.as_ref().map(|t| self.eval(t)).transpose()?;
                let mut all = Vec::new();
                for a in args {
                    all.push(self.eval(a)?);
                }
                self.spend(1 + functions::cost(target.as_ref(), name, &all))?;
                if let Some(Val::Check(check)) = &target {
                    return self.ask(check, name, &all);
                }
                functions::call(target.as_ref(), name, &all)
            }
            Node::Macro(kind, target, names, args) => {
                let target = self.eval(target)?;
                self.each(&target, *kind, names, args)
            }
            Node::List(items) => {
                self.spend(10)?;
                let mut all = Vec::new();
                for (optional, x) in items {
                    match self.eval(x)? {
                        Val::Optional(v) if *optional => all.extend(v.map(|v| (*v).clone())),
                        v => all.push(v),
                    }
                }
                Ok(Val::list(all))
            }
            Node::Map(entries) => {
                self.spend(30)?;
                let mut all = Vec::new();
                for (optional, key, value) in entries {
                    let key = self.eval(key)?;
                    match self.eval(value)? {
                        Val::Optional(v) if *optional => {
                            all.extend(v.map(|v| (key, (*v).clone())));
                        }
                        v => all.push((key, v)),
                    }
                }
                Ok(Val::map(all))
            }
            Node::Struct(name, fields) => {
                self.spend(40)?;
                let mut all = Vec::new();
                for (optional, field, _, value) in fields {
                    match self.eval(value)? {
                        Val::Optional(v) if *optional => {
                            all.extend(v.map(|v| (field.clone(), (*v).clone())));
                        }
                        v => all.push((field.clone(), v)),
                    }
                }
                let made = Structure {
                    name: name.clone(),
                    fields: all,
                };
                Ok(Val::Struct(Arc::new(made)))
            }
            Node::Not(a) => {
                self.spend(1)?;
                match self.eval(a)?.truth() {
                    Some(b) => Ok((!b).into()),
                    None => no_overload(),
                }
            }
            Node::Negative(a) => {
                self.spend(1)?;
                match self.eval(a)? {
                    Val::Json(Value::Int(i)) => i
                        .checked_neg()
                        .map(Val::from)
                        .ok_or_else(functions::overflow),
                    Val::Json(Value::Float(f)) => Ok(Value::Float(-f).into()),
                    Val::Duration(d) => Ok(Val::Duration(-d)),
                    _ => no_overload(),
                }
            }
            Node::Binary(op @ ("||" | "&&"), a, b) => self.junction(op, a, b),
            Node::Binary(op, a, b) => {
                let (a, b) = (self.eval(a)?, self.eval(b)?);
                self.spend(1 + functions::cost(Some(&a), op, std::slice::from_ref(&b)))?;
                binary(op, a, b)
            }
            Node::Condition(a, b, c) => match self.eval(a)?.truth() {
                Some(true) => self.eval(b),
                Some(false) => self.eval(c),
                None => no_overload(),
            },
        }
    }

    fn named(&mut self, name: &str) -> Outcome {
        if let Some((_, v)) = self.own.iter().rev().find(|(n, _)| n == name) {
            return Ok(v.clone());
        }
        if let Some(v) = self.host.variable(name) {
            return Ok(v);
        }
        match TYPE_NAMES.contains(&name) {
            true => Ok(Val::Type(Text::from(name))),
            false => Err(format!("no such attribute(s): {name}")),
        }
    }

    /// `variables.NAME`.
    fn composed(&mut self, of: &Expr, name: &str) -> Option<Outcome> {
        match &of.node {
            Node::Name(v) if v == "variables" => self.host.composed(name),
            _ => None,
        }
    }

    /// What is asked of the authorizer, step by step.
    fn ask(&mut self, check: &Check, name: &str, args: &[Val]) -> Outcome {
        let mut next = check.clone();
        let first = args
            .first()
            .and_then(Val::str)
            .unwrap_or_default()
            .to_owned();
        match (check.kind, name) {
            ("Authorizer", "path") => (next.kind, next.path) = ("PathCheck", first),
            ("Authorizer", "group") => (next.kind, next.group) = ("GroupCheck", first),
            ("Authorizer", "serviceAccount") => {
                let account = args.get(1).and_then(Val::str).unwrap_or_default();
                next.account = Some((first, account.to_owned()));
            }
            ("GroupCheck", "resource") => (next.kind, next.resource) = ("ResourceCheck", first),
            ("ResourceCheck", "subresource") => next.subresource = first,
            ("ResourceCheck", "namespace") => next.namespace = first,
            ("ResourceCheck", "name") => next.name = first,
            ("ResourceCheck", "fieldSelector") => next.selectors.0 = first,
            ("ResourceCheck", "labelSelector") => next.selectors.1 = first,
            ("ResourceCheck" | "PathCheck", "check") => {
                self.spend(350_000)?;
                next.verb = first;
                (next.allowed, next.reason) = self.host.authorize(&next);
                next.kind = "Decision";
            }
            ("Decision", "allowed") => return Ok(check.allowed.into()),
            ("Decision", "reason") => return Ok(check.reason.as_str().into()),
            ("Decision", "errored") => return Ok(false.into()),
            ("Decision", "error") => return Ok("".into()),
            _ => return no_overload(),
        }
        Ok(Val::Check(Arc::new(next)))
    }

    /// `||` and `&&`: one side decides, even where the other is an error.
    fn junction(&mut self, op: &str, a: &Expr, b: &Expr) -> Outcome {
        let decides = op == "||";
        let left = self.eval(a);
        if left.as_ref().is_ok_and(|v| v.truth() == Some(decides)) {
            return left;
        }
        let right = self.eval(b)?;
        match right.truth() {
            Some(b) if b == decides => Ok(right),
            Some(_) => match left?.truth() {
                Some(_) => Ok(right),
                None => no_overload(),
            },
            None => no_overload(),
        }
    }

    /// Evaluates with variables of a macro.
    fn within(&mut self, names: &[String], vals: [Val; 2], expr: &Expr) -> Outcome {
        let before = self.own.len();
        for (name, v) in names.iter().zip(vals) {
            self.own.push((name.clone(), v));
        }
        let found = self.eval(expr);
        self.own.truncate(before);
        found
    }

    fn each(&mut self, of: &Val, kind: Macro, names: &[String], args: &[Expr]) -> Outcome {
        let Some(last) = args.last() else {
            return no_overload();
        };
        if let Val::Optional(inner) = of {
            let Some(v) = inner else {
                return Ok(Val::Optional(None));
            };
            let found = self.within(names, [(**v).clone(), Val::NULL], last)?;
            return Ok(match kind {
                Macro::OptMap => Val::some(found),
                _ => found,
            });
        }
        let pairs: Vec<[Val; 2]> = match (of.items(), of.entries()) {
            (Some(items), _) if names.len() == 1 => {
                items.into_iter().map(|v| [v, Val::NULL]).collect()
            }
            (Some(items), _) => {
                let numbered = items.into_iter().enumerate();
                numbered.map(|(i, v)| [(i as i64).into(), v]).collect()
            }
            (None, Some(entries)) => entries.into_iter().map(|(k, v)| [k, v]).collect(),
            (None, None) => return no_overload(),
        };
        let count = pairs.len();
        let (mut holding, mut error) = (0, None);
        let mut out: Vec<Val> = Vec::new();
        let mut entries: Vec<(Val, Val)> = Vec::new();
        for pair in pairs {
            self.spend(1)?;
            let maps = !matches!(
                kind,
                Macro::All | Macro::Exists | Macro::ExistsOne | Macro::Filter
            );
            if maps {
                if let [condition, _] = args {
                    match self.within(names, pair.clone(), condition)?.truth() {
                        Some(true) => {}
                        Some(false) => continue,
                        None => return no_overload(),
                    }
                }
                let found = self.within(names, pair.clone(), last)?;
                let [key, _] = pair;
                match kind {
                    Macro::TransformMap => entries.push((key, found)),
                    Macro::TransformMapEntry => {
                        for (k, v) in found.entries().unwrap_or_default() {
                            if entries.iter().any(|(known, _)| *known == k) {
                                let k = functions::text(&k)?;
                                return Err(format!("insert failed: key {k} already exists"));
                            }
                            entries.push((k, v));
                        }
                    }
                    _ => out.push(found),
                }
                continue;
            }
            let [item, second] = pair;
            let found = self.within(names, [item.clone(), second], last);
            match found.as_ref().map(Val::truth) {
                Ok(Some(true)) => {
                    holding += 1;
                    out.push(item);
                }
                Ok(Some(false)) if kind == Macro::All => return Ok(false.into()),
                Ok(Some(false)) => {}
                Ok(None) => error = Some("no such overload".to_owned()),
                Err(why) if why == OVER_LIMIT => return Err(why.clone()),
                Err(why) => error = Some(why.clone()),
            }
            if kind == Macro::Exists && holding > 0 {
                return Ok(true.into());
            }
        }
        match (kind, error) {
            (_, Some(why)) => Err(why),
            (Macro::TransformMap | Macro::TransformMapEntry, None) => Ok(Val::map(entries)),
            (Macro::All, None) => Ok((holding == count).into()),
            (Macro::Exists, None) => Ok(false.into()),
            (Macro::ExistsOne, None) => Ok((holding == 1).into()),
            _ => {
                self.spend(out.len())?;
                Ok(Val::list(out))
            }
        }
    }
}

/// What stands under a name; a name may be written with escapes.
fn lookup(of: &Val, name: &str) -> Result<Option<Val>, String> {
    Ok(match of {
        Val::Json(Value::Map(m)) => {
            let found = m.get(name).or_else(|| m.get(&unescaped(name)));
            found.map(|v| Val::Json(v.clone()))
        }
        Val::Map(m) => {
            let of = |name: &str| m.iter().find(|(k, _)| k.str() == Some(name));
            let found = of(name).or_else(|| of(&unescaped(name)));
            found.map(|(_, v)| v.clone())
        }
        Val::Struct(s) => {
            let found = s.fields.iter().find(|(n, _)| n == name);
            found.map(|(_, v)| v.clone())
        }
        Val::Check(check) if name == "requestResource" && check.kind == "Authorizer" => {
            let mut check = (**check).clone();
            check.kind = "ResourceCheck";
            Some(Val::Check(Arc::new(check)))
        }
        _ => return no_overload(),
    })
}

fn has(of: &Val, name: &str) -> Outcome {
    match of {
        Val::Optional(None) => Ok(false.into()),
        Val::Optional(Some(inner)) => has(inner, name),
        of => Ok(lookup(of, name)?.is_some_and(|v| v != Val::NULL).into()),
    }
}

fn field(of: &Val, name: &str, optional: bool) -> Outcome {
    let found = match of {
        Val::Optional(Some(inner)) => return field(inner, name, true),
        Val::Optional(None) => return Ok(Val::Optional(None)),
        of => lookup(of, name)?,
    };
    match (optional, found) {
        (true, found) => Ok(Val::Optional(
            found.filter(|v| *v != Val::NULL).map(Arc::new),
        )),
        (false, Some(v)) => Ok(v),
        (false, None) => Err(format!("no such key: {name}")),
    }
}

fn at(of: &Val, index: &Val, optional: bool) -> Outcome {
    let (found, why) = match (of, index) {
        (Val::Optional(Some(inner)), index) => return at(inner, index, true),
        (Val::Optional(None), _) => return Ok(Val::Optional(None)),
        (Val::Json(Value::List(_)) | Val::List(_), index) => {
            let i = match index {
                Val::Json(Value::Int(i)) => *i,
                Val::Uint(i) => i64::try_from(*i).unwrap_or(i64::MAX),
                Val::Json(Value::Float(f)) if f.fract() == 0.0 => *f as i64,
                _ => return no_overload(),
            };
            let place = usize::try_from(i).ok();
            let found = place.and_then(|i| match of {
                Val::Json(v) => v.items().get(i).map(|v| Val::Json(v.clone())),
                Val::List(l) => l.get(i).cloned(),
                _ => None,
            });
            (found, format!("index out of bounds: {i}"))
        }
        (Val::Json(Value::Map(m)), Val::Json(Value::Str(key))) => (
            m.get(key.as_str()).map(|v| Val::Json(v.clone())),
            format!("no such key: {key}"),
        ),
        (Val::Json(Value::Map(_)) | Val::Map(_), key) => {
            let entries = of.entries().unwrap_or_default();
            let found = entries.into_iter().find(|(k, _)| equal(k, key));
            let shown = functions::text(key).unwrap_or_default();
            (found.map(|(_, v)| v), format!("no such key: {shown}"))
        }
        _ => return no_overload(),
    };
    match optional {
        true => Ok(Val::Optional(found.map(Arc::new))),
        false => found.ok_or(why),
    }
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
        "in" => match (&a, &b) {
            (Val::Json(Value::Str(key)), Val::Json(Value::Map(m))) => {
                Ok(m.contains_key(key.as_str()).into())
            }
            _ => match (b.items(), b.entries()) {
                (Some(items), _) => Ok(items.iter().any(|x| equal(&a, x)).into()),
                (_, Some(all)) => Ok(all.iter().any(|(k, _)| equal(&a, k)).into()),
                _ => no_overload(),
            },
        },
        _ => arithmetic(op, a, b),
    }
}

fn arithmetic(op: &str, a: Val, b: Val) -> Outcome {
    let by_zero =
        || Err(["division by zero", "modulus by zero"][usize::from(op == "%")].to_owned());
    match (a, b) {
        (Val::Json(Value::Int(_)), Val::Json(Value::Int(0))) | (Val::Uint(_), Val::Uint(0))
            if matches!(op, "/" | "%") =>
        {
            by_zero()
        }
        (Val::Json(Value::Int(x)), Val::Json(Value::Int(y))) => {
            let result = match op {
                "+" => x.checked_add(y),
                "-" => x.checked_sub(y),
                "*" => x.checked_mul(y),
                "/" => x.checked_div(y),
                _ => x.checked_rem(y),
            };
            result.map(Val::from).ok_or_else(functions::overflow)
        }
        (Val::Uint(x), Val::Uint(y)) => {
            let result = match op {
                "+" => x.checked_add(y),
                "-" => x.checked_sub(y),
                "*" => x.checked_mul(y),
                "/" => x.checked_div(y),
                _ => x.checked_rem(y),
            };
            let over = || "unsigned integer overflow".to_owned();
            result.map(Val::Uint).ok_or_else(over)
        }
        // Whole numbers of JSON stand for floating point ones too.
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
        (Val::Bytes(x), Val::Bytes(y)) if op == "+" => {
            Ok(Val::Bytes([&x[..], &y[..]].concat().into()))
        }
        (Val::Json(Value::List(x)), Val::Json(Value::List(y))) if op == "+" => {
            Ok([&x[..], &y[..]].concat().into())
        }
        (Val::Duration(x), Val::Duration(y)) if matches!(op, "+" | "-") => {
            let sum = match op {
                "+" => x.checked_add(y),
                _ => x.checked_sub(y),
            };
            let over = || "duration overflow".to_owned();
            sum.map(Val::Duration).ok_or_else(over)
        }
        (Val::Time(x), Val::Duration(y)) if matches!(op, "+" | "-") => {
            let micros = if op == "+" { y / 1000 } else { -y / 1000 };
            let over = || "timestamp overflow".to_owned();
            let sum = x.0.checked_add(micros);
            sum.map(|t| Val::Time(Timestamp(t))).ok_or_else(over)
        }
        (x @ Val::Duration(_), y @ Val::Time(_)) if op == "+" => arithmetic(op, y, x),
        (Val::Time(x), Val::Time(y)) if op == "-" => {
            let nanos = x.0.checked_sub(y.0).and_then(|d| d.checked_mul(1000));
            let over = || "timestamp overflow".to_owned();
            nanos.map(Val::Duration).ok_or_else(over)
        }
        (a, b) if op == "+" => match (a.items(), b.items()) {
            (Some(mut x), Some(y)) => {
                x.extend(y);
                Ok(Val::list(x))
            }
            _ => no_overload(),
        },
        _ => no_overload(),
    }
}
