//! Images that the simulated registry knows, and what it says of those that cannot exist.

use crate::apimachinery::image_name::full_name;
use crate::cri::ImageUser;
use std::time::Duration;

/// What an image runs when nothing else is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A server that goes on until it is stopped.
    Server(ServerKind),
    /// A shell, which ends at once without a terminal.
    Shell,
    /// A program that prints something and ends.
    Command(&'static [&'static str]),
}

/// Which server an image runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerKind {
    /// nginx.
    Nginx,
    /// Apache.
    Httpd,
    /// Redis.
    Redis,
    /// PostgreSQL, MySQL and their kind: they listen and say so.
    Database,
    /// The pause container.
    Pause,
    /// Answers HTTP with its host name.
    Echo,
    /// A part of the control plane.
    ControlPlane,
    /// CoreDNS.
    CoreDns,
    /// kube-proxy.
    KubeProxy,
    /// Any other image: a server that says that it is a stand-in.
    Generic,
}

/// One known image.
#[derive(Debug)]
pub struct KnownImage {
    /// Repository without a tag.
    pub repository: &'static str,
    /// Compressed size in bytes.
    pub size: i64,
    /// What it runs.
    pub entry: Entry,
    /// Ports it listens on.
    pub ports: &'static [u16],
    /// Whether it has a shell and the usual programs.
    pub has_shell: bool,
}

const fn image(
    repository: &'static str,
    megabytes: i64,
    entry: Entry,
    ports: &'static [u16],
    has_shell: bool,
) -> KnownImage {
    KnownImage {
        repository,
        size: megabytes * 1_000_000,
        entry,
        ports,
        has_shell,
    }
}

use Entry::{Command, Server, Shell};
use ServerKind::{
    ControlPlane, CoreDns, Database, Echo, Generic, Httpd, KubeProxy, Nginx, Pause, Redis,
};

/// The known images.
pub static IMAGES: &[KnownImage] = &[
    image("docker.io/library/nginx", 72, Server(Nginx), &[80], true),
    image(
        "docker.io/nginxinc/nginx-unprivileged",
        72,
        Server(Nginx),
        &[8080],
        true,
    ),
    image("docker.io/library/httpd", 58, Server(Httpd), &[80], true),
    image("docker.io/library/redis", 45, Server(Redis), &[6379], true),
    image(
        "docker.io/library/memcached",
        30,
        Server(Database),
        &[11211],
        true,
    ),
    image(
        "docker.io/library/postgres",
        154,
        Server(Database),
        &[5432],
        true,
    ),
    image(
        "docker.io/library/mysql",
        233,
        Server(Database),
        &[3306],
        true,
    ),
    image(
        "docker.io/library/mariadb",
        117,
        Server(Database),
        &[3306],
        true,
    ),
    image(
        "docker.io/library/mongo",
        290,
        Server(Database),
        &[27017],
        true,
    ),
    image("docker.io/library/busybox", 2, Shell, &[], true),
    image("docker.io/library/alpine", 4, Shell, &[], true),
    image("docker.io/library/ubuntu", 30, Shell, &[], true),
    image("docker.io/library/debian", 48, Shell, &[], true),
    image("docker.io/library/centos", 83, Shell, &[], true),
    image("docker.io/library/bash", 6, Shell, &[], true),
    image("docker.io/library/python", 360, Shell, &[], true),
    image("docker.io/library/node", 390, Shell, &[], true),
    image("docker.io/library/perl", 340, Shell, &[], true),
    image(
        "docker.io/library/hello-world",
        1,
        Command(&[
            "echo",
            "Hello from Docker!\nThis message shows that your installation appears to be working correctly.",
        ]),
        &[],
        false,
    ),
    image("docker.io/curlimages/curl", 9, Shell, &[], true),
    image("docker.io/nicolaka/netshoot", 180, Shell, &[], true),
    image("docker.io/traefik/whoami", 3, Server(Echo), &[80], false),
    image(
        "docker.io/hashicorp/http-echo",
        5,
        Server(Echo),
        &[5678],
        false,
    ),
    image(
        "docker.io/kicbase/echo-server",
        5,
        Server(Echo),
        &[8080],
        false,
    ),
    image("docker.io/luksa/kubia", 250, Server(Echo), &[8080], true),
    image(
        "gcr.io/google-samples/hello-app",
        12,
        Server(Echo),
        &[8080],
        true,
    ),
    image(
        "gcr.io/google-samples/kubernetes-bootcamp",
        80,
        Server(Echo),
        &[8080],
        true,
    ),
    image(
        "gcr.io/google-samples/node-hello",
        250,
        Server(Echo),
        &[8080],
        true,
    ),
    image(
        "registry.k8s.io/echoserver",
        15,
        Server(Echo),
        &[8080],
        true,
    ),
    image(
        "registry.k8s.io/e2e-test-images/agnhost",
        52,
        Server(Echo),
        &[80],
        true,
    ),
    image(
        "registry.k8s.io/hpa-example",
        180,
        Server(Httpd),
        &[80],
        true,
    ),
    image("registry.k8s.io/busybox", 2, Shell, &[], true),
    image("registry.k8s.io/nginx-slim", 10, Server(Nginx), &[80], true),
    image("registry.k8s.io/pause", 1, Server(Pause), &[], false),
    image(
        "registry.k8s.io/etcd",
        24,
        Server(ControlPlane),
        &[2379],
        false,
    ),
    image(
        "registry.k8s.io/kube-apiserver",
        27,
        Server(ControlPlane),
        &[6443],
        false,
    ),
    image(
        "registry.k8s.io/kube-controller-manager",
        23,
        Server(ControlPlane),
        &[10257],
        false,
    ),
    image(
        "registry.k8s.io/kube-scheduler",
        17,
        Server(ControlPlane),
        &[10259],
        false,
    ),
    image(
        "registry.k8s.io/kube-proxy",
        26,
        Server(KubeProxy),
        &[10249],
        false,
    ),
    image(
        "registry.k8s.io/coredns/coredns",
        23,
        Server(CoreDns),
        &[53, 8080, 8181],
        false,
    ),
];

