//! `kubectl api-resources` and `kubectl api-versions`

use crate::apimachinery::Value;
use crate::collections::Arrange;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::discovery::Mapping;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::table::Columns;
use crate::kubectl::printers::{OUTPUT_FLAGS, Printer};
use crate::tree;
use std::rc::Rc;

/// The command.
pub static API_RESOURCES: Command = Command {
    name: "api-resources",
    short: "Print the supported API resources on the server",
    flags: &[FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(resources(cx))),
    ..Command::NEW
};

/// The command.
pub static API_VERSIONS: Command = Command {
    name: "api-versions",
    short: "Print the supported API versions on the server, in the form of \"group/version\"",
    run: Some(|cx| Box::pin(versions(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    Flag::string("api-group", "Only resources of this group."),
    Flag::bool("cached", "Use what is known of the server already."),
    Flag::strings("categories", "Only resources of these categories."),
    Flag::bool(
        "namespaced",
        "Only resources that stand in a namespace, or with =false those that do not.",
    )
    .default("true"),
    Flag::bool("no-headers", "No line of titles."),
    Flag::string("sort-by", "Sort by name or kind."),
    Flag::strings("verbs", "Only resources that support these verbs."),
];

async fn resources(cx: &Cx) -> Outcome {
    if !cx.args.is_empty() {
        return Err(cx.usage(format!("unexpected arguments: [{}]", cx.args.join(" "))));
    }
    let output = cx.flags.str("output");
    if !matches!(output, "" | "wide" | "name" | "json" | "yaml") {
        return Err(Error::msg(format!(
            "unable to match a printer suitable for the output format \"{output}\", allowed formats are: json,kyaml,name,wide,yaml"
        )));
    }
    let sort = cx.flags.str("sort-by");
    if !matches!(sort, "" | "name" | "kind") {
        return Err(Error::msg("--sort-by accepts only name or kind"));
    }
    let known = if cx.flags.bool("cached") {
        cx.discovery().await?
    } else {
        cx.refresh_discovery().await?
    };
    let mut found: Vec<Rc<Mapping>> = known
        .preferred()
        .into_iter()
        .filter(|m| wanted(cx, m))
        .collect();
    found.arrange_by(|a, b| match sort {
        "kind" => a.kind.cmp(&b.kind),
        "name" => a.resource.cmp(&b.resource),
        _ => (&a.group, &a.resource).cmp(&(&b.group, &b.resource)),
    });
    match output {
        "name" => {
            for m in &found {
                cx.line(m.group_resource());
            }
        }
        "json" | "yaml" => {
            if let Some(mut printer) = Printer::from_flags(cx)? {
                cx.out(printer.print(&as_list(&found))?);
            }
        }
        _ => table(cx, &found),
    }
    Ok(())
}

fn wanted(cx: &Cx, m: &Mapping) -> bool {
    let flags = &cx.flags;
    let group_fits = !flags.changed("api-group") || m.group == flags.str("api-group");
    let scope_fits = !flags.changed("namespaced") || m.namespaced == flags.bool("namespaced");
    !m.verbs.is_empty()
        && group_fits
        && scope_fits
        && flags.strings("verbs").iter().all(|v| m.can(v))
        && flags
            .strings("categories")
            .iter()
            .all(|c| m.categories.contains(c))
}

fn table(cx: &Cx, found: &[Rc<Mapping>]) {
    let wide = cx.flags.str("output") == "wide";
    let mut columns = Columns::default();
    if !cx.flags.bool("no-headers") {
        let mut titles = vec!["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"];
        if wide {
            titles.extend(["VERBS", "CATEGORIES"]);
        }
        columns.line(titles.into_iter().map(str::to_owned).collect());
    }
    for m in found {
        let mut line = vec![
            m.resource.clone(),
            m.short_names.join(","),
            m.api_version(),
            m.namespaced.to_string(),
            m.kind.clone(),
        ];
        if wide {
            line.push(m.verbs.join(","));
            line.push(m.categories.join(","));
        }
        columns.line(line);
    }
    cx.out(columns.flush());
}

fn as_list(found: &[Rc<Mapping>]) -> Value {
    let items: Vec<Value> = found
        .iter()
        .map(|m| {
            let mut r = tree!({
                "name": m.resource, "singularName": m.singular, "namespaced": m.namespaced,
                "version": m.version, "kind": m.kind, "verbs": m.verbs,
            });
            if !m.group.is_empty() {
                r.set("group", m.group.as_str());
            }
            if !m.short_names.is_empty() {
                r.set("shortNames", tree!(m.short_names));
            }
            if !m.categories.is_empty() {
                r.set("categories", tree!(m.categories));
            }
            r
        })
        .collect();
    let mut list = tree!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": ""});
    list.set("resources", items);
    list
}

async fn versions(cx: &Cx) -> Outcome {
    if !cx.args.is_empty() {
        return Err(cx.usage(format!("unexpected arguments: [{}]", cx.args.join(" "))));
    }
    let known = cx.refresh_discovery().await?;
    let mut all: Vec<String> = known
        .groups
        .iter()
        .flat_map(|(group, versions)| {
            versions.iter().map(move |v| {
                if group.is_empty() {
                    v.clone()
                } else {
                    format!("{group}/{v}")
                }
            })
        })
        .collect();
    all.arrange();
    for version in all {
        cx.line(version);
    }
    Ok(())
}
