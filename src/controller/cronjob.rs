//! Starts Jobs by the clock (upstream's `pkg/controller/cronjob`).

pub mod schedule;

use super::job::{has_condition, is_finished};
use super::runner::{Action, Error, Outcome, Reconciler, Watching, Work};
use super::stores::Kind;
use crate::api::time_zones::Zone;
use crate::api::validation::cron::parse_standard;
use crate::apimachinery::{Timestamp, Value, meta};
use crate::client::{DeleteOptions, Delta, EventRecorder};
use crate::collections::Arrange;
use crate::tree;
use schedule::Schedule;
use std::time::Duration;

/// A job starts a moment after its time, so that clocks that differ a little agree on it.
const DELTA: Duration = Duration::from_millis(100);
const TOO_MANY_MISSED: usize = 100;
/// How many missed times are walked through at most; a clock that jumped further starts from now.
const MOST_MISSED: usize = 200_000;
const SCHEDULED: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";

/// The cron job controller.
#[derive(Clone)]
pub struct CronJobController {
    recorder: EventRecorder,
}

impl Default for CronJobController {
    fn default() -> Self {
        Self {
            recorder: EventRecorder::new("cronjob-controller", ""),
        }
    }
}

impl CronJobController {
    fn sync(&mut self, cj: Value, work: &mut Work<'_, '_>) -> Outcome {
        let mut cj = cj;
        let before = cj.get("status").clone();
        let jobs: Vec<Value> = work.stores[Kind::Jobs]
            .by_index("owner", cj.uid())
            .cloned()
            .collect();
        self.note_jobs(&mut cj, &jobs, work);
        self.cleanup(&mut cj, &jobs, work)?;
        let result = self.start_due(&mut cj, &jobs, work);
        if cj.get("status") != &before {
            work.cx.update_status(Kind::CronJobs.def(), cj)?;
        }
        result
    }

    fn record(
        &mut self,
        cj: &Value,
        kind: &str,
        reason: &str,
        text: &str,
        work: &mut Work<'_, '_>,
    ) {
        self.recorder.event(work.cx, cj, kind, reason, text);
    }

    /// Takes jobs that ended or went out of the list of active ones.
    fn note_jobs(&mut self, cj: &mut Value, jobs: &[Value], work: &mut Work<'_, '_>) {
        for job in jobs.iter().filter(|j| is_finished(j)) {
            if !is_listed(cj, job.uid()) {
                continue;
            }
            let done = has_condition(job.get("status"), "Complete");
            let condition = if done { "Complete" } else { "Failed" };
            let text = format!("Saw completed job: {}, condition: {condition}", job.name());
            self.record(cj, "Normal", "SawCompletedJob", &text, work);
            unlist(cj, job.uid());
            let at = job.at(&["status", "completionTime"]).str();
            if done && at > cj.at(&["status", "lastSuccessfulTime"]).str() {
                cj.set_at(&["status", "lastSuccessfulTime"], at);
            }
        }
        for job in jobs.iter().filter(|j| !is_finished(j)) {
            if !is_listed(cj, job.uid()) {
                let text = format!(
                    "Saw a job that the controller did not create or forgot: {}",
                    job.name()
                );
                let by_hand = job
                    .annotation("cronjob.kubernetes.io/instantiate")
                    .is_some();
                if by_hand {
                    continue;
                }
                self.record(cj, "Warning", "UnexpectedJob", &text, work);
            }
        }
        let listed: Vec<(String, String)> = cj
            .at(&["status", "active"])
            .items()
            .iter()
            .map(|r| {
                (
                    r.get("uid").str().to_owned(),
                    r.get("name").str().to_owned(),
                )
            })
            .collect();
        for (uid, name) in listed {
            if jobs.iter().any(|j| j.uid() == uid) {
                continue;
            }
            // The list may lag behind: only the server knows whether the job is gone.
            let gone = match work.cx.get(Kind::Jobs.def(), cj.namespace(), &name) {
                Ok(job) => job.uid() != uid,
                Err(e) => e.is_not_found(),
            };
            if gone {
                let text = format!("Active job went missing: {name}");
                self.record(cj, "Normal", "MissingJob", &text, work);
                unlist(cj, &uid);
            }
        }
    }

