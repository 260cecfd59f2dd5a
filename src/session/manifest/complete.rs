//! Completion of field names and of the values that the schema or the API knows.

use super::{
    field_at, is_required, object_at,
    place::{Place, Step, Writing},
    shape_name,
};
use crate::collections::Arrange;
use crate::{
    apimachinery::schema::{self, RESOURCES, Shape, TypeDef},
    view::protocol::{Completion, CompletionItem},
};

/// Values that a field takes though its schema only says `string`, by field name and, where the
/// name alone is ambiguous, the type that has it.
const VALUES: &[(&str, &str, &[&str])] = &[
    ("concurrencyPolicy", "", &["Allow", "Forbid", "Replace"]),
    (
        "dnsPolicy",
        "",
        &["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"],
    ),
    (
        "effect",
        "",
        &["NoSchedule", "PreferNoSchedule", "NoExecute"],
    ),
    ("externalTrafficPolicy", "", &["Cluster", "Local"]),
    ("imagePullPolicy", "", &["Always", "IfNotPresent", "Never"]),
    ("internalTrafficPolicy", "", &["Cluster", "Local"]),
    (
        "ipFamilyPolicy",
        "",
        &["SingleStack", "PreferDualStack", "RequireDualStack"],
    ),
    (
        "operator",
        "NodeSelectorRequirement",
        &["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"],
    ),
    (
        "operator",
        "LabelSelectorRequirement",
        &["In", "NotIn", "Exists", "DoesNotExist"],
    ),
    ("operator", "Toleration", &["Equal", "Exists"]),
    (
        "persistentVolumeReclaimPolicy",
        "",
        &["Retain", "Delete", "Recycle"],
    ),
    ("podManagementPolicy", "", &["OrderedReady", "Parallel"]),
    ("preemptionPolicy", "", &["PreemptLowerPriority", "Never"]),
    ("protocol", "", &["TCP", "UDP", "SCTP"]),
    (
        "restartPolicy",
        "Container",
        &["Always", "Never", "OnFailure"],
    ),
    (
        "restartPolicy",
        "PodSpec",
        &["Always", "OnFailure", "Never"],
    ),
    ("scheme", "HTTPGetAction", &["HTTP", "HTTPS"]),
    ("sessionAffinity", "", &["None", "ClientIP"]),
    (
        "terminationMessagePolicy",
        "",
        &["File", "FallbackToLogsOnError"],
    ),
    ("type", "DeploymentStrategy", &["RollingUpdate", "Recreate"]),
    (
        "type",
        "StatefulSetUpdateStrategy",
        &["RollingUpdate", "OnDelete"],
    ),
    (
        "type",
        "DaemonSetUpdateStrategy",
        &["RollingUpdate", "OnDelete"],
    ),
    (
        "type",
        "ServiceSpec",
        &["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"],
    ),
    (
        "volumeBindingMode",
        "",
        &["Immediate", "WaitForFirstConsumer"],
    ),
    (
        "whenUnsatisfiable",
        "",
        &["DoNotSchedule", "ScheduleAnyway"],
    ),
];

/// What can stand at a byte offset of the text.
pub fn complete(text: &str, offset: usize) -> Completion {
    let place = Place::find(text, offset);
    let items = match place.writing {
        Writing::Key => keys(&place),
        Writing::Value => values(&place),
        Writing::Other => Vec::new(),
    };
    Completion {
        from: place.from,
        to: place.to,
        items,
    }
}

fn keys(place: &Place) -> Vec<CompletionItem> {
    let Some(root) = root_type(place) else {
        return if place.path.is_empty() {
            vec![item("apiVersion", "string"), item("kind", "string")]
                .into_iter()
                .filter(|item| !place.siblings.contains(&item.label))
                .map(|item| with_insert(item, ": ", place))
                .collect()
        } else {
            Vec::new()
        };
    };
    let Some(def) = object_at(root, &place.path) else {
        return Vec::new();
    };
    let mut found: Vec<_> = def
        .fields
        .iter()
        .filter(|field| field.name != "status" || !place.path.is_empty())
        .filter(|field| !place.siblings.iter().any(|sibling| sibling == field.name))
        .map(|field| {
            let mut detail = shape_name(&field.shape);
            if is_required(def, field) {
                detail.push_str(" -required-");
            }
            let tail = match field.shape {
                Shape::List(_) => format!(":\n{}- ", " ".repeat(place.indent)),
                Shape::Map(_) => format!(":\n{}", " ".repeat(place.indent + 2)),
                Shape::Ref(id) if !schema::type_def(id).fields.is_empty() => {
                    format!(":\n{}", " ".repeat(place.indent + 2))
                }
                _ => ": ".to_owned(),
            };
            with_insert(item(field.name, &detail), &tail, place)
        })
        .collect();
    // What must be there first.
    found.arrange_by_key(|item| !item.detail.ends_with("-required-"));
    found
}

