//! A second machine in the cluster: another network namespace of this one, joined to it by one cable, with a kubelet of its own. Pods talk
//! across, the agent is killed, the cable is pulled. Needs what other real nodes need; says so loudly where it is skipped.

#![allow(clippy::unwrap_used)]
#![cfg(target_os = "linux")]

use crate::native::{PROGRAM, temporary};
use crate::node::{ALONE, IMAGE, Tried, footprint, ready};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::PoisonError;
use std::time::{Duration, Instant};

const CABLE: &str = "kt-first";
const SERVER: &str = "10.77.41.1:16443";
const NODE: &str = "second-machine";

const WEB: &str = r#"
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.0.40, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: c
        image: IMAGE
        command: [sh, -c, "hostname > /tmp/index.html; echo begun; exec httpd -f -p 8080 -h /tmp"]
        readinessProbe: {httpGet: {path: /index.html, port: 8080}, periodSeconds: 1}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: moves}
spec:
  selector: {matchLabels: {app: moves}}
  template:
    metadata: {labels: {app: moves}}
    spec:
      terminationGracePeriodSeconds: 1
      affinity:
        nodeAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
          - {weight: 100, preference: {matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [second-machine]}]}}
      tolerations:
      - {key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 1}
      - {key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: 1}
      containers: [{name: c, image: IMAGE, command: [sleep, '1000']}]
"#;

fn run(program: &str, words: &[&str]) -> Output {
    Command::new(program).args(words).output().unwrap()
}

fn ip(words: &str) {
    let words: Vec<&str> = words.split(' ').collect();
    let ran = run("ip", &words);
    assert!(ran.status.success(), "{words:?}: {ran:?}");
}

/// Another machine, as far as its network goes.
struct Second {
    namespace: PathBuf,
    dir: PathBuf,
    name: String,
    agent: Option<Child>,
}

impl Second {
    fn make() -> Self {
        let dir = temporary();
        std::fs::create_dir_all(&dir).unwrap();
        let second = Self {
            namespace: dir.join("netns"),
            name: format!("it-second-{}", std::process::id()),
            dir,
            agent: None,
        };
        std::fs::write(&second.namespace, "").unwrap();
        let inside = format!("--net={}", second.namespace.display());
        assert!(run("unshare", &[&inside, "true"]).status.success());
        ip(&format!(
            "link add {CABLE} type veth peer name eth0 netns {}",
            second.namespace.display()
        ));
        ip(&format!("addr add 10.77.41.1/24 dev {CABLE}"));
        ip(&format!("link set {CABLE} up"));
        for words in [
            "addr add 10.77.41.2/24 dev eth0",
            "link set eth0 up",
            "link set lo up",
        ] {
            let words: Vec<&str> = words.split(' ').collect();
            let ran = run(
                "nsenter",
                &[&[inside.as_str(), "ip"], words.as_slice()].concat(),
            );
            assert!(ran.status.success(), "{ran:?}");
        }
        second
    }

    /// The program, on that machine.
    fn program(&self, words: &[&str]) -> Command {
        let mut command = Command::new("nsenter");
        command
            .arg(format!("--net={}", self.namespace.display()))
            .arg(PROGRAM)
            .args(words);
        command
    }

    /// Starts the agent, and waits until its node is ready to work.
    fn start(&mut self, words: &[&str]) {
        let kubelet = self.dir.join("kubelet.yaml");
        std::fs::write(
            &kubelet,
            "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n\
             evictionHard: {memory.available: 1Mi}\nimageGCHighThresholdPercent: 100\n",
        )
        .unwrap();
        let own = ["--name", &self.name, "--containerd-address", "private"];
        let mut command = self.program(&[words, &own, &["--output", "json"]].concat());
        command.arg("--kubelet-config").arg(kubelet);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        self.agent = Some(child);
        let said: serde_json::Value = serde_json::from_str(&line).expect(&line);
        assert_eq!(said["node"], NODE);
    }

