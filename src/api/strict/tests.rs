#![allow(clippy::unwrap_used)]
use super::*;
use crate::apimachinery::schema::kind_type;
use crate::tree;

fn run(
    api_version: &str,
    kind: &str,
    v: Value,
    mode: Mode,
) -> Result<(Value, Vec<String>), DecodeError> {
    decode(v, kind_type(api_version, kind).unwrap(), mode, &[])
}

#[test]
fn errors_are_worded_as_go_words_them() {
    for (kind, v, wanted) in [
        (
            "Service",
            tree!({"spec": {"ports": [{"port": "x"}]}}),
            "json: cannot unmarshal string into Go struct field ServicePort.spec.ports.port of type int32",
        ),
        (
            "Pod",
            tree!({"spec": {"restartPolicy": 1}}),
            "json: cannot unmarshal number into Go struct field PodSpec.spec.restartPolicy of type v1.RestartPolicy",
        ),
        (
            "Pod",
            tree!({"spec": {"containers": [{"livenessProbe": {"grpc": []}}]}}),
            "json: cannot unmarshal array into Go struct field Probe.spec.containers.livenessProbe.ProbeHandler.grpc of type v1.GRPCAction",
        ),
        (
            "Pod",
            tree!({"spec": {"volumes": [{"secret": {"items": [{"mode": "x"}]}}]}}),
            "json: cannot unmarshal string into Go struct field KeyToPath.spec.volumes.VolumeSource.secret.items.mode of type int32",
        ),
        (
            "PersistentVolume",
            tree!({"spec": {"accessModes": [1]}}),
            "json: cannot unmarshal number into Go struct field PersistentVolumeSpec.spec.accessModes of type v1.PersistentVolumeAccessMode",
        ),
        (
            "Pod",
            tree!({"spec": {"containers": {}}}),
            "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container",
        ),
        (
            "Pod",
            tree!({"metadata": {"labels": {"a": 1}}}),
            "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string",
        ),
        (
            "Service",
            tree!({"spec": {"ports": [{"port": 80.5}]}}),
            "json: cannot unmarshal number 80.5 into Go struct field ServicePort.spec.ports.port of type int32",
        ),
        (
            "Secret",
            tree!({"data": {"a": "not base64"}}),
            "illegal base64 data at input byte 3",
        ),
        (
            "Pod",
            tree!({"metadata": {"creationTimestamp": "soon"}}),
            "parsing time \"soon\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"soon\" as \"2006\"",
        ),
    ] {
        assert_eq!(
            run("v1", kind, v, Mode::Ignore).unwrap_err().to_string(),
            wanted
        );
    }
}

#[test]
fn unknown_fields_are_pruned_and_reported() {
    let v = tree!({"spec": {"container": [], "containers": [{"name": "a", "imagePullPolice": "x"}]}, "status": {}, "metadata": {}});
    let unknown = "strict decoding error: unknown field \"spec.container\", unknown field \"spec.containers[0].imagePullPolice\"";
    assert_eq!(
        run("v1", "Pod", v.clone(), Mode::Strict)
            .unwrap_err()
            .to_string(),
        unknown
    );
    let (got, warnings) = run("v1", "Pod", v, Mode::Warn).unwrap();
    assert_eq!(warnings.len(), 2);
    assert_eq!(
        got.to_json(),
        r#"{"metadata":{},"spec":{"containers":[{"name":"a","resources":{}}]},"status":{}}"#
    );
}

#[test]
fn values_take_their_canonical_form() {
    let v = tree!({
        "metadata": {"creationTimestamp": null, "labels": {}, "annotations": {"a": null}},
        "spec": {"containers": [{"name": "", "resources": {"requests": {"cpu": 0.5, "memory": "1024Mi"}}, "args": [], "stdin": false}], "terminationGracePeriodSeconds": 0},
        "status": {"conditions": [{"type": "Ready", "status": "True"}]},
    });
    assert_eq!(
        run("v1", "Pod", v, Mode::Strict).unwrap().0.to_json(),
        r#"{"metadata":{"annotations":{"a":""}},"spec":{"containers":[{"name":"","resources":{"requests":{"cpu":"500m","memory":"1Gi"}}}],"terminationGracePeriodSeconds":0},"status":{"conditions":[{"lastProbeTime":null,"lastTransitionTime":null,"status":"True","type":"Ready"}]}}"#
    );
}

#[test]
fn a_clean_tree_is_not_copied() {
    let v = tree!({"metadata": {"name": "a"}, "spec": {"containers": [{"name": "a", "resources": {}}]}, "status": {}});
    let (got, _) = run("v1", "Pod", v.clone(), Mode::Strict).unwrap();
    assert!(got.ptr_eq(&v));
}
