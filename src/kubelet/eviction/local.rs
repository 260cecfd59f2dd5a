//! Whether a pod holds more of the disk than its own limits allow (`localStorageEviction` of eviction_manager.go).

use crate::api::core::resources::pod_limits;
use crate::api::core_v1::Pod;
use crate::apimachinery::quantity::Quantity;
use crate::cri::HeldOnDisk;

const STORAGE: &str = "ephemeral-storage";

/// Why a pod has to go; nothing where it keeps to its limits. `layer` says how much a container wrote on its own file system.
pub fn exceeded(pod: &Pod, disk: &HeldOnDisk, layer: impl Fn(&str) -> i64) -> Option<String> {
    for volume in pod.spec().volumes() {
        let limit = volume.at(&["emptyDir", "sizeLimit"]);
        let used = disk.volumes.get(volume.name()).copied().unwrap_or(0);
        let limit = Quantity::of(limit);
        if limit.sign() > 0 && used > limit.value() {
            return Some(format!(
                "Usage of EmptyDir volume {:?} exceeds the limit {:?}. ",
                volume.name(),
                limit.to_string()
            ));
        }
    }
    let of_container = |name: &str| disk.logs.get(name).copied().unwrap_or(0) + layer(name);
    let containers = pod.spec().containers();
    if let Some(limit) = pod_limits(pod).get(STORAGE) {
        let volumes: i64 = disk.volumes.values().sum();
        let total: i64 = containers.iter().map(|c| of_container(c.name())).sum();
        if total + volumes > limit.value() {
            return Some(format!(
                "Pod ephemeral local storage usage exceeds the total limit of containers {limit}. "
            ));
        }
    }
    for c in containers {
        let limit = Quantity::of(c.at(&["resources", "limits", STORAGE]));
        if !limit.is_zero() && of_container(c.name()) > limit.value() {
            return Some(format!(
                "Container {} exceeded its local ephemeral storage limit {:?}. ",
                c.name(),
                limit.to_string()
            ));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apimachinery::Value;

    #[test]
    fn limits_of_storage_are_held() {
        let json = br#"{"spec": {
            "volumes": [{"name": "v", "emptyDir": {"sizeLimit": "1Mi"}}, {"name": "w", "emptyDir": {}}],
            "containers": [
                {"name": "a", "resources": {"limits": {"ephemeral-storage": "2Mi"}}},
                {"name": "b", "resources": {"limits": {"ephemeral-storage": "4Mi"}}}
            ]}}"#;
        let pod = Pod::from(Value::from_json(json).expect("JSON"));
        let said = |v: i64, w: i64, logs: i64, layer: i64| {
            let disk = HeldOnDisk {
                logs: [("a".to_owned(), logs << 20)].into_iter().collect(),
                volumes: [("v", v), ("w", w)]
                    .into_iter()
                    .map(|(name, size)| (name.to_owned(), size << 20))
                    .collect(),
            };
            let of = |name: &str| if name == "a" { layer << 20 } else { 0 };
            exceeded(&pod, &disk, of).unwrap_or_default()
        };
        assert_eq!(said(1, 2, 1, 1), "");
        assert_eq!(
            said(2, 0, 0, 0),
            "Usage of EmptyDir volume \"v\" exceeds the limit \"1Mi\". "
        );
        assert_eq!(
            said(0, 7, 0, 0),
            "Pod ephemeral local storage usage exceeds the total limit of containers 6Mi. "
        );
        assert_eq!(
            said(0, 0, 1, 2),
            "Container a exceeded its local ephemeral storage limit \"2Mi\". "
        );
    }
}
