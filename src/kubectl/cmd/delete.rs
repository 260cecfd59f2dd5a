//! `kubectl delete`

use super::common::DryRun;
use super::{ALL_NAMESPACES, DRY_RUN, FILENAME_FLAGS, SELECTOR};
use crate::apimachinery::Value;
use crate::apimachinery::http::WatchType;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::env::{Raced, race};
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::{Flag, parse_bool};
use crate::kubectl::resource::{Builder, Found, Helper, Info};
use crate::kubectl::rest::Call;
use crate::tree;
use http::Method;
use std::time::Duration;

/// The command.
pub static DELETE: Command = Command {
    name: "delete",
    args: "([-f FILENAME] | [-k DIRECTORY] | TYPE [(NAME | -l label | --all)])",
    short: "Delete resources by file names, stdin, resources and names, or by resources and label selector",
    flags: &[FLAGS, FILENAME_FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

/// `--cascade`
pub const CASCADE: Flag = Flag::string(
    "cascade",
    "What happens to what the object owns: \"background\", \"foreground\" or \"orphan\".",
)
.default("background")
.no_value("background");

const FLAGS: &[Flag] = &[
    Flag::bool("all", "All objects of the type."),
    ALL_NAMESPACES,
    CASCADE,
    DRY_RUN,
    Flag::string("field-selector", "Field selector; supports =, ==, !=."),
    Flag::bool(
        "force",
        "Take objects out of the API at once, without graceful deletion.",
    ),
    Flag::int(
        "grace-period",
        "-1",
        "Seconds for a graceful end; the object's own where negative.",
    ),
    Flag::bool(
        "ignore-not-found",
        "Objects that are not there are no error.",
    ),
    Flag::bool("interactive", "Ask before deleting.").short('i'),
    Flag::bool("now", "Same as --grace-period=1."),
    Flag::string(
        "output",
        "Use \"-o name\" for shorter output (resource/name).",
    )
    .short('o'),
    Flag::string("raw", "Path to delete, as it is."),
    SELECTOR,
    Flag::duration(
        "timeout",
        "0s",
        "How long to wait for the end; zero waits as long as it takes.",
    ),
    Flag::bool("wait", "Wait until the objects are gone.").default("true"),
];

/// How objects are deleted.
#[derive(Clone, Debug)]
pub struct Options {
    /// Seconds of grace; the object's own where negative.
    pub grace_period: i64,
    /// `Background`, `Foreground`, `Orphan`
    pub propagation: &'static str,
    /// What is pretended.
    pub dry_run: DryRun,
    /// Whether objects that are not there are no error.
    pub ignore_not_found: bool,
    /// Whether to wait until they are gone.
    pub wait: bool,
    /// How long; zero is a week.
    pub timeout: Duration,
    /// Whether only names are shown.
    pub names_only: bool,
    /// Says nothing.
    pub quiet: bool,
}

/// Reads `--cascade`.
pub fn cascade(cx: &Cx) -> Result<&'static str, Error> {
    let value = cx.flags.str("cascade");
    if let Some(on) = parse_bool(value) {
        let instead = if on { "background" } else { "orphan" };
        cx.warn(format!("warning: --cascade={value} is deprecated (boolean value) and can be replaced with --cascade={instead}."));
        return Ok(if on { "Background" } else { "Orphan" });
    }
    match value {
        "" | "background" => Ok("Background"),
        "foreground" => Ok("Foreground"),
        "orphan" => Ok("Orphan"),
        _ => Err(Error::msg(format!(
            "invalid cascade value ({value}). Must be \"background\", \"foreground\", or \"orphan\""
        ))),
    }
}

async fn run(cx: &Cx) -> Outcome {
    let options = options(cx)?;
    if !cx.flags.str("raw").is_empty() {
        let mut stream = cx
            .rest
            .stream(Call::new(Method::DELETE, cx.flags.str("raw")))
            .await?;
        while let Some(bytes) = stream.next().await.map_err(Error::msg)? {
            cx.io.stdout_bytes(&bytes);
        }
        return Ok(());
    }
    let (_, explicit) = cx.namespace()?;
    let found = Builder::new(cx)?
        .filenames(cx)
        .label_selector(cx.flags.str("selector"))
        .field_selector(cx.flags.str("field-selector"))
        .select_all(cx.flags.bool("all"))
        .all_namespaces(cx.flags.bool("all-namespaces"))
        .args(&cx.args, false)
        .no_fetch()
        .flatten()
        .continue_on_error()
        .find(cx)
        .await?;
    validate(cx, &options)?;
    if cx.flags.bool("interactive") {
        if found.infos.is_empty() && found.errors.is_empty() {
            cx.line("No resources found");
            return Ok(());
        }
        if !confirmed(cx, &found).await {
            cx.line("deletion is cancelled");
            return Ok(());
        }
    }
    let warn = explicit && !cx.flags.bool("all-namespaces");
    if warn && found.infos.iter().any(|i| !i.mapping.namespaced) {
        cx.warn("Warning: deleting cluster-scoped resources, not scoped to the provided namespace");
    }
    delete_all(cx, found, &options).await
}

fn options(cx: &Cx) -> Result<Options, Error> {
    let selected = cx.flags.bool("all")
        || !cx.flags.str("selector").is_empty()
        || !cx.flags.str("field-selector").is_empty();
    let mut grace_period = cx.flags.int("grace-period");
    if cx.flags.bool("now") {
        if grace_period != -1 {
            return Err(Error::msg(
                "--now and --grace-period cannot be specified together",
            ));
        }
        grace_period = 1;
    }
    let force = cx.flags.bool("force");
    if grace_period == 0 && !force {
        grace_period = 1;
    }
    if force && grace_period < 0 {
        grace_period = 0;
    }
    Ok(Options {
        grace_period,
        propagation: cascade(cx)?,
        dry_run: DryRun::of(cx)?,
        ignore_not_found: cx.flags.bool("ignore-not-found")
            || selected && !cx.flags.changed("ignore-not-found"),
        wait: cx.flags.bool("wait"),
        timeout: cx.flags.duration("timeout"),
        names_only: cx.flags.str("output") == "name",
        quiet: false,
    })
}

fn validate(cx: &Cx, options: &Options) -> Outcome {
    let output = cx.flags.str("output");
    if !matches!(output, "" | "name") {
        return Err(Error::msg(format!(
            "unexpected -o output mode: {output}. We only support '-o name'"
        )));
    }
    if cx.flags.bool("force") {
        if options.grace_period > 0 {
            return Err(Error::msg(
                "--force and --grace-period greater than 0 cannot be specified together",
            ));
        }
        cx.warn("Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.");
    }
    Ok(())
}

async fn confirmed(cx: &Cx, found: &Found) -> bool {
    cx.line(format!(
        "You are about to delete the following {} resource(s):",
        found.infos.len()
    ));
    for info in &found.infos {
        cx.line(format!(
            "{}/{}",
            info.mapping.group_kind().to_lowercase(),
            info.name
        ));
    }
    cx.out("Do you want to continue? (y/N): ");
    let answer = cx.io.read_line().await.unwrap_or_default();
    answer.trim().eq_ignore_ascii_case("y")
}

/// Deletes what was found and waits for its end (`DeleteResult`).
pub async fn delete_all(cx: &Cx, found: Found, options: &Options) -> Outcome {
    let mut errors = found.errors;
    let mut waiting = Vec::new();
    let mut count = 0;
    for info in found.infos {
        count += 1;
        match delete_one(cx, &info, options).await {
            Ok(uid) => waiting.push((info, uid)),
            Err(e) if options.ignore_not_found && e.is_not_found() => count -= 1,
            Err(e) => errors.push(e),
        }
    }
    if options.ignore_not_found {
        errors.retain(|e| !e.is_not_found());
    }
    Error::all(errors)?;
    if count == 0 {
        let selected = ["selector", "field-selector"]
            .iter()
            .any(|flag| !cx.flags.str(flag).is_empty());
        if !options.ignore_not_found || cx.flags.bool("all") || selected {
            cx.line("No resources found");
        }
        return Ok(());
    }
    if !options.wait || options.dry_run != DryRun::None {
        return Ok(());
    }
    let timeout = if options.timeout.is_zero() {
        Duration::from_secs(168 * 3600)
    } else {
        options.timeout
    };
    for (info, uid) in &waiting {
        match until_gone(cx, info, uid, timeout).await {
            Err(e) if matches!(e.reason(), "Forbidden" | "MethodNotAllowed") => return Ok(()),
            other => other?,
        }
    }
    Ok(())
}

/// Deletes one object and says so; gives its UID where the server told it.
pub async fn delete_one(cx: &Cx, info: &Info, options: &Options) -> Result<String, Error> {
    let mut answer = Value::Null;
    if !options.dry_run.is_client() {
        let mut body = tree!({"propagationPolicy": options.propagation});
        if options.grace_period >= 0 {
            body.set("gracePeriodSeconds", options.grace_period);
        }
        answer = Helper::of(cx, info)
            .dry_run(options.dry_run.is_server())
            .delete(&info.name, body)
            .await
            .map_err(|e| e.with_source("deleting", &info.source))?;
    }
    let kind = info.mapping.group_kind().to_lowercase();
    if options.quiet {
        // Nothing is said.
    } else if options.names_only {
        cx.line(format!("{kind}/{}", info.name));
    } else {
        let deed = if options.grace_period == 0 {
            "force deleted"
        } else {
            "deleted"
        };
        let place = if info.mapping.namespaced && !info.namespace.is_empty() {
            format!(" from {} namespace", info.namespace)
        } else {
            String::new()
        };
        cx.line(format!(
            "{} {deed}{place}{}",
            info.quoted(),
            options.dry_run.suffix()
        ));
    }
    Ok(match answer.kind() {
        "Status" => answer.at(&["details", "uid"]).str().to_owned(),
        _ => answer.uid().to_owned(),
    })
}

/// Waits until an object is gone, or is another one of the same name; `uid` may be "" where it is not known.
pub async fn until_gone(cx: &Cx, info: &Info, uid: &str, timeout: Duration) -> Outcome {
    let end = cx.io.now() + timeout;
    let late = || {
        Error::msg(format!(
            "timed out waiting for the condition on {}",
            info.object_name()
        ))
    };
    loop {
        let list = Call::on(Method::GET, &info.mapping, &info.namespace, "", "")
            .query("fieldSelector", format!("metadata.name={}", info.name));
        let found = cx.rest.send(list).await?;
        let Some(object) = found.get("items").items().first() else {
            return Ok(());
        };
        if !uid.is_empty() && object.uid() != uid {
            return Ok(());
        }
        let left = end.since(cx.io.now());
        if left.is_zero() {
            return Err(late());
        }
        let call = Call::on(Method::GET, &info.mapping, &info.namespace, "", "")
            .query("fieldSelector", format!("metadata.name={}", info.name))
            .query("resourceVersion", found.resource_version());
        let mut watch = cx.rest.watch(call).await?;
        let gone = async {
            while let Some(event) = watch.next().await {
                match event.kind {
                    WatchType::Deleted => return true,
                    WatchType::Error => return false,
                    _ => {}
                }
            }
            false
        };
        match race(gone, cx.io.sleep(left)).await {
            Raced::First(true) => return Ok(()),
            // The watch ended: look again, but not in a tight loop.
            Raced::First(false) => cx.io.sleep(Duration::from_millis(100)).await,
            Raced::Second(()) => return Err(late()),
        }
    }
}
