//! The description of kinds that have none of their own: every field, titles made from field names.

use super::Subject;
use super::writer::{Writer, plain};
use crate::apimachinery::Value;
use crate::kubectl::error::Error;

const SKIPPED: [&str; 5] = [
    "managedFields",
    "name",
    "namespace",
    "labels",
    "annotations",
];

/// Any object.
pub async fn generic(s: &Subject<'_>, object: &Value) -> Result<String, Error> {
    let events = s.events(object).await;
    let mut w = s.writer();
    w.head(object);
    content(&mut w, 0, object, "");
    w.events(events);
    Ok(w.finish())
}

fn content(w: &mut Writer, level: usize, object: &Value, path: &str) {
    for (field, value) in object.fields() {
        if path == ".metadata" && SKIPPED.contains(&field) {
            continue;
        }
        let title = smart_label(field);
        match value {
            Value::Map(_) => {
                w.line(level, format!("{title}:"));
                content(w, level + 1, value, &format!("{path}.{field}"));
            }
            Value::List(items) => {
                w.line(level, format!("{title}:"));
                for item in items.iter() {
                    match item {
                        Value::Map(_) => content(w, level + 1, item, &format!("{path}.{field}")),
                        item => w.line(level + 1, plain(item)),
                    }
                }
            }
            value => w.field(level, &title, plain(value)),
        }
    }
}

/// `creationTimestamp` → `Creation Timestamp`, `podCIDRs` as it is split by its capitals.
fn smart_label(field: &str) -> String {
    if !field.chars().all(|c| c.is_alphabetic() || c == '-') {
        return field.to_owned();
    }
    let parts = split_camel_case(field);
    let mut merged: Vec<String> = Vec::new();
    let mut i = 0;
    while i < parts.len() {
        let part = &parts[i];
        let all_upper = part.chars().all(|c| !c.is_alphabetic() || c.is_uppercase());
        let next_upper = parts
            .get(i + 1)
            .is_some_and(|n| n.starts_with(char::is_uppercase));
        if part.len() >= 2 && all_upper && next_upper {
            merged.push(format!("{part}{}", parts[i + 1]));
            i += 2;
        } else {
            merged.push(part.clone());
            i += 1;
        }
    }
    let word = |part: &String| {
        let upper = part.to_uppercase();
        if matches!(upper.as_str(), "API" | "URL" | "UID" | "GUID") {
            upper
        } else if part.to_lowercase() == *part {
            let mut chars = part.chars();
            let first = chars
                .next()
                .map(|c| c.to_uppercase().to_string())
                .unwrap_or_default();
            format!("{first}{}", chars.as_str())
        } else {
            part.clone()
        }
    };
    let words: Vec<String> = merged.iter().map(word).collect();
    words.join(" ")
}

/// Splits where the class of characters changes; the last capital of a run belongs to the word after it.
fn split_camel_case(s: &str) -> Vec<String> {
    let class = |c: char| match c {
        c if c.is_lowercase() => 1,
        c if c.is_uppercase() => 2,
        c if c.is_numeric() => 3,
        _ => 4,
    };
    let mut runs: Vec<(u8, String)> = Vec::new();
    for c in s.chars() {
        match runs.last_mut() {
            Some((k, run)) if *k == class(c) => run.push(c),
            _ => runs.push((class(c), c.to_string())),
        }
    }
    for i in 0..runs.len().saturating_sub(1) {
        if runs[i].0 == 2 && runs[i + 1].0 == 1 {
            if let Some(c) = runs[i].1.pop() {
                runs[i + 1].1.insert(0, c);
            }
        }
    }
    runs.into_iter()
        .map(|(_, run)| run)
        .filter(|r| !r.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_made_from_field_names() {
        for (field, title) in [
            ("creationTimestamp", "Creation Timestamp"),
            ("uid", "UID"),
            ("apiVersion", "API Version"),
            ("colour", "Colour"),
            ("a.b", "a.b"),
            ("podIP", "Pod IP"),
        ] {
            assert_eq!(smart_label(field), title);
        }
    }
}
