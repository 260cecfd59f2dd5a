//! Static pods of a real node: the manifests in a folder, or in one file (pkg/kubelet/config/file.go).

use crate::api::{defaults, strict, validation};
use crate::apimachinery::{Timestamp, Value, schema, yaml};
use crate::kubelet::static_pods::static_pod;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A file as it stood when it was looked at.
type Look = (SystemTime, u64);

/// What stands in a folder of manifests.
pub struct Manifests {
    path: PathBuf,
    node: String,
    seen: BTreeMap<PathBuf, Look>,
    /// The pods that were read last, by file.
    good: BTreeMap<PathBuf, Value>,
    /// Files that are looked at once more before what they said before counts no more: somebody may be writing them.
    doubted: BTreeSet<PathBuf>,
    /// Why nothing can be seen, as it was told last.
    trouble: String,
}

impl Manifests {
    /// Those at a path, for the node of that name.
    pub fn new(path: &Path, node: &str) -> Self {
        Self {
            path: path.to_owned(),
            node: node.to_owned(),
            seen: BTreeMap::new(),
            good: BTreeMap::new(),
            doubted: BTreeSet::new(),
            trouble: String::new(),
        }
    }

    /// The pods that are wanted, where something has changed since it was asked last. What is no manifest of a pod is told in the log
    /// and passed over; where nothing can be seen, nothing has changed.
    pub fn changed(&mut self, now: Timestamp) -> Option<Vec<Value>> {
        let there = match self.look() {
            Ok(there) => there,
            Err(error) => {
                let why = error.to_string();
                if why != self.trouble {
                    tracing::warn!("static pods stay: {}: {why}", self.path.display());
                }
                self.trouble = why;
                return None;
            }
        };
        self.trouble.clear();
        if there == self.seen && self.doubted.is_empty() {
            return None;
        }
        self.seen = there;
        Some(self.read(now))
    }

