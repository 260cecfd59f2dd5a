//! `kubarium kubectl`: the page's kubectl on a real workstation, against any API server.

mod gateway;
mod ports;
mod sockets;
pub(super) mod target;
mod transport;
pub mod workstation;

use super::kubeconfig::default_path;
use crate::kubectl::config::KubeConfig;
use crate::kubectl::{Transport, cmd, command, flags};
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;
use transport::Https;
use workstation::Workstation;

/// The way to the server that a command line means. It has to be used within a `LocalSet`.
pub fn reach(args: &[String]) -> Rc<dyn Transport> {
    // A command line that cannot be read is refused before anything is sent.
    let target = command::find(&cmd::ROOT, args).ok().and_then(|found| {
        let parsed = flags::parse(&found.flags(), &found.rest).ok()?;
        // Some commands have flags of their own with the names of these: `set subject --user`.
        let own = found.command().flags.iter().flat_map(|list| list.iter());
        let own: Vec<&str> = own.map(|flag| flag.name).collect();
        let flag = |name: &str| match own.contains(&name) {
            true => "",
            false => parsed.flags.str(name),
        };
        let insecure = parsed.flags.bool("insecure-skip-tls-verify");
        Some(target::find(&Workstation::default(), &flag, insecure))
    });
    Rc::new(Https::new(target))
}

/// The server that a kubeconfig names, by default the one that `up` writes, and its certificate authority as PEM.
///
/// # Errors
/// Where the kubeconfig cannot be read, or names what is not there.
pub fn administrator(
    kubeconfig: Option<&Path>,
    context: Option<&str>,
) -> anyhow::Result<(target::Target, Option<String>)> {
    let path = match (kubeconfig, std::env::var_os("KUBECONFIG")) {
        (Some(path), _) => path.to_string_lossy().into_owned(),
        (None, Some(_)) => String::new(),
        (None, None) => default_path()?.to_string_lossy().into_owned(),
    };
    if !path.is_empty() && !Path::new(&path).exists() {
        anyhow::bail!("there is no kubeconfig {path} (kubarium up writes one; --kubeconfig)");
    }
    let io = Workstation::default();
    let flag = |name: &str| match name {
        "kubeconfig" => path.as_str(),
        "context" => context.unwrap_or_default(),
        _ => "",
    };
    let found = target::find(&io, &flag, false).map_err(anyhow::Error::msg)?;
    let config = KubeConfig::load(&io, &path).map_err(|e| anyhow::Error::msg(e.text()))?;
    let chosen = config.context(&config.context_name(context.unwrap_or_default()));
    let cluster = config.cluster(chosen.get("cluster").str());
    let ca = target::pem(&io, cluster, "certificate-authority").map_err(anyhow::Error::msg)?;
    let ca = ca.map(String::from_utf8).transpose()?;
    Ok((found, ca))
}

/// Runs one command line (without the leading `kubectl`); its exit code.
///
/// # Errors
/// Where the system has no threads or sockets for it.
pub fn run(args: Vec<String>) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (io, transport) = (Rc::new(Workstation::default()), reach(&args));
    let tasks = tokio::task::LocalSet::new();
    let code = tasks.block_on(&runtime, crate::kubectl::run(args, io, transport));
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}
