//! `kubectl diff`

pub mod unified;

use super::apply::{self, patcher};
use super::common::{DryRun, LAST_APPLIED};
use super::{FILENAME_FLAGS, SELECTOR};
use crate::apimachinery::{Value, yaml};
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::visible;
use crate::kubectl::resource::{Builder, Info, files};

/// The command.
pub static DIFF: Command = Command {
    name: "diff",
    args: "-f FILENAME",
    short: "Diff the live version against a would-be applied version",
    flags: &[FLAGS, FILENAME_FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    Flag::int("concurrency", "1", "How many objects to compare at once."),
    Flag::string("field-manager", "Who is to own the fields.").default("kubectl-client-side-apply"),
    Flag::bool("force", "").hidden(),
    Flag::bool(
        "force-conflicts",
        "With --server-side: take over fields that others own.",
    ),
    Flag::int("grace-period", "-1", "").hidden(),
    Flag::bool("overwrite", "").default("true").hidden(),
    Flag::bool("prune", "Show what apply --prune would delete."),
    Flag::array("prune-allowlist", "With --prune: resources to look at."),
    SELECTOR,
    Flag::bool("server-side", "Have the server merge."),
    Flag::bool("show-managed-fields", "Compare metadata.managedFields too."),
];

/// A failure of `diff` itself has an exit code above one; one says that there are differences.
async fn run(cx: &Cx) -> Outcome {
    match compare_all(cx).await {
        Ok(false) => Ok(()),
        Ok(true) => Err(Error::Exit(1)),
        Err(e) => {
            e.report(&*cx.io);
            Err(Error::Exit(if matches!(e, Error::Exit(_)) { 1 } else { 2 }))
        }
    }
}

async fn compare_all(cx: &Cx) -> Result<bool, Error> {
    files::require(cx)?;
    let infos = Builder::new(cx)?
        .filenames(cx)
        .label_selector(cx.flags.str("selector"))
        .flatten()
        .find(cx)
        .await?
        .all()?;
    let server_side = cx.flags.bool("server-side");
    let options = apply::Options {
        subresource: String::new(),
        dry_run: DryRun::Server,
        validation: "",
        server_side,
        manager: if server_side && !cx.flags.changed("field-manager") {
            "kubectl".to_owned()
        } else {
            cx.flags.str("field-manager").to_owned()
        },
    };
    let place = format!("{:09}", cx.io.random() % 1_000_000_000);
    let mut different = false;
    for info in infos {
        let (live, merged) = both(cx, info.clone(), &options).await?;
        let name = file_name(&info);
        let (from, to) = (
            format!("/tmp/LIVE-{place}/{name}"),
            format!("/tmp/MERGED-{place}/{name}"),
        );
        let text = unified::diff(&live, &merged);
        if text.is_empty() {
            continue;
        }
        different = true;
        let time = cx.io.now().utc().format("%Y-%m-%d %H:%M:%S%.9f +0000");
        cx.out(format!(
            "diff -u -N {from} {to}\n--- {from}\t{time}\n+++ {to}\t{time}\n{text}"
        ));
    }
    Ok(different)
}

fn file_name(info: &Info) -> String {
    let m = &info.mapping;
    let group = if m.group.is_empty() {
        String::new()
    } else {
        format!("{}.", m.group)
    };
    format!(
        "{group}{}.{}.{}.{}",
        m.version, m.kind, info.namespace, info.name
    )
}

/// The object as it is and as it would be, as YAML ("" where it is not there yet).
async fn both(
    cx: &Cx,
    mut info: Info,
    options: &apply::Options,
) -> Result<(String, String), Error> {
    let mut live = info.clone();
    let found = match live.get(cx).await {
        Ok(()) => true,
        Err(e) if e.is_not_found() => false,
        Err(e) => return Err(e),
    };
    let merged = if options.server_side || !found {
        if options.server_side {
            info.object = apply::send_configuration(cx, &info, options).await?;
        } else {
            info.object = apply::helper(cx, &info, options)
                .create(&info.object)
                .await?;
        }
        info.object
    } else {
        // The last configuration itself is not compared: it differs whenever anything does.
        let mut modified = info.object.clone();
        let annotations = modified.meta_mut().entry("annotations");
        annotations.map_mut().remove(LAST_APPLIED);
        info.object = live.object.clone();
        patcher::patch(cx, &mut info, &modified, options).await?;
        info.object
    };
    let live = if found { live.object } else { Value::Null };
    let (live, merged) = mask(&live, &merged);
    Ok((text(cx, &live), text(cx, &merged)))
}

fn text(cx: &Cx, object: &Value) -> String {
    if object.is_null() {
        return String::new();
    }
    yaml::to_yaml(&visible(object, cx.flags.bool("show-managed-fields")))
}

/// Hides a Secret's data; values that differ are told apart.
fn mask(live: &Value, merged: &Value) -> (Value, Value) {
    let (mut a, mut b) = (live.clone(), merged.clone());
    if live.kind() != "Secret" && merged.kind() != "Secret" {
        return (a, b);
    }
    let keys: Vec<String> = live
        .get("data")
        .fields()
        .chain(merged.get("data").fields())
        .map(|(k, _)| k.to_owned())
        .collect();
    for key in keys {
        let (old, new) = (live.get("data").get(&key), merged.get("data").get(&key));
        let changed = !old.is_null() && !new.is_null() && old != new;
        if !old.is_null() {
            a.set_at(
                &["data", &key],
                if changed { "*** (before)" } else { "***" },
            );
        }
        if !new.is_null() {
            b.set_at(&["data", &key], if changed { "*** (after)" } else { "***" });
        }
    }
    (a, b)
}
