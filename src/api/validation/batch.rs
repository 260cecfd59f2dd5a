//! Jobs and cron jobs (`pkg/apis/batch/validation`).

use super::apps::bad_selector;
use super::common::{
    immutable, invalid_each, nonnegative, optional_supported, required, required_supported,
    supported,
};
use super::cron;
use super::meta::{label_selector, name_is_dns_subdomain, object_meta, object_meta_update};
use super::pod;
use crate::api::time_zones::is_time_zone;
use crate::apimachinery::field_errors::Bad;
use crate::apimachinery::names::{is_dns1123_label, is_dns1123_subdomain, is_qualified_name};
use crate::apimachinery::{ErrorList, FieldError, Path, Selector, Value, wire};

const SPEC: Path<'static> = Path::new("spec");
/// How long a list of indexes in a success policy may be, in bytes.
const MAX_INDEXES: usize = 64 * 1024;

/// A Job at its creation.
pub fn job(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, true, name_is_dns_subdomain);
    generated_selector(e, v);
    selector_and_spec(e, v.get("spec"));
    let spec = v.get("spec");
    let completions = spec.get("completions").as_i64().unwrap_or(0);
    if spec.get("completionMode").str() == "Indexed" && completions > 0 {
        let host = format!("{}-{}", v.name(), completions - 1);
        if !is_dns1123_label(&host).is_empty() {
            let text = format!("will not able to create pod with invalid DNS label: {host}");
            e.push(FieldError::invalid(
                &Path::new("metadata.name"),
                v.name(),
                text,
            ));
        }
    }
}

fn generated_selector(e: &mut ErrorList, v: &Value) {
    let spec = v.get("spec");
    if spec.get("manualSelector").as_bool() == Some(true) || spec.get("selector").is_null() {
        return;
    }
    let labels = spec.at(&["template", "metadata", "labels"]);
    let meta = SPEC.child("template.metadata");
    let path = meta.child("labels");
    if v.uid().is_empty() {
        e.push(FieldError::required(&Path::new("metadata.uid"), ""));
    }
    let mut has = |key: &str, value: &str| match labels.get(key).as_str() {
        None => {
            let text = format!("must be '{value}'");
            e.push(FieldError::required(&path.key(key), text));
        }
        Some(l) if l != value => {
            let text = format!("must be '{value}'");
            e.push(FieldError::invalid(&path.key(key), labels, text));
        }
        Some(_) => {}
    };
    let old_style = spec.at(&["selector", "matchLabels"]).has("controller-uid");
    has("controller-uid", v.uid());
    has("job-name", v.name());
    if !old_style {
        has("batch.kubernetes.io/controller-uid", v.uid());
        has("batch.kubernetes.io/job-name", v.name());
    }
    if let Ok(s) = Selector::from_label_selector(spec.get("selector")) {
        let mut expected = Value::object();
        for (key, value) in [("controller-uid", v.uid()), ("job-name", v.name())] {
            expected.set(&format!("batch.kubernetes.io/{key}"), value);
            expected.set(key, value);
        }
        if !s.matches(expected.as_map()) {
            let bad = bad_selector(spec.get("selector"));
            e.push(FieldError::invalid(
                &SPEC.child("selector"),
                bad,
                "`selector` not auto-generated",
            ));
        }
    }
}

fn selector_and_spec(e: &mut ErrorList, spec: &Value) {
    job_spec(e, &SPEC, spec);
    let selector = spec.get("selector");
    match selector.is_null() {
        true => e.push(FieldError::required(&SPEC.child("selector"), "")),
        false => label_selector(e, &SPEC.child("selector"), selector),
    }
    let labels = spec.at(&["template", "metadata", "labels"]);
    if let Ok(s) = Selector::from_label_selector(selector)
        && !s.matches(labels.as_map())
    {
        let text = "`selector` does not match template `labels`";
        e.push(FieldError::invalid(
            &SPEC.child("template.metadata.labels"),
            labels,
            text,
        ));
    }
}

