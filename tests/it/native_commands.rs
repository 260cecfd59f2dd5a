//! `cp` and `debug` over HTTPS, with the kubectl that is on PATH and with the program's own.

#![allow(clippy::unwrap_used)]

use crate::native::{Kubectl, Server, real_kubectl};

const PODS: &str = "apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: bare}
spec: {containers: [{name: bare, image: 'registry.k8s.io/pause:3.10'}]}
";

fn copy(server: &Server, kubectl: &Kubectl) {
    // Every byte, and more than one message of them.
    let bytes: Vec<u8> = (0..200_000u32).map(|n| (n * 7 / 3) as u8).collect();
    let dir = server.dir.join("dir");
    std::fs::create_dir_all(dir.join("sub/empty")).unwrap();
    std::fs::write(dir.join("bytes"), &bytes).unwrap();
    std::fs::write(dir.join("sub/small"), "small").unwrap();
    let _ = std::fs::remove_dir_all(server.dir.join("back"));
    server.said(kubectl, &["cp", "dir", "web:/tmp/dir"]);
    let find = ["exec", "web", "--", "find", "/tmp/dir"];
    let found = server.said(kubectl, &find);
    for path in ["/tmp/dir/bytes", "/tmp/dir/sub/small", "/tmp/dir/sub/empty"] {
        assert!(found.lines().any(|l| l == path), "{path} in {found}");
    }
    let said = server.said(kubectl, &["cp", "web:/tmp/dir", "back"]);
    assert_eq!(said, "tar: Removing leading `/' from member names\n");
    assert!(std::fs::read(server.dir.join("back/bytes")).unwrap() == bytes);
    assert!(server.dir.join("back/sub/empty").is_dir());
    let (said, fine) = server.kubectl(kubectl, &["cp", "dir/bytes", "bare:/tmp/x"]);
    assert!(
        !fine && said.contains("exec: \"tar\": executable file not found"),
        "{said}"
    );
    server.said(kubectl, &["exec", "web", "--", "rm", "-r", "/tmp/dir"]);
}

fn debug(server: &Server, kubectl: &Kubectl, name: &str) {
    let words = [
        "debug",
        "bare",
        "--image=busybox:1.36",
        "--profile=general",
        "--attach",
        "-c",
        name,
        "--",
        "sh",
        "-c",
        "sleep 1; hostname",
    ];
    let said = server.said(kubectl, &words);
    assert!(said.lines().any(|l| l == "bare"), "{said}");
    let state = format!(
        "--for=jsonpath={{.status.ephemeralContainerStatuses[?(@.name==\"{name}\")].state.terminated.exitCode}}=0"
    );
    server.said(kubectl, &["wait", &state, "pod/bare", "--timeout=20s"]);
    let described = server.said(kubectl, &["describe", "pod", "bare"]);
    assert!(described.contains("Ephemeral Containers:\n"), "{described}");
    let node = server.said(
        kubectl,
        &["get", "pod", "bare", "-o", "jsonpath={.spec.nodeName}"],
    );
    let node = format!("node/{node}");
    let words = [
        "debug",
        &node,
        "--image=busybox:1.36",
        "--profile=general",
        "--attach",
        "--",
        "sh",
        "-c",
        "sleep 2; id -un",
    ];
    let said = server.said(kubectl, &words);
    assert!(said.lines().any(|l| l == "root"), "{said}");
    let copy = format!("copy-{name}");
    let to = format!("--copy-to={copy}");
    let words = [
        "debug",
        "web",
        &to,
        "--image=busybox:1.36",
        "-c",
        "shell",
        "--profile=general",
        "--",
        "sleep",
        "100",
    ];
    server.said(kubectl, &words);
    server.said(
        kubectl,
        &[
            "wait",
            "--for=condition=Ready",
            "pod",
            &copy,
            "--timeout=30s",
        ],
    );
}

fn play(kubectl: &Kubectl) {
    let server = Server::start(&["--nodes", "1", "--speed", "4"]);
    std::fs::write(server.dir.join("pods.yaml"), PODS).unwrap();
    server.said(kubectl, &["apply", "-f", "pods.yaml"]);
    let ready = [
        "wait",
        "--for=condition=Ready",
        "pod/web",
        "pod/bare",
        "--timeout=60s",
    ];
    server.said(kubectl, &ready);
    copy(&server, kubectl);
    debug(&server, kubectl, "first");
    debug(&server, kubectl, "second");
}

#[test]
fn a_real_kubectl_copies_and_debugs() {
    if let Some(kubectl) = real_kubectl() {
        play(&kubectl);
    }
}

#[test]
fn its_own_kubectl_copies_and_debugs() {
    play(&Kubectl::Own);
}
