//! Which pods of a node may go, and making them go (models `k8s.io/kubectl/pkg/drain`).

use crate::apimachinery::{Timestamp, Value};
use crate::kubectl::cmd::common::DryRun;
use crate::kubectl::context::Cx;
use crate::kubectl::discovery::Mapping;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::printers::Printer;
use crate::kubectl::rest::Call;
use crate::tree;
use http::Method;
use std::time::Duration;

const DAEMON_SET_FATAL: &str = "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)";
const DAEMON_SET_WARNING: &str = "ignoring DaemonSet-managed Pods";
const LOCAL_STORAGE_FATAL: &str =
    "Pods with local storage (use --delete-emptydir-data to override)";
const UNMANAGED_FATAL: &str = "Pods that declare no controller (use --force to override)";
const UNMANAGED_WARNING: &str = "deleting Pods that declare no controller";
/// How long an eviction that the budget forbids waits before it is tried again.
const RETRY: Duration = Duration::from_secs(5);

/// What is to become of a pod.
#[derive(Clone, Debug, PartialEq)]
enum Verdict {
    Delete,
    Skip,
    DeleteWarning(String),
    SkipWarning(String),
    Refuse(String),
}

/// Pods that may go, after warnings were told; an error where some may not.
struct Plan {
    pods: Vec<Value>,
    warnings: String,
}

pub(super) async fn pods_of(cx: &Cx, node: &str, dry_run: DryRun) -> Outcome {
    let plan = plan(cx, node).await?;
    if !plan.warnings.is_empty() {
        cx.warn(format!("Warning: {}", plan.warnings));
    }
    if dry_run.is_client() {
        for pod in &plan.pods {
            cx.line(format!("evicting pod {} (dry run)", pod.key()));
        }
        return Ok(());
    }
    let Err(error) = remove(cx, plan.pods, dry_run).await else {
        return Ok(());
    };
    match self::plan(cx, node).await {
        Ok(pending) if !pending.pods.is_empty() => {
            cx.warn(format!(
                "There are pending pods in node \"{node}\" when an error occurred: {}",
                error.text()
            ));
            for pod in &pending.pods {
                cx.warn(format!("pod/{}", pod.name()));
            }
        }
        Ok(_) => {}
        Err(e) => cx.warn(format!(
            "Following errors occurred while getting the list of pods to delete:\n{}",
            e.text()
        )),
    }
    Err(error)
}

async fn plan(cx: &Cx, node: &str) -> Result<Plan, Error> {
    let call = Call::on(Method::GET, &Mapping::built_in("v1", "Pod"), "", "", "")
        .query("labelSelector", cx.flags.str("pod-selector"))
        .query("fieldSelector", format!("spec.nodeName={node}"));
    let list = cx.rest.send(call).await?;
    let (mut pods, mut warnings, mut refused) = (Vec::new(), Groups::default(), Groups::default());
    for pod in list.get("items").items() {
        match judge(cx, pod).await {
            Verdict::Delete => pods.push(pod.clone()),
            Verdict::Skip => {}
            Verdict::DeleteWarning(why) => {
                warnings.add(&why, pod);
                pods.push(pod.clone());
            }
            Verdict::SkipWarning(why) => warnings.add(&why, pod),
            Verdict::Refuse(why) => refused.add(&why, pod),
        }
    }
    Error::all(
        refused
            .lines()
            .into_iter()
            .map(|l| Error::msg(format!("cannot delete {l}")))
            .collect(),
    )?;
    Ok(Plan {
        pods,
        warnings: warnings.lines().join("; "),
    })
}

/// Pods by what is said of them.
#[derive(Default)]
struct Groups(Vec<(String, Vec<String>)>);

impl Groups {
    fn add(&mut self, why: &str, pod: &Value) {
        match self.0.iter_mut().find(|(w, _)| w == why) {
            Some((_, pods)) => pods.push(pod.key()),
            None => self.0.push((why.to_owned(), vec![pod.key()])),
        }
    }
    fn lines(&self) -> Vec<String> {
        self.0
            .iter()
            .map(|(why, pods)| format!("{why}: {}", pods.join(", ")))
            .collect()
    }
}

