//! Structs that upstream's types embed: JSON knows nothing of them, but Go's decoder names them in the path of a field that it
//! cannot read.

/// The structs through which a type has a field, from the outside in.
pub fn structs(type_name: &str, field: &str) -> &'static [&'static str] {
    match (type_name, field) {
        ("Volume", "name") => &[],
        ("Volume", _) => &["VolumeSource"],
        (
            "PersistentVolumeSpec",
            "accessModes"
            | "capacity"
            | "claimRef"
            | "mountOptions"
            | "nodeAffinity"
            | "persistentVolumeReclaimPolicy"
            | "storageClassName"
            | "volumeAttributesClassName"
            | "volumeMode",
        ) => &[],
        ("PersistentVolumeSpec", _) => &["PersistentVolumeSource"],
        ("Probe", "exec" | "grpc" | "httpGet" | "tcpSocket") => &["ProbeHandler"],
        ("EphemeralContainer", "targetContainerName") => &[],
        ("EphemeralContainer", _) => &["EphemeralContainerCommon"],
        ("IngressRule", "http") => &["IngressRuleValue"],
        ("RuleWithOperations", "operations") => &[],
        ("RuleWithOperations", _) => &["Rule"],
        ("NamedRuleWithOperations", "resourceNames") => &[],
        ("NamedRuleWithOperations", "operations") => &["RuleWithOperations"],
        ("NamedRuleWithOperations", _) => &["RuleWithOperations", "Rule"],
        (
            "ConfigMapEnvSource"
            | "ConfigMapKeySelector"
            | "ConfigMapProjection"
            | "ConfigMapVolumeSource"
            | "SecretEnvSource"
            | "SecretKeySelector"
            | "SecretProjection",
            "name",
        ) => &["LocalObjectReference"],
        (
            "DeviceAllocationConfiguration"
            | "DeviceClaimConfiguration"
            | "DeviceClassConfiguration",
            "opaque",
        ) => &["DeviceConfiguration"],
        _ => &[],
    }
}
