//! The cluster's own certificate authority and what it issues.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, SanType,
};
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

/// Clocks of other machines may be behind.
const BACKDATED: Duration = Duration::from_secs(3600);
const CA_VALID: Duration = Duration::from_secs(10 * 365 * 86_400);
const LEAF_VALID: Duration = Duration::from_secs(365 * 86_400);

/// A certificate with its key, both as PEM.
#[derive(Clone, Debug)]
pub struct Pair {
    /// `-----BEGIN CERTIFICATE-----` …
    pub certificate: String,
    /// `-----BEGIN PRIVATE KEY-----` …
    pub key: String,
}

/// Everything that `up` needs.
#[derive(Clone, Debug)]
pub struct Pki {
    /// The authority's certificate as PEM.
    pub ca: String,
    /// The API server's.
    pub server: Pair,
    /// The administrator's, who may do everything.
    pub admin: Pair,
    /// What kubelets on other machines know the API server by (`--kubelet-client-certificate`).
    pub kubelet_client: Pair,
}

/// Whom kubelets on other machines serve: the common name and the organization of that certificate, as kubeadm makes it.
pub const KUBELET_CLIENT: (&str, &str) =
    ("kube-apiserver-kubelet-client", "kubeadm:cluster-admins");

/// The authority as it is kept.
#[derive(Clone, Debug)]
pub struct Authority(pub Pair);

impl Authority {
    /// Makes one.
    ///
    /// # Errors
    /// Where the system has no randomness.
    pub fn make() -> anyhow::Result<Self> {
        let key = KeyPair::generate()?;
        let certificate = authority_params().self_signed(&key)?;
        Ok(Self(Pair {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        }))
    }
}

/// An authority of the front proxy's, and the certificate by which servers of other APIs know this server
/// (`--proxy-client-cert-file`): authority's certificate, and the pair.
///
/// # Errors
/// Where the system has no randomness.
pub fn front_proxy() -> anyhow::Result<(String, Pair)> {
    let mut authority = authority_params();
    authority.distinguished_name = name("front-proxy-ca", "");
    let key = KeyPair::generate()?;
    let certificate = authority.self_signed(&key)?.pem();
    let mut client = params("front-proxy-client", "", LEAF_VALID);
    client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let pair = sign(client, &Issuer::new(authority, key))?;
    Ok((certificate, pair))
}

fn sign(mut params: CertificateParams, ca: &Issuer<'_, KeyPair>) -> anyhow::Result<Pair> {
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::KeyEncipherment,
    ];
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, ca)?;
    Ok(Pair {
        certificate: certificate.pem(),
        key: key.serialize_pem(),
    })
}

/// What the authority's certificate says.
pub fn authority_params() -> CertificateParams {
    let mut params = params("kubernetes", "", CA_VALID);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::KeyEncipherment,
        KeyUsagePurpose::KeyCertSign,
    ];
    params
}

/// Issues a server certificate for these names and addresses, and the administrator's client certificate.
///
/// # Errors
/// Where the system has no randomness, the authority's key is none, or a name is none.
pub fn issue(authority: &Authority, names: &[String], addresses: &[IpAddr]) -> anyhow::Result<Pki> {
    let key = KeyPair::from_pem(&authority.0.key)?;
    // Its name and key are what certificates are issued with.
    let ca = Issuer::new(authority_params(), key);

    let mut server = self::params("kube-apiserver", "", LEAF_VALID);
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    for name in names {
        let name = name.as_str().try_into()?;
        server.subject_alt_names.push(SanType::DnsName(name));
    }
    let addresses = addresses.iter().map(|a| SanType::IpAddress(*a));
    server.subject_alt_names.extend(addresses);

    let mut admin = self::params("kubernetes-admin", "system:masters", LEAF_VALID);
    admin.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];

    let mut kubelet_client = self::params(KUBELET_CLIENT.0, KUBELET_CLIENT.1, LEAF_VALID);
    kubelet_client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];

    Ok(Pki {
        kubelet_client: sign(kubelet_client, &ca)?,
        server: sign(server, &ca)?,
        admin: sign(admin, &ca)?,
        ca: authority.0.certificate.clone(),
    })
}

fn name(common_name: &str, organization: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    if !organization.is_empty() {
        name.push(DnType::OrganizationName, organization);
    }
    name.push(DnType::CommonName, common_name);
    name
}

fn params(common_name: &str, organization: &str, valid: Duration) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = name(common_name, organization);
    let now = SystemTime::now();
    params.not_before = (now - BACKDATED).into();
    params.not_after = (now + valid).into();
    params
}
