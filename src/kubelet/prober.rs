//! Startup, liveness and readiness probes (pkg/kubelet/prober): one worker per container and kind.

use crate::api::core_v1::{Container, Probe};
use crate::apimachinery::{Timestamp, Value};
use crate::cri::{CriError, CriRequest, CriResponse, NetworkProbe, ProbeAction};
use std::time::Duration;

/// Which question a probe answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProbeKind {
    /// Has it started? Holds the others back.
    Startup,
    /// Is it alive? If not it is started again.
    Liveness,
    /// May it get requests?
    Readiness,
}

impl ProbeKind {
    /// In the words of events: `Liveness`.
    pub fn word(self) -> &'static str {
        match self {
            ProbeKind::Startup => "Startup",
            ProbeKind::Liveness => "Liveness",
            ProbeKind::Readiness => "Readiness",
        }
    }

    /// A container's probe of that kind.
    pub fn of(self, c: &Container) -> Option<&Probe> {
        let (has, probe) = match self {
            ProbeKind::Startup => (c.has_startup_probe(), c.startup_probe()),
            ProbeKind::Liveness => (c.has_liveness_probe(), c.liveness_probe()),
            ProbeKind::Readiness => (c.has_readiness_probe(), c.readiness_probe()),
        };
        has.then_some(probe)
    }
}

/// The state of one probe of one running container.
#[derive(Clone, Debug)]
pub struct ProbeWorker {
    /// Which question.
    pub kind: ProbeKind,
    /// When to ask next.
    pub next_at: Timestamp,
    /// Whether an answer is awaited.
    pub in_flight: bool,
    last_ok: Option<bool>,
    run: i64,
}

/// What an answer changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// A failure's words, for the event; `None` where the probe held.
    pub failure: Option<String>,
    /// The new state, where a threshold was reached.
    pub settled: Option<bool>,
}

impl ProbeWorker {
    /// A worker for a container that started at `started`.
    pub fn new(kind: ProbeKind, probe: &Probe, started: Timestamp) -> Self {
        let delay = probe
            .initial_delay_seconds()
            .unwrap_or(0)
            .max(0)
            .unsigned_abs();
        Self {
            kind,
            next_at: started + Duration::from_secs(delay),
            in_flight: false,
            last_ok: None,
            run: 0,
        }
    }

    /// Takes an answer in: counts it against the thresholds.
    pub fn take(&mut self, probe: &Probe, outcome: Result<(), String>, now: Timestamp) -> Verdict {
        self.in_flight = false;
        let period = probe.period_seconds().unwrap_or(10).max(1).unsigned_abs();
        self.next_at = now + Duration::from_secs(period);
        let ok = outcome.is_ok();
        self.run = if self.last_ok == Some(ok) {
            self.run + 1
        } else {
            1
        };
        self.last_ok = Some(ok);
        let threshold = if ok {
            probe.success_threshold().unwrap_or(1)
        } else {
            probe.failure_threshold().unwrap_or(3)
        };
        Verdict {
            failure: outcome.err(),
            settled: (self.run >= threshold.max(1)).then_some(ok),
        }
    }
}

fn port_of(c: &Container, port: &Value) -> Result<u16, String> {
    match port.as_i64() {
        Some(n) => u16::try_from(n).map_err(|_| format!("invalid port number: {n}")),
        None => match c
            .ports()
            .iter()
            .find(|p| p.name() == port.str())
            .and_then(|p| p.container_port())
        {
            Some(n) => u16::try_from(n).map_err(|_| format!("invalid port number: {n}")),
            None => port.str().parse().map_err(|_| {
                format!(
                    "couldn't find port {} in container {}",
                    port.str(),
                    c.name()
                )
            }),
        },
    }
}

/// The request that asks a handler's question (a probe's or a lifecycle hook's).
pub fn request(
    handler: &Value,
    c: &Container,
    sandbox: &(String, String),
    container_id: &str,
    timeout: Duration,
) -> Result<CriRequest, String> {
    let exec = handler.get("exec");
    if !exec.is_null() {
        let command = exec
            .get("command")
            .items()
            .iter()
            .map(|s| s.str().to_owned())
            .collect();
        return Ok(CriRequest::ExecSync {
            container: container_id.to_owned(),
            command,
            timeout,
        });
    }
    let http = handler.get("httpGet");
    let tcp = handler.get("tcpSocket");
    let grpc = handler.get("grpc");
    let (at, action) = if !http.is_null() {
        let headers = http
            .get("httpHeaders")
            .items()
            .iter()
            .map(|h| (h.name_of().to_owned(), h.get("value").str().to_owned()))
            .collect();
        let scheme = if http.get("scheme").str() == "HTTPS" {
            "HTTPS"
        } else {
            "HTTP"
        };
        let path = if http.get("path").str().is_empty() {
            "/"
        } else {
            http.get("path").str()
        };
        (
            http,
            ProbeAction::HttpGet {
                scheme: scheme.to_owned(),
                path: path.to_owned(),
                headers,
            },
        )
    } else if !tcp.is_null() {
        (tcp, ProbeAction::TcpSocket)
    } else if !grpc.is_null() {
        (
            grpc,
            ProbeAction::Grpc {
                service: grpc.get("service").str().to_owned(),
            },
        )
    } else {
        return Err(format!("missing probe handler for container {}", c.name()));
    };
    let host = if at.get("host").str().is_empty() {
        sandbox.1.clone()
    } else {
        at.get("host").str().to_owned()
    };
    Ok(CriRequest::Probe(NetworkProbe {
        sandbox: sandbox.0.clone(),
        host,
        port: port_of(c, at.get("port"))?,
        action,
        timeout,
    }))
}