    /// Deletes finished jobs beyond the history limits, the oldest first.
    fn cleanup(
        &mut self,
        cj: &mut Value,
        jobs: &[Value],
        work: &mut Work<'_, '_>,
    ) -> Result<(), Error> {
        for (kind, field) in [
            ("Complete", "successfulJobsHistoryLimit"),
            ("Failed", "failedJobsHistoryLimit"),
        ] {
            let limit = cj
                .at(&["spec", field])
                .as_i64()
                .and_then(|n| usize::try_from(n).ok());
            let Some(limit) = limit else {
                continue;
            };
            let mut ended: Vec<&Value> = jobs
                .iter()
                .filter(|j| has_condition(j.get("status"), kind) && !j.is_terminating())
                .collect();
            ended.arrange_by_key(|j| (j.at(&["status", "startTime"]).str(), j.name()));
            let surplus = ended.len().saturating_sub(limit);
            for job in ended.into_iter().take(surplus) {
                self.delete(cj, job, work)?;
            }
        }
        Ok(())
    }

    fn delete(
        &mut self,
        cj: &mut Value,
        job: &Value,
        work: &mut Work<'_, '_>,
    ) -> Result<(), Error> {
        let options = DeleteOptions {
            propagation_policy: Some("Background"),
            ..Default::default()
        };
        match work
            .cx
            .delete(Kind::Jobs.def(), job.namespace(), job.name(), &options)
        {
            Err(e) if !e.is_not_found() => {
                let text = format!("Deleted job: {e}");
                self.record(cj, "Warning", "FailedDelete", &text, work);
                Err(e.into())
            }
            _ => {
                unlist(cj, job.uid());
                let text = format!("Deleted job {}", job.name());
                self.record(cj, "Normal", "SuccessfulDelete", &text, work);
                Ok(())
            }
        }
    }

    fn start_due(&mut self, cj: &mut Value, jobs: &[Value], work: &mut Work<'_, '_>) -> Outcome {
        let suspended = cj.at(&["spec", "suspend"]).as_bool() == Some(true);
        if cj.is_terminating() || suspended {
            return Ok(Action::AwaitChange);
        }
        let spec = cj.at(&["spec", "schedule"]).str().to_owned();
        // A zone in the schedule itself is an old way that is read and complained of.
        let own = spec
            .strip_prefix("TZ=")
            .or_else(|| spec.strip_prefix("CRON_TZ="));
        let (zone, plain) = match own.and_then(|rest| rest.split_once(' ')) {
            Some((zone, plain)) => {
                let text = format!(
                    "CRON_TZ or TZ used in schedule \"{spec}\" is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details"
                );
                self.record(cj, "Warning", "UnsupportedSchedule", &text, work);
                (zone, plain.trim())
            }
            None => (cj.at(&["spec", "timeZone"]).str(), spec.as_str()),
        };
        let Some(zone) = Zone::find(zone) else {
            let text = format!("invalid timeZone: \"{zone}\": unknown time zone {zone}");
            self.record(cj, "Warning", "UnknownTimeZone", &text, work);
            return Ok(Action::AwaitChange);
        };
        let Some(schedule) = Schedule::parse(plain) else {
            let why = parse_standard(plain).err().unwrap_or_default();
            let text = format!("unparseable schedule: \"{spec}\" : {why}");
            self.record(cj, "Warning", "UnparseableSchedule", &text, work);
            return Ok(Action::AwaitChange);
        };
        let now = work.cx.now;
        let next = match schedule.next(now, &zone) {
            Some(t) => Action::RequeueAfter(t.since(now) + DELTA),
            None => Action::AwaitChange,
        };
        let (due, missed) = most_recent(cj, &schedule, &zone, now);
        if missed > TOO_MANY_MISSED {
            let text = format!(
                "too many missed start times: {missed}. Set or decrease .spec.startingDeadlineSeconds or check clock skew"
            );
            self.record(cj, "Warning", "TooManyMissedTimes", &text, work);
        }
        let Some(due) = due else {
            return Ok(next);
        };
        let deadline = cj.at(&["spec", "startingDeadlineSeconds"]).as_i64();
        if deadline.is_some_and(|s| due + Duration::from_secs(s.unsigned_abs()) < now) {
            let due = due.utc().format("%a, %d %b %Y %H:%M:%S %z");
            let text = format!("Missed scheduled time to start a job: {due}");
            self.record(cj, "Warning", "MissSchedule", &text, work);
            return Ok(next);
        }
        self.start(cj, jobs, (due, &zone), work)?;
        Ok(next)
    }

