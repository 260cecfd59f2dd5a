//! What expressions come to.

use super::net::{Block, Url};
use crate::apimachinery::{Quantity, Text, Timestamp, Value};
use std::net::IpAddr;
use std::sync::Arc;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Val {
    /// What JSON has.
    Json(Value),
    /// A number without a sign.
    Uint(u64),
    /// Bytes.
    Bytes(Arc<[u8]>),
    /// A duration in nanoseconds.
    Duration(i64),
    /// A time.
    Time(Timestamp),
    /// A quantity.
    Quantity(Quantity),
    /// A value that may not be there.
    Optional(Option<Arc<Val>>),
    /// A list with items that JSON has not.
    List(Arc<Vec<Val>>),
    /// A map with keys or values that JSON has not.
    Map(Arc<Vec<(Val, Val)>>),
    /// An object whose type has a name: `Object.spec`, `JSONPatch`.
    Struct(Arc<Structure>),
    /// A type, by its name.
    Type(Text),
    /// An IP address.
    Ip(IpAddr),
    /// A block of IP addresses.
    Cidr(Block),
    /// A URL.
    Url(Arc<Url>),
    /// A semantic version: major, minor, patch and the names of what comes before it.
    Semver(Arc<(u64, u64, u64, String, String)>),
    /// A format with a name.
    Format(&'static str),
    /// A question to the authorizer on its way to be asked, or its answer.
    Check(Arc<Check>),
}

/// An object whose type has a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Structure {
    /// The type.
    pub name: String,
    /// The fields that were given.
    pub fields: Vec<(String, Val)>,
}

/// What the authorizer is to be asked (`library/authz.go`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Check {
    /// Which of the types it is: `Authorizer`, `PathCheck`, `GroupCheck`, `ResourceCheck`, `Decision`.
    pub kind: &'static str,
    /// A service account who is asked about instead of the user.
    pub account: Option<(String, String)>,
    /// The path of a `PathCheck`.
    pub path: String,
    /// The group.
    pub group: String,
    /// The resource.
    pub resource: String,
    /// Its subresource.
    pub subresource: String,
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// Field and label selectors.
    pub selectors: (String, String),
    /// The verb, once asked.
    pub verb: String,
    /// The answer.
    pub allowed: bool,
    /// Why.
    pub reason: String,
}

impl<T: Into<Value>> From<T> for Val {
    fn from(v: T) -> Val {
        Val::Json(v.into())
    }
}

impl Val {
    /// Null.
    pub const NULL: Val = Val::Json(Value::Null);

    /// A list; one of JSON where all its items are.
    pub fn list(items: Vec<Val>) -> Val {
        match items.iter().all(|v| matches!(v, Val::Json(_))) {
            true => Val::Json(
                items
                    .into_iter()
                    .filter_map(Val::into_json)
                    .collect::<Vec<_>>()
                    .into(),
            ),
            false => Val::List(Arc::new(items)),
        }
    }

    /// A map; one of JSON where its keys are strings and its values JSON's.
    pub fn map(entries: Vec<(Val, Val)>) -> Val {
        let plain =
            |(k, v): &(Val, Val)| matches!((k, v), (Val::Json(Value::Str(_)), Val::Json(_)));
        if !entries.iter().all(plain) {
            return Val::Map(Arc::new(entries));
        }
        let mut out = Value::object();
        for (k, v) in entries {
            if let (Val::Json(k), Val::Json(v)) = (k, v) {
                out.map_mut().insert(k.str().to_owned(), v);
            }
        }
        Val::Json(out)
    }

    fn into_json(self) -> Option<Value> {
        match self {
            Val::Json(v) => Some(v),
            _ => None,
        }
    }

    /// An optional value.
    pub fn some(v: Val) -> Val {
        Val::Optional(Some(Arc::new(v)))
    }

    /// A truth.
    pub fn truth(&self) -> Option<bool> {
        match self {
            Val::Json(Value::Bool(b)) => Some(*b),
            _ => None,
        }
    }

    /// A text.
    pub fn str(&self) -> Option<&str> {
        match self {
            Val::Json(Value::Str(s)) => Some(s.as_str()),
            _ => None,
        }
    }

