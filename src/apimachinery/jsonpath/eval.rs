//! Walking an object along a template.

use super::parser::{Node, Param};
use crate::apimachinery::strconv::sprint;
use crate::apimachinery::value::Value;
use std::borrow::Cow;
use std::cmp::Ordering;

/// The most results of one template, against descents that multiply.
const MAX_RESULTS: usize = 1_000_000;

type Found<'a> = Vec<Cow<'a, Value>>;

struct Walker {
    allow_missing: bool,
    begin_range: usize,
    in_range: usize,
    end_range: usize,
    last_end: Option<usize>,
    results: usize,
}

pub(super) fn find(
    nodes: &[Node],
    data: &Value,
    allow_missing: bool,
) -> Result<Vec<Vec<Value>>, String> {
    let mut w = Walker {
        allow_missing,
        begin_range: 0,
        in_range: 0,
        end_range: 0,
        last_end: None,
        results: 0,
    };
    w.find(nodes, 0, Some(data))
}

/// Go's name of a value's type.
fn type_name(v: &Value) -> &'static str {
    match v {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int64",
        Value::Float(_) => "float64",
        Value::Str(_) => "string",
        Value::List(_) => "[]interface {}",
        Value::Map(_) => "map[string]interface {}",
    }
}

impl Walker {
    /// Results of the nodes from `start` on; `None` data only moves on to the end of a range.
    fn find(
        &mut self,
        nodes: &[Node],
        start: usize,
        data: Option<&Value>,
    ) -> Result<Vec<Vec<Value>>, String> {
        let mut out: Vec<Vec<Value>> = Vec::new();
        let mut i = start;
        while i < nodes.len() {
            let input: Found = data.into_iter().map(Cow::Borrowed).collect();
            let found = self.walk(input, &nodes[i])?;
            if self.end_range > 0 && self.end_range <= self.in_range {
                self.end_range -= 1;
                self.last_end = Some(i);
                break;
            }
            if self.begin_range > 0 {
                self.begin_range -= 1;
                self.in_range += 1;
                if self.in_range > 64 {
                    return Err("ranges nest too deeply".to_owned());
                }
                if found.is_empty() {
                    self.find(nodes, i + 1, None)?;
                }
                for value in &found {
                    out.extend(self.find(nodes, i + 1, Some(value))?);
                }
                self.in_range -= 1;
                if let Some(end) = self.last_end.filter(|e| *e > i) {
                    i = end;
                }
                i += 1;
                continue;
            }
            self.results += found.len();
            if self.results > MAX_RESULTS {
                return Err("the template gives too many results".to_owned());
            }
            out.push(found.into_iter().map(Cow::into_owned).collect());
            i += 1;
        }
        Ok(out)
    }

    fn list<'a>(&mut self, input: Found<'a>, nodes: &[Node]) -> Result<Found<'a>, String> {
        let mut current = input;
        for node in nodes {
            current = self.walk(current, node)?;
        }
        Ok(current)
    }

    fn walk<'a>(&mut self, input: Found<'a>, node: &Node) -> Result<Found<'a>, String> {
        let one = |v: Value| Ok(vec![Cow::Owned(v)]);
        match node {
            Node::Text(s) => one(Value::from(s.as_str())),
            Node::Int(i) => one(Value::Int(*i)),
            Node::Float(f) => one(Value::Float(*f)),
            Node::Bool(b) => one(Value::Bool(*b)),
            Node::List(nodes) => self.list(input, nodes),
            Node::Field(name) => self.field(input, name),
            Node::Array(params) => array(input, *params),
            Node::Wildcard => Ok(input.into_iter().flat_map(children).collect()),
            Node::Recursive => {
                let mut out = Vec::new();
                for v in input {
                    recurse(v, &mut out);
                }
                Ok(out)
            }
            Node::Union(branches) => {
                let mut out = Vec::new();
                for branch in branches {
                    out.extend(self.list(input.clone(), branch)?);
                }
                Ok(out)
            }
            Node::Filter {
                left,
                operator,
                right,
            } => self.filter(input, left, operator, right),
            Node::Identifier(name) => match name.as_str() {
                "range" => {
                    self.begin_range += 1;
                    Ok(input)
                }
                "end" if self.in_range > 0 => {
                    self.end_range += 1;
                    Ok(Vec::new())
                }
                "end" => Err("not in range, nothing to end".to_owned()),
                _ => Err(format!("unrecognized identifier {name}")),
            },
        }
    }

    fn field<'a>(&self, input: Found<'a>, name: &str) -> Result<Found<'a>, String> {
        if input.is_empty() {
            return Ok(input);
        }
        let pick = |v: Cow<'a, Value>| match v {
            Cow::Borrowed(v) => v.as_map().and_then(|m| m.get(name)).map(Cow::Borrowed),
            Cow::Owned(v) => v
                .as_map()
                .and_then(|m| m.get(name))
                .cloned()
                .map(Cow::Owned),
        };
        let out: Found = input.into_iter().filter_map(pick).collect();
        if out.is_empty() && !self.allow_missing {
            return Err(format!("{name} is not found"));
        }
        Ok(out)
    }

    fn filter<'a>(
        &mut self,
        input: Found<'a>,
        left: &[Node],
        operator: &str,
        right: &[Node],
    ) -> Result<Found<'a>, String> {
        let mut out = Vec::new();
        for value in input {
            if value.as_list().is_none() {
                return Err(format!(
                    "{} is not array or slice and cannot be filtered",
                    sprint(&value)
                ));
            }
            for item in children(value) {
                let lefts = self.list(vec![Cow::Borrowed(&*item)], left);
                if operator == "exists" {
                    if lefts.is_ok_and(|l| !l.is_empty()) {
                        out.push(item);
                    }
                    continue;
                }
                let lefts = lefts?;
                let rights = self.list(vec![Cow::Borrowed(&*item)], right)?;
                let keep = match (&lefts[..], &rights[..]) {
                    ([], _) | (_, []) => false,
                    ([l], [r]) => compare(l, r, operator)?,
                    _ => return Err("can only compare one element at a time".to_owned()),
                };
                if keep {
                    out.push(item);
                }
            }
        }
        Ok(out)
    }
}

