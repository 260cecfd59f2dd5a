//! Services: families, cluster IPs and node ports across creations and changes (`registry/core/service/storage/alloc.go`,
//! `registry/core/service/strategy.go`).

use super::super::ApiServer;
use super::super::allocators::{AllocationError, Taken};
use super::super::call::Call;
use super::{Prepare, Strategy, meta};
use crate::apimachinery::Value;
use crate::apimachinery::status::{Status, StatusCause};
use crate::tree;
use std::net::Ipv4Addr;

/// The strategy of services.
pub struct Services;

impl Strategy for Services {
    fn allow_create_on_update(&self) -> bool {
        true
    }
    fn returns_deleted_object(&self) -> bool {
        true
    }
    fn prepare_for_create(&self, service: &mut Value, _cx: &mut Prepare<'_>) {
        service.set("status", tree!({"loadBalancer": {}}));
    }
    fn prepare_for_update(&self, new: &mut Value, old: &Value) {
        sync_cluster_ips(new.entry("spec"), Some(old.get("spec")));
        keep_allocated(new.entry("spec"), old.get("spec"));
        drop_type_dependent(new.entry("spec"), old.get("spec"));
        fill_families(new.entry("spec"));
    }
}

/// What an update took and what it no longer needs.
#[derive(Default)]
pub(in super::super) struct Exchange {
    pub taken: Taken,
    pub dropped: Taken,
}

fn kind_of(spec: &Value) -> &str {
    match spec.get("type").str() {
        "" => "ClusterIP",
        t => t,
    }
}

fn needs_cluster_ip(spec: &Value) -> bool {
    kind_of(spec) != "ExternalName"
}

fn needs_node_port(spec: &Value) -> bool {
    match kind_of(spec) {
        "NodePort" => true,
        "LoadBalancer" => spec.get("allocateLoadBalancerNodePorts").as_bool() != Some(false),
        _ => false,
    }
}

fn needs_health_check_port(spec: &Value) -> bool {
    kind_of(spec) == "LoadBalancer" && spec.get("externalTrafficPolicy") == &"Local"
}

fn is_headless(spec: &Value) -> bool {
    spec.get("clusterIP") == &"None"
}

/// Keeps `clusterIP` and `clusterIPs[0]` the same (`normalizeClusterIPs`).
fn sync_cluster_ips(spec: &mut Value, old: Option<&Value>) {
    let ip = spec.get("clusterIP").str().to_owned();
    let ips = spec.get("clusterIPs").items().to_vec();
    let Some(old) = old else {
        if !ip.is_empty() && ips.is_empty() {
            spec.set("clusterIPs", vec![Value::from(ip)]);
        } else if ip.is_empty() && !ips.is_empty() {
            spec.set("clusterIP", ips[0].clone());
        }
        return;
    };
    let old_ip = old.get("clusterIP").str();
    if ip.is_empty() && !old_ip.is_empty() && ips.as_slice() == old.get("clusterIPs").items() {
        spec.remove("clusterIPs");
    } else if ip != old_ip && ips.as_slice() == old.get("clusterIPs").items() {
        spec.set("clusterIPs", vec![Value::from(ip)]);
    } else if ip.is_empty() && !ips.is_empty() {
        spec.set("clusterIP", ips[0].clone());
    }
}

/// Addresses and ports that the client left out stay what they were (`patchAllocatedValues`).
fn keep_allocated(new: &mut Value, old: &Value) {
    if needs_cluster_ip(new) && needs_cluster_ip(old) {
        for field in ["clusterIP", "clusterIPs"] {
            if new.get(field).is_empty() {
                meta::copy_field(new, old, field);
            }
        }
    }
    for field in ["ipFamilies", "ipFamilyPolicy"] {
        if new.get(field).is_empty() && needs_cluster_ip(new) {
            meta::copy_field(new, old, field);
        }
    }
    if needs_node_port(new) && needs_node_port(old) {
        let known: Vec<(Value, Value, Value)> = old
            .get("ports")
            .items()
            .iter()
            .map(|p| {
                (
                    p.get("protocol").clone(),
                    p.get("port").clone(),
                    p.get("nodePort").clone(),
                )
            })
            .collect();
        let used: Vec<Value> = new
            .get("ports")
            .items()
            .iter()
            .map(|p| p.get("nodePort").clone())
            .collect();
        for port in new.entry("ports").items_mut() {
            if !port.get("nodePort").is_empty() {
                continue;
            }
            let same = known.iter().find(|(protocol, number, node)| {
                protocol == port.get("protocol")
                    && number == port.get("port")
                    && !used.contains(node)
            });
            if let Some((_, _, node)) = same.filter(|(_, _, n)| !n.is_empty()) {
                port.set("nodePort", node);
            }
        }
    }
    if needs_health_check_port(new)
        && needs_health_check_port(old)
        && new.get("healthCheckNodePort").is_empty()
    {
        meta::copy_field(new, old, "healthCheckNodePort");
    }
}

