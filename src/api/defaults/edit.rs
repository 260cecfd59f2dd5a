//! A value that is copied only once something in it changes.

use crate::apimachinery::Value;

/// Reads a value and changes a copy of it, made at the first change.
pub struct Edit<'a> {
    old: &'a Value,
    new: Option<Value>,
}

impl<'a> Edit<'a> {
    /// Begins with a value.
    pub fn of(old: &'a Value) -> Self {
        Edit { old, new: None }
    }
    /// The value as it stands now.
    pub fn value(&self) -> &Value {
        self.new.as_ref().unwrap_or(self.old)
    }
    /// A field as it stands now.
    pub fn get(&self, key: &str) -> &Value {
        self.value().get(key)
    }
    /// What stands at a path now.
    pub fn at(&self, path: &[&str]) -> &Value {
        self.value().at(path)
    }
    /// The value for change.
    pub fn to_mut(&mut self) -> &mut Value {
        self.new.get_or_insert_with(|| self.old.clone())
    }
    /// Sets a field.
    pub fn set(&mut self, key: &str, v: impl Into<Value>) {
        self.to_mut().set(key, v);
    }
    /// Sets what stands at a path.
    pub fn set_at(&mut self, path: &[&str], v: impl Into<Value>) {
        self.to_mut().set_at(path, v);
    }
    /// Takes a field out.
    pub fn remove(&mut self, key: &str) {
        if self.value().has(key) {
            self.to_mut().remove(key);
        }
    }
    /// Sets a field that is missing.
    pub fn default(&mut self, key: &str, v: impl Into<Value>) {
        if self.get(key).is_null() {
            self.set(key, v);
        }
    }
    /// Sets a field that is missing or empty: "", 0, `[]`, `{}`.
    pub fn default_empty(&mut self, key: &str, v: impl Into<Value>) {
        if self.get(key).is_empty() {
            self.set(key, v);
        }
    }
    /// Sets what is missing at a path.
    pub fn default_at(&mut self, path: &[&str], v: impl Into<Value>) {
        if self.at(path).is_null() {
            self.set_at(path, v);
        }
    }
    /// The changed copy, if anything changed.
    pub fn done(self) -> Option<Value> {
        self.new
    }
}
