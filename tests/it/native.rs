//! The native program, as a whole: started, spoken to by the kubectl that is on PATH and by its own, and ended.

#![allow(clippy::unwrap_used)]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kubarium::native::trusting::trusting_as;
use kubarium::native::verified::Identity;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConnection, StreamOwned};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_kubarium");

/// A program that serves a cluster; it ends with the test.
pub struct Server {
    pub child: Child,
    pub dir: PathBuf,
    pub url: String,
}

impl Server {
    /// One that keeps nothing.
    pub fn start(args: &[&str]) -> Self {
        let dir = temporary();
        std::fs::create_dir_all(&dir).unwrap();
        Self::start_in(dir, &[&["--ephemeral"], args].concat())
    }

    /// One whose kubeconfig and cluster are in a folder.
    pub fn start_in(dir: PathBuf, args: &[&str]) -> Self {
        let listen = match args.contains(&"--listen") {
            true => &[][..],
            false => &["--listen", "127.0.0.1:0"],
        };
        let mut child = Command::new(PROGRAM)
            .args(["up", "--output", "json", "--kubeconfig"])
            .arg(dir.join("kubeconfig"))
            .args(listen)
            .args(args)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let said: serde_json::Value = serde_json::from_str(&line).expect(&line);
        assert_eq!(said["ready"], true);
        let url = said["server"].as_str().unwrap().to_owned();
        Server { child, dir, url }
    }

    pub fn run(&self, mut command: Command) -> Output {
        command
            .env("KUBECONFIG", self.dir.join("kubeconfig"))
            .env("HOME", &self.dir)
            .current_dir(&self.dir)
            .stdin(Stdio::null());
        command.output().unwrap()
    }

    /// A command line of some kubectl; what it printed on both streams, and whether it succeeded.
    pub fn kubectl(&self, kubectl: &Kubectl, args: &[&str]) -> (String, bool) {
        let output = self.run(kubectl.command(args));
        // On a busy machine client-go may read before it knows its own streams; nothing is lost then.
        let hasty = |line: &&[u8]| String::from_utf8_lossy(line).contains("Unknown stream id");
        let lines = output.stderr.split_inclusive(|b| *b == b'\n');
        let complaints: Vec<&[u8]> = lines.filter(|line| !hasty(line)).collect();
        let text = [output.stdout, complaints.concat()].concat();
        (
            String::from_utf8_lossy(&text).into_owned(),
            output.status.success(),
        )
    }

    /// The same, which has to succeed.
    pub fn said(&self, kubectl: &Kubectl, args: &[&str]) -> String {
        let (text, fine) = self.kubectl(kubectl, args);
        assert!(fine, "{args:?}: {text}");
        text
    }

    pub fn signal(&mut self, signal: &str) {
        let pid = self.child.id().to_string();
        let done = Command::new("kill").args([signal, &pid]).status().unwrap();
        assert!(done.success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// The name of a folder that is not there yet.
pub fn temporary() -> PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("kubarium-it-{}-{number}", std::process::id()))
}

/// A connection of HTTP/1.1 to the server of a kubeconfig, as its administrator.
pub fn connect(kubeconfig: &Path) -> StreamOwned<ClientConnection, TcpStream> {
    let text = std::fs::read_to_string(kubeconfig).unwrap();
    let config: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
    let user = &config["users"][0]["user"];
    let data = |field: &str| STANDARD.decode(user[field].as_str().unwrap()).unwrap();
    let identity = Identity {
        chain: vec![CertificateDer::from_pem_slice(&data("client-certificate-data")).unwrap()],
        key: PrivateKeyDer::from_pem_slice(&data("client-key-data")).unwrap(),
    };
    let url = config["clusters"][0]["cluster"]["server"].as_str().unwrap();
    let address = url.trim_start_matches("https://");
    let stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let tls = Arc::new(trusting_as(&identity).unwrap());
    let name = "kubernetes".try_into().unwrap();
    StreamOwned::new(ClientConnection::new(tls, name).unwrap(), stream)
}

/// Asks a path for another protocol, and says something in that, twice; the head of the answer, and what was said back.
pub fn upgraded(kubeconfig: &Path, path: &str) -> (String, [String; 2]) {
    let mut connection = connect(kubeconfig);
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"
    );
    connection.write_all(request.as_bytes()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        connection.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    if !head.starts_with("http/1.1 101 ") {
        return (head, Default::default());
    }
    let said = ["one", "two"].map(|word| {
        connection
            .write_all(format!("{word}\n").as_bytes())
            .unwrap();
        let mut line = String::new();
        while !line.ends_with('\n') {
            let mut byte = [0];
            connection.read_exact(&mut byte).unwrap();
            line.push(char::from(byte[0]));
        }
        line
    });
    (head, said)
}

/// One of the two kubectls.
pub enum Kubectl {
    Own,
    Real(PathBuf),
}

impl Kubectl {
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = match self {
            Kubectl::Own => {
                let mut command = Command::new(PROGRAM);
                command.arg("kubectl");
                command
            }
            Kubectl::Real(path) => Command::new(path),
        };
        command.args(args);
        command
    }
}

