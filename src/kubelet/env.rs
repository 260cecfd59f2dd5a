//! A container's environment, command and files from its spec (`makeEnvironmentVariables`, `GenerateRunContainerOptions`).

use super::mounts::mounts;
use super::worker::PodWorker;
use crate::api::core_v1::{Container, EnvVar, Service};
use crate::apimachinery::schema::{self, ResourceDef};
use crate::apimachinery::{Value, quantity::Quantity};
use crate::client::{ApiError, Cx};
use crate::collections::SortedMap;
use crate::cri::ContainerConfig;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

pub(super) fn core(resource: &str) -> &'static ResourceDef {
    schema::resource("", "v1", resource).expect("a built-in resource")
}

/// What the kubelet must know beside the pod.
pub struct Surroundings {
    /// The node's name.
    pub node_name: String,
    /// The node's address.
    pub node_ip: String,
    /// Services of the pod's namespace and the default one's `kubernetes`.
    pub services: Vec<Service>,
    /// Whether a part of a volume can be mounted.
    pub sub_paths: bool,
    /// Whether tokens of accounts are asked of the API server.
    #[cfg(not(target_arch = "wasm32"))]
    pub real_tokens: bool,
    /// What of the node pods may use, by resource name.
    pub allocatable: Vec<(String, String)>,
}

/// The whole configuration of a container, or why it cannot be made (`CreateContainerConfigError`).
pub fn container_config(
    w: &PodWorker,
    c: &Container,
    attempt: u32,
    near: &Surroundings,
    cx: &mut Cx<'_>,
) -> Result<ContainerConfig, String> {
    let envs = environment(w, c, near, cx)?;
    let lookup: SortedMap<&str, &str> =
        envs.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let limits = c.resources().limits();
    let milli = |v: Option<&str>| v.and_then(|q| Quantity::parse(q).ok());
    Ok(ContainerConfig {
        pod: w.allocated().into(),
        name: c.name().to_owned(),
        attempt,
        image: c.image().to_owned(),
        command: c.command().iter().map(|s| expand(s, &lookup)).collect(),
        args: c.args().iter().map(|s| expand(s, &lookup)).collect(),
        working_dir: c.working_dir().to_owned(),
        mounts: mounts(w, c, &lookup, near, cx)?,
        ports: c
            .ports()
            .iter()
            .filter_map(|p| p.container_port())
            .filter_map(|p| u16::try_from(p).ok())
            .collect(),
        memory_limit: milli(limits.get("memory")).map_or(0, |q| q.value()),
        cpu_limit_milli: milli(limits.get("cpu")).map_or(0, |q| q.milli_value()),
        stdin: c.stdin() == Some(true),
        stdin_once: c.stdin_once() == Some(true),
        tty: c.tty() == Some(true),
        target: target(w, c)?,
        read_only_root: c.security_context().read_only_root_filesystem() == Some(true),
        termination_message_path: c.termination_message_path().to_owned(),
        envs,
    })
}

/// The runtime's id of the container whose processes an ephemeral one asks to see.
fn target(w: &PodWorker, c: &Container) -> Result<String, String> {
    let name = c.get("targetContainerName").str();
    if name.is_empty() {
        return Ok(String::new());
    }
    let known = w.known(name).filter(|r| !r.id.is_empty());
    known
        .map(|r| r.id.clone())
        .ok_or_else(|| format!("unable to find target container {name}"))
}

/// Replaces `$(NAME)` by values; `$$` is a dollar; unknown names stay as they are (third_party/forked/golang/expansion).
pub fn expand(s: &str, values: &SortedMap<&str, &str>) -> String {
    let mut out = String::with_capacity(s.len());
    let mut rest = s;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(tail) = after.strip_prefix('$') {
            out.push('$');
            rest = tail;
        } else if let Some((name, tail)) = after.strip_prefix('(').and_then(|a| a.split_once(')')) {
            match values.get(name) {
                Some(v) => out.push_str(v),
                None => out.push_str(&format!("$({name})")),
            }
            rest = tail;
        } else {
            out.push('$');
            rest = after;
        }
    }
    out + rest
}

/// The names that stand in `$(NAME)`.
pub(super) fn references(s: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = s;
    while let Some((_, after)) = rest.split_once('$') {
        let name = after.strip_prefix('(').and_then(|a| a.split_once(')'));
        rest = match name {
            Some((name, tail)) => {
                names.push(name);
                tail
            }
            None => after.strip_prefix('$').unwrap_or(after),
        };
    }
    names
}

