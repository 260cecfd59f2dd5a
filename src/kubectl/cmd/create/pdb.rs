//! `kubectl create poddisruptionbudget`

use super::{KIND_FLAGS, submit};
use crate::apimachinery::Value;
use crate::apimachinery::labels::{Operator, Selector};
use crate::kubectl::cmd::common::{name_argument, new_object};
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::OUTPUT_FLAGS;
use crate::tree;

/// The command.
pub static PDB: Command = Command {
    name: "poddisruptionbudget",
    aliases: &["pdb"],
    args: "NAME --selector=SELECTOR --min-available=N [--dry-run=server|client|none]",
    short: "Create a pod disruption budget with the specified name",
    flags: &[FLAGS, KIND_FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    Flag::string(
        "max-unavailable",
        "How many pods may be missing: a number or a percentage.",
    ),
    Flag::string(
        "min-available",
        "How many pods must be there: a number or a percentage.",
    ),
    Flag::string("selector", "Which pods the budget is about."),
];

async fn run(cx: &Cx) -> Outcome {
    let name = name_argument(cx)?;
    let (selector, min, max) = (
        cx.flags.str("selector"),
        cx.flags.str("min-available"),
        cx.flags.str("max-unavailable"),
    );
    if selector.is_empty() {
        return Err(Error::msg("a selector must be specified"));
    }
    match (min, max) {
        ("", "") => {
            return Err(Error::msg(
                "one of min-available or max-unavailable must be specified",
            ));
        }
        (min, max) if !min.is_empty() && !max.is_empty() => {
            return Err(Error::msg(
                "min-available and max-unavailable cannot be both specified",
            ));
        }
        _ => {}
    }
    let mut object = new_object("policy/v1", "PodDisruptionBudget", name);
    object.set_at(&["spec", "selector"], label_selector(selector)?);
    for (field, flag) in [("minAvailable", min), ("maxUnavailable", max)] {
        if !flag.is_empty() {
            let name = if field == "minAvailable" {
                "min-available"
            } else {
                "max-unavailable"
            };
            object.set_at(&["spec", field], int_or_percent(flag, name)?);
        }
    }
    object.set(
        "status",
        tree!({"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0}),
    );
    submit(cx, object, "failed to create poddisruptionbudgets:").await
}

fn int_or_percent(text: &str, flag: &str) -> Result<Value, Error> {
    let digits = text.strip_suffix('%').unwrap_or(text);
    if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_digit()) {
        return Err(Error::msg(format!("invalid format specified for {flag}")));
    }
    match digits.parse::<i32>() {
        Ok(n) if digits.len() == text.len() => Ok(n.into()),
        Ok(_) => Ok(text.into()),
        Err(_) => Err(Error::msg(format!("invalid format specified for {flag}"))),
    }
}

/// A label selector as an object, from its text (`metav1.ParseToLabelSelector`).
pub fn label_selector(text: &str) -> Result<Value, Error> {
    let parsed = Selector::parse(text).map_err(|e| {
        Error::msg(format!(
            "couldn't parse the selector string \"{text}\": {e}"
        ))
    })?;
    let mut out = Value::object();
    for r in parsed.requirements() {
        let values = tree!(r.values);
        let operator = match r.operator {
            Operator::Equals | Operator::DoubleEquals => {
                out.set_at(&["matchLabels", &r.key], values.items()[0].clone());
                continue;
            }
            Operator::In => "In",
            Operator::NotIn => "NotIn",
            Operator::Exists => "Exists",
            Operator::DoesNotExist => "DoesNotExist",
            _ => {
                return Err(Error::msg(format!(
                    "\"{}\" isn't supported in label selectors",
                    text
                )));
            }
        };
        let mut expression = tree!({"key": r.key, "operator": operator});
        if !r.values.is_empty() {
            expression.set("values", values);
        }
        out.entry("matchExpressions").push(expression);
    }
    Ok(out)
}
