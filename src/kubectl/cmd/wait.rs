//! `kubectl wait`

use super::{ALL_NAMESPACES, FILENAME_FLAGS, SELECTOR};
use crate::apimachinery::http::WatchType;
use crate::apimachinery::jsonpath::{self, JsonPath};
use crate::apimachinery::strconv::sprint;
use crate::apimachinery::{Timestamp, Value};
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::env::{Raced, race};
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::{OUTPUT_FLAGS, Printer};
use crate::kubectl::resource::{Builder, Found, Info};
use crate::kubectl::rest::Call;
use http::Method;
use std::time::Duration;

/// The command.
pub static WAIT: Command = Command {
    name: "wait",
    args: "([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) [--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]]",
    short: "Wait for a specific condition on one or many resources",
    flags: &[FLAGS, FILENAME_FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    Flag::bool("all", "All objects of the type."),
    ALL_NAMESPACES,
    Flag::string("field-selector", "Field selector; supports =, ==, !=."),
    Flag::array(
        "for",
        "What to wait for: create, delete, condition=NAME[=VALUE] or jsonpath='{…}'[=VALUE]; may be given several times.",
    ),
    Flag::bool("local", "Work on files only, without the server."),
    SELECTOR,
    Flag::duration(
        "timeout",
        "30s",
        "How long to wait; 0 checks once, negative waits a week.",
    ),
];

/// One thing to wait for.
#[derive(Clone, Debug)]
enum Condition {
    Created,
    Deleted,
    Status {
        name: String,
        value: String,
    },
    Path {
        path: JsonPath,
        value: Option<String>,
    },
}

fn parse(text: &str) -> Result<Condition, Error> {
    match text.to_lowercase().as_str() {
        "delete" => return Ok(Condition::Deleted),
        "create" => return Ok(Condition::Created),
        _ => {}
    }
    if let Some(rest) = text.strip_prefix("condition=") {
        let (name, value) = rest.split_once('=').unwrap_or((rest, "true"));
        return Ok(Condition::Status {
            name: name.to_owned(),
            value: value.to_owned(),
        });
    }
    if let Some(rest) = text.strip_prefix("jsonpath=") {
        return parse_path(rest);
    }
    Err(Error::msg(format!("unrecognized condition: \"{text}\"")))
}

fn parse_path(text: &str) -> Result<Condition, Error> {
    let parts = split_single_equals(text);
    if parts.len() > 2 {
        return Err(Error::msg(
            "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'",
        ));
    }
    let expression = jsonpath::relaxed(&parts[0]).map_err(Error::msg)?;
    if expression.is_empty() {
        return Err(Error::msg("jsonpath expression cannot be empty"));
    }
    let value = match parts.get(1) {
        None => None,
        Some(v) => match v.trim_matches(['\'', '"']) {
            "" => {
                return Err(Error::msg(
                    "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3",
                ));
            }
            v => Some(v.to_owned()),
        },
    };
    let path = JsonPath::parse(&expression)
        .map_err(Error::msg)?
        .allow_missing_keys(true);
    Ok(Condition::Path { path, value })
}

/// Splits at `=`, but not at `==`.
fn split_single_equals(text: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '=' && chars.peek() != Some(&'=') {
            out.push(String::new());
            continue;
        }
        if let Some(last) = out.last_mut() {
            last.push(c);
            if c == '=' {
                last.extend(chars.next());
            }
        }
    }
    out
}

impl Condition {
    /// Whether an object that is there meets it.
    fn met(&self, object: &Value) -> Result<bool, Error> {
        match self {
            Condition::Created => Ok(true),
            Condition::Deleted => Ok(false),
            Condition::Status { name, value } => Ok(status_met(object, name, value)),
            Condition::Path { path, value } => {
                let results = path.find_results(object).map_err(Error::msg)?;
                let found = match &results[..] {
                    [] => return Ok(false),
                    [list] if list.is_empty() => return Ok(false),
                    [list] if list.len() > 1 => {
                        return Err(Error::msg(
                            "given jsonpath expression matches more than one value",
                        ));
                    }
                    [list] => &list[0],
                    _ => {
                        return Err(Error::msg(
                            "given jsonpath expression matches more than one list",
                        ));
                    }
                };
                let Some(value) = value else { return Ok(true) };
                if matches!(found, Value::Map(_) | Value::List(_)) {
                    return Err(Error::msg(
                        "jsonpath leads to a nested object or list which is not supported",
                    ));
                }
                Ok(sprint(found).trim() == value.trim())
            }
        }
    }
}

fn status_met(object: &Value, name: &str, value: &str) -> bool {
    let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
    let conditions = object.at(&["status", "conditions"]).items();
    let found = conditions
        .iter()
        .find(|c| same(c.get("type").str(), name) && c.get("status").as_str().is_some());
    let Some(c) = found else { return false };
    let observed = match c.get("observedGeneration").as_i64() {
        Some(n) => Some(n),
        None => object.at(&["status", "observedGeneration"]).as_i64(),
    };
    if observed.is_some_and(|n| n < object.generation()) {
        return false;
    }
    same(c.get("status").str(), value)
}

async fn find(cx: &Cx) -> Result<Found, Error> {
    Builder::new(cx)?
        .all_namespaces(cx.flags.bool("all-namespaces"))
        .filenames(cx)
        .label_selector(cx.flags.str("selector"))
        .field_selector(cx.flags.str("field-selector"))
        .args(&cx.args, cx.flags.bool("all"))
        .local(cx.flags.bool("local"))
        .continue_on_error()
        .latest()
        .flatten()
        .find(cx)
        .await
}

