//! Holds expressions to the types of their variables, in the words of `cel-go/checker`.

use super::eval::unescaped;
use super::signatures;
use super::types::{BOOL, INT, NULL, STRING, Type};
use super::{Expr, Fault, Macro, Node, Val};
use crate::api::custom;
use crate::apimachinery::Value;
use crate::apimachinery::schema::{Form, Shape, TypeId, type_def};
use std::rc::Rc;

/// Where the fields of an object type are written.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// Here: names, and types as signatures write them.
    Fields(&'static [(&'static str, &'static str)]),
    /// In the schema of a custom resource.
    Schema(Value),
    /// In the schema tables.
    Table(TypeId),
    /// What the variables of a policy come to.
    Variables(Rc<Vec<(String, Type)>>),
    /// Nowhere: every field there might be.
    Open,
}

/// What an expression may speak of.
#[derive(Clone, Debug, Default)]
pub struct Env {
    /// Variables and their types.
    pub variables: Vec<(String, Type)>,
    /// Whether objects of patches (`Object{}`, `JSONPatch{}`) may be made.
    pub patches: bool,
}

/// Names of types, which are values too.
pub const TYPE_NAMES: [&str; 11] = [
    "bool",
    "int",
    "uint",
    "double",
    "string",
    "bytes",
    "list",
    "map",
    "null_type",
    "type",
    "optional_type",
];

/// The fields of a JSON patch's operation.
const PATCH_FIELDS: [&str; 4] = ["op", "path", "from", "value"];

impl Env {
    /// Adds a variable.
    pub fn with(mut self, name: &str, is: Type) -> Env {
        self.variables.push((name.to_owned(), is));
        self
    }

    /// The type that an expression comes to.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn check(&self, expr: &Expr) -> Result<Type, Vec<Fault>> {
        let mut checker = Checker {
            scope: self.variables.clone(),
            patches: self.patches,
            faults: Vec::new(),
        };
        let found = checker.of(expr);
        match checker.faults.is_empty() {
            true => Ok(found),
            false => Err(checker.faults),
        }
    }
}

struct Checker {
    scope: Vec<(String, Type)>,
    patches: bool,
    faults: Vec<Fault>,
}

fn quoted(types: &[Type], method: bool) -> String {
    let words: Vec<String> = types.iter().map(ToString::to_string).collect();
    match words.split_first() {
        Some((first, rest)) if method => format!("'{first}.({})'", rest.join(", ")),
        _ => format!("'({})'", words.join(", ")),
    }
}

impl Checker {
    /// Notes a fault; what it stands for can be anything.
    fn wrong(&mut self, at: usize, text: String) -> Type {
        self.faults.push(Fault { at, text });
        Type::Dyn
    }

    fn undeclared(&mut self, at: usize, name: &str) -> Type {
        self.wrong(
            at,
            format!("undeclared reference to '{name}' (in container '')"),
        )
    }

