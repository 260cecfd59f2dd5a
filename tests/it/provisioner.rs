//! The provisioner of the class `standard` and nodes whose machines are not the cluster's: what it asks of them, and what it makes of it.

#![allow(clippy::unwrap_used)]

use crate::cluster::send;
use kubarium::api::folders::{FolderTask, NodeFolders};
use kubarium::apimachinery::Value;
use kubarium::apiserver::ApiServerConfig;
use kubarium::cluster::{Cluster, ClusterConfig};
use kubarium::tree;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What stands for the way to nodes: each is asked twice before it is known what came of it.
#[derive(Debug, Default)]
struct Nodes {
    asked: Mutex<Vec<(FolderTask, String, String)>>,
    refusal: Mutex<Option<String>>,
}

impl NodeFolders for Nodes {
    fn ask(&self, task: FolderTask, node: &str, folder: &str) -> Option<Result<String, String>> {
        let mut asked = self.asked.lock().unwrap();
        asked.push((task, node.to_owned(), folder.to_owned()));
        let is_known = asked.len().is_multiple_of(2);
        let refusal = self.refusal.lock().unwrap().clone();
        is_known.then(|| match refusal {
            Some(why) => Err(why),
            None => Ok(format!("/there/{folder}")),
        })
    }
}

const CLAIMS: &str = "/api/v1/namespaces/default/persistentvolumeclaims";
const VOLUMES: &str = "/api/v1/persistentvolumes";

fn wait(c: &mut Cluster, seconds: u64) {
    let until = c.now() + Duration::from_secs(seconds);
    c.advance_to(until);
}

fn volumes(c: &mut Cluster) -> Vec<Value> {
    send(c, "GET", VOLUMES, None)
        .1
        .get("items")
        .items()
        .to_vec()
}

/// The messages of events with a reason.
fn told(c: &mut Cluster, reason: &str) -> Vec<String> {
    let path = format!("/api/v1/events?fieldSelector=reason={reason}");
    let all = send(c, "GET", &path, None).1;
    let all = all.get("items").items().iter();
    all.map(|e| e.get("message").str().to_owned()).collect()
}

#[test]
fn folders_of_real_nodes_are_asked_for_and_outlast_failures() {
    let nodes = Arc::new(Nodes::default());
    let server = ApiServerConfig {
        node_folders: Some(nodes.clone()),
        ..ApiServerConfig::default()
    };
    let mut c = Cluster::with_server(ClusterConfig::default(), server);
    c.settle();
    let node = tree!({"apiVersion": "v1", "kind": "Node",
        "metadata": {"name": "far", "labels": {"kubarium.dev/runtime": "containerd"}}});
    assert_eq!(send(&mut c, "POST", "/api/v1/nodes", Some(node)).0, 201);

    *nodes.refusal.lock().unwrap() = Some("no space left on device".to_owned());
    let claim = tree!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "annotations": {"volume.kubernetes.io/selected-node": "far"}},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}});
    let (code, claim) = send(&mut c, "POST", CLAIMS, Some(claim));
    assert_eq!(code, 201);
    wait(&mut c, 3);
    let name = format!("pvc-{}", claim.uid());
    let why = format!(
        "failed to provision volume with StorageClass \"standard\": failed to create volume {name}: no space left on device"
    );
    assert_eq!(told(&mut c, "ProvisioningFailed"), [why]);
    assert!(volumes(&mut c).is_empty());

    *nodes.refusal.lock().unwrap() = None;
    wait(&mut c, 20);
    let made = volumes(&mut c);
    let folder = format!("{name}_default_data");
    let path = made[0].at(&["spec", "hostPath", "path"]).str();
    assert_eq!((made.len(), path), (1, format!("/there/{folder}").as_str()));
    assert_eq!(made[0].at(&["status", "phase"]), &"Bound");

    // The volume stays until its folder has gone.
    *nodes.refusal.lock().unwrap() = Some("the node does not answer".to_owned());
    nodes.asked.lock().unwrap().clear();
    send(&mut c, "DELETE", &format!("{CLAIMS}/data"), None);
    wait(&mut c, 20);
    assert_eq!(volumes(&mut c)[0].at(&["status", "phase"]), &"Released");
    let why = format!("failed to delete volume {name}: the node does not answer");
    assert_eq!(told(&mut c, "VolumeFailedDelete"), [why]);
    let mut asked = nodes.asked.lock().unwrap().clone();
    asked.dedup();
    assert_eq!(asked, [(FolderTask::Remove, "far".to_owned(), folder)]);
    *nodes.refusal.lock().unwrap() = None;
    wait(&mut c, 20);
    assert!(volumes(&mut c).is_empty());
}

#[test]
fn nobody_is_asked_about_simulated_nodes_or_such_that_are_gone() {
    let nodes = Arc::new(Nodes::default());
    let server = ApiServerConfig {
        node_folders: Some(nodes.clone()),
        ..ApiServerConfig::default()
    };
    let mut c = Cluster::with_server(ClusterConfig::default(), server);
    c.settle();
    for (name, node) in [("here", "worker-1"), ("gone", "gone")] {
        let claim = tree!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": name, "annotations": {"volume.kubernetes.io/selected-node": node}},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}});
        assert_eq!(send(&mut c, "POST", CLAIMS, Some(claim)).0, 201);
    }
    wait(&mut c, 5);
    assert_eq!(volumes(&mut c).len(), 1);
    let why = "failed to provision volume with StorageClass \"standard\": node \"gone\" not found";
    assert_eq!(told(&mut c, "ProvisioningFailed"), [why]);
    let gone = send(&mut c, "GET", &format!("{CLAIMS}/gone"), None).1;
    let selected = gone.annotation("volume.kubernetes.io/selected-node");
    assert_eq!(selected, None);
    send(&mut c, "DELETE", &format!("{CLAIMS}/here"), None);
    wait(&mut c, 5);
    assert!(volumes(&mut c).is_empty());
    assert!(nodes.asked.lock().unwrap().is_empty());
}