static UNKNOWN: KnownImage = image("", 60, Server(Generic), &[], true);

/// What is known of an image by any of its names; the generic server where nothing is.
pub fn lookup(name: &str) -> &'static KnownImage {
    let (repository, _) = split(&full_name(name));
    IMAGES
        .iter()
        .find(|i| i.repository == repository)
        .unwrap_or(&UNKNOWN)
}

/// Whether nothing is known of the image, so that a stand-in runs in its place.
pub fn is_stand_in(name: &str) -> bool {
    lookup(name).repository.is_empty()
}

/// Whom known images run as that do not run as root.
static USERS: &[(&str, &str)] = &[
    ("docker.io/curlimages/curl", "curl_user"),
    ("docker.io/hashicorp/http-echo", "65532"),
    ("docker.io/library/memcached", "memcache"),
    ("docker.io/nginxinc/nginx-unprivileged", "101"),
    ("gcr.io/google-samples/hello-app", "nonroot"),
    ("registry.k8s.io/coredns/coredns", "nonroot"),
    ("registry.k8s.io/pause", "65535"),
];

/// Whom an image runs as. One of which nothing is known counts as made to run as somebody else than root, as images are for which
/// that is asked.
pub fn user(name: &str) -> ImageUser {
    let repository = lookup(name).repository;
    if repository.is_empty() {
        return ImageUser::Id(65_532);
    }
    let known = USERS.iter().find(|(r, _)| *r == repository);
    let user = known.map_or("0", |(_, user)| user);
    user.parse()
        .map_or_else(|_| ImageUser::Name(user.to_owned()), ImageUser::Id)
}

fn split(full: &str) -> (String, String) {
    let bare = full.split('@').next().unwrap_or(full);
    let slash = bare.rfind('/').map_or(0, |i| i + 1);
    match bare[slash..].find(':') {
        Some(colon) => (
            bare[..slash + colon].to_owned(),
            bare[slash + colon + 1..].to_owned(),
        ),
        None => (bare.to_owned(), String::new()),
    }
}

/// Why an image cannot be pulled, in a runtime's words; `None` where it can.
pub fn refusal(name: &str) -> Option<(&'static str, String)> {
    let full = full_name(name);
    let (repository, tag) = split(&full);
    let prefix = format!(
        "failed to pull and unpack image \"{full}\": failed to resolve reference \"{full}\": "
    );
    if repository_cannot_exist(&repository) {
        let host = repository.split('/').next().unwrap_or_default();
        if host != "docker.io"
            && (host.ends_with(".invalid") || host.ends_with(".test") || host.contains("example."))
        {
            return Some((
                "Unknown",
                format!(
                    "{prefix}failed to do request: Head \"https://{host}/v2/\": dial tcp: lookup {host}: no such host"
                ),
            ));
        }
        let why = "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed";
        return Some(("Unknown", format!("{prefix}{why}")));
    }
    let known = IMAGES.iter().any(|i| i.repository == repository);
    if (known && !is_plausible_tag(&repository, &tag)) || says_it_is_wrong(&tag) {
        return Some(("NotFound", format!("{prefix}{full}: not found")));
    }
    None
}

