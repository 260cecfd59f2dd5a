//! From items on the map to the objects they show, and back.

use super::frame::Key;
use super::protocol::ObjectRef;

/// The object behind an item's key; none for keys that stand for no object.
pub fn object_of(key: &Key) -> Option<ObjectRef> {
    let mut parts = key.split('/');
    let (what, a, b) = (parts.next()?, parts.next()?, parts.next());
    let (namespace, name) = match b {
        Some(name) => (a, name),
        None => ("", a),
    };
    let (api_version, kind) = match what {
        "pod" => ("v1", "Pod"),
        "node" => ("v1", "Node"),
        "service" => ("v1", "Service"),
        "namespace" => ("v1", "Namespace"),
        kind => (
            super::workloads::WORKLOADS
                .iter()
                .find(|k| k.kind == kind)?
                .api_version,
            kind,
        ),
    };
    Some(ObjectRef::new(api_version, kind, namespace, name))
}

/// The short name that kubectl has for a kind, or the kind in lower case.
pub fn short(kind: &str) -> String {
    match kind {
        "Deployment" => "deploy".into(),
        "ReplicaSet" => "rs".into(),
        "ReplicationController" => "rc".into(),
        "StatefulSet" => "sts".into(),
        "DaemonSet" => "ds".into(),
        "Service" => "svc".into(),
        "Namespace" => "ns".into(),
        "ConfigMap" => "cm".into(),
        "ServiceAccount" => "sa".into(),
        "PersistentVolumeClaim" => "pvc".into(),
        "CronJob" => "cj".into(),
        kind => kind.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::inspect::map_key;
    use super::*;

    #[test]
    fn keys_and_objects_name_each_other() {
        for key in [
            "pod/default/web-1",
            "node/w1",
            "Deployment/shop/web",
            "service/a/b",
        ] {
            let object = object_of(&key.to_owned()).expect("a key of the map");
            assert_eq!(map_key(&object), key);
        }
        assert_eq!(object_of(&"component/etcd".to_owned()), None);
    }
}
