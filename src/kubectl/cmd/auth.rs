//! `kubectl auth`

mod reconcile;
pub mod rules;

use super::ALL_NAMESPACES;
use crate::apimachinery::Value;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::table::Columns;
use crate::kubectl::printers::{OUTPUT_FLAGS, Printer};
use crate::kubectl::rest::Call;
use crate::tree;
use http::Method;

/// The command.
pub static AUTH: Command = Command {
    name: "auth",
    short: "Inspect authorization",
    commands: &[&CAN_I, &RECONCILE, &WHOAMI],
    ..Command::NEW
};

static CAN_I: Command = Command {
    name: "can-i",
    args: "VERB [TYPE | TYPE/NAME | NONRESOURCEURL]",
    short: "Check whether an action is allowed",
    flags: &[&[
        ALL_NAMESPACES,
        Flag::bool("list", "List all that is allowed."),
        Flag::bool("no-headers", "No line of titles."),
        Flag::bool("quiet", "Say nothing; the exit code tells.").short('q'),
        Flag::string("subresource", "The subresource asked about."),
    ]],
    run: Some(|cx| Box::pin(can_i(cx))),
    ..Command::NEW
};

static RECONCILE: Command = Command {
    name: "reconcile",
    args: "-f FILENAME",
    short: "Reconciles rules for RBAC role, role binding, cluster role, and cluster role binding objects",
    flags: &[
        &[
            super::DRY_RUN,
            Flag::bool(
                "remove-extra-permissions",
                "Remove rules of roles that are not in the file.",
            ),
            Flag::bool(
                "remove-extra-subjects",
                "Remove subjects of bindings that are not in the file.",
            ),
        ],
        super::FILENAME_FLAGS,
        OUTPUT_FLAGS,
    ],
    run: Some(|cx| Box::pin(reconcile::run(cx))),
    ..Command::NEW
};

static WHOAMI: Command = Command {
    name: "whoami",
    short: "Experimental: Check self subject attributes",
    flags: &[OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(whoami(cx))),
    ..Command::NEW
};

const RESOURCE_VERBS: &[&str] = &[
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "use",
    "bind",
    "approve",
    "sign",
    "escalate",
    "impersonate",
    "*",
];
const PATH_VERBS: &[&str] = &[
    "get", "put", "post", "head", "options", "delete", "patch", "*",
];
const OTHER_RESOURCES: &[&str] = &["users", "groups"];

async fn can_i(cx: &Cx) -> Outcome {
    let namespace = if cx.flags.bool("all-namespaces") {
        String::new()
    } else {
        cx.namespace()?.0
    };
    if cx.flags.bool("list") {
        if !cx.args.is_empty() {
            return Err(Error::msg(
                "list option must be specified with no arguments",
            ));
        }
        return rules::list(cx, &namespace).await;
    }
    let [verb, what] = &cx.args[..] else {
        return Err(Error::msg(
            "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.",
        ));
    };
    let spec = if what.starts_with('/') {
        if !cx.flags.str("subresource").is_empty() {
            return Err(Error::msg(
                "--subresource can not be used with NonResourceURL",
            ));
        }
        if !PATH_VERBS.contains(&verb.as_str()) {
            warning(cx, &format!("verb '{verb}' is not a known verb"));
        }
        tree!({"nonResourceAttributes": {"verb": verb, "path": what}})
    } else {
        resource_attributes(cx, verb, what, &namespace).await?
    };
    if cx.flags.bool("no-headers") {
        return Err(Error::msg(
            "--no-headers cannot be set without --list specified",
        ));
    }
    let review = review(
        cx,
        "SelfSubjectAccessReview",
        "selfsubjectaccessreviews",
        spec,
    )
    .await?;
    let status = review.get("status");
    let allowed = status.get("allowed").as_bool() == Some(true);
    if !cx.flags.bool("quiet") {
        let mut answer = if allowed { "yes" } else { "no" }.to_owned();
        for field in ["reason", "evaluationError"] {
            let text = status.get(field).str();
            if !allowed && !text.is_empty() {
                answer.push_str(&format!(" - {text}"));
            }
        }
        cx.line(answer);
    }
    if allowed { Ok(()) } else { Err(Error::Exit(1)) }
}

