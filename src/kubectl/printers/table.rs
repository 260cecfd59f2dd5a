//! Tables that the server made (models `printers.HumanReadablePrinter` and its tab writer).

use crate::apimachinery::Value;
use crate::apimachinery::tabwriter::TabWriter;
use crate::tree;

/// Lines of cells, laid out as kubectl lays out tables; widths are remembered from flush to flush.
#[derive(Clone, Debug)]
pub struct Columns(TabWriter);

impl Default for Columns {
    fn default() -> Self {
        Columns(TabWriter::table())
    }
}

impl Columns {
    /// Adds a line.
    pub fn line(&mut self, cells: Vec<String>) {
        self.0.write(&cells.join("\t"));
        self.0.write("\n");
    }
    /// Lays out the lines that were added and gives them.
    pub fn flush(&mut self) -> String {
        self.0.take()
    }
    /// Forgets the widths.
    pub fn forget(&mut self) {
        self.0 = TabWriter::table();
    }
}

/// What a table shows.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// No line of titles.
    pub no_headers: bool,
    /// Columns of `-o wide` too.
    pub wide: bool,
    /// A column of namespaces first.
    pub with_namespace: bool,
    /// Names with their kind before them.
    pub with_kind: Option<String>,
    /// A column of all labels.
    pub show_labels: bool,
    /// Columns of single labels.
    pub label_columns: Vec<String>,
}

/// Shows tables one after another; titles are repeated only where columns change.
#[derive(Clone, Debug, Default)]
pub struct TablePrinter {
    /// What it shows.
    pub options: Options,
    columns: Value,
    titled: bool,
}

impl TablePrinter {
    /// A printer.
    pub fn new(options: Options) -> Self {
        TablePrinter {
            options,
            ..TablePrinter::default()
        }
    }

    /// Adds a table's lines to `to`; `event` is the type of the watch event it came with, or "".
    pub fn print(&mut self, table: &Value, event: &str, to: &mut Columns) {
        let definitions = table.get("columnDefinitions");
        let known = definitions.items().is_empty() || definitions == &self.columns;
        let titles = !(self.options.no_headers || self.titled && known);
        if !definitions.items().is_empty() && definitions != &self.columns {
            self.columns = definitions.clone();
            self.titled = false;
        }
        let rows = table.get("rows").items();
        if rows.is_empty() {
            return;
        }
        self.titled = true;
        if titles {
            to.line(self.titles(event));
        }
        for row in rows {
            to.line(self.row(row, event));
        }
    }

    fn shown(&self) -> impl Iterator<Item = (usize, &Value)> {
        let wide = self.options.wide;
        self.columns
            .items()
            .iter()
            .enumerate()
            .filter(move |(_, c)| wide || c.get("priority").as_i64().unwrap_or(0) == 0)
    }

    fn titles(&self, event: &str) -> Vec<String> {
        let mut line = Vec::new();
        if !event.is_empty() {
            line.push("EVENT".to_owned());
        }
        if self.options.with_namespace {
            line.push("NAMESPACE".to_owned());
        }
        line.extend(
            self.shown()
                .map(|(_, c)| c.get("name").str().to_uppercase()),
        );
        for label in &self.options.label_columns {
            let short = label.rsplit('/').next().unwrap_or(label);
            line.push(short.to_uppercase());
        }
        if self.options.show_labels {
            line.push("LABELS".to_owned());
        }
        line
    }

    fn row(&self, row: &Value, event: &str) -> Vec<String> {
        let cells = row.get("cells").items();
        let object = row.get("object");
        let mut line = Vec::new();
        if !event.is_empty() {
            line.push(format!("{event:<8}"));
        }
        if self.options.with_namespace {
            line.push(object.namespace().to_owned());
        }
        let mut named = false;
        for (i, column) in self.shown() {
            let Some(cell) = cells.get(i) else { break };
            let mut text = cell_text(cell);
            if !named
                && (column.get("format") == "name"
                    || column.get("name").str().eq_ignore_ascii_case("name"))
                && let Some(kind) = &self.options.with_kind
            {
                text = format!("{kind}/{text}");
                named = true;
            }
            line.push(text);
        }
        for label in &self.options.label_columns {
            line.push(object.label(label).unwrap_or_default().to_owned());
        }
        if self.options.show_labels {
            line.push(labels(object.meta().get("labels")));
        }
        line
    }
}

/// Labels as `a=b,c=d`, `<none>` where there are none.
pub fn labels(labels: &Value) -> String {
    let pairs: Vec<String> = labels
        .fields()
        .map(|(k, v)| format!("{k}={}", v.str()))
        .collect();
    if pairs.is_empty() {
        "<none>".to_owned()
    } else {
        pairs.join(",")
    }
}

/// A cell as Go prints it; only the first line of a string.
fn cell_text(cell: &Value) -> String {
    match cell {
        Value::Null => String::new(),
        Value::Str(s) => match s.find(['\n', '\r', '\x0c']) {
            Some(at) => format!("{}...", escape_terminal(&s[..at])),
            None => escape_terminal(s),
        },
        Value::Bool(b) => b.to_string(),
        other => other.to_json(),
    }
}

/// Keeps a cell from steering the terminal: escape characters become `^[`.
pub fn escape_terminal(s: &str) -> String {
    s.replace('\x1b', "^[")
        .replace('\r', "\\r")
        .replace('\t', " ")
}

/// A table for an object that the server did not make one of: name and age only.
pub fn plain_table(objects: &[Value], age: impl Fn(&Value) -> String) -> Value {
    let rows: Vec<Value> = objects
        .iter()
        .map(|o| {
            let mut row = tree!({"cells": [o.name(), age(o)]});
            row.set("object", o.clone());
            row
        })
        .collect();
    let mut table = tree!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1",
        "columnDefinitions": [
            {"name": "Name", "type": "string", "format": "name", "priority": 0},
            {"name": "Age", "type": "string", "format": "", "priority": 0},
        ],
    });
    table.set("rows", rows);
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_as_the_tab_writer_puts_them() {
        let table = tree!({
            "columnDefinitions": [
                {"name": "Name", "format": "name", "priority": 0}, {"name": "Ready", "priority": 0},
                {"name": "IP", "priority": 1}, {"name": "Age", "priority": 0},
            ],
            "rows": [{"cells": ["web-with-a-long-name", "1/1", "10.0.0.1", "5s"],
                      "object": {"metadata": {"namespace": "default", "labels": {"a": "b"}}}}],
        });
        let show = |options: Options| {
            let (mut printer, mut to) = (TablePrinter::new(options), Columns::default());
            printer.print(&table, "", &mut to);
            to.flush()
        };
        assert_eq!(
            show(Options::default()),
            "NAME                   READY   AGE\nweb-with-a-long-name   1/1     5s\n"
        );
        let all = Options {
            wide: true,
            with_namespace: true,
            with_kind: Some("pod".to_owned()),
            show_labels: true,
            ..Options::default()
        };
        assert_eq!(
            show(all),
            "NAMESPACE   NAME                       READY   IP         AGE   LABELS\ndefault     pod/web-with-a-long-name   1/1     10.0.0.1   5s    a=b\n"
        );
    }
}
