//! Who may approve and sign certificate signing requests, and which subjects they may not have
//! (`plugin/pkg/admission/certificates`).

use super::{Attributes, Operation};
use crate::api::strict::base64_decode;
use crate::apimachinery::Value;
use crate::apimachinery::status::Status;
use crate::apimachinery::strconv::quote;
use crate::apiserver::ApiServer;
use crate::apiserver::authz::{Attributes as Asked, Decision, MASTERS};
use crate::apiserver::call::Call;
use crate::apiserver::config::Plugin;

const GROUP: &str = "certificates.k8s.io";
const CLIENT_SIGNER: &str = "kubernetes.io/kube-apiserver-client";
/// The object identifier of an organization's name: 2.5.4.10.
const ORGANIZATION: &[u8] = &[0x55, 0x04, 0x0a];
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const INTEGER: u8 = 0x02;
const OBJECT_IDENTIFIER: u8 = 0x06;

impl ApiServer {
    /// `CertificateApproval`, `CertificateSigning` and `CertificateSubjectRestriction`.
    pub(in crate::apiserver) fn check_signing(
        &mut self,
        call: &Call,
        a: &Attributes<'_>,
    ) -> Result<(), Status> {
        if !call.resource.is(GROUP, "certificatesigningrequests") {
            return Ok(());
        }
        let on = |plugin: Plugin| self.config.admission.contains(&plugin);
        let signer = a.object.at(&["spec", "signerName"]).str();
        let old = a.old.unwrap_or(&Value::Null);
        let changes = |field: &str| a.object.at(&["status", field]) != old.at(&["status", field]);
        let verb = match a.subresource {
            "" if a.operation == Operation::Create && on(Plugin::CertificateSubjectRestriction) => {
                return restrict_subject(call, a, signer);
            }
            "approval" if on(Plugin::CertificateApproval) => "approve",
            "status"
                if on(Plugin::CertificateSigning)
                    && (changes("certificate") || changes("conditions")) =>
            {
                "sign"
            }
            _ => return Ok(()),
        };
        // What was asked for stands; the sender's copy does not count.
        let signer = old.at(&["spec", "signerName"]).str();
        let domain = signer.split('/').next().unwrap_or_default();
        for name in [signer, &format!("{domain}/*")] {
            let asked = Asked {
                is_resource: true,
                verb,
                group: GROUP,
                resource: "signers",
                name,
                ..Asked::default()
            };
            let decision = self.authz.authorize(&self.storage, &call.user, &asked);
            if matches!(decision, Decision::Allow(_)) {
                return Ok(());
            }
        }
        let signer = quote(signer);
        let why = format!("user not permitted to {verb} requests with signerName {signer}");
        Err(a.forbidden(call, why))
    }
}

/// Nobody becomes an administrator by a certificate of this signer.
fn restrict_subject(call: &Call, a: &Attributes<'_>, signer: &str) -> Result<(), Status> {
    if signer != CLIENT_SIGNER {
        return Ok(());
    }
    let found = organizations(a.object.at(&["spec", "request"]).str());
    let Some(found) = found else {
        let why = "failed to parse CSR: it is no certificate signing request";
        return Err(a.forbidden(call, why));
    };
    if found.iter().any(|name| name == MASTERS.as_bytes()) {
        let why = format!("use of {signer} signer with {MASTERS} group is not allowed");
        return Err(a.forbidden(call, why));
    }
    Ok(())
}

/// The organizations of the subject of a request: base64 of PEM of DER (RFC 2986).
fn organizations(encoded: &str) -> Option<Vec<Vec<u8>>> {
    let pem = base64_decode(encoded).ok()?;
    let pem = std::str::from_utf8(&pem).ok()?;
    let (_, rest) = pem.split_once("-----BEGIN CERTIFICATE REQUEST-----")?;
    let (body, _) = rest.split_once("-----END CERTIFICATE REQUEST-----")?;
    let der = base64_decode(&body.split_whitespace().collect::<String>()).ok()?;
    let (request, _) = element(&der, SEQUENCE)?;
    let (info, _) = element(request, SEQUENCE)?;
    let (_, info) = element(info, INTEGER)?;
    let (mut subject, _) = element(info, SEQUENCE)?;
    let mut found = Vec::new();
    while !subject.is_empty() {
        let (mut set, rest) = element(subject, SET)?;
        subject = rest;
        while !set.is_empty() {
            let (attribute, rest) = element(set, SEQUENCE)?;
            set = rest;
            let (kind, value) = element(attribute, OBJECT_IDENTIFIER)?;
            let (text, _) = element(value, *value.first()?)?;
            if kind == ORGANIZATION {
                found.push(text.to_vec());
            }
        }
    }
    Some(found)
}

/// What an element of this tag holds, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = der.split_first()?;
    let (&length, mut rest) = rest.split_first()?;
    let mut size = usize::from(length);
    if length >= 0x80 {
        let bytes = usize::from(length & 0x7f);
        let (digits, after) = rest.split_at_checked(bytes).filter(|_| bytes <= 4)?;
        size = digits.iter().fold(0, |n, d| n << 8 | usize::from(*d));
        rest = after;
    }
    (found == tag).then_some(())?;
    rest.split_at_checked(size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    fn request(organization: &str) -> String {
        let key = rcgen::KeyPair::generate().expect("a key");
        let mut params = rcgen::CertificateParams::default();
        let mut name = rcgen::DistinguishedName::new();
        name.push(rcgen::DnType::OrganizationName, organization);
        name.push(rcgen::DnType::CommonName, "jane");
        params.distinguished_name = name;
        let made = params.serialize_request(&key).expect("a request");
        STANDARD.encode(made.pem().expect("text"))
    }

    #[test]
    fn organizations_are_read() {
        let of = |organization: &str| organizations(&request(organization));
        assert_eq!(of("developers"), Some(vec![b"developers".to_vec()]));
        let long = "x".repeat(300);
        assert_eq!(of(&long), Some(vec![long.into_bytes()]));
        for broken in ["", "bm90aGluZw==", &request("x")[..200]] {
            assert_eq!(organizations(broken), None, "{broken}");
        }
        assert_eq!(element(&[SEQUENCE, 0x85, 1, 1, 1, 1, 1], SEQUENCE), None);
    }
}
