//! `replacements`: values copied from a field of one object into fields of others.

use super::Result;
use super::load::Loader;
use super::patch::TargetSelector;
use super::resource::{Id, Resource};
use crate::apimachinery::strconv::sprint;
use crate::apimachinery::{Value, yaml};

/// Does what one entry of `replacements` says.
pub fn replace(loader: &Loader, all: &mut [Resource], entry: &Value) -> Result<()> {
    let path = entry.get("path").str();
    if path.is_empty() {
        return one(all, entry);
    }
    let file = yaml::parse(&loader.text(path)?).map_err(|e| e.to_string())?;
    match &file {
        Value::List(list) => list.iter().try_for_each(|e| one(all, e)),
        file => one(all, file),
    }
}

fn one(all: &mut [Resource], entry: &Value) -> Result<()> {
    let (source, fixed) = (entry.get("source"), entry.get("sourceValue"));
    if source.is_null() && fixed.is_null() || entry.get("targets").is_null() {
        return Err("replacements must specify a source and at least one target".to_owned());
    }
    let value = if fixed.is_null() {
        source_value(all, source)?
    } else if source.is_null() {
        fixed.clone()
    } else {
        return Err("value and resource selectors are mutually exclusive".to_owned());
    };
    for target in entry.get("targets").items() {
        let select = target.get("select");
        if select.is_null() {
            return Err("target must specify resources to select".to_owned());
        }
        let selector = TargetSelector::new(select)?;
        let reject = target.get("reject").items().iter();
        let reject = reject
            .map(TargetSelector::new)
            .collect::<Result<Vec<_>>>()?;
        for r in all.iter_mut() {
            let ids = r.ids();
            let named = |s: &TargetSelector, i: &Id| {
                s.fits_kind(i) && s.fits("name", &i.name) && s.fits("namespace", &i.namespace)
            };
            let rejected = reject.iter().any(|s| {
                s.has_labels() && s.fits_labels(&r.object)
                    || !s.is_empty() && ids.iter().any(|i| named(s, i))
            });
            if selector.fits_labels(&r.object)
                && !rejected
                && ids.iter().any(|i| named(&selector, i))
            {
                copy(&mut r.object, &value, target)?;
            }
        }
    }
    Ok(())
}

fn source_value(all: &[Resource], source: &Value) -> Result<Value> {
    let field = |key: &str| source.get(key).str().to_owned();
    let wanted = Id {
        group: field("group"),
        version: field("version"),
        kind: field("kind"),
        name: field("name"),
        namespace: field("namespace"),
    };
    let fits = |i: &Id| {
        let is = |wanted: &str, have: &str| wanted.is_empty() || wanted == have;
        is(&wanted.group, &i.group)
            && is(&wanted.version, &i.version)
            && is(&wanted.kind, &i.kind)
            && is(&wanted.name, &i.name)
            && is(&wanted.namespace, i.effective_namespace())
    };
    let mut found = all.iter().filter(|r| r.ids().iter().any(fits));
    let mut shown = wanted.to_string();
    let path = source.get("fieldPath").str();
    if !path.is_empty() {
        shown = format!("{shown}:{path}");
    }
    let Some(first) = found.next() else {
        return Err(format!("nothing selected by {shown}"));
    };
    if found.next().is_some() {
        return Err(format!("multiple matches for selector {shown}"));
    }
    let path = if path.is_empty() {
        "metadata.name"
    } else {
        path
    };
    let mut value = Value::Null;
    let mut object = first.object.clone();
    walk(&mut object, &split(path), false, &mut |v| {
        value = v.clone();
        Ok(())
    })?;
    if value.is_null() || value.is_empty() && value.as_str().is_none() {
        return Err(format!(
            "fieldPath `{path}` is missing for replacement source {wanted}"
        ));
    }
    let delimiter = source.at(&["options", "delimiter"]).str();
    if delimiter.is_empty() {
        return Ok(value);
    }
    let text = scalar(&value)?;
    let index = source.at(&["options", "index"]).as_i64().unwrap_or(0);
    let part = usize::try_from(index)
        .ok()
        .and_then(|i| text.split(delimiter).nth(i));
    part.map(Value::from)
        .ok_or_else(|| format!("options.index {index} is out of bounds for value {text}"))
}

fn scalar(v: &Value) -> Result<String> {
    if v.as_map().is_some() || v.as_list().is_some() {
        return Err("delimiter option can only be used with scalar nodes".to_owned());
    }
    Ok(sprint(v))
}

