//! Signs certificates for those whose requests were approved, with the cluster's own authority.

use super::pki::Authority;
use crate::api::certificates::{CertificateSigner, Subject};
use crate::apimachinery::Timestamp;
use rcgen::{
    CertificateSigningRequestParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::pki_types::CertificateSigningRequestDer;
use rustls::pki_types::pem::PemObject;
use std::time::{Duration, UNIX_EPOCH};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer;

/// Clocks of other machines may be behind; certificates that are valid for less than a working day are not backdated at their end.
const BACKDATED: Duration = Duration::from_secs(300);
const SHORT: Duration = Duration::from_secs(8 * 3_600);

/// Signs with the authority.
#[derive(Debug)]
pub struct Signer(pub Authority);

impl CertificateSigner for Signer {
    fn subject(&self, request: &str) -> Result<Subject, String> {
        let der = CertificateSigningRequestDer::from_pem_slice(request.as_bytes())
            .map_err(|_| "PEM block type must be CERTIFICATE REQUEST".to_owned())?;
        let (_, read) = X509CertificationRequest::from_der(&der).map_err(|why| why.to_string())?;
        let info = &read.certification_request_info;
        let text = |found: &x509_parser::x509::AttributeTypeAndValue<'_>| {
            found.as_str().unwrap_or_default().to_owned()
        };
        let mut subject = Subject {
            common_name: info
                .subject
                .iter_common_name()
                .map(text)
                .last()
                .unwrap_or_default(),
            organizations: info.subject.iter_organization().map(text).collect(),
            ..Subject::default()
        };
        for extension in read.requested_extensions().into_iter().flatten() {
            let ParsedExtension::SubjectAlternativeName(names) = extension else {
                continue;
            };
            for name in &names.general_names {
                match name {
                    GeneralName::DNSName(_) => subject.dns_names += 1,
                    GeneralName::IPAddress(_) => subject.ip_addresses += 1,
                    GeneralName::RFC822Name(_) => subject.email_addresses += 1,
                    _ => subject.uris += 1,
                }
            }
        }
        Ok(subject)
    }

    fn sign(
        &self,
        request: &str,
        usages: &[&str],
        now: Timestamp,
        lasts: Duration,
    ) -> Result<String, String> {
        if self.subject(request)?.organizations.len() > 1 {
            return Err("subjects with several organizations are not supported".to_owned());
        }
        let mut asked =
            CertificateSigningRequestParams::from_pem(request).map_err(|why| why.to_string())?;
        let params = &mut asked.params;
        let now = UNIX_EPOCH + Duration::from_micros(u64::try_from(now.0).unwrap_or_default());
        let begins = now - BACKDATED;
        let ends = if lasts < SHORT { now } else { begins } + lasts;
        (params.not_before, params.not_after) = (begins.into(), ends.into());
        params.is_ca = IsCa::ExplicitNoCa;
        (params.key_usages, params.extended_key_usages) = (Vec::new(), Vec::new());
        for usage in usages {
            match (key_usage(usage), extended_key_usage(usage)) {
                (Some(usage), _) => params.key_usages.push(usage),
                (_, Some(usage)) => params.extended_key_usages.push(usage),
                _ => return Err(format!("unrecognized usage values: [{usage:?}]")),
            }
        }
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::from_pem(&self.0.0.key).map_err(|why| why.to_string())?;
        let issuer = Issuer::new(super::pki::authority_params(), key);
        let signed = asked.signed_by(&issuer).map_err(|why| why.to_string())?;
        Ok(signed.pem())
    }
}

fn key_usage(usage: &str) -> Option<KeyUsagePurpose> {
    Some(match usage {
        "signing" | "digital signature" => KeyUsagePurpose::DigitalSignature,
        "content commitment" => KeyUsagePurpose::ContentCommitment,
        "key encipherment" => KeyUsagePurpose::KeyEncipherment,
        "key agreement" => KeyUsagePurpose::KeyAgreement,
        "data encipherment" => KeyUsagePurpose::DataEncipherment,
        "cert sign" => KeyUsagePurpose::KeyCertSign,
        "crl sign" => KeyUsagePurpose::CrlSign,
        "encipher only" => KeyUsagePurpose::EncipherOnly,
        "decipher only" => KeyUsagePurpose::DecipherOnly,
        _ => return None,
    })
}

fn extended_key_usage(usage: &str) -> Option<ExtendedKeyUsagePurpose> {
    let other = |last: &[u64]| ExtendedKeyUsagePurpose::Other(last.to_vec());
    Some(match usage {
        "any" => ExtendedKeyUsagePurpose::Any,
        "server auth" => ExtendedKeyUsagePurpose::ServerAuth,
        "client auth" => ExtendedKeyUsagePurpose::ClientAuth,
        "code signing" => ExtendedKeyUsagePurpose::CodeSigning,
        "email protection" | "s/mime" => ExtendedKeyUsagePurpose::EmailProtection,
        "timestamping" => ExtendedKeyUsagePurpose::TimeStamping,
        "ocsp signing" => ExtendedKeyUsagePurpose::OcspSigning,
        "ipsec end system" => other(&[1, 3, 6, 1, 5, 5, 7, 3, 5]),
        "ipsec tunnel" => other(&[1, 3, 6, 1, 5, 5, 7, 3, 6]),
        "ipsec user" => other(&[1, 3, 6, 1, 5, 5, 7, 3, 7]),
        "microsoft sgc" => other(&[1, 3, 6, 1, 4, 1, 311, 10, 3, 3]),
        "netscape sgc" => other(&[2, 16, 840, 1, 113_730, 4, 1]),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, SanType};
    use x509_parser::pem::parse_x509_pem;

    #[test]
    fn a_request_becomes_a_certificate() {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        let mut name = DistinguishedName::new();
        name.push(DnType::OrganizationName, "system:nodes");
        name.push(DnType::CommonName, "system:node:worker-9");
        params.distinguished_name = name;
        params.subject_alt_names = vec![SanType::DnsName("worker-9".try_into().expect("a name"))];
        // What it asks for beyond its usages is not given.
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let request = params.serialize_request(&key).expect("a request");
        let request = request.pem().expect("text");
        let signer = Signer(Authority::make().expect("an authority"));
        let subject = signer.subject(&request).expect("a subject");
        assert_eq!(subject.common_name, "system:node:worker-9");
        assert_eq!(subject.organizations, ["system:nodes"]);
        assert_eq!((subject.dns_names, subject.ip_addresses), (1, 0));

        let now = Timestamp::from_secs(1_800_000_000);
        let lasts = Duration::from_secs(3_600);
        let usages = ["digital signature", "server auth"];
        let signed = signer.sign(&request, &usages, now, lasts).expect("signed");
        let (_, pem) = parse_x509_pem(signed.as_bytes()).expect("PEM");
        let read = pem.parse_x509().expect("a certificate");
        assert!(!read.is_ca());
        assert_eq!(read.validity().not_before.timestamp(), now.secs() - 300);
        assert_eq!(read.validity().not_after.timestamp(), now.secs() + 3_600);
        let server = read.extended_key_usage().expect("fine").expect("there");
        assert!(server.value.server_auth && !server.value.client_auth);
        let (_, ca) = parse_x509_pem(signer.0.0.certificate.as_bytes()).expect("PEM");
        let ca = ca.parse_x509().expect("the authority's");
        assert!(read.verify_signature(Some(ca.public_key())).is_ok());
        assert!(signer.sign(&request, &["nonsense"], now, lasts).is_err());
        assert!(signer.subject("nothing").is_err());
    }
}