/// What an answer of the runtime means for a probe: `Err` holds the words of the `Unhealthy` event.
pub fn outcome(
    handler: &Value,
    answer: &Result<CriResponse, CriError>,
    timeout: Duration,
) -> Result<(), String> {
    match answer {
        Ok(CriResponse::Exec { exit_code: 0, .. }) => Ok(()),
        Ok(CriResponse::Exec { output, .. }) => Err(output.clone()),
        Ok(CriResponse::Probe(Ok(a)))
            if !handler.get("httpGet").is_null() && !(200..400).contains(&a.status) =>
        {
            Err(format!("HTTP probe failed with statuscode: {}", a.status))
        }
        Ok(CriResponse::Probe(Ok(_))) => Ok(()),
        Ok(CriResponse::Probe(Err(e))) => Err(e.clone()),
        Ok(_) => Ok(()),
        Err(e) if e.code == "DeadlineExceeded" => Err(format!(
            "command timed out: {:?} timed out after {}s",
            command(handler),
            timeout.as_secs()
        )),
        Err(e) => Err(e.to_string()),
    }
}

fn command(handler: &Value) -> String {
    handler
        .at(&["exec", "command"])
        .items()
        .iter()
        .map(Value::str)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probe(json: &str) -> Probe {
        Probe::from(Value::from_json(json.as_bytes()).expect("the table is JSON"))
    }

    #[test]
    fn thresholds_are_counted_in_a_row() {
        // Answers (`+` well, `-` not) and what is settled after each (`.` nothing).
        for (given, answers, settled) in [
            ("{}", "+--+----", "+..+..--"),
            (r#"{"failureThreshold": 1}"#, "+-+", "+-+"),
            (
                r#"{"failureThreshold": 2, "successThreshold": 3}"#,
                "++-+++--+",
                ".....+.-.",
            ),
        ] {
            let p = probe(given);
            let mut worker = ProbeWorker::new(ProbeKind::Readiness, &p, Timestamp::default());
            let said: String = answers
                .chars()
                .map(|c| {
                    let answer = if c == '+' {
                        Ok(())
                    } else {
                        Err("no".to_owned())
                    };
                    match worker.take(&p, answer, Timestamp::default()).settled {
                        None => '.',
                        Some(true) => '+',
                        Some(false) => '-',
                    }
                })
                .collect();
            assert_eq!(said, settled, "{given}: {answers}");
        }
    }

    #[test]
    fn probes_are_asked_when_they_say() {
        let start = Timestamp::from_secs(1_000);
        for (given, first, period) in [
            ("{}", 0, 10),
            (r#"{"initialDelaySeconds": 5, "periodSeconds": 3}"#, 5, 3),
        ] {
            let p = probe(given);
            let mut worker = ProbeWorker::new(ProbeKind::Liveness, &p, start);
            assert_eq!(worker.next_at.since(start).as_secs(), first);
            worker.take(&p, Ok(()), start);
            assert_eq!(worker.next_at.since(start).as_secs(), period);
        }
    }

    #[test]
    fn failures_are_told_in_upstream_s_words() {
        let http = probe(r#"{"httpGet": {"path": "/", "port": 80}}"#);
        let exec = probe(r#"{"exec": {"command": ["cat", "/x"]}}"#);
        let status = |status| {
            Ok(CriResponse::Probe(Ok(crate::cri::ProbeAnswer {
                status,
                body: String::new(),
            })))
        };
        let ended = |exit_code, output: &str| {
            Ok(CriResponse::Exec {
                exit_code,
                output: output.to_owned(),
            })
        };
        let second = Duration::from_secs(1);
        assert_eq!(outcome(&http, &status(200), second), Ok(()));
        assert_eq!(outcome(&http, &status(302), second), Ok(()));
        assert_eq!(
            outcome(&http, &status(404), second),
            Err("HTTP probe failed with statuscode: 404".to_owned())
        );
        assert_eq!(outcome(&exec, &ended(0, ""), second), Ok(()));
        let missing = "cat: can't open '/x': No such file or directory\n";
        assert_eq!(
            outcome(&exec, &ended(1, missing), second),
            Err(missing.to_owned())
        );
        let late = CriError {
            code: "DeadlineExceeded",
            message: String::new(),
        };
        assert_eq!(
            outcome(&exec, &Err(late), second),
            Err("command timed out: \"cat /x\" timed out after 1s".to_owned())
        );
    }
}
