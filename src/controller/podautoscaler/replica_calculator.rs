//! How many replicas a metric asks for (upstream's `replica_calculator.go`). Pure: what was measured comes in.

use crate::api::core::pod_util::{get_pod_condition, is_restartable_init_container};
use crate::api::core_v1::{Container, Pod};
use crate::apimachinery::quantity::Quantity;
use crate::apimachinery::{Timestamp, Value};
use std::time::Duration;

/// `--horizontal-pod-autoscaler-cpu-initialization-period`.
const CPU_INITIALIZATION_PERIOD: Duration = Duration::from_secs(300);
/// `--horizontal-pod-autoscaler-initial-readiness-delay`.
const DELAY_OF_INITIAL_READINESS: Duration = Duration::from_secs(30);

/// How far the use may be from its target without anything being done.
#[derive(Clone, Copy, Debug)]
pub struct Tolerances {
    /// Below.
    pub scale_down: f64,
    /// Above.
    pub scale_up: f64,
}

impl Tolerances {
    fn is_within(self, ratio: f64) -> bool {
        (1.0 - self.scale_down..=1.0 + self.scale_up).contains(&ratio)
    }
}

/// What one pod was measured to use.
#[derive(Clone, Debug)]
pub struct PodMetric {
    /// The pod's name.
    pub pod: String,
    /// Thousandths.
    pub value: i64,
    /// When it was measured.
    pub time: Timestamp,
    /// Over how long.
    pub window: Duration,
}

/// What a metric is to be.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    /// Percent of what is requested.
    Utilization(i64),
    /// Thousandths per pod.
    Value(i64),
}

/// What is measured of which pods, and against what.
pub struct Question<'a> {
    /// `spec.replicas` of the target.
    pub current: i64,
    /// The resource: `cpu`; "" for other metrics.
    pub resource: &'a str,
    /// The container, "" for all.
    pub container: &'a str,
    /// The target.
    pub target: Target,
    /// How exactly it is to be met.
    pub tolerances: Tolerances,
    /// The pods that the target's selector selects.
    pub pods: &'a [&'a Value],
    /// The time.
    pub now: Timestamp,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// How many replicas there are to be.
    pub replicas: i64,
    /// Percent of the requests that is used; 0 for a target by value.
    pub utilization: i64,
    /// Thousandths that a pod uses on average.
    pub average: i64,
}

/// Pods by what can be said of them (`groupPods`).
#[derive(Default)]
struct Groups<'a> {
    ready: usize,
    unready: Vec<&'a str>,
    missing: Vec<&'a str>,
    ignored: Vec<&'a str>,
}

fn metric_of<'a>(metrics: &'a [PodMetric], pod: &str) -> Option<&'a PodMetric> {
    let at = metrics.binary_search_by(|m| m.pod.as_str().cmp(pod));
    at.ok().map(|i| &metrics[i])
}

fn group<'a>(q: &Question<'a>, metrics: &[PodMetric]) -> Groups<'a> {
    let mut groups = Groups::default();
    for &value in q.pods {
        let (pod, name) = (Pod::of(value), value.name());
        let phase = pod.status().get("phase").str();
        if value.is_terminating() || phase == "Failed" {
            groups.ignored.push(name);
        } else if phase == "Pending" {
            groups.unready.push(name);
        } else if let Some(metric) = metric_of(metrics, name) {
            if q.resource == "cpu" && is_unready(pod, metric, q.now) {
                groups.unready.push(name);
            } else {
                groups.ready += 1;
            }
        } else {
            groups.missing.push(name);
        }
    }
    groups
}

/// Whether what was measured says nothing yet: the pod is starting, or was never ready.
fn is_unready(pod: &Pod, metric: &PodMetric, now: Timestamp) -> bool {
    let started = Timestamp::parse(pod.status().get("startTime").str());
    let (Some(ready), Some(started)) = (get_pod_condition(pod, "Ready"), started) else {
        return true;
    };
    let is_false = ready.get("status").str() == "False";
    let changed = Timestamp::parse(ready.get("lastTransitionTime").str()).unwrap_or_default();
    if started + CPU_INITIALIZATION_PERIOD > now {
        is_false || metric.time < changed + metric.window
    } else {
        is_false && started + DELAY_OF_INITIAL_READINESS > changed
    }
}

/// What each pod requests, in thousandths, in the order of `pods` (`calculateRequests`).
fn requests(q: &Question<'_>) -> Result<Vec<i64>, String> {
    let milli = |v: &Value| Quantity::of(v).milli_value();
    let of_pod = |value: &&Value| {
        let (pod, resource) = (Pod::of(value), q.resource);
        let whole = value.at(&["spec", "resources", "requests"]);
        if !whole.is_empty() && q.container.is_empty() {
            return match whole.get(resource) {
                Value::Null => Err(format!(
                    "missing pod-level request for {resource} in Pod {}",
                    value.name()
                )),
                amount => Ok(milli(amount)),
            };
        }
        let sidecars = pod.spec().init_containers().iter();
        let sidecars = sidecars.filter(|c| is_restartable_init_container(c));
        let wanted = |c: &&Container| q.container.is_empty() || c.name() == q.container;
        let mut sum = 0;
        for c in pod
            .spec()
            .containers()
            .iter()
            .chain(sidecars)
            .filter(wanted)
        {
            match c.at(&["resources", "requests", resource]) {
                Value::Null => {
                    return Err(format!(
                        "missing request for {resource} in container {} of Pod {}",
                        c.name(),
                        value.name()
                    ));
                }
                amount => sum += milli(amount),
            }
        }
        Ok(sum)
    };
    q.pods.iter().map(of_pod).collect()
}