fn environment(
    w: &PodWorker,
    c: &Container,
    near: &Surroundings,
    cx: &mut Cx<'_>,
) -> Result<Vec<(String, String)>, String> {
    let mut env: SortedMap<String, String> = SortedMap::new();
    let mut order: Vec<String> = Vec::new();
    let put = |env: &mut SortedMap<String, String>, order: &mut Vec<String>, k: String, v| {
        if env.insert(k.clone(), v).is_none() {
            order.push(k);
        }
    };
    for (k, v) in service_env(w, near) {
        put(&mut env, &mut order, k, v);
    }
    for source in c.env_from() {
        for (k, v) in from_source(w, source, cx)? {
            put(&mut env, &mut order, k, v);
        }
    }
    for e in c.env() {
        let lookup: SortedMap<&str, &str> =
            env.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        if let Some(v) = env_value(w, c, e, &lookup, near, cx)? {
            put(&mut env, &mut order, e.name().to_owned(), v);
        }
    }
    Ok(order
        .into_iter()
        .filter_map(|k| env.remove_entry(&k))
        .collect())
}

fn service_env(w: &PodWorker, near: &Surroundings) -> Vec<(String, String)> {
    let links = w.pod.spec().enable_service_links() != Some(false);
    let mut out = Vec::new();
    for s in &near.services {
        let master = s.namespace() == "default" && s.name() == "kubernetes";
        let ip = s.spec().cluster_ip();
        if ip.is_empty() || ip == "None" || !(master || links && s.namespace() == w.pod.namespace())
        {
            continue;
        }
        let name = s.name().to_ascii_uppercase().replace('-', "_");
        let Some(first) = s.spec().ports().first() else {
            continue;
        };
        let number = |p: Option<i64>| p.unwrap_or(0).to_string();
        out.push((format!("{name}_SERVICE_HOST"), ip.to_owned()));
        out.push((format!("{name}_SERVICE_PORT"), number(first.port())));
        for p in s.spec().ports().iter().filter(|p| !p.name().is_empty()) {
            out.push((
                format!(
                    "{name}_SERVICE_PORT_{}",
                    p.name().to_ascii_uppercase().replace('-', "_")
                ),
                number(p.port()),
            ));
        }
        let url = |p: &crate::api::core_v1::ServicePort| {
            format!(
                "{}://{ip}:{}",
                protocol(p).to_ascii_lowercase(),
                number(p.port())
            )
        };
        out.push((format!("{name}_PORT"), url(first)));
        for p in s.spec().ports() {
            let prefix = format!("{name}_PORT_{}_{}", number(p.port()), protocol(p));
            out.push((prefix.clone(), url(p)));
            out.push((format!("{prefix}_PROTO"), protocol(p).to_ascii_lowercase()));
            out.push((format!("{prefix}_PORT"), number(p.port())));
            out.push((format!("{prefix}_ADDR"), ip.to_owned()));
        }
    }
    out
}

fn protocol(p: &crate::api::core_v1::ServicePort) -> &str {
    if p.protocol().is_empty() {
        "TCP"
    } else {
        p.protocol()
    }
}

fn from_source(
    w: &PodWorker,
    source: &Value,
    cx: &mut Cx<'_>,
) -> Result<Vec<(String, String)>, String> {
    let prefix = source.get("prefix").str();
    for (field, resource, secret) in [
        ("configMapRef", "configmaps", false),
        ("secretRef", "secrets", true),
    ] {
        let r = source.get(field);
        if r.is_null() {
            continue;
        }
        let data = match cx.get(core(resource), w.pod.namespace(), r.get("name").str()) {
            Ok(o) => o,
            Err(e) if e.is_not_found() && r.get("optional").as_bool() == Some(true) => {
                return Ok(Vec::new());
            }
            Err(e) => return Err(unreadable(&e, resource)),
        };
        return Ok(texts(&data, secret)
            .into_iter()
            .map(|(k, v)| (format!("{prefix}{k}"), v))
            .collect());
    }
    Ok(Vec::new())
}

/// Why an object cannot be read; the kubelet names resources in the singular.
fn unreadable(e: &ApiError, resource: &str) -> String {
    let mut quoted = resource.to_owned();
    quoted.push_str(" \"");
    let mut singular = resource.trim_end_matches('s').to_owned();
    singular.push_str(" \"");
    e.message().replace(&quoted, &singular)
}

fn texts(object: &Value, secret: bool) -> Vec<(String, String)> {
    object
        .get("data")
        .fields()
        .map(|(k, v)| {
            (
                k.to_owned(),
                if secret {
                    String::from_utf8_lossy(&decode(v.str())).into_owned()
                } else {
                    v.str().to_owned()
                },
            )
        })
        .collect()
}

/// Decodes base64 as the API carries bytes; what is no base64 gives nothing.
fn decode(s: &str) -> Vec<u8> {
    STANDARD.decode(s).unwrap_or_default()
}

