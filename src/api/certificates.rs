//! What takes cryptography about certificate signing requests. The core has none: whoever runs it lends it.

use crate::apimachinery::Timestamp;
use std::time::Duration;

/// Whom a request is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// `CN`.
    pub common_name: String,
    /// `O`.
    pub organizations: Vec<String>,
    /// Alternative names: of hosts, addresses, mailboxes, and others.
    pub dns_names: usize,
    /// See [`Subject::dns_names`].
    pub ip_addresses: usize,
    /// See [`Subject::dns_names`].
    pub email_addresses: usize,
    /// See [`Subject::dns_names`].
    pub uris: usize,
}

/// Reads requests and signs certificates with the cluster's authority.
pub trait CertificateSigner: std::fmt::Debug + Send + Sync {
    /// Whom a request (PEM) is for.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    fn subject(&self, request: &str) -> Result<Subject, String>;
    /// The certificate (PEM) for a request (PEM), with these usages (as the API names them), from now on for that long.
    ///
    /// # Errors
    /// Why there is none.
    fn sign(
        &self,
        request: &str,
        usages: &[&str],
        now: Timestamp,
        lasts: Duration,
    ) -> Result<String, String>;
}
