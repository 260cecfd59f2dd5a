//! Which pod and container `exec`, `attach` and `port-forward` mean.

use crate::apimachinery::Value;
use crate::kubectl::cmd::logs;
use crate::kubectl::context::Cx;
use crate::kubectl::discovery::Mapping;
use crate::kubectl::error::Error;
use crate::kubectl::resource::Builder;
use crate::kubectl::rest::Call;
use http::Method;

/// The pod of that name, or the first of an object's (`polymorphichelpers.AttachablePodForObject`).
pub async fn pod(cx: &Cx, name: &str) -> Result<Value, Error> {
    of_object(cx, &object(cx, name).await?).await
}

/// The object of that name.
pub async fn object(cx: &Cx, name: &str) -> Result<Value, Error> {
    let builder = Builder::new(cx)?.single_type();
    let words = [name.to_owned()];
    let found = builder.named("pods", &words).flatten().find(cx).await?;
    let mut infos = found.all()?;
    if infos.is_empty() {
        return Err(Error::msg(format!("{name} not found")));
    }
    Ok(infos.swap_remove(0).object)
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

/// The container that is asked for, or the pod's default one.
pub fn container(cx: &Cx, pod: &Value) -> Result<String, Error> {
    let (all, shown) = logs::names(pod);
    let wanted = cx.flags.str("container");
    if wanted.is_empty() {
        return Ok(logs::default_container(
            cx,
            pod,
            "",
            &all,
            &shown,
            cx.flags.bool("quiet"),
        ));
    }
    if all.iter().any(|n| n == wanted) {
        return Ok(wanted.to_owned());
    }
    let (namespace, name) = (pod.namespace(), pod.name());
    Err(Error::msg(format!(
        "container {wanted} not found in pod {name}_{namespace}"
    )))
}
