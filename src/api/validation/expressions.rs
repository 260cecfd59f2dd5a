//! Expressions of admission policies and webhooks, compiled when they come (`validateCELCondition` and its relatives).

pub mod checking;

use crate::api::cel::{self, Env, Type};
use crate::apimachinery::{ErrorList, FieldError, Path, Value};

/// What expressions of one policy may speak of.
pub struct Expressions {
    object: Type,
    params_type: Option<Type>,
    patches: bool,
    variables: Vec<(String, Type)>,
}

impl Expressions {
    /// Those of a policy, with or without parameters; `patches` where they make mutations.
    pub fn new(params: bool, patches: bool) -> Self {
        Expressions {
            object: Type::Dyn,
            params_type: params.then_some(Type::Dyn),
            patches,
            variables: Vec::new(),
        }
    }

    fn env(&self, authorizer: bool) -> Env {
        let params = self.params_type.clone();
        let mut env = Env::admission(self.object.clone(), params, authorizer);
        env = env.with("variables", checking::variables(&self.variables));
        env.patches = self.patches;
        env
    }

    /// Checks an expression that must come to one of the types that are written so.
    pub fn check(
        &self,
        e: &mut ErrorList,
        at: &Path,
        text: &str,
        types: &[&str],
        authorizer: bool,
    ) {
        if let Err(why) = compiled(text, &self.env(authorizer), types) {
            e.push(FieldError::invalid(at, text, why));
        }
    }

    /// Checks the expression of a variable; those after it may speak of it.
    pub fn variable(&mut self, e: &mut ErrorList, at: &Path, name: &str, text: &str) {
        let is = match compiled(text, &self.env(true), &[]) {
            Ok(is) => is,
            Err(why) => {
                e.push(FieldError::invalid(at, text, why));
                Type::Dyn
            }
        };
        self.variables.push((name.to_owned(), is));
    }
}

/// A match condition's expression: it speaks of no variables.
pub fn condition(e: &mut ErrorList, at: &Path, text: &str, params: bool) {
    let env = Env::admission(Type::Dyn, params.then_some(Type::Dyn), true);
    if let Err(why) = compiled(text, &env, &["bool"]) {
        e.push(FieldError::invalid(at, text, why));
    }
}

/// The type of an expression, which is one of those given; any where none is given.
fn compiled(text: &str, env: &Env, types: &[&str]) -> Result<Type, String> {
    let done = cel::compile(text, env).map_err(|why| format!("compilation failed: {why}"))?;
    let found = match done.output.to_string().as_str() {
        "null" => "null_type".to_owned(),
        "timestamp" => "google.protobuf.Timestamp".to_owned(),
        "duration" => "google.protobuf.Duration".to_owned(),
        other => other.to_owned(),
    };
    match types {
        [] => Ok(done.output),
        types if types.contains(&found.as_str()) => Ok(done.output),
        // An empty list is one of whatever is wanted.
        ["list(JSONPatch)"] if found == "list(dyn)" => Ok(done.output),
        [one] => Err(format!("must evaluate to {one} but got {found}")),
        several => Err(format!(
            "must evaluate to one of [{}] but got {found}",
            several.join(" ")
        )),
    }
}

/// The mutations of a MutatingAdmissionPolicy.
pub fn mutations(e: &mut ErrorList, at: &Path, v: &Value, expressions: &Expressions) {
    if v.is_empty() {
        let text = "mutations must contain at least one item";
        e.push(FieldError::required(at, text));
    }
    for (i, mutation) in v.items().iter().enumerate() {
        let at = at.index(i);
        let kind = mutation.get("patchType").str();
        let (own, other, is) = match kind {
            "ApplyConfiguration" => ("applyConfiguration", "jsonPatch", "Object"),
            "JSONPatch" => ("jsonPatch", "applyConfiguration", "list(JSONPatch)"),
            "" => {
                e.push(FieldError::required(&at.child("patchType"), ""));
                continue;
            }
            _ => {
                let known = ["ApplyConfiguration", "JSONPatch"];
                e.push(FieldError::not_supported(
                    &at.child("patchType"),
                    kind,
                    &known,
                ));
                continue;
            }
        };
        let path = at.child(own);
        let expression = mutation.at(&[own, "expression"]).str();
        if mutation.get(own).is_null() {
            let text = format!("must be specified when patchType is {kind}");
            e.push(FieldError::required(&path, text));
        } else if expression.trim().is_empty() {
            e.push(FieldError::required(&path.child("expression"), ""));
        } else {
            let expression = expression.trim();
            expressions.check(e, &path.child("expression"), expression, &[is], true);
        }
        if !mutation.get(other).is_null() {
            let text = format!("must not be specified when patchType is {kind}");
            let shown = format!("{{{other}}}");
            e.push(FieldError::invalid(&at.child(other), shown.as_str(), text));
        }
    }
}
