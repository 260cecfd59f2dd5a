//! Completion of a command line: commands, flags, kinds, names, containers, namespaces, contexts.

use super::command::find;
use super::context::Cx;
use super::discovery::Mapping;
use super::env::{Io, Transport};
use super::flags::{Flag, Parsed, parse};
use super::rest::Call;
use crate::apimachinery::Value;
use crate::collections::Arrange;
use http::Method;
use std::rc::Rc;

/// One way to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The whole word as it would stand.
    pub word: String,
    /// What it is, for people.
    pub about: String,
}

/// Commands whose arguments are kinds and names.
const WITH_RESOURCES: &[&str] = &[
    "get",
    "describe",
    "delete",
    "edit",
    "label",
    "annotate",
    "patch",
    "wait",
    "scale",
    "expose",
    "autoscale",
    "taint",
    "status",
    "history",
    "undo",
    "restart",
    "pause",
    "resume",
    "image",
    "env",
    "resources",
    "selector",
    "serviceaccount",
    "subject",
    "view-last-applied",
    "edit-last-applied",
    "events",
];
/// Commands whose arguments are names of one kind.
const WITH_NAMES: &[(&str, &str)] = &[
    ("logs", "pods"),
    ("exec", "pods"),
    ("attach", "pods"),
    ("port-forward", "pods"),
    ("debug", "pods"),
    ("cordon", "nodes"),
    ("uncordon", "nodes"),
    ("drain", "nodes"),
    ("token", "serviceaccounts"),
    ("pod", "pods"),
    ("node", "nodes"),
];
const FORMATS: &[&str] = &[
    "custom-columns=",
    "custom-columns-file=",
    "go-template=",
    "go-template-file=",
    "json",
    "jsonpath=",
    "jsonpath-as-json=",
    "jsonpath-file=",
    "kyaml",
    "name",
    "wide",
    "yaml",
];

/// Ways to complete the last of `words` (which may be empty); `kubectl` itself is not among them. Files are the shell's to complete.
pub async fn complete(
    words: &[String],
    io: Rc<dyn Io>,
    transport: Rc<dyn Transport>,
) -> Vec<Completion> {
    let Some((last, before)) = words.split_last() else {
        return Vec::new();
    };
    let Ok(found) = find(&super::cmd::ROOT, before) else {
        return Vec::new();
    };
    let flags = found.flags();
    let pending = pending_flag(&flags, before);
    let known: &[String] = match pending {
        Some(_) => &found.rest[..found.rest.len().saturating_sub(1)],
        None => &found.rest,
    };
    let parsed = parse(&flags, known).unwrap_or_else(|_| Parsed::default());
    if parsed.dash_at.is_some() {
        return Vec::new();
    }
    let cx = Cx::new(found, parsed, before.to_vec(), io, transport);
    let mut out = match (pending, last.split_once('=')) {
        (Some(flag), _) => values(&cx, flag, "").await,
        (None, Some((name, _))) if name.starts_with("--") => {
            match flags.iter().find(|f| f.name == &name[2..]) {
                Some(flag) => values(&cx, flag, &format!("{name}=")).await,
                None => Vec::new(),
            }
        }
        _ if last.starts_with('-') => flag_names(&flags, last),
        _ => arguments(&cx, last).await,
    };
    out.retain(|c| c.word.starts_with(last.as_str()));
    out.arrange_by(|a, b| a.word.cmp(&b.word));
    out.dedup();
    out
}

fn completion(word: impl Into<String>, about: impl Into<String>) -> Completion {
    Completion {
        word: word.into(),
        about: about.into(),
    }
}

/// The flag whose value the next word is, if the last word is such a flag.
fn pending_flag<'a>(flags: &'a [Flag], before: &[String]) -> Option<&'a Flag> {
    let word = before.last()?;
    let flag = match word.strip_prefix("--") {
        Some(name) => flags.iter().find(|f| f.name == name),
        None => {
            let short = word.strip_prefix('-')?.chars().last()?;
            flags.iter().find(|f| f.short == Some(short))
        }
    };
    flag.filter(|f| f.no_value.is_none())
}

fn flag_names(flags: &[Flag], last: &str) -> Vec<Completion> {
    let mut out: Vec<Completion> = flags
        .iter()
        .filter(|f| !f.hidden)
        .map(|f| {
            let end = if f.no_value.is_none() { "=" } else { "" };
            completion(format!("--{}{end}", f.name), f.usage)
        })
        .collect();
    if !last.starts_with("--") {
        out.extend(
            flags
                .iter()
                .filter(|f| !f.hidden)
                .filter_map(|f| f.short.map(|c| completion(format!("-{c}"), f.usage))),
        );
    }
    out
}

