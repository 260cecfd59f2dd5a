//! `kubectl cluster-info`

mod dump;

use crate::apimachinery::Value;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::discovery::Mapping;
use crate::kubectl::error::Outcome;
use crate::kubectl::rest::Call;
use http::Method;

/// The command.
pub static CLUSTER_INFO: Command = Command {
    name: "cluster-info",
    short: "Display cluster information",
    long: "Display addresses of the control plane and services with label kubernetes.io/cluster-service=true.",
    commands: &[&dump::DUMP],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const HINT: &str =
    "\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.";

async fn run(cx: &Cx) -> Outcome {
    let config = cx.config()?;
    let server = match cx.flags.str("server") {
        "" => config.server(
            &config.context_name(cx.flags.str("context")),
            cx.flags.str("cluster"),
        ),
        flag => flag.to_owned(),
    };
    let services = Mapping::built_in("v1", "Service");
    let call = Call::on(Method::GET, &services, "kube-system", "", "")
        .query("labelSelector", "kubernetes.io/cluster-service=true");
    let found = cx.rest.send(call).await;
    let Ok(list) = &found else {
        cx.line(HINT);
        return found.map(|_| ());
    };
    show(cx, "Kubernetes control plane", &server);
    for service in list.get("items").items() {
        show(cx, &title(service), &address(&server, service));
    }
    cx.line(HINT);
    Ok(())
}

fn show(cx: &Cx, name: &str, address: &str) {
    if cx.io.stdout_is_tty() {
        cx.line(format!(
            "\x1b[0;32m{name}\x1b[0m is running at \x1b[0;33m{address}\x1b[0m"
        ));
    } else {
        cx.line(format!("{name} is running at {address}"));
    }
}

fn title(service: &Value) -> String {
    service
        .label("kubernetes.io/name")
        .unwrap_or(service.name())
        .to_owned()
}

/// The address of a service through the API server's proxy.
fn address(server: &str, service: &Value) -> String {
    let ports = service.at(&["spec", "ports"]).items();
    let mut name = service.name().to_owned();
    if let Some(port) = ports.first() {
        let scheme = if port.get("name") == "https" || port.get("port").as_i64() == Some(443) {
            "https:"
        } else {
            ""
        };
        name = format!("{scheme}{name}:{}", port.get("name").str());
    }
    format!(
        "{}/api/v1/namespaces/{}/services/{name}/proxy",
        server.trim_end_matches('/'),
        service.namespace()
    )
}
