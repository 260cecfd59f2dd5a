//! What a webhook is sent, and how its answer is read (`webhook/request/admissionreview.go`, `webhook/errors/statuserror.go`).

use super::super::policy::{request, shown};
use super::super::{Attributes, Operation};
use crate::api::strict::base64_decode;
use crate::apimachinery::Value;
use crate::apimachinery::status::Status;
use crate::apiserver::call::Call;
use crate::apiserver::registry::Resource;

const V1: &str = "admission.k8s.io/v1";

/// The AdmissionReview of a request, without its `uid`, in the first version that the webhook names and the server knows.
pub fn made(
    call: &Call,
    a: &Attributes<'_>,
    resource: &'static Resource,
    versions: &Value,
) -> Result<Value, String> {
    let mut names = versions.items().iter().map(Value::str);
    let version = names
        .find(|v| matches!(*v, "v1" | "v1beta1"))
        .ok_or("webhook does not accept known AdmissionReview versions (v1, v1beta1)")?;
    let mut request = request(call, a, resource);
    let (object, old) = shown(call, a, resource);
    request.set("object", object);
    request.set("oldObject", old);
    match a.operation {
        Operation::Connect => request.set("options", Value::Null),
        Operation::Delete => {
            let mut options = call.delete_options.clone();
            options.set("kind", "DeleteOptions");
            options.set("apiVersion", "meta.k8s.io/v1");
            request.set("options", options);
        }
        _ => {}
    }
    if call.dry_run && a.operation != Operation::Connect {
        request
            .entry("options")
            .set("dryRun", crate::tree!(["All"]));
    }
    Ok(crate::tree!({
        "kind": "AdmissionReview", "apiVersion": format!("admission.k8s.io/{version}"), "request": request,
    }))
}

/// What a webhook said.
#[derive(Debug)]
pub struct Reviewed {
    pub allowed: bool,
    /// The patch's text, empty where there is none.
    pub patch: Vec<u8>,
    pub patch_type: String,
    /// `response.status`.
    pub status: Value,
    pub warnings: Vec<String>,
    pub annotations: Vec<(String, String)>,
}

/// Why an answer is none.
#[derive(Debug, PartialEq)]
pub enum Unread {
    /// It is no AdmissionReview by its form.
    Form(String),
    /// It is one that says something that it may not.
    Content(String),
}

/// Reads an answer to a review of that version and `uid` (`VerifyAdmissionResponse`).
pub fn read(said: &Value, version: &str, uid: &str, mutating: bool) -> Result<Reviewed, Unread> {
    let response = said.get("response");
    check_types(response)?;
    let patch = base64_decode(response.get("patch").str()).map_err(Unread::Form)?;
    if response.is_null() {
        return Err(Unread::Content("webhook response was absent".to_owned()));
    }
    let patch_type = response.get("patchType");
    if version == V1 {
        check(
            said,
            response,
            uid,
            (!patch.is_empty(), patch_type),
            mutating,
        )
        .map_err(Unread::Content)?;
    }
    let patch_type = match (version == V1, patch.is_empty()) {
        (true, _) => patch_type.str(),
        (false, true) => "",
        (false, false) => "JSONPatch",
    };
    let annotations = response.get("auditAnnotations").fields();
    let warnings = response.get("warnings").items().iter();
    Ok(Reviewed {
        allowed: response.get("allowed").as_bool() == Some(true),
        patch_type: patch_type.to_owned(),
        patch: if mutating { patch } else { Vec::new() },
        status: response.get("status").clone(),
        warnings: warnings.map(|w| w.str().to_owned()).collect(),
        annotations: annotations
            .map(|(k, v)| (k.to_owned(), v.str().to_owned()))
            .collect(),
    })
}

fn check(
    said: &Value,
    response: &Value,
    uid: &str,
    (patched, patch_type): (bool, &Value),
    mutating: bool,
) -> Result<(), String> {
    let given = response.get("uid").str();
    if given != uid {
        return Err(format!("expected response.uid={uid:?}, got {given:?}"));
    }
    let (version, kind) = (said.api_version(), said.kind());
    if version != V1 || kind != "AdmissionReview" {
        // A group version without a group is written with the slash before it.
        let slash = if version.contains('/') { "" } else { "/" };
        return Err(format!(
            "expected webhook response of {V1}, Kind=AdmissionReview, got {slash}{version}, Kind={kind}"
        ));
    }
    let refuse = |text: &str| Err(text.to_owned());
    match (mutating, patched, patch_type.is_null()) {
        (true, true, true) => refuse("webhook returned response.patch but not response.patchType"),
        (true, false, false) => {
            refuse("webhook returned response.patchType but not response.patch")
        }
        (true, true, false) if patch_type.str().is_empty() => {
            refuse("webhook returned invalid response.patchType of \"\"")
        }
        (false, true, _) => refuse("validating webhook may not return response.patch"),
        (false, _, false) => refuse("validating webhook may not return response.patchType"),
        _ => Ok(()),
    }
}