async fn run(cx: &Cx) -> Outcome {
    Printer::for_operation(cx, "condition met")?;
    let wanted = cx.flags.strings("for");
    let conditions: Vec<Condition> = wanted.iter().map(|w| parse(w)).collect::<Result<_, _>>()?;
    if conditions.is_empty() {
        return Err(Error::msg("unrecognized condition: []"));
    }
    let mut timeout = cx.flags.duration("timeout");
    if cx.flags.is_negative("timeout") {
        timeout = Duration::from_secs(168 * 3600);
    }
    let deadline = cx.io.now() + timeout;
    let is = |c: &Condition, word: &str| {
        matches!(
            (c, word),
            (Condition::Created, "create") | (Condition::Deleted, "delete")
        )
    };
    if conditions.iter().any(|c| is(c, "create")) {
        until_created(cx, deadline).await?;
    }
    let for_delete = conditions.iter().any(|c| is(c, "delete"));
    let found = find(cx).await?;
    let mut errors = found.errors;
    if for_delete {
        errors.retain(|e| !e.is_not_found());
    }
    let none = found.infos.is_empty() && errors.is_empty();
    for info in &found.infos {
        if let Err(e) = all_of(cx, info, &conditions, timeout, deadline).await {
            errors.push(e);
        }
    }
    if none && !for_delete {
        return Err(Error::msg("no matching resources found"));
    }
    Error::all(errors)
}

async fn until_created(cx: &Cx, deadline: Timestamp) -> Outcome {
    loop {
        let found = find(cx).await?;
        let (missing, other): (Vec<Error>, Vec<Error>) =
            found.errors.into_iter().partition(Error::is_not_found);
        Error::all(other)?;
        if missing.is_empty() && !found.infos.is_empty() {
            return Ok(());
        }
        if cx.io.now() >= deadline {
            return Err(Error::msg("timed out waiting for the condition"));
        }
        cx.io.sleep(Duration::from_millis(500)).await;
    }
}

async fn all_of(
    cx: &Cx,
    info: &Info,
    conditions: &[Condition],
    timeout: Duration,
    deadline: Timestamp,
) -> Outcome {
    let mut printer = Printer::for_operation(cx, "condition met")?;
    for condition in conditions {
        let object = match condition {
            Condition::Created => info.object.clone(),
            _ => one(cx, info, condition, timeout, deadline).await?,
        };
        cx.out(printer.print(&object)?);
    }
    Ok(())
}

/// Waits for one condition; gives the object as it was then.
async fn one(
    cx: &Cx,
    info: &Info,
    condition: &Condition,
    timeout: Duration,
    deadline: Timestamp,
) -> Result<Value, Error> {
    let get = || Call::on(Method::GET, &info.mapping, &info.namespace, &info.name, "");
    let deleted = matches!(condition, Condition::Deleted);
    let now = match cx.rest.send(get()).await {
        Err(e) if deleted && e.is_not_found() => return Ok(info.object.clone()),
        other => other?,
    };
    if timeout.is_zero() {
        return if condition.met(&now)? {
            Ok(now)
        } else {
            Err(Error::msg(format!(
                "condition not met for {}",
                info.object_name()
            )))
        };
    }
    let left = deadline.since(cx.io.now());
    match race(watch(cx, info, condition, now), cx.io.sleep(left)).await {
        Raced::First(result) => result,
        Raced::Second(()) => Err(Error::msg(format!(
            "timed out waiting for the condition on {}",
            info.object_name()
        ))),
    }
}

async fn watch(cx: &Cx, info: &Info, condition: &Condition, first: Value) -> Result<Value, Error> {
    let call = || {
        Call::on(Method::GET, &info.mapping, &info.namespace, "", "")
            .query("fieldSelector", format!("metadata.name={}", info.name))
    };
    let deleted = matches!(condition, Condition::Deleted);
    loop {
        let list = cx.rest.send(call()).await?;
        match list.get("items").items().first() {
            None if deleted => return Ok(first),
            None => {
                let (group, resource) = (&info.mapping.group, &info.mapping.resource);
                return Err(Error::Status(
                    crate::apimachinery::Status::not_found(group, resource, &info.name).into(),
                ));
            }
            Some(object) if condition.met(object)? => return Ok(with_kind(object, &first)),
            Some(_) => {}
        }
        let mut watch = cx
            .rest
            .watch(call().query("resourceVersion", list.resource_version()))
            .await?;
        while let Some(event) = watch.next().await {
            match event.kind {
                WatchType::Deleted if deleted => return Ok(first),
                WatchType::Added | WatchType::Modified if condition.met(&event.object)? => {
                    return Ok(with_kind(&event.object, &first));
                }
                _ => {}
            }
        }
    }
}

/// Items of lists come without version and kind.
fn with_kind(object: &Value, like: &Value) -> Value {
    let mut object = object.clone();
    object.set("apiVersion", like.api_version());
    object.set("kind", like.kind());
    object
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn conditions_are_read_and_met() {
        let pod = tree!({"metadata": {"generation": 2}, "status": {"phase": "Running", "conditions": [
            {"type": "Ready", "status": "True", "observedGeneration": 2}, {"type": "Old", "status": "True", "observedGeneration": 1}]}});
        for (text, want) in [
            ("condition=ready", true),
            ("condition=Ready=false", false),
            ("condition=Old", false),
            ("condition=None", false),
            ("jsonpath={.status.phase}=Running", true),
            ("jsonpath=.status.phase='Failed'", false),
            ("jsonpath={.status.podIP}", false),
            (
                "jsonpath={.status.conditions[?(@.type==\"Ready\")].status}=True",
                true,
            ),
        ] {
            assert_eq!(parse(text).unwrap().met(&pod).unwrap(), want, "{text}");
        }
        assert_eq!(
            parse("wrong").unwrap_err().text(),
            "unrecognized condition: \"wrong\""
        );
    }
}
