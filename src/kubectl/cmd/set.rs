//! `kubectl set` and its commands on pod templates, selectors and subjects.

mod env;
mod fields;
mod subject;

use super::common::{DryRun, RECORD, record};
use super::{DRY_RUN, FILENAME_FLAGS, SELECTOR};
use crate::api::strict;
use crate::apimachinery::Value;
use crate::apimachinery::http::Body;
use crate::apimachinery::patch::create_two_way_merge_patch;
use crate::apimachinery::schema::kind_type;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::{OUTPUT_FLAGS, Printer};
use crate::kubectl::resource::{Builder, Helper, Info};

/// The group of commands.
pub static SET: Command = Command {
    name: "set",
    args: "SUBCOMMAND",
    short: "Set specific features on objects",
    commands: &[
        &IMAGE,
        &RESOURCES,
        &SELECTOR_COMMAND,
        &subject::SUBJECT,
        &SERVICE_ACCOUNT,
        &env::ENV,
    ],
    ..Command::NEW
};

/// Flags of all of them.
const FLAGS: &[Flag] = &[
    Flag::bool("all", "All objects of the type."),
    DRY_RUN,
    Flag::string("field-manager", "Who is to own the fields.").default("kubectl-set"),
    Flag::bool("local", "Work on files only, without the server."),
    SELECTOR,
];

static IMAGE: Command = Command {
    name: "image",
    args: "(-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N",
    short: "Update the image of a pod template",
    flags: &[FLAGS, &[RECORD], FILENAME_FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(fields::image(cx))),
    ..Command::NEW
};

static RESOURCES: Command = Command {
    name: "resources",
    args: "(-f FILENAME | TYPE NAME)  ([--limits=LIMITS & --requests=REQUESTS]",
    short: "Update resource requests/limits on objects with pod templates",
    flags: &[
        FLAGS,
        &[
            RECORD,
            Flag::string("containers", "Containers to change; may use *.")
                .short('c')
                .default("*"),
            Flag::string("limits", "Limits, such as cpu=100m,memory=256Mi."),
            Flag::string("requests", "Requests, such as cpu=100m,memory=256Mi."),
        ],
        FILENAME_FLAGS,
        OUTPUT_FLAGS,
    ],
    run: Some(|cx| Box::pin(fields::resources(cx))),
    ..Command::NEW
};

static SELECTOR_COMMAND: Command = Command {
    name: "selector",
    args: "(-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version]",
    short: "Set the selector on a resource",
    flags: &[
        FLAGS,
        &[
            RECORD,
            Flag::string(
                "resource-version",
                "Change the object only if it has this version.",
            ),
        ],
        FILENAME_FLAGS,
        OUTPUT_FLAGS,
    ],
    run: Some(|cx| Box::pin(fields::selector(cx))),
    ..Command::NEW
};

static SERVICE_ACCOUNT: Command = Command {
    name: "serviceaccount",
    aliases: &["sa"],
    args: "(-f FILENAME | TYPE NAME) SERVICE_ACCOUNT",
    short: "Update the service account of a resource",
    flags: &[FLAGS, &[RECORD], FILENAME_FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(fields::service_account(cx))),
    ..Command::NEW
};

/// Finds what the words name, or what files have with `--local`.
async fn find(cx: &Cx, resources: &[String]) -> Result<Vec<Info>, Error> {
    let local = cx.flags.bool("local");
    let builder = Builder::new(cx)?
        .continue_on_error()
        .filenames(cx)
        .flatten()
        .local(local);
    let builder = if local {
        if !resources.is_empty() {
            return Err(Error::msg(
                "error: you must specify resources by --filename when --local is set.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'",
            ));
        }
        builder
    } else {
        builder
            .label_selector(cx.flags.str("selector"))
            .args(resources, cx.flags.bool("all"))
            .latest()
    };
    builder.find(cx).await?.all()
}

/// The pod spec inside an object that has one.
fn pod_spec(object: &mut Value) -> Result<&mut Value, String> {
    let path: &[&str] = match object.kind() {
        "Pod" => &["spec"],
        "ReplicationController"
        | "ReplicaSet"
        | "Deployment"
        | "DaemonSet"
        | "StatefulSet"
        | "Job" => &["spec", "template", "spec"],
        "CronJob" => &["spec", "jobTemplate", "spec", "template", "spec"],
        _ => {
            let (group, version) =
                crate::apimachinery::meta::split_api_version(object.api_version());
            let package = if group.is_empty() { version } else { "v1" };
            return Err(format!(
                "the object is not a pod or does not have a pod template: *{package}.{}",
                object.kind()
            ));
        }
    };
    Ok(object.at_mut(path))
}

/// Containers whose names match, and whether there was any; `change` sees each of them.
fn each_container(spec: &mut Value, wanted: &str, mut change: impl FnMut(&mut Value)) -> bool {
    let mut found = false;
    for key in ["containers", "initContainers"] {
        if spec.get(key).items().is_empty() {
            continue;
        }
        for c in spec.entry(key).items_mut() {
            if matches_name(c.get("name").str(), wanted) {
                found = true;
                change(c);
            }
        }
    }
    found
}

/// Whether a name matches a pattern with `*`.
fn matches_name(name: &str, pattern: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else {
        return name == pattern;
    };
    let Some(rest) = name.strip_prefix(head) else {
        return false;
    };
    (0..=rest.len()).any(|i| rest.is_char_boundary(i) && matches_name(&rest[i..], tail))
}