/// A kubectl on PATH that the program itself is not.
pub fn real_kubectl() -> Option<Kubectl> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path).map(|dir| dir.join("kubectl"));
    let found = found.into_iter().find(|file| file.is_file());
    if found.is_none() {
        eprintln!("SKIPPED: no kubectl on PATH, so that nothing was tried with the real one");
    }
    found.map(Kubectl::Real)
}

const WEB: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx}]}
";

fn a_life_of_a_deployment(kubectl: &Kubectl) {
    let server = Server::start(&["--profile", "reference"]);
    let nodes = server.said(kubectl, &["get", "nodes", "--no-headers"]);
    assert_eq!(nodes.matches(" Ready ").count(), 3, "{nodes}");
    std::fs::write(server.dir.join("web.yaml"), WEB).unwrap();
    let applied = server.said(kubectl, &["apply", "-f", "web.yaml"]);
    assert_eq!(applied, "deployment.apps/web created\n");
    let again = server.said(kubectl, &["apply", "-f", "web.yaml"]);
    assert_eq!(again, "deployment.apps/web unchanged\n");
    server.said(
        kubectl,
        &["rollout", "status", "deployment/web", "--timeout=30s"],
    );
    server.said(kubectl, &["scale", "deployment/web", "--replicas=4"]);
    let ready = "--for=jsonpath={.status.readyReplicas}=4";
    server.said(kubectl, &["wait", ready, "deployment/web", "--timeout=30s"]);
    let pods = server.said(kubectl, &["get", "pods", "-l", "app=web", "--no-headers"]);
    assert_eq!(pods.matches(" Running ").count(), 4, "{pods}");
    let described = server.said(kubectl, &["describe", "deployment", "web"]);
    assert!(
        described.contains("4 desired | 4 updated | 4 total | 4 available"),
        "{described}"
    );
    let explained = server.said(kubectl, &["explain", "deployment.spec.replicas"]);
    assert!(
        explained.contains("FIELD: replicas <integer>"),
        "{explained}"
    );
    // A typed client, which speaks protobuf where it is Go's.
    server.said(
        kubectl,
        &[
            "create",
            "deployment",
            "other",
            "--image=nginx",
            "--replicas=1",
        ],
    );
    let other = server.said(
        kubectl,
        &["get", "deploy", "other", "-o", "jsonpath={.spec.strategy}"],
    );
    assert!(other.contains("\"maxSurge\":\"25%\""), "{other}");
    std::fs::write(
        server.dir.join("bad.yaml"),
        WEB.replace("replicas", "replica"),
    )
    .unwrap();
    let (bad, fine) = server.kubectl(kubectl, &["apply", "-f", "bad.yaml"]);
    assert!(
        !fine && bad.contains("unknown field \"spec.replica\""),
        "{bad}"
    );
    let (none, fine) = server.kubectl(kubectl, &["get", "pod", "nope"]);
    assert!(
        !fine && none == "Error from server (NotFound): pods \"nope\" not found\n",
        "{none}"
    );
    server.said(kubectl, &["delete", "deployment", "web", "other"]);
}

#[test]
fn a_real_kubectl_works() {
    if let Some(kubectl) = real_kubectl() {
        a_life_of_a_deployment(&kubectl);
    }
}

#[test]
fn its_own_kubectl_works_over_the_network() {
    a_life_of_a_deployment(&Kubectl::Own);
}

#[test]
fn tokens_of_accounts_work_and_forged_ones_do_not() {
    let server = Server::start(&["--nodes", "0", "--controllers=-*", "--scheduler=false"]);
    let own = Kubectl::Own;
    server.said(&own, &["create", "serviceaccount", "bot"]);
    let token = server.said(&own, &["create", "token", "bot"]);
    let config = std::fs::read_to_string(server.dir.join("kubeconfig")).unwrap();
    let start = config.find("client-certificate-data").unwrap();
    let bare: String =
        config[..start].to_owned() + "token: ''\n" + &config[config.find("contexts:").unwrap()..];
    std::fs::write(server.dir.join("bare"), bare).unwrap();
    let with = |token: &str| {
        let token = format!("--token={token}");
        server.kubectl(
            &own,
            &[
                "--kubeconfig",
                "bare",
                &token,
                "auth",
                "whoami",
                "-o",
                "jsonpath={.status.userInfo.username}",
            ],
        )
    };
    assert_eq!(with(token.trim()).0, "system:serviceaccount:default:bot");
    let mut parts: Vec<&str> = token.trim().split('.').collect();
    let forged = parts[2].chars().rev().collect::<String>();
    parts[2] = &forged;
    let (said, fine) = with(&parts.join("."));
    assert!(!fine && said.contains("You must be logged in"), "{said}");
    server.said(&own, &["delete", "serviceaccount", "bot"]);
    assert!(!with(token.trim()).1, "the account is gone");
    let (nobody, fine) = server.kubectl(
        &own,
        &[
            "--kubeconfig",
            "bare",
            "get",
            "--raw",
            "/api/v1/namespaces/default/pods",
        ],
    );
    assert!(
        !fine && nobody.contains("User \"system:anonymous\" cannot list resource \"pods\""),
        "{nobody}"
    );
}

