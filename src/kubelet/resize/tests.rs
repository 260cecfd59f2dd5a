use super::plan::{Next, memory_in_use, next};
use super::state::Resize;
use super::words::summary;
use crate::api::core_v1::Pod;
use crate::apimachinery::{Timestamp, Value};
use crate::kubelet::worker::{ContainerState, PodWorker};
use crate::tree;

const NOW: Timestamp = Timestamp(2_000_000_000);

/// Containers a and b with so much CPU and memory as limits.
fn pod(cpu: [&str; 2], memory: [&str; 2], policy: &Value) -> Pod {
    let c = |i: usize| {
        tree!({
            "name": ["a", "b"][i], "resizePolicy": policy.clone(),
            "resources": {"limits": {"cpu": cpu[i], "memory": memory[i]}, "requests": {"cpu": "10m", "memory": "1Mi"}},
        })
    };
    let mut pod = tree!({"metadata": {"name": "p", "namespace": "d", "uid": "u"}, "spec": {"restartPolicy": "Always"}});
    pod.set_at(&["spec", "containers"], vec![c(0), c(1)]);
    Pod::from(pod)
}

/// A worker whose containers run with what the first pod asks for, and are to have what the second asks for.
fn worker(before: Pod, after: &Pod) -> PodWorker {
    let mut w = PodWorker::new(before.clone(), false, NOW);
    w.admitted = true;
    for name in ["a", "b"] {
        let r = w.record(name);
        r.id = format!("id-{name}");
        r.state = ContainerState::Running(NOW);
    }
    w.pod = after.clone();
    w.note_resize(&before);
    if let Some(resize) = &mut w.resize {
        resize.allocated = super::state::Amounts::of(after);
    }
    w
}

/// All that is done, one step after the other: `a memory 2Mi 500m` is what a has after a step.
fn steps(w: &mut PodWorker) -> Vec<String> {
    let mut done = Vec::new();
    while let Some(step) = next(w, NOW) {
        match step {
            Next::Restart(name) => {
                done.push(format!("{name} again"));
                w.record(&name).state = ContainerState::Running(NOW);
                w.record(&name).stopping = true;
            }
            Next::Update(step) => {
                let (memory, cpu) = (step.sizes.memory_limit >> 20, step.sizes.cpu_limit);
                done.push(format!(
                    "{} {} {memory}Mi {cpu}m",
                    step.container, step.resource
                ));
                let resize = w.resize.as_mut().expect("there");
                let has = resize.actuated.container(&step.container);
                let has = super::state::with_resource(has, &step.wanted, step.resource);
                resize.actuated.set(&step.container, has);
            }
        }
    }
    done
}

#[test]
fn what_shrinks_makes_room_for_what_grows() {
    let none = Value::Null;
    let before = pod(["1", "1"], ["64Mi", "64Mi"], &none);
    let after = pod(["2", "500m"], ["96Mi", "32Mi"], &none);
    let mut w = worker(before.clone(), &after);
    assert_eq!(
        steps(&mut w),
        [
            "b memory 32Mi 1000m",
            "a memory 96Mi 1000m",
            "b cpu 32Mi 500m",
            "a cpu 96Mi 2000m"
        ]
    );
    let resize = w.resize.clone().expect("it is noted");
    assert!(!w.is_resized(&resize), "all is done");
    assert_eq!(steps(&mut worker(before.clone(), &before)), [""; 0]);
    assert!(
        worker(before.clone(), &before).resize.is_none(),
        "nothing is kept of a pod that stays"
    );
}

#[test]
fn a_container_is_started_again_where_its_policy_says_so() {
    let policy = tree!([{"resourceName": "memory", "restartPolicy": "RestartContainer"}]);
    let before = pod(["1", "1"], ["64Mi", "64Mi"], &policy);
    let after = pod(["2", "2"], ["96Mi", "64Mi"], &policy);
    let mut w = worker(before, &after);
    assert_eq!(steps(&mut w), ["a again", "b cpu 64Mi 2000m"]);
}

