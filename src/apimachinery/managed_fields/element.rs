//! One step of a path: `f:name`, `k:{…}`, `v:…`, `i:…`.

use crate::apimachinery::{Text, Value, strconv};

/// One step of a path, in upstream's order of kinds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Element {
    /// The field of an object.
    Field(Text),
    /// The item of a list that has these keys, as JSON.
    Key(Text),
    /// The item of a set, as JSON.
    Value(Text),
    /// The item of a list by its place.
    Index(Text),
}

impl Element {
    /// Reads a key of `fieldsV1`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Element, String> {
        let (kind, rest) = text
            .split_once(':')
            .ok_or_else(|| format!("missing colon: {text}"))?;
        let json = || {
            Value::from_json(rest.as_bytes())
                .map(|v| Text::from(v.to_json()))
                .map_err(|e| e.to_string())
        };
        Ok(match kind {
            "f" => Element::Field(Text::key(rest)),
            "k" => Element::Key(json()?),
            "v" => Element::Value(json()?),
            "i" => Element::Index(json()?),
            _ => return Err(format!("unknown path element type: {kind}")),
        })
    }
    /// The key in `fieldsV1`.
    pub fn text(&self) -> String {
        let (kind, rest) = match self {
            Element::Field(t) => ('f', t),
            Element::Key(t) => ('k', t),
            Element::Value(t) => ('v', t),
            Element::Index(t) => ('i', t),
        };
        format!("{kind}:{rest}")
    }
    /// How messages write it: `.name`, `[name="c"]`, `[="v"]`.
    pub fn show(&self) -> String {
        let value = |v: &Value| match v {
            Value::Str(s) => strconv::quote(s),
            other => other.to_json(),
        };
        match self {
            Element::Field(name) => format!(".{name}"),
            Element::Key(json) => {
                let keys = Value::from_json(json.as_bytes()).unwrap_or_default();
                let parts: Vec<String> = keys
                    .fields()
                    .map(|(k, v)| format!("{k}={}", value(v)))
                    .collect();
                format!("[{}]", parts.join(","))
            }
            Element::Value(json) => {
                let v = Value::from_json(json.as_bytes()).unwrap_or_default();
                format!("[={}]", value(&v))
            }
            Element::Index(i) => format!("[{i}]"),
        }
    }
}

/// How messages write a path: `.spec.containers[name="c"].image`.
pub fn show(path: &[Element]) -> String {
    path.iter().map(Element::show).collect()
}