fn job_spec(e: &mut ErrorList, path: &Path, spec: &Value) {
    for field in [
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
        "backoffLimitPerIndex",
    ] {
        nonnegative(e, &path.child(field), spec.get(field));
    }
    let failed = spec.get("maxFailedIndexes");
    nonnegative(e, &path.child("maxFailedIndexes"), failed);
    if !failed.is_null() && spec.get("backoffLimitPerIndex").is_null() {
        let text = "when maxFailedIndexes is specified";
        e.push(FieldError::required(
            &path.child("backoffLimitPerIndex"),
            text,
        ));
    }
    if let Some(manager) = spec.get("managedBy").as_str() {
        managed_by(e, &path.child("managedBy"), manager);
    }
    completion_mode(e, path, spec);
    failure_policy(e, path, spec);
    success_policy(e, &path.child("successPolicy"), spec);
    replacement_policy(e, path, spec);
    pod::template(e, &path.child("template"), spec.get("template"));
    let policy = spec.at(&["template", "spec", "restartPolicy"]);
    let at = path.child("template.spec.restartPolicy");
    match policy.str() {
        "" | "Always" => e.push(FieldError::required(
            &at,
            "valid values: \"OnFailure\", \"Never\"",
        )),
        "OnFailure" if !spec.get("podFailurePolicy").is_null() => {
            let text = "only \"Never\" is supported when podFailurePolicy is specified";
            e.push(FieldError::invalid(&at, policy, text));
        }
        _ => supported(e, &at, policy, &["OnFailure", "Never"]),
    }
}

fn managed_by(e: &mut ErrorList, path: &Path, v: &str) {
    domain_prefixed_path(e, path, v);
    if v.len() > 63 {
        e.push(FieldError::too_long(path, 63));
    }
}

/// A path behind a domain: `acme.io/foo`.
pub fn domain_prefixed_path(e: &mut ErrorList, path: &Path, v: &str) {
    if v.is_empty() {
        return e.push(FieldError::required(path, ""));
    }
    let (host, rest) = v.split_once('/').unwrap_or((v, ""));
    if host.is_empty() || rest.is_empty() {
        let text = "must be a domain-prefixed path (such as \"acme.io/foo\")";
        return e.push(FieldError::invalid(path, v, text));
    }
    invalid_each(e, path, host, is_dns1123_subdomain(host));
    let fine = |c: char| c.is_ascii_alphanumeric() || "/-._~%!$&'()*+,;=:".contains(c);
    if !rest.chars().all(fine) {
        let text = "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')";
        e.push(FieldError::invalid(path, rest, text));
    }
}

fn completion_mode(e: &mut ErrorList, path: &Path, spec: &Value) {
    let mode = spec.get("completionMode");
    optional_supported(
        e,
        &path.child("completionMode"),
        mode,
        &["NonIndexed", "Indexed"],
    );
    let indexed = mode.str() == "Indexed";
    if indexed {
        if spec.get("completions").is_null() {
            let text = "when completion mode is Indexed";
            e.push(FieldError::required(&path.child("completions"), text));
        }
        if let Some(n) = spec.get("parallelism").as_i64().filter(|n| *n > 100_000) {
            let text = "must be less than or equal to 100000 when completion mode is Indexed";
            e.push(FieldError::invalid(&path.child("parallelism"), n, text));
        }
        return failed_indexes(e, path, spec);
    }
    let plain = matches!(mode.str(), "" | "NonIndexed");
    for field in ["backoffLimitPerIndex", "maxFailedIndexes"] {
        if let Some(n) = spec.get(field).as_i64().filter(|_| plain) {
            e.push(FieldError::invalid(
                &path.child(field),
                n,
                "requires indexed completion mode",
            ));
        }
    }
}

