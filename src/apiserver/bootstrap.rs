//! What upstream's API server makes when it starts: namespaces, the service `kubernetes`, priority classes, roles and bindings, and
//! APIServices of what it serves itself.

pub mod policy;

use super::call::Call;
use super::negotiate::Negotiated;
use super::query::Query;
use super::request_info::RequestInfo;
use super::storage::Storage;
use super::{ApiServer, aggregation, authz, decode, registry};
use crate::apimachinery::http::{Body, UserInfo};
use crate::apimachinery::status::Status;
use crate::apimachinery::{Text, Timestamp, Value};
use crate::tree;

const NAMESPACES: [&str; 4] = ["kube-system", "kube-public", "kube-node-lease", "default"];

impl ApiServer {
    /// Makes the objects that the API server itself keeps; those that exist stay as they are.
    ///
    /// # Errors
    /// What the server refuses of them, which only a configuration that contradicts itself can cause.
    pub fn bootstrap(&mut self, now: Timestamp) -> Result<(), Status> {
        // One that is refused, as by a quota of a cluster that was there before, does not keep the others away.
        let mut all = Ok(());
        for name in NAMESPACES {
            let namespace = tree!({"metadata": {"name": name}});
            all = all.and(self.ensure("", "namespaces", "", namespace, now));
        }
        let classes = [
            (
                "system-node-critical",
                2_000_001_000_i64,
                "Used for system critical pods that must not be moved from their current node.",
            ),
            (
                "system-cluster-critical",
                2_000_000_000,
                "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
            ),
        ];
        for (name, value, description) in classes {
            let class =
                tree!({"metadata": {"name": name}, "value": value, "description": description});
            all = all.and(self.ensure("scheduling.k8s.io", "priorityclasses", "", class, now));
        }
        for (resource, namespace, object) in policy::objects() {
            all = all.and(self.ensure(authz::rbac::GROUP, resource, namespace, object, now));
        }
        all = all.and(self.ensure_kubernetes_service(now));
        self.repair_addresses(now);
        all = all.and(self.ensure_token_tracking(now));
        all = all.and(self.ensure_api_services(now));
        all = all.and(self.ensure_flow_control(now));
        self.tend_flow_control(now);
        all.and(self.publish_authorities(now))
    }

    /// Says since when the use of tokens in Secrets is noted (`legacytokentracking`).
    fn ensure_token_tracking(&mut self, now: Timestamp) -> Result<(), Status> {
        let own = self.swap_rng();
        let day = now.to_rfc3339();
        let map = tree!({
            "metadata": {"name": "kube-apiserver-legacy-service-account-token-tracking", "namespace": "kube-system"},
            "data": {"since": day.get(..10).unwrap_or_default()},
        });
        let done = self.ensure("", "configmaps", "kube-system", map, now);
        self.swap_rng_back(own);
        done
    }

    /// Makes the APIServices of built-in groups.
    fn ensure_api_services(&mut self, now: Timestamp) -> Result<(), Status> {
        let own = self.swap_rng();
        let mut all = Ok(());
        for service in aggregation::built_in() {
            all = all.and(self.ensure(aggregation::GROUP, "apiservices", "", service, now));
        }
        all = all.and(self.update_built_in());
        self.swap_rng_back(own);
        self.tend_api_services(now);
        all
    }

    /// Tells servers of APIs behind this one by which certificates they know users, and this server itself
    /// (`clusterauthenticationtrust`).
    fn publish_authorities(&mut self, now: Timestamp) -> Result<(), Status> {
        let Some(proxy) = self.config.front_proxy.clone() else {
            return Ok(());
        };
        let data = serde_json::json!({
            "client-ca-file": proxy.client_ca,
            "requestheader-allowed-names": "[\"front-proxy-client\"]",
            "requestheader-client-ca-file": proxy.ca,
            "requestheader-extra-headers-prefix": "[\"X-Remote-Extra-\"]",
            "requestheader-group-headers": "[\"X-Remote-Group\"]",
            "requestheader-uid-headers": "[\"X-Remote-Uid\"]",
            "requestheader-username-headers": "[\"X-Remote-User\"]",
        });
        let name = "extension-apiserver-authentication";
        let mut object = tree!({"metadata": {"name": name, "namespace": "kube-system"}});
        object.set("data", data);
        let Some(resource) = registry::preferred("", "configmaps") else {
            return Ok(());
        };
        let own = self.swap_rng();
        let present = self
            .storage
            .get(resource.table, &resource.key("kube-system", name));
        let done = match present.cloned() {
            None => self.ensure("", "configmaps", "kube-system", object, now),
            Some(present) if present.get("data") == object.get("data") => Ok(()),
            Some(mut present) => {
                present.set("data", object.get("data").clone());
                self.write_own(resource.def, "update", "", present)
                    .map_err(|v| Status::from_value(&v).unwrap_or_else(Status::no_such_resource))
            }
        };
        self.swap_rng_back(own);
        done
    }

