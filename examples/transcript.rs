//! Runs transcripts headlessly through the in-page shell and kubectl, against a fresh cluster each, and prints them as they went.
//!
//! `cargo run --release --example transcript -- [--profile NAME] [--timeout SECONDS] FILE.t…`. `kubarium run` does the same and
//! compares as well.

use anyhow::{Context, bail};
use kubarium::cluster::ClusterConfig;
use kubarium::native::run::{Check, play};
use std::path::PathBuf;
use std::time::Duration;

fn main() -> anyhow::Result<()> {
    let mut profile = ClusterConfig::default();
    let mut timeout = Duration::from_secs(60);
    let mut files = Vec::new();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--profile" => {
                let name = args.next().unwrap_or_default();
                profile = ClusterConfig::profile(&name).with_context(|| {
                    format!("there is no profile {name:?}; there are default and reference")
                })?;
            }
            "--timeout" => {
                let seconds = args.next().and_then(|s| s.parse().ok());
                timeout = Duration::from_secs(seconds.context("--timeout takes seconds")?);
            }
            _ => files.push(PathBuf::from(arg)),
        }
    }
    if files.is_empty() {
        bail!("usage: transcript [--profile NAME] [--timeout SECONDS] FILE.t...");
    }
    let mut out = std::io::stdout().lock();
    for file in files {
        play(&file, &profile, timeout, Check::Nothing, &mut out)?;
    }
    Ok(())
}
