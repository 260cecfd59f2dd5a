//! Images of a registry that asks for credentials, fetched by real nodes.

#![allow(clippy::unwrap_used)]
#![cfg(target_os = "linux")]

use crate::node::{Tried, image, pod};
use crate::node_kubelet::node;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// A registry with one image under any name, for who knows the password.
struct Registry {
    port: u16,
}

type Blobs = BTreeMap<String, Vec<u8>>;

impl Registry {
    fn start() -> Self {
        let blobs = Arc::new(blobs(&image()));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let blobs = blobs.clone();
                std::thread::spawn(move || answer(stream, &blobs));
            }
        });
        Self { port }
    }
}

/// The files of an OCI layout by the last part of their names.
fn blobs(tar: &[u8]) -> Blobs {
    let mut found = Blobs::new();
    let mut at = 0;
    while tar.get(at).is_some_and(|b| *b != 0) {
        let text = |from: usize, to: usize| {
            let field = String::from_utf8_lossy(&tar[at + from..at + to]).into_owned();
            field.trim_end_matches('\0').to_owned()
        };
        let size = usize::from_str_radix(&text(124, 135), 8).unwrap();
        let name = text(0, 100).rsplit('/').next().unwrap().to_owned();
        found.insert(name, tar[at + 512..at + 512 + size].to_vec());
        at += 512 + size.next_multiple_of(512);
    }
    found
}

fn answer(stream: TcpStream, blobs: &Blobs) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let first = lines.next()?.ok()?;
    let mut words = first.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut allowed = false;
    for line in lines {
        let line = line.ok()?;
        if line.is_empty() {
            break;
        }
        let wanted = format!("authorization: basic {}", STANDARD.encode("me:s3cret"));
        allowed |= line.eq_ignore_ascii_case(&wanted);
    }
    let index: serde_json::Value = serde_json::from_slice(&blobs["index.json"]).unwrap();
    let manifest = index["manifests"][0]["digest"].as_str().unwrap();
    let last = path.split('?').next()?.rsplit('/').next()?;
    let digest = match path.contains("/manifests/") && !last.starts_with("sha256:") {
        true => manifest,
        false => last,
    };
    let content = blobs.get(digest.trim_start_matches("sha256:"));
    let kind = match digest == manifest {
        true => "application/vnd.oci.image.manifest.v1+json",
        false => "application/octet-stream",
    };
    let (status, body) = match content {
        _ if !allowed => ("401 Unauthorized", &b""[..]),
        Some(content) => ("200 OK", &content[..]),
        None => ("404 Not Found", &b""[..]),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nWWW-Authenticate: Basic realm=\"it\"\r\nDocker-Content-Digest: {digest}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let mut stream = stream;
    stream.write_all(head.as_bytes()).ok()?;
    if method != "HEAD" {
        stream.write_all(body).ok()?;
    }
    Some(())
}

fn shows(tried: &mut Tried, pod: &str, field: &str, wanted: &str) -> String {
    let path = format!("-o=jsonpath={{.status.containerStatuses[0].{field}}}");
    tried.until(&["get", "pod", pod, &path], |text| text.contains(wanted))
}

#[test]
fn registries_are_shown_credentials() {
    let registry = Registry::start();
    let mirror = format!("mirrored.invalid=http://127.0.0.1:{}", registry.port);
    let Some((_alone, mut tried)) = node("", &["--registry-mirror", &mirror]) else {
        return;
    };
    let host = format!("127.0.0.1:{}", registry.port);
    let secret = |name: &str, key: &str, password: &str| {
        let user = format!("--docker-username={key}");
        let password = format!("--docker-password={password}");
        let server = format!("--docker-server={host}");
        let kind = ["create", "secret", "docker-registry", name];
        tried.said(&[&kind[..], &[&user, &password, &server]].concat());
    };
    secret("good", "me", "s3cret");
    secret("bad", "me", "wrong");
    let auth = STANDARD.encode(r#"{"mirrored.invalid": {"username": "me", "password": "s3cret"}}"#);
    tried.apply(&format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: old}}\ntype: kubernetes.io/dockercfg\ndata: {{.dockercfg: {auth}}}\n"
    ));
    let with = |image: &str, policy: &str, secrets: &str| {
        format!(
            "imagePullSecrets: [{secrets}]\n  containers: [{{name: c, image: '{image}', imagePullPolicy: {policy}, command: [sleep, '1000']}}]"
        )
    };
    let image = format!("{host}/team/app:1");

    // Nobody, and who has the wrong password, gets nothing; a Secret that is missing is told of.
    let refused = [
        pod("nobody", &with(&image, "IfNotPresent", "")),
        pod(
            "wrong",
            &with(&image, "IfNotPresent", "{name: bad}, {name: missing}"),
        ),
    ];
    tried.apply(&refused.concat());
    for name in ["nobody", "wrong"] {
        let why = shows(&mut tried, name, "state.waiting.message", "team/app:1");
        assert!(
            why.contains("401") || why.contains("authorization failed"),
            "{why}"
        );
    }
    tried.until(&["get", "events"], |text| {
        text.contains("FailedToRetrieveImagePullSecret")
            && text.contains("Unable to retrieve some image pull secrets (missing); attempting to pull the image may not succeed.")
    });

    // The right one is found after a wrong one, and by way of the account.
    let account = r#"{"imagePullSecrets": [{"name": "bad"}, {"name": "good"}]}"#;
    tried.said(&["create", "serviceaccount", "puller"]);
    tried.said(&["patch", "serviceaccount", "puller", "--patch", account]);
    let spec = format!(
        "serviceAccountName: puller\n  containers: [{{name: c, image: '{image}', command: [sleep, '1000']}}]"
    );
    tried.apply(&pod("fine", &spec));
    tried.said(&["wait", "--for=condition=Ready", "pod/fine", "--timeout=20s"]);

    // The image is there now, and still only for who has the credentials.
    tried.apply(&pod("never", &with(&image, "Never", "")));
    let why = shows(&mut tried, "never", "state.waiting.message", "credentials");
    assert!(
        why.contains(
            "is present with pull policy of Never but does not have the proper credentials"
        ),
        "{why}"
    );
    tried.apply(&pod("again", &with(&image, "Never", "{name: good}")));
    tried.said(&[
        "wait",
        "--for=condition=Ready",
        "pod/again",
        "--timeout=20s",
    ]);
    assert_eq!(tried.status("nobody", "ready"), "false");

    // In place of a registry that is not there its mirror is asked.
    let image = "mirrored.invalid/app:1";
    tried.apply(&pod(
        "mirrored",
        &with(image, "IfNotPresent", "{name: old}"),
    ));
    tried.said(&[
        "wait",
        "--for=condition=Ready",
        "pod/mirrored",
        "--timeout=20s",
    ]);
}
