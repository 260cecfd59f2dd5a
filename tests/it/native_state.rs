//! The folder in which a cluster is kept: what is there after the program ended in whatever way, and what is said where the folder
//! cannot be used.

#![allow(clippy::unwrap_used)]

use crate::native::{Kubectl, PROGRAM, Server, temporary};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const OWN: Kubectl = Kubectl::Own;

const OBJECTS: &str = "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: foos.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: foos, singular: foo, kind: Foo}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
";

/// Ends the program as a crash of the machine would; its folder stays.
fn kill(mut server: Server) -> std::path::PathBuf {
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    // The server's own end would take the folder away.
    std::mem::take(&mut server.dir)
}

fn data(dir: &Path) -> String {
    dir.join("data").to_str().unwrap().to_owned()
}

fn start(dir: &Path, args: &[&str]) -> Server {
    let data = data(dir);
    Server::start_in(dir.to_owned(), &[&["--data-dir", &data], args].concat())
}

#[test]
fn a_restart_carries_on() {
    let dir = temporary();
    std::fs::create_dir_all(&dir).unwrap();
    let server = start(&dir, &["--nodes", "2", "--speed", "4"]);
    std::fs::write(dir.join("objects.yaml"), OBJECTS).unwrap();
    server.said(&OWN, &["apply", "-f", "objects.yaml"]);
    server.said(
        &OWN,
        &[
            "wait",
            "--for=condition=Established",
            "crd/foos.example.com",
        ],
    );
    let foo = "apiVersion: example.com/v1\nkind: Foo\nmetadata: {name: a}\nspec: {n: 1}\n";
    std::fs::write(dir.join("foo.yaml"), foo).unwrap();
    server.said(&OWN, &["apply", "-f", "foo.yaml"]);
    server.said(
        &OWN,
        &["rollout", "status", "deployment/web", "--timeout=60s"],
    );
    let facts =
        "jsonpath={.metadata.uid} {.metadata.resourceVersion} {.spec} {.metadata.managedFields}";
    let look = |server: &Server| {
        let of = |what: &[&str]| {
            let words = ["get", "--show-managed-fields", "-o", facts];
            server.said(&OWN, &[&words, what].concat())
        };
        [
            of(&["service", "web"]),
            of(&["foo", "a"]),
            of(&["crd", "foos.example.com"]),
        ]
    };
    let before = look(&server);
    let token = server.said(&OWN, &["create", "token", "default"]);
    let config = std::fs::read_to_string(dir.join("kubeconfig")).unwrap();
    let authority = |config: &str| {
        let line = config
            .lines()
            .find(|l| l.contains("certificate-authority-data"));
        line.unwrap().to_owned()
    };
    let dir = kill(server);

    // What the cluster is made of is kept as well.
    let server = start(&dir, &["--speed", "4"]);
    assert_eq!(look(&server), before);
    let after = std::fs::read_to_string(dir.join("kubeconfig")).unwrap();
    assert_eq!(authority(&after), authority(&config));
    let nodes = server.said(&OWN, &["get", "nodes", "--no-headers"]);
    assert_eq!(nodes.lines().count(), 3, "{nodes}");
    // The token of before is good; the kubeconfig's certificate would go before it.
    let bare = after[..after.find("client-certificate-data").unwrap()].to_owned()
        + "token: ''\n"
        + &after[after.find("contexts:").unwrap()..];
    std::fs::write(dir.join("bare"), bare).unwrap();
    let token = format!("--token={}", token.trim());
    let who = ["--kubeconfig", "bare", &token, "auth", "whoami"];
    let who = server.said(&OWN, &who);
    assert!(
        who.contains("system:serviceaccount:default:default"),
        "{who}"
    );
    // Containers run again, as after a power cut.
    let restarts = "jsonpath={.items[*].status.containerStatuses[*].restartCount}";
    let words = ["get", "pods", "-l", "app=web", "-o", restarts];
    let begin = Instant::now();
    while server.said(&OWN, &words) != "1 1" {
        assert!(begin.elapsed() < Duration::from_secs(30), "they do not");
        std::thread::sleep(Duration::from_millis(100));
    }
    // Controllers and the scheduler go on, and addresses are not given away twice.
    server.said(
        &OWN,
        &["rollout", "status", "deployment/web", "--timeout=60s"],
    );
    server.said(&OWN, &["scale", "deployment/web", "--replicas=4"]);
    let all = "--for=jsonpath={.status.readyReplicas}=4";
    server.said(&OWN, &["wait", all, "deployment/web", "--timeout=60s"]);
    server.said(&OWN, &["exec", "deploy/web", "--", "true"]);
    for n in 0..20 {
        server.said(
            &OWN,
            &[
                "create",
                "service",
                "clusterip",
                &format!("s{n}"),
                "--tcp=80",
            ],
        );
    }
    let addresses = "jsonpath={range .items[*]}{.spec.clusterIP}{\"\\n\"}{end}";
    let addresses = server.said(&OWN, &["get", "services", "-A", "-o", addresses]);
    let different: BTreeSet<&str> = addresses.lines().filter(|a| *a != "None").collect();
    assert_eq!(different.len(), addresses.lines().count(), "{addresses}");
    let changed = server.said(
        &OWN,
        &[
            "get",
            "service",
            "s0",
            "-o",
            "jsonpath={.metadata.resourceVersion}",
        ],
    );
    let old: u64 = before[1].split(' ').nth(1).unwrap().parse().unwrap();
    assert!(changed.parse::<u64>().unwrap() > old, "revisions only grow");
}

