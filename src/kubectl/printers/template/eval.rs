//! Filling a template in.

use super::functions::{self, Item};
use super::parser::{Branch, Node, Operand, Pipeline};
use crate::apimachinery::Value;

/// How much a template may write.
const MAX_OUTPUT: usize = 16 * 1024 * 1024;

enum Flow {
    Go,
    Break,
    Continue,
}

struct Eval {
    variables: Vec<(String, Item)>,
    out: String,
    allow_missing: bool,
}

/// Where an operand stands, for errors.
#[derive(Clone, Copy)]
struct Place {
    line: usize,
    column: usize,
}

impl Place {
    fn fail(self, what: &str, why: &str) -> String {
        format!(
            "template: output:{}:{}: executing \"output\" at <{what}>: {why}",
            self.line, self.column
        )
    }
}

/// Fills a template in with `data` as its dot; an error comes with what was written before it.
pub fn execute(
    nodes: &[Node],
    data: &Value,
    allow_missing: bool,
) -> Result<String, (String, String)> {
    let root = Item::Some(data.clone());
    let mut eval = Eval {
        variables: vec![(String::new(), root.clone())],
        out: String::new(),
        allow_missing,
    };
    match eval.nodes(nodes, &root) {
        Ok(_) => Ok(eval.out),
        Err(why) => Err((eval.out, why)),
    }
}

impl Eval {
    fn nodes(&mut self, nodes: &[Node], dot: &Item) -> Result<Flow, String> {
        for node in nodes {
            let flow = match node {
                Node::Text(text) => {
                    self.write(text)?;
                    Flow::Go
                }
                Node::Action(pipeline) => {
                    let value = self.pipeline(pipeline, dot)?;
                    if pipeline.variables.is_empty() {
                        self.write(&value.text())?;
                    }
                    Flow::Go
                }
                Node::If(branch) => self.branch(branch, dot, false)?,
                Node::With(branch) => self.branch(branch, dot, true)?,
                Node::Range(branch) => self.range(branch, dot)?,
                Node::Break => Flow::Break,
                Node::Continue => Flow::Continue,
            };
            if !matches!(flow, Flow::Go) {
                return Ok(flow);
            }
        }
        Ok(Flow::Go)
    }

    fn write(&mut self, text: &str) -> Result<(), String> {
        if self.out.len() + text.len() > MAX_OUTPUT {
            return Err("template: output: the output is too large".to_owned());
        }
        self.out.push_str(text);
        Ok(())
    }

    fn branch(&mut self, branch: &Branch, dot: &Item, with: bool) -> Result<Flow, String> {
        let mark = self.variables.len();
        let value = self.pipeline(&branch.pipeline, dot)?;
        let flow = if value.is_true() {
            self.nodes(&branch.then, if with { &value } else { dot })
        } else {
            self.nodes(&branch.otherwise, dot)
        };
        self.variables.truncate(mark);
        flow
    }

    fn range(&mut self, branch: &Branch, dot: &Item) -> Result<Flow, String> {
        let mark = self.variables.len();
        let mut pipeline = branch.pipeline.clone();
        let names = std::mem::take(&mut pipeline.variables);
        let over = self.pipeline(&pipeline, dot)?;
        let pairs: Vec<(Value, Value)> = match &over {
            Item::Some(Value::List(list)) => list
                .iter()
                .enumerate()
                .map(|(i, v)| (Value::from(i), v.clone()))
                .collect(),
            Item::Some(Value::Map(map)) => map
                .iter()
                .map(|(k, v)| (Value::from(k), v.clone()))
                .collect(),
            Item::Some(Value::Int(n)) if *n >= 0 => (0..(*n).min(100_000))
                .map(|i| (Value::Int(i), Value::Int(i)))
                .collect(),
            Item::None | Item::Some(Value::Null) => Vec::new(),
            Item::Some(other) => {
                return Err(format!(
                    "template: output:{}: executing \"output\": range can't iterate over {}",
                    pipeline.line,
                    functions::text(other)
                ));
            }
        };
        if pairs.is_empty() {
            return self.nodes(&branch.otherwise, dot);
        }
        for (key, value) in pairs {
            match &names[..] {
                [k, v] => {
                    self.variables.push((k.clone(), Item::Some(key)));
                    self.variables.push((v.clone(), Item::Some(value.clone())));
                }
                [v] => self.variables.push((v.clone(), Item::Some(value.clone()))),
                _ => {}
            }
            let flow = self.nodes(&branch.then, &Item::Some(value))?;
            self.variables.truncate(mark);
            if matches!(flow, Flow::Break) {
                break;
            }
        }
        Ok(Flow::Go)
    }

