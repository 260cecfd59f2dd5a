//! Shell variables with attributes and dynamically scoped locals.

use crate::collections::SortedMap;

/// What a variable holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Declared without a value.
    Unset,
    Scalar(String),
    Array(SortedMap<i64, String>),
    Assoc(SortedMap<String, String>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Var {
    pub value: Value,
    pub export: bool,
    pub readonly: bool,
    pub integer: bool,
    pub lower: bool,
    pub upper: bool,
}

impl Default for Var {
    fn default() -> Var {
        Var {
            value: Value::Unset,
            export: false,
            readonly: false,
            integer: false,
            lower: false,
            upper: false,
        }
    }
}

impl Var {
    pub fn scalar(text: &str) -> Var {
        Var {
            value: Value::Scalar(text.to_string()),
            ..Var::default()
        }
    }

    /// The value as `$name` gives it: element 0 of an array.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Unset => None,
            Value::Scalar(text) => Some(text),
            Value::Array(items) => items.get(&0).map(String::as_str),
            Value::Assoc(items) => items.get("0").map(String::as_str),
        }
    }

    /// All elements, of a scalar its one value.
    pub fn elements(&self) -> Vec<String> {
        match &self.value {
            Value::Unset => Vec::new(),
            Value::Scalar(text) => vec![text.clone()],
            Value::Array(items) => items.values().cloned().collect(),
            Value::Assoc(items) => items.values().cloned().collect(),
        }
    }

    /// All subscripts.
    pub fn keys(&self) -> Vec<String> {
        match &self.value {
            Value::Unset => Vec::new(),
            Value::Scalar(_) => vec!["0".to_string()],
            Value::Array(items) => items.keys().map(i64::to_string).collect(),
            Value::Assoc(items) => items.keys().cloned().collect(),
        }
    }

    fn cased(&self, text: String) -> String {
        if self.lower {
            text.to_lowercase()
        } else if self.upper {
            text.to_uppercase()
        } else {
            text
        }
    }
}

/// All variables of a shell.
#[derive(Clone, Debug, Default)]
pub struct Vars {
    map: SortedMap<String, Var>,
    /// For each function call, the variables that its locals hide.
    scopes: Vec<SortedMap<String, Option<Var>>>,
}

impl Vars {
    pub fn get(&self, name: &str) -> Option<&Var> {
        self.map.get(name)
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.map.get(name).and_then(Var::text)
    }

    /// The variable for changing it, made if need be. Read-only is the caller's to respect.
    pub fn entry(&mut self, name: &str) -> &mut Var {
        self.map.entry(name.to_string()).or_default()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&String, &Var)> {
        self.map.iter()
    }

    /// Sets a scalar (or element 0). Fails with bash's words for a read-only variable.
    pub fn set(&mut self, name: &str, text: impl Into<String>) -> Result<(), String> {
        let var = self.entry(name);
        if var.readonly {
            return Err(format!("{name}: readonly variable"));
        }
        let text = var.cased(text.into());
        match &mut var.value {
            Value::Array(items) => {
                items.insert(0, text);
            }
            Value::Assoc(items) => {
                items.insert("0".to_string(), text);
            }
            _ => var.value = Value::Scalar(text),
        }
        Ok(())
    }

    /// Sets one element of an array that is not associative; a negative index counts from the end.
    pub fn set_index(&mut self, name: &str, index: i64, text: String) -> Result<(), String> {
        let var = self.entry(name);
        if var.readonly {
            return Err(format!("{name}: readonly variable"));
        }
        let text = var.cased(text);
        let items = array_of(var);
        let at = if index < 0 {
            items.keys().next_back().map_or(0, |k| k + 1) + index
        } else {
            index
        };
        if at < 0 {
            return Err(format!("{name}[{index}]: bad array subscript"));
        }
        items.insert(at, text);
        Ok(())
    }

    pub fn set_key(&mut self, name: &str, key: &str, text: String) -> Result<(), String> {
        let var = self.entry(name);
        if var.readonly {
            return Err(format!("{name}: readonly variable"));
        }
        let text = var.cased(text);
        if let Value::Assoc(items) = &mut var.value {
            items.insert(key.to_string(), text);
        }
        Ok(())
    }

    pub fn is_assoc(&self, name: &str) -> bool {
        matches!(
            self.map.get(name),
            Some(Var {
                value: Value::Assoc(_),
                ..
            })
        )
    }

    pub fn unset(&mut self, name: &str) -> Result<(), String> {
        if self.map.get(name).is_some_and(|v| v.readonly) {
            return Err(format!("{name}: cannot unset: readonly variable"));
        }
        self.map.remove(name);
        Ok(())
    }

    /// Puts a whole variable in place, or none, whatever is there.
    pub fn replace(&mut self, name: &str, var: Option<Var>) -> Option<Var> {
        match var {
            Some(var) => self.map.insert(name.to_string(), var),
            None => self.map.remove(name),
        }
    }

    pub fn enter_scope(&mut self) {
        self.scopes.push(SortedMap::new());
    }

    pub fn leave_scope(&mut self) {
        for (name, hidden) in self.scopes.pop().unwrap_or_default() {
            self.replace(&name, hidden);
        }
    }

    pub fn in_function(&self) -> bool {
        !self.scopes.is_empty()
    }

    /// Makes `name` local to the running function, without a value.
    pub fn make_local(&mut self, name: &str) {
        let Some(scope) = self.scopes.last_mut() else {
            return;
        };
        if scope.contains_key(name) {
            return;
        }
        let hidden = self.map.remove(name);
        let export = hidden.as_ref().is_some_and(|v| v.export);
        scope.insert(name.to_string(), hidden);
        self.map.insert(
            name.to_string(),
            Var {
                export,
                ..Var::default()
            },
        );
    }

    /// The environment of programs.
    pub fn environment(&self) -> SortedMap<String, String> {
        let exported = self.map.iter().filter(|(_, v)| v.export);
        exported
            .filter_map(|(k, v)| v.text().map(|t| (k.clone(), t.to_string())))
            .collect()
    }
}

/// The variable's elements, after making it an array.
pub fn array_of(var: &mut Var) -> &mut SortedMap<i64, String> {
    if !matches!(var.value, Value::Array(_)) {
        let first = var.text().map(str::to_string);
        var.value = Value::Array(first.into_iter().map(|t| (0, t)).collect());
    }
    match &mut var.value {
        Value::Array(items) => items,
        _ => unreachable!("made an array just above"),
    }
}
