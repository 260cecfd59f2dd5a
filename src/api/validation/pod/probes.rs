//! Probes and lifecycle hooks.

use super::Context;
use crate::api::validation::common::{
    invalid_each, nonnegative, port_num, port_num_or_name, required, supported,
};
use crate::api::validation::text::is_http_header_name;
use crate::apimachinery::{ErrorList, FieldError, Path, Value};
use crate::collections::Arrange;

/// The three probes of a container.
pub fn probes(e: &mut ErrorList, at: &Path, c: &Value, cx: Context) {
    for field in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let v = c.get(field);
        if v.is_null() {
            continue;
        }
        let path = at.child(field);
        probe(e, &path, v, cx);
        if field == "readinessProbe" {
            let grace = v.get("terminationGracePeriodSeconds");
            if !grace.is_null() {
                let text = "must not be set for readinessProbes";
                e.push(FieldError::invalid(
                    &path.child("terminationGracePeriodSeconds"),
                    grace,
                    text,
                ));
            }
        } else {
            let threshold = v.get("successThreshold").as_i64().unwrap_or(0);
            if threshold != 1 {
                e.push(FieldError::invalid(
                    &path.child("successThreshold"),
                    threshold,
                    "must be 1",
                ));
            }
        }
    }
}

fn probe(e: &mut ErrorList, path: &Path, v: &Value, cx: Context) {
    handler(e, path, v, &["exec", "httpGet", "tcpSocket", "grpc"], cx);
    for field in [
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    ] {
        nonnegative(e, &path.child(field), v.get(field));
    }
    if let Some(n) = v
        .get("terminationGracePeriodSeconds")
        .as_i64()
        .filter(|n| *n <= 0)
    {
        let text = "must be greater than 0";
        e.push(FieldError::invalid(
            &path.child("terminationGracePeriodSeconds"),
            n,
            text,
        ));
    }
}

fn handler(e: &mut ErrorList, path: &Path, v: &Value, kinds: &[&str], cx: Context) {
    let mut found = 0;
    for kind in kinds {
        let action = v.get(kind);
        if action.is_null() {
            continue;
        }
        let at = path.child(kind);
        found += 1;
        if found > 1 {
            e.push(FieldError::forbidden(
                &at,
                "may not specify more than 1 handler type",
            ));
            continue;
        }
        match *kind {
            "exec" => {
                required(e, &at.child("command"), action.get("command"));
            }
            "httpGet" => http_get(e, &at, action),
            "tcpSocket" => port_num_or_name(e, &at.child("port"), action.get("port")),
            "grpc" => port_num(
                e,
                &at.child("port"),
                action.get("port").as_i64().unwrap_or(0),
            ),
            _ => sleep(e, &at, action, cx),
        }
    }
    if found == 0 {
        e.push(FieldError::required(path, "must specify a handler type"));
    }
}

fn http_get(e: &mut ErrorList, path: &Path, v: &Value) {
    required(e, &path.child("path"), v.get("path"));
    port_num_or_name(e, &path.child("port"), v.get("port"));
    supported(
        e,
        &path.child("scheme"),
        v.get("scheme"),
        &["HTTP", "HTTPS"],
    );
    for h in v.get("httpHeaders").items() {
        let name = h.get("name").str();
        invalid_each(
            e,
            &path.child("httpHeaders"),
            name,
            is_http_header_name(name),
        );
    }
}

fn sleep(e: &mut ErrorList, path: &Path, v: &Value, cx: Context) {
    let Some(grace) = cx.spec.get("terminationGracePeriodSeconds").as_i64() else {
        return;
    };
    let seconds = v.get("seconds").as_i64().unwrap_or(0);
    if !(0..=grace).contains(&seconds) {
        e.push(FieldError::invalid(
            path,
            seconds,
            format!("must be non-negative and less than terminationGracePeriodSeconds ({grace})"),
        ));
    }
}

/// Hooks of a container.
pub fn lifecycle(e: &mut ErrorList, path: &Path, v: &Value, cx: Context) {
    for hook in ["postStart", "preStop"] {
        if !v.get(hook).is_null() {
            handler(
                e,
                &path.child(hook),
                v.get(hook),
                &["exec", "httpGet", "tcpSocket", "sleep"],
                cx,
            );
        }
    }
    if v.get("stopSignal").is_null() {
        return;
    }
    let at = path.child("stopSignal");
    match cx.spec.at(&["os", "name"]).str() {
        "windows" => supported(e, &at, v.get("stopSignal"), &["SIGKILL", "SIGTERM"]),
        "linux" => {
            let signals = linux_signals();
            let names: Vec<&str> = signals.iter().map(String::as_str).collect();
            supported(e, &at, v.get("stopSignal"), &names);
        }
        _ if cx.spec.get("os").is_null() => e.push(FieldError::forbidden(
            &at,
            "may not be set for containers with empty `spec.os.name`",
        )),
        _ => {}
    }
}

/// Signals that a container of Linux may be stopped with, sorted.
fn linux_signals() -> Vec<String> {
    let plain = "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT RTMAX RTMIN SEGV STKFLT STOP SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ";
    let mut all: Vec<String> = plain.split(' ').map(|s| format!("SIG{s}")).collect();
    all.extend((1..=15).map(|n| format!("SIGRTMIN+{n}")));
    all.extend((1..=14).map(|n| format!("SIGRTMAX-{n}")));
    all.arrange();
    all
}
