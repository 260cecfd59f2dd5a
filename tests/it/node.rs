//! This machine as a node: real containers of the installed containerd, driven by an unmodified kubectl. Needs root, containerd, runc,
//! the CNI plugins, a static busybox and kubectl; says so loudly where it is skipped.

#![allow(clippy::unwrap_used)]
#![cfg(target_os = "linux")]

use crate::native::{Kubectl, PROGRAM, Server, real_kubectl, temporary, upgraded};
use crate::node_network;
use kubarium::native::node::image::{Entry, archive};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// One at a time: what is on the machine is compared before and after.
pub static ALONE: Mutex<()> = Mutex::new(());
const BUSYBOX: &str = "/bin/busybox";
pub const IMAGE: &str = "registry.example/it/busybox:1";

/// What is missing for real containers.
fn missing() -> Option<String> {
    let found = |program: &str| {
        ["/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin"]
            .iter()
            .any(|dir| Path::new(dir).join(program).exists())
    };
    let own = std::fs::metadata("/proc/self").unwrap();
    if std::os::unix::fs::MetadataExt::uid(&own) != 0 {
        return Some("root".to_owned());
    }
    let programs = ["containerd", "ctr", "runc", "ip", "nft", "nsenter"];
    if let Some(program) = programs.iter().find(|p| !found(p)) {
        return Some((*program).to_owned());
    }
    if kubarium::native::node::network::find_plugins().is_err() {
        return Some("the CNI plugins".to_owned());
    }
    if !Path::new(BUSYBOX).exists() {
        return Some("busybox-static".to_owned());
    }
    None
}

/// A kubectl, where there is all that real containers need.
pub fn ready() -> Option<Kubectl> {
    if let Some(what) = missing() {
        eprintln!("SKIPPED: real containers were not tried, for want of {what}");
        return None;
    }
    real_kubectl()
}

/// A busybox and the names of its programs.
pub fn image() -> Vec<u8> {
    image_named(IMAGE)
}

/// The same under another name, with its name in it, so that it is another image.
fn image_named(name: &str) -> Vec<u8> {
    let busybox = std::fs::read(BUSYBOX).unwrap();
    let folder = |path| Entry {
        path,
        content: b"",
        mode: 0o1777,
        link: "",
    };
    let mut entries = vec![folder("bin/"), folder("tmp/"), folder("etc/")];
    entries.push(Entry {
        path: "bin/busybox",
        content: &busybox,
        mode: 0o755,
        link: "",
    });
    let names = [
        "bin/sh",
        "bin/cat",
        "bin/echo",
        "bin/sleep",
        "bin/httpd",
        "bin/test",
        "bin/touch",
        "bin/id",
        "bin/hostname",
        "bin/tar",
        "bin/sha256sum",
        "bin/wget",
        "bin/nslookup",
        "bin/nc",
    ];
    entries.extend(names.map(|path| Entry {
        path,
        content: b"",
        mode: 0o777,
        link: "busybox",
    }));
    let config = serde_json::json!({"Cmd": ["sh"], "Env": ["PATH=/bin"]});
    entries.push(Entry {
        path: "etc/image",
        content: name.as_bytes(),
        mode: 0o644,
        link: "",
    });
    archive(name, &entries, &config)
}

