//! Objects in files, directories and standard input.

use super::{Info, metadata};
use crate::apimachinery::Value;
use crate::apimachinery::yaml;
use crate::kubectl::context::Cx;
use crate::kubectl::discovery::Mapping;
use crate::kubectl::env::{FileError, FileKind};
use crate::kubectl::error::Error;
use crate::kubectl::kustomize::build;
use std::rc::Rc;

/// Where objects are read.
#[derive(Clone, Debug)]
pub enum Source {
    /// Standard input.
    Stdin,
    /// A file.
    File(String),
    /// The folder of a kustomization.
    Kustomize(String),
}

impl Source {
    /// As messages name it.
    pub fn name(&self) -> &str {
        match self {
            Source::Stdin => "STDIN",
            Source::File(path) | Source::Kustomize(path) => path,
        }
    }
}

const EXTENSIONS: [&str; 3] = [".json", ".yaml", ".yml"];

/// Whether neither `-f` nor `-k` was given.
pub fn none_given(cx: &Cx) -> bool {
    cx.flags.strings("filename").is_empty() && cx.flags.str("kustomize").is_empty()
}

/// `must specify one of -f and -k` where neither was given.
pub fn require(cx: &Cx) -> Result<(), Error> {
    if none_given(cx) {
        return Err(Error::msg("must specify one of -f and -k"));
    }
    Ok(())
}

/// What `-f`, `-R` and `-k` name.
pub fn sources(cx: &Cx) -> Result<Vec<Source>, Vec<Error>> {
    let (mut out, mut errors) = (Vec::new(), Vec::new());
    let names = cx.flags.strings("filename");
    if !cx.flags.str("kustomize").is_empty() {
        let why = if !names.is_empty() {
            "only one of -f or -k can be specified"
        } else if cx.flags.bool("recursive") {
            "the -k flag can't be used with -f or -R"
        } else {
            let folder = cx.flags.str("kustomize").to_owned();
            return Ok(vec![Source::Kustomize(folder)]);
        };
        return Err(vec![Error::msg(why)]);
    }
    for name in names {
        if name == "-" {
            if out.iter().any(|s| matches!(s, Source::Stdin)) {
                errors.push(Error::msg(
                    "standard input cannot be used for multiple arguments",
                ));
            }
            out.push(Source::Stdin);
        } else if name.starts_with("http://") || name.starts_with("https://") {
            errors.push(Error::msg(format!(
                "unable to read URL \"{name}\": manifests from the network are not supported in this kubectl; save it to a file first"
            )));
        } else {
            match expand(cx, &name) {
                Ok(more) => out.extend(more),
                Err(e) => errors.push(e),
            }
        }
    }
    if errors.is_empty() {
        Ok(out)
    } else {
        Err(errors)
    }
}

fn expand(cx: &Cx, path: &str) -> Result<Vec<Source>, Error> {
    match cx.io.stat(path) {
        Ok(FileKind::File) => Ok(vec![Source::File(path.to_owned())]),
        Ok(FileKind::Directory) => {
            let mut out = Vec::new();
            walk(cx, path, &mut out)
                .map_err(|e| Error::msg(format!("error reading \"{path}\": open {path}: {e}")))?;
            if out.is_empty() {
                return Err(Error::msg(format!(
                    "error reading [{path}]: recognized file extensions are [{}]",
                    EXTENSIONS.join(" ")
                )));
            }
            Ok(out)
        }
        Err(FileError::NotFound) => {
            let matches = glob(cx, path);
            if matches.is_empty() {
                Err(Error::msg(format!("the path \"{path}\" does not exist")))
            } else {
                Ok(matches.into_iter().map(Source::File).collect())
            }
        }
        Err(e) => Err(Error::msg(format!(
            "the path \"{path}\" cannot be accessed: stat {path}: {e}"
        ))),
    }
}

