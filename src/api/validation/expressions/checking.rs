//! Types of a policy's expressions, once the types of what it matches are known (`policy/validating/typechecking.go`).

use super::Expressions;
use crate::api::cel::{self, Env, Source, Type};
use crate::apimachinery::Value;
use crate::tree;
use std::rc::Rc;

/// Holds the validations of a ValidatingAdmissionPolicy to the types of the kinds that it matches, each with its group, version and
/// kind as it is told (`apps/v1, Kind=Deployment`), and to that of its parameters. Gives `status.typeChecking.expressionWarnings`.
pub fn warnings(policy: &Value, kinds: &[(String, Type)], params: Option<&Type>) -> Vec<Value> {
    let spec = policy.get("spec");
    let envs: Vec<(&String, Env)> = kinds
        .iter()
        .map(|(told, is)| (told, env(spec, is, params)))
        .collect();
    let mut out = Vec::new();
    for (i, validation) in spec.get("validations").items().iter().enumerate() {
        for field in ["expression", "messageExpression"] {
            let text = validation.get(field).str();
            let errors = envs
                .iter()
                .filter(|_| !text.is_empty())
                .filter_map(|(told, env)| {
                    let why = cel::compile(text, env).err()?;
                    Some(format!("{told}: {why}\n"))
                });
            let errors: Vec<String> = errors.collect();
            if !errors.is_empty() {
                out.push(tree!({
                    "fieldRef": format!("spec.validations[{i}].{field}"), "warning": errors.join("\n"),
                }));
            }
        }
    }
    out
}

/// What validations may speak of where objects are of one type.
fn env(spec: &Value, is: &Type, params: Option<&Type>) -> Env {
    let mut known = Expressions::new(false, false);
    known.object = is.clone();
    known.params_type = params.cloned();
    for variable in spec.get("variables").items() {
        let text = variable.get("expression").str();
        let found = cel::compile(text, &known.env(true));
        let found = found.map_or(Type::Dyn, |done| done.output);
        known
            .variables
            .push((variable.get("name").str().to_owned(), found));
    }
    known.env(true)
}

/// The type of a policy's variables.
pub(super) fn variables(all: &[(String, Type)]) -> Type {
    let known = Source::Variables(Rc::new(all.to_vec()));
    Type::Object("kubernetes.variables".into(), known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apimachinery::schema::kind_type;

    #[test]
    fn fields_that_a_kind_has_not_are_told() {
        let id = kind_type("apps/v1", "Deployment").expect("built in");
        let kinds = [(
            "apps/v1, Kind=Deployment".to_owned(),
            Env::table_type(id, "Deployment"),
        )];
        let policy = tree!({"spec": {
            "variables": [{"name": "n", "expression": "object.spec.replicas"}],
            "validations": [
                {"expression": "variables.n > 1 && object.spec.template.spec.containers.all(c, c.image != '')"},
                {"expression": "object.spec.replica > 1", "messageExpression": "object.spec.replicas"},
                {"expression": "variables.n == 'a'"},
            ],
        }});
        let found = warnings(&policy, &kinds, None);
        assert_eq!(
            found,
            [
                tree!({"fieldRef": "spec.validations[1].expression",
                    "warning": "apps/v1, Kind=Deployment: ERROR: <input>:1:12: undefined field 'replica'\n | object.spec.replica > 1\n | ...........^\n"}),
                tree!({"fieldRef": "spec.validations[2].expression",
                    "warning": "apps/v1, Kind=Deployment: ERROR: <input>:1:13: found no matching overload for '_==_' applied to '(int, string)'\n | variables.n == 'a'\n | ............^\n"}),
            ]
        );
    }
}
