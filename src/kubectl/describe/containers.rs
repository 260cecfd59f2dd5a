//! Containers and pod templates in descriptions.

use super::volumes::volumes;
use super::writer::{Writer, number, or_none, plain, rfc1123};
use crate::apimachinery::intstr;
use crate::apimachinery::strconv::quote;
use crate::apimachinery::{Quantity, Value};
use crate::collections::Arrange;

/// Containers under a title; `pod` is there where their statuses and fields can be looked up.
pub fn containers(
    w: &mut Writer,
    title: &str,
    list: &Value,
    statuses: &Value,
    pod: Option<&Value>,
    space: &str,
) {
    let none = if list.items().is_empty() {
        " <none>"
    } else {
        ""
    };
    w.line(0, format!("{space}{title}:{none}"));
    for c in list.items() {
        let status = statuses
            .items()
            .iter()
            .find(|s| s.get("name") == c.get("name"));
        basics(w, c, status, space);
        words(w, "Command", c.get("command"));
        words(w, "Args", c.get("args"));
        if let Some(status) = status {
            state(w, "State", status.get("state"));
            if !status.at(&["lastState", "terminated"]).is_null() {
                state(w, "Last State", status.get("lastState"));
            }
            let ready = status.get("ready").as_bool() == Some(true);
            w.field(2, "Ready", if ready { "True" } else { "False" });
            w.field(
                2,
                "Restart Count",
                number(status.get("restartCount")).to_string(),
            );
        }
        resources(w, c.get("resources"), 2);
        for (title, key) in [
            ("Liveness", "livenessProbe"),
            ("Readiness", "readinessProbe"),
            ("Startup", "startupProbe"),
        ] {
            if !c.get(key).is_null() {
                w.field(2, title, probe(c.get(key)));
            }
        }
        if !c.get("envFrom").items().is_empty() {
            env_from(w, c.get("envFrom"));
        }
        env(w, c, pod);
        mounts(w, c);
    }
}

fn basics(w: &mut Writer, c: &Value, status: Option<&Value>, space: &str) {
    let indent = if space.is_empty() { "" } else { " " };
    w.line(1, format!("{indent}{}:", c.get("name").str()));
    if let Some(s) = status {
        w.field(2, "Container ID", s.get("containerID").str());
    }
    w.field(2, "Image", c.get("image").str());
    if let Some(s) = status {
        w.field(2, "Image ID", s.get("imageID").str());
    }
    for (one, many, key) in [
        ("Port", "Ports", "containerPort"),
        ("Host Port", "Host Ports", "hostPort"),
    ] {
        let text = ports(c.get("ports"), key);
        let title = if text.contains(',') { many } else { one };
        w.field(2, title, or_none(&text));
    }
    seccomp(w, c.at(&["securityContext", "seccompProfile"]), 2, 3);
}

/// The seccomp profile of a pod or container, if it has one.
pub fn seccomp(w: &mut Writer, profile: &Value, level: usize, inner: usize) {
    if profile.is_null() {
        return;
    }
    w.field(level, "SeccompProfile", profile.get("type").str());
    if profile.get("type") == "Localhost" {
        w.field(
            inner,
            "LocalhostProfile",
            profile.get("localhostProfile").str(),
        );
    }
}

fn ports(list: &Value, key: &str) -> String {
    let one = |p: &Value| {
        let text = format!("{}/{}", number(p.get(key)), p.get("protocol").str());
        match p.get("name").str() {
            "" => text,
            name => format!("{text} ({name})"),
        }
    };
    let all: Vec<String> = list.items().iter().map(one).collect();
    all.join(", ")
}

fn words(w: &mut Writer, title: &str, list: &Value) {
    if list.items().is_empty() {
        return;
    }
    w.line(2, format!("{title}:"));
    for word in list.items() {
        for line in word.str().split('\n') {
            w.line(3, line);
        }
    }
}

