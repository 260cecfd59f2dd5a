//! The rules of schemas, `x-kubernetes-validations` (`schema/cel/validation.go`).

use super::walk::{Earlier, each_part};
use crate::api::cel::{self, Env, Expr, Given, Scope, Type, Val};
use crate::api::strict::base64_decode;
use crate::apimachinery::field_errors::Bad;
use crate::apimachinery::{ErrorList, FieldError, Path, Timestamp, Value, duration};
use std::sync::Arc;

const RULES: &str = "x-kubernetes-validations";

/// Whether a schema, or one below it, has rules.
pub fn has_rules(schema: &Value) -> bool {
    !schema.get(RULES).is_empty()
        || ["items", "additionalProperties"]
            .iter()
            .any(|f| schema.get(f).as_map().is_some() && has_rules(schema.get(f)))
        || schema.get("properties").fields().any(|(_, s)| has_rules(s))
}

/// What a rule of a schema may speak of.
fn env(rule: &Value, schema: &Value) -> Env {
    let own = cel::of_schema(schema);
    let old = match super::flag(rule, "optionalOldSelf") {
        true => Type::Optional(own.clone().into()),
        false => own.clone(),
    };
    Env::default().with("self", own).with("oldSelf", old)
}

/// Why the compiler refuses the rule of a schema, in upstream's words.
pub fn rule_error(rule: &Value, schema: &Value) -> Option<String> {
    match cel::compile(rule.get("rule").str().trim(), &env(rule, schema)) {
        Err(why) => Some(format!("compilation failed: {why}")),
        Ok(done) if !matches!(done.output, Type::Plain("bool")) => {
            Some("cel expression must evaluate to a bool".to_owned())
        }
        Ok(_) => None,
    }
}

/// Why the compiler refuses the expression for a rule's message.
pub fn message_error(rule: &Value, schema: &Value) -> Option<String> {
    let text = rule.get("messageExpression").str().trim();
    if text.is_empty() {
        return None;
    }
    match cel::compile(text, &env(rule, schema)) {
        Err(why) => Some(format!("messageExpression compilation failed: {why}")),
        Ok(done) if !matches!(done.output, Type::Plain("string")) => {
            Some("messageExpression must evaluate to a string".to_owned())
        }
        Ok(_) => None,
    }
}

/// Checks a value against the rules of its schema and of those below; `old` is what stood there before. What stays as it was is asked
/// only by rules that compare the two. All rules about one object share a budget.
pub fn validate(e: &mut ErrorList, at: &Path, v: &Value, old: Option<&Value>, schema: &Value) {
    let mut budget = Some(cel::BUDGET);
    one_value(e, at, v, old, schema, &mut budget);
}

/// `budget` is none once no rule is looked at any more.
fn one_value(
    e: &mut ErrorList,
    at: &Path,
    v: &Value,
    old: Option<&Value>,
    schema: &Value,
    budget: &mut Option<u64>,
) {
    if v.is_null() {
        return;
    }
    for rule in schema.get(RULES).items() {
        if budget.is_some() {
            one(e, at, v, old, rule, schema, budget);
        }
    }
    let earlier = Earlier::new(old, schema);
    each_part(at, v, schema, &mut |path, name, x, s| {
        if budget.is_some() {
            one_value(e, path, x, earlier.of(name, x), s, budget);
        }
    });
}

/// A value as its schema says: bytes, times and durations are no texts.
fn typed(v: &Value, schema: &Value) -> Val {
    match v {
        Value::Str(s) => match schema.get("format").str() {
            "byte" => base64_decode(s)
                .map_or_else(|_| v.clone().into(), |bytes| Val::Bytes(Arc::from(bytes))),
            "duration" => duration::parse_nanos(s).map_or_else(|_| v.clone().into(), Val::Duration),
            "date-time" => Timestamp::parse(s).map_or_else(|| v.clone().into(), Val::Time),
            "date" => Timestamp::parse(&format!("{s}T00:00:00Z"))
                .map_or_else(|| v.clone().into(), Val::Time),
            _ => v.clone().into(),
        },
        Value::List(l) => Val::list(l.iter().map(|x| typed(x, schema.get("items"))).collect()),
        Value::Map(m) => {
            let entry = |(name, x): (&str, &Value)| {
                let s = super::entry_schema(schema, name).unwrap_or(&Value::Null);
                (Val::from(name), typed(x, s))
            };
            Val::map(m.iter().map(entry).collect())
        }
        other => other.clone().into(),
    }
}

