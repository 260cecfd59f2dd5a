//! Daemon sets, stateful sets, jobs and what belongs to them in a whole cluster.

#![allow(clippy::unwrap_used)]

use crate::cluster::show;
use crate::controller::World;
use kubarium::apimachinery::Value;
use kubarium::tree;

const APPS: &str = "/apis/apps/v1/namespaces/default";

fn template(app: &str, image: &str) -> Value {
    tree!({"metadata": {"labels": {"app": app}}, "spec": {
        "terminationGracePeriodSeconds": 0, "containers": [{"name": "c", "image": image}]}})
}

fn set_image(w: &mut World, path: &str, image: &str) {
    w.change(path, |o| {
        o.at_mut(&["spec", "template", "spec", "containers"])
            .items_mut()[0]
            .set("image", image);
    });
}

fn images(w: &World, prefix: &str) -> Vec<String> {
    let image = |p: &Value| {
        p.at(&["spec", "containers"]).items()[0]
            .get("image")
            .str()
            .to_owned()
    };
    w.pods(prefix).iter().map(image).collect()
}

#[test]
fn a_daemon_set_runs_on_every_node_and_rolls_out() {
    let mut w = World::new();
    let mut ds = tree!({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent"}, "spec": {
        "selector": {"matchLabels": {"app": "agent"}}}});
    ds.set_at(&["spec", "template"], template("agent", "busybox:1.35"));
    w.post(&format!("{APPS}/daemonsets"), ds);
    w.run(5);
    let path = format!("{APPS}/daemonsets/agent");
    assert_eq!(
        w.get(&path).get("status").to_json(),
        r#"{"currentNumberScheduled":3,"desiredNumberScheduled":3,"numberAvailable":3,"numberMisscheduled":0,"numberReady":3,"observedGeneration":1,"updatedNumberScheduled":3}"#
    );
    let pod = w.pods("agent-")[0].clone();
    let keys: Vec<&str> = pod
        .at(&["spec", "tolerations"])
        .items()
        .iter()
        .map(|t| t.get("key").str())
        .collect();
    assert_eq!(
        keys.join(" "),
        "node.kubernetes.io/not-ready node.kubernetes.io/unreachable node.kubernetes.io/disk-pressure node.kubernetes.io/memory-pressure node.kubernetes.io/pid-pressure node.kubernetes.io/unschedulable"
    );
    set_image(&mut w, &path, "busybox:1.36");
    w.run(10);
    assert_eq!(images(&w, "agent-"), ["busybox:1.36"; 3], "{}", show(&w.0));
    set_image(&mut w, &path, "busybox:1.35");
    w.run(10);
    let mut revisions: Vec<i64> = w
        .all("apps", "v1", "controllerrevisions")
        .iter()
        .map(|r| r.get("revision").as_i64().unwrap())
        .collect();
    revisions.sort_unstable();
    assert_eq!(revisions, [2, 3]);
    w.change(&path, |ds| {
        ds.set_at(
            &["spec", "template", "spec", "nodeSelector"],
            tree!({"kubernetes.io/hostname": "node-2"}),
        );
    });
    w.run(10);
    assert_eq!(w.pods("agent-").len(), 1, "{}", show(&w.0));
}

#[test]
fn a_stateful_set_goes_in_order() {
    let mut w = World::new();
    let mut set = tree!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"}, "spec": {
        "serviceName": "db", "replicas": 2, "selector": {"matchLabels": {"app": "db"}}}});
    set.set_at(&["spec", "template"], template("db", "postgres:16"));
    w.post(&format!("{APPS}/statefulsets"), set);
    w.run(5);
    let path = format!("{APPS}/statefulsets/db");
    let names = |w: &World| {
        w.pods("db-")
            .iter()
            .map(|p| p.name().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&w), ["db-0", "db-1"], "{}", show(&w.0));
    w.change(&path, |s| s.set_at(&["spec", "replicas"], 3));
    w.run(5);
    set_image(&mut w, &path, "postgres:17");
    w.run(10);
    assert_eq!(images(&w, "db-"), ["postgres:17"; 3], "{}", show(&w.0));
    let status = w.get(&path).get("status").clone();
    assert_eq!(
        status.get("currentRevision"),
        status.get("updateRevision"),
        "{status:?}"
    );
    assert_eq!(status.get("updatedReplicas").as_i64(), Some(3));
    w.change(&path, |s| s.set_at(&["spec", "replicas"], 1));
    w.run(5);
    assert_eq!(names(&w), ["db-0"]);
    let created = w
        .events("db")
        .iter()
        .filter(|e| e.contains("Create Pod db-0 in StatefulSet db successful"))
        .count();
    assert!(created >= 1, "{:?}", w.events("db"));
}