/// Runs a pod through upstream's filters in their order; the last one's warning counts.
async fn judge(cx: &Cx, pod: &Value) -> Verdict {
    let finished = matches!(pod.at(&["status", "phase"]).str(), "Succeeded" | "Failed");
    if long_deleted(cx, pod) {
        return Verdict::Skip;
    }
    if !finished {
        match daemon_set(cx, pod).await {
            Verdict::Delete => {}
            Verdict::DeleteWarning(_) => {}
            other => return other,
        }
    }
    if pod.annotation("kubernetes.io/config.mirror").is_some() {
        return Verdict::Skip;
    }
    let local = pod
        .at(&["spec", "volumes"])
        .items()
        .iter()
        .any(|v| v.has("emptyDir"));
    if local && !finished && !cx.flags.bool("delete-emptydir-data") {
        return Verdict::Refuse(LOCAL_STORAGE_FATAL.to_owned());
    }
    if finished || pod.controller_of().is_some() {
        return Verdict::Delete;
    }
    if cx.flags.bool("force") {
        return Verdict::DeleteWarning(UNMANAGED_WARNING.to_owned());
    }
    Verdict::Refuse(UNMANAGED_FATAL.to_owned())
}

async fn daemon_set(cx: &Cx, pod: &Value) -> Verdict {
    let Some(owner) = pod
        .controller_of()
        .filter(|o| o.get("kind") == "DaemonSet" && o.get("apiVersion") == "apps/v1")
    else {
        return Verdict::Delete;
    };
    let call = Call::on(
        Method::GET,
        &Mapping::built_in("apps/v1", "DaemonSet"),
        pod.namespace(),
        owner.get("name").str(),
        "",
    );
    match cx.rest.send(call).await {
        Err(e) if e.is_not_found() && cx.flags.bool("force") => Verdict::DeleteWarning(e.text()),
        Err(e) => Verdict::Refuse(e.text()),
        Ok(_) if cx.flags.bool("ignore-daemonsets") => {
            Verdict::SkipWarning(DAEMON_SET_WARNING.to_owned())
        }
        Ok(_) => Verdict::Refuse(DAEMON_SET_FATAL.to_owned()),
    }
}

fn long_deleted(cx: &Cx, pod: &Value) -> bool {
    let limit = cx.flags.int("skip-wait-for-delete-timeout");
    limit > 0
        && pod
            .deletion_timestamp()
            .is_some_and(|t| cx.io.now().secs() - t.secs() > limit)
}

/// A pod on its way out.
struct Leaving {
    pod: Value,
    /// When to ask (again) for its eviction; `None` once that was granted.
    ask_at: Option<Timestamp>,
}

async fn remove(cx: &Cx, pods: Vec<Value>, dry_run: DryRun) -> Outcome {
    let eviction = !cx.flags.bool("disable-eviction");
    let timeout = cx.flags.duration("timeout");
    let deadline = if timeout.is_zero() {
        Timestamp::MAX
    } else {
        cx.io.now() + timeout
    };
    let now = cx.io.now();
    let mut leaving: Vec<Leaving> = pods
        .into_iter()
        .map(|pod| Leaving {
            pod,
            ask_at: Some(now),
        })
        .collect();
    let mut errors = Vec::new();
    while !leaving.is_empty() {
        let mut still = Vec::new();
        for mut one in leaving {
            match step(cx, &mut one, eviction, deadline, dry_run).await {
                Ok(true) => {}
                Ok(false) => still.push(one),
                Err(e) => errors.push(e),
            }
        }
        leaving = still;
        if leaving.is_empty() {
            break;
        }
        if cx.io.now() >= deadline {
            // One whose eviction was refused is asked for once more when its time comes, and says so then.
            for one in leaving.iter().filter(|one| one.ask_at.is_none()) {
                let (name, ns) = (one.pod.name(), one.pod.namespace());
                errors.push(Error::msg(format!("error when waiting for pod \"{name}\" in namespace \"{ns}\" to terminate: global timeout reached: {}", cx.flags.str("timeout"))));
            }
            leaving.retain(|one| one.ask_at.is_some());
            if leaving.is_empty() {
                break;
            }
        }
        cx.io.sleep(Duration::from_secs(1)).await;
    }
    Error::all(errors)
}

