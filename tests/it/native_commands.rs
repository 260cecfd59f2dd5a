//! `cp`, `debug` and `proxy` over HTTPS, with the kubectl that is on PATH and with the program's own.

#![allow(clippy::unwrap_used)]

use crate::native::{Kubectl, Server, real_kubectl};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::Duration;

const PODS: &str = "apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: bare}
spec: {containers: [{name: bare, image: 'registry.k8s.io/pause:3.10'}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 8080, targetPort: 80}]}
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
        "ls",
        "-d",
        "/host",
    ];
    let said = server.said(kubectl, &words);
    assert!(said.lines().any(|l| l == "/host"), "{said}");
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

/// What a proxy of kubectl answers.
fn get(port: u16, path: &str, host: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn proxy(server: &Server, kubectl: &Kubectl) {
    let pods = "/api/v1/namespaces/default/pods";
    let services = "/api/v1/namespaces/default/services";
    let welcome = server.said(kubectl, &["get", "--raw", &format!("{pods}/web/proxy/")]);
    assert!(welcome.contains("Welcome to nginx!"), "{welcome}");
    let (said, fine) = server.kubectl(kubectl, &["get", "--raw", &format!("{pods}/web:81/proxy/")]);
    assert!(
        !fine && said.contains("error trying to reach service: dial tcp"),
        "{said}"
    );
    for port in ["", ":8080"] {
        let path = format!("{services}/web{port}/proxy/");
        let said = server.said(kubectl, &["get", "--raw", &path]);
        assert!(said.contains("Welcome to nginx!"), "{path}: {said}");
    }
    let path = format!("{services}/web:81/proxy/");
    let (said, _) = server.kubectl(kubectl, &["get", "--raw", &path]);
    assert!(
        said.contains("no service port 81 found for service \"web\""),
        "{said}"
    );

    let mut child = kubectl
        .command(&["proxy", "--port=0", "--api-prefix=/k8s"])
        .env("KUBECONFIG", server.dir.join("kubeconfig"))
        .env("HOME", &server.dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let port = line
        .trim_end()
        .strip_prefix("Starting to serve on 127.0.0.1:")
        .expect(&line);
    let port = port.parse().unwrap();
    for (path, host, wanted) in [
        (format!("/k8s{pods}"), "localhost", "\"kind\":\"PodList\""),
        (
            format!("/k8s{pods}/web/proxy/"),
            "localhost",
            "Welcome to nginx!",
        ),
        (
            format!("/k8s{pods}/web/exec?command=ls"),
            "localhost",
            "HTTP/1.1 403 Forbidden",
        ),
        (
            format!("/k8s{pods}"),
            "example.org",
            "HTTP/1.1 403 Forbidden",
        ),
        (pods.to_owned(), "localhost", "HTTP/1.1 404 Not Found"),
        (
            format!("/k8s{services}/web/proxy"),
            "localhost",
            "HTTP/1.1 301 Moved Permanently",
        ),
        (
            format!("/k8s{services}/http:web:8080/proxy/?x=1"),
            "localhost",
            "nginx",
        ),
    ] {
        let answer = get(port, &path, host);
        assert!(answer.contains(wanted), "{path} of {host}: {answer}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
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
    proxy(&server, kubectl);
}

#[test]
fn a_real_kubectl_copies_debugs_and_serves() {
    if let Some(kubectl) = real_kubectl() {
        play(&kubectl);
    }
}

#[test]
fn its_own_kubectl_copies_debugs_and_serves() {
    play(&Kubectl::Own);
}
