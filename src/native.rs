//! The native edge: the same cluster as a program that serves the Kubernetes API over HTTPS.
//!
//! [`driver`] owns the cluster on a thread of its own and makes its time follow the wall clock; [`server`] speaks TLS and HTTP
//! and hands requests over ([`exchange`]); [`authn`] says who sends them. [`up`] puts them together. Nothing here decides how
//! the API behaves: that is the core's.

pub mod authn;
pub mod cli;
pub mod clock;
pub mod driver;
pub mod exchange;
pub mod kubeconfig;
pub mod metrics;
pub mod openapi;
pub mod pki;
pub mod protobuf;
pub mod routes;
pub mod server;
pub mod up;

use clap::Parser;
use std::io::Write;
use std::process::ExitCode;

/// Runs the program with the arguments of the process; its exit code.
pub fn main() -> ExitCode {
    let args = cli::Cli::parse();
    let outcome = match args.command {
        cli::Command::Up(args) => up::run(&args),
        cli::Command::Completion { shell } => {
            let mut command = <cli::Cli as clap::CommandFactory>::command();
            clap_complete::generate(shell, &mut command, "kubarium", &mut std::io::stdout());
            Ok(())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nowhere is left to say so where standard error is closed.
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
