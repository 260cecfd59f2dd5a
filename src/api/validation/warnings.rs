//! What to warn about in objects that are valid (`WarningsOnCreate` and `WarningsOnUpdate` in `pkg/registry`).

use super::common::{quantity, strings};
use super::net::{warnings_for_cidr, warnings_for_ip};
use super::{pod, service};
use crate::api::strict::base64_decode;
use crate::apimachinery::meta::split_api_version;
use crate::apimachinery::names::is_dns1123_label;
use crate::apimachinery::strconv::quote;
use crate::apimachinery::{Path, Value, x509};

/// Texts of `Warning` headers for an object that is created, or that takes the place of `old`.
pub fn of(object: &Value, old: Option<&Value>) -> Vec<String> {
    let group = split_api_version(object.api_version()).0;
    let mut out = Vec::new();
    if old.is_none() {
        name(&mut out, group, object);
    }
    match (group, object.kind()) {
        ("", "Pod") if old.is_none() => out.extend(pod::warnings::pod(object)),
        ("", "Service") => out.extend(service::warnings(object)),
        ("", "Node") => node(&mut out, object),
        ("", "PersistentVolume") => volume(&mut out, object),
        ("", "PersistentVolumeClaim") => claim(&mut out, object),
        ("", "Secret") => secret(&mut out, object),
        ("", "ServiceAccount") => account(&mut out, object, old),
        ("networking.k8s.io", "Ingress") if old.is_none() => ingress(&mut out, object),
        ("networking.k8s.io", "NetworkPolicy") => network_policy(&mut out, object),
        ("discovery.k8s.io", "EndpointSlice") => slice(&mut out, object, old.is_none()),
        ("storage.k8s.io", "CSIDriver") => driver(&mut out, object, old),
        ("storage.k8s.io", "StorageClass") => class(&mut out, object),
        ("node.k8s.io", "RuntimeClass") => runtime_class(&mut out, object),
        ("apps", "StatefulSet") => {
            templates(&mut out, group, object, old);
            stateful_set(&mut out, object, old.is_some());
        }
        ("batch", "CronJob") => {
            templates(&mut out, group, object, old);
            if old.is_some() && object.at(&["spec", "schedule"]).str().contains("TZ") {
                out.push("cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details".to_owned());
            }
        }
        _ => templates(&mut out, group, object, old),
    }
    out
}

/// Names that become parts of host names.
fn name(out: &mut Vec<String>, group: &str, object: &Value) {
    let used = match (group, object.kind()) {
        ("", "Pod") => "the Pod's hostname",
        ("", "ReplicationController")
        | ("apps", "Deployment" | "ReplicaSet")
        | ("batch", "Job" | "CronJob") => "Pod names and hostnames",
        _ => return,
    };
    let messages = is_dns1123_label(object.name());
    if !messages.is_empty() {
        out.push(format!(
            "metadata.name: this is used in {used}, which can result in surprising behavior; a DNS label is recommended: [{}]",
            messages.join(" ")
        ));
    }
}

/// Pod templates, unless an update left the whole spec alone; of a daemon set the template.
fn templates(out: &mut Vec<String>, group: &str, object: &Value, old: Option<&Value>) {
    let path = match (group, object.kind()) {
        ("", "PodTemplate") => "template",
        ("", "ReplicationController")
        | ("apps", "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet")
        | ("batch", "Job") => "spec.template",
        ("batch", "CronJob") => "spec.jobTemplate.spec.template",
        _ => return,
    };
    let steps: Vec<&str> = path.split('.').collect();
    let is_as_before = |old: &Value| match object.kind() {
        "DaemonSet" => old.at(&steps) == object.at(&steps),
        _ => old.generation() == object.generation(),
    };
    if old.is_some_and(is_as_before) {
        return;
    }
    if group == "batch" {
        let job = &steps[..steps.len() - 1];
        let spec = object.at(job);
        let many = |field: &str, n: i64| spec.get(field).as_i64().is_some_and(|v| v > n);
        if spec.get("completionMode") == &"Indexed"
            && many("completions", 100_000)
            && many("parallelism", 10_000)
        {
            out.push(format!("{}: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail", job.join(".")));
        }
    }
    // Upstream takes the old one of a replication controller for the new one.
    let looked_at = old.filter(|_| object.kind() == "ReplicationController");
    let template = looked_at.unwrap_or(object).at(&steps);
    out.extend(pod::warnings::template(path, template));
}

fn node(out: &mut Vec<String>, node: &Value) {
    let spec = node.get("spec");
    if !spec.get("configSource").is_null() {
        out.push("spec.configSource: the feature is removed".to_owned());
    }
    if !spec.get("externalID").is_empty() {
        out.push(
            "spec.externalID: this field is deprecated, and is unused by Kubernetes".to_owned(),
        );
    }
    let path = Path::new("spec");
    for (i, cidr) in strings(spec.get("podCIDRs")).enumerate() {
        out.extend(warnings_for_cidr(&path.item("podCIDRs", i), cidr));
    }
}