fn values(place: &Place) -> Vec<CompletionItem> {
    match place.path.as_slice() {
        [Step::Key(key)] if key == "kind" => return kinds(&place.api_version),
        [Step::Key(key)] if key == "apiVersion" => return api_versions(&place.kind),
        _ => {}
    }
    let Some(root) = root_type(place) else {
        return Vec::new();
    };
    let Some((def, field)) = field_at(root, &place.path) else {
        return Vec::new();
    };
    if field.shape == Shape::Boolean {
        return ["true", "false"].map(|value| item(value, "")).to_vec();
    }
    let owner = def.name.rsplit('.').next().unwrap_or_default();
    let known = VALUES
        .iter()
        .find(|(name, of, _)| *name == field.name && (of.is_empty() || *of == owner));
    known.map_or_else(Vec::new, |(_, _, values)| {
        values.iter().map(|value| item(value, "")).collect()
    })
}

fn kinds(api_version: &str) -> Vec<CompletionItem> {
    let mut found: Vec<_> = creatable()
        .filter(|resource| api_version.is_empty() || resource.api_version() == api_version)
        .map(|resource| item(resource.kind, &resource.api_version()))
        .collect();
    found.arrange_by(|a, b| a.label.cmp(&b.label));
    found.dedup_by(|a, b| a.label == b.label);
    found
}

fn api_versions(kind: &str) -> Vec<CompletionItem> {
    let mut found: Vec<String> = creatable()
        .filter(|resource| kind.is_empty() || resource.kind == kind)
        .map(|resource| resource.api_version())
        .collect();
    found.arrange();
    found.dedup();
    found.iter().map(|version| item(version, "")).collect()
}

fn creatable() -> impl Iterator<Item = &'static schema::ResourceDef> {
    RESOURCES
        .iter()
        .filter(|resource| resource.verbs.contains(&"create"))
}

fn root_type(place: &Place) -> Option<&'static TypeDef> {
    schema::kind_type(&place.api_version, &place.kind).map(schema::type_def)
}

fn item(label: &str, detail: &str) -> CompletionItem {
    CompletionItem {
        label: label.to_owned(),
        detail: detail.to_owned(),
        ..CompletionItem::default()
    }
}

/// Adds what follows the key, unless a colon is there already.
fn with_insert(mut item: CompletionItem, tail: &str, place: &Place) -> CompletionItem {
    if !place.has_colon {
        item.insert = Some(format!("{}{tail}", item.label));
    }
    item
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(marked: &str) -> Vec<String> {
        let offset = marked.find('|').expect("a mark");
        let found = complete(&marked.replacen('|', "", 1), offset);
        found.items.into_iter().map(|item| item.label).collect()
    }

    #[test]
    fn fields_follow_the_schema() {
        let found =
            labels("apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: nginx\n    |");
        assert_eq!(found[0], "name");
        assert!(found.contains(&"livenessProbe".to_owned()));
        assert!(!found.contains(&"image".to_owned()), "it is there already");
        let found = labels("apiVersion: apps/v1\nkind: Deployment\n|");
        assert_eq!(found, ["metadata", "spec"]);
        assert_eq!(labels("|"), ["apiVersion", "kind"]);
    }

    #[test]
    fn values_follow_the_schema() {
        assert_eq!(
            labels("apiVersion: apps/v1\nkind: De|"),
            [
                "ControllerRevision",
                "DaemonSet",
                "Deployment",
                "ReplicaSet",
                "StatefulSet",
            ]
        );
        assert_eq!(labels("kind: Deployment\napiVersion: |"), ["apps/v1"]);
        let strategy = "apiVersion: apps/v1\nkind: Deployment\nspec:\n  strategy:\n    type: |";
        assert_eq!(labels(strategy), ["RollingUpdate", "Recreate"]);
        let read_only = "apiVersion: v1\nkind: Pod\nspec:\n  hostNetwork: t|";
        assert_eq!(labels(read_only), ["true", "false"]);
    }
}
