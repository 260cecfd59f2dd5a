//! `kubectl proxy`: the API on a port of this machine, without TLS and with this user's credentials.

use crate::kubectl::command::Command;
use crate::kubectl::context::Cx;
use crate::kubectl::env::{Gateway, GatewayFilter};
use crate::kubectl::error::{Error, Outcome};
use crate::kubectl::flags::Flag;

/// The command.
pub static PROXY: Command = Command {
    name: "proxy",
    args: "[--port=PORT] [--www=static-dir] [--www-prefix=prefix] [--api-prefix=prefix]",
    short: "Run a proxy to the Kubernetes API server",
    long: "Serve the API at an address of this machine, in the name of the user that the kubeconfig says. Static files (--www) are not supported.",
    flags: &[FLAGS],
    run: Some(|cx| Box::pin(run(cx))),
    ..Command::NEW
};

const FLAGS: &[Flag] = &[
    Flag::string(
        "accept-hosts",
        "Regular expression of hosts that may be asked.",
    )
    .default(r"^localhost$,^127\.0\.0\.1$,^\[::1\]$"),
    Flag::string(
        "accept-paths",
        "Regular expression of paths that may be asked for.",
    )
    .default("^.*"),
    Flag::string("address", "The address to serve at.").default("127.0.0.1"),
    Flag::string("api-prefix", "The path to serve the API under.").default("/"),
    Flag::bool(
        "append-server-path",
        "Put the path of the server before what is asked for.",
    ),
    Flag::bool(
        "disable-filter",
        "Let everything through. Dangerous where others reach the port.",
    ),
    Flag::duration("keepalive", "0s", "How long a silent connection is kept.").hidden(),
    Flag::int("port", "8001", "The port to serve at; 0 for any.").short('p'),
    Flag::string(
        "reject-methods",
        "Regular expression of methods that may not be used.",
    )
    .default("^$"),
    Flag::string(
        "reject-paths",
        "Regular expression of paths that may not be asked for.",
    )
    .default("^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach"),
    Flag::string("unix-socket", "The socket to serve at.").short('u'),
    Flag::string("www", "Not supported.").short('w').hidden(),
    Flag::string("www-prefix", "Not supported.")
        .default("/static/")
        .short('P')
        .hidden(),
];

async fn run(cx: &Cx) -> Outcome {
    let flags = &cx.flags;
    if !flags.str("www").is_empty() {
        return Err(Error::msg("--www is not supported in this kubectl"));
    }
    let (unix, port) = (flags.str("unix-socket"), flags.int("port"));
    if port != 8001 && !unix.is_empty() {
        return Err(Error::msg(
            "cannot set --unix-socket and --port at the same time",
        ));
    }
    let address = flags.str("address");
    let port = u16::try_from(port)
        .map_err(|_| Error::msg(format!("listen tcp: address {port}: invalid port")))?;
    let mut prefix = flags.str("api-prefix").to_owned();
    if !prefix.ends_with('/') {
        prefix.push('/');
    }
    let text = |name: &str| flags.str(name).to_owned();
    let filter = !flags.bool("disable-filter");
    if !filter && unix.is_empty() {
        cx.warn(
            "Request filter disabled, your proxy is vulnerable to XSRF attacks, please be cautious",
        );
    }
    let gateway = Gateway {
        address: address.to_owned(),
        port,
        unix_socket: unix.to_owned(),
        prefix,
        append_server_path: flags.bool("append-server-path"),
        filter: filter.then(|| GatewayFilter {
            accept_paths: text("accept-paths"),
            reject_paths: text("reject-paths"),
            accept_hosts: text("accept-hosts"),
            reject_methods: text("reject-methods"),
        }),
    };
    let ready = |at: &str| cx.line(format!("Starting to serve on {at}"));
    cx.rest.serve(&gateway, &ready).await
}
