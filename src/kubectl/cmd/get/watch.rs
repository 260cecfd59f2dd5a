//! `kubectl get --watch`

use super::{options, printer, table_of};
use crate::apimachinery::Value;
use crate::apimachinery::http::WatchType;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::printers::Printer;
use crate::kubectl::printers::table::{Columns, TablePrinter};
use crate::kubectl::resource::{Builder, Info, is_list};
use crate::tree;

/// Shows objects and events, as a table or one by one.
enum View {
    Table(Box<TablePrinter>, Columns),
    Objects(Printer),
}

/// Lists what the words mean, then shows what changes, until the server or the user ends it.
pub async fn run(cx: &Cx, builder: Builder, human: bool) -> Outcome {
    let found = builder.clone().find(cx).await?;
    let infos = found.all()?;
    let Some(info) = infos.first() else {
        return Ok(());
    };
    let mut view = if human {
        let printer = TablePrinter::new(options(cx, &info.mapping, false));
        View::Table(Box::new(printer), Columns::default())
    } else {
        View::Objects(printer(cx)?)
    };
    let with_events = cx.flags.bool("output-watch-events");
    if !cx.flags.bool("watch-only") {
        let event = if with_events { "ADDED" } else { "" };
        for Info { object, .. } in &infos {
            if is_list(object) && object.kind() != "Table" {
                for item in object.get("items").items() {
                    show(cx, &mut view, item, event)?;
                }
            } else {
                show(cx, &mut view, object, event)?;
            }
        }
    }
    // Several lists are pieces of one; several objects are too many.
    if infos.len() > 1 && !info.name.is_empty() {
        return Err(Error::msg(format!(
            "watch is only supported on individual resources and resource collections - {} resources were found",
            infos.len()
        )));
    }
    let call = builder.watch_call(&info.mapping, &info.name, info.object.resource_version());
    let mut watch = cx.rest.watch(call).await?;
    while let Some(event) = watch.next().await {
        match event.kind {
            WatchType::Bookmark => {}
            WatchType::Error => return Err(Error::Status(event.object)),
            kind => {
                let name = if with_events { kind.as_str() } else { "" };
                show(cx, &mut view, &event.object, name)?;
            }
        }
    }
    Ok(())
}

fn show(cx: &Cx, view: &mut View, object: &Value, event: &str) -> Outcome {
    match view {
        View::Table(printer, columns) => {
            printer.print(&table_of(cx, object), event, columns);
            cx.out(columns.flush());
        }
        View::Objects(printer) => {
            let shown = if event.is_empty() {
                object.clone()
            } else {
                let mut shown = tree!({"type": event});
                shown.set("object", object.clone());
                shown
            };
            cx.out(printer.print(&shown)?);
        }
    }
    Ok(())
}
