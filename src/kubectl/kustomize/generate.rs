//! ConfigMaps and Secrets made from literals and files, and the hash of their content in their names.

use super::Result;
use super::load::Loader;
use super::resource::{Behavior, Resource, append};
use crate::apimachinery::Value;
use crate::kubectl::cmd::create::keys::content_hash;
use crate::kubectl::printers::json::escape_html;
use crate::tree;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Makes what one entry of `configMapGenerator` or `secretGenerator` says and puts it among the objects.
pub fn generate(
    loader: &Loader,
    all: &mut Vec<Resource>,
    kind: &str,
    entry: &Value,
    global: &Value,
) -> Result<()> {
    let name = entry.get("name").str();
    if name.is_empty() {
        return Err("a configmap must have a name".to_owned());
    }
    let mut object = tree!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}});
    if !entry.get("namespace").is_empty() {
        object.set_at(&["metadata", "namespace"], entry.get("namespace").clone());
    }
    let secret = kind == "Secret";
    if secret {
        let given = entry.get("type").str();
        object.set("type", if given.is_empty() { "Opaque" } else { given });
    }
    let pairs = pairs(loader, entry).map_err(|e| format!("loading KV pairs: {e}"))?;
    for (i, (key, bytes)) in pairs.iter().enumerate() {
        if pairs[..i].iter().any(|(k, _)| k == key) {
            return Err(format!(
                "configmap {name} illegally repeats the key `{key}`"
            ));
        }
        match std::str::from_utf8(bytes) {
            Ok(text) if !secret => object.set_at(&["data", key], text),
            _ => {
                let field = if secret { "data" } else { "binaryData" };
                object.set_at(&[field, key], STANDARD.encode(bytes));
            }
        }
    }
    let options = entry.get("options");
    for key in ["annotations", "labels"] {
        for (k, v) in global.get(key).fields().chain(options.get(key).fields()) {
            object.set_at(&["metadata", key, k], v.clone());
        }
    }
    let yes = |key: &str| {
        [options, global]
            .iter()
            .any(|o| o.get(key).as_bool() == Some(true))
    };
    if yes("immutable") {
        object.set("immutable", true);
    }
    let mut new = Resource::new(object);
    new.hash = !yes("disableNameSuffixHash");
    new.behavior = Behavior::parse(entry.get("behavior").str());
    absorb(all, new).map_err(|e| format!("merging from generator {kind} {name}: {e}"))
}

fn absorb(all: &mut Vec<Resource>, mut new: Resource) -> Result<()> {
    let id = new.id();
    let fits = |r: &Resource| r.ids().iter().any(|i| i.same(&id));
    let places: Vec<usize> = (0..all.len()).filter(|i| fits(&all[*i])).collect();
    let merges = matches!(new.behavior, Behavior::Merge | Behavior::Replace);
    let place = match places[..] {
        [] if merges => {
            return Err(format!(
                "id {} does not exist; cannot merge or replace",
                id.debug()
            ));
        }
        [] => return append(all, new),
        [place] if merges => place,
        [_] => {
            let said = if new.behavior == Behavior::Create {
                "create"
            } else {
                "unspecified"
            };
            return Err(format!(
                "id {} exists; can not use behavior: '{said}', behavior must be merge or replace",
                id.debug()
            ));
        }
        _ => {
            return Err(format!(
                "found multiple objects that could accept merge of {id}"
            ));
        }
    };
    let old = &all[place];
    let merge = new.behavior == Behavior::Merge;
    let both = |key: &[&str], new: &Value| {
        let mut out = old.object.at(key).clone();
        for (k, v) in new.at(key).fields() {
            out.set(k, v.clone());
        }
        out
    };
    for key in [
        &["metadata", "labels"] as &[&str],
        &["metadata", "annotations"],
        &["data"],
        &["binaryData"],
    ] {
        if merge || key.len() > 1 {
            let merged = both(key, &new.object);
            if !merged.is_empty() {
                new.object.set_at(key, merged);
            }
        }
    }
    let (name, namespace) = (
        old.object.name().to_owned(),
        old.object.namespace().to_owned(),
    );
    new.rename(&name);
    if !namespace.is_empty() {
        new.object.set_at(&["metadata", "namespace"], namespace);
    }
    new.take_past(old);
    all[place] = new;
    Ok(())
}

