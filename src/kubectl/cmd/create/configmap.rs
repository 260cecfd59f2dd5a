//! `kubectl create configmap`

use super::{KIND_FLAGS, keys, submit};
use crate::apimachinery::Value;
use crate::kubectl::cmd::common::{name_argument, new_object};
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::printers::OUTPUT_FLAGS;
use crate::kubectl::printers::json::escape_html;
use crate::tree;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The command.
pub static CONFIGMAP: Command = Command {
    name: "configmap",
    aliases: &["cm"],
    args: "NAME [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]",
    short: "Create a config map from a local file, directory or literal value",
    flags: &[keys::SOURCE_FLAGS, KIND_FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

async fn run(cx: &Cx) -> Outcome {
    let name = name_argument(cx)?;
    let mut object = new_object("v1", "ConfigMap", name);
    for (key, bytes, _) in keys::collect(cx)? {
        if let Some(why) = keys::key_error(&key) {
            return Err(Error::msg(format!(
                "\"{key}\" is not a valid key name for a ConfigMap: {why}"
            )));
        }
        for field in ["data", "binaryData"] {
            if object.get(field).has(&key) {
                let shown = if field == "data" {
                    "Data"
                } else {
                    "BinaryData"
                };
                return Err(Error::msg(format!(
                    "cannot add key \"{key}\", another key by that name already exists in {shown} for ConfigMap \"{name}\""
                )));
            }
        }
        match String::from_utf8(bytes) {
            Ok(text) => object.set_at(&["data", &key], text),
            Err(e) => object.set_at(&["binaryData", &key], STANDARD.encode(e.as_bytes())),
        }
    }
    if cx.flags.bool("append-hash") {
        let hash = keys::content_hash(&hashed(&object));
        object.set_at(&["metadata", "name"], format!("{name}-{hash}"));
    }
    submit(cx, object, "failed to create configmap:").await
}

fn hashed(object: &Value) -> String {
    let mut content = tree!({"kind": "ConfigMap", "name": object.name()});
    content.entry("data").map_mut();
    if object.has("data") {
        content.set("data", object.get("data"));
    }
    if object.has("binaryData") {
        content.set("binaryData", object.get("binaryData"));
    }
    escape_html(&content.to_json())
}
