//! Walks over values and their types: checking, the fields of a value, comparing, merging, removing
//! (`structured-merge-diff/typed`).

use super::element::Element;
use super::set::Set;
use super::typed::{Kind, Ty};
use crate::apimachinery::{Map, Text, Value};

/// What differs between two values. No field is in more than one of the sets.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// Fields that only the first has.
    pub removed: Set,
    /// Fields of both whose values differ.
    pub modified: Set,
    /// Fields that only the second has.
    pub added: Set,
}

fn field(name: &str) -> Element {
    Element::Field(Text::key(name))
}

/// Checks a value against its type: `path: what is wrong`, none where all is well. Items that occur twice are errors.
pub fn validate(ty: Ty, v: &Value, path: &str, errors: &mut Vec<String>) {
    let mut wrong = |what: String| {
        errors.push(if path.is_empty() {
            what
        } else {
            format!("{path}: {what}")
        });
    };
    match (ty.kind, v) {
        (_, Value::Null) | (Kind::Any, _) | (Kind::String, Value::Str(_)) => {}
        (Kind::Number, Value::Int(_) | Value::Float(_)) | (Kind::Boolean, Value::Bool(_)) => {}
        (Kind::String, _) => wrong(format!(
            "expected string, got &value.valueUnstructured{{Value:{}}}",
            go_syntax(v)
        )),
        (Kind::Number, _) => wrong(format!(
            "expected numeric (int or float), got {}",
            go_type(v)
        )),
        (Kind::Boolean, _) => wrong(format!("expected boolean, got &{{{}}}", plain(v))),
        (Kind::Scalar, Value::List(_) | Value::Map(_)) => {
            wrong(format!("expected any scalar, got &{{{}}}", plain(v)));
        }
        (Kind::Scalar, _) => {}
        (_, Value::Map(map)) if ty.has_entries() => {
            for (name, value) in map.iter() {
                let at = format!("{path}.{name}");
                match ty.field(name).0 {
                    Some(ty) => validate(ty, value, &at, errors),
                    None => {
                        errors.push(format!("{at}: field not declared in schema"));
                        return;
                    }
                }
            }
        }
        _ if ty.is_untyped() => {}
        _ if ty.has_entries() => wrong(format!("expected map, got &{{{}}}", plain(v))),
        (_, Value::List(items)) => validate_items(ty, items, path, errors),
        _ => wrong(format!("expected list, got &{{{}}}", plain(v))),
    }
}

fn validate_items(ty: Ty, items: &[Value], path: &str, errors: &mut Vec<String>) {
    let Some(item_type) = ty.item() else {
        return;
    };
    let mut seen: Vec<Element> = Vec::new();
    for (i, item) in items.iter().enumerate() {
        let element = if ty.atomic {
            Element::Index(i.to_string().into())
        } else {
            match ty.element_of(item) {
                Ok(e) => e,
                Err(why) => {
                    errors.push(format!("{path}: element {i}: {why}"));
                    return;
                }
            }
        };
        if seen.contains(&element) {
            errors.push(format!(
                "{path}: duplicate entries for key {}",
                element.show()
            ));
        }
        validate(
            item_type,
            item,
            &format!("{path}{}", element.show()),
            errors,
        );
        seen.push(element);
    }
}

/// The paths of maps and lists in a value that are one whole each.
pub fn atomics(ty: Ty, v: &Value, path: &str, out: &mut Vec<String>) {
    match v {
        Value::Map(map) if ty.has_entries() => {
            if ty.atomic {
                out.push(path.to_owned());
            }
            for (name, value) in map.iter() {
                if let (Some(ty), true) = ty.field(name) {
                    atomics(ty, value, &format!("{path}.{name}"), out);
                }
            }
        }
        Value::List(items) if ty.has_items() => {
            if ty.atomic {
                out.push(path.to_owned());
            }
            for (i, item) in items.iter().enumerate() {
                if let Some(ty) = ty.item() {
                    atomics(ty, item, &format!("{path}[{i}]"), out);
                }
            }
        }
        _ => {}
    }
}

/// `%T` of the value as Go decodes it.
fn go_type(v: &Value) -> &'static str {
    match v {
        Value::Bool(_) => "bool",
        Value::Str(_) => "string",
        Value::List(_) => "[]interface {}",
        Value::Map(_) => "map[string]interface {}",
        Value::Int(_) => "int64",
        Value::Float(_) => "float64",
        Value::Null => "<nil>",
    }
}

/// `%#v`.
fn go_syntax(v: &Value) -> String {
    let parts = |open: &str, inner: Vec<String>| format!("{open}{{{}}}", inner.join(", "));
    match v {
        Value::List(l) => parts("[]interface {}", l.iter().map(go_syntax).collect()),
        Value::Map(m) => {
            let inner = m.iter().map(|(k, v)| format!("{k:?}:{}", go_syntax(v)));
            parts("map[string]interface {}", inner.collect())
        }
        other => other.to_json(),
    }
}

