//! Label selectors (`k8s.io/apimachinery/pkg/labels`): parsed from a query or a `LabelSelector`, matched, printed.

mod parser;

use super::names::{is_qualified_name, is_valid_label_value};
use super::status::aggregate;
use super::strconv::quote;
use super::value::{Map, Value};
use crate::collections::Arrange;
use std::fmt;

/// How a requirement compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `in`
    In,
    /// `notin`
    NotIn,
    /// `=`
    Equals,
    /// `==`
    DoubleEquals,
    /// `!=`
    NotEquals,
    /// `key`
    Exists,
    /// `!key`
    DoesNotExist,
    /// `>`
    GreaterThan,
    /// `<`
    LessThan,
}

/// One requirement on a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The label's key.
    pub key: String,
    /// How it compares.
    pub operator: Operator,
    /// Sorted values to compare with.
    pub values: Vec<String>,
}

/// Requirements that must all hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// Whether it selects nothing, whatever the requirements.
    nothing: bool,
    requirements: Vec<Requirement>,
}

/// An error with its path, as `field.Invalid` words it.
fn invalid(path: &str, value: impl fmt::Display, detail: &str) -> String {
    format!("{path}: Invalid value: {value}: {detail}")
}

pub(super) fn validate_key(path: &str, key: &str) -> Result<(), String> {
    match is_qualified_name(key) {
        errs if errs.is_empty() => Ok(()),
        errs => Err(invalid(path, quote(key), &errs.join("; "))),
    }
}

impl Requirement {
    /// A requirement, checked as `labels.NewRequirement` checks it; the error is upstream's text.
    pub fn new(key: &str, operator: Operator, mut values: Vec<String>) -> Result<Self, String> {
        values.arrange();
        values.dedup();
        let mut errs: Vec<String> = validate_key("key", key).err().into_iter().collect();
        let list = || {
            let quoted: Vec<String> = values.iter().map(|v| quote(v)).collect();
            format!("[{}]", quoted.join(","))
        };
        match operator {
            Operator::In | Operator::NotIn if values.is_empty() => errs.push(invalid(
                "values",
                list(),
                "for 'in', 'notin' operators, values set can't be empty",
            )),
            Operator::Equals | Operator::DoubleEquals | Operator::NotEquals
                if values.len() != 1 =>
            {
                errs.push(invalid(
                    "values",
                    list(),
                    "exact-match compatibility requires one single value",
                ));
            }
            Operator::Exists | Operator::DoesNotExist if !values.is_empty() => errs.push(invalid(
                "values",
                list(),
                "values set must be empty for exists and does not exist",
            )),
            Operator::GreaterThan | Operator::LessThan => {
                let text = "for 'Gt', 'Lt' operators, exactly one value is required";
                if values.len() != 1 {
                    errs.push(invalid("values", list(), text));
                }
                for (i, v) in values.iter().enumerate() {
                    if v.parse::<i64>().is_err() {
                        errs.push(invalid(
                            &format!("values[{i}]"),
                            quote(v),
                            "for 'Gt', 'Lt' operators, the value must be an integer",
                        ));
                    }
                }
            }
            _ => {}
        }
        for (i, v) in values.iter().enumerate() {
            let bad = is_valid_label_value(v);
            if !bad.is_empty() {
                errs.push(invalid(
                    &format!("values[{i}][{key}]"),
                    quote(v),
                    &bad.join("; "),
                ));
            }
        }
        if !errs.is_empty() {
            return Err(aggregate(errs));
        }
        Ok(Requirement {
            key: key.to_owned(),
            operator,
            values,
        })
    }