/// Fields that belong to the old type go with it, unless the client changed them as well (`dropTypeDependentFields`).
fn drop_type_dependent(new: &mut Value, old: &Value) {
    let same = |new: &Value, field: &str| new.get(field) == old.get(field);
    if needs_cluster_ip(old) && !needs_cluster_ip(new) {
        if same(new, "clusterIP") && same(new, "clusterIPs") {
            new.remove("clusterIP");
            new.remove("clusterIPs");
        }
        for field in ["ipFamilies", "ipFamilyPolicy"] {
            if same(new, field) {
                new.remove(field);
            }
        }
    }
    let ports = |spec: &Value| -> Vec<Value> {
        let all = spec.get("ports").items().iter();
        all.map(|p| p.get("nodePort").clone())
            .filter(|n| !n.is_empty())
            .collect()
    };
    if needs_node_port(old)
        && !needs_node_port(new)
        && ports(new) == ports(old)
        && !ports(new).is_empty()
    {
        for port in new.entry("ports").items_mut() {
            port.remove("nodePort");
        }
    }
    if needs_health_check_port(old)
        && !needs_health_check_port(new)
        && same(new, "healthCheckNodePort")
    {
        new.remove("healthCheckNodePort");
    }
    let external = |spec: &Value| matches!(kind_of(spec), "NodePort" | "LoadBalancer");
    if external(old)
        && !external(new)
        && same(new, "externalTrafficPolicy")
        && new.get("externalIPs").is_empty()
    {
        new.remove("externalTrafficPolicy");
    }
    let balanced = |spec: &Value| kind_of(spec) == "LoadBalancer";
    if balanced(old) && !balanced(new) {
        for field in ["allocateLoadBalancerNodePorts", "loadBalancerClass"] {
            if same(new, field) {
                new.remove(field);
            }
        }
    }
    if needs_cluster_ip(old) && !needs_cluster_ip(new) && same(new, "internalTrafficPolicy") {
        new.remove("internalTrafficPolicy");
    }
}

/// Families of a cluster that knows IPv4 only (`initIPFamilyFields`).
fn fill_families(spec: &mut Value) {
    if !needs_cluster_ip(spec) {
        return;
    }
    let free_headless = is_headless(spec) && spec.get("selector").is_empty();
    if spec.get("ipFamilies").is_empty() {
        spec.set("ipFamilies", vec![Value::from("IPv4")]);
    }
    if spec.get("ipFamilyPolicy").is_null() {
        let policy = if free_headless {
            "RequireDualStack"
        } else {
            "SingleStack"
        };
        spec.set("ipFamilyPolicy", policy);
    }
    if free_headless
        && spec.get("ipFamilyPolicy") != &"SingleStack"
        && spec.get("ipFamilies").items().len() == 1
    {
        let other = if spec.get("ipFamilies").items()[0] == "IPv4" {
            "IPv6"
        } else {
            "IPv4"
        };
        spec.entry("ipFamilies").push(other);
    }
}

/// Refuses address families that the cluster has not (`initIPFamilyFields`); what makes no sense at all is for validation to refuse.
fn check_families(name: &str, spec: &Value) -> Result<(), Status> {
    if !needs_cluster_ip(spec) || is_headless(spec) && spec.get("selector").is_empty() {
        return Ok(());
    }
    let families = spec.get("ipFamilies").items();
    let policy = spec.get("ipFamilyPolicy").str();
    if families.len() > 1 && !matches!(policy, "PreferDualStack" | "RequireDualStack") {
        return Ok(());
    }
    let mut causes = Vec::new();
    let mut refuse = |field: String, value: &str, why: &str| {
        let text = format!("Invalid value: {value:?}: {why}");
        causes.push(StatusCause::new("FieldValueInvalid", text, field));
    };
    if policy == "RequireDualStack" {
        let why = "this cluster is not configured for dual-stack services";
        refuse("spec.ipFamilyPolicy".into(), policy, why);
    }
    for (i, family) in families.iter().enumerate() {
        if family == "IPv6" {
            let field = format!("spec.ipFamilies[{i}]");
            refuse(field, "IPv6", "not configured on this cluster");
        }
    }
    if causes.is_empty() {
        return Ok(());
    }
    Err(Status::invalid("", "Service", name, causes))
}

fn invalid(name: &str, field: String, value: &str, why: &AllocationError) -> Status {
    let cause = StatusCause::new(
        "FieldValueInvalid",
        format!("Invalid value: {value}: {why}"),
        field,
    );
    Status::invalid("", "Service", name, [cause])
}

