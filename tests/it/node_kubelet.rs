//! What the kubelet of a real node does by itself, each with a containerd of its own.

#![allow(clippy::unwrap_used)]
#![cfg(target_os = "linux")]

use crate::node::{ALONE, IMAGE, Tried, pod, ready};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A node with a configuration of its kubelet, where there is all that real containers need; no other test has one meanwhile.
pub fn node(kubelet: &str, options: &[&str]) -> Option<(MutexGuard<'static, ()>, Tried)> {
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let tried = Tried::start_with(ready()?, kubelet, options);
    tried.load_image();
    Some((alone, tried))
}

/// Files whose names begin with `prefix` in the folder of logs of the pod `name`.
fn log_files(tried: &Tried, name: &str, prefix: &str) -> Vec<String> {
    let logs = Path::new("/var/lib/kubarium")
        .join(&tried.name)
        .join("logs");
    let pods = std::fs::read_dir(logs).unwrap().flatten();
    let of_pod = pods.map(|e| e.path()).find(|p| {
        let folder = p.file_name().unwrap().to_string_lossy().into_owned();
        folder.starts_with(&format!("default_{name}_"))
    });
    let files = of_pod.map(|p: PathBuf| std::fs::read_dir(p.join("c")).unwrap());
    let names = files.into_iter().flatten().flatten();
    let mut names: Vec<String> = names
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .filter(|n| n.starts_with(prefix))
        .collect();
    names.sort();
    names
}

/// The numbers that lines begin with, which have to follow one another.
fn numbers(text: &str) -> (usize, usize) {
    let all: Vec<usize> = text
        .lines()
        .map(|l| l.split(' ').next().unwrap().parse().expect(l))
        .collect();
    for two in all.windows(2) {
        assert_eq!(two[0] + 1, two[1], "lines are lost or double");
    }
    (all[0], *all.last().unwrap())
}