    /// The items of a list.
    pub fn items(&self) -> Option<Vec<Val>> {
        match self {
            Val::Json(Value::List(l)) => Some(l.iter().map(|v| Val::Json(v.clone())).collect()),
            Val::List(l) => Some(l.to_vec()),
            _ => None,
        }
    }

    /// The entries of a map.
    pub fn entries(&self) -> Option<Vec<(Val, Val)>> {
        match self {
            Val::Json(Value::Map(m)) => Some(
                m.iter()
                    .map(|(k, v)| (k.into(), Val::Json(v.clone())))
                    .collect(),
            ),
            Val::Map(m) => Some(m.to_vec()),
            _ => None,
        }
    }

    /// How many characters, bytes, items or entries it has.
    pub fn size(&self) -> Option<usize> {
        Some(match self {
            Val::Json(Value::Str(s)) => s.chars().count(),
            Val::Json(Value::List(l)) => l.len(),
            Val::Json(Value::Map(m)) => m.len(),
            Val::Bytes(b) => b.len(),
            Val::List(l) => l.len(),
            Val::Map(m) => m.len(),
            _ => return None,
        })
    }

    /// The name of its type.
    pub fn type_name(&self) -> &str {
        match self {
            Val::Json(v) => match v {
                Value::Null => "null_type",
                Value::Bool(_) => "bool",
                Value::Int(_) => "int",
                Value::Float(_) => "double",
                Value::Str(_) => "string",
                Value::List(_) => "list",
                Value::Map(_) => "map",
            },
            Val::Uint(_) => "uint",
            Val::Bytes(_) => "bytes",
            Val::Duration(_) => "google.protobuf.Duration",
            Val::Time(_) => "google.protobuf.Timestamp",
            Val::Quantity(_) => "kubernetes.Quantity",
            Val::Optional(_) => "optional_type",
            Val::List(_) => "list",
            Val::Map(_) => "map",
            Val::Struct(s) => &s.name,
            Val::Type(_) => "type",
            Val::Ip(_) => "net.IP",
            Val::Cidr(_) => "net.CIDR",
            Val::Url(_) => "kubernetes.URL",
            Val::Semver(_) => "kubernetes.Semver",
            Val::Format(_) => "kubernetes.NamedFormat",
            Val::Check(_) => "kubernetes.authorization.Authorizer",
        }
    }

    /// The value as JSON: objects and maps as trees, numbers, times and durations as they are written.
    ///
    /// # Errors
    /// What has no such form, and objects that stand in fields of other names than their types say.
    pub fn to_json(&self) -> Result<Value, String> {
        Ok(match self {
            Val::Json(v) => v.clone(),
            Val::Uint(n) => i64::try_from(*n).map_or(Value::Float(*n as f64), Value::Int),
            Val::List(l) => {
                let all: Vec<Value> = l.iter().map(Val::to_json).collect::<Result<_, _>>()?;
                all.into()
            }
            Val::Map(m) => {
                let mut out = Value::object();
                for (k, v) in m.iter() {
                    let key = super::functions::text(k)?;
                    out.map_mut().insert(key, v.to_json()?);
                }
                out
            }
            Val::Struct(s) => {
                let mut out = Value::object();
                for (name, v) in &s.fields {
                    check_names(&s.name, name, v)?;
                    out.map_mut().insert(name.clone(), v.to_json()?);
                }
                out
            }
            Val::Optional(Some(v)) => v.to_json()?,
            Val::Duration(_) | Val::Time(_) | Val::Quantity(_) | Val::Ip(_) | Val::Cidr(_) => {
                super::functions::text(self)?.into()
            }
            other => return Err(format!("unsupported type {}", other.type_name())),
        })
    }
}

/// Objects in fields are of the type that the field's path names.
fn check_names(of: &str, field: &str, v: &Val) -> Result<(), String> {
    let wanted = format!("{of}.{field}");
    let check = |v: &Val| match v {
        Val::Struct(s) if s.name != wanted && of.starts_with("Object") => Err(format!(
            "type mismatch: unexpected type name {:?}, expected {wanted:?}, which matches field name path from root Object type",
            s.name
        )),
        _ => Ok(()),
    };
    match v {
        Val::List(l) => l.iter().try_for_each(check),
        Val::Map(m) => m.iter().map(|(_, v)| v).try_for_each(check),
        other => check(other),
    }
}
