//! `kubectl get`

use super::{ALL_NAMESPACES, CHUNK_SIZE, FILENAME_FLAGS, SELECTOR};
use crate::apimachinery::Value;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::discovery::Mapping;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::table::{Columns, Options, TablePrinter};
use crate::kubectl::printers::{OUTPUT_FLAGS, Printer};
use crate::kubectl::resource::{Builder, Found, Info, files};
use crate::kubectl::rest::Call;
use crate::tree;
use http::Method;
use std::rc::Rc;

/// The command.
pub static GET: Command = Command {
    name: "get",
    args: "[(-o|--output=)json|yaml|name|wide|jsonpath=…|custom-columns=…] (TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags]",
    short: "Display one or many resources",
    flags: &[FLAGS, FILENAME_FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    ALL_NAMESPACES,
    CHUNK_SIZE,
    Flag::string("field-selector", "Field selector; supports =, ==, !=."),
    Flag::bool(
        "ignore-not-found",
        "Objects that are not there are no error.",
    ),
    Flag::strings("label-columns", "Labels to show as columns.").short('L'),
    Flag::bool("no-headers", "No line of titles."),
    Flag::bool(
        "output-watch-events",
        "Show the type of each event with --watch or --watch-only.",
    ),
    Flag::string("raw", "Path to ask the server for."),
    SELECTOR,
    Flag::bool("server-print", "Have the server make the columns.").default("true"),
    Flag::bool("show-kind", "Show kinds before names."),
    Flag::bool("show-labels", "Show all labels in the last column."),
    Flag::string("sort-by", "JSONPath expression of a field to sort by."),
    Flag::string("subresource", "Read this subresource."),
    Flag::bool("watch", "After listing, watch for changes.").short('w'),
    Flag::bool("watch-only", "Watch for changes without listing first."),
];

async fn run(cx: &Cx) -> Outcome {
    if !cx.flags.str("raw").is_empty() {
        return raw(cx).await;
    }
    if cx.args.is_empty() && files::none_given(cx) {
        cx.warn("You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of supported resources.\n");
        return Err(cx.usage("Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed description of that resource (e.g. kubectl explain pods)."));
    }
    let human =
        matches!(cx.flags.str("output"), "" | "wide") && cx.flags.str("template").is_empty();
    let found = builder(cx, human)?.find(cx).await?;
    let found = forgive(cx, found);
    if human {
        human_readable(cx, found)
    } else {
        generic(cx, found)
    }
}

fn builder(cx: &Cx, human: bool) -> Result<Builder, Error> {
    Ok(Builder::new(cx)?
        .all_namespaces(cx.flags.bool("all-namespaces"))
        .filenames(cx)
        .label_selector(cx.flags.str("selector"))
        .field_selector(cx.flags.str("field-selector"))
        .chunks(cx.flags.int("chunk-size"))
        .args(&cx.args, true)
        .subresource(cx.flags.str("subresource"))
        .continue_on_error()
        .latest()
        .flatten()
        .table(
            human && cx.flags.bool("server-print"),
            !cx.flags.str("sort-by").is_empty(),
        ))
}

/// Drops "not found" where the user does not mind.
fn forgive(cx: &Cx, mut found: Found) -> Found {
    if cx.flags.bool("ignore-not-found") {
        found.errors.retain(|e| !e.is_not_found());
    }
    found
}

async fn raw(cx: &Cx) -> Outcome {
    if !cx.args.is_empty() {
        return Err(Error::msg(
            "arguments may not be passed when --raw is specified",
        ));
    }
    let response = cx
        .rest
        .stream(Call::new(Method::GET, cx.flags.str("raw")))
        .await;
    let mut stream = response?;
    while let Some(bytes) = stream.next().await.map_err(Error::msg)? {
        cx.io.stdout_bytes(&bytes);
    }
    Ok(())
}

fn human_readable(cx: &Cx, found: Found) -> Outcome {
    let several = found
        .infos
        .iter()
        .any(|i| i.mapping.group_kind() != found.infos[0].mapping.group_kind());
    let mut columns = Columns::default();
    let mut last: Option<(Rc<Mapping>, TablePrinter)> = None;
    let (mut out, mut part) = (String::new(), String::new());
    let mut all_namespaced = !cx.flags.bool("all-namespaces");
    for info in &found.infos {
        all_namespaced &= info.mapping.namespaced;
        if last.as_ref().is_none_or(|(m, _)| *m != info.mapping) {
            finish(cx, &mut columns, &mut part, &mut out);
            let options = options(cx, info, several);
            last = Some((info.mapping.clone(), TablePrinter::new(options)));
        }
        if let Some((_, printer)) = &mut last {
            printer.print(&info.object, "", &mut columns);
        }
    }
    finish(cx, &mut columns, &mut part, &mut out);
    cx.out(&out);
    if out.is_empty() && !cx.flags.bool("ignore-not-found") && found.errors.is_empty() {
        let (namespace, _) = cx.namespace()?;
        cx.warn(if all_namespaced {
            format!("No resources found in {namespace} namespace.")
        } else {
            "No resources found".to_owned()
        });
    }
    Error::all(found.errors)
}

/// Ends the lines of one resource; a blank line parts them from the next one's.
fn finish(cx: &Cx, columns: &mut Columns, part: &mut String, out: &mut String) {
    part.push_str(&columns.flush());
    columns.forget();
    if !part.is_empty() {
        if !out.is_empty() && !cx.flags.bool("no-headers") {
            out.push('\n');
        }
        out.push_str(part);
        part.clear();
    }
}

fn options(cx: &Cx, info: &Info, several: bool) -> Options {
    Options {
        no_headers: cx.flags.bool("no-headers"),
        wide: cx.flags.str("output") == "wide",
        with_namespace: cx.flags.bool("all-namespaces") && info.mapping.namespaced,
        with_kind: (several || cx.flags.bool("show-kind"))
            .then(|| info.mapping.group_kind().to_lowercase()),
        show_labels: cx.flags.bool("show-labels"),
        label_columns: cx.flags.strings("label-columns"),
    }
}

fn generic(cx: &Cx, found: Found) -> Outcome {
    if found.infos.is_empty() && cx.flags.bool("ignore-not-found") {
        return Error::all(found.errors);
    }
    if found.single && !found.errors.is_empty() {
        return Error::all(found.errors);
    }
    let mut printer = Printer::for_operation(cx, "")?;
    let object = match &found.infos[..] {
        [one] if found.single => one.object.clone(),
        several => {
            let items: Vec<Value> = several.iter().map(|i| i.object.clone()).collect();
            let mut list =
                tree!({"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}});
            list.set("items", items);
            list
        }
    };
    cx.out(printer.print(&object)?);
    Error::all(found.errors)
}