#[test]
fn logs_are_begun_anew_where_they_are_long() {
    let settings =
        "containerLogMaxSize: 48Ki\ncontainerLogMaxFiles: 3\ncontainerLogMonitorInterval: 3s\n";
    let Some((_alone, mut tried)) = node(settings, &[]) else {
        return;
    };
    let last = 7_000;
    let words = format!(
        "i=0; while test $i -le {last}; do echo $i of the lines that this container writes, which is long enough to fill files; i=$((i+1)); test $((i%5)) = 0 && sleep 0.01; done; test -f /d/x && exec sleep 1000; echo > /d/x"
    );
    let spec = format!(
        "containers: [{{name: c, image: {IMAGE}, command: [sh, -c, '{words}'], volumeMounts: [{{name: d, mountPath: /d}}]}}]\n  volumes: [{{name: d, emptyDir: {{}}}}]"
    );
    tried.apply(&pod("writes", &spec));
    tried.said(&[
        "wait",
        "--for=condition=Ready",
        "pod/writes",
        "--timeout=20s",
    ]);
    let mut command = tried.kubectl.command(&["logs", "-f", "writes"]);
    command.env("KUBECONFIG", tried.dir.join("kubeconfig"));
    let follower = command.stdout(Stdio::piped()).spawn().unwrap();
    let begin = Instant::now();
    // One that is being compressed stands there twice.
    let files = || {
        let mut files = log_files(&tried, "writes", "0.log");
        files.retain(|name| !name.ends_with(".tmp"));
        files
    };
    while files().len() < 3 {
        assert!(begin.elapsed() < Duration::from_secs(40));
        std::thread::sleep(Duration::from_millis(100));
    }
    let files = files();
    assert_eq!(files[0], "0.log");
    assert!(files[1].ends_with(".gz"), "{files:?}");
    assert!(!files[2].ends_with(".gz"), "{files:?}");
    let (first, _) = numbers(&tried.said(&["logs", "writes"]));
    assert!(first > 0, "what was written before is not shown any more");

    // Who follows from the beginning sees every line once, until the container ends.
    let followed = follower.wait_with_output().unwrap().stdout;
    assert_eq!(numbers(&String::from_utf8_lossy(&followed)), (0, last));
    tried.until(
        &[
            "get",
            "pod",
            "writes",
            "-o=jsonpath={.status.containerStatuses[0].restartCount}",
        ],
        |text| text == "1",
    );
    let (first, end) = numbers(&tried.said(&["logs", "writes", "--previous"]));
    assert!(first > 0 && end == last, "{first} {end}");
    let tail = tried.said(&["logs", "writes", "--previous", "--tail=2"]);
    assert_eq!(numbers(&tail), (last - 1, last));
    assert!(log_files(&tried, "writes", "0.log").len() > 1);

    // All of them go with the pod.
    tried.said(&["delete", "pod", "writes", "--wait"]);
    let begin = Instant::now();
    while !log_files(&tried, "writes", "").is_empty() {
        assert!(begin.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// A containerd that does not answer as long as this lives.
struct Hung(String);

impl Hung {
    fn of(tried: &Tried) -> Self {
        let file = Path::new("/run/kubarium")
            .join(&tried.name)
            .join("containerd.pid");
        let hung = Self(std::fs::read_to_string(file).unwrap().trim().to_owned());
        hung.signal("-STOP");
        hung
    }

    fn signal(&self, signal: &str) {
        let kill = std::process::Command::new("kill")
            .args([signal, &self.0])
            .status();
        assert!(kill.unwrap().success());
    }
}

impl Drop for Hung {
    fn drop(&mut self) {
        self.signal("-CONT");
    }
}

#[test]
fn a_node_whose_runtime_does_not_answer_is_not_ready() {
    let Some((_alone, mut tried)) = node("", &[]) else {
        return;
    };
    let sleeps = format!("containers: [{{name: c, image: {IMAGE}, command: [sleep, '1000']}}]");
    let root = format!("securityContext: {{runAsNonRoot: true}}\n  {sleeps}");
    tried.apply(&[pod("before", &sleeps), pod("root", &root)].concat());
    tried.said(&[
        "wait",
        "--for=condition=Ready",
        "pod/before",
        "--timeout=20s",
    ]);
    tried.until(&["get", "pod", "root", "--no-headers"], |text| {
        text.contains("CreateContainerConfigError")
    });
    let why = tried.status("root", "state.waiting.message");
    assert!(
        why.starts_with("container has runAsNonRoot and image will run as root"),
        "{why}"
    );

    let hung = Hung::of(&tried);
    tried.apply(&pod("meanwhile", &sleeps));
    let ready = |value: &str| format!("--for=condition=Ready={value}");
    let begin = Instant::now();
    tried.said(&["wait", &ready("False"), "node", "--all", "--timeout=60s"]);
    assert!(begin.elapsed() > Duration::from_secs(20), "it is not hasty");
    let why = "-o=jsonpath={.items[0].status.conditions[?(@.type=='Ready')]['reason','message']}";
    let why = tried.said(&["get", "nodes", why]);
    assert_eq!(why, "KubeletNotReady container runtime is down");
    tried.until(
        &["get", "nodes", "-o=jsonpath={.items[0].spec.taints[*].key}"],
        |text| text.contains("node.kubernetes.io/not-ready"),
    );

    drop(hung);
    tried.said(&["wait", &ready("True"), "node", "--all", "--timeout=30s"]);
    for name in ["pod/before", "pod/meanwhile"] {
        tried.said(&["wait", &ready("True"), name, "--timeout=30s"]);
    }
    assert_eq!(tried.status("before", "restartCount"), "0");
    for status in ["NodeNotReady", "NodeReady"] {
        tried.until(&["get", "events", "-A"], |text| {
            text.contains(&format!("status is now: {status}"))
        });
    }
    tried.apply(&pod("after", &sleeps));
    tried.said(&["wait", &ready("True"), "pod/after", "--timeout=30s"]);
}

/// The images that a node's runtime has.
fn images(tried: &Tried) -> String {
    let socket = format!("/run/kubarium/{}/containerd.sock", tried.name);
    let output = std::process::Command::new("ctr")
        .args([
            "--address",
            &socket,
            "--namespace",
            "k8s.io",
            "images",
            "list",
            "--quiet",
        ])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn images_that_nothing_uses_go_where_the_disk_is_full() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(kubectl) = ready() else { return };
    let settings =
        "imageGCHighThresholdPercent: 1\nimageGCLowThresholdPercent: 0\nimageMinimumGCAge: 0s\n";
    let mut tried = Tried::start_with(kubectl, settings, &[]);
    // With nothing but the image of sandboxes there is nothing to remove.
    let failed = [
        "get",
        "events",
        "-A",
        "--field-selector=reason=FreeDiskSpaceFailed",
    ];
    tried.until(&failed, |text| {
        text.contains("but only found 0 bytes eligible to free")
    });
    tried.load_image();
    tried.load("registry.example/it/kept:1");
    tried.load("registry.example/it/spare:1");
    // What was loaded by hand stays; this one counts as fetched.
    let notes = format!("/var/lib/kubarium/{}/loaded-images", tried.name);
    let loaded = std::fs::read_to_string(&notes).unwrap();
    let fetched = loaded.lines().filter(|name| !name.contains("spare"));
    let fetched: String = fetched.map(|name| format!("{name}\n")).collect();
    assert_ne!(loaded, fetched);
    std::fs::write(&notes, fetched).unwrap();
    let sleeps = format!("containers: [{{name: c, image: {IMAGE}, command: [sleep, '1000']}}]");
    tried.apply(&pod("uses", &sleeps));
    tried.said(&["wait", "--for=condition=Ready", "pod/uses", "--timeout=20s"]);
    assert!(images(&tried).contains("it/spare:1"));

    // A kubelet looks when it starts, and counts what it finds as old.
    tried.restart();
    let begin = Instant::now();
    while images(&tried).contains("it/spare:1") {
        assert!(begin.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(200));
    }
    tried.until(&failed, |text| {
        text.lines()
            .any(|l| l.contains("but only found") && !l.contains("found 0 bytes"))
    });
    let left = images(&tried);
    assert!(
        [IMAGE, "it/kept:1", "kubarium.dev/pause"]
            .iter()
            .all(|name| left.contains(name)),
        "{left}"
    );
    assert_eq!(tried.status("uses", "restartCount"), "0");
}

/// Kills the process that holds the namespaces of a pod.
fn kill_sandbox(tried: &Tried, name: &str) {
    let uid = tried.said(&["get", "pod", name, "-o=jsonpath={.metadata.uid}"]);
    let mut killed = 0;
    for process in std::fs::read_dir("/proc").unwrap().flatten() {
        let text =
            |file: &str| std::fs::read_to_string(process.path().join(file)).unwrap_or_default();
        if text("comm").trim() == "pause" && text("cgroup").contains(&uid) {
            let pid = process.file_name().to_string_lossy().into_owned();
            let kill = std::process::Command::new("kill")
                .args(["-KILL", &pid])
                .status();
            assert!(kill.unwrap().success());
            killed += 1;
        }
    }
    assert_eq!(killed, 1, "{name}");
}

#[test]
fn a_pod_whose_sandbox_dies_begins_anew() {
    let Some((_alone, mut tried)) = node("", &[]) else {
        return;
    };
    let volume = "volumeMounts: [{name: d, mountPath: /d}]";
    let spec = format!(
        "initContainers: [{{name: i, image: {IMAGE}, command: [sh, -c, 'echo begun >> /d/x'], {volume}}}]\n  containers: [{{name: c, image: {IMAGE}, command: [sh, -c, 'cat /d/x; exec httpd -f -p 8080 -h /d'], {volume}, readinessProbe: {{httpGet: {{path: /x, port: 8080}}, periodSeconds: 1}}}}]\n  volumes: [{{name: d, emptyDir: {{}}}}]"
    );
    let never = format!(
        "restartPolicy: Never\n  containers: [{{name: c, image: {IMAGE}, command: [sleep, '1000']}}]"
    );
    tried.apply(&[pod("again", &spec), pod("never", &never)].concat());
    for name in ["pod/again", "pod/never"] {
        tried.said(&["wait", "--for=condition=Ready", name, "--timeout=20s"]);
    }
    assert_eq!(tried.said(&["logs", "again", "-c", "c"]), "begun\n");
    kill_sandbox(&tried, "again");
    kill_sandbox(&tried, "never");
    tried.until(
        &["get", "pod", "again", "-o=jsonpath={.status.containerStatuses[0].restartCount} {.status.initContainerStatuses[0].restartCount} {.status.containerStatuses[0].ready}"],
        |text| text == "1 1 true",
    );
    let say = "Pod sandbox changed, it will be killed and re-created.";
    for name in ["again", "never"] {
        let about = format!("--field-selector=reason=SandboxChanged,involvedObject.name={name}");
        tried.until(&["get", "events", &about], |text| text.contains(say));
    }
    assert_eq!(tried.said(&["logs", "again", "-c", "c"]), "begun\nbegun\n");
    let before = tried.said(&["logs", "again", "-c", "c", "--previous"]);
    assert_eq!(before, "begun\n");
    assert_eq!(
        tried.said(&["exec", "again", "-c", "c", "--", "cat", "/d/x"]),
        "begun\nbegun\n"
    );
    tried.until(
        &["get", "pod", "never", "-o=jsonpath={.status.phase}"],
        |text| text == "Failed",
    );
}

/// Reads a field of the only node.
fn node_field(tried: &mut Tried, path: &str, wanted: &str) {
    let path = format!("-o=jsonpath={{.items[0]{path}}}");
    tried.until(&["get", "nodes", &path], |text| text.contains(wanted));
}

#[test]
fn static_pods_come_from_a_folder() {
    let folder = std::env::temp_dir().join(format!("kubarium-static-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.to_string_lossy().into_owned();
    let Some((_alone, mut tried)) = node("", &["--pod-manifest-path", &path]) else {
        return;
    };
    let host = tried.said(&["get", "nodes", "-o=jsonpath={.items[0].metadata.name}"]);
    let name = format!("web-{host}");
    let write = |words: &str| {
        let spec = format!(
            "  terminationGracePeriodSeconds: 1\n  containers: [{{name: c, image: {IMAGE}, command: [sh, -c, 'echo {words}; exec sleep 1000']}}]"
        );
        let text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: web, labels: {{app: web}}}}\nspec:\n{spec}\n"
        );
        std::fs::write(folder.join("web.yaml"), text).unwrap();
    };
    write("first");
    std::fs::write(folder.join("bad.yaml"), "kind: Service\n").unwrap();
    let ready = "-o=jsonpath={.status.conditions[?(@.type=='Ready')].status}";
    tried.until(&["get", "pod", &name, ready], |text| text == "True");
    assert_eq!(tried.said(&["logs", &name]), "first\n");
    let keys = "-o=jsonpath={.metadata.annotations['kubernetes\\.io/config\\.source']} {.metadata.ownerReferences[0].kind} {.metadata.annotations['kubernetes\\.io/config\\.hash']} {.metadata.annotations['kubernetes\\.io/config\\.mirror']}";
    let said = tried.said(&["get", "pod", &name, keys]);
    let words: Vec<&str> = said.split(' ').collect();
    assert_eq!(words[..2], ["file", "Node"]);
    assert!(words[2] == words[3] && words[2].len() == 32, "{said}");
    let hash = words[2].to_owned();
    let id = tried.status(&name, "containerID");
    assert_eq!(
        tried.said(&["exec", &name, "--", "echo", "there"]),
        "there\n"
    );

    // Who deletes the mirror deletes nothing but that.
    let uid = "-o=jsonpath={.metadata.uid}";
    let before = tried.said(&["get", "pod", &name, uid]);
    tried.said(&["delete", "pod", &name, "--wait=false"]);
    tried.until(&["get", "pod", &name, uid], |text| {
        !text.is_empty() && !text.contains("NotFound") && text != before
    });
    tried.until(&["get", "pod", &name, ready], |text| text == "True");
    assert_eq!(tried.status(&name, "containerID"), id);

    // Killed and started again, the program knows its pod again.
    tried.restart();
    tried.until(&["get", "pod", &name, ready], |text| text == "True");
    assert_eq!(tried.status(&name, "containerID"), id);
    assert_eq!(tried.status(&name, "restartCount"), "0");

    // Taken away for a moment and put back, it is started again.
    let (file, away) = (folder.join("web.yaml"), folder.join(".web.yaml"));
    std::fs::rename(&file, &away).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1500));
    std::fs::rename(&away, &file).unwrap();
    let both = "-o=jsonpath={.status.containerStatuses[0].containerID} {.status.conditions[?(@.type=='Ready')].status}";
    tried.until(&["get", "pod", &name, both], |text| {
        text.starts_with("containerd://") && !text.contains(&id) && text.ends_with("True")
    });

    // Another text is another pod.
    write("second");
    tried.until(&["logs", &name], |text| text == "second\n");
    let other = tried.said(&["get", "pod", &name, keys]);
    assert!(!other.contains(&hash), "{other}");
    tried.until(&["get", "pods", "--no-headers"], |text| {
        text.lines().count() == 1
    });

    std::fs::remove_file(folder.join("web.yaml")).unwrap();
    tried.until(&["get", "pods", "--no-headers"], |text| {
        text.contains("No resources found")
    });
    // A mirror of nothing is not run.
    tried.apply(&format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: ghost, annotations: {{kubernetes.io/config.mirror: x}}}}\nspec: {{nodeName: {host}, containers: [{{name: c, image: {IMAGE}}}]}}\n"
    ));
    tried.until(&["get", "pods", "--no-headers"], |text| {
        text.contains("No resources found")
    });
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn pods_are_ended_where_memory_or_disk_runs_out() {
    let settings = |least: u64| {
        format!(
            "evictionHard: {{memory.available: {least}Mi}}\nevictionPressureTransitionPeriod: 5s\nvolumeStatsAggPeriod: 1s\n"
        )
    };
    let Some((_alone, mut tried)) = node(&settings(1), &[]) else {
        return;
    };
    let host = tried.said(&["get", "nodes", "-o=jsonpath={.items[0].metadata.name}"]);
    let takes = |name: &str, request: &str, bytes: usize| {
        let words = format!(
            "x=a; i=0; while test $i -lt {bytes}; do x=$x$x; i=$((i+1)); done; exec 3<&0; while true; do sleep 1; done"
        );
        let resources = format!("resources: {{requests: {{memory: {request}}}}}");
        pod(
            name,
            &format!(
                "containers: [{{name: c, image: {IMAGE}, command: [sh, -c, '{words}'], {resources}}}]"
            ),
        )
    };
    let fills = format!(
        "containers: [{{name: c, image: {IMAGE}, command: [sh, -c, 'cat /bin/busybox /bin/busybox > /d/f; exec sleep 1000'], volumeMounts: [{{name: d, mountPath: /d}}]}}]\n  volumes: [{{name: d, emptyDir: {{sizeLimit: 1Mi}}}}]"
    );
    tried.apply(
        &[
            takes("within", "200Mi", 10),
            takes("beyond", "1Mi", 24),
            pod("fills", &fills),
        ]
        .concat(),
    );
    for name in ["pod/within", "pod/beyond"] {
        tried.said(&["wait", "--for=condition=Ready", name, "--timeout=20s"]);
    }
    let path = "-o=jsonpath={.status.phase} {.status.reason} {.status.message}";
    let said = tried.until(&["get", "pod", "fills", path], |text| {
        text.starts_with("Failed")
    });
    assert_eq!(
        said.trim_end(),
        "Failed Evicted Usage of EmptyDir volume \"d\" exceeds the limit \"1Mi\"."
    );
    let condition = ".status.conditions[?(@.type=='MemoryPressure')]['status','reason','message']";
    let fine = "False KubeletHasSufficientMemory kubelet has sufficient memory available";
    node_field(&mut tried, condition, fine);

    // With more wanted than any machine has left, the one goes first that takes more than it asked for.
    let meminfo = std::fs::read_to_string("/proc/meminfo").unwrap();
    let total = meminfo.split_whitespace().nth(1).unwrap();
    let total = total.parse::<u64>().unwrap() / 1024;
    let file = tried.dir.join("kubelet.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace(&settings(1), &settings(total - 1))).unwrap();
    tried.restart();
    let short = "True KubeletHasInsufficientMemory kubelet has insufficient memory available";
    node_field(&mut tried, condition, short);
    let taint = "node.kubernetes.io/memory-pressure";
    node_field(&mut tried, ".spec.taints[*].key", taint);
    let said = tried.until(&["get", "pod", "beyond", path], |text| {
        text.starts_with("Failed")
    });
    assert!(
        said.starts_with(
            "Failed Evicted The node was low on resource: memory. Threshold quantity: "
        ) && said.contains("Container c was using ")
            && said.contains(", request is 1Mi, has larger consumption of memory."),
        "{said}"
    );
    // Who keeps to the request goes after that one.
    let said = tried.said(&["get", "pod", "within", "-o=jsonpath={.status.phase}"]);
    assert_eq!(said, "Running");
    let target =
        "-o=jsonpath={.status.conditions[?(@.type=='DisruptionTarget')]['status','reason']}";
    let said = tried.said(&["get", "pod", "beyond", target]);
    assert_eq!(said, "True TerminationByKubelet");
    for reason in [
        "EvictionThresholdMet",
        "NodeHasInsufficientMemory",
        "Evicted",
    ] {
        tried.until(&["get", "events", "-A"], |text| text.contains(reason));
    }
    // It takes none that asks for nothing.
    let sleeps = format!("containers: [{{name: c, image: {IMAGE}, command: [sleep, '1000']}}]");
    tried.apply(&pod("late", &format!("nodeName: {host}\n  {sleeps}")));
    let said = tried.until(&["get", "pod", "late", path], |text| {
        text.starts_with("Failed")
    });
    let refused = "Failed Evicted Pod was rejected: The node had condition: [MemoryPressure].";
    assert_eq!(said.trim_end(), refused);
}

#[test]
fn parts_of_volumes_and_runtime_classes() {
    let Some((_alone, mut tried)) = node("", &[]) else {
        return;
    };
    let class = |name: &str, handler: &str| {
        format!(
            "---\napiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {{name: {name}}}\nhandler: {handler}\n"
        )
    };
    tried.apply(&[class("usual", "runc"), class("unknown", "nothing")].concat());
    let sleeps = |class: &str| {
        format!(
            "runtimeClassName: {class}\n  containers: [{{name: c, image: {IMAGE}, command: [sleep, '1000']}}]"
        )
    };
    let parts = format!(
        "restartPolicy: Never\n  volumes:\n  - {{name: d, emptyDir: {{}}}}\n  \
         - {{name: f, configMap: {{name: f, items: [{{key: a, path: a}}, {{key: b, path: in/b, mode: 0400}}]}}}}\n  \
         containers:\n  - {{name: c, image: {IMAGE}, \
         command: [sh, -c, 'echo one > /part/f; cat /all/logs/parts/f /a /b /in/b; ls -l /b | cut -c1-10'], \
         env: [{{name: POD, value: parts}}], volumeMounts: [\
         {{name: d, mountPath: /all}}, {{name: d, mountPath: /part, subPathExpr: logs/$(POD)}}, {{name: f, mountPath: /a, subPath: a}}, \
         {{name: f, mountPath: /b, subPath: in/b}}, {{name: f, mountPath: /in, subPath: in}}]}}"
    );
    let missing = format!(
        "volumes: [{{name: d, emptyDir: {{}}}}]\n  containers: [{{name: c, image: {IMAGE}, command: [sleep, '1000'], \
         volumeMounts: [{{name: d, mountPath: /part, subPathExpr: $(NONE)}}]}}]"
    );
    let files = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: f}\ndata: {a: \"two\\n\", b: \"three\\n\"}\n";
    tried.apply(
        &[
            files.to_owned(),
            pod("parts", &parts),
            pod("missing", &missing),
            pod("usual", &sleeps("usual")),
            pod("unknown", &sleeps("unknown")),
        ]
        .concat(),
    );
    let phase = "-o=jsonpath={.status.phase}";
    tried.until(&["get", "pod", "parts", phase], |text| text == "Succeeded");
    let logs = tried.said(&["logs", "parts"]);
    assert_eq!(logs, "one\ntwo\nthree\nthree\n-r--------\n");
    tried.until(&["get", "pod", "usual", phase], |text| text == "Running");
    let waits = "-o=jsonpath={.status.containerStatuses[0].state.waiting}";
    tried.until(&["get", "pod", "missing", waits], |text| {
        text.contains("CreateContainerConfigError") && text.contains("missing value for NONE")
    });
    let about = "--field-selector=reason=FailedCreatePodSandBox,involvedObject.name=unknown";
    tried.until(&["get", "events", about], |text| {
        text.contains("no runtime for \"nothing\" is configured")
    });
}

/// What the cgroup of a container says: the names that the two versions of cgroups have for it.
fn cgroup(container: &str, names: &[&str]) -> String {
    let mut folders = vec![PathBuf::from("/sys/fs/cgroup")];
    while let Some(folder) = folders.pop() {
        let inside = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        folders.extend(inside.map(|e| e.path()).filter(|p| p.is_dir()));
        if folder.to_string_lossy().contains(container) {
            let read = |name: &&str| std::fs::read_to_string(folder.join(name)).ok();
            if let Some(text) = names.iter().find_map(read) {
                return text.split(' ').next().unwrap().trim_end().to_owned();
            }
        }
    }
    panic!("the container {container} has no {names:?}");
}

#[test]
fn containers_get_other_resources_while_they_run() {
    let Some((_alone, mut tried)) = node("", &[]) else {
        return;
    };
    let container = |name: &str, policy: &str| {
        format!(
            "{{name: {name}, image: {IMAGE}, command: [sleep, '1000'], resizePolicy: [{policy}], \
             resources: {{requests: {{cpu: 100m, memory: 16Mi}}, limits: {{cpu: 200m, memory: 32Mi}}}}}}"
        )
    };
    let again = "{resourceName: cpu, restartPolicy: RestartContainer}";
    let both = [container("a", ""), container("b", again)].join(", ");
    tried.apply(&pod("sized", &format!("containers: [{both}]")));
    tried.until(&["get", "pod", "sized"], |text| text.contains("2/2"));
    let field = |tried: &Tried, of: usize, name: &str| {
        let path = format!("-o=jsonpath={{.status.containerStatuses[{of}].{name}}}");
        tried.said(&["get", "pod", "sized", &path])
    };
    let id = |tried: &Tried, of: usize| {
        let id = field(tried, of, "containerID");
        id.rsplit('/').next().unwrap().to_owned()
    };
    let sizes = |id: &str| {
        [
            cgroup(id, &["memory.limit_in_bytes", "memory.max"]),
            cgroup(id, &["cpu.cfs_quota_us", "cpu.max"]),
        ]
    };
    let (a, b) = (id(&tried, 0), id(&tried, 1));
    assert_eq!(sizes(&a), ["33554432", "20000"]);
    let shares = |id: &str| cgroup(id, &["cpu.shares", "cpu.weight"]);
    let before = shares(&a);
    let resize = |name: &str, resources: &str| {
        format!(r#"{{"spec": {{"containers": [{{"name": "{name}", "resources": {resources}}}]}}}}"#)
    };
    let patch = |tried: &Tried, name: &str, resources: &str| {
        let patch = resize(name, resources);
        tried.said(&[
            "patch",
            "pod",
            "sized",
            "--subresource=resize",
            "-p",
            &patch,
        ])
    };
    patch(
        &tried,
        "a",
        r#"{"requests": {"cpu": "300m"}, "limits": {"cpu": "500m", "memory": "64Mi"}}"#,
    );
    let has = |of: usize| format!("-o=jsonpath={{.status.containerStatuses[{of}].resources}}");
    tried.until(&["get", "pod", "sized", &has(0)], |text| {
        text.contains(r#""cpu":"500m""#) && text.contains("64Mi") && text.contains("300m")
    });
    assert_eq!(sizes(&a), ["67108864", "50000"]);
    assert_ne!(shares(&a), before);
    assert_eq!(id(&tried, 0), a, "it is the same container");
    assert_eq!(field(&tried, 0, "restartCount"), "0");
    let events = [
        "get",
        "events",
        "--field-selector=involvedObject.name=sized",
    ];
    tried.until(&events, |text| {
        text.contains("ResizeStarted") && text.contains("ResizeCompleted")
    });
    // Less memory than is in use is not taken away, and nothing changes.
    patch(
        &tried,
        "a",
        r#"{"requests": {"memory": "64Ki"}, "limits": {"memory": "64Ki"}}"#,
    );
    let condition = "-o=jsonpath={.status.conditions[?(@.type=='PodResizeInProgress')]}";
    tried.until(&["get", "pod", "sized", condition], |text| {
        text.contains(r#""reason":"Error""#) && text.contains("below current usage")
    });
    assert_eq!(sizes(&a)[0], "67108864");
    patch(
        &tried,
        "a",
        r#"{"requests": {"memory": "16Mi"}, "limits": {"memory": "48Mi"}}"#,
    );
    tried.until(&["get", "pod", "sized", condition], str::is_empty);
    assert_eq!(sizes(&a)[0], (48 << 20).to_string());
    // One whose policy says so is started again.
    patch(&tried, "b", r#"{"limits": {"cpu": "400m"}}"#);
    tried.until(&["get", "pod", "sized", &has(1)], |text| {
        text.contains("400m")
    });
    tried.until(&["get", "pod", "sized"], |text| text.contains("2/2"));
    assert_eq!(field(&tried, 1, "restartCount"), "1");
    let again = id(&tried, 1);
    assert_ne!(again, b);
    assert_eq!(sizes(&again), ["33554432", "40000"]);
    // A kubelet that is started anew knows what they have.
    tried.restart();
    tried.until(&["get", "pod", "sized"], |text| text.contains("2/2"));
    patch(&tried, "a", r#"{"limits": {"cpu": "600m"}}"#);
    tried.until(&["get", "pod", "sized", &has(0)], |text| {
        text.contains("600m")
    });
    assert_eq!(sizes(&a), ["50331648", "60000"]);
    assert_eq!(id(&tried, 0), a);
}
