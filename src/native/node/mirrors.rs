//! Where a containerd of the cluster's own fetches images in place of their registries (`--registry-mirror`): a `hosts.toml` for each.

use super::folders::Folders;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

/// How files begin that the program wrote, and may remove.
const OWN: &str = "# Written by kubarium at each start.\n";

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
    let odd = |c: char| c.is_control() || c.is_whitespace() || "\"'\\#".contains(c);
    if !fine || url.contains(odd) {
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
    remove_own(&all)?;
    let mut written: Vec<&str> = Vec::new();
    for mirror in mirrors {
        if written.contains(&mirror.registry.as_str()) {
            continue;
        }
        let of_registry = mirrors.iter().filter(|m| m.registry == mirror.registry);
        let hosts: String = of_registry.map(host).collect();
        let folder = all.join(&mirror.registry);
        fs::create_dir_all(&folder)?;
        let file = folder.join("hosts.toml");
        if file.exists() {
            let why = format!("{} is not this program's", file.display());
            return Err(io::Error::new(ErrorKind::AlreadyExists, why));
        }
        fs::write(file, [OWN, &hosts].concat())?;
        written.push(&mirror.registry);
    }
    Ok(())
}

/// A mirror as containerd reads it. A path is taken as it stands, and not lengthened by `/v2`.
fn host(mirror: &Mirror) -> String {
    let uri: Option<http::Uri> = mirror.url.parse().ok();
    let path = match uri.is_some_and(|u| u.path().len() > 1) {
        true => "override_path = true\n",
        false => "",
    };
    let url = &mirror.url;
    format!("[host.\"{url}\"]\ncapabilities = [\"pull\", \"resolve\"]\n{path}")
}

/// Removes what the program wrote at its last start, and nothing that somebody else put there.
fn remove_own(all: &Path) -> io::Result<()> {
    let folders = match fs::read_dir(all) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    for folder in folders {
        let folder = folder?.path();
        let file = folder.join("hosts.toml");
        if fs::read_to_string(&file).is_ok_and(|text| text.starts_with(OWN)) {
            fs::remove_file(file)?;
            // It stays where something else is in it.
            let _ = fs::remove_dir(folder);
        }
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
            "docker.io=http://a/#b",
            "docker.io=http://a/'b'",
            "docker.io=http://a/\tb",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_own_files_are_replaced() {
        let mut folders = Folders::new("mirrors");
        folders.data =
            std::env::temp_dir().join(format!("kubarium-mirrors-{}", std::process::id()));
        let mirrors = |texts: &[&str]| -> Vec<Mirror> {
            texts.iter().map(|t| parse(t).expect("fine")).collect()
        };
        let file = |registry: &str| folders.registries().join(registry).join("hosts.toml");
        write(
            &folders,
            &mirrors(&["a.example=http://m", "b.example=http://m/v2/x"]),
        )
        .expect("written");
        let text = |registry: &str| fs::read_to_string(file(registry)).expect("read");
        assert!(!text("a.example").contains("override_path"));
        assert!(text("b.example").contains("override_path = true"));
        fs::create_dir_all(folders.registries().join("c.example")).expect("made");
        fs::write(file("c.example"), "mine").expect("written");
        write(&folders, &mirrors(&["a.example=http://n"])).expect("written");
        assert!(text("a.example").contains("http://n"));
        assert!(!file("b.example").exists());
        assert_eq!(text("c.example"), "mine");
        assert!(write(&folders, &mirrors(&["c.example=http://n"])).is_err());
        fs::remove_dir_all(&folders.data).expect("removed");
    }
}
