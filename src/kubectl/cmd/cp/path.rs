//! Paths as `kubectl cp` handles them (models Go's `path` and upstream's `filespec.go`).

use crate::kubectl::error::Error;

/// What one argument names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    /// The pod's namespace; empty for the current one.
    pub namespace: String,
    /// The pod; empty for a local file.
    pub pod: String,
    /// The path.
    pub file: String,
}

impl Spec {
    /// Reads `[[namespace/]pod:]path`.
    pub fn parse(arg: &str) -> Result<Spec, Error> {
        let Some((place, file)) = arg.split_once(':') else {
            return Ok(Spec {
                namespace: String::new(),
                pod: String::new(),
                file: trimmed(arg),
            });
        };
        let (namespace, pod) = place.split_once('/').unwrap_or(("", place));
        if place.is_empty() || pod.contains('/') {
            return Err(Error::msg(
                "filespec must match the canonical format: [[namespace/]pod:]file/path",
            ));
        }
        Ok(Spec {
            namespace: namespace.to_owned(),
            pod: pod.to_owned(),
            file: remote(file),
        })
    }
}

/// Without a slash at the end.
fn trimmed(path: &str) -> String {
    match path {
        "/" => path,
        _ => path.strip_suffix('/').unwrap_or(path),
    }
    .to_owned()
}

/// A path in a container, with slashes as Unix has them.
pub fn remote(path: &str) -> String {
    trimmed(path).replace('\\', "/")
}

/// The shortest path that means the same.
pub fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        _ => parts.join("/"),
    }
}

/// All but the last part.
pub fn dir(path: &str) -> String {
    let end = path.rfind('/').map_or(0, |at| at + 1);
    clean(&path[..end])
}

/// The last part.
pub fn base(path: &str) -> String {
    match path.trim_end_matches('/') {
        "" if path.is_empty() => ".",
        "" => "/",
        path => path.rsplit('/').next().unwrap_or(path),
    }
    .to_owned()
}

/// Two paths as one.
pub fn join(a: &str, b: &str) -> String {
    match (a, b) {
        ("", "") => String::new(),
        ("", one) | (one, "") => clean(one),
        (a, b) => clean(&format!("{a}/{b}")),
    }
}

/// Without `../` at its beginning, and empty where nothing else is left.
pub fn without_shortcuts(path: &str) -> &str {
    let mut rest = path;
    while let Some(inner) = rest.strip_prefix("../") {
        rest = inner;
    }
    if matches!(rest, "." | "..") {
        rest = "";
    }
    rest.strip_prefix('/').unwrap_or(rest)
}

/// Whether a path lies at or below another.
pub fn is_within(base: &str, target: &str) -> bool {
    let (base, target) = (clean(base), clean(target));
    if base == target {
        return true;
    }
    if base.starts_with('/') != target.starts_with('/') {
        return false;
    }
    let of = |path: &str| -> Vec<String> {
        let parts = path.split('/').filter(|p| !p.is_empty() && *p != ".");
        parts.map(str::to_owned).collect()
    };
    let (base, target) = (of(&base), of(&target));
    target.starts_with(&base) && target.get(base.len()).is_none_or(|next| next != "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_apart_as_go_does() {
        let cases = [
            ("a/b/", "a/b", "a/b", "b"),
            ("/a/../..", "/", "/a/..", ".."),
            ("./x/./y", "x/y", "x", "y"),
            ("../a", "../a", "..", "a"),
            ("a/../../b", "../b", "..", "b"),
            ("", ".", ".", "."),
            ("/", "/", "/", "/"),
            ("/tmp", "/tmp", "/", "tmp"),
        ];
        for (path, cleaned, parent, last) in cases {
            assert_eq!(clean(path), cleaned, "clean {path:?}");
            assert_eq!(clean(&dir(path)), clean(parent), "dir {path:?}");
            assert_eq!(base(path), last, "base {path:?}");
        }
        assert_eq!(join("a", "../../b"), "../b");
        assert_eq!(without_shortcuts("../../etc"), "etc");
        assert_eq!(without_shortcuts(".."), "");
    }

    #[test]
    fn what_leads_out_of_the_destination_is_seen() {
        for (base, target, within) in [
            ("out", "out/a/b", true),
            (".", "a", true),
            (".", "../a", false),
            ("../out", "../out/f", true),
            ("/tmp/x", "/tmp/xy", false),
            ("/tmp/x", "/etc/passwd", false),
            ("/", "/etc", true),
        ] {
            assert_eq!(is_within(base, target), within, "{target} in {base}");
        }
    }

    #[test]
    fn arguments_name_files_here_or_in_pods() {
        let spec =
            |arg: &str| Spec::parse(arg).map(|s| format!("{}|{}|{}", s.namespace, s.pod, s.file));
        assert_eq!(spec("dir/"), Ok("||dir".to_owned()));
        assert_eq!(spec("p:/tmp/"), Ok("|p|/tmp".to_owned()));
        assert_eq!(spec("n/p:a:b"), Ok("n|p|a:b".to_owned()));
        assert_eq!(spec("p:a\\b"), Ok("|p|a/b".to_owned()));
        assert!(spec(":a").is_err() && spec("a/b/c:d").is_err());
    }
}