    /// Whether the labels meet it.
    pub fn matches(&self, labels: Option<&Map>) -> bool {
        let value = labels
            .and_then(|m| m.get(&self.key))
            .and_then(Value::as_str);
        let among = |v: &str| self.values.iter().any(|x| x == v);
        match self.operator {
            Operator::In | Operator::Equals | Operator::DoubleEquals => value.is_some_and(among),
            Operator::NotIn | Operator::NotEquals => !value.is_some_and(among),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::GreaterThan | Operator::LessThan => {
                let number = |s: Option<&str>| s.and_then(|s| s.parse::<i64>().ok());
                match (
                    number(value),
                    number(self.values.first().map(String::as_str)),
                ) {
                    (Some(a), Some(b)) if self.operator == Operator::GreaterThan => a > b,
                    (Some(a), Some(b)) => a < b,
                    _ => false,
                }
            }
        }
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (key, values) = (&self.key, self.values.join(","));
        match self.operator {
            Operator::Exists => write!(f, "{key}"),
            Operator::DoesNotExist => write!(f, "!{key}"),
            Operator::Equals => write!(f, "{key}={values}"),
            Operator::DoubleEquals => write!(f, "{key}=={values}"),
            Operator::NotEquals => write!(f, "{key}!={values}"),
            Operator::GreaterThan => write!(f, "{key}>{values}"),
            Operator::LessThan => write!(f, "{key}<{values}"),
            Operator::In => write!(f, "{key} in ({values})"),
            Operator::NotIn => write!(f, "{key} notin ({values})"),
        }
    }
}

impl Selector {
    /// Selects everything.
    pub fn everything() -> Self {
        Self::default()
    }
    /// Selects nothing.
    pub fn nothing() -> Self {
        Selector {
            nothing: true,
            requirements: Vec::new(),
        }
    }
    /// All of these requirements, in order of their keys.
    pub fn from_requirements(mut requirements: Vec<Requirement>) -> Self {
        requirements.arrange_by(|a, b| a.key.cmp(&b.key));
        Selector {
            nothing: false,
            requirements,
        }
    }
    /// Reads `app=web,tier in (a,b),!old` (`labels.Parse`); the error is upstream's text.
    pub fn parse(s: &str) -> Result<Self, String> {
        parser::parse(s).map(Self::from_requirements)
    }
    /// A map of labels that must all be there, unchecked; everything where the map is empty (`SelectorFromSet`).
    pub fn from_set(labels: &Value) -> Self {
        let equals = |(k, v): (&str, &Value)| Requirement {
            key: k.to_owned(),
            operator: Operator::Equals,
            values: vec![v.str().to_owned()],
        };
        Self::from_requirements(labels.fields().map(equals).collect())
    }
    /// A `LabelSelector` object: nothing where it is null, everything where it is empty (`LabelSelectorAsSelector`).
    pub fn from_label_selector(v: &Value) -> Result<Self, String> {
        if v.is_null() {
            return Ok(Self::nothing());
        }
        let mut all = Vec::new();
        for (k, value) in v.get("matchLabels").fields() {
            all.push(Requirement::new(
                k,
                Operator::Equals,
                vec![value.str().to_owned()],
            )?);
        }
        for e in v.get("matchExpressions").items() {
            let operator = match e.get("operator").str() {
                "In" => Operator::In,
                "NotIn" => Operator::NotIn,
                "Exists" => Operator::Exists,
                "DoesNotExist" => Operator::DoesNotExist,
                other => {
                    return Err(format!(
                        "{} is not a valid label selector operator",
                        quote(other)
                    ));
                }
            };
            let values = e.get("values").items();
            let values = values.iter().map(|v| v.str().to_owned()).collect();
            all.push(Requirement::new(e.get("key").str(), operator, values)?);
        }
        Ok(Self::from_requirements(all))
    }
    /// Whether labels (`None` for none at all) are selected.
    pub fn matches(&self, labels: Option<&Map>) -> bool {
        !self.nothing && self.requirements.iter().all(|r| r.matches(labels))
    }
    /// Whether an object's labels are selected.
    pub fn matches_object(&self, object: &Value) -> bool {
        self.matches(object.labels())
    }
    /// Whether it selects everything.
    pub fn is_everything(&self) -> bool {
        !self.nothing && self.requirements.is_empty()
    }
    /// Whether it selects nothing.
    pub fn is_nothing(&self) -> bool {
        self.nothing
    }
    /// The requirements in order of their keys.
    pub fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }
    /// Adds a requirement.
    pub fn add(&mut self, r: Requirement) {
        self.requirements.push(r);
        self.requirements.arrange_by(|a, b| a.key.cmp(&b.key));
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, r) in self.requirements.iter().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            fmt::Display::fmt(r, f)?;
        }
        Ok(())
    }
}

