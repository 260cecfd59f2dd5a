//! `patches`, `patchesStrategicMerge` and `patchesJson6902`, and which objects they are for.

use super::Result;
use super::load::Loader;
use super::merge::merge;
use super::resource::{Id, Resource, parse};
use crate::apimachinery::labels::Selector;
use crate::apimachinery::patch::json_patch;
use crate::apimachinery::schema::{Shape, kind_type};
use crate::apimachinery::{Value, yaml};
use regex_lite::Regex;

/// `patches`: one entry.
pub fn patch(loader: &Loader, all: &mut Vec<Resource>, entry: &Value) -> Result<()> {
    let trouble = |e: String| {
        let config = yaml::to_yaml(entry);
        format!("trouble configuring builtin PatchTransformer with config: `\n{config}`: {e}")
    };
    let (text, path) = (entry.get("patch").str().trim(), entry.get("path").str());
    let config = || yaml::to_yaml(entry);
    let (text, source) = match (text.is_empty(), path.is_empty()) {
        (true, true) => {
            return Err(trouble(format!(
                "must specify one of patch and path in\n{}",
                config()
            )));
        }
        (false, false) => {
            return Err(trouble(format!(
                "patch and path can't be set at the same time\n{}",
                config()
            )));
        }
        (false, true) => (text.to_owned(), format!("[patch: {text:?}]")),
        (true, false) => {
            let text = loader.text(path).map_err(|e| {
                trouble(format!(
                    "failed to get the patch file from path({path}): {e}"
                ))
            })?;
            (text, format!("[path: {path:?}]"))
        }
    };
    let target = entry.get("target");
    match (parse(&text), operations(&text)) {
        (Ok(patches), _) => {
            let yes = |key: &str| entry.at(&["options", key]).as_bool() == Some(true);
            let options = (yes("allowNameChange"), yes("allowKindChange"));
            strategic(all, &patches, target, options, &source)
        }
        (Err(_), Ok(operations)) => {
            if target.is_null() {
                return Err(format!("must specify a target for JSON patch {source}"));
            }
            json(all, &operations, target)
        }
        _ => Err(trouble(format!(
            "unable to parse SM or JSON patch from {source}"
        ))),
    }
}

fn strategic(
    all: &mut Vec<Resource>,
    patches: &[Resource],
    target: &Value,
    options: (bool, bool),
    source: &str,
) -> Result<()> {
    if target.is_null() {
        for patch in patches {
            let id = patch.id();
            let i = by_id(all, &id)
                .map_err(|e| format!("no resource matches strategic merge patch \"{id}\": {e}"))?;
            apply(&mut all[i], &patch.object, options)?;
        }
    } else {
        if patches.len() > 1 {
            return Err(format!(
                "Multiple Strategic-Merge Patches in one `patches` entry is not allowed to set `patches.target` field: {source}"
            ));
        }
        for i in select(all, target)? {
            apply(&mut all[i], &patches[0].object, options)?;
        }
    }
    all.retain(|r| !r.object.is_null());
    Ok(())
}

/// `patchesStrategicMerge`: an entry is a path or a patch itself.
pub fn strategic_merge(loader: &Loader, all: &mut Vec<Resource>, entry: &str) -> Result<()> {
    let patches = match parse(entry) {
        Ok(patches) if !patches.is_empty() => patches,
        _ => loader.text(entry).and_then(|text| {
            parse(&text).map_err(|e| if e.starts_with("MalformedYAMLError") { format!("{e} in File: {entry}") } else { e })
        }).map_err(|e| format!("trouble configuring builtin PatchStrategicMergeTransformer with config: `\npaths:\n- {entry}\n`: {e}"))?,
    };
    for patch in patches {
        let i = by_id(all, &patch.id())?;
        apply(&mut all[i], &patch.object, (false, false))?;
        all.retain(|r| !r.object.is_null());
    }
    Ok(())
}

/// `patchesJson6902`: one entry.
pub fn json6902(loader: &Loader, all: &mut [Resource], entry: &Value) -> Result<()> {
    let (patch, path) = (entry.get("patch").str(), entry.get("path").str());
    let why = if entry.at(&["target", "name"]).is_empty() {
        "must specify the target name"
    } else if patch.is_empty() && path.is_empty() {
        "empty file path and empty jsonOp"
    } else if !patch.is_empty() && !path.is_empty() {
        "must specify a file path or jsonOp, not both"
    } else {
        ""
    };
    let text = match why {
        "" if path.is_empty() => Ok(patch.to_owned()),
        "" => loader.text(path),
        why => Err(why.to_owned()),
    };
    let operations = text.and_then(|t| operations(&t)).map_err(|e| {
        let mut config = entry.clone();
        if let Some(patch) = config.remove("patch") {
            config.set("jsonOp", patch);
        }
        let config = yaml::to_yaml(&config);
        format!(
            "trouble configuring builtin PatchJson6902Transformer with config: `\n{config}`: {e}"
        )
    })?;
    json(all, &operations, entry.get("target"))
}

/// Reads the operations of a JSON patch; what begins with a bracket must be JSON.
fn operations(text: &str) -> Result<Value> {
    if text.starts_with('[') {
        serde_json::from_str::<serde::de::IgnoredAny>(text).map_err(|e| e.to_string())?;
    }
    let v = yaml::parse(text).map_err(|e| e.to_string())?;
    let items = v
        .as_list()
        .filter(|l| l.iter().all(|o| o.as_map().is_some()));
    items.ok_or("no JSON patch".to_owned())?;
    Ok(v)
}

