//! What `--raw` of `create` and `replace` shares (`rawhttp`): a file sent to a path as it is.

use crate::apimachinery::http::Body;
use crate::kubectl::context::Cx;
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::rest::Call;
use http::Method;

/// Refuses what cannot be sent.
pub fn check(cx: &Cx) -> Outcome {
    let fails = |what: &str| Err(Error::msg(what));
    if cx.flags.bool("edit") {
        return fails("--raw and --edit are mutually exclusive");
    }
    let names = cx.flags.strings("filename");
    let [name] = &names[..] else {
        return fails("--raw can only use a single local file or stdin");
    };
    if name.starts_with("http://") || name.starts_with("https://") {
        return fails("--raw cannot read from a url");
    }
    for (flag, words) in [
        ("recursive", "--recursive"),
        ("selector", "--selector (-l)"),
        ("output", "--output"),
    ] {
        if cx.flags.changed(flag) {
            return fails(&format!("--raw and {words} are mutually exclusive"));
        }
    }
    let path = cx.flags.str("raw");
    if !path.starts_with('/') {
        return fails(&format!(
            "--raw must be a valid URL path: parse {path:?}: invalid URI for request"
        ));
    }
    Ok(())
}

/// Sends the file of `-f` to the path of `--raw` and shows the answer.
pub async fn send(cx: &Cx, method: Method) -> Outcome {
    let names = cx.flags.strings("filename");
    let bytes = match names.first().map(String::as_str) {
        Some("-") | None => cx.io.read_stdin().await,
        Some(name) => super::create::read_file(cx, name)?,
    };
    let call = Call::new(method, cx.flags.str("raw"));
    let mut stream = cx
        .rest
        .stream(call.patch("application/json", Body::Bytes(bytes)))
        .await?;
    while let Some(bytes) = stream.next().await.map_err(Error::msg)? {
        cx.io.stdout_bytes(&bytes);
    }
    Ok(())
}
