//! JSON at the edges: reading with interned keys, writing compactly or as Go's `json.MarshalIndent` does.

use super::text::Text;
use super::time::Timestamp;
use super::value::{Map, Value};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use std::fmt;

impl Value {
    /// Reads one JSON document. Of duplicate keys the last one wins.
    pub fn from_json(bytes: &[u8]) -> Result<Value, serde_json::Error> {
        serde_json::from_slice(bytes)
    }

    /// Writes compact JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a tree of plain values always serialises")
    }

    /// Writes JSON indented by four spaces, as kubectl prints it (without Go's HTML escapes).
    pub fn to_json_pretty(&self) -> String {
        let mut out = Vec::new();
        let format = serde_json::ser::PrettyFormatter::with_indent(b"    ");
        self.serialize(&mut serde_json::Serializer::with_formatter(
            &mut out, format,
        ))
        .expect("a tree of plain values always serialises");
        String::from_utf8(out).expect("serde_json writes UTF-8")
    }
}

impl From<serde_json::Value> for Value {
    fn from(v: serde_json::Value) -> Value {
        match v {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(b) => Value::Bool(b),
            serde_json::Value::Number(n) => n
                .as_i64()
                .map_or_else(|| Value::Float(n.as_f64().unwrap_or_default()), Value::Int),
            serde_json::Value::String(s) => Value::Str(s.into()),
            serde_json::Value::Array(a) => Value::List(a.into_iter().map(Value::from).collect()),
            serde_json::Value::Object(o) => Value::Map(
                o.into_iter()
                    .map(|(k, v)| (Text::key(&k), Value::from(v)))
                    .collect(),
            ),
        }
    }
}

impl From<&Value> for serde_json::Value {
    fn from(v: &Value) -> serde_json::Value {
        match v {
            Value::Null => serde_json::Value::Null,
            Value::Bool(b) => (*b).into(),
            Value::Int(i) => (*i).into(),
            Value::Float(f) => (*f).into(),
            Value::Str(s) => s.as_str().into(),
            Value::List(l) => l.iter().map(serde_json::Value::from).collect(),
            Value::Map(m) => {
                serde_json::Value::Object(m.iter().map(|(k, v)| (k.to_owned(), v.into())).collect())
            }
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => s.serialize_unit(),
            Value::Bool(b) => s.serialize_bool(*b),
            Value::Int(i) => s.serialize_i64(*i),
            Value::Float(f) if f.fract() == 0.0 && f.abs() < 1e15 => s.serialize_i64(*f as i64),
            Value::Float(f) => s.serialize_f64(*f),
            Value::Str(t) => s.serialize_str(t),
            Value::List(l) => {
                let mut seq = s.serialize_seq(Some(l.len()))?;
                for v in l.iter() {
                    seq.serialize_element(v)?;
                }
                seq.end()
            }
            Value::Map(m) => m.serialize(s),
        }
    }
}

impl Serialize for Map {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut map = s.serialize_map(Some(self.len()))?;
        for (k, v) in self.iter() {
            map.serialize_entry(k, v)?;
        }
        map.end()
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Value;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_some<D: Deserializer<'de>>(self, d: D) -> Result<Value, D::Error> {
        Value::deserialize(d)
    }
    fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
        Ok(Value::Bool(v))
    }
    fn visit_i64<E>(self, v: i64) -> Result<Value, E> {
        Ok(Value::Int(v))
    }
    fn visit_u64<E>(self, v: u64) -> Result<Value, E> {
        Ok(i64::try_from(v).map_or(Value::Float(v as f64), Value::Int))
    }
    fn visit_f64<E>(self, v: f64) -> Result<Value, E> {
        Ok(Value::Float(v))
    }
    fn visit_str<E: Error>(self, v: &str) -> Result<Value, E> {
        Ok(Value::Str(v.into()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(v) = seq.next_element()? {
            items.push(v);
        }
        Ok(Value::List(items.into()))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries: Vec<(Text, Value)> = Vec::new();
        while let Some((Key(k), v)) = map.next_entry::<Key, Value>()? {
            entries.push((k, v));
        }
        Ok(Value::Map(entries.into_iter().collect()))
    }
}

struct Key(Text);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl Visitor<'_> for KeyVisitor {
            type Value = Key;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a field name")
            }
            fn visit_str<E: Error>(self, v: &str) -> Result<Key, E> {
                Ok(Key(Text::key(v)))
            }
        }
        d.deserialize_str(KeyVisitor)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(TreeVisitor)
    }
}