fn state(w: &mut Writer, title: &str, state: &Value) {
    let (running, waiting, ended) = (
        state.get("running"),
        state.get("waiting"),
        state.get("terminated"),
    );
    if !running.is_null() {
        w.field(2, title, "Running");
        w.field(3, "Started", rfc1123(running.get("startedAt")));
    } else if !waiting.is_null() || ended.is_null() {
        w.field(2, title, "Waiting");
        if !waiting.get("reason").is_empty() {
            w.field(3, "Reason", waiting.get("reason").str());
        }
    } else {
        w.field(2, title, "Terminated");
        for (title, key) in [("Reason", "reason"), ("Message", "message")] {
            if !ended.get(key).is_empty() {
                w.field(3, title, ended.get(key).str());
            }
        }
        w.field(3, "Exit Code", number(ended.get("exitCode")).to_string());
        if number(ended.get("signal")) > 0 {
            w.field(3, "Signal", number(ended.get("signal")).to_string());
        }
        w.field(3, "Started", rfc1123(ended.get("startedAt")));
        w.field(3, "Finished", rfc1123(ended.get("finishedAt")));
    }
}

/// Limits and requests.
pub fn resources(w: &mut Writer, resources: &Value, level: usize) {
    for (title, key) in [("Limits", "limits"), ("Requests", "requests")] {
        if resources.get(key).is_empty() {
            continue;
        }
        w.line(level, format!("{title}:"));
        for (name, amount) in resources.get(key).fields() {
            w.field(level + 1, name, Quantity::of(amount).to_string());
        }
    }
}

/// A probe in one line.
pub fn probe(p: &Value) -> String {
    let n = |key: &str| number(p.get(key));
    let attributes = format!(
        "delay={}s timeout={}s period={}s #success={} #failure={}",
        n("initialDelaySeconds"),
        n("timeoutSeconds"),
        n("periodSeconds"),
        n("successThreshold"),
        n("failureThreshold")
    );
    let (exec, http, tcp, grpc) = (
        p.get("exec"),
        p.get("httpGet"),
        p.get("tcpSocket"),
        p.get("grpc"),
    );
    if !exec.is_null() {
        format!(
            "exec {} {attributes}",
            super::writer::go_list(exec.get("command"))
        )
    } else if !http.is_null() {
        let host = http.get("host").str();
        let host = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.to_owned()
        };
        let path = http.get("path").str();
        let slash = if path.is_empty() || path.starts_with('/') {
            ""
        } else {
            "/"
        };
        format!(
            "http-get {}://{host}:{}{slash}{path} {attributes}",
            http.get("scheme").str().to_lowercase(),
            intstr::display(http.get("port"))
        )
    } else if !tcp.is_null() {
        format!(
            "tcp-socket {}:{} {attributes}",
            tcp.get("host").str(),
            intstr::display(tcp.get("port"))
        )
    } else if !grpc.is_null() {
        format!(
            "grpc <pod>:{} {} {attributes}",
            number(grpc.get("port")),
            grpc.get("service").str()
        )
    } else {
        format!("unknown {attributes}")
    }
}

fn optional(v: &Value) -> bool {
    v.get("optional").as_bool() == Some(true)
}

fn env_from(w: &mut Writer, list: &Value) {
    w.line(2, "Environment Variables from:");
    for e in list.items() {
        let (from, source) = if e.get("configMapRef").is_null() {
            ("Secret", e.get("secretRef"))
        } else {
            ("ConfigMap", e.get("configMapRef"))
        };
        let (name, optional) = (source.get("name").str(), optional(source));
        match e.get("prefix").str() {
            "" => w.line(3, format!("{name}\t{from}\tOptional: {optional}")),
            prefix => w.line(
                3,
                format!("{name}\t{from} with prefix '{prefix}'\tOptional: {optional}"),
            ),
        }
    }
}

