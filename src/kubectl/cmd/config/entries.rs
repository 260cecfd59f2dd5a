//! Clusters, users and contexts: setting, deleting, renaming.

use super::{one_argument, set_field, unexpected, writable};
use crate::apimachinery::Value;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::tree;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

pub(super) static SET_CLUSTER: Command = Command {
    name: "set-cluster",
    args: "NAME [--server=server] [--certificate-authority=path/to/certificate/authority] [--insecure-skip-tls-verify=true] [--tls-server-name=example.com]",
    short: "Set a cluster entry in kubeconfig",
    flags: &[&[
        Flag::bool(
            "embed-certs",
            "Keep certificates themselves instead of their paths.",
        ),
        Flag::string("proxy-url", "Proxy to reach the cluster by."),
    ]],
    run: Some(|cx| Box::pin(async { set_cluster(cx) })),
    ..Command::NEW
};

pub(super) static SET_CREDENTIALS: Command = Command {
    name: "set-credentials",
    args: "NAME [--client-certificate=path/to/certfile] [--client-key=path/to/keyfile] [--token=bearer_token] [--username=basic_user] [--password=basic_password]",
    short: "Set a user entry in kubeconfig",
    flags: &[&[Flag::bool(
        "embed-certs",
        "Keep certificates themselves instead of their paths.",
    )]],
    run: Some(|cx| Box::pin(async { set_credentials(cx) })),
    ..Command::NEW
};

pub(super) static SET_CONTEXT: Command = Command {
    name: "set-context",
    args: "[NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace]",
    short: "Set a context entry in kubeconfig",
    flags: &[&[Flag::bool("current", "Change the current context.")]],
    run: Some(|cx| Box::pin(async { set_context(cx) })),
    ..Command::NEW
};

pub(super) static DELETE_CLUSTER: Command = Command {
    name: "delete-cluster",
    args: "NAME",
    short: "Delete the specified cluster from the kubeconfig",
    run: Some(|cx| Box::pin(async { delete(cx, "clusters", "cluster") })),
    ..Command::NEW
};

pub(super) static DELETE_CONTEXT: Command = Command {
    name: "delete-context",
    args: "NAME",
    short: "Delete the specified context from the kubeconfig",
    run: Some(|cx| Box::pin(async { delete(cx, "contexts", "context") })),
    ..Command::NEW
};

pub(super) static DELETE_USER: Command = Command {
    name: "delete-user",
    args: "NAME",
    short: "Delete the specified user from the kubeconfig",
    run: Some(|cx| Box::pin(async { delete(cx, "users", "user") })),
    ..Command::NEW
};

pub(super) static RENAME_CONTEXT: Command = Command {
    name: "rename-context",
    args: "CONTEXT_NAME NEW_NAME",
    short: "Rename a context from the kubeconfig file",
    run: Some(|cx| Box::pin(async { rename(cx) })),
    ..Command::NEW
};

/// Changes the entry `name` of a list, made where there is none; gives whether it was there.
fn upsert(
    tree: &mut Value,
    list: &str,
    key: &str,
    name: &str,
    change: impl FnOnce(&mut Value),
) -> bool {
    let entries = tree.entry(list).items_mut();
    let at = entries.iter().position(|e| e.get("name") == name);
    let (index, known) = match at {
        Some(at) => (at, true),
        None => {
            entries.push(tree!({"name": name}));
            (entries.len() - 1, false)
        }
    };
    let entry = entries[index].entry(key);
    entry.map_mut();
    change(entry);
    known
}

/// A certificate flag as a path or, with `--embed-certs`, as its content.
fn certificate(cx: &Cx, entry: &mut Value, field: &str) -> Outcome {
    let path = cx.flags.str(field);
    if !cx.flags.changed(field) {
        return Ok(());
    }
    let data = format!("{field}-data");
    if cx.flags.bool("embed-certs") {
        let bytes = cx.io.read(path).map_err(|e| {
            Error::msg(format!(
                "could not stat {field} file {path}: stat {path}: {e}"
            ))
        })?;
        entry.set(&data, STANDARD.encode(bytes));
        entry.remove(field);
    } else {
        let path = match cx.io.env("PWD") {
            Some(here) if !path.is_empty() && !path.starts_with('/') => {
                format!("{}/{path}", here.trim_end_matches('/'))
            }
            _ => path.to_owned(),
        };
        set_field(entry, field, &path);
        entry.remove(&data);
        entry.remove("insecure-skip-tls-verify");
    }
    Ok(())
}

