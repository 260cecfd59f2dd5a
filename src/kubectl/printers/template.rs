//! Go templates on objects: a small engine for the subset that people write with `-o go-template`.
//!
//! It has text, pipelines, variables, `if`/`else`, `range`, `with`, `define`-free templates, comments and trim markers,
//! the built-in functions, and kubectl's `exists` and `base64decode`. Anything else is an error that says so.

mod eval;
mod functions;
mod lexer;
mod parser;

use crate::apimachinery::Value;

/// A parsed template.
#[derive(Clone, Debug)]
pub struct Template {
    nodes: Vec<parser::Node>,
    text: String,
    allow_missing: bool,
}

impl Template {
    /// Parses a template; the error is worded as Go's `text/template` words it.
    pub fn parse(text: &str, allow_missing: bool) -> Result<Template, String> {
        let tokens = lexer::lex(text)?;
        Ok(Template {
            nodes: parser::parse(tokens)?,
            text: text.to_owned(),
            allow_missing,
        })
    }

    /// Fills the template in; an error comes with what was written before it.
    pub fn execute(&self, data: &Value) -> Result<String, (String, String)> {
        eval::execute(&self.nodes, data, self.allow_missing)
    }

    /// The template as written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn run(template: &str) -> Result<String, String> {
        let data = crate::tree!({
            "metadata": {"name": "web", "labels": {"app": "shop", "tier": "front"}},
            "spec": {"replicas": 3, "containers": [{"name": "a", "image": "x"}, {"name": "b"}], "paused": false, "none": []},
            "data": {"pw": "aGk="},
        });
        Template::parse(template, true)?
            .execute(&data)
            .map_err(|(_, why)| why)
    }

    #[test]
    fn templates_are_filled_in_as_go_does() {
        let cases = [
            (
                "{{.metadata.name}} {{len .spec.containers}}{{\"\\n\"}}",
                "web 2\n",
            ),
            (
                "{{range .spec.containers}}{{.name}}:{{.image}} {{end}}",
                "a:x b:<no value> ",
            ),
            (
                "{{range $i, $c := .spec.containers}}{{$i}}={{$c.name}};{{end}}",
                "0=a;1=b;",
            ),
            (
                "{{range $k, $v := .metadata.labels}}{{$k}}={{$v}},{{end}}",
                "app=shop,tier=front,",
            ),
            ("{{range .spec.none}}x{{else}}empty{{end}}", "empty"),
            (
                "{{if eq .metadata.name \"web\"}}yes{{else}}no{{end}}",
                "yes",
            ),
            (
                "{{if and .spec.replicas (not .spec.paused)}}go{{end}}",
                "go",
            ),
            (
                "{{if gt .spec.replicas 5}}a{{else if ge .spec.replicas 3}}b{{else}}c{{end}}",
                "b",
            ),
            (
                "{{with .metadata.labels}}{{.app}}{{end}}{{with .nope}}x{{else}}-{{end}}",
                "shop-",
            ),
            (
                "{{index .metadata.labels \"app\"}} {{(index .spec.containers 1).name}}",
                "shop b",
            ),
            (
                "{{printf \"%s-%d|%5s|%v\" .metadata.name .spec.replicas \"x\" .spec.none}}",
                "web-3|    x|[]",
            ),
            ("{{.data.pw | base64decode}}", "hi"),
            (
                "{{$n := .metadata.name}}{{- /* no */ -}} {{$n | printf \"%q\"}}",
                "\"web\"",
            ),
            ("a {{- .metadata.name -}} b", "awebb"),
            ("{{.metadata.labels}}", "map[app:shop tier:front]"),
            (
                "{{if exists . \"spec\" \"replicas\"}}y{{end}}{{if ne .spec.replicas 2}}z{{end}}",
                "yz",
            ),
            (
                "{{range .spec.containers}}{{if eq .name \"b\"}}{{break}}{{end}}{{.name}}{{$.metadata.name}}{{end}}",
                "aweb",
            ),
            (
                "{{println 1 \"a\" true}}{{print \"a\" \"b\" 1 2}}",
                "1 a true\nab1 2",
            ),
        ];
        for (template, want) in cases {
            assert_eq!(run(template).as_deref(), Ok(want), "{template}");
        }
    }

    #[test]
    fn wrong_templates_say_why() {
        assert!(run("{{.a").unwrap_err().contains("unclosed action"));
        assert!(run("{{if .a}}").unwrap_err().contains("unexpected EOF"));
        assert!(
            run("{{nope .a}}")
                .unwrap_err()
                .contains("function \"nope\" not defined")
        );
        assert!(run("{{end}}").unwrap_err().contains("unexpected {{end}}"));
        assert_eq!(
            run("{{.metadata.name}} {{index .spec.containers 9}}").unwrap_err(),
            "template: output:1:21: executing \"output\" at <index .spec.containers 9>: error calling index: index out of range: 9"
        );
        assert_eq!(
            run("{{.spec.containers.name}}").unwrap_err(),
            "template: output:1:7: executing \"output\" at <.spec.containers.name>: can't evaluate field name in type interface {}"
        );
    }
}