fn warning(cx: &Cx, text: &str) {
    cx.warn(format!("Warning: {text}\n"));
}

async fn resource_attributes(
    cx: &Cx,
    verb: &str,
    what: &str,
    namespace: &str,
) -> Result<Value, Error> {
    let (word, name) = what.split_once('/').unwrap_or((what, ""));
    let (mut group, mut resource) = (String::new(), word.to_owned());
    if word != "*" {
        match cx.find_resource(word).await? {
            Some(m) => {
                if !m.namespaced && !cx.flags.bool("all-namespaces") {
                    let place = if m.group.is_empty() {
                        String::new()
                    } else {
                        format!(" in group '{}'", m.group)
                    };
                    warning(
                        cx,
                        &format!("resource '{}' is not namespace scoped{place}", m.resource),
                    );
                }
                group.clone_from(&m.group);
                resource.clone_from(&m.resource);
            }
            None => {
                let (r, g) = word.split_once('.').unwrap_or((word, ""));
                let place = if g.is_empty() {
                    String::new()
                } else {
                    format!(" in group '{g}'")
                };
                if !OTHER_RESOURCES.contains(&word) {
                    warning(
                        cx,
                        &format!("the server doesn't have a resource type '{r}'{place}"),
                    );
                }
            }
        }
    }
    if !RESOURCE_VERBS.contains(&verb) {
        warning(cx, &format!("verb '{verb}' is not a known verb"));
    }
    let mut attributes = tree!({"verb": verb, "resource": resource});
    for (field, value) in [
        ("namespace", namespace),
        ("group", &group),
        ("name", name),
        ("subresource", cx.flags.str("subresource")),
    ] {
        if !value.is_empty() {
            attributes.set(field, value);
        }
    }
    let mut spec = Value::object();
    spec.set("resourceAttributes", attributes);
    Ok(spec)
}

/// Posts a review of `authorization.k8s.io/v1`.
pub async fn review(cx: &Cx, kind: &str, resource: &str, spec: Value) -> Result<Value, Error> {
    let mut body = tree!({"kind": kind, "apiVersion": "authorization.k8s.io/v1", "metadata": {}});
    body.set("spec", spec);
    let path = format!("/apis/authorization.k8s.io/v1/{resource}");
    cx.rest.send(Call::new(Method::POST, path).body(body)).await
}

async fn whoami(cx: &Cx) -> Outcome {
    let body = tree!({"kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1", "metadata": {}});
    let call = Call::new(
        Method::POST,
        "/apis/authentication.k8s.io/v1/selfsubjectreviews",
    )
    .body(body);
    let review = cx.rest.send(call).await?;
    if let Some(printer) = Printer::from_flags(cx)? {
        cx.out(printer.typed().print(&review)?);
        return Ok(());
    }
    let user = review.at(&["status", "userInfo"]);
    let mut columns = Columns::default();
    let mut line = |a: &str, b: String| columns.line(vec![a.to_owned(), b]);
    line("ATTRIBUTE", "VALUE".to_owned());
    for (title, field) in [("Username", "username"), ("UID", "uid")] {
        if !user.get(field).is_empty() {
            line(title, user.get(field).str().to_owned());
        }
    }
    let joined = |list: &Value| {
        let words: Vec<&str> = list.items().iter().map(Value::str).collect();
        format!("[{}]", words.join(" "))
    };
    if !user.get("groups").is_empty() {
        line("Groups", joined(user.get("groups")));
    }
    for (key, values) in user.get("extra").fields() {
        line(&format!("Extra: {key}"), joined(values));
    }
    cx.out(columns.flush());
    Ok(())
}
