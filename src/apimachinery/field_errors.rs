//! Errors of fields with their paths (`apimachinery/pkg/util/validation/field`), rendered as upstream renders them.

use super::quantity::Quantity;
use super::status::StatusCause;
use super::strconv::quote;
use super::value::Value;
use std::fmt;

/// Where a field stands: `spec.containers[0].name`, `metadata.labels[app]`. A chain on the stack that is only written out
/// for an error.
#[derive(Clone, Copy)]
pub struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    part: Part<'a>,
}

#[derive(Clone, Copy)]
enum Part<'a> {
    Name(&'a str),
    Index(usize),
    Item(&'a str, usize),
    Key(&'a str),
}

impl<'a> Path<'a> {
    /// A path that begins here; `name` may hold dots.
    pub const fn new(name: &'a str) -> Path<'a> {
        Path {
            parent: None,
            part: Part::Name(name),
        }
    }
    /// A field of it; `name` may hold dots.
    pub fn child(&'a self, name: &'a str) -> Path<'a> {
        self.with(Part::Name(name))
    }
    /// An item of the list that stands here.
    pub fn index(&'a self, i: usize) -> Path<'a> {
        self.with(Part::Index(i))
    }
    /// An item of a list in one of its fields: `child(name).index(i)`.
    pub fn item(&'a self, name: &'a str, i: usize) -> Path<'a> {
        self.with(Part::Item(name, i))
    }
    /// An entry of the map that stands here: `[key]`.
    pub fn key(&'a self, key: &'a str) -> Path<'a> {
        self.with(Part::Key(key))
    }
    fn with(&'a self, part: Part<'a>) -> Path<'a> {
        Path {
            parent: Some(self).filter(|p| !p.is_root()),
            part,
        }
    }
    fn is_root(&self) -> bool {
        self.parent.is_none() && matches!(self.part, Part::Name(""))
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_root() {
            return f.write_str("<nil>");
        }
        if let Some(p) = self.parent {
            p.fmt(f)?;
            if matches!(self.part, Part::Name(_) | Part::Item(..)) {
                f.write_str(".")?;
            }
        }
        match self.part {
            Part::Name(n) => f.write_str(n),
            Part::Index(i) => write!(f, "[{i}]"),
            Part::Item(n, i) => write!(f, "{n}[{i}]"),
            Part::Key(k) => write!(f, "[{k}]"),
        }
    }
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorType {
    /// It names something that is not there.
    NotFound,
    /// It must be set.
    Required,
    /// It is there twice.
    Duplicate,
    /// Its value is malformed or out of bounds.
    Invalid,
    /// Its value is none of a known set.
    NotSupported,
    /// It may not be set, or not so.
    Forbidden,
    /// It is too long.
    TooLong,
    /// There are too many of it.
    TooMany,
    /// Its type is wrong.
    TypeInvalid,
    /// The server failed.
    Internal,
}

impl ErrorType {
    /// The machine-readable reason of a cause.
    pub fn reason(self) -> &'static str {
        match self {
            ErrorType::NotFound => "FieldValueNotFound",
            ErrorType::Required => "FieldValueRequired",
            ErrorType::Duplicate => "FieldValueDuplicate",
            ErrorType::Invalid => "FieldValueInvalid",
            ErrorType::NotSupported => "FieldValueNotSupported",
            ErrorType::Forbidden => "FieldValueForbidden",
            ErrorType::TooLong => "FieldValueTooLong",
            ErrorType::TooMany => "FieldValueTooMany",
            ErrorType::TypeInvalid => "FieldValueTypeInvalid",
            ErrorType::Internal => "InternalError",
        }
    }
    fn text(self) -> &'static str {
        match self {
            ErrorType::NotFound => "Not found",
            ErrorType::Required => "Required value",
            ErrorType::Duplicate => "Duplicate value",
            ErrorType::Invalid | ErrorType::TypeInvalid => "Invalid value",
            ErrorType::NotSupported => "Unsupported value",
            ErrorType::Forbidden => "Forbidden",
            ErrorType::TooLong => "Too long",
            ErrorType::TooMany => "Too many",
            ErrorType::Internal => "Internal error",
        }
    }
}

/// One field that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// What is wrong.
    pub kind: ErrorType,
    /// The path, written out.
    pub field: String,
    /// The value as messages print it; `None` where the kind of error prints none.
    pub bad_value: Option<String>,
    /// More words, or "".
    pub detail: String,
    /// The rule that found it (`format=ip-sloppy`), or "".
    pub origin: &'static str,
}

/// Errors in the order they were found.
pub type ErrorList = Vec<FieldError>;

/// A bad value as messages print it.
pub struct Bad(String);

impl Bad {
    /// Text that is printed as it is: JSON of a structure, or of a list.
    pub fn raw(json: impl Into<String>) -> Bad {
        Bad(json.into())
    }
}

impl From<&str> for Bad {
    fn from(s: &str) -> Bad {
        Bad(quote(s))
    }
}
impl From<&String> for Bad {
    fn from(s: &String) -> Bad {
        Bad(quote(s))
    }
}
impl From<i64> for Bad {
    fn from(i: i64) -> Bad {
        Bad(i.to_string())
    }
}
impl From<bool> for Bad {
    fn from(b: bool) -> Bad {
        Bad(b.to_string())
    }
}
impl From<&Quantity> for Bad {
    fn from(q: &Quantity) -> Bad {
        Bad(quote(&q.to_string()))
    }
}
impl From<&Value> for Bad {
    fn from(v: &Value) -> Bad {
        match v {
            Value::Str(s) => Bad(quote(s)),
            v => Bad(go_json(v)),
        }
    }
}

