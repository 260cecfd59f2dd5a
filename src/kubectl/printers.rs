//! How objects are shown: tables, JSON, YAML, names, JSONPath, templates, columns of one's own.

pub mod custom_columns;
pub mod go_order;
pub mod json;
pub mod kyaml;
pub mod name;
pub mod sorter;
pub mod table;
pub mod template;

use super::context::Cx;
use super::error::Error;
use super::flags::Flag;
use crate::apimachinery::jsonpath::JsonPath;
use crate::apimachinery::strconv::{quote, sprint};
use crate::apimachinery::{Value, yaml};
use custom_columns::CustomColumns;
use template::Template;

/// `-o` and what goes with it.
pub const OUTPUT_FLAGS: &[Flag] = &[
    Flag::bool("allow-missing-template-keys", "Whether a field that a template names may be missing. Only for golang and jsonpath output.").default("true"),
    Flag::string("output", "Output format. One of: (json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file).").short('o'),
    Flag::bool("show-managed-fields", "Whether JSON and YAML keep metadata.managedFields."),
    Flag::string("template", "A template, or the file it stands in, for -o=go-template and -o=go-template-file."),
];

/// Formats that every printing command has.
pub const COMMON_FORMATS: &[&str] = &[
    "go-template",
    "go-template-file",
    "json",
    "jsonpath",
    "jsonpath-as-json",
    "jsonpath-file",
    "kyaml",
    "name",
    "template",
    "templatefile",
    "yaml",
];

/// Formats of `get`.
pub const GET_FORMATS: &[&str] = &[
    "custom-columns",
    "custom-columns-file",
    "go-template",
    "go-template-file",
    "json",
    "jsonpath",
    "jsonpath-as-json",
    "jsonpath-file",
    "kyaml",
    "name",
    "template",
    "templatefile",
    "wide",
    "yaml",
];

/// Shows objects one after another.
#[derive(Clone, Debug)]
pub enum Printer {
    /// `pod/x created`, or `pod/x` where the operation is "".
    Name(String),
    /// Indented JSON.
    Json {
        /// Whether `metadata.managedFields` stay.
        managed_fields: bool,
        /// Whether fields stand in the order of upstream's structs.
        typed: bool,
    },
    /// YAML; documents are separated.
    Yaml {
        /// See `Json`.
        managed_fields: bool,
        /// How many were shown.
        shown: usize,
    },
    /// KYAML: YAML in flow style with everything quoted.
    Kyaml {
        /// See `Json`.
        managed_fields: bool,
    },
    /// A JSONPath template.
    JsonPath {
        /// The template.
        path: JsonPath,
        /// The template as written.
        text: String,
        /// Whether results are shown as JSON lists.
        as_json: bool,
    },
    /// A Go template.
    Template(Template),
    /// Columns of one's own.
    CustomColumns(CustomColumns),
}

impl Printer {
    /// The printer that `-o` asks for; where it asks for none, the one that says what was done.
    pub fn for_operation(cx: &Cx, operation: &str) -> Result<Printer, Error> {
        match Printer::from_flags(cx)? {
            Some(printer) => Ok(printer),
            None => Ok(Printer::Name(operation.to_owned())),
        }
    }

    /// The printer that `-o` asks for, if it asks for one of the common formats.
    pub fn from_flags(cx: &Cx) -> Result<Option<Printer>, Error> {
        Printer::among(cx, COMMON_FORMATS)
    }

    /// The printer that `-o` asks for, if it asks for one; it must be among the `allowed` formats.
    pub fn among(cx: &Cx, allowed: &[&str]) -> Result<Option<Printer>, Error> {
        let output = cx.flags.str("output");
        let (format, argument) = match output.split_once('=') {
            Some((format, argument)) => (format, Some(argument)),
            None => (output, None),
        };
        let managed_fields = cx.flags.bool("show-managed-fields");
        let format = match format {
            "" if !cx.flags.str("template").is_empty() => "go-template",
            format => format,
        };
        if !format.is_empty() && !allowed.contains(&format) {
            return Err(unknown_format(output, allowed));
        }
        Ok(Some(match format {
            "" if !output.is_empty() => return Err(unknown_format(output, allowed)),
            "" => return Ok(None),
            "json" if argument.is_none() => Printer::Json {
                managed_fields,
                typed: false,
            },
            "yaml" if argument.is_none() => Printer::Yaml {
                managed_fields,
                shown: 0,
            },
            "kyaml" if argument.is_none() => Printer::Kyaml { managed_fields },
            "name" if argument.is_none() => Printer::Name(String::new()),
            "json" | "yaml" | "kyaml" | "name" => return Err(unknown_format(output, allowed)),
            _ => Printer::with_template(cx, format, argument)?
                .ok_or_else(|| unknown_format(output, allowed))?,
        }))
    }