fn env(w: &mut Writer, c: &Value, pod: Option<&Value>) {
    let none = if c.get("env").items().is_empty() {
        "\t<none>"
    } else {
        ""
    };
    w.line(2, format!("Environment:{none}"));
    for e in c.get("env").items() {
        let (name, from) = (e.get("name").str(), e.get("valueFrom"));
        let source = |key: &str| {
            let s = from.get(key);
            (
                s.get("key").str().to_owned(),
                s.get("name").str().to_owned(),
                optional(s),
            )
        };
        if from.is_null() {
            for (i, line) in e.get("value").str().split('\n').enumerate() {
                let title = if i == 0 {
                    format!("{name}:")
                } else {
                    String::new()
                };
                w.line(3, format!("{title}\t{line}"));
            }
        } else if !from.get("fieldRef").is_null() {
            let field = from.get("fieldRef");
            let path = field.get("fieldPath").str();
            let value = pod.map(|p| field_of_pod(p, path)).unwrap_or_default();
            w.field(
                3,
                name,
                format!("{value} ({}:{path})", field.get("apiVersion").str()),
            );
        } else if !from.get("resourceFieldRef").is_null() {
            let resource = from.at(&["resourceFieldRef", "resource"]).str();
            let mut value = resource_field(c, from.get("resourceFieldRef"));
            if value == "0" && matches!(resource, "limits.cpu" | "limits.memory") {
                value = "node allocatable".to_owned();
            }
            w.field(3, name, format!("{value} ({resource})"));
        } else if !from.get("secretKeyRef").is_null() {
            let (key, secret, optional) = source("secretKeyRef");
            w.field(
                3,
                name,
                format!("<set to the key '{key}' in secret '{secret}'>\tOptional: {optional}"),
            );
        } else if !from.get("configMapKeyRef").is_null() {
            let (key, map, optional) = source("configMapKeyRef");
            w.field(
                3,
                name,
                format!("<set to the key '{key}' of config map '{map}'>\tOptional: {optional}"),
            );
        }
    }
}

/// A field of a pod's metadata as the downward API reads it; "" for any other (`fieldpath.ExtractFieldPathAsString`).
pub fn field_of_pod(pod: &Value, path: &str) -> String {
    let map = |key: &str| {
        let mut out = String::new();
        for (k, v) in pod.meta().get(key).fields() {
            let separator = if out.is_empty() { "" } else { "\n" };
            out.push_str(&format!("{separator}{k}={}", quote(v.str())));
        }
        out
    };
    let subscript = |key: &str| {
        let inner = path
            .strip_prefix(key)?
            .strip_prefix("['")?
            .strip_suffix("']")?;
        Some(inner.to_owned())
    };
    match path {
        "metadata.name" => pod.name().to_owned(),
        "metadata.namespace" => pod.namespace().to_owned(),
        "metadata.uid" => pod.uid().to_owned(),
        "metadata.labels" => map("labels"),
        "metadata.annotations" => map("annotations"),
        _ => {
            if let Some(key) = subscript("metadata.labels") {
                pod.label(&key).unwrap_or_default().to_owned()
            } else if let Some(key) = subscript("metadata.annotations") {
                pod.annotation(&key).unwrap_or_default().to_owned()
            } else {
                String::new()
            }
        }
    }
}

/// A container's limit or request in units of the divisor, rounded up (`ExtractContainerResourceValue`).
pub fn resource_field(container: &Value, field: &Value) -> String {
    let Some((kind, name)) = field.get("resource").str().split_once('.') else {
        return String::new();
    };
    let amount = Quantity::of(container.at(&["resources", kind, name]));
    let mut divisor = Quantity::of(field.get("divisor"));
    if divisor.is_zero() {
        divisor = Quantity::new(1, crate::apimachinery::quantity::Format::DecimalSI);
    }
    let (a, d) = if name == "cpu" {
        (amount.milli_value(), divisor.milli_value())
    } else {
        (amount.value(), divisor.value())
    };
    let d = d.max(1);
    (a / d + i64::from(a % d != 0)).to_string()
}

