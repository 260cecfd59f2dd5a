//! `kubectl get`

mod watch;

use super::{ALL_NAMESPACES, CHUNK_SIZE, FILENAME_FLAGS, SELECTOR};
use crate::apimachinery::Value;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::discovery::Mapping;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::sorter::sort_by;
use crate::kubectl::printers::table::{Columns, Options, TablePrinter, plain_table};
use crate::kubectl::printers::{GET_FORMATS, OUTPUT_FLAGS, Printer};
use crate::kubectl::resource::{Builder, Found, check_subresource, files};
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
    validate(cx)?;
    if !cx.flags.str("raw").is_empty() {
        return raw(cx).await;
    }
    check_subresource(cx)?;
    let human = is_human(cx);
    if cx.flags.bool("watch") || cx.flags.bool("watch-only") {
        if !cx.flags.str("sort-by").is_empty() {
            cx.warn(
                "warning: --watch requested, --sort-by will be ignored for watch events received",
            );
        }
        return watch::run(cx, builder(cx, human, false)?, human).await;
    }
    if cx.args.is_empty() && files::none_given(cx) {
        cx.warn("You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of supported resources.\n");
        return Err(cx.usage("Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed description of that resource (e.g. kubectl explain pods)."));
    }
    // A template that cannot be read is noticed before the server is asked only where upstream does so, too: afterwards.
    let found = builder(cx, human, true)?.find(cx).await?;
    let found = forgive(cx, found);
    if human {
        human_readable(cx, found)
    } else {
        generic(cx, found)
    }
}

fn is_human(cx: &Cx) -> bool {
    matches!(cx.flags.str("output"), "" | "wide") && cx.flags.str("template").is_empty()
}

fn validate(cx: &Cx) -> Outcome {
    let output = cx.flags.str("output");
    let watching = cx.flags.bool("watch") || cx.flags.bool("watch-only");
    if !cx.flags.str("raw").is_empty() {
        if !cx.args.is_empty() {
            return Err(Error::msg(
                "arguments may not be passed when --raw is specified",
            ));
        }
        if watching || !cx.flags.str("selector").is_empty() {
            return Err(Error::msg(
                "--raw may not be specified with other flags that filter the server request or alter the output",
            ));
        }
        if !output.is_empty() {
            return Err(Error::msg("--raw and --output are mutually exclusive"));
        }
        if !cx.flags.str("raw").starts_with('/') {
            return Err(Error::msg(format!(
                "--raw must be a valid URL path: parse \"{}\": invalid URI for request",
                cx.flags.str("raw")
            )));
        }
    }
    if cx.flags.bool("show-labels") && !matches!(output, "" | "wide") {
        return Err(Error::msg(format!(
            "--show-labels option cannot be used with {output} printer"
        )));
    }
    if cx.flags.bool("output-watch-events") && !watching {
        return Err(Error::msg(
            "--output-watch-events option can only be used with --watch or --watch-only",
        ));
    }
    Ok(())
}

fn builder(cx: &Cx, human: bool, several: bool) -> Result<Builder, Error> {
    let builder = Builder::new(cx)?
        .all_namespaces(cx.flags.bool("all-namespaces"))
        .filenames(cx)
        .label_selector(cx.flags.str("selector"))
        .field_selector(cx.flags.str("field-selector"))
        .chunks(cx.flags.int("chunk-size"))
        .args(&cx.args, true)
        .subresource(cx.flags.str("subresource"))
        .latest()
        .table(
            human && cx.flags.bool("server-print"),
            !cx.flags.str("sort-by").is_empty(),
        );
    Ok(if several {
        builder.continue_on_error().flatten()
    } else {
        builder.single_type()
    })
}

/// Drops "not found" where the user does not mind.
fn forgive(cx: &Cx, mut found: Found) -> Found {
    if cx.flags.bool("ignore-not-found") {
        found.errors.retain(|e| !e.is_not_found());
    }
    found
}