/// How large an indexed job may be that keeps count of failed indexes.
fn failed_indexes(e: &mut ErrorList, path: &Path, spec: &Value) {
    let number = |field: &str| spec.get(field).as_i64();
    let failed = number("maxFailedIndexes");
    let completions = number("completions");
    let is_high =
        completions.is_some_and(|n| n > 100_000) && number("backoffLimitPerIndex").is_some();
    if is_high && failed.is_none() {
        let text = "must be specified when completions is above 100000";
        e.push(FieldError::required(&path.child("maxFailedIndexes"), text));
    }
    let mut bound = |n: Option<i64>, max: i64, field: &str, text: &str| {
        if let Some(n) = n.filter(|n| *n > max) {
            e.push(FieldError::invalid(&path.child(field), n, text));
        }
    };
    if let Some(completions) = completions {
        let text = "must be less than or equal to completions";
        bound(failed, completions, "maxFailedIndexes", text);
    }
    let text = "must be less than or equal to 100000";
    bound(failed, 100_000, "maxFailedIndexes", text);
    if !is_high {
        return;
    }
    let text = "must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index";
    bound(number("parallelism"), 10_000, "parallelism", text);
    bound(failed, 10_000, "maxFailedIndexes", text);
}

fn failure_policy(e: &mut ErrorList, path: &Path, spec: &Value) {
    let policy = spec.get("podFailurePolicy");
    if policy.is_null() {
        return;
    }
    let path = path.child("podFailurePolicy");
    let rules = policy.get("rules").items();
    if rules.len() > 20 {
        e.push(FieldError::too_many(&path.child("rules"), rules.len(), 20));
    }
    let template = spec.at(&["template", "spec"]);
    for (i, rule) in rules.iter().enumerate() {
        failure_rule(e, &path.item("rules", i), rule, template, spec);
    }
}

fn failure_rule(e: &mut ErrorList, at: &Path, rule: &Value, template: &Value, spec: &Value) {
    let action = rule.get("action");
    let path = at.child("action");
    match action.str() {
        "FailIndex" if spec.get("backoffLimitPerIndex").is_null() => {
            let text = "requires the backoffLimitPerIndex to be set";
            e.push(FieldError::invalid(&path, action, text));
        }
        "FailIndex" => {}
        _ => listed(
            e,
            &path,
            action,
            &["Count", "FailIndex", "FailJob", "Ignore"],
        ),
    }
    let (codes, conditions) = (rule.get("onExitCodes"), rule.get("onPodConditions"));
    if !codes.is_null() {
        exit_codes(e, &at.child("onExitCodes"), codes, template);
    }
    if conditions.items().len() > 20 {
        let path = at.child("onPodConditions");
        e.push(FieldError::too_many(&path, conditions.items().len(), 20));
    }
    for (i, c) in conditions.items().iter().enumerate() {
        let at = at.item("onPodConditions", i);
        let kind = c.get("type").str();
        invalid_each(e, &at.child("type"), kind, is_qualified_name(kind));
        listed(
            e,
            &at.child("status"),
            c.get("status"),
            &["False", "True", "Unknown"],
        );
    }
    match (codes.is_null(), conditions.is_empty()) {
        (false, false) => e.push(FieldError::invalid(
            at,
            Bad::raw(""),
            "specifying both OnExitCodes and OnPodConditions is not supported",
        )),
        (true, true) => e.push(FieldError::invalid(
            at,
            Bad::raw(""),
            "specifying one of OnExitCodes and OnPodConditions is required",
        )),
        _ => {}
    }
}

/// A string of a closed set, which is shown where the field is missing.
fn listed(e: &mut ErrorList, path: &Path, v: &Value, values: &[&str]) {
    if v.is_empty() {
        let text = format!("valid values: [\"{}\"]", values.join("\" \""));
        return e.push(FieldError::required(path, text));
    }
    supported(e, path, v, values);
}

