//! `kubarium kubectl`: the page's kubectl on a real workstation, against any API server.

mod gateway;
mod ports;
mod sockets;
mod target;
mod transport;
pub mod workstation;

use crate::kubectl::{Transport, cmd, command, flags};
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
