//! What a node proves by who it is: a client certificate, asked for with a bootstrap token at first and with itself before it ends
//! (`pkg/kubelet/certificate/bootstrap`, `client-go/util/certificate`), kept where only root reads it.

use super::connection::{Asked, Connection, Server};
use super::discovery::trusting_authority;
use crate::apimachinery::{Timestamp, Value};
use crate::native::kubeconfig::write_private;
use crate::native::node::folders::{Folders, private};
use crate::tree;
use anyhow::{Context as _, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DAMAGED: &str = "the node's credentials (kubarium down removes them)";
const REQUESTS: &str = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
/// Who asks, of nodes.
pub const AGENT: &str = "kubelet/v1.36.2 (linux/amd64)";
/// How long somebody may take to sign (`TLSBootstrapTimeout` is longer, for people who approve by hand).
const SIGNING_TIME: Duration = Duration::from_secs(60);
/// How soon is looked for what was signed, twice as late each time, and how late at most.
const FIRST_LOOK: Duration = Duration::from_millis(200);
const LATEST_LOOK: Duration = Duration::from_secs(5);

/// A node's credentials.
#[derive(Clone)]
pub struct Credentials {
    /// The API server.
    pub server: Server,
    /// The node's name.
    pub node: String,
    /// The cluster's certificate authority, as PEM.
    pub ca: String,
    /// Certificate and key, as PEM.
    pub own: String,
}

fn folder(folders: &Folders) -> PathBuf {
    folders.credentials()
}

impl Credentials {
    /// Those that were kept; none where there are none.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub fn kept(folders: &Folders) -> anyhow::Result<Option<Self>> {
        let folder = folder(folders);
        let about = match fs::read_to_string(folder.join("node.json")) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e).context("the node's credentials"),
        };
        let about: serde_json::Value = serde_json::from_str(&about)?;
        let text = |key: &str| about[key].as_str().unwrap_or_default().to_owned();
        Ok(Some(Self {
            server: Server::parse(&text("server"))?,
            node: text("node"),
            ca: fs::read_to_string(folder.join("ca.crt"))?,
            own: fs::read_to_string(folder.join("kubelet-client.pem"))?,
        }))
    }

    /// Keeps them.
    ///
    /// # Errors
    /// Where they cannot be written.
    pub fn keep(&self, folders: &Folders) -> anyhow::Result<()> {
        let folder = folder(folders);
        private(&folder)?;
        write_private(&folder.join("kubelet-client.pem"), self.own.as_bytes())?;
        write_private(&folder.join("ca.crt"), self.ca.as_bytes())?;
        let server = format!("https://{}", self.server.authority());
        let about = serde_json::json!({"server": server, "node": self.node});
        // Last, since by it is known that all of them are there.
        write_private(&folder.join("node.json"), about.to_string().as_bytes())?;
        Ok(())
    }

    /// How TLS is spoken with them.
    ///
    /// # Errors
    /// Where they are damaged.
    pub fn tls(&self) -> anyhow::Result<ClientConfig> {
        trusting_authority(&self.ca, Some(&self.own)).context(DAMAGED)
    }

    /// When the certificate's time begins and ends.
    ///
    /// # Errors
    /// Where it is none.
    pub fn validity(&self) -> anyhow::Result<(SystemTime, SystemTime)> {
        let der = CertificateDer::from_pem_slice(self.own.as_bytes())?;
        let (_, read) = x509_parser::parse_x509_certificate(&der)?;
        let time = |t: i64| UNIX_EPOCH + Duration::from_secs(u64::try_from(t).unwrap_or(0));
        let times = read.validity();
        Ok((
            time(times.not_before.timestamp()),
            time(times.not_after.timestamp()),
        ))
    }

    /// Since when the certificate's time is over, where it is.
    ///
    /// # Errors
    /// Where it is none.
    pub fn expired(&self, now: SystemTime) -> anyhow::Result<Option<Timestamp>> {
        let (_, end) = self.validity().context(DAMAGED)?;
        let seconds = end.duration_since(UNIX_EPOCH)?.as_secs();
        let seconds = i64::try_from(seconds)?;
        Ok((end <= now).then(|| Timestamp::from_secs(seconds)))
    }

    /// What is to be done about a certificate whose time is over.
    pub fn join_anew(&self, since: Timestamp) -> String {
        format!(
            "the client certificate of the node {} has expired ({}): nobody renewed it, and the API server takes it no more. Join anew \
             with a new token, which `kubarium token create --print-join-command` on the control plane makes; what runs here goes on",
            self.node,
            since.to_rfc3339()
        )
    }

    /// When the certificate is to be renewed: once four fifths of its time are over (`nextRotationDeadline` draws one of the last
    /// three tenths).
    ///
    /// # Errors
    /// Where it is none.
    pub fn renewed_at(&self) -> anyhow::Result<SystemTime> {
        let (begin, end) = self.validity()?;
        let lasts = end.duration_since(begin).unwrap_or_default();
        Ok(begin + lasts.mul_f64(0.8))
    }
}

