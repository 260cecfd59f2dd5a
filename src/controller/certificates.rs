//! Approves what kubelets ask for and signs what was approved (`pkg/controller/certificates`: `approver`, `signer`, `cleaner`).
//! Reading and signing takes cryptography that the core has not: whoever runs it lends that ([`CertificateSigner`]).

use super::runner::{Action, Error, Outcome, Reconciler, Watching, Work};
use super::stores::Kind;
use crate::api::certificates::{CertificateSigner, Subject};
use crate::api::strict::base64_decode;
use crate::apimachinery::{Timestamp, Value, schema};
use crate::client::{DeleteOptions, Delta};
use crate::tree;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::sync::Arc;
use std::time::Duration;

const CLIENT: &str = "kubernetes.io/kube-apiserver-client";
const KUBELET_CLIENT: &str = "kubernetes.io/kube-apiserver-client-kubelet";
const KUBELET_SERVING: &str = "kubernetes.io/kubelet-serving";
const LEGACY: &str = "kubernetes.io/legacy-unknown";
const NODES: &str = "system:nodes";
const NODE: &str = "system:node:";
/// How long certificates are valid (`--cluster-signing-duration`), and at least.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);
const SHORTEST: Duration = Duration::from_secs(600);
/// How long requests are kept: those that were answered or failed, and those that nobody answered.
const ANSWERED: Duration = Duration::from_secs(3_600);
const PENDING: Duration = Duration::from_secs(86_400);

type Signer = Option<Arc<dyn CertificateSigner>>;

/// `csrapproving`.
#[derive(Clone)]
pub struct CertificateApprovingController {
    signer: Signer,
}

/// `csrsigning`.
#[derive(Clone)]
pub struct CertificateSigningController {
    signer: Signer,
}

/// `csrcleaner`.
#[derive(Clone, Default)]
pub struct CertificateCleanerController {}

impl CertificateApprovingController {
    /// One that does nothing without a signer.
    pub fn new(signer: Signer) -> Self {
        Self { signer }
    }
}

impl CertificateSigningController {
    /// One that does nothing without a signer.
    pub fn new(signer: Signer) -> Self {
        Self { signer }
    }
}

fn condition<'a>(request: &'a Value, kind: &str) -> Option<&'a Value> {
    let mut all = request.at(&["status", "conditions"]).items().iter();
    all.find(|c| c.get("type") == &kind)
}

fn is_issued(request: &Value) -> bool {
    !request.at(&["status", "certificate"]).is_empty()
}

/// The PEM that is asked to be signed.
fn pem_of(request: &Value) -> Result<String, Error> {
    let encoded = request.at(&["spec", "request"]).str();
    let decoded = base64_decode(encoded).ok();
    let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| unreadable(request, "PEM block type must be CERTIFICATE REQUEST"))
}

fn unreadable(request: &Value, why: &str) -> Error {
    Error::other(format!("unable to parse csr {:?}: {why}", request.name()))
}

