//! Controllers in a whole cluster: rollouts, endpoints, deletion, failing nodes.

#![allow(clippy::unwrap_used)]

use crate::cluster::{send, show};
use kubarium::apimachinery::{Value, schema};
use kubarium::cluster::{Cluster, ClusterConfig};
use kubarium::tree;
use std::time::Duration;

const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";

pub struct World(pub Cluster);

impl World {
    pub fn new() -> Self {
        World(Cluster::boot(ClusterConfig::reference()))
    }
    pub fn run(&mut self, seconds: u64) {
        let until = self.0.now() + Duration::from_secs(seconds);
        self.0.advance_to(until);
    }
    pub fn all(&self, group: &str, version: &str, resource: &str) -> Vec<Value> {
        self.0
            .api()
            .peek_all(schema::resource(group, version, resource).unwrap())
            .cloned()
            .collect()
    }
    pub fn pods(&self, prefix: &str) -> Vec<Value> {
        self.all("", "v1", "pods")
            .into_iter()
            .filter(|p| p.name().starts_with(prefix))
            .collect()
    }
    pub fn replica_sets(&self, prefix: &str) -> Vec<Value> {
        self.all("apps", "v1", "replicasets")
            .into_iter()
            .filter(|p| p.name().starts_with(prefix))
            .collect()
    }
    pub fn post(&mut self, path: &str, object: Value) -> Value {
        let (code, answer) = send(&mut self.0, "POST", path, Some(object));
        assert_eq!(code, 201, "{answer:?}");
        answer
    }
    pub fn get(&mut self, path: &str) -> Value {
        send(&mut self.0, "GET", path, None).1
    }
    /// Reads, changes and writes an object.
    pub fn change(&mut self, path: &str, f: impl Fn(&mut Value)) -> Value {
        let mut object = self.get(path);
        f(&mut object);
        let (code, answer) = send(&mut self.0, "PUT", path, Some(object));
        assert_eq!(code, 200, "{answer:?}");
        answer
    }
    pub fn delete(&mut self, path: &str, policy: &str) {
        let options =
            tree!({"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": policy});
        let (code, answer) = send(&mut self.0, "DELETE", path, Some(options));
        assert!(code < 300, "{answer:?}");
    }
    pub fn events(&self, name: &str) -> Vec<String> {
        self.all("", "v1", "events")
            .iter()
            .filter(|e| e.at(&["involvedObject", "name"]) == name)
            .map(|e| format!("{} {}", e.get("reason").str(), e.get("message").str()))
            .collect()
    }
    pub fn deployment(&mut self, name: &str, replicas: i64) -> Value {
        self.post(DEPLOYMENTS, deployment(name, replicas))
    }
}

pub fn deployment(name: &str, replicas: i64) -> Value {
    tree!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": {
        "replicas": replicas, "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": {"app": name}}, "spec": {
            "terminationGracePeriodSeconds": 0,
            "containers": [{"name": "c", "image": "nginx:1.27", "ports": [{"name": "http", "containerPort": 80}]}]}}}})
}

fn conditions(object: &Value) -> Vec<String> {
    object
        .at(&["status", "conditions"])
        .items()
        .iter()
        .map(|c| {
            format!(
                "{} {} {}",
                c.get("type").str(),
                c.get("status").str(),
                c.get("reason").str()
            )
        })
        .collect()
}

fn set_image(w: &mut World, name: &str, image: &str) {
    w.change(&format!("{DEPLOYMENTS}/{name}"), |d| {
        let containers = d
            .at_mut(&["spec", "template", "spec", "containers"])
            .items_mut();
        containers[0].set("image", image);
    });
}

#[test]
fn a_rollout_replaces_pods_and_can_be_undone() {
    let mut w = World::new();
    w.deployment("shop", 2);
    w.run(5);
    let d = w.get(&format!("{DEPLOYMENTS}/shop"));
    let first = w.replica_sets("shop-")[0].clone();
    assert_eq!(
        conditions(&d),
        [
            "Available True MinimumReplicasAvailable",
            "Progressing True NewReplicaSetAvailable"
        ]
    );
    let expected = [format!(
        "ScalingReplicaSet Scaled up replica set {} from 0 to 2",
        first.name()
    )];
    assert_eq!(w.events("shop"), expected);
    assert_eq!(
        first.at(&["metadata", "annotations"]).to_json(),
        r#"{"deployment.kubernetes.io/desired-replicas":"2","deployment.kubernetes.io/max-replicas":"3","deployment.kubernetes.io/revision":"1"}"#
    );
    set_image(&mut w, "shop", "nginx:1.28");
    w.run(10);
    let d = w.get(&format!("{DEPLOYMENTS}/shop"));
    assert_eq!(d.annotation("deployment.kubernetes.io/revision"), Some("2"));
    let sizes: Vec<i64> = w
        .replica_sets("shop-")
        .iter()
        .map(|r| r.at(&["spec", "replicas"]).as_i64().unwrap())
        .collect();
    assert_eq!(sizes.iter().sum::<i64>(), 2, "{}", show(&w.0));
    assert_eq!(w.pods("shop-").len(), 2);
    set_image(&mut w, "shop", "nginx:1.27");
    w.run(10);
    let back = w.replica_sets(first.name())[0].clone();
    assert_eq!(back.at(&["spec", "replicas"]).as_i64(), Some(2));
    assert_eq!(
        back.annotation("deployment.kubernetes.io/revision"),
        Some("3")
    );
    assert_eq!(
        back.annotation("deployment.kubernetes.io/revision-history"),
        Some("1")
    );
}

