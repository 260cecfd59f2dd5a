//! `kubectl create token`

use crate::kubectl::cmd::common::name_argument;
use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::discovery::Mapping;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;
use crate::kubectl::printers::{OUTPUT_FLAGS, Printer};
use crate::kubectl::rest::Call;
use crate::tree;
use http::Method;

/// The command.
pub static TOKEN: Command = Command {
    name: "token",
    args: "SERVICE_ACCOUNT_NAME",
    short: "Request a service account token",
    flags: &[FLAGS, OUTPUT_FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    Flag::array(
        "audience",
        "Whom the token is for; may be given several times.",
    ),
    Flag::string(
        "bound-object-kind",
        "Kind of the object whose end is the token's end.",
    ),
    Flag::string("bound-object-name", "Name of that object."),
    Flag::string("bound-object-uid", "UID of that object."),
    Flag::duration(
        "duration",
        "0s",
        "How long the token lasts; the server may choose otherwise.",
    ),
];

async fn run(cx: &Cx) -> Outcome {
    let name = name_argument(cx)?;
    let (namespace, _) = cx.namespace()?;
    let mut request = tree!({"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "metadata": {}, "spec": {"audiences": null}});
    let audiences = cx.flags.strings("audience");
    if !audiences.is_empty() {
        request.set_at(&["spec", "audiences"], tree!(audiences));
    }
    if cx.flags.changed("duration") {
        if cx.flags.is_negative("duration") {
            return Err(Error::msg("--duration must be greater than or equal to 0"));
        }
        let seconds = cx.flags.duration("duration").as_secs();
        if seconds == 0 {
            return Err(Error::msg(
                "--duration cannot be expressed in units less than seconds",
            ));
        }
        request.set_at(&["spec", "expirationSeconds"], seconds as i64);
    }
    bound_object(cx, &mut request)?;
    let mapping = Mapping::built_in("v1", "ServiceAccount");
    let answer = cx
        .rest
        .send(Call::on(Method::POST, &mapping, &namespace, name, "token").body(request))
        .await
        .map_err(|e| match e {
            Error::Connection(_) => e,
            e => Error::msg(format!("failed to create token: {}", e.text())),
        })?;
    match Printer::from_flags(cx)? {
        Some(printer) => cx.out(printer.typed().print(&answer)?),
        None => cx.line(answer.at(&["status", "token"]).str()),
    }
    Ok(())
}

fn bound_object(cx: &Cx, request: &mut crate::apimachinery::Value) -> Outcome {
    let (kind, name, uid) = (
        cx.flags.str("bound-object-kind"),
        cx.flags.str("bound-object-name"),
        cx.flags.str("bound-object-uid"),
    );
    if kind.is_empty() {
        if !name.is_empty() {
            return Err(Error::msg(
                "--bound-object-name can only be set if --bound-object-kind is provided",
            ));
        }
        if !uid.is_empty() {
            return Err(Error::msg(
                "--bound-object-uid can only be set if --bound-object-kind is provided",
            ));
        }
        return Ok(());
    }
    if !matches!(kind, "Node" | "Pod" | "Secret") {
        return Err(Error::msg(
            "supported --bound-object-kind values are Node, Pod, Secret",
        ));
    }
    if name.is_empty() {
        return Err(Error::msg(
            "--bound-object-name is required if --bound-object-kind is provided",
        ));
    }
    let mut reference = tree!({"kind": kind, "apiVersion": "v1", "name": name});
    if !uid.is_empty() {
        reference.set("uid", uid);
    }
    request.set_at(&["spec", "boundObjectRef"], reference);
    Ok(())
}
