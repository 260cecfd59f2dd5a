//! The native edge: the same cluster as a program that serves the Kubernetes API over HTTPS.
//!
//! [`driver`] owns the cluster on a thread of its own and makes its time follow the wall clock; [`server`] speaks TLS and HTTP
//! and hands requests over ([`exchange`]); [`authn`] says who sends them. [`up`] puts them together. [`store`] and
//! [`keeper`] keep its objects on a disk. [`snapshot`] saves them as a file. [`kubectl`] is the page's kubectl over the network,
//! [`webhooks`] calls those of admission, [`aggregator`] servers of other APIs. Nothing here decides how the API behaves: that is the core's.

pub mod add_ons;
pub mod address;
pub mod agent;
pub mod aggregator;
pub mod authn;
pub mod bootstrap;
pub mod cli;
pub mod clock;
pub mod driver;
pub mod exchange;
pub mod joined;
pub mod keeper;
pub mod kubeconfig;
pub mod kubectl;
pub mod metrics;
pub mod node;
pub mod openapi;
pub mod page;
pub mod pki;
pub mod protobuf;
pub mod relay;
pub mod relayed;
pub mod routes;
pub mod run;
pub mod server;
pub mod signer;
pub mod snapshot;
pub mod store;
pub mod token;
pub mod tokens;
pub mod trusting;
pub mod up;
pub mod upgrade;
pub mod verified;
pub mod volumes;
pub mod webhooks;

use clap::Parser;
use std::io::Write;
use std::process::ExitCode;

/// Runs the program with the arguments of the process; its exit code.
pub fn main() -> ExitCode {
    let mut words = std::env::args();
    // Under this name it is kubectl and nothing else.
    let name = words.next().unwrap_or_default();
    if std::path::Path::new(&name)
        .file_stem()
        .is_some_and(|n| n == "kubectl")
    {
        return conclude(kubectl::run(words.collect()));
    }
    let args = cli::Cli::parse();
    conclude(match args.command {
        cli::Command::Up(args) => up::run(&args).map(|()| ExitCode::SUCCESS),
        cli::Command::Down(args) => up::down(&args).map(|()| ExitCode::SUCCESS),
        cli::Command::Node(cli::NodeCommand::Join(args)) => {
            agent::join(&args).map(|()| ExitCode::SUCCESS)
        }
        cli::Command::Node(cli::NodeCommand::Run(args)) => {
            agent::run(&args).map(|()| ExitCode::SUCCESS)
        }
        cli::Command::Token(args) => token::run(&args).map(|()| ExitCode::SUCCESS),
        cli::Command::Image(args) => up::image(&args).map(|()| ExitCode::SUCCESS),
        cli::Command::Snapshot(args) => snapshot::run(&args).map(|()| ExitCode::SUCCESS),
        cli::Command::Run(args) => run::run(&args).map(|()| ExitCode::SUCCESS),
        cli::Command::Kubectl { args } => kubectl::run(args),
        cli::Command::Completion { shell } => {
            let mut command = <cli::Cli as clap::CommandFactory>::command();
            clap_complete::generate(shell, &mut command, "kubarium", &mut std::io::stdout());
            Ok(ExitCode::SUCCESS)
        }
    })
}

fn conclude(outcome: anyhow::Result<ExitCode>) -> ExitCode {
    match outcome {
        Ok(code) => code,
        Err(error) => {
            // Nowhere is left to say so where standard error is closed.
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