#[test]
fn recreate_waits_for_the_old_pods_to_go() {
    let mut w = World::new();
    let mut d = deployment("calm", 3);
    d.set_at(&["spec", "strategy"], tree!({"type": "Recreate"}));
    w.post(DEPLOYMENTS, d);
    w.run(5);
    set_image(&mut w, "calm", "nginx:1.28");
    w.run(10);
    let images: Vec<Value> = w
        .pods("calm-")
        .iter()
        .map(|p| {
            p.at(&["spec", "containers"]).items()[0]
                .get("image")
                .clone()
        })
        .collect();
    assert_eq!(images, vec![Value::from("nginx:1.28"); 3], "{}", show(&w.0));
}

#[test]
fn a_stuck_rollout_exceeds_its_deadline() {
    let mut w = World::new();
    w.deployment("stuck", 2);
    w.run(5);
    w.change(&format!("{DEPLOYMENTS}/stuck"), |d| {
        d.set_at(&["spec", "progressDeadlineSeconds"], 3);
        d.set_at(
            &["spec", "template", "spec", "nodeSelector"],
            tree!({"disk": "none"}),
        );
    });
    w.run(8);
    let d = w.get(&format!("{DEPLOYMENTS}/stuck"));
    assert_eq!(
        conditions(&d),
        [
            "Available True MinimumReplicasAvailable",
            "Progressing False ProgressDeadlineExceeded"
        ]
    );
    assert_eq!(d.at(&["status", "updatedReplicas"]).as_i64(), Some(1));
}

#[test]
fn pods_are_adopted_released_and_surplus_ones_deleted() {
    let mut w = World::new();
    let d = deployment("crew", 2);
    let rs = tree!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "crew"}});
    let mut rs = rs;
    rs.set("spec", d.get("spec"));
    w.post("/apis/apps/v1/namespaces/default/replicasets", rs);
    w.run(5);
    let pod = w.pods("crew-")[0].clone();
    w.change(
        &format!("/api/v1/namespaces/default/pods/{}", pod.name()),
        |p| {
            p.set_at(&["metadata", "labels", "app"], "lost");
        },
    );
    w.run(5);
    let lost = w.get(&format!("/api/v1/namespaces/default/pods/{}", pod.name()));
    assert!(lost.owner_references().is_empty(), "{lost:?}");
    assert_eq!(w.pods("crew-").len(), 3);
    w.change(
        &format!("/api/v1/namespaces/default/pods/{}", pod.name()),
        |p| {
            p.set_at(&["metadata", "labels", "app"], "crew");
        },
    );
    w.run(5);
    assert_eq!(w.pods("crew-").len(), 2, "{}", show(&w.0));
    let rs = w.get("/apis/apps/v1/namespaces/default/replicasets/crew");
    assert_eq!(
        rs.get("status").to_json(),
        r#"{"availableReplicas":2,"fullyLabeledReplicas":2,"observedGeneration":1,"readyReplicas":2,"replicas":2,"terminatingReplicas":0}"#
    );
}

