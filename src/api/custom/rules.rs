//! The rules of schemas, `x-kubernetes-validations` (`schema/cel/validation.go`).

use super::cel::{self, Expr, Val};
use super::{entry_schema, validation};
use crate::apimachinery::field_errors::Bad;
use crate::apimachinery::{ErrorList, FieldError, Path, Value};

const RULES: &str = "x-kubernetes-validations";

/// Whether a schema, or one below it, has rules.
pub fn has_rules(schema: &Value) -> bool {
    let mut found = false;
    each_rule(schema, &mut |_| found = true);
    found
}

/// Rules that cannot be evaluated here, each with the reason.
pub fn not_evaluated(schema: &Value) -> Vec<String> {
    let mut out = Vec::new();
    each_rule(schema, &mut |rule| {
        for field in ["rule", "messageExpression"] {
            let text = rule.get(field).str();
            if !text.is_empty()
                && let Err(why) = cel::compile(text)
            {
                out.push(format!(
                    "{RULES}: the {field} {text:?} is not evaluated: {why}"
                ));
            }
        }
    });
    out
}

/// Why the compiler refuses a rule of a schema: a field that there is not, in upstream's words.
pub fn compile_error(rule: &str, schema: &Value) -> Option<String> {
    let expr = cel::compile(rule).ok()?;
    let (at, name) = cel::undefined_field(&expr, schema)?;
    let before = &rule[..at];
    let start = before.rfind('\n').map_or(0, |i| i + 1);
    let line = rule[start..].lines().next().unwrap_or_default();
    let (number, column) = (
        before.matches('\n').count() + 1,
        before[start..].chars().count(),
    );
    Some(format!(
        "compilation failed: ERROR: <input>:{number}:{}: undefined field '{name}'\n | {line}\n | {}^",
        column + 1,
        ".".repeat(column)
    ))
}

fn each_rule(schema: &Value, f: &mut dyn FnMut(&Value)) {
    schema.get(RULES).items().iter().for_each(&mut *f);
    for field in ["items", "additionalProperties"] {
        if schema.get(field).as_map().is_some() {
            each_rule(schema.get(field), f);
        }
    }
    for (_, property) in schema.get("properties").fields() {
        each_rule(property, f);
    }
}

/// Checks a value against the rules of its schema and of those below; `old` is what stood there before. What stays as it was is asked
/// only by rules that compare the two.
pub fn validate(e: &mut ErrorList, at: &Path, v: &Value, old: Option<&Value>, schema: &Value) {
    if v.is_null() {
        return;
    }
    for rule in schema.get(RULES).items() {
        one(e, at, v, old, rule);
    }
    match v {
        Value::Map(map) => {
            let properties = schema.get("properties");
            for (name, x) in map.iter() {
                if let Some(s) = entry_schema(schema, name) {
                    let path = match properties.has(name) {
                        true => at.child(name),
                        false => at.key(name),
                    };
                    let was = old.and_then(|o| o.as_map()?.get(name));
                    validate(e, &path, x, was, s);
                }
            }
        }
        Value::List(list) => {
            for (i, x) in list.iter().enumerate() {
                let was = validation::before(x, old, schema);
                validate(e, &at.index(i), x, was, schema.get("items"));
            }
        }
        _ => {}
    }
}

fn one(e: &mut ErrorList, at: &Path, v: &Value, old: Option<&Value>, rule: &Value) {
    let text = rule.get("rule").str().trim();
    // What does not compile was warned of when the definition came.
    let Ok(expr) = cel::compile(text) else {
        return;
    };
    let optional = super::flag(rule, "optionalOldSelf");
    let compares = cel::mentions(&expr, "oldSelf");
    if (compares && !optional && old.is_none()) || (!compares && old == Some(v)) {
        return;
    }
    let old = old.map(|o| Val::Json(o.clone()));
    let old = match optional {
        true => Val::Optional(old.map(Box::new)),
        false => old.unwrap_or(Val::Json(Value::Null)),
    };
    let variables = [("self", Val::Json(v.clone())), ("oldSelf", old)];
    let given = rule.get("message").str().trim();
    let shown = if given.is_empty() { text } else { given };
    let nothing = || Bad::raw("");
    match cel::evaluate(&expr, &variables) {
        Ok(Val::Json(Value::Bool(true))) => return,
        Ok(_) => {}
        Err(why) if why == "no such overload" => {
            let text = format!(
                "{why}: call arguments did not match a supported operator, function or macro signature for rule: {shown}"
            );
            return e.push(FieldError::invalid(at, nothing(), text));
        }
        Err(why) => {
            let text = format!("{why} evaluating rule: {shown}");
            return e.push(FieldError::invalid(at, nothing(), text));
        }
    }
    let said = expression(rule.get("messageExpression").str(), &variables);
    let detail = said.unwrap_or_else(|| match given {
        "" => format!("failed rule: {text}"),
        given => given.to_owned(),
    });
    let below = rule
        .get("fieldPath")
        .str()
        .trim_start_matches('.')
        .replace("['", "[")
        .replace("']", "]");
    let path = match below.as_str() {
        "" => *at,
        below => at.child(below),
    };
    e.push(match rule.get("reason").str() {
        "FieldValueForbidden" => FieldError::forbidden(&path, detail),
        "FieldValueRequired" => FieldError::required(&path, detail),
        "FieldValueDuplicate" => FieldError::duplicate(&path, v),
        _ => FieldError::invalid(&path, nothing(), detail),
    });
}

