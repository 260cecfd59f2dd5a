//! `kubectl logs`

use super::SELECTOR;
use crate::apimachinery::labels::Selector;
use crate::apimachinery::{Timestamp, Value};
use crate::collections::Arrange;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::discovery::Mapping;
use crate::kubectl::env::LocalFuture;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::resource::Builder;
use crate::kubectl::rest::Call;
use http::Method;
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

/// The command.
pub static LOGS: Command = Command {
    name: "logs",
    args: "[-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]",
    short: "Print the logs for a container in a pod",
    flags: &[FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    Flag::bool("all-containers", "Logs of all containers."),
    Flag::bool("all-pods", "Logs of all pods; sets --prefix."),
    Flag::string("container", "The container.").short('c'),
    Flag::bool("follow", "Go on as the log grows.").short('f'),
    Flag::bool("ignore-errors", "Go on after errors while following."),
    Flag::bool(
        "insecure-skip-tls-verify-backend",
        "Do not check the kubelet's certificate.",
    ),
    Flag::int("limit-bytes", "0", "The most bytes to show."),
    Flag::int("max-log-requests", "5", "The most logs to follow at once."),
    Flag::duration(
        "pod-running-timeout",
        "20s",
        "How long to wait for a pod that runs.",
    ),
    Flag::bool("prefix", "Say before each line where it comes from."),
    Flag::bool(
        "previous",
        "The log of the container that ran before this one.",
    )
    .short('p'),
    SELECTOR,
    Flag::duration("since", "0s", "Only lines newer than this."),
    Flag::string("since-time", "Only lines after this time (RFC 3339)."),
    Flag::int(
        "tail",
        "-1",
        "Only this many lines from the end; -1 for all, 10 with a selector.",
    ),
    Flag::bool("timestamps", "Put the time before each line."),
];

const USAGE: &str = "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command";

/// One log to read.
struct Source {
    pod: Value,
    container: String,
    prefix: String,
}

async fn run(cx: &Cx) -> Outcome {
    let selector = cx.flags.str("selector");
    let inline = match &cx.args[..] {
        [] if selector.is_empty() => return Err(cx.usage(USAGE)),
        [] => None,
        [_] if selector.is_empty() => None,
        [_, container] if selector.is_empty() => Some(container.as_str()),
        [_] | [_, _] => return Err(cx.usage("only a selector (-l) or a POD name is allowed")),
        _ => return Err(cx.usage(USAGE)),
    };
    validate(cx, inline)?;
    let container = inline.unwrap_or(cx.flags.str("container")).to_owned();
    let pods = pods(cx).await?;
    let mut sources = Vec::new();
    for pod in pods {
        add_sources(cx, pod, &container, &mut sources)?;
    }
    let limit = cx.flags.int("max-log-requests");
    let count = sources.len();
    if cx.flags.bool("follow") && count > 1 {
        if i64::try_from(count).is_ok_and(|n| n > limit) {
            return Err(Error::msg(format!(
                "you are attempting to follow {count} log streams, but maximum allowed concurrency is {limit}, use --max-log-requests to increase the limit"
            )));
        }
        return all(sources
            .iter()
            .map(|s| Box::pin(read(cx, s)) as LocalFuture<'_, Outcome>)
            .collect())
        .await;
    }
    for source in &sources {
        read(cx, source).await?;
    }
    Ok(())
}

fn validate(cx: &Cx, inline: Option<&str>) -> Outcome {
    let flags = &cx.flags;
    let container = inline.unwrap_or(flags.str("container"));
    let since_time = flags.str("since-time");
    if !since_time.is_empty() && crate::apimachinery::Timestamp::parse(since_time).is_none() {
        return Err(Error::msg(format!(
            "parsing time \"{since_time}\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"{since_time}\" as \"2006\""
        )));
    }
    let problem = if !since_time.is_empty() && flags.changed("since") {
        "at most one of `sinceTime` or `sinceSeconds` may be specified".to_owned()
    } else if flags.bool("all-containers") && !container.is_empty() {
        format!("--all-containers=true should not be specified with container name {container}")
    } else if flags.changed("container") && inline.is_some() {
        "only one of -c or an inline [CONTAINER] arg is allowed".to_owned()
    } else if flags.int("limit-bytes") < 0 {
        "--limit-bytes must be greater than 0".to_owned()
    } else if flags.is_negative("since") {
        "--since must be greater than 0".to_owned()
    } else if flags.int("tail") < -1 {
        "--tail must be greater than or equal to -1".to_owned()
    } else {
        return Ok(());
    };
    Err(Error::msg(problem))
}

/// The pods that the words mean; of an object's several pods one, unless all are wanted.
async fn pods(cx: &Cx) -> Result<Vec<Value>, Error> {
    let (namespace, _) = cx.namespace()?;
    let selector = cx.flags.str("selector");
    let builder = Builder::new(cx)?.single_type();
    let builder = match cx.args.first() {
        Some(name) => builder.named("pods", std::slice::from_ref(name)),
        None => builder.types("pods").label_selector(selector),
    };
    let found = builder.flatten().find(cx).await?;
    let infos = found.all().map_err(|e| {
        if e.is_not_found() {
            Error::msg(format!(
                "error from server (NotFound): {} in namespace \"{namespace}\"",
                e.text()
            ))
        } else {
            e
        }
    })?;
    if infos.is_empty() {
        cx.warn(format!("No resources found in {namespace} namespace."));
        return Err(Error::Exit(0));
    }
    if infos.iter().all(|i| i.object.kind() == "Pod") {
        return Ok(infos.into_iter().map(|i| i.object).collect());
    }
    let object = &infos[0].object;
    let selector = selector_of(object, "get the logs from")?;
    let deadline = cx.io.now() + cx.flags.duration("pod-running-timeout");
    loop {
        let call = Call::on(
            Method::GET,
            &Mapping::built_in("v1", "Pod"),
            object.namespace(),
            "",
            "",
        )
        .query("labelSelector", selector.to_string());
        let list = cx.rest.send(call).await?;
        let mut pods: Vec<Value> = list.get("items").items().to_vec();
        pods.arrange_by_key(rank);
        if !pods.is_empty() {
            if !cx.flags.bool("all-pods") && pods.len() > 1 {
                cx.warn(format!(
                    "Found {} pods, using pod/{}",
                    pods.len(),
                    pods[0].name()
                ));
                pods.truncate(1);
            }
            return Ok(pods);
        }
        if cx.io.now() >= deadline {
            return Err(Error::msg("timed out waiting for the condition"));
        }
        cx.io.sleep(Duration::from_millis(500)).await;
    }
}

/// How an object selects its pods; `what` is what cannot be done with one that selects none.
pub fn selector_of(object: &Value, what: &str) -> Result<Selector, Error> {
    let selector = object.at(&["spec", "selector"]);
    match object.kind() {
        "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" | "Job" => {
            Selector::from_label_selector(selector).map_err(Error::msg)
        }
        "ReplicationController" => Ok(Selector::from_set(selector)),
        "Service" if selector.is_empty() => Err(Error::msg(format!(
            "cannot {what} *v1.Service: invalid service '{}': Service is defined without a selector",
            object.name()
        ))),
        "Service" => Ok(Selector::from_set(selector)),
        kind => Err(Error::msg(format!(
            "cannot {what} *v1.{kind}: selector for *v1.{kind} not implemented"
        ))),
    }
}

/// Pods whose logs say most come first: assigned, running, ready, with restarts, old.
pub fn rank(pod: &Value) -> (bool, u8, bool, i64, Option<Timestamp>) {
    let status = pod.get("status");
    let ready = status
        .get("conditions")
        .items()
        .iter()
        .any(|c| c.get("type") == "Ready" && c.get("status") == "True");
    let phase = match status.get("phase").str() {
        "Running" => 0,
        "Unknown" => 1,
        _ => 2,
    };
    let restarts: i64 = status
        .get("containerStatuses")
        .items()
        .iter()
        .filter_map(|c| c.get("restartCount").as_i64())
        .sum();
    (
        pod.at(&["spec", "nodeName"]).is_empty(),
        phase,
        !ready,
        -restarts,
        pod.creation_timestamp(),
    )
}

/// Names of all containers, and the same as a list for people.
pub fn names(pod: &Value) -> (Vec<String>, String) {
    let list = |key: &str| -> Vec<String> {
        pod.at(&["spec", key])
            .items()
            .iter()
            .map(|c| c.get("name").str().to_owned())
            .collect()
    };
    let (plain, init, ephemeral) = (
        list("containers"),
        list("initContainers"),
        list("ephemeralContainers"),
    );
    let mut shown = plain.clone();
    shown.extend(ephemeral.iter().map(|n| format!("{n} (ephem)")));
    shown.extend(init.iter().map(|n| format!("{n} (init)")));
    let all = init.into_iter().chain(plain).chain(ephemeral).collect();
    (all, shown.join(", "))
}

fn add_sources(cx: &Cx, pod: Value, container: &str, out: &mut Vec<Source>) -> Outcome {
    let (all, shown) = names(&pod);
    let many = cx.flags.bool("all-pods");
    let chosen = if cx.flags.bool("all-containers") {
        all.clone()
    } else {
        vec![default_container(cx, &pod, container, &all, &shown, many)]
    };
    for name in chosen {
        if !all.contains(&name) {
            return Err(Error::msg(format!(
                "container {name} is not valid for pod {} out of: {shown}",
                pod.name()
            )));
        }
        let prefix = if cx.flags.bool("prefix") || many {
            format!("[pod/{}/{name}] ", pod.name())
        } else {
            String::new()
        };
        out.push(Source {
            pod: pod.clone(),
            container: name,
            prefix,
        });
    }
    Ok(())
}

/// The container asked for, the annotated one, or the first.
pub fn default_container(
    cx: &Cx,
    pod: &Value,
    wanted: &str,
    all: &[String],
    shown: &str,
    many: bool,
) -> String {
    if !wanted.is_empty() {
        return wanted.to_owned();
    }
    if let Some(name) = pod
        .annotation("kubectl.kubernetes.io/default-container")
        .filter(|n| !n.is_empty())
    {
        if all.iter().any(|n| n == name) {
            return name.to_owned();
        }
        cx.warn(format!(
            "Default container name \"{name}\" not found in pod {}",
            pod.name()
        ));
    }
    let first = pod
        .at(&["spec", "containers"])
        .items()
        .first()
        .map_or("", |c| c.get("name").str());
    if all.len() > 1 && !many {
        cx.warn(format!("Defaulted container \"{first}\" out of: {shown}"));
    }
    first.to_owned()
}

fn call(cx: &Cx, source: &Source) -> Call {
    let flags = &cx.flags;
    let on = |name: &str| {
        if flags.bool(name) {
            "true".to_owned()
        } else {
            String::new()
        }
    };
    let number = |n: i64, none: i64| {
        if n == none {
            String::new()
        } else {
            n.to_string()
        }
    };
    let with_selector = !flags.str("selector").is_empty() && !flags.changed("tail");
    let tail = if with_selector { 10 } else { flags.int("tail") };
    let since = flags.duration("since");
    let since = if since.is_zero() {
        String::new()
    } else {
        since.as_secs_f64().round().to_string()
    };
    Call::on(
        Method::GET,
        &Mapping::built_in("v1", "Pod"),
        source.pod.namespace(),
        source.pod.name(),
        "log",
    )
    .query("container", source.container.as_str())
    .query("follow", on("follow"))
    .query("previous", on("previous"))
    .query("timestamps", on("timestamps"))
    .query("limitBytes", number(flags.int("limit-bytes"), 0))
    .query("tailLines", number(tail, -1))
    .query("sinceSeconds", since)
    .query("sinceTime", flags.str("since-time"))
}

async fn read(cx: &Cx, source: &Source) -> Outcome {
    match copy(cx, source).await {
        Err(e) if cx.flags.bool("ignore-errors") => {
            cx.out(format!("error: {}\n", e.text()));
            Ok(())
        }
        other => other,
    }
}

async fn copy(cx: &Cx, source: &Source) -> Outcome {
    let mut stream = cx.rest.stream(call(cx, source)).await?;
    let mut start = true;
    while let Some(bytes) = stream.next().await.map_err(Error::msg)? {
        if source.prefix.is_empty() {
            cx.io.stdout_bytes(&bytes);
            continue;
        }
        let mut out = Vec::with_capacity(bytes.len());
        for line in bytes.split_inclusive(|b| *b == b'\n') {
            if start {
                out.extend_from_slice(source.prefix.as_bytes());
            }
            out.extend_from_slice(line);
            start = line.ends_with(b"\n");
        }
        cx.io.stdout_bytes(&out);
    }
    Ok(())
}

/// Drives all of them at once, to the end or the first error.
async fn all(mut running: Vec<LocalFuture<'_, Outcome>>) -> Outcome {
    poll_fn(move |cx| {
        let mut i = 0;
        while i < running.len() {
            match running[i].as_mut().poll(cx) {
                Poll::Ready(Ok(())) => drop(running.remove(i)),
                Poll::Ready(Err(e)) => return Poll::Ready(Err(e)),
                Poll::Pending => i += 1,
            }
        }
        if running.is_empty() {
            Poll::Ready(Ok(()))
        } else {
            Poll::Pending
        }
    })
    .await
}
