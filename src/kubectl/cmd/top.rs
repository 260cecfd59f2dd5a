//! `kubectl top node` and `kubectl top pod`: what the metrics API says (`pkg/cmd/top`, `pkg/metricsutil`).

use super::{ALL_NAMESPACES, SELECTOR};
use crate::apimachinery::fields::FieldSelector;
use crate::apimachinery::labels;
use crate::apimachinery::quantity::Quantity;
use crate::apimachinery::tabwriter::TabWriter;
use crate::apimachinery::{Timestamp, Value, duration};
use crate::collections::Arrange;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::discovery::Mapping;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::rest::Call;
use http::Method;
use std::cmp::Ordering;
use std::time::Duration;

/// The group of commands.
pub static TOP: Command = Command {
    name: "top",
    short: "Display resource (CPU/memory) usage",
    long: "Display resource (CPU/memory) usage. The metrics API has to be served.",
    commands: &[&NODE, &POD],
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    Flag::bool("no-headers", "No line of titles."),
    SELECTOR,
    Flag::bool("show-swap", "Show the use of swap, too."),
    Flag::string("sort-by", "cpu or memory."),
    Flag::bool("use-protocol-buffers", "How to talk to the metrics API.").default("true"),
];

static NODE: Command = Command {
    name: "node",
    aliases: &["nodes", "no"],
    args: "[NAME | -l label]",
    short: "Display resource (CPU/memory) usage of nodes",
    flags: &[
        FLAGS,
        &[Flag::bool(
            "show-capacity",
            "Shares of the capacity instead of what is allocatable.",
        )],
    ],
    run: Some(|cx| Box::pin(nodes(cx))),
    ..Command::NEW
};

static POD: Command = Command {
    name: "pod",
    aliases: &["pods", "po"],
    args: "[NAME | -l label]",
    short: "Display resource (CPU/memory) usage of pods",
    flags: &[
        FLAGS,
        &[
            ALL_NAMESPACES,
            Flag::bool("containers", "Show containers, too."),
            Flag::string("field-selector", "Field selector; supports =, ==, !=."),
            Flag::bool("sum", "Show a last line with the sums."),
        ],
    ],
    run: Some(|cx| Box::pin(pods(cx))),
    ..Command::NEW
};

/// Pods younger than that may have no metrics yet.
const CREATION_DELAY: Duration = Duration::from_secs(120);

/// What is shown, in the order of columns; `swap` only where it is asked for.
const MEASURED: [&str; 3] = ["cpu", "memory", "swap"];
type Amounts = [Quantity; 3];

/// What is asked for, checked: the name or "".
async fn check<'a>(cx: &'a Cx, usage: &str, either: &str) -> Result<&'a str, Error> {
    if cx.args.len() > 1 {
        return Err(cx.usage(usage));
    }
    if !matches!(cx.flags.str("sort-by"), "" | "cpu" | "memory") {
        return Err(Error::msg("--sort-by accepts only cpu or memory"));
    }
    let name = cx.args.first().map_or("", String::as_str);
    let selects =
        !cx.flags.str("selector").is_empty() || !cx.flags.str("field-selector").is_empty();
    if !name.is_empty() && selects {
        return Err(Error::msg(format!(
            "only one of NAME or {either} can be provided"
        )));
    }
    labels::Selector::parse(cx.flags.str("selector")).map_err(Error::msg)?;
    FieldSelector::parse(cx.flags.str("field-selector")).map_err(Error::msg)?;
    let discovery = cx.discovery().await?;
    let served = |(group, versions): &(String, Vec<String>)| {
        group == "metrics.k8s.io" && versions.iter().any(|v| v == "v1beta1")
    };
    if !discovery.groups.iter().any(served) {
        return Err(Error::msg("Metrics API not available"));
    }
    Ok(name)
}

/// The named object, or all that the selectors select.
async fn fetch(
    cx: &Cx,
    mapping: &Mapping,
    namespace: &str,
    name: &str,
) -> Result<Vec<Value>, Error> {
    let call = Call::on(Method::GET, mapping, namespace, name, "");
    if !name.is_empty() {
        return Ok(vec![cx.rest.send(call).await?]);
    }
    let call = call
        .query("labelSelector", cx.flags.str("selector"))
        .query("fieldSelector", cx.flags.str("field-selector"));
    Ok(cx.rest.send(call).await?.get("items").items().to_vec())
}

