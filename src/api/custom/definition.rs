//! The kinds that a CustomResourceDefinition defines, as rows of discovery.

use crate::apimachinery::Value;
use crate::apimachinery::schema::{ColumnDef, ResourceDef, SubresourceDef};
use crate::collections::Arrange;
use std::cmp::Ordering;
use std::sync::Mutex;

/// Verbs of every custom resource, sorted.
const VERBS: &[&str] = &[
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
];
const SUBRESOURCE_VERBS: &[&str] = &["get", "patch", "update"];

/// Whether a definition has a condition and it is true.
pub fn is_condition_true(definition: &Value, kind: &str) -> bool {
    let conditions = definition.at(&["status", "conditions"]).items();
    let mut of_kind = conditions.iter().filter(|c| c.get("type") == kind);
    of_kind.any(|c| c.get("status") == "True")
}

/// The version in which objects are stored, "" where a definition names none.
pub fn storage_version(definition: &Value) -> &str {
    let versions = definition.at(&["spec", "versions"]).items();
    let stored = versions.iter().find(|v| super::flag(v, "storage"));
    stored.map_or("", |v| v.get("name").str())
}

/// The names of the versions that are served, best first (`version.CompareKubeAwareVersionStrings`).
pub fn version_names(definition: &Value) -> Vec<&str> {
    let versions = definition.at(&["spec", "versions"]).items();
    let served = versions.iter().filter(|v| super::flag(v, "served"));
    let mut names: Vec<&str> = served.map(|v| v.get("name").str()).collect();
    names.arrange_by(|a, b| compare_versions(b, a));
    names
}

/// Orders versions: `v1alpha1` < `v1beta1` < `v1` < `v2`; all others come before, in reverse order of their letters.
pub fn compare_versions(a: &str, b: &str) -> Ordering {
    match (parse(a), parse(b)) {
        (Some(x), Some(y)) => x.cmp(&y),
        (Some(_), None) => Ordering::Greater,
        (None, Some(_)) => Ordering::Less,
        (None, None) => b.cmp(a),
    }
}

/// Stability, major and minor number of `v2beta1`.
fn parse(version: &str) -> Option<(u8, u32, u32)> {
    let rest = version.strip_prefix('v')?;
    let split = |word: &str, rank: u8| {
        let (major, minor) = rest.split_once(word)?;
        Some((rank, number(major)?, number(minor)?))
    };
    number(rest)
        .map(|major| (2, major, 0))
        .or_else(|| split("beta", 1))
        .or_else(|| split("alpha", 0))
}

fn number(digits: &str) -> Option<u32> {
    let plain = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
    digits.parse().ok().filter(|_| plain)
}

/// The kinds of a definition in the versions it serves, best first, under the names that were accepted. A description lives as long as
/// the program; the same one is made once.
pub fn kinds_of(definition: &Value) -> Vec<&'static ResourceDef> {
    let versions = definition.at(&["spec", "versions"]).items();
    let by_name = |name: &str| versions.iter().find(|v| v.get("name") == name);
    version_names(definition)
        .into_iter()
        .filter_map(by_name)
        .map(|version| interned(definition, version))
        .collect()
}

/// What is the same for all clusters of the process: what kinds are described from, and their descriptions, each once. What a schema
/// says is no part of it, so that a definition whose schema changes a thousand times has one description.
static KNOWN: Mutex<Vec<(Value, &'static ResourceDef)>> = Mutex::new(Vec::new());

fn interned(definition: &Value, version: &Value) -> &'static ResourceDef {
    let (spec, names) = (
        definition.get("spec"),
        definition.at(&["status", "acceptedNames"]),
    );
    let parts = version.get("subresources").fields();
    let parts: Vec<Value> = parts
        .filter(|(_, v)| !v.is_null())
        .map(|(name, _)| name.into())
        .collect();
    let columns = version.get("additionalPrinterColumns").items().iter();
    let columns: Vec<Value> = columns
        .map(|c| {
            let told = ["name", "type", "format", "priority"].map(|f| c.get(f).clone());
            Value::from(told.to_vec())
        })
        .collect();
    let origin: Value = vec![
        spec.get("group").clone(),
        spec.get("scope").clone(),
        version.get("name").clone(),
        names.clone(),
        parts.into(),
        columns.into(),
    ]
    .into();
    let mut known = KNOWN.lock().unwrap_or_else(|e| e.into_inner());
    if let Some((_, def)) = known.iter().find(|(o, _)| *o == origin) {
        return def;
    }
    let def: &'static ResourceDef = Box::leak(Box::new(described(spec, names, version)));
    known.push((origin, def));
    def
}

