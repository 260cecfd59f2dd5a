//! Texts: splitting, and regular expressions.

use std::sync::Arc;

use super::eval::{Flow, Item, Jq, Out, Stop, bind, error, told};
use super::json::{Json, Object};
use super::parser::Filter;
use crate::shell::regex::{Flavor, Regex};

pub fn split(text: &str, separator: &str) -> Json {
    if text.is_empty() {
        return Json::Array(Arc::default());
    }
    let pieces: Vec<Json> = match separator {
        "" => text.chars().map(|c| Json::from(c.to_string())).collect(),
        separator => text.split(separator).map(Json::from).collect(),
    };
    Json::from(pieces)
}

/// Where a text holds another, in characters.
pub fn indices(text: &str, part: &str) -> Json {
    if part.is_empty() {
        return Json::Null;
    }
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find(part) {
        let place = from + at;
        found.push(Json::Number(text[..place].chars().count() as f64));
        from = place + text[place..].chars().next().map_or(1, char::len_utf8);
    }
    Json::from(found)
}

/// A regular expression from its text (or an array of text and flags) and flags; with whether all matches are wanted.
fn compile(regex: &Json, flags: &Json) -> Result<(Regex, bool), Stop> {
    let (pattern, flags) = match regex {
        Json::Array(both) => (
            both.first().cloned().unwrap_or_default(),
            both.get(1).cloned().unwrap_or_default(),
        ),
        other => (other.clone(), flags.clone()),
    };
    let Json::Text(pattern) = &pattern else {
        return error(format!(
            "{} cannot be matched, as it is not a string",
            told(&pattern)
        ));
    };
    let flags = match &flags {
        Json::Text(flags) => flags.to_string(),
        _ => String::new(),
    };
    if let Some(bad) = flags.chars().find(|c| !"gimnpslx".contains(*c)) {
        let _ = bad;
        return error(format!("{flags} is not a valid modifier string"));
    }
    let mut options = String::new();
    for (flag, option) in [('x', 'x'), ('s', 's'), ('p', 's')] {
        if flags.contains(flag) && !options.contains(option) {
            options.push(option);
        }
    }
    let text = match options.is_empty() {
        true => pattern.to_string(),
        false => format!("(?{options}){pattern}"),
    };
    // Oniguruma's named groups are written like this, too.
    let regex = Regex::new(&text, Flavor::Perl, flags.contains('i'));
    match regex {
        Ok(regex) => Ok((regex, flags.contains('g'))),
        Err(why) => error(format!(
            "{pattern} (at offset 0) is not a valid regex: {why}"
        )),
    }
}

/// A match as `match` gives it.
fn described(text: &str, regex: &Regex, groups: &[Option<(usize, usize)>]) -> Json {
    let names = regex.names();
    let place = |at: usize| Json::Number(text[..at].chars().count() as f64);
    let mut captures = Vec::new();
    for (i, group) in groups.iter().enumerate().skip(1) {
        let name = names.get(i).cloned().flatten();
        let (offset, length, string) = match group {
            Some((a, b)) => (
                place(*a),
                text[*a..*b].chars().count() as f64,
                Json::from(&text[*a..*b]),
            ),
            None => (Json::Number(-1.0), 0.0, Json::Null),
        };
        let capture: Object = vec![
            ("offset".into(), offset),
            ("length".into(), Json::Number(length)),
            ("string".into(), string),
            ("name".into(), name.map_or(Json::Null, Json::from)),
        ];
        captures.push(Json::from(capture));
    }
    let (a, b) = groups.first().copied().flatten().unwrap_or((0, 0));
    let whole: Object = vec![
        ("offset".into(), place(a)),
        (
            "length".into(),
            Json::Number(text[a..b].chars().count() as f64),
        ),
        ("string".into(), Json::from(&text[a..b])),
        ("captures".into(), Json::from(captures)),
    ];
    Json::from(whole)
}

type Groups = Vec<Option<(usize, usize)>>;

