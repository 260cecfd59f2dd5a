//! Typed views on the object tree, generated from the schema (see `src/build.rs`).
//!
//! A view is the tree itself under a type: reading costs a lookup, writing copies the path, unknown fields stay.
//! Missing strings read as "", missing objects as empty ones, missing numbers and booleans as `None`.

use crate::apimachinery::{Map, NULL, Timestamp, Value};
use bytemuck::TransparentWrapper;

/// A list of strings in place.
#[derive(Clone, Copy)]
pub struct Strings<'a>(&'a [Value]);

impl<'a> Strings<'a> {
    /// The strings in order.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = &'a str> + ExactSizeIterator {
        self.0.iter().map(Value::str)
    }
    /// How many there are.
    pub fn len(self) -> usize {
        self.0.len()
    }
    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }
    /// Whether `s` is among them.
    pub fn contains(self, s: &str) -> bool {
        self.iter().any(|x| x == s)
    }
    /// The first one.
    pub fn first(self) -> Option<&'a str> {
        self.0.first().map(Value::str)
    }
    /// Copies of them.
    pub fn to_vec(self) -> Vec<String> {
        self.iter().map(str::to_owned).collect()
    }
}

/// A map from strings to strings (or quantities) in place.
#[derive(Clone, Default, PartialEq, Debug, TransparentWrapper)]
#[repr(transparent)]
pub struct StringMap(Value);

impl StringMap {
    /// The value at `key`.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).as_str()
    }
    /// Whether `key` is there.
    pub fn contains_key(&self, key: &str) -> bool {
        self.0.has(key)
    }
    /// Sets a value.
    pub fn insert(&mut self, key: &str, value: impl Into<Value>) {
        self.0.set(key, value);
    }
    /// Takes a value out.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        self.0.remove(key)
    }
    /// Entries in order of their keys.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &str)> {
        self.0.fields().map(|(k, v)| (k, v.str()))
    }
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.0.as_map().map_or(0, Map::len)
    }
    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The map itself, if there is one.
    pub fn as_map(&self) -> Option<&Map> {
        self.0.as_map()
    }
    /// The tree under it.
    pub fn as_value(&self) -> &Value {
        &self.0
    }
}

impl From<StringMap> for Value {
    fn from(m: StringMap) -> Value {
        m.0
    }
}

impl From<Value> for StringMap {
    fn from(v: Value) -> StringMap {
        StringMap(v)
    }
}

macro_rules! view {
    ($title:literal, $name:ident) => {
        #[doc = concat!("A view of `", $title, "`.")]
        #[derive(Clone, Default, PartialEq, Debug, TransparentWrapper)]
        #[repr(transparent)]
        pub struct $name(pub Value);
        impl $name {
            /// An empty one.
            pub fn new() -> Self {
                Self(Value::object())
            }
            /// The tree in place under this view.
            pub fn of(v: &Value) -> &Self {
                Self::wrap_ref(v)
            }
            /// The tree in place under this view, for change.
            pub fn of_mut(v: &mut Value) -> &mut Self {
                Self::wrap_mut(v)
            }
        }
        impl std::ops::Deref for $name {
            type Target = Value;
            fn deref(&self) -> &Value {
                &self.0
            }
        }
        impl std::ops::DerefMut for $name {
            fn deref_mut(&mut self) -> &mut Value {
                &mut self.0
            }
        }
        impl From<Value> for $name {
            fn from(v: Value) -> Self {
                Self(v)
            }
        }
        impl From<$name> for Value {
            fn from(v: $name) -> Value {
                v.0
            }
        }
    };
}

macro_rules! string {
    ($key:literal, $get:ident, $set:ident) => {
        #[doc = concat!("`", $key, "`, \"\" where missing.")]
        pub fn $get(&self) -> &str {
            self.0.get($key).str()
        }
        #[doc = concat!("Sets `", $key, "`.")]
        pub fn $set(&mut self, v: impl Into<crate::apimachinery::Text>) -> &mut Self {
            self.0.set($key, v.into());
            self
        }
    };
}

macro_rules! scalar {
    ($key:literal, $get:ident, $set:ident, $t:ty, $as:ident) => {
        #[doc = concat!("`", $key, "`.")]
        pub fn $get(&self) -> Option<$t> {
            self.0.get($key).$as()
        }
        #[doc = concat!("Sets `", $key, "`.")]
        pub fn $set(&mut self, v: $t) -> &mut Self {
            self.0.set($key, v);
            self
        }
    };
}

macro_rules! time {
    ($key:literal, $get:ident, $set:ident, $micro:literal) => {
        #[doc = concat!("`", $key, "`.")]
        pub fn $get(&self) -> Option<Timestamp> {
            Timestamp::parse(self.0.get($key).str())
        }
        #[doc = concat!("Sets `", $key, "`.")]
        pub fn $set(&mut self, t: Timestamp) -> &mut Self {
            self.0.set(
                $key,
                if $micro {
                    t.to_rfc3339_micros()
                } else {
                    t.to_rfc3339()
                },
            );
            self
        }
    };
}