#[test]
fn an_approved_request_becomes_a_certificate_that_opens_the_door() {
    let server = Server::start(&["--nodes", "0", "--scheduler=false"]);
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::default();
    let mut name = rcgen::DistinguishedName::new();
    name.push(rcgen::DnType::OrganizationName, "developers");
    name.push(rcgen::DnType::CommonName, "jane");
    params.distinguished_name = name;
    let request = params.serialize_request(&key).unwrap().pem().unwrap();
    let request = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, request);
    let object = |name: &str, usages: &str| {
        format!(
            "apiVersion: certificates.k8s.io/v1\nkind: CertificateSigningRequest\nmetadata: {{name: {name}}}\nspec:\n  \
             signerName: kubernetes.io/kube-apiserver-client\n  usages: [{usages}]\n  expirationSeconds: 3600\n  request: {request}\n---\n"
        )
    };
    let file = object("jane", "client auth") + &object("odd", "server auth");
    std::fs::write(server.dir.join("csr.yaml"), file).unwrap();
    let own = Kubectl::Own;
    let said = |args: &[&str]| server.said(&own, args);
    said(&["create", "-f", "csr.yaml"]);
    said(&["certificate", "approve", "jane", "odd"]);
    let issued = "--for=jsonpath={.status.certificate}";
    said(&["wait", issued, "csr/jane", "--timeout=20s"]);
    said(&["wait", "--for=condition=Failed", "csr/odd", "--timeout=20s"]);
    let why = said(&[
        "get",
        "csr",
        "odd",
        "-o",
        "jsonpath={.status.conditions[1].message}",
    ]);
    assert_eq!(why, "invalid usage for client certificate: server auth");
    let certificate = said(&[
        "get",
        "csr",
        "jane",
        "-o",
        "go-template={{.status.certificate | base64decode}}",
    ]);
    std::fs::write(server.dir.join("jane.crt"), certificate).unwrap();
    std::fs::write(server.dir.join("jane.key"), key.serialize_pem()).unwrap();
    let config = std::fs::read_to_string(server.dir.join("kubeconfig")).unwrap();
    let start = config.find("client-certificate-data").unwrap();
    let jane = config[..start].to_owned()
        + "client-certificate: jane.crt\n    client-key: jane.key\n"
        + &config[config.find("contexts:").unwrap()..];
    std::fs::write(server.dir.join("jane"), jane).unwrap();
    let who = "jsonpath={.status.userInfo.username} {.status.userInfo.groups[0]}";
    let who = said(&["--kubeconfig", "jane", "auth", "whoami", "-o", who]);
    assert_eq!(who, "jane developers");
}