    fn of(&mut self, e: &Expr) -> Type {
        match &e.node {
            Node::Literal(v) => literal(v),
            Node::Name(name) => {
                let known = self.scope.iter().rev().find(|(n, _)| n == name);
                match known {
                    Some((_, t)) => t.clone(),
                    None if TYPE_NAMES.contains(&name.as_str()) => Type::TypeOf,
                    None => self.undeclared(e.at, name),
                }
            }
            Node::Field(of, name, optional) => {
                let of = self.of(of);
                let found = self.field(e.at, &of, name);
                match (*optional, &found) {
                    (true, Type::Optional(_)) | (false, _) => found,
                    (true, _) => Type::Optional(found.into()),
                }
            }
            Node::Has(of, name) => {
                let of = self.of(of);
                self.field(e.at, &of, name);
                BOOL
            }
            Node::Index(of, index, optional) => {
                let name = if *optional { "_[?_]" } else { "_[_]" };
                self.operator(e.at, name, &[of, index])
            }
            Node::Not(a) => self.operator(e.at, "!_", &[a]),
            Node::Negative(a) => self.operator(e.at, "-_", &[a]),
            Node::Binary(op, a, b) => {
                let name = match *op {
                    "in" => "@in".to_owned(),
                    op => format!("_{op}_"),
                };
                self.operator(e.at, &name, &[a, b])
            }
            Node::Condition(a, b, c) => self.operator(e.at, "_?_:_", &[a, b, c]),
            Node::Call(target, name, args) => {
                let target = target.as_ref().map(|t| self.of(t));
                let method = target.is_some();
                let mut given: Vec<Type> = target.into_iter().collect();
                given.extend(args.iter().map(|a| self.of(a)));
                self.literals(name, args);
                self.call(e.at, name, method, &given)
            }
            Node::List(items) => {
                let mut of: Option<Type> = None;
                for (optional, x) in items {
                    let found = self.of(x);
                    let found = if *optional { inner(found) } else { found };
                    of = Some(self.join(of, found, x.at));
                }
                Type::list(of.unwrap_or(Type::Param('_')))
            }
            Node::Map(entries) => {
                let (mut keys, mut values) = (None, None);
                for (optional, k, v) in entries {
                    let key = self.of(k);
                    keys = Some(self.join(keys, key, k.at));
                    let value = self.of(v);
                    let value = if *optional { inner(value) } else { value };
                    values = Some(self.join(values, value, v.at));
                }
                let or_any = |t: Option<Type>| Rc::new(t.unwrap_or(Type::Param('_')));
                Type::Map(or_any(keys), or_any(values))
            }
            Node::Struct(name, fields) => self.structure(e.at, name, fields),
            Node::Macro(kind, target, names, args) => self.each(e.at, *kind, target, names, args),
        }
    }

    /// Items of one literal are of one type.
    fn join(&mut self, before: Option<Type>, found: Type, at: usize) -> Type {
        let Some(before) = before else {
            return found;
        };
        match before.joined(&found) {
            Some(joined) => joined,
            None => {
                self.wrong(at, format!("expected type '{before}' but found '{found}'"));
                before
            }
        }
    }

    fn structure(&mut self, at: usize, name: &str, fields: &[(bool, String, usize, Expr)]) -> Type {
        let known =
            self.patches && (name == "JSONPatch" || name.split('.').next() == Some("Object"));
        for (_, field, colon, x) in fields {
            let found = self.of(x);
            if name == "JSONPatch" && !PATCH_FIELDS.contains(&field.as_str()) {
                self.wrong(*colon, format!("undefined field '{field}'"));
            } else if name == "JSONPatch"
                && field != "value"
                && !found.fits(&STRING, &mut Vec::new())
            {
                let text = format!(
                    "expected type of field '{field}' is 'string' but provided type is '{found}'"
                );
                self.wrong(*colon, text);
            }
        }
        match known {
            true => Type::Object(name.into(), Source::Open),
            false => self.undeclared(at, name),
        }
    }

