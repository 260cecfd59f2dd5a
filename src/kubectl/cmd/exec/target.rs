//! Which pod and container `exec`, `attach` and `port-forward` mean.

use crate::apimachinery::Value;
use crate::kubectl::cmd::logs;
use crate::kubectl::context::Cx;
use crate::kubectl::discovery::Mapping;
use crate::kubectl::error::Error;
use crate::kubectl::flags::Flag;
use crate::kubectl::resource::Builder;
use crate::kubectl::rest::Call;
use http::Method;

/// Flags of `exec` and `attach`.
pub const STREAM_FLAGS: &[Flag] = &[
    Flag::string("container", "The container.").short('c'),
    Flag::strings("filename", "File with the object.").short('f'),
    Flag::duration(
        "pod-running-timeout",
        "1m0s",
        "How long to wait for a pod that runs.",
    ),
    Flag::bool("quiet", "Only what the container prints.").short('q'),
    Flag::bool("stdin", "Pass standard input on.").short('i'),
    Flag::bool("tty", "Standard input is a terminal.").short('t'),
];

/// The pod that the words or `-f` name, or the first of an object's (`polymorphichelpers.AttachablePodForObject`).
pub async fn pod(cx: &Cx, words: &[String]) -> Result<Value, Error> {
    of_object(cx, &object(cx, words).await?).await
}

/// The object that the words (`NAME`, `TYPE/NAME` or `TYPE NAME`) or `-f` name.
pub async fn object(cx: &Cx, words: &[String]) -> Result<Value, Error> {
    let builder = Builder::new(cx)?.single_type().flatten();
    let builder = match words {
        _ if !cx.flags.strings("filename").is_empty() => builder.filenames(cx).latest(),
        [_, _, ..] => builder.args(words, false),
        one => builder.named("pods", one),
    };
    let mut infos = builder.find(cx).await?.all()?;
    if infos.is_empty() {
        return Err(Error::msg(format!("{} not found", words.join(" "))));
    }
    Ok(infos.swap_remove(0).object)
}

/// Refuses a pod that has ended.
pub fn is_running(pod: &Value, deed: &str) -> Result<(), Error> {
    let phase = pod.at(&["status", "phase"]).str();
    if matches!(phase, "Succeeded" | "Failed") {
        return Err(Error::msg(format!(
            "cannot {deed} a container in a completed pod; current phase is {phase}"
        )));
    }
    Ok(())
}

/// A pod itself, or one of those that an object selects: an active one that has run for long.
pub async fn of_object(cx: &Cx, object: &Value) -> Result<Value, Error> {
    if object.kind() == "Pod" {
        return Ok(object.clone());
    }
    let selector = logs::selector_of(object, "attach to")?;
    let deadline = cx.io.now() + cx.flags.duration("pod-running-timeout");
    loop {
        let mapping = Mapping::built_in("v1", "Pod");
        let call = Call::on(Method::GET, &mapping, object.namespace(), "", "")
            .query("labelSelector", selector.to_string());
        let list = cx.rest.send(call).await?;
        let pods = list.get("items").items();
        if let Some(first) = pods.iter().min_by_key(|p| logs::rank(p)) {
            return Ok(first.clone());
        }
        if cx.io.now() >= deadline {
            return Err(Error::msg("timed out waiting for the condition"));
        }
        cx.io.sleep(std::time::Duration::from_millis(500)).await;
    }
}

/// A pod by its name.
pub async fn named(cx: &Cx, namespace: &str, name: &str) -> Result<Value, Error> {
    let mapping = Mapping::built_in("v1", "Pod");
    let call = Call::on(Method::GET, &mapping, namespace, name, "");
    cx.rest.send(call).await
}

/// The container that is meant, and what is to be said of one that nobody named (models `podcmd.FindOrDefaultContainerByName`).
pub fn choose(pod: &Value, wanted: &str) -> Result<(String, Option<String>), Error> {
    let (all, shown) = logs::names(pod);
    let annotated = pod.annotation("kubectl.kubernetes.io/default-container");
    let name = match wanted {
        "" => annotated.unwrap_or_default(),
        wanted => wanted,
    };
    if !name.is_empty() {
        if all.iter().any(|n| n == name) {
            return Ok((name.to_owned(), None));
        }
        return Err(Error::msg(format!(
            "container {name} is not valid for pod {} out of: {shown}",
            pod.name()
        )));
    }
    let first = pod.at(&["spec", "containers"]).items().first();
    let first = first.map_or("", |c| c.get("name").str());
    let said = (all.len() > 1).then(|| format!("Defaulted container {first:?} out of: {shown}"));
    Ok((first.to_owned(), said))
}

/// The same by the flags `-c` and `-q`.
pub fn container(cx: &Cx, pod: &Value) -> Result<String, Error> {
    let (name, said) = choose(pod, cx.flags.str("container"))?;
    if let Some(said) = said.filter(|_| !cx.flags.bool("quiet")) {
        cx.warn(said);
    }
    Ok(name)
}