async fn raw(cx: &Cx) -> Outcome {
    let mut stream = cx
        .rest
        .stream(Call::new(Method::GET, cx.flags.str("raw")))
        .await?;
    while let Some(bytes) = stream.next().await.map_err(Error::msg)? {
        cx.io.stdout_bytes(&bytes);
    }
    Ok(())
}

/// What an object is shown by: the server's Table, or name and age where it made none.
fn table_of(cx: &Cx, object: &Value) -> Value {
    if object.kind() == "Table" {
        return object.clone();
    }
    let now = cx.io.now();
    plain_table(std::slice::from_ref(object), |o| {
        crate::apimachinery::duration::age(o.creation_timestamp(), now)
    })
}

/// Sorts the rows of a table; false where no row has the field.
fn sort_rows(cx: &Cx, table: &mut Value) -> Result<bool, Error> {
    let expression = cx.flags.str("sort-by");
    let mut rows = table.get("rows").items().to_vec();
    // One row is shown whether it has the field or not.
    if expression.is_empty() || rows.len() < 2 {
        return Ok(true);
    }
    match sort_by(&mut rows, expression, |r| r.get("object")) {
        Ok(()) => {}
        Err(e) if e.text().starts_with("couldn't find any field") => return Ok(false),
        Err(e) => return Err(e),
    }
    table.set("rows", rows);
    Ok(true)
}

/// Upstream sorts several Tables among each other by the field, too, which they hardly ever have.
fn sort_tables(cx: &Cx, found: &Found) -> Outcome {
    let expression = cx.flags.str("sort-by");
    let mut tables: Vec<Value> = found.infos.iter().map(|i| i.object.clone()).collect();
    if expression.is_empty() || tables.len() < 2 || tables.iter().any(|t| t.kind() != "Table") {
        return Ok(());
    }
    sort_by(&mut tables, expression, |t| t)
}

fn human_readable(cx: &Cx, found: Found) -> Outcome {
    sort_tables(cx, &found)?;
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
            let options = options(cx, &info.mapping, several);
            last = Some((info.mapping.clone(), TablePrinter::new(options)));
        }
        let mut table = table_of(cx, &info.object);
        if !sort_rows(cx, &mut table)? {
            continue;
        }
        if let Some((_, printer)) = &mut last {
            printer.print(&table, "", &mut columns);
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
    Error::visited(found.errors)
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

fn options(cx: &Cx, mapping: &Mapping, several: bool) -> Options {
    Options {
        no_headers: cx.flags.bool("no-headers"),
        wide: cx.flags.str("output") == "wide",
        with_namespace: cx.flags.bool("all-namespaces") && mapping.namespaced,
        with_kind: (several || cx.flags.bool("show-kind"))
            .then(|| mapping.group_kind().to_lowercase()),
        show_labels: cx.flags.bool("show-labels"),
        label_columns: cx.flags.strings("label-columns"),
    }
}

fn printer(cx: &Cx) -> Result<Printer, Error> {
    match Printer::among(cx, GET_FORMATS)? {
        Some(printer) => Ok(printer),
        None => Err(Error::msg("no output format is given")),
    }
}

fn generic(cx: &Cx, found: Found) -> Outcome {
    if found.infos.is_empty() && cx.flags.bool("ignore-not-found") {
        return Error::visited(found.errors);
    }
    if found.single && !found.errors.is_empty() {
        return Error::visited(found.errors);
    }
    let mut printer = printer(cx)?;
    let object = match &found.infos[..] {
        [one] if found.single => one.object.clone(),
        several => {
            let mut items: Vec<Value> = several.iter().map(|i| i.object.clone()).collect();
            let expression = cx.flags.str("sort-by");
            if !expression.is_empty() && items.len() > 1 {
                sort_by(&mut items, expression, |v| v)?;
            }
            list_of(items)
        }
    };
    cx.out(printer.print(&object)?);
    Error::visited(found.errors)
}

fn list_of(items: Vec<Value>) -> Value {
    let mut list = tree!({"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}});
    list.set("items", items);
    list
}