/// Whether values of a schema hold what JSON has not.
fn has_formats(schema: &Value) -> bool {
    matches!(
        schema.get("format").str(),
        "byte" | "duration" | "date" | "date-time"
    ) || schema.as_map().is_some_and(|m| {
        ["items", "additionalProperties"]
            .iter()
            .filter_map(|f| m.get(f))
            .any(has_formats)
    }) || schema
        .get("properties")
        .fields()
        .any(|(_, s)| has_formats(s))
}

fn one(
    e: &mut ErrorList,
    at: &Path,
    v: &Value,
    old: Option<&Value>,
    rule: &Value,
    schema: &Value,
    budget: &mut Option<u64>,
) {
    let text = rule.get("rule").str().trim();
    // What cannot be read was refused when the definition came.
    let Ok(expr) = cel::read(text) else {
        return;
    };
    let optional = super::flag(rule, "optionalOldSelf");
    let compares = cel::mentions(&expr, "oldSelf");
    if (compares && !optional && old.is_none()) || (!compares && old == Some(v)) {
        return;
    }
    let formats = has_formats(schema);
    let val = |v: &Value| match formats {
        true => typed(v, schema),
        false => Val::Json(v.clone()),
    };
    let old = old.map(val);
    let old = match optional {
        true => Val::Optional(old.map(Arc::new)),
        false => old.unwrap_or(Val::NULL),
    };
    let mut variables = Given(vec![("self", val(v)), ("oldSelf", old)]);
    let given = rule.get("message").str().trim();
    let shown = if given.is_empty() { text } else { given };
    let invalid = |text: String| FieldError::invalid(at, Bad::raw(""), text);
    let (outcome, cost) = Scope::run(&expr, &mut variables);
    *budget = budget.and_then(|b| b.checked_sub(cost));
    if budget.is_none() {
        return e.push(invalid(cel::OVER_BUDGET.to_owned()));
    }
    match outcome {
        Ok(Val::Json(Value::Bool(true))) => return,
        Ok(_) => {}
        Err(why) if why == cel::OVER_LIMIT => {
            *budget = None;
            return e.push(invalid(format!(
                "'{why}': no further validation rules will be run due to call cost exceeds limit for rule: {shown}"
            )));
        }
        Err(why) if why == "no such overload" => {
            return e.push(invalid(format!(
                "'{why}': call arguments did not match a supported operator, function or macro signature for rule: {shown}"
            )));
        }
        Err(why) => return e.push(invalid(format!("{why} evaluating rule: {shown}"))),
    }
    let said = expression(rule.get("messageExpression").str(), &mut variables, budget);
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
        _ => FieldError::invalid(&path, Bad::raw(""), detail),
    });
}

