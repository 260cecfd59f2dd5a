//! Admission webhooks over HTTPS: a server of the test's, called by a cluster that kubectl speaks to.

#![allow(clippy::unwrap_used)]

use crate::native::{Kubectl, Server, real_kubectl};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A server of webhooks, each at a path of its own. It goes on until the tests end.
struct Hooks {
    port: u16,
    /// Whose certificates it shows, in PEM.
    ca: String,
    /// Paths and requests.
    asked: Arc<Mutex<Vec<(String, Value)>>>,
}

/// Head and body of the request that comes next; none where the client has gone.
pub fn request(from: &mut impl Read) -> std::io::Result<Option<(String, String)>> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let n = from.read(&mut piece)?;
        if n == 0 {
            return Ok(None);
        }
        bytes.extend(&piece[..n]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.lines().find_map(|l| {
            let length = l.to_lowercase();
            length
                .strip_prefix("content-length: ")?
                .parse::<usize>()
                .ok()
        });
        if body.len() >= length.unwrap_or(0) {
            return Ok(Some((head.to_owned(), body.to_owned())));
        }
    }
}

pub fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

impl Hooks {
    fn start() -> Self {
        let ca = authority();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &ca).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let chain = vec![CertificateDer::from(certificate.der().to_vec())];
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked: Arc<Mutex<Vec<(String, Value)>>> = Arc::default();
        let seen = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (config, seen) = (config.clone(), seen.clone());
                std::thread::spawn(move || {
                    let _ = serve(stream, config, &seen);
                });
            }
        });
        Hooks {
            port,
            ca: ca.pem(),
            asked,
        }
    }

    fn asked_at(&self, path: &str) -> Vec<Value> {
        let asked = self.asked.lock().unwrap();
        let of_path = asked.iter().filter(|(p, _)| p.starts_with(path));
        of_path
            .map(|(_, review)| review["request"].clone())
            .collect()
    }

    /// A configuration with one webhook at a path.
    fn configuration(&self, kind: &str, path: &str, more: Value) -> Value {
        let mut hook = json!({
            "name": format!("{path}.example.test"), "admissionReviewVersions": ["v1"], "sideEffects": "None",
            "clientConfig": {
                "url": format!("https://127.0.0.1:{}/{path}", self.port), "caBundle": STANDARD.encode(&self.ca),
            },
            "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}],
        });
        for (field, value) in more.as_object().unwrap() {
            hook[field] = value.clone();
        }
        json!({
            "apiVersion": "admissionregistration.k8s.io/v1", "kind": format!("{kind}WebhookConfiguration"),
            "metadata": {"name": path}, "webhooks": [hook],
        })
    }
}