fn env_value(
    w: &PodWorker,
    c: &Container,
    e: &EnvVar,
    known: &SortedMap<&str, &str>,
    near: &Surroundings,
    cx: &mut Cx<'_>,
) -> Result<Option<String>, String> {
    let from = e.value_from();
    if from.is_null() {
        return Ok(Some(expand(e.value(), known)));
    }
    let field = from.get("fieldRef");
    if !field.is_null() {
        return Ok(Some(pod_field(w, field.get("fieldPath").str(), near)));
    }
    let resource = from.get("resourceFieldRef");
    if !resource.is_null() {
        return Ok(Some(resource_field(w, c, resource, near)));
    }
    for (key, resource, word, secret) in [
        ("configMapKeyRef", "configmaps", "ConfigMap", false),
        ("secretKeyRef", "secrets", "Secret", true),
    ] {
        let r = from.get(key);
        if r.is_null() {
            continue;
        }
        let (name, wanted) = (r.get("name").str(), r.get("key").str());
        let optional = r.get("optional").as_bool() == Some(true);
        let object = match cx.get(core(resource), w.pod.namespace(), name) {
            Ok(o) => o,
            Err(e) if e.is_not_found() && optional => return Ok(None),
            Err(e) => return Err(unreadable(&e, resource)),
        };
        return match texts(&object, secret)
            .into_iter()
            .find(|(k, _)| k == wanted)
        {
            Some((_, v)) => Ok(Some(v)),
            None if optional => Ok(None),
            None => Err(format!(
                "couldn't find key {wanted} in {word} {}/{name}",
                w.pod.namespace()
            )),
        };
    }
    Ok(Some(String::new()))
}

/// The value of a downward API field.
fn pod_field(w: &PodWorker, path: &str, near: &Surroundings) -> String {
    let pod = &w.pod;
    if let Some((map, key)) = path.strip_suffix("']").and_then(|p| p.split_once("['")) {
        return pod
            .meta()
            .get(map.trim_start_matches("metadata."))
            .get(key)
            .str()
            .to_owned();
    }
    let ip = w
        .sandbox
        .as_ref()
        .map_or("", |(_, ip)| if ip.is_empty() { &near.node_ip } else { ip });
    match path {
        "metadata.name" => pod.name().to_owned(),
        "metadata.namespace" => pod.namespace().to_owned(),
        "metadata.uid" => pod.uid().to_owned(),
        "metadata.labels" | "metadata.annotations" => {
            let lines = pod
                .meta()
                .get(path.trim_start_matches("metadata."))
                .fields()
                .map(|(k, v)| format!("{k}={:?}", v.str()));
            lines.collect::<Vec<_>>().join("\n")
        }
        "spec.nodeName" => near.node_name.to_owned(),
        "spec.serviceAccountName" => pod.spec().service_account_name().to_owned(),
        "status.hostIP" | "status.hostIPs" => near.node_ip.to_owned(),
        "status.podIP" | "status.podIPs" => ip.to_owned(),
        _ => String::new(),
    }
}

fn resource_field(w: &PodWorker, c: &Container, r: &Value, near: &Surroundings) -> String {
    let name = match r.get("containerName").str() {
        "" => c.name(),
        name => name,
    };
    let container = w.allocated_container(name);
    let Some(container) = container else {
        return String::new();
    };
    let Some((kind, name)) = r.get("resource").str().split_once('.') else {
        return String::new();
    };
    let mut q = Quantity::of(container.resources().get(kind).get(name));
    if q.is_zero() && kind == "limits" {
        // Without a limit of its own a container can take what the node has.
        let node = near.allocatable.iter().find(|(n, _)| n == name);
        q = node.and_then(|(_, v)| Quantity::parse(v).ok()).unwrap_or(q);
    }
    let divisor = Quantity::of(r.get("divisor"));
    let divide = |value: i64, by: i64| {
        if by <= 0 {
            value
        } else {
            (value + by - 1) / by
        }
    };
    if name == "cpu" && !divisor.is_zero() {
        return divide(q.milli_value(), divisor.milli_value()).to_string();
    }
    divide(q.value(), divisor.value().max(1)).to_string()
}

/// The files that a volume brings, `None` for a volume that begins empty; `Err` says what is missing.
pub fn volume_files(
    w: &PodWorker,
    volume: &Value,
    near: &Surroundings,
    cx: &mut Cx<'_>,
) -> Result<Option<SortedMap<String, Vec<u8>>>, String> {
    let projected = volume.get("projected");
    if !projected.is_null() {
        let mut files = SortedMap::new();
        for source in projected.get("sources").items() {
            files.extend(source_files(w, source, true, near, cx)?.unwrap_or_default());
        }
        return Ok(Some(files));
    }
    source_files(w, volume, false, near, cx)
}

