//! APIs that another server serves behind this one: a server of the test's, with objects, watches and discovery, used by kubectl as if
//! they were the cluster's own.

#![allow(clippy::unwrap_used)]

use crate::native::{Kubectl, Server, connect, real_kubectl, upgraded};
use crate::native_webhooks::{authority, request};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kubarium::native::authn::AnyCertificate;
use kubarium::native::trusting::trusting;
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, TcpListener, TcpStream, UdpSocket};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const GROUP: &str = "wardle.example.com";
const VERSION: &str = "v1alpha1";
const NAME: &str = "v1alpha1.wardle.example.com";

/// A request that came.
#[derive(Clone)]
struct Asked {
    line: String,
    headers: Vec<(String, String)>,
    body: String,
    certificate: Option<CertificateDer<'static>>,
}

impl Asked {
    fn all(&self, name: &str) -> Vec<&str> {
        let of_name = self.headers.iter().filter(|(k, _)| k == name);
        of_name.map(|(_, v)| v.as_str()).collect()
    }
}

/// The server: flunders in namespaces. It goes on until the tests end.
struct Wardle {
    port: u16,
    ca: String,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    asked: Mutex<Vec<Asked>>,
    flunders: Mutex<Vec<Value>>,
    /// What it answers to everything, where it is not well.
    broken: Mutex<Option<u16>>,
    /// Whether it knows discovery in one document.
    modern: bool,
}

impl Wardle {
    /// One whose certificate is for these names.
    fn start(names: &[&str], modern: bool) -> Self {
        let ca = authority();
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
        let params = CertificateParams::new(names).unwrap();
        let certificate = params.signed_by(&key, &ca).unwrap();
        let chain = vec![CertificateDer::from(certificate.der().to_vec())];
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let named = CertificateDer::from(ca.der().to_vec());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(Arc::new(AnyCertificate::new(named).unwrap()))
            .with_single_cert(chain, key)
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("0.0.0.0:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            modern,
            ..Shared::default()
        });
        let of_all = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, shared) = (config.clone(), of_all.clone());
                std::thread::spawn(move || {
                    let _ = serve(stream, config, &shared);
                });
            }
        });
        Wardle {
            port,
            ca: ca.pem(),
            shared,
        }
    }

    fn asked(&self, line: &str) -> Vec<Asked> {
        let asked = self.shared.asked.lock().unwrap();
        let fits = asked.iter().filter(|a| a.line.starts_with(line));
        fits.cloned().collect()
    }

    /// The service that leads to it, without endpoints.
    fn service(&self) -> Value {
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "api", "namespace": "wardle"},
            "spec": {"ports": [{"name": "https", "port": 443, "targetPort": self.port}]}})
    }

    fn endpoints(&self, address: IpAddr) -> Value {
        json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {"name": "api-1", "namespace": "wardle", "labels": {"kubernetes.io/service-name": "api"}},
            "endpoints": [{"addresses": [address.to_string()]}], "ports": [{"name": "https", "port": self.port}]})
    }

    fn registration(&self, ca: &str) -> Value {
        json!({"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": NAME},
            "spec": {"group": GROUP, "version": VERSION, "groupPriorityMinimum": 17_810, "versionPriority": 15,
                "caBundle": STANDARD.encode(ca), "service": {"namespace": "wardle", "name": "api"}}})
    }
}

fn flunder(name: &str) -> Value {
    json!({"apiVersion": format!("{GROUP}/{VERSION}"), "kind": "Flunder",
        "metadata": {"name": name, "namespace": "default", "uid": format!("uid-{name}"), "resourceVersion": "7",
            "creationTimestamp": "2020-01-01T00:00:00Z"}})
}

fn resources() -> Value {
    json!([{"name": "flunders", "singularName": "flunder", "namespaced": true, "kind": "Flunder",
        "shortNames": ["fl"], "verbs": ["create", "delete", "get", "list", "watch"]}])
}

