//! Carries what goes on between a client and a container: `exec`, `attach` and `portforward` as the API server hands them to a
//! node.
//!
//! What travels on the stream are the messages of `v5.channel.k8s.io`, whose first byte is the channel: 0 standard input (or
//! the bytes of a forwarded connection), 1 standard output (an error, for forwarding), 2 standard error, 3 the `Status` at the
//! end, 255 the end of the channel that the second byte names. An edge that speaks WebSocket passes them on as they are:
//! what comes from the server by [`Cluster::poll_stream`], what goes there by [`Cluster::write_stream`].

use super::Cluster;
use super::traffic::Client;
use crate::apimachinery::http::StreamId;
use crate::apimachinery::{Timestamp, Value};
use crate::apiserver::{NodeCall, NodeRequest, Relay};
use crate::collections::SortedMap;
use crate::shell::net::{Answer, Exchange};
use crate::sim::framing::request_length;
use crate::sim::session::{SessionEvent, SessionInput, SessionRequest};
use crate::tree;
use std::net::Ipv4Addr;

/// The channel of the `Status` that ends a stream.
const ERROR: u8 = 3;
/// Says that another channel has ended.
const CLOSE: u8 = 255;

/// How a client begins that speaks TLS.
const TLS_HANDSHAKE: &[u8] = b"\x16\x03\x01\r\n\r\n";

/// What a stream leads to.
#[derive(Clone, Debug)]
enum Session {
    /// A session of a machine's runtime.
    Runtime(String, u64),
    /// A connection to a pod: machine, address, port, and what has come of a request.
    Connection(String, String, u16, Vec<u8>),
}

/// All open streams of that kind.
#[derive(Clone, Debug, Default)]
pub(super) struct Sessions(SortedMap<StreamId, Session>);

impl Cluster {
    /// Takes a message of a client for an open stream.
    pub fn write_stream(&mut self, stream: StreamId, message: &[u8]) {
        let Some((channel, data)) = message.split_first() else {
            return;
        };
        let now = self.now;
        match self.sessions.0.get(&stream).cloned() {
            Some(Session::Runtime(node, id)) => {
                let input = match (*channel, data) {
                    (0, data) => SessionInput::Data(data.to_vec()),
                    (CLOSE, [0]) => SessionInput::End,
                    _ => return,
                };
                if let Some(machine) = self.machines.get_mut(&node) {
                    machine.kubelet.runtime_mut().session_input(now, id, input);
                    self.wake_machine(&node);
                }
            }
            Some(Session::Connection(node, ip, port, mut waiting)) => {
                // A request may come in pieces; the end of the client's side ends it, too.
                let length = match (*channel, data) {
                    (0, data) => {
                        waiting.extend_from_slice(data);
                        request_length(&waiting)
                    }
                    (CLOSE, [0]) if !waiting.is_empty() => Some(waiting.len()),
                    _ => return,
                };
                let rest = match length {
                    Some(length) => waiting.split_off(length),
                    None => std::mem::take(&mut waiting),
                };
                let kept = Session::Connection(node.clone(), ip.clone(), port, rest);
                self.sessions.0.insert(stream, kept);
                if waiting.is_empty() {
                    return;
                }
                let exchange = Exchange {
                    id: 0,
                    ip: Ipv4Addr::LOCALHOST,
                    port,
                    udp: false,
                    data: waiting,
                };
                self.launch(Client::Forward(stream), Some(&node), &ip, exchange);
            }
            #[cfg(not(target_arch = "wasm32"))]
            None => self.remote.input(stream, message),
            #[cfg(target_arch = "wasm32")]
            None => {}
        }
    }

