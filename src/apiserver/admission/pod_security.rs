//! `PodSecurity`: pods are held to the standards that the labels of their namespace name
//! (`k8s.io/pod-security-admission/admission`).

use super::{Attributes, Operation};
use crate::api::core::pod_security::{
    BadLabel, Level, PREFIX, Policy, Standard, details, policy, reasons,
};
use crate::apimachinery::Value;
use crate::apimachinery::status::{Status, StatusCause};
use crate::apimachinery::strconv::quote;
use crate::apiserver::ApiServer;
use crate::apiserver::call::Call;
use crate::apiserver::registry;
use crate::apiserver::storage::Storage;
use crate::collections::Arrange;

/// How many pods are looked at when a namespace asks for more.
const MOST: usize = 3000;

impl ApiServer {
    pub(super) fn check_pod_security(
        &self,
        call: &mut Call,
        a: &Attributes<'_>,
    ) -> Result<(), Status> {
        if !matches!(a.operation, Operation::Create | Operation::Update) {
            return Ok(());
        }
        if call.resource.is("", "namespaces") {
            return match a.subresource {
                "" => self.check_security_labels(call, a),
                _ => Ok(()),
            };
        }
        let pod = call.resource.is("", "pods");
        let template = match (call.resource.def.group, call.resource.def.resource) {
            ("", "pods") => None,
            ("", "podtemplates") => Some(&["template"][..]),
            ("", "replicationcontrollers")
            | ("apps", "deployments" | "replicasets" | "statefulsets" | "daemonsets")
            | ("batch", "jobs") => Some(&["spec", "template"][..]),
            ("batch", "cronjobs") => Some(&["spec", "jobTemplate", "spec", "template"][..]),
            _ => return Ok(()),
        };
        let looked_at = match a.subresource {
            "" => true,
            "ephemeralcontainers" | "resize" => pod,
            _ => false,
        };
        if !looked_at {
            return Ok(());
        }
        let policy = self.security_of(a.object.namespace());
        if policy.is_privileged() {
            return Ok(());
        }
        let subject = match template {
            None => &*a.object,
            Some(path) => a.object.at(path),
        };
        if subject.is_null() || pod && a.old.is_some_and(|old| !is_significant(subject, old)) {
            return Ok(());
        }
        let found = |standard: Standard| {
            standard.violations(subject.meta().get("annotations"), subject.get("spec"))
        };
        if pod {
            let violations = found(policy.enforce);
            if !violations.is_empty() {
                let why = details(&violations);
                return Err(a.forbidden(
                    call,
                    format!("violates PodSecurity {}: {why}", shown(policy.enforce)),
                ));
            }
        }
        let violations = found(policy.warn);
        if !violations.is_empty() {
            let why = details(&violations);
            call.warn(format!(
                "would violate PodSecurity {}: {why}",
                shown(policy.warn)
            ));
        }
        Ok(())
    }

    /// What a namespace asks for; nothing where there is none.
    fn security_of(&self, namespace: &str) -> Policy {
        let labels = registry::lookup("", "v1", "namespaces")
            .and_then(|r| self.storage.get(r.table, namespace))
            .map(|n| n.meta().get("labels"));
        match labels {
            Some(labels) if asks(labels) => policy(labels).0,
            _ => Policy::default(),
        }
    }

    /// Labels must mean something; what pods there are is looked at when more is asked for.
    fn check_security_labels(&self, call: &mut Call, a: &Attributes<'_>) -> Result<(), Status> {
        let labels = a.object.meta().get("labels");
        if !asks(labels) {
            return Ok(());
        }
        let (new, bad) = policy(labels);
        let (old, bad_before) = match a.old {
            Some(old) => policy(old.meta().get("labels")),
            None => (Policy::default(), Vec::new()),
        };
        if !bad.is_empty() && bad != bad_before {
            return Err(invalid(a.object.name(), &bad));
        }
        let (new, old) = (new.enforce, old.enforce);
        if a.old.is_none()
            || new == old
            || new.level == Level::Privileged
            || new.minor == old.minor && new.level <= old.level
        {
            return Ok(());
        }
        for warning in self.warnings_of_pods(a.object.name(), new) {
            call.warn(warning);
        }
        Ok(())
    }

    fn warnings_of_pods(&self, namespace: &str, standard: Standard) -> Vec<String> {
        let Some(pods) = registry::lookup("", "v1", "pods") else {
            return Vec::new();
        };
        let prefix = format!("{namespace}/");
        let pods = || self.storage.list(pods.table, &prefix, "");
        // For each kind of violation the first pod's name, and how many there are.
        let mut found: Vec<(String, String, usize)> = Vec::new();
        for (_, pod) in pods().take(MOST) {
            let violations = standard.violations(pod.meta().get("annotations"), pod.get("spec"));
            if violations.is_empty() {
                continue;
            }
            let why = reasons(&violations);
            match found.iter_mut().find(|(known, ..)| *known == why) {
                Some((_, name, count)) => {
                    *count += 1;
                    if pod.name() < name.as_str() {
                        *name = pod.name().to_owned();
                    }
                }
                None => found.push((why, pod.name().to_owned(), 1)),
            }
        }
        let mut warnings = Vec::new();
        let count = pods().count();
        if count > MOST {
            warnings.push(format!(
                "new PodSecurity enforce level only checked against the first {MOST} of {count} existing pods"
            ));
        }
        if !found.is_empty() {
            warnings.push(format!(
                "existing pods in namespace {} violate the new PodSecurity enforce level {}",
                quote(namespace),
                shown(standard)
            ));
        }
        let mut each: Vec<String> = found
            .into_iter()
            .map(|(why, name, count)| match count {
                1 => format!("{name}: {why}"),
                2 => format!("{name} (and 1 other pod): {why}"),
                _ => format!("{name} (and {} other pods): {why}", count - 1),
            })
            .collect();
        each.arrange();
        warnings.extend(each);
        warnings
    }
}

fn shown(standard: Standard) -> String {
    quote(&standard.to_string())
}

/// Whether labels speak of pod security at all.
fn asks(labels: &Value) -> bool {
    labels.fields().any(|(key, _)| key.starts_with(PREFIX))
}

fn invalid(name: &str, bad: &[BadLabel]) -> Status {
    let causes = bad.iter().map(|(label, value, why)| {
        StatusCause::new(
            "FieldValueInvalid",
            format!("Invalid value: {}: {why}", quote(value)),
            format!("metadata.labels[{label}]"),
        )
    });
    Status::invalid("", "Namespace", name, causes)
}

/// Whether an update changes what is looked at: images, and which containers there are.
fn is_significant(new: &Value, old: &Value) -> bool {
    let lists = ["containers", "initContainers", "ephemeralContainers"];
    lists.iter().any(|list| {
        let images = |pod| {
            Value::at(pod, &["spec", list])
                .items()
                .iter()
                .map(|c| c.get("image"))
        };
        !images(new).eq(images(old))
    })
}
