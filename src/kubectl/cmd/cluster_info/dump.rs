//! `kubectl cluster-info dump`

use crate::apimachinery::Value;
use crate::kubectl::cmd::ALL_NAMESPACES;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::discovery::Mapping;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::{OUTPUT_FLAGS, Printer};
use crate::kubectl::rest::Call;
use http::Method;

/// The command.
pub static DUMP: Command = Command {
    name: "dump",
    short: "Dump relevant information for debugging and diagnosis",
    flags: &[FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    ALL_NAMESPACES,
    Flag::strings("namespaces", "Namespaces to dump, separated by commas."),
    Flag::string(
        "output-directory",
        "Folder to write files into; empty or - is standard output.",
    ),
    Flag::duration("pod-running-timeout", "20s", "How long to wait for a pod."),
];

/// What is listed of each namespace, with the names of the files.
const LISTS: [(&str, &str, &str); 7] = [
    ("v1", "Event", "events"),
    ("v1", "ReplicationController", "replication-controllers"),
    ("v1", "Service", "services"),
    ("apps/v1", "DaemonSet", "daemonsets"),
    ("apps/v1", "Deployment", "deployments"),
    ("apps/v1", "ReplicaSet", "replicasets"),
    ("v1", "Pod", "pods"),
];

async fn run(cx: &Cx) -> Outcome {
    let extension = match cx.flags.str("output") {
        "" if cx.flags.str("template").is_empty() => ".json",
        "json" => ".json",
        "yaml" => ".yaml",
        _ => ".txt",
    };
    let mut printer = match Printer::from_flags(cx)? {
        Some(printer) => printer,
        None => Printer::Json {
            managed_fields: false,
            typed: false,
        },
    }
    .typed();
    let nodes = list(cx, "v1", "Node", "").await?;
    let mut out = Target::new(cx, "nodes", extension);
    out.write(printer.print(&nodes)?.as_bytes());
    out.close()?;
    for namespace in namespaces(cx).await? {
        let mut pods = Value::Null;
        for (api_version, kind, file) in LISTS {
            let found = list(cx, api_version, kind, &namespace).await?;
            let mut out = Target::new(cx, &format!("{namespace}/{file}"), extension);
            out.write(printer.print(&found)?.as_bytes());
            out.close()?;
            pods = found;
        }
        for pod in pods.get("items").items() {
            let mut out = Target::new(cx, &format!("{namespace}/{}/logs", pod.name()), ".txt");
            for list in ["initContainers", "containers"] {
                for container in pod.at(&["spec", list]).items() {
                    logs(cx, pod, container.get("name").str(), &mut out).await;
                }
            }
            out.close()?;
        }
    }
    let folder = cx.flags.str("output-directory");
    if !matches!(folder, "" | "-") {
        cx.line(format!("Cluster info dumped to {folder}"));
    }
    Ok(())
}

async fn list(cx: &Cx, api_version: &str, kind: &str, namespace: &str) -> Result<Value, Error> {
    let mapping = Mapping::built_in(api_version, kind);
    let call = Call::on(Method::GET, &mapping, namespace, "", "");
    let mut list = cx.rest.send(call).await?;
    // Upstream decodes lists into its structs, whose items do not repeat what they are.
    if !list.get("items").items().is_empty() {
        for item in list.entry("items").items_mut() {
            item.remove("apiVersion");
            item.remove("kind");
        }
    }
    Ok(list)
}

async fn namespaces(cx: &Cx) -> Result<Vec<String>, Error> {
    if cx.flags.bool("all-namespaces") {
        let all = list(cx, "v1", "Namespace", "").await?;
        let names = all.get("items").items().iter();
        return Ok(names.map(|n| n.name().to_owned()).collect());
    }
    let named = cx.flags.strings("namespaces");
    Ok(if named.is_empty() {
        vec!["kube-system".to_owned(), cx.namespace()?.0]
    } else {
        named
    })
}

async fn logs(cx: &Cx, pod: &Value, container: &str, out: &mut Target<'_>) {
    let about = format!(
        "logs for container {container} of pod {}/{} ====\n",
        pod.namespace(),
        pod.name()
    );
    out.write(format!("==== START {about}").as_bytes());
    let pods = Mapping::built_in("v1", "Pod");
    let call = Call::on(Method::GET, &pods, pod.namespace(), pod.name(), "log")
        .query("container", container);
    match cx.rest.stream(call).await {
        Err(e) => out.write(format!("Request log error: {}\n", e.text()).as_bytes()),
        Ok(mut stream) => loop {
            match stream.next().await {
                Ok(Some(bytes)) => out.write(&bytes),
                Ok(None) => break,
                Err(e) => {
                    out.write(format!("Request log error: {e}\n").as_bytes());
                    break;
                }
            }
        },
    }
    out.write(format!("==== END {about}").as_bytes());
}

/// Standard output, or a file below the folder.
struct Target<'a> {
    cx: &'a Cx,
    file: Option<(String, Vec<u8>)>,
}

impl<'a> Target<'a> {
    fn new(cx: &'a Cx, name: &str, extension: &str) -> Self {
        let folder = cx.flags.str("output-directory");
        let path = || format!("{}/{name}{extension}", folder.trim_end_matches('/'));
        Target {
            cx,
            file: (!matches!(folder, "" | "-")).then(|| (path(), Vec::new())),
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        match &mut self.file {
            Some((_, kept)) => kept.extend_from_slice(bytes),
            None => self.cx.io.stdout_bytes(bytes),
        }
    }

    fn close(self) -> Outcome {
        let Some((path, bytes)) = self.file else {
            return Ok(());
        };
        self.cx
            .io
            .write(&path, &bytes)
            .map_err(|e| Error::msg(format!("open {path}: {e}")))
    }
}