fn mounts(w: &mut Writer, c: &Value) {
    let mut list = c.get("volumeMounts").items().to_vec();
    list.arrange_by(|a, b| a.get("mountPath").str().cmp(b.get("mountPath").str()));
    let none = if list.is_empty() { "\t<none>" } else { "" };
    w.line(2, format!("Mounts:{none}"));
    for m in &list {
        let read_only = m.get("readOnly").as_bool() == Some(true);
        let mut flags = (if read_only { "ro" } else { "rw" }).to_owned();
        if !m.get("subPath").is_empty() {
            flags.push_str(&format!(",path={}", quote(m.get("subPath").str())));
        }
        let (path, name) = (m.get("mountPath").str(), m.get("name").str());
        w.line(3, format!("{path} from {name} ({flags})"));
    }
    let mut devices = c.get("volumeDevices").items().to_vec();
    if devices.is_empty() {
        return;
    }
    devices.arrange_by(|a, b| a.get("devicePath").str().cmp(b.get("devicePath").str()));
    w.line(2, format!("Devices:{none}"));
    for d in &devices {
        w.line(
            3,
            format!("{} from {}", d.get("devicePath").str(), d.get("name").str()),
        );
    }
}

/// A pod template, as workloads and revisions show it.
pub fn template(w: &mut Writer, template: &Value) {
    w.line(0, "Pod Template:");
    if template.is_null() {
        return w.write(1, "<unset>");
    }
    let spec = template.get("spec");
    w.labels("  Labels", template.meta().get("labels"));
    if !template.meta().get("annotations").is_empty() {
        w.annotations("  Annotations", template.meta().get("annotations"));
    }
    if !spec.get("serviceAccountName").is_empty() {
        w.field(1, "Service Account", spec.get("serviceAccountName").str());
    }
    if !spec.get("initContainers").items().is_empty() {
        containers(
            w,
            "Init Containers",
            spec.get("initContainers"),
            &Value::Null,
            None,
            "  ",
        );
    }
    containers(
        w,
        "Containers",
        spec.get("containers"),
        &Value::Null,
        None,
        "  ",
    );
    volumes(w, spec.get("volumes"), "  ");
    topology_spread(w, spec.get("topologySpreadConstraints"), "  ");
    if !spec.get("priorityClassName").is_empty() {
        w.field(
            1,
            "Priority Class Name",
            spec.get("priorityClassName").str(),
        );
    }
    w.labels("  Node-Selectors", spec.get("nodeSelector"));
    tolerations(w, "  Tolerations", spec.get("tolerations"));
}

/// Topology spread constraints, if there are any.
pub fn topology_spread(w: &mut Writer, list: &Value, space: &str) {
    let mut list = list.items().to_vec();
    list.arrange_by(|a, b| a.get("topologyKey").str().cmp(b.get("topologyKey").str()));
    for (i, c) in list.iter().enumerate() {
        let start = if i == 0 {
            format!("{space}Topology Spread Constraints:\t")
        } else {
            format!("{space}\t")
        };
        let mut text = format!(
            "{}:{} when max skew {} is exceeded",
            c.get("topologyKey").str(),
            c.get("whenUnsatisfiable").str(),
            number(c.get("maxSkew"))
        );
        if !c.get("labelSelector").is_null() {
            let selector =
                crate::apimachinery::labels::format_label_selector(c.get("labelSelector"));
            text.push_str(&format!(" for selector {selector}"));
        }
        w.line(0, format!("{start}{text}"));
    }
}

/// Tolerations, one per line, by key.
pub fn tolerations(w: &mut Writer, title: &str, list: &Value) {
    let mut list = list.items().to_vec();
    list.arrange_by(|a, b| a.get("key").str().cmp(b.get("key").str()));
    let one = |t: &Value| {
        let (key, value, effect) = (
            t.get("key").str(),
            t.get("value").str(),
            t.get("effect").str(),
        );
        let mut text = key.to_owned();
        if !value.is_empty() {
            text.push_str(&format!("={value}"));
        }
        if !effect.is_empty() {
            text.push_str(&format!(":{effect}"));
        }
        if t.get("operator") == "Exists" && value.is_empty() {
            text.push_str(if text.is_empty() {
                "op=Exists"
            } else {
                " op=Exists"
            });
        }
        if !t.get("tolerationSeconds").is_null() {
            text.push_str(&format!(" for {}s", plain(t.get("tolerationSeconds"))));
        }
        text
    };
    let lines: Vec<String> = list.iter().map(one).collect();
    w.multiline(title, &lines);
}
