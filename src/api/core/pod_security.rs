//! Pod security standards: what labels of a namespace ask for, and what that forbids pods (`k8s.io/pod-security-admission`).

mod checks;

use crate::apimachinery::Value;
use std::fmt;

/// How a label's key begins that says what a namespace asks for.
pub const PREFIX: &str = "pod-security.kubernetes.io/";

/// How much is forbidden, from nothing on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing.
    Privileged,
    /// What is known to give a pod the node.
    Baseline,
    /// All that a pod can do without.
    Restricted,
}

impl Level {
    fn parse(text: &str) -> Option<Level> {
        match text {
            "privileged" => Some(Level::Privileged),
            "baseline" => Some(Level::Baseline),
            "restricted" => Some(Level::Restricted),
            _ => None,
        }
    }
}

/// A level as it was in a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standard {
    /// How much is forbidden.
    pub level: Level,
    /// The minor version of Kubernetes; `None` is the latest.
    pub minor: Option<u64>,
}

impl Standard {
    const NONE: Standard = Standard {
        level: Level::Privileged,
        minor: None,
    };

    /// What a pod does that this forbids; `annotations` and `spec` are the pod's.
    pub fn violations(self, annotations: &Value, spec: &Value) -> Vec<Violation> {
        checks::violations(self, annotations, spec)
    }
}

impl fmt::Display for Standard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.level {
            Level::Privileged => "privileged",
            Level::Baseline => "baseline",
            Level::Restricted => "restricted",
        })?;
        match self.minor {
            Some(minor) => write!(f, ":v1.{minor}"),
            None => f.write_str(":latest"),
        }
    }
}

/// Something that is forbidden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// What is wrong, in a few words.
    pub reason: String,
    /// Where, and what should stand there.
    pub detail: String,
}

/// Reasons one after the other.
pub fn reasons(violations: &[Violation]) -> String {
    let all: Vec<&str> = violations.iter().map(|v| v.reason.as_str()).collect();
    all.join(", ")
}

/// Reasons one after the other, each with its details.
pub fn details(violations: &[Violation]) -> String {
    let one = |v: &Violation| match v.detail.as_str() {
        "" => v.reason.clone(),
        detail => format!("{} ({detail})", v.reason),
    };
    let all: Vec<String> = violations.iter().map(one).collect();
    all.join(", ")
}

/// What a namespace asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Pods that violate it are refused.
    pub enforce: Standard,
    /// Violations are warned of.
    pub warn: Standard,
}

