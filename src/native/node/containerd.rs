//! A containerd of one's own: the installed binary with a generated configuration, in folders of the cluster's node.

use super::folders::{self, Folders};
use super::runtime::Version;
use super::{grpc, image, machine, network};
use anyhow::{Context as _, bail};
use std::fs::{self, OpenOptions};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The oldest that is known to serve CRI v1.
const OLDEST: (u32, u32) = (1, 6);
/// How long it may take until it answers.
const START_TIME: Duration = Duration::from_secs(30);
/// How long it may take until the system tells what a process was started as.
const SETTLING: Duration = Duration::from_millis(500);
/// Lets a process raise its own priority against being killed.
const CAP_SYS_RESOURCE: u32 = 24;

/// Makes sure that what is needed is installed.
///
/// # Errors
/// What is missing, or too old.
pub fn check_installed() -> anyhow::Result<()> {
    for (program, package) in [
        ("containerd", "containerd"),
        ("ctr", "containerd"),
        ("runc", "runc"),
        ("ip", "iproute2"),
        ("nft", "nftables"),
        ("nsenter", "util-linux"),
    ] {
        if find(program).is_none() {
            bail!(
                "{program} is not installed (Debian: apt install {package}); --containerd-address names a containerd that runs already"
            );
        }
    }
    let printed = Command::new("containerd").arg("--version").output();
    let printed = printed.context("containerd cannot be run")?;
    let text = String::from_utf8_lossy(&printed.stdout).into_owned();
    check_version(text.split(' ').nth(2).unwrap_or_default())
}