    fn each(
        &mut self,
        at: usize,
        kind: Macro,
        target: &Expr,
        names: &[String],
        args: &[Expr],
    ) -> Type {
        let of = self.of(target);
        let optional = matches!(kind, Macro::OptMap | Macro::OptFlatMap);
        let (first, second) = match &of {
            Type::Dyn | Type::Param(_) => (Type::Dyn, Type::Dyn),
            Type::Optional(t) if optional => ((**t).clone(), Type::Dyn),
            Type::List(t) if !optional && names.len() == 1 => ((**t).clone(), Type::Dyn),
            Type::List(t) if !optional => (INT, (**t).clone()),
            Type::Map(k, v) if !optional => ((**k).clone(), (**v).clone()),
            _ if optional => {
                let name = if kind == Macro::OptMap {
                    "optMap"
                } else {
                    "optFlatMap"
                };
                let text = format!("found no matching overload for '{name}' applied to '{of}'");
                return self.wrong(at, text);
            }
            _ => {
                let text = format!(
                    "expression of type '{of}' cannot be range of a comprehension (must be list, map, or dynamic)"
                );
                return self.wrong(target.at, text);
            }
        };
        let before = self.scope.len();
        for (name, t) in names.iter().zip([first.clone(), second]) {
            self.scope.push((name.clone(), t));
        }
        let found: Vec<Type> = args.iter().map(|a| self.of(a)).collect();
        self.scope.truncate(before);
        let maps = matches!(
            kind,
            Macro::Map | Macro::TransformList | Macro::TransformMap | Macro::TransformMapEntry
        );
        let asked = match kind {
            Macro::All | Macro::Exists | Macro::ExistsOne | Macro::Filter => found.first(),
            _ if maps && found.len() == 2 => found.first(),
            _ => None,
        };
        if let Some(t) = asked.filter(|t| !t.fits(&BOOL, &mut Vec::new())) {
            let (name, of) = match kind {
                Macro::All => ("_&&_", format!("'(bool, {t})'")),
                Macro::Exists => ("_||_", format!("'(bool, {t})'")),
                _ => ("_?_:_", format!("'({t}, list(dyn), list(dyn))'")),
            };
            self.wrong(
                at,
                format!("found no matching overload for '{name}' applied to {of}"),
            );
        }
        let last = found.last().cloned().unwrap_or(Type::Dyn);
        match kind {
            Macro::All | Macro::Exists | Macro::ExistsOne => BOOL,
            Macro::Filter => Type::list(first),
            Macro::Map | Macro::TransformList => Type::list(last),
            Macro::TransformMap => Type::Map(first.into(), last.into()),
            Macro::TransformMapEntry => last,
            Macro::OptMap => Type::Optional(last.into()),
            Macro::OptFlatMap => last,
        }
    }

    fn operator(&mut self, at: usize, name: &str, parts: &[&Expr]) -> Type {
        let given: Vec<Type> = parts.iter().map(|p| self.of(p)).collect();
        self.call(at, name, false, &given)
    }

    /// A call: what all the signatures that fit give.
    fn call(&mut self, at: usize, name: &str, method: bool, given: &[Type]) -> Type {
        // Orders are of the same types, whichever way they look.
        let looked_up = if matches!(name, "_<=_" | "_>_" | "_>=_") {
            "_<_"
        } else {
            name
        };
        let ways = signatures::named(looked_up, method);
        if ways.is_empty() {
            return self.undeclared(at, name);
        }
        let mut gives: Option<Type> = None;
        for way in &ways {
            let mut bound = Vec::new();
            let fits = way.takes.len() == given.len()
                && given
                    .iter()
                    .zip(&way.takes)
                    .all(|(g, t)| g.fits(t, &mut bound));
            if fits {
                let found = way.gives.filled(&bound);
                gives = Some(match gives {
                    Some(before) if before != found => Type::Dyn,
                    _ => found,
                });
            }
        }
        gives.unwrap_or_else(|| {
            let text = format!(
                "found no matching overload for '{name}' applied to {}",
                quoted(given, method)
            );
            self.wrong(at, text)
        })
    }

    /// Literals that a function cannot read (`cel.ValidateDurationLiterals` and its like).
    fn literals(&mut self, name: &str, args: &[Expr]) {
        let text = |i: usize| match args.get(i).map(|a| &a.node) {
            Some(Node::Literal(Val::Json(Value::Str(s)))) => Some(s.as_str()),
            _ => None,
        };
        let last = args.len().saturating_sub(1);
        let Some(given) = text(last) else {
            return;
        };
        let bad = match name {
            "duration" => crate::apimachinery::duration::parse_nanos(given).is_err(),
            "timestamp" => crate::apimachinery::Timestamp::parse(given).is_none(),
            "matches" => custom::pattern_error(given).is_some(),
            _ => false,
        };
        if bad {
            let at = args.get(last).map_or(0, |a| a.at);
            self.wrong(at, format!("invalid {name} argument"));
        }
    }

