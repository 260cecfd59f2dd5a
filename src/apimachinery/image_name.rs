//! Names of container images (distribution reference).

/// Whether `name` can be the name of an image at all (`reference.ParseNormalizedNamed`).
pub fn is_valid_name(name: &str) -> bool {
    let (name, digest) = name
        .split_once('@')
        .map_or((name, None), |(n, d)| (n, Some(d)));
    let slash = name.rfind('/').map_or(0, |i| i + 1);
    let (repository, tag) = match name[slash..].rfind(':') {
        Some(colon) => (&name[..slash + colon], Some(&name[slash + colon + 1..])),
        None => (name, None),
    };
    let tag_ok = tag.is_none_or(|t| {
        !t.is_empty()
            && t.len() <= 128
            && t.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
    });
    let digest_ok = digest.is_none_or(|d| {
        d.split_once(':')
            .is_some_and(|(_, hex)| hex.len() >= 32 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
    });
    let mut parts = repository.split('/');
    let first = parts.next().unwrap_or_default();
    let is_host = repository.contains('/')
        && (first.contains('.') || first.contains(':') || first == "localhost");
    let path_ok = |p: &str| {
        !p.is_empty()
            && p.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b))
            && p.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
            && p.bytes().last().is_some_and(|b| b.is_ascii_alphanumeric())
    };
    (is_host || path_ok(first)) && parts.all(path_ok) && tag_ok && digest_ok
}

/// The full name a runtime knows an image by: `nginx` → `docker.io/library/nginx:latest`.
pub fn full_name(name: &str) -> String {
    let first = name.split('/').next().unwrap_or_default();
    let host =
        name.contains('/') && (first.contains('.') || first.contains(':') || first == "localhost");
    let with_host = match (host, name.contains('/')) {
        (true, _) => name.to_owned(),
        (false, true) => format!("docker.io/{name}"),
        (false, false) => format!("docker.io/library/{name}"),
    };
    let slash = with_host.rfind('/').map_or(0, |i| i + 1);
    if with_host[slash..].contains(':') || with_host.contains('@') {
        with_host
    } else {
        with_host + ":latest"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_completed_and_checked() {
        for (name, full) in [
            ("nginx", "docker.io/library/nginx:latest"),
            ("bitnami/redis:7", "docker.io/bitnami/redis:7"),
            ("registry.k8s.io/pause:3.10", "registry.k8s.io/pause:3.10"),
            ("localhost:5000/app", "localhost:5000/app:latest"),
        ] {
            assert_eq!(full_name(name), full);
            assert!(is_valid_name(name), "{name}");
        }
        for bad in [
            "",
            "Nginx",
            "bad image",
            "nginx:",
            "nginx:a b",
            "nginx@sha256:12",
            "-x/y",
            "a//b",
        ] {
            assert!(!is_valid_name(bad), "{bad}");
        }
    }
}
