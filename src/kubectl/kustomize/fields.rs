//! Fields by path, in an object or in all of a list's items, and the paths at which kinds keep labels and the like.

use super::Result;
use super::resource::Resource;
use crate::apimachinery::Value;

/// Where a kind keeps something: kind (`""` for all), group (`""` for any), path, and whether it is made where it is missing.
pub type Spec = (&'static str, &'static str, &'static str, bool);

/// Changes the fields at a path, whose parts stand between slashes (`~1` is a slash in a part, `x[]` must be a list).
pub fn visit(
    v: &mut Value,
    path: &str,
    create: bool,
    change: &mut dyn FnMut(&mut Value) -> Result<()>,
) -> Result<()> {
    let parts: Vec<String> = path.split('/').map(|p| p.replace("~1", "/")).collect();
    walk(v, &parts, create, change)
}

fn walk(
    v: &mut Value,
    path: &[String],
    create: bool,
    change: &mut dyn FnMut(&mut Value) -> Result<()>,
) -> Result<()> {
    let Some((head, rest)) = path.split_first() else {
        return change(v);
    };
    match v {
        Value::Null => Ok(()),
        Value::List(list) => {
            if list.is_empty() {
                return Ok(());
            }
            let mut items = list.to_mut().iter_mut();
            items.try_for_each(|item| walk(item, path, create, change))
        }
        Value::Map(map) => {
            let (name, make) = match head.strip_suffix("[]") {
                Some(name) => (name, false),
                None => (head.as_str(), create),
            };
            if !make && !map.contains_key(name) {
                return Ok(());
            }
            let field = map.entry(name);
            if field.is_null() && make && !rest.is_empty() {
                *field = Value::object();
            }
            walk(field, rest, create, change)
        }
        _ => Err("expected sequence or mapping node".to_owned()),
    }
}

/// Changes the fields of an object that specs for its kind name.
pub fn apply(
    r: &mut Resource,
    specs: &[Spec],
    change: &mut dyn FnMut(&mut Value) -> Result<()>,
) -> Result<()> {
    let id = r.id();
    for (kind, group, path, create) in specs {
        if !kind.is_empty() && *kind != id.kind || !group.is_empty() && *group != id.group {
            continue;
        }
        visit(&mut r.object, path, *create, change)
            .map_err(|e| format!("considering field '{path}' of object {id}: {e}"))?;
    }
    Ok(())
}

/// An object's own labels.
pub const LABELS: &[Spec] = &[("", "", "metadata/labels", true)];

/// Labels of pods' templates.
pub const TEMPLATE_LABELS: &[Spec] = &[
    (
        "ReplicationController",
        "",
        "spec/template/metadata/labels",
        true,
    ),
    ("Deployment", "", "spec/template/metadata/labels", true),
    ("ReplicaSet", "", "spec/template/metadata/labels", true),
    ("DaemonSet", "", "spec/template/metadata/labels", true),
    ("StatefulSet", "apps", "spec/template/metadata/labels", true),
    ("Job", "batch", "spec/template/metadata/labels", true),
    ("CronJob", "batch", "spec/jobTemplate/metadata/labels", true),
    (
        "CronJob",
        "batch",
        "spec/jobTemplate/spec/template/metadata/labels",
        true,
    ),
];

/// Labels of claims' templates.
pub const CLAIM_LABELS: &[Spec] = &[(
    "StatefulSet",
    "apps",
    "spec/volumeClaimTemplates[]/metadata/labels",
    true,
)];

macro_rules! pod_selectors {
    ($kind:literal) => {
        &[
            ($kind, "apps", "spec/template/spec/affinity/podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels", false),
            ($kind, "apps", "spec/template/spec/affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels", false),
            ($kind, "apps", "spec/template/spec/affinity/podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels", false),
            ($kind, "apps", "spec/template/spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels", false),
            ($kind, "apps", "spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels", false),
        ]
    };
}

/// Selectors of labels.
pub const SELECTORS: &[&[Spec]] = &[
    &[
        ("Service", "", "spec/selector", true),
        ("ReplicationController", "", "spec/selector", true),
        ("Deployment", "", "spec/selector/matchLabels", true),
        ("ReplicaSet", "", "spec/selector/matchLabels", true),
        ("DaemonSet", "", "spec/selector/matchLabels", true),
        ("StatefulSet", "apps", "spec/selector/matchLabels", true),
        ("Job", "batch", "spec/selector/matchLabels", false),
        (
            "CronJob",
            "batch",
            "spec/jobTemplate/spec/selector/matchLabels",
            false,
        ),
        (
            "PodDisruptionBudget",
            "policy",
            "spec/selector/matchLabels",
            false,
        ),
        (
            "NetworkPolicy",
            "networking.k8s.io",
            "spec/podSelector/matchLabels",
            false,
        ),
        (
            "NetworkPolicy",
            "networking.k8s.io",
            "spec/ingress/from/podSelector/matchLabels",
            false,
        ),
        (
            "NetworkPolicy",
            "networking.k8s.io",
            "spec/egress/to/podSelector/matchLabels",
            false,
        ),
    ],
    pod_selectors!("Deployment"),
    pod_selectors!("StatefulSet"),
];

/// Annotations of objects and of pods' templates.
pub const ANNOTATIONS: &[Spec] = &[
    ("", "", "metadata/annotations", true),
    (
        "ReplicationController",
        "",
        "spec/template/metadata/annotations",
        true,
    ),
    ("Deployment", "", "spec/template/metadata/annotations", true),
    ("ReplicaSet", "", "spec/template/metadata/annotations", true),
    ("DaemonSet", "", "spec/template/metadata/annotations", true),
    (
        "StatefulSet",
        "",
        "spec/template/metadata/annotations",
        true,
    ),
    ("Job", "batch", "spec/template/metadata/annotations", true),
    (
        "CronJob",
        "batch",
        "spec/jobTemplate/metadata/annotations",
        true,
    ),
    (
        "CronJob",
        "batch",
        "spec/jobTemplate/spec/template/metadata/annotations",
        true,
    ),
];

/// Images; those of containers are also found at any depth.
pub const IMAGES: &[Spec] = &[
    ("", "", "spec/containers[]/image", false),
    ("", "", "spec/initContainers[]/image", false),
    ("", "", "spec/volumes[]/image/reference", false),
    ("", "", "spec/template/spec/containers[]/image", false),
    ("", "", "spec/template/spec/initContainers[]/image", false),
    (
        "",
        "",
        "spec/template/spec/volumes[]/image/reference",
        false,
    ),
];

/// Namespaces that stand elsewhere than in `metadata`.
pub const NAMESPACES: &[Spec] = &[
    (
        "APIService",
        "apiregistration.k8s.io",
        "spec/service/namespace",
        true,
    ),
    (
        "CustomResourceDefinition",
        "apiextensions.k8s.io",
        "spec/conversion/webhook/clientConfig/service/namespace",
        false,
    ),
];