    fn field(&mut self, at: usize, of: &Type, name: &str) -> Type {
        match of {
            Type::Dyn | Type::Param(_) => Type::Dyn,
            Type::Map(_, v) => (**v).clone(),
            Type::Optional(inner) => {
                let found = self.field(at, &inner.clone(), name);
                match found {
                    Type::Optional(_) => found,
                    other => Type::Optional(other.into()),
                }
            }
            Type::Plain("kubernetes.authorization.Authorizer") if name == "requestResource" => {
                Type::parse("resource")
            }
            Type::Object(_, source) => match known_field(source, name) {
                Some(t) => t,
                None => self.wrong(at, format!("undefined field '{name}'")),
            },
            other => {
                let text = format!("type '{other}' does not support field selection");
                self.wrong(at, text)
            }
        }
    }
}

fn inner(t: Type) -> Type {
    match t {
        Type::Optional(of) => (*of).clone(),
        other => other,
    }
}

fn literal(v: &Val) -> Type {
    match v {
        Val::Json(Value::Null) => NULL,
        Val::Json(Value::List(_)) | Val::Json(Value::Map(_)) => Type::Dyn,
        Val::Bytes(_) => Type::Plain("bytes"),
        Val::Uint(_) => Type::Plain("uint"),
        Val::Json(Value::Float(_)) => Type::Plain("double"),
        Val::Json(Value::Int(_)) => INT,
        Val::Json(Value::Bool(_)) => BOOL,
        _ => STRING,
    }
}

/// The type of a field of an object type.
fn known_field(source: &Source, name: &str) -> Option<Type> {
    match source {
        Source::Open => Some(Type::Dyn),
        Source::Fields(fields) => {
            let (_, written) = fields.iter().find(|(n, _)| *n == name)?;
            Some(hand_written(written))
        }
        Source::Variables(all) => {
            let found = all.iter().rev().find(|(n, _)| n == name);
            found.map(|(_, t)| t.clone())
        }
        Source::Schema(schema) => {
            let name = unescaped(name);
            if custom::META_FIELDS.contains(&name.as_str()) && !schema.get("properties").has(&name)
            {
                return Some(Type::Dyn);
            }
            let found = schema.get("properties").as_map()?.get(&name)?;
            Some(of_schema(found))
        }
        Source::Table(id) => {
            let name = unescaped(name);
            let field = type_def(*id).field(&name)?;
            Some(of_shape(&field.shape))
        }
    }
}

/// The type of values that a custom resource's schema describes; what may be anything is dynamic.
pub fn of_schema(schema: &Value) -> Type {
    let open = custom::flag(schema, "x-kubernetes-preserve-unknown-fields")
        || custom::flag(schema, "x-kubernetes-int-or-string");
    match schema.get("type").str() {
        _ if open && schema.get("properties").is_empty() => Type::Dyn,
        kind if kind != "object" && custom::flag(schema, "nullable") => Type::Dyn,
        "object" if custom::flag(schema, "x-kubernetes-embedded-resource") => Type::Dyn,
        "object" => match schema.get("additionalProperties") {
            of @ Value::Map(_) => Type::map(of_schema(of)),
            Value::Bool(true) => Type::map(Type::Dyn),
            _ if open || schema.get("properties").as_map().is_none() => Type::Dyn,
            _ => Type::Object("object".into(), Source::Schema(schema.clone())),
        },
        "array" => Type::list(of_schema(schema.get("items"))),
        "string" => match schema.get("format").str() {
            "byte" => Type::Plain("bytes"),
            "duration" => Type::Plain("duration"),
            "date" | "date-time" => Type::Plain("timestamp"),
            _ => STRING,
        },
        "boolean" => BOOL,
        "number" => Type::Plain("double"),
        "integer" => INT,
        _ => Type::Dyn,
    }
}