/// Refuses what is too old.
///
/// # Errors
/// Where it is.
pub fn check_version(version: &str) -> anyhow::Result<()> {
    let plain = version.trim_start_matches('v');
    let mut parts = plain.split(['.', '~', '-', '+']).map(str::parse::<u32>);
    let (Some(Ok(major)), Some(Ok(minor))) = (parts.next(), parts.next()) else {
        bail!("containerd tells no version that can be read: {version:?}");
    };
    if (major, minor) < OLDEST {
        bail!(
            "containerd {plain} is too old: {}.{} or newer is needed",
            OLDEST.0,
            OLDEST.1
        );
    }
    Ok(())
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

fn config(folders: &Folders) -> String {
    let (plugins, settings) = network::plugin_folders(folders);
    let quoted = |path: &Path| format!("{:?}", path.to_string_lossy());
    format!(
        r#"version = 2
root = {root}
state = {state}
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
[grpc]
  address = {socket}
[ttrpc]
  address = {ttrpc}
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  restrict_oom_score_adj = {restrict}
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  disable_tcp_service = true
  max_container_log_line_size = 16384
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = {plugins}
  conf_dir = {settings}
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  Root = {runc}
  SystemdCgroup = false
[plugins."io.containerd.grpc.v1.cri".registry]
  config_path = {registries}
"#,
        root = quoted(&folders.data.join("containerd")),
        state = quoted(&folders.state.join("containerd")),
        socket = quoted(&folders.socket()),
        ttrpc = quoted(&folders.state.join("containerd.ttrpc.sock")),
        pause = image::PAUSE,
        restrict = !machine::has_capability(CAP_SYS_RESOURCE),
        plugins = quoted(&plugins),
        settings = quoted(&settings),
        runc = quoted(&folders.state.join("runc")),
        registries = quoted(&folders.registries()),
    )
}

fn pid_file(folders: &Folders) -> PathBuf {
    folders.state.join("containerd.pid")
}

/// The process that runs from before, if it is still that one.
fn running(folders: &Folders) -> Option<rustix::process::Pid> {
    let pid: i32 = fs::read_to_string(pid_file(folders))
        .ok()?
        .trim()
        .parse()
        .ok()?;
    let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let own = config_file(folders);
    let own = own.to_string_lossy();
    let words = line.split(|b| *b == 0);
    words
        .into_iter()
        .any(|w| w == own.as_bytes())
        .then(|| rustix::process::Pid::from_raw(pid))
        .flatten()
}

fn config_file(folders: &Folders) -> PathBuf {
    folders.state.join("containerd.toml")
}

fn log_file(folders: &Folders) -> PathBuf {
    folders.data.join("containerd.log")
}

/// Starts it where it does not run from before, and waits until it answers.
///
/// # Errors
/// Where it ends, or does not answer in time.
pub async fn start(folders: &Folders) -> anyhow::Result<(grpc::Client, Version)> {
    let client = grpc::Client::new(&folders.socket());
    if running(folders).is_none() {
        spawn(folders)?;
    }
    let begin = Instant::now();
    loop {
        match Version::ask(&client, Duration::from_secs(3)).await {
            Ok(version) => {
                let own = fs::Permissions::from_mode(0o600);
                fs::set_permissions(folders.socket(), own)?;
                return Ok((client, version));
            }
            Err(why) => {
                let log = log_file(folders);
                // A process that has only just begun is not known by its words yet.
                if begin.elapsed() > SETTLING && running(folders).is_none() {
                    let text = fs::read_to_string(&log).unwrap_or_default();
                    let last = text.lines().last().unwrap_or_default();
                    bail!("containerd ended ({}): {last}", log.display());
                }
                if begin.elapsed() > START_TIME {
                    bail!(
                        "containerd does not answer after {} s ({why}); its log is {}",
                        START_TIME.as_secs(),
                        log.display()
                    );
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn spawn(folders: &Folders) -> anyhow::Result<()> {
    let file = config_file(folders);
    fs::write(&file, config(folders))?;
    let log = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(log_file(folders))?;
    let mut child = Command::new("containerd")
        .arg("--config")
        .arg(&file)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        // What ends this program from a terminal must not end it too.
        .process_group(0)
        .spawn()
        .context("cannot start containerd")?;
    fs::write(pid_file(folders), child.id().to_string())?;
    // So that it is no zombie once it has ended.
    std::thread::Builder::new()
        .name("containerd".into())
        .spawn(move || child.wait())?;
    Ok(())
}

/// Starts it again where it has ended.
pub async fn keep_running(folders: Folders) {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        if running(&folders).is_none() {
            tracing::warn!("containerd has ended and is started again");
            if let Err(error) = spawn(&folders) {
                tracing::error!("{error:#}");
            }
        }
    }
}

/// Ends it, and removes what it keeps while it runs.
pub fn stop(folders: &Folders) {
    if let Some(pid) = running(folders) {
        let alive =
            || rustix::process::test_kill_process(pid).is_ok() && running(folders).is_some();
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let begin = Instant::now();
        while alive() && begin.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(20));
        }
        if alive() {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            std::thread::sleep(Duration::from_millis(100));
        }
    }
    let _ = fs::remove_file(pid_file(folders));
    folders::unmount_below(&folders.state.join("containerd"));
    folders::unmount_below(&folders.data.join("containerd"));
}

/// Lets containerd take the images of a tar in (`ctr images import`).
///
/// # Errors
/// What it said.
pub fn import(socket: &Path, tar: &Path) -> anyhow::Result<String> {
    let ran = Command::new("ctr")
        .args(["--address", &socket.to_string_lossy()])
        .args(["--namespace", "k8s.io", "images", "import"])
        .arg(tar)
        .output()
        .context("ctr cannot be run (Debian: apt install containerd)")?;
    if !ran.status.success() {
        bail!(
            "the image cannot be loaded: {}",
            String::from_utf8_lossy(&ran.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&ran.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_versions_are_refused() {
        for (version, fine) in [
            ("1.6.20~ds1", true),
            ("v2.1.4", true),
            ("1.5.9", false),
            ("0.2", false),
            ("", false),
        ] {
            assert_eq!(check_version(version).is_ok(), fine, "{version}");
        }
    }
}
