//! Names of images (the grammar of `distribution/reference`).

/// Whether a text is an image reference: `[domain/]path[:tag][@digest]`.
pub fn is_reference(text: &str) -> bool {
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (text, None),
    };
    if digest.is_some_and(|d| !is_digest(d)) {
        return false;
    }
    let (name, tag) = match rest.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (rest, None),
    };
    if tag.is_some_and(|t| !is_tag(t)) {
        return false;
    }
    let mut parts: Vec<&str> = name.split('/').collect();
    if parts.len() > 1 && !is_component(parts[0]) {
        if !is_domain(parts[0]) {
            return false;
        }
        parts.remove(0);
    }
    parts.iter().all(|p| is_component(p))
}

fn is_tag(tag: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    tag.len() <= 128
        && tag.starts_with(word)
        && tag.chars().all(|c| word(c) || matches!(c, '.' | '-'))
}

fn is_digest(digest: &str) -> bool {
    match digest.split_once(':') {
        Some((algorithm, hex)) => {
            algorithm.starts_with(|c: char| c.is_ascii_alphabetic())
                && hex.len() >= 32
                && hex.chars().all(|c| c.is_ascii_hexdigit())
        }
        None => false,
    }
}

fn is_domain(domain: &str) -> bool {
    let (host, port) = domain.rsplit_once(':').unwrap_or((domain, "0"));
    !port.is_empty()
        && port.chars().all(|c| c.is_ascii_digit())
        && host.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        })
}

/// Lower-case words with single `.`, one or two `_`, or any number of `-` between them.
fn is_component(part: &str) -> bool {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if !part.starts_with(word) || !part.ends_with(word) {
        return false;
    }
    part.split(word)
        .filter(|separator| !separator.is_empty())
        .all(|s| matches!(s, "." | "_" | "__") || s.chars().all(|c| c == '-'))
}

#[cfg(test)]
mod tests {
    #[test]
    fn references_are_told_from_nonsense() {
        for good in [
            "nginx",
            "nginx:1.27",
            "library/nginx",
            "localhost:5000/a/b:x",
            "ghcr.io/Org/x".to_lowercase().as_str(),
            "a__b",
            "x@sha256:0123456789abcdef0123456789abcdef",
        ] {
            assert!(super::is_reference(good), "{good}");
        }
        for bad in [
            "bad image",
            "",
            "Nginx",
            "a___b",
            "nginx:",
            "a//b",
            "x@sha256:12",
            "-x",
        ] {
            assert!(!super::is_reference(bad), "{bad}");
        }
    }
}
