//! Objects made field by field.

use super::text::Text;
use super::value::{NULL, Value};

/// An object in the making. Its fields are put in any order, each once; in the order of their names it costs least.
pub struct ObjectBuilder(Vec<(Text, Value)>);

impl ObjectBuilder {
    /// An empty one, with room for so many fields; what is left over is given back.
    pub fn with_room(fields: usize) -> Self {
        Self(Vec::with_capacity(fields))
    }
    /// Puts a field.
    pub fn put(&mut self, key: &'static str, value: impl Into<Value>) {
        self.0.push((Text::from_static(key), value.into()));
    }
    /// Puts a text that the program knows: it costs no memory.
    pub fn put_fixed(&mut self, key: &'static str, value: &'static str) {
        self.put(key, Text::from_static(value));
    }
    /// What was put at `key`.
    pub fn get(&self, key: &str) -> &Value {
        let mut fields = self.0.iter();
        fields.find(|(k, _)| *k == key).map_or(&NULL, |(_, v)| v)
    }
    /// The object.
    pub fn build(self) -> Value {
        Value::Map(self.0.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn fields_come_in_any_order() {
        let mut object = ObjectBuilder::with_room(8);
        object.put("name", "web");
        object.put_fixed("kind", "Pod");
        object.put("count", 2);
        assert_eq!(object.get("kind"), &"Pod");
        assert!(object.get("other").is_null());
        assert_eq!(
            object.build(),
            tree!({"count": 2, "kind": "Pod", "name": "web"})
        );
    }
}