/// The items of a list or the values of a map.
fn children(v: Cow<'_, Value>) -> Found<'_> {
    match v {
        Cow::Borrowed(Value::List(l)) => l.iter().map(Cow::Borrowed).collect(),
        Cow::Borrowed(Value::Map(m)) => m.values().map(Cow::Borrowed).collect(),
        Cow::Owned(Value::List(l)) => l.iter().cloned().map(Cow::Owned).collect(),
        Cow::Owned(Value::Map(m)) => m.values().cloned().map(Cow::Owned).collect(),
        _ => Vec::new(),
    }
}

fn recurse<'a>(v: Cow<'a, Value>, out: &mut Found<'a>) {
    let inner = children(v.clone());
    if inner.is_empty() {
        return;
    }
    out.push(v);
    for child in inner {
        recurse(child, out);
    }
}

fn array(input: Found<'_>, params: [Param; 3]) -> Result<Found<'_>, String> {
    let mut out = Vec::new();
    for value in input {
        let length = match &*value {
            Value::Null => continue,
            Value::List(l) => l.len() as i64,
            other => return Err(format!("{} is not array or slice", type_name(other))),
        };
        let [start, end, step] = params;
        let mut from = if start.known { start.value } else { 0 };
        if from < 0 {
            from += length;
        }
        let mut to = if end.known { end.value } else { length };
        if to < 0 || (to == 0 && end.derived) {
            to += length;
        }
        if from == to {
            return Ok(out);
        }
        let bounds = |i: i64| format!("array index out of bounds: index {i}, length {length}");
        if from >= length || from < 0 {
            return Err(bounds(from));
        }
        if to > length || to < 0 {
            return Err(bounds(to - 1));
        }
        if from > to {
            return Err(format!(
                "starting index {from} is greater than ending index {to}"
            ));
        }
        if step.known && step.value <= 0 {
            return Err("step must be > 0".to_owned());
        }
        let step = if step.known { step.value as usize } else { 1 };
        let items = children(value).into_iter();
        out.extend(items.take(to as usize).skip(from as usize).step_by(step));
    }
    Ok(out)
}

fn compare(left: &Value, right: &Value, operator: &str) -> Result<bool, String> {
    let order = match (left, right) {
        (Value::Str(a), Value::Str(b)) => Some(a.cmp(b)),
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        (Value::Bool(a), Value::Bool(b)) => match operator {
            "==" | "!=" => Some(a.cmp(b)),
            _ => return Err("invalid type for comparison".to_owned()),
        },
        (Value::Map(_) | Value::List(_) | Value::Null, _)
        | (_, Value::Map(_) | Value::List(_) | Value::Null) => {
            return Err("invalid type for comparison".to_owned());
        }
        _ => return Err("incompatible types for comparison".to_owned()),
    };
    let is = |o: Ordering| order == Some(o);
    Ok(match operator {
        "==" => is(Ordering::Equal),
        "!=" => !is(Ordering::Equal),
        "<" => is(Ordering::Less),
        ">" => is(Ordering::Greater),
        "<=" => is(Ordering::Less) || is(Ordering::Equal),
        ">=" => is(Ordering::Greater) || is(Ordering::Equal),
        _ => return Err(format!("unrecognized filter operator {operator}")),
    })
}
