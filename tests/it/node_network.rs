//! What pods of a real node reach: services, names, the API; and what reaches them from this machine.

#![allow(clippy::unwrap_used)]
#![cfg(target_os = "linux")]

use crate::node::{IMAGE, Tried};
use kubarium::native::node::{folders::Folders, network};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Two servers that say who they are, and services before them and before nobody.
const WHO: &str = r##"
apiVersion: v1
kind: ConfigMap
metadata: {name: who}
data: {who: "#!/bin/sh\necho\nhostname\n"}
---
apiVersion: v1
kind: Service
metadata: {name: who}
spec: {clusterIP: None, selector: {app: who}, ports: [{name: http, port: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: front}
spec:
  type: NodePort
  clusterIP: 10.96.0.20
  selector: {app: who}
  ports: [{name: http, port: 80, targetPort: 8080, nodePort: 30080}]
---
apiVersion: v1
kind: Service
metadata: {name: kept}
spec: {clusterIP: 10.96.0.21, sessionAffinity: ClientIP, selector: {app: who}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: hollow}
spec: {clusterIP: 10.96.0.22, selector: {app: nobody}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: elsewhere}
spec: {type: ExternalName, externalName: front.default.svc.cluster.local}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: who}
spec:
  serviceName: who
  podManagementPolicy: Parallel
  replicas: 2
  selector: {matchLabels: {app: who}}
  template:
    metadata: {labels: {app: who}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - {name: c, image: IMAGE, command: [httpd, -f, -p, '8080', -h, /site], volumeMounts: [{name: site, mountPath: /site}]}
      volumes: [{name: site, configMap: {name: who, defaultMode: 0755, items: [{key: who, path: cgi-bin/who}]}}]
"##;

/// After a kill controllers wait for the old leader's lease to run out.
const PATIENCE: Duration = Duration::from_secs(60);
const FRONT: &str = "10.96.0.20:80";
const KEPT: &str = "10.96.0.21:80";
const HOLLOW: &str = "10.96.0.22:80";

/// Who answers at an address.
fn who(address: &str) -> std::io::Result<String> {
    let address: SocketAddr = address.parse().unwrap();
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(2))?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    stream.write_all(b"GET /cgi-bin/who HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let last = answer.lines().last().unwrap_or_default();
    Ok(last.to_owned())
}

/// Asks until somebody's answers fit, each time `n` of them.
fn until(address: &str, n: usize, fits: impl Fn(&[String]) -> bool) {
    let begin = Instant::now();
    loop {
        let answers: Result<Vec<_>, _> = (0..n).map(|_| who(address)).collect();
        if answers.as_ref().is_ok_and(|answers| fits(answers)) {
            return;
        }
        assert!(begin.elapsed() < PATIENCE, "{address}: {answers:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Whether answers come from both servers.
fn both(answers: &[String]) -> bool {
    ["who-0", "who-1"]
        .iter()
        .all(|name| answers.iter().any(|a| a == name))
}

/// From the node's own network.
fn inside(tried: &Tried, address: &'static str) -> std::io::Result<String> {
    let namespace = network::namespace(&Folders::new(&tried.name));
    network::enter(&namespace, move || who(address))
}

/// Makes the servers, and tries all ways to them.
pub fn reach(tried: &mut Tried) {
    tried.apply(&WHO.replace("IMAGE", IMAGE));
    tried.said(&["rollout", "status", "statefulset/who", "--timeout=30s"]);
    services(tried);
    names(tried);
    api(tried);
    policies(tried);
}

fn services(tried: &Tried) {
    until(FRONT, 24, both);
    until("192.168.127.2:30080", 24, both);
    until(KEPT, 16, |answers| answers.iter().all(|a| *a == answers[0]));
    assert_eq!(
        who(HOLLOW).unwrap_err().kind(),
        ErrorKind::ConnectionRefused
    );
    // A port that the service does not have, and an address that no service has.
    assert_eq!(
        who("10.96.0.20:81").unwrap_err().kind(),
        ErrorKind::ConnectionRefused
    );
    for address in [FRONT, "192.168.127.1:30080", "192.168.127.2:30080"] {
        let answer = inside(tried, address).unwrap();
        assert!(answer.starts_with("who-"), "{address}: {answer}");
    }
    assert_eq!(
        inside(tried, HOLLOW).unwrap_err().kind(),
        ErrorKind::ConnectionRefused
    );
    // From a pod by name, where it may be handed to itself.
    let script = "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do wget -q -O - http://front/cgi-bin/who; done; wget -q -O - http://hollow/";
    let server = tried.server.as_ref().unwrap();
    let words = ["exec", "who-0", "--", "sh", "-c", script];
    let (text, fine) = server.kubectl(&tried.kubectl, &words);
    assert!(!fine && text.contains("onnection refused"), "{text}");
    let answers: Vec<String> = text.lines().map(str::to_owned).collect();
    assert!(both(&answers), "{text}");
}

fn names(tried: &Tried) {
    let look = |words: &[&str]| {
        let all = [&["exec", "who-0", "--", "nslookup"], words].concat();
        let server = tried.server.as_ref().unwrap();
        server.kubectl(&tried.kubectl, &all)
    };
    let (text, fine) = look(&["front.default.svc.cluster.local"]);
    assert!(fine && text.contains("10.96.0.10:53"), "{text}");
    assert!(text.contains("Address: 10.96.0.20"), "{text}");
    let (text, _) = look(&["-type=a", "who.default.svc.cluster.local"]);
    assert_eq!(text.matches("Address: 10.243.0.").count(), 2, "{text}");
    let (text, _) = look(&["-type=a", "who-1.who.default.svc.cluster.local"]);
    assert_eq!(text.matches("Address: 10.243.0.").count(), 1, "{text}");
    let (text, _) = look(&["-type=srv", "_http._tcp.front.default.svc.cluster.local"]);
    assert!(
        text.contains("service = 0 100 80 front.default.svc.cluster.local"),
        "{text}"
    );
    let (text, _) = look(&["10.96.0.20"]);
    assert!(
        text.contains("name = front.default.svc.cluster.local"),
        "{text}"
    );
    let (text, _) = look(&["elsewhere.default.svc.cluster.local"]);
    assert!(
        text.contains("canonical name = front.default.svc.cluster.local"),
        "{text}"
    );
    let (text, fine) = look(&["nobody.default.svc.cluster.local"]);
    assert!(!fine && text.contains("NXDOMAIN"), "{text}");
    // Nobody knows the address of version 6, but the name is there.
    let (text, _) = look(&["-type=aaaa", "front.default.svc.cluster.local"]);
    assert!(!text.contains("NXDOMAIN"), "{text}");
    let conf = tried.said(&["exec", "who-0", "--", "cat", "/etc/resolv.conf"]);
    let first = conf.lines().next().unwrap();
    assert!(
        first.starts_with("search default.svc.cluster.local svc.cluster.local cluster.local"),
        "{conf}"
    );
    assert!(conf.contains("nameserver 10.96.0.10\n"), "{conf}");
}

fn api(tried: &Tried) {
    // Its certificate holds for the service's address: kubectl looks.
    for server in ["https://10.96.0.1", "https://192.168.127.2:6443"] {
        let said = tried.said(&["--server", server, "get", "--raw", "/readyz"]);
        assert_eq!(said, "ok");
    }
    // What the pod was given is all that it needs.
    let folder = "/var/run/secrets/kubernetes.io/serviceaccount";
    let file = |name: &str| {
        let path = [folder, "/", name].concat();
        tried.said(&["exec", "who-0", "--", "cat", &path])
    };
    let (ca, nothing) = (tried.dir.join("ca.crt"), tried.dir.join("nothing"));
    std::fs::write(&ca, file("ca.crt")).unwrap();
    std::fs::write(&nothing, "").unwrap();
    let said = tried.said(&[
        "--kubeconfig",
        &nothing.to_string_lossy(),
        "--server",
        "https://10.96.0.1:443",
        "--certificate-authority",
        &ca.to_string_lossy(),
        "--token",
        &file("token"),
        "auth",
        "whoami",
    ]);
    assert!(
        said.contains("system:serviceaccount:default:default"),
        "{said}"
    );
    // The pod's own busybox speaks no TLS that the server would take, but the server says who it is.
    let script = r"printf 'GET / HTTP/1.0\r\n\r\n' | nc -w 2 kubernetes.default.svc $KUBERNETES_SERVICE_PORT";
    let said = tried.said(&["exec", "who-0", "--", "sh", "-c", script]);
    assert!(
        said.contains("an HTTP request to an HTTPS server"),
        "{said}"
    );
}

/// Lets nobody to the servers, or those with a label.
fn policy(ingress: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: shut}}\n\
         spec: {{podSelector: {{matchLabels: {{app: who}}}}, policyTypes: [Ingress], ingress: {ingress}}}\n"
    )
}

fn policies(tried: &mut Tried) {
    let path = "-o=jsonpath={.status.podIP}";
    let ip = tried.said(&["get", "pod", "who-1", path]);
    let script = format!("nc -w 1 {ip} 8080 < /dev/null && echo open || echo shut");
    let knock = ["exec", "who-0", "--", "sh", "-c", &script];
    assert_eq!(tried.said(&knock), "open\n");
    tried.apply(&policy("[]"));
    tried.until(&knock, |text| text.contains("shut"));
    // The node reaches its own pods, and they are still asked whether they are ready.
    until(FRONT, 24, both);
    tried.apply(&policy(
        "[{from: [{podSelector: {matchLabels: {app: who}}}], ports: [{port: 8080}]}]",
    ));
    tried.until(&knock, |text| text.contains("open"));
    tried.said(&["delete", "networkpolicy", "shut"]);
}

/// While the program is dead, what it left goes on.
pub fn lasts() {
    until(FRONT, 24, both);
}

/// After another start, rules follow again.
pub fn follows(tried: &mut Tried) {
    until(FRONT, 24, both);
    tried.said(&["scale", "statefulset/who", "--replicas=1"]);
    until(FRONT, 24, |answers| answers.iter().all(|a| a == "who-0"));
    tried.said(&["delete", "service", "kept"]);
    let begin = Instant::now();
    // Where the address leads nowhere in the cluster, something else may answer beyond it.
    while who(KEPT).is_ok_and(|answer| answer.starts_with("who-")) {
        assert!(begin.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(100));
    }
    let said = tried.said(&[
        "exec",
        "who-0",
        "--",
        "nslookup",
        "front.default.svc.cluster.local",
    ]);
    assert!(said.contains("10.96.0.20"), "{said}");
    assert_eq!(
        tried.said(&["--server", "https://10.96.0.1", "get", "--raw", "/readyz"]),
        "ok"
    );
}