    /// What stands there; what is not there is no error.
    fn look(&self) -> io::Result<BTreeMap<PathBuf, Look>> {
        let look = |path: &Path| -> io::Result<Option<Look>> {
            match fs::metadata(path) {
                Ok(file) if file.is_file() => Ok(Some((file.modified()?, file.len()))),
                Ok(_) => Ok(None),
                Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
                Err(e) => Err(e),
            }
        };
        if let Some(file) = look(&self.path)? {
            return Ok([(self.path.clone(), file)].into());
        }
        let mut found = BTreeMap::new();
        let entries = match fs::read_dir(&self.path) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(found),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            if let Some(file) = look(&entry.path())? {
                found.insert(entry.path(), file);
            }
        }
        Ok(found)
    }

    fn read(&mut self, now: Timestamp) -> Vec<Value> {
        let mut pods: Vec<Value> = Vec::new();
        let before = std::mem::take(&mut self.good);
        let doubted = std::mem::take(&mut self.doubted);
        for path in self.seen.keys() {
            let pod = match read(path) {
                Ok(manifest) => static_pod(manifest, &self.node, &path.to_string_lossy(), now),
                Err(why) => {
                    tracing::warn!("{} is no static pod: {why}", path.display());
                    // It may be half written.
                    match before.get(path).filter(|_| !doubted.contains(path)) {
                        Some(pod) => {
                            self.doubted.insert(path.clone());
                            pod.clone()
                        }
                        None => continue,
                    }
                }
            };
            let name = |p: &Value| (p.namespace().to_owned(), p.name().to_owned());
            if pods.iter().any(|p| name(p) == name(&pod)) {
                tracing::warn!("{} names a pod that is there already", path.display());
                continue;
            }
            self.good.insert(path.clone(), pod.clone());
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

/// Static pods refer to nothing that is in the API (`HasAPIObjectReference` of pkg/api/pod/util.go).
fn refuse_references(pod: &Value) -> Result<(), String> {
    match reference(pod.get("spec")) {
        Some(what) => Err(format!("static pods may not reference {what}")),
        None => Ok(()),
    }
}

/// What of the API a pod refers to, first of all.
fn reference(spec: &Value) -> Option<&'static str> {
    let volumes = spec.get("volumes").items();
    let sources = || {
        let projected = volumes.iter().map(|v| v.at(&["projected", "sources"]));
        projected.flat_map(Value::items)
    };
    // Of the environment, as it is called there, and of volumes.
    let refers = |key: &str, from: &str, volume: &str| {
        let lists = ["initContainers", "containers", "ephemeralContainers"];
        let mut containers = lists.iter().flat_map(|list| spec.get(list).items());
        containers.any(|c| {
            let mut env = c.get("env").items().iter();
            let mut all = c.get("envFrom").items().iter();
            env.any(|e| e.get("valueFrom").has(key)) || all.any(|e| e.has(from))
        }) || volumes.iter().any(|v| v.has(volume))
            || sources().any(|s| s.has(volume))
    };
    let secret_of_volume = |v: &Value| {
        let mut kinds = v.fields().filter(|(kind, _)| *kind != "name");
        kinds.any(|(kind, source)| {
            source.has("secretRef")
                || source.has("nodePublishSecretRef")
                || kind == "azureFile" && source.has("secretName")
        })
    };
    if !spec.get("serviceAccountName").str().is_empty() {
        return Some("serviceaccounts");
    }
    if !spec.get("imagePullSecrets").items().is_empty()
        || refers("secretKeyRef", "secretRef", "secret")
        || volumes.iter().any(secret_of_volume)
    {
        return Some("secrets");
    }
    if refers("configMapKeyRef", "configMapRef", "configMap") {
        return Some("configmaps");
    }
    if !spec.get("resourceClaims").items().is_empty() {
        return Some("resourceclaims");
    }
    let of_volumes = [
        ("csi", "csidrivers (via CSI volumes)"),
        ("glusterfs", "endpoints (via glusterFS volumes)"),
        ("persistentVolumeClaim", "persistentvolumeclaims"),
        (
            "ephemeral",
            "persistentvolumeclaims (via ephemeral volumes)",
        ),
    ];
    let of_sources = [
        (
            "serviceAccountToken",
            "serviceaccounts (via projected volumes)",
        ),
        ("clusterTrustBundle", "clustertrustbundles"),
        ("podCertificate", "podcertificates"),
    ];
    let volume = |(kind, _): &&(&str, _)| volumes.iter().any(|v| v.has(kind));
    let source = |(kind, _): &&(&str, _)| sources().any(|s| s.has(kind));
    let found = of_volumes.iter().find(volume);
    found
        .or_else(|| of_sources.iter().find(source))
        .map(|(_, what)| *what)
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

        // A file that is half written keeps its pod for one more look.
        let count = |all: &mut Manifests| all.changed(now).map(|pods| pods.len());
        write("b.json", "apiVersion: v1\nki");
        assert_eq!(count(&mut all), Some(2));
        write("b.json", &pod("b"));
        assert_eq!(count(&mut all), Some(2));
        assert_eq!(count(&mut all), None);
        write("b.json", "apiVersion: v1\nki");
        assert_eq!(count(&mut all), Some(2));
        assert_eq!(count(&mut all), Some(1));
        assert_eq!(count(&mut all), None);
        fs::remove_dir_all(&dir).expect("removed");
        assert_eq!(count(&mut all), Some(0));
        // What cannot be looked at says nothing.
        let file = dir.with_extension("file");
        fs::write(&file, "").expect("written");
        let mut odd = Manifests::new(&file.join("below"), "node");
        assert!(odd.look().is_err());
        assert_eq!(count(&mut odd), None);
        fs::remove_file(file).expect("removed");
    }

    #[test]
    fn references_are_refused() {
        let refused = |spec: &str| {
            let spec = yaml::parse(spec).expect("YAML");
            refuse_references(&crate::tree!({ "spec": spec })).err()
        };
        for (spec, what) in [
            ("serviceAccountName: a", "serviceaccounts"),
            ("imagePullSecrets: [{name: a}]", "secrets"),
            (
                "containers: [{env: [{name: A, valueFrom: {secretKeyRef: {name: a, key: b}}}]}]",
                "secrets",
            ),
            (
                "initContainers: [{envFrom: [{secretRef: {name: a}}]}]",
                "secrets",
            ),
            ("volumes: [{name: v, secret: {secretName: a}}]", "secrets"),
            (
                "volumes: [{name: v, cephfs: {secretRef: {name: a}}}]",
                "secrets",
            ),
            (
                "containers: [{envFrom: [{configMapRef: {name: a}}]}]",
                "configmaps",
            ),
            (
                "volumes: [{name: v, projected: {sources: [{configMap: {name: a}}]}}]",
                "configmaps",
            ),
            ("resourceClaims: [{name: a}]", "resourceclaims"),
            (
                "volumes: [{name: v, ephemeral: {}}]",
                "persistentvolumeclaims (via ephemeral volumes)",
            ),
            (
                "volumes: [{name: v, projected: {sources: [{serviceAccountToken: {path: t}}]}}]",
                "serviceaccounts (via projected volumes)",
            ),
        ] {
            let wanted = format!("static pods may not reference {what}");
            assert_eq!(refused(spec), Some(wanted), "{spec}");
        }
        let fine = "volumes: [{name: v, emptyDir: {}}, {name: w, projected: {sources: [{downwardAPI: {}}]}}]";
        assert_eq!(refused(fine), None);
    }
}