/// All that a node could leave on a machine.
pub fn footprint() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let text = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    for line in text("/proc/self/mountinfo").lines() {
        found.insert(format!("mount {}", line.split(' ').nth(4).unwrap()));
    }
    for entry in std::fs::read_dir("/sys/class/net").unwrap().flatten() {
        found.insert(format!("interface {:?}", entry.file_name()));
    }
    for line in text("/proc/net/route").lines() {
        found.insert(format!("route {line}"));
    }
    let forward = text("/proc/sys/net/ipv4/ip_forward");
    found.insert(format!("forwarding {}", forward.trim()));
    if let Ok(rules) = Command::new("nft")
        .args(["--stateless", "list", "ruleset"])
        .output()
    {
        found.insert(format!("rules {}", String::from_utf8_lossy(&rules.stdout)));
    }
    let folders = [
        "/run/kubarium",
        "/var/lib/kubarium",
        "/run/containerd",
        "/var/lib/cni",
        "/run/netns",
        "/opt/containerd",
        "/sys/fs/cgroup/kubarium",
        "/sys/fs/cgroup/memory/kubarium",
        "/sys/fs/cgroup/k8s.io",
        "/sys/fs/cgroup/memory/k8s.io",
    ];
    found.extend(
        folders
            .iter()
            .filter(|f| Path::new(f).exists())
            .map(|f| format!("folder {f}")),
    );
    for process in std::fs::read_dir("/proc").unwrap().flatten() {
        let stat = text(&process.path().join("stat").to_string_lossy());
        // Those that ended and were not waited for by whoever is their parent now are not the node's.
        let zombie = stat.contains(") Z ");
        let name = stat.split(['(', ')']).nth(1).unwrap_or_default().to_owned();
        if !zombie && ["containerd", "containerd-shim", "pause", "httpd"].contains(&name.as_str()) {
            found.insert(format!("process {name}"));
        }
    }
    found
}

/// The program with a node, and what tries it.
pub struct Tried {
    pub server: Option<Server>,
    pub kubectl: Kubectl,
    pub name: String,
    pub dir: PathBuf,
    /// More options of the program.
    pub options: Vec<String>,
}

impl Tried {
    pub fn start(kubectl: Kubectl) -> Self {
        Self::start_with(kubectl, "", &[])
    }

    /// With a configuration of its kubelet, where not empty, and more options.
    pub fn start_with(kubectl: Kubectl, kubelet: &str, options: &[&str]) -> Self {
        let dir = temporary();
        std::fs::create_dir_all(&dir).unwrap();
        let name = format!("it-{}", std::process::id());
        std::fs::write(dir.join("cluster.yaml"), format!("name: {name}\n")).unwrap();
        let mut options: Vec<String> = options.iter().map(|o| (*o).to_owned()).collect();
        let file = dir.join("kubelet.yaml");
        let mut text =
            "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n".to_owned();
        // Whether the disk of the machine that runs the tests is full is not what they are about.
        for (field, value) in [
            ("evictionHard", "{memory.available: 1Mi}"),
            ("imageGCHighThresholdPercent", "100"),
        ] {
            if !kubelet.contains(field) {
                writeln!(text, "{field}: {value}").unwrap();
            }
        }
        std::fs::write(&file, text + kubelet).unwrap();
        options.extend(["--kubelet-config".into(), file.to_string_lossy().into()]);
        let mut tried = Self {
            server: None,
            kubectl,
            name,
            dir,
            options,
        };
        tried.begin();
        tried
    }

    /// Takes the image of the tests in.
    pub fn load_image(&self) {
        self.load(IMAGE);
    }

    /// Takes an image in that is called so.
    pub fn load(&self, name: &str) {
        self.load_into(&self.name, name);
    }

    /// The same for a node on this machine that has folders called `node`.
    pub fn load_into(&self, node: &str, name: &str) {
        let tar = self.dir.join("busybox.tar");
        std::fs::write(&tar, image_named(name)).unwrap();
        let loaded = Command::new(PROGRAM)
            .args(["image", "load", "--name", node])
            .arg(&tar)
            .output()
            .unwrap();
        assert!(loaded.status.success(), "{loaded:?}");
    }

    pub fn begin(&mut self) {
        let path = |name: &str| self.dir.join(name).to_string_lossy().into_owned();
        let (config, data) = (path("cluster.yaml"), path("data"));
        let args = [
            "--config",
            &config,
            "--data-dir",
            &data,
            "--runtime",
            "containerd",
            "--containerd-address",
            "private",
            "--nodes",
            "0",
        ];
        let more = self.options.iter().map(String::as_str);
        let args: Vec<&str> = args.into_iter().chain(more).collect();
        self.server = Some(Server::start_in(self.dir.clone(), &args));
    }