    fn with_template(
        cx: &Cx,
        format: &str,
        argument: Option<&str>,
    ) -> Result<Option<Printer>, Error> {
        let no_headers = cx.flags.bool("no-headers");
        match format {
            "custom-columns" => {
                let columns = CustomColumns::parse(argument.unwrap_or_default(), no_headers)?;
                return Ok(Some(Printer::CustomColumns(columns)));
            }
            "custom-columns-file" => {
                let path = argument.filter(|p| !p.is_empty()).ok_or_else(|| {
                    Error::msg("custom-columns format specified but no custom columns given")
                })?;
                let text = read(cx, path, "error reading template")?;
                let columns = CustomColumns::parse_file(&text, no_headers)?;
                return Ok(Some(Printer::CustomColumns(columns)));
            }
            _ => {}
        }
        let given = match argument {
            Some(text) if !text.is_empty() => text,
            _ => cx.flags.str("template"),
        };
        if given.is_empty() {
            return Err(Error::msg(
                "template format specified but no template given",
            ));
        }
        let allow_missing = cx.flags.bool("allow-missing-template-keys");
        let text = match format {
            "jsonpath-file" | "go-template-file" | "templatefile" => {
                read(cx, given, "error reading --template")?
            }
            _ => given.to_owned(),
        };
        Ok(match format {
            "jsonpath" | "jsonpath-as-json" | "jsonpath-file" => Some(Printer::JsonPath {
                path: JsonPath::parse(&text)
                    .map_err(|e| Error::msg(format!("error parsing jsonpath {text}, {e}")))?
                    .allow_missing_keys(allow_missing),
                text,
                as_json: format == "jsonpath-as-json",
            }),
            "go-template" | "template" | "go-template-file" | "templatefile" => {
                Some(Printer::Template(
                    Template::parse(&text, allow_missing)
                        .map_err(|e| Error::msg(format!("error parsing template {text}, {e}")))?,
                ))
            }
            _ => None,
        })
    }

    /// For objects that kubectl itself made: their JSON has its fields in the order of upstream's structs.
    pub fn typed(mut self) -> Printer {
        if let Printer::Json { typed, .. } = &mut self {
            *typed = true;
        }
        self
    }

    /// Shows one object.
    pub fn print(&mut self, object: &Value) -> Result<String, Error> {
        Ok(match self {
            Printer::Name(operation) => name::print(object, operation),
            Printer::Json {
                managed_fields,
                typed,
            } => json::print(&visible(object, *managed_fields), *typed),
            Printer::Yaml {
                managed_fields,
                shown,
            } => {
                let text = yaml::to_yaml(&visible(object, *managed_fields));
                *shown += 1;
                if *shown > 1 {
                    format!("---\n{text}")
                } else {
                    text
                }
            }
            Printer::Kyaml { managed_fields } => kyaml::print(&visible(object, *managed_fields)),
            Printer::JsonPath {
                path,
                text,
                as_json,
            } => {
                let done = if *as_json {
                    path.execute_as_json(object)
                } else {
                    path.execute(object)
                };
                done.map_err(|e| {
                    Error::msg(format!(
                        "error executing jsonpath {}: Error executing template: {e}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t{text}\n\tobject given to jsonpath engine was:\n\t\t{}\n\n\n",
                        quote(text),
                        go_syntax(object)
                    ))
                })?
            }
            Printer::Template(template) => template
                .execute(object)
                .map_err(|(before, e)| template_error(template, object, &before, &e))?,
            Printer::CustomColumns(columns) => columns.print(object)?,
        })
    }
}

fn read(cx: &Cx, path: &str, what: &str) -> Result<String, Error> {
    let bytes = cx
        .io
        .read(path)
        .map_err(|e| Error::msg(format!("{what} {path}, open {path}: {e}\n")))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// What is shown of a template that failed: to standard output what was written and what helps to find the mistake, then the error.
fn template_error(template: &Template, object: &Value, before: &str, why: &str) -> Error {
    Error::Output {
        stdout: format!(
            "{before}Error executing template: {why}. Printing more information for debugging the template:\n\ttemplate was:\n\t\t{}\n\traw data was:\n\t\t{}\n\tobject given to template engine was:\n\t\t{}\n\n",
            template.text(),
            json::escape_html(&object.to_json()),
            sprint(object)
        ),
        message: format!("error executing template {}: {why}", quote(template.text())),
    }
}

/// A value as Go's `%#v` prints it.
fn go_syntax(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".to_owned(),
        Value::Str(s) => quote(s),
        Value::List(list) => {
            let items: Vec<String> = list.iter().map(go_syntax).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Value::Map(map) => {
            let fields: Vec<String> = map
                .iter()
                .map(|(k, v)| format!("{}:{}", quote(k), go_syntax(v)))
                .collect();
            format!("map[string]interface {{}}{{{}}}", fields.join(", "))
        }
        other => sprint(other),
    }
}

/// The error for a format that a command does not have.
pub fn unknown_format(output: &str, allowed: &[&str]) -> Error {
    Error::msg(format!(
        "unable to match a printer suitable for the output format \"{output}\", allowed formats are: {}",
        allowed.join(",")
    ))
}

/// An object without `managedFields`, unless they are to be shown.
pub fn visible(object: &Value, managed_fields: bool) -> Value {
    let mut object = object.clone();
    if managed_fields {
        return object;
    }
    object.remove_at(&["metadata", "managedFields"]);
    if let Some(mut items) = object.get("items").as_list().cloned()
        && items.iter().any(|i| i.meta().has("managedFields"))
    {
        for item in items.to_mut() {
            item.remove_at(&["metadata", "managedFields"]);
        }
        object.set("items", items);
    }
    object
}
