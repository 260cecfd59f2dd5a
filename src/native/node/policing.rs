//! Keeps the real node's part of NetworkPolicies up to date, from watches of what they depend on.

use super::nft::Table;
use super::policies::{self, Facts};
use super::proxying::POLICY_READER;
use super::services::Place;
use crate::apimachinery::Timestamp;
use crate::apimachinery::http::UserInfo;
use crate::apimachinery::schema;
use crate::client::{Cx, Identity, Informer};
use std::sync::Arc;
use std::time::Duration;

/// The least time between two syncs.
const MIN_SYNC_PERIOD: Duration = Duration::from_millis(200);

/// NetworkPolicies, pods and namespaces, and what follows from them for the node.
pub struct Policing {
    policies: Informer,
    pods: Informer,
    namespaces: Informer,
    identity: Identity,
    table: Arc<Table>,
    changed: bool,
    synced_at: Timestamp,
}

impl Default for Policing {
    fn default() -> Self {
        let informer = |group, resource| {
            let def = schema::resource(group, "v1", resource);
            Informer::new(def.expect("a built-in resource"))
        };
        Self {
            policies: informer("networking.k8s.io", "networkpolicies"),
            pods: informer("", "pods"),
            namespaces: informer("", "namespaces"),
            // Networks bring an account of their own, which no role of upstream's is for.
            identity: Identity {
                user: UserInfo::new(
                    "network-policies",
                    &["system:masters", "system:authenticated"],
                )
                .into(),
                agent: "network-policies",
                reader: POLICY_READER,
                watch_latency: Duration::ZERO,
            },
            table: Arc::default(),
            changed: true,
            synced_at: Timestamp::default(),
        }
    }
}

impl Policing {
    /// The node's chains and maps, as of the last turn.
    pub fn table(&self) -> &Arc<Table> {
        &self.table
    }

    /// When it wants its next turn.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let own = self.changed.then(|| self.synced_at + MIN_SYNC_PERIOD);
        let watches = [&self.policies, &self.pods, &self.namespaces];
        let watches = watches.into_iter().filter_map(Informer::next_deadline);
        watches.chain(own).min()
    }

    /// Takes in what has changed.
    pub fn turn(&mut self, cx: &mut Cx<'_>, place: &Place) {
        let mut cx = Cx {
            now: cx.now,
            rng: cx.rng,
            api: cx.api,
            identity: &self.identity,
            cause: cx.cause,
        };
        let policies = !self.policies.poll(&mut cx).is_empty();
        let others = [&mut self.pods, &mut self.namespaces];
        let others = others.map(|informer| !informer.poll(&mut cx).is_empty());
        // Without policies it does not matter what pods there are.
        self.changed |= policies || (others != [false; 2] && self.policies.iter().next().is_some());
        if !self.changed || (self.synced_at + MIN_SYNC_PERIOD > cx.now && !policies) {
            return;
        }
        (self.changed, self.synced_at) = (false, cx.now);
        let facts = Facts {
            policies: self.policies.iter().collect(),
            pods: self.pods.iter().collect(),
            namespaces: self.namespaces.iter().map(|n| (n.name(), n)).collect(),
        };
        let table = policies::table(&facts, place);
        if *self.table != table {
            self.table = Arc::new(table);
        }
    }
}