const STORAGE_CLASS: (&str, &str) = (
    "volume.beta.kubernetes.io/storage-class",
    "deprecated since v1.8; use \"storageClassName\" attribute instead",
);

fn annotation(out: &mut Vec<String>, object: &Value, (key, text): (&str, &str)) {
    if object.meta().get("annotations").has(key) {
        out.push(format!("metadata.annotations[{key}]: {text}"));
    }
}

fn volume(out: &mut Vec<String>, volume: &Value) {
    annotation(out, volume, STORAGE_CLASS);
    let options = (
        "volume.beta.kubernetes.io/mount-options",
        "deprecated since v1.31; use \"mountOptions\" attribute instead",
    );
    annotation(out, volume, options);
    let spec = volume.get("spec");
    if spec.get("persistentVolumeReclaimPolicy") == &"Recycle" {
        out.push("spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.".to_owned());
    }
    let terms = spec.at(&["nodeAffinity", "required", "nodeSelectorTerms"]);
    let path = Path::new("spec.nodeAffinity.required");
    for (i, term) in terms.items().iter().enumerate() {
        pod::warnings::node_term(out, &path.item("nodeSelectorTerms", i), term);
    }
    for (field, shown, text) in [
        (
            "cephfs",
            "cephfs",
            "deprecated in v1.28, non-functional in v1.31+",
        ),
        (
            "photonPersistentDisk",
            "photonPersistentDisk",
            "deprecated in v1.11, non-functional in v1.16+",
        ),
        (
            "scaleIO",
            "scaleIO",
            "deprecated in v1.16, non-functional in v1.22+",
        ),
        (
            "storageos",
            "storageOS",
            "deprecated in v1.22, non-functional in v1.25+",
        ),
        (
            "glusterfs",
            "glusterfs",
            "deprecated in v1.25, non-functional in v1.26+",
        ),
        (
            "rbd",
            "rbd",
            "deprecated in v1.28, non-functional in v1.31+",
        ),
    ] {
        if !spec.get(field).is_null() {
            out.push(format!("spec.{shown}: {text}"));
        }
    }
}

fn claim(out: &mut Vec<String>, claim: &Value) {
    annotation(out, claim, STORAGE_CLASS);
    claim_spec(out, "spec", claim.get("spec"));
}

/// Sizes of a claim that are no whole number of bytes.
fn claim_spec(out: &mut Vec<String>, path: &str, spec: &Value) {
    for list in ["requests", "limits"] {
        let size = spec.at(&["resources", list, "storage"]);
        if !size.is_null() && quantity(size).milli_value() % 1000 != 0 {
            let size = quote(size.str());
            out.push(format!(
                "{path}.resources.{list}[storage]: fractional byte value {size} is invalid, must be an integer"
            ));
        }
    }
}

fn stateful_set(out: &mut Vec<String>, set: &Value, updated: bool) {
    let spec = set.get("spec");
    // Upstream's paths differ.
    let end = if updated { ".Spec" } else { "" };
    for (i, claim) in spec.get("volumeClaimTemplates").items().iter().enumerate() {
        let path = format!("spec.volumeClaimTemplates[{i}]{end}");
        claim_spec(out, &path, claim.get("spec"));
    }
    if spec
        .get("revisionHistoryLimit")
        .as_i64()
        .is_some_and(|n| n < 0)
    {
        out.push("spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended".to_owned());
    }
}

