//! Claims on real nodes: folders of the machine behind volumes, made by hand or by the class `standard`.

#![allow(clippy::unwrap_used)]
#![cfg(target_os = "linux")]

use crate::node::{IMAGE, Tried, pod};
use crate::node_kubelet::node;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

const PHASE: &str = "-o=jsonpath={.status.phase}";

fn claim(name: &str, class: &str, rest: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: {name}}}\n\
         spec: {{storageClassName: {class}, accessModes: [ReadWriteOnce], resources: {{requests: {{storage: 1Mi}}}}{rest}}}\n"
    )
}

fn volume(name: &str, node: &str, source: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: PersistentVolume\nmetadata: {{name: {name}}}\n\
         spec:\n  storageClassName: hand\n  capacity: {{storage: 1Mi}}\n  accessModes: [ReadWriteOnce]\n  {source}\n  \
         claimRef: {{namespace: default, name: {name}}}\n  \
         nodeAffinity: {{required: {{nodeSelectorTerms: [{{matchExpressions: [\
         {{key: kubernetes.io/hostname, operator: In, values: [{node}]}}]}}]}}}}\n"
    )
}

/// A pod that runs a command once, with the claim of that name at `/data`.
fn once(name: &str, claim: &str, mount: &str, spec: &str, command: &str) -> String {
    let volumes = format!(
        "restartPolicy: Never\n  {spec}\n  volumes: [{{name: d, persistentVolumeClaim: {{claimName: {claim}}}}}]\n  \
         containers: [{{name: c, image: {IMAGE}, command: [sh, -c, '{command}'], \
         volumeMounts: [{{name: d, mountPath: /data{mount}}}]}}]"
    );
    pod(name, &volumes)
}

fn ends(tried: &mut Tried, name: &str) -> String {
    tried.until(&["get", "pod", name, PHASE], |text| text == "Succeeded");
    tried.said(&["logs", name])
}

fn says(tried: &mut Tried, pod: &str, words: &str) {
    let about = format!("--field-selector=reason=FailedMount,involvedObject.name={pod}");
    let message = "-o=jsonpath={.items[*].message}";
    tried.until(&["get", "events", &about, message], |text| {
        text.contains(words)
    });
}

fn path_behind(tried: &Tried, claim: &str) -> PathBuf {
    let name = "-o=jsonpath={.spec.volumeName}";
    let name = tried.said(&["get", "pvc", claim, name]);
    let path = "-o=jsonpath={.spec.hostPath.path}";
    PathBuf::from(tried.said(&["get", "pv", name.trim(), path]).trim())
}

#[test]
fn claims_are_folders_of_the_machine() {
    let Some((_alone, mut tried)) = node("", &[]) else {
        return;
    };
    let data = Path::new("/var/lib/kubarium").join(&tried.name);
    let host = tried.said(&["get", "nodes", "-o=jsonpath={.items[0].metadata.name}"]);
    provisioned(&mut tried, &data);
    made_by_hand(&mut tried, host.trim());
    drop(tried);
    assert!(!data.exists());
}

fn provisioned(tried: &mut Tried, data: &Path) {
    let ephemeral = format!(
        "volumes: [{{name: own, ephemeral: {{volumeClaimTemplate: {{spec: {{accessModes: [ReadWriteOnce], \
         resources: {{requests: {{storage: 1Mi}}}}}}}}}}}}]\n  \
         containers: [{{name: c, image: {IMAGE}, command: [sleep, '1000'], volumeMounts: [{{name: own, mountPath: /own}}]}}]"
    );
    let user = "securityContext: {runAsUser: 1000}";
    let writes = once(
        "writes",
        "kept",
        "",
        user,
        "echo one > /data/file; echo two > /data/in; id -u",
    );
    tried.apply(
        &[
            claim("kept", "standard", ""),
            writes,
            pod("own", &ephemeral),
        ]
        .concat(),
    );
    assert_eq!(ends(tried, "writes"), "1000\n");
    tried.until(&["get", "pod", "own", PHASE], |text| text == "Running");
    let own = path_behind(tried, "own-own");
    tried.said(&["exec", "own", "--", "touch", "/own/file"]);
    assert!(own.join("file").exists());
    let kept = path_behind(tried, "kept");
    assert!(kept.starts_with(data.join("volumes")), "{kept:?}");
    assert_eq!(std::fs::metadata(&kept).unwrap().mode() & 0o7777, 0o777);

    // What is in it outlasts pods, and the program.
    tried.said(&["delete", "pod", "writes", "own"]);
    tried.until(&["get", "pv", "-o=name"], |text| text.lines().count() == 1);
    assert!(!own.exists());
    tried.restart();
    let ready = ["get", "nodes", "--no-headers"];
    tried.until(&ready, |text| text.contains(" Ready "));
    let part = ", subPath: file, readOnly: true";
    tried.apply(&once(
        "part",
        "kept",
        part,
        "",
        "cat /data; (echo no > /data) 2>/dev/null || echo refused",
    ));
    assert_eq!(ends(tried, "part"), "one\nrefused\n");

    // It goes with its claim, or stays where that is asked for.
    let name = tried.said(&["get", "pvc", "kept", "-o=jsonpath={.spec.volumeName}"]);
    let policy =
        |policy: &str| format!("{{\"spec\":{{\"persistentVolumeReclaimPolicy\":\"{policy}\"}}}}");
    tried.said(&["patch", "pv", name.trim(), "-p", &policy("Retain")]);
    tried.said(&["delete", "pod", "part"]);
    tried.said(&["delete", "pvc", "kept"]);
    let phase = ["get", "pv", name.trim(), PHASE];
    tried.until(&phase, |text| text == "Released");
    assert!(kept.join("file").exists());
    tried.said(&["patch", "pv", name.trim(), "-p", &policy("Delete")]);
    tried.until(&["get", "pv"], |text| text.contains("No resources found"));
    assert!(!kept.exists());
}