/// Values of a flag, each after `prefix`.
async fn values(cx: &Cx, flag: &Flag, prefix: &str) -> Vec<Completion> {
    let words: Vec<String> = match flag.name {
        "namespace" => names(cx, "namespaces").await,
        "output" => FORMATS.iter().map(|f| (*f).to_owned()).collect(),
        "dry-run" => ["client", "none", "server"].map(str::to_owned).to_vec(),
        "cascade" => ["background", "foreground", "orphan"]
            .map(str::to_owned)
            .to_vec(),
        "validate" => ["ignore", "strict", "warn"].map(str::to_owned).to_vec(),
        "restart" => ["Always", "Never", "OnFailure"].map(str::to_owned).to_vec(),
        "container" => containers(cx).await,
        "context" => entries(cx, "contexts"),
        "cluster" => entries(cx, "clusters"),
        "user" => entries(cx, "users"),
        _ => Vec::new(),
    };
    words
        .into_iter()
        .map(|w| completion(format!("{prefix}{w}"), ""))
        .collect()
}

async fn arguments(cx: &Cx, last: &str) -> Vec<Completion> {
    let command = cx.found.command();
    let mut out: Vec<Completion> = Vec::new();
    if cx.args.is_empty() {
        out.extend(
            command
                .commands
                .iter()
                .filter(|c| !c.hidden)
                .map(|c| completion(c.name, c.short)),
        );
    }
    if matches!(
        command.name,
        "use-context" | "delete-context" | "rename-context" | "set-context"
    ) {
        out.extend(
            entries(cx, "contexts")
                .into_iter()
                .map(|w| completion(w, "")),
        );
        return out;
    }
    if let Some((kind, prefix)) = last.split_once('/') {
        let _ = prefix;
        let found = names(cx, kind).await;
        out.extend(
            found
                .into_iter()
                .map(|n| completion(format!("{kind}/{n}"), "")),
        );
        return out;
    }
    if let Some((_, kind)) = WITH_NAMES.iter().find(|(c, _)| *c == command.name) {
        if cx.args.is_empty() || matches!(command.name, "cordon" | "uncordon" | "drain") {
            out.extend(names(cx, kind).await.into_iter().map(|n| completion(n, "")));
        } else if matches!(command.name, "logs") {
            out.extend(containers(cx).await.into_iter().map(|n| completion(n, "")));
        }
        return out;
    }
    if !WITH_RESOURCES.contains(&command.name) && command.name != "explain" {
        return out;
    }
    match cx.args.first() {
        None => out.extend(kinds(cx).await),
        Some(kind) if kind.contains('/') || command.name == "explain" => {}
        Some(kind) => {
            let found = names(cx, kind).await;
            out.extend(
                found
                    .into_iter()
                    .filter(|n| !cx.args.contains(n))
                    .map(|n| completion(n, "")),
            );
        }
    }
    out
}

async fn kinds(cx: &Cx) -> Vec<Completion> {
    let Ok(known) = cx.discovery().await else {
        return Vec::new();
    };
    let mut seen: Vec<String> = Vec::new();
    let mut out = Vec::new();
    for m in known.preferred().iter().filter(|m| m.can("list")) {
        let word = if seen.contains(&m.resource) {
            m.group_resource()
        } else {
            m.resource.clone()
        };
        seen.push(m.resource.clone());
        out.push(completion(word, m.kind.as_str()));
    }
    out
}

/// Names of all objects of a type in the namespace in force.
async fn names(cx: &Cx, kind: &str) -> Vec<String> {
    let Ok(Some(mapping)) = cx.find_resource(kind).await else {
        return Vec::new();
    };
    match list(cx, &mapping).await {
        Some(list) => list
            .get("items")
            .items()
            .iter()
            .map(|i| i.name().to_owned())
            .collect(),
        None => Vec::new(),
    }
}

async fn list(cx: &Cx, mapping: &Mapping) -> Option<Value> {
    let namespace = cx.namespace().ok()?.0;
    let call = Call::on(Method::GET, mapping, &namespace, "", "").query("limit", "500");
    cx.rest.send(call).await.ok()
}

/// Names of the containers of the pod that the command line names first.
async fn containers(cx: &Cx) -> Vec<String> {
    let Some(word) = cx.args.first() else {
        return Vec::new();
    };
    let name = word.rsplit('/').next().unwrap_or(word);
    let (Ok((namespace, _)), pods) = (cx.namespace(), Mapping::built_in("v1", "Pod")) else {
        return Vec::new();
    };
    let call = Call::on(Method::GET, &pods, &namespace, name, "");
    let Ok(pod) = cx.rest.send(call).await else {
        return Vec::new();
    };
    ["containers", "initContainers"]
        .iter()
        .flat_map(|list| pod.at(&["spec", list]).items())
        .map(|c| c.get("name").str().to_owned())
        .collect()
}

fn entries(cx: &Cx, list: &str) -> Vec<String> {
    cx.config().map_or_else(
        |_| Vec::new(),
        |config| {
            config
                .tree
                .get(list)
                .items()
                .iter()
                .map(|e| e.get("name").str().to_owned())
                .collect()
        },
    )
}
