//! The types that expressions are held to (`cel-go/checker`).

use super::check::Source;
use std::fmt;
use std::rc::Rc;

/// A type.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// Anything, seen when it is evaluated.
    Dyn,
    /// One without parts: `int`, `kubernetes.Quantity`.
    Plain(&'static str),
    /// A list.
    List(Rc<Type>),
    /// A map.
    Map(Rc<Type>, Rc<Type>),
    /// What may not be there.
    Optional(Rc<Type>),
    /// What types are of.
    TypeOf,
    /// An object whose fields are known.
    Object(Rc<str>, Source),
    /// Any type in a signature, the same wherever it stands; `_` is that of what an empty list holds.
    Param(char),
}

/// Types by their names.
pub const BOOL: Type = Type::Plain("bool");
/// Whole numbers.
pub const INT: Type = Type::Plain("int");
/// Texts.
pub const STRING: Type = Type::Plain("string");
/// Null.
pub const NULL: Type = Type::Plain("null");

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Dyn => f.write_str("dyn"),
            Type::Plain("null") => f.write_str("null"),
            Type::Plain(name) => f.write_str(name),
            Type::List(of) => write!(f, "list({of})"),
            Type::Map(k, v) => write!(f, "map({k}, {v})"),
            Type::Optional(of) => write!(f, "optional_type({of})"),
            Type::TypeOf => f.write_str("type"),
            Type::Object(name, _) => f.write_str(name),
            Type::Param('_') => f.write_str("dyn"),
            Type::Param(c) => write!(f, "{c}"),
        }
    }
}

impl Type {
    /// A list of a type.
    pub fn list(of: Type) -> Type {
        Type::List(of.into())
    }

    /// A map from texts to a type.
    pub fn map(of: Type) -> Type {
        Type::Map(STRING.into(), of.into())
    }

    /// The type that a signature writes so.
    pub fn parse(text: &'static str) -> Type {
        let inner = |prefix: &str| text.strip_prefix(prefix).and_then(|t| t.strip_suffix('>'));
        if let Some(of) = inner("list<") {
            return Type::list(Type::parse(of));
        }
        if let Some(of) = inner("optional<") {
            return Type::Optional(Type::parse(of).into());
        }
        if let Some((k, v)) = inner("map<").and_then(|t| t.split_once('/')) {
            return Type::Map(Type::parse(k).into(), Type::parse(v).into());
        }
        match text {
            "dyn" => Type::Dyn,
            "type" => Type::TypeOf,
            "A" | "B" => Type::Param(text.chars().next().unwrap_or('A')),
            "qty" => Type::Plain("kubernetes.Quantity"),
            "ip" => Type::Plain("net.IP"),
            "cidr" => Type::Plain("net.CIDR"),
            "url" => Type::Plain("kubernetes.URL"),
            "semver" => Type::Plain("kubernetes.Semver"),
            "format" => Type::Plain("kubernetes.NamedFormat"),
            "authorizer" => Type::Plain("kubernetes.authorization.Authorizer"),
            "path" => Type::Plain("kubernetes.authorization.PathCheck"),
            "group" => Type::Plain("kubernetes.authorization.GroupCheck"),
            "resource" => Type::Plain("kubernetes.authorization.ResourceCheck"),
            "decision" => Type::Plain("kubernetes.authorization.Decision"),
            plain => Type::Plain(plain),
        }
    }

    /// Whether a value of this type can stand where a signature says `wanted`; notes what parameters stand for.
    pub fn fits(&self, wanted: &Type, bound: &mut Vec<(char, Type)>) -> bool {
        match (self, wanted) {
            (_, Type::Param(c)) => {
                let known = bound.iter().position(|(b, _)| b == c);
                match known {
                    None => {
                        bound.push((*c, self.clone()));
                        true
                    }
                    Some(i) => {
                        let before = bound[i].1.clone();
                        match before.joined(self) {
                            Some(joined) => {
                                bound[i].1 = joined;
                                true
                            }
                            None => false,
                        }
                    }
                }
            }
            (Type::Dyn | Type::Param(_), _) | (_, Type::Dyn) => true,
            (Type::List(a), Type::List(b)) | (Type::Optional(a), Type::Optional(b)) => {
                a.fits(b, bound)
            }
            (Type::Map(k, v), Type::Map(x, y)) => k.fits(x, bound) && v.fits(y, bound),
            // Null stands for objects and what has no value of its own.
            (Type::Plain("null"), Type::Object(..) | Type::Optional(_))
            | (Type::Object(..) | Type::Optional(_), Type::Plain("null")) => true,
            (Type::Plain("null"), Type::Plain(p)) | (Type::Plain(p), Type::Plain("null")) => {
                p.contains('.') || matches!(*p, "null" | "duration" | "timestamp")
            }
            (a, b) => a == b,
        }
    }

    /// The type of values of either type, where they go together.
    pub fn joined(&self, other: &Type) -> Option<Type> {
        match (self, other) {
            (Type::Param(_), t) | (t, Type::Param(_)) => Some(t.clone()),
            (Type::Dyn, _) | (_, Type::Dyn) => Some(Type::Dyn),
            (Type::List(a), Type::List(b)) => Some(Type::list(a.joined(b)?)),
            (Type::Optional(a), Type::Optional(b)) => Some(Type::Optional(a.joined(b)?.into())),
            (Type::Map(k, v), Type::Map(x, y)) => {
                Some(Type::Map(k.joined(x)?.into(), v.joined(y)?.into()))
            }
            (a, b) if a == b => Some(a.clone()),
            (a, Type::Plain("null")) if a.fits(&NULL, &mut Vec::new()) => Some(a.clone()),
            (Type::Plain("null"), b) if b.fits(&NULL, &mut Vec::new()) => Some(b.clone()),
            _ => None,
        }
    }

    /// A signature's type with what its parameters stand for.
    pub fn filled(&self, bound: &[(char, Type)]) -> Type {
        match self {
            Type::Param('_') => self.clone(),
            Type::Param(c) => {
                let known = bound.iter().find(|(b, _)| b == c);
                known.map_or(Type::Dyn, |(_, t)| t.clone())
            }
            Type::List(a) => Type::list(a.filled(bound)),
            Type::Optional(a) => Type::Optional(a.filled(bound).into()),
            Type::Map(k, v) => Type::Map(k.filled(bound).into(), v.filled(bound).into()),
            other => other.clone(),
        }
    }
}
