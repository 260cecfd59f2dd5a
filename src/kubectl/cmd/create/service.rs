//! `kubectl create service`

use super::{KIND_FLAGS, submit};
use crate::apimachinery::Value;
use crate::apimachinery::names;
use crate::kubectl::cmd::common::{name_argument, new_object};
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::OUTPUT_FLAGS;
use crate::tree;

/// The command.
pub static SERVICE: Command = Command {
    name: "service",
    aliases: &["svc"],
    args: "(clusterip | externalname | loadbalancer | nodeport)",
    short: "Create a service using a specified subcommand",
    commands: &[&CLUSTERIP, &NODEPORT, &LOADBALANCER, &EXTERNALNAME],
    ..Command::NEW
};

const TCP: Flag = Flag::strings("tcp", "Port pairs: <port> or <port>:<targetPort>.");

static CLUSTERIP: Command = Command {
    name: "clusterip",
    args: "NAME [--tcp=<port>:<targetPort>] [--dry-run=server|client|none]",
    short: "Create a ClusterIP service",
    flags: &[
        &[
            TCP,
            Flag::string(
                "clusterip",
                "The cluster IP, or None for a headless service.",
            ),
        ],
        KIND_FLAGS,
        OUTPUT_FLAGS,
    ],
    run: Some(|cx| Box::pin(create(cx, "ClusterIP"))),
    ..Command::NEW
};

static NODEPORT: Command = Command {
    name: "nodeport",
    args: "NAME [--tcp=port:targetPort] [--dry-run=server|client|none]",
    short: "Create a NodePort service",
    flags: &[
        &[TCP, Flag::int("node-port", "0", "The port on every node.")],
        KIND_FLAGS,
        OUTPUT_FLAGS,
    ],
    run: Some(|cx| Box::pin(create(cx, "NodePort"))),
    ..Command::NEW
};

static LOADBALANCER: Command = Command {
    name: "loadbalancer",
    args: "NAME [--tcp=port:targetPort] [--dry-run=server|client|none]",
    short: "Create a LoadBalancer service",
    flags: &[&[TCP], KIND_FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(create(cx, "LoadBalancer"))),
    ..Command::NEW
};

static EXTERNALNAME: Command = Command {
    name: "externalname",
    args: "NAME --external-name external.name [--dry-run=server|client|none]",
    short: "Create an ExternalName service",
    flags: &[
        &[
            TCP,
            Flag::string("external-name", "The name outside the cluster.").required(),
        ],
        KIND_FLAGS,
        OUTPUT_FLAGS,
    ],
    run: Some(|cx| Box::pin(create(cx, "ExternalName"))),
    ..Command::NEW
};

async fn create(cx: &Cx, kind: &str) -> Outcome {
    let name = name_argument(cx)?;
    let ports = cx.flags.strings("tcp");
    let cluster_ip = cx.flags.str("clusterip");
    if ports.is_empty() && kind != "ExternalName" && cluster_ip != "None" {
        return Err(Error::msg(
            "at least one tcp port specifier must be provided",
        ));
    }
    let external = cx.flags.str("external-name");
    if kind == "ExternalName" && !names::is_dns1123_subdomain(external).is_empty() {
        return Err(Error::msg(format!(
            "invalid service external name {external}"
        )));
    }
    let mut list = Vec::new();
    for port in &ports {
        let mut port = parse_port(port)?;
        if cx.flags.int("node-port") != 0 {
            port.set("nodePort", cx.flags.int("node-port"));
        }
        list.push(port);
    }
    let mut object = new_object("v1", "Service", name);
    object.set_at(&["metadata", "labels", "app"], name);
    object.set("spec", tree!({"type": kind, "selector": {"app": name}}));
    if !list.is_empty() {
        object.set_at(&["spec", "ports"], list);
    }
    for (field, value) in [("clusterIP", cluster_ip), ("externalName", external)] {
        if !value.is_empty() {
            object.set_at(&["spec", field], value);
        }
    }
    object.set("status", tree!({"loadBalancer": {}}));
    submit(cx, object, &format!("failed to create {kind} service:")).await
}

/// `80`, `80:8080`, `80:http`
fn parse_port(text: &str) -> Result<Value, Error> {
    let mut parts = text.split(':');
    let port = parts.next().unwrap_or_default();
    let target = parts.next().unwrap_or(port);
    let number = parse_u16(port)?;
    let target = if target.chars().all(|c| c.is_ascii_digit()) && !target.is_empty() {
        let target_number = target.parse::<i64>().unwrap_or(i64::MAX);
        if text.contains(':') {
            let problems = names::is_valid_port_num(target_number);
            if !problems.is_empty() {
                return Err(Error::msg(problems.join(",")));
            }
        }
        Value::Int(target_number)
    } else {
        let problems = names::is_valid_port_name(target);
        if !problems.is_empty() {
            return Err(Error::msg(problems.join(",")));
        }
        target.into()
    };
    let mut out = tree!({"name": text.replace(':', "-"), "port": number, "protocol": "TCP"});
    out.set("targetPort", target);
    Ok(out)
}

fn parse_u16(text: &str) -> Result<i64, Error> {
    let why = if text.is_empty() || !text.chars().all(|c| c.is_ascii_digit()) {
        "invalid syntax"
    } else {
        match text.parse::<u16>() {
            Ok(n) => return Ok(i64::from(n)),
            Err(_) => "value out of range",
        }
    };
    Err(Error::msg(format!(
        "strconv.ParseUint: parsing \"{text}\": {why}"
    )))
}
