//! `kubectl expose`

use super::common::{DryRun, RECORD, SAVE_CONFIG, new_object, record, update_last_applied};
use super::{DRY_RUN, FILENAME_FLAGS};
use crate::apimachinery::Value;
use crate::apimachinery::patch::{json_patch, merge_patch, strategic_merge_patch};
use crate::apimachinery::schema::kind_type;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::discovery::Mapping;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::{OUTPUT_FLAGS, Printer};
use crate::kubectl::resource::{Builder, Helper, Info};
use crate::tree;

/// The command.
pub static EXPOSE: Command = Command {
    name: "expose",
    args: "(-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name] [--external-ip=external-ip-of-service] [--type=type]",
    short: "Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service",
    flags: &[FLAGS, FILENAME_FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    Flag::string(
        "cluster-ip",
        "The service's IP; None for a headless service.",
    ),
    DRY_RUN,
    Flag::string(
        "external-ip",
        "A further IP under which the service is reached.",
    ),
    Flag::string("field-manager", "Who is to own the fields.").default("kubectl-expose"),
    Flag::string("labels", "Labels of the service.").short('l'),
    Flag::string("load-balancer-ip", "IP to give to the load balancer."),
    Flag::string("name", "The service's name."),
    Flag::string(
        "override-type",
        "How --overrides is read: json, merge or strategic.",
    )
    .default("merge"),
    Flag::string("overrides", "Changes to the object that is made, in JSON."),
    Flag::string("port", "The port to serve on."),
    Flag::string("protocol", "TCP, UDP or SCTP."),
    RECORD,
    SAVE_CONFIG,
    Flag::string(
        "selector",
        "Labels of the pods, instead of the object's own.",
    ),
    Flag::string("session-affinity", "None or ClientIP."),
    Flag::string("target-port", "Name or number of the containers' port."),
    Flag::string("type", "ClusterIP, NodePort, LoadBalancer or ExternalName."),
];

async fn run(cx: &Cx) -> Outcome {
    let dry_run = DryRun::of(cx)?;
    let mut printer = Printer::for_operation(cx, &dry_run.operation("exposed"))?.typed();
    let found = Builder::new(cx)?
        .filenames(cx)
        .args(&cx.args, false)
        .continue_on_error()
        .flatten()
        .find(cx)
        .await?;
    let mut errors = found.errors;
    for info in &found.infos {
        match expose(cx, info, dry_run).await {
            Ok(service) => cx.out(printer.print(&service)?),
            Err(e) => errors.push(e),
        }
    }
    Error::all(errors)
}

async fn expose(cx: &Cx, info: &Info, dry_run: DryRun) -> Result<Value, Error> {
    let mut service = service(cx, info)?;
    let (namespace, explicit) = cx.namespace()?;
    override_service(cx, &mut service)?;
    record(cx, &mut service);
    if dry_run.is_client() {
        if explicit {
            service.set_at(&["metadata", "namespace"], &namespace);
        }
        return Ok(service);
    }
    update_last_applied(cx.flags.bool("save-config"), &mut service);
    Helper::new(cx, &Mapping::built_in("v1", "Service"), &namespace)
        .dry_run(dry_run.is_server())
        .field_manager(cx.flags.str("field-manager"))
        .create(&service)
        .await
}

fn override_service(cx: &Cx, service: &mut Value) -> Outcome {
    let text = cx.flags.str("overrides");
    if text.is_empty() {
        return Ok(());
    }
    let kind = cx.flags.str("override-type");
    let patch = Value::from_json(text.as_bytes()).map_err(|_| Error::msg("Invalid JSON Patch"))?;
    let changed = match kind {
        "json" => json_patch(service, &patch),
        "strategic" => strategic_merge_patch(
            service,
            &patch,
            kind_type("v1", "Service").unwrap_or_default(),
        ),
        "merge" => merge_patch(service, &patch),
        _ => return Err(Error::msg(format!("invalid override type: {kind}"))),
    };
    *service = changed.map_err(|e| Error::msg(e.to_string()))?;
    Ok(())
}

fn pod_spec(object: &Value) -> Value {
    match object.kind() {
        "Pod" => object.get("spec").clone(),
        "Service" => Value::Null,
        _ => object.at(&["spec", "template", "spec"]).clone(),
    }
}

/// The labels that select the object's pods (`MapBasedSelectorForObject`).
fn introspect(object: &Value) -> Result<Value, String> {
    let spec = object.get("spec");
    Ok(match object.kind() {
        "Pod" if object.meta().get("labels").is_empty() => {
            return Err("the pod has no labels and cannot be exposed".to_owned());
        }
        "Pod" => object.meta().get("labels").clone(),
        "ReplicationController" => spec.get("selector").clone(),
        "Service" if spec.get("selector").is_null() => {
            return Err("the service has no pod selector set".to_owned());
        }
        "Service" => spec.get("selector").clone(),
        kind => {
            let selector = spec.get("selector");
            if selector.get("matchLabels").is_empty() {
                return Err(format!(
                    "invalid {}: no selectors, therefore cannot be exposed",
                    kind.to_lowercase()
                ));
            }
            if !selector.get("matchExpressions").items().is_empty() {
                let shown = crate::apimachinery::strconv::sprint(selector.get("matchExpressions"));
                return Err(format!(
                    "couldn't convert expressions - \"{shown}\" to map-based selector format"
                ));
            }
            selector.get("matchLabels").clone()
        }
    })
}

/// Ports of the object in their order, each with its protocols.
fn ports_of(object: &Value, pod_spec: &Value) -> Vec<(i64, Vec<String>)> {
    let mut out: Vec<(i64, Vec<String>)> = Vec::new();
    let mut add = |number: &Value, protocol: &Value| {
        let number = number.as_i64().unwrap_or(0);
        let protocol = if protocol.is_empty() {
            "TCP"
        } else {
            protocol.str()
        }
        .to_owned();
        match out.iter_mut().find(|(n, _)| *n == number) {
            Some((_, protocols)) if protocols.contains(&protocol) => {}
            Some((_, protocols)) => protocols.push(protocol),
            None => out.push((number, vec![protocol])),
        }
    };
    if object.kind() == "Service" {
        for p in object.at(&["spec", "ports"]).items() {
            add(p.get("port"), p.get("protocol"));
        }
    }
    for p in pod_spec
        .get("containers")
        .items()
        .iter()
        .flat_map(|c| c.get("ports").items())
    {
        add(p.get("containerPort"), p.get("protocol"));
    }
    out
}

/// Reads `a=b,c=d`.
fn labels(text: &str) -> Result<Value, Error> {
    let mut out = Value::object();
    for part in text.split(',') {
        match part.split_once('=') {
            Some((k, v)) if !k.is_empty() && !v.contains('=') => out.set(k, v),
            _ => return Err(Error::msg(format!("unexpected label spec: {part}"))),
        }
    }
    Ok(out)
}

fn service_ports(cx: &Cx, known: &[(i64, Vec<String>)]) -> Result<Vec<Value>, Error> {
    let given = cx.flags.str("port");
    let headless = cx.flags.str("cluster-ip") == "None";
    let mut numbers = Vec::new();
    if given.is_empty() {
        if known.is_empty() && !headless {
            return Err(Error::msg(
                "couldn't find port via --port flag or introspection",
            ));
        }
        numbers.extend(known.iter().map(|(n, _)| *n));
    }
    for text in given.split(',').filter(|_| !given.is_empty()) {
        let bad = |_| Error::msg(format!("strconv.Atoi: parsing \"{text}\": invalid syntax"));
        numbers.push(text.parse::<i64>().map_err(bad)?);
    }
    let protocol = cx.flags.str("protocol");
    let target = cx.flags.str("target-port");
    let several = numbers.len() > 1;
    let mut out = Vec::new();
    for (i, number) in numbers.into_iter().enumerate() {
        let protocols = known
            .iter()
            .find(|(n, _)| *n == number)
            .map(|(_, p)| p.clone())
            .unwrap_or_default();
        let protocols = match protocol {
            "" if protocols.is_empty() => vec!["TCP".to_owned()],
            "" => protocols,
            p => vec![p.to_owned()],
        };
        for p in &protocols {
            let mut port = tree!({"port": number, "protocol": p});
            if protocols.len() > 1 {
                port.set("name", format!("port-{}-{}", i + 1, p.to_lowercase()));
            } else if several {
                port.set("name", format!("port-{}", i + 1));
            }
            port.set(
                "targetPort",
                match (target, target.parse::<i64>()) {
                    ("", _) => Value::Int(number),
                    (_, Ok(n)) => Value::Int(n),
                    (name, _) => Value::from(name),
                },
            );
            out.push(port);
        }
    }
    Ok(out)
}

fn service(cx: &Cx, info: &Info) -> Result<Value, Error> {
    let kind = info.mapping.group_kind();
    if !matches!(
        kind.as_str(),
        "Pod" | "Service" | "ReplicationController" | "Deployment.apps" | "ReplicaSet.apps"
    ) {
        return Err(Error::msg(format!("cannot expose a {kind}")));
    }
    let flag = |name: &str| cx.flags.str(name);
    let known = introspect(&info.object);
    let selector = match (flag("selector"), &known) {
        ("", Ok(selector)) => selector.clone(),
        ("", Err(e)) => {
            return Err(Error::msg(format!(
                "couldn't retrieve selectors via --selector flag or introspection: {e}"
            )));
        }
        (text, _) => labels(text)?,
    };
    let pod_spec = pod_spec(&info.object);
    let ports = service_ports(cx, &ports_of(&info.object, &pod_spec))?;
    if selector.is_empty() {
        return Err(Error::msg("selector must be specified"));
    }
    let mut end = info.name.len().min(63);
    while !info.name.is_char_boundary(end) {
        end -= 1;
    }
    let name = if flag("name").is_empty() {
        &info.name[..end]
    } else {
        flag("name")
    };
    let mut service = new_object("v1", "Service", name);
    let own = match flag("labels") {
        "" => info.object.meta().get("labels").clone(),
        text => labels(text)?,
    };
    if !own.is_empty() {
        service.set_at(&["metadata", "labels"], own);
    }
    service.set_at(&["spec", "selector"], selector);
    if !ports.is_empty() {
        service.set_at(&["spec", "ports"], ports);
    }
    if !flag("external-ip").is_empty() {
        service.set_at(&["spec", "externalIPs"], tree!([flag("external-ip")]));
    }
    if flag("type") == "LoadBalancer" && !flag("load-balancer-ip").is_empty() {
        service.set_at(&["spec", "loadBalancerIP"], flag("load-balancer-ip"));
    }
    let affinity = flag("session-affinity");
    if !matches!(affinity, "" | "None" | "ClientIP") {
        return Err(Error::msg(format!("unknown session affinity: {affinity}")));
    }
    for (field, value) in [("type", flag("type")), ("sessionAffinity", affinity)] {
        if !value.is_empty() {
            service.set_at(&["spec", field], value);
        }
    }
    match flag("cluster-ip") {
        "" => {}
        "None" => service.set_at(&["spec", "clusterIP"], "None"),
        ip => service.set_at(&["spec", "clusterIP"], ip),
    }
    service.set("status", tree!({"loadBalancer": {}}));
    Ok(service)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_and_selectors_are_found_in_the_object() {
        let d = tree!({"kind": "Deployment", "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": {"spec": {"containers": [
            {"ports": [{"containerPort": 80}, {"containerPort": 53, "protocol": "UDP"}, {"containerPort": 53, "protocol": "TCP"}]}]}}}});
        let selector = introspect(&d).unwrap_or_default();
        assert_eq!(selector.to_json(), r#"{"app":"web"}"#);
        let ports = ports_of(&d, &pod_spec(&d));
        assert_eq!(ports[0], (80, vec!["TCP".to_owned()]));
        assert_eq!(ports[1].1, ["UDP", "TCP"]);
        // Ports of a pod without labels are found all the same: `--selector` may say the rest.
        let naked = tree!({"kind": "Pod", "metadata": {}, "spec": {"containers": [{"ports": [{"containerPort": 80}]}]}});
        assert_eq!(ports_of(&naked, &pod_spec(&naked)).len(), 1);
        assert_eq!(
            introspect(&naked).err().as_deref(),
            Some("the pod has no labels and cannot be exposed")
        );
    }
}
