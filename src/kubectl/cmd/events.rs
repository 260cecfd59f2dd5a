//! `kubectl events`

use super::{ALL_NAMESPACES, CHUNK_SIZE};
use crate::apimachinery::duration::age;
use crate::apimachinery::http::WatchType;
use crate::apimachinery::tabwriter::TabWriter;
use crate::apimachinery::{Timestamp, Value};
use crate::collections::Arrange;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::discovery::Mapping;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::{OUTPUT_FLAGS, Printer};
use crate::kubectl::rest::Call;
use crate::tree;
use http::Method;

/// The command.
pub static EVENTS: Command = Command {
    name: "events",
    args: "[(-o|--output=)json|yaml|name|…] [--for TYPE/NAME] [--watch] [--types=Normal,Warning]",
    short: "List events",
    flags: &[FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    ALL_NAMESPACES,
    CHUNK_SIZE,
    Flag::string("for", "Only events about this object, TYPE/NAME."),
    Flag::bool("no-headers", "No line of titles."),
    Flag::strings("types", "Only events of these types."),
    Flag::bool("watch", "After listing, watch for more events.").short('w'),
];

async fn run(cx: &Cx) -> Outcome {
    let (namespace, _) = cx.namespace()?;
    let all = cx.flags.bool("all-namespaces");
    let fields = about(cx).await?;
    let types: Vec<String> = cx
        .flags
        .strings("types")
        .iter()
        .map(|t| t.to_lowercase())
        .collect();
    if types.iter().any(|t| t != "normal" && t != "warning") {
        return Err(Error::msg("valid --types are Normal or Warning"));
    }
    let call = |token: &str| {
        Call::on(
            Method::GET,
            &Mapping::built_in("v1", "Event"),
            if all { "" } else { &namespace },
            "",
            "",
        )
        .query("fieldSelector", fields.as_str())
        .query("limit", cx.flags.str("chunk-size"))
        .query("continue", token)
    };
    let wanted =
        |e: &Value| types.is_empty() || types.contains(&e.get("type").str().to_lowercase());
    let mut table = Table::new(cx)?;
    if cx.flags.bool("watch") {
        let mut watch = cx.rest.watch(call("")).await?;
        while let Some(event) = watch.next().await {
            let shown = matches!(event.kind, WatchType::Added | WatchType::Modified);
            if shown && wanted(&event.object) {
                table.print(&[event.object])?;
            }
        }
        return Ok(());
    }
    let (mut events, mut token) = (Vec::new(), String::new());
    loop {
        let list = cx.rest.send(call(&token)).await?;
        events.extend(
            list.get("items")
                .items()
                .iter()
                .filter(|e| wanted(e))
                .cloned(),
        );
        token = list.meta().get("continue").str().to_owned();
        if token.is_empty() {
            break;
        }
    }
    if events.is_empty() {
        cx.warn(if all {
            "No events found.".to_owned()
        } else {
            format!("No events found in {namespace} namespace.")
        });
        return Ok(());
    }
    events.arrange_by_key(time);
    table.print(&events)
}

/// The field selector of `--for`.
async fn about(cx: &Cx) -> Result<String, Error> {
    let text = cx.flags.str("for");
    if text.is_empty() {
        return Ok(String::new());
    }
    let Some((resource, name)) = text.split_once('/') else {
        return Err(Error::msg("--for must be in resource/name form"));
    };
    if name.contains('/') {
        return Err(Error::msg(
            "arguments in resource/name form may not have more than one slash",
        ));
    }
    let resource = resource.to_lowercase();
    let mapping = cx.find_resource(&resource).await?;
    let mapping = mapping.ok_or(Error::NoResourceMatch(resource))?;
    if name.is_empty() {
        return Ok(String::new());
    }
    Ok(format!(
        "involvedObject.apiVersion={},involvedObject.kind={},involvedObject.name={name}",
        mapping.api_version(),
        mapping.kind
    ))
}

/// The time by which events are sorted.
fn time(e: &Value) -> Option<Timestamp> {
    let read = |v: &Value| Timestamp::parse(v.str());
    if e.has("series") && !e.get("series").is_null() {
        return read(e.at(&["series", "lastObservedTime"]));
    }
    read(e.get("lastTimestamp")).or_else(|| read(e.get("eventTime")))
}

/// How long ago an event was, and how often it came.
fn interval(e: &Value, now: Timestamp) -> String {
    let ago = |v: &Value| age(Timestamp::parse(v.str()), now);
    let first = match e.get("eventTime") {
        Value::Null => ago(e.get("firstTimestamp")),
        time => ago(time),
    };
    let series = e.get("series");
    let count = e.get("count").as_i64().unwrap_or(0);
    if !series.is_null() {
        format!(
            "{} (x{} over {first})",
            ago(series.get("lastObservedTime")),
            series.get("count").as_i64().unwrap_or(0)
        )
    } else if count > 1 {
        format!("{} (x{count} over {first})", ago(e.get("lastTimestamp")))
    } else {
        first
    }
}

struct Table<'a> {
    cx: &'a Cx,
    printer: Option<Printer>,
    columns: TabWriter,
    titles: bool,
}

impl<'a> Table<'a> {
    fn new(cx: &'a Cx) -> Result<Self, Error> {
        Ok(Table {
            cx,
            printer: Printer::from_flags(cx)?,
            columns: TabWriter::table(),
            titles: !cx.flags.bool("no-headers"),
        })
    }

    fn print(&mut self, events: &[Value]) -> Outcome {
        let cx = self.cx;
        if let Some(printer) = &mut self.printer {
            let object = if cx.flags.bool("watch") {
                typed(&events[0])
            } else {
                let items: Vec<Value> = events.iter().map(typed).collect();
                let mut list = tree!({"apiVersion": "v1", "kind": "EventList", "metadata": {}});
                list.set("items", items);
                list
            };
            cx.out(printer.print(&object)?);
            return Ok(());
        }
        let all = cx.flags.bool("all-namespaces");
        if std::mem::take(&mut self.titles) {
            self.columns.write(if all { "NAMESPACE\t" } else { "" });
            self.columns
                .write("LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n");
        }
        for e in events {
            if all {
                self.columns.write(&format!("{}\t", e.namespace()));
            }
            let get = |k: &str| e.get(k).str();
            let object = e.get("involvedObject");
            self.columns.write(&format!(
                "{}\t{}\t{}\t{}/{}\t{}\n",
                interval(e, cx.io.now()),
                get("type"),
                get("reason"),
                object.get("kind").str(),
                object.get("name").str(),
                get("message").trim()
            ));
        }
        cx.out(self.columns.take());
        Ok(())
    }
}

fn typed(e: &Value) -> Value {
    let mut e = e.clone();
    e.set("apiVersion", "v1");
    e.set("kind", "Event");
    e
}