/// Asks for a certificate of a node over a connection that may ask for it, and waits until it is signed: certificate and key as PEM.
///
/// # Errors
/// Where the request is refused, or nobody approves it.
pub async fn request(connection: &Connection, node: &str) -> anyhow::Result<String> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, "system:nodes");
    name.push(DnType::CommonName, format!("system:node:{node}"));
    params.distinguished_name = name;
    let csr = params.serialize_request(&key)?.pem()?;
    let object = tree!({
        "apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest",
        "metadata": {"generateName": "node-csr-"},
        "spec": {
            "signerName": "kubernetes.io/kube-apiserver-client-kubelet",
            "usages": ["digital signature", "client auth"],
            "request": STANDARD.encode(csr),
        },
    });
    let made = connection.ask(&Asked::post(REQUESTS, &object, AGENT)).await;
    let made = made.map_err(|why| anyhow::anyhow!("a certificate cannot be asked for: {why}"))?;
    let path = format!("{REQUESTS}/{}", made.name());
    let begin = tokio::time::Instant::now();
    let mut pause = FIRST_LOOK;
    loop {
        let seen = match connection.ask(&Asked::get(&path, AGENT)).await {
            Ok(seen) => seen,
            Err(why) if why.may_pass() && begin.elapsed() <= SIGNING_TIME => Value::Null,
            Err(why) => bail!("the certificate does not come: {why}"),
        };
        if let Some(why) = refusal(&seen) {
            bail!("the certificate signing request {} was {why}", made.name());
        }
        let issued = seen.at(&["status", "certificate"]).str();
        if !issued.is_empty() {
            let certificate = String::from_utf8(STANDARD.decode(issued)?)?;
            return Ok(certificate + &key.serialize_pem());
        }
        if begin.elapsed() > SIGNING_TIME {
            bail!(
                "nobody has approved and signed the certificate signing request {} within {} s (kubectl certificate approve {0}; \
                 controllers csrapproving and csrsigning do it by themselves)",
                made.name(),
                SIGNING_TIME.as_secs()
            );
        }
        tokio::time::sleep(pause).await;
        pause = LATEST_LOOK.min(pause * 2);
    }
}

fn refusal(request: &Value) -> Option<String> {
    let conditions = request.at(&["status", "conditions"]).items().iter();
    let mut refused = conditions.filter(|c| ["Denied", "Failed"].contains(&c.get("type").str()));
    let found = refused.next()?;
    let kind = found.get("type").str().to_ascii_lowercase();
    Some(format!("{kind}: {}", found.get("message").str()))
}

/// Renews the certificate before its time is over, for as long as the agent runs.
pub async fn keep_fresh(
    mut credentials: Credentials,
    folders: Folders,
    connection: std::sync::Arc<Connection>,
) {
    const LOOK: Duration = Duration::from_secs(30);
    loop {
        tokio::time::sleep(LOOK).await;
        let due = credentials
            .renewed_at()
            .is_ok_and(|at| at <= SystemTime::now());
        if !due {
            continue;
        }
        match renew(&credentials, &folders, &connection).await {
            Ok(renewed) => {
                tracing::info!("the node has a new certificate");
                credentials = renewed;
            }
            Err(why) => match credentials.expired(SystemTime::now()) {
                Ok(Some(since)) => tracing::error!("{} ({why:#})", credentials.join_anew(since)),
                _ => tracing::warn!("the node's certificate is not renewed yet: {why:#}"),
            },
        }
    }
}

async fn renew(
    old: &Credentials,
    folders: &Folders,
    connection: &Connection,
) -> anyhow::Result<Credentials> {
    let renewed = Credentials {
        own: request(connection, &old.node).await?,
        ..old.clone()
    };
    let tls = renewed.tls()?;
    renewed.keep(folders)?;
    connection.replace(tls).await;
    Ok(renewed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::native::pki;

    #[test]
    fn credentials_are_kept_for_their_owner_and_renewed_in_time() {
        let authority = pki::Authority::make().expect("made");
        let made = pki::issue(&authority, &[], &[]).expect("issued");
        let credentials = Credentials {
            server: Server::parse("https://192.0.2.1:6443").expect("a server"),
            node: "b".into(),
            ca: made.ca.clone(),
            own: made.admin.certificate.clone() + &made.admin.key,
        };
        credentials.tls().expect("key and certificate fit");
        let folder = std::env::temp_dir().join(format!("kubarium-node-{}", std::process::id()));
        let folders = Folders {
            data: folder.clone(),
            ..Folders::new("test")
        };
        assert!(Credentials::kept(&folders).expect("readable").is_none());
        credentials.keep(&folders).expect("kept");
        let kept = Credentials::kept(&folders)
            .expect("readable")
            .expect("there");
        assert_eq!(
            (kept.own, kept.server),
            (credentials.own.clone(), credentials.server.clone())
        );
        let key = folders.credentials().join("kubelet-client.pem");
        let mode = fs::metadata(key).expect("there").permissions();
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777,
            0o600
        );
        fs::remove_dir_all(folder).expect("removed");
        let (begin, end) = credentials.validity().expect("a certificate");
        let at = credentials.renewed_at().expect("a certificate");
        assert!(begin < at && at < end);
        let expired = |now| credentials.expired(now).expect("a certificate");
        let second = Duration::from_secs(1);
        assert_eq!(expired(end - second), None);
        let since = expired(end + second).expect("expired");
        let said = credentials.join_anew(since);
        let wanted = end.duration_since(UNIX_EPOCH).expect("a time").as_secs();
        assert_eq!(since, Timestamp::from_secs(wanted as i64));
        assert!(said.contains(&since.to_rfc3339()), "{said}");
    }
}
