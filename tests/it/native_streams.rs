//! Streams both ways over HTTPS: `exec`, `attach`, `port-forward` and followed logs, with the kubectl that is on PATH, over
//! WebSocket and over SPDY, and with the program's own.

#![allow(clippy::unwrap_used)]

use crate::native::{Kubectl, Server, real_kubectl};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What makes client-go use SPDY where it would try WebSocket first.
const SPDY: [(&str, &str); 2] = [
    ("KUBECTL_REMOTE_COMMAND_WEBSOCKETS", "false"),
    ("KUBECTL_PORT_FORWARD_WEBSOCKETS", "false"),
];

const PODS: &str = "apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: box}
spec: {containers: [{name: box, image: busybox, command: [sleep, '3600']}]}
---
apiVersion: v1
kind: Pod
metadata: {name: counter}
spec:
  containers: [{name: counter, image: busybox, command: [sh, -c, 'for i in 1 2 3; do echo line $i; sleep 1; done']}]
  restartPolicy: Never
";

struct Player<'a> {
    server: &'a Server,
    kubectl: &'a Kubectl,
    spdy: bool,
}

impl Player<'_> {
    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.kubectl.command(args);
        command
            .env("KUBECONFIG", self.server.dir.join("kubeconfig"))
            .env("HOME", &self.server.dir)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if self.spdy {
            command.envs(SPDY);
        }
        command
    }

    /// Standard output, standard error and exit code.
    fn play(&self, args: &[&str], input: &[u8]) -> (String, String, Option<i32>) {
        let mut child = self.command(args).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        // A command that ends early takes no more.
        let writing = std::thread::spawn(move || stdin.write_all(&input).is_ok());
        let output = child.wait_with_output().unwrap();
        writing.join().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        (
            text(output.stdout),
            text(output.stderr),
            output.status.code(),
        )
    }

    fn exec(&self) {
        let both = [
            "exec",
            "box",
            "--",
            "sh",
            "-c",
            "echo out; echo err >&2; exit 3",
        ];
        let (out, err, code) = self.play(&both, b"");
        assert_eq!((out.as_str(), code), ("out\n", Some(3)), "{err}");
        assert!(err.contains("err\n"), "{err}");
        assert!(err.contains("command terminated with exit code 3"), "{err}");
        // Input that ends lets the program end; more than fits into one message.
        let much = vec![b'x'; 300_000];
        let (out, err, code) = self.play(&["exec", "-i", "box", "--", "wc", "-c"], &much);
        assert_eq!((out.trim(), code), ("300000", Some(0)), "{err}");
        let (out, err, code) = self.play(&["exec", "-i", "box", "--", "cat"], &much[..100_000]);
        assert_eq!((out.len(), code), (100_000, Some(0)), "{err}");
        let (_, err, code) = self.play(&["exec", "box", "--", "nosuch"], b"");
        assert_eq!(code, Some(1));
        assert!(
            err.contains("exec: \"nosuch\": executable file not found in $PATH"),
            "{err}"
        );
        let url = "https://kubernetes.default/version";
        let (out, err, _) = self.play(&["exec", "web", "--", "curl", "-sSk", url], b"");
        assert!(out.contains("v1.36"), "the API is reached: {out}{err}");
        let (_, err, _) = self.play(&["exec", "nobody", "--", "true"], b"");
        assert!(err.contains("pods \"nobody\" not found"), "{err}");
    }

    /// A command whose client goes away goes, too.
    fn gone(&self) {
        let busy = "while true; do date +%s%N >/tmp/alive; sleep 1; done";
        let mut child = self
            .command(&["exec", "box", "--", "sh", "-c", busy])
            .spawn()
            .unwrap();
        // Whether it still writes, as seen over more than a second of the cluster.
        let writes = || {
            let look = || {
                self.play(&["exec", "box", "--", "cat", "/tmp/alive"], b"")
                    .0
            };
            let before = look();
            std::thread::sleep(Duration::from_millis(700));
            before != look()
        };
        let wait = |wanted: bool| {
            let begin = Instant::now();
            while writes() != wanted {
                assert!(
                    begin.elapsed() < Duration::from_secs(20),
                    "writes: {wanted}"
                );
            }
        };
        wait(true);
        child.kill().unwrap();
        child.wait().unwrap();
        wait(false);
    }

    fn attach(&self) {
        let (mut child, begin) = (
            self.command(&["attach", "web"]).spawn().unwrap(),
            Instant::now(),
        );
        let seen = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for line in seen.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        // The container's own output tells of what is asked for, as soon as the client looks on.
        loop {
            let url = "http://localhost/attached";
            self.play(&["exec", "web", "--", "curl", "-s", url], b"");
            let line = lines.recv_timeout(Duration::from_millis(500));
            if line.is_ok_and(|l| l.contains("GET /attached")) {
                break;
            }
            assert!(begin.elapsed() < Duration::from_secs(30), "nothing is seen");
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// The port that is listened at for a port of a pod.
    fn forward(&self, target: &str, port: &str) -> (Child, u16) {
        let words = ["port-forward", "--address", "127.0.0.1", target, port];
        let mut child = self.command(&words).spawn().unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let rest = line
            .strip_prefix("Forwarding from 127.0.0.1:")
            .expect(&line);
        let port = rest.split(' ').next().unwrap().parse().expect(&line);
        // The rest of what it says is read, so that it may say it.
        std::thread::spawn(move || out.lines().map_while(Result::ok).count());
        (child, port)
    }

    fn port_forward(&self) {
        let (mut child, port) = self.forward("pod/web", ":80");
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        // A request in pieces, and another one on the same connection.
        stream.write_all(b"GET / HTTP/1.1\r\nHo").unwrap();
        std::thread::sleep(Duration::from_millis(100));
        stream.write_all(b"st: web\r\n\r\n").unwrap();
        let mut bytes = [0; 4096];
        let mut text = String::new();
        while !text.ends_with("</html>\n") {
            let count = stream.read(&mut bytes).unwrap();
            assert!(count > 0, "{text}");
            text.push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
        assert!(
            text.starts_with("HTTP/1.1 200 OK\r\nServer: nginx"),
            "{text}"
        );
        let last = b"GET /nope HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n";
        stream.write_all(last).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert!(text.starts_with("HTTP/1.1 404 Not Found\r\n"), "{text}");
        child.kill().unwrap();
        child.wait().unwrap();

        let (mut child, port) = self.forward("pod/web", ":81");
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        assert_eq!(
            stream.read(&mut bytes).unwrap_or(0),
            0,
            "nothing listens there"
        );
        let _ = child.kill();
        let mut err = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut err)
            .unwrap();
        child.wait().unwrap();
        assert!(err.contains("connect: connection refused"), "{err}");
    }

    fn logs(&self) {
        let (out, err, code) = self.play(&["logs", "-f", "counter"], b"");
        assert_eq!(
            (out.as_str(), code),
            ("line 1\nline 2\nline 3\n", Some(0)),
            "{err}"
        );
    }
}

fn play(kubectl: &Kubectl, carriers: &[bool]) {
    let server = Server::start(&["--nodes", "1", "--speed", "4"]);
    std::fs::write(server.dir.join("pods.yaml"), PODS).unwrap();
    server.said(kubectl, &["apply", "-f", "pods.yaml"]);
    let ready = [
        "wait",
        "--for=condition=Ready",
        "pod/web",
        "pod/box",
        "--timeout=60s",
    ];
    server.said(kubectl, &ready);
    let started = "--for=jsonpath={.status.startTime}";
    server.said(kubectl, &["wait", started, "pod/counter", "--timeout=60s"]);
    for spdy in carriers {
        let player = Player {
            server: &server,
            kubectl,
            spdy: *spdy,
        };
        player.exec();
        player.gone();
        player.attach();
        player.port_forward();
        player.logs();
    }
}

#[test]
fn a_real_kubectl_reaches_containers() {
    if let Some(kubectl) = real_kubectl() {
        play(&kubectl, &[false, true]);
    }
}

#[test]
fn its_own_kubectl_reaches_containers_over_the_network() {
    play(&Kubectl::Own, &[false]);
}