fn metrics(resource: &str, kind: &str, namespaced: bool) -> Mapping {
    Mapping {
        resource: resource.to_owned(),
        namespaced,
        ..Mapping::built_in("metrics.k8s.io/v1beta1", kind)
    }
}

fn amounts(usage: &Value) -> Amounts {
    MEASURED.map(|name| Quantity::of(usage.get(name)))
}

fn sum(all: &[(String, Amounts)]) -> Amounts {
    let mut total = [Quantity::ZERO; 3];
    for (_, each) in all {
        for (t, e) in total.iter_mut().zip(each) {
            t.add(e);
        }
    }
    total
}

/// The order of lines: the biggest first where that is asked for, else by name.
fn order(sort: &str, a: (&str, &Amounts), b: (&str, &Amounts)) -> Ordering {
    match sort {
        "cpu" => b.1[0].milli_value().cmp(&a.1[0].milli_value()),
        "memory" => b.1[1].value().cmp(&a.1[1].value()),
        _ => a.0.cmp(b.0),
    }
}

struct Table {
    writer: TabWriter,
    measured: usize,
}

impl Table {
    fn new(cx: &Cx) -> Self {
        Self {
            writer: TabWriter::table(),
            measured: if cx.flags.bool("show-swap") { 3 } else { 2 },
        }
    }

    fn cell(&mut self, text: &str) {
        self.writer.write(text);
        self.writer.write("\t");
    }

    fn titles(&mut self, first: &[&str], shares: bool) {
        for title in first {
            self.cell(title);
        }
        let titles = [
            ["CPU(cores)", "CPU(%)"],
            ["MEMORY(bytes)", "MEMORY(%)"],
            ["SWAP(bytes)", "SWAP(%)"],
        ];
        for pair in titles.iter().take(self.measured) {
            self.cell(pair[0]);
            if shares {
                self.cell(pair[1]);
            }
        }
        self.writer.write("\n");
    }

    /// A line of amounts, with their shares of what there is where that is known.
    fn line(&mut self, first: &[&str], used: &Amounts, there: &Value) {
        for text in first {
            self.cell(text);
        }
        for (i, name) in MEASURED.iter().enumerate().take(self.measured) {
            let available = there.get(name);
            if *name == "swap" && !there.is_null() && available.is_null() {
                self.cell("<unknown>");
                self.cell("<unknown>");
                continue;
            }
            let text = match *name {
                "cpu" => (used[i].milli_value(), "m"),
                _ => (used[i].value() / (1 << 20), "Mi"),
            };
            self.cell(&format!("{}{}", text.0, text.1));
            if !available.is_null() {
                let whole = Quantity::of(available).milli_value();
                let share = match whole {
                    0 => 0.0,
                    _ => used[i].milli_value() as f64 / whole as f64 * 100.0,
                };
                self.cell(&format!("{}%", share as i64));
            }
        }
        self.writer.write("\n");
    }

    fn print(self, cx: &Cx) {
        cx.out(self.writer.finish());
    }
}

async fn nodes(cx: &Cx) -> Outcome {
    let name = check(cx, "node [NAME | -l label]", "--selector").await?;
    let found = fetch(cx, &metrics("nodes", "NodeMetrics", false), "", name).await?;
    if found.is_empty() {
        return Err(Error::msg("metrics not available yet"));
    }
    let nodes = fetch(cx, &Mapping::built_in("v1", "Node"), "", name).await?;
    let field = match cx.flags.bool("show-capacity") {
        true => "capacity",
        false => "allocatable",
    };
    let mut rows: Vec<(String, Amounts)> = found
        .iter()
        .map(|m| (m.name().to_owned(), amounts(m.get("usage"))))
        .collect();
    let sort = cx.flags.str("sort-by");
    rows.arrange_by(|a, b| order(sort, (&a.0, &a.1), (&b.0, &b.1)));
    let mut table = Table::new(cx);
    if !cx.flags.bool("no-headers") {
        table.titles(&["NAME"], true);
    }
    for (name, used) in &rows {
        let node = nodes.iter().find(|n| n.name() == name);
        let mut there = node.map(|n| n.at(&["status", field]).clone());
        if let (Some(there), Some(node)) = (&mut there, node) {
            let swap = node.at(&["status", "nodeInfo", "swap", "capacity"]);
            if !swap.is_null() {
                there.set("swap", swap);
            }
        }
        table.line(&[name], used, &there.unwrap_or_default());
    }
    let silent = |n: &&Value| rows.iter().all(|(name, _)| n.name() != name);
    for node in nodes.iter().filter(silent) {
        table.cell(node.name());
        for _ in 0..table.measured * 2 {
            table.cell("<unknown>");
        }
        table.writer.write("\n");
    }
    table.print(cx);
    Ok(())
}

