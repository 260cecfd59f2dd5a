//! Writes the administrator's access into a kubeconfig, beside whatever else stands there.

use super::pki::Pki;
use anyhow::{Context, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_yaml::{Mapping, Value};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The kubeconfig that is written where none was named.
///
/// # Errors
/// Where there is no home directory.
pub fn default_path() -> anyhow::Result<PathBuf> {
    let home = std::env::var_os("HOME").context("$HOME is not set: name a file by --kubeconfig")?;
    Ok(Path::new(&home).join(".kube").join("kubarium"))
}

/// Adds cluster, user and context `name` to a kubeconfig (those of that name are replaced) and makes the context the current
/// one. The file is made where there is none, readable by its owner alone.
///
/// # Errors
/// Where the file is no kubeconfig, or cannot be read or written.
pub fn merge(path: &Path, name: &str, server: &str, pki: &Pki) -> anyhow::Result<()> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(e) => return Err(e).with_context(|| format!("cannot read {}", path.display())),
    };
    let merged = merged(&text, name, server, pki)
        .with_context(|| format!("{} is no kubeconfig", path.display()))?;
    write_private(path, merged.as_bytes())
        .with_context(|| format!("cannot write {}", path.display()))
}

fn merged(text: &str, name: &str, server: &str, pki: &Pki) -> anyhow::Result<String> {
    let mut root = match serde_yaml::from_str(text)? {
        Value::Null => Mapping::new(),
        Value::Mapping(root) => root,
        _ => bail!("it is not a mapping"),
    };
    let mut default = |key: &str, value: &str| {
        root.entry(key.into()).or_insert_with(|| value.into());
    };
    default("apiVersion", "v1");
    default("kind", "Config");
    let data = |pem: &str| Value::from(STANDARD.encode(pem));
    let entries = [
        (
            "clusters",
            "cluster",
            vec![
                ("certificate-authority-data", data(&pki.ca)),
                ("server", server.into()),
            ],
        ),
        (
            "users",
            "user",
            vec![
                ("client-certificate-data", data(&pki.admin.certificate)),
                ("client-key-data", data(&pki.admin.key)),
            ],
        ),
        (
            "contexts",
            "context",
            vec![("cluster", name.into()), ("user", name.into())],
        ),
    ];
    for (list, field, parts) in entries {
        let parts: Mapping = parts.into_iter().map(|(k, v)| (k.into(), v)).collect();
        let mut entry = Mapping::new();
        entry.insert("name".into(), name.into());
        entry.insert(field.into(), parts.into());
        let entries = root.entry(list.into()).or_insert(Value::Null);
        if entries.is_null() {
            *entries = Value::Sequence(Vec::new());
        }
        let Value::Sequence(entries) = entries else {
            bail!("its {list} are no list");
        };
        match entries
            .iter_mut()
            .find(|e| e.get("name").and_then(Value::as_str) == Some(name))
        {
            Some(old) => *old = entry.into(),
            None => entries.push(entry.into()),
        }
    }
    root.insert("current-context".into(), name.into());
    Ok(serde_yaml::to_string(&root)?)
}

/// Replaces a file at once, so that nobody reads half of it; only its owner reads it at all.
pub fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    // The file that a link stands for, not the link.
    let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir)?;
    }
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{}", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&draft, &path).inspect_err(|_| {
        let _ = std::fs::remove_file(&draft);
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::pki::{Pair, Pki};

    fn pki(ca: &str) -> Pki {
        let pair = Pair {
            certificate: "cert".into(),
            key: "key".into(),
        };
        Pki {
            ca: ca.into(),
            server: pair.clone(),
            kubelet_client: pair.clone(),
            admin: pair,
        }
    }

    #[test]
    fn other_entries_stay_as_they_are() {
        let before = "apiVersion: v1\nkind: Config\npreferences: {colors: true}\nclusters:\n- name: work\n  cluster: {server: 'https://work', insecure-skip-tls-verify: true}\n- name: kubarium\n  cluster: {server: old}\ncontexts: null\nusers:\n- name: me\n  user: {token: '0123'}\ncurrent-context: work\n";
        let after =
            merged(before, "kubarium", "https://127.0.0.1:6443", &pki("ca")).expect("merged");
        let tree: Value = serde_yaml::from_str(&after).expect("YAML");
        let old: Value = serde_yaml::from_str(before).expect("YAML");
        assert_eq!(tree["clusters"][0], old["clusters"][0]);
        assert_eq!(tree["preferences"], old["preferences"]);
        assert_eq!(tree["users"][0], old["users"][0]);
        assert_eq!(tree["users"][0]["user"]["token"], "0123");
        assert_eq!(tree["clusters"].as_sequence().map(Vec::len), Some(2));
        let ours = &tree["clusters"][1]["cluster"];
        assert_eq!(ours["server"], "https://127.0.0.1:6443");
        assert_eq!(ours["certificate-authority-data"], "Y2E=");
        assert_eq!(tree["current-context"], "kubarium");
        assert_eq!(tree["contexts"][0]["context"]["user"], "kubarium");
        let again = merged(&after, "kubarium", "https://127.0.0.1:6443", &pki("ca"));
        assert_eq!(again.expect("merged"), after);
    }

    #[test]
    fn what_is_no_kubeconfig_is_left_alone() {
        for text in ["[1, 2]", "clusters: nope", "a: [b"] {
            assert!(merged(text, "k", "s", &pki("ca")).is_err(), "{text}");
        }
        assert!(merged("", "k", "s", &pki("ca")).is_ok());
    }
}