/// Refuses fields of other types than they have, in the words of Go's decoder.
fn check_types(response: &Value) -> Result<(), Unread> {
    let fields = [
        ("uid", "types.UID"),
        ("allowed", "bool"),
        ("patch", "[]uint8"),
        ("patchType", "v1.PatchType"),
        ("status", "v1.Status"),
        ("warnings", "[]string"),
        ("auditAnnotations", "map[string]string"),
    ];
    let wrong = |found: &str, field: &str, wanted: &str| {
        Err(Unread::Form(format!(
            "json: cannot unmarshal {found} into Go struct field {field} of type {wanted}"
        )))
    };
    let found = |v: &Value| match v {
        Value::Null => "",
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Float(_) => "number",
        Value::Str(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
    };
    match found(response) {
        "" | "object" => {}
        other => return wrong(other, "AdmissionReview.response", "v1.AdmissionResponse"),
    }
    for (field, wanted) in fields {
        let form = match field {
            "allowed" => "bool",
            "status" | "auditAnnotations" => "object",
            "warnings" => "array",
            _ => "string",
        };
        let given = found(response.get(field));
        if !given.is_empty() && given != form {
            let path = format!("AdmissionResponse.response.{field}");
            return wrong(given, &path, wanted);
        }
    }
    Ok(())
}

/// The Status of a request that a webhook denies, made of the one that it gave (`ToStatusErr`).
pub fn denial(webhook: &str, given: &Value) -> Status {
    let denied = format!("admission webhook {webhook:?} denied the request");
    let text = match (given.get("message").str(), given.get("reason").str()) {
        ("", "") => format!("{denied} without explanation"),
        ("", reason) => format!("{denied}: {reason}"),
        (message, _) => format!("{denied}: {message}"),
    };
    // A refusal is one, whatever code the webhook gave it.
    let code = given
        .get("code")
        .as_i64()
        .filter(|c| (400..600).contains(c));
    let code = code.and_then(|c| u16::try_from(c).ok()).unwrap_or(400);
    let status = Status::failure(code, given.get("reason").str(), text);
    match given.get("details") {
        Value::Null => status,
        details => {
            let mut v = status.value().clone();
            v.set("details", details.clone());
            Status::from_value(&v).unwrap_or(status)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    fn said(response: Value) -> Value {
        tree!({"kind": "AdmissionReview", "apiVersion": V1, "response": response})
    }

    #[test]
    fn what_an_answer_may_not_say_is_told() {
        let content = |v: Value, mutating| match read(&v, V1, "u", mutating) {
            Err(Unread::Content(why) | Unread::Form(why)) => why,
            Ok(_) => "fine".to_owned(),
        };
        let cases = [
            (said(tree!({"uid": "u", "allowed": true})), true, "fine"),
            (tree!({}), true, "webhook response was absent"),
            (
                said(tree!({"uid": "v"})),
                true,
                "expected response.uid=\"u\", got \"v\"",
            ),
            (
                tree!({"response": {"uid": "u"}}),
                true,
                "expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got /, Kind=",
            ),
            (
                said(tree!({"uid": "u", "patch": "W10="})),
                true,
                "webhook returned response.patch but not response.patchType",
            ),
            (
                said(tree!({"uid": "u", "patchType": "JSONPatch"})),
                true,
                "webhook returned response.patchType but not response.patch",
            ),
            (
                said(tree!({"uid": "u", "patch": "W10="})),
                false,
                "validating webhook may not return response.patch",
            ),
            (
                said(tree!({"uid": "u", "patchType": "JSONPatch"})),
                false,
                "validating webhook may not return response.patchType",
            ),
            (
                said(tree!({"uid": "u", "allowed": "yes"})),
                false,
                "json: cannot unmarshal string into Go struct field AdmissionResponse.response.allowed of type bool",
            ),
            (
                said(tree!({"uid": "u", "patch": "?"})),
                true,
                "illegal base64 data at input byte 0",
            ),
        ];
        for (v, mutating, wanted) in cases {
            assert_eq!(content(v, mutating), wanted);
        }
    }

    #[test]
    fn a_denial_keeps_what_the_webhook_gave_it() {
        let cases = [
            (
                tree!(null),
                400,
                "",
                "admission webhook \"a.test\" denied the request without explanation",
            ),
            (
                tree!({"code": 200, "status": "Success", "reason": "Why"}),
                400,
                "Why",
                "admission webhook \"a.test\" denied the request: Why",
            ),
            (
                tree!({"code": 403, "reason": "Forbidden", "message": "no"}),
                403,
                "Forbidden",
                "admission webhook \"a.test\" denied the request: no",
            ),
        ];
        for (given, code, reason, message) in cases {
            let status = denial("a.test", &given);
            assert_eq!(
                (status.code(), status.reason(), status.message()),
                (code, reason, message)
            );
        }
    }
}
