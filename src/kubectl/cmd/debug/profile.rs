//! What a debugging profile makes of a pod and its debugging container (models upstream's `profiles.go`).

use crate::apimachinery::Value;
use crate::kubectl::context::Cx;
use crate::kubectl::error::Error;
use crate::tree;

/// How one debugs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// An ephemeral container in the pod.
    Ephemeral,
    /// A copy of the pod.
    Copy,
    /// A pod on the node.
    Node,
}

/// A profile by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// As it was at first.
    Legacy,
    /// What suits most.
    General,
    /// Without what the baseline security standard refuses.
    Baseline,
    /// Without what the restricted security standard refuses.
    Restricted,
    /// With rights over the network.
    Netadmin,
    /// With all rights.
    Sysadmin,
}

impl Profile {
    /// The one that `--profile` names.
    pub fn of(cx: &Cx) -> Result<Profile, Error> {
        Ok(match cx.flags.str("profile") {
            "legacy" => Profile::Legacy,
            "general" => Profile::General,
            "baseline" => Profile::Baseline,
            "restricted" => Profile::Restricted,
            "netadmin" => Profile::Netadmin,
            "sysadmin" => Profile::Sysadmin,
            other => return Err(Error::msg(format!("unknown profile: {other}"))),
        })
    }

    /// Changes a pod and the container of that name in it.
    pub fn apply(self, cx: &Cx, pod: &mut Value, container: &str, style: Style) {
        if style == Style::Copy {
            self.strip(cx, pod);
        }
        if let Some(c) = find(pod, container) {
            self.secure(c, style);
        }
        if style != Style::Node {
            return;
        }
        let spec = pod.entry("spec");
        if matches!(self, Profile::Legacy | Profile::General | Profile::Sysadmin) {
            let volume = tree!({"name": "host-root", "hostPath": {"path": "/"}});
            spec.entry("volumes").push(volume);
            if let Some(c) = find(pod, container) {
                c.entry("volumeMounts")
                    .push(tree!({"name": "host-root", "mountPath": "/host"}));
            }
        }
        if !matches!(self, Profile::Baseline | Profile::Restricted) {
            for field in ["hostNetwork", "hostPID", "hostIPC"] {
                pod.set_at(&["spec", field], true);
            }
        }
    }

    /// Takes from a copy what the flags do not keep.
    fn strip(self, cx: &Cx, pod: &mut Value) {
        let keep = |what: &str| cx.flags.bool(&format!("keep-{what}"));
        let legacy = self == Profile::Legacy;
        if legacy || !keep("labels") {
            pod.meta_mut().remove("labels");
        }
        if legacy {
            return;
        }
        if !keep("annotations") {
            pod.meta_mut().remove("annotations");
        }
        let spec = pod.entry("spec");
        if !keep("init-containers") {
            spec.remove("initContainers");
        }
        for c in spec.entry("containers").items_mut() {
            for what in ["liveness", "readiness", "startup"] {
                if !keep(what) {
                    c.remove(&format!("{what}Probe"));
                }
            }
        }
        if spec.get("shareProcessNamespace").is_null() {
            spec.set("shareProcessNamespace", true);
        }
    }

    fn secure(self, c: &mut Value, style: Style) {
        let mut add = |capabilities: &[&str]| {
            for capability in capabilities {
                let context = c.entry("securityContext");
                context.entry("capabilities").entry("add").push(*capability);
            }
        };
        match self {
            Profile::Legacy => {}
            Profile::General if style == Style::Node => {
                c.remove("securityContext");
            }
            Profile::General => add(&["SYS_PTRACE"]),
            Profile::Baseline => {
                c.remove("securityContext");
            }
            Profile::Restricted => c.set(
                "securityContext",
                tree!({
                    "runAsNonRoot": true,
                    "capabilities": {"drop": ["ALL"]},
                    "allowPrivilegeEscalation": false,
                    "seccompProfile": {"type": "RuntimeDefault"},
                }),
            ),
            Profile::Netadmin => add(&["NET_ADMIN", "NET_RAW"]),
            Profile::Sysadmin => c.entry("securityContext").set("privileged", true),
        }
    }
}

/// The container of that name in a pod.
fn find<'a>(pod: &'a mut Value, name: &str) -> Option<&'a mut Value> {
    let spec = pod.get("spec");
    let list = ["initContainers", "containers", "ephemeralContainers"]
        .into_iter()
        .find(|list| {
            let list = spec.get(list).items();
            list.iter().any(|c| c.get("name") == name)
        })?;
    let list = pod.entry("spec").entry(list).items_mut();
    list.iter_mut().find(|c| c.get("name") == name)
}