/// The use in relation to the target (`GetResourceUtilizationRatio`, `GetMetricUsageRatio`).
fn ratio(
    q: &Question<'_>,
    metrics: &[PodMetric],
    requests: &[i64],
) -> Result<(f64, Answer), String> {
    let mut answer = Answer {
        replicas: q.current,
        utilization: 0,
        average: 0,
    };
    match q.target {
        Target::Utilization(percent) => {
            let (mut used, mut requested, mut known) = (0, 0, 0);
            for (pod, request) in q.pods.iter().zip(requests) {
                if let Some(metric) = metric_of(metrics, pod.name()) {
                    used += metric.value;
                    requested += request;
                    known += 1;
                }
            }
            if requested == 0 {
                return Err("no metrics returned matched known pods".into());
            }
            answer.utilization = used * 100 / requested;
            answer.average = used / known;
            Ok((answer.utilization as f64 / percent as f64, answer))
        }
        Target::Value(value) => {
            let used: i64 = metrics.iter().map(|m| m.value).sum();
            answer.average = used / metrics.len().max(1) as i64;
            Ok((answer.average as f64 / value as f64, answer))
        }
    }
}

/// Counts missing or unready pods as using so much.
fn assume(metrics: &mut Vec<PodMetric>, pod: &str, value: i64) {
    let metric = PodMetric {
        pod: pod.to_owned(),
        value,
        time: Timestamp::default(),
        window: Duration::ZERO,
    };
    match metrics.binary_search_by(|m| m.pod.as_str().cmp(pod)) {
        Ok(at) => metrics[at] = metric,
        Err(at) => metrics.insert(at, metric),
    }
}

