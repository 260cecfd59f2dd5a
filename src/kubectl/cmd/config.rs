//! `kubectl config`

mod entries;
mod property;
mod view;

use crate::apimachinery::Value;
use crate::collections::Arrange;
use crate::kubectl::command::Command;
use crate::kubectl::config::KubeConfig;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::table::Columns;

/// The command.
pub static CONFIG: Command = Command {
    name: "config",
    args: "SUBCOMMAND",
    short: "Modify kubeconfig files",
    long: "Modify kubeconfig files using subcommands like \"kubectl config set current-context my-context\".\n\n The file is the one that --kubeconfig names; else those that $KUBECONFIG lists, merged; else ~/.kube/config.",
    commands: &[
        &view::VIEW,
        &entries::SET_CLUSTER,
        &entries::SET_CREDENTIALS,
        &entries::SET_CONTEXT,
        &property::SET,
        &property::UNSET,
        &CURRENT_CONTEXT,
        &USE_CONTEXT,
        &GET_CONTEXTS,
        &GET_CLUSTERS,
        &GET_USERS,
        &entries::DELETE_CLUSTER,
        &entries::DELETE_CONTEXT,
        &entries::DELETE_USER,
        &entries::RENAME_CONTEXT,
    ],
    ..Command::NEW
};

static CURRENT_CONTEXT: Command = Command {
    name: "current-context",
    short: "Display the current-context",
    run: Some(|cx| {
        Box::pin(async {
            match cx.config()?.tree.get("current-context").str() {
                "" => Err(Error::msg("current-context is not set")),
                name => {
                    cx.line(name);
                    Ok(())
                }
            }
        })
    }),
    ..Command::NEW
};

static USE_CONTEXT: Command = Command {
    name: "use-context",
    aliases: &["use"],
    args: "CONTEXT_NAME",
    short: "Set the current-context in a kubeconfig file",
    run: Some(|cx| Box::pin(async { use_context(cx) })),
    ..Command::NEW
};

static GET_CONTEXTS: Command = Command {
    name: "get-contexts",
    args: "[(-o|--output=)name)]",
    short: "Describe one or many contexts",
    flags: &[&[
        Flag::bool("no-headers", "No line of titles."),
        Flag::string("output", "Output format: name.").short('o'),
    ]],
    run: Some(|cx| Box::pin(async { get_contexts(cx) })),
    ..Command::NEW
};

static GET_CLUSTERS: Command = Command {
    name: "get-clusters",
    short: "Display clusters defined in the kubeconfig",
    run: Some(|cx| Box::pin(async { names(cx, "clusters") })),
    ..Command::NEW
};

static GET_USERS: Command = Command {
    name: "get-users",
    short: "Display users defined in the kubeconfig",
    run: Some(|cx| Box::pin(async { names(cx, "users") })),
    ..Command::NEW
};

/// Shows the help and fails, as `config` does where the arguments are wrong.
fn unexpected(cx: &Cx) -> Error {
    cx.out(crate::kubectl::help::text(&cx.found));
    Error::msg(format!("Unexpected args: [{}]", cx.args.join(" ")))
}

fn one_argument(cx: &Cx) -> Result<&str, Error> {
    match &cx.args[..] {
        [one] => Ok(one),
        _ => Err(unexpected(cx)),
    }
}

/// The kubeconfig of the file that is written.
fn writable(cx: &Cx) -> Result<KubeConfig, Error> {
    KubeConfig::load_writable(&*cx.io, cx.flags.str("kubeconfig"))
}

/// Names of the entries of a list, sorted.
fn sorted<'a>(config: &'a KubeConfig, list: &str) -> Vec<&'a str> {
    let mut names: Vec<&str> = config
        .tree
        .get(list)
        .items()
        .iter()
        .map(|e| e.get("name").str())
        .collect();
    names.arrange();
    names
}

fn names(cx: &Cx, list: &str) -> Outcome {
    let config = cx.config()?;
    cx.line("NAME");
    for name in sorted(&config, list) {
        cx.line(name);
    }
    Ok(())
}

fn use_context(cx: &Cx) -> Outcome {
    let name = one_argument(cx)?;
    if cx.config()?.context(name).is_null() {
        return Err(Error::msg(format!(
            "no context exists with the name: \"{name}\""
        )));
    }
    let mut config = writable(cx)?;
    config.tree.set("current-context", name);
    config.save(&*cx.io)?;
    cx.line(format!("Switched to context \"{name}\"."));
    Ok(())
}

fn get_contexts(cx: &Cx) -> Outcome {
    let config = cx.config()?;
    let output = cx.flags.str("output");
    if !matches!(output, "" | "name") {
        return Err(Error::msg(format!(
            "--output {output} is not available in kubectl config get-contexts; resetting to default output format"
        )));
    }
    let mut wanted: Vec<&str> = Vec::new();
    let mut errors = Vec::new();
    if cx.args.is_empty() {
        wanted = sorted(&config, "contexts");
    }
    for name in &cx.args {
        if config.context(name).is_null() {
            errors.push(Error::msg(format!("context {name} not found")));
        } else {
            wanted.push(name);
        }
    }
    wanted.arrange();
    let current = config.tree.get("current-context").str();
    let mut columns = Columns::default();
    if output.is_empty() && !cx.flags.bool("no-headers") {
        columns.line(
            ["CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"]
                .map(str::to_owned)
                .to_vec(),
        );
    }
    for name in wanted {
        if output == "name" {
            columns.line(vec![name.to_owned()]);
            continue;
        }
        let context = config.context(name);
        let field = |key: &str| context.get(key).str().to_owned();
        let mark = if name == current { "*" } else { "" };
        columns.line(vec![
            mark.to_owned(),
            name.to_owned(),
            field("cluster"),
            field("user"),
            field("namespace"),
        ]);
    }
    cx.out(columns.flush());
    Error::all(errors)
}

/// Sets a field of an entry, or takes it out where the value is "".
fn set_field(entry: &mut Value, field: &str, value: &str) {
    if value.is_empty() {
        entry.remove(field);
    } else {
        entry.set(field, value);
    }
}