/// What may stand as a value in [`tree!`](crate::tree): anything that becomes a [`Value`] without being given away.
pub trait Leaf {
    /// The value.
    fn leaf(&self) -> Value;
}

macro_rules! leaves {
    ($($t:ty)*) => { $(
        impl Leaf for $t {
            fn leaf(&self) -> Value { Value::from(<$t as Clone>::clone(self)) }
        }
    )* };
}
leaves! { bool i32 u16 u32 i64 usize f64 Text Map Value Timestamp serde_json::Value }

impl Leaf for u64 {
    fn leaf(&self) -> Value {
        i64::try_from(*self).map_or(Value::Float(*self as f64), Value::Int)
    }
}
impl Leaf for String {
    fn leaf(&self) -> Value {
        Value::from(self)
    }
}
impl Leaf for str {
    fn leaf(&self) -> Value {
        Value::from(self)
    }
}
impl<T: Leaf> Leaf for [T] {
    fn leaf(&self) -> Value {
        Value::List(self.iter().map(Leaf::leaf).collect())
    }
}
impl<T: Leaf, const N: usize> Leaf for [T; N] {
    fn leaf(&self) -> Value {
        self.as_slice().leaf()
    }
}
impl<T: Leaf> Leaf for Vec<T> {
    fn leaf(&self) -> Value {
        self.as_slice().leaf()
    }
}
impl<T: Leaf> Leaf for Option<T> {
    fn leaf(&self) -> Value {
        self.as_ref().map_or(Value::Null, Leaf::leaf)
    }
}
impl<T: Leaf + ?Sized> Leaf for &T {
    fn leaf(&self) -> Value {
        (**self).leaf()
    }
}

/// What a literal in [`tree!`](crate::tree) stands for; texts cost no allocation.
pub trait Literal {
    /// The value.
    fn value(self) -> Value;
}

impl Literal for &'static str {
    fn value(self) -> Value {
        Value::Str(Text::from_static(self))
    }
}
impl Literal for bool {
    fn value(self) -> Value {
        Value::Bool(self)
    }
}
impl Literal for i64 {
    fn value(self) -> Value {
        Value::Int(self)
    }
}
impl Literal for f64 {
    fn value(self) -> Value {
        Value::Float(self)
    }
}

/// What [`tree!`](crate::tree) puts a list's items into.
pub fn no_items() -> Vec<Value> {
    Vec::new()
}

/// What [`tree!`](crate::tree) puts an object's fields into: room enough for most, since what is over is given back.
pub fn no_fields() -> Vec<(Text, Value)> {
    Vec::with_capacity(8)
}

