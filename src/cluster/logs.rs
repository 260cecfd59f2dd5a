//! Carries requests for logs from the API server to kubelets, and what containers write back.

use super::Cluster;
use crate::apimachinery::Timestamp;
use crate::apimachinery::http::StreamId;
use crate::apiserver::{NodeCall, NodeRequest};
use crate::cri::LogLine;
use std::time::Duration;

/// A log that somebody reads.
#[derive(Clone, Debug)]
pub struct LogFollow {
    request: NodeRequest,
    next: usize,
}

impl Cluster {
    pub(super) fn carry_node_requests(&mut self) {
        for request in self.api.take_node_requests() {
            #[cfg(not(target_arch = "wasm32"))]
            let Some(request) = self.remote.keep(request) else {
                continue;
            };
            match request.call {
                NodeCall::Log => self.begin_log(request),
                _ => self.begin_session(&request),
            }
        }
    }

    fn begin_log(&mut self, request: NodeRequest) {
        let stream = request.stream;
        let Some(machine) = self.machines.get(&request.node) else {
            return self.api.end_stream(
                stream,
                Err(format!(
                    "Get \"https://{}:10250/\": no such host",
                    request.node
                )),
            );
        };
        if machine.cut || !machine.kubelet.is_powered() {
            let ip = &machine.kubelet.config().node_ip;
            let path = format!(
                "containerLogs/{}/{}/{}",
                request.namespace, request.pod, request.container
            );
            return self.api.end_stream(stream, Err(format!("Get \"https://{ip}:10250/{path}\": dial tcp {ip}:10250: connect: no route to host")));
        }
        let previous = request.param("previous") == "true";
        match machine.kubelet.container_logs(
            &request.namespace,
            &request.pod,
            &request.container,
            previous,
            0,
        ) {
            Err(why) => self.api.end_stream(stream, Err(why)),
            Ok((lines, more)) => {
                let next = lines.len();
                let text = render(select(&lines, &request, self.now), &request);
                self.push(stream, &request, text);
                if request.param("follow") == "true" && more {
                    self.logs.insert(stream, LogFollow { request, next });
                } else {
                    self.api.end_stream(stream, Ok(()));
                }
            }
        }
    }

    fn push(&mut self, stream: StreamId, request: &NodeRequest, mut text: Vec<u8>) {
        if let Ok(limit) = request.param("limitBytes").parse::<usize>() {
            text.truncate(limit);
        }
        self.api.push_stream(stream, text);
    }

    /// Sends on what followed containers have written since.
    pub(super) fn push_logs(&mut self) {
        for (stream, mut follow) in std::mem::take(&mut self.logs) {
            let r = &follow.request;
            let Some(machine) = self.machines.get(&r.node) else {
                self.api.end_stream(stream, Ok(()));
                continue;
            };
            match machine.kubelet.container_logs(
                &r.namespace,
                &r.pod,
                &r.container,
                false,
                follow.next,
            ) {
                Ok((lines, more)) => {
                    follow.next += lines.len();
                    if !lines.is_empty() {
                        let text = render(&lines, r);
                        self.api.push_stream(stream, text);
                    }
                    if more {
                        self.logs.insert(stream, follow);
                    } else {
                        self.api.end_stream(stream, Ok(()));
                    }
                }
                Err(_) => self.api.end_stream(stream, Ok(())),
            }
        }
    }
}

/// The lines asked for: since when, and how many from the end.
fn select<'a>(lines: &'a [LogLine], r: &NodeRequest, now: Timestamp) -> &'a [LogLine] {
    let since = match r.param("sinceSeconds").parse::<u64>() {
        Ok(s) => Some(now - Duration::from_secs(s)),
        Err(_) => Timestamp::parse(r.param("sinceTime")),
    };
    let from = since.map_or(0, |t| lines.partition_point(|l| l.time < t));
    let tail = r
        .param("tailLines")
        .parse::<usize>()
        .map_or(0, |n| lines.len().saturating_sub(n));
    &lines[from.max(tail)..]
}

fn render(lines: &[LogLine], r: &NodeRequest) -> Vec<u8> {
    let timestamps = r.param("timestamps") == "true";
    let mut out = String::new();
    for line in lines {
        if timestamps {
            out.push_str(
                &line
                    .time
                    .utc()
                    .to_rfc3339_opts(chrono::SecondsFormat::Nanos, true),
            );
            out.push(' ');
        }
        out.push_str(&line.text);
        if line.complete {
            out.push('\n');
        }
    }
    out.into_bytes()
}
