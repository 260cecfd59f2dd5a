//! All other groups (`pkg/apis/*/v1/defaults.go`).

use super::{Defaulter, Edit};
use crate::apimachinery::Value;
use crate::tree;

const RBAC_GROUP: &str = "rbac.authorization.k8s.io";

pub(super) fn defaulter(name: &str) -> Option<Defaulter> {
    if let Some(resource_type) = name.strip_prefix("api.resource.") {
        return resource_claims(resource_type.split('.').nth(1)?);
    }
    if let Some(t) = name.strip_prefix("api.admissionregistration.") {
        return admission(t.split('.').nth(1)?);
    }
    Some(match name {
        "api.networking.v1.NetworkPolicySpec" => network_policy,
        "api.networking.v1.NetworkPolicyPort" => |e| e.default("protocol", "TCP"),
        "api.networking.v1.IngressClassParametersReference" => |e| e.default("scope", "Cluster"),
        "api.rbac.v1.RoleRef" => |e| e.default_empty("apiGroup", RBAC_GROUP),
        "api.rbac.v1.Subject" => subject,
        "api.storage.v1.StorageClass" => storage_class,
        "api.storage.v1.CSIDriverSpec" => csi_driver,
        "api.scheduling.v1.PriorityClass" => {
            |e| e.default("preemptionPolicy", "PreemptLowerPriority")
        }
        "api.discovery.v1.EndpointPort" => endpoint_port,
        "api.flowcontrol.v1.FlowSchemaSpec" => |e| e.default_empty("matchingPrecedence", 1000),
        "api.flowcontrol.v1.ExemptPriorityLevelConfiguration" => |e| shares(e, 0),
        "api.flowcontrol.v1.LimitedPriorityLevelConfiguration" => |e| shares(e, 30),
        "api.flowcontrol.v1.QueuingConfiguration" => queuing,
        "apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition" => {
            custom_resource_definition
        }
        "apiextensions-apiserver.pkg.apis.apiextensions.v1.ServiceReference"
        | "kube-aggregator.pkg.apis.apiregistration.v1.ServiceReference" => {
            |e| e.default("port", 443)
        }
        _ => return None,
    })
}

fn network_policy(e: &mut Edit) {
    if e.get("policyTypes").is_empty() {
        let mut types = vec![Value::from("Ingress")];
        if !e.get("egress").is_empty() {
            types.push("Egress".into());
        }
        e.set("policyTypes", types);
    }
}

fn subject(e: &mut Edit) {
    if matches!(e.get("kind").str(), "User" | "Group") {
        e.default_empty("apiGroup", RBAC_GROUP);
    }
}

fn storage_class(e: &mut Edit) {
    e.default("reclaimPolicy", "Delete");
    e.default("volumeBindingMode", "Immediate");
}

fn csi_driver(e: &mut Edit) {
    e.default("attachRequired", true);
    for field in [
        "podInfoOnMount",
        "storageCapacity",
        "requiresRepublish",
        "seLinuxMount",
    ] {
        e.default(field, false);
    }
    e.default("fsGroupPolicy", "ReadWriteOnceWithFSType");
    e.default_empty("volumeLifecycleModes", tree!(["Persistent"]));
}

fn endpoint_port(e: &mut Edit) {
    e.default("name", "");
    e.default("protocol", "TCP");
}

fn shares(e: &mut Edit, nominal: i64) {
    e.default("nominalConcurrencyShares", nominal);
    e.default("lendablePercent", 0);
}

fn queuing(e: &mut Edit) {
    e.default_empty("handSize", 8);
    e.default_empty("queues", 64);
    e.default_empty("queueLengthLimit", 50);
}

fn custom_resource_definition(e: &mut Edit) {
    let kind = e.at(&["spec", "names", "kind"]).str().to_owned();
    if e.at(&["spec", "names", "singular"]).is_empty() && !kind.is_empty() {
        e.set_at(&["spec", "names", "singular"], kind.to_ascii_lowercase());
    }
    if e.at(&["spec", "names", "listKind"]).is_empty() && !kind.is_empty() {
        e.set_at(&["spec", "names", "listKind"], format!("{kind}List"));
    }
    e.default_at(&["spec", "conversion"], tree!({"strategy": "None"}));
    if e.at(&["status", "storedVersions"]).is_empty() {
        let versions = e.at(&["spec", "versions"]).items();
        let stored = versions
            .iter()
            .find(|v| v.get("storage").as_bool() == Some(true));
        if let Some(name) = stored.map(|v| v.get("name").clone()) {
            e.set_at(&["status", "storedVersions"], vec![name]);
        }
    }
}

fn resource_claims(name: &str) -> Option<Defaulter> {
    Some(match name {
        "ExactDeviceRequest" | "DeviceSubRequest" => |e| {
            e.default_empty("allocationMode", "ExactCount");
            if e.get("allocationMode").str() == "ExactCount" {
                e.default_empty("count", 1);
            }
        },
        _ => return None,
    })
}

fn admission(name: &str) -> Option<Defaulter> {
    Some(match name {
        "ValidatingWebhook" => |e| {
            match_resources(e);
            e.default("failurePolicy", "Fail");
            e.default("timeoutSeconds", 10);
        },
        "MutatingWebhook" => |e| {
            match_resources(e);
            e.default("failurePolicy", "Fail");
            e.default("timeoutSeconds", 10);
            e.default("reinvocationPolicy", "Never");
        },
        "RuleWithOperations" | "NamedRuleWithOperations" => |e| e.default("scope", "*"),
        "ServiceReference" => |e| e.default("port", 443),
        "ValidatingAdmissionPolicySpec" | "MutatingAdmissionPolicySpec" => {
            |e| e.default("failurePolicy", "Fail")
        }
        "MatchResources" => match_resources,
        _ => return None,
    })
}

fn match_resources(e: &mut Edit) {
    e.default("matchPolicy", "Equivalent");
    e.default("namespaceSelector", tree!({}));
    e.default("objectSelector", tree!({}));
}