#[test]
fn a_services_endpoints_follow_its_pods() {
    let mut w = World::new();
    w.deployment("web", 2);
    let service = tree!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "labels": {"app": "web"}},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http"}]}});
    w.post("/api/v1/namespaces/default/services", service);
    w.run(5);
    let endpoints = w.get("/api/v1/namespaces/default/endpoints/web");
    let subset = &endpoints.get("subsets").items()[0];
    assert_eq!(subset.get("addresses").items().len(), 2, "{endpoints:?}");
    assert_eq!(
        subset.get("ports").to_json(),
        r#"[{"port":80,"protocol":"TCP"}]"#
    );
    let slices = w.all("discovery.k8s.io", "v1", "endpointslices");
    let slice = slices
        .iter()
        .find(|s| s.label("kubernetes.io/service-name") == Some("web"))
        .unwrap()
        .clone();
    assert_eq!(slice.get("endpoints").items().len(), 2);
    let first = &slice.get("endpoints").items()[0];
    assert_eq!(
        first.get("conditions").to_json(),
        r#"{"ready":true,"serving":true,"terminating":false}"#
    );
    assert!(first.get("zone").str().starts_with("zone-"), "{first:?}");
    w.change(&format!("{DEPLOYMENTS}/web"), |d| {
        d.set_at(&["spec", "replicas"], 0)
    });
    w.run(5);
    let slice = w.get(&format!(
        "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/{}",
        slice.name()
    ));
    assert!(slice.get("endpoints").is_empty(), "{slice:?}");
    assert!(slice.get("ports").is_empty(), "{slice:?}");
    w.delete("/api/v1/namespaces/default/services/web", "Background");
    w.run(5);
    assert_eq!(
        w.get("/api/v1/namespaces/default/endpoints/web")
            .get("code")
            .as_i64(),
        Some(404)
    );
    let left = w.all("discovery.k8s.io", "v1", "endpointslices");
    assert!(
        !left.iter().any(|s| s.name().starts_with("web")),
        "{left:?}"
    );
}

#[test]
fn dependants_go_with_their_owner_or_stay() {
    let mut w = World::new();
    for (policy, left) in [("Background", 0), ("Foreground", 0), ("Orphan", 2)] {
        w.deployment("top", 2);
        w.run(5);
        assert_eq!(w.pods("top-").len(), 2, "{}", show(&w.0));
        w.delete(&format!("{DEPLOYMENTS}/top"), policy);
        w.run(5);
        assert_eq!(
            w.get(&format!("{DEPLOYMENTS}/top")).get("code").as_i64(),
            Some(404),
            "{policy}"
        );
        assert_eq!(
            (w.replica_sets("top-").len(), w.pods("top-").len()),
            (left / 2, left),
            "{policy}"
        );
    }
    assert!(w.replica_sets("top-")[0].owner_references().is_empty());
}

#[test]
fn a_deleted_namespace_is_emptied_and_goes() {
    let mut w = World::new();
    w.post(
        "/api/v1/namespaces",
        tree!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "t"}}),
    );
    w.run(1);
    assert_eq!(
        w.get("/api/v1/namespaces/t/serviceaccounts/default").name(),
        "default"
    );
    assert_eq!(
        w.get("/api/v1/namespaces/t/configmaps/kube-root-ca.crt")
            .name(),
        "kube-root-ca.crt"
    );
    let mut d = deployment("web", 2);
    d.remove_at(&["spec", "template", "spec", "terminationGracePeriodSeconds"]);
    w.post("/apis/apps/v1/namespaces/t/deployments", d);
    w.run(5);
    w.delete("/api/v1/namespaces/t", "Background");
    w.run(60);
    assert_eq!(
        w.get("/api/v1/namespaces/t").get("code").as_i64(),
        Some(404),
        "{:?}",
        w.get("/api/v1/namespaces/t")
    );
    assert!(w.pods("web-").is_empty());
}

#[test]
fn a_silent_nodes_pods_are_replaced() {
    let mut w = World::new();
    w.deployment("web", 6);
    w.run(5);
    assert!(w.0.stop_machine("node-3"));
    w.run(75);
    let node = w.get("/api/v1/nodes/node-3");
    assert!(
        conditions(&node).contains(&"Ready Unknown NodeStatusUnknown".to_owned()),
        "{node:?}"
    );
    let taints: Vec<String> = node
        .at(&["spec", "taints"])
        .items()
        .iter()
        .map(|t| format!("{}:{}", t.get("key").str(), t.get("effect").str()))
        .collect();
    assert_eq!(
        taints,
        [
            "node.kubernetes.io/unreachable:NoSchedule",
            "node.kubernetes.io/unreachable:NoExecute"
        ]
    );
    assert!(
        w.events("node-3")
            .contains(&"NodeNotReady Node node-3 status is now: NodeNotReady".to_owned())
    );
    w.run(310);
    let running = w
        .pods("web-")
        .into_iter()
        .filter(|p| !p.is_terminating() && p.at(&["spec", "nodeName"]) != "node-3")
        .count();
    assert_eq!(running, 6, "{}", show(&w.0));
}

#[test]
fn a_cluster_at_rest_writes_only_leases() {
    let mut w = World::new();
    w.deployment("web", 5);
    w.run(30);
    let before = w.0.api().revision();
    w.run(60);
    let api = w.0.api();
    let others: Vec<String> = api
        .audit()
        .since(before)
        .filter(|e| e.object.resource != "leases")
        .map(|e| format!("{} {} {}", e.user, e.object.resource, e.object.name))
        .collect();
    assert!(others.len() <= 3, "{others:?}");
}
