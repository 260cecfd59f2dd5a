//! kubectl's JSONPath dialect (`k8s.io/client-go/util/jsonpath`): templates of text and `{…}` actions.

mod eval;
mod parser;

use super::strconv::{format_float, go_json};
use super::value::Value;
use parser::Node;

/// A parsed template.
#[derive(Clone, Debug)]
pub struct JsonPath {
    nodes: Vec<Node>,
    allow_missing: bool,
}

impl JsonPath {
    /// Parses a template such as `{range .items[*]}{.metadata.name}{"\n"}{end}`; the error is upstream's text.
    pub fn parse(template: &str) -> Result<Self, String> {
        Ok(JsonPath {
            nodes: parser::parse(template)?,
            allow_missing: false,
        })
    }
    /// Whether a field that is missing gives nothing instead of the error `x is not found`.
    pub fn allow_missing_keys(mut self, allow: bool) -> Self {
        self.allow_missing = allow;
        self
    }
    /// What each part of the template found; text gives itself.
    pub fn find_results(&self, data: &Value) -> Result<Vec<Vec<Value>>, String> {
        eval::find(&self.nodes, data, self.allow_missing)
    }
    /// The template filled in.
    pub fn execute(&self, data: &Value) -> Result<String, String> {
        let mut out = String::new();
        for results in self.find_results(data)? {
            let texts: Vec<String> = results.iter().map(text).collect();
            out.push_str(&texts.join(" "));
        }
        Ok(out)
    }
    /// Every part's results as an indented JSON list (`-o jsonpath-as-json`).
    pub fn execute_as_json(&self, data: &Value) -> Result<String, String> {
        let mut out = String::new();
        for results in self.find_results(data)? {
            out.push_str(&Value::from(results).to_json_pretty());
            out.push('\n');
        }
        Ok(out)
    }
}

/// One result as text: maps and lists as JSON, the rest plainly.
pub fn text(v: &Value) -> String {
    match v {
        Value::Null => "null".to_owned(),
        Value::Bool(b) => b.to_string(),
        Value::Int(i) => i.to_string(),
        Value::Float(f) => format_float(*f),
        Value::Str(s) => s.as_str().to_owned(),
        Value::List(_) | Value::Map(_) => go_json(v),
    }
}

/// Makes a template of `x.y`, `.x.y`, `{x.y}` or `{.x.y}`, as `--sort-by` and custom columns take them (`RelaxedJSONPathExpression`).
pub fn relaxed(expression: &str) -> Result<String, String> {
    if expression.is_empty() {
        return Ok(String::new());
    }
    let inner = expression
        .strip_prefix('{')
        .and_then(|e| e.strip_suffix('}'))
        .unwrap_or(expression);
    let spec = match inner.strip_prefix('.') {
        Some("") => inner,
        Some(rest) => rest,
        None => inner,
    };
    if spec.is_empty() || spec.contains(['{', '}']) {
        return Err("unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'".to_owned());
    }
    Ok(format!("{{.{spec}}}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn data() -> Value {
        crate::tree!({
            "kind": "List",
            "items": [
                {"metadata": {"name": "a", "labels": {"x.y/z": "1"}}, "n": 1, "ready": true, "ips": ["1.1", "1.2"]},
                {"metadata": {"name": "b"}, "n": 2.5, "ready": false},
                {"metadata": {"name": "c"}, "n": 3, "t": "<&>"},
            ],
            "none": null,
        })
    }

    #[test]
    fn templates_are_filled_in() {
        for (template, want) in [
            ("{.kind}", "List"),
            ("kind is {.kind}!", "kind is List!"),
            ("{$.kind} {@.kind}", "List List"),
            ("{.items[*].metadata.name}", "a b c"),
            ("{.items[0].metadata['name']}", "a"),
            ("{.items[-1].metadata.name}", "c"),
            ("{.items[0:2].metadata.name}", "a b"),
            ("{.items[::2].metadata.name}", "a c"),
            ("{.items[0,2].metadata.name}", "a c"),
            ("{.items[*]['metadata.name', 'n']}", "a b c 1 2.5 3"),
            ("{..name}", "a b c"),
            ("{.items[*].n}", "1 2.5 3"),
            (r"{.items[0].metadata.labels.x\.y/z}", "1"),
            ("{.items[0].metadata.labels}", r#"{"x.y/z":"1"}"#),
            (r#"{.items[?(@.metadata.name=="b")].n}"#, "2.5"),
            (r#"{.items[?(@.metadata.name!='b')].metadata.name}"#, "a c"),
            ("{.items[?(@.ips)].metadata.name}", "a"),
            ("{.items[?(@.ready==true)].metadata.name}", "a"),
            (
                r#"{range .items[*]}{.metadata.name}{"\t"}{.t}{"\n"}{end}done"#,
                "a\t\nb\t\nc\t<&>\ndone",
            ),
            (
                r#"{range .items[*]}{range .ips[*]}[{@}]{end};{end}"#,
                "[1.1][1.2];;;",
            ),
            ("{range .no[*]}{.x}{end}after", "after"),
            (
                "{.items[2]}",
                r#"{"metadata":{"name":"c"},"n":3,"t":"\u003c\u0026\u003e"}"#,
            ),
            ("{.none}", "null"),
            ("", ""),
        ] {
            let path = JsonPath::parse(template).unwrap().allow_missing_keys(true);
            assert_eq!(path.execute(&data()).as_deref(), Ok(want), "{template}");
        }
    }

    #[test]
    fn errors_are_upstream_s() {
        for (template, want) in [
            ("{.kind", "unclosed action"),
            ("{.items[}", "unterminated array"),
            ("{.items[x]}", "invalid array index x"),
            ("{.items[?(@.a==1]}", "unterminated filter"),
            ("{\"a}", "unterminated quoted string"),
            ("{...x}", "invalid multiple recursive descent"),
            ("{#}", "unrecognized character in action: U+0023 '#'"),
        ] {
            match JsonPath::parse(template) {
                Err(e) => assert_eq!(e, want),
                Ok(_) => assert_eq!(want, "invalid multiple recursive descent", "{template}"),
            }
        }
        for (template, want) in [
            ("{.x}", "x is not found"),
            (
                "{.items[7]}",
                "array index out of bounds: index 7, length 3",
            ),
            ("{.kind[0]}", "string is not array or slice"),
            ("{end}", "not in range, nothing to end"),
            ("{foo}", "unrecognized identifier foo"),
        ] {
            let path = JsonPath::parse(template).unwrap();
            assert_eq!(path.execute(&data()).unwrap_err(), want);
        }
    }

    #[test]
    fn short_forms_become_templates() {
        for e in ["a.b", ".a.b", "{a.b}", "{.a.b}"] {
            assert_eq!(relaxed(e).as_deref(), Ok("{.a.b}"));
        }
        assert!(relaxed("{a}{b}").is_err());
        let one = JsonPath::parse("{.items[0].ips}").unwrap();
        assert_eq!(
            one.execute_as_json(&data()).unwrap(),
            "[\n    [\n        \"1.1\",\n        \"1.2\"\n    ]\n]\n"
        );
    }
}
