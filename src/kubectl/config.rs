//! The kubeconfig: which cluster, user and namespace a command means (models client-go's `clientcmd`).

use super::env::{FileError, Io};
use super::error::Error;
use crate::apimachinery::{Value, yaml};
use crate::collections::Arrange;
use crate::tree;

/// A kubeconfig as it is in force: one file, or several merged.
#[derive(Clone, Debug)]
pub struct KubeConfig {
    /// The merged tree, as the files are written.
    pub tree: Value,
    /// The files it was read from, the first one being the one that is written.
    pub paths: Vec<String>,
}

/// Paths of the kubeconfig files: `--kubeconfig`, else `$KUBECONFIG`, else `~/.kube/config`.
pub fn paths(io: &dyn Io, flag: &str) -> Vec<String> {
    if !flag.is_empty() {
        return vec![flag.to_owned()];
    }
    match io.env("KUBECONFIG").filter(|v| !v.is_empty()) {
        Some(list) => list
            .split(':')
            .filter(|p| !p.is_empty())
            .map(str::to_owned)
            .collect(),
        None => {
            let home = io.env("HOME").unwrap_or_else(|| "/root".to_owned());
            vec![format!("{}/.kube/config", home.trim_end_matches('/'))]
        }
    }
}

/// An empty kubeconfig.
pub fn empty() -> Value {
    tree!({"apiVersion": "v1", "kind": "Config", "clusters": [], "contexts": [], "users": [], "current-context": ""})
}

impl KubeConfig {
    /// Reads the files that are in force. Files that are not there count as empty, except one named by `--kubeconfig`.
    pub fn load(io: &dyn Io, flag: &str) -> Result<KubeConfig, Error> {
        let paths = paths(io, flag);
        let mut tree = empty();
        for path in &paths {
            let bytes = match io.read(path) {
                Ok(bytes) => bytes,
                Err(FileError::NotFound) if flag.is_empty() => continue,
                Err(e) => {
                    let op = if e == FileError::NotFound {
                        "stat"
                    } else {
                        "open"
                    };
                    return Err(Error::msg(format!("{op} {path}: {e}")));
                }
            };
            merge(&mut tree, &decode(path, &bytes)?);
        }
        Ok(KubeConfig { tree, paths })
    }

    /// Reads the one file that changes are written to: the first that is there, else the last that is named.
    pub fn load_writable(io: &dyn Io, flag: &str) -> Result<KubeConfig, Error> {
        let all = paths(io, flag);
        let Some(path) = all
            .iter()
            .find(|p| io.stat(p).is_ok())
            .or_else(|| all.last())
        else {
            return Err(Error::msg("no kubeconfig file is named"));
        };
        let tree = match io.read(path) {
            Ok(bytes) => decode(path, &bytes)?,
            Err(FileError::NotFound) => empty(),
            Err(e) => return Err(Error::msg(format!("open {path}: {e}"))),
        };
        Ok(KubeConfig {
            tree,
            paths: vec![path.clone()],
        })
    }

    /// Writes the file.
    pub fn save(&self, io: &dyn Io) -> Result<(), Error> {
        let path = &self.paths[0];
        io.write(path, yaml::to_yaml(&self.normal()).as_bytes())
            .map_err(|e| Error::msg(format!("open {path}: {e}")))
    }

    /// The tree as it is written and shown: empty lists are null.
    pub fn normal(&self) -> Value {
        let mut tree = self.tree.clone();
        for list in ["clusters", "contexts", "users"] {
            if tree.get(list).items().is_empty() {
                tree.set(list, Value::Null);
            } else {
                tree.entry(list)
                    .items_mut()
                    .arrange_by(|a, b| a.get("name").str().cmp(b.get("name").str()));
            }
        }
        if tree.get("current-context").is_null() {
            tree.set("current-context", "");
        }
        if tree.get("preferences").is_empty() {
            tree.remove("preferences");
        }
        tree
    }

    /// The name of the context in force, `flag` being `--context`.
    pub fn context_name(&self, flag: &str) -> String {
        if flag.is_empty() {
            self.tree.get("current-context").str().to_owned()
        } else {
            flag.to_owned()
        }
    }
    /// A context by name: cluster, user, namespace; null where there is none.
    pub fn context(&self, name: &str) -> &Value {
        self.entry("contexts", "context", name)
    }
    /// A cluster by name.
    pub fn cluster(&self, name: &str) -> &Value {
        self.entry("clusters", "cluster", name)
    }
    /// A user by name.
    pub fn user(&self, name: &str) -> &Value {
        self.entry("users", "user", name)
    }
    fn entry(&self, list: &str, key: &str, name: &str) -> &Value {
        self.tree
            .get(list)
            .items()
            .iter()
            .find(|e| e.get("name") == name)
            .map_or(&crate::apimachinery::NULL, |e| e.get(key))
    }
    /// The server's URL as the user knows it: that of a cluster, or of the context's where `cluster` is "".
    pub fn server(&self, context: &str, cluster: &str) -> String {
        let cluster = match cluster {
            "" => self.context(context).get("cluster").str(),
            cluster => cluster,
        };
        match self.cluster(cluster).get("server").str() {
            "" => "http://localhost:8080".to_owned(),
            server => server.to_owned(),
        }
    }
}

fn decode(path: &str, bytes: &[u8]) -> Result<Value, Error> {
    let tree = yaml::parse(&String::from_utf8_lossy(bytes))
        .map_err(|e| Error::msg(format!("error loading config file \"{path}\": {e}")))?;
    Ok(if tree.is_null() { empty() } else { tree })
}

/// Adds what `more` has and `tree` has not: the first file wins.
fn merge(tree: &mut Value, more: &Value) {
    for list in ["clusters", "contexts", "users"] {
        for entry in more.get(list).items() {
            let name = entry.get("name");
            if !tree.get(list).items().iter().any(|e| e.get("name") == name) {
                tree.entry(list).push(entry.clone());
            }
        }
    }
    for (key, value) in more.fields() {
        if tree.get(key).is_empty() {
            tree.set(key, value.clone());
        }
    }
}