    fn pipeline(&mut self, pipeline: &Pipeline, dot: &Item) -> Result<Item, String> {
        let mut last: Option<Item> = None;
        for command in &pipeline.commands {
            last = Some(self.command(command, last, dot, pipeline.line)?);
        }
        let value = last.unwrap_or(Item::None);
        for name in &pipeline.variables {
            if pipeline.declares {
                self.variables.push((name.clone(), value.clone()));
            } else {
                match self.variables.iter_mut().rev().find(|(n, _)| n == name) {
                    Some((_, slot)) => *slot = value.clone(),
                    None => return Err(undefined(name, pipeline.line)),
                }
            }
        }
        Ok(value)
    }

    fn command(
        &mut self,
        operands: &[(Operand, usize)],
        piped: Option<Item>,
        dot: &Item,
        line: usize,
    ) -> Result<Item, String> {
        let (first, column) = &operands[0];
        let place = Place {
            line,
            column: *column,
        };
        let words: Vec<String> = operands.iter().map(|(o, _)| describe(o)).collect();
        if let Operand::Function(name) = first {
            if matches!(name.as_str(), "and" | "or") {
                return self.short_circuit(name, &operands[1..], piped, dot, line);
            }
            let mut args = Vec::new();
            for operand in &operands[1..] {
                args.push(self.operand(operand, dot, line)?);
            }
            args.extend(piped);
            return functions::call(name, &args).map_err(|why| {
                place.fail(&words.join(" "), &format!("error calling {name}: {why}"))
            });
        }
        if operands.len() > 1 || piped.is_some() {
            let why = format!("can't give argument to non-function {}", words[0]);
            return Err(place.fail(&words[0], &why));
        }
        self.operand(&operands[0], dot, line)
    }

    /// `and` and `or` give the operand that decides, without looking at the rest.
    fn short_circuit(
        &mut self,
        name: &str,
        operands: &[(Operand, usize)],
        piped: Option<Item>,
        dot: &Item,
        line: usize,
    ) -> Result<Item, String> {
        let mut last = Item::None;
        for operand in operands {
            last = self.operand(operand, dot, line)?;
            if last.is_true() == (name == "or") {
                return Ok(last);
            }
        }
        Ok(piped.unwrap_or(last))
    }

    fn operand(
        &mut self,
        placed: &(Operand, usize),
        dot: &Item,
        line: usize,
    ) -> Result<Item, String> {
        let (operand, column) = placed;
        let place = Place {
            line,
            column: *column,
        };
        match operand {
            Operand::Constant(value) => Ok(Item::Some(value.clone())),
            Operand::Nil => Ok(Item::Some(Value::Null)),
            Operand::Fields(path) => self.fields(dot.clone(), path, operand, place),
            Operand::Variable(name, path) => {
                let found = self.variables.iter().rev().find(|(n, _)| n == name);
                let value = found.ok_or_else(|| undefined(name, line))?.1.clone();
                self.fields(value, path, operand, place)
            }
            Operand::Function(_) => self.command(std::slice::from_ref(placed), None, dot, line),
            Operand::Group(pipeline, path) => {
                let value = self.pipeline(pipeline, dot)?;
                self.fields(value, path, operand, place)
            }
        }
    }

    fn fields(
        &self,
        start: Item,
        path: &[String],
        operand: &Operand,
        place: Place,
    ) -> Result<Item, String> {
        let mut value = start;
        for name in path {
            let fail = |why: String| Err(place.fail(&describe(operand), &why));
            value = match value {
                Item::Some(Value::Map(map)) => match map.get(name) {
                    Some(v) => Item::Some(v.clone()),
                    None if self.allow_missing => Item::None,
                    None => return fail(format!("map has no entry for key {name:?}")),
                },
                Item::None => Item::None,
                Item::Some(Value::Null) => {
                    return fail(format!("nil pointer evaluating interface {{}}.{name}"));
                }
                Item::Some(_) => {
                    return fail(format!(
                        "can't evaluate field {name} in type interface {{}}"
                    ));
                }
            };
        }
        Ok(value)
    }
}

fn undefined(name: &str, line: usize) -> String {
    format!("template: output:{line}: undefined variable \"${name}\"")
}

fn describe(operand: &Operand) -> String {
    let join = |path: &[String]| path.iter().map(|p| format!(".{p}")).collect::<String>();
    match operand {
        Operand::Constant(v) => v.to_json(),
        Operand::Nil => "nil".to_owned(),
        Operand::Fields(path) if path.is_empty() => ".".to_owned(),
        Operand::Fields(path) => join(path),
        Operand::Variable(name, path) => format!("${name}{}", join(path)),
        Operand::Function(name) => name.clone(),
        Operand::Group(_, path) => format!("(…){}", join(path)),
    }
}
