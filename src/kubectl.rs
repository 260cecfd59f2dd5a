//! kubectl 1.36 as a library: the command line of the page's terminal, of headless tests and of the native program.
//!
//! [`run`] takes the words of one command line; everything it touches comes in through two traits, [`Io`] (the workstation:
//! streams, files, clock) and [`Transport`] (the API server). It is async without a runtime: any executor, or a loop with a
//! waker that does nothing, can drive it. Dropping the future is how Ctrl-C ends a command: open watches close themselves.
//!
//! Reading order: [`env`] (the two traits), [`error`] (what goes wrong and how kubectl words it), [`flags`] and [`command`] (the
//! command line), [`context`] (what a running command has in its hands), [`rest`], [`discovery`] and [`resource`] (finding and
//! reaching objects), [`printers`], and then one file per command in [`cmd`].

pub mod cmd;
pub mod command;
pub mod complete;
pub mod config;
pub mod context;
pub mod describe;
pub mod discovery;
pub mod env;
pub mod error;
pub mod flags;
pub mod help;
pub mod history;
pub mod kustomize;
pub mod printers;
pub mod resource;
pub mod rest;

pub use command::{Command, Run};
pub use complete::{Completion, complete};
pub use context::Cx;
pub use env::{
    Attributes, FileError, FileKind, Gateway, GatewayFilter, Io, LocalFuture, Transport,
    TransportError, race,
};
pub use error::{Error, Outcome};
pub use flags::{Flag, Flags};

use std::rc::Rc;

/// Runs one command line (`args` without the leading `kubectl`) and gives its exit code.
pub async fn run(args: Vec<String>, io: Rc<dyn Io>, transport: Rc<dyn Transport>) -> i32 {
    match execute(args, &io, transport).await {
        Ok(()) => 0,
        Err(error) => error.report(&*io),
    }
}

async fn execute(
    args: Vec<String>,
    io: &Rc<dyn Io>,
    transport: Rc<dyn Transport>,
) -> Result<(), Error> {
    let found = command::find(&cmd::ROOT, &args)?;
    let parsed = flags::parse(&found.flags(), &found.rest)
        .map_err(|e| Error::msg(format!("{e}\nSee '{} --help' for usage.", found.path())))?;
    if parsed.flags.bool("help") {
        io.stdout(&help::text(&found));
        return Ok(());
    }
    for line in &parsed.deprecations {
        io.stderr(&format!("{line}\n"));
    }
    let Some(run) = found.command().run else {
        if let Some(word) = parsed.args.first() {
            return Err(found.unknown_subcommand(word, &parsed.args));
        }
        // Upstream's own groups are no errors where cobra shows their help.
        if found.is_root() || found.path() == "kubectl certificate" {
            io.stdout(&help::text(&found));
            return Ok(());
        }
        if found.path() == "kubectl rollout" {
            io.stdout(&help::text(&found));
            return Err(Error::Exit(1));
        }
        io.stderr(&help::text(&found));
        return Err(Error::Exit(1));
    };
    let missing: Vec<String> = found
        .flags()
        .iter()
        .filter(|f| f.required && !parsed.flags.changed(f.name))
        .map(|f| format!("\"{}\"", f.name))
        .collect();
    if !missing.is_empty() {
        return Err(Error::msg(format!(
            "required flag(s) {} not set",
            missing.join(", ")
        )));
    }
    let cx = Cx::new(found, parsed, args, io.clone(), transport);
    // `config set-context` writes what these flags say.
    if !cx.found.path().starts_with("kubectl config") {
        cx.check_connection()?;
    }
    let result = run(&cx).await;
    match result {
        Ok(()) if cx.flags.bool("warnings-as-errors") => cx.rest.warnings_as_error(),
        other => other,
    }
}