/// `%v`.
fn plain(v: &Value) -> String {
    match v {
        Value::Str(s) => s.to_string(),
        Value::List(_) | Value::Map(_) => crate::apimachinery::strconv::sprint(v),
        other => other.to_json(),
    }
}

/// The items of a list that are told apart, each with what tells it; items that cannot be told are left out.
fn told(ty: Ty, v: Option<&Value>) -> Vec<(Element, &Value)> {
    let items = v.map_or(&[][..], Value::items);
    items
        .iter()
        .filter_map(|item| Some((ty.element_of(item).ok()?, item)))
        .collect()
}

/// Adds the fields of a value to a set.
pub fn fields_of(ty: Ty, v: &Value, path: &mut Vec<Element>, out: &mut Set) {
    match v {
        Value::Map(_) | Value::Null if ty.has_entries() && !ty.atomic => {
            for (name, value) in v.fields() {
                let (child, named) = ty.field(name);
                path.push(field(name));
                if let Some(child) = child {
                    fields_of(child, value, path, out);
                }
                let hollow = value.is_null() || value.as_map().is_some_and(Map::is_empty);
                if hollow || !named {
                    out.insert(path);
                }
                path.pop();
            }
        }
        _ if ty.has_items() && !ty.atomic => {
            let items = told(ty, Some(v));
            for (element, item) in &items {
                path.push(element.clone());
                let once = items.iter().filter(|(e, _)| e == element).count() == 1;
                if let Some(child) = ty.item().filter(|_| once) {
                    fields_of(child, item, path, out);
                }
                out.insert(path);
                path.pop();
            }
        }
        _ => out.insert(path),
    }
}

/// Compares two values of a type; what they share in memory is not looked at.
pub fn compare(
    ty: Ty,
    old: Option<&Value>,
    new: Option<&Value>,
    path: &mut Vec<Element>,
    out: &mut Comparison,
) {
    match (old, new) {
        (Some(a), Some(b)) if a.ptr_eq(b) => return,
        // Objects have nulls only where a field is always written.
        (None, Some(Value::Null)) | (Some(Value::Null), None) | (None, None) => return,
        _ => {}
    }
    let full = |v: Option<&Value>| match v {
        Some(Value::Map(m)) => ty.has_entries() && !m.is_empty(),
        Some(Value::List(l)) => ty.has_items() && !l.is_empty(),
        _ => false,
    };
    let deep = !ty.atomic && (full(old) || full(new));
    if deep {
        match ty.has_items() {
            true => compare_items(ty, old, new, path, out),
            false => compare_fields(ty, old, new, path, out),
        }
    }
    match (old, new) {
        (None, _) => out.added.insert(path),
        (_, None) => out.removed.insert(path),
        (Some(a), Some(b)) if !deep && a != b => out.modified.insert(path),
        _ => {}
    }
}

fn compare_fields(
    ty: Ty,
    old: Option<&Value>,
    new: Option<&Value>,
    path: &mut Vec<Element>,
    out: &mut Comparison,
) {
    let entry = |v: Option<&'_ Value>, name: &str| v.and_then(|v| v.as_map()?.get(name).cloned());
    let mut visit = |name: &str, a: Option<&Value>, b: Option<&Value>| {
        if let Some(child) = ty.field(name).0 {
            path.push(field(name));
            compare(child, a, b, path, out);
            path.pop();
        }
    };
    for (name, a) in old.into_iter().flat_map(Value::fields) {
        visit(name, Some(a), entry(new, name).as_ref());
    }
    for (name, b) in new.into_iter().flat_map(Value::fields) {
        if entry(old, name).is_none() {
            visit(name, None, Some(b));
        }
    }
}