fn exit_codes(e: &mut ErrorList, path: &Path, v: &Value, template: &Value) {
    listed(
        e,
        &path.child("operator"),
        v.get("operator"),
        &["In", "NotIn"],
    );
    if let Some(name) = v.get("containerName").as_str() {
        let named = |list: &str| {
            template
                .get(list)
                .items()
                .iter()
                .any(|c| c.get("name").str() == name)
        };
        if !named("containers") && !named("initContainers") {
            let text = "must be one of the container or initContainer names in the pod template";
            e.push(FieldError::invalid(
                &path.child("containerName"),
                name,
                text,
            ));
        }
    }
    let (values, at) = (v.get("values").items(), path.child("values"));
    if values.is_empty() {
        e.push(FieldError::invalid(
            &at,
            v.get("values"),
            "at least one value is required",
        ));
    } else if values.len() > 255 {
        e.push(FieldError::too_many(&at, values.len(), 255));
    }
    let mut ordered = true;
    for (i, n) in values.iter().enumerate() {
        if v.get("operator").str() == "In" && n.as_i64() == Some(0) {
            e.push(FieldError::invalid(
                &at.index(i),
                0,
                "must not be 0 for the In operator",
            ));
        }
        if values[..i].contains(n) {
            e.push(FieldError::duplicate(&at.index(i), n));
        } else if i > 0 && values[i - 1].as_i64() > n.as_i64() {
            ordered = false;
        }
    }
    if !ordered {
        e.push(FieldError::invalid(&at, v.get("values"), "must be ordered"));
    }
}

fn success_policy(e: &mut ErrorList, path: &Path, spec: &Value) {
    let policy = spec.get("successPolicy");
    if policy.is_null() {
        return;
    }
    if spec.get("completionMode").str() != "Indexed" {
        let bad = Bad::raw(wire::internal_json(
            policy,
            "io.k8s.api.batch.v1.SuccessPolicy",
        ));
        return e.push(FieldError::invalid(
            path,
            bad,
            "requires indexed completion mode",
        ));
    }
    let rules = policy.get("rules").items();
    if rules.is_empty() {
        let text = "at least one rules must be specified when the successPolicy is specified";
        e.push(FieldError::required(&path.child("rules"), text));
    }
    if rules.len() > 20 {
        e.push(FieldError::too_many(&path.child("rules"), rules.len(), 20));
    }
    for (i, rule) in rules.iter().enumerate() {
        let at = path.item("rules", i);
        let (count, indexes) = (rule.get("succeededCount"), rule.get("succeededIndexes"));
        if count.is_null() && indexes.is_null() {
            let text = "at least one of succeededCount or succeededIndexes must be specified";
            e.push(FieldError::required(&at, text));
        }
        let completions = spec.get("completions").as_i64().unwrap_or(0);
        let mut total = None;
        if let Some(text) = indexes.as_str() {
            let at = at.child("succeededIndexes");
            if text.len() > MAX_INDEXES {
                e.push(FieldError::too_long(&at, MAX_INDEXES));
            }
            total = Some(index_list(text, completions).unwrap_or_else(|why| {
                let why = format!("error parsing succeededIndexes: {why}");
                e.push(FieldError::invalid(&at, text, why));
                0
            }));
        }
        let at = at.child("succeededCount");
        nonnegative(e, &at, count);
        let limits = [
            (Some(completions), "the number of specified completions"),
            (
                total,
                "the number of indexes in the specified succeededIndexes field",
            ),
        ];
        for (limit, what) in limits {
            let limit = limit.unwrap_or(i64::MAX);
            if let Some(n) = count.as_i64().filter(|n| *n > limit) {
                let text = format!("must be less than or equal to {limit} ({what})");
                e.push(FieldError::invalid(&at, n, text));
            }
        }
    }
}

