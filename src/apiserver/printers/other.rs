//! Kinds with little to show.

use super::{Cells, Row, human, int, text_or};
use crate::apimachinery::{Map, Value};
use crate::apiserver::registry::Resource;

/// The row of a kind that has no printer of its own.
pub fn cells(resource: &Resource, row: &Row<'_>) -> Cells {
    let o = row.o;
    let (name, age) = (row.name(), row.age());
    match (resource.def.group, resource.def.resource) {
        ("", "configmaps") => vec![
            name,
            (count(o, "data") + count(o, "binaryData")).into(),
            age,
        ],
        ("", "secrets") => vec![name, o.get("type").clone(), count(o, "data").into(), age],
        ("", "namespaces") => vec![name, row.status("phase").str().into(), age],
        ("", "resourcequotas") => quota(row),
        ("", "componentstatuses") => component(row),
        ("coordination.k8s.io", "leases") => {
            vec![name, row.spec("holderIdentity").str().into(), age]
        }
        ("scheduling.k8s.io", "priorityclasses") => vec![
            name,
            int(o.get("value")),
            o.get("globalDefault").as_bool().unwrap_or(false).into(),
            age,
            text_or(o.get("preemptionPolicy"), ""),
        ],
        ("node.k8s.io", "runtimeclasses") => vec![name, o.get("handler").clone(), age],
        ("certificates.k8s.io", "certificatesigningrequests") => signing_request(row),
        ("apiregistration.k8s.io", _) => api_service(row),
        ("admissionregistration.k8s.io", kind) => admission(kind, row),
        ("flowcontrol.apiserver.k8s.io", kind) => flow_control(kind, row),
        ("resource.k8s.io", "resourceclaims") => vec![name, claim_state(row).into(), age],
        ("resource.k8s.io", "resourceslices") => vec![
            name,
            row.spec("nodeName").str().into(),
            row.spec("driver").str().into(),
            row.spec("pool").get("name").str().into(),
            age,
        ],
        _ => fallback(resource, row),
    }
}

/// Name, and age or creation, whichever columns there are.
fn fallback(resource: &Resource, row: &Row<'_>) -> Cells {
    let cell = |column: &str| match column {
        "Name" => row.name(),
        "Age" => row.age(),
        "Created At" => row.created(),
        _ => "".into(),
    };
    resource.def.columns.iter().map(|c| cell(c.name)).collect()
}

fn count(o: &Value, field: &str) -> usize {
    o.get(field).as_map().map_or(0, Map::len)
}

fn quota(row: &Row<'_>) -> Cells {
    let (mut requests, mut limits) = (Vec::new(), Vec::new());
    for (name, hard) in row.status("hard").fields() {
        let used = row.status("used").get(name);
        let used = super::scalar_or(used, "0");
        let text = format!("{name}: {used}/{}", super::scalar_or(hard, "0"));
        if matches!(name, "limits.cpu" | "limits.memory") {
            limits.push(text);
        } else {
            requests.push(text);
        }
    }
    vec![
        row.name(),
        requests.join(", ").into(),
        limits.join(", ").into(),
        row.age(),
    ]
}

fn component(row: &Row<'_>) -> Cells {
    let conditions = row.o.get("conditions").items();
    let healthy = conditions.iter().find(|c| c.get("type") == &"Healthy");
    let field = |f: &str| healthy.map_or("", |c| c.get(f).str());
    let status = if field("status") == "True" {
        "Healthy"
    } else {
        "Unhealthy"
    };
    vec![
        row.name(),
        status.into(),
        field("message").into(),
        field("error").into(),
    ]
}

