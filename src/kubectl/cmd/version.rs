//! `kubectl version`

use crate::apimachinery::{Value, yaml};
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::rest::Call;
use crate::tree;
use http::Method;

/// The version of kubectl that this one behaves as.
pub const VERSION: &str = "v1.36.2";
const KUSTOMIZE: &str = "v5.8.1";

/// The command.
pub static VERSION_COMMAND: Command = Command {
    name: "version",
    short: "Print the client and server version information",
    flags: &[&[
        Flag::bool("client", "Only the client's version; no server is needed."),
        Flag::string("output", "One of 'yaml' or 'json'.").short('o'),
    ]],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

/// Fields of version information in the order they are shown.
const FIELDS: &[&str] = &[
    "major",
    "minor",
    "emulationMajor",
    "emulationMinor",
    "minCompatibilityMajor",
    "minCompatibilityMinor",
    "gitVersion",
    "gitCommit",
    "gitTreeState",
    "buildDate",
    "goVersion",
    "compiler",
    "platform",
];

async fn run(cx: &Cx) -> Outcome {
    if !cx.args.is_empty() {
        return Err(Error::msg(format!(
            "extra arguments: [{}]",
            cx.args.join(" ")
        )));
    }
    let output = cx.flags.str("output");
    if !matches!(output, "" | "yaml" | "json") {
        return Err(Error::msg("--output must be 'yaml' or 'json'"));
    }
    let client = tree!({
        "major": "1", "minor": "36", "gitVersion": VERSION, "gitCommit": "kubarium", "gitTreeState": "clean",
        "buildDate": "2026-11-20T00:00:00Z", "goVersion": "none", "compiler": "rustc", "platform": "linux/amd64",
    });
    let server = if cx.flags.bool("client") {
        Ok(Value::Null)
    } else {
        cx.rest.send(Call::new(Method::GET, "/version")).await
    };
    let known = server.clone().unwrap_or_default();
    match output {
        "json" => cx.out(as_json(&client, &known)),
        "yaml" => {
            let mut all = tree!({"kustomizeVersion": KUSTOMIZE});
            all.set("clientVersion", client);
            if !known.is_null() {
                all.set("serverVersion", known);
            }
            cx.out(yaml::to_yaml(&all));
            cx.line("");
        }
        _ => {
            cx.line(format!("Client Version: {VERSION}"));
            cx.line(format!("Kustomize Version: {KUSTOMIZE}"));
            if !known.is_null() {
                cx.line(format!("Server Version: {}", known.get("gitVersion").str()));
            }
        }
    }
    server.map(|_| ())
}

fn as_json(client: &Value, server: &Value) -> String {
    let mut parts = vec![
        format!("  \"clientVersion\": {}", info(client)),
        format!("  \"kustomizeVersion\": \"{KUSTOMIZE}\""),
    ];
    if !server.is_null() {
        parts.push(format!("  \"serverVersion\": {}", info(server)));
    }
    format!("{{\n{}\n}}\n", parts.join(",\n"))
}

fn info(version: &Value) -> String {
    let lines: Vec<String> = FIELDS
        .iter()
        .filter(|f| version.has(f))
        .map(|f| format!("    \"{f}\": {}", version.get(f).to_json()))
        .collect();
    format!("{{\n{}\n  }}", lines.join(",\n"))
}