fn compare_items(
    ty: Ty,
    old: Option<&Value>,
    new: Option<&Value>,
    path: &mut Vec<Element>,
    out: &mut Comparison,
) {
    let Some(item) = ty.item() else {
        return;
    };
    let (before, after) = (told(ty, old), told(ty, new));
    let mut done: Vec<&Element> = Vec::new();
    for (element, _) in before.iter().chain(&after) {
        if done.contains(&element) {
            continue;
        }
        done.push(element);
        let those = |list: &[(Element, &'_ Value)]| {
            let found = list.iter().filter(|(e, _)| e == element);
            found.map(|(_, v)| (*v).clone()).collect::<Vec<Value>>()
        };
        let (a, b) = (those(&before), those(&after));
        path.push(element.clone());
        match (a.len() > 1, b.len() > 1) {
            (false, false) => compare(item, a.first(), b.first(), path, out),
            (true, true) if a != b => out.modified.insert(path),
            (true, true) => {}
            (true, false) => {
                if !b.is_empty() {
                    compare(item, None, b.first(), path, out);
                }
                out.removed.insert(path);
            }
            (false, true) => {
                if !a.is_empty() {
                    compare(item, a.first(), None, path, out);
                }
                out.added.insert(path);
            }
        }
        path.pop();
    }
}

/// Merges the applied value into the live one; the applied wins.
pub fn merge(ty: Ty, live: &Value, applied: &Value) -> Value {
    match (live, applied) {
        (Value::Map(a), Value::Map(b)) if !ty.atomic && ty.has_entries() => {
            if a.is_empty() || b.is_empty() {
                return if b.is_empty() { live } else { applied }.clone();
            }
            let mut out = live.clone();
            for (name, value) in b.iter() {
                let merged = match (a.get(name), ty.field(name).0) {
                    (Some(mine), Some(child)) => merge(child, mine, value),
                    _ => value.clone(),
                };
                out.set(name, merged);
            }
            out
        }
        (Value::List(a), Value::List(b)) if !ty.atomic && ty.has_items() => {
            if a.is_empty() || b.is_empty() {
                return if b.is_empty() { live } else { applied }.clone();
            }
            merge_items(ty, live, applied)
        }
        (Value::Map(a), Value::Null) if !ty.atomic && ty.has_entries() && !a.is_empty() => {
            live.clone()
        }
        (Value::List(a), Value::Null) if !ty.atomic && ty.has_items() && !a.is_empty() => {
            live.clone()
        }
        _ => applied.clone(),
    }
}

/// Items in the order of the applied list, those of the live one alone where they stood.
fn merge_items(ty: Ty, live: &Value, applied: &Value) -> Value {
    let (left, right) = (told(ty, Some(live)), told(ty, Some(applied)));
    let in_left = |e: &Element| left.iter().any(|(x, _)| x == e);
    let in_right = |e: &Element| right.iter().any(|(x, _)| x == e);
    let mut shared = right.iter().map(|(e, _)| e).filter(|e| in_left(e));
    let mut next = shared.next();
    let join = |e: &Element, r: &Value| {
        let mut mine = left.iter().filter(|(x, _)| x == e);
        match (mine.next(), mine.next(), ty.item()) {
            (Some((_, l)), None, Some(item)) => merge(item, l, r),
            _ => r.clone(),
        }
    };
    let mut out: Vec<Value> = Vec::new();
    let mut merged: Vec<&Element> = Vec::new();
    let (mut l, mut r) = (0, 0);
    while l < left.len() || r < right.len() {
        if l < left.len() && r < right.len() {
            let e = &left[l].0;
            if *e == right[r].0 {
                merged.push(e);
                out.push(join(e, right[r].1));
                (l, r) = (l + 1, r + 1);
                next = shared.next();
                continue;
            }
            if in_right(e) && next.is_some_and(|n| n != e) {
                l += 1;
                continue;
            }
        }
        if l < left.len() {
            let e = &left[l].0;
            if !in_right(e) {
                out.push(left[l].1.clone());
                l += 1;
                continue;
            } else if merged.contains(&e) {
                l += 1;
            }
        }
        if r < right.len() {
            let e = &right[r].0;
            merged.push(e);
            out.push(join(e, right[r].1));
            r += 1;
            if next == Some(e) {
                next = shared.next();
            }
        }
    }
    out.into()
}

/// A value without the fields of a set; null where nothing is left.
pub fn remove(ty: Ty, v: &Value, set: &Set) -> Value {
    match v {
        Value::Map(map) if !ty.atomic && ty.has_entries() => {
            let mut kept: Vec<(Text, Value)> = Vec::new();
            for (name, value) in map.entries() {
                let e = Element::Field(name.clone());
                if set.has(std::slice::from_ref(&e)) {
                    continue;
                }
                let below = set.under(&e);
                let value = match ty.field(name).0 {
                    Some(child) if !below.is_empty() => remove(child, value, below),
                    _ => value.clone(),
                };
                kept.push((name.clone(), value));
            }
            if kept.is_empty() {
                Value::Null
            } else {
                Value::Map(kept.into_iter().collect())
            }
        }
        Value::List(items) if !ty.atomic && ty.has_items() => {
            let mut kept: Vec<Value> = Vec::new();
            for item in items.iter() {
                let Ok(e) = ty.element_of(item) else {
                    kept.push(item.clone());
                    continue;
                };
                if set.has(std::slice::from_ref(&e)) {
                    continue;
                }
                let below = set.under(&e);
                kept.push(match ty.item() {
                    Some(child) if !below.is_empty() => remove(child, item, below),
                    _ => item.clone(),
                });
            }
            if kept.is_empty() {
                Value::Null
            } else {
                kept.into()
            }
        }
        _ if ty.is_untyped() => v.clone(),
        _ if ty.has_entries() || ty.has_items() => Value::Null,
        _ => v.clone(),
    }
}