fn source_files(
    w: &PodWorker,
    source: &Value,
    projected: bool,
    near: &Surroundings,
    cx: &mut Cx<'_>,
) -> Result<Option<SortedMap<String, Vec<u8>>>, String> {
    for (field, resource, name_key, secret) in [
        ("configMap", "configmaps", "name", false),
        (
            "secret",
            "secrets",
            if projected { "name" } else { "secretName" },
            true,
        ),
    ] {
        let s = source.get(field);
        if s.is_null() {
            continue;
        }
        let (name, optional) = (
            s.get(name_key).str(),
            s.get("optional").as_bool() == Some(true),
        );
        let object = match cx.get(core(resource), w.pod.namespace(), name) {
            Ok(o) => o,
            Err(e) if e.is_not_found() && optional => return Ok(Some(SortedMap::new())),
            Err(e) => return Err(unreadable(&e, resource)),
        };
        return keyed_files(&object, s, secret, optional).map(Some);
    }
    let downward = source.get("downwardAPI");
    if !downward.is_null() {
        let item = |i: &Value| {
            let text = match i.at(&["fieldRef", "fieldPath"]).str() {
                "" => w
                    .pod
                    .spec()
                    .containers()
                    .first()
                    .map(|c| resource_field(w, c, i.get("resourceFieldRef"), near))
                    .unwrap_or_default(),
                path => pod_field(w, path, near),
            };
            (i.get("path").str().to_owned(), text.into_bytes())
        };
        return Ok(Some(
            downward.get("items").items().iter().map(item).collect(),
        ));
    }
    let token = source.get("serviceAccountToken");
    if !token.is_null() {
        #[cfg(not(target_arch = "wasm32"))]
        if near.real_tokens {
            let path = token.get("path").str().to_owned();
            return Ok(Some(SortedMap::from([(
                path,
                request_token(w, token, cx)?,
            )])));
        }
        let text = format!(
            "{}.{}.{}",
            "simulated",
            w.pod.uid(),
            w.pod.spec().service_account_name()
        );
        return Ok(Some(SortedMap::from([(
            token.get("path").str().to_owned(),
            text.into_bytes(),
        )])));
    }
    Ok(None)
}

/// Asks for a token that lives as long as its pod (pkg/kubelet/token).
#[cfg(not(target_arch = "wasm32"))]
fn request_token(w: &PodWorker, source: &Value, cx: &mut Cx<'_>) -> Result<Vec<u8>, String> {
    let pod = w.api_pod();
    let mut request = crate::tree!({
        "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "metadata": {},
        "spec": {
            "audiences": [],
            "expirationSeconds": source.get("expirationSeconds").as_i64().unwrap_or(3600),
            "boundObjectRef": {"apiVersion": "v1", "kind": "Pod", "name": pod.name(), "uid": pod.uid()}
        }
    });
    match source.get("audience").str() {
        "" => {}
        audience => request.set_at(&["spec", "audiences"], crate::tree!([audience])),
    }
    let accounts = core("serviceaccounts");
    let account = w.pod.spec().service_account_name();
    let made = cx.create_sub(accounts, pod.namespace(), account, "token", request);
    let made = made.map_err(|e| format!("failed to fetch token: {}", e.message()))?;
    Ok(made.at(&["status", "token"]).str().as_bytes().to_vec())
}

fn keyed_files(
    object: &Value,
    source: &Value,
    secret: bool,
    optional: bool,
) -> Result<SortedMap<String, Vec<u8>>, String> {
    let mut all: SortedMap<String, Vec<u8>> = object
        .get("data")
        .fields()
        .map(|(k, v)| {
            (
                k.to_owned(),
                if secret {
                    decode(v.str())
                } else {
                    v.str().as_bytes().to_vec()
                },
            )
        })
        .collect();
    all.extend(
        object
            .get("binaryData")
            .fields()
            .map(|(k, v)| (k.to_owned(), decode(v.str()))),
    );
    let items = source.get("items").items();
    if items.is_empty() {
        return Ok(all);
    }
    let mut out = SortedMap::new();
    for item in items {
        match all.get(item.get("key").str()) {
            Some(data) => {
                out.insert(item.get("path").str().to_owned(), data.clone());
            }
            None if optional => {}
            None => {
                return Err(format!(
                    "references non-existent {} key: {}",
                    if secret { "secret" } else { "config" },
                    item.get("key").str()
                ));
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_expanded() {
        let values = SortedMap::from([("A", "1"), ("B", "two")]);
        for (s, want) in [
            ("$(A)-$(B)", "1-two"),
            ("$$(A)", "$(A)"),
            ("$(C)", "$(C)"),
            ("$A", "$A"),
            ("$(A", "$(A"),
            ("x$", "x$"),
        ] {
            assert_eq!(expand(s, &values), want, "{s}");
        }
    }
}
