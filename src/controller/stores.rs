//! The informers that all controllers share (client-go's shared informer factory).

use crate::apimachinery::Value;
use crate::apimachinery::schema::{self, ResourceDef};
use crate::client::informer::{BY_NODE, IndexFn};
use crate::client::{Cx, Delta, Informer};
use std::sync::LazyLock;

/// Indexes by the UID of the controlling owner; objects without one stand under [`orphans_of`] their namespace.
pub const BY_OWNER: (&str, IndexFn) = ("owner", |o| {
    vec![match o.controller_of() {
        Some(r) => r.get("uid").str().to_owned(),
        None => orphans_of(o.namespace()),
    }]
});

/// The value of [`BY_OWNER`] under which a namespace's objects without a controlling owner stand.
pub fn orphans_of(namespace: &str) -> String {
    format!("_/{namespace}")
}

/// Indexes EndpointSlices by namespace and name of their service.
pub const BY_SERVICE: (&str, IndexFn) = ("service", |o| {
    o.label("kubernetes.io/service-name")
        .map(|s| format!("{}/{s}", o.namespace()))
        .into_iter()
        .collect()
});

/// What controllers ask of every pod of a large set at every turn; kept beside the pods.
pub mod facts {
    use crate::api::core::pod_util::{is_pod_active, is_pod_ready, is_pod_terminal};
    use crate::api::core_v1::Pod;
    use crate::apimachinery::Value;

    /// Neither ended nor being deleted.
    pub const ACTIVE: u8 = 1;
    /// Its condition `Ready` is true.
    pub const READY: u8 = 2;
    /// Being deleted, and not yet at its end.
    pub const TERMINATING: u8 = 4;

    /// The facts of a pod.
    pub fn of(pod: &Value) -> u8 {
        let pod = Pod::of(pod);
        let bit = |holds: bool, bit: u8| if holds { bit } else { 0 };
        bit(is_pod_active(pod), ACTIVE)
            | bit(is_pod_ready(pod), READY)
            | bit(pod.is_terminating() && !is_pod_terminal(pod), TERMINATING)
    }
}

macro_rules! kinds {
    ($($kind:ident: $group:literal $version:literal $resource:literal [$($index:expr),*];)*) => {
        /// A resource that controllers keep a shared copy of.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Kind { $(
            #[doc = concat!("`", $resource, "`")]
            $kind,
        )* }
        impl Kind {
            /// All of them.
            pub const ALL: &'static [Kind] = &[$(Kind::$kind),*];
            fn find(self) -> Option<&'static ResourceDef> {
                match self { $(Kind::$kind => schema::resource($group, $version, $resource),)* }
            }
            fn informer(self) -> Informer {
                match self { $(Kind::$kind => Informer::new(self.def())$(.with_index($index))*,)* }
                    .with_facts(if self == Kind::Pods { facts::of } else { |_| 0 })
            }
        }
    };
}

kinds! {
    Namespaces: "" "v1" "namespaces" [];
    Nodes: "" "v1" "nodes" [];
    Leases: "coordination.k8s.io" "v1" "leases" [];
    Pods: "" "v1" "pods" [BY_OWNER, BY_NODE];
    Services: "" "v1" "services" [];
    Endpoints: "" "v1" "endpoints" [];
    EndpointSlices: "discovery.k8s.io" "v1" "endpointslices" [BY_SERVICE];
    ConfigMaps: "" "v1" "configmaps" [];
    ServiceAccounts: "" "v1" "serviceaccounts" [];
    Secrets: "" "v1" "secrets" [];
    ReplicationControllers: "" "v1" "replicationcontrollers" [];
    ReplicaSets: "apps" "v1" "replicasets" [BY_OWNER];
    Deployments: "apps" "v1" "deployments" [];
    DaemonSets: "apps" "v1" "daemonsets" [];
    StatefulSets: "apps" "v1" "statefulsets" [];
    ControllerRevisions: "apps" "v1" "controllerrevisions" [BY_OWNER];
    Jobs: "batch" "v1" "jobs" [BY_OWNER];
    CronJobs: "batch" "v1" "cronjobs" [];
    PersistentVolumeClaims: "" "v1" "persistentvolumeclaims" [];
    PersistentVolumes: "" "v1" "persistentvolumes" [];
    StorageClasses: "storage.k8s.io" "v1" "storageclasses" [];
    VolumeAttributesClasses: "storage.k8s.io" "v1" "volumeattributesclasses" [];
    PodDisruptionBudgets: "policy" "v1" "poddisruptionbudgets" [];
    ResourceQuotas: "" "v1" "resourcequotas" [];
    ClusterRoles: "rbac.authorization.k8s.io" "v1" "clusterroles" [];
    Ingresses: "networking.k8s.io" "v1" "ingresses" [];
    ServiceCidrs: "networking.k8s.io" "v1" "servicecidrs" [];
    IpAddresses: "networking.k8s.io" "v1" "ipaddresses" [];
    IngressClasses: "networking.k8s.io" "v1" "ingressclasses" [];
    HorizontalPodAutoscalers: "autoscaling" "v2" "horizontalpodautoscalers" [];
    CertificateSigningRequests: "certificates.k8s.io" "v1" "certificatesigningrequests" [];
    ValidatingAdmissionPolicies: "admissionregistration.k8s.io" "v1" "validatingadmissionpolicies" [];
}

