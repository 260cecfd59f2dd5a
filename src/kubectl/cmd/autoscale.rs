//! `kubectl autoscale`

use super::common::{DryRun, RECORD, SAVE_CONFIG, new_object, record, update_last_applied};
use super::{DRY_RUN, FILENAME_FLAGS};
use crate::apimachinery::{Quantity, Value};
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::discovery::Mapping;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::{OUTPUT_FLAGS, Printer};
use crate::kubectl::resource::{Builder, Helper, Info};
use crate::tree;

/// The command.
pub static AUTOSCALE: Command = Command {
    name: "autoscale",
    args: "(-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu=CPU] [--memory=MEMORY]",
    short: "Auto-scale a deployment, replica set, stateful set, or replication controller",
    flags: &[FLAGS, FILENAME_FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    Flag::string("cpu", "CPU to aim at: a percentage of the requests, or an amount."),
    Flag::int("cpu-percent", "-1", "CPU to aim at, in percent of the requests.").deprecated("Use --cpu with percentage or resource quantity format (e.g., '70%' for utilization or '500m' for milliCPU)."),
    DRY_RUN,
    Flag::string("field-manager", "Who is to own the fields.").default("kubectl-autoscale"),
    Flag::int("max", "-1", "The most pods.").required(),
    Flag::string("memory", "Memory to aim at: a percentage of the requests, or an amount."),
    Flag::int("min", "-1", "The fewest pods."),
    Flag::string("name", "The autoscaler's name."),
    RECORD,
    SAVE_CONFIG,
];

/// What a resource is to be kept at.
#[derive(Clone, Debug, PartialEq)]
enum Aim {
    Percent(i64),
    Amount(Quantity),
}

fn parse(resource: &str, text: &str, default_unit: &str) -> Result<Aim, Error> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::msg("empty input"));
    }
    if let Some(percent) = text.strip_suffix('%') {
        let bad = || {
            Error::msg(format!(
                "failed to parse percentage value: strconv.ParseInt: parsing \"{percent}\": invalid syntax"
            ))
        };
        return percent
            .parse::<i32>()
            .map(|n| Aim::Percent(n.into()))
            .map_err(|_| bad());
    }
    let amount = match text.parse::<f64>() {
        Ok(n) => format!("{n}{default_unit}"),
        Err(_) => text.to_owned(),
    };
    Quantity::parse(&amount)
        .map(Aim::Amount)
        .map_err(|_| Error::msg(format!("invalid resource {resource} value: {text}")))
}

fn metric(name: &str, aim: &Aim) -> Value {
    let target = match aim {
        Aim::Percent(n) => tree!({"type": "Utilization", "averageUtilization": n}),
        Aim::Amount(q) => tree!({"type": "AverageValue", "averageValue": q.to_string()}),
    };
    let mut m = tree!({"type": "Resource", "resource": {"name": name}});
    m.set_at(&["resource", "target"], target);
    m
}

async fn run(cx: &Cx) -> Outcome {
    let dry_run = DryRun::of(cx)?;
    let (min, max, percent) = (
        cx.flags.int("min"),
        cx.flags.int("max"),
        cx.flags.int("cpu-percent"),
    );
    if max < 1 {
        return Err(Error::msg(format!(
            "--max=MAXPODS is required and must be at least 1, max: {max}"
        )));
    }
    if max < min {
        return Err(Error::msg(format!(
            "--max=MAXPODS must be larger or equal to --min=MINPODS, max: {max}, min: {min}"
        )));
    }
    let (cpu, memory) = (cx.flags.str("cpu"), cx.flags.str("memory"));
    if percent > 0 && !cpu.is_empty() {
        return Err(Error::msg("--cpu-percent and --cpu are mutually exclusive"));
    }
    let mut metrics = Vec::new();
    if percent > 0 {
        metrics.push(metric("cpu", &Aim::Percent(percent)));
    }
    for (name, text, unit) in [("cpu", cpu, "m"), ("memory", memory, "Mi")] {
        if !text.is_empty() {
            metrics.push(metric(name, &parse(name, text, unit)?));
        }
    }
    let found = Builder::new(cx)?
        .filenames(cx)
        .args(&cx.args, false)
        .continue_on_error()
        .flatten()
        .find(cx)
        .await?;
    let mut errors = found.errors;
    let none = found.infos.is_empty();
    for info in &found.infos {
        if let Err(e) = autoscale(cx, info, &metrics, dry_run).await {
            errors.push(e);
        }
    }
    Error::all(errors)?;
    if none {
        return Err(Error::msg("no objects passed to autoscale"));
    }
    Ok(())
}