/// How many indexes a list such as `1,3-5` names (`validateIndexesFormat`).
fn index_list(text: &str, completions: i64) -> Result<i64, String> {
    let mut last = None;
    let mut total = 0;
    for part in text.split(',').filter(|_| !text.is_empty()) {
        let mut limits = [0, 0];
        let ends: Vec<&str> = part.split('-').collect();
        if ends.len() > 2 {
            return Err(format!(
                "the fragment \"{part}\" violates the requirement that an index interval can have at most two parts separated by '-'"
            ));
        }
        for (n, end) in limits.iter_mut().zip(&ends) {
            *n = end
                .parse()
                .map_err(|_| format!("cannot convert string to integer for index: \"{end}\""))?;
            if *n >= completions {
                return Err(format!("too large index: \"{end}\""));
            }
        }
        let [first, end] = limits;
        let increasing = |previous: i64, current: i64| match previous >= current {
            true => Err(format!(
                "non-increasing order, previous: {previous}, current: {current}"
            )),
            false => Ok(()),
        };
        let mut to = first;
        if ends.len() > 1 {
            increasing(first, end)?;
            to = end;
        }
        last.map_or(Ok(()), |l| increasing(l, first))?;
        total += to - first + 1;
        last = Some(to);
    }
    Ok(total)
}

fn replacement_policy(e: &mut ErrorList, path: &Path, spec: &Value) {
    let policy = spec.get("podReplacementPolicy");
    if policy.is_null() {
        return;
    }
    let known: &[&str] = match spec.get("podFailurePolicy").is_null() {
        true => &["Failed", "TerminatingOrFailed"],
        false => &["Failed"],
    };
    supported(e, &path.child("podReplacementPolicy"), policy, known);
}

/// An update of a Job: completions, selector and template stay.
pub fn job_update(e: &mut ErrorList, new: &Value, old: &Value) {
    job(e, new);
    object_meta_update(e, new, old);
    let (is, was) = (new.get("spec"), old.get("spec"));
    selector_and_spec(e, is);
    let indexed = is.get("completionMode").str() == "Indexed";
    if !indexed {
        immutable(
            e,
            &SPEC.child("completions"),
            is.get("completions"),
            was.get("completions"),
        );
    } else if is.get("completions") != was.get("completions")
        && is.get("completions") != is.get("parallelism")
    {
        let text = "can only be modified in tandem with spec.parallelism";
        e.push(FieldError::invalid(
            &SPEC.child("completions"),
            is.get("completions"),
            text,
        ));
    }
    if is.get("selector") != was.get("selector") {
        let bad = bad_selector(is.get("selector"));
        e.push(FieldError::invalid(
            &SPEC.child("selector"),
            bad,
            "field is immutable",
        ));
    }
    template_stays(e, is, was);
    for field in [
        "completionMode",
        "podFailurePolicy",
        "backoffLimitPerIndex",
        "managedBy",
        "successPolicy",
    ] {
        immutable(e, &SPEC.child(field), is.get(field), was.get(field));
    }
}

/// The template stays, but for where a suspended job's pods may run and what they ask for.
fn template_stays(e: &mut ErrorList, is: &Value, was: &Value) {
    let suspended = was.get("suspend").as_bool() == Some(true);
    let mut template = is.get("template").clone();
    let old = was.get("template");
    if suspended {
        for field in ["nodeSelector", "tolerations", "schedulingGates"] {
            template.entry("spec").remove(field);
            if let Some(v) = Some(old.at(&["spec", field])).filter(|v| !v.is_null()) {
                template.set_at(&["spec", field], v);
            }
        }
        for field in ["labels", "annotations"] {
            template.entry("metadata").remove(field);
            if let Some(v) = Some(old.at(&["metadata", field])).filter(|v| !v.is_null()) {
                template.set_at(&["metadata", field], v);
            }
        }
        let node_affinity = ["spec", "affinity", "nodeAffinity"];
        let old_affinity = old.at(&node_affinity);
        template.remove_at(&node_affinity);
        if !old_affinity.is_null() {
            template.set_at(&node_affinity, old_affinity);
        } else if template.at(&["spec", "affinity"]).is_empty() {
            template.entry("spec").remove("affinity");
            if let Some(v) = Some(old.at(&["spec", "affinity"])).filter(|v| !v.is_null()) {
                template.set_at(&["spec", "affinity"], v);
            }
        }
        for field in ["containers", "initContainers"] {
            let was = old.at(&["spec", field]).items();
            if was.len() != template.at(&["spec", field]).items().len() {
                continue;
            }
            for (i, container) in was.iter().enumerate() {
                let at = &mut template.entry("spec").entry(field).items_mut()[i];
                at.remove("resources");
                if container.has("resources") {
                    at.set("resources", container.get("resources"));
                }
            }
        }
    }
    if template != *old {
        let bad = wire::internal_json(is.get("template"), "io.k8s.api.core.v1.PodTemplateSpec");
        e.push(FieldError::invalid(
            &SPEC.child("template"),
            Bad::raw(bad),
            "field is immutable",
        ));
    }
}

