//! `kubectl describe` and the descriptions of every kind (models `k8s.io/kubectl/pkg/describe`).

mod access;
mod addresses;
mod autoscaler;
mod config;
pub mod containers;
mod generic;
mod network;
mod node;
mod pod;
mod storage;
mod volumes;
mod workloads;
pub mod writer;

use super::cmd::{ALL_NAMESPACES, CHUNK_SIZE, FILENAME_FLAGS, SELECTOR};
use super::command::Command;
use super::context::Cx;
use super::discovery::Mapping;
use super::error::{Error, Outcome};
use super::flags::Flag;
use super::resource::{Builder, Info, files};
use super::rest::Call;
use crate::apimachinery::Value;
use http::Method;
use writer::Writer;

/// The command.
pub static DESCRIBE: Command = Command {
    name: "describe",
    args: "(-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)",
    short: "Show details of a specific resource or group of resources",
    flags: &[FLAGS, FILENAME_FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    ALL_NAMESPACES,
    CHUNK_SIZE,
    SELECTOR,
    Flag::bool("show-events", "Whether events about the object are shown.").default("true"),
];

/// What is described, and how further objects are read for it.
pub struct Subject<'a> {
    cx: &'a Cx,
    show_events: bool,
}

impl Subject<'_> {
    fn writer(&self) -> Writer {
        Writer::new(self.cx.io.now())
    }

    async fn get(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<Value, Error> {
        let mapping = Mapping::built_in(api_version, kind);
        let call = Call::on(Method::GET, &mapping, namespace, name, "");
        self.cx.rest.send(call).await
    }

    async fn list(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        labels: &str,
    ) -> Result<Vec<Value>, Error> {
        self.list_fields(api_version, kind, namespace, labels, "")
            .await
    }

    async fn list_fields(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        labels: &str,
        fields: &str,
    ) -> Result<Vec<Value>, Error> {
        let mapping = Mapping::built_in(api_version, kind);
        let (mut items, mut token) = (Vec::new(), String::new());
        loop {
            let call = Call::on(Method::GET, &mapping, namespace, "", "")
                .query("labelSelector", labels)
                .query("fieldSelector", fields)
                .query("limit", self.cx.flags.str("chunk-size"))
                .query("continue", token);
            let list = self.cx.rest.send(call).await?;
            items.extend_from_slice(list.get("items").items());
            token = list.meta().get("continue").str().to_owned();
            if token.is_empty() {
                return Ok(items);
            }
        }
    }

    /// Events about the object; `None` where none are to be shown or they cannot be read.
    async fn events(&self, object: &Value) -> Option<Vec<Value>> {
        self.events_of(
            object.kind(),
            object.name(),
            object.namespace(),
            object.uid(),
        )
        .await
    }

    async fn events_of(
        &self,
        kind: &str,
        name: &str,
        namespace: &str,
        uid: &str,
    ) -> Option<Vec<Value>> {
        if !self.show_events {
            return None;
        }
        let mut fields = Vec::new();
        if !kind.is_empty() {
            fields.push(format!("involvedObject.kind={kind}"));
        }
        fields.push(format!("involvedObject.name={name}"));
        fields.push(format!("involvedObject.namespace={namespace}"));
        if !uid.is_empty() {
            fields.push(format!("involvedObject.uid={uid}"));
        }
        self.list_fields("v1", "Event", namespace, "", &fields.join(","))
            .await
            .ok()
    }
}