fn usages(request: &Value) -> Vec<&str> {
    let all = request.at(&["spec", "usages"]).items().iter();
    let mut all: Vec<&str> = all.map(Value::str).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Why a request is none that the signer of this name signs (`ValidateKubeletServingCSR`, `ValidateKubeletClientCSR`,
/// `validAPIServerClientUsages`); none where it is.
fn objection(signer: &str, subject: &Subject, usages: &[&str]) -> Option<String> {
    let of_node = |auth: &str, all: &str| {
        let matched = usages == ["digital signature", "key encipherment", auth]
            || usages == [auth, "digital signature", "key encipherment"]
            || usages == ["digital signature", auth]
            || usages == [auth, "digital signature"];
        (!matched).then(|| format!("usages did not match [{all}]"))
    };
    let not_nodes = || {
        let is = subject.organizations == [NODES];
        (!is).then(|| "subject organization is not system:nodes".to_owned())
    };
    let not_node = || {
        let is = subject.common_name.starts_with(NODE);
        (!is).then(|| "subject common name does not begin with system:node:".to_owned())
    };
    let not_allowed =
        |n: usize, what: &str| (n > 0).then(|| format!("{what} subjectAltNames are not allowed"));
    match signer {
        CLIENT => {
            let known = ["client auth", "digital signature", "key encipherment"];
            let odd = usages.iter().find(|usage| !known.contains(usage));
            odd.map(|usage| format!("invalid usage for client certificate: {usage}"))
                .or_else(|| {
                    let missing = !usages.contains(&"client auth");
                    let text = "missing required usage for client certificate: client auth";
                    missing.then(|| text.to_owned())
                })
        }
        KUBELET_CLIENT => not_nodes()
            .or_else(|| not_allowed(subject.dns_names, "DNS"))
            .or_else(|| not_allowed(subject.email_addresses, "Email"))
            .or_else(|| not_allowed(subject.ip_addresses, "IP"))
            .or_else(|| not_allowed(subject.uris, "URI"))
            .or_else(not_node)
            .or_else(|| {
                of_node(
                    "client auth",
                    "client auth digital signature key encipherment",
                )
            }),
        KUBELET_SERVING => not_nodes()
            .or_else(|| {
                let none = subject.dns_names + subject.ip_addresses == 0;
                none.then(|| "DNS or IP subjectAltName is required".to_owned())
            })
            .or_else(|| not_allowed(subject.email_addresses, "Email"))
            .or_else(|| not_allowed(subject.uris, "URI"))
            .or_else(|| {
                of_node(
                    "server auth",
                    "digital signature key encipherment server auth",
                )
            })
            .or_else(not_node),
        _ => None,
    }
}

/// Queues requests that are not issued yet.
fn observe_open(delta: &Delta, watching: &mut Watching<'_>) {
    let request = delta.object();
    if !matches!(delta, Delta::Deleted(_)) && !is_issued(request) {
        watching.add(request.name());
    }
}

impl Reconciler for CertificateApprovingController {
    const NAME: &'static str = "certificatesigningrequest-approving-controller";
    const SERVICE_ACCOUNT: &'static str = "certificate-controller";
    const WATCHES: &'static [Kind] = &[Kind::CertificateSigningRequests];

    fn observe(&mut self, _kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        if self.signer.is_some() {
            observe_open(delta, watching);
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        let request = work.stores[Kind::CertificateSigningRequests].get(key);
        let (Some(request), Some(signer)) = (request.cloned(), &self.signer) else {
            return Ok(Action::AwaitChange);
        };
        let answered = ["Approved", "Denied"]
            .iter()
            .any(|kind| condition(&request, kind).is_some());
        if is_issued(&request) || answered || request.at(&["spec", "signerName"]) != &KUBELET_CLIENT
        {
            return Ok(Action::AwaitChange);
        }
        let subject = signer.subject(&pem_of(&request)?);
        let subject = subject.map_err(|why| unreadable(&request, &why))?;
        if objection(KUBELET_CLIENT, &subject, &usages(&request)).is_some() {
            return Ok(Action::AwaitChange);
        }
        let own = request.at(&["spec", "username"]) == &subject.common_name.as_str();
        let ways = [
            (
                own,
                "selfnodeclient",
                "Auto approving self kubelet client certificate after SubjectAccessReview.",
            ),
            (
                true,
                "nodeclient",
                "Auto approving kubelet client certificate after SubjectAccessReview.",
            ),
        ];
        for (_, subresource, message) in ways.iter().filter(|(fits, ..)| *fits) {
            if !is_allowed(&request, subresource, work)? {
                continue;
            }
            let mut approved = request.clone();
            let conditions = approved.at_mut(&["status", "conditions"]).items_mut();
            conditions.push(tree!({"type": "Approved", "status": "True", "reason": "AutoApproved", "message": *message}));
            let def = Kind::CertificateSigningRequests.def();
            work.cx.update_sub(def, "approval", approved)?;
            break;
        }
        Ok(Action::AwaitChange)
    }
}

/// Whether who asks may have a node's certificate without being asked further.
fn is_allowed(request: &Value, subresource: &str, work: &mut Work<'_, '_>) -> Result<bool, Error> {
    let mut review = tree!({
        "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "metadata": {},
        "spec": {"resourceAttributes": {
            "group": "certificates.k8s.io", "resource": "certificatesigningrequests", "verb": "create", "subresource": subresource,
        }},
    });
    for (to, from) in [
        ("user", "username"),
        ("uid", "uid"),
        ("groups", "groups"),
        ("extra", "extra"),
    ] {
        let value = request.at(&["spec", from]);
        if !value.is_null() {
            review.set_at(&["spec", to], value.clone());
        }
    }
    let def = schema::resource("authorization.k8s.io", "v1", "subjectaccessreviews");
    let answer = work
        .cx
        .create(def.expect("a built-in resource"), "", review)?;
    Ok(answer.at(&["status", "allowed"]).as_bool() == Some(true))
}

impl Reconciler for CertificateSigningController {
    const NAME: &'static str = "certificatesigningrequest-signing-controller";
    const SERVICE_ACCOUNT: &'static str = "certificate-controller";
    const WATCHES: &'static [Kind] = &[Kind::CertificateSigningRequests];

    fn observe(&mut self, _kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        if self.signer.is_some() && condition(delta.object(), "Approved").is_some() {
            observe_open(delta, watching);
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        let request = work.stores[Kind::CertificateSigningRequests].get(key);
        let (Some(request), Some(signer)) = (request.cloned(), &self.signer) else {
            return Ok(Action::AwaitChange);
        };
        let name = request.at(&["spec", "signerName"]).str();
        let ours = [CLIENT, KUBELET_CLIENT, KUBELET_SERVING, LEGACY].contains(&name);
        let approved = condition(&request, "Approved").is_some();
        let ended = ["Denied", "Failed"]
            .iter()
            .any(|kind| condition(&request, kind).is_some());
        if !ours || !approved || ended || is_issued(&request) {
            return Ok(Action::AwaitChange);
        }
        let pem = pem_of(&request)?;
        let subject = signer
            .subject(&pem)
            .map_err(|why| unreadable(&request, &why))?;
        let usages = usages(&request);
        let mut answered = request.clone();
        let asked = request.at(&["spec", "expirationSeconds"]).as_i64();
        let asked = asked.and_then(|seconds| u64::try_from(seconds).ok());
        let lasts = asked.map_or(LONGEST, |seconds| {
            Duration::from_secs(seconds).clamp(SHORTEST, LONGEST)
        });
        let signed = match objection(name, &subject, &usages) {
            Some(why) => Err(why),
            // What cannot be signed now cannot be later, so that it is told and not tried again.
            None => signer.sign(&pem, &usages, work.cx.now, lasts),
        };
        match signed {
            Ok(certificate) => {
                answered.set_at(&["status", "certificate"], STANDARD.encode(certificate));
            }
            Err(why) => {
                let conditions = answered.at_mut(&["status", "conditions"]).items_mut();
                conditions.push(tree!({
                    "type": "Failed", "status": "True", "reason": "SignerValidationFailure", "message": why,
                    "lastUpdateTime": work.cx.now.to_rfc3339()
                }));
            }
        }
        let def = Kind::CertificateSigningRequests.def();
        work.cx.update_status(def, answered)?;
        Ok(Action::AwaitChange)
    }
}

impl Reconciler for CertificateCleanerController {
    const NAME: &'static str = "certificatesigningrequest-cleaner-controller";
    const SERVICE_ACCOUNT: &'static str = "certificate-controller";
    const WATCHES: &'static [Kind] = &[Kind::CertificateSigningRequests];

    fn observe(&mut self, _kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        if !matches!(delta, Delta::Deleted(_)) {
            watching.add(delta.object().name());
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        let request = work.stores[Kind::CertificateSigningRequests].get(key);
        let Some(request) = request.filter(|request| !request.is_terminating()).cloned() else {
            return Ok(Action::AwaitChange);
        };
        let at = cleaned_at(&request);
        if at > work.cx.now {
            return Ok(Action::RequeueAfter(at.since(work.cx.now)));
        }
        let options = DeleteOptions {
            uid: Some(request.uid().to_owned()),
            ..DeleteOptions::default()
        };
        let def = Kind::CertificateSigningRequests.def();
        match work.cx.delete(def, "", request.name(), &options) {
            Err(error) if !error.is_not_found() => Err(error.into()),
            _ => Ok(Action::AwaitChange),
        }
    }
}

/// When a request is of no more use.
fn cleaned_at(request: &Value) -> Timestamp {
    let made = Timestamp::parse(request.meta().get("creationTimestamp").str()).unwrap_or_default();
    let ends = ["Approved", "Denied", "Failed"].iter().filter_map(|kind| {
        let told = condition(request, kind)?;
        let at = Timestamp::parse(told.get("lastUpdateTime").str()).unwrap_or(made);
        // What is approved waits for its certificate as what is pending waits for an answer.
        let keeps = *kind != "Approved" || is_issued(request);
        Some(at + if keeps { ANSWERED } else { PENDING })
    });
    ends.min().unwrap_or(made + PENDING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signers_sign_what_is_theirs() {
        let node = Subject {
            common_name: "system:node:worker-9".into(),
            organizations: vec![NODES.into()],
            ..Subject::default()
        };
        let serving = Subject {
            dns_names: 1,
            ..node.clone()
        };
        let jane = Subject {
            common_name: "jane".into(),
            ..Subject::default()
        };
        let client = ["client auth", "digital signature"];
        let server = ["digital signature", "key encipherment", "server auth"];
        for (signer, subject, usages, expected) in [
            (CLIENT, &jane, &["client auth"][..], None),
            (CLIENT, &jane, &client[..], None),
            (
                CLIENT,
                &jane,
                &["digital signature"],
                Some("missing required usage for client certificate: client auth"),
            ),
            (
                CLIENT,
                &jane,
                &server,
                Some("invalid usage for client certificate: server auth"),
            ),
            (KUBELET_CLIENT, &node, &client, None),
            (
                KUBELET_CLIENT,
                &jane,
                &client,
                Some("subject organization is not system:nodes"),
            ),
            (
                KUBELET_CLIENT,
                &serving,
                &client,
                Some("DNS subjectAltNames are not allowed"),
            ),
            (
                KUBELET_CLIENT,
                &node,
                &server,
                Some("usages did not match [client auth digital signature key encipherment]"),
            ),
            (KUBELET_SERVING, &serving, &server, None),
            (
                KUBELET_SERVING,
                &node,
                &server,
                Some("DNS or IP subjectAltName is required"),
            ),
            (LEGACY, &jane, &server, None),
        ] {
            let found = objection(signer, subject, usages);
            assert_eq!(found.as_deref(), expected, "{signer} {usages:?}");
        }
    }

    #[test]
    fn requests_are_kept_for_their_time() {
        let at = |status: Value| {
            let mut request = tree!({"metadata": {"creationTimestamp": "2026-01-01T00:00:00Z"}});
            request.set("status", status);
            cleaned_at(&request).to_rfc3339()
        };
        let told = |kind: &str| tree!({"conditions": [{"type": kind, "lastUpdateTime": "2026-01-01T02:00:00Z"}]});
        assert_eq!(at(tree!({})), "2026-01-02T00:00:00Z");
        assert_eq!(at(told("Denied")), "2026-01-01T03:00:00Z");
        assert_eq!(at(told("Approved")), "2026-01-02T02:00:00Z");
        let mut issued = told("Approved");
        issued.set("certificate", "x");
        assert_eq!(at(issued), "2026-01-01T03:00:00Z");
    }
}
