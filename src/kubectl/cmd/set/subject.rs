//! `kubectl set subject`

use super::{Change, FLAGS, Work, check_local, check_selector, find};
use crate::apimachinery::Value;
use crate::collections::Arrange;
use crate::kubectl::cmd::FILENAME_FLAGS;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::OUTPUT_FLAGS;
use crate::tree;

pub(super) static SUBJECT: Command = Command {
    name: "subject",
    args: "(-f FILENAME | TYPE NAME) [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]",
    short: "Update the user, group, or service account in a role binding or cluster role binding",
    flags: &[
        FLAGS,
        &[
            Flag::array("user", "User to bind to the role."),
            Flag::array("group", "Group to bind to the role."),
            Flag::array(
                "serviceaccount",
                "Service account to bind to the role, namespace:name.",
            ),
        ],
        FILENAME_FLAGS,
        OUTPUT_FLAGS,
    ],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

async fn run(cx: &Cx) -> Outcome {
    let mut work = Work::new(
        cx,
        "subjects updated",
        "failed to patch subjects to rolebinding:",
    )?;
    let infos = find(cx, &cx.args).await?;
    check_local(cx, work.dry_run)?;
    check_selector(cx)?;
    let subjects = subjects(cx)?;
    for info in &infos {
        let mut changed = info.object.clone();
        if !matches!(changed.kind(), "RoleBinding" | "ClusterRoleBinding") {
            let e =
                "setting subjects is only supported for RoleBinding/ClusterRoleBinding".to_owned();
            work.one(info, Err(e)).await;
            continue;
        }
        for subject in &subjects {
            if !changed.get("subjects").items().contains(subject) {
                changed.entry("subjects").push(subject);
            }
        }
        work.one(info, Ok((changed, Change::Done))).await;
    }
    work.finish()
}

fn subjects(cx: &Cx) -> Result<Vec<Value>, Error> {
    const GROUP: &str = "rbac.authorization.k8s.io";
    let (namespace, _) = cx.namespace()?;
    let list = |flag: &str| {
        let mut all = cx.flags.strings(flag);
        all.arrange();
        all.dedup();
        all
    };
    let mut out = Vec::new();
    for (flag, kind) in [("user", "User"), ("group", "Group")] {
        out.extend(
            list(flag)
                .iter()
                .map(|name| tree!({"kind": kind, "apiGroup": GROUP, "name": name})),
        );
    }
    for account in list("serviceaccount") {
        let Some((ns, name)) = account.split_once(':') else {
            return Err(Error::msg("serviceaccount must be <namespace>:<name>"));
        };
        let ns = if ns.is_empty() {
            namespace.as_str()
        } else {
            ns
        };
        out.push(tree!({"kind": "ServiceAccount", "namespace": ns, "name": name}));
    }
    if out.is_empty() {
        return Err(Error::msg(
            "you must specify at least one value of user, group or serviceaccount",
        ));
    }
    Ok(out)
}