fn made_by_hand(tried: &mut Tried, host: &str) {
    let folder = |name: &str| tried.dir.join(name);
    let (there, late) = (folder("there"), folder("late"));
    std::fs::create_dir_all(there.join("in")).unwrap();
    std::fs::set_permissions(&there, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::write(there.join("in/file"), "mine\n").unwrap();
    let local = |path: &Path| format!("local: {{path: {}}}", path.display());
    let group = "securityContext: {runAsUser: 1000, fsGroup: 2000}";
    let bare = format!("hostPath: {{path: {}, type: File}}", there.display());
    let block = ", volumeMode: Block";
    let manifests = [
        volume("there", host, &local(&there)),
        claim("there", "hand", ""),
        once(
            "there",
            "there",
            "",
            group,
            "cat /data/in/file; echo new > /data/new; id -G",
        ),
        volume("late", host, &local(&late)),
        claim("late", "hand", ""),
        once("late", "late", "", "", "echo here"),
        volume("bare", host, &bare),
        claim("bare", "hand", ""),
        once("bare", "bare", "", "", "echo here"),
        volume("far", host, "nfs: {server: 192.0.2.1, path: /}"),
        claim("far", "hand", ""),
        once("far", "far", "", "", "echo here"),
        volume("other", "elsewhere", &local(&there)),
        claim("other", "hand", ""),
        once(
            "other",
            "other",
            "",
            &format!("nodeName: {host}"),
            "echo here",
        ),
        volume(
            "raw",
            host,
            &[&local(&there), "\n  volumeMode: Block"].concat(),
        ),
        claim("raw", "hand", block),
        once("raw", "raw", "", "", "echo here"),
        once(
            "unbound",
            "none",
            "",
            &format!("nodeName: {host}"),
            "echo here",
        ),
    ];
    tried.apply(&manifests.concat());
    assert_eq!(ends(tried, "there"), "mine\n0 2000\n");
    let modes = ["", "in", "in/file", "new"].map(|name| {
        let meta = std::fs::metadata(there.join(name)).unwrap();
        (meta.gid(), meta.mode() & 0o7777)
    });
    assert_eq!(
        modes,
        [(2000, 0o2775), (2000, 0o2775), (2000, 0o664), (2000, 0o644)]
    );
    let missing = format!(
        "MountVolume.NewMounter initialization failed for volume \"late\" : path {late:?} does not exist"
    );
    says(tried, "late", &missing);
    std::fs::create_dir(&late).unwrap();
    assert_eq!(ends(tried, "late"), "here\n");
    let path = there.display();
    let kind = format!(
        "MountVolume.SetUp failed for volume \"bare\" : hostPath type check failed: {path} is not a file"
    );
    says(tried, "bare", &kind);
    let far = "MountVolume.SetUp failed for volume \"far\" : volumes of the kind nfs are not supported on a real node";
    says(tried, "far", far);
    let other = "MountVolume.NodeAffinity check failed for volume \"other\" : no matching NodeSelectorTerms";
    says(tried, "other", other);
    let raw = "failed to process volumes=[d]: volume d has volumeMode Block, but is specified in volumeMounts";
    says(tried, "raw", raw);
    let unbound = "Unable to attach or mount volumes: unmounted volumes=[d], unattached volumes=[], failed to process volumes=[d]: \
                   error processing PVC default/none: failed to fetch PVC from API server: persistentvolumeclaims \"none\" not found";
    says(tried, "unbound", unbound);
}

/// On a machine that has joined, too.
pub fn on_joined(tried: &mut Tried, node: &str, name: &str) {
    let there = format!(
        "nodeSelector: {{kubernetes.io/hostname: {node}}}\n  securityContext: {{runAsUser: 1000}}"
    );
    let manifests = [
        claim("far", "standard", ""),
        once(
            "far",
            "far",
            "",
            &there,
            "echo far > /data/file; cat /data/file",
        ),
    ];
    tried.apply(&manifests.concat());
    assert_eq!(ends(tried, "far"), "far\n");
    let path = path_behind(tried, "far");
    let data = Path::new("/var/lib/kubarium").join(name);
    assert!(path.starts_with(data.join("volumes")), "{path:?}");
    assert!(path.join("file").exists());
    tried.said(&["delete", "pod", "far"]);
    tried.said(&["delete", "pvc", "far"]);
    tried.until(&["get", "pv"], |text| text.contains("No resources found"));
    assert!(!path.exists());
}
