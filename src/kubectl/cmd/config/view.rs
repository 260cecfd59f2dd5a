//! `kubectl config view`

use crate::apimachinery::Value;
use crate::collections::Arrange;
use crate::kubectl::command::Command;
use crate::kubectl::config::KubeConfig;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::{OUTPUT_FLAGS, Printer};

/// The command.
pub static VIEW: Command = Command {
    name: "view",
    short: "Display merged kubeconfig settings or a specified kubeconfig file",
    flags: &[
        &[
            Flag::bool(
                "flatten",
                "Put the content of files that are named into the output.",
            ),
            Flag::bool("merge", "Merge all kubeconfig files.")
                .default("true")
                .no_value("true"),
            Flag::bool("minify", "Only what the current context uses."),
            Flag::bool("raw", "Show certificates and secrets."),
        ],
        OUTPUT_FLAGS,
    ],
    run: Some(|cx| Box::pin(async { view(cx) })),
    ..Command::NEW
};

const HIDDEN: &[(&str, &str, &str, &str)] = &[
    (
        "clusters",
        "cluster",
        "certificate-authority-data",
        "DATA+OMITTED",
    ),
    ("users", "user", "client-certificate-data", "DATA+OMITTED"),
    ("users", "user", "client-key-data", "DATA+OMITTED"),
    ("users", "user", "token", "REDACTED"),
    ("users", "user", "password", "REDACTED"),
];

fn view(cx: &Cx) -> Outcome {
    if !cx.args.is_empty() {
        return Err(cx.usage(format!("unexpected arguments: [{}]", cx.args.join(" "))));
    }
    let config = cx.config()?;
    let mut tree = config.normal();
    if cx.flags.bool("minify") {
        minify(cx, &config, &mut tree)?;
    }
    if !cx.flags.bool("raw") {
        for (list, key, field, shown) in HIDDEN {
            if let Some(mut entries) = tree.get(list).as_list().cloned() {
                for entry in entries.to_mut() {
                    if entry.get(key).has(field) {
                        entry.set_at(&[key, field], *shown);
                    }
                }
                tree.set(list, entries);
            }
        }
    }
    let mut printer = match Printer::from_flags(cx)? {
        Some(printer) => printer,
        None => Printer::Yaml {
            managed_fields: true,
            shown: 0,
        },
    };
    cx.out(match printer {
        Printer::Json { .. } => as_json(&tree),
        _ => printer.print(&tree)?,
    });
    Ok(())
}

fn minify(cx: &Cx, config: &KubeConfig, tree: &mut Value) -> Outcome {
    let name = config.context_name(cx.flags.str("context"));
    if name.is_empty() {
        return Err(Error::msg("current-context must exist in order to minify"));
    }
    let context = config.context(&name);
    if context.is_null() {
        return Err(Error::msg(format!("cannot locate context {name}")));
    }
    let (cluster, user) = (context.get("cluster").str(), context.get("user").str());
    for (list, key, wanted) in [("clusters", "cluster", cluster), ("users", "user", user)] {
        let known = tree
            .get(list)
            .items()
            .iter()
            .any(|e| e.get("name") == wanted);
        if !wanted.is_empty() && !known {
            return Err(Error::msg(format!("cannot locate {key} {wanted}")));
        }
    }
    for (list, wanted) in [
        ("contexts", name.as_str()),
        ("clusters", cluster),
        ("users", user),
    ] {
        let kept: Vec<Value> = tree
            .get(list)
            .items()
            .iter()
            .filter(|e| e.get("name") == wanted)
            .cloned()
            .collect();
        tree.set(
            list,
            if kept.is_empty() {
                Value::Null
            } else {
                kept.into()
            },
        );
    }
    tree.set("current-context", name);
    Ok(())
}

/// JSON with fields in the order of upstream's structs.
fn as_json(tree: &Value) -> String {
    let mut out = String::new();
    write(tree, 0, &mut out);
    out.push('\n');
    crate::kubectl::printers::json::escape_html(&out)
}

const ORDER: &[&str] = &[
    "kind",
    "apiVersion",
    "name",
    "clusters",
    "users",
    "contexts",
    "current-context",
    "cluster",
    "server",
    "tls-server-name",
    "insecure-skip-tls-verify",
    "certificate-authority",
    "certificate-authority-data",
    "client-certificate",
    "client-certificate-data",
    "client-key",
    "client-key-data",
    "token",
    "tokenFile",
    "username",
    "password",
    "user",
    "namespace",
];

fn write(value: &Value, depth: usize, out: &mut String) {
    let pad = |n: usize| "    ".repeat(n);
    match value {
        Value::Map(map) if !map.is_empty() => {
            let mut entries: Vec<(&str, &Value)> = map.iter().collect();
            entries
                .arrange_by_key(|(k, _)| ORDER.iter().position(|o| o == k).unwrap_or(usize::MAX));
            let lines: Vec<String> = entries
                .iter()
                .map(|(k, v)| {
                    let mut inner = String::new();
                    write(v, depth + 1, &mut inner);
                    format!("{}{}: {inner}", pad(depth + 1), Value::from(*k).to_json())
                })
                .collect();
            out.push_str(&format!("{{\n{}\n{}}}", lines.join(",\n"), pad(depth)));
        }
        Value::List(list) if !list.is_empty() => {
            let lines: Vec<String> = list
                .iter()
                .map(|v| {
                    let mut inner = String::new();
                    write(v, depth + 1, &mut inner);
                    format!("{}{inner}", pad(depth + 1))
                })
                .collect();
            out.push_str(&format!("[\n{}\n{}]", lines.join(",\n"), pad(depth)));
        }
        other => out.push_str(&other.to_json()),
    }
}