    /// Kills the program and starts it again.
    pub fn restart(&mut self) {
        let server = self.server.as_mut().unwrap();
        server.child.kill().unwrap();
        server.child.wait().unwrap();
        // Its folder stays.
        std::mem::forget(self.server.take());
        self.begin();
    }

    pub fn said(&self, args: &[&str]) -> String {
        self.server.as_ref().unwrap().said(&self.kubectl, args)
    }

    pub fn apply(&self, manifest: &str) {
        let file = self.dir.join("manifest.yaml");
        std::fs::write(&file, manifest).unwrap();
        self.said(&["apply", "-f", &file.to_string_lossy()]);
    }

    /// Waits until a command says what is wanted.
    pub fn until(&mut self, args: &[&str], wanted: impl Fn(&str) -> bool) -> String {
        let begin = Instant::now();
        loop {
            let server = self.server.as_mut().unwrap();
            let ended = server.child.try_wait().unwrap();
            assert!(ended.is_none(), "the program has ended: {ended:?}");
            let (text, _) = server.kubectl(&self.kubectl, args);
            if wanted(&text) {
                return text;
            }
            if begin.elapsed() > Duration::from_secs(25) {
                let (events, _) = server.kubectl(&self.kubectl, &["get", "events,pods"]);
                panic!("{args:?}: {text}\n{events}");
            }
            std::thread::sleep(Duration::from_millis(150));
        }
    }

    /// A field of a pod's only container's status.
    pub fn status(&self, pod: &str, field: &str) -> String {
        let path = format!("-o=jsonpath={{.status.containerStatuses[0].{field}}}");
        self.said(&["get", "pod", pod, &path])
    }
}

