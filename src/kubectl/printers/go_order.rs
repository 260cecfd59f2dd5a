//! JSON with fields in the order of upstream's Go structs, as objects that kubectl itself made are printed.

use crate::apimachinery::Value;
use crate::apimachinery::schema::{Shape, TypeId, kind_type, type_def};
use crate::collections::Arrange;

/// Fields of a type in the order of its struct; fields that are not listed follow in alphabetical order.
const ORDERS: &[(&str, &[&str])] = &[
    (
        "ObjectMeta",
        &[
            "name",
            "generateName",
            "namespace",
            "selfLink",
            "uid",
            "resourceVersion",
            "generation",
            "creationTimestamp",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "labels",
            "annotations",
            "ownerReferences",
            "finalizers",
            "managedFields",
        ],
    ),
    (
        "OwnerReference",
        &[
            "apiVersion",
            "kind",
            "name",
            "uid",
            "controller",
            "blockOwnerDeletion",
        ],
    ),
    (
        "TokenRequestSpec",
        &["audiences", "expirationSeconds", "boundObjectRef"],
    ),
    ("TokenRequestStatus", &["token", "expirationTimestamp"]),
    (
        "BoundObjectReference",
        &["kind", "apiVersion", "name", "uid"],
    ),
    ("UserInfo", &["username", "uid", "groups", "extra"]),
    ("LabelSelector", &["matchLabels", "matchExpressions"]),
    ("LabelSelectorRequirement", &["key", "operator", "values"]),
    (
        "DeploymentSpec",
        &[
            "replicas",
            "selector",
            "template",
            "strategy",
            "minReadySeconds",
            "revisionHistoryLimit",
            "paused",
            "progressDeadlineSeconds",
        ],
    ),
    ("DeploymentStrategy", &["type", "rollingUpdate"]),
    ("RollingUpdateDeployment", &["maxUnavailable", "maxSurge"]),
    (
        "DeploymentStatus",
        &[
            "observedGeneration",
            "replicas",
            "updatedReplicas",
            "readyReplicas",
            "availableReplicas",
            "unavailableReplicas",
            "terminatingReplicas",
            "conditions",
            "collisionCount",
        ],
    ),
    ("PodTemplateSpec", &["metadata", "spec"]),
    (
        "PodSpec",
        &[
            "volumes",
            "initContainers",
            "containers",
            "ephemeralContainers",
            "restartPolicy",
            "terminationGracePeriodSeconds",
            "activeDeadlineSeconds",
            "dnsPolicy",
            "nodeSelector",
            "serviceAccountName",
            "serviceAccount",
            "automountServiceAccountToken",
            "nodeName",
            "hostNetwork",
            "hostPID",
            "hostIPC",
            "shareProcessNamespace",
            "securityContext",
            "imagePullSecrets",
            "hostname",
            "subdomain",
            "affinity",
            "schedulerName",
            "tolerations",
            "hostAliases",
            "priorityClassName",
            "priority",
            "dnsConfig",
            "readinessGates",
            "runtimeClassName",
            "enableServiceLinks",
            "preemptionPolicy",
            "overhead",
            "topologySpreadConstraints",
            "setHostnameAsFQDN",
            "os",
            "hostUsers",
            "schedulingGates",
            "resourceClaims",
            "resources",
        ],
    ),
    (
        "Container",
        &[
            "name",
            "image",
            "command",
            "args",
            "workingDir",
            "ports",
            "envFrom",
            "env",
            "resources",
            "resizePolicy",
            "restartPolicy",
            "restartPolicyRules",
            "volumeMounts",
            "volumeDevices",
            "livenessProbe",
            "readinessProbe",
            "startupProbe",
            "lifecycle",
            "terminationMessagePath",
            "terminationMessagePolicy",
            "imagePullPolicy",
            "securityContext",
            "stdin",
            "stdinOnce",
            "tty",
        ],
    ),
    (
        "ContainerPort",
        &["name", "hostPort", "containerPort", "protocol", "hostIP"],
    ),
    ("ResourceRequirements", &["limits", "requests", "claims"]),
    ("EnvVar", &["name", "value", "valueFrom"]),
    (
        "VolumeMount",
        &[
            "name",
            "readOnly",
            "recursiveReadOnly",
            "mountPath",
            "subPath",
            "mountPropagation",
            "subPathExpr",
        ],
    ),
    (
        "Toleration",
        &["key", "operator", "value", "effect", "tolerationSeconds"],
    ),
    (
        "PodStatus",
        &[
            "observedGeneration",
            "phase",
            "conditions",
            "message",
            "reason",
            "nominatedNodeName",
            "hostIP",
            "hostIPs",
            "podIP",
            "podIPs",
            "startTime",
            "initContainerStatuses",
            "containerStatuses",
            "qosClass",
            "ephemeralContainerStatuses",
            "resize",
            "resourceClaimStatuses",
        ],
    ),
    (
        "ServiceSpec",
        &[
            "ports",
            "selector",
            "clusterIP",
            "clusterIPs",
            "type",
            "externalIPs",
            "sessionAffinity",
            "loadBalancerIP",
            "loadBalancerSourceRanges",
            "externalName",
            "externalTrafficPolicy",
            "healthCheckNodePort",
            "publishNotReadyAddresses",
            "sessionAffinityConfig",
            "ipFamilies",
            "ipFamilyPolicy",
            "allocateLoadBalancerNodePorts",
            "loadBalancerClass",
            "internalTrafficPolicy",
            "trafficDistribution",
        ],
    ),
    (
        "ServicePort",
        &[
            "name",
            "protocol",
            "appProtocol",
            "port",
            "targetPort",
            "nodePort",
        ],
    ),
    ("ServiceStatus", &["loadBalancer", "conditions"]),
    (
        "JobSpec",
        &[
            "parallelism",
            "completions",
            "activeDeadlineSeconds",
            "podFailurePolicy",
            "successPolicy",
            "backoffLimit",
            "backoffLimitPerIndex",
            "maxFailedIndexes",
            "selector",
            "manualSelector",
            "template",
            "ttlSecondsAfterFinished",
            "completionMode",
            "suspend",
            "podReplacementPolicy",
            "managedBy",
        ],
    ),
    (
        "CronJobSpec",
        &[
            "schedule",
            "timeZone",
            "startingDeadlineSeconds",
            "concurrencyPolicy",
            "suspend",
            "jobTemplate",
            "successfulJobsHistoryLimit",
            "failedJobsHistoryLimit",
        ],
    ),
    ("JobTemplateSpec", &["metadata", "spec"]),
    ("ConfigMap", &["immutable", "data", "binaryData"]),
    ("Secret", &["immutable", "data", "stringData", "type"]),
    (
        "ServiceAccount",
        &[
            "secrets",
            "imagePullSecrets",
            "automountServiceAccountToken",
        ],
    ),
    ("ClusterRole", &["rules", "aggregationRule"]),
    (
        "PolicyRule",
        &[
            "verbs",
            "apiGroups",
            "resources",
            "resourceNames",
            "nonResourceURLs",
        ],
    ),
    ("RoleBinding", &["subjects", "roleRef"]),
    ("ClusterRoleBinding", &["subjects", "roleRef"]),
    ("Subject", &["kind", "apiGroup", "name", "namespace"]),
    ("RoleRef", &["apiGroup", "kind", "name"]),
    (
        "PodDisruptionBudgetSpec",
        &[
            "minAvailable",
            "selector",
            "maxUnavailable",
            "unhealthyPodEvictionPolicy",
        ],
    ),
    (
        "PodDisruptionBudgetStatus",
        &[
            "observedGeneration",
            "disruptedPods",
            "disruptionsAllowed",
            "currentHealthy",
            "desiredHealthy",
            "expectedPods",
            "conditions",
        ],
    ),
    (
        "PriorityClass",
        &["value", "globalDefault", "description", "preemptionPolicy"],
    ),
    ("ResourceQuotaSpec", &["hard", "scopes", "scopeSelector"]),
    (
        "IngressSpec",
        &["ingressClassName", "defaultBackend", "tls", "rules"],
    ),
    ("IngressTLS", &["hosts", "secretName"]),
    ("IngressRule", &["host", "http"]),
    ("HTTPIngressPath", &["path", "pathType", "backend"]),
    ("IngressServiceBackend", &["name", "port"]),
    ("ServiceBackendPort", &["name", "number"]),
    (
        "HorizontalPodAutoscalerSpec",
        &[
            "scaleTargetRef",
            "minReplicas",
            "maxReplicas",
            "metrics",
            "behavior",
        ],
    ),
    (
        "CrossVersionObjectReference",
        &["kind", "name", "apiVersion"],
    ),
    (
        "MetricSpec",
        &[
            "type",
            "object",
            "pods",
            "resource",
            "containerResource",
            "external",
        ],
    ),
    ("ResourceMetricSource", &["name", "target"]),
    (
        "MetricTarget",
        &["type", "value", "averageValue", "averageUtilization"],
    ),
    (
        "HorizontalPodAutoscalerStatus",
        &[
            "observedGeneration",
            "lastScaleTime",
            "currentReplicas",
            "desiredReplicas",
            "currentMetrics",
            "conditions",
        ],
    ),
];

