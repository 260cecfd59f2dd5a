//! `kubectl run`

pub mod attach;
pub mod image;

use super::DRY_RUN;
use super::common::{DryRun, RECORD, SAVE_CONFIG, new_object, record, set_typed_last_applied};
use super::create::keys::check_env_name;
use super::delete::{self};
use crate::apimachinery::Value;
use crate::apimachinery::patch::{json_patch, merge_patch, strategic_merge_patch};
use crate::apimachinery::schema::kind_type;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::discovery::Mapping;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::{OUTPUT_FLAGS, Printer};
use crate::kubectl::resource::{Found, Helper, Info};
use crate::tree;
use std::rc::Rc;
use std::time::Duration;

/// The command.
pub static RUN: Command = Command {
    name: "run",
    args: "NAME --image=image [--env=\"key=value\"] [--port=port] [--dry-run=server|client] [--overrides=inline-json] [--command] -- [COMMAND] [args...]",
    short: "Run a particular image on the cluster",
    flags: &[FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    Flag::array("annotations", "Annotations of the pod: key=value."),
    Flag::bool("attach", "Wait until the pod runs and show its output."),
    delete::CASCADE,
    Flag::bool(
        "command",
        "What follows is the container's command, not its arguments.",
    ),
    DRY_RUN,
    Flag::array("env", "Environment variables: name=value."),
    Flag::bool(
        "expose",
        "Create a ClusterIP service for the pod; needs --port.",
    ),
    Flag::string("field-manager", "Who is to own the fields.").default("kubectl-run"),
    Flag::bool("force", "With --rm: do not wait for a graceful end."),
    Flag::int(
        "grace-period",
        "-1",
        "With --rm: seconds for a graceful end.",
    ),
    Flag::string("image", "The image to run.").required(),
    Flag::string("image-pull-policy", "When to pull the image."),
    Flag::string("labels", "Labels of the pod: a=b,c=d.").short('l'),
    Flag::bool(
        "leave-stdin-open",
        "Keep standard input open after the first attach.",
    ),
    Flag::string(
        "override-type",
        "How --overrides is read: json, merge or strategic.",
    )
    .default("merge"),
    Flag::string("overrides", "Changes to the object that is made, in JSON."),
    Flag::duration(
        "pod-running-timeout",
        "1m0s",
        "How long to wait for the pod to run.",
    ),
    Flag::string("port", "The port that the container listens on."),
    Flag::bool("privileged", "Run the container in privileged mode."),
    Flag::bool("quiet", "Say less.").short('q'),
    RECORD,
    Flag::string(
        "restart",
        "The pod's restart policy: Always, OnFailure, Never.",
    ),
    Flag::bool(
        "rm",
        "Delete the pod after it exits; only for attached containers.",
    ),
    SAVE_CONFIG,
    Flag::bool("stdin", "Keep standard input open.").short('i'),
    Flag::duration("timeout", "0s", "With --rm: how long to wait for the end."),
    Flag::bool("tty", "Give the container a terminal.").short('t'),
    Flag::bool("wait", "With --rm: wait until the pod is gone."),
];

async fn run(cx: &Cx) -> Outcome {
    let (dry_run, restart) = validate(cx)?;
    let name = cx.args[0].clone();
    let operation = dry_run.operation("created");
    let mut printer = Printer::for_operation(cx, &operation)?.typed();
    let mut pod = pod(cx, &name, restart)?;
    override_pod(cx, &mut pod)?;
    let pod = submit(cx, pod, dry_run).await?;
    if cx.flags.bool("expose") {
        let service = submit(cx, service(cx, &name)?, dry_run).await?;
        cx.out(printer.print(&service)?);
        if cx.flags.str("output") == "yaml" {
            cx.line("---");
        }
    }
    if !attached(cx) {
        cx.out(printer.print(&pod)?);
        return Ok(());
    }
    let outcome = attach::follow(cx, &pod, restart).await;
    if cx.flags.bool("rm") {
        remove(cx, pod).await?;
    }
    outcome
}

fn attached(cx: &Cx) -> bool {
    if cx.flags.changed("attach") {
        cx.flags.bool("attach")
    } else {
        cx.flags.bool("stdin")
    }
}

fn validate(cx: &Cx) -> Result<(DryRun, &'static str), Error> {
    let dry_run = DryRun::of(cx)?;
    if cx.args.is_empty() {
        return Err(cx.usage("NAME is required for run"));
    }
    let image = cx.flags.str("image");
    if image.is_empty() {
        return Err(Error::msg("--image is required"));
    }
    if !image::is_reference(image) {
        return Err(Error::msg(format!(
            "Invalid image name \"{image}\": invalid reference format"
        )));
    }
    if cx.flags.bool("tty") && !cx.flags.bool("stdin") {
        return Err(cx.usage("-i/--stdin is required for containers with -t/--tty=true"));
    }
    if cx.flags.bool("expose") && cx.flags.str("port").is_empty() {
        return Err(cx.usage("--port must be set when exposing a service"));
    }
    let restart = match cx.flags.str("restart") {
        "" | "Always" => "Always",
        "OnFailure" => "OnFailure",
        "Never" => "Never",
        other => return Err(cx.usage(format!("invalid restart policy: {other}"))),
    };
    if !attached(cx) && cx.flags.bool("rm") {
        return Err(cx.usage("--rm should only be used for attached containers"));
    }
    if attached(cx) && dry_run != DryRun::None {
        return Err(cx.usage("--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)"));
    }
    let policy = cx.flags.str("image-pull-policy");
    if !matches!(policy, "" | "Always" | "IfNotPresent" | "Never") {
        return Err(cx.usage(format!("invalid image pull policy: {policy}")));
    }
    Ok((dry_run, restart))
}

fn pod(cx: &Cx, name: &str, restart: &str) -> Result<Value, Error> {
    let mut pod = new_object("v1", "Pod", name);
    let labels = labels(cx, name)?;
    if !labels.is_empty() {
        pod.set_at(&["metadata", "labels"], labels);
    }
    for annotation in cx.flags.strings("annotations") {
        let (key, value) = annotation
            .split_once('=')
            .ok_or_else(|| Error::msg(format!("invalid annotations format: {annotation}")))?;
        pod.set_annotation(key, value);
    }
    let mut container = tree!({"name": name, "image": cx.flags.str("image"), "resources": {}});
    let words = &cx.args[1..];
    if !words.is_empty() {
        let field = if cx.flags.bool("command") {
            "command"
        } else {
            "args"
        };
        container.set(field, tree!(words));
    }
    let env = environment(cx)?;
    if !env.is_empty() {
        container.set("env", env);
    }
    let port = cx.flags.str("port");
    if !port.is_empty() {
        container.set("ports", tree!([{"containerPort": parse_port(port)?}]));
    }
    let policy = cx.flags.str("image-pull-policy");
    if !policy.is_empty() {
        container.set("imagePullPolicy", policy);
    }
    if cx.flags.bool("privileged") {
        container.set("securityContext", tree!({"privileged": true}));
    }
    if cx.flags.bool("stdin") {
        container.set("stdin", true);
        if !cx.flags.bool("leave-stdin-open") {
            container.set("stdinOnce", true);
        }
    }
    if cx.flags.bool("tty") {
        container.set("tty", true);
    }
    pod.set(
        "spec",
        tree!({"dnsPolicy": "ClusterFirst", "restartPolicy": restart}),
    );
    pod.set_at(&["spec", "containers"], vec![container]);
    pod.entry("status").map_mut();
    Ok(pod)
}

fn labels(cx: &Cx, name: &str) -> Result<Value, Error> {
    let text = cx.flags.str("labels");
    if text.is_empty() {
        return Ok(tree!({"run": name}));
    }
    let mut labels = Value::object();
    for pair in text.split(',') {
        match pair.split_once('=') {
            Some((key, value)) if !value.contains('=') && !key.is_empty() => labels.set(key, value),
            _ => return Err(Error::msg(format!("unexpected label spec: {pair}"))),
        }
    }
    Ok(labels)
}

fn environment(cx: &Cx) -> Result<Vec<Value>, Error> {
    cx.flags
        .strings("env")
        .iter()
        .map(|pair| match pair.split_once('=') {
            Some((name, value)) if check_env_name(name).is_ok() => {
                let mut entry = tree!({"name": name});
                if !value.is_empty() {
                    entry.set("value", value);
                }
                Ok(entry)
            }
            _ => Err(Error::msg(format!("invalid env: {pair}"))),
        })
        .collect()
}

fn parse_port(text: &str) -> Result<i64, Error> {
    text.parse::<i64>()
        .map_err(|_| Error::msg(format!("strconv.Atoi: parsing \"{text}\": invalid syntax")))
}

fn override_pod(cx: &Cx, pod: &mut Value) -> Outcome {
    let text = cx.flags.str("overrides");
    if text.is_empty() {
        return Ok(());
    }
    let kind = cx.flags.str("override-type");
    let patch = Value::from_json(text.as_bytes()).map_err(|_| Error::msg("Invalid JSON Patch"))?;
    let changed = match (kind, kind_type("v1", "Pod")) {
        ("json", _) => json_patch(pod, &patch),
        ("strategic", Some(id)) => strategic_merge_patch(pod, &patch, id),
        ("merge", _) => merge_patch(pod, &patch),
        _ => {
            return Err(Error::msg(format!("invalid override type: {kind}")));
        }
    };
    *pod = changed.map_err(|e| Error::msg(e.to_string()))?;
    // The object is typed upstream: a container that an override brings has its empty resources.
    if let Some(mut containers) = pod.at(&["spec", "containers"]).as_list().cloned() {
        for container in containers.to_mut() {
            container.entry("resources").map_mut();
        }
        pod.set_at(&["spec", "containers"], containers);
    }
    Ok(())
}

fn service(cx: &Cx, name: &str) -> Result<Value, Error> {
    let port = parse_port(cx.flags.str("port"))?;
    let mut service = new_object("v1", "Service", name);
    service.set(
        "spec",
        tree!({"ports": [{"port": port, "protocol": "TCP", "targetPort": port}]}),
    );
    service.set_at(&["spec", "selector"], labels(cx, name)?);
    service.set("status", tree!({"loadBalancer": {}}));
    Ok(service)
}

async fn submit(cx: &Cx, mut object: Value, dry_run: DryRun) -> Result<Value, Error> {
    let (namespace, explicit) = cx.namespace()?;
    if explicit && dry_run.is_client() {
        object.set_at(&["metadata", "namespace"], &namespace);
    }
    record(cx, &mut object);
    if dry_run.is_client() {
        return Ok(object);
    }
    if cx.flags.bool("save-config") {
        set_typed_last_applied(&mut object);
    }
    let mapping = Mapping::built_in(object.api_version(), object.kind());
    Helper::new(cx, &mapping, &namespace)
        .dry_run(dry_run.is_server())
        .field_manager(cx.flags.str("field-manager"))
        .create(&object)
        .await
}

async fn remove(cx: &Cx, pod: Value) -> Outcome {
    let info = Info {
        mapping: Rc::new(Mapping::built_in("v1", "Pod")),
        namespace: pod.namespace().to_owned(),
        name: pod.name().to_owned(),
        source: String::new(),
        object: pod,
    };
    let options = delete::Options {
        grace_period: cx.flags.int("grace-period"),
        propagation: delete::cascade(cx)?,
        dry_run: DryRun::None,
        ignore_not_found: true,
        wait: false,
        timeout: Duration::ZERO,
        names_only: false,
        quiet: cx.flags.bool("quiet"),
    };
    let found = Found {
        infos: vec![info],
        ..Found::default()
    };
    delete::delete_all(cx, found, &options).await
}