fn json(all: &mut [Resource], operations: &Value, target: &Value) -> Result<()> {
    for i in select(all, target)? {
        let r = &mut all[i];
        r.remember();
        for operation in operations.items() {
            let mut operation = operation.clone();
            // The library that kustomize uses takes a replacement of a missing field for an addition.
            if *operation.get("op") == "replace"
                && missing_field(&r.object, operation.get("path").str())
            {
                operation.set("op", "add");
            }
            let one = Value::from(vec![operation.clone()]);
            r.object = json_patch(&r.object, &one).map_err(|e| {
                let (e, path) = (e.to_string(), operation.get("path").str());
                if e.ends_with("unknown operation") {
                    return format!("Unexpected kind: {}", operation.get("op").str());
                }
                match e.split_once("doc is missing key: ") {
                    Some((_, rest)) if *operation.get("op") == "remove" => {
                        let why = rest.strip_prefix(path).unwrap_or(rest);
                        format!("error in remove for path: '{path}'{why}")
                    }
                    _ if *operation.get("op") == "add" => {
                        e.replace(&format!("path: {path}:"), &format!("path: \"{path}\":"))
                    }
                    _ => e,
                }
            })?;
        }
    }
    Ok(())
}

fn missing_field(object: &Value, path: &str) -> bool {
    let Some((parent, last)) = path.rsplit_once('/') else {
        return false;
    };
    let mut at = object;
    for part in parent.split('/').skip(1) {
        at = match at {
            Value::List(l) => match part.parse::<usize>().ok().and_then(|i| l.get(i)) {
                Some(v) => v,
                None => return false,
            },
            v => v.get(&part.replace("~1", "/").replace("~0", "~")),
        };
    }
    at.as_map().is_some() && !at.has(&last.replace("~1", "/").replace("~0", "~"))
}

fn apply(r: &mut Resource, patch: &Value, (rename, retype): (bool, bool)) -> Result<()> {
    if rename || retype {
        r.remember();
    }
    let old = r.object.clone();
    let shape = kind_type(old.api_version(), old.kind()).map(Shape::Ref);
    let Some(mut new) = merge(old.clone(), patch, shape)? else {
        r.object = Value::Null;
        return Ok(());
    };
    new.set("apiVersion", old.api_version());
    if !retype {
        new.set("kind", old.kind());
    }
    if !rename {
        new.set_at(&["metadata", "name"], old.name());
    }
    if old.namespace().is_empty() {
        new.remove_at(&["metadata", "namespace"]);
    } else {
        new.set_at(&["metadata", "namespace"], old.namespace());
    }
    r.object = new;
    Ok(())
}

fn by_id(all: &[Resource], id: &Id) -> Result<usize> {
    let fits = |r: &Resource| r.ids().iter().any(|i| i.same(id));
    let mut places = (0..all.len()).filter(|i| fits(&all[*i]));
    let why = match (places.next(), places.next()) {
        (Some(i), None) => return Ok(i),
        (None, _) => "no matches",
        _ => "multiple matches",
    };
    Err(format!(
        "{why} for Id {id}; failed to find unique target for patch {id}"
    ))
}

/// The places of the objects that a target selects.
pub fn select(all: &[Resource], target: &Value) -> Result<Vec<usize>> {
    let selector = TargetSelector::new(target)?;
    let fits = |r: &Resource| {
        let (now, was) = (r.id(), r.original_id());
        selector.fits_kind(&now)
            && (selector.fits("name", &was.name) || selector.fits("name", &now.name))
            && (selector.fits("namespace", was.effective_namespace())
                || selector.fits("namespace", now.effective_namespace()))
            && selector.fits_labels(&r.object)
    };
    Ok((0..all.len()).filter(|i| fits(&all[*i])).collect())
}

/// A target: regular expressions for what an object is called, and selectors of its labels and annotations.
pub struct TargetSelector {
    words: Vec<(&'static str, Regex)>,
    labels: Option<Selector>,
    annotations: Option<Selector>,
}

impl TargetSelector {
    /// Reads a target; fails where an expression or a selector is malformed.
    pub fn new(target: &Value) -> Result<TargetSelector> {
        let mut words = Vec::new();
        for key in ["group", "version", "kind", "name", "namespace"] {
            let word = target.get(key).str();
            if !word.is_empty() {
                let regex = Regex::new(&format!("^(?:{word})$"));
                words.push((
                    key,
                    regex.map_err(|e| format!("error parsing regexp: {e}"))?,
                ));
            }
        }
        let selector = |key: &str| match target.get(key).str() {
            "" => Ok(None),
            text => Selector::parse(text).map(Some),
        };
        Ok(TargetSelector {
            words,
            labels: selector("labelSelector")?,
            annotations: selector("annotationSelector")?,
        })
    }
    /// Whether it says nothing of what objects are called.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
    /// Whether it has anything to say of labels or annotations.
    pub fn has_labels(&self) -> bool {
        self.labels.is_some() || self.annotations.is_some()
    }
    /// Whether a word fits.
    pub fn fits(&self, key: &str, word: &str) -> bool {
        self.words
            .iter()
            .all(|(k, regex)| *k != key || regex.is_match(word))
    }
    /// Whether group, version and kind fit.
    pub fn fits_kind(&self, id: &Id) -> bool {
        self.fits("group", &id.group)
            && self.fits("version", &id.version)
            && self.fits("kind", &id.kind)
    }
    /// Whether labels and annotations fit.
    pub fn fits_labels(&self, object: &Value) -> bool {
        let fits = |s: &Option<Selector>, key: &str| {
            s.as_ref()
                .is_none_or(|s| s.matches(object.at(&["metadata", key]).as_map()))
        };
        fits(&self.labels, "labels") && fits(&self.annotations, "annotations")
    }
}