/// An object as compact JSON; `None` where its kind is not a built-in one.
pub fn to_json_line(object: &Value) -> Option<String> {
    // No string of ours holds a line end: JSON writes them as escapes.
    let pretty = to_json(object)?;
    Some(
        pretty
            .lines()
            .map(str::trim_start)
            .map(unspaced)
            .collect::<String>(),
    )
}

/// A line of indented JSON without the blank after its key.
fn unspaced(line: &str) -> String {
    let Some(rest) = line.strip_prefix('"') else {
        return line.to_owned();
    };
    let mut escaped = false;
    let end = rest.find(|c| {
        let closes = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        closes
    });
    match end {
        Some(at) if rest[at + 1..].starts_with(": ") => {
            format!("\"{}\":{}", &rest[..at], &rest[at + 3..])
        }
        _ => line.to_owned(),
    }
}

/// An object as indented JSON without a line end; `None` where its kind is not a built-in one.
pub fn to_json(object: &Value) -> Option<String> {
    let id = kind_type(object.api_version(), object.kind())?;
    let mut out = String::new();
    write(object, Some(Shape::Ref(id)), 0, true, &mut out);
    Some(out)
}

fn short(id: TypeId) -> &'static str {
    let name = type_def(id).name;
    name.rsplit('.').next().unwrap_or(name)
}

