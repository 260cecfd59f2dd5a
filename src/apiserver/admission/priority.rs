//! Turns priority classes into priorities (`plugin/pkg/admission/priority`).

use super::{Attributes, Operation};
use crate::apimachinery::Value;
use crate::apimachinery::status::Status;
use crate::apiserver::ApiServer;
use crate::apiserver::call::Call;
use crate::apiserver::registry;
use crate::apiserver::storage::Storage;

const PREEMPT: &str = "PreemptLowerPriority";

impl ApiServer {
    pub(super) fn admit_priority(&self, call: &Call, a: &mut Attributes<'_>) -> Result<(), Status> {
        if !call.resource.is("", "pods") || !a.subresource.is_empty() {
            return Ok(());
        }
        match (a.operation, a.old) {
            (Operation::Create, _) => self.prioritize(call, a),
            (Operation::Update, Some(old)) => {
                for field in ["priority", "preemptionPolicy"] {
                    let kept = old.at(&["spec", field]).clone();
                    if a.object.at(&["spec", field]).is_null() && !kept.is_null() {
                        a.object.set_at(&["spec", field], kept);
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn prioritize(&self, call: &Call, a: &mut Attributes<'_>) -> Result<(), Status> {
        let name = a.object.at(&["spec", "priorityClassName"]).str().to_owned();
        let class = if name.is_empty() {
            let class = self.default_priority_class().cloned();
            if let Some(class) = &class {
                a.object
                    .set_at(&["spec", "priorityClassName"], class.name());
            }
            class
        } else {
            let found = registry::lookup("scheduling.k8s.io", "v1", "priorityclasses")
                .and_then(|r| self.storage.get(r.table, &name));
            let why = format!("no PriorityClass with name {name} was found");
            Some(found.cloned().ok_or_else(|| a.forbidden(call, why))?)
        };
        let class = class.unwrap_or_default();
        let priority = class.get("value").as_i64().unwrap_or(0);
        let policy = match class.get("preemptionPolicy").str() {
            "" => PREEMPT,
            policy => policy,
        };
        let spec = a.object.get("spec");
        if let Some(given) = spec.get("priority").as_i64().filter(|p| *p != priority) {
            return Err(a.forbidden(call, format!(
                "the integer value of priority ({given}) must not be provided in pod spec; priority admission controller computed {priority} from the given PriorityClass name"
            )));
        }
        if let Some(given) = spec
            .get("preemptionPolicy")
            .as_str()
            .filter(|p| *p != policy)
        {
            return Err(a.forbidden(call, format!(
                "the string value of PreemptionPolicy ({given}) must not be provided in pod spec; priority admission controller computed {policy} from the given PriorityClass name"
            )));
        }
        a.object.set_at(&["spec", "priority"], priority);
        a.object.set_at(&["spec", "preemptionPolicy"], policy);
        Ok(())
    }

    /// The default class; of several the one with the lowest value.
    fn default_priority_class(&self) -> Option<&Value> {
        let classes = registry::lookup("scheduling.k8s.io", "v1", "priorityclasses")?;
        self.storage
            .list(classes.table, "", "")
            .map(|(_, c)| c)
            .filter(|c| c.get("globalDefault").as_bool() == Some(true))
            .min_by_key(|c| c.get("value").as_i64())
    }

    pub(super) fn validate_priority_class(
        &self,
        call: &Call,
        a: &Attributes<'_>,
    ) -> Result<(), Status> {
        let marked = call.resource.is("scheduling.k8s.io", "priorityclasses")
            && a.operation != Operation::Delete
            && a.object.get("globalDefault").as_bool() == Some(true);
        if !marked {
            return Ok(());
        }
        match self.default_priority_class() {
            Some(other) if other.name() != a.object.name() => Err(a.forbidden(
                call,
                format!(
                    "PriorityClass {} is already marked as default. Only one default can exist",
                    other.name()
                ),
            )),
            _ => Ok(()),
        }
    }
}
