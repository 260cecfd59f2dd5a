//! The text of `--help`.

use super::command::{Command, Found};
use super::flags::{Flag, FlagKind};
use crate::collections::Arrange;

/// Groups of commands in the order the overview shows them.
const GROUPS: &[(&str, &[&str])] = &[
    (
        "Basic Commands (Beginner):",
        &["create", "expose", "run", "set"],
    ),
    (
        "Basic Commands (Intermediate):",
        &["explain", "get", "edit", "delete"],
    ),
    ("Deploy Commands:", &["rollout", "scale", "autoscale"]),
    (
        "Cluster Management Commands:",
        &[
            "certificate",
            "cluster-info",
            "top",
            "cordon",
            "uncordon",
            "drain",
            "taint",
        ],
    ),
    (
        "Troubleshooting and Debugging Commands:",
        &[
            "describe",
            "logs",
            "attach",
            "exec",
            "port-forward",
            "proxy",
            "cp",
            "auth",
            "debug",
            "events",
        ],
    ),
    (
        "Advanced Commands:",
        &["diff", "apply", "patch", "replace", "wait", "kustomize"],
    ),
    ("Settings Commands:", &["label", "annotate", "completion"]),
];

/// The help of a command.
pub fn text(found: &Found) -> String {
    if found.is_root() {
        return overview(found.command());
    }
    let command = found.command();
    let mut sections = vec![about(command)];
    if !command.aliases.is_empty() {
        sections.push(format!(
            "Aliases:\n{}, {}",
            command.name,
            command.aliases.join(", ")
        ));
    }
    if !command.examples.is_empty() {
        let lines: Vec<String> = command
            .examples
            .trim()
            .lines()
            .map(|l| format!("  {}", l.trim()))
            .collect();
        sections.push(format!("Examples:\n{}", lines.join("\n")));
    }
    let shown: Vec<&&Command> = command.commands.iter().filter(|c| !c.hidden).collect();
    if !shown.is_empty() {
        let mut names: Vec<&&Command> = shown;
        names.arrange_by_key(|c| c.name);
        sections.push(format!("Available Commands:\n{}", list(&names)));
    }
    let options = options(command.flags.iter().flat_map(|g| g.iter()));
    if !options.is_empty() {
        sections.push(format!("Options:\n{options}"));
    }
    let path = found.path();
    let args = match command.args {
        "" if command.run.is_none() || !command.commands.is_empty() => " [flags]".to_owned(),
        "" => String::new(),
        args => format!(" {args}"),
    };
    let more = if command.commands.is_empty() {
        String::new()
    } else {
        format!("Use \"{path} <command> --help\" for more information about a given command.\n")
    };
    sections.push(format!(
        "Usage:\n  {path}{args} [options]\n\n{more}Use \"kubectl options\" for a list of global command-line options (applies to all commands)."
    ));
    sections.join("\n\n") + "\n"
}

fn about(command: &Command) -> String {
    if command.long.is_empty() {
        format!("{}.", command.short.trim_end_matches('.'))
    } else {
        command.long.trim().to_owned()
    }
}

fn overview(root: &Command) -> String {
    let mut out = String::from(
        "kubectl controls the Kubernetes cluster manager.\n\n Find more information at: https://kubernetes.io/docs/reference/kubectl/\n\n",
    );
    let visible = |name: &str| root.commands.iter().find(|c| c.name == name && !c.hidden);
    for (title, names) in GROUPS {
        let commands: Vec<&&Command> = names.iter().filter_map(|n| visible(n)).collect();
        if !commands.is_empty() {
            out.push_str(&format!("{title}\n{}\n\n", list(&commands)));
        }
    }
    let grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, n)| n.iter().copied()).collect();
    let mut others: Vec<&&Command> = root
        .commands
        .iter()
        .filter(|c| !c.hidden && !grouped.contains(&c.name) && c.name != "options")
        .collect();
    others.arrange_by_key(|c| c.name);
    out.push_str(&format!("Other Commands:\n{}\n\n", list(&others)));
    out.push_str("Usage:\n  kubectl [flags] [options]\n\nUse \"kubectl <command> --help\" for more information about a given command.\nUse \"kubectl options\" for a list of global command-line options (applies to all commands).\n");
    out
}

fn list(commands: &[&&Command]) -> String {
    let width = commands
        .iter()
        .map(|c| c.name.len())
        .max()
        .unwrap_or(0)
        .max(11);
    let lines: Vec<String> = commands
        .iter()
        .map(|c| format!("  {:width$}   {}", c.name, c.short))
        .collect();
    lines.join("\n")
}

/// Flags as the Options section lists them: sorted, each with its default.
pub fn options<'a>(flags: impl Iterator<Item = &'a Flag>) -> String {
    let mut flags: Vec<&Flag> = flags.filter(|f| !f.hidden).collect();
    flags.arrange_by_key(|f| f.name);
    let blocks: Vec<String> = flags
        .iter()
        .map(|f| {
            let short = f.short.map(|c| format!("-{c}, ")).unwrap_or_default();
            let default = match f.kind {
                FlagKind::String => format!("'{}'", f.default),
                FlagKind::Strings | FlagKind::StringArray => format!("[{}]", f.default),
                _ => f.default.to_owned(),
            };
            format!("    {short}--{}={default}:\n\t{}", f.name, f.usage)
        })
        .collect();
    blocks.join("\n\n")
}
