//! ValidatingAdmissionPolicies (`policy/validating/dispatcher.go`, `policy/validating/validator.go`).

use super::around::BUDGET;
use super::{Hook, Invocation};
use crate::apimachinery::Value;
use crate::apimachinery::status::{Status, StatusCause};
use crate::apiserver::ApiServer;
use crate::apiserver::admission::Attributes;
use crate::apiserver::call::Call;

/// The longest message that an expression may make, in bytes.
const LONGEST_MESSAGE: usize = 5 * 1024;
/// The longest value of an audit annotation, in bytes.
const LONGEST_VALUE: usize = 10 * 1024;
/// The annotation of failures that are only to be noted.
const FAILURE: &str = "validation.policy.admission.k8s.io/validation_failure";

/// Why a policy denies a request.
struct Denial {
    message: String,
    /// The reason of the Status, "" for the usual one.
    reason: String,
    /// Which of the validations.
    index: usize,
    /// Whether it denies whatever the binding does with denials.
    always: bool,
}

impl Denial {
    fn error(index: usize, message: String) -> Denial {
        Denial {
            message,
            reason: String::new(),
            index,
            always: false,
        }
    }
}

impl ApiServer {
    /// The plugin `ValidatingAdmissionPolicy`.
    pub(in crate::apiserver) fn validate_by_policies(
        &mut self,
        call: &mut Call,
        a: &Attributes<'_>,
    ) -> Result<(), Status> {
        let Some(hooks) = self.hooks_for(call, true) else {
            return Ok(());
        };
        let (invocations, wrong) = self.invocations(call, a, &hooks);
        // The first in the order of policies is told.
        let mut first: Option<(usize, String, String)> = None;
        let mut deny = |hook: &Hook, binding: Option<&Value>, message: &str, reason: &str| {
            let at = hooks
                .iter()
                .position(|h| std::ptr::eq(h, hook))
                .unwrap_or(0);
            let by = binding.map_or_else(String::new, |b| format!(" with binding '{}'", b.name()));
            let text = format!(
                "ValidatingAdmissionPolicy '{}'{by} denied request: {message}",
                hook.name
            );
            if first.as_ref().is_none_or(|(before, ..)| at < *before) {
                first = Some((at, text, reason.to_owned()));
            }
        };
        for invocation in &invocations {
            let (hook, binding) = (invocation.hook, invocation.binding);
            let (denials, annotations) = self.validated(call, a, invocation);
            for (key, value) in annotations {
                call.annotate(&format!("{}/{key}", hook.name), &value, ", ");
            }
            let actions = binding.at(&["spec", "validationActions"]);
            for denial in denials {
                if denial.always {
                    deny(hook, Some(binding), &denial.message, "");
                    continue;
                }
                for action in actions.items().iter().map(Value::str) {
                    match action {
                        "Deny" => deny(hook, Some(binding), &denial.message, &denial.reason),
                        "Warn" => call.warn(format!(
                            "Validation failed for ValidatingAdmissionPolicy '{}' with binding '{}': {}",
                            hook.name,
                            binding.name(),
                            denial.message
                        )),
                        "Audit" => {
                            let told = crate::tree!([{
                                "message": denial.message.as_str(), "policy": hook.name.as_str(), "binding": binding.name(),
                                "expressionIndex": denial.index as i64, "validationActions": actions,
                            }]);
                            call.annotate(FAILURE, &told.to_json(), ", ");
                        }
                        _ => {}
                    }
                }
            }
        }
        for error in wrong.iter().filter(|w| !w.hook.ignores_failures()) {
            deny(error.hook, error.binding, &error.message, "");
        }
        match first {
            None => Ok(()),
            Some((_, message, reason)) => {
                Err(refusal(a.forbidden(call, &message), &message, &reason))
            }
        }
    }

    /// What one policy says: denials, and the annotations of the audit log.
    fn validated(
        &mut self,
        call: &Call,
        a: &Attributes<'_>,
        invocation: &Invocation<'_>,
    ) -> (Vec<Denial>, Vec<(String, String)>) {
        let hook = invocation.hook;
        let ignores = hook.ignores_failures();
        let mut around = self.around(call, a, invocation);
        let failed = |why: String| match ignores {
            true => Vec::new(),
            false => vec![Denial::error(0, why)],
        };
        match around.meets(hook) {
            Ok(true) => {}
            Ok(false) => return (Vec::new(), Vec::new()),
            Err(why) => return (failed(why), Vec::new()),
        }
        let mut budget = BUDGET;
        let mut results = Vec::new();
        for (said, _) in &hook.rules {
            match around.evaluate(said, &mut budget) {
                Ok(found) => results.push(found),
                Err(why) => return (failed(why), Vec::new()),
            }
        }
        let mut denials = Vec::new();
        for (i, found) in results.into_iter().enumerate() {
            let (said, message) = &hook.rules[i];
            match found {
                Err(why) if !ignores => denials.push(Denial::error(i, why)),
                Err(_) => {}
                Ok(v) if v.truth() == Some(true) => {}
                Ok(_) => {
                    let validation = &hook.spec.get("validations").items()[i];
                    let made = match message {
                        None => None,
                        Some(m) => match around.evaluate(m, &mut budget) {
                            Ok(made) => made.ok().and_then(|v| line(v.str()?)),
                            Err(why) => {
                                if !ignores {
                                    let text = format!("failed messageExpression: {why}");
                                    denials.push(Denial::error(i, text));
                                }
                                continue;
                            }
                        },
                    };
                    let given = validation.get("message").str().trim();
                    denials.push(Denial {
                        message: made.unwrap_or_else(|| match given {
                            "" => format!("failed expression: {}", said.text.trim()),
                            given => given.to_owned(),
                        }),
                        reason: validation.get("reason").str().to_owned(),
                        index: i,
                        always: false,
                    });
                }
            }
        }
        let mut annotations = Vec::new();
        let mut budget = BUDGET;
        for (key, said) in &hook.annotations {
            match around.evaluate(said, &mut budget) {
                Ok(Ok(v)) => {
                    let text = v.str().unwrap_or_default().trim();
                    if !text.is_empty() {
                        let end = text.floor_char_boundary(LONGEST_VALUE);
                        annotations.push((key.clone(), text[..end].to_owned()));
                    }
                }
                Ok(Err(_)) if ignores => {}
                Ok(Err(why)) => denials.push(Denial {
                    always: true,
                    ..Denial::error(0, why)
                }),
                Err(why) => return (failed(why), Vec::new()),
            }
        }
        (denials, annotations)
    }
}

/// A message of one line that is not too long.
fn line(text: &str) -> Option<String> {
    let text = text.trim();
    let fits = !text.is_empty() && text.len() <= LONGEST_MESSAGE && !text.contains('\n');
    fits.then(|| text.to_owned())
}

/// The refusal with a reason's code.
fn refusal(status: Status, message: &str, reason: &str) -> Status {
    let (code, reason) = match reason {
        "Forbidden" => (403, reason),
        "Unauthorized" => (401, reason),
        "RequestEntityTooLarge" => (413, reason),
        _ => (422, "Invalid"),
    };
    let cause = StatusCause::new("", message, "");
    status.with_reason(code, reason).with_causes(&[cause])
}
