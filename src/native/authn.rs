//! Who sends a request: client certificates, a file of static tokens, tokens of service accounts, nobody
//! (`pkg/kubeapiserver/authenticator`).

use crate::apimachinery::http::UserInfo;
use anyhow::{Context, bail};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, RootCertStore, SignatureScheme};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

const AUTHENTICATED: &str = "system:authenticated";

/// What authentication made of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sender {
    /// A known user, or `system:anonymous`.
    User(UserInfo),
    /// Whoever this token of a service account stands for, which the cluster knows.
    Token(String),
    /// Credentials that are not valid, or none where some are needed.
    Unauthorized,
}

/// Takes any client certificate whose key the client holds, so that one of another authority gets an answer (401) in place
/// of a broken connection. [`Authenticator::certificate_user`] checks whose it is.
#[derive(Debug)]
pub struct AnyCertificate(Arc<dyn ClientCertVerifier>);

impl AnyCertificate {
    /// A verifier that names `ca` as the authority it wants.
    ///
    /// # Errors
    /// Where `ca` is no certificate.
    pub fn new(ca: CertificateDer<'static>) -> anyhow::Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(ca)?;
        Ok(Self(
            WebPkiClientVerifier::builder(Arc::new(roots)).build()?,
        ))
    }
}

impl ClientCertVerifier for AnyCertificate {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.0.root_hint_subjects()
    }
    fn client_auth_mandatory(&self) -> bool {
        false
    }
    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12_signature(message, certificate, signed)
    }
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13_signature(message, certificate, signed)
    }
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

/// Tells who sends a request.
pub struct Authenticator {
    verifier: Arc<dyn ClientCertVerifier>,
    tokens: BTreeMap<String, UserInfo>,
    anonymous: bool,
}

impl Authenticator {
    /// One that trusts certificates of `ca` and the given static tokens.
    ///
    /// # Errors
    /// Where `ca` is no certificate.
    pub fn new(
        ca: CertificateDer<'static>,
        tokens: BTreeMap<String, UserInfo>,
        anonymous: bool,
    ) -> anyhow::Result<Self> {
        let verifier = AnyCertificate::new(ca)?.0;
        Ok(Self {
            verifier,
            tokens,
            anonymous,
        })
    }

    /// Whom a client certificate names: the common name is the user, organizations are the groups. None where it is no valid
    /// one of this cluster's authority.
    pub fn certificate_user(&self, chain: &[CertificateDer<'_>]) -> Option<UserInfo> {
        let (leaf, rest) = chain.split_first()?;
        self.verifier
            .verify_client_cert(leaf, rest, UnixTime::now())
            .ok()?;
        let (_, certificate) = x509_parser::parse_x509_certificate(leaf).ok()?;
        let subject = certificate.subject();
        // Of several, the last one counts, as in Go.
        let name = subject.iter_common_name().last()?;
        let name = name.as_str().ok()?.to_owned();
        let mut groups: Vec<String> = subject
            .iter_organization()
            .filter_map(|o| o.as_str().ok().map(str::to_owned))
            .collect();
        groups.push(AUTHENTICATED.to_owned());
        let digest: String = Sha256::digest(leaf)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let credential = "authentication.kubernetes.io/credential-id".to_owned();
        (!name.is_empty()).then_some(UserInfo {
            name,
            groups,
            extra: vec![(credential, vec![format!("X509SHA256={digest}")])],
            ..UserInfo::default()
        })
    }

    /// Who sends a request on a connection whose certificate (if there was one) named `certificate`: the inner none is a
    /// certificate that is not valid.
    pub fn sender(&self, certificate: &Option<Option<UserInfo>>, headers: &HeaderMap) -> Sender {
        match certificate {
            Some(Some(user)) => return Sender::User(user.clone()),
            Some(None) => return Sender::Unauthorized,
            None => {}
        }
        let header = headers.get(AUTHORIZATION).and_then(|v| v.to_str().ok());
        let bearer = header.and_then(|h| {
            let (scheme, token) = h.trim().split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        });
        match bearer.filter(|t| !t.is_empty()) {
            Some(token) => match self.tokens.get(token) {
                Some(user) => Sender::User(user.clone()),
                None => Sender::Token(token.to_owned()),
            },
            None if self.anonymous => Sender::User(UserInfo::new(
                "system:anonymous",
                &["system:unauthenticated"],
            )),
            None => Sender::Unauthorized,
        }
    }
}

/// Reads a file of static tokens: `token,user,uid[,"group1,group2"]`, one a line (`--token-auth-file`).
///
/// # Errors
/// Where the file cannot be read, or a line has too few columns.
pub fn read_tokens(path: &Path) -> anyhow::Result<BTreeMap<String, UserInfo>> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the token file {}", path.display()))?;
    let mut tokens = BTreeMap::new();
    for (number, line) in text
        .lines()
        .enumerate()
        .filter(|(_, l)| !l.trim().is_empty())
    {
        let columns = csv_columns(line);
        let [token, name, uid, rest @ ..] = columns.as_slice() else {
            bail!(
                "{}:{}: a token's line has at least three columns (token, user name, user uid), this one has {}",
                path.display(),
                number + 1,
                columns.len()
            );
        };
        if token.is_empty() {
            bail!("{}:{}: the token is empty", path.display(), number + 1);
        }
        let groups = rest.first().map_or("", String::as_str);
        let groups = groups.split(',').filter(|g| !g.is_empty());
        let groups = groups.chain([AUTHENTICATED]).map(str::to_owned).collect();
        let user = UserInfo {
            name: name.clone(),
            uid: uid.clone(),
            groups,
            extra: Vec::new(),
        };
        tokens.insert(token.clone(), user);
    }
    Ok(tokens)
}