/// Compact JSON as Go's `json.Marshal` writes it: `<`, `>`, `&` and two line separators escaped.
pub fn go_json(v: &Value) -> String {
    escape_html(&v.to_json())
}

/// Go's escapes of what could be HTML, in JSON text.
pub fn escape_html(json: &str) -> String {
    if !json.contains(['<', '>', '&', '\u{2028}', '\u{2029}']) {
        return json.to_owned();
    }
    json.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

impl FieldError {
    fn new(kind: ErrorType, path: &Path, bad: Option<Bad>, detail: impl Into<String>) -> Self {
        FieldError {
            kind,
            field: path.to_string(),
            bad_value: bad.map(|b| b.0),
            detail: detail.into(),
            origin: "",
        }
    }
    /// `Not found: "x"`.
    pub fn not_found(path: &Path, bad: impl Into<Bad>) -> Self {
        Self::new(ErrorType::NotFound, path, Some(bad.into()), "")
    }
    /// `Required value: …`.
    pub fn required(path: &Path, detail: impl Into<String>) -> Self {
        Self::new(ErrorType::Required, path, None, detail)
    }
    /// `Duplicate value: "x"`.
    pub fn duplicate(path: &Path, bad: impl Into<Bad>) -> Self {
        Self::new(ErrorType::Duplicate, path, Some(bad.into()), "")
    }
    /// `Invalid value: "x": …`.
    pub fn invalid(path: &Path, bad: impl Into<Bad>, detail: impl Into<String>) -> Self {
        Self::new(ErrorType::Invalid, path, Some(bad.into()), detail)
    }
    /// `Unsupported value: "x": supported values: "a", "b"`, in the order given.
    pub fn not_supported(path: &Path, bad: impl Into<Bad>, supported: &[&str]) -> Self {
        let quoted: Vec<String> = supported.iter().map(|s| quote(s)).collect();
        let detail = match quoted.is_empty() {
            true => String::new(),
            false => format!("supported values: {}", quoted.join(", ")),
        };
        Self::new(ErrorType::NotSupported, path, Some(bad.into()), detail)
    }
    /// `Forbidden: …`.
    pub fn forbidden(path: &Path, detail: impl Into<String>) -> Self {
        Self::new(ErrorType::Forbidden, path, None, detail)
    }
    /// `Too long: may not be more than 5 bytes`.
    pub fn too_long(path: &Path, max: usize) -> Self {
        let unit = if max == 1 { "byte" } else { "bytes" };
        let detail = format!("may not be more than {max} {unit}");
        Self::new(ErrorType::TooLong, path, None, detail)
    }
    /// `Too long: may not be more than 5 characters`.
    pub fn too_long_characters(path: &Path, max: usize) -> Self {
        let unit = if max == 1 { "character" } else { "characters" };
        let detail = format!("may not be more than {max} {unit}");
        Self::new(ErrorType::TooLong, path, None, detail)
    }
    /// `Too many: 9: must have at most 5 items`.
    pub fn too_many(path: &Path, actual: usize, max: usize) -> Self {
        let unit = if max == 1 { "item" } else { "items" };
        let detail = format!("must have at most {max} {unit}");
        Self::new(
            ErrorType::TooMany,
            path,
            Some((actual as i64).into()),
            detail,
        )
    }
    /// `Internal error: …`.
    pub fn internal(path: &Path, detail: impl Into<String>) -> Self {
        Self::new(ErrorType::Internal, path, None, detail)
    }
    /// Names the rule that found it.
    pub fn with_origin(mut self, origin: &'static str) -> Self {
        self.origin = origin;
        self
    }
    /// The message without the field (`ErrorBody`).
    pub fn body(&self) -> String {
        let mut s = self.kind.text().to_owned();
        for part in [self.bad_value.as_deref().unwrap_or_default(), &self.detail] {
            if !part.is_empty() {
                s.push_str(": ");
                s.push_str(part);
            }
        }
        s
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.body())
    }
}

impl From<&FieldError> for StatusCause {
    fn from(e: &FieldError) -> StatusCause {
        StatusCause::new(e.kind.reason(), e.body(), e.field.as_str())
    }
}

impl From<FieldError> for StatusCause {
    fn from(e: FieldError) -> StatusCause {
        StatusCause::from(&e)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn errors_read_as_upstream_writes_them() {
        let spec = Path::new("spec");
        let c = spec.item("containers", 1);
        let name = c.child("name");
        let labels = Path::new("metadata").part_labels();
        for (e, wanted) in [
            (
                FieldError::required(&name, ""),
                "spec.containers[1].name: Required value",
            ),
            (
                FieldError::not_supported(&name, "x", &["A", "B"]),
                "spec.containers[1].name: Unsupported value: \"x\": supported values: \"A\", \"B\"",
            ),
            (
                FieldError::invalid(&labels, &tree!({"a": "<"}), "bad"),
                "metadata.labels: Invalid value: {\"a\":\"\\u003c\"}: bad",
            ),
            (
                FieldError::invalid(&name, &Value::Null, ""),
                "spec.containers[1].name: Invalid value: null",
            ),
            (
                FieldError::too_long(&name, 1),
                "spec.containers[1].name: Too long: may not be more than 1 byte",
            ),
            (
                FieldError::duplicate(&c.key("k"), 5),
                "spec.containers[1][k]: Duplicate value: 5",
            ),
        ] {
            assert_eq!(e.to_string(), wanted);
        }
    }

    impl Path<'static> {
        fn part_labels(self) -> Path<'static> {
            Path::new("metadata.labels")
        }
    }
}
