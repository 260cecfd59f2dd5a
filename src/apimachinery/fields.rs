//! Field selectors (`k8s.io/apimachinery/pkg/fields`): `metadata.name=a,status.phase!=Running`.

use crate::collections::Arrange;
use std::borrow::Cow;
use std::fmt;

/// One requirement on a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The field's label, such as `metadata.name`.
    pub field: String,
    /// The value it must or must not have.
    pub value: String,
    /// Whether it must have the value.
    pub equal: bool,
}

/// Requirements that must all hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSelector {
    /// The requirements, in the order of their text.
    pub terms: Vec<Term>,
}

impl FieldSelector {
    /// Reads a selector (`fields.ParseSelector`); the error is upstream's text.
    pub fn parse(s: &str) -> Result<Self, String> {
        let mut parts = split_terms(s);
        parts.arrange();
        let mut terms = Vec::new();
        for part in parts.into_iter().filter(|p| !p.is_empty()) {
            let (field, equal, value) = split_term(part)
                .ok_or_else(|| format!("invalid selector: '{s}'; can't understand '{part}'"))?;
            terms.push(Term {
                field: field.to_owned(),
                value: unescape(value)?,
                equal,
            });
        }
        Ok(FieldSelector { terms })
    }
    /// One field that must have one value.
    pub fn equals(field: &str, value: &str) -> Self {
        FieldSelector {
            terms: vec![Term {
                field: field.to_owned(),
                value: value.to_owned(),
                equal: true,
            }],
        }
    }
    /// Whether it selects everything.
    pub fn is_everything(&self) -> bool {
        self.terms.is_empty()
    }
    /// Whether an object is selected whose fields `get` reads ("" where it has none).
    pub fn matches<'a>(&self, get: impl Fn(&str) -> Cow<'a, str>) -> bool {
        self.terms
            .iter()
            .all(|t| (get(&t.field) == t.value) == t.equal)
    }
    /// The value that the field must have, if one is asked for (`RequiresExactMatch`).
    pub fn exact(&self, field: &str) -> Option<&str> {
        self.terms
            .iter()
            .find(|t| t.equal && t.field == field)
            .map(|t| t.value.as_str())
    }
}

impl fmt::Display for FieldSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, t) in self.terms.iter().enumerate() {
            let comma = if i > 0 { "," } else { "" };
            let op = if t.equal { "=" } else { "!=" };
            write!(f, "{comma}{}{op}{}", t.field, escape(&t.value))?;
        }
        Ok(())
    }
}

/// Escapes `\`, `,` and `=` (`fields.EscapeValue`).
pub fn escape(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    for c in s.chars() {
        if matches!(c, '\\' | ',' | '=') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn unescape(s: &str) -> Result<String, String> {
    let bad = |c: &str| format!("invalid field selector: invalid escape sequence: \\{c}");
    let mut out = String::with_capacity(s.len());
    let mut chars = s.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(c @ ('\\' | ',' | '=')) => out.push(c),
                Some(c) => return Err(bad(&c.to_string())),
                None => return Err(bad("")),
            },
            ',' | '=' => {
                return Err(format!(
                    "invalid field selector: unescaped character in value: {}",
                    c as u32
                ));
            }
            c => out.push(c),
        }
    }
    Ok(out)
}

fn split_terms(s: &str) -> Vec<&str> {
    let (mut out, mut start, mut escaped) = (Vec::new(), 0, false);
    for (i, c) in s.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ',' => {
                out.push(&s[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    out.push(&s[start..]);
    out
}

fn split_term(term: &str) -> Option<(&str, bool, &str)> {
    for (i, _) in term.char_indices() {
        for (op, equal) in [("!=", false), ("==", true), ("=", true)] {
            if let Some(rest) = term[i..].strip_prefix(op) {
                return Some((&term[..i], equal, rest));
            }
        }
    }
    None
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn selectors_parse_print_and_match() {
        let s = FieldSelector::parse("b!=2,a==x\\,y").unwrap();
        assert_eq!(s.to_string(), "a=x\\,y,b!=2");
        assert_eq!(s.exact("a"), Some("x,y"));
        let get = |a: &'static str, b: &'static str| {
            move |f: &str| Cow::Borrowed(if f == "a" { a } else { b })
        };
        assert!(s.matches(get("x,y", "1")));
        assert!(!s.matches(get("x,y", "2")));
        assert!(FieldSelector::parse("").unwrap().is_everything());
    }

    #[test]
    fn errors_are_upstream_s() {
        assert_eq!(
            FieldSelector::parse("bad").unwrap_err(),
            "invalid selector: 'bad'; can't understand 'bad'"
        );
        assert_eq!(
            FieldSelector::parse("status.phase>Pending").unwrap_err(),
            "invalid selector: 'status.phase>Pending'; can't understand 'status.phase>Pending'"
        );
    }
}