    /// Begins what a client asked of a node.
    pub(super) fn begin_session(&mut self, request: &NodeRequest) {
        let stream = request.stream;
        if let Some(relay) = &request.relay {
            return match request.call {
                NodeCall::Kubelet => self.ask_kubelet(request, relay),
                _ => self.hand_on(stream, relay),
            };
        }
        let Some(machine) = self.machines.get_mut(&request.node) else {
            return self.end_session(stream, &dial_error("no such host"));
        };
        let config = machine.kubelet.config();
        if machine.cut || !machine.kubelet.is_powered() {
            let why = format!(
                "dial tcp {}:10250: connect: no route to host",
                config.node_ip
            );
            return self.end_session(stream, &dial_error(&why));
        }
        let wanted = |(ns, pod, c, _): &(&str, &str, &str, &str)| {
            *ns == request.namespace
                && *pod == request.pod
                && (request.container.is_empty() || *c == request.container)
        };
        let found = machine.kubelet.running_containers().find(wanted);
        let Some(id) = found.map(|(.., id)| id.to_owned()) else {
            let why = match request.call {
                NodeCall::PortForward => format!(
                    "unable to upgrade connection: pod not found (\"{}_{}\")",
                    request.pod, request.namespace
                ),
                NodeCall::Attach => format!(
                    "Internal error occurred: unable to upgrade connection: container {0} not found in pod {1}_{2}",
                    request.container, request.pod, request.namespace
                ),
                _ => format!(
                    "unable to upgrade connection: container not found (\"{}\")",
                    request.container
                ),
            };
            return self.api.end_stream(stream, Err(why));
        };
        let now = self.now;
        let runtime = machine.kubelet.runtime_mut();
        if request.call == NodeCall::PortForward {
            let ip = runtime.sandbox_ip(&id).unwrap_or_default().to_owned();
            let port = request.param("ports").parse().unwrap_or(0);
            let session = Session::Connection(request.node.clone(), ip, port, Vec::new());
            self.sessions.0.insert(stream, session);
            return;
        }
        let words = request.query.iter().filter(|(k, _)| k == "command");
        let session = SessionRequest {
            command: match request.call {
                NodeCall::Exec => words.map(|(_, v)| v.clone()).collect(),
                _ => Vec::new(),
            },
            stdin: request.param("stdin") == "true",
            tty: request.param("tty") == "true",
        };
        match runtime.open_session(now, &id, session) {
            Ok(id) => {
                let session = Session::Runtime(request.node.clone(), id);
                self.sessions.0.insert(stream, session);
                self.wake_machine(&request.node);
            }
            Err(why) => {
                let message = format!(
                    "Internal error occurred: Internal error occurred: error executing command in container: {why}"
                );
                let status = failure("InternalError", 500, message);
                self.end_session(stream, &status);
            }
        }
    }

    /// Asks a node's kubelet itself.
    fn ask_kubelet(&mut self, request: &NodeRequest, relay: &Relay) {
        let stream = request.stream;
        let Some(machine) = self.machines.get(&request.node) else {
            let why = format!("dial tcp: lookup {}: no such host", request.node);
            return self.api.end_stream(stream, Err(why));
        };
        if machine.cut || !machine.kubelet.is_powered() {
            let why = format!(
                "dial tcp {}:{}: connect: no route to host",
                relay.ip, relay.port
            );
            return self.api.end_stream(stream, Err(why));
        }
        let path = relay.path.split('?').next().unwrap_or_default();
        let served = machine
            .kubelet
            .serve(&relay.method, path, self.now, super::metrics::of_node);
        self.api.push_stream(stream, served.to_bytes());
        self.api.end_stream(stream, Ok(()));
    }

    /// Sends a request from the API server's machine to a pod.
    fn hand_on(&mut self, stream: StreamId, relay: &Relay) {
        let mut from = self.machines.iter();
        let from = from.find(|(_, m)| m.kubelet.is_control_plane());
        let from = from.map(|(name, _)| name.clone());
        let Ok(ip) = relay.ip.parse() else {
            let why = format!("dial tcp: lookup {}: no such host", relay.ip);
            return self.api.end_stream(stream, Err(why));
        };
        let data = match relay.tls {
            false => relay.to_bytes(),
            true => TLS_HANDSHAKE.to_vec(),
        };
        let exchange = Exchange {
            id: 0,
            ip,
            port: relay.port,
            udp: false,
            data,
        };
        let client = Client::Proxy(stream, ip, relay.port, relay.tls);
        self.launch(client, from.as_deref(), "", exchange);
    }

    /// What came of such a request: the pod's answer, or why there is none (`None`: nobody said anything).
    pub(super) fn handed_on(&mut self, client: &Client, answer: Option<Answer>) {
        let Client::Proxy(stream, ip, port, tls) = *client else {
            return;
        };
        let why = match answer {
            Some(Answer::Data(data)) if !tls => {
                self.api.push_stream(stream, data);
                return self.api.end_stream(stream, Ok(()));
            }
            // No simulated server speaks TLS.
            Some(Answer::Data(_)) => "http: server gave HTTP response to HTTPS client".to_owned(),
            Some(Answer::Refused) => format!("dial tcp {ip}:{port}: connect: connection refused"),
            Some(Answer::NoRoute) => format!("dial tcp {ip}:{port}: connect: no route to host"),
            None => format!("dial tcp {ip}:{port}: i/o timeout"),
        };
        self.api.end_stream(stream, Err(why));
    }

