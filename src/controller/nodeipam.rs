//! Gives each node its range of pod addresses (upstream's `pkg/controller/nodeipam`), and the annotation that tells kubelets
//! how long to cache secrets (`pkg/controller/ttl`).

pub mod cidr_set;

use super::runner::{Action, Outcome, Reconciler, Watching, Work};
use super::stores::Kind;
use crate::apimachinery::Value;
use crate::client::{Delta, EventRecorder, PatchType};
use crate::tree;
use cidr_set::CidrSet;

/// The range of which nodes get theirs (`--cluster-cidr`), and how many bits those of a node share (`--node-cidr-mask-size`).
pub const CLUSTER_CIDR: &str = "10.224.0.0/11";
/// See [`CLUSTER_CIDR`].
pub const NODE_MASK_SIZE: u8 = 24;
/// The range that the real node beside the control plane brings along: nobody else is given it.
pub const RESERVED: &str = "10.243.0.0/24";

const TTL: &str = "node.alpha.kubernetes.io/ttl";
/// From how many nodes down, up to how many nodes, seconds.
const TTL_BOUNDARIES: [(usize, usize, u32); 5] = [
    (0, 100, 0),
    (90, 500, 15),
    (450, 1000, 30),
    (900, 2000, 60),
    (1800, usize::MAX, 300),
];

/// The node IPAM controller.
#[derive(Clone)]
pub struct NodeIpamController {
    recorder: EventRecorder,
    cidrs: Option<CidrSet>,
}

impl NodeIpamController {
    /// Ranges of `mask_size` bits out of `cluster_cidr`, beginning with `first`; none where `cluster_cidr` is no IPv4 range.
    pub fn new(cluster_cidr: &str, mask_size: u8, first: &str) -> Self {
        let mut cidrs = CidrSet::new(cluster_cidr, mask_size);
        if let Some(cidrs) = &mut cidrs {
            cidrs.begin_with(first);
            cidrs.reserve(RESERVED);
        }
        Self {
            recorder: EventRecorder::new("cidrAllocator", ""),
            cidrs,
        }
    }
}

impl Reconciler for NodeIpamController {
    const NAME: &'static str = "node-ipam-controller";
    const SERVICE_ACCOUNT: &'static str = "node-controller";
    const WATCHES: &'static [Kind] = &[Kind::Nodes];

    fn observe(&mut self, _kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        let node = delta.object();
        let cidr = node.at(&["spec", "podCIDR"]).str();
        match (delta, &mut self.cidrs) {
            (Delta::Deleted(_), Some(cidrs)) => {
                // Nodes write down ranges of their own, too: it may be another one's.
                let mut others = watching.stores[Kind::Nodes].iter();
                if !others.any(|other| other.at(&["spec", "podCIDR"]) == &cidr) {
                    cidrs.release(cidr);
                }
            }
            (_, Some(cidrs)) if !cidr.is_empty() => cidrs.occupy(cidr),
            (Delta::Deleted(_), None) | (_, None) => {}
            _ => watching.add(node.name()),
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        let Some(node) = work.stores[Kind::Nodes].get(key).cloned() else {
            return Ok(Action::AwaitChange);
        };
        if !node.at(&["spec", "podCIDR"]).is_empty() {
            return Ok(Action::AwaitChange);
        }
        let Some(cidr) = self.cidrs.as_mut().and_then(CidrSet::allocate) else {
            let message = format!("Node {key} status is now: CIDRNotAvailable");
            let about = tree!({"apiVersion": "v1", "kind": "Node", "metadata": {
                "name": key, "uid": node.uid(),
            }});
            self.recorder
                .event(work.cx, &about, "Normal", "CIDRNotAvailable", &message);
            return Ok(Action::AwaitChange);
        };
        let patch = tree!({"spec": {"podCIDR": cidr, "podCIDRs": [cidr]}});
        match work
            .cx
            .patch(Kind::Nodes.def(), "", key, "", PatchType::Strategic, patch)
        {
            Ok(_) => Ok(Action::AwaitChange),
            Err(e) => {
                if let Some(cidrs) = &mut self.cidrs {
                    cidrs.release(&cidr);
                }
                Err(e.into())
            }
        }
    }
}

/// The controller of the cache time annotation.
#[derive(Clone, Default)]
pub struct TtlController {
    step: usize,
}

impl Reconciler for TtlController {
    const NAME: &'static str = "ttl-controller";
    const SERVICE_ACCOUNT: &'static str = "ttl-controller";
    const WATCHES: &'static [Kind] = &[Kind::Nodes];

    fn observe(&mut self, _kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        let nodes = watching.stores[Kind::Nodes].len();
        while nodes > TTL_BOUNDARIES[self.step].1 {
            self.step += 1;
        }
        while nodes < TTL_BOUNDARIES[self.step].0 {
            self.step -= 1;
        }
        let ttl = TTL_BOUNDARIES[self.step].2.to_string();
        let node: &Value = delta.object();
        if !matches!(delta, Delta::Deleted(_)) && node.annotation(TTL) != Some(&ttl) {
            watching.add(node.name());
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        let ttl = TTL_BOUNDARIES[self.step].2.to_string();
        let node = work.stores[Kind::Nodes].get(key);
        if node.is_none_or(|n| n.annotation(TTL) == Some(&ttl)) {
            return Ok(Action::AwaitChange);
        }
        let patch = tree!({"metadata": {"annotations": {TTL: ttl}}});
        work.cx
            .patch(Kind::Nodes.def(), "", key, "", PatchType::Strategic, patch)?;
        Ok(Action::AwaitChange)
    }
}
