//! `kubectl config set` and `kubectl config unset`

use super::{unexpected, writable};
use crate::apimachinery::Value;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::{Flag, parse_bool};
use crate::tree;

pub(super) static SET: Command = Command {
    name: "set",
    args: "PROPERTY_NAME PROPERTY_VALUE",
    short: "Set an individual value in a kubeconfig file",
    flags: &[&[Flag::bool(
        "set-raw-bytes",
        "The value of a field of bytes is not base64.",
    )]],
    run: Some(|cx| {
        Box::pin(async {
            let [name, value] = &cx.args[..] else {
                return Err(unexpected(cx));
            };
            change(cx, name, Some(value))?;
            cx.line(format!("Property \"{name}\" set."));
            Ok(())
        })
    }),
    ..Command::NEW
};

pub(super) static UNSET: Command = Command {
    name: "unset",
    args: "PROPERTY_NAME",
    short: "Unset an individual value in a kubeconfig file",
    run: Some(|cx| {
        Box::pin(async {
            let [name] = &cx.args[..] else {
                return Err(unexpected(cx));
            };
            change(cx, name, None)?;
            cx.line(format!("Property \"{name}\" unset."));
            Ok(())
        })
    }),
    ..Command::NEW
};

const LISTS: &[(&str, &str, &[&str])] = &[
    (
        "clusters",
        "cluster",
        &[
            "server",
            "tls-server-name",
            "insecure-skip-tls-verify",
            "certificate-authority",
            "certificate-authority-data",
            "proxy-url",
            "disable-compression",
            "extensions",
        ],
    ),
    (
        "contexts",
        "context",
        &["cluster", "user", "namespace", "extensions"],
    ),
    (
        "users",
        "user",
        &[
            "client-certificate",
            "client-certificate-data",
            "client-key",
            "client-key-data",
            "token",
            "tokenFile",
            "as",
            "as-uid",
            "as-groups",
            "username",
            "password",
            "auth-provider",
            "exec",
            "extensions",
        ],
    ),
];

/// Sets a property, or takes it out where there is no value.
fn change(cx: &Cx, name: &str, value: Option<&String>) -> Outcome {
    let mut config = writable(cx)?;
    let parts: Vec<&str> = name.split('.').collect();
    match parts[..] {
        ["current-context"] => config
            .tree
            .set("current-context", value.map_or("", |v| v.as_str())),
        ["kind" | "apiVersion"] => {}
        [list, ref rest @ ..] => {
            let Some((list, key, fields)) = LISTS.iter().find(|(l, _, _)| *l == list) else {
                return Err(Error::msg(format!(
                    "unable to parse {name} after [] at api.Config"
                )));
            };
            change_entry(&mut config.tree, (list, key, fields), rest, value)?;
        }
        [] => {}
    }
    config.save(&*cx.io)
}

fn change_entry(
    tree: &mut Value,
    (list, key, fields): (&str, &str, &[&str]),
    rest: &[&str],
    value: Option<&String>,
) -> Outcome {
    let entries = tree.entry(list).items_mut();
    match (rest, value) {
        ([], None) => entries.clear(),
        ([name], None) => entries.retain(|e| e.get("name") != name),
        ([name, field], _) => {
            if !fields.contains(field) {
                return Err(Error::msg(format!(
                    "unable to parse {field} after [{list} {name}] at api.Config"
                )));
            }
            let at = match entries.iter().position(|e| e.get("name") == name) {
                Some(at) => at,
                None if value.is_none() => {
                    return Err(Error::msg(format!("current map key `{name}` is invalid")));
                }
                None => {
                    entries.push(tree!({"name": *name}));
                    entries.len() - 1
                }
            };
            let entry = entries[at].entry(key);
            match value {
                None => {
                    entry.remove(field);
                }
                Some(v) if matches!(*field, "insecure-skip-tls-verify" | "disable-compression") => {
                    let on = parse_bool(v).ok_or_else(|| {
                        Error::msg(format!("strconv.ParseBool: parsing {v:?}: invalid syntax"))
                    })?;
                    entry.set(field, on);
                }
                Some(v) => entry.set(field, v.as_str()),
            }
        }
        _ => return Err(Error::msg("unable to parse the property's name")),
    }
    Ok(())
}