/// An update of a Job's status.
pub fn job_status(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    for field in ["active", "succeeded", "failed", "ready", "terminating"] {
        let path = Path::new("status");
        nonnegative(e, &path.child(field), new.at(&["status", field]));
    }
}

/// A CronJob.
pub fn cron_job(e: &mut ErrorList, v: &Value) {
    object_meta(e, v, true, name_is_dns_subdomain);
    cron_job_spec(e, v.get("spec"), &Value::Null);
    if v.name().len() > 52 {
        let text = "must be no more than 52 characters";
        e.push(FieldError::invalid(
            &Path::new("metadata.name"),
            v.name(),
            text,
        ));
    }
}

fn cron_job_spec(e: &mut ErrorList, spec: &Value, old: &Value) {
    let schedule = spec.get("schedule");
    if required(e, &SPEC.child("schedule"), schedule) {
        let kept = old.get("schedule").str().contains("TZ");
        cron_schedule(e, schedule.str(), spec.get("timeZone"), kept);
    }
    nonnegative(
        e,
        &SPEC.child("startingDeadlineSeconds"),
        spec.get("startingDeadlineSeconds"),
    );
    if old.get("timeZone") != spec.get("timeZone") || old.is_null() {
        time_zone(e, spec.get("timeZone"));
    }
    let policies = ["Allow", "Forbid", "Replace"];
    required_supported(
        e,
        &SPEC.child("concurrencyPolicy"),
        spec.get("concurrencyPolicy"),
        &policies,
    );
    let path = SPEC.child("jobTemplate.spec");
    let job = spec.at(&["jobTemplate", "spec"]);
    job_spec(e, &path, job);
    if !job.get("selector").is_null() {
        let text = "`selector` will be auto-generated";
        e.push(FieldError::invalid(
            &path.child("selector"),
            bad_selector(job.get("selector")),
            text,
        ));
    }
    if job.get("manualSelector").as_bool() == Some(true) {
        let known = ["nil", "false"];
        e.push(FieldError::not_supported(
            &path.child("manualSelector"),
            true,
            &known,
        ));
    }
    for field in ["successfulJobsHistoryLimit", "failedJobsHistoryLimit"] {
        nonnegative(e, &SPEC.child(field), spec.get(field));
    }
}

/// `kept`: a zone stood in the schedule before, and may go on to.
fn cron_schedule(e: &mut ErrorList, schedule: &str, zone: &Value, kept: bool) {
    let path = SPEC.child("schedule");
    if let Err(text) = cron::parse_standard(schedule) {
        e.push(FieldError::invalid(&path, schedule, text));
    }
    let own_zone = schedule.contains("TZ");
    if own_zone && kept && !zone.is_null() {
        let text = "cannot use both timeZone field and TZ or CRON_TZ in schedule";
        e.push(FieldError::invalid(&path, schedule, text));
    } else if own_zone && !kept {
        let text = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
        e.push(FieldError::invalid(&path, schedule, text));
    }
}

