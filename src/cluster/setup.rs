//! What kubeadm does once the control plane answers: it marks nodes with the labels that their kubelets may not set, and installs
//! the add-ons.

use super::{Cluster, InProcess, bootstrap, identity};
use crate::apimachinery::http::{Cause, ReaderId};
use crate::apimachinery::{Timestamp, Value, schema};
use crate::client::{Cx, PatchType};
use crate::tree;
use std::time::Duration;

/// How often it is tried.
const EVERY: Duration = Duration::from_millis(500);

/// What is still to be done.
#[derive(Clone, Debug, Default)]
pub(super) struct SetUp {
    /// Labels by the node that is to have them.
    marks: Vec<(String, Value)>,
    add_ons: bool,
    /// When it is tried next; none once all is done.
    pub(super) at: Option<Timestamp>,
}

impl SetUp {
    /// Add-ons are to be installed, from now on.
    pub(super) fn add_ons(now: Timestamp) -> Self {
        Self {
            add_ons: true,
            at: Some(now),
            ..Self::default()
        }
    }
}

impl Cluster {
    /// Leaves labels to be set on a node once it is there.
    pub(super) fn mark_node(&mut self, node: &str, labels: &[(String, String)]) {
        if labels.is_empty() {
            return;
        }
        let mut mark = tree!({"metadata": {"labels": {}}});
        for (key, value) in labels {
            mark.set_at(&["metadata", "labels", key], value);
        }
        self.set_up.marks.push((node.to_owned(), mark));
        self.set_up.at = self.set_up.at.or(Some(self.now));
    }

    /// Leaves nodes as they are.
    pub(super) fn forget_marks(&mut self) {
        self.set_up.marks.clear();
    }

    /// Does what is due of it.
    pub(super) fn set_up(&mut self) {
        if self.set_up.at.is_none_or(|t| self.now < t) {
            return;
        }
        let reachable = self.running[0];
        let kubeadm = identity(
            "kubernetes-admin",
            &["system:masters", "system:authenticated"],
            "kubeadm/v1.36.2",
            ReaderId(0),
            &self.config,
        );
        let mut api = InProcess {
            server: &mut self.api,
            now: self.now,
            reachable,
        };
        let mut cx = Cx {
            now: self.now,
            rng: &mut self.rng,
            api: &mut api,
            identity: &kubeadm,
            cause: Cause(0),
        };
        let nodes = schema::resource("", "v1", "nodes").expect("a built-in resource");
        self.set_up.marks.retain(|(node, mark)| {
            let kind = PatchType::Strategic;
            let done = cx.patch(nodes, "", node, "", kind, mark.clone());
            done.is_err()
        });
        if self.set_up.add_ons && bootstrap::install_add_ons(&mut cx) {
            self.set_up.add_ons = false;
        }
        let all = !self.set_up.add_ons && self.set_up.marks.is_empty();
        self.set_up.at = (!all).then_some(self.now + EVERY);
    }
}
