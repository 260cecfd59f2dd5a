//! Subresources that a kubelet answers: `log`, `exec`, `attach`, `portforward`.

use super::super::ApiServer;
use super::super::admission::{Attributes, Operation};
use super::super::call::{Answer, Call};
use super::super::streams::{NodeCall, NodeRequest};
use crate::apimachinery::Value;
use crate::apimachinery::http::Body;
use crate::apimachinery::status::Status;

impl ApiServer {
    pub(super) fn read_log(&mut self, call: &Call) -> Result<Answer, Status> {
        let pod = self.stored(call)?;
        let container = log_container(pod, call.query.get("container"))?;
        let node = pod.at(&["spec", "nodeName"]).str().to_owned();
        check_log_options(call)?;
        let request = NodeRequest {
            stream: self.streams.open(call.reader),
            call: NodeCall::Log,
            node,
            namespace: pod_field(call, true),
            pod: pod_field(call, false),
            uid: self.stored(call)?.uid().to_owned(),
            container,
            query: call.query.pairs().to_vec(),
            relay: None,
        };
        let stream = request.stream;
        if request.node.is_empty() {
            // A pod without a node has no log yet: upstream answers with nothing.
            self.streams.end(stream, Ok(()));
        } else {
            self.streams.park(request);
        }
        Ok(Answer::Stream(stream))
    }

    /// `exec`, `attach` and `portforward` of a pod, for who can carry messages both ways (`cluster/sessions.rs`).
    pub(super) fn proxy_to_node(&mut self, call: &mut Call, _body: Body) -> Result<Answer, Status> {
        self.stored(call)?;
        let mut options = connection(call);
        self.admit_part(
            call,
            &mut Attributes::new(
                Operation::Connect,
                &call.info.subresource.clone(),
                &mut options,
                None,
            ),
        )?;
        let pod = self.stored(call)?;
        let sub = &call.info.subresource;
        let node_call = match sub.as_str() {
            "exec" => Some(NodeCall::Exec),
            "attach" => Some(NodeCall::Attach),
            "portforward" => Some(NodeCall::PortForward),
            _ => None,
        };
        if let Some(node_call) = node_call.filter(|_| call.upgraded) {
            let container = match node_call {
                NodeCall::PortForward => String::new(),
                _ => log_container(pod, call.query.get("container"))?,
            };
            let node = pod.at(&["spec", "nodeName"]).str().to_owned();
            if node.is_empty() {
                let name = &call.info.name;
                let why = format!("pod {name} does not have a host assigned");
                return Err(Status::bad_request(why));
            }
            if node_call == NodeCall::Exec && !call.query.has("command") {
                return Err(Status::bad_request(
                    "you must specify at least one command for the container",
                ));
            }
            let uid = pod.uid().to_owned();
            let request = NodeRequest {
                stream: self.streams.open(call.reader),
                call: node_call,
                node,
                namespace: pod_field(call, true),
                pod: pod_field(call, false),
                uid,
                container,
                query: call.query.pairs().to_vec(),
                relay: None,
            };
            let stream = request.stream;
            self.streams.park(request);
            return Ok(Answer::Stream(stream));
        }
        Err(Status::failure(
            501,
            "NotImplemented",
            format!(
                "{}/{sub} is not supported by this cluster yet",
                call.resource.def.resource
            ),
        ))
    }
}

/// The options of a connection, as admission sees them: `PodExecOptions` and their like.
pub(super) fn connection(call: &Call) -> Value {
    let part = call.resource.def.subresource(&call.info.subresource);
    let mut out = crate::tree!({"kind": part.map_or("", |p| p.kind), "apiVersion": "v1"});
    for field in ["stdin", "stdout", "stderr", "tty"] {
        if call.query.flag(field) {
            out.set(field, true);
        }
    }
    for field in ["container", "path"] {
        if call.query.has(field) {
            out.set(field, call.query.get(field));
        }
    }
    for (key, value) in call.query.pairs() {
        match key.as_str() {
            "command" => out.entry("command").push(value.as_str()),
            "ports" => out.entry("ports").push(value.parse::<i64>().unwrap_or(0)),
            _ => {}
        }
    }
    out
}

fn pod_field(call: &Call, namespace: bool) -> String {
    if namespace {
        call.info.namespace.to_string()
    } else {
        call.info.name.to_string()
    }
}

/// The container whose log is meant, in upstream's words where that is not clear (`LogLocation`).
fn log_container(pod: &Value, asked: &str) -> Result<String, Status> {
    let names = |field: &str| -> Vec<String> {
        let list = pod.at(&["spec", field]).items();
        list.iter()
            .map(|c| c.get("name").str().to_owned())
            .collect()
    };
    let (plain, init, ephemeral) = (
        names("containers"),
        names("initContainers"),
        names("ephemeralContainers"),
    );
    let name = pod.name();
    if !asked.is_empty() {
        let known = plain
            .iter()
            .chain(&init)
            .chain(&ephemeral)
            .any(|n| n == asked);
        return if known {
            Ok(asked.to_owned())
        } else {
            Err(Status::bad_request(format!(
                "container {asked} is not valid for pod {name}"
            )))
        };
    }
    if let [only] = plain.as_slice() {
        return Ok(only.clone());
    }
    let mut message = format!(
        "a container name must be specified for pod {name}, choose one of: [{}]",
        plain.join(" ")
    );
    if !init.is_empty() {
        message += &format!(" or one of the init containers: [{}]", init.join(" "));
    }
    if !ephemeral.is_empty() {
        message += &format!(
            " or one of the ephemeral containers: [{}]",
            ephemeral.join(" ")
        );
    }
    Err(Status::bad_request(message))
}

/// Whether a query holds `PodLogOptions`.
///
/// # Errors
/// 400 for what is no number, 422 for numbers that are too small.
pub(super) fn check_log_options(call: &Call) -> Result<(), Status> {
    use crate::apimachinery::status::StatusCause;
    let mut causes = Vec::new();
    let mut at_least = |field: &str, least: i64| -> Result<(), Status> {
        if let Some(n) = call.query.int(field)?.filter(|n| *n < least) {
            let text = if least == 0 {
                "must be greater than or equal to 0"
            } else {
                "must be greater than 0"
            };
            causes.push(StatusCause::new(
                "FieldValueInvalid",
                format!("Invalid value: {n}: {text}"),
                field,
            ));
        }
        Ok(())
    };
    at_least("tailLines", 0)?;
    at_least("limitBytes", 1)?;
    at_least("sinceSeconds", 1)?;
    if causes.is_empty() {
        Ok(())
    } else {
        Err(Status::invalid(
            "",
            "PodLogOptions",
            &call.info.name,
            causes,
        ))
    }
}
