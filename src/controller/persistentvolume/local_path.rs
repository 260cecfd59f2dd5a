//! Makes volumes in folders of nodes for claims of the class `standard`, as the provisioner `rancher.io/local-path` does that kind
//! brings along.

use super::super::runner::{Action, Error, Outcome, Reconciler, Watching, Work};
use super::super::stores::Kind;
use crate::api::core::volumes::{PROVISIONED_BY, SELECTED_NODE, class_of};
use crate::api::folders::{FolderTask, NodeFolders};
use crate::apimachinery::{Timestamp, Value};
use crate::client::{DeleteOptions, Delta, EventRecorder};
use crate::collections::SortedMap;
use crate::tree;
use std::sync::Arc;
use std::time::Duration;

/// What classes name as their provisioner.
pub const PROVISIONER: &str = "rancher.io/local-path";
/// Annotation: the node that a volume is on.
const NODE: &str = "local.path.provisioner/selected-node";
const FOLDER: &str = "/var/local-path-provisioner";
/// How long the pod takes that makes a folder on the node.
const TIME: Duration = Duration::from_secs(2);
/// How often a node is asked whether it has done what it was asked to, and how soon it is asked anew to remove what it could not.
const LOOK: Duration = Duration::from_millis(100);
const AGAIN: Duration = Duration::from_secs(15);
/// The label of nodes whose machines are not the cluster's.
const REAL: &str = "kubarium.dev/runtime";

/// The provisioner.
#[derive(Clone)]
pub struct LocalPathProvisioner {
    recorder: EventRecorder,
    begun: SortedMap<String, Timestamp>,
    folders: Option<Arc<dyn NodeFolders>>,
}

/// What came of asking a node for something.
enum Asked {
    /// The node is not asked: its machine is the cluster's.
    Simulated,
    Waits,
    Done(Result<String, String>),
}

/// Whether a claim waits for a volume of this provisioner (`shouldProvision`).
fn is_wanted(claim: &Value) -> bool {
    claim.at(&["spec", "volumeName"]).is_empty()
        && claim.annotation("volume.kubernetes.io/storage-provisioner") == Some(PROVISIONER)
        && !claim.is_terminating()
}

/// Whether a volume of this provisioner is to go (`shouldDelete`).
fn is_done(volume: &Value) -> bool {
    volume.at(&["status", "phase"]) == &"Released"
        && volume.at(&["spec", "persistentVolumeReclaimPolicy"]) == &"Delete"
        && volume.annotation(PROVISIONED_BY) == Some(PROVISIONER)
        && !volume.is_terminating()
}

/// Why a claim cannot be served.
fn refusal(claim: &Value, node: Option<&str>) -> Option<&'static str> {
    let modes = claim.at(&["spec", "accessModes"]).items();
    let fine = |m: &Value| m == &"ReadWriteOnce" || m == &"ReadWriteOncePod";
    if !claim.at(&["spec", "selector"]).is_null() {
        Some("claim.Spec.Selector is not supported")
    } else if !modes.iter().all(fine) {
        Some("NodePath only supports ReadWriteOnce and ReadWriteOncePod (1.22+) access modes")
    } else if node.is_none() {
        Some("configuration error, no node was specified")
    } else {
        None
    }
}

/// The name of the volume for a claim.
fn name_for(claim: &Value) -> String {
    let mut name = String::from("pvc-");
    name.push_str(claim.uid());
    name
}

/// The name of the folder that a volume of that name is, for a claim in a namespace.
fn folder_of(volume: &str, namespace: &str, claim: &str) -> String {
    let mut folder = volume.to_owned();
    for part in [namespace, claim] {
        folder.push('_');
        folder.push_str(part);
    }
    folder
}

fn new_volume(claim: &Value, class: &Value, node: &str, path: &str) -> Value {
    let name = name_for(claim);
    let mode = claim.at(&["spec", "volumeMode"]).clone();
    let policy = class.get("reclaimPolicy").clone();
    let size = claim.at(&["spec", "resources", "requests", "storage"]);
    tree!({
        "apiVersion": "v1", "kind": "PersistentVolume",
        "metadata": {"name": name, "annotations": {
            NODE: node, PROVISIONED_BY: PROVISIONER,
        }},
        "spec": {
            "accessModes": claim.at(&["spec", "accessModes"]), "capacity": {"storage": size},
            "claimRef": {
                "apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": claim.namespace(), "name": claim.name(),
                "uid": claim.uid(), "resourceVersion": claim.resource_version(),
            },
            "hostPath": {"path": path, "type": "DirectoryOrCreate"},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [
                {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}]}]}},
            "persistentVolumeReclaimPolicy": policy, "storageClassName": class.name(), "volumeMode": mode,
        },
    })
}

impl LocalPathProvisioner {
    /// One that asks nodes whose machines are not the cluster's by way of `folders`.
    pub fn new(folders: Option<Arc<dyn NodeFolders>>) -> Self {
        Self {
            recorder: EventRecorder::new(PROVISIONER, ""),
            begun: SortedMap::new(),
            folders,
        }
    }

    fn ask(&self, task: FolderTask, node: &str, folder: &str, work: &Work<'_, '_>) -> Asked {
        let found = work.stores[Kind::Nodes].get(node);
        if found.is_none_or(|node| node.label(REAL).is_none()) {
            return Asked::Simulated;
        }
        let no_way = || Err("nothing leads to its node".to_owned());
        match &self.folders {
            None => Asked::Done(no_way()),
            Some(folders) => folders
                .ask(task, node, folder)
                .map_or(Asked::Waits, Asked::Done),
        }
    }