/// Builds a [`Value`] from JSON-like syntax: `tree!({"kind": "Pod", "spec": {"nodeName": name}})`. Literal keys cost nothing.
#[macro_export]
macro_rules! tree {
    (null) => { $crate::apimachinery::Value::Null };
    ([ $($items:tt)* ]) => {{
        #[allow(unused_mut)]
        let mut items = $crate::apimachinery::json::no_items();
        $crate::tree!(@items items; $($items)*);
        $crate::apimachinery::Value::from(items)
    }};
    ({ $($fields:tt)* }) => {{
        #[allow(unused_mut)]
        let mut fields = $crate::apimachinery::json::no_fields();
        $crate::tree!(@fields fields; $($fields)*);
        $crate::apimachinery::Value::Map(fields.into_iter().collect())
    }};
    (@key $key:literal) => { $crate::apimachinery::Text::from_static($key) };
    (@key $key:tt) => { $crate::apimachinery::Text::key(::core::convert::AsRef::<str>::as_ref(&$key)) };
    (@items $to:ident;) => {};
    (@items $to:ident; null $(, $($rest:tt)*)?) => {
        $to.push($crate::tree!(null)); $crate::tree!(@items $to; $($($rest)*)?);
    };
    (@items $to:ident; { $($v:tt)* } $(, $($rest:tt)*)?) => {
        $to.push($crate::tree!({ $($v)* })); $crate::tree!(@items $to; $($($rest)*)?);
    };
    (@items $to:ident; [ $($v:tt)* ] $(, $($rest:tt)*)?) => {
        $to.push($crate::tree!([ $($v)* ])); $crate::tree!(@items $to; $($($rest)*)?);
    };
    (@items $to:ident; $v:literal $(, $($rest:tt)*)?) => {
        $to.push($crate::apimachinery::json::Literal::value($v)); $crate::tree!(@items $to; $($($rest)*)?);
    };
    (@items $to:ident; $v:expr $(, $($rest:tt)*)?) => {
        $to.push($crate::tree!($v)); $crate::tree!(@items $to; $($($rest)*)?);
    };
    (@fields $to:ident;) => {};
    (@fields $to:ident; $k:tt : null $(, $($rest:tt)*)?) => {
        $to.push(($crate::tree!(@key $k), $crate::tree!(null))); $crate::tree!(@fields $to; $($($rest)*)?);
    };
    (@fields $to:ident; $k:tt : { $($v:tt)* } $(, $($rest:tt)*)?) => {
        $to.push(($crate::tree!(@key $k), $crate::tree!({ $($v)* }))); $crate::tree!(@fields $to; $($($rest)*)?);
    };
    (@fields $to:ident; $k:tt : [ $($v:tt)* ] $(, $($rest:tt)*)?) => {
        $to.push(($crate::tree!(@key $k), $crate::tree!([ $($v)* ]))); $crate::tree!(@fields $to; $($($rest)*)?);
    };
    (@fields $to:ident; $k:tt : $v:literal $(, $($rest:tt)*)?) => {
        $to.push(($crate::tree!(@key $k), $crate::apimachinery::json::Literal::value($v))); $crate::tree!(@fields $to; $($($rest)*)?);
    };
    (@fields $to:ident; $k:tt : $v:expr $(, $($rest:tt)*)?) => {
        $to.push(($crate::tree!(@key $k), $crate::tree!($v))); $crate::tree!(@fields $to; $($($rest)*)?);
    };
    ($v:literal) => { $crate::apimachinery::json::Literal::value($v) };
    ($v:expr) => { $crate::apimachinery::json::Leaf::leaf(&$v) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_survives_the_round_trip_with_sorted_keys() {
        let text = r#"{"kind":"Pod","apiVersion":"v1","spec":{"b":[1,2.5,true,null,"x"],"a":{}},"kind":"Node"}"#;
        let v = Value::from_json(text.as_bytes()).expect("valid JSON");
        assert_eq!(
            v.to_json(),
            r#"{"apiVersion":"v1","kind":"Node","spec":{"a":{},"b":[1,2.5,true,null,"x"]}}"#
        );
    }

    #[test]
    fn writing_copies_only_the_path_that_changes() {
        let a = tree!({"metadata": {"name": "x"}, "spec": {"containers": []}});
        let mut b = a.clone();
        b.set_at(&["metadata", "name"], "y");
        assert_eq!(a.at(&["metadata", "name"]), &"x");
        assert!(a.get("spec").ptr_eq(b.get("spec")));
        assert_eq!(b.remove_at(&["status", "phase"]), None);
        assert!(!b.has("status"));
    }
}