    fn ensure_kubernetes_service(&mut self, now: Timestamp) -> Result<(), Status> {
        let ip = self.allocators.first_ip().to_string();
        let (address, port) = self.config.advertise_address;
        let labels = serde_json::json!({"component": "apiserver", "provider": "kubernetes"});
        let service = tree!({
            "metadata": {"name": "kubernetes", "labels": labels},
            "spec": {
                "type": "ClusterIP", "clusterIP": ip, "sessionAffinity": "None",
                "ports": [{"name": "https", "protocol": "TCP", "port": 443, "targetPort": port}],
            },
        });
        let mut all = self.ensure("", "services", "default", service, now);
        let endpoints = tree!({
            "metadata": {"name": "kubernetes", "labels": {"endpointslice.kubernetes.io/skip-mirror": "true"}},
            "subsets": [{
                "addresses": [{"ip": address.to_string()}],
                "ports": [{"name": "https", "port": port, "protocol": "TCP"}],
            }],
        });
        all = all.and(self.ensure("", "endpoints", "default", endpoints, now));
        let slice = tree!({
            "metadata": {"name": "kubernetes", "labels": {"kubernetes.io/service-name": "kubernetes"}},
            "addressType": "IPv4",
            "endpoints": [{"addresses": [address.to_string()], "conditions": {"ready": true}}],
            "ports": [{"name": "https", "port": port, "protocol": "TCP"}],
        });
        all = all.and(self.ensure("discovery.k8s.io", "endpointslices", "default", slice, now));
        let cidr = self.allocators.cidr();
        let range = tree!({"metadata": {"name": "kubernetes"}, "spec": {"cidrs": [cidr]}});
        all.and(self.ensure("networking.k8s.io", "servicecidrs", "", range, now))
    }

    fn ensure(
        &mut self,
        group: &str,
        resource: &str,
        namespace: &str,
        object: Value,
        now: Timestamp,
    ) -> Result<(), Status> {
        let Some(resource) = registry::preferred(group, resource) else {
            return Ok(());
        };
        let key = resource.key(namespace, object.name());
        if self.storage.get(resource.table, &key).is_some() {
            return Ok(());
        }
        let mut call = Call {
            upgraded: false,
            sent: None,
            now,
            info: RequestInfo {
                is_resource: true,
                verb: "create",
                group: group.into(),
                version: Text::from_static(resource.def.version),
                resource: Text::from_static(resource.def.resource),
                namespace: namespace.into(),
                ..RequestInfo::default()
            },
            query: Query::default(),
            resource,
            user: UserInfo::new(
                "system:apiserver",
                &["system:masters", "system:authenticated"],
            )
            .into(),
            agent: "kube-apiserver/v1.36.2".into(),
            cause: None,
            reader: None,
            latency: None,
            plain: true,
            tracked: None,
            content_type: Text::EMPTY,
            negotiated: Negotiated::default(),
            dry_run: false,
            warnings: Vec::new(),
            annotations: Vec::new(),
            known: Vec::new(),
            answers: Vec::new(),
            answered: 0,
            awaited: Vec::new(),
            passes_webhooks: true,
            delete_options: Value::Null,
            clean_spec: None,
        };
        let object = decode::object(&mut call, Body::Tree(object))?;
        self.create_decoded(&mut call, object)?;
        Ok(())
    }
}