static DEFS: LazyLock<Vec<&'static ResourceDef>> = LazyLock::new(|| {
    Kind::ALL
        .iter()
        .map(|k| k.find().expect("every shared resource is built in"))
        .collect()
});

impl Kind {
    /// Its definition.
    pub fn def(self) -> &'static ResourceDef {
        DEFS[self as usize]
    }
    /// `v1`, `apps/v1`.
    pub fn api_version(self) -> String {
        self.def().api_version()
    }
    /// The shared resource that an owner reference names, if there is one.
    pub fn of_reference(reference: &Value) -> Option<Kind> {
        let (group, _) = crate::apimachinery::meta::split_api_version(reference.api_version());
        Kind::ALL
            .iter()
            .copied()
            .find(|k| k.def().kind == reference.kind() && k.def().group == group)
    }
}

/// The shared informers.
#[derive(Clone)]
pub struct Stores {
    informers: Vec<Informer>,
    watched: Vec<bool>,
}

impl std::ops::Index<Kind> for Stores {
    type Output = Informer;
    fn index(&self, kind: Kind) -> &Informer {
        &self.informers[kind as usize]
    }
}

impl Stores {
    /// Informers of the given resources; the others stay empty.
    pub fn new(watched: impl Fn(Kind) -> bool) -> Self {
        Self {
            informers: Kind::ALL.iter().map(|k| k.informer()).collect(),
            watched: Kind::ALL.iter().map(|k| watched(*k)).collect(),
        }
    }

    /// Takes in what has arrived.
    pub fn poll(&mut self, cx: &mut Cx<'_>) -> Vec<(Kind, Delta)> {
        let mut all = Vec::new();
        let news = cx.api.news(cx.identity.reader);
        for kind in Kind::ALL {
            if self.watched[*kind as usize] {
                let deltas = self.informers[*kind as usize].poll_news(cx, &news);
                all.extend(deltas.into_iter().map(|d| (*kind, d)));
            }
        }
        all
    }

    /// Whether the first lists of these resources were taken in.
    pub fn have_synced(&self, kinds: &[Kind]) -> bool {
        kinds.iter().all(|k| self[*k].has_synced())
    }

    /// When a failed list is to be tried again.
    pub fn next_deadline(&self) -> Option<crate::apimachinery::Timestamp> {
        self.informers
            .iter()
            .filter_map(Informer::next_deadline)
            .min()
    }

    /// Ends all watches.
    pub fn stop(&mut self, cx: &mut Cx<'_>) {
        for informer in &mut self.informers {
            informer.stop(cx);
        }
    }

    /// The object that an owner reference of an object in `namespace` names, if it is the very one (by UID).
    pub fn resolve(&self, kind: Kind, namespace: &str, reference: &Value) -> Option<&Value> {
        if reference.kind() != kind.def().kind {
            return None;
        }
        self[kind]
            .get_in(namespace, reference.get("name").str())
            .filter(|o| o.uid() == reference.get("uid").str())
    }
}
