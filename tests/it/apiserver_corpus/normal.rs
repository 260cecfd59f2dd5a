//! Makes equal what differs from run to run, as the recorder did.

use kubarium::apimachinery::Value;

const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// An object with ids, times, addresses and generated names made equal; what stands in `fixed` is kept.
pub fn normal(v: &Value, managed: bool, fixed: &str) -> Value {
    match v {
        Value::Map(m) => {
            let mut out = Value::object();
            for (k, v) in m.iter() {
                out.set(k, normal(v, managed, fixed));
            }
            if out.get("metadata").as_map().is_some() {
                for field in ["uid", "creationTimestamp", "resourceVersion", "selfLink"] {
                    out.meta_mut().remove(field);
                }
                if !managed {
                    out.meta_mut().remove("managedFields");
                }
            }
            let port = |field: &str, given: bool, out: &mut Value| {
                if matches!(out.get(field), Value::Int(_)) && !given {
                    out.set(field, "<nodeport>");
                }
            };
            let given = format!("\"nodePort\":{}", out.get("nodePort").as_i64().unwrap_or(0));
            port("nodePort", fixed.contains(&given), &mut out);
            let given = fixed.contains("\"healthCheckNodePort\"");
            port("healthCheckNodePort", given, &mut out);
            out
        }
        Value::List(l) => l
            .iter()
            .map(|v| normal(v, managed, fixed))
            .collect::<Vec<_>>()
            .into(),
        Value::Str(s) => text(s, fixed).into(),
        other => other.clone(),
    }
}

fn text(s: &str, fixed: &str) -> String {
    let mut out = String::new();
    let mut at = 0;
    while at < s.len() {
        let rest = &s[at..];
        let boundary = !s[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let found = [
            (access(rest), "kube-api-access-<rand>"),
            (boundary.then(|| ip(rest)).flatten(), "<ip>"),
            (boundary.then(|| uid(rest)).flatten(), "<uid>"),
            (boundary.then(|| time(rest)).flatten(), "<time>"),
        ];
        let hit = found.into_iter().find_map(|(n, put)| n.map(|n| (n, put)));
        match hit {
            Some((n, put)) => {
                let matched = &rest[..n];
                out.push_str(if fixed.contains(matched) {
                    matched
                } else {
                    put
                });
                at += n;
            }
            None => {
                let c = rest.chars().next().unwrap_or(' ');
                out.push(c);
                at += c.len_utf8();
            }
        }
    }
    out
}

fn access(s: &str) -> Option<usize> {
    let rest = s.strip_prefix("kube-api-access-")?.as_bytes();
    (rest.len() >= 5 && rest[..5].iter().all(|c| ALPHABET.contains(c)))
        .then_some("kube-api-access-".len() + 5)
}

fn ip(s: &str) -> Option<usize> {
    let end = s
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(s.len());
    let parts: Vec<&str> = s[..end].split('.').collect();
    let second: u8 = parts.get(1)?.parse().ok()?;
    (parts.len() == 4 && parts[0] == "10" && (96..=111).contains(&second)).then_some(end)
}

fn uid(s: &str) -> Option<usize> {
    let id = s.get(..36)?;
    let lengths: Vec<usize> = id.split('-').map(str::len).collect();
    let hex = id
        .chars()
        .all(|c| c == '-' || c.is_ascii_digit() || ('a'..='f').contains(&c));
    (lengths == [8, 4, 4, 4, 12] && hex).then_some(36)
}

fn time(s: &str) -> Option<usize> {
    let head = s.get(..19)?;
    let b = head.as_bytes();
    if !head.starts_with("20") || b[4] != b'-' || b[10] != b'T' || b[13] != b':' {
        return None;
    }
    let rest = &s[19..];
    let digits = |tail: &str| {
        tail.find(|c: char| !c.is_ascii_digit())
            .unwrap_or(tail.len())
    };
    let fraction = rest.strip_prefix('.').map_or(0, |tail| 1 + digits(tail));
    rest[fraction..]
        .starts_with('Z')
        .then_some(19 + fraction + 1)
}

/// Suffixes of generated names made equal.
pub fn generated(v: Value, object: &Value) -> Value {
    let prefix = object.at(&["metadata", "generateName"]).str();
    if prefix.is_empty() {
        return v;
    }
    let json = v.to_json();
    let mut out = String::new();
    let mut rest = json.as_str();
    while let Some(i) = rest.find(prefix) {
        let after = &rest[i + prefix.len()..];
        out.push_str(&rest[..i + prefix.len()]);
        let suffix = after.as_bytes().get(..5);
        if suffix.is_some_and(|s| s.iter().all(|c| ALPHABET.contains(c))) {
            out.push_str("<rand>");
            rest = &after[5..];
        } else {
            rest = after;
        }
    }
    out.push_str(rest);
    Value::from_json(out.as_bytes()).unwrap_or(v)
}

/// A cell of a Table with ages made equal.
pub fn cell(v: &Value) -> Value {
    let Value::Str(s) = v else {
        return v.clone();
    };
    let is_age = |s: &str| {
        s == "<invalid>"
            || (!s.is_empty()
                && s.starts_with(|c: char| c.is_ascii_digit())
                && s.ends_with(['s', 'm', 'h', 'd', 'y'])
                && s.chars().all(|c| c.is_ascii_digit() || "smhdy".contains(c)))
    };
    if is_age(s) {
        return "<age>".into();
    }
    if let Some((head, tail)) = s.split_once(" (")
        && tail.strip_suffix(" ago)").is_some_and(is_age)
    {
        return format!("{head} (<age> ago)").into();
    }
    v.clone()
}