fn signing_request(row: &Row<'_>) -> Cells {
    let duration = row.spec("expirationSeconds").as_i64().map(human);
    let is = |kind: &str| {
        let conditions = row.status("conditions").items();
        conditions.iter().any(|c| c.get("type") == &kind)
    };
    let mut status = match (is("Denied"), is("Approved")) {
        (true, _) => "Denied",
        (_, true) => "Approved",
        _ => "Pending",
    }
    .to_owned();
    if is("Failed") {
        status += ",Failed";
    }
    if !row.status("certificate").is_empty() {
        status += ",Issued";
    }
    vec![
        row.name(),
        row.age(),
        row.spec("signerName").clone(),
        row.spec("username").str().into(),
        duration.unwrap_or_else(|| "<none>".into()).into(),
        status.into(),
    ]
}

fn api_service(row: &Row<'_>) -> Cells {
    let service = row.spec("service");
    let place = if service.is_null() {
        "Local".to_owned()
    } else {
        format!(
            "{}/{}",
            service.get("namespace").str(),
            service.get("name").str()
        )
    };
    let conditions = row.status("conditions").items();
    let available = match conditions.iter().find(|c| c.get("type") == &"Available") {
        None => "Unknown".to_owned(),
        Some(c) if c.get("status") == &"True" => "True".into(),
        Some(c) => format!("{} ({})", c.get("status").str(), c.get("reason").str()),
    };
    vec![row.name(), place.into(), available.into(), row.age()]
}

fn admission(kind: &str, row: &Row<'_>) -> Cells {
    let param_kind = |v: &Value| {
        if v.is_null() {
            "<unset>".to_owned()
        } else {
            format!("{}/{}", v.api_version(), v.kind())
        }
    };
    let middle: Vec<Value> = match kind {
        "validatingadmissionpolicies" | "mutatingadmissionpolicies" => {
            let list = if kind.starts_with('v') {
                "validations"
            } else {
                "mutations"
            };
            vec![
                row.spec(list).items().len().into(),
                param_kind(row.spec("paramKind")).into(),
            ]
        }
        "validatingadmissionpolicybindings" | "mutatingadmissionpolicybindings" => {
            let p = row.spec("paramRef");
            let text = match (p.get("namespace").str(), p.get("name").str()) {
                _ if p.is_null() => "<unset>".to_owned(),
                (_, "") => "*".to_owned(),
                ("", name) => format!("*/{name}"),
                (ns, name) => format!("{ns}/{name}"),
            };
            vec![row.spec("policyName").clone(), text.into()]
        }
        _ => vec![row.o.get("webhooks").items().len().into()],
    };
    let mut cells = vec![row.name()];
    cells.extend(middle);
    cells.push(row.age());
    cells
}

fn flow_control(kind: &str, row: &Row<'_>) -> Cells {
    if kind == "flowschemas" {
        let conditions = row.status("conditions").items();
        let dangling = conditions.iter().find(|c| c.get("type") == &"Dangling");
        return vec![
            row.name(),
            row.spec("priorityLevelConfiguration").get("name").clone(),
            row.spec_int("matchingPrecedence"),
            text_or(row.spec("distinguisherMethod").get("type"), "<none>"),
            row.age(),
            dangling.map_or("?".into(), |c| c.get("status").clone()),
        ];
    }
    let limited = row.spec("limited");
    let queuing = limited.at(&["limitResponse", "queuing"]);
    let number = |v: &Value| match v.as_i64() {
        Some(n) => n.into(),
        None => Value::from("<none>"),
    };
    vec![
        row.name(),
        row.spec("type").clone(),
        number(limited.get("nominalConcurrencyShares")),
        number(queuing.get("queues")),
        number(queuing.get("handSize")),
        number(queuing.get("queueLengthLimit")),
        row.age(),
    ]
}

fn claim_state(row: &Row<'_>) -> String {
    let going = row.o.is_terminating();
    let mut states = Vec::new();
    if going {
        states.push("deleted");
    }
    if row.status("allocation").is_null() {
        if !going {
            states.push("pending");
        }
    } else {
        states.push("allocated");
        if !row.status("reservedFor").items().is_empty() {
            states.push("reserved");
        }
    }
    states.join(",")
}