fn pairs(loader: &Loader, entry: &Value) -> Result<Vec<(String, Vec<u8>)>> {
    let words = |key: &str| -> Vec<String> {
        let items = entry.get(key).items();
        items.iter().map(|v| v.str().to_owned()).collect()
    };
    let mut out = Vec::new();
    let mut envs = words("envs");
    if !entry.get("env").is_empty() {
        envs.push(entry.get("env").str().to_owned());
    }
    for path in &envs {
        env_file(loader, path, &mut out)
            .map_err(|e| format!("env source files: [{}]: {e}", envs.join(" ")))?;
    }
    let literals = words("literals");
    for literal in &literals {
        let (key, value) = match literal.split_once('=') {
            Some((key, value)) if !key.is_empty() => (key, value),
            _ => {
                return Err(format!(
                    "literal sources [{}]: invalid literal source {literal}, expected key=value",
                    literals.join(" ")
                ));
            }
        };
        let bare = ['"', '\''].iter().find_map(|q| {
            let inner = value.strip_prefix(*q)?.strip_suffix(*q)?;
            Some(inner)
        });
        out.push((key.to_owned(), bare.unwrap_or(value).as_bytes().to_vec()));
    }
    let files = words("files");
    for source in &files {
        let pair = file_source(source)
            .and_then(|(key, path)| Ok((key, loader.load(&path)?)))
            .map_err(|e| format!("file sources: [{}]: {e}", files.join(" ")))?;
        out.push(pair);
    }
    Ok(out)
}

fn file_source(source: &str) -> Result<(String, String)> {
    let parts: Vec<&str> = source.split('=').collect();
    match parts[..] {
        [path] => {
            let base = path.trim_end_matches('/').rsplit('/').next();
            Ok((base.unwrap_or(path).to_owned(), path.to_owned()))
        }
        ["", path] => Err(format!(
            "missing key name for file path {path:?} in source {source:?}"
        )),
        [key, ""] => Err(format!(
            "missing file path for key name {key:?} in source {source:?}"
        )),
        [key, path] => Ok((key.to_owned(), path.to_owned())),
        _ => Err(format!(
            "source {source:?} key name or file path contains '='"
        )),
    }
}

fn env_file(loader: &Loader, path: &str, out: &mut Vec<(String, Vec<u8>)>) -> Result<()> {
    let text = loader.text(path)?;
    for line in text.strip_prefix('\u{feff}').unwrap_or(&text).lines() {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        // A key is taken as it is: kubectl leaves its check to the API server.
        if key.is_empty() {
            continue;
        }
        out.push((key.to_owned(), value.as_bytes().to_vec()));
    }
    Ok(())
}

/// Ends the names of generated objects in a hash of what is in them.
pub fn add_hashes(all: &mut [Resource]) {
    for r in all.iter_mut().filter(|r| r.hash) {
        let o = &r.object;
        // Upstream means to hash the name too, but does not find it: its hash is of an empty one.
        let mut content = tree!({"kind": o.kind(), "name": "", "data": ""});
        if o.has("data") {
            content.set("data", o.get("data").clone());
        }
        if o.kind() == "Secret" {
            content.set("type", o.get("type").clone());
        }
        for key in ["binaryData", "stringData"] {
            if o.has(key) {
                content.set(key, o.get(key).clone());
            }
        }
        let name = format!(
            "{}-{}",
            o.name(),
            content_hash(&escape_html(&content.to_json()))
        );
        r.remember();
        r.rename(&name);
    }
}