fn walk(cx: &Cx, dir: &str, out: &mut Vec<Source>) -> Result<(), FileError> {
    for name in cx.io.list(dir)? {
        let path = format!("{}/{name}", dir.trim_end_matches('/'));
        match cx.io.stat(&path)? {
            FileKind::Directory if cx.flags.bool("recursive") => walk(cx, &path, out)?,
            FileKind::File if EXTENSIONS.iter().any(|e| name.ends_with(e)) => {
                out.push(Source::File(path));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Files of one directory whose names fit a pattern with `*` and `?`.
fn glob(cx: &Cx, pattern: &str) -> Vec<String> {
    let (dir, name) = pattern.rsplit_once('/').unwrap_or((".", pattern));
    if !name.contains(['*', '?']) {
        return Vec::new();
    }
    let prefix = if pattern.contains('/') {
        format!("{dir}/")
    } else {
        String::new()
    };
    cx.io
        .list(if dir.is_empty() { "/" } else { dir })
        .unwrap_or_default()
        .into_iter()
        .filter(|n| fits(name.as_bytes(), n.as_bytes()))
        .map(|n| format!("{prefix}{n}"))
        .collect()
}

fn fits(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => {
            fits(rest, name) || name.split_first().is_some_and(|(_, n)| fits(pattern, n))
        }
        (Some((b'?', rest)), Some((_, n))) => fits(rest, n),
        (Some((p, rest)), Some((c, n))) => p == c && fits(rest, n),
        _ => false,
    }
}

/// The objects of a source, each with what went wrong with it. `check`: whether version and kind must be there (validation).
pub async fn read(
    cx: &Cx,
    source: &Source,
    check: Option<bool>,
    local: bool,
) -> Vec<Result<Info, Error>> {
    let bytes = match source {
        Source::Kustomize(folder) => {
            return match build(&*cx.io, folder, false) {
                Ok(objects) => infos(cx, objects, folder, local).await,
                Err(e) => vec![Err(Error::msg(e))],
            };
        }
        Source::Stdin => cx.io.read_stdin().await,
        Source::File(path) => match cx.io.read(path) {
            Ok(bytes) => bytes,
            Err(e) => return vec![Err(Error::msg(format!("open {path}: {e}")))],
        },
    };
    let name = source.name();
    let mut out = Vec::new();
    let (documents, broken) = yaml::parse_all(&String::from_utf8_lossy(&bytes));
    for document in documents {
        let object = document.value;
        if check == Some(true)
            && let Some(missing) = lacks(&object)
        {
            out.push(Err(Error::msg(format!(
                "error validating \"{name}\": error validating data: {missing}; if you choose to ignore these errors, turn validation off with --validate=false"
            ))));
            continue;
        }
        if !object.kind().is_empty()
            && let Some(why) = metadata::error(&object)
        {
            out.push(Err(Error::msg(format!(
                "unable to decode \"{name}\": {why}"
            ))));
            continue;
        }
        out.push(info_for(cx, object, name, local).await);
    }
    if let Some(e) = broken {
        out.push(Err(Error::msg(format!("error parsing {name}: {e}"))));
    }
    out
}

async fn infos(
    cx: &Cx,
    objects: Vec<Value>,
    source: &str,
    local: bool,
) -> Vec<Result<Info, Error>> {
    let mut out = Vec::new();
    for object in objects {
        out.push(info_for(cx, object, source, local).await);
    }
    out
}

/// What client-side validation misses in an object: its version or its kind.
pub fn lacks(object: &Value) -> Option<String> {
    if !matches!(object, Value::Map(_)) {
        return Some("invalid object to validate".to_owned());
    }
    let missing: Vec<String> = ["apiVersion", "kind"]
        .into_iter()
        .filter_map(|field| match object.get(field) {
            Value::Null => Some(format!("{field} not set")),
            Value::Str(text) if text.is_empty() => Some(format!("{field} not set")),
            Value::Str(_) => None,
            _ => Some(format!("{field} isn't string type")),
        })
        .collect();
    match missing.len() {
        0 => None,
        1 => Some(missing[0].clone()),
        _ => Some(format!("[{}]", missing.join(", "))),
    }
}

/// Finds an object's resource.
pub async fn info_for(cx: &Cx, object: Value, source: &str, local: bool) -> Result<Info, Error> {
    let (name, namespace) = (object.name().to_owned(), object.namespace().to_owned());
    if !matches!(object, Value::Map(_)) || object.kind().is_empty() {
        return Err(Error::msg(format!(
            "unable to decode \"{source}\": Object 'Kind' is missing in '{}'",
            object.to_json()
        )));
    }
    if object.api_version().is_empty() {
        return Err(Error::msg(format!(
            "unable to decode \"{source}\": Object 'apiVersion' is missing in '{}'",
            object.to_json()
        )));
    }
    let mapping = if object.kind() == "List" && object.api_version() == "v1" || local {
        Rc::new(Mapping::built_in(object.api_version(), object.kind()))
    } else {
        match cx.kind(object.api_version(), object.kind()).await {
            Ok(mapping) => mapping,
            Err(e @ Error::NoKindMatch { .. })
                if super::is_list(&object) && object.has("items") =>
            {
                let _ = e;
                Rc::new(Mapping::built_in(object.api_version(), object.kind()))
            }
            Err(e @ Error::NoKindMatch { .. }) => {
                return Err(Error::msg(format!(
                    "resource mapping not found for name: \"{name}\" namespace: \"{namespace}\" from \"{source}\": {}\nensure CRDs are installed first",
                    e.text()
                )));
            }
            Err(e) => {
                return Err(Error::msg(format!(
                    "unable to recognize \"{source}\": {}",
                    e.text()
                )));
            }
        }
    };
    Ok(Info {
        mapping,
        namespace,
        name,
        source: source.to_owned(),
        object,
    })
}