/// The message that an expression makes, where it makes a line of text.
fn expression(text: &str, variables: &mut Given<'_>, budget: &mut Option<u64>) -> Option<String> {
    let expr: Expr = cel::read(text).ok().filter(|_| !text.is_empty())?;
    let (outcome, cost) = Scope::run(&expr, variables);
    *budget = budget.and_then(|b| b.checked_sub(cost));
    let line = outcome.ok()?.str()?.trim().to_owned();
    (!line.is_empty() && !line.contains('\n')).then_some(line)
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
    fn what_the_compiler_refuses() {
        let schema = tree!({"type": "object", "properties": {
            "a": {"type": "object", "properties": {"b": {"type": "integer"}}},
            "l": {"type": "array", "items": {"type": "object", "properties": {"b": {}}}},
            "any": {"x-kubernetes-preserve-unknown-fields": true},
            "when": {"type": "string", "format": "date-time"},
            "map": {"type": "object", "additionalProperties": {"type": "string"}},
        }});
        let error = |rule: &str| rule_error(&tree!({"rule": rule}), &schema);
        for fine in [
            "self.a.b > 1",
            "self.any.x == 1",
            "self.l[0].b == 1",
            "has(self.metadata)",
            "self.l.all(x, x.b)",
            "self.when < timestamp('2026-01-01T00:00:00Z')",
            "self.map.all(k, self.map[k].startsWith('a'))",
        ] {
            assert_eq!(error(fine), None, "{fine}");
        }
        assert_eq!(
            error("self.a.b > 1 &&\n  has(self.l[0].c)").as_deref(),
            Some(
                "compilation failed: ERROR: <input>:2:16: undefined field 'c'\n |   has(self.l[0].c)\n | ...............^"
            )
        );
        assert_eq!(
            error("self.a.b + 1").as_deref(),
            Some("cel expression must evaluate to a bool")
        );
        assert_eq!(
            error("self.a.b > 'x'").as_deref(),
            Some(
                "compilation failed: ERROR: <input>:1:10: found no matching overload for '_>_' applied to '(int, string)'\n | self.a.b > 'x'\n | .........^"
            )
        );
    }

    #[test]
    fn rules_as_they_are_commonly_written_are_accepted() {
        let schema = tree!({"type": "object", "properties": {
            "name": {"type": "string"}, "kind": {"type": "string", "nullable": true}, "n": {"type": "integer"}, "f": {"type": "number"},
            "amount": {"x-kubernetes-int-or-string": true}, "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "ports": {"type": "array", "items": {"type": "object", "properties": {
                "name": {"type": "string"}, "port": {"type": "integer"}, "tls": {"type": "object", "properties": {"mode": {"type": "string"}}}}}},
            "tags": {"type": "array", "items": {"type": "string"}}, "any": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
            "in": {"type": "string"}, "a-b": {"type": "string"},
        }});
        for rule in [
            "self == oldSelf",
            "!has(oldSelf.name) || has(self.name)",
            "self.ports.all(l, l.name in ['http', 'tcp'] ? !has(l.tls) : true)",
            "self.ports.all(a, self.ports.exists_one(b, a.name == b.name && a.port == b.port))",
            "(size(self.name) == 0 && self.kind == 'Service') ? has(self.n) : true",
            "self.ports.filter(p, has(p.tls) && p.tls.mode == 'x').size() <= 1",
            "!('*' in self.tags && self.tags.size() > 1)",
            "type(self.amount) == string ? self.amount.endsWith('%') : self.amount > 0",
            "quantity(self.amount).isGreaterThan(quantity('0'))",
            "self.f > 0 && self.f < 1.5 && double(self.n) == self.f",
            "self.labels.all(k, k.startsWith('a') && self.labels[k].matches('^[a-z]+$'))",
            "self.metadata.name.size() < 63 && self.metadata.name.startsWith('x')",
            "self.kind == null || self.kind != ''",
            "self.?name.orValue('') == '' || self.tags.join(',') != self.name.split('/')[0]",
            "isURL(self.name) && ['http', 'https'].exists(s, url(self.name).getScheme() == s)",
            "self.ports.map(p, p.port).isSorted() && self.ports.map(p, p.port).sum() < 100",
            "self.any.x.y == 1 && self.__in__ == '' && self.a__dash__b == ''",
            "duration('1m') > duration('1s') && self.n + 1 > self.n * 2 - self.n % 3",
            "[self.name, self.kind].all(x, x != '') && {'a': 1}.size() == 1",
            "cidr('10.0.0.0/8').containsIP(ip(self.name)) || !isIP(self.name)",
            "self.tags.transformMap(i, t, i > 0, t).all(k, v, v != '')",
        ] {
            assert_eq!(rule_error(&tree!({"rule": rule}), &schema), None, "{rule}");
        }
    }

    #[test]
    fn times_of_a_schema_are_times() {
        let schema = tree!({"type": "object", "properties": {"when": {"type": "string", "format": "date-time"}, "a-b": {"type": "integer"}},
            "x-kubernetes-validations": [{"rule": "self.when > timestamp('2026-01-01T00:00:00Z') && self.a__dash__b == 1"}]});
        let mut e = ErrorList::new();
        let object = tree!({"when": "2026-02-01T00:00:00Z", "a-b": 1});
        validate(&mut e, &Path::new(""), &object, None, &schema);
        assert!(e.is_empty());
    }

    #[test]
    fn all_rules_of_one_object_share_a_budget() {
        let schema = tree!({"type": "array", "items": {"type": "array", "items": {"type": "integer"},
            "x-kubernetes-validations": [{"rule": "self.all(x, self.exists(y, y == x))"}]}});
        let row: Vec<Value> = (0..300_i64).map(Value::from).collect();
        let rows: Vec<Value> = (0..200).map(|_| Value::from(row.clone())).collect();
        let mut e = ErrorList::new();
        validate(&mut e, &Path::new("l"), &rows.into(), None, &schema);
        let all: Vec<String> = e.iter().map(ToString::to_string).collect();
        assert_eq!(all.len(), 1, "{all:?}");
        assert!(all[0].ends_with(cel::OVER_BUDGET), "{all:?}");
    }
}
