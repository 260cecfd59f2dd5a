//! `kubectl kustomize`

use crate::apimachinery::yaml;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::kustomize::build;

/// The command.
pub static KUSTOMIZE: Command = Command {
    name: "kustomize",
    args: "DIR",
    short: "Build a kustomization target from a directory or URL",
    long: "Prints the objects that the kustomization in a directory (\".\" where none is given) makes.",
    examples: "# Build the current working directory\nkubectl kustomize\n\n# Build some shared configuration directory\nkubectl kustomize /home/config/production",
    flags: &[FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    Flag::bool("enable-alpha-plugins", "").hidden(),
    Flag::bool("enable-helm", "").hidden(),
    Flag::string(
        "load-restrictor",
        "LoadRestrictionsNone lets kustomizations read files outside their directories.",
    )
    .default("LoadRestrictionsRootOnly"),
    Flag::string("output", "File to write to.").short('o'),
];

async fn run(cx: &Cx) -> Outcome {
    let dir = match &cx.args[..] {
        [] => ".",
        [dir] => dir.as_str(),
        _ => return Err(Error::msg("specify one path to kustomization.yaml")),
    };
    let anywhere = match cx.flags.str("load-restrictor") {
        "LoadRestrictionsNone" => true,
        "LoadRestrictionsRootOnly" => false,
        other => {
            return Err(Error::msg(format!(
                "illegal flag value --load-restrictor {other}; legal values: [LoadRestrictionsRootOnly LoadRestrictionsNone]"
            )));
        }
    };
    let objects = build(&*cx.io, dir, anywhere).map_err(Error::msg)?;
    let texts: Vec<String> = objects.iter().map(yaml::to_yaml).collect();
    let text = texts.join("---\n");
    match cx.flags.str("output") {
        "" => cx.out(text),
        path => cx
            .io
            .write(path, text.as_bytes())
            .map_err(|e| Error::msg(format!("open {path}: {e}")))?,
    }
    Ok(())
}