/// What it answers: code, media type and text; none for a watch.
fn answer(line: &str, body: &str, shared: &Shared) -> Option<(u16, &'static str, String)> {
    let json = "application/json";
    let said = |code, value: Value| Some((code, json, value.to_string()));
    if let Some(code) = *shared.broken.lock().unwrap() {
        return said(code, json!({}));
    }
    let (method, path) = line.split_once(' ').unwrap();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let base = format!("/apis/{GROUP}/{VERSION}");
    if path == "/apis" && shared.modern {
        let kind = json!({"group": GROUP, "version": VERSION, "kind": "Flunder"});
        return said(
            200,
            json!({"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": [
                {"metadata": {"name": GROUP}, "versions": [{"version": VERSION, "resources": [
                    {"resource": "flunders", "responseKind": kind, "scope": "Namespaced", "singularResource": "flunder",
                        "verbs": ["create", "delete", "get", "list", "watch"], "shortNames": ["fl"]}]}]}]}),
        );
    }
    if path == base {
        return said(
            200,
            json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": format!("{GROUP}/{VERSION}"), "resources": resources()}),
        );
    }
    let document = format!("/openapi/v3{base}");
    if path == "/openapi/v3" {
        let mut paths = json!({});
        paths[base.trim_start_matches('/')] =
            json!({"serverRelativeURL": format!("{document}?hash=1")});
        return said(200, json!({"paths": paths}));
    }
    if path == document {
        let gvk = json!({"group": GROUP, "version": VERSION, "kind": "Flunder"});
        let mut paths = json!({});
        paths[format!("{base}/namespaces/{{namespace}}/flunders")]["get"] =
            json!({"x-kubernetes-action": "list", "x-kubernetes-group-version-kind": gvk});
        let gvk = json!([gvk]);
        return said(
            200,
            json!({"openapi": "3.0.0", "info": {"title": "wardle", "version": "1"}, "paths": paths, "components": {"schemas": {
                "com.example.Flunder": {"type": "object", "description": "Flunder is what this server is about.",
                    "properties": {"apiVersion": {"type": "string"}}, "x-kubernetes-group-version-kind": gvk}}}}),
        );
    }
    let Some(rest) = path.strip_prefix(&base) else {
        return said(404, json!({"kind": "Status", "code": 404}));
    };
    let mut all = shared.flunders.lock().unwrap();
    let name = rest.rsplit_once("/flunders").map_or("", |(_, n)| n);
    let name = name.trim_start_matches('/');
    let at = all.iter().position(|f| f["metadata"]["name"] == name);
    match (method, at) {
        ("GET", _) if query.contains("watch=") => None,
        ("GET", None) if name.is_empty() => said(
            200,
            json!({"kind": "FlunderList", "apiVersion": format!("{GROUP}/{VERSION}"), "metadata": {"resourceVersion": "7"}, "items": *all}),
        ),
        ("GET", Some(at)) => said(200, all[at].clone()),
        ("POST", _) => {
            let mut made: Value = serde_json::from_str(body).unwrap();
            let full = flunder(made["metadata"]["name"].as_str().unwrap());
            made["metadata"] = full["metadata"].clone();
            all.push(made.clone());
            said(201, made)
        }
        ("DELETE", Some(at)) => {
            all.remove(at);
            said(
                200,
                json!({"kind": "Status", "apiVersion": "v1", "status": "Success"}),
            )
        }
        _ => said(
            404,
            json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404,
                "message": format!("flunders.{GROUP} \"{name}\" not found"),
                "details": {"group": GROUP, "kind": "flunders", "name": name}}),
        ),
    }
}