    /// Sends on what sessions on a machine came to, and ends those whose clients have gone.
    pub(super) fn push_sessions(&mut self, node: &str) {
        if self.sessions.0.is_empty() {
            return;
        }
        let now = self.now;
        let gone: Vec<StreamId> = self
            .sessions
            .0
            .keys()
            .filter(|stream| !self.api.has_stream(**stream))
            .copied()
            .collect();
        for stream in gone {
            if let Some(Session::Runtime(node, id)) = self.sessions.0.remove(&stream)
                && let Some(machine) = self.machines.get_mut(&node)
            {
                machine.kubelet.runtime_mut().close_session(now, id);
                self.wake_machine(&node);
            }
        }
        let Some(machine) = self.machines.get_mut(node) else {
            return;
        };
        let events = machine.kubelet.runtime_mut().take_session_events();
        for (id, event) in events {
            let of = |s: &Session| matches!(s, Session::Runtime(n, i) if n == node && *i == id);
            let found = self.sessions.0.iter().find(|(_, s)| of(s));
            let Some(stream) = found.map(|(stream, _)| *stream) else {
                continue;
            };
            match event {
                SessionEvent::Output(fd, bytes) => {
                    self.api
                        .push_stream(stream, [&[fd], bytes.as_slice()].concat());
                }
                SessionEvent::End(code) => self.end_session(stream, &exit_status(code)),
            }
        }
    }

    /// A forwarded connection was answered, or not.
    pub(super) fn forwarded(&mut self, stream: StreamId, answer: Answer) {
        let Some(Session::Connection(_, _, port, _)) = self.sessions.0.remove(&stream) else {
            return;
        };
        let message = match answer {
            Answer::Data(data) => [&[0], data.as_slice()].concat(),
            Answer::Refused | Answer::NoRoute => {
                let why = format!(
                    "failed to connect to localhost:{port} inside namespace: dial tcp4 127.0.0.1:{port}: connect: connection refused"
                );
                [&[1], why.as_bytes()].concat()
            }
        };
        self.api.push_stream(stream, message);
        self.api.end_stream(stream, Ok(()));
    }

    fn end_session(&mut self, stream: StreamId, status: &Value) {
        self.sessions.0.remove(&stream);
        let message = [&[ERROR], status.to_json().as_bytes()].concat();
        self.api.push_stream(stream, message);
        self.api.end_stream(stream, Ok(()));
    }

    /// Ends what ran on a machine that is no more.
    pub(super) fn drop_sessions(&mut self, node: &str) {
        let on = |s: &Session| match s {
            Session::Runtime(n, _) | Session::Connection(n, ..) => n == node,
        };
        let lost = self.sessions.0.iter().filter(|(_, s)| on(s));
        let lost: Vec<StreamId> = lost.map(|(stream, _)| *stream).collect();
        for stream in lost {
            self.sessions.0.remove(&stream);
            let why = "error reading from error stream: websocket: close 1006 (abnormal closure): unexpected EOF";
            self.api.end_stream(stream, Err(why.to_owned()));
        }
    }

    /// Gives a machine its turn now.
    pub(super) fn wake_machine(&mut self, node: &str) {
        let now: Timestamp = self.now;
        let found = self.readers.iter().find(|(_, n)| *n == node);
        if let Some(reader) = found.map(|(reader, _)| *reader) {
            self.wake(reader, now);
        }
    }
}

fn dial_error(why: &str) -> Value {
    failure("", 500, format!("error dialing backend: {why}"))
}

fn failure(reason: &str, code: i64, message: String) -> Value {
    tree!({"metadata": {}, "status": "Failure", "message": message, "reason": reason, "code": code})
}

/// How a command's end is told (`NonZeroExitCode`).
fn exit_status(code: i32) -> Value {
    if code == 0 {
        return tree!({"metadata": {}, "status": "Success"});
    }
    let text = code.to_string();
    tree!({
        "metadata": {}, "status": "Failure", "reason": "NonZeroExitCode",
        "message": format!("command terminated with non-zero exit code: exit status {code}"),
        "details": {"causes": [{"reason": "ExitCode", "message": text}]}
    })
}