/// Brings one pod a step further; true once it is gone.
async fn step(
    cx: &Cx,
    one: &mut Leaving,
    eviction: bool,
    deadline: Timestamp,
    dry_run: DryRun,
) -> Result<bool, Error> {
    let now = cx.io.now();
    match one.ask_at {
        Some(at) if at > now => return Ok(false),
        Some(_) => {
            if ask(cx, one, eviction, deadline, dry_run).await? {
                return Ok(true);
            }
            if one.ask_at.is_some() {
                return Ok(false);
            }
        }
        None => {}
    }
    if dry_run.is_server() {
        return Ok(true);
    }
    gone(cx, one, eviction).await
}

/// Asks for the eviction or deletion; true where the pod is gone already.
async fn ask(
    cx: &Cx,
    one: &mut Leaving,
    eviction: bool,
    deadline: Timestamp,
    dry_run: DryRun,
) -> Result<bool, Error> {
    let (name, ns) = (one.pod.name().to_owned(), one.pod.namespace().to_owned());
    let mut options = tree!({});
    if cx.flags.int("grace-period") >= 0 {
        options.set("gracePeriodSeconds", cx.flags.int("grace-period"));
    }
    if dry_run.is_server() {
        options.set("dryRun", tree!(["All"]));
    }
    let pods = Mapping::built_in("v1", "Pod");
    let call = if eviction {
        cx.line(format!("evicting pod {ns}/{name}{}", dry_run.suffix()));
        if cx.io.now() >= deadline {
            return Err(Error::msg(format!(
                "error when evicting pods/\"{name}\" -n \"{ns}\": global timeout reached: {}",
                cx.flags.str("timeout")
            )));
        }
        let mut body = tree!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": ns}});
        body.set("deleteOptions", options);
        Call::on(Method::POST, &pods, &ns, &name, "eviction").body(body)
    } else {
        options.set("apiVersion", "v1");
        options.set("kind", "DeleteOptions");
        Call::on(Method::DELETE, &pods, &ns, &name, "").body(options)
    };
    match cx.rest.send(call).await {
        Ok(_) => one.ask_at = None,
        Err(e) if e.is_not_found() => return Ok(true),
        Err(e) if eviction && e.reason() == "TooManyRequests" => {
            cx.warn(format!(
                "error when evicting pods/\"{name}\" -n \"{ns}\" (will retry after 5s): {}",
                e.text()
            ));
            one.ask_at = Some(cx.io.now() + RETRY);
        }
        Err(e) if eviction => {
            return Err(Error::msg(format!(
                "error when evicting pods/\"{name}\" -n \"{ns}\": {}",
                e.text()
            )));
        }
        Err(e) => return Err(e),
    }
    Ok(false)
}

async fn gone(cx: &Cx, one: &Leaving, eviction: bool) -> Result<bool, Error> {
    let pod = &one.pod;
    let call = Call::on(
        Method::GET,
        &Mapping::built_in("v1", "Pod"),
        pod.namespace(),
        pod.name(),
        "",
    );
    let deed = if eviction { "evicted" } else { "deleted" };
    match cx.rest.send(call).await {
        Err(e) if e.is_not_found() => {}
        Err(e) => {
            let (name, ns) = (pod.name(), pod.namespace());
            return Err(Error::msg(format!(
                "error when waiting for pod \"{name}\" in namespace \"{ns}\" to terminate: {}",
                e.text()
            )));
        }
        Ok(now) if now.uid() != pod.uid() => {}
        Ok(now) if long_deleted(cx, &now) => {
            let limit = cx.flags.int("skip-wait-for-delete-timeout");
            cx.line(format!(
                "pod \"{}\" has DeletionTimestamp older than {limit} seconds, skipping",
                pod.name()
            ));
            return Ok(true);
        }
        Ok(_) => return Ok(false),
    }
    let mut printer = Printer::Name(deed.to_owned());
    let mut object = pod.clone();
    object.set("apiVersion", "v1");
    object.set("kind", "Pod");
    cx.out(printer.print(&object)?);
    Ok(true)
}