fn serve(stream: TcpStream, config: Arc<ServerConfig>, shared: &Shared) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let connection = ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut tls = StreamOwned::new(connection, stream);
    let mut piece = [0; 4096];
    let Some((head, body)) = request(&mut tls)? else {
        return Ok(());
    };
    let mut lines = head.lines();
    let line = lines
        .next()
        .unwrap()
        .trim_end_matches(" HTTP/1.1")
        .to_owned();
    let headers = lines.filter_map(|l| l.split_once(": "));
    let headers = headers
        .map(|(k, v)| (k.to_lowercase(), v.to_owned()))
        .collect();
    let shown = tls.conn.peer_certificates().and_then(|c| c.first());
    let certificate = shown.map(|c| c.clone().into_owned());
    shared.asked.lock().unwrap().push(Asked {
        line: line.clone(),
        headers,
        body: body.clone(),
        certificate,
    });
    if line.contains("/moved") {
        let to = "https://elsewhere.test/";
        write!(
            tls,
            "HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n"
        )?;
        return tls.flush();
    }
    if line.contains("/connect?") {
        write!(
            tls,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n"
        )?;
        loop {
            tls.flush()?;
            let n = tls.read(&mut piece)?;
            if n == 0 {
                return Ok(());
            }
            tls.write_all(&piece[..n].to_ascii_uppercase())?;
        }
    }
    match answer(&line, &body, shared) {
        Some((code, kind, text)) => {
            let length = text.len();
            write!(
                tls,
                "HTTP/1.1 {code} Said\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{text}"
            )?;
        }
        None => {
            write!(
                tls,
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
            )?;
            for (i, name) in ["early", "late"].into_iter().enumerate() {
                std::thread::sleep(Duration::from_millis(700 * i as u64));
                let event = format!("{}\n", json!({"type": "ADDED", "object": flunder(name)}));
                write!(tls, "{:x}\r\n{event}\r\n", event.len())?;
                tls.flush()?;
            }
            // The client goes first.
            let _ = tls.read(&mut piece);
        }
    }
    tls.flush()?;
    tls.conn.send_close_notify();
    tls.flush()
}

/// An address of this machine that endpoints may have.
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let ip = socket.local_addr().ok()?.ip();
    if ip.is_loopback() || ip.is_unspecified() {
        eprintln!("SKIPPED: this machine has no address but its own loopback's");
        return None;
    }
    Some(ip)
}

fn put(server: &Server, object: &Value) {
    let file = server.dir.join("object.json");
    std::fs::write(&file, object.to_string()).unwrap();
    server.said(&Kubectl::Own, &["apply", "-f", file.to_str().unwrap()]);
}