async fn autoscale(cx: &Cx, info: &Info, metrics: &[Value], dry_run: DryRun) -> Outcome {
    if !info.mapping.subresources.iter().any(|s| s == "scale") {
        let kind = &info.mapping.kind;
        return Err(Error::msg(format!(
            "cannot autoscale a {kind}: could not find scale subresource for {} in discovery information",
            info.mapping.gvr()
        )));
    }
    let error = match create(cx, &second(cx, info, metrics)?, dry_run).await {
        Ok(()) => return Ok(()),
        Err(e) => e,
    };
    // The first version of the API knows no more than a percentage of CPU.
    let (cpu, memory) = (cx.flags.str("cpu"), cx.flags.str("memory"));
    let aim = parse("cpu", cpu, "m").map_err(|e| Error::msg(format!("failed to create autoscaling/v2 HPA and the configuration is incompatible with autoscaling/v1: {}", e.text())))?;
    let plain =
        memory.is_empty() && (cx.flags.int("cpu-percent") >= 0 || matches!(aim, Aim::Percent(_)));
    if !plain {
        return Err(error);
    }
    create(cx, &first(cx, info)?, dry_run).await
}

fn bare(cx: &Cx, info: &Info, api_version: &str) -> Result<Value, Error> {
    let name = if cx.flags.str("name").is_empty() {
        info.name.as_str()
    } else {
        cx.flags.str("name")
    };
    let mut hpa = new_object(api_version, "HorizontalPodAutoscaler", name);
    let (namespace, explicit) = cx.namespace()?;
    if explicit {
        hpa.set_at(&["metadata", "namespace"], namespace);
    }
    hpa.set(
        "spec",
        tree!({"maxReplicas": cx.flags.int("max"), "scaleTargetRef": {
            "apiVersion": info.mapping.api_version(), "kind": info.mapping.kind, "name": info.name,
        }}),
    );
    if cx.flags.int("min") > 0 {
        hpa.set_at(&["spec", "minReplicas"], cx.flags.int("min"));
    }
    Ok(hpa)
}

fn second(cx: &Cx, info: &Info, metrics: &[Value]) -> Result<Value, Error> {
    let mut hpa = bare(cx, info, "autoscaling/v2")?;
    if !metrics.is_empty() {
        hpa.set_at(&["spec", "metrics"], metrics.to_vec());
    }
    hpa.set(
        "status",
        tree!({"currentMetrics": null, "desiredReplicas": 0}),
    );
    Ok(hpa)
}

fn first(cx: &Cx, info: &Info) -> Result<Value, Error> {
    let mut hpa = bare(cx, info, "autoscaling/v1")?;
    if cx.flags.int("cpu-percent") >= 0 {
        hpa.set_at(
            &["spec", "targetCPUUtilizationPercentage"],
            cx.flags.int("cpu-percent"),
        );
    }
    hpa.set(
        "status",
        tree!({"currentReplicas": 0, "desiredReplicas": 0}),
    );
    Ok(hpa)
}

async fn create(cx: &Cx, hpa: &Value, dry_run: DryRun) -> Outcome {
    let mut hpa = hpa.clone();
    record(cx, &mut hpa);
    if dry_run.is_client() {
        let mut printer = Printer::for_operation(cx, &dry_run.operation("created"))?.typed();
        cx.out(printer.print(&hpa)?);
        return Ok(());
    }
    update_last_applied(cx.flags.bool("save-config"), &mut hpa);
    let (namespace, _) = cx.namespace()?;
    let mapping = Mapping::built_in(hpa.api_version(), "HorizontalPodAutoscaler");
    let made = Helper::new(cx, &mapping, &namespace)
        .dry_run(dry_run.is_server())
        .field_manager(cx.flags.str("field-manager"))
        .create(&hpa)
        .await?;
    let mut printer = Printer::for_operation(cx, &dry_run.operation("autoscaled"))?;
    cx.out(printer.print(&made)?);
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn aims_are_percentages_or_amounts() {
        assert_eq!(parse("cpu", "70%", "m").unwrap(), Aim::Percent(70));
        assert_eq!(
            metric("memory", &parse("memory", "100", "Mi").unwrap()).at(&[
                "resource",
                "target",
                "averageValue"
            ]),
            &"100Mi"
        );
        assert_eq!(parse("cpu", "", "m").unwrap_err().text(), "empty input");
    }
}