/// What a change did to an object.
enum Change {
    /// It was changed (or would be).
    Done,
    /// It was left out.
    Skipped,
}

/// Changes every object, shows it and patches it on the server.
struct Work<'a> {
    cx: &'a Cx,
    dry_run: DryRun,
    /// What was done, in words.
    deed: &'static str,
    /// How a failed patch is introduced.
    failed: &'static str,
    errors: Vec<Error>,
    printer: Option<Printer>,
}

impl<'a> Work<'a> {
    fn new(cx: &'a Cx, deed: &'static str, failed: &'static str) -> Result<Self, Error> {
        let dry_run = DryRun::of(cx)?;
        Printer::for_operation(cx, deed)?;
        Ok(Work {
            cx,
            dry_run,
            deed,
            failed,
            errors: Vec::new(),
            printer: None,
        })
    }

    async fn one(&mut self, info: &Info, change: Result<(Value, Change), String>) {
        let changed = match change {
            Ok((_, Change::Skipped)) => return,
            Ok((changed, Change::Done)) => changed,
            Err(e) => {
                let name = info.object_name();
                return self.errors.push(Error::msg(format!("error: {name} {e}\n")));
            }
        };
        if let Err(e) = self.write(info, changed).await {
            self.errors.push(e);
        }
    }

    async fn write(&mut self, info: &Info, mut changed: Value) -> Outcome {
        let cx = self.cx;
        if cx.flags.has("record") {
            record(cx, &mut changed);
        }
        let type_id = kind_type(info.object.api_version(), info.object.kind()).unwrap_or_default();
        let patch = create_two_way_merge_patch(&info.object, &changed, type_id)
            .map_err(|e| Error::msg(e.to_string()))?;
        if patch.is_empty() {
            return Ok(());
        }
        if cx.flags.bool("local") || self.dry_run.is_client() {
            return self.show(&changed);
        }
        let object = Helper::of(cx, info)
            .dry_run(self.dry_run.is_server())
            .field_manager(cx.flags.str("field-manager"))
            .patch(
                &info.name,
                "application/strategic-merge-patch+json",
                Body::Tree(patch),
                None,
            )
            .await
            .map_err(|e| match self.failed {
                "" => e,
                failed => Error::msg(format!("{failed} {}", e.text())),
            })?;
        self.show(&object)
    }

    fn show(&mut self, object: &Value) -> Outcome {
        if self.printer.is_none() {
            let deed = self.dry_run.operation(self.deed);
            self.printer = Some(Printer::for_operation(self.cx, &deed)?.typed());
        }
        if let Some(printer) = &mut self.printer {
            self.cx.out(printer.print(&decoded(object))?);
        }
        Ok(())
    }

    fn finish(self) -> Outcome {
        Error::all(self.errors)
    }
}

/// The object as upstream shows it that has decoded it into its Go structs: structs within structs are always there, unknown
/// fields are not. Custom resources and what cannot be decoded stay as they are.
fn decoded(object: &Value) -> Value {
    let same = object.clone();
    match kind_type(object.api_version(), object.kind()) {
        Some(kind) => strict::decode(same, kind, strict::Mode::Ignore, &[])
            .map_or_else(|_| object.clone(), |(decoded, _)| decoded),
        None => same,
    }
}

fn check_local(cx: &Cx, dry_run: DryRun) -> Outcome {
    if cx.flags.bool("local") && dry_run.is_server() {
        return Err(Error::msg(
            "cannot specify --local and --dry-run=server - did you mean --dry-run=client?",
        ));
    }
    Ok(())
}

fn check_selector(cx: &Cx) -> Outcome {
    if cx.flags.bool("all") && !cx.flags.str("selector").is_empty() {
        return Err(Error::msg(
            "cannot set --all and --selector at the same time",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn objects_are_shown_as_structs_are() {
        for (given, want) in [
            (
                tree!({"apiVersion": "apps/v1", "kind": "Deployment", "more": 1, "spec": {"template": {"spec": {"containers": [{"name": "a"}]}}}}),
                tree!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {}, "spec": {"selector": null, "strategy": {}, "template": {"metadata": {}, "spec": {"containers": [{"name": "a", "resources": {}}]}}}, "status": {}}),
            ),
            (
                tree!({"apiVersion": "v1", "kind": "Service", "spec": {}}),
                tree!({"apiVersion": "v1", "kind": "Service", "metadata": {}, "spec": {}, "status": {"loadBalancer": {}}}),
            ),
            (
                tree!({"apiVersion": "example.com/v1", "kind": "Widget", "more": 1}),
                tree!({"apiVersion": "example.com/v1", "kind": "Widget", "more": 1}),
            ),
        ] {
            assert_eq!(decoded(&given).to_json(), want.to_json());
        }
        let set = decoded(
            &tree!({"apiVersion": "apps/v1", "kind": "StatefulSet", "spec": {"volumeClaimTemplates": [{}]}}),
        );
        let claim = set.at(&["spec", "volumeClaimTemplates"]).items()[0].to_json();
        assert_eq!(
            claim,
            r#"{"metadata":{},"spec":{"resources":{}},"status":{}}"#
        );
    }

    #[test]
    fn names_match_patterns() {
        for (name, pattern, want) in [
            ("a", "*", true),
            ("web-1", "web-*", true),
            ("web", "w*b", true),
            ("web", "we", false),
            ("x", "*y*", false),
        ] {
            assert_eq!(matches_name(name, pattern), want, "{name} {pattern}");
        }
    }
}
