//! Which credentials a registry is shown: those of a pod's `imagePullSecrets`, matched by the image's name
//! (pkg/credentialprovider/keyring.go, config.go and secrets/secrets.go).

use crate::apimachinery::Value;
use crate::collections::SortedMap;
use crate::cri::AuthConfig;
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// What stands for Docker Hub in configurations.
const DEFAULT_REGISTRY: &str = "index.docker.io";
/// No host's name is longer.
const LONGEST_HOST: usize = 255;
/// Takes texts with and without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Credentials by the addresses for which they are good: hosts, with a port and the beginning of a path where there is one.
#[derive(Debug, Default)]
pub struct Keyring {
    of: SortedMap<String, Vec<AuthConfig>>,
}

impl Keyring {
    /// The credentials in these Secrets; those of other types have none.
    ///
    /// # Errors
    /// Where one holds something else than what its type says.
    pub fn of(secrets: &[Value]) -> Result<Self, String> {
        let mut keyring = Self::default();
        for secret in secrets {
            let (key, path) = match secret.get("type").str() {
                "kubernetes.io/dockerconfigjson" => (".dockerconfigjson", "auths"),
                "kubernetes.io/dockercfg" => (".dockercfg", ""),
                _ => continue,
            };
            let text = secret.at(&["data", key]).str();
            if text.is_empty() {
                continue;
            }
            let bytes = BASE64.decode(text).map_err(|e| e.to_string())?;
            let config = Value::from_json(&bytes).map_err(|e| e.to_string())?;
            let entries = match path {
                "" => &config,
                path => config.get(path),
            };
            for (address, entry) in entries.fields() {
                keyring.add(address, auth(entry)?);
            }
        }
        Ok(keyring)
    }

    fn add(&mut self, address: &str, auth: AuthConfig) {
        let plain = ["https://", "http://"]
            .iter()
            .find_map(|scheme| address.strip_prefix(scheme))
            .unwrap_or(address);
        let (host, path) = split(plain);
        // The versions of the protocol stand for the whole registry.
        let path = ["/v2/", "/v1/"]
            .iter()
            .find(|v| path.starts_with(**v))
            .map_or(path, |_| path.get(3..).unwrap_or_default());
        let key = match path {
            "/" => host.to_owned(),
            path => [host, path].concat(),
        };
        self.of.entry(key).or_default().push(auth);
    }

    /// The credentials for a repository by its full name (`docker.io/library/nginx`), those of longer addresses first.
    pub fn lookup(&self, repository: &str) -> Vec<AuthConfig> {
        let fitting = self.of.iter().rev();
        let found: Vec<AuthConfig> = fitting
            .filter(|(address, _)| fits(address, repository))
            .flat_map(|(_, list)| list.iter().cloned())
            .collect();
        if found.is_empty() && is_default_registry(repository) {
            return self.of.get(DEFAULT_REGISTRY).cloned().unwrap_or_default();
        }
        found
    }
}

fn auth(entry: &Value) -> Result<AuthConfig, String> {
    let encoded = entry.get("auth").str();
    if encoded.is_empty() {
        return Ok(AuthConfig {
            username: entry.get("username").str().to_owned(),
            password: entry.get("password").str().to_owned(),
        });
    }
    let bytes = BASE64.decode(encoded).map_err(|e| e.to_string())?;
    let text = String::from_utf8_lossy(&bytes);
    let (username, password) = text
        .split_once(':')
        .ok_or("unable to parse auth field, must be formatted as base64(username:password)")?;
    Ok(AuthConfig {
        username: username.to_owned(),
        password: password.to_owned(),
    })
}

/// Host and path of an address without a scheme.
fn split(address: &str) -> (&str, &str) {
    address.split_at(address.find('/').unwrap_or(address.len()))
}

/// Whether an address, whose host may have `*` and `?` between its dots, is one for that repository.
fn fits(address: &str, repository: &str) -> bool {
    let ((pattern, prefix), (host, path)) = (split(address), split(repository));
    if pattern.len().max(host.len()) > LONGEST_HOST {
        return false;
    }
    let port = |host: &str| host.rsplit_once(':').map(|(_, port)| port.to_owned());
    let labels = |host: &str| -> Vec<String> {
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        name.split('.').map(str::to_owned).collect()
    };
    let (patterns, names) = (labels(pattern), labels(host));
    port(pattern) == port(host)
        && patterns.len() == names.len()
        && path.starts_with(prefix)
        && patterns.iter().zip(&names).all(|(p, n)| matches(p, n))
}