/// The columns of a line of comma-separated values; quotes hold commas, doubled quotes stand for themselves.
fn csv_columns(line: &str) -> Vec<String> {
    let mut columns = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.trim().chars().peekable();
    while let Some(c) = chars.next() {
        let last = columns.len() - 1;
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                columns[last].push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => columns.push(String::new()),
            _ => columns[last].push(c),
        }
    }
    columns.iter().map(|c| c.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::pki;
    use rustls::pki_types::pem::PemObject;

    fn made() -> pki::Pki {
        let authority = pki::Authority::make().expect("made");
        pki::issue(&authority, &[], &[]).expect("issued")
    }

    fn der(pem: &str) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(pem.as_bytes()).expect("PEM")
    }

    #[test]
    fn certificates_of_this_authority_name_users_and_others_do_not() {
        let (ours, theirs) = (made(), made());
        let authenticator =
            Authenticator::new(der(&ours.ca), BTreeMap::new(), true).expect("a certificate");
        let admin = authenticator
            .certificate_user(&[der(&ours.admin.certificate)])
            .expect("valid");
        assert_eq!(admin.name, "kubernetes-admin");
        assert_eq!(admin.groups, ["system:masters", AUTHENTICATED]);
        assert_eq!(
            authenticator.certificate_user(&[der(&theirs.admin.certificate)]),
            None
        );
        assert_eq!(
            authenticator.certificate_user(&[der(&ours.server.certificate)]),
            None,
            "a server's certificate is for no client"
        );
    }

    #[test]
    fn tokens_and_anonymous_requests() {
        let (ca, path) = (
            der(&made().ca),
            std::env::temp_dir().join(format!("kubarium-tokens-{}", std::process::id())),
        );
        std::fs::write(&path, "s3cret,jane,42,\"dev,ops\"\nbare, bob , 43\n").expect("written");
        let tokens = read_tokens(&path).expect("read");
        std::fs::remove_file(&path).expect("removed");
        let authenticator = Authenticator::new(ca, tokens, true).expect("a certificate");
        let with = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, text.parse().expect("a header"));
            authenticator.sender(&None, &headers)
        };
        let Sender::User(jane) = with("Bearer s3cret") else {
            panic!("a static token")
        };
        assert_eq!((jane.name.as_str(), jane.uid.as_str()), ("jane", "42"));
        assert_eq!(jane.groups, ["dev", "ops", AUTHENTICATED]);
        assert!(matches!(with("bearer bare"), Sender::User(u) if u.name == "bob"));
        assert_eq!(with("Bearer other"), Sender::Token("other".to_owned()));
        assert!(matches!(
            authenticator.sender(&None, &HeaderMap::new()),
            Sender::User(u) if u.name == "system:anonymous"
        ));
        let foreign = authenticator.sender(&Some(None), &HeaderMap::new());
        assert_eq!(foreign, Sender::Unauthorized);
    }
}