/// One pod's line or lines.
struct PodRow {
    namespace: String,
    name: String,
    containers: Vec<(String, Amounts)>,
    total: Amounts,
}

impl PodRow {
    fn of(metrics: &Value, sort: &str) -> PodRow {
        let mut containers: Vec<(String, Amounts)> = metrics
            .get("containers")
            .items()
            .iter()
            .map(|c| (c.get("name").str().to_owned(), amounts(c.get("usage"))))
            .collect();
        containers.arrange_by(|a, b| order(sort, (&a.0, &a.1), (&b.0, &b.1)));
        PodRow {
            namespace: metrics.namespace().to_owned(),
            name: metrics.name().to_owned(),
            total: sum(&containers),
            containers,
        }
    }
}

async fn pods(cx: &Cx) -> Outcome {
    let name = check(cx, "pod [NAME | -l label]", "selector").await?;
    let all = cx.flags.bool("all-namespaces");
    let (namespace, _) = cx.namespace()?;
    let within = if all { "" } else { &namespace };
    let found = fetch(cx, &metrics("pods", "PodMetrics", true), within, name).await?;
    if found.is_empty() {
        explain_nothing(cx, &namespace, name).await?;
        cx.warn(match all {
            true => "No resources found".to_owned(),
            false => format!("No resources found in {namespace} namespace."),
        });
        return Ok(());
    }
    let sort = cx.flags.str("sort-by");
    let mut rows: Vec<PodRow> = found.iter().map(|m| PodRow::of(m, sort)).collect();
    rows.arrange_by(|a, b| match (sort, all) {
        ("", true) => (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)),
        _ => order(sort, (&a.name, &a.total), (&b.name, &b.total)),
    });
    let containers = cx.flags.bool("containers");
    let mut table = Table::new(cx);
    let mut titles = Vec::new();
    if all {
        titles.push("NAMESPACE");
    }
    if containers {
        titles.push("POD");
    }
    titles.push("NAME");
    if !cx.flags.bool("no-headers") {
        table.titles(&titles, false);
    }
    for row in &rows {
        let mut first: Vec<&str> = Vec::new();
        if all {
            first.push(&row.namespace);
        }
        first.push(&row.name);
        if !containers {
            table.line(&first, &row.total, &Value::Null);
            continue;
        }
        for (name, used) in &row.containers {
            first.push(name);
            table.line(&first, used, &Value::Null);
            first.pop();
        }
    }
    if cx.flags.bool("sum") {
        // Without titles kubectl counts the first columns as if there were none.
        let first = match cx.flags.bool("no-headers") {
            true => 1,
            false => titles.len(),
        };
        let all: Vec<(String, Amounts)> = rows.iter().map(|r| (String::new(), r.total)).collect();
        for _ in 0..first + table.measured - 2 {
            table.cell("");
        }
        table.cell("________");
        table.cell("________");
        table.writer.write("\n");
        let empty = vec![""; first + table.measured - 2];
        table.line(&empty, &sum(&all), &Value::Null);
    }
    table.print(cx);
    Ok(())
}

/// Why there are no metrics at all: there are no such pods, or they are young, or something is wrong.
async fn explain_nothing(cx: &Cx, namespace: &str, name: &str) -> Outcome {
    let pods = fetch(cx, &Mapping::built_in("v1", "Pod"), namespace, name).await?;
    if pods.is_empty() {
        return Ok(());
    }
    let now = cx.io.now();
    for pod in &pods {
        let age = Timestamp::parse(pod.meta().get("creationTimestamp").str())
            .map_or(Duration::ZERO, |t| now.since(t));
        if age > CREATION_DELAY {
            return Err(Error::msg(format!(
                "Metrics not available for pod {}/{}, age: {}",
                pod.namespace(),
                pod.name(),
                duration::format(age)
            )));
        }
    }
    Err(Error::msg("metrics not available yet"))
}
