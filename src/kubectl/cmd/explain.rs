//! `kubectl explain` (models `k8s.io/kubectl/pkg/explain/v2`)

mod schema;
mod text;

use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::discovery::Mapping;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use schema::{Node, Schemas};
use std::rc::Rc;
use text::{indent, wrap};

/// The command.
pub static EXPLAIN: Command = Command {
    name: "explain",
    args: "TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] [-o|--output=plaintext|plaintext-openapiv2]",
    short: "Get documentation for a resource",
    flags: &[&[
        Flag::string("api-version", "Group and version, such as apps/v1."),
        Flag::string("output", "Output format: plaintext.")
            .short('o')
            .default("plaintext"),
        Flag::bool("recursive", "Show the names of all fields inside fields."),
    ]],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

/// Fields inside fields are shown no deeper than this.
const MAX_DEPTH: usize = 40;

async fn run(cx: &Cx) -> Outcome {
    let word = match &cx.args[..] {
        [] => {
            return Err(Error::msg(
                "You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of supported resources.\n",
            ));
        }
        [word] => word.as_str(),
        _ => return Err(Error::msg("We accept only this format: explain RESOURCE\n")),
    };
    let output = cx.flags.str("output");
    if output != "plaintext" && output != "plaintext-openapiv2" {
        return Err(Error::msg(format!("unrecognized format: {output}")));
    }
    let (mapping, path) = find(cx, word).await?;
    let schemas = Schemas::load(cx, &mapping).await?;
    let mut out = String::new();
    if !mapping.group.is_empty() {
        out.push_str(&format!("GROUP:      {}\n", mapping.group));
    }
    out.push_str(&format!(
        "KIND:       {}\nVERSION:    {}\n\n",
        mapping.kind, mapping.version
    ));
    let Some(mut node) = schemas.root(&mapping) else {
        return Err(Error::msg(format!(
            "GVR ({}) not found in OpenAPI schema",
            mapping.gvr()
        )));
    };
    for (i, field) in path.iter().enumerate() {
        let Some(found) = schemas.field(&node, field) else {
            cx.out(out);
            let last = path.last().map_or("", String::as_str);
            return Err(Error::msg(format!("field \"{last}\" does not exist")));
        };
        if i + 1 == path.len() {
            out.push_str(&format!("FIELD: {field} <{}>\n", schemas.type_name(&found)));
            let values = schemas.values(&found);
            if !values.is_empty() {
                out.push_str(&format!("ENUM:\n    {}", values.join("\n    ")));
            }
            out.push_str("\n\n");
        }
        node = found;
    }
    describe(cx, &schemas, &node, &mut out);
    out.push('\n');
    cx.out(out);
    Ok(())
}

/// The resource that the word begins with, and the path of fields behind it.
async fn find(cx: &Cx, word: &str) -> Result<(Rc<Mapping>, Vec<String>), Error> {
    let (first, rest) = word.split_once('.').unwrap_or((word, ""));
    let split = |rest: &str| -> Vec<String> {
        rest.split('.')
            .filter(|p| !p.is_empty())
            .map(str::to_owned)
            .collect()
    };
    if word.contains('[') {
        return Err(Error::msg(
            "invalid jsonpath syntax, first node must be field node",
        ));
    }
    let missing = || Error::NoResourceMatch(first.to_owned());
    let mapping = cx.find_resource(first).await?.ok_or_else(missing)?;
    let wanted = cx.flags.str("api-version");
    let discovery = cx.discovery().await?;
    let same = |m: &&Rc<Mapping>| m.resource == mapping.resource;
    if !wanted.is_empty() {
        let found = discovery
            .resources
            .iter()
            .filter(same)
            .find(|m| m.api_version() == wanted);
        let served = |m: &&Rc<Mapping>| m.api_version() == wanted;
        if found.is_none() && discovery.resources.iter().any(|m| served(&m)) {
            return Err(Error::msg(format!(
                "GVR ({wanted}, Resource={}) not found in OpenAPI schema",
                mapping.resource
            )));
        }
        let found = found.ok_or_else(|| {
            Error::msg(format!(
                "couldn't find resource for \"{wanted}, Resource={}\"",
                mapping.resource
            ))
        })?;
        return Ok((found.clone(), split(rest)));
    }
    // `deployments.apps.spec`: the group may stand between the resource and the fields.
    for m in discovery
        .resources
        .iter()
        .filter(same)
        .filter(|m| !m.group.is_empty())
    {
        if let Some(fields) = rest
            .strip_prefix(m.group.as_str())
            .filter(|f| f.is_empty() || f.starts_with('.'))
        {
            return Ok((m.clone(), split(fields)));
        }
    }
    Ok((mapping, split(rest)))
}

fn describe(cx: &Cx, schemas: &Schemas, node: &Node<'_>, out: &mut String) {
    let words = match schemas.description(node) {
        w if w.is_empty() => "<empty>".to_owned(),
        w => w,
    };
    out.push_str(&format!("DESCRIPTION:\n{}\n", indent(4, &wrap(76, &words))));
    let mut fields = String::new();
    list(
        schemas,
        node,
        1,
        cx.flags.bool("recursive"),
        &mut Vec::new(),
        &mut fields,
    );
    if !fields.is_empty() {
        out.push_str(&format!("FIELDS:\n{fields}"));
    }
}

fn list(
    schemas: &Schemas,
    node: &Node<'_>,
    level: usize,
    recursive: bool,
    seen: &mut Vec<String>,
    out: &mut String,
) {
    let name = schemas.identity(node);
    if level > MAX_DEPTH || name.as_ref().is_some_and(|n| seen.contains(n)) {
        return;
    }
    let depth = seen.len();
    seen.extend(name);
    for (field, child, required) in schemas.fields(node) {
        let pad = level * 2;
        let mark = if required { " -required-" } else { "" };
        out.push_str(&format!(
            "{}{field}\t<{}>{mark}",
            " ".repeat(pad),
            schemas.type_name(&child)
        ));
        let values = schemas.values(&child);
        if !values.is_empty() {
            let more = if values.len() > 4 { ", ...." } else { "" };
            let shown = &values[..values.len().min(4)];
            out.push_str(&format!(
                "\n{}enum: {}{more}",
                " ".repeat(pad),
                shown.join(", ")
            ));
        }
        out.push('\n');
        if recursive {
            list(schemas, &child, level + 1, recursive, seen, out);
            continue;
        }
        let words = match schemas.own_description(&child) {
            w if w.is_empty() => "<no description>".to_owned(),
            w => w,
        };
        out.push_str(&indent(pad + 2, &wrap(78 - pad, &words)));
        out.push_str("\n\n");
    }
    seen.truncate(depth);
}