/// The description of one object, with the events about it where they are to be shown.
pub async fn describe(cx: &Cx, info: &Info, show_events: bool) -> Result<String, Error> {
    let s = Subject { cx, show_events };
    let mapping = preferred(&info.mapping);
    let call = Call::on(
        Method::GET,
        mapping.as_ref().unwrap_or(&info.mapping),
        &info.namespace,
        &info.name,
        "",
    );
    let o = &cx.rest.send(call).await?;
    match (info.mapping.group.as_str(), info.mapping.kind.as_str()) {
        ("", "Pod") => pod::pod(&s, o).await,
        ("", "ReplicationController") | ("apps", "ReplicaSet") => {
            workloads::replica_set(&s, o).await
        }
        ("apps", "Deployment") => workloads::deployment(&s, o).await,
        ("apps", "StatefulSet") => workloads::stateful_set(&s, o).await,
        ("apps", "DaemonSet") => workloads::daemon_set(&s, o).await,
        ("batch", "Job") => workloads::job(&s, o).await,
        ("batch", "CronJob") => workloads::cron_job(&s, o).await,
        ("", "Service") => network::service(&s, o).await,
        ("", "Endpoints") => network::endpoints(&s, o).await,
        ("discovery.k8s.io", "EndpointSlice") => network::endpoint_slice(&s, o).await,
        ("networking.k8s.io", "Ingress") => network::ingress(&s, o).await,
        ("networking.k8s.io", "IngressClass") => network::ingress_class(&s, o).await,
        ("networking.k8s.io", "NetworkPolicy") => network::network_policy(&s, o).await,
        ("networking.k8s.io", "ServiceCIDR") => addresses::service_cidr(&s, o).await,
        ("networking.k8s.io", "IPAddress") => addresses::ip_address(&s, o).await,
        ("", "ConfigMap") => config::config_map(&s, o).await,
        ("", "Secret") => config::secret(&s, o).await,
        ("", "ServiceAccount") => config::service_account(&s, o).await,
        ("", "Namespace") => config::namespace(&s, o).await,
        ("", "LimitRange") => config::limit_range(&s, o).await,
        ("", "ResourceQuota") => config::resource_quota(&s, o).await,
        ("scheduling.k8s.io", "PriorityClass") => config::priority_class(&s, o).await,
        ("policy", "PodDisruptionBudget") => config::pod_disruption_budget(&s, o).await,
        ("", "Node") => node::node(&s, o).await,
        ("", "PersistentVolume") => storage::persistent_volume(&s, o).await,
        ("", "PersistentVolumeClaim") => storage::persistent_volume_claim(&s, o).await,
        ("storage.k8s.io", "StorageClass") => storage::storage_class(&s, o).await,
        ("storage.k8s.io", "CSINode") => storage::csi_node(&s, o).await,
        ("autoscaling", "HorizontalPodAutoscaler") => autoscaler::autoscaler(&s, o).await,
        ("rbac.authorization.k8s.io", "Role" | "ClusterRole") => access::role(&s, o).await,
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => {
            access::binding(&s, o).await
        }
        ("certificates.k8s.io", "CertificateSigningRequest") => {
            access::signing_request(&s, o).await
        }
        _ => generic::generic(&s, o).await,
    }
}

/// Autoscalers are described in their second version, whatever the first one found.
fn preferred(mapping: &Mapping) -> Option<Mapping> {
    (mapping.kind == "HorizontalPodAutoscaler" && mapping.group == "autoscaling")
        .then(|| Mapping::built_in("autoscaling/v2", "HorizontalPodAutoscaler"))
}

async fn run(cx: &Cx) -> Outcome {
    if cx.args.is_empty() && files::none_given(cx) {
        return Err(Error::msg(
            "You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list of supported resources.\n",
        ));
    }
    let found = Builder::new(cx)?
        .all_namespaces(cx.flags.bool("all-namespaces"))
        .filenames(cx)
        .label_selector(cx.flags.str("selector"))
        .chunks(cx.flags.int("chunk-size"))
        .args(&cx.args, true)
        .continue_on_error()
        .flatten()
        .find(cx)
        .await?;
    let mut errors = found.errors;
    if let [error] = &errors[..]
        && error.is_not_found()
        && cx.args.len() == 2
        && found.infos.is_empty()
    {
        return by_prefix(cx, error.clone()).await;
    }
    let empty = found.infos.is_empty() && errors.is_empty();
    let alone = errors.is_empty() && found.infos.len() == 1;
    let show_events = cx.flags.bool("show-events") && (alone || cx.flags.changed("show-events"));
    for (i, info) in found.infos.iter().enumerate() {
        match describe(cx, info, show_events).await {
            Ok(text) if i == 0 => cx.out(text),
            Ok(text) => cx.out(format!("\n\n{text}")),
            Err(e) => errors.push(e),
        }
    }
    if empty {
        let (namespace, _) = cx.namespace()?;
        cx.warn(if cx.flags.bool("all-namespaces") {
            "No resources found".to_owned()
        } else {
            format!("No resources found in {namespace} namespace.")
        });
    }
    Error::visited(errors)
}

/// Where there is no object of the name, those whose names begin with it.
async fn by_prefix(cx: &Cx, not_found: Error) -> Outcome {
    let found = Builder::new(cx)?
        .args(&cx.args[..1], true)
        .continue_on_error()
        .flatten()
        .find(cx)
        .await?;
    let mut any = false;
    // The name that was asked for is among what is missing, so that events are shown only on demand.
    let show_events = cx.flags.bool("show-events") && cx.flags.changed("show-events");
    for info in found
        .all()?
        .iter()
        .filter(|i| i.name.starts_with(&cx.args[1]))
    {
        any = true;
        cx.line(describe(cx, info, show_events).await?);
    }
    if any { Ok(()) } else { Err(not_found) }
}
