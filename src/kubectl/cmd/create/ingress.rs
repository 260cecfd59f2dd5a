//! `kubectl create ingress`

use super::{KIND_FLAGS, submit};
use crate::apimachinery::Value;
use crate::kubectl::cmd::common::{name_argument, new_object};
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::OUTPUT_FLAGS;
use crate::tree;

/// The command.
pub static INGRESS: Command = Command {
    name: "ingress",
    aliases: &["ing"],
    args: "NAME --rule=host/path=service:port[,tls[=secret]] ",
    short: "Create an ingress with the specified name",
    flags: &[FLAGS, KIND_FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    Flag::array("annotation", "Annotations: key=value."),
    Flag::string("class", "The ingress class."),
    Flag::string(
        "default-backend",
        "Service for everything else: svcname:port.",
    ),
    Flag::array("rule", "Rules: host/path=service:port[,tls[=secretname]]."),
];

struct Rule {
    host: String,
    path: String,
    service: String,
    port: String,
    tls: Option<String>,
}

async fn run(cx: &Cx) -> Outcome {
    let name = name_argument(cx)?;
    let (rules, backend) = (cx.flags.strings("rule"), cx.flags.str("default-backend"));
    if rules.is_empty() && backend.is_empty() {
        return Err(Error::msg(
            "not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)",
        ));
    }
    let rules: Vec<Rule> = rules
        .iter()
        .map(|r| parse_rule(r))
        .collect::<Result<_, _>>()?;
    let mut object = new_object("networking.k8s.io/v1", "Ingress", name);
    for annotation in cx.flags.strings("annotation") {
        let Some((key, value)) = annotation.split_once('=') else {
            return Err(Error::msg(format!(
                "annotation {annotation} is invalid and should be in format key=[value]"
            )));
        };
        object.set_annotation(key, value);
    }
    object.entry("spec").map_mut();
    if !backend.is_empty() {
        let (service, port) = backend.split_once(':').ok_or_else(|| {
            Error::msg("default-backend should be in format servicename:serviceport")
        })?;
        object.set_at(&["spec", "defaultBackend"], service_backend(service, port));
    }
    if !cx.flags.str("class").is_empty() {
        object.set_at(&["spec", "ingressClassName"], cx.flags.str("class"));
    }
    let (by_host, tls) = (by_host(&rules), tls(&rules));
    if !by_host.is_empty() {
        object.set_at(&["spec", "rules"], by_host);
    }
    if !tls.is_empty() {
        object.set_at(&["spec", "tls"], tls);
    }
    object.set("status", tree!({"loadBalancer": {}}));
    submit(cx, object, "failed to create ingress:").await
}

fn parse_rule(text: &str) -> Result<Rule, Error> {
    let invalid = || {
        Error::msg(format!(
            "rule {text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]"
        ))
    };
    let (place, rest) = text.split_once('=').ok_or_else(invalid)?;
    let slash = place.find('/').ok_or_else(invalid)?;
    let (host, path) = place.split_at(slash);
    let word = |s: &str| {
        !s.is_empty()
            && s.chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
    };
    if !host
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '*'))
    {
        return Err(invalid());
    }
    let (target, tls) = match rest.split_once(',') {
        None => (rest, None),
        Some((target, "tls")) => (target, Some(String::new())),
        // As upstream's expression reads it: more than one option is none.
        Some((target, option)) if option.contains(',') => (target, None),
        Some((target, option)) => (target, option.strip_prefix("tls=").map(str::to_owned)),
    };
    let (service, port) = target.split_once(':').ok_or_else(invalid)?;
    if !word(service) || !word(port) {
        return Err(invalid());
    }
    Ok(Rule {
        host: host.to_owned(),
        path: path.to_owned(),
        service: service.to_owned(),
        port: port.to_owned(),
        tls,
    })
}

fn service_backend(service: &str, port: &str) -> Value {
    let port = match port.parse::<i64>() {
        Ok(number) => tree!({"number": number}),
        Err(_) => tree!({"name": port}),
    };
    let mut out = tree!({"service": {"name": service}});
    out.set_at(&["service", "port"], port);
    out
}

fn by_host(rules: &[Rule]) -> Vec<Value> {
    let mut out: Vec<(&str, Vec<Value>)> = Vec::new();
    for rule in rules {
        let (path, kind) = match rule.path.strip_suffix('*') {
            Some(stem) => (stem, "Prefix"),
            None => (rule.path.as_str(), "Exact"),
        };
        let mut entry = tree!({"path": path, "pathType": kind});
        entry.set("backend", service_backend(&rule.service, &rule.port));
        match out.iter_mut().find(|(host, _)| *host == rule.host) {
            Some((_, paths)) => paths.push(entry),
            None => out.push((&rule.host, vec![entry])),
        }
    }
    out.into_iter()
        .map(|(host, paths)| {
            let mut rule = Value::object();
            if !host.is_empty() {
                rule.set("host", host);
            }
            rule.set_at(&["http", "paths"], paths);
            rule
        })
        .collect()
}

fn tls(rules: &[Rule]) -> Vec<Value> {
    let mut out: Vec<(&str, Vec<&str>)> = Vec::new();
    for rule in rules {
        let Some(secret) = &rule.tls else { continue };
        match out.iter_mut().find(|(s, _)| s == secret) {
            Some((_, hosts)) if hosts.contains(&rule.host.as_str()) => {}
            Some((_, hosts)) => hosts.push(&rule.host),
            None => out.push((secret, vec![&rule.host])),
        }
    }
    out.into_iter()
        .map(|(secret, hosts)| {
            let mut entry = Value::object();
            let hosts: Vec<&str> = hosts.into_iter().filter(|h| !h.is_empty()).collect();
            if !hosts.is_empty() {
                entry.set("hosts", tree!(hosts));
            }
            if !secret.is_empty() {
                entry.set("secretName", secret);
            }
            entry
        })
        .collect()
}
