//! What a kustomization does to all of its objects: namespace, names, labels, annotations, images and replicas.

use super::Result;
use super::fields::{self, Spec, apply, visit};
use super::resource::Resource;
use crate::apimachinery::Value;
use regex_lite::Regex;

/// Puts objects into a namespace.
pub fn namespace(all: &mut [Resource], namespace: &str) -> Result<()> {
    for i in 0..all.len() {
        let r = &mut all[i];
        r.remember();
        let id = r.id();
        if !id.cluster_scoped() {
            r.object.set_at(&["metadata", "namespace"], namespace);
        }
        if id.kind == "Namespace" && id.version == "v1" && id.group.is_empty() {
            r.rename(namespace);
        }
        if matches!(id.kind.as_str(), "RoleBinding" | "ClusterRoleBinding") {
            visit(&mut r.object, "subjects", false, &mut |subjects| {
                if let Value::List(list) = subjects {
                    for s in list
                        .to_mut()
                        .iter_mut()
                        .filter(|s| *s.get("name") == "default")
                    {
                        s.set("namespace", namespace);
                    }
                }
                Ok(())
            })?;
        }
        apply(r, fields::NAMESPACES, &mut |v| {
            *v = namespace.into();
            Ok(())
        })
        .map_err(|e| format!("namespace transformation failed: {e}"))?;
        let id = all[i].id();
        let same: Vec<String> = all
            .iter()
            .filter(|r| r.id().same(&id))
            .map(|r| r.object.to_json())
            .collect();
        if same.len() != 1 {
            return Err(format!(
                "namespace transformation produces ID conflict: [{}]",
                same.join(" ")
            ));
        }
    }
    Ok(())
}

/// Puts a prefix and a suffix to names.
pub fn affix(all: &mut [Resource], affix: &str, at_front: bool) {
    if affix.is_empty() {
        return;
    }
    for r in all {
        let id = r.original_id();
        if matches!(id.kind.as_str(), "CustomResourceDefinition" | "Namespace")
            || id.kind == "APIService" && id.group == "apiregistration.k8s.io"
        {
            continue;
        }
        r.remember();
        let name = r.object.name().to_owned();
        if at_front {
            r.prefixes.push(affix.to_owned());
            r.rename(&format!("{affix}{name}"));
        } else {
            r.suffixes.push(affix.to_owned());
            r.rename(&format!("{name}{affix}"));
        }
    }
}

/// Sets the pairs of a map (labels, annotations) wherever specs say.
pub fn pairs(all: &mut [Resource], pairs: &Value, specs: &[&[Spec]]) -> Result<()> {
    if pairs.is_empty() {
        return Ok(());
    }
    for r in all {
        for list in specs {
            apply(r, list, &mut |v| add_pairs(v, pairs))?;
        }
    }
    Ok(())
}

fn add_pairs(v: &mut Value, pairs: &Value) -> Result<()> {
    if !v.is_null() && v.as_map().is_none() {
        return Err("wrong node kind: expected MappingNode but got ScalarNode".to_owned());
    }
    for (k, text) in pairs.fields() {
        v.set(k, text.clone());
    }
    Ok(())
}

/// `labels`: pairs with where they are to go.
pub fn labels(all: &mut [Resource], entry: &Value) -> Result<()> {
    let yes = |key: &str| entry.get(key).as_bool() == Some(true);
    let pairs_of = entry.get("pairs");
    let mut specs: Vec<&[Spec]> = vec![fields::LABELS];
    if yes("includeSelectors") {
        specs.extend([fields::TEMPLATE_LABELS, fields::CLAIM_LABELS]);
        specs.extend(fields::SELECTORS);
    } else if yes("includeTemplates") {
        specs.extend([fields::TEMPLATE_LABELS, fields::CLAIM_LABELS]);
    }
    pairs(all, pairs_of, &specs)?;
    for r in all {
        let id = r.id();
        for spec in entry.get("fields").items() {
            let fits =
                |key: &str, is: &str| matches!(spec.get(key).str(), w if w.is_empty() || w == is);
            if fits("kind", &id.kind) && fits("group", &id.group) && fits("version", &id.version) {
                let create = spec.get("create").as_bool() == Some(true);
                let path = spec.get("path").str();
                visit(&mut r.object, path, create, &mut |v| add_pairs(v, pairs_of))?;
            }
        }
    }
    Ok(())
}