/// Whether a word fits a pattern of `*` and `?`. Of several stars only the last one is tried anew, so that no pattern takes long.
fn matches(pattern: &str, word: &str) -> bool {
    let (pattern, word): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), word.chars().collect());
    let (mut p, mut w) = (0, 0);
    // What follows the last star, and where in the word that was tried.
    let mut star: Option<(usize, usize)> = None;
    while let Some(c) = word.get(w) {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p + 1, w));
                p += 1;
            }
            Some(q) if *q == '?' || q == c => {
                p += 1;
                w += 1;
            }
            _ => match star {
                Some((after, tried)) => {
                    star = Some((after, tried + 1));
                    p = after;
                    w = tried + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

fn is_default_registry(repository: &str) -> bool {
    let (host, path) = split(repository);
    path.is_empty() || ["docker.io", DEFAULT_REGISTRY].contains(&host) || !host.contains(['.', ':'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    fn keyring(config: &str) -> Result<Keyring, String> {
        let data = BASE64.encode(config);
        let secret =
            tree!({"type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": data}});
        Keyring::of(&[secret])
    }

    #[test]
    fn credentials_are_found_by_address() {
        for (address, repository, wanted) in [
            ("registry.example", "registry.example/a/b", true),
            ("registry.example", "registry.example:5000/a", false),
            ("registry.example:5000", "registry.example:5000/a", true),
            ("https://registry.example/v2/", "registry.example/a", true),
            (
                "http://registry.example/v1/team",
                "registry.example/team/a",
                true,
            ),
            ("registry.example/team", "registry.example/team/a", true),
            ("registry.example/team", "registry.example/other", false),
            ("*.example", "registry.example/a", true),
            ("*.example", "eu.registry.example/a", false),
            ("reg*.exa?ple", "registry.example/a", true),
            (
                "https://index.docker.io/v1/",
                "docker.io/library/nginx",
                true,
            ),
            ("https://index.docker.io/v1/", "quay.io/nginx", false),
            ("docker.io", "docker.io/me/app", true),
            ("docker.io/me", "docker.io/you/app", false),
        ] {
            let config = format!(r#"{{"auths": {{"{address}": {{"auth": "bWU6YTpi"}}}}}}"#);
            let found = keyring(&config).expect("fine").lookup(repository);
            let me = AuthConfig {
                username: "me".into(),
                password: "a:b".into(),
            };
            let all = if wanted { vec![me] } else { Vec::new() };
            assert_eq!(found, all, "{address} {repository}");
        }
    }

    #[test]
    fn patterns_take_no_time() {
        for (pattern, word, wanted) in [
            ("", "", true),
            ("*", "", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("?*", "", false),
            ("**a", "ba", true),
            ("*ab", "aab", true),
        ] {
            assert_eq!(matches(pattern, word), wanted, "{pattern} {word}");
        }
        let word = "a".repeat(250);
        assert!(!matches(&"*a".repeat(120), &[&word, "b"].concat()));
        assert!(!fits(&"*".repeat(256), "registry/a"));
    }

    #[test]
    fn longer_addresses_come_first_and_old_files_are_read() {
        let both = r#"{"auths": {"r.example": {"username": "all", "password": "1"}, "r.example/a": {"username": "a", "password": "2"}}}"#;
        let found = keyring(both).expect("fine").lookup("r.example/a/b");
        let names: Vec<&str> = found.iter().map(|a| a.username.as_str()).collect();
        assert_eq!(names, ["a", "all"]);
        let data = BASE64.encode(r#"{"r.example": {"username": "old", "password": "3"}}"#);
        let old = tree!({"type": "kubernetes.io/dockercfg", "data": {".dockercfg": data}});
        let other = tree!({"type": "Opaque", "data": {".dockercfg": "eA=="}});
        let found = Keyring::of(&[other, old])
            .expect("fine")
            .lookup("r.example/x");
        assert_eq!(found[0].username, "old");
        assert!(
            !format!("{found:?}").contains('3'),
            "passwords are not shown"
        );
    }

    #[test]
    fn what_is_no_configuration_is_told() {
        assert!(keyring("{").is_err());
        let why = keyring(r#"{"auths": {"r": {"auth": "bWU="}}}"#).expect_err("no password");
        assert!(why.contains("must be formatted as base64(username:password)"));
    }
}