impl ApiServer {
    /// Takes what a new object needs from the allocators.
    pub(super) fn allocate_for_create(
        &mut self,
        call: &Call,
        object: &mut Value,
    ) -> Result<Taken, Status> {
        if !call.resource.is("", "services") {
            return Ok(Taken::default());
        }
        sync_cluster_ips(object.entry("spec"), None);
        check_families(object.name(), object.get("spec"))?;
        fill_families(object.entry("spec"));
        let mut taken = Taken::default();
        match self.allocate(object, &Value::Null, &mut taken) {
            Ok(()) => Ok(taken),
            Err(status) => {
                self.allocators.release(&mut taken);
                Err(status)
            }
        }
    }

    /// Takes what a changed object needs in addition, and names what it no longer does.
    pub(super) fn allocate_for_update(
        &mut self,
        call: &Call,
        new: &mut Value,
        old: &Value,
    ) -> Result<Exchange, Status> {
        let mut exchange = Exchange::default();
        if !call.resource.is("", "services") || new.get("spec") == old.get("spec") {
            return Ok(exchange);
        }
        check_families(new.name(), new.get("spec"))?;
        if let Err(status) = self.allocate(new, old, &mut exchange.taken) {
            self.allocators.release(&mut exchange.taken);
            return Err(status);
        }
        let (before, after) = (Taken::of_service(old), Taken::of_service(new));
        exchange.dropped = before.without(&after);
        Ok(exchange)
    }

    fn allocate(
        &mut self,
        service: &mut Value,
        old: &Value,
        taken: &mut Taken,
    ) -> Result<(), Status> {
        let held = Taken::of_service(old);
        let name = service.name().to_owned();
        let spec = service.entry("spec");
        if needs_cluster_ip(spec) && !is_headless(spec) {
            self.allocate_ip(&name, spec, &held, taken)?;
        }
        if needs_node_port(spec) {
            self.allocate_ports(&name, spec, &held, taken)?;
        }
        if needs_health_check_port(spec) && spec.get("healthCheckNodePort").is_empty() {
            let port = self
                .allocators
                .next_port(&mut self.rng)
                .map_err(Status::internal_error)?;
            taken.ports.push(port);
            spec.set("healthCheckNodePort", port);
        }
        Ok(())
    }

    fn allocate_ip(
        &mut self,
        name: &str,
        spec: &mut Value,
        held: &Taken,
        taken: &mut Taken,
    ) -> Result<(), Status> {
        let asked = spec.get("clusterIP").str().to_owned();
        if asked.is_empty() {
            let ip = self.allocators.next_ip(&mut self.rng).map_err(|e| {
                Status::internal_error(format!("failed to allocate a serviceIP: {e}"))
            })?;
            taken.ips.push(ip);
            spec.set("clusterIP", ip.to_string());
            spec.set("clusterIPs", vec![Value::from(ip.to_string())]);
            return Ok(());
        }
        // What is no address is for validation to refuse; what was changed is refused as immutable.
        let Ok(ip) = asked.parse::<Ipv4Addr>() else {
            return Ok(());
        };
        if !held.ips.is_empty() {
            return Ok(());
        }
        match self.allocators.take_ip(ip) {
            Ok(()) => {
                taken.ips.push(ip);
                Ok(())
            }
            Err(why) => {
                let ips = spec.get("clusterIPs").to_json();
                Err(invalid(name, "spec.clusterIPs".into(), &ips, &why))
            }
        }
    }

    fn allocate_ports(
        &mut self,
        name: &str,
        spec: &mut Value,
        held: &Taken,
        taken: &mut Taken,
    ) -> Result<(), Status> {
        let mut own: Vec<u16> = Vec::new();
        for (i, port) in spec.entry("ports").items_mut().iter_mut().enumerate() {
            let asked = port.get("nodePort").as_i64().unwrap_or(0);
            if asked != 0 {
                let number = u16::try_from(asked).unwrap_or(0);
                if held.ports.contains(&number) || own.contains(&number) {
                    continue;
                }
                self.allocators.take_port(asked).map_err(|why| {
                    invalid(
                        name,
                        format!("spec.ports[{i}].nodePort"),
                        &asked.to_string(),
                        &why,
                    )
                })?;
                own.push(number);
                taken.ports.push(number);
            }
        }
        for port in spec.entry("ports").items_mut() {
            if port.get("nodePort").is_empty() {
                let number = self.allocators.next_port(&mut self.rng).map_err(|e| {
                    Status::internal_error(format!("failed to allocate a nodePort: {e}"))
                })?;
                taken.ports.push(number);
                port.set("nodePort", number);
            }
        }
        Ok(())
    }
}
