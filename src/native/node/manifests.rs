//! Static pods of a real node: the manifests in a folder, or in one file (pkg/kubelet/config/file.go).

use crate::api::{defaults, strict, validation};
use crate::apimachinery::{Timestamp, Value, schema, yaml};
use crate::kubelet::static_pods::static_pod;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A file as it stood when it was looked at.
type Look = (SystemTime, u64);

/// What stands in a folder of manifests.
pub struct Manifests {
    path: PathBuf,
    node: String,
    seen: BTreeMap<PathBuf, Look>,
}

impl Manifests {
    /// Those at a path, for the node of that name.
    pub fn new(path: &Path, node: &str) -> Self {
        Self {
            path: path.to_owned(),
            node: node.to_owned(),
            seen: BTreeMap::new(),
        }
    }

    /// The pods that are wanted, where something has changed since it was asked last. What is no manifest of a pod is told in the log
    /// and passed over.
    pub fn changed(&mut self, now: Timestamp) -> Option<Vec<Value>> {
        let there = self.look();
        if there == self.seen {
            return None;
        }
        self.seen = there;
        Some(self.read(now))
    }

    fn look(&self) -> BTreeMap<PathBuf, Look> {
        let look = |path: &Path| {
            let file = fs::metadata(path).ok().filter(|m| m.is_file())?;
            Some((file.modified().ok()?, file.len()))
        };
        if self.path.is_file() {
            let found = look(&self.path).map(|l| (self.path.clone(), l));
            return found.into_iter().collect();
        }
        let entries = fs::read_dir(&self.path).into_iter().flatten().flatten();
        entries
            .filter(|e| !e.file_name().to_string_lossy().starts_with('.'))
            .filter_map(|e| Some((e.path(), look(&e.path())?)))
            .collect()
    }

    fn read(&self, now: Timestamp) -> Vec<Value> {
        let mut pods: Vec<Value> = Vec::new();
        for path in self.seen.keys() {
            let pod = match read(path) {
                Ok(manifest) => static_pod(manifest, &self.node, &path.to_string_lossy(), now),
                Err(why) => {
                    tracing::warn!("{} is no static pod: {why}", path.display());
                    continue;
                }
            };
            let name = |p: &Value| (p.namespace().to_owned(), p.name().to_owned());
            if pods.iter().any(|p| name(p) == name(&pod)) {
                tracing::warn!("{} names a pod that is there already", path.display());
                continue;
            }
            pods.push(pod);
        }
        pods
    }
}

/// The manifest in a file, with defaults.
fn read(path: &Path) -> Result<Value, String> {
    let text = fs::read_to_string(path).map_err(|e| e.to_string())?;
    let value = yaml::parse(&text).map_err(|e| e.to_string())?;
    if (value.api_version(), value.kind()) != ("v1", "Pod") {
        return Err(format!(
            "it is {:?} of {:?}, not Pod of v1",
            value.kind(),
            value.api_version()
        ));
    }
    let kind = schema::kind_type("v1", "Pod").expect("a built-in kind");
    let mode = strict::Mode::Strict;
    let (mut pod, _) = strict::decode(value, kind, mode, &[]).map_err(|e| e.to_string())?;
    defaults::apply("v1", "Pod", &mut pod, &[]);
    pod.remove("status");
    if pod.namespace().is_empty() {
        pod.set_at(&["metadata", "namespace"], "default");
    }
    let errors = validation::validate_create("", "Pod", &pod);
    if let Some(first) = errors.first() {
        return Err(first.to_string());
    }
    refuse_references(&pod)?;
    // Nothing taints a static pod away.
    let mut tolerations = pod.at(&["spec", "tolerations"]).items().to_vec();
    tolerations.push(crate::tree!({"operator": "Exists", "effect": "NoExecute"}));
    pod.set_at(&["spec", "tolerations"], tolerations);
    Ok(pod)
}

/// Static pods refer to nothing that is in the API, or their mirrors would be refused there.
fn refuse_references(pod: &Value) -> Result<(), String> {
    let spec = pod.get("spec");
    if !spec.get("serviceAccountName").str().is_empty() {
        return Err("a static pod has no service account".to_owned());
    }
    for volume in spec.get("volumes").items() {
        for kind in ["secret", "configMap", "projected", "persistentVolumeClaim"] {
            if volume.has(kind) {
                return Err(format!("a static pod has no volume of the kind {kind}"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_manifests_is_read() {
        let dir = std::env::temp_dir().join(format!("kubarium-manifests-{}", std::process::id()));
        fs::create_dir_all(&dir).expect("made");
        let write = |name: &str, text: &str| fs::write(dir.join(name), text).expect("written");
        let pod = |name: &str| {
            format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec: {{containers: [{{name: c, image: a}}]}}\n"
            )
        };
        let now = Timestamp::from_secs(0);
        let mut all = Manifests::new(&dir, "node");
        assert!(all.changed(now).is_none(), "there is nothing");
        write("a.yaml", &pod("a"));
        write("b.json", &pod("b"));
        write("double.yaml", &pod("a"));
        write(".hidden.yaml", &pod("hidden"));
        write("none.yaml", "kind: Service\napiVersion: v1\n");
        write("odd.yaml", &pod("odd").replace("image: a", "imag: a"));
        write("named.yaml", &pod("Not_a_name"));
        write(
            "account.yaml",
            &pod("x").replace("{containers", "{serviceAccountName: a, containers"),
        );
        let found = all.changed(now).expect("changed");
        let names: Vec<&str> = found.iter().map(Value::name).collect();
        assert_eq!(names, ["a-node", "b-node"]);
        let spec = found[0].get("spec");
        assert_eq!(spec.get("restartPolicy").str(), "Always");
        assert_eq!(spec.get("tolerations").items().len(), 1);
        assert!(all.changed(now).is_none());
        let before = found[0].uid().to_owned();
        write("a.yaml", &pod("a").replace("image: a", "image: other"));
        assert_ne!(all.changed(now).expect("changed")[0].uid(), before);
        fs::remove_dir_all(&dir).expect("removed");
        assert_eq!(all.changed(now).expect("changed").len(), 0);
    }
}