/// A text that lives as long as the program.
fn text(v: &Value) -> &'static str {
    v.str().to_owned().leak()
}

fn texts(v: &Value) -> &'static [&'static str] {
    v.items().iter().map(text).collect::<Vec<_>>().leak()
}

fn described(spec: &Value, names: &Value, version: &Value) -> ResourceDef {
    let (group, name, kind) = (
        text(spec.get("group")),
        text(version.get("name")),
        text(names.get("kind")),
    );
    let parts = version.get("subresources");
    let mut subresources = Vec::new();
    for (sub, group, version, kind) in [
        ("scale", "autoscaling", "v1", "Scale"),
        ("status", group, name, kind),
    ] {
        if !parts.get(sub).is_null() {
            subresources.push(SubresourceDef {
                name: sub,
                kind,
                group,
                version,
                verbs: SUBRESOURCE_VERBS,
            });
        }
    }
    ResourceDef {
        group,
        version: name,
        resource: text(names.get("plural")),
        singular: text(names.get("singular")),
        kind,
        response_group: group,
        response_version: name,
        namespaced: spec.get("scope") == "Namespaced",
        short_names: texts(names.get("shortNames")),
        categories: texts(names.get("categories")),
        verbs: VERBS,
        subresources: subresources.leak(),
        type_id: None,
        columns: columns(version).leak(),
    }
}

/// The columns of a Table: the name, and what the version adds; the age where it adds nothing.
fn columns(version: &Value) -> Vec<ColumnDef> {
    let mut all = vec![ColumnDef {
        name: "Name",
        kind: "string",
        format: "name",
        priority: 0,
    }];
    let added = version.get("additionalPrinterColumns").items();
    if added.is_empty() {
        all.push(ColumnDef {
            name: "Age",
            kind: "date",
            format: "",
            priority: 0,
        });
    }
    all.extend(added.iter().map(|c| ColumnDef {
        name: text(c.get("name")),
        kind: text(c.get("type")),
        format: text(c.get("format")),
        priority: c.get("priority").as_i64().unwrap_or(0),
    }));
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    fn definition() -> Value {
        tree!({
            "spec": {"group": "sky.test", "scope": "Namespaced", "versions": [
                {"name": "v1beta1", "served": true, "storage": false},
                {"name": "v1", "served": true, "storage": true, "subresources": {"status": {}}},
                {"name": "v3", "served": false, "storage": false},
            ]},
            "status": {
                "acceptedNames": {"plural": "kites", "singular": "kite", "kind": "Kite", "shortNames": ["kt"]},
                "conditions": [{"type": "Established", "status": "True"}],
            },
        })
    }

    #[test]
    fn the_best_version_comes_first_and_descriptions_are_made_once() {
        let one = kinds_of(&definition());
        assert_eq!(
            one.iter().map(|d| d.version).collect::<Vec<_>>(),
            ["v1", "v1beta1"]
        );
        assert_eq!(
            (one[0].resource, one[0].short_names),
            ("kites", &["kt"][..])
        );
        assert!(
            one[0]
                .subresource("status")
                .is_some_and(|s| s.kind == "Kite")
        );
        assert!(one[1].subresources.is_empty());
        assert_eq!(
            one[0].columns.iter().map(|c| c.name).collect::<Vec<_>>(),
            ["Name", "Age"]
        );
        let two = kinds_of(&definition());
        assert!(std::ptr::eq(one[0], two[0]));
        // Another schema is no other description.
        let mut changed = definition();
        let version = &mut changed.at_mut(&["spec", "versions"]).items_mut()[1];
        version.set_at(&["schema", "openAPIV3Schema", "type"], "object");
        assert!(std::ptr::eq(kinds_of(&changed)[0], one[0]));
        assert!(is_condition_true(&definition(), "Established"));
        assert_eq!(storage_version(&definition()), "v1");
    }

    #[test]
    fn versions_are_ordered_as_upstream_orders_them() {
        let mut all = vec![
            "foo10",
            "v1alpha1",
            "v1",
            "v2beta2",
            "v10",
            "foo1",
            "v2",
            "v11alpha2",
        ];
        all.arrange_by(|a, b| compare_versions(b, a));
        assert_eq!(
            all,
            [
                "v10",
                "v2",
                "v1",
                "v2beta2",
                "v11alpha2",
                "v1alpha1",
                "foo1",
                "foo10"
            ]
        );
    }
}
