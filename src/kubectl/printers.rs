//! How objects are shown: tables, JSON, YAML, names, JSONPath, templates, columns of one's own.

pub mod go_order;
pub mod json;
pub mod name;
pub mod table;

use super::context::Cx;
use super::error::Error;
use super::flags::Flag;
use crate::apimachinery::Value;

/// `-o` and what goes with it.
pub const OUTPUT_FLAGS: &[Flag] = &[
    Flag::bool("allow-missing-template-keys", "Whether a field that a template names may be missing. Only for golang and jsonpath output.").default("true"),
    Flag::string("output", "Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file).").short('o'),
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

/// Shows objects one after another.
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
}

impl Printer {
    /// The printer that `-o` asks for; where it asks for none, the one that says what was done.
    pub fn for_operation(cx: &Cx, operation: &str) -> Result<Printer, Error> {
        match Printer::from_flags(cx)? {
            Some(printer) => Ok(printer),
            None => Ok(Printer::Name(operation.to_owned())),
        }
    }

    /// The printer that `-o` asks for, if it asks for one.
    pub fn from_flags(cx: &Cx) -> Result<Option<Printer>, Error> {
        let output = cx.flags.str("output");
        let managed_fields = cx.flags.bool("show-managed-fields");
        Ok(Some(match output {
            "" => return Ok(None),
            "json" => Printer::Json {
                managed_fields,
                typed: false,
            },
            "yaml" => Printer::Yaml {
                managed_fields,
                shown: 0,
            },
            "name" => Printer::Name(String::new()),
            other => return Err(unknown_format(other, COMMON_FORMATS)),
        }))
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
                let text = crate::apimachinery::yaml::to_yaml(&visible(object, *managed_fields));
                *shown += 1;
                if *shown > 1 {
                    format!("---\n{text}")
                } else {
                    text
                }
            }
        })
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