    fn kill(&mut self) {
        let mut agent = self.agent.take().unwrap();
        agent.kill().unwrap();
        agent.wait().unwrap();
    }
}

impl Drop for Second {
    fn drop(&mut self) {
        if let Some(mut agent) = self.agent.take() {
            let _ = agent.kill();
            let _ = agent.wait();
        }
        let _ = self.program(&["down", &self.name]).output();
        let _ = run("ip", &["link", "del", CABLE]);
        let _ = run("umount", &[&self.namespace.to_string_lossy()]);
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// Waits longer than [`Tried::until`] does.
fn patiently(tried: &Tried, args: &[&str], wanted: impl Fn(&str) -> bool) {
    let begin = Instant::now();
    loop {
        let text = tried.said(args);
        if wanted(&text) {
            return;
        }
        let nodes = || tried.said(&["get", "nodes,pods", "-o", "wide"]);
        assert!(
            begin.elapsed() < Duration::from_secs(60),
            "{args:?}: {text}\n{}",
            nodes()
        );
        std::thread::sleep(Duration::from_millis(300));
    }
}

const ID: &str = "-o=jsonpath={.status.containerStatuses[0].containerID} {.status.containerStatuses[0].restartCount}";
const NODES: [&str; 3] = ["get", "nodes", "--no-headers"];

#[test]
fn a_second_machine_joins_works_and_is_cut_off() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(kubectl) = ready() else { return };
    let before = footprint();
    let mut second = Second::make();
    let options = ["--listen", SERVER, "--node-monitor-grace-period", "20"];
    let mut tried = Tried::start_with(kubectl, "", &options);
    joins(&tried, &mut second);
    tried.load_image();
    tried.load_into(&second.name, IMAGE);
    tried.apply(&WEB.replace("IMAGE", IMAGE));
    tried.said(&["rollout", "status", "ds/web", "--timeout=30s"]);
    tried.said(&["rollout", "status", "deploy/moves", "--timeout=30s"]);

    let first = tried.until(&NODES, |text| text.matches(" Ready ").count() == 2);
    let mut names = first.lines().filter_map(|l| l.split(' ').next());
    let first = names.find(|name| *name != NODE).unwrap().to_owned();
    let of = |tried: &Tried, node: &str, path: &str| {
        let on = format!("--field-selector=spec.nodeName={node}");
        let path = format!("-o=jsonpath={{.items[0].{path}}}");
        tried.said(&["get", "pods", "-l", "app=web", &on, &path])
    };
    let pods = [first.as_str(), NODE].map(|node| of(&tried, node, "metadata.name"));
    let ips = [first.as_str(), NODE].map(|node| of(&tried, node, "status.podIP"));
    across(&mut tried, &pods, &ips);
    streams(&tried, &pods[1]);
    crate::node_volumes::on_joined(&mut tried, NODE, &second.name);

    // Killed, what it had started goes on, and is the same once it is back.
    let id = ["get", "pod", &pods[1], ID];
    let of_before = tried.said(&id);
    second.kill();
    let page = format!("http://{}:8080/index.html", ips[1]);
    let ask = ["exec", &pods[0], "--", "wget", "-q", "-O", "-", &page];
    assert_eq!(tried.said(&ask).trim_end(), pods[1]);
    // As if it had been a containerd of others: nobody is led there until it says so.
    let foreign = "kubarium.dev/pod-network";
    tried.said(&["label", "node", NODE, &format!("{foreign}=foreign")]);
    let knock = [
        "exec", &pods[0], "--", "wget", "-T", "1", "-q", "-O", "-", &page,
    ];
    tried.until(&knock, |text| !text.contains(&pods[1]));
    second.start(&["node", "run"]);
    let labels = ["get", "node", NODE, "-o=jsonpath={.metadata.labels}"];
    assert!(!tried.said(&labels).contains(foreign));
    tried.until(&ask, |text| text.trim_end() == pods[1]);
    assert_eq!(tried.said(&id), of_before);
    let inside = ["exec", &pods[1], "--", "hostname"];
    tried.until(&inside, |text| text.trim_end() == pods[1]);

    // Cut off, its pods are made anew elsewhere; back, it ends those that are not wanted any more.
    ip(&format!("link set {CABLE} down"));
    let gone = |text: &str| {
        text.lines()
            .any(|l| l.starts_with(NODE) && l.contains("NotReady"))
    };
    patiently(&tried, &NODES, gone);
    let moved = [
        "get",
        "pods",
        "-l",
        "app=moves",
        "-o",
        "wide",
        "--no-headers",
    ];
    patiently(&tried, &moved, |text| {
        let on =
            |node: &str, word: &str| text.lines().any(|l| l.contains(node) && l.contains(word));
        on(NODE, "Terminating") && on(&first, "Running")
    });
    ip(&format!("link set {CABLE} up"));
    patiently(&tried, &NODES, |text| text.matches(" Ready ").count() == 2);
    patiently(&tried, &moved, |text| {
        text.lines().count() == 1 && text.contains("Running")
    });
    assert_eq!(tried.said(&id), of_before);

    let agent = second.agent.as_mut().unwrap();
    let pid = agent.id().to_string();
    assert!(run("kill", &["-TERM", &pid]).status.success());
    assert!(agent.wait().unwrap().success());
    second.agent = None;
    assert!(footprint().contains("process httpd"));
    let down = second.program(&["down", &second.name]).output().unwrap();
    assert!(down.status.success(), "{down:?}");
    tried.server.as_mut().unwrap().signal("-TERM");
    tried.server.as_mut().unwrap().child.wait().unwrap();
    drop(tried);
    drop(second);
    let after = footprint();
    let left: Vec<_> = after.symmetric_difference(&before).collect();
    assert!(left.is_empty(), "{left:#?}");
}

/// The second machine joins; with a wrong digest, or without a good token, it does not.
fn joins(tried: &Tried, second: &mut Second) {
    let made = Command::new(PROGRAM)
        .args(["token", "create", "--print-join-command", "--kubeconfig"])
        .arg(tried.dir.join("kubeconfig"))
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let line = String::from_utf8(made.stdout).unwrap();
    let words: Vec<&str> = line.split_whitespace().skip(1).collect();
    let server = format!("https://{SERVER}");
    assert_eq!(words[..3], ["node", "join", &server]);
    let (token, hash) = (words[4], words[6]);
    let wrong = format!("sha256:{}", "0".repeat(64));
    let other = format!("{}0000000000000000", &token[..7]);
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let first = host.trim().to_ascii_lowercase();
    for (token, hash, node, why) in [
        (token, wrong.as_str(), NODE, "none of the public keys"),
        (other.as_str(), hash, NODE, "failed to verify JWS signature"),
        (
            "aaaaaa.0123456789abcdef",
            hash,
            NODE,
            "could not find a JWS",
        ),
        ("aaaaaa", hash, NODE, "the token is none"),
        (
            token,
            hash,
            first.as_str(),
            "and status \"Ready\" already exists",
        ),
    ] {
        let words = [
            ["node", "join", &server, "--token", token],
            [
                "--discovery-token-ca-cert-hash",
                hash,
                "--node-name",
                node,
                "--name",
            ],
        ];
        let name = format!("{}-x", second.name);
        let more = [name.as_str(), "--containerd-address", "private"];
        let words = [words.concat().as_slice(), &more].concat();
        let refused = second.program(&words).output().unwrap();
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains(why), "{said}");
        assert!(!PathBuf::from("/var/lib/kubarium").join(name).exists());
    }
    second.start(&[words.as_slice(), &["--node-name", NODE]].concat());
    let kept = PathBuf::from("/var/lib/kubarium")
        .join(&second.name)
        .join("pki");
    let mode = std::fs::metadata(kept.join("kubelet-client.pem")).unwrap();
    let mode = std::os::unix::fs::MetadataExt::mode(&mode);
    assert_eq!(mode & 0o777, 0o600);
}