/// How many replicas are to be had by what was measured; `metrics` are sorted by pod.
///
/// # Errors
/// What is missing, in upstream's words.
pub fn replicas(q: &Question<'_>, mut metrics: Vec<PodMetric>) -> Result<Answer, String> {
    if q.pods.is_empty() {
        return Err("no pods returned by selector while calculating replica count".into());
    }
    let groups = group(q, &metrics);
    metrics.retain(|m| {
        let is = |list: &[&str]| list.contains(&m.pod.as_str());
        !is(&groups.ignored) && !is(&groups.unready)
    });
    let requests = match q.target {
        Target::Utilization(_) => requests(q)?,
        Target::Value(_) => Vec::new(),
    };
    if metrics.is_empty() {
        return Err("did not receive metrics for targeted pods (pods might be unready)".into());
    }
    let (usage, answer) = ratio(q, &metrics, &requests)?;
    let with_unready = !groups.unready.is_empty() && usage > 1.0;
    let kept = Ok(answer);
    let scaled = |replicas: f64| {
        Ok(Answer {
            replicas: replicas.ceil() as i64,
            ..answer
        })
    };
    if !with_unready && groups.missing.is_empty() {
        if q.tolerances.is_within(usage) {
            return kept;
        }
        return scaled(usage * groups.ready as f64);
    }
    for pod in &groups.missing {
        // Missing pods count against what would be done: as busy before scaling down, as idle before scaling up.
        let busy = match q.target {
            Target::Value(value) => value,
            Target::Utilization(percent) => {
                let at = q.pods.iter().position(|p| p.name() == *pod);
                at.map_or(0, |i| requests[i]) * percent.max(100) / 100
            }
        };
        match q.target {
            _ if usage < 1.0 => assume(&mut metrics, pod, busy),
            Target::Utilization(_) if usage == 1.0 => {}
            _ => assume(&mut metrics, pod, 0),
        }
    }
    if with_unready {
        for pod in &groups.unready {
            assume(&mut metrics, pod, 0);
        }
    }
    let (again, _) = ratio(q, &metrics, &requests)?;
    let turned = (usage < 1.0 && again > 1.0) || (usage > 1.0 && again < 1.0);
    if q.tolerances.is_within(again) || turned {
        return kept;
    }
    let new = (again * metrics.len() as f64).ceil();
    let current = q.current as f64;
    if (again < 1.0 && new > current) || (again > 1.0 && new < current) {
        return kept;
    }
    scaled(new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    const NOW: Timestamp = Timestamp(1_000_000_000_000);

    /// A pod with a letter for its state (`r`eady, `u`nready, `p`ending, `f`ailed, `d`eleted), the request and what was measured.
    type Case = (char, i64, Option<i64>);

    fn pod(i: usize, (state, request, _): Case) -> Value {
        let long_ago = Timestamp(NOW.0 - 3_600_000_000).to_rfc3339();
        let ready = if state == 'u' { "False" } else { "True" };
        let phase = match state {
            'p' => "Pending",
            'f' => "Failed",
            _ => "Running",
        };
        let mut pod = tree!({
            "metadata": {"name": format!("pod-{i:02}")},
            "spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": format!("{request}m")}}}]},
            "status": {
                "phase": phase, "startTime": long_ago.clone(),
                "conditions": [{"type": "Ready", "status": ready, "lastTransitionTime": long_ago.clone()}],
            },
        });
        if state == 'd' {
            pod.set_at(&["metadata", "deletionTimestamp"], long_ago);
        }
        pod
    }

    fn check(cases: &[Case], current: i64, target: Target, want: Result<(i64, i64), &str>) {
        let pods: Vec<Value> = cases.iter().enumerate().map(|(i, c)| pod(i, *c)).collect();
        let metrics = cases.iter().enumerate().filter_map(|(i, c)| {
            Some(PodMetric {
                pod: format!("pod-{i:02}"),
                value: c.2?,
                time: NOW,
                window: Duration::from_secs(60),
            })
        });
        let question = Question {
            current,
            resource: "cpu",
            container: "",
            target,
            tolerances: Tolerances {
                scale_down: 0.1,
                scale_up: 0.1,
            },
            pods: &pods.iter().collect::<Vec<_>>(),
            now: NOW,
        };
        let got = replicas(&question, metrics.collect());
        let got = got.map(|a| {
            let measure = match target {
                Target::Utilization(_) => a.utilization,
                Target::Value(_) => a.average,
            };
            (a.replicas, measure)
        });
        assert_eq!(got, want.map_err(str::to_owned), "{cases:?}");
    }

    /// The cases that upstream documents in `replica_calculator_test.go`, by their numbers.
    #[test]
    fn replicas_follow_use() {
        use Target::{Utilization, Value};
        let r = |used: i64| ('r', 1000, Some(used));
        let u = |used: i64| ('u', 1000, Some(used));
        let missing = ('r', 1000, None);
        let pending = |used: Option<i64>| ('p', 1000, used);
        let none = "did not receive metrics for targeted pods (pods might be unready)";
        // Scale up.
        check(&[r(300), r(500), r(700)], 3, Utilization(30), Ok((5, 50)));
        // Unready pods count as idle.
        check(&[u(300), r(500), r(700)], 3, Utilization(30), Ok((4, 60)));
        check(&[u(400), r(500), u(700)], 3, Utilization(30), Ok((3, 50)));
        check(
            &[r(500), r(700), pending(None)],
            3,
            Utilization(30),
            Ok((4, 60)),
        );
        // Failed and deleted pods do not count.
        let failed = [r(500), r(700), ('f', 1000, None), ('d', 1000, Some(900))];
        check(&failed, 2, Utilization(30), Ok((4, 60)));
        // Scale down.
        let five = [100, 300, 500, 250, 250].map(r);
        check(&five, 5, Utilization(50), Ok((3, 28)));
        // Within the tolerance.
        let close = [1010, 1030, 1020].map(|n| ('r', 900, Some(n)));
        check(&close, 3, Utilization(100), Ok((4, 113)));
        let close = [1010, 1030, 1020].map(|n| ('r', 1000, Some(n)));
        check(&close, 3, Utilization(100), Ok((3, 102)));
        // Missing pods: as idle before scaling up, as busy before scaling down.
        check(&[r(1000), missing], 2, Utilization(100), Ok((2, 100)));
        check(&[r(3000), missing], 2, Utilization(100), Ok((3, 300)));
        check(&[r(100), missing], 2, Utilization(100), Ok((2, 10)));
        check(
            &[r(100), r(100), r(100), missing],
            4,
            Utilization(50),
            Ok((3, 10)),
        );
        check(&[missing, missing], 2, Utilization(100), Err(none));
        check(&[u(10), u(20)], 2, Utilization(100), Err(none));
        check(
            &[],
            0,
            Utilization(100),
            Err("no pods returned by selector while calculating replica count"),
        );
        // By value per pod.
        check(
            &[r(20_000), r(10_000), r(30_000)],
            3,
            Value(15_000),
            Ok((4, 20_000)),
        );
        check(&[r(12_000), r(12_000)], 5, Value(20_000), Ok((2, 12_000)));
        check(&[r(100), missing], 2, Value(1000), Ok((2, 100)));
    }

    #[test]
    fn a_container_without_a_request_is_named() {
        let mut bare = pod(0, ('r', 100, None));
        bare.set_at(&["spec", "containers"], tree!([{"name": "c"}]));
        let metric = PodMetric {
            pod: "pod-00".into(),
            value: 5,
            time: NOW,
            window: Duration::ZERO,
        };
        let question = Question {
            current: 1,
            resource: "cpu",
            container: "",
            target: Target::Utilization(50),
            tolerances: Tolerances {
                scale_down: 0.1,
                scale_up: 0.1,
            },
            pods: &[&bare],
            now: NOW,
        };
        assert_eq!(
            replicas(&question, vec![metric]).expect_err("nothing to compare with"),
            "missing request for cpu in container c of Pod pod-00"
        );
    }
}
