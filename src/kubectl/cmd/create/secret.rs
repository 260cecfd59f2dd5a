//! `kubectl create secret`

use super::{KIND_FLAGS, keys, submit};
use crate::apimachinery::{Value, x509};
use crate::kubectl::cmd::common::{name_argument, new_object};
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::OUTPUT_FLAGS;
use crate::kubectl::printers::json::escape_html;
use crate::tree;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The command.
pub static SECRET: Command = Command {
    name: "secret",
    args: "(docker-registry | generic | tls)",
    short: "Create a secret using a specified subcommand",
    commands: &[&DOCKER_REGISTRY, &TLS, &GENERIC],
    ..Command::NEW
};

static GENERIC: Command = Command {
    name: "generic",
    args: "NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]",
    short: "Create a secret from a local file, directory, or literal value",
    flags: &[
        keys::SOURCE_FLAGS,
        &[Flag::string("type", "The type of the secret.")],
        KIND_FLAGS,
        OUTPUT_FLAGS,
    ],
    run: Some(|cx| Box::pin(generic(cx))),
    ..Command::NEW
};

static TLS: Command = Command {
    name: "tls",
    args: "NAME --cert=path/to/cert/file --key=path/to/key/file [--dry-run=server|client|none]",
    short: "Create a TLS secret",
    flags: &[
        &[
            Flag::bool("append-hash", "Add a hash of the content to the name."),
            Flag::string("cert", "File with the certificate in PEM."),
            Flag::string("key", "File with the private key in PEM."),
        ],
        KIND_FLAGS,
        OUTPUT_FLAGS,
    ],
    run: Some(|cx| Box::pin(tls(cx))),
    ..Command::NEW
};

static DOCKER_REGISTRY: Command = Command {
    name: "docker-registry",
    args: "NAME --docker-username=user --docker-password=password --docker-email=email [--docker-server=string] [--from-file=[key=]source] [--dry-run=server|client|none]",
    short: "Create a secret for use with a Docker registry",
    flags: &[
        &[
            Flag::bool("append-hash", "Add a hash of the content to the name."),
            Flag::string("docker-email", "Mail address of the registry's user."),
            Flag::string("docker-password", "Password of the registry's user."),
            Flag::string("docker-server", "The registry.").default("https://index.docker.io/v1/"),
            Flag::string("docker-username", "The registry's user."),
            Flag::strings(
                "from-file",
                "File with a Docker configuration, or KEY=FILE.",
            ),
        ],
        KIND_FLAGS,
        OUTPUT_FLAGS,
    ],
    run: Some(|cx| Box::pin(docker_registry(cx))),
    ..Command::NEW
};

async fn generic(cx: &Cx) -> Outcome {
    let mut object = new_object("v1", "Secret", name_argument(cx)?);
    add_keys(&mut object, keys::collect(cx)?)?;
    if !cx.flags.str("type").is_empty() {
        object.set("type", cx.flags.str("type"));
    }
    finish(cx, object, "failed to create secret").await
}

fn add_keys(object: &mut Value, entries: Vec<keys::Entry>) -> Result<(), Error> {
    for (key, bytes, _) in entries {
        if let Some(why) = keys::key_error(&key) {
            return Err(Error::msg(format!(
                "\"{key}\" is not valid key name for a Secret {why}"
            )));
        }
        if object.get("data").has(&key) {
            return Err(Error::msg(format!(
                "cannot add key {key}, another key by that name already exists"
            )));
        }
        object.set_at(&["data", &key], STANDARD.encode(bytes));
    }
    Ok(())
}

async fn tls(cx: &Cx) -> Outcome {
    let name = name_argument(cx)?;
    let (cert, key) = (cx.flags.str("cert"), cx.flags.str("key"));
    if cert.is_empty() || key.is_empty() {
        return Err(Error::msg("key and cert must be specified"));
    }
    let read = |path: &str| {
        cx.io
            .read(path)
            .map_err(|e| Error::msg(format!("Cannot read file {path}, open {path}: {e}")))
    };
    let (cert, key) = (read(cert)?, read(key)?);
    x509::key_pair(
        &String::from_utf8_lossy(&cert),
        &String::from_utf8_lossy(&key),
    )
    .map_err(Error::msg)?;
    let mut object = new_object("v1", "Secret", name);
    object.set("type", "kubernetes.io/tls");
    object.set_at(&["data", "tls.crt"], STANDARD.encode(cert));
    object.set_at(&["data", "tls.key"], STANDARD.encode(key));
    finish(cx, object, "failed to create secret").await
}

async fn docker_registry(cx: &Cx) -> Outcome {
    let mut object = new_object("v1", "Secret", name_argument(cx)?);
    object.set("type", "kubernetes.io/dockerconfigjson");
    let flag = |name: &str| cx.flags.str(name);
    if !cx.flags.strings("from-file").is_empty() {
        for source in cx.flags.strings("from-file") {
            // A file without a key holds the whole configuration.
            let source = if source.contains('=') {
                source
            } else {
                format!(".dockerconfigjson={source}")
            };
            add_keys(&mut object, keys::of_file(cx, &source)?)?;
        }
    } else if flag("docker-username").is_empty()
        || flag("docker-password").is_empty()
        || flag("docker-server").is_empty()
    {
        return Err(Error::msg(
            "either --from-file or the combination of --docker-username, --docker-password and --docker-server is required",
        ));
    } else {
        let config = docker_config(
            flag("docker-server"),
            flag("docker-username"),
            flag("docker-password"),
            flag("docker-email"),
        );
        object.set_at(&["data", ".dockerconfigjson"], STANDARD.encode(config));
    }
    finish(cx, object, "failed to create secret").await
}

/// A Docker configuration with its keys in the order of upstream's struct.
fn docker_config(server: &str, user: &str, password: &str, email: &str) -> String {
    let auth = STANDARD.encode(format!("{user}:{password}"));
    let fields: Vec<String> = [
        ("username", user),
        ("password", password),
        ("email", email),
        ("auth", &auth),
    ]
    .iter()
    .filter(|(_, v)| !v.is_empty())
    .map(|(k, v)| format!("\"{k}\":{}", Value::from(*v).to_json()))
    .collect();
    escape_html(&format!(
        "{{\"auths\":{{{}:{{{}}}}}}}",
        Value::from(server).to_json(),
        fields.join(",")
    ))
}

async fn finish(cx: &Cx, mut object: Value, failure: &str) -> Outcome {
    if cx.flags.bool("append-hash") {
        let mut content =
            tree!({"kind": "Secret", "type": object.get("type").str(), "name": object.name()});
        content.entry("data").map_mut();
        if object.has("data") {
            content.set("data", object.get("data"));
        }
        let hash = keys::content_hash(&escape_html(&content.to_json()));
        let name = format!("{}-{hash}", object.name());
        object.set_at(&["metadata", "name"], name);
    }
    submit(cx, object, failure).await
}
