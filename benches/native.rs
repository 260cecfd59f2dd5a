//! The native program from outside: how soon it is ready, what it weighs, how many requests it answers.

#![allow(clippy::print_stdout)]

use kubarium::apimachinery::Value;
use kubarium::apimachinery::http::{Body, Request};
use kubarium::kubectl::Transport;
use kubarium::native::kubectl::reach;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::task::LocalSet;

const CLIENTS: usize = 8;
const MAPS: &str = "/api/v1/namespaces/default/configmaps";

struct Server {
    child: Child,
    kubeconfig: PathBuf,
    ready_in: Duration,
}

impl Server {
    fn start(args: &[&str]) -> Self {
        let kubeconfig =
            std::env::temp_dir().join(format!("kubarium-bench-{}", std::process::id()));
        let begin = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_kubarium"))
            .args([
                "up",
                "--ephemeral",
                "--listen",
                "127.0.0.1:0",
                "--kubeconfig",
            ])
            .arg(&kubeconfig)
            .args(args)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let out = child.stdout.take().expect("piped");
        let lines = BufReader::new(out).lines().map_while(Result::ok);
        let ready = lines.into_iter().find(|l| l.starts_with("ready"));
        assert!(ready.is_some(), "the program became ready");
        Server {
            child,
            kubeconfig,
            ready_in: begin.elapsed(),
        }
    }

    fn megabytes(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|l| l.split_whitespace().next()?.parse::<f64>().ok());
        kilobytes.unwrap_or(f64::NAN) / 1024.0
    }

    fn client(&self) -> Rc<dyn Transport> {
        reach(&[
            format!("--kubeconfig={}", self.kubeconfig.display()),
            "version".to_owned(),
        ])
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_file(&self.kubeconfig);
    }
}

async fn send(client: &Rc<dyn Transport>, method: http::Method, path: &str, body: Value) -> Body {
    let mut request = Request::new(if body.is_null() {
        Body::Empty
    } else {
        Body::Tree(body)
    });
    *request.method_mut() = method;
    *request.uri_mut() = path.parse().expect("a path");
    let json = http::HeaderValue::from_static("application/json");
    request
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, json);
    let answer = client.send(request).await.expect("an answer");
    assert!(answer.status().is_success(), "{path}: {:?}", answer.body());
    answer.into_body()
}

async fn get(client: &Rc<dyn Transport>, path: &str) -> Value {
    match send(client, http::Method::GET, path, Value::Null).await {
        Body::Tree(value) => value,
        other => panic!("{path}: {other:?}"),
    }
}

fn config_map(name: String) -> Value {
    kubarium::tree!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"k": "v"}})
}

/// Lets every client send `each` requests one after another; prints the rate and how long they took.
async fn measure(
    what: &str,
    server: &Server,
    each: usize,
    send: impl AsyncFn(Rc<dyn Transport>, usize) + Clone + 'static,
) {
    let begin = Instant::now();
    let tasks: Vec<_> = (0..CLIENTS)
        .map(|n| {
            let (client, send) = (server.client(), send.clone());
            tokio::task::spawn_local(async move {
                let mut took = Vec::new();
                for i in 0..each {
                    let begin = Instant::now();
                    send(client.clone(), n * each + i).await;
                    took.push(begin.elapsed());
                }
                took
            })
        })
        .collect();
    let mut took = Vec::new();
    for task in tasks {
        took.extend(task.await.expect("a client"));
    }
    took.sort_unstable();
    let at = |share: usize| took[took.len() * share / 100].as_secs_f64() * 1e3;
    let rate = took.len() as f64 / begin.elapsed().as_secs_f64();
    println!(
        "{what}: {rate:.0}/s, p50 {:.1} ms, p99 {:.1} ms ({CLIENTS} clients)",
        at(50),
        at(99)
    );
}

async fn five_hundred_pods(server: &Server) {
    let client = server.client();
    let deployment = kubarium::tree!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"replicas": 500, "selector": {"matchLabels": {"app": "web"}}, "template": {
            "metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "nginx"}]}}}
    });
    let path = "/apis/apps/v1/namespaces/default/deployments";
    let begin = Instant::now();
    send(&client, http::Method::POST, path, deployment).await;
    loop {
        let now = get(&client, &format!("{path}/web")).await;
        if now.at(&["status", "readyReplicas"]).as_i64() == Some(500) {
            break;
        }
        assert!(begin.elapsed() < Duration::from_secs(120), "{now:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    println!(
        "500 pods, created to Running, no simulated latency: {:.2} s",
        begin.elapsed().as_secs_f64()
    );
    println!("memory with 500 pods: {:.1} MB", server.megabytes());
}

async fn fan_out(server: &Server) {
    const WATCHERS: usize = 100;
    const EVENTS: usize = 200;
    let path = "/api/v1/namespaces/default/secrets";
    let mut tasks = Vec::new();
    for _ in 0..WATCHERS {
        let client = server.client();
        let Body::Watch(id) = send(
            &client,
            http::Method::GET,
            &format!("{path}?watch=true"),
            Value::Null,
        )
        .await
        else {
            panic!("a watch");
        };
        tasks.push(tokio::task::spawn_local(async move {
            for _ in 0..EVENTS {
                client.next_event(id).await.expect("an event");
            }
        }));
    }
    let begin = Instant::now();
    let client = server.client();
    for i in 0..EVENTS {
        let secret = kubarium::tree!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": format!("s{i}")}});
        send(&client, http::Method::POST, path, secret).await;
    }
    for task in tasks {
        task.await.expect("a watcher");
    }
    let rate = (WATCHERS * EVENTS) as f64 / begin.elapsed().as_secs_f64();
    println!("watch fan-out to {WATCHERS}: {rate:.0} events/s");
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let mut starts: Vec<Duration> = (0..5).map(|_| Server::start(&[]).ready_in).collect();
    starts.sort_unstable();
    println!(
        "process start to ready, control plane and 3 workers: {:.0} ms",
        starts[2].as_secs_f64() * 1e3
    );
    let bare = ["--profile", "reference"];
    println!(
        "the same with 3 bare nodes: {:.0} ms",
        Server::start(&bare).ready_in.as_secs_f64() * 1e3
    );
    let server = Server::start(&[]);
    std::thread::sleep(Duration::from_secs(3));
    println!(
        "memory at rest, control plane and 3 workers: {:.1} MB",
        server.megabytes()
    );
    drop(server);
    let server = Server::start(&["--instant", "--profile", "reference"]);
    let tasks = LocalSet::new();
    tasks.block_on(&runtime, async {
        five_hundred_pods(&server).await;
        measure("create", &server, 250, async |client, i| {
            send(
                &client,
                http::Method::POST,
                MAPS,
                config_map(format!("c{i}")),
            )
            .await;
        })
        .await;
        measure("get", &server, 500, async |client, i| {
            get(&client, &format!("{MAPS}/c{}", i % 2000)).await;
        })
        .await;
        measure("list of 500 pods", &server, 25, async |client, _| {
            get(&client, "/api/v1/namespaces/default/pods").await;
        })
        .await;
        fan_out(&server).await;
    });
}
