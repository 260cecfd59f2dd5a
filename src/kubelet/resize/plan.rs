//! Which container is resized next, and how (`computePodResizeAction`). Pure: no calls, no writes.

use super::state::{Resize, Sizes};
use crate::api::core::resources::resource_list;
use crate::api::core_v1::Container;
use crate::apimachinery::{Timestamp, Value};
use crate::kubelet::worker::PodWorker;

/// One call that gives a running container other resources.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The container's name.
    pub container: String,
    /// `memory` or `cpu`.
    pub resource: &'static str,
    /// All of `resources` that is set aside for it.
    pub wanted: Value,
    /// What it has afterwards.
    pub sizes: Sizes,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// A container is started again, since its policy says so.
    Restart(String),
    /// A container gets other resources.
    Update(Step),
}

/// Containers that run and have something else than what is set aside for them: what they are to have, what they have.
fn differing(w: &PodWorker) -> impl Iterator<Item = (&Container, &Resize, Sizes, Sizes)> {
    let spec = w.pod.spec();
    let all = spec.init_containers().iter().chain(spec.containers());
    let resize = w.resize.as_deref();
    all.filter_map(move |c| {
        let resize = resize?;
        let (wanted, has) = (
            Sizes::of(resize.allocated.container(c.name())),
            Sizes::of(resize.actuated.container(c.name())),
        );
        let runs = w
            .known(c.name())
            .is_some_and(|r| r.is_running() && !r.stopping);
        (runs && wanted != has).then_some((c, resize, wanted, has))
    })
}

/// What comes next for a pod; none where nothing does (yet).
pub fn next(w: &PodWorker, now: Timestamp) -> Option<Next> {
    let retry_at = w.resize.as_ref()?.retry_at;
    if let Some((c, ..)) = differing(w).find(|(c, _, wanted, has)| restarts(c, wanted, has)) {
        return Some(Next::Restart(c.name().to_owned()));
    }
    if retry_at.is_some_and(|at| now < at) {
        return None;
    }
    for resource in ["memory", "cpu"] {
        let (mut shrinks, mut grows) = (None, None);
        for (c, resize, wanted, has) in differing(w) {
            let ([to_limit, to_request], [limit, request]) =
                (pair(&wanted, resource), pair(&has, resource));
            let growth = match to_limit - limit {
                0 => to_request - request,
                growth => growth,
            };
            let mut sizes = has;
            match resource {
                "memory" => {
                    (sizes.memory_limit, sizes.memory_request) = (to_limit, to_request);
                }
                _ => (sizes.cpu_limit, sizes.cpu_request) = (to_limit, to_request),
            }
            let step = || Step {
                container: c.name().to_owned(),
                resource,
                wanted: resize.allocated.container(c.name()).clone(),
                sizes,
            };
            // What shrinks goes first, the last one of it at once.
            match growth {
                0 => {}
                ..0 => shrinks = Some(step()),
                _ => grows = grows.or_else(|| Some(step())),
            }
        }
        if let Some(step) = shrinks.or(grows) {
            return Some(Next::Update(step));
        }
    }
    None
}

fn pair(sizes: &Sizes, resource: &str) -> [i64; 2] {
    match resource {
        "memory" => [sizes.memory_limit, sizes.memory_request],
        _ => [sizes.cpu_limit, sizes.cpu_request],
    }
}

fn restarts(c: &Container, wanted: &Sizes, has: &Sizes) -> bool {
    let policies = c.get("resizePolicy").items();
    ["memory", "cpu"].iter().any(|resource| {
        let policy = policies.iter().find(|p| p.get("resourceName") == resource);
        pair(wanted, resource) != pair(has, resource)
            && policy.is_some_and(|p| p.get("restartPolicy") == "RestartContainer")
    })
}

/// Why memory cannot be taken away now, since it is in use (`validateMemoryResizeAction`); `used` knows what a container uses.
pub fn memory_in_use(w: &PodWorker, used: impl Fn(&str) -> Option<u64>) -> Option<String> {
    let mut problems = Vec::new();
    let running = w.containers.iter().filter(|(_, r)| r.is_running());
    let uses: Vec<(&String, Option<u64>)> = running.map(|(n, r)| (n, used(&r.id))).collect();
    let whole: u64 = uses.iter().filter_map(|(_, u)| *u).sum();
    let (wanted, has) = (limit_of_all(&w.allocated()), limit_of_all(&w.actuated()));
    if let Some(limit) = wanted
        && has.is_none_or(|has| limit < has)
        && whole >= limit.unsigned_abs()
    {
        problems.push(format!(
            "attempting to set pod memory limit ({limit}) below current usage ({whole})"
        ));
    }
    for (c, _, wanted, has) in differing(w) {
        let (to, from) = (wanted.memory_limit, has.memory_limit);
        if to == 0 || from != 0 && to >= from {
            continue;
        }
        let name = c.name();
        let own = uses.iter().find(|(n, _)| *n == name).and_then(|(_, u)| *u);
        match own {
            None => problems.push(format!("missing container {name:?} memory usage")),
            Some(own) if own >= to.unsigned_abs() => problems.push(format!(
                "attempting to set container {name:?} memory limit ({to}) below current usage ({whole})"
            )),
            Some(_) => {}
        }
    }
    let all = match problems.as_slice() {
        [] => return None,
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    };
    Some(format!("cannot decrease memory limits: {all}"))
}

/// The memory that a pod's containers may take together, where all of them have a limit (`ResourceConfigForPod`).
fn limit_of_all(pod: &crate::api::core_v1::Pod) -> Option<i64> {
    let spec = pod.spec();
    let own = spec.get("resources").get("limits").has("memory");
    let mut all = spec.init_containers().iter().chain(spec.containers());
    let limited =
        |c: &Container| resource_list(c.at(&["resources", "limits"])).contains_key("memory");
    if !own && !all.all(limited) {
        return None;
    }
    let limits = crate::api::core::resources::pod_limits(pod);
    limits.get("memory").map(|q| q.value())
}