fn set_cluster(cx: &Cx) -> Outcome {
    let name = one_argument(cx)?;
    let mut config = writable(cx)?;
    let mut outcome = Ok(());
    upsert(&mut config.tree, "clusters", "cluster", name, |cluster| {
        for field in ["server", "tls-server-name", "proxy-url"] {
            if cx.flags.changed(field) {
                set_field(cluster, field, cx.flags.str(field));
            }
        }
        if cx.flags.changed("insecure-skip-tls-verify") {
            match cx.flags.bool("insecure-skip-tls-verify") {
                true => {
                    cluster.set("insecure-skip-tls-verify", true);
                    cluster.remove("certificate-authority");
                    cluster.remove("certificate-authority-data");
                }
                false => {
                    cluster.remove("insecure-skip-tls-verify");
                }
            }
        }
        outcome = certificate(cx, cluster, "certificate-authority");
    });
    outcome?;
    config.save(&*cx.io)?;
    cx.line(format!("Cluster \"{name}\" set."));
    Ok(())
}

fn set_credentials(cx: &Cx) -> Outcome {
    let name = one_argument(cx)?;
    let flag = |name: &str| cx.flags.str(name);
    let methods: Vec<&str> = [
        ("--token", flag("token")),
        ("--username/--password", flag("username")),
    ]
    .iter()
    .filter(|(_, v)| !v.is_empty())
    .map(|(name, _)| *name)
    .collect();
    if methods.len() > 1 {
        return Err(Error::msg(format!(
            "you cannot specify more than one authentication method at the same time: {}",
            methods.join(", ")
        )));
    }
    let mut config = writable(cx)?;
    let mut outcome = Ok(());
    upsert(&mut config.tree, "users", "user", name, |user| {
        outcome = certificate(cx, user, "client-certificate")
            .and_then(|()| certificate(cx, user, "client-key"));
        if cx.flags.changed("token") {
            set_field(user, "token", flag("token"));
            user.remove("username");
            user.remove("password");
        }
        for field in ["username", "password"] {
            if cx.flags.changed(field) {
                set_field(user, field, flag(field));
                user.remove("token");
            }
        }
    });
    outcome?;
    config.save(&*cx.io)?;
    cx.line(format!("User \"{name}\" set."));
    Ok(())
}

fn set_context(cx: &Cx) -> Outcome {
    if cx.args.len() > 1 {
        return Err(unexpected(cx));
    }
    let name = match (cx.args.first(), cx.flags.bool("current")) {
        (Some(_), true) => {
            return Err(Error::msg(
                "you cannot specify both a context name and --current",
            ));
        }
        (Some(name), false) => name.clone(),
        (None, true) => match cx.config()?.tree.get("current-context").str() {
            "" => return Err(Error::msg("no current context is set")),
            name => name.to_owned(),
        },
        (None, false) => {
            return Err(Error::msg(
                "you must specify a non-empty context name or --current",
            ));
        }
    };
    let mut config = writable(cx)?;
    let known = upsert(&mut config.tree, "contexts", "context", &name, |context| {
        for field in ["cluster", "user", "namespace"] {
            if cx.flags.changed(field) {
                set_field(context, field, cx.flags.str(field));
            }
        }
    });
    config.save(&*cx.io)?;
    let deed = if known { "modified" } else { "created" };
    cx.line(format!("Context \"{name}\" {deed}."));
    Ok(())
}

fn delete(cx: &Cx, list: &str, what: &str) -> Outcome {
    let name = one_argument(cx)?;
    let mut config = writable(cx)?;
    let path = config.paths[0].clone();
    let entries = config.tree.entry(list).items_mut();
    let Some(at) = entries.iter().position(|e| e.get("name") == name) else {
        return Err(Error::msg(format!(
            "cannot delete {what} {name}, not in {path}"
        )));
    };
    entries.remove(at);
    if list == "contexts" && config.tree.get("current-context") == name {
        cx.warn("warning: this removed your active context, use \"kubectl config use-context\" to select a different one");
    }
    config.save(&*cx.io)?;
    cx.line(format!("deleted {what} {name} from {path}"));
    Ok(())
}

fn rename(cx: &Cx) -> Outcome {
    let [old, new] = &cx.args[..] else {
        return Err(unexpected(cx));
    };
    let mut config = writable(cx)?;
    let path = config.paths[0].clone();
    if config.context(old).is_null() {
        return Err(Error::msg(format!(
            "cannot rename the context \"{old}\", it's not in {path}"
        )));
    }
    if !config.context(new).is_null() {
        return Err(Error::msg(format!(
            "cannot rename the context \"{old}\", the context \"{new}\" already exists in {path}"
        )));
    }
    for entry in config.tree.entry("contexts").items_mut() {
        if entry.get("name") == old.as_str() {
            entry.set("name", new.as_str());
        }
    }
    if config.tree.get("current-context") == old.as_str() {
        config.tree.set("current-context", new.as_str());
    }
    config.save(&*cx.io)?;
    cx.line(format!("Context \"{old}\" renamed to \"{new}\"."));
    Ok(())
}
