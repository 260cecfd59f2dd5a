//! `-o custom-columns` and `-o custom-columns-file`.

use super::table::{Columns, escape_terminal};
use crate::apimachinery::Value;
use crate::apimachinery::jsonpath::{JsonPath, relaxed};
use crate::apimachinery::strconv::sprint;
use crate::kubectl::error::Error;

/// Columns that the user chose.
#[derive(Clone, Debug)]
pub struct CustomColumns {
    columns: Vec<(String, JsonPath)>,
    no_headers: bool,
    titled: bool,
}

impl CustomColumns {
    /// From `NAME:.metadata.name,IMAGE:.spec.image`.
    pub fn parse(spec: &str, no_headers: bool) -> Result<CustomColumns, Error> {
        if spec.is_empty() {
            return Err(Error::msg(
                "custom-columns format specified but no custom columns given",
            ));
        }
        let mut columns = Vec::new();
        for part in spec.split(',') {
            let pieces: Vec<&str> = part.splitn(2, ':').collect();
            let [title, path] = pieces[..] else {
                return Err(Error::msg(format!(
                    "unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>"
                )));
            };
            columns.push((title.to_owned(), path_of(path)?));
        }
        Ok(CustomColumns {
            columns,
            no_headers,
            titled: false,
        })
    }

    /// From a file: a line of titles, and a line of paths below them.
    pub fn parse_file(text: &str, no_headers: bool) -> Result<CustomColumns, Error> {
        let mut lines = text.lines();
        let titles: Vec<&str> = lines
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .collect();
        let Some(paths) = lines.next() else {
            return Err(Error::msg(
                "invalid template, missing spec line. Expected format is one line of space separated headers, one line of space separated column specs.",
            ));
        };
        let paths: Vec<&str> = paths.split_whitespace().collect();
        if titles.is_empty() || titles.len() != paths.len() {
            return Err(Error::msg(format!(
                "number of headers ({}) and field specifications ({}) don't match",
                titles.len(),
                paths.len()
            )));
        }
        let mut columns = Vec::new();
        for (title, path) in titles.iter().zip(paths) {
            columns.push(((*title).to_owned(), path_of(path)?));
        }
        Ok(CustomColumns {
            columns,
            no_headers,
            titled: false,
        })
    }

    /// Lays out an object, or the items of a list.
    pub fn print(&mut self, object: &Value) -> Result<String, Error> {
        let mut out = Columns::default();
        if !self.no_headers && !self.titled {
            out.line(self.columns.iter().map(|(t, _)| t.clone()).collect());
        }
        self.titled = true;
        if crate::kubectl::resource::is_list(object) {
            for item in object.get("items").items() {
                out.line(self.line(item)?);
            }
        } else {
            out.line(self.line(object)?);
        }
        Ok(out.flush())
    }

    fn line(&self, object: &Value) -> Result<Vec<String>, Error> {
        self.columns
            .iter()
            .map(|(_, path)| {
                let results = path.find_results(object).map_err(Error::msg)?;
                let mut texts: Vec<String> = results
                    .iter()
                    .flatten()
                    .map(|v| match v {
                        Value::Str(s) => escape_terminal(s),
                        v => escape_terminal(&sprint(v)),
                    })
                    .collect();
                if results.first().is_none_or(Vec::is_empty) {
                    texts.insert(0, "<none>".to_owned());
                }
                Ok(texts.join(","))
            })
            .collect()
    }
}

fn path_of(text: &str) -> Result<JsonPath, Error> {
    let template = relaxed(text).map_err(Error::msg)?;
    let path = JsonPath::parse(&template).map_err(Error::msg)?;
    Ok(path.allow_missing_keys(true))
}