/// `images`: one entry.
pub fn image(all: &mut [Resource], entry: &Value) -> Result<()> {
    let name = entry.get("name").str();
    let Ok(regex) = Regex::new(&format!(
        "^{name}(:[a-zA-Z0-9_.{{}}-]*)?(@[a-zA-Z0-9]+([.+_-][a-zA-Z0-9]+)*:[a-zA-Z0-9_.{{}}-]*)?$"
    )) else {
        return Ok(());
    };
    let mut set = |v: &mut Value| {
        if let Some(old) = v.as_str().filter(|s| regex.is_match(s)) {
            *v = renamed(old, entry).into();
        }
        Ok(())
    };
    for r in all {
        if r.object.kind() == "CustomResourceDefinition" {
            continue;
        }
        containers(&mut r.object, &mut set)?;
        apply(r, fields::IMAGES, &mut set)?;
    }
    Ok(())
}

/// The images of all lists called `containers` or `initContainers`, however deep.
fn containers(v: &mut Value, set: &mut dyn FnMut(&mut Value) -> Result<()>) -> Result<()> {
    match v {
        Value::List(list) if list.iter().any(|v| v.as_map().is_some()) => list
            .to_mut()
            .iter_mut()
            .try_for_each(|v| containers(v, set)),
        Value::Map(map) => {
            for (key, v) in map.iter_mut() {
                containers(v, set)?;
                if let ("containers" | "initContainers", Value::List(list)) = (key, v) {
                    for c in list.to_mut().iter_mut().filter(|c| c.has("image")) {
                        set(c.entry("image"))?;
                    }
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn renamed(image: &str, entry: &Value) -> String {
    let from = image.find('/').filter(|i| *i > 0).unwrap_or(0);
    let rest = &image[from..];
    let (at, colon) = (rest.find('@'), rest.find(':'));
    let (mut name, mut tag, mut digest) = match (colon, at) {
        (None, None) => (image, String::new(), ""),
        (Some(c), None) => (&image[..from + c], rest[c + 1..].to_owned(), ""),
        (Some(c), Some(a)) if c < a => {
            let tag = rest[c + 1..a].to_owned();
            (&image[..from + c], tag, &rest[a + 1..])
        }
        (_, Some(a)) => (&image[..from + a], String::new(), &rest[a + 1..]),
    };
    let field = |key: &str| entry.get(key).str();
    if !field("newName").is_empty() {
        name = field("newName");
    }
    let (new_tag, new_digest) = (field("newTag"), field("digest"));
    if !new_tag.is_empty() || !new_digest.is_empty() {
        (tag, digest) = (new_tag.to_owned(), new_digest);
    } else if !field("tagSuffix").is_empty() {
        tag.push_str(field("tagSuffix"));
        digest = "";
    }
    let mut out = name.to_owned();
    if !tag.is_empty() {
        out = format!("{out}:{tag}");
    }
    if !digest.is_empty() {
        out = format!("{out}@{digest}");
    }
    out
}

/// `replicas`: one entry.
pub fn replicas(all: &mut [Resource], entry: &Value) -> Result<()> {
    let name = entry.get("name").str();
    let kinds = [
        "Deployment",
        "ReplicationController",
        "ReplicaSet",
        "StatefulSet",
    ];
    let mut found = false;
    for r in all {
        let ids = r.ids();
        if ids
            .iter()
            .any(|i| i.name == name && kinds.contains(&i.kind.as_str()))
        {
            found = true;
            let count = entry.get("count").as_i64().unwrap_or(0);
            visit(&mut r.object, "spec/replicas", true, &mut |v| {
                *v = count.into();
                Ok(())
            })?;
        }
    }
    if found {
        return Ok(());
    }
    let listed: Vec<String> = [
        "Deployment",
        "StatefulSet",
        "ReplicaSet",
        "ReplicationController",
    ]
    .iter()
    .map(|k| format!("{k}.[noVer].[noGrp]"))
    .collect();
    Err(format!(
        "resource with name {name} does not match a config with the following GVK [{}]",
        listed.join(" ")
    ))
}
