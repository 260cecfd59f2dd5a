//! The maps of the tree: what stands in one is its own, the list of its fields is shared by all maps that have the same.

use super::super::schema;
use super::super::text::Text;
use super::Value;
use super::shape::{Names, make_room};
use crate::collections::Arrange;
use std::sync::Arc;

/// A shared map, in the order of its keys.
#[derive(Clone, Default)]
pub struct Map(Option<Arc<Body>>);

/// What is in a map that is not empty.
#[derive(Clone)]
struct Body {
    names: Names,
    /// As many as there are names.
    values: Vec<Value>,
}

impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        self.ptr_eq(other)
            || match (&self.0, &other.0) {
                (Some(a), Some(b)) => a.names == b.names && a.values == b.values,
                _ => false,
            }
    }
}

impl Map {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }
    fn names(&self) -> &[Text] {
        self.0.as_ref().map_or(&[], |body| body.names.list())
    }
    fn all(&self) -> &[Value] {
        self.0.as_ref().map_or(&[], |body| &body.values)
    }
    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.all().len()
    }
    /// Whether it has no entry.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }
    /// Whether both are the very same map in memory, or empty.
    pub fn ptr_eq(&self, other: &Map) -> bool {
        match (&self.0, &other.0) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        }
    }
    fn find(&self, key: &str) -> Result<usize, usize> {
        self.names().binary_search_by(|k| k.as_str().cmp(key))
    }
    /// Where `key` stands.
    #[inline]
    fn position(&self, key: &str) -> Option<usize> {
        self.0.as_ref()?.names.position(key)
    }
    /// The value at `key`.
    #[inline]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.position(key).map(|i| &self.all()[i])
    }
    /// Whether there is an entry at `key`.
    pub fn contains_key(&self, key: &str) -> bool {
        self.position(key).is_some()
    }
    /// Makes room for so many more entries.
    pub(super) fn reserve(&mut self, entries: usize) {
        if let Some(body) = &mut self.0 {
            Arc::make_mut(body).values.reserve_exact(entries);
        }
    }
    fn at_mut(&mut self, i: usize) -> Option<&mut Value> {
        Arc::make_mut(self.0.as_mut()?).values.get_mut(i)
    }
    /// Puts an entry where none of its key stands.
    fn put(&mut self, i: usize, key: Text, value: Value) -> &mut Value {
        let body = match self.0.take() {
            None => Arc::new(Body {
                names: Names::of(vec![key]),
                values: vec![value],
            }),
            Some(mut shared) => match Arc::get_mut(&mut shared) {
                Some(body) => {
                    body.names.insert(i, key);
                    make_room(&mut body.values);
                    body.values.insert(i, value);
                    shared
                }
                None => {
                    let names = shared.names.with(i, key);
                    let mut values = Vec::with_capacity(shared.values.len() + 1);
                    values.extend_from_slice(&shared.values[..i]);
                    values.push(value);
                    values.extend_from_slice(&shared.values[i..]);
                    Arc::new(Body { names, values })
                }
            },
        };
        &mut Arc::make_mut(self.0.insert(body)).values[i]
    }
    /// The value at `key` for change, made (null) where it is missing.
    pub fn entry(&mut self, key: &str) -> &mut Value {
        match self.find(key) {
            Ok(i) => self.at_mut(i).expect("found just above"),
            Err(i) => self.put(i, Text::key(key), Value::Null),
        }
    }
    /// The value at `key` for change.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        let i = self.find(key).ok()?;
        self.at_mut(i)
    }
    /// Puts a value; gives back the one that was there.
    pub fn insert(
        &mut self,
        key: impl AsRef<str> + Into<Text>,
        value: impl Into<Value>,
    ) -> Option<Value> {
        let value = value.into();
        match self.find(key.as_ref()) {
            Ok(i) => self.at_mut(i).map(|old| std::mem::replace(old, value)),
            Err(i) => {
                let key = match schema::field_name(key.as_ref()) {
                    Some(known) => Text::Static(known),
                    None => key.into(),
                };
                self.put(i, key, value);
                None
            }
        }
    }
    /// Takes an entry out.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let i = self.find(key).ok()?;
        let body = Arc::make_mut(self.0.as_mut()?);
        let value = body.values.remove(i);
        if body.values.is_empty() {
            self.0 = None;
        } else {
            body.names.remove(i);
        }
        Some(value)
    }
    /// Keeps the entries for which `keep` holds.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &Value) -> bool) {
        if self.iter().any(|(k, v)| !keep(k, v)) {
            let kept = self.entries().filter(|(k, v)| keep(k, v));
            *self = kept.map(|(k, v)| (k.clone(), v.clone())).collect();
        }
    }
    /// Entries in order of their keys.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &Value)> + ExactSizeIterator {
        self.entries().map(|(k, v)| (k.as_str(), v))
    }
    /// Entries for change, in order of their keys.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Value)> {
        let body = self.0.as_mut().map(Arc::make_mut);
        body.into_iter().flat_map(|body| {
            let names = body.names.list().iter().map(Text::as_str);
            names.zip(&mut body.values)
        })
    }
    /// Entries with their shared keys.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = (&Text, &Value)> + ExactSizeIterator {
        self.names().iter().zip(self.all())
    }
    /// The entry at a place in the order of keys.
    pub fn nth(&self, i: usize) -> Option<(&Text, &Value)> {
        Some((self.names().get(i)?, self.all().get(i)?))
    }
    /// Keys in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.names().iter().map(Text::as_str)
    }
    /// Values in order of their keys.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.all().iter()
    }
    /// A map of entries whose keys are in order, each once.
    fn of(names: Names, entries: Vec<(Text, Value)>) -> Map {
        // Not collected in place: the list would keep the room of the keys.
        let mut values = Vec::with_capacity(entries.len());
        values.extend(entries.into_iter().map(|(_, v)| v));
        Map(Some(Arc::new(Body { names, values })))
    }
}

impl FromIterator<(Text, Value)> for Map {
    /// Of equal keys the last one wins.
    fn from_iter<I: IntoIterator<Item = (Text, Value)>>(iter: I) -> Self {
        let mut entries: Vec<(Text, Value)> = iter.into_iter().collect();
        if entries.is_empty() {
            return Map(None);
        }
        if let Some(names) = Names::known(&entries) {
            return Map::of(names, entries);
        }
        if !entries.windows(2).all(|w| w[0].0 < w[1].0) {
            entries.arrange_by(|a, b| a.0.cmp(&b.0));
            entries.reverse();
            entries.dedup_by(|a, b| a.0 == b.0);
            entries.reverse();
        }
        let names = Names::of(entries.iter().map(|(k, _)| k.clone()).collect());
        Map::of(names, entries)
    }
}
