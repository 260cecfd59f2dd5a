//! What a container mounts (`makeMounts`): which volume, and which part of it.

use super::claims::{claim_of, volume_behind};
use super::env::{Surroundings, references, volume_files};
use super::worker::PodWorker;
use crate::api::core_v1::{Container, VolumeMount};
use crate::apimachinery::{Text, Value};
use crate::client::Cx;
use crate::collections::SortedMap;
use crate::cri::{Files, Mount, MountSource};

/// What a container with these variables mounts.
///
/// # Errors
/// Why that cannot be, as upstream's kubelet says it.
pub(super) fn mounts(
    w: &PodWorker,
    c: &Container,
    env: &SortedMap<&str, &str>,
    near: &Surroundings,
    cx: &mut Cx<'_>,
) -> Result<Vec<Mount>, String> {
    let mut out = Vec::new();
    for m in c.volume_mounts() {
        let Some(volume) = w.pod.spec().volumes().iter().find(|v| v.name() == m.name()) else {
            continue;
        };
        let sub_path = sub_path(m, env)?;
        if !near.sub_paths && !sub_path.is_empty() {
            return Err("not implemented".to_owned());
        }
        out.push(Mount {
            container_path: text_of(m.get("mountPath")),
            read_only: m.read_only() == Some(true) || is_read_only(volume),
            source: volume_source(w, volume, &sub_path, near, cx)?,
            sub_path,
        });
    }
    Ok(out)
}

/// Whether all of a volume can only be read: its claim is asked for that way.
fn is_read_only(volume: &Value) -> bool {
    let asked = volume.at(&["persistentVolumeClaim", "readOnly"]);
    asked.as_bool() == Some(true)
}

/// The part of its volume that is mounted, "" for all of it.
fn sub_path(m: &VolumeMount, env: &SortedMap<&str, &str>) -> Result<Text, String> {
    let asked = m.get("subPathExpr").str();
    if asked.is_empty() {
        return checked(text_of(m.get("subPath")));
    }
    let mut missing: Vec<&str> = references(asked);
    missing.retain(|name| env.get(name).is_none_or(|value| value.is_empty()));
    missing.sort_unstable();
    missing.dedup();
    if !missing.is_empty() {
        return Err(format!("missing value for {}", missing.join(", ")));
    }
    checked(super::env::expand(asked, env).into())
}

/// A path that leads nowhere else, without what adds nothing to it (`a//./b/`).
fn checked(path: Text) -> Result<Text, String> {
    if path.starts_with('/') {
        return Err(format!(
            "error SubPath `{path}` must not be an absolute path"
        ));
    }
    if path.split('/').any(|part| part == "..") {
        return Err(format!(
            "unable to provision SubPath `{path}`: must not contain '..'"
        ));
    }
    let mut parts = path.split('/');
    if parts.all(|part| !matches!(part, "" | ".")) || path.is_empty() {
        return Ok(path);
    }
    let parts = path.split('/').filter(|part| !matches!(*part, "" | "."));
    Ok(parts.collect::<Vec<_>>().join("/").into())
}

fn volume_source(
    w: &PodWorker,
    volume: &Value,
    sub_path: &str,
    near: &Surroundings,
    cx: &mut Cx<'_>,
) -> Result<MountSource, String> {
    if !volume.get("hostPath").is_null() {
        return Ok(MountSource::HostPath(
            volume.at(&["hostPath", "path"]).str().to_owned(),
        ));
    }
    let claim = claim_of(w, volume);
    if !claim.is_empty() {
        return claim_source(w, volume, &claim, cx);
    }
    let files = match w.files.get(volume.name_of()) {
        Some(files) => files.clone(),
        None => volume_files(w, volume, near, cx)?.map(Files::new),
    };
    match files {
        Some(files) if sub_path.is_empty() => Ok(MountSource::Files(files)),
        Some(files) => Ok(MountSource::Files(part(&files, sub_path))),
        None => Ok(MountSource::EmptyDir(volume.name_of().to_owned())),
    }
}

/// A file by itself, under the name "", or what is in a folder.
fn part(files: &SortedMap<String, Vec<u8>>, sub_path: &str) -> Files {
    if let Some(content) = files.get(sub_path) {
        return Files::new(SortedMap::from([(String::new(), content.clone())]));
    }
    let inside = |path: &str| {
        let rest = path.strip_prefix(sub_path)?.strip_prefix('/')?;
        Some(rest.to_owned())
    };
    let found = files.iter();
    let found = found.filter_map(|(path, content)| Some((inside(path)?, content.clone())));
    Files::new(found.collect())
}

/// The text that a value is, shared with it.
fn text_of(v: &Value) -> Text {
    match v {
        Value::Str(text) => text.clone(),
        _ => Text::EMPTY,
    }
}

/// What stands behind a claim: the folder of its volume, or, where that is somewhere else, one that begins empty.
fn claim_source(
    w: &PodWorker,
    volume: &Value,
    claim: &str,
    cx: &mut Cx<'_>,
) -> Result<MountSource, String> {
    let bound = match w.bound.get(volume.name_of()) {
        Some(bound) => bound.clone(),
        None => volume_behind(w, volume, claim, cx)?,
    };
    for kind in ["hostPath", "local"] {
        let path = bound.at(&["spec", kind, "path"]).str();
        if !path.is_empty() {
            return Ok(MountSource::HostPath(path.to_owned()));
        }
    }
    Ok(MountSource::EmptyDir(volume.name_of().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn parts_of_volumes_are_named_by_variables() {
        let env = SortedMap::from([("POD", "web-0"), ("EMPTY", ""), ("UP", "..")]);
        let of = |mount: Value| sub_path(&VolumeMount::from(mount), &env);
        let by = |expr: &str| of(tree!({"subPathExpr": expr}));
        assert_eq!(of(tree!({})), Ok(Text::EMPTY));
        assert_eq!(of(tree!({"subPath": "a/$(POD)"})), Ok("a/$(POD)".into()));
        assert_eq!(of(tree!({"subPath": "./a//b/"})), Ok("a/b".into()));
        assert_eq!(of(tree!({"subPath": "."})), Ok(Text::EMPTY));
        assert_eq!(by("logs/$(POD)"), Ok("logs/web-0".into()));
        assert_eq!(by("$$(NONE)"), Ok("$(NONE)".into()));
        let refused = [
            ("$(Z)$(EMPTY)/$(A)$(Z)", "missing value for A, EMPTY, Z"),
            (
                "/$(POD)",
                "error SubPath `/web-0` must not be an absolute path",
            ),
            (
                "$(UP)/x",
                "unable to provision SubPath `../x`: must not contain '..'",
            ),
        ];
        for (expr, why) in refused {
            assert_eq!(by(expr), Err(why.to_owned()), "{expr}");
        }
    }

    #[test]
    fn a_part_is_a_file_or_a_folder() {
        let files = ["a", "b/c", "bb/d"].map(|path| (path.to_owned(), path.as_bytes().to_vec()));
        let files = SortedMap::from(files);
        let names = |sub_path: &str| part(&files, sub_path).keys().cloned().collect::<Vec<_>>();
        assert_eq!(names("a"), [""]);
        assert_eq!(names("b"), ["c"]);
        assert!(names("none").is_empty());
    }
}
