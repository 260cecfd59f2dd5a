//! `kubectl create deployment`

use super::{KIND_FLAGS, submit};
use crate::apimachinery::Value;
use crate::kubectl::cmd::common::{name_argument, new_object, trailing_command};
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::OUTPUT_FLAGS;
use crate::tree;

/// The command.
pub static DEPLOYMENT: Command = Command {
    name: "deployment",
    aliases: &["deploy"],
    args: "NAME --image=image -- [COMMAND] [args...]",
    short: "Create a deployment with the specified name",
    flags: &[FLAGS, KIND_FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    Flag::strings("image", "Names of the images to run; a container for each.").required(),
    Flag::int("port", "-1", "The port that the container listens on."),
    Flag::int("replicas", "1", "How many pods to run.").short('r'),
];

async fn run(cx: &Cx) -> Outcome {
    let name = name_argument(cx)?;
    let (images, command) = (cx.flags.strings("image"), trailing_command(cx));
    if images.len() > 1 && !command.is_empty() {
        return Err(Error::msg(
            "cannot specify multiple --image options and command",
        ));
    }
    let mut containers: Vec<Value> = images.iter().map(|i| container(cx, i, command)).collect();
    if let (Some(first), port @ 0..) = (containers.first_mut(), cx.flags.int("port")) {
        first.set("ports", tree!([{"containerPort": port}]));
    }
    let mut object = new_object("apps/v1", "Deployment", name);
    object.set_at(&["metadata", "labels", "app"], name);
    object.set(
        "spec",
        tree!({
            "replicas": cx.flags.int("replicas"), "strategy": {},
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {}},
        }),
    );
    object.set_at(&["spec", "template", "spec", "containers"], containers);
    object.entry("status").map_mut();
    submit(cx, object, "failed to create deployment:").await
}

fn container(cx: &Cx, image: &str, command: &[String]) -> Value {
    let last = image.rsplit('/').next().unwrap_or(image);
    let name = last.split([':', '@']).next().unwrap_or(last);
    let name = if name.contains(['_', '.']) {
        let mut rng = crate::apimachinery::Rng::new(cx.io.random());
        crate::apimachinery::names::generate_name(
            &format!("{}-", name.replace(['_', '.'], "-")),
            &mut rng,
        )
    } else {
        name.to_owned()
    };
    let mut container = tree!({"name": name, "image": image, "resources": {}});
    if !command.is_empty() {
        container.set("command", tree!(command));
    }
    container
}
