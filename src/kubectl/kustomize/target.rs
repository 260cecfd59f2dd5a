//! Putting a kustomization together: its resources, what it generates, its components, and what it does to them all.

use super::load::Loader;
use super::resource::{Resource, append, parse};
use super::{Result, fields, file, generate, patch, replace, transform};
use crate::apimachinery::Value;

/// Builds the kustomization at a loader; gives its objects and its `sortOptions`.
pub fn build(loader: &Loader) -> Result<(Vec<Resource>, Value)> {
    let file = file::read(loader)?;
    let all = accumulate(loader, &file, Vec::new())?;
    Ok((all, file.get("sortOptions").clone()))
}

/// What a kustomization makes of its resources; a component begins with those of the kustomization that has it.
fn accumulate(loader: &Loader, file: &Value, mut all: Vec<Resource>) -> Result<Vec<Resource>> {
    let list = |key: &str| file.get(key).items().iter();
    for path in list("resources").chain(list("bases")) {
        resource(loader, &mut all, path.str())
            .map_err(|e| format!("accumulating resources: {e}"))?;
    }
    let global = file.get("generatorOptions");
    for (key, kind) in [
        ("configMapGenerator", "ConfigMap"),
        ("secretGenerator", "Secret"),
    ] {
        for entry in list(key) {
            generate::generate(loader, &mut all, kind, entry, global)?;
        }
    }
    for path in list("components") {
        let inner = loader
            .inner(path.str())
            .map_err(|e| format!("accumulating components: loader.New {e:?}"))?;
        all = folder(&inner, all, true)
            .map_err(|e| format!("accumulating components: accumulateDirectory: {e:?}"))?;
    }
    transform(loader, file, &mut all)?;
    for r in &mut all {
        tidy(&mut r.object);
    }
    Ok(all)
}

fn transform(loader: &Loader, file: &Value, all: &mut Vec<Resource>) -> Result<()> {
    let list = |key: &str| file.get(key).items().iter();
    for entry in list("patchesStrategicMerge") {
        patch::strategic_merge(loader, all, entry.str())?;
    }
    for entry in list("patches") {
        patch::patch(loader, all, entry)?;
    }
    let namespace = file.get("namespace").str();
    if !namespace.is_empty() {
        transform::namespace(all, namespace)?;
    }
    transform::affix(all, file.get("namePrefix").str(), true);
    transform::affix(all, file.get("nameSuffix").str(), false);
    for entry in list("labels") {
        transform::labels(all, entry)?;
    }
    let mut everywhere = vec![
        fields::LABELS,
        fields::TEMPLATE_LABELS,
        fields::CLAIM_LABELS,
    ];
    everywhere.extend(fields::SELECTORS);
    transform::pairs(all, file.get("commonLabels"), &everywhere)?;
    transform::pairs(all, file.get("commonAnnotations"), &[fields::ANNOTATIONS])?;
    for entry in list("patchesJson6902") {
        patch::json6902(loader, all, entry)?;
    }
    for entry in list("replicas") {
        transform::replicas(all, entry)?;
    }
    for entry in list("images").chain(list("imageTags")) {
        transform::image(all, entry)?;
    }
    for entry in list("replacements") {
        replace::replace(loader, all, entry)?;
    }
    Ok(())
}

/// Annotations are texts, whatever they were written as, and none at all rather than an empty map.
fn tidy(object: &mut Value) {
    if !object.at(&["metadata"]).has("annotations") {
        return;
    }
    if object.at(&["metadata", "annotations"]).is_empty() {
        object.remove_at(&["metadata", "annotations"]);
        return;
    }
    if let Value::Map(map) = object.at_mut(&["metadata", "annotations"]) {
        for (_, v) in map.iter_mut() {
            if !matches!(v, Value::Str(_) | Value::Map(_) | Value::List(_)) {
                *v = v.to_json().into();
            }
        }
    }
}

/// An entry of `resources`: a file, or the folder of another kustomization.
fn resource(loader: &Loader, all: &mut Vec<Resource>, path: &str) -> Result<()> {
    let Err(as_file) = add_file(loader, all, path) else {
        return Ok(());
    };
    let both = |e: String| format!("accumulation err='{as_file}': {e}");
    let inner = match loader.inner(path) {
        Err(_) if as_file.contains("MalformedYAMLError") => return Err(as_file),
        inner => inner.map_err(both)?,
    };
    let made = folder(&inner, Vec::new(), false).map_err(both)?;
    for r in made {
        append(all, r)
            .map_err(|e| both(format!("recursed merging from path '{}': {e}", inner.root)))?;
    }
    Ok(())
}

fn add_file(loader: &Loader, all: &mut Vec<Resource>, path: &str) -> Result<()> {
    let new = loader
        .text(path)
        .and_then(|text| {
            parse(&text).map_err(|e| {
                if e.starts_with("MalformedYAMLError") {
                    format!("{e} in File: {path}")
                } else {
                    e
                }
            })
        })
        .map_err(|e| format!("accumulating resources from '{path}': {e}"))?;
    for r in new {
        append(all, r).map_err(|e| format!("merging resources from '{path}': {e}"))?;
    }
    Ok(())
}

fn folder(inner: &Loader, all: Vec<Resource>, component: bool) -> Result<Vec<Resource>> {
    let root = &inner.root;
    let file =
        file::read(inner).map_err(|e| format!("couldn't make target for path '{root}': {e}"))?;
    if component != (file.kind() == "Component") {
        let kind = if file.kind().is_empty() {
            "Kustomization"
        } else {
            file.kind()
        };
        return Err(if component {
            format!("expected kind 'Component' for path '{root}' but got '{kind}'")
        } else {
            format!("expected kind != 'Component' for path '{root}'")
        });
    }
    accumulate(inner, &file, all)
        .map_err(|e| format!("recursed accumulation of path '{root}': {e}"))
}
