//! `kubectl create rolebinding` and `kubectl create clusterrolebinding`

use super::{KIND_FLAGS, submit};
use crate::apimachinery::Value;
use crate::kubectl::cmd::common::{name_argument, new_object};
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::OUTPUT_FLAGS;
use crate::tree;

const GROUP: &str = "rbac.authorization.k8s.io";

/// The command.
pub static ROLEBINDING: Command = Command {
    name: "rolebinding",
    args: "NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]",
    short: "Create a role binding for a particular role or cluster role",
    flags: &[
        &[
            Flag::string("clusterrole", "The cluster role to bind."),
            Flag::string("role", "The role to bind."),
        ],
        SUBJECT_FLAGS,
        KIND_FLAGS,
        OUTPUT_FLAGS,
    ],
    run: Some(|cx| Box::pin(role_binding(cx))),
    ..Command::NEW
};

/// The command.
pub static CLUSTERROLEBINDING: Command = Command {
    name: "clusterrolebinding",
    args: "NAME --clusterrole=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]",
    short: "Create a cluster role binding for a particular cluster role",
    flags: &[
        &[Flag::string("clusterrole", "The cluster role to bind.").required()],
        SUBJECT_FLAGS,
        KIND_FLAGS,
        OUTPUT_FLAGS,
    ],
    run: Some(|cx| Box::pin(cluster_role_binding(cx))),
    ..Command::NEW
};

const SUBJECT_FLAGS: &[Flag] = &[
    Flag::array("group", "Groups to bind to."),
    Flag::array(
        "serviceaccount",
        "Service accounts to bind to: <namespace>:<name>.",
    ),
    Flag::array("user", "Users to bind to."),
];

async fn role_binding(cx: &Cx) -> Outcome {
    let name = name_argument(cx)?;
    let (cluster_role, role) = (cx.flags.str("clusterrole"), cx.flags.str("role"));
    if cluster_role.is_empty() == role.is_empty() {
        return Err(Error::msg(
            "exactly one of clusterrole or role must be specified",
        ));
    }
    let (kind, target) = if role.is_empty() {
        ("ClusterRole", cluster_role)
    } else {
        ("Role", role)
    };
    let object = binding(cx, "RoleBinding", name, kind, target)?;
    submit(cx, object, "failed to create rolebinding:").await
}

async fn cluster_role_binding(cx: &Cx) -> Outcome {
    let name = name_argument(cx)?;
    let target = cx.flags.str("clusterrole");
    let object = binding(cx, "ClusterRoleBinding", name, "ClusterRole", target)?;
    submit(cx, object, "failed to create clusterrolebinding:").await
}

fn binding(cx: &Cx, kind: &str, name: &str, role: &str, target: &str) -> Result<Value, Error> {
    let mut subjects = Vec::new();
    for user in cx.flags.strings("user") {
        subjects.push(tree!({"kind": "User", "apiGroup": GROUP, "name": user}));
    }
    for group in cx.flags.strings("group") {
        subjects.push(tree!({"kind": "Group", "apiGroup": GROUP, "name": group}));
    }
    for account in cx.flags.strings("serviceaccount") {
        let parts: Vec<&str> = account.split(':').collect();
        match parts[..] {
            [namespace, name] if !namespace.is_empty() && !name.is_empty() => subjects
                .push(tree!({"kind": "ServiceAccount", "name": name, "namespace": namespace})),
            _ => {
                return Err(Error::msg("serviceaccount must be <namespace>:<name>"));
            }
        }
    }
    let mut object = new_object("rbac.authorization.k8s.io/v1", kind, name);
    object.set(
        "roleRef",
        tree!({"apiGroup": GROUP, "kind": role, "name": target}),
    );
    if !subjects.is_empty() {
        object.set("subjects", subjects);
    }
    Ok(object)
}
