//! Certificate signing requests (`pkg/apis/certificates/validation`). Signatures are not checked.

use super::common::{optional_supported, required, strings, supported};
use super::meta::{name_is_free, object_meta, object_meta_update};
use crate::api::strict::base64_decode;
use crate::apimachinery::names::{is_dns1123_label, is_dns1123_subdomain};
use crate::apimachinery::{ErrorList, FieldError, Path, Value};

const SPEC: Path = Path::new("spec");

const USAGES: &[&str] = &[
    "any",
    "cert sign",
    "client auth",
    "code signing",
    "content commitment",
    "crl sign",
    "data encipherment",
    "decipher only",
    "digital signature",
    "email protection",
    "encipher only",
    "ipsec end system",
    "ipsec tunnel",
    "ipsec user",
    "key agreement",
    "key encipherment",
    "microsoft sgc",
    "netscape sgc",
    "ocsp signing",
    "s/mime",
    "server auth",
    "signing",
    "timestamping",
];

/// A CertificateSigningRequest.
pub fn signing_request(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, false, name_is_free);
    let spec = v.get("spec");
    let request = spec.get("request").str();
    if !is_pem_request(request) {
        let text = "PEM block type must be CERTIFICATE REQUEST";
        let path = SPEC.child("request");
        e.push(match request {
            "" => FieldError::invalid(&path, &Value::Null, text),
            request => FieldError::invalid(&path, request, text),
        });
    }
    let usages = spec.get("usages");
    let path = SPEC.child("usages");
    if usages.is_empty() {
        e.push(FieldError::required(&path, ""));
    }
    for (i, usage) in usages.items().iter().enumerate() {
        supported(e, &path.index(i), usage, USAGES);
    }
    for (i, usage) in strings(usages).enumerate() {
        if strings(usages).take(i).any(|u| u == usage) {
            e.push(FieldError::duplicate(&path.index(i), usage));
        }
    }
    let signer = spec.get("signerName").str();
    let path = SPEC.child("signerName");
    match signer {
        "kubernetes.io/legacy-unknown" => e.push(FieldError::invalid(
            &path,
            signer,
            "the legacy signerName is not allowed via this API version",
        )),
        _ => signer_name(e, &path, signer),
    }
    if let Some(n) = spec.get("expirationSeconds").as_i64().filter(|n| *n < 600) {
        let text = "may not specify a duration less than 600 seconds (10 minutes)";
        e.push(FieldError::invalid(
            &SPEC.child("expirationSeconds"),
            n,
            text,
        ));
    }
    conditions(e, v.at(&["status", "conditions"]));
}

fn is_pem_request(encoded: &str) -> bool {
    let Ok(bytes) = base64_decode(encoded) else {
        return false;
    };
    let text = String::from_utf8_lossy(&bytes);
    let Some((_, rest)) = text.split_once("-----BEGIN CERTIFICATE REQUEST-----") else {
        return false;
    };
    rest.contains("-----END CERTIFICATE REQUEST-----")
}

/// The name of a signer: `domain/path`.
pub fn signer_name(e: &mut ErrorList, at: &Path, name: &str) {
    if name.is_empty() {
        return e.push(FieldError::required(at, ""));
    }
    let parts: Vec<&str> = name.split('/').collect();
    let [domain, path] = parts[..] else {
        let text =
            "must be a fully qualified domain and path of the form 'example.com/signer-name'";
        return e.push(FieldError::invalid(at, name, text));
    };
    if domain.len() > 253 {
        e.push(FieldError::too_long(at, 253));
    }
    labels_of(e, at, domain, is_dns1123_label);
    if !domain.contains('.') {
        let text = "should be a domain with at least two segments separated by dots";
        e.push(FieldError::invalid(at, domain, text));
    }
    labels_of(e, at, path, is_dns1123_subdomain);
    if name.len() > 571 {
        e.push(FieldError::too_long(at, 571));
    }
}

/// What is wrong with the first bad label.
fn labels_of(e: &mut ErrorList, at: &Path, whole: &str, check: fn(&str) -> Vec<String>) {
    for label in whole.split('.') {
        let problems = check(label);
        for problem in &problems {
            let text = format!("validating label \"{label}\": {problem}");
            e.push(FieldError::invalid(at, whole, text));
        }
        if !problems.is_empty() {
            return;
        }
    }
}

fn conditions(e: &mut ErrorList, v: &Value) {
    let path = Path::new("status.conditions");
    let (mut approved, mut denied) = (false, false);
    for (i, c) in v.items().iter().enumerate() {
        let at = path.index(i);
        required(e, &at.child("type"), c.get("type"));
        let kind = c.get("type").str();
        if required(e, &at.child("status"), c.get("status")) {
            let only_true = ["Approved", "Denied", "Failed"].contains(&kind);
            let all: &[&str] = if only_true {
                &["True"]
            } else {
                &["False", "True", "Unknown"]
            };
            optional_supported(e, &at.child("status"), c.get("status"), all);
        }
        approved |= kind == "Approved";
        denied |= kind == "Denied";
        if approved && denied && ["Approved", "Denied"].contains(&kind) {
            let text = "Approved and Denied conditions are mutually exclusive";
            e.push(FieldError::invalid(&at.child("type"), kind, text));
        }
        if v.items()[..i]
            .iter()
            .any(|o| o.get("type") == c.get("type"))
        {
            e.push(FieldError::duplicate(&at.child("type"), kind));
        }
    }
}

/// An update of a CertificateSigningRequest through `sub`: `approval`, `status` or none.
pub fn signing_request_update(e: &mut ErrorList, new: &Value, old: &Value, sub: &str) {
    signing_request(e, new);
    let path = Path::new("status.conditions");
    let of = |v: &Value, kind: &str| -> Vec<Value> {
        let all = v.at(&["status", "conditions"]).items().iter();
        all.filter(|c| c.get("type").str() == kind)
            .cloned()
            .collect()
    };
    for kind in ["Approved", "Denied", "Failed"] {
        if of(new, kind).len() < of(old, kind).len() {
            let text = format!("updates may not remove a condition of type \"{kind}\"");
            e.push(FieldError::forbidden(&path, text));
        }
    }
    for kind in ["Approved", "Denied"] {
        let (is, was) = (of(new, kind), of(old, kind));
        if sub == "approval" || is.len() < was.len() || is == was {
            continue;
        }
        let verb = if is.len() > was.len() {
            "add"
        } else {
            "modify"
        };
        let text = format!("updates may not {verb} a condition of type \"{kind}\"");
        e.push(FieldError::forbidden(&path, text));
    }
    let certificate = ["status", "certificate"];
    let was = old.at(&certificate);
    if new.at(&certificate) != was {
        let path = Path::new("status.certificate");
        if sub != "status" {
            let text = "updates may not set certificate content";
            e.push(FieldError::forbidden(&path, text));
        } else if !was.is_empty() {
            let text = "updates may not modify existing certificate content";
            e.push(FieldError::forbidden(&path, text));
        }
    }
    object_meta_update(e, new, old);
}