fn serve(
    stream: TcpStream,
    config: Arc<ServerConfig>,
    seen: &Mutex<Vec<(String, Value)>>,
) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let connection = ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut tls = StreamOwned::new(connection, stream);
    let Some((head, body)) = request(&mut tls)? else {
        return Ok(());
    };
    let path = head
        .split(' ')
        .nth(1)
        .unwrap_or_default()
        .trim_start_matches('/')
        .to_owned();
    let review: Value = serde_json::from_str(&body).unwrap();
    seen.lock().unwrap().push((path.clone(), review.clone()));
    let name = path.split('?').next().unwrap_or_default();
    let mut response = json!({"uid": review["request"]["uid"], "allowed": true});
    let mut code = "200 OK";
    let mut text = None;
    match name {
        "label" => {
            let patch = r#"[{"op":"add","path":"/metadata/labels","value":{"by":"hook"}}]"#;
            response["patch"] = STANDARD.encode(patch).into();
            response["patchType"] = "JSONPatch".into();
            response["warnings"] = json!(["labelled by the hook"]);
        }
        "sidecar" => {
            let patch = r#"[{"op":"add","path":"/spec/containers/-","value":{"name":"side","image":"busybox","command":["sleep","9999"]}}]"#;
            response["patch"] = STANDARD.encode(patch).into();
            response["patchType"] = "JSONPatch".into();
        }
        "deny" => {
            response["allowed"] = false.into();
            response["status"] =
                json!({"code": 403, "reason": "Forbidden", "message": "not on my watch"});
        }
        "slow" => std::thread::sleep(Duration::from_secs(4)),
        "garbage" => text = Some("<html>hello</html>".to_owned()),
        "broken" => {
            code = "500 Internal Server Error";
            text = Some("boom".to_owned());
        }
        "other-uid" => response["uid"] = "mine".into(),
        _ => {}
    }
    let review = json!({"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "response": response});
    let text = text.unwrap_or_else(|| review.to_string());
    let length = text.len();
    write!(
        tls,
        "HTTP/1.1 {code}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{text}"
    )?;
    tls.flush()?;
    tls.conn.send_close_notify();
    tls.flush()
}

fn put(server: &Server, kubectl: &Kubectl, object: &Value) {
    let file = server.dir.join("object.json");
    std::fs::write(&file, object.to_string()).unwrap();
    server.said(kubectl, &["apply", "-f", file.to_str().unwrap()]);
}

fn remove(server: &Server, kubectl: &Kubectl, kind: &str, path: &str) {
    server.said(
        kubectl,
        &["delete", &format!("{kind}webhookconfiguration"), path],
    );
}

fn webhooks_are_called(kubectl: &Kubectl) {
    let hooks = Hooks::start();
    let server = Server::start(&["--profile", "reference", "--nodes", "1"]);
    let make = |name: &str| server.kubectl(kubectl, &["create", "configmap", name]);

    put(
        &server,
        kubectl,
        &hooks.configuration("Mutating", "label", json!({})),
    );
    let (text, fine) = make("one");
    assert!(
        fine && text.contains("Warning: labelled by the hook"),
        "{text}"
    );
    let labels = server.said(
        kubectl,
        &[
            "get",
            "configmap",
            "one",
            "-o",
            "jsonpath={.metadata.labels.by}",
        ],
    );
    assert_eq!(labels, "hook");
    let asked = hooks.asked_at("label?timeout=10s");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0]["operation"], "CREATE");
    assert_eq!(asked[0]["userInfo"]["username"], "kubernetes-admin");
    assert_eq!(asked[0]["uid"].as_str().unwrap().len(), 36);
    remove(&server, kubectl, "mutating", "label");

    // What the webhook is, with what more, and what kubectl is told; nothing where the object is made.
    let other = authority().pem();
    let refusals: [(&str, Value, &str); 7] = [
        (
            "deny",
            json!({}),
            "admission webhook \"deny.example.test\" denied the request: not on my watch",
        ),
        (
            "slow",
            json!({"timeoutSeconds": 1}),
            "failed to call webhook: Post \"https://127.0.0.1:PORT/slow?timeout=1s\": context deadline exceeded",
        ),
        (
            "garbage",
            json!({}),
            "failed to call webhook: couldn't get version/kind; json parse error: invalid character '<' looking for beginning of value",
        ),
        (
            "broken",
            json!({}),
            "failed to call webhook: an error on the server (\"boom\") has prevented the request from succeeding",
        ),
        ("other-uid", json!({}), ", got \"mine\""),
        (
            "authority",
            json!({"clientConfig": {"url": format!("https://127.0.0.1:{}/authority", hooks.port), "caBundle": STANDARD.encode(&other)}}),
            "failed to call webhook: Post \"https://127.0.0.1:PORT/authority?timeout=10s\": tls: failed to verify certificate: x509: certificate signed by unknown authority",
        ),
        (
            "nobody",
            json!({"clientConfig": {"service": {"namespace": "default", "name": "foo"}}}),
            "failed to call webhook: Post \"https://foo.default.svc:443/?timeout=10s\": service \"foo\" not found",
        ),
    ];
    for (path, more, wanted) in refusals {
        let wanted = wanted.replace("PORT", &hooks.port.to_string());
        let mut object = hooks.configuration("Validating", path, more);
        put(&server, kubectl, &object);
        let began = Instant::now();
        let (text, fine) = make(path);
        assert!(!fine && text.contains(&wanted), "{path}: {text}");
        assert!(path != "slow" || began.elapsed() < Duration::from_secs(4));
        if path != "deny" {
            let failed = format!(
                "Internal error occurred: failed calling webhook \"{path}.example.test\": "
            );
            assert!(text.contains(&failed), "{path}: {text}");
            object["webhooks"][0]["failurePolicy"] = "Ignore".into();
            put(&server, kubectl, &object);
            let (text, fine) = make(path);
            assert!(fine, "{path}: {text}");
        }
        remove(&server, kubectl, "validating", path);
    }
    assert!(hooks.asked_at("authority").is_empty(), "it learns nothing");
}

#[test]
fn webhooks_are_called_for_its_own_kubectl() {
    webhooks_are_called(&Kubectl::Own);
}

#[test]
fn webhooks_are_called_for_a_real_kubectl() {
    if let Some(kubectl) = real_kubectl() {
        webhooks_are_called(&kubectl);
    }
}

#[test]
fn what_controllers_make_is_changed_and_refused_too() {
    let hooks = Hooks::start();
    let server = Server::start(&["--profile", "reference", "--nodes", "1"]);
    let kubectl = Kubectl::Own;
    let pods = json!({"rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}]});
    put(
        &server,
        &kubectl,
        &hooks.configuration("Mutating", "sidecar", pods.clone()),
    );
    server.said(
        &kubectl,
        &[
            "create",
            "deployment",
            "web",
            "--image=nginx",
            "--replicas=5",
        ],
    );
    server.said(
        &kubectl,
        &[
            "wait",
            "--for=condition=Available",
            "deployment/web",
            "--timeout=60s",
        ],
    );
    let names = "jsonpath={range .items[*]}{.spec.containers[*].name};{end}";
    let found = server.said(&kubectl, &["get", "pods", "-o", names]);
    assert_eq!(found, "nginx side;".repeat(5));
    let users: Vec<Value> = hooks
        .asked_at("sidecar")
        .iter()
        .map(|r| r["userInfo"]["username"].clone())
        .collect();
    assert_eq!(
        users,
        vec![json!("system:serviceaccount:kube-system:replicaset-controller"); 5]
    );
    let events = server.said(&kubectl, &["get", "events"]);
    assert!(!events.contains("FailedCreate"), "{events}");

    put(
        &server,
        &kubectl,
        &hooks.configuration("Validating", "deny", pods),
    );
    server.said(&kubectl, &["scale", "deployment/web", "--replicas=6"]);
    let end = Instant::now() + Duration::from_secs(30);
    let denied = "admission webhook \"deny.example.test\" denied the request: not on my watch";
    while !server.said(&kubectl, &["get", "events"]).contains(denied) {
        assert!(Instant::now() < end, "no event tells of it");
        std::thread::sleep(Duration::from_millis(200));
    }
}
