//! Deletes the objects of a definition that is going (`pkg/controller/finalizer/crd_finalizer.go`).

use super::{Action, Error, Outcome, condition, definitions, update, with_condition};
use crate::api::custom::{is_condition_true, kinds_of};
use crate::apimachinery::schema::ResourceDef;
use crate::apimachinery::{Timestamp, Value};
use crate::client::{Cx, ListOptions};
use crate::collections::{SortedMap, SortedSet};
use std::time::Duration;

const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";
/// How often it is looked whether objects are gone, and for how long.
const PERIOD: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(60);

/// Does the next step of a definition's deletion. `waiting` says since when its objects are awaited to be gone.
pub fn sync(
    definition: &Value,
    waiting: &mut SortedMap<String, Timestamp>,
    cx: &mut Cx<'_>,
) -> Outcome {
    let name = definition.name();
    if !definition.is_terminating() || !definition.finalizers().any(|f| f == CLEANUP) {
        waiting.remove(name);
        return Ok(Action::AwaitChange);
    }
    let mut definition = definition.clone();
    let terminating = |status, reason, text: &str| condition("Terminating", status, reason, text);
    if !waiting.contains_key(name) {
        let text = "CustomResource deletion is in progress";
        let condition = terminating(true, "InstanceDeletionInProgress", text);
        let begun = with_condition(definition, condition, cx.now);
        definition = match cx.update_status(definitions(), begun) {
            Ok(definition) => definition,
            Err(e) if e.is_not_found() || e.is_conflict() => return Ok(Action::AwaitChange),
            Err(e) => return Err(e.into()),
        };
        waiting.insert(name_of(&definition), cx.now);
        if is_condition_true(&definition, "Established")
            && let Err(e) = delete_instances(&definition, cx)
        {
            waiting.remove(definition.name());
            let text = format!("could not issue all deletes: {e}");
            let condition = terminating(true, "InstanceDeletionFailed", &text);
            update(with_condition(definition, condition, cx.now), cx)?;
            return Err(e);
        }
    }
    let since = waiting.get(definition.name()).copied().unwrap_or(cx.now);
    let done = match is_condition_true(&definition, "Established") {
        false => terminating(false, "NeverEstablished", "resource was never established"),
        true if count(&definition, cx)? == 0 => {
            terminating(false, "InstanceDeletionCompleted", "removed all instances")
        }
        true if cx.now < since + PATIENCE => return Ok(Action::RequeueAfter(PERIOD)),
        true => {
            waiting.remove(definition.name());
            let text =
                "could not confirm zero CustomResources remaining: context deadline exceeded";
            let condition = terminating(true, "InstanceDeletionCheck", text);
            update(with_condition(definition, condition, cx.now), cx)?;
            return Err(Error::other(text));
        }
    };
    waiting.remove(definition.name());
    let mut definition = with_condition(definition, done, cx.now);
    let left: Vec<Value> = definition
        .finalizers()
        .filter(|f| *f != CLEANUP)
        .map(Value::from)
        .collect();
    definition.meta_mut().set("finalizers", left);
    update(definition, cx)
}

fn name_of(definition: &Value) -> String {
    definition.name().to_owned()
}

fn instances(
    definition: &Value,
    cx: &mut Cx<'_>,
) -> Result<(Option<&'static ResourceDef>, Vec<Value>), Error> {
    let Some(def) = kinds_of(definition).first().copied() else {
        return Ok((None, Vec::new()));
    };
    let list = cx.list(def, "", &ListOptions::default())?;
    Ok((Some(def), list.get("items").items().to_vec()))
}

fn count(definition: &Value, cx: &mut Cx<'_>) -> Result<usize, Error> {
    Ok(instances(definition, cx)?.1.len())
}

fn delete_instances(definition: &Value, cx: &mut Cx<'_>) -> Result<(), Error> {
    let (Some(def), items) = instances(definition, cx)? else {
        return Ok(());
    };
    let namespaces: SortedSet<&str> = items.iter().map(Value::namespace).collect();
    for namespace in namespaces {
        cx.delete_collection(def, namespace, "Background")?;
    }
    Ok(())
}
