//! `kubectl apply --prune`

use super::Options;
use crate::collections::Arrange;
use crate::kubectl::cmd::common::{LAST_APPLIED, klog};
use crate::kubectl::cmd::delete::cascade;
use crate::kubectl::context::Cx;
use crate::kubectl::discovery::Mapping;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::printers::Printer;
use crate::kubectl::resource::{Helper, Info};
use crate::kubectl::rest::Call;
use crate::tree;
use http::Method;

const NAMESPACED: &[(&str, &str)] = &[
    ("v1", "ConfigMap"),
    ("v1", "Endpoints"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "Pod"),
    ("v1", "ReplicationController"),
    ("v1", "Secret"),
    ("v1", "Service"),
    ("batch/v1", "Job"),
    ("batch/v1", "CronJob"),
    ("networking.k8s.io/v1", "Ingress"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "ReplicaSet"),
    ("apps/v1", "StatefulSet"),
];
const CLUSTER_WIDE: &[(&str, &str)] = &[("v1", "Namespace"), ("v1", "PersistentVolume")];

/// Deletes what the selector finds, was applied once, and is not among the objects that were applied now.
pub async fn run(cx: &Cx, applied: &[Info], options: &Options) -> Outcome {
    let mut namespaces: Vec<String> = Vec::new();
    let (namespace, explicit) = cx.namespace()?;
    if explicit {
        namespaces.push(namespace);
    }
    for info in applied.iter().filter(|i| i.mapping.namespaced) {
        if !namespaces.contains(&info.namespace) {
            namespaces.push(info.namespace.clone());
        }
    }
    namespaces.arrange();
    let mappings = mappings(cx).await?;
    for namespace in &namespaces {
        for mapping in mappings.iter().filter(|m| m.namespaced) {
            prune(cx, mapping, namespace, applied, options).await?;
        }
    }
    for mapping in mappings.iter().filter(|m| !m.namespaced) {
        prune(cx, mapping, "", applied, options).await?;
    }
    Ok(())
}

/// Refuses an allow list with kinds that are not served.
pub async fn check(cx: &Cx) -> Outcome {
    if !cx.flags.strings("prune-allowlist").is_empty() {
        mappings(cx).await?;
    }
    Ok(())
}

async fn mappings(cx: &Cx) -> Result<Vec<Mapping>, Error> {
    let wanted = cx.flags.strings("prune-allowlist");
    if wanted.is_empty() {
        klog(
            cx,
            'W',
            "prune.go:71",
            "Deprecated: kubectl apply will no longer prune non-namespaced resources by default when used with the --namespace flag in a future release. To preserve the current behaviour, list the resources you want to target explicitly in the --prune-allowlist flag.",
        );
        return Ok(NAMESPACED
            .iter()
            .chain(CLUSTER_WIDE)
            .map(|(version, kind)| Mapping::built_in(version, kind))
            .collect());
    }
    let mut out = Vec::new();
    for text in wanted {
        let parts: Vec<&str> = text.split('/').collect();
        let [group, version, kind] = parts[..] else {
            return Err(Error::msg(format!(
                "invalid GroupVersionKind format: {text}, please follow <group/version/kind>"
            )));
        };
        let api_version = match group {
            "" | "core" => version.to_owned(),
            group => format!("{group}/{version}"),
        };
        out.push((*cx.kind(&api_version, kind).await?).clone());
    }
    Ok(out)
}

async fn prune(
    cx: &Cx,
    mapping: &Mapping,
    namespace: &str,
    applied: &[Info],
    options: &Options,
) -> Outcome {
    let call = Call::on(Method::GET, mapping, namespace, "", "")
        .query("labelSelector", cx.flags.str("selector"));
    let list = match cx.rest.send(call).await {
        Ok(list) => list,
        Err(e) if e.is_not_found() => return Ok(()),
        Err(e) => return Err(e),
    };
    for item in list.get("items").items() {
        let visited = applied.iter().any(|i| i.object.uid() == item.uid());
        if visited || item.annotation(LAST_APPLIED).is_none() {
            continue;
        }
        if !options.dry_run.is_client() {
            let body = tree!({"propagationPolicy": cascade(cx)?});
            Helper::new(cx, mapping, namespace)
                .dry_run(options.dry_run.is_server())
                .delete(item.name(), body)
                .await?;
        }
        let mut object = item.clone();
        object.set("apiVersion", mapping.api_version());
        object.set("kind", mapping.kind.as_str());
        let operation = options.dry_run.operation("pruned");
        cx.out(Printer::for_operation(cx, &operation)?.print(&object)?);
    }
    Ok(())
}