/// Waits until the condition says something; what it says at last.
fn condition(server: &Server, wanted: &str) {
    let path = "jsonpath={.status.conditions[?(@.type=='Available')]['status','reason','message']}";
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        let said = server.said(&Kubectl::Own, &["get", "apiservice", NAME, "-o", path]);
        if said == wanted {
            return;
        }
        assert!(Instant::now() < end, "{said}, and not {wanted}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn apis_of_another_server_are_used(kubectl: &Kubectl, modern: bool) {
    let Some(address) = own_address() else {
        return;
    };
    let wardle = Wardle::start(&["api.wardle.svc"], modern);
    let server = Server::start(&["--profile", "reference", "--nodes", "1"]);
    server.said(kubectl, &["create", "namespace", "wardle"]);

    // One thing after the other that is missing.
    put(&server, &wardle.registration(&wardle.ca));
    condition(
        &server,
        "False ServiceNotFound service/api in \"wardle\" is not present",
    );
    let (text, fine) = server.kubectl(
        kubectl,
        &["get", "--raw", "/apis/wardle.example.com/v1alpha1"],
    );
    assert!(
        !fine && (text.contains("unavailable") || text.contains("unable to handle")),
        "{text}"
    );
    put(&server, &wardle.service());
    condition(
        &server,
        "False EndpointsNotFound cannot find endpointslices for service/api in \"wardle\"",
    );
    let mut other_port = wardle.endpoints(address);
    other_port["ports"][0]["name"] = "other".into();
    put(&server, &other_port);
    condition(
        &server,
        "False MissingEndpoints endpointslices for service/api in \"wardle\" have no addresses with port name \"https\"",
    );
    server.said(
        kubectl,
        &["delete", "endpointslice", "-n", "wardle", "api-1"],
    );
    *wardle.shared.broken.lock().unwrap() = Some(500);
    put(&server, &wardle.endpoints(address));
    let ip = server.said(
        kubectl,
        &[
            "get",
            "service",
            "-n",
            "wardle",
            "api",
            "-o",
            "jsonpath={.spec.clusterIP}",
        ],
    );
    let url = format!("https://{ip}:443/apis/wardle.example.com/v1alpha1");
    condition(
        &server,
        &format!(
            "False FailedDiscoveryCheck failing or missing response from {url}: bad status from {url}: 500"
        ),
    );
    *wardle.shared.broken.lock().unwrap() = None;
    condition(&server, "True Passed all checks passed");
    let table = server.said(kubectl, &["get", "apiservices"]);
    let row = table.lines().find(|l| l.starts_with(NAME)).unwrap();
    assert_eq!(
        row.split_whitespace().collect::<Vec<_>>()[1..3],
        ["wardle/api", "True"]
    );

    // Used as any other API.
    let all = server.said(kubectl, &["api-resources", "--no-headers"]);
    let row: Vec<&str> = all
        .lines()
        .find(|l| l.starts_with("flunders"))
        .unwrap_or_else(|| panic!("{all}"))
        .split_whitespace()
        .collect();
    assert_eq!(
        row,
        [
            "flunders",
            "fl",
            "wardle.example.com/v1alpha1",
            "true",
            "Flunder"
        ]
    );
    let groups = server.said(kubectl, &["api-versions"]);
    assert!(groups.contains("wardle.example.com/v1alpha1"), "{groups}");
    let groups = server.said(kubectl, &["get", "--raw", "/apis"]);
    let groups: Value = serde_json::from_str(&groups).unwrap();
    let names = groups["groups"].as_array().unwrap().iter();
    let names: Vec<&str> = names.filter_map(|g| g["name"].as_str()).collect();
    // By its priority, between the group of APIServices and all else.
    assert_eq!(names[..3], ["apiregistration.k8s.io", GROUP, "apps"]);
    let file = server.dir.join("flunder.json");
    let mut object = flunder("first");
    object["metadata"] = json!({"name": "first", "namespace": "default"});
    object["spec"] = json!({"any": "thing"});
    std::fs::write(&file, object.to_string()).unwrap();
    server.said(kubectl, &["create", "-f", file.to_str().unwrap()]);
    let posted =
        &wardle.asked("POST /apis/wardle.example.com/v1alpha1/namespaces/default/flunders");
    assert_eq!(posted.len(), 1);
    assert!(posted[0].line.contains("fieldManager=kubectl-create"));
    let sent: Value = serde_json::from_str(&posted[0].body).unwrap();
    assert_eq!(sent["spec"]["any"], "thing");
    let text = server.said(kubectl, &["get", "fl"]);
    assert!(text.contains("first"), "{text}");
    let (text, fine) = server.kubectl(kubectl, &["get", "flunder", "none"]);
    let missing = "Error from server (NotFound): flunders.wardle.example.com \"none\" not found";
    assert!(!fine && text.contains(missing), "{text}");
    if matches!(kubectl, Kubectl::Real(_)) {
        let text = server.said(kubectl, &["explain", "flunder"]);
        assert!(text.contains("what this server is about"), "{text}");
    }

    // Who asks is told, and by whom that is known.
    let asked = wardle.asked("GET /apis/wardle.example.com/v1alpha1/namespaces/default/flunders");
    let asked = asked.last().unwrap();
    assert_eq!(asked.all("x-remote-user"), ["kubernetes-admin"]);
    let groups = asked.all("x-remote-group");
    assert!(groups.contains(&"system:masters"), "{groups:?}");
    assert!(asked.all("authorization").is_empty());
    let trusted = server.said(
        kubectl,
        &[
            "get",
            "configmap",
            "-n",
            "kube-system",
            "extension-apiserver-authentication",
            "-o",
            "jsonpath={.data.requestheader-client-ca-file}",
        ],
    );
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(trusted.as_bytes()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    let shown = asked.certificate.as_ref().unwrap();
    let verified = verifier
        .build()
        .unwrap()
        .verify_client_cert(shown, &[], UnixTime::now());
    assert!(verified.is_ok(), "{verified:?}");

    // Connections that change the protocol go both ways.
    let path = "/apis/wardle.example.com/v1alpha1/namespaces/default/flunders/first/connect?a=b";
    let (head, said) = upgraded(&server.dir.join("kubeconfig"), path);
    assert!(head.starts_with("http/1.1 101 "), "{head}");
    assert!(head.contains("upgrade: echo\r\n"), "{head}");
    assert_eq!(said, ["ONE\n", "TWO\n"]);
    let asked = wardle.asked(&format!("GET {path}"));
    assert_eq!(asked[0].all("x-remote-user"), ["kubernetes-admin"]);

    nobody_is_led_astray(&server, &wardle);
    watches_come_as_they_come(&server, kubectl);
    users_are_authorized_first(&server, kubectl, &wardle);

    server.said(kubectl, &["delete", "flunder", "first"]);
    assert!(wardle.shared.flunders.lock().unwrap().is_empty());

    // A server that cannot prove who it is.
    put(&server, &wardle.registration(&authority().pem()));
    let end = Instant::now() + Duration::from_secs(10);
    loop {
        let (text, fine) = server.kubectl(
            kubectl,
            &["get", "--raw", "/apis/wardle.example.com/v1alpha1"],
        );
        // The check looks at no certificates, requests do.
        if !fine && text.contains("currently unable to handle the request") {
            break;
        }
        assert!(Instant::now() < end, "{text}");
        std::thread::sleep(Duration::from_millis(100));
    }
    condition(&server, "True Passed all checks passed");
    put(&server, &wardle.registration(&wardle.ca));
    let end = Instant::now() + Duration::from_secs(10);
    while !server.kubectl(kubectl, &["get", "fl"]).1 {
        assert!(Instant::now() < end, "it is not found again");
        std::thread::sleep(Duration::from_millis(100));
    }

    // Gone.
    server.said(kubectl, &["delete", "apiservice", NAME]);
    // What it remembers of discovery.
    let _ = std::fs::remove_dir_all(server.dir.join(".kube"));
    let (text, fine) = server.kubectl(kubectl, &["get", "fl"]);
    assert!(
        !fine && text.contains("doesn't have a resource type \"fl\""),
        "{text}"
    );
    let groups = server.said(kubectl, &["get", "--raw", "/apis"]);
    assert!(!groups.contains(GROUP), "{groups}");
}

fn watches_come_as_they_come(server: &Server, kubectl: &Kubectl) {
    let began = Instant::now();
    let mut command = kubectl.command(&["get", "flunders", "--watch-only", "-o", "name"]);
    let mut child = command
        .env("KUBECONFIG", server.dir.join("kubeconfig"))
        .env("HOME", &server.dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || lines.next().unwrap().unwrap();
    assert_eq!(next(), "flunder.wardle.example.com/early");
    assert_eq!(next(), "flunder.wardle.example.com/late");
    assert!(began.elapsed() > Duration::from_millis(600));
    child.kill().unwrap();
    child.wait().unwrap();
}

fn users_are_authorized_first(server: &Server, kubectl: &Kubectl, wardle: &Wardle) {
    let line = "GET /apis/wardle.example.com/v1alpha1/namespaces/default/flunders";
    let before = wardle.asked(line).len();
    let as_jane = ["get", "flunders", "--as=jane", "--as-group=dev"];
    let (text, fine) = server.kubectl(kubectl, &as_jane);
    let why = "flunders.wardle.example.com is forbidden: User \"jane\" cannot list resource \"flunders\" in API group \"wardle.example.com\" in the namespace \"default\"";
    assert!(!fine && text.contains(why), "{text}");
    assert_eq!(wardle.asked(line).len(), before, "it is asked nothing");
    let rule = [
        "create",
        "role",
        "reader",
        "--verb=list,watch",
        "--resource=flunders.wardle.example.com",
    ];
    server.said(kubectl, &rule);
    let binding = [
        "create",
        "rolebinding",
        "reader",
        "--role=reader",
        "--user=jane",
    ];
    server.said(kubectl, &binding);
    server.said(kubectl, &as_jane);
    let asked = wardle.asked(line);
    let asked = asked.last().unwrap();
    assert_eq!(asked.all("x-remote-user"), ["jane"]);
    assert_eq!(asked.all("x-remote-group"), ["dev", "system:authenticated"]);
    assert!(asked.all("impersonate-user").is_empty());
    nobody_names_themselves(server, kubectl, wardle);
}

/// Asks with a service account's token, as somebody who would be another.
fn nobody_names_themselves(server: &Server, kubectl: &Kubectl, wardle: &Wardle) {
    let account = "--serviceaccount=default:default";
    let binding = ["create", "rolebinding", "token", "--role=reader", account];
    server.said(kubectl, &binding);
    let token = server.said(kubectl, &["create", "token", "default"]);
    let path = "/apis/wardle.example.com/v1alpha1/namespaces/default/flunders?as=another";
    let headers = format!(
        "Authorization: Bearer {}\r\nX-Remote-User: root\r\nX-Remote-Group: system:masters\r\nX-Remote-Extra-Scopes: all\r\n",
        token.trim()
    );
    let kubeconfig = std::fs::read_to_string(server.dir.join("kubeconfig")).unwrap();
    let kubeconfig: serde_yaml::Value = serde_yaml::from_str(&kubeconfig).unwrap();
    let url = kubeconfig["clusters"][0]["cluster"]["server"]
        .as_str()
        .unwrap();
    let stream = TcpStream::connect(url.trim_start_matches("https://")).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let name = "kubernetes".try_into().unwrap();
    let client = ClientConnection::new(Arc::new(trusting()), name).unwrap();
    let head = head_of(StreamOwned::new(client, stream), path, &headers);
    assert!(head.starts_with("http/1.1 200 "), "{head}");
    let asked = wardle.asked(&format!("GET {path}"));
    let [asked] = &asked[..] else {
        panic!("{} requests came", asked.len());
    };
    let user = "system:serviceaccount:default:default";
    assert_eq!(asked.all("x-remote-user"), [user]);
    let groups = asked.all("x-remote-group");
    assert!(!groups.contains(&"system:masters"), "{groups:?}");
    assert!(asked.all("x-remote-extra-scopes").is_empty());
    assert!(asked.all("authorization").is_empty());
}

/// The head of the answer to a request, in lower case.
fn head_of(
    mut connection: StreamOwned<ClientConnection, TcpStream>,
    path: &str,
    headers: &str,
) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");
    connection.write_all(request.as_bytes()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        connection.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap().to_ascii_lowercase()
}

/// A server's redirects reach nobody, and it is asked nothing but what was authorized.
fn nobody_is_led_astray(server: &Server, wardle: &Wardle) {
    let ask = |path: &str| {
        let connection = connect(&server.dir.join("kubeconfig"));
        head_of(connection, path, "")
    };
    let base = "/apis/wardle.example.com/v1alpha1";
    let moved = format!("{base}/namespaces/default/flunders/moved");
    let head = ask(&moved);
    assert!(head.starts_with("http/1.1 502 "), "{head}");
    assert!(!head.contains("elsewhere.test"), "{head}");
    assert_eq!(wardle.asked(&format!("GET {moved}")).len(), 1);
    for (path, code) in [
        (format!("{base}/namespaces/default/..%2fflunders"), 400),
        (format!("/openapi/v3{base}/more"), 404),
    ] {
        let head = ask(&path);
        assert!(head.starts_with(&format!("http/1.1 {code} ")), "{head}");
        assert!(wardle.asked(&format!("GET {path}")).is_empty());
    }
}

#[test]
fn apis_of_another_server_are_used_by_its_own_kubectl() {
    apis_of_another_server_are_used(&Kubectl::Own, false);
}

#[test]
fn apis_of_another_server_are_used_by_a_real_kubectl() {
    if let Some(kubectl) = real_kubectl() {
        apis_of_another_server_are_used(&kubectl, true);
    }
}