#[test]
fn it_goes_on_with_a_cluster_of_the_page() {
    let dir = temporary();
    std::fs::create_dir_all(&dir).unwrap();
    let file = dir.join("cluster.json");
    let start = 1_788_220_800_000_i64;
    let run = |at: i64, command: &str| serde_json::json!([start + at, {"Run": {"tab": 1, "command": command}}]);
    let record = serde_json::json!({
        "format": 1, "init": {"profile": null, "seed": 7, "restore": true}, "until_ms": start + 40_000,
        "inputs": [
            run(20_000, "kubectl create deployment web --image=nginx:1.27"),
            run(30_000, "kubectl scale deployment web --replicas=2"),
        ],
    });
    std::fs::write(&file, record.to_string()).unwrap();
    let from = file.to_str().unwrap();
    let data = dir.join("data");
    let kept = ["--data-dir", data.to_str().unwrap()];
    let of = "jsonpath={.spec.replicas} {.metadata.creationTimestamp} {.metadata.uid}";
    let look = ["get", "deployment", "web", "-o", of];
    let mut server = Server::start_in(dir.clone(), &[&kept[..], &["--from", from]].concat());
    let said = server.said(&Kubectl::Own, &look);
    assert!(said.starts_with("2 "), "{said}");
    // It is as old as it was in the page, today.
    let made = seconds_ago(said.split(' ').nth(1).unwrap());
    assert!((15..120).contains(&made), "{said}");

    server.signal("-KILL");
    server.child.wait().unwrap();
    let refused = |args: &[&str]| {
        let mut command = Command::new(PROGRAM);
        let listen = ["up", "--listen", "127.0.0.1:0", "--from", from];
        command.args(listen).args(args);
        let output = server.run(command);
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let twice = refused(&kept);
    assert!(twice.contains("a cluster is kept already"), "{twice}");
    std::fs::write(&file, "{}").unwrap();
    let damaged = refused(&["--ephemeral"]);
    assert!(
        damaged.contains("cluster.json: it is no cluster that kubarium or its page saved"),
        "{damaged}"
    );
}

/// How long ago a timestamp of the API is.
fn seconds_ago(timestamp: &str) -> i64 {
    let then = kubarium::apimachinery::Timestamp::parse(timestamp).expect(timestamp);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(now.unwrap().as_secs()).unwrap() - then.secs()
}

#[test]
fn it_says_why_it_cannot_start() {
    let server = Server::start(&["--nodes", "0", "--controllers=-*"]);
    let address = server.url.strip_prefix("https://").unwrap();
    let dir = server.dir.to_str().unwrap();
    let up = |args: &[&str]| {
        let mut command = Command::new(PROGRAM);
        command.arg("up").args(args).args([
            "--ephemeral",
            "--kubeconfig",
            &format!("{dir}/second"),
        ]);
        let output = server.run(command);
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let taken = up(&["--listen", address]);
    assert!(
        taken.contains(&format!("cannot listen on {address}")),
        "{taken}"
    );
    let listen = ["--listen", "127.0.0.1:0"];
    assert!(
        up(&[&listen[..], &["--profile", "nope"]].concat())
            .contains("there is no profile \"nope\"")
    );
    let no_page = up(&[&listen[..], &["--site", dir]].concat());
    assert!(no_page.contains("is not this program's page"), "{no_page}");
    std::fs::write(server.dir.join("second"), "[no, kubeconfig]").unwrap();
    assert!(up(&[&listen[..], &["--nodes", "0"]].concat()).contains("is no kubeconfig"));
    let kept = std::fs::read_to_string(server.dir.join("second")).unwrap();
    assert_eq!(kept, "[no, kubeconfig]");
}

#[test]
fn it_ends_cleanly_and_leaves_open_watches() {
    let mut server = Server::start(&["--instant", "--nodes", "1"]);
    let taints = "jsonpath={.items[*].spec.taints[*].key}";
    let taints = server.said(&Kubectl::Own, &["get", "nodes", "-o", taints]);
    assert_eq!(taints, "node-role.kubernetes.io/control-plane");
    let mut watch = Kubectl::Own.command(&["get", "pods", "--watch"]);
    watch
        .env("KUBECONFIG", server.dir.join("kubeconfig"))
        .env("HOME", &server.dir);
    let mut watch = watch
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(300));
    server.signal("-TERM");
    let begin = Instant::now();
    let status = loop {
        if let Some(status) = server.child.try_wait().unwrap() {
            break status;
        }
        assert!(begin.elapsed() < Duration::from_secs(20), "it goes on");
        std::thread::sleep(Duration::from_millis(10));
    };
    assert!(status.success(), "{status}");
    watch.kill().unwrap();
    watch.wait().unwrap();
}

#[test]
fn transcripts_are_played_and_checked() {
    let dir = std::env::temp_dir().join(format!("kubarium-it-run-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let run = |name: &str, text: &str, args: &[&str]| {
        let file = dir.join(name);
        std::fs::File::create(&file)
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
        let output = Command::new(PROGRAM)
            .arg("run")
            .args(args)
            .arg(file)
            .output()
            .unwrap();
        (
            String::from_utf8(output.stdout).unwrap(),
            output.status.success(),
        )
    };
    let good = "# nodes\n$ kubectl get nodes -o name\nnode/node-1\n~ node/node-[23]\nnode/node-3\n$ false\n[exit 1]\n";
    let reference = ["--profile", "reference"];
    let (printed, fine) = run("good.t", good, &[&reference[..], &["--check"]].concat());
    assert!(
        fine && printed == good.replace("~ node/node-[23]", "node/node-2"),
        "{printed}"
    );
    let bad = good.replace("node-3", "node-4");
    assert!(
        run("exits.t", &bad, &reference).1,
        "only how commands end counts"
    );
    assert!(!run("lines.t", &bad, &[&reference[..], &["--check"]].concat()).1);
    assert!(!run("exit.t", &good.replace("false", "true"), &reference).1);
    std::fs::remove_dir_all(Path::new(&dir)).unwrap();
}