fn copy(object: &mut Value, value: &Value, target: &Value) -> Result<()> {
    let options = target.get("options");
    let create = options.get("create").as_bool() == Some(true);
    let mut paths: Vec<&str> = target
        .get("fieldPaths")
        .items()
        .iter()
        .map(Value::str)
        .collect();
    if paths.is_empty() {
        paths.push("metadata.name");
    }
    for path in paths {
        let found = walk(object, &split(path), create, &mut |v| {
            set(v, value, options)
        })?;
        if !found {
            let what = if create { "find or create" } else { "find" };
            return Err(format!(
                "unable to {what} field \"{path}\" in replacement target"
            ));
        }
    }
    Ok(())
}

fn set(v: &mut Value, value: &Value, options: &Value) -> Result<()> {
    let delimiter = options.get("delimiter").str();
    let mut new = value.clone();
    if !delimiter.is_empty() {
        let (old, part) = (scalar(v)?, sprint(value));
        let mut parts: Vec<&str> = old.split(delimiter).collect();
        match options.get("index").as_i64().unwrap_or(0) {
            i if i < 0 => parts.insert(0, &part),
            i if i as usize >= parts.len() => parts.push(&part),
            i => parts[i as usize] = &part,
        }
        new = parts.join(delimiter).into();
    }
    // A text stays a text, whatever is put into it; other scalars are read as they are written.
    *v = match (&*v, &new) {
        (Value::Str(_), Value::Map(_) | Value::List(_)) => new,
        (Value::Str(_), new) => sprint(new).into(),
        (Value::Int(_) | Value::Bool(_) | Value::Float(_), Value::Str(text)) => {
            match yaml::parse(text) {
                Ok(read) if !read.is_null() => read,
                _ => new,
            }
        }
        _ => new,
    };
    Ok(())
}

/// Splits a path at its dots; those in brackets and those after a backslash are part of a name.
fn split(path: &str) -> Vec<String> {
    let (mut out, mut part, mut depth) = (Vec::new(), String::new(), 0_i32);
    let mut chars = path.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek() == Some(&'.') => part.extend(chars.next()),
            '.' if depth == 0 => out.push(std::mem::take(&mut part)),
            c => {
                depth += i32::from(c == '[') - i32::from(c == ']');
                part.push(c);
            }
        }
    }
    out.push(part);
    // `[a.b/c]` is a name with dots in it, `[name=x]` stays a condition.
    for part in &mut out {
        let inner = part.strip_prefix('[').and_then(|p| p.strip_suffix(']'));
        if let Some(inner) = inner.filter(|i| !i.contains('=')) {
            *part = inner.to_owned();
        }
    }
    out
}

/// Changes the fields at a path with list conditions (`[name=x]`), indexes, `-` and `*`; tells whether there was one.
fn walk(
    v: &mut Value,
    path: &[String],
    create: bool,
    change: &mut dyn FnMut(&mut Value) -> Result<()>,
) -> Result<bool> {
    let Some((head, rest)) = path.split_first() else {
        change(v)?;
        return Ok(true);
    };
    let condition = head
        .strip_prefix('[')
        .and_then(|p| p.strip_suffix(']'))
        .and_then(|p| p.split_once('='));
    if v.is_null() && create {
        *v = if condition.is_some() || head == "-" {
            Value::list()
        } else {
            Value::object()
        };
    }
    match v {
        Value::List(_) => {
            let items = v.items_mut();
            let mut places: Vec<usize> = Vec::new();
            if let Some((key, want)) = condition {
                let is = |item: &Value| match key {
                    "" => sprint(item) == want,
                    key => item.has(key) && sprint(item.get(key)) == want,
                };
                places.extend((0..items.len()).filter(|i| is(&items[*i])));
                if places.is_empty() && create {
                    let mut item = Value::object();
                    item.set(key, want);
                    items.push(item);
                    places.push(items.len() - 1);
                }
            } else if head == "*" {
                places.extend(0..items.len());
            } else if head == "-" {
                if create {
                    items.push(Value::Null);
                }
                places.extend(items.len().checked_sub(1));
            } else if let Ok(i) = head.parse::<usize>() {
                places.extend((i < items.len()).then_some(i));
            }
            let mut found = false;
            for i in places {
                found |= walk(&mut items[i], rest, create, change)?;
            }
            Ok(found)
        }
        Value::Map(map) if head == "*" => {
            let mut found = false;
            for (_, v) in map.iter_mut() {
                found |= walk(v, rest, create, change)?;
            }
            Ok(found)
        }
        Value::Map(map) if create || map.contains_key(head) => {
            walk(map.entry(head), rest, create, change)
        }
        _ => Ok(false),
    }
}
