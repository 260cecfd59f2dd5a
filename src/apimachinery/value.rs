//! The object tree: every Kubernetes object, and every part of one, is an immutable, structurally shared [`Value`].
//!
//! Cloning is a reference count; writing copies the one path that changes.

mod map;
mod shape;

pub use map::Map;

use super::text::Text;
use std::fmt;
use std::sync::Arc;

/// A node of the tree, as JSON has them.
#[derive(Clone, Default, PartialEq)]
pub enum Value {
    /// JSON null; also what a missing field reads as.
    #[default]
    Null,
    /// A boolean.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A string.
    Str(Text),
    /// A list.
    List(List),
    /// An object: keys are sorted and unique.
    Map(Map),
}

/// What a missing field reads as.
pub static NULL: Value = Value::Null;

/// A shared list.
#[derive(Clone, Default)]
pub struct List(Arc<Vec<Value>>);

impl List {
    /// The list's items for change; copies them first if somebody else holds the list.
    pub fn to_mut(&mut self) -> &mut Vec<Value> {
        Arc::make_mut(&mut self.0)
    }
    /// Whether both are the very same list in memory.
    pub fn ptr_eq(&self, other: &List) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl std::ops::Deref for List {
    type Target = [Value];
    fn deref(&self) -> &[Value] {
        &self.0
    }
}

impl PartialEq for List {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl From<Vec<Value>> for List {
    fn from(mut v: Vec<Value>) -> Self {
        v.shrink_to_fit();
        List(Arc::new(v))
    }
}

impl FromIterator<Value> for List {
    fn from_iter<I: IntoIterator<Item = Value>>(iter: I) -> Self {
        List(Arc::new(iter.into_iter().collect()))
    }
}

impl Value {
    /// An empty object.
    pub fn object() -> Value {
        Value::Map(Map::new())
    }
    /// Makes room for so many more fields of an object.
    pub fn reserve(&mut self, fields: usize) {
        if let Value::Map(map) = self {
            map.reserve(fields);
        }
    }
    /// An empty list.
    pub fn list() -> Value {
        Value::List(List::default())
    }
    /// Whether it is null, or was missing.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }
    /// Whether it is null, "", 0, false, an empty list or an empty map: what Go's `omitempty` leaves out of most fields.
    pub fn is_empty(&self) -> bool {
        match self {
            Value::Null => true,
            Value::Bool(b) => !b,
            Value::Int(i) => *i == 0,
            Value::Float(f) => *f == 0.0,
            Value::Str(s) => s.is_empty(),
            Value::List(l) => l.is_empty(),
            Value::Map(m) => m.is_empty(),
        }
    }
    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Str(s) => Some(s),
            _ => None,
        }
    }
    /// The string, or "" where it is none.
    pub fn str(&self) -> &str {
        self.as_str().unwrap_or_default()
    }
    /// The whole number, if it is one.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::Int(i) => Some(*i),
            Value::Float(f) if f.fract() == 0.0 && f.abs() < 9e15 => Some(*f as i64),
            _ => None,
        }
    }
    /// The number, if it is one.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Int(i) => Some(*i as f64),
            Value::Float(f) => Some(*f),
            _ => None,
        }
    }
    /// The boolean, if it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(b) => Some(*b),
            _ => None,
        }
    }
    /// The map, if it is one.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Value::Map(m) => Some(m),
            _ => None,
        }
    }
    /// The list, if it is one.
    pub fn as_list(&self) -> Option<&List> {
        match self {
            Value::List(l) => Some(l),
            _ => None,
        }
    }
    /// The items of a list; none where it is no list.
    pub fn items(&self) -> &[Value] {
        match self {
            Value::List(l) => l,
            _ => &[],
        }
    }
    /// The entries of a map; none where it is no map.
    pub fn fields(&self) -> impl DoubleEndedIterator<Item = (&str, &Value)> {
        self.as_map().into_iter().flat_map(|m| m.iter())
    }
    /// The field `key`; null where this is no map or has no such field.
    #[inline]
    pub fn get(&self, key: &str) -> &Value {
        match self {
            Value::Map(m) => m.get(key).unwrap_or(&NULL),
            _ => &NULL,
        }
    }
    /// Whether this is a map with the field `key` (which may be null).
    pub fn has(&self, key: &str) -> bool {
        self.as_map().is_some_and(|m| m.contains_key(key))
    }
    /// The value at a path of field names; null where any step is missing.
    pub fn at(&self, path: &[&str]) -> &Value {
        path.iter().fold(self, |v, key| v.get(key))
    }
    /// The field `key` for change, made (null) where missing. Anything that is no map becomes one first.
    pub fn entry(&mut self, key: &str) -> &mut Value {
        if !matches!(self, Value::Map(_)) {
            *self = Value::object();
        }
        match self {
            Value::Map(m) => m.entry(key),
            _ => unreachable!("made a map just above"),
        }
    }
    /// The value at a path for change, made where missing.
    pub fn at_mut(&mut self, path: &[&str]) -> &mut Value {
        path.iter().fold(self, |v, key| v.entry(key))
    }
    /// Sets the field `key`.
    pub fn set(&mut self, key: &str, value: impl Into<Value>) {
        *self.entry(key) = value.into();
    }
    /// Sets the value at a path.
    pub fn set_at(&mut self, path: &[&str], value: impl Into<Value>) {
        *self.at_mut(path) = value.into();
    }
    /// Takes the field `key` out.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        match self {
            Value::Map(m) => m.remove(key),
            _ => None,
        }
    }
    /// Takes the value at a path out.
    pub fn remove_at(&mut self, path: &[&str]) -> Option<Value> {
        let (last, parents) = path.split_last()?;
        if parents
            .iter()
            .fold(&*self, |v, key| v.get(key))
            .get(last)
            .is_null()
            && !self.at(parents).has(last)
        {
            return None;
        }
        self.at_mut(parents).remove(last)
    }
    /// The list for change. Anything that is no list becomes an empty one first.
    pub fn items_mut(&mut self) -> &mut Vec<Value> {
        if !matches!(self, Value::List(_)) {
            *self = Value::list();
        }
        match self {
            Value::List(l) => l.to_mut(),
            _ => unreachable!("made a list just above"),
        }
    }
    /// The map for change. Anything that is no map becomes an empty one first.
    pub fn map_mut(&mut self) -> &mut Map {
        if !matches!(self, Value::Map(_)) {
            *self = Value::object();
        }
        match self {
            Value::Map(m) => m,
            _ => unreachable!("made a map just above"),
        }
    }
    /// Appends to the list.
    pub fn push(&mut self, value: impl Into<Value>) {
        self.items_mut().push(value.into());
    }
    /// Whether both share the same memory (a cheap "has not changed").
    pub fn ptr_eq(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Map(a), Value::Map(b)) => a.ptr_eq(b),
            (Value::List(a), Value::List(b)) => a.ptr_eq(b),
            _ => false,
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json())
    }
}

macro_rules! from {
    ($($t:ty, $v:ident => $e:expr;)*) => { $(
        impl From<$t> for Value {
            fn from($v: $t) -> Value { $e }
        }
    )* };
}
from! {
    bool, v => Value::Bool(v);
    i32, v => Value::Int(v.into());
    u16, v => Value::Int(v.into());
    u32, v => Value::Int(v.into());
    i64, v => Value::Int(v);
    usize, v => Value::Int(v as i64);
    f64, v => Value::Float(v);
    &str, v => Value::Str(v.into());
    &String, v => Value::Str(v.into());
    String, v => Value::Str(v.into());
    Text, v => Value::Str(v);
    &Text, v => Value::Str(v.clone());
    Map, v => Value::Map(v);
    List, v => Value::List(v);
    Vec<Value>, v => Value::List(v.into());
    &Value, v => v.clone();
    super::time::Timestamp, v => Value::Str(v.to_text());
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(v: Option<T>) -> Value {
        v.map_or(Value::Null, Into::into)
    }
}

impl PartialEq<str> for Value {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == Some(other)
    }
}

impl PartialEq<&str> for Value {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == Some(*other)
    }
}