/// The type of what stands in a built-in kind's field.
fn of_shape(shape: &Shape) -> Type {
    match shape {
        Shape::String => STRING,
        Shape::Bytes => Type::Plain("bytes"),
        Shape::Int32 | Shape::Int64 => INT,
        Shape::Number => Type::Plain("double"),
        Shape::Boolean => BOOL,
        Shape::List(of) => Type::list(of_shape(of)),
        Shape::Map(of) => Type::map(of_shape(of)),
        Shape::Any => Type::Dyn,
        Shape::Ref(id) => match type_def(*id).form {
            Form::Object => Type::Object(type_def(*id).name.into(), Source::Table(*id)),
            Form::Time | Form::MicroTime => Type::Plain("timestamp"),
            Form::Any | Form::Quantity | Form::IntOrString => Type::Dyn,
        },
    }
}

/// Types of admission requests and namespaces (`plugin/cel/compile.go`).
fn hand_written(text: &'static str) -> Type {
    if let Some(of) = text.strip_prefix("[]") {
        return Type::list(hand_written(of));
    }
    let fields: &'static [(&'static str, &'static str)] = match text {
        "kubernetes.GroupVersionKind" => &[
            ("group", "string"),
            ("version", "string"),
            ("kind", "string"),
        ],
        "kubernetes.GroupVersionResource" => &[
            ("group", "string"),
            ("version", "string"),
            ("resource", "string"),
        ],
        "kubernetes.UserInfo" => &[
            ("username", "string"),
            ("uid", "string"),
            ("groups", "list<string>"),
            ("extra", "map<string/list<string>>"),
        ],
        "kubernetes.AdmissionRequest" => &[
            ("kind", "kubernetes.GroupVersionKind"),
            ("resource", "kubernetes.GroupVersionResource"),
            ("subResource", "string"),
            ("requestKind", "kubernetes.GroupVersionKind"),
            ("requestResource", "kubernetes.GroupVersionResource"),
            ("requestSubResource", "string"),
            ("name", "string"),
            ("namespace", "string"),
            ("operation", "string"),
            ("userInfo", "kubernetes.UserInfo"),
            ("dryRun", "bool"),
            ("options", "dyn"),
        ],
        "kubernetes.NamespaceSpec" => &[("finalizers", "list<string>")],
        "kubernetes.NamespaceCondition" => &[
            ("status", "string"),
            ("type", "string"),
            ("lastTransitionTime", "timestamp"),
            ("message", "string"),
            ("reason", "string"),
        ],
        "kubernetes.NamespaceStatus" => &[
            ("conditions", "[]kubernetes.NamespaceCondition"),
            ("phase", "string"),
        ],
        "kubernetes.NamespaceMetadata" => &[
            ("name", "string"),
            ("generateName", "string"),
            ("namespace", "string"),
            ("labels", "map<string/string>"),
            ("annotations", "map<string/string>"),
            ("UID", "string"),
            ("creationTimestamp", "timestamp"),
            ("deletionGracePeriodSeconds", "int"),
            ("deletionTimestamp", "timestamp"),
            ("generation", "int"),
            ("resourceVersion", "string"),
            ("finalizers", "list<string>"),
        ],
        "kubernetes.Namespace" => &[
            ("metadata", "kubernetes.NamespaceMetadata"),
            ("spec", "kubernetes.NamespaceSpec"),
            ("status", "kubernetes.NamespaceStatus"),
        ],
        other => return Type::parse(other),
    };
    Type::Object(text.into(), Source::Fields(fields))
}

impl Env {
    /// What expressions of admission policies may speak of; `object` and `oldObject` are of `object`'s type.
    pub fn admission(object: Type, params: Option<Type>, authorizer: bool) -> Env {
        let mut env = Env::default()
            .with("object", object.clone())
            .with("oldObject", object)
            .with("namespaceObject", hand_written("kubernetes.Namespace"))
            .with("request", hand_written("kubernetes.AdmissionRequest"));
        if let Some(params) = params {
            env = env.with("params", params);
        }
        if authorizer {
            env = env.with("authorizer", Type::parse("authorizer"));
        }
        env
    }

    /// The type of objects of a kind of the schema tables.
    pub fn table_type(id: TypeId, kind: &str) -> Type {
        Type::Object(kind.into(), Source::Table(id))
    }
}