/// Pods reach each other by address and by the service, both ways, and policies hold on both nodes.
fn across(tried: &mut Tried, pods: &[String; 2], ips: &[String; 2]) {
    for (from, to) in [(0, 1), (1, 0)] {
        let page = format!("http://{}:8080/index.html", ips[to]);
        let ask = ["exec", &pods[from], "--", "wget", "-q", "-O", "-", &page];
        assert_eq!(tried.said(&ask).trim_end(), pods[to]);
        let script = "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do wget -q -O - http://web/index.html; done";
        // The rules of a node follow within a second of a pod's becoming ready.
        let script = ["exec", &pods[from], "--", "sh", "-c", script];
        let both = |said: &str| pods.iter().all(|pod| said.contains(pod.as_str()));
        patiently(tried, &script, both);
    }
    let shut = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: shut}\n\
                spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]}\n";
    tried.apply(shut);
    let address = format!("nc -w 1 {} 8080 < /dev/null && echo open", ips[1]);
    let knock = ["exec", &pods[0], "--", "sh", "-c", &address];
    tried.until(&knock, |text| !text.contains("open"));
    tried.said(&["delete", "networkpolicy", "shut"]);
    tried.until(&knock, |text| text.contains("open"));
}

/// What the API server asks of the kubelet on the other machine.
fn streams(tried: &Tried, pod: &str) {
    assert_eq!(tried.said(&["logs", pod]), "begun\n");
    let server = tried.server.as_ref().unwrap();
    let fails = ["exec", pod, "--", "sh", "-c", "echo no >&2; exit 7"];
    let (text, fine) = server.kubectl(&tried.kubectl, &fails);
    assert!(
        !fine && text.contains("exit code 7") && text.contains("no\n"),
        "{text}"
    );
    let file = tried.dir.join("bytes");
    let bytes: Vec<u8> = (0..2_000_000_u32).map(|i| (i * 13 % 241) as u8).collect();
    std::fs::write(&file, &bytes).unwrap();
    let back = tried.dir.join("back");
    tried.said(&["cp", file.to_str().unwrap(), &format!("{pod}:/tmp/bytes")]);
    tried.said(&["cp", &format!("{pod}:/tmp/bytes"), back.to_str().unwrap()]);
    assert!(std::fs::read(back).unwrap() == bytes);
    let proxied = format!("/api/v1/namespaces/default/pods/{pod}:8080/proxy/index.html");
    assert_eq!(tried.said(&["get", "--raw", &proxied]).trim_end(), pod);
    let kubelet = format!("/api/v1/nodes/{NODE}/proxy");
    assert_eq!(
        tried.said(&["get", "--raw", &format!("{kubelet}/healthz")]),
        "ok"
    );
    let log = format!("{kubelet}/containerLogs/default/{pod}/c");
    assert_eq!(tried.said(&["get", "--raw", &log]), "begun\n");
    // Nobody else is served there.
    let mut stranger = Command::new("curl");
    stranger.args(["-sk", "-o", "/dev/null", "-w", "%{http_code}"]);
    if let Ok(answer) = stranger.arg("https://10.77.41.2:10250/pods").output() {
        assert_eq!(String::from_utf8_lossy(&answer.stdout), "401");
    }
    let what = [
        "auth",
        "can-i",
        "list",
        "secrets",
        "--as-group=system:nodes",
    ];
    let as_node = format!("--as=system:node:{NODE}");
    let (text, _) = server.kubectl(
        &tried.kubectl,
        &[what.as_slice(), &[as_node.as_str()]].concat(),
    );
    assert!(text.contains("no"), "{text}");
}