impl Drop for Tried {
    fn drop(&mut self) {
        // The program first, or it would look after what is being removed.
        self.server = None;
        let _ = Command::new(PROGRAM).args(["down", &self.name]).output();
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

pub fn pod(name: &str, rest: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  terminationGracePeriodSeconds: 1\n  {rest}\n"
    )
}

const WEB: &str = r#"
apiVersion: v1
kind: ConfigMap
metadata: {name: page}
data: {index.html: "first"}
---
apiVersion: v1
kind: Secret
metadata: {name: key}
stringData: {token: s3cret}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      nodeSelector: {kubarium.dev/runtime: containerd}
      terminationGracePeriodSeconds: 1
      securityContext: {fsGroup: 2000}
      containers:
      - name: web
        image: IMAGE
        imagePullPolicy: IfNotPresent
        command: [sh, -c, "echo begun; exec httpd -f -p 8080 -h /page"]
        env: [{name: KEY, valueFrom: {secretKeyRef: {name: key, key: token}}}]
        securityContext: {runAsUser: 1000, readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
        resources: {limits: {cpu: 500m, memory: 32Mi}}
        readinessProbe: {httpGet: {path: /index.html, port: 8080}, periodSeconds: 1}
        volumeMounts: [{name: page, mountPath: /page}, {name: scratch, mountPath: /scratch}, {name: key, mountPath: /key}]
      volumes:
      - {name: page, configMap: {name: page}}
      - {name: scratch, emptyDir: {medium: Memory, sizeLimit: 4Mi}}
      - {name: key, secret: {secretName: key, defaultMode: 0400}}
"#;

#[test]
fn this_machine_runs_pods() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(kubectl) = ready() else { return };
    let before = footprint();
    let mut tried = Tried::start(kubectl);
    tried.load_image();
    let crash = "containers: [{name: c, image: IMAGE, command: [sh, -c, 'echo dying; echo words > /dev/termination-log; exit 3']}]";
    let oom = "restartPolicy: Never\n  containers: [{name: c, image: IMAGE, command: [sh, -c, 'x=a; while true; do x=$x$x; done'], resources: {limits: {memory: 16Mi}}}]";
    let bad = "restartPolicy: Never\n  containers: [{name: c, image: IMAGE, command: [/nope]}]";
    let absent =
        "containers: [{name: c, image: 'registry.example/absent:1', imagePullPolicy: Never}]";
    let refused = "containers: [{name: c, image: IMAGE, volumeMounts: [{name: v, mountPath: /v}]}]\n  volumes: [{name: v, nfs: {server: s, path: /}}]";
    let live = "containers: [{name: c, image: IMAGE, command: [sleep, '1000'], livenessProbe: {exec: {command: [sh, -c, 'test ! -f /tmp/bad']}, periodSeconds: 1, failureThreshold: 1}}]";
    let done = "restartPolicy: Never\n  initContainers: [{name: i, image: IMAGE, command: [sh, -c, 'echo made > /d/x'], volumeMounts: [{name: d, mountPath: /d}]}]\n  containers: [{name: c, image: IMAGE, command: [cat, /d/x], volumeMounts: [{name: d, mountPath: /d}]}]\n  volumes: [{name: d, emptyDir: {}}]";
    let odd = r#"containers:
  - name: page
    image: IMAGE
    command:
    - nc
    - -ll
    - -p
    - '8080'
    - -e
    - sh
    - -c
    - |
      while read -r l; do l=${l%?}; test -z "$l" && break; echo "$l"; done > /tmp/got
      echo -ne 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Odd: 1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n'
      echo -ne '10\r\n<a href="/x">y</\r\n2\r\na>\r\n0\r\n\r\n'
  - name: moved
    image: IMAGE
    command:
    - nc
    - -ll
    - -p
    - '8081'
    - -e
    - sh
    - -c
    - |
      while read -r l; do l=${l%?}; test -z "$l" && break; done
      echo -ne 'HTTP/1.1 302 Found\r\nLocation: /there?a=b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'
  - name: upgraded
    image: IMAGE
    command:
    - nc
    - -ll
    - -p
    - '8083'
    - -e
    - sh
    - -c
    - |
      while read -r l; do l=${l%?}; test -z "$l" && break; done
      echo -ne 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n'
      while read -r l; do echo "said $l"; done"#;
    let mut manifest = WEB.to_owned();
    for (name, rest) in [
        ("odd", odd),
        ("crash", crash),
        ("oom", oom),
        ("bad", bad),
        ("absent", absent),
        ("refused", refused),
        ("live", live),
        ("done", done),
    ] {
        write!(manifest, "{}", pod(name, rest)).unwrap();
    }
    tried.apply(&manifest.replace("IMAGE", IMAGE));
    tried.said(&[
        "wait",
        "--for=condition=Available",
        "deploy/web",
        "--timeout=30s",
    ]);
    tried.said(&["wait", "--for=condition=Ready", "pod/live", "--timeout=20s"]);

    fn shows(tried: &mut Tried, pod: &str, word: &str) {
        tried.until(&["get", "pod", pod, "--no-headers"], |text| {
            text.contains(word)
        });
    }
    shows(&mut tried, "oom", "OOMKilled");
    assert_eq!(tried.status("oom", "state.terminated.exitCode"), "137");
    shows(&mut tried, "crash", "CrashLoopBackOff");
    assert_eq!(
        tried.status(
            "crash",
            "lastState.terminated['exitCode','reason','message']"
        ),
        "3 Error words\n"
    );
    assert_eq!(tried.said(&["logs", "crash", "--previous"]), "dying\n");
    shows(&mut tried, "bad", "StartError");
    shows(&mut tried, "absent", "ErrImageNeverPull");
    shows(&mut tried, "refused", "ContainerCreating");
    let about = "--field-selector=reason=FailedMount,involvedObject.name=refused";
    let why = "MountVolume.SetUp failed for volume \"v\" : volumes of the kind nfs are not supported on a real node";
    tried.until(&["get", "events", about], |text| text.contains(why));
    shows(&mut tried, "done", "Completed");
    assert_eq!(tried.said(&["logs", "done", "-c", "c"]), "made\n");

    streams(&tried);
    commands(&mut tried);
    node_network::reach(&mut tried);
    tried.said(&["exec", "live", "--", "touch", "/tmp/bad"]);
    tried.until(
        &[
            "get",
            "pod",
            "live",
            "-o=jsonpath={.status.containerStatuses[0].restartCount}",
        ],
        |text| text == "1",
    );

    // Killed, its containers go on, and are the same afterwards.
    let ids = |tried: &Tried| {
        let path = "-o=jsonpath={range .items[*]}{.status.containerStatuses[0].containerID} {.status.containerStatuses[0].restartCount}\n{end}";
        tried.said(&["get", "pods", "-l", "app=web", path])
    };
    let of_before = ids(&tried);
    tried.server.as_mut().unwrap().child.kill().unwrap();
    tried.server.as_mut().unwrap().child.wait().unwrap();
    assert!(footprint().contains("process httpd"));
    node_network::lasts();
    std::mem::forget(tried.server.take());
    tried.begin();
    assert_eq!(ids(&tried), of_before);
    node_network::follows(&mut tried);
    tried.said(&[
        "wait",
        "--for=condition=Available",
        "deploy/web",
        "--timeout=10s",
    ]);
    let patch = r#"{"data": {"index.html": "second"}}"#;
    tried.said(&["patch", "configmap", "page", "--patch", patch]);
    let page = ["exec", "deploy/web", "--", "cat", "/page/index.html"];
    tried.until(&page, |text| text == "second");

    assert_eq!(tried.said(&["logs", "done", "-c", "c"]), "made\n");
    let logs = Path::new("/var/lib/kubarium")
        .join(&tried.name)
        .join("logs");
    let kept = std::fs::read_dir(&logs).unwrap().count();
    tried.said(&["delete", "pod", "live", "done", "--wait"]);
    let begin = Instant::now();
    while std::fs::read_dir(&logs).unwrap().count() > kept - 2 {
        assert!(begin.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(50));
    }

    tried.server.as_mut().unwrap().signal("-TERM");
    assert!(
        tried
            .server
            .as_mut()
            .unwrap()
            .child
            .wait()
            .unwrap()
            .success()
    );
    let images = Path::new("/var/lib/kubarium").join(&tried.name);
    assert!(images.join("containerd").exists(), "images are kept");
    drop(tried);
    assert!(!images.exists());
    let after = footprint();
    let left: Vec<_> = after.symmetric_difference(&before).collect();
    assert!(left.is_empty(), "{left:#?}");
}

fn streams(tried: &Tried) {
    let exec = |words: &[&str]| tried.said(&[&["exec", "deploy/web", "--"], words].concat());
    assert_eq!(exec(&["id", "-u"]), "1000\n");
    assert_eq!(exec(&["cat", "/key/token"]), "s3cret");
    assert_eq!(
        exec(&["sh", "-c", "echo $KEY > /scratch/x; cat /scratch/x"]),
        "s3cret\n"
    );
    let server = tried.server.as_ref().unwrap();
    let (text, fine) = server.kubectl(
        &tried.kubectl,
        &[
            "exec",
            "deploy/web",
            "--",
            "sh",
            "-c",
            "echo no >&2; exit 7",
        ],
    );
    assert!(
        !fine && text.contains("exit code 7") && text.contains("no\n"),
        "{text}"
    );
    let token = exec(&["cat", "/var/run/secrets/kubernetes.io/serviceaccount/token"]);
    assert_eq!(token.split('.').count(), 3, "{token}");
    let bare = tried.said(&["logs", "-l", "app=web", "--tail=1"]);
    assert_eq!(bare, "begun\nbegun\n");

    // The end of standard input arrives, and more of it than any buffer holds.
    let words = ["exec", "-i", "deploy/web", "--", "cat"];
    let mut command = tried.kubectl.command(&words);
    command.env("KUBECONFIG", tried.dir.join("kubeconfig"));
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|i| (i * 7 % 251) as u8).collect();
    let sent = bytes.clone();
    let mut input = child.stdin.take().unwrap();
    let writing = std::thread::spawn(move || input.write_all(&sent).unwrap());
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    assert!(output.status.success() && output.stdout == bytes);