/// `a=1,b=2`, or `<none>` (`labels.FormatLabels`).
pub fn format_labels(labels: &Value) -> String {
    let pairs: Vec<String> = labels
        .fields()
        .map(|(k, v)| format!("{k}={}", v.str()))
        .collect();
    match pairs.join(",") {
        s if s.is_empty() => "<none>".to_owned(),
        s => s,
    }
}

/// A `LabelSelector` object as text: `<none>` where empty, `<error>` where broken (`metav1.FormatLabelSelector`).
pub fn format_label_selector(v: &Value) -> String {
    match Selector::from_label_selector(v) {
        Err(_) => "<error>".to_owned(),
        Ok(s) => match s.to_string() {
            s if s.is_empty() => "<none>".to_owned(),
            s => s,
        },
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn matched(selector: &str) -> String {
        let objects = [
            ("a", crate::tree!({"app": "web", "tier": "front", "n": "1"})),
            ("b", crate::tree!({"app": "web", "n": "2"})),
            ("c", crate::tree!({"app": "", "x.test/y": "z"})),
            ("d", Value::Null),
        ];
        let s = Selector::parse(selector).unwrap();
        objects
            .iter()
            .filter(|(_, l)| s.matches(l.as_map()))
            .map(|(n, _)| *n)
            .collect()
    }

    #[test]
    fn selectors_match() {
        for (selector, want) in [
            ("", "abcd"),
            ("app", "abc"),
            ("!app", "d"),
            ("app=web", "ab"),
            ("app == web", "ab"),
            ("app=", "c"),
            ("app in ()", "c"),
            ("app in (,web)", "abc"),
            ("app!=web", "cd"),
            ("app notin (web,)", "d"),
            ("tier", "a"),
            ("app,!tier", "bc"),
            ("n>1", "b"),
            ("n<2", "a"),
            ("x.test/y=z", "c"),
            ("in in (in)", ""),
        ] {
            assert_eq!(matched(selector), want, "{selector}");
        }
    }

    #[test]
    fn errors_are_upstream_s() {
        for (selector, want) in [
            (
                "=x",
                "found '=', expected: !, identifier, or 'end of string'",
            ),
            ("app=a b", "found 'b', expected: ',' or 'end of string'"),
            ("a=b=c", "found '=', expected: ',' or 'end of string'"),
            (
                "app in web",
                "unable to parse requirement: found 'web' expected: '('",
            ),
            ("app=web,", "found '', expected: identifier after ','"),
            (
                "n in (1",
                "unable to parse requirement: found '', expected: ',' or ')'",
            ),
            (
                "n>x",
                "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
            ),
            (
                "a~b=c",
                "unable to parse requirement: <nil>: Invalid value: \"a~b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
            ),
        ] {
            assert_eq!(Selector::parse(selector).unwrap_err(), want);
        }
        let long = format!("app={}", "x".repeat(64));
        assert!(
            Selector::parse(&long)
                .unwrap_err()
                .contains("values[0][app]: Invalid value: \"xxx")
        );
    }

    #[test]
    fn label_selector_objects_convert() {
        let v = crate::tree!({"matchLabels": {"b": "1"}, "matchExpressions": [{"key": "a", "operator": "In", "values": ["y", "x"]}]});
        let s = Selector::from_label_selector(&v).unwrap();
        assert_eq!(s.to_string(), "a in (x,y),b=1");
        assert!(
            Selector::from_label_selector(&Value::Null)
                .unwrap()
                .is_nothing()
        );
        assert!(
            Selector::from_label_selector(&Value::object())
                .unwrap()
                .is_everything()
        );
        assert_eq!(format_labels(&Value::Null), "<none>");
    }
}