    fn start(
        &mut self,
        cj: &mut Value,
        jobs: &[Value],
        (due, zone): (Timestamp, &Zone),
        work: &mut Work<'_, '_>,
    ) -> Result<(), Error> {
        let job = job_of(cj, due, zone);
        let name = job.name().to_owned();
        let last = Timestamp::parse(cj.at(&["status", "lastScheduleTime"]).str());
        let is_started = jobs.iter().any(|j| j.name() == name) || last == Some(due);
        if is_started {
            return Ok(());
        }
        let active: Vec<Value> = jobs
            .iter()
            .filter(|j| is_listed(cj, j.uid()))
            .cloned()
            .collect();
        match cj.at(&["spec", "concurrencyPolicy"]).str() {
            "Forbid" if !cj.at(&["status", "active"]).is_empty() => {
                let text = "Not starting job because prior execution is running and concurrency policy is Forbid";
                self.record(cj, "Normal", "JobAlreadyActive", text, work);
                return Ok(());
            }
            "Replace" => {
                for old in &active {
                    self.delete(cj, old, work)?;
                }
            }
            _ => {}
        }
        match work.cx.create(Kind::Jobs.def(), cj.namespace(), job) {
            Ok(made) => {
                let text = format!("Created job {name}");
                self.record(cj, "Normal", "SuccessfulCreate", &text, work);
                cj.at_mut(&["status", "active"]).push(tree!({
                    "apiVersion": "batch/v1", "kind": "Job", "namespace": made.namespace(), "name": name,
                    "uid": made.uid(), "resourceVersion": made.resource_version(),
                }));
            }
            Err(e) if e.has_cause("NamespaceTerminating") => return Ok(()),
            Err(e) if e.is_already_exists() => {}
            Err(e) => {
                let text = format!("Error creating job: {e}");
                self.record(cj, "Warning", "FailedCreate", &text, work);
                return Err(e.into());
            }
        }
        cj.set_at(&["status", "lastScheduleTime"], due);
        Ok(())
    }
}

fn is_listed(cj: &Value, uid: &str) -> bool {
    cj.at(&["status", "active"])
        .items()
        .iter()
        .any(|r| r.get("uid") == &uid)
}

fn unlist(cj: &mut Value, uid: &str) {
    if !is_listed(cj, uid) {
        return;
    }
    let list = cj.at_mut(&["status", "active"]).items_mut();
    list.retain(|r| r.get("uid") != &uid);
    if list.is_empty() {
        cj.remove_at(&["status", "active"]);
    }
}

/// The latest time up to now for which no job was started yet, and how many such times there were.
fn most_recent(
    cj: &Value,
    schedule: &Schedule,
    zone: &Zone,
    now: Timestamp,
) -> (Option<Timestamp>, usize) {
    let last = Timestamp::parse(cj.at(&["status", "lastScheduleTime"]).str());
    let mut from = last.or(cj.creation_timestamp()).unwrap_or(now);
    if let Some(seconds) = cj.at(&["spec", "startingDeadlineSeconds"]).as_i64() {
        from = from.max(now - Duration::from_secs(seconds.unsigned_abs()));
    }
    let mut found = None;
    let mut missed = 0;
    while let Some(next) = schedule
        .next(found.unwrap_or(from), zone)
        .filter(|t| *t <= now)
    {
        found = Some(next);
        missed += 1;
        if missed >= MOST_MISSED {
            break;
        }
    }
    (found, missed)
}

/// The job of a time: its name tells the minute.
fn job_of(cj: &Value, due: Timestamp, zone: &Zone) -> Value {
    let template = cj.at(&["spec", "jobTemplate"]);
    let mut job = tree!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {
        "name": format!("{}-{}", cj.name(), due.secs() / 60), "namespace": cj.namespace(),
    }});
    for field in ["labels", "annotations"] {
        let from = template.at(&["metadata", field]);
        if !from.is_empty() {
            job.set_at(&["metadata", field], from);
        }
    }
    job.set_annotation(SCHEDULED, &zone.format(due));
    job.set_at(
        &["metadata", "ownerReferences"],
        vec![meta::new_controller_ref(cj, "batch/v1", "CronJob")],
    );
    job.set("spec", template.get("spec"));
    job
}

impl Reconciler for CronJobController {
    const NAME: &'static str = "cronjob-controller";
    const SERVICE_ACCOUNT: &'static str = "cronjob-controller";
    const WATCHES: &'static [Kind] = &[Kind::CronJobs, Kind::Jobs];

    fn observe(&mut self, kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        let object = delta.object();
        if kind == Kind::CronJobs {
            return watching.add(object.key());
        }
        let owner = object.controller_of().and_then(|r| {
            watching
                .stores
                .resolve(Kind::CronJobs, object.namespace(), r)
        });
        if let Some(cj) = owner {
            watching.add(cj.key());
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        match work.stores[Kind::CronJobs].get(key).cloned() {
            Some(cj) => self.sync(cj, work),
            None => Ok(Action::AwaitChange),
        }
    }
}