macro_rules! object {
    ($key:literal, $get:ident, $mut:ident, $set:ident, $has:ident, $t:ty) => {
        #[doc = concat!("`", $key, "`, empty where missing.")]
        pub fn $get(&self) -> &$t {
            <$t>::wrap_ref(self.0.get($key))
        }
        #[doc = concat!("`", $key, "` for change, made where missing.")]
        pub fn $mut(&mut self) -> &mut $t {
            let v = self.0.entry($key);
            v.map_mut();
            <$t>::wrap_mut(v)
        }
        #[doc = concat!("Sets `", $key, "`.")]
        pub fn $set(&mut self, v: impl Into<Value>) -> &mut Self {
            self.0.set($key, v);
            self
        }
        #[doc = concat!("Whether `", $key, "` is there.")]
        pub fn $has(&self) -> bool {
            !self.0.get($key).is_null()
        }
    };
}

macro_rules! objects {
    ($key:literal, $get:ident, $mut:ident, $set:ident, $push:ident, $t:ty) => {
        #[doc = concat!("The items of `", $key, "`.")]
        pub fn $get(&self) -> &[$t] {
            <$t>::wrap_slice(self.0.get($key).items())
        }
        #[doc = concat!("The items of `", $key, "` for change.")]
        pub fn $mut(&mut self) -> &mut [$t] {
            <$t>::wrap_slice_mut(self.0.entry($key).items_mut())
        }
        #[doc = concat!("Sets `", $key, "`.")]
        pub fn $set(&mut self, v: impl IntoIterator<Item = $t>) -> &mut Self {
            self.0
                .set($key, v.into_iter().map(Value::from).collect::<Vec<Value>>());
            self
        }
        #[doc = concat!("Appends to `", $key, "`.")]
        pub fn $push(&mut self, v: impl Into<Value>) -> &mut Self {
            self.0.entry($key).push(v);
            self
        }
    };
}

macro_rules! strings {
    ($key:literal, $get:ident, $set:ident) => {
        #[doc = concat!("The strings of `", $key, "`.")]
        pub fn $get(&self) -> Strings<'_> {
            Strings(self.0.get($key).items())
        }
        #[doc = concat!("Sets `", $key, "`.")]
        pub fn $set<T: Into<Value>>(&mut self, v: impl IntoIterator<Item = T>) -> &mut Self {
            self.0
                .set($key, v.into_iter().map(Into::into).collect::<Vec<Value>>());
            self
        }
    };
}

macro_rules! string_map {
    ($key:literal, $get:ident, $mut:ident, $set:ident) => {
        #[doc = concat!("The map `", $key, "`.")]
        pub fn $get(&self) -> &StringMap {
            StringMap::wrap_ref(self.0.get($key))
        }
        #[doc = concat!("The map `", $key, "` for change.")]
        pub fn $mut(&mut self) -> &mut StringMap {
            StringMap::wrap_mut(self.0.entry($key))
        }
        #[doc = concat!("Sets `", $key, "`.")]
        pub fn $set(&mut self, v: impl Into<Value>) -> &mut Self {
            self.0.set($key, v);
            self
        }
    };
}

macro_rules! any {
    ($key:literal, $get:ident, $set:ident) => {
        #[doc = concat!("`", $key, "` as it stands.")]
        pub fn $get(&self) -> &Value {
            self.0.get($key)
        }
        #[doc = concat!("Sets `", $key, "`.")]
        pub fn $set(&mut self, v: impl Into<Value>) -> &mut Self {
            self.0.set($key, v);
            self
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/views.rs"));

/// An empty view borrowed for as long as one likes.
pub fn empty<T: TransparentWrapper<Value>>() -> &'static T {
    T::wrap_ref(&NULL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_is_read_and_written_in_place() {
        let mut pod = core_v1::Pod::from(
            crate::tree!({"metadata": {"name": "a"}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}, "extra": 1}),
        );
        assert_eq!(pod.name(), "a");
        assert_eq!(pod.spec().containers()[0].image(), "nginx");
        assert_eq!(pod.status().phase(), "");
        assert_eq!(pod.spec().termination_grace_period_seconds(), None);
        pod.spec_mut().set_node_name("node-1").set_priority(5);
        pod.status_mut().set_pod_ip("10.0.0.1");
        pod.spec_mut().containers_mut()[0].set_image("redis");
        assert_eq!(pod.spec().node_name(), "node-1");
        assert_eq!(
            pod.0.to_json(),
            r#"{"extra":1,"metadata":{"name":"a"},"spec":{"containers":[{"image":"redis","name":"c"}],"nodeName":"node-1","priority":5},"status":{"podIP":"10.0.0.1"}}"#
        );
    }
}
