//! Where a containerd of the cluster's own fetches images in place of their registries (`--registry-mirror`): a `hosts.toml` for each.

use super::folders::Folders;
use std::fs;
use std::io;

/// A registry, as it stands in names of images, and the address that is asked before it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Mirror {
    /// `docker.io`, `registry.example:5000`; `_default` for all that are not named.
    pub registry: String,
    /// Its URL.
    pub url: String,
}

/// Reads `REGISTRY=URL`.
///
/// # Errors
/// Where one of the two can be none.
pub fn parse(text: &str) -> Result<Mirror, String> {
    let (registry, url) = text
        .split_once('=')
        .ok_or("this is not REGISTRY=URL, such as docker.io=http://127.0.0.1:5000")?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b".:-_[]".contains(&b);
    if registry.is_empty() || registry.starts_with('.') || !registry.bytes().all(plain) {
        return Err(format!(
            "{registry:?} is no registry as it stands in names of images"
        ));
    }
    let parsed: Option<http::Uri> = url.parse().ok();
    let fine = parsed.is_some_and(|u| {
        matches!(u.scheme_str(), Some("http" | "https"))
            && u.host().is_some()
            && u.authority().is_some_and(|a| !a.as_str().contains('@'))
            && u.query().is_none()
    });
    // It is written into a file between quotes.
    if !fine || url.contains(['"', '\\']) {
        return Err(format!(
            "{url:?} is no address of a registry, such as http://127.0.0.1:5000"
        ));
    }
    Ok(Mirror {
        registry: registry.to_owned(),
        url: url.trim_end_matches('/').to_owned(),
    })
}

/// Writes what containerd reads at each pull, in place of what stood there before.
///
/// # Errors
/// Where a file cannot be written.
pub fn write(folders: &Folders, mirrors: &[Mirror]) -> io::Result<()> {
    let all = folders.registries();
    if all.exists() {
        fs::remove_dir_all(&all)?;
    }
    let mut written: Vec<&str> = Vec::new();
    for mirror in mirrors {
        if written.contains(&mirror.registry.as_str()) {
            continue;
        }
        let of_registry = mirrors.iter().filter(|m| m.registry == mirror.registry);
        let hosts: String = of_registry
            .map(|m| {
                format!(
                    "[host.\"{}\"]\ncapabilities = [\"pull\", \"resolve\"]\n",
                    m.url
                )
            })
            .collect();
        let folder = all.join(&mirror.registry);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("hosts.toml"), hosts)?;
        written.push(&mirror.registry);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors_are_read() {
        let mirror = parse("docker.io=http://127.0.0.1:5000/").expect("fine");
        assert_eq!(
            (mirror.registry.as_str(), mirror.url.as_str()),
            ("docker.io", "http://127.0.0.1:5000")
        );
        assert!(parse("r.example:5000=https://mirror.example/v2/team").is_ok());
        for bad in [
            "http://127.0.0.1:5000",
            "=http://a",
            "../x=http://a",
            "a/b=http://a",
            "docker.io=127.0.0.1:5000",
            "docker.io=ftp://a",
            "docker.io=http://me:secret@a",
            "docker.io=",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