fn time_zone(e: &mut ErrorList, v: &Value) {
    let Some(zone) = v.as_str() else {
        return;
    };
    let path = SPEC.child("timeZone");
    if zone.is_empty() {
        let text = "timeZone must be nil or non-empty string";
        e.push(FieldError::invalid(&path, zone, text));
    } else if zone.eq_ignore_ascii_case("local") {
        let text =
            "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
        e.push(FieldError::invalid(&path, zone, text));
    } else if !is_time_zone(zone) {
        let text = format!("unknown time zone {zone}");
        e.push(FieldError::invalid(&path, zone, text));
    }
}

/// An update of a CronJob.
pub fn cron_job_update(e: &mut ErrorList, new: &Value, old: &Value) {
    object_meta_update(e, new, old);
    cron_job_spec(e, new.get("spec"), old.get("spec"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    fn errors(extra: Value) -> Vec<String> {
        let mut job = tree!({"metadata": {"name": "j"}, "spec": {
            "completionMode": "Indexed", "completions": 5, "parallelism": 1,
            "template": {"spec": {"restartPolicy": "Never"}},
        }});
        for (field, value) in extra.fields() {
            job.entry("spec").set(field, value);
        }
        let mut e = Vec::new();
        completion_mode(&mut e, &SPEC, job.get("spec"));
        failure_policy(&mut e, &SPEC, job.get("spec"));
        success_policy(&mut e, &SPEC.child("successPolicy"), job.get("spec"));
        e.iter().map(FieldError::to_string).collect()
    }

    #[test]
    fn policies_are_refused_in_upstreams_words() {
        let rule = |rule: Value| tree!({"successPolicy": {"rules": [rule]}});
        let at = "spec.successPolicy.rules[0]";
        for (spec, wanted) in [
            (rule(tree!({"succeededIndexes": "0,2-4", "succeededCount": 4})), String::new()),
            (
                rule(tree!({"succeededIndexes": "0,2-5"})),
                format!("{at}.succeededIndexes: Invalid value: \"0,2-5\": error parsing succeededIndexes: too large index: \"5\""),
            ),
            (
                rule(tree!({"succeededIndexes": "2,1"})),
                format!("{at}.succeededIndexes: Invalid value: \"2,1\": error parsing succeededIndexes: non-increasing order, previous: 2, current: 1"),
            ),
            (
                rule(tree!({"succeededIndexes": "x"})),
                format!("{at}.succeededIndexes: Invalid value: \"x\": error parsing succeededIndexes: cannot convert string to integer for index: \"x\""),
            ),
            (
                rule(tree!({"succeededIndexes": "1-2-3"})),
                format!("{at}.succeededIndexes: Invalid value: \"1-2-3\": error parsing succeededIndexes: the fragment \"1-2-3\" violates the requirement that an index interval can have at most two parts separated by '-'"),
            ),
            (
                rule(tree!({"succeededIndexes": "1-2", "succeededCount": 3})),
                format!("{at}.succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)"),
            ),
            (
                rule(tree!({"succeededCount": 6})),
                format!("{at}.succeededCount: Invalid value: 6: must be less than or equal to 5 (the number of specified completions)"),
            ),
            (
                tree!({"podFailurePolicy": {"rules": [{"action": "Ignore"}]}}),
                "spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required".to_owned(),
            ),
            (
                tree!({"maxFailedIndexes": 6, "backoffLimitPerIndex": 1}),
                "spec.maxFailedIndexes: Invalid value: 6: must be less than or equal to completions".to_owned(),
            ),
            (
                tree!({"completions": 100001, "backoffLimitPerIndex": 1, "parallelism": 20000}),
                "spec.maxFailedIndexes: Required value: must be specified when completions is above 100000\nspec.parallelism: Invalid value: 20000: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index".to_owned(),
            ),
        ] {
            assert_eq!(errors(spec).join("\n"), wanted);
        }
    }
}