    let mut command = tried
        .kubectl
        .command(&["port-forward", "deploy/web", ":8080"]);
    command.env("KUBECONFIG", tried.dir.join("kubeconfig"));
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    said.read_line(&mut line).unwrap();
    let port = line.split([':', ' ']).find_map(|w| w.parse::<u16>().ok());
    let mut connection = TcpStream::connect(("127.0.0.1", port.unwrap())).unwrap();
    connection
        .write_all(b"GET /index.html HTTP/1.0\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("first"), "{answer}");
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Copies files, adds an ephemeral container that sees another one's processes, and asks a pod through the API server.
fn commands(tried: &mut Tried) {
    let file = tried.dir.join("bytes");
    let bytes: Vec<u8> = (0..500_000_u32).map(|i| (i * 13 % 241) as u8).collect();
    std::fs::write(&file, &bytes).unwrap();
    let back = tried.dir.join("back");
    tried.said(&["cp", file.to_str().unwrap(), "live:/tmp/bytes"]);
    tried.said(&["cp", "live:/tmp/bytes", back.to_str().unwrap()]);
    assert!(std::fs::read(back).unwrap() == bytes);

    let image = format!("--image={IMAGE}");
    let words = [
        "debug",
        "live",
        &image,
        "--image-pull-policy=Never",
        "--profile=general",
        "--target=c",
        "-c",
        "look",
        "--",
        "cat",
        "/proc/1/cmdline",
    ];
    tried.said(&words);
    let state = "-o=jsonpath={.status.ephemeralContainerStatuses[0].state.terminated.reason}";
    tried.until(&["get", "pod", "live", state], |text| text == "Completed");
    let seen = tried.said(&["logs", "live", "-c", "look"]);
    assert_eq!(seen.trim_end(), "sleep\x001000\0");

    let name = "-o=jsonpath={.items[0].metadata.name}";
    let name = tried.said(&["get", "pods", "-l", "app=web", name]);
    let path = format!("/api/v1/namespaces/default/pods/{name}:8080/proxy/index.html");
    assert_eq!(tried.said(&["get", "--raw", &path]), "first");

    // What goes to a server and what comes from it, as `curl` sees it at `kubectl proxy`.
    let mut command = tried.kubectl.command(&["proxy", "--port=0"]);
    command.env("KUBECONFIG", tried.dir.join("kubeconfig"));
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    said.read_line(&mut line).unwrap();
    let port = line.trim_end().rsplit(':').next().unwrap();
    let ask = |path: &str| {
        let mut connection = TcpStream::connect(("127.0.0.1", port.parse().unwrap())).unwrap();
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nCookie: a=b\r\nConnection: close\r\n\r\n"
        );
        connection.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        answer.to_ascii_lowercase()
    };
    let odd = "/api/v1/namespaces/default/pods/odd:8080/proxy";
    let page = ask(&format!("{odd}/in/a%20b?x=1"));
    assert!(page.starts_with("http/1.1 200 ok\r\n"), "{page}");
    assert!(page.contains("x-odd: 1\r\n"), "{page}");
    assert!(
        page.contains(&format!("<a href=\"{odd}/x\">y</a>")),
        "{page}"
    );
    let got = tried.said(&["exec", "odd", "--", "cat", "/tmp/got"]);
    let got = got.to_ascii_lowercase();
    assert!(got.starts_with("get /in/a%20b?x=1 http/1.1\n"), "{got}");
    for line in ["cookie: a=b", &format!("x-forwarded-uri: {odd}/in/a%20b")] {
        assert!(got.lines().any(|l| l == line), "{line}: {got}");
    }
    assert!(!got.contains("authorization"), "{got}");
    let moved = ask("/api/v1/namespaces/default/pods/odd:8081/proxy/");
    let location = "location: /api/v1/namespaces/default/pods/odd:8081/proxy/there?a=b\r\n";
    assert!(moved.starts_with("http/1.1 302 "), "{moved}");
    assert!(moved.contains(location), "{moved}");
    let path = "/api/v1/namespaces/default/pods/odd:8083/proxy/";
    let (head, said) = upgraded(&tried.dir.join("kubeconfig"), path);
    assert!(head.starts_with("http/1.1 101 "), "{head}");
    assert_eq!(said, ["said one\n", "said two\n"]);
    let node = "-o=jsonpath={.spec.nodeName}";
    let node = tried.said(&["get", "pod", "odd", node]);
    let kubelet = format!("/api/v1/nodes/{node}/proxy");
    let summary = tried.said(&["get", "--raw", &format!("{kubelet}/stats/summary")]);
    assert!(summary.contains("\"name\":\"odd\""), "{summary}");
    let logs = format!("{kubelet}/containerLogs/default/done/c");
    assert_eq!(tried.said(&["get", "--raw", &logs]), "made\n");
    let nobody = ask("/api/v1/namespaces/default/pods/odd:8082/proxy/");
    assert!(nobody.starts_with("http/1.1 503 "), "{nobody}");
    let why = "error trying to reach service: dial tcp ";
    assert!(
        nobody.contains(why) && nobody.contains(":8082: connect: connection refused"),
        "{nobody}"
    );
    child.kill().unwrap();
    child.wait().unwrap();
}

/// What the program says of a machine that it cannot use.
fn refusal(change: impl FnOnce(&mut Command)) -> String {
    let mut command = Command::new(PROGRAM);
    let dir = temporary();
    command
        .args([
            "up",
            "--ephemeral",
            "--nodes",
            "0",
            "--runtime",
            "containerd",
        ])
        .args(["--listen", "127.0.0.1:0", "--kubeconfig"])
        .arg(dir.join("kubeconfig"))
        .stdin(Stdio::null());
    change(&mut command);
    let output = command.output().unwrap();
    assert!(!output.status.success());
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn machines_that_cannot_run_pods_are_refused() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let said = refusal(|c| {
        c.args(["--speed", "2"]);
    });
    if missing().as_deref() == Some("root") {
        assert!(
            said.contains("needs root: it speaks to containerd"),
            "{said}"
        );
        return;
    }
    assert!(said.contains("real containers run in real time"), "{said}");
    if let Some(what) = missing() {
        return eprintln!("SKIPPED: the rest, for want of {what}");
    }
    let dir = temporary();
    std::fs::create_dir_all(&dir).unwrap();
    let config = dir.join("cluster.yaml");
    std::fs::write(
        &config,
        format!("name: it-refused-{}\n", std::process::id()),
    )
    .unwrap();
    let with = |change: &dyn Fn(&mut Command)| {
        refusal(|c| {
            c.arg("--config").arg(&config);
            change(c);
        })
    };
    let said = with(&|c| {
        c.env("PATH", "/nonexistent")
            .args(["--containerd-address", "private"]);
    });
    assert!(said.contains("containerd is not installed"), "{said}");

    let old = dir.join("containerd");
    std::fs::write(&old, "#!/bin/sh\necho containerd x v1.5.2 y\n").unwrap();
    std::fs::set_permissions(&old, PermissionsExt::from_mode(0o755)).unwrap();
    let path = std::env::var("PATH").unwrap();
    let said = with(&|c| {
        c.env("PATH", format!("{}:{path}", dir.display()))
            .args(["--containerd-address", "private"]);
    });
    assert!(said.contains("containerd 1.5.2 is too old"), "{said}");

    let hung = dir.join("hung.sock");
    let _listens = UnixListener::bind(&hung).unwrap();
    let said = with(&|c| {
        c.arg("--containerd-address").arg(&hung);
    });
    assert!(said.contains("does not answer"), "{said}");
    let name = format!("it-refused-{}", std::process::id());
    let down = Command::new(PROGRAM).args(["down", &name]).output();
    assert!(down.unwrap().status.success());
    std::fs::remove_dir_all(&dir).unwrap();
    assert!(!Path::new("/run/kubarium").join(&name).exists());
}