/// Many objects of one round and writer, as one file.
fn many(dir: &Path, writer: usize, round: usize) -> String {
    let mut text = String::new();
    for n in 0..400 {
        let name = format!("w{writer}-r{round}-{n}");
        writeln!(
            text,
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{k: v}}"
        )
        .unwrap();
    }
    let name = format!("w{writer}-r{round}.yaml");
    std::fs::write(dir.join(&name), text).unwrap();
    name
}

/// A command line whose every line of output is something acknowledged.
fn acknowledged(dir: &Path, args: &[&str]) -> Vec<String> {
    let output = OWN
        .command(args)
        .env("KUBECONFIG", dir.join("kubeconfig"))
        .env("HOME", dir)
        .current_dir(dir)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn no_acknowledged_write_is_lost() {
    let alone = ["--nodes", "0", "--controllers=-*", "--scheduler=false"];
    let mut dir = temporary();
    std::fs::create_dir_all(&dir).unwrap();
    let (mut there, mut gone, mut unsure) =
        (BTreeSet::new(), BTreeSet::new(), BTreeSet::<String>::new());
    let mut last = 0;
    for round in 0..5 {
        let server = start(&dir, &alone);
        let after = Duration::from_millis(1_000 + RandomState::new().hash_one(round) % 2_000);
        let victims: Vec<String> = there.iter().take(100).cloned().collect();
        let writers: Vec<_> = (0..3)
            .map(|writer| {
                let (dir, file) = (dir.clone(), many(&dir, writer, round));
                std::thread::spawn(move || acknowledged(&dir, &["create", "-f", &file]))
            })
            .collect();
        let deleter = {
            let (dir, victims) = (dir.clone(), victims.clone());
            std::thread::spawn(move || {
                let mut words = vec!["delete", "configmap", "--wait=false"];
                words.extend(victims.iter().map(String::as_str));
                match victims.is_empty() {
                    true => Vec::new(),
                    false => acknowledged(&dir, &words),
                }
            })
        };
        std::thread::sleep(after);
        dir = kill(server);
        for writer in writers {
            for line in writer.join().unwrap() {
                let name = line
                    .strip_prefix("configmap/")
                    .and_then(|l| l.strip_suffix(" created"));
                there.insert(name.expect(&line).to_owned());
            }
        }
        for victim in victims {
            there.remove(&victim);
            unsure.insert(victim);
        }
        for line in deleter.join().unwrap() {
            let name = line.split('"').nth(1).expect(&line).to_owned();
            unsure.remove(&name);
            gone.insert(name);
        }
        let server = start(&dir, &alone);
        let found = server.said(&OWN, &["get", "configmaps", "-o", "name"]);
        let found: BTreeSet<String> = found
            .lines()
            .map(|l| l.trim_start_matches("configmap/").to_owned())
            .collect();
        let lost: Vec<&String> = there.difference(&found).collect();
        assert!(
            lost.is_empty(),
            "round {round}, killed after {after:?}: {lost:?} are lost"
        );
        let back: Vec<&String> = gone.intersection(&found).collect();
        assert!(
            back.is_empty(),
            "round {round}, killed after {after:?}: {back:?} are back"
        );
        let list = server.said(
            &OWN,
            &[
                "get",
                "--raw",
                "/api/v1/namespaces/default/configmaps?limit=1",
            ],
        );
        let list: serde_json::Value = serde_json::from_str(&list).unwrap();
        let revision = list["metadata"]["resourceVersion"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        assert!(revision >= last, "{revision} after {last}");
        last = revision;
        dir = kill(server);
    }
    eprintln!("{} kept, {} deleted", there.len(), gone.len());
    assert!(there.len() > 20, "hardly anything was written");
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn it_says_why_a_folder_cannot_be_used() {
    let dir = temporary();
    std::fs::create_dir_all(&dir).unwrap();
    let alone = ["--nodes", "0", "--controllers=-*", "--scheduler=false"];
    let refused = |data: &str| {
        let output = Command::new(PROGRAM)
            .args([
                "up",
                "--listen",
                "127.0.0.1:0",
                "--data-dir",
                data,
                "--kubeconfig",
            ])
            .arg(dir.join("second"))
            .args(alone)
            .output()
            .unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let server = start(&dir, &alone);
    let said = refused(&data(&dir));
    let pid = server.child.id();
    assert!(
        said.contains(&format!("is in use by another kubarium (process {pid})")),
        "{said}"
    );
    let dir_kept = kill(server);
    assert_eq!(dir_kept, dir);

    let file = dir.join("data/state.redb");
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, b"something else").unwrap();
    let said = refused(&data(&dir));
    assert!(
        said.contains("is damaged, or no state of kubarium"),
        "{said}"
    );
    assert_eq!(
        std::fs::read(&file).unwrap(),
        b"something else",
        "left as it is"
    );
    std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let said = refused(&data(&dir));
    assert!(
        said.contains("is damaged, or no state of kubarium"),
        "{said}"
    );

    std::fs::write(dir.join("file"), "").unwrap();
    let said = refused(dir.join("file").to_str().unwrap());
    assert!(said.contains("cannot keep the cluster in"), "{said}");
    assert!(said.contains("--ephemeral"), "{said}");
    std::fs::remove_dir_all(dir).unwrap();
}

/// A command line of the program itself; what it printed on both streams, and whether it succeeded.
fn program(server: &Server, args: &[&str]) -> (String, bool) {
    let mut command = Command::new(PROGRAM);
    command.args(args);
    let output = server.run(command);
    let text = [output.stdout, output.stderr].concat();
    (
        String::from_utf8_lossy(&text).into_owned(),
        output.status.success(),
    )
}

#[test]
fn a_cluster_is_saved_and_begun_again_elsewhere() {
    let dir = temporary();
    std::fs::create_dir_all(&dir).unwrap();
    let range = "--service-cluster-ip-range=10.50.0.0/16";
    let server = start(&dir, &["--nodes", "2", "--speed", "4", range]);
    std::fs::write(dir.join("objects.yaml"), OBJECTS).unwrap();
    server.said(&OWN, &["apply", "-f", "objects.yaml"]);
    let established = [
        "wait",
        "--for=condition=Established",
        "crd/foos.example.com",
    ];
    server.said(&OWN, &established);
    let foo = "apiVersion: example.com/v1\nkind: Foo\nmetadata: {name: a}\nspec: {n: 1}\n";
    std::fs::write(dir.join("foo.yaml"), foo).unwrap();
    server.said(&OWN, &["apply", "-f", "foo.yaml"]);
    let secret = [
        "create",
        "secret",
        "generic",
        "s",
        "--from-literal=k=hidden",
    ];
    server.said(&OWN, &secret);
    let rolled = ["rollout", "status", "deployment/web", "--timeout=60s"];
    server.said(&OWN, &rolled);
    let facts = "jsonpath={range .items[*]}{.kind} {.metadata.name} {.metadata.uid} {.metadata.creationTimestamp} {.spec} {.data}{'\\n'}{end}";
    let look = |server: &Server| {
        let kinds = "crd,foos,services,secrets,serviceaccounts,deployments,replicasets";
        server.said(&OWN, &["get", kinds, "-A", "-o", facts])
    };
    let pods = |server: &Server| {
        let uids = "jsonpath={.items[*].metadata.uid}";
        server.said(&OWN, &["get", "pods", "-l", "app=web", "-o", uids])
    };
    let (before, pods_before) = (look(&server), pods(&server));
    assert!(before.contains("10.50."), "{before}");

    let (said, fine) = program(&server, &["snapshot", "save", "running.json"]);
    assert!(fine && said.contains("it holds Secrets"), "{said}");
    let file = dir.join("running.json");
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&file).unwrap());
        assert_eq!(mode & 0o777, 0o600);
    }
    // Only the administrator gets it.
    let account = server.said(&OWN, &["create", "token", "default"]);
    let config = std::fs::read_to_string(dir.join("kubeconfig")).unwrap();
    let bare = config[..config.find("client-certificate-data").unwrap()].to_owned()
        + &format!("token: {}\n", account.trim())
        + &config[config.find("contexts:").unwrap()..];
    std::fs::write(dir.join("bare"), bare).unwrap();
    let save = ["snapshot", "save", "no.json", "--kubeconfig", "bare"];
    let (said, fine) = program(&server, &save);
    assert!(!fine && said.contains("group system:masters"), "{said}");
    assert!(!dir.join("no.json").exists());
    let raw = ["get", "--raw", "/kubarium/snapshot", "--as=jane"];
    let (said, fine) = server.kubectl(&OWN, &raw);
    assert!(!fine && said.contains("in the name of somebody"), "{said}");
    // A cluster that runs is not read behind its back.
    let folder = data(&dir);
    let kept = ["snapshot", "save", "kept.json", "--data-dir", &folder];
    let (said, fine) = program(&server, &kept);
    assert!(!fine && said.contains("by its kubeconfig"), "{said}");

    let dir = kill(server);
    let idle = Server::start(&["--nodes", "0", "--controllers=-*"]);
    let at = |name: &str| dir.join(name).to_str().unwrap().to_owned();
    let kept_file = at("kept.json");
    let (said, fine) = program(
        &idle,
        &["snapshot", "save", &kept_file, "--data-dir", &folder],
    );
    assert!(fine, "{said}");
    let gone = ["snapshot", "save", "x", "--kubeconfig", &at("kubeconfig")];
    let (said, fine) = program(&idle, &gone);
    assert!(!fine, "{said}");
    let (said, fine) = program(&idle, &["snapshot", "save", "x", "--name", "nobody"]);
    assert!(!fine && said.contains("no cluster is kept in"), "{said}");

    for file in [at("running.json"), kept_file] {
        let copy = Server::start(&["--speed", "4", "--from", &file]);
        assert_eq!(look(&copy), before);
        assert_eq!(pods(&copy), pods_before);
        let ready = [
            "wait",
            "--for=condition=Ready",
            "pods",
            "-l",
            "app=web",
            "--timeout=60s",
        ];
        copy.said(&OWN, &ready);
        let nodes = copy.said(&OWN, &["get", "nodes", "--no-headers"]);
        assert_eq!(nodes.lines().count(), 3, "{nodes}");
        // Addresses of new services come from the same range.
        copy.said(
            &OWN,
            &["create", "service", "clusterip", "late", "--tcp=80"],
        );
        let late = copy.said(&OWN, &["get", "service", "late"]);
        assert!(late.contains("10.50."), "{late}");
    }

    // What cannot be read is refused, and what is kept stays.
    let text = std::fs::read_to_string(at("running.json")).unwrap();
    for (bad, why) in [
        (text[..text.len() / 3].to_owned(), "damaged or cut off"),
        (
            text.replacen("hidden", "open", 1)
                .replacen("aGlkZGVu", "b3Blbg==", 1),
            "damaged or cut off",
        ),
        (
            text.replacen("\"format\":2", "\"format\":7", 1),
            "saved by a newer kubarium (format 7; this one reads 2)",
        ),
        (
            "PK".to_owned(),
            "it is no cluster that kubarium or its page saved",
        ),
        (" ".repeat(9 << 20), "larger than 8 MiB"),
    ] {
        std::fs::write(at("bad.json"), bad).unwrap();
        let file = at("bad.json");
        let up = [
            "up",
            "--ephemeral",
            "--listen",
            "127.0.0.1:0",
            "--from",
            &file,
        ];
        let (said, fine) = program(&idle, &up);
        assert!(!fine && said.contains(why), "{why}: {said}");
    }
    let file = at("running.json");
    let over = [
        "up",
        "--listen",
        "127.0.0.1:0",
        "--data-dir",
        &folder,
        "--from",
        &file,
    ];
    let (said, fine) = program(&idle, &over);
    assert!(
        !fine && said.contains("a cluster is kept already"),
        "{said}"
    );
    let server = start(&dir, &["--speed", "4", range]);
    assert_eq!(look(&server), before);
}