const WRONG_WORDS: [&str; 14] = [
    "does-not-exist",
    "doesnotexist",
    "doesntexist",
    "not-exist",
    "notexist",
    "nonexist",
    "non-exist",
    "no-such",
    "nosuch",
    "notfound",
    "not-found",
    "invalid",
    "typo",
    "badtag",
];

fn says_it_is_wrong(part: &str) -> bool {
    WRONG_WORDS.iter().any(|w| part.contains(w))
}

fn repository_cannot_exist(repository: &str) -> bool {
    let host = repository.split('/').next().unwrap_or_default();
    if host.ends_with(".invalid")
        || host.ends_with(".test")
        || host.ends_with("example.com")
        || says_it_is_wrong(repository)
    {
        return true;
    }
    let Some(name) = repository.strip_prefix("docker.io/library/") else {
        return false;
    };
    let official = IMAGES
        .iter()
        .filter_map(|i| i.repository.strip_prefix("docker.io/library/"));
    official.clone().all(|o| o != name)
        && official
            .into_iter()
            .any(|o| o.len() >= 5 && is_slip(o, name))
}

/// Whether `b` is `a` with one letter added, left out, changed, or two neighbours swapped.
fn is_slip(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let prefix = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (ra, rb) = (&a[prefix..], &b[prefix..]);
    let swapped =
        ra.len() >= 2 && rb.len() >= 2 && ra[0] == rb[1] && ra[1] == rb[0] && ra[2..] == rb[2..];
    match (ra.len(), rb.len()) {
        (x, y) if x == y => swapped || ra.get(1..) == rb.get(1..),
        (x, y) if x == y + 1 => ra.get(1..) == Some(rb),
        (x, y) if x + 1 == y => Some(ra) == rb.get(1..),
        _ => false,
    }
}

/// Whether a tag of a known image looks like one that was ever published: words, or version numbers of the right size.
fn is_plausible_tag(repository: &str, tag: &str) -> bool {
    let number = tag
        .trim_start_matches('v')
        .split(['-', '_', '+'])
        .next()
        .unwrap_or_default();
    let parts: Vec<Option<u32>> = number.split('.').map(|p| p.parse().ok()).collect();
    if parts.first().is_none_or(Option::is_none) {
        return true;
    }
    let limits: (u32, u32) = match repository.rsplit('/').next().unwrap_or_default() {
        "nginx" => (1, 31),
        "httpd" => (2, 4),
        "redis" => (8, 10),
        "busybox" => (1, 37),
        "alpine" => (3, 24),
        "mysql" => (9, 9),
        "postgres" => (18, 30),
        _ => return true,
    };
    match (parts[0], parts.get(1).copied().flatten()) {
        (Some(major), Some(minor)) if major == limits.0 => minor <= limits.1,
        (Some(major), _) => major <= limits.0 || major >= 20000,
        _ => true,
    }
}

/// How long fetching takes: a connection, then 40 MB a second.
pub fn pull_time(size: i64) -> Duration {
    Duration::from_millis(400) + Duration::from_micros((size / 40).max(0).unsigned_abs())
}

/// The digest that stands for an image: the same name gives the same one.
pub fn digest(name: &str) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    let mut out = String::new();
    for round in 0..4u8 {
        for b in name.bytes().chain([round]) {
            hash = (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3);
        }
        out.push_str(&format!("{hash:016x}"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_that_cannot_exist_are_refused() {
        for name in [
            "nginx",
            "nginx:1.27",
            "nginx:1.29-alpine",
            "nginx:stable",
            "redis:7",
            "busybox:1.36",
            "myapp:1.0",
            "ghcr.io/me/app:2",
            "postgres:16",
            "ubuntu:24.04",
        ] {
            assert_eq!(refusal(name), None, "{name}");
        }
        for name in [
            "nginx:1.161",
            "nginx:9.9",
            "ngnix",
            "nginxx",
            "busyboxx:1",
            "nginx:doesnotexist",
            "registry.example.com/app",
            "nonexistent/image:v1",
            "redis:99",
        ] {
            assert!(refusal(name).is_some(), "{name}");
        }
        assert_eq!(user("nginx:1.27"), ImageUser::Id(0));
        assert_eq!(user("nginxinc/nginx-unprivileged"), ImageUser::Id(101));
        assert_eq!(user("memcached:1"), ImageUser::Name("memcache".into()));
        assert!(is_stand_in("myapp:1.0") && !is_stand_in("nginx:1.27"));
    }
}
