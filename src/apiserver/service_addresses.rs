//! Cluster IPs as objects: each address of a service has an IPAddress, and addresses are drawn from all ServiceCIDRs that are ready
//! (`registry/core/service/ipallocator`, `controlplane/controller/defaultservicecidr`, and what `repairip` mends).

use super::ApiServer;
use super::allocators::{Range, Taken};
use super::registry::{self, Resource};
use super::storage::Storage;
use crate::apimachinery::http::Cause;
use crate::apimachinery::{Timestamp, Value};
use crate::tree;
use std::net::Ipv4Addr;

const GROUP: &str = "networking.k8s.io";
const ADDRESSES: &str = "ipaddresses";
const RANGES: &str = "servicecidrs";
const FAMILY: &str = "ipaddress.kubernetes.io/ip-family";
const MANAGED_BY: &str = "ipaddress.kubernetes.io/managed-by";
const ALLOCATOR: &str = "ipallocator.k8s.io";
/// In whose name the range of the configuration is said to be ready.
const DEFAULT_RANGE: &str = "kubernetes-service-cidr-controller";

/// The IPAddress of a service's address (`createIPAddress`).
fn address(ip: Ipv4Addr, service: &Value) -> Value {
    let mut metadata = tree!({"name": ip.to_string()});
    metadata.set_at(&["labels", FAMILY], "IPv4");
    metadata.set_at(&["labels", MANAGED_BY], ALLOCATOR);
    let mut object = tree!({"spec": {"parentRef": {
        "resource": "services", "namespace": service.namespace(), "name": service.name(),
    }}});
    object.set("metadata", metadata);
    object
}

fn is_ready(range: &Value) -> bool {
    let conditions = range.at(&["status", "conditions"]).items();
    let ready = |c: &Value| c.get("type") == &"Ready" && c.get("status") == &"True";
    !range.is_terminating() && conditions.iter().any(ready)
}

impl ApiServer {
    /// Takes note of a write of an address or a range. `object` is the last state of one that goes.
    pub(super) fn follow_addresses(&mut self, resource: &Resource, object: &Value, goes: bool) {
        if resource.def.group != GROUP {
            return;
        }
        match resource.def.resource {
            ADDRESSES => {
                if let Ok(ip) = object.name().parse::<Ipv4Addr>() {
                    match goes && !self.holds(object.at(&["spec", "parentRef"]), ip) {
                        true => self.allocators.free(ip),
                        false => self.allocators.hold(ip),
                    }
                }
            }
            RANGES => self.read_ranges(),
            _ => {}
        }
    }

    /// Whether the service that an IPAddress refers to has that address.
    fn holds(&self, reference: &Value, ip: Ipv4Addr) -> bool {
        let text = |field: &str| reference.get(field).str();
        let service = match text("resource") {
            "services" => self.object("services", text("namespace"), text("name")),
            _ => None,
        };
        service.is_some_and(|s| Taken::of_service(s).ips.contains(&ip))
    }

    /// Reads anew from which ranges addresses may be drawn; the configuration's comes first.
    pub(super) fn read_ranges(&mut self) {
        let Some(table) = registry::lookup(GROUP, "v1", RANGES).map(|r| r.table) else {
            return;
        };
        let mut ready: Vec<Range> = Vec::new();
        let mut any = false;
        for (_, object) in self.storage.list(table, "", "") {
            any = true;
            if is_ready(object) {
                let cidrs = object.at(&["spec", "cidrs"]).items();
                ready.extend(cidrs.iter().filter_map(|cidr| Range::parse(cidr.str())));
            }
        }
        // Until there are any, as at the first start, there is the one that was configured.
        self.allocators.set_ranges(ready, any);
    }

    /// Makes IPAddresses of what a service took, and removes those of what it holds no more. `of` is the service as stored.
    pub(super) fn publish_addresses(
        &mut self,
        taken: &[Ipv4Addr],
        dropped: &[Ipv4Addr],
        of: &Value,
    ) {
        let Some(resource) = registry::lookup(GROUP, "v1", ADDRESSES) else {
            return;
        };
        let cause = Cause(of.resource_version().parse().unwrap_or(0));
        let own = self.swap_rng();
        for ip in taken {
            if self.storage.get(resource.table, &ip.to_string()).is_none() {
                let object = address(*ip, of);
                // One that is refused, as by a policy, is missing; the address is held all the same.
                let _ =
                    self.write_caused("kube-apiserver", resource.def, "create", "", object, cause);
            }
        }
        for ip in dropped {
            let kept = self.storage.get(resource.table, &ip.to_string());
            if let Some(object) = kept.cloned() {
                let _ =
                    self.write_caused("kube-apiserver", resource.def, "delete", "", object, cause);
            }
        }
        self.swap_rng_back(own);
    }

    /// Makes IPAddresses of services that have none, as of those that were stored before there were any, and says that the
    /// configuration's range is ready.
    pub(super) fn repair_addresses(&mut self, now: Timestamp) {
        self.time = now;
        if let (Some(services), Some(addresses)) = (
            registry::lookup("", "v1", "services"),
            registry::lookup(GROUP, "v1", ADDRESSES),
        ) {
            let mut missing: Vec<(Ipv4Addr, Value)> = Vec::new();
            for (_, service) in self.storage.list(services.table, "", "") {
                for ip in Taken::of_service(service).ips {
                    if self.storage.get(addresses.table, &ip.to_string()).is_none() {
                        missing.push((ip, service.clone()));
                    }
                }
            }
            for (ip, service) in missing {
                self.publish_addresses(&[ip], &[], &service);
            }
        }
        let Some(ranges) = registry::lookup(GROUP, "v1", RANGES) else {
            return;
        };
        let unsaid = |range: &&Value| {
            let conditions = range.at(&["status", "conditions"]).items();
            !range.is_terminating() && !conditions.iter().any(|c| c.get("type") == &"Ready")
        };
        let default = self.storage.get(ranges.table, "kubernetes");
        let cidr = [Value::from(self.allocators.cidr())];
        let configured = |range: &&Value| range.at(&["spec", "cidrs"]).items() == cidr;
        if let Some(range) = default.filter(unsaid).filter(configured) {
            let mut range = range.clone();
            let condition = tree!({
                "type": "Ready", "status": "True", "reason": "", "message": "Kubernetes default Service CIDR is ready",
                "lastTransitionTime": now,
            });
            range.set_at(&["status", "conditions"], vec![condition]);
            let own = self.swap_rng();
            let _ = self.write_as(DEFAULT_RANGE, ranges.def, "update", "status", range);
            self.swap_rng_back(own);
        }
        self.read_ranges();
    }
}
