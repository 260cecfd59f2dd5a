//! How long a Deployment takes from create to all Ready, as fast as possible: CPU time, and the time that passed inside.

use kubarium::apimachinery::http::{Body, Request, UserInfo};
use kubarium::apimachinery::{Value, schema};
use kubarium::cluster::{Cluster, ClusterConfig};
use std::time::{Duration, Instant};

fn create(c: &mut Cluster, replicas: usize) {
    let deployment = kubarium::tree!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": {
            "metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "nginx:1.27"}]}}}
    });
    let mut r = Request::new(Body::Tree(deployment));
    *r.method_mut() = http::Method::POST;
    *r.uri_mut() = http::Uri::from_static("/apis/apps/v1/namespaces/default/deployments");
    r.extensions_mut()
        .insert(UserInfo::new("bench", &["system:masters"]));
    let answer = c.request(r).map(|a| a.status().as_u16());
    assert_eq!(answer, Ok(201));
}

fn ready(c: &Cluster) -> i64 {
    let deployments = schema::resource("apps", "v1", "deployments").map(|d| {
        c.api()
            .peek_all(d)
            .find(|d| d.name() == "web")
            .cloned()
            .unwrap_or_default()
    });
    deployments
        .unwrap_or_default()
        .at(&["status", "readyReplicas"])
        .as_i64()
        .unwrap_or(0)
}

fn run(nodes: usize, pods: usize) {
    let boot = Instant::now();
    let mut c = Cluster::boot(ClusterConfig::with_workers(nodes));
    let boot = boot.elapsed();
    let before = (c.now(), c.api().revision());
    let start = Instant::now();
    create(&mut c, pods);
    let mut steps = 0;
    while ready(&c) < pods as i64 {
        let next = c.now() + Duration::from_millis(500);
        c.advance_to(next);
        steps += 1;
        if steps > 2000 {
            break;
        }
    }
    let took = start.elapsed();
    let _: Value = Value::Null;
    // A benchmark's figures go to its standard output.
    #[allow(clippy::print_stdout)]
    {
        println!(
            "{pods} pods on {nodes} nodes: {:.3} s of CPU ({} ready), {:.1} s inside, {} writes; boot {:.3} s",
            took.as_secs_f64(),
            ready(&c),
            c.now().since(before.0).as_secs_f64(),
            c.api().revision() - before.1,
            boot.as_secs_f64()
        );
    }
}

fn main() {
    run(3, 100);
    run(10, 1000);
    if std::env::args().any(|a| a == "--large") {
        run(100, 10_000);
    }
}