    fn provision(&mut self, claim: &Value, work: &mut Work<'_, '_>) -> Outcome {
        let Some(class) = work.stores[Kind::StorageClasses]
            .get(class_of(claim))
            .cloned()
        else {
            return Ok(Action::AwaitChange);
        };
        let node = claim.annotation(SELECTED_NODE);
        if node.is_none() && class.get("volumeBindingMode") == &"WaitForFirstConsumer" {
            return Ok(Action::AwaitChange);
        }
        if let Some(gone) = node.filter(|node| work.stores[Kind::Nodes].get(node).is_none()) {
            let why = format!("node \"{gone}\" not found");
            let refused = self.refuse(claim, &class, &why, work);
            // Its pod may go elsewhere.
            let mut claim = claim.clone();
            claim
                .at_mut(&["metadata", "annotations"])
                .remove(SELECTED_NODE);
            work.cx.update(Kind::PersistentVolumeClaims.def(), claim)?;
            return refused;
        }
        let now = work.cx.now;
        let due = match self.begun.get(claim.uid()) {
            Some(due) => *due,
            None => {
                let text = format!(
                    "External provisioner is provisioning volume for claim \"{}\"",
                    claim.key()
                );
                self.record(claim, "Normal", "Provisioning", &text, work);
                self.begun.insert(claim.uid().to_owned(), now + TIME);
                now + TIME
            }
        };
        if let Some(why) = refusal(claim, node).filter(|_| now >= due) {
            return self.refuse(claim, &class, why, work);
        }
        let node = node.unwrap_or_default();
        let folder = folder_of(&name_for(claim), claim.namespace(), claim.name());
        let path = match self.ask(FolderTask::Make, node, &folder, work) {
            Asked::Simulated if now < due => return Ok(Action::RequeueAfter(due.since(now))),
            Asked::Simulated => [FOLDER, "/", &folder].concat(),
            Asked::Waits => return Ok(Action::RequeueAfter(LOOK)),
            Asked::Done(Ok(path)) => path,
            Asked::Done(Err(why)) => {
                let why = format!("failed to create volume {}: {why}", name_for(claim));
                return self.refuse(claim, &class, &why, work);
            }
        };
        self.begun.remove(claim.uid());
        let volume = new_volume(claim, &class, node, &path);
        let text = format!("Successfully provisioned volume {}", volume.name());
        match work.cx.create(Kind::PersistentVolumes.def(), "", volume) {
            Err(e) if e.is_already_exists() => {}
            Err(e) => return Err(e.into()),
            Ok(_) => self.record(claim, "Normal", "ProvisioningSucceeded", &text, work),
        }
        Ok(Action::AwaitChange)
    }

    fn refuse(
        &mut self,
        claim: &Value,
        class: &Value,
        why: &str,
        work: &mut Work<'_, '_>,
    ) -> Outcome {
        self.begun.remove(claim.uid());
        let text = format!(
            "failed to provision volume with StorageClass \"{}\": {why}",
            class.name()
        );
        self.record(claim, "Warning", "ProvisioningFailed", &text, work);
        Err(Error::other(why))
    }

    /// Removes a volume, once its folder has gone; that of a node that is gone nobody removes.
    fn remove(&mut self, volume: &Value, work: &mut Work<'_, '_>) -> Outcome {
        let node = volume.annotation(NODE).unwrap_or_default();
        let claim = volume.at(&["spec", "claimRef"]);
        let (namespace, name) = (claim.get("namespace").str(), claim.get("name").str());
        let folder = folder_of(volume.name(), namespace, name);
        match self.ask(FolderTask::Remove, node, &folder, work) {
            Asked::Simulated | Asked::Done(Ok(_)) => {}
            Asked::Waits => return Ok(Action::RequeueAfter(LOOK)),
            Asked::Done(Err(why)) => {
                let text = format!("failed to delete volume {}: {why}", volume.name());
                self.record(volume, "Warning", "VolumeFailedDelete", &text, work);
                return Ok(Action::RequeueAfter(AGAIN));
            }
        }
        let options = DeleteOptions::default();
        let def = Kind::PersistentVolumes.def();
        match work.cx.delete(def, "", volume.name(), &options) {
            Err(e) if !e.is_not_found() => Err(e.into()),
            _ => Ok(Action::AwaitChange),
        }
    }

    fn record(
        &mut self,
        claim: &Value,
        kind: &str,
        reason: &str,
        text: &str,
        work: &mut Work<'_, '_>,
    ) {
        self.recorder.event(work.cx, claim, kind, reason, text);
    }
}

impl Reconciler for LocalPathProvisioner {
    const NAME: &'static str = "local-path-provisioner";
    const SERVICE_ACCOUNT: &'static str = "local-path-provisioner";
    const WATCHES: &'static [Kind] = &[
        Kind::PersistentVolumeClaims,
        Kind::PersistentVolumes,
        Kind::StorageClasses,
        Kind::Nodes,
    ];

    fn observe(&mut self, kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        let object = delta.object();
        if matches!(delta, Delta::Deleted(_)) {
            self.begun.remove(object.uid());
            return;
        }
        let wanted = match kind {
            Kind::PersistentVolumeClaims => is_wanted(object),
            Kind::PersistentVolumes => is_done(object),
            _ => false,
        };
        if wanted {
            watching.add(object.key());
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        let claim = work.stores[Kind::PersistentVolumeClaims].get(key).cloned();
        if let Some(claim) = claim.filter(is_wanted) {
            return self.provision(&claim, work);
        }
        let volume = work.stores[Kind::PersistentVolumes].get(key).cloned();
        let Some(volume) = volume.filter(is_done) else {
            return Ok(Action::AwaitChange);
        };
        self.remove(&volume, work)
    }
}