/// A label with a value that means nothing: its key, the value, and why.
pub type BadLabel = (String, String, &'static str);

/// What the labels of a namespace ask for, and which of them mean nothing.
pub fn policy(labels: &Value) -> (Policy, Vec<BadLabel>) {
    let mut bad = Vec::new();
    let text = |key: &str| labels.get(&format!("{PREFIX}{key}")).as_str();
    let mut level = |mode: &str, otherwise: Level| -> Option<(Level, bool)> {
        let value = text(mode)?;
        let known = Level::parse(value);
        if known.is_none() {
            let why = "must be one of privileged, baseline, restricted";
            bad.push((format!("{PREFIX}{mode}"), value.to_owned(), why));
        }
        Some((known.unwrap_or(otherwise), known.is_some()))
    };
    let enforce_level = level("enforce", Level::Restricted);
    level("audit", Level::Privileged);
    let warn_level = level("warn", Level::Privileged);
    let mut version = |mode: &str| -> Option<Option<u64>> {
        let key = format!("{mode}-version");
        let value = text(&key)?;
        let minor = value.strip_prefix("v1.").and_then(minor_version);
        if value != "latest" && minor.is_none() {
            let why = "must be \"latest\" or \"v1.x\"";
            bad.push((format!("{PREFIX}{key}"), value.to_owned(), why));
        }
        Some(minor)
    };
    let enforce_version = version("enforce");
    version("audit");
    let warn_version = version("warn");
    let enforce = Standard {
        level: enforce_level.map_or(Level::Privileged, |(level, _)| level),
        minor: enforce_version.flatten(),
    };
    let mut warn = Standard {
        level: warn_level.map_or(Level::Privileged, |(level, _)| level),
        minor: warn_version.flatten(),
    };
    // What is enforced is warned of, too, unless the namespace says otherwise.
    if warn_level.is_none() && enforce_level.is_some_and(|(_, known)| known) {
        warn.level = enforce.level;
        if warn_version.is_none() {
            warn.minor = enforce.minor;
        }
    }
    let policy = Policy { enforce, warn };
    (policy, bad)
}

/// The number of a minor version as it is written: digits, and no zero before them.
fn minor_version(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    if !digits || text.len() > 1 && text.starts_with('0') {
        return None;
    }
    let minor = text.parse::<i64>().ok()?;
    u64::try_from(minor).ok()
}

impl Policy {
    /// Whether it forbids nothing.
    pub fn is_privileged(&self) -> bool {
        self.enforce.level == Level::Privileged && self.warn.level == Level::Privileged
    }
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            enforce: Standard::NONE,
            warn: Standard::NONE,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::tree;

    fn found(labels: &Value, spec: &Value) -> String {
        let (policy, bad) = policy(labels);
        assert!(bad.is_empty());
        details(&policy.enforce.violations(&Value::Null, spec))
    }

    #[test]
    fn levels_forbid_what_upstream_s_do() {
        let plain = tree!({"containers": [{"name": "p", "image": "nginx"}]});
        let mut labels = tree!({});
        assert_eq!(found(&labels, &plain), "");
        labels.set("pod-security.kubernetes.io/enforce", "baseline");
        assert_eq!(found(&labels, &plain), "");
        labels.set("pod-security.kubernetes.io/enforce", "restricted");
        assert_eq!(
            found(&labels, &plain),
            "allowPrivilegeEscalation != false (container \"p\" must set securityContext.allowPrivilegeEscalation=false), \
             unrestricted capabilities (container \"p\" must set securityContext.capabilities.drop=[\"ALL\"]), \
             runAsNonRoot != true (pod or container \"p\" must set securityContext.runAsNonRoot=true), \
             seccompProfile (pod or container \"p\" must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")"
        );
        let good = tree!({
            "securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [{"name": "p", "image": "nginx", "securityContext": {
                "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}}}],
        });
        assert_eq!(found(&labels, &good), "");
    }

    #[test]
    fn the_node_s_own_is_no_baseline() {
        let labels = tree!({"pod-security.kubernetes.io/enforce": "baseline"});
        let spec = tree!({
            "hostNetwork": true, "hostPID": true,
            "volumes": [{"name": "v", "hostPath": {"path": "/"}}],
            "containers": [
                {"name": "a", "ports": [{"containerPort": 80, "hostPort": 80}]},
                {"name": "b", "securityContext": {"privileged": true, "capabilities": {"add": ["NET_ADMIN", "CHOWN"]}}},
            ],
        });
        assert_eq!(
            found(&labels, &spec),
            "non-default capabilities (container \"b\" must not include \"NET_ADMIN\" in securityContext.capabilities.add), \
             host namespaces (hostNetwork=true, hostPID=true), hostPath volumes (volume \"v\"), \
             hostPort (container \"a\" uses hostPort 80), \
             privileged (container \"b\" must not set securityContext.privileged=true)"
        );
    }

    #[test]
    fn labels_that_mean_nothing_are_told() {
        let labels = tree!({
            "pod-security.kubernetes.io/enforce": "wild",
            "pod-security.kubernetes.io/enforce-version": "v1.0x",
        });
        let (_, bad) = policy(&labels);
        let said: Vec<&str> = bad.iter().map(|(_, _, why)| *why).collect();
        assert_eq!(
            said,
            [
                "must be one of privileged, baseline, restricted",
                "must be \"latest\" or \"v1.x\""
            ]
        );
        for (version, is_good) in [
            ("v1.0", true),
            ("v1.01", false),
            ("v1.", false),
            ("v1.+5", false),
        ] {
            let labels = tree!({"pod-security.kubernetes.io/enforce-version": version});
            assert_eq!(policy(&labels).1.is_empty(), is_good, "{version}");
        }
        let labels = tree!({"pod-security.kubernetes.io/warn": "restricted", "pod-security.kubernetes.io/warn-version": "v1.20"});
        assert_eq!(policy(&labels).0.warn.to_string(), "restricted:v1.20");
    }
}
