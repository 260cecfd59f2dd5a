//! What simulated servers say when they start, and what they answer.

use super::catalogue::ServerKind;
use crate::apimachinery::Timestamp;
use crate::cri::LogLine;

/// The lines a server writes when it starts.
pub fn boot_lines(kind: ServerKind, image: &str, name: &str, at: Timestamp) -> Vec<LogLine> {
    let stamp = at.to_rfc3339().replace('-', "/").replace(['T', 'Z'], " ");
    let stamp = stamp.trim_end();
    let klog = at.to_klog();
    let texts: Vec<(bool, String)> = match kind {
        ServerKind::Nginx => {
            let entry = "/docker-entrypoint.sh:";
            vec![
                (
                    false,
                    format!(
                        "{entry} /docker-entrypoint.d/ is not empty, will attempt to perform configuration"
                    ),
                ),
                (
                    false,
                    format!("{entry} Looking for shell scripts in /docker-entrypoint.d/"),
                ),
                (
                    false,
                    format!("{entry} Configuration complete; ready for start up"),
                ),
                (
                    true,
                    format!("{stamp} [notice] 1#1: using the \"epoll\" event method"),
                ),
                (
                    true,
                    format!("{stamp} [notice] 1#1: nginx/{}", version(image, "1.29.0")),
                ),
                (
                    true,
                    format!("{stamp} [notice] 1#1: start worker processes"),
                ),
            ]
        }
        ServerKind::Httpd => {
            let when = at.utc().format("%a %b %d %H:%M:%S%.6f %Y").to_string();
            vec![
                (
                    true,
                    format!(
                        "[{when}] [mpm_event:notice] [pid 1:tid 1] AH00489: Apache/{} (Unix) configured -- resuming normal operations",
                        version(image, "2.4.65")
                    ),
                ),
                (
                    true,
                    format!(
                        "[{when}] [core:notice] [pid 1:tid 1] AH00094: Command line: 'httpd -D FOREGROUND'"
                    ),
                ),
            ]
        }
        ServerKind::Redis => {
            let when = at.utc().format("%d %b %Y %H:%M:%S%.3f").to_string();
            vec![
                (
                    false,
                    format!("1:C {when} * oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo"),
                ),
                (false, format!("1:M {when} * Server initialized")),
                (
                    false,
                    format!("1:M {when} * Ready to accept connections tcp"),
                ),
            ]
        }
        ServerKind::Database => vec![(true, format!("{stamp} {name}: ready for connections"))],
        ServerKind::Pause => Vec::new(),
        ServerKind::Echo => vec![(false, format!("{stamp} Server started"))],
        ServerKind::ControlPlane => vec![(
            true,
            format!(
                "I{klog}       1 {name}.go] \"Starting\" component=\"{name}\" version=\"v1.36.2\""
            ),
        )],
        ServerKind::CoreDns => vec![
            (false, ".:53".to_owned()),
            (false, format!("CoreDNS-{}", version(image, "1.13.1"))),
            (false, "linux/amd64".to_owned()),
        ],
        ServerKind::KubeProxy => vec![(
            true,
            format!("I{klog}       1 server_linux.go] \"Using iptables proxy\""),
        )],
        ServerKind::Generic => vec![(
            false,
            format!(
                "[kubarium] The image {image} is not in the simulated registry. This container is a stand-in: a server that answers HTTP 200 on its declared ports."
            ),
        )],
    };
    texts
        .into_iter()
        .map(|(stderr, text)| LogLine {
            time: at,
            stderr,
            text,
            complete: true,
        })
        .collect()
}

/// The version that an image's tag says, or another one.
pub fn version(image: &str, fallback: &str) -> String {
    let tag = image
        .rsplit(':')
        .next()
        .unwrap_or_default()
        .split('-')
        .next()
        .unwrap_or_default();
    let tag = tag.trim_start_matches('v');
    match tag.matches('.').count() {
        2 => tag.to_owned(),
        1 if tag.bytes().all(|b| b.is_ascii_digit() || b == b'.') => format!("{tag}.0"),
        _ => fallback.to_owned(),
    }
}

/// What a server answers to a GET: status and body; `None` where it does not speak HTTP.
pub fn http_get(
    kind: ServerKind,
    path: &str,
    hostname: &str,
    files: &dyn Fn(&str) -> Option<String>,
) -> Option<(u16, String)> {
    let path = path.split('?').next().unwrap_or_default();
    match kind {
        ServerKind::Nginx | ServerKind::Httpd => {
            let root = if kind == ServerKind::Nginx {
                "/usr/share/nginx/html"
            } else {
                "/usr/local/apache2/htdocs"
            };
            let file = if path.ends_with('/') {
                format!("{root}{path}index.html")
            } else {
                format!("{root}{path}")
            };
            match files(&file) {
                Some(text) => Some((200, text)),
                None if path == "/" || path == "/index.html" => {
                    Some((200, welcome(kind).to_owned()))
                }
                None => Some((
                    404,
                    "<html><head><title>404 Not Found</title></head></html>\n".to_owned(),
                )),
            }
        }
        ServerKind::Echo => Some((200, format!("Hostname: {hostname}\n"))),
        ServerKind::Generic | ServerKind::ControlPlane | ServerKind::KubeProxy => {
            Some((200, "ok\n".to_owned()))
        }
        ServerKind::CoreDns => Some((200, "OK".to_owned())),
        ServerKind::Redis | ServerKind::Database | ServerKind::Pause => None,
    }
}

/// The page that a web server shows before anybody gives it another.
pub fn welcome(kind: ServerKind) -> &'static str {
    match kind {
        ServerKind::Nginx => {
            "<!DOCTYPE html>\n<html>\n<head><title>Welcome to nginx!</title></head>\n<body><h1>Welcome to nginx!</h1></body>\n</html>\n"
        }
        _ => "<html><body><h1>It works!</h1></body></html>\n",
    }
}
