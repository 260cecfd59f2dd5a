//! `metadata.managedFields` as data.

use super::set::Set;
use crate::apimachinery::{Text, Value};
use crate::collections::Arrange;

/// One manager and its fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Manager {
    /// Its name.
    pub name: Text,
    /// Whether it applies, and does not update.
    pub applied: bool,
    /// The version in which the fields are named.
    pub version: Text,
    /// The subresource it writes through, or "".
    pub subresource: Text,
    /// When its fields last changed.
    pub time: Option<Text>,
    /// The fields.
    pub fields: Set,
}

/// The managers of an object. Two are the same where their identity is: of those who apply, in whatever version.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Managed(pub Vec<Manager>);

impl Manager {
    /// Whether both name the same manager.
    pub fn is(&self, other: &Manager) -> bool {
        self.name == other.name
            && self.applied == other.applied
            && self.subresource == other.subresource
            && (self.applied || self.version == other.version)
    }
    /// As upstream's identifiers, by which managers are ordered.
    fn identity(&self) -> (&str, bool, &str, &str) {
        let version: &str = if self.applied { "" } else { &self.version };
        (&self.name, !self.applied, version, &self.subresource)
    }
    fn decode(v: &Value) -> Result<Manager, String> {
        let text = |field: &str| match v.get(field) {
            Value::Str(s) => s.clone(),
            _ => Text::EMPTY,
        };
        let applied = match v.get("operation").str() {
            "Apply" => true,
            "Update" => false,
            _ => return Err("operation must be `Apply` or `Update`".into()),
        };
        if text("apiVersion").is_empty() {
            return Err("apiVersion must not be empty".into());
        }
        if text("fieldsType").as_str() != "FieldsV1" {
            return Err("invalid fieldsType".into());
        }
        Ok(Manager {
            name: text("manager"),
            applied,
            version: text("apiVersion"),
            subresource: text("subresource"),
            time: Some(text("time")).filter(|t| !t.is_empty()),
            fields: Set::from_value(v.get("fieldsV1"))?,
        })
    }
    fn encode(&self) -> Value {
        let mut out = Value::object();
        let operation = if self.applied { "Apply" } else { "Update" };
        out.set("apiVersion", &self.version);
        out.set("fieldsType", "FieldsV1");
        out.set("fieldsV1", self.fields.to_value());
        if !self.name.is_empty() {
            out.set("manager", &self.name);
        }
        out.set("operation", operation);
        if !self.subresource.is_empty() {
            out.set("subresource", &self.subresource);
        }
        if let Some(time) = &self.time {
            out.set("time", time);
        }
        out
    }
}

impl Managed {
    /// Reads the list.
    ///
    /// # Errors
    /// What is wrong with an entry.
    pub fn decode(list: &Value) -> Result<Managed, String> {
        let mut all = Managed::default();
        for v in list.items() {
            all.put(Manager::decode(v)?);
        }
        Ok(all)
    }
    /// The list: those who apply first, then by time. Null where there is none.
    pub fn encode(&self) -> Value {
        if self.0.is_empty() {
            return Value::Null;
        }
        let mut all: Vec<&Manager> = self.0.iter().collect();
        all.arrange_by_key(|m| (!m.applied, &m.time, &m.name, &m.version, &m.subresource));
        Value::from(all.into_iter().map(Manager::encode).collect::<Vec<_>>())
    }
    /// Where the same manager stands.
    pub fn position(&self, like: &Manager) -> Option<usize> {
        self.0.iter().position(|m| m.is(like))
    }
    /// Puts a manager in the place of the same one, and keeps all in order.
    pub fn put(&mut self, manager: Manager) {
        match self.position(&manager) {
            Some(i) => self.0[i] = manager,
            None => self.0.push(manager),
        }
        self.0.arrange_by(|a, b| a.identity().cmp(&b.identity()));
    }
}

/// Whether a list asks to forget all managers: it is there and empty, or has one empty entry.
pub fn is_reset(list: &Value) -> bool {
    match list {
        Value::List(l) => match &l[..] {
            [] => true,
            [one] => one
                .as_map()
                .is_some_and(|m| m.values().all(Value::is_empty)),
            _ => false,
        },
        _ => false,
    }
}