fn all_matches(text: &str, regex: &Regex, global: bool) -> Vec<Groups> {
    let mut found = Vec::new();
    let mut from = 0;
    while from <= text.len() {
        let Some(groups) = regex.captures_at(text, from) else {
            break;
        };
        let Some((a, b)) = groups.first().copied().flatten() else {
            break;
        };
        found.push(groups);
        if !global {
            break;
        }
        from = match a == b {
            true => b + text[b..].chars().next().map_or(1, char::len_utf8),
            false => b,
        };
    }
    found
}

fn subject(value: &Json) -> Result<&str, Stop> {
    match value {
        Json::Text(text) => Ok(text),
        other => error(format!(
            "{} cannot be matched, as it is not a string",
            told(other)
        )),
    }
}

pub fn test(value: &Json, regex: &Json, flags: &Json) -> Result<bool, Stop> {
    let text = subject(value)?;
    Ok(compile(regex, flags)?.0.is_match(text))
}

/// Every match, as `match` gives them.
pub fn matches(value: &Json, regex: &Json, flags: &Json, global: bool) -> Result<Vec<Json>, Stop> {
    let text = subject(value)?;
    let (regex, all) = compile(regex, flags)?;
    let found = all_matches(text, &regex, global || all);
    Ok(found.iter().map(|g| described(text, &regex, g)).collect())
}

/// Named groups of a match, as an object.
pub fn captured(found: &Json) -> Json {
    let mut object = Object::new();
    if let Some(Json::Array(captures)) = found.get("captures") {
        for capture in captures.iter() {
            if let Some(Json::Text(name)) = capture.get("name") {
                let text = capture.get("string").cloned().unwrap_or_default();
                super::json::put(&mut object, name, text);
            }
        }
    }
    Json::from(object)
}

/// What `scan` gives for a match.
pub fn scanned(found: &Json) -> Json {
    match found.get("captures") {
        Some(Json::Array(captures)) if !captures.is_empty() => {
            let texts = captures
                .iter()
                .map(|c| c.get("string").cloned().unwrap_or_default());
            Json::from(texts.collect::<Vec<_>>())
        }
        _ => found.get("string").cloned().unwrap_or_default(),
    }
}

/// `split/2`, `splits`: the pieces between matches.
pub fn split_by(value: &Json, regex: &Json, flags: &Json) -> Result<Vec<Json>, Stop> {
    let text = subject(value)?;
    let (regex, _) = compile(regex, flags)?;
    let mut pieces = Vec::new();
    let mut from = 0;
    for groups in all_matches(text, &regex, true) {
        if let Some((a, b)) = groups.first().copied().flatten() {
            pieces.push(Json::from(&text[from..a]));
            from = b;
        }
    }
    pieces.push(Json::from(&text[from..]));
    Ok(pieces)
}

/// `sub` and `gsub`: the replacement sees the named groups.
pub fn substitute(
    jq: &mut Jq,
    item: &Item,
    regex: &Json,
    flags: &Json,
    global: bool,
    with: (&Filter, &super::eval::Env),
    out: Out,
) -> Flow {
    let text = subject(&item.value)?.to_string();
    let (regex, all) = compile(regex, flags)?;
    let found = all_matches(&text, &regex, global || all);
    let mut built = String::new();
    let mut from = 0;
    for groups in found {
        let Some((a, b)) = groups.first().copied().flatten() else {
            continue;
        };
        built.push_str(&text[from..a]);
        from = b;
        let names = captured(&described(&text, &regex, &groups));
        let env = bind("__captures", names.clone(), with.1);
        let replacement = jq.all(with.0, &env, &names)?;
        match replacement.into_iter().next() {
            Some(Json::Text(piece)) => built.push_str(&piece),
            Some(other) => {
                return error(format!("{} cannot be added to a string", told(&other)));
            }
            None => {}
        }
    }
    built.push_str(&text[from..]);
    jq.constant(Json::from(built), item, out)
}
