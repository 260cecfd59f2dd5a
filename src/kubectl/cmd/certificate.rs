//! `kubectl certificate approve|deny`

use super::FILENAME_FLAGS;
use crate::apimachinery::Value;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::{OUTPUT_FLAGS, Printer};
use crate::kubectl::resource::{Builder, Helper, Info, files};
use crate::tree;

/// The command.
pub static CERTIFICATE: Command = Command {
    name: "certificate",
    args: "SUBCOMMAND",
    short: "Modify certificate resources",
    commands: &[&APPROVE, &DENY],
    ..Command::NEW
};

static APPROVE: Command = Command {
    name: "approve",
    args: "(-f FILENAME | NAME)",
    short: "Approve a certificate signing request",
    flags: &[FLAGS, FILENAME_FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(decide(cx, &APPROVAL))),
    ..Command::NEW
};

static DENY: Command = Command {
    name: "deny",
    args: "(-f FILENAME | NAME)",
    short: "Deny a certificate signing request",
    flags: &[FLAGS, FILENAME_FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(decide(cx, &DENIAL))),
    ..Command::NEW
};

const FLAGS: &[Flag] = &[Flag::bool(
    "force",
    "Decide again, even if the request has been decided so.",
)];

/// How often a decision is tried that another writer comes before.
const ATTEMPTS: usize = 10;

/// What becomes of a request.
struct Decision {
    deed: &'static str,
    condition: &'static str,
    contradicts: &'static str,
    reason: &'static str,
}

const APPROVAL: Decision = Decision {
    deed: "approved",
    condition: "Approved",
    contradicts: "Denied",
    reason: "KubectlApprove",
};

const DENIAL: Decision = Decision {
    deed: "denied",
    condition: "Denied",
    contradicts: "Approved",
    reason: "KubectlDeny",
};

async fn decide(cx: &Cx, decision: &Decision) -> Outcome {
    if cx.args.is_empty() && files::none_given(cx) {
        return Err(Error::msg(
            "one or more CSRs must be specified as <name> or -f <filename>",
        ));
    }
    let mut printer = Printer::for_operation(cx, decision.deed)?;
    let builder = Builder::new(cx)?.filenames(cx).continue_on_error();
    let builder = if cx.args.is_empty() {
        builder
    } else {
        builder.named("certificatesigningrequests", &cx.args)
    };
    let found = builder.latest().flatten().find(cx).await?;
    let mut errors = found.errors;
    let none = found.infos.is_empty();
    for info in found.infos {
        match decide_one(cx, info, decision).await {
            Ok(object) => cx.out(printer.print(&object)?),
            Err(e) => errors.push(e),
        }
    }
    if none && errors.is_empty() {
        cx.warn("No resources found");
    }
    Error::all(errors)
}

async fn decide_one(cx: &Cx, mut info: Info, decision: &Decision) -> Result<Value, Error> {
    let mapping = &info.mapping;
    if (mapping.group.as_str(), mapping.kind.as_str())
        != ("certificates.k8s.io", "CertificateSigningRequest")
    {
        return Err(Error::msg(format!(
            "can only handle certificates.k8s.io CertificateSigningRequest objects, got {}/{}, Kind={}",
            mapping.group, mapping.version, mapping.kind
        )));
    }
    let mut attempt = 1;
    loop {
        let conditions = info.object.at(&["status", "conditions"]).items();
        let has = |kind: &str| conditions.iter().any(|c| c.get("type") == kind);
        if has(decision.contradicts) {
            return Err(Error::msg(format!(
                "certificate signing request {:?} is already {}",
                info.name, decision.contradicts
            )));
        }
        let known = has(decision.condition);
        if known && !cx.flags.bool("force") {
            return Ok(info.object);
        }
        let mut changed = info.object.clone();
        if !known {
            let message = format!(
                "This CSR was {} by kubectl certificate {}.",
                decision.deed,
                cx.found.command().name
            );
            changed.entry("status").entry("conditions").push(tree!({
                "type": decision.condition, "status": "True", "reason": decision.reason,
                "message": message, "lastUpdateTime": cx.io.now().to_rfc3339(),
            }));
        }
        let helper = Helper::of(cx, &info).subresource("approval");
        match helper.replace(&info.name, false, &changed).await {
            Err(e) if e.is_conflict() && attempt < ATTEMPTS => {
                attempt += 1;
                info.get(cx).await?;
            }
            result => return result,
        }
    }
}