/// A key that does not belong to its certificate.
fn secret(out: &mut Vec<String>, secret: &Value) {
    if secret.get("type") != &"kubernetes.io/tls" {
        return;
    }
    let part = |key: &str| {
        let bytes = base64_decode(secret.at(&["data", key]).str()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    if let Err(why) = x509::key_pair(&part("tls.crt"), &part("tls.key")) {
        out.push(why);
    }
}

fn account(out: &mut Vec<String>, account: &Value, old: Option<&Value>) {
    let key = "kubernetes.io/enforce-mountable-secrets";
    if old.is_none_or(|old| !old.meta().get("annotations").has(key)) {
        let text =
            "deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets";
        annotation(out, account, (key, text));
    }
}

fn ingress(out: &mut Vec<String>, ingress: &Value) {
    let key = "kubernetes.io/ingress.class";
    let named = !ingress.at(&["spec", "ingressClassName"]).is_null();
    if ingress.meta().get("annotations").has(key) && !named {
        out.push(format!(
            "annotation {} is deprecated, please use 'spec.ingressClassName' instead",
            quote(key)
        ));
    }
}

fn network_policy(out: &mut Vec<String>, policy: &Value) {
    for (rules, peers) in [("ingress", "from"), ("egress", "to")] {
        for (i, rule) in policy.at(&["spec", rules]).items().iter().enumerate() {
            for (j, peer) in rule.get(peers).items().iter().enumerate() {
                let block = peer.get("ipBlock");
                if block.is_null() {
                    continue;
                }
                let spec = Path::new("spec");
                let rule = spec.item(rules, i);
                let peer = rule.item(peers, j);
                let at = peer.child("ipBlock");
                let cidr = block.get("cidr").str();
                out.extend(warnings_for_cidr(&at.child("cidr"), cidr));
                for (k, except) in strings(block.get("except")).enumerate() {
                    out.extend(warnings_for_cidr(&at.item("except", k), except));
                }
            }
        }
    }
}

fn slice(out: &mut Vec<String>, slice: &Value, created: bool) {
    let kind = slice.get("addressType");
    if created && kind == &"FQDN" {
        out.push("spec.addressType: FQDN endpoints are deprecated".to_owned());
    }
    if kind == &"FQDN" {
        return;
    }
    for (i, endpoint) in slice.get("endpoints").items().iter().enumerate() {
        let endpoints = Path::new("endpoints");
        let at = endpoints.index(i);
        for (j, address) in strings(endpoint.get("addresses")).enumerate() {
            out.extend(warnings_for_ip(&at.item("addresses", j), address));
        }
    }
}

fn driver(out: &mut Vec<String>, driver: &Value, old: Option<&Value>) {
    let (spec, field) = (driver.get("spec"), "tokenRequests");
    let requests = spec.get(field);
    let changed = old.is_none_or(|old| old.at(&["spec", field]) != requests);
    if changed && !requests.is_empty() && spec.get("serviceAccountTokenInSecrets").is_null() {
        out.push("spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes".to_owned());
    }
}

fn class(out: &mut Vec<String>, class: &Value) {
    for (i, topology) in class.get("allowedTopologies").items().iter().enumerate() {
        let terms = topology.get("matchLabelExpressions").items();
        for (j, term) in terms.iter().enumerate() {
            if let Some(text) = pod::warnings::old_label(term.get("key").str()) {
                out.push(format!(
                    "allowedTopologies[{i}].matchLabelExpressions[{j}].key: {text}"
                ));
            }
        }
    }
}

fn runtime_class(out: &mut Vec<String>, class: &Value) {
    for (key, _) in class.at(&["scheduling", "nodeSelector"]).fields() {
        if let Some(text) = pod::warnings::old_label(key) {
            out.push(format!("scheduling.nodeSelector: {text}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apimachinery::yaml;

    #[test]
    fn what_is_valid_and_yet_unwise_is_told() {
        for (object, wanted) in [
            (
                "{apiVersion: v1, kind: Pod, metadata: {name: a.b}}",
                "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
            ),
            (
                "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a.b}}",
                "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
            ),
            (
                "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: i, annotations: {kubernetes.io/ingress.class: x}}}",
                "annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead",
            ),
            (
                "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: c}, spec: {resources: {requests: {storage: 100m}}}}",
                "spec.resources.requests[storage]: fractional byte value \"100m\" is invalid, must be an integer",
            ),
            (
                "{apiVersion: v1, kind: PersistentVolume, metadata: {name: v}, spec: {persistentVolumeReclaimPolicy: Recycle}}",
                "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.",
            ),
            (
                "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, ports: [{containerPort: 80, hostIP: 1.2.3.4, protocol: TCP}]}]}}",
                "spec.containers[0].ports[0]: hostIP set without hostPort: {Name: HostPort:0 ContainerPort:80 Protocol:TCP HostIP:1.2.3.4}",
            ),
        ] {
            let object = yaml::parse(object).expect("fine");
            assert_eq!(of(&object, None), [wanted]);
        }
        let driver = "{apiVersion: storage.k8s.io/v1, kind: CSIDriver, metadata: {name: d}, spec: {tokenRequests: [{audience: a}]}}";
        let driver = yaml::parse(driver).expect("fine");
        assert_eq!(of(&driver, None).len(), 1);
        assert_eq!(of(&driver, Some(&driver)), Vec::<String>::new());
    }

    #[test]
    fn templates_are_told_of_where_they_changed() {
        let object = |kind: &str, generation: i64, label: &str| {
            let text = format!(
                "{{apiVersion: {}, kind: {kind}, metadata: {{generation: {generation}}}, spec: {{template: {{spec: {{nodeSelector: {{{label}: x}}}}}}}}}}",
                if kind == "ReplicationController" {
                    "v1"
                } else {
                    "apps/v1"
                }
            );
            yaml::parse(&text).expect("fine")
        };
        let (new, old) = ("beta.kubernetes.io/os", "kubernetes.io/os");
        let told = |kind: &str, is: (i64, &str), was: (i64, &str)| {
            !of(&object(kind, is.0, is.1), Some(&object(kind, was.0, was.1))).is_empty()
        };
        assert!(told("Deployment", (2, new), (1, new)));
        assert!(!told("Deployment", (1, new), (1, old)));
        // Of a daemon set the template counts, and of a replication controller the old one is looked at.
        assert!(told("DaemonSet", (1, new), (1, old)));
        assert!(!told("DaemonSet", (2, new), (1, new)));
        assert!(told("ReplicationController", (2, old), (1, new)));
        assert!(!told("ReplicationController", (2, new), (1, old)));
    }
}