#[test]
fn nothing_is_tried_before_its_time() {
    let before = pod(["1", "1"], ["64Mi", "64Mi"], &Value::Null);
    let after = pod(["2", "2"], ["64Mi", "64Mi"], &Value::Null);
    let mut w = worker(before, &after);
    w.resize.as_mut().expect("noted").retry_at = Some(Timestamp(NOW.0 + 1));
    assert_eq!(next(&w, NOW), None);
    assert!(next(&w, Timestamp(NOW.0 + 1)).is_some());
}

#[test]
fn memory_in_use_is_not_taken_away() {
    let none = Value::Null;
    let before = pod(["1", "1"], ["64Mi", "64Mi"], &none);
    let less = worker(before.clone(), &pod(["1", "1"], ["64Mi", "32Mi"], &none));
    let mi = |n: u64| move |_: &str| Some(n << 20);
    assert_eq!(memory_in_use(&less, mi(10)), None);
    let said = "cannot decrease memory limits: attempting to set container \"b\" memory limit (33554432) below current usage (83886080)";
    assert_eq!(memory_in_use(&less, mi(40)).as_deref(), Some(said));
    let whole = memory_in_use(&less, mi(60)).unwrap_or_default();
    let both = "cannot decrease memory limits: [attempting to set pod memory limit (100663296) below current usage (125829120), attempting";
    assert!(whole.starts_with(both), "{whole}");
    let unknown = memory_in_use(&less, |_| None).unwrap_or_default();
    assert!(
        unknown.ends_with("missing container \"b\" memory usage"),
        "{unknown}"
    );
    let more = worker(before, &pod(["1", "1"], ["64Mi", "128Mi"], &none));
    assert_eq!(memory_in_use(&more, |_| None), None);
}

#[test]
fn a_kubelet_that_starts_anew_reads_of_a_resize() {
    let mut told: Value = pod(["1", "1"], ["64Mi", "64Mi"], &Value::Null).into();
    let has = tree!({"limits": {"cpu": "1", "memory": "64Mi"}, "requests": {"cpu": "10m", "memory": "1Mi"}});
    let status = |name: &str, request: &str| tree!({"name": name, "resources": has.clone(), "allocatedResources": {"cpu": request, "memory": "1Mi"}});
    told.set_at(
        &["status", "containerStatuses"],
        vec![status("a", "10m"), status("b", "10m")],
    );
    assert!(Resize::recall(&Pod::from(told.clone())).is_none());
    told.set_at(
        &["status", "containerStatuses"],
        vec![status("a", "10m"), status("b", "20m")],
    );
    told.set_at(
        &["status", "conditions"],
        tree!([{"type": "PodResizePending", "status": "True", "reason": "Deferred", "message": "m", "observedGeneration": 3}]),
    );
    let resize = Resize::recall(&Pod::from(told.clone())).expect("it differs");
    assert_eq!(
        resize.allocated.container("b").at(&["requests", "cpu"]),
        "20m"
    );
    assert_eq!(
        resize.actuated.container("b").at(&["requests", "cpu"]),
        "10m"
    );
    let pending = resize.pending.as_ref().expect("told");
    assert_eq!(
        (pending.reason.as_str(), pending.generation),
        ("Deferred", 3)
    );
    let conditions: Vec<Value> = resize.conditions().collect();
    assert_eq!(conditions.len(), 1);
    assert_eq!(conditions[0].get("type"), "PodResizePending");
}

#[test]
fn events_say_what_a_pod_asks_for() {
    let pod = tree!({"spec": {
        "initContainers": [{"name": "i"}],
        "containers": [{"name": "c", "resources": {"requests": {"memory": "1Gi", "cpu": "1"}, "limits": {"cpu": "2"}}}],
    }});
    assert_eq!(
        summary("Deferred", &Pod::from(pod), 7, "no \"room\""),
        r#"Pod resize Deferred: {"initContainers":[{"name":"i","resources":{}}],"containers":[{"name":"c","resources":{"limits":{"cpu":"2"},"requests":{"cpu":"1","memory":"1Gi"}}}],"generation":7,"error":"no \"room\""}"#
    );
}