#[test]
fn a_job_runs_to_its_end_and_a_quota_counts() {
    let mut w = World(kubarium::cluster::Cluster::boot(
        kubarium::cluster::ClusterConfig::default(),
    ));
    let quota = tree!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}, "spec": {
        "hard": {"pods": "5", "configmaps": "9", "count/jobs.batch": "4"}}});
    w.post("/api/v1/namespaces/default/resourcequotas", quota);
    w.run(2);
    let job = tree!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "hello"}, "spec": {
        "completions": 3, "parallelism": 2, "completionMode": "Indexed", "ttlSecondsAfterFinished": 60,
        "template": {"spec": {"restartPolicy": "Never", "containers": [
            {"name": "c", "image": "busybox:1.36", "command": ["sh", "-c", "echo hi"]}]}}}});
    w.post("/apis/batch/v1/namespaces/default/jobs", job);
    w.run(45);
    let path = "/apis/batch/v1/namespaces/default/jobs/hello";
    let job = w.get(path);
    let kinds: Vec<&str> = job
        .at(&["status", "conditions"])
        .items()
        .iter()
        .map(|c| c.get("type").str())
        .collect();
    assert_eq!(
        kinds,
        ["SuccessCriteriaMet", "Complete"],
        "{job:?}\n{}",
        show(&w.0)
    );
    assert_eq!(job.at(&["status", "completedIndexes"]), &"0-2");
    assert_eq!(job.at(&["status", "succeeded"]).as_i64(), Some(3));
    assert!(
        w.pods("hello-")
            .iter()
            .all(|p| p.finalizers().next().is_none())
    );
    let quota = w.get("/api/v1/namespaces/default/resourcequotas/q");
    assert_eq!(
        quota.at(&["status", "used"]).to_json(),
        r#"{"configmaps":"1","count/jobs.batch":"1","pods":"0"}"#
    );
    w.run(90);
    assert_eq!(w.get(path).get("code").as_i64(), Some(404));
    assert!(w.pods("hello-").is_empty(), "{}", show(&w.0));
}

#[test]
fn a_cron_job_starts_jobs_by_the_clock() {
    let mut w = World::new();
    let cj = tree!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "tick"}, "spec": {
        "schedule": "*/2 * * * *", "concurrencyPolicy": "Forbid",
        "jobTemplate": {"spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [
            {"name": "c", "image": "busybox:1.36"}]}}}}}});
    w.post("/apis/batch/v1/namespaces/default/cronjobs", cj);
    w.run(130);
    let jobs = w.all("batch", "v1", "jobs");
    assert_eq!(jobs.len(), 1, "{jobs:?}");
    assert!(jobs[0].name().starts_with("tick-"));
    let cj = w.get("/apis/batch/v1/namespaces/default/cronjobs/tick");
    assert!(!cj.at(&["status", "lastScheduleTime"]).is_null(), "{cj:?}");
    assert!(
        w.events("tick")
            .iter()
            .any(|e| e.starts_with("SuccessfulCreate Created job tick-"))
    );
}

#[test]
fn claims_are_bound_and_volumes_released() {
    let mut w = World::new();
    w.post("/api/v1/persistentvolumes", tree!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "a"}, "spec": {
        "capacity": {"storage": "2Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/srv/a"},
        "persistentVolumeReclaimPolicy": "Retain", "storageClassName": ""}}));
    let claims = "/api/v1/namespaces/default/persistentvolumeclaims";
    w.post(claims, tree!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "want"}, "spec": {
        "accessModes": ["ReadWriteOnce"], "storageClassName": "", "resources": {"requests": {"storage": "1Gi"}}}}));
    w.run(3);
    let claim = w.get(&format!("{claims}/want"));
    assert_eq!(claim.at(&["spec", "volumeName"]), &"a", "{claim:?}");
    assert_eq!(claim.at(&["status", "capacity", "storage"]), &"2Gi");
    w.delete(&format!("{claims}/want"), "Background");
    w.run(3);
    assert_eq!(
        w.get("/api/v1/persistentvolumes/a")
            .at(&["status", "phase"]),
        &"Released"
    );
}
