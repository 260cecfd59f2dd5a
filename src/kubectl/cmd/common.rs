//! What several commands share: dry runs, validation, recorded causes, the last-applied annotation.

use crate::apimachinery::Value;
use crate::kubectl::context::Cx;
use crate::kubectl::error::Error;
use crate::kubectl::flags::{Flag, parse_bool};
use crate::kubectl::printers::go_order;
use crate::kubectl::printers::json::escape_html;
use crate::tree;

/// The annotation that client-side apply keeps its last configuration in.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// The annotation that `--record` writes.
pub const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

/// `--validate`.
pub const VALIDATE: Flag = Flag::string(
    "validate",
    "Must be one of: strict (or true), warn, ignore (or false).",
)
.default("strict")
.no_value("strict");
/// `--save-config`.
pub const SAVE_CONFIG: Flag = Flag::bool(
    "save-config",
    "Keep the object's configuration in its annotation, for a later apply.",
);
/// `--record`.
pub const RECORD: Flag = Flag::bool(
    "record",
    "Keep the command line in the object's annotation.",
)
.deprecated("--record will be removed in the future");

/// What `--dry-run` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DryRun {
    /// It is done.
    None,
    /// Nothing is sent.
    Client,
    /// The server does everything but keep it.
    Server,
}

impl DryRun {
    /// Reads the flag.
    pub fn of(cx: &Cx) -> Result<DryRun, Error> {
        let value = cx.flags.str("dry-run");
        match value {
            "unchanged" => {
                klog(
                    cx,
                    'W',
                    "helpers.go:719",
                    "--dry-run is deprecated and can be replaced with --dry-run=client.",
                );
                return Ok(DryRun::Client);
            }
            "" | "none" => return Ok(DryRun::None),
            "client" => return Ok(DryRun::Client),
            "server" => return Ok(DryRun::Server),
            _ => {}
        }
        let Some(on) = parse_bool(value) else {
            return Err(Error::msg(format!(
                "Invalid dry-run value ({value}). Must be \"none\", \"server\", or \"client\"."
            )));
        };
        let instead = if on { "client" } else { "none" };
        klog(
            cx,
            'W',
            "helpers.go:733",
            &format!(
                "--dry-run={value} is deprecated (boolean value) and can be replaced with --dry-run={instead}."
            ),
        );
        Ok(if on { DryRun::Client } else { DryRun::None })
    }
    /// Whether nothing is sent.
    pub fn is_client(self) -> bool {
        self == DryRun::Client
    }
    /// Whether the server only pretends.
    pub fn is_server(self) -> bool {
        self == DryRun::Server
    }
    /// What messages say after the deed.
    pub fn suffix(self) -> &'static str {
        match self {
            DryRun::None => "",
            DryRun::Client => " (dry run)",
            DryRun::Server => " (server dry run)",
        }
    }
    /// `created`, `created (dry run)`, …
    pub fn operation(self, deed: &str) -> String {
        format!("{deed}{}", self.suffix())
    }
}

/// Writes a line as klog does: `W1121 01:07:51.758520     440 prune.go:71] …`.
pub fn klog(cx: &Cx, level: char, place: &str, text: &str) {
    let stamp = cx.io.now().to_klog();
    cx.warn(format!("{level}{stamp} {:7} {place}] {text}", 1));
}

/// The server's `fieldValidation` for `--validate`.
pub fn validation(cx: &Cx) -> Result<&'static str, Error> {
    match cx.flags.str("validate") {
        "strict" | "" => Ok("Strict"),
        "warn" => Ok("Warn"),
        "ignore" => Ok("Ignore"),
        value => match parse_bool(value) {
            Some(true) => Ok("Strict"),
            Some(false) => Ok("Ignore"),
            None => Err(Error::msg(format!(
                "invalid - validate option \"{value}\"; must be one of: strict (or true), warn, ignore (or false)"
            ))),
        },
    }
}

/// With `--record`, notes the command line in the object.
pub fn record(cx: &Cx, object: &mut Value) {
    if let Some(cause) = change_cause(cx) {
        object.set_annotation(CHANGE_CAUSE, &cause);
    }
}

/// The command line as `--record` keeps it, if it was asked to.
pub fn change_cause(cx: &Cx) -> Option<String> {
    if !cx.flags.bool("record") {
        return None;
    }
    let mut words = vec![cx.found.path()];
    words.extend(cx.args.iter().cloned());
    for (name, value) in cx.flags.in_order() {
        words.push(format!("--{name}={value}"));
    }
    Some(words.join(" "))
}

/// An object's configuration as the last-applied annotation holds it: without that annotation, one line.
pub fn configuration(object: &Value) -> String {
    let mut object = object.clone();
    let annotations = object.entry("metadata").entry("annotations").map_mut();
    annotations.remove(LAST_APPLIED);
    format!("{}\n", escape_html(&object.to_json()))
}

/// Keeps the object's configuration in its annotation.
pub fn set_last_applied(object: &mut Value) {
    let configuration = configuration(object);
    object.set_annotation(LAST_APPLIED, &configuration);
}

/// Keeps the configuration of an object that kubectl made up: with its fields in the order of upstream's structs.
pub fn set_typed_last_applied(object: &mut Value) {
    let text = go_order::to_json_line(object).unwrap_or_else(|| object.to_json());
    object.set_annotation(LAST_APPLIED, &format!("{}\n", escape_html(&text)));
}

/// Updates the annotation where the object has it, or makes it where `create` (`util.CreateOrUpdateAnnotation`).
pub fn update_last_applied(create: bool, object: &mut Value) {
    if create || object.annotation(LAST_APPLIED).is_some() {
        set_last_applied(object);
    }
}

/// The one NAME that a command takes before `--`.
pub fn name_argument(cx: &Cx) -> Result<&str, Error> {
    let count = cx.dash_at.unwrap_or(cx.args.len());
    match cx.args.first() {
        Some(name) if count == 1 => Ok(name),
        _ => Err(cx.usage(format!("exactly one NAME is required, got {count}"))),
    }
}

/// What stands after `--`, or after the name where there is no `--`.
pub fn trailing_command(cx: &Cx) -> &[String] {
    match cx.dash_at {
        Some(at) => &cx.args[at..],
        None => cx.args.get(1..).unwrap_or_default(),
    }
}

/// An empty object of a kind.
pub fn new_object(api_version: &str, kind: &str, name: &str) -> Value {
    tree!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}})
}