fn rank(order: &[&str], top: bool, key: &str) -> usize {
    let head = ["kind", "apiVersion", "metadata"];
    if top && let Some(at) = head.iter().position(|h| *h == key) {
        return at;
    }
    order
        .iter()
        .position(|o| *o == key)
        .map_or(usize::MAX, |at| at + head.len())
}

fn write(value: &Value, shape: Option<Shape>, depth: usize, top: bool, out: &mut String) {
    let pad = |n: usize| "    ".repeat(n);
    match value {
        Value::Map(map) if !map.is_empty() => {
            let id = match shape {
                Some(Shape::Ref(id)) => Some(id),
                _ => None,
            };
            let order = id
                .and_then(|id| ORDERS.iter().find(|(n, _)| *n == short(id)))
                .map_or(&[][..], |(_, o)| *o);
            let mut entries: Vec<(&str, &Value)> = map.iter().collect();
            entries.arrange_by_key(|(k, _)| rank(order, top, k));
            out.push_str("{\n");
            for (i, (key, child)) in entries.iter().enumerate() {
                let inner = match shape {
                    Some(Shape::Ref(id)) => type_def(id).field(key).map(|f| f.shape),
                    Some(Shape::Map(inner)) => Some(*inner),
                    _ => None,
                };
                out.push_str(&pad(depth + 1));
                out.push_str(&Value::from(*key).to_json());
                out.push_str(": ");
                write(child, inner, depth + 1, false, out);
                out.push_str(if i + 1 < entries.len() { ",\n" } else { "\n" });
            }
            out.push_str(&pad(depth));
            out.push('}');
        }
        Value::List(list) if !list.is_empty() => {
            let inner = match shape {
                Some(Shape::List(inner)) => Some(*inner),
                _ => None,
            };
            out.push_str("[\n");
            for (i, child) in list.iter().enumerate() {
                out.push_str(&pad(depth + 1));
                write(child, inner, depth + 1, false, out);
                out.push_str(if i + 1 < list.len() { ",\n" } else { "\n" });
            }
            out.push_str(&pad(depth));
            out.push(']');
        }
        other => out.push_str(&other.to_json()),
    }
}