/// The message that an expression makes, where it makes a line of text.
fn expression(text: &str, variables: &[(&str, Val)]) -> Option<String> {
    let expr: Expr = cel::compile(text).ok().filter(|_| !text.is_empty())?;
    match cel::evaluate(&expr, variables) {
        Ok(Val::Json(Value::Str(s))) => {
            let line = s.trim();
            (!line.is_empty() && !line.contains('\n')).then(|| line.to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    fn said(rule: Value, new: Value, old: Option<Value>) -> Vec<String> {
        let mut spec = tree!({"type": "object", "properties": {"n": {"type": "integer"}}});
        spec.set(RULES, vec![rule]);
        let mut schema = tree!({"type": "object", "properties": {}});
        schema.set_at(&["properties", "spec"], spec);
        let wrap = |v: Value| {
            let mut o = Value::object();
            o.set("spec", v);
            o
        };
        let (new, old) = (wrap(new), old.map(wrap));
        let mut e = ErrorList::new();
        validate(&mut e, &Path::new(""), &new, old.as_ref(), &schema);
        e.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn rules_say_what_they_are_told_to_say() {
        let n = |n: i64| tree!({"n": n});
        for (rule, wanted) in [
            (
                tree!({"rule": "self.n > 1", "message": " too small "}),
                "spec: Invalid value: too small",
            ),
            (
                tree!({"rule": "self.n > 1"}),
                "spec: Invalid value: failed rule: self.n > 1",
            ),
            (
                tree!({"rule": "self.n > 1", "messageExpression": "'n is ' + string(self.n)"}),
                "spec: Invalid value: n is 1",
            ),
            (
                tree!({"rule": "self.n > 1", "fieldPath": ".n", "reason": "FieldValueForbidden", "message": "no"}),
                "spec.n: Forbidden: no",
            ),
            (
                tree!({"rule": "self.m > 1"}),
                "spec: Invalid value: no such key: m evaluating rule: self.m > 1",
            ),
        ] {
            assert_eq!(said(rule, n(1), None), [wanted]);
        }
    }

    #[test]
    fn rules_that_compare_need_something_to_compare_with() {
        let n = |n: i64| tree!({"n": n});
        let fixed = || tree!({"rule": "self.n == oldSelf.n", "message": "fixed"});
        assert!(said(fixed(), n(1), None).is_empty());
        assert_eq!(
            said(fixed(), n(2), Some(n(1))),
            ["spec: Invalid value: fixed"]
        );
        let grows = || tree!({"rule": "self.n > oldSelf.orValue({'n': 0}).n", "optionalOldSelf": true, "message": "grow"});
        assert!(said(grows(), n(1), None).is_empty());
        assert_eq!(said(grows(), n(0), None), ["spec: Invalid value: grow"]);
        assert_eq!(
            said(grows(), n(1), Some(n(1))),
            ["spec: Invalid value: grow"]
        );
        // What was wrong before and did not change is let be.
        let big = tree!({"rule": "self.n > 5", "message": "small"});
        assert!(said(big, n(1), Some(n(1))).is_empty());
    }

    #[test]
    fn fields_that_are_not_there_are_found_when_the_rule_is_read() {
        let schema = tree!({"type": "object", "properties": {
            "a": {"type": "object", "properties": {"b": {"type": "integer"}}},
            "l": {"type": "array", "items": {"type": "object", "properties": {"b": {}}}},
            "any": {"x-kubernetes-preserve-unknown-fields": true},
        }});
        for fine in [
            "self.a.b > 1",
            "self.any.x == 1",
            "self.l[0].b == 1",
            "has(self.metadata)",
            "self.l.all(x, x.c)",
        ] {
            assert_eq!(compile_error(fine, &schema), None, "{fine}");
        }
        assert_eq!(
            compile_error("self.a.b > 1 &&\n  has(self.l[0].c)", &schema).as_deref(),
            Some(
                "compilation failed: ERROR: <input>:2:16: undefined field 'c'\n |   has(self.l[0].c)\n | ...............^"
            )
        );
    }

    #[test]
    fn what_is_not_evaluated_is_told() {
        let schema = tree!({"properties": {"a": {"x-kubernetes-validations": [{"rule": "self.all(x, url(x).getHost() == 'a')"}]}}});
        assert!(has_rules(&schema));
        assert_eq!(
            not_evaluated(&schema),
            [
                r#"x-kubernetes-validations: the rule "self.all(x, url(x).getHost() == 'a')" is not evaluated: function "getHost" is not supported"#
            ]
        );
    }
}
