//! The node's network: a namespace of its own with a bridge for pods, joined to this machine's network by one pair of interfaces, so
//! that the machine's own rules and settings stay as they are.
//!
//! containerd itself stays in the machine's network (it fetches images). The plugins that it calls are led into the namespace by
//! small scripts that stand in their places.

use super::folders::Folders;
use anyhow::{Context as _, bail};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where distributions put the reference plugins.
const PLUGIN_FOLDERS: [&str; 4] = [
    "/usr/lib/cni",
    "/opt/cni/bin",
    "/usr/libexec/cni",
    "/usr/local/lib/cni",
];
const PLUGINS: [&str; 4] = ["bridge", "host-local", "loopback", "portmap"];
/// Addresses of pods.
pub const POD_CIDR: &str = "10.243.0.0/24";
/// This machine's end of the pair, which is the node's address: what shares the node's network listens here.
pub const NODE_IP: &str = "192.168.127.1";
const INNER_IP: &str = "192.168.127.2";

/// The name of this machine's end.
fn interface(folders: &Folders) -> String {
    let digest = <sha2::Sha256 as sha2::Digest>::digest(folders.cluster.as_bytes());
    let hex: String = digest.iter().take(4).map(|b| format!("{b:02x}")).collect();
    format!("kb-{hex}")
}

/// The file that the namespace is mounted at.
pub fn namespace(folders: &Folders) -> PathBuf {
    folders.state.join("netns")
}

/// Where containerd finds the plugins, and their configuration.
pub fn plugin_folders(folders: &Folders) -> (PathBuf, PathBuf) {
    (folders.state.join("cni-bin"), folders.state.join("cni"))
}

/// The folder of the reference plugins.
///
/// # Errors
/// Where they are not installed.
pub fn find_plugins() -> anyhow::Result<PathBuf> {
    let whole = |folder: &&str| PLUGINS.iter().all(|p| Path::new(folder).join(p).exists());
    match PLUGIN_FOLDERS.into_iter().find(whole) {
        Some(folder) => Ok(PathBuf::from(folder)),
        None => bail!(
            "the CNI plugins {} are in none of {} (Debian: apt install containernetworking-plugins)",
            PLUGINS.join(", "),
            PLUGIN_FOLDERS.join(", ")
        ),
    }
}

fn run(program: &str, words: &[&str]) -> anyhow::Result<()> {
    let ran = Command::new(program).args(words).output();
    let ran = ran.with_context(|| format!("{program} is needed and cannot be run"))?;
    if !ran.status.success() {
        let why = String::from_utf8_lossy(&ran.stderr);
        bail!("{program} {}: {}", words.join(" "), why.trim());
    }
    Ok(())
}

/// Makes the network, where it is not there from before.
///
/// # Errors
/// What failed.
pub fn make(folders: &Folders) -> anyhow::Result<()> {
    write_plugins(folders, &find_plugins()?)?;
    let file = namespace(folders);
    let name = interface(folders);
    if Path::new("/sys/class/net").join(&name).exists() {
        return Ok(());
    }
    remove(folders);
    fs::write(&file, "")?;
    make_namespace(&file)?;
    let path = file.to_string_lossy();
    let inside = ["--net=", &path].concat();
    let own = std::process::id().to_string();
    let ip = |words: &str| run("ip", &words.split(' ').collect::<Vec<_>>());
    let inner = |words: &str| {
        let mut all = vec![inside.as_str(), "ip"];
        all.extend(words.split(' '));
        run("nsenter", &all)
    };
    inner("link set lo up")?;
    inner(&format!(
        "link add eth0 type veth peer name {name} netns {own}"
    ))?;
    inner(&format!("addr add {INNER_IP}/30 dev eth0"))?;
    inner("link set eth0 up")?;
    inner(&format!("route add default via {NODE_IP}"))?;
    ip(&format!("addr add {NODE_IP}/30 dev {name}"))?;
    ip(&format!("link set {name} up"))?;
    ip(&format!("route add {POD_CIDR} via {INNER_IP}")).with_context(|| {
        format!("{POD_CIDR} is used on this machine already (by a real node of another cluster?)")
    })
}

fn make_namespace(file: &Path) -> anyhow::Result<()> {
    let file = file.to_owned();
    // A thread of its own, since it leaves this process's network for good.
    let thread = std::thread::spawn(move || -> rustix::io::Result<()> {
        // SAFETY: no other thread shares what this one leaves.
        unsafe {
            rustix::thread::unshare_unsafe(rustix::thread::UnshareFlags::NEWNET)?;
        }
        rustix::mount::mount_bind("/proc/thread-self/ns/net", file)
    });
    let made = thread.join().ok().context("a thread broke")?;
    made.context("cannot make a network namespace")
}

/// Takes the network away: with its namespace go the bridge, the interfaces and all rules in it.
pub fn remove(folders: &Folders) {
    let name = interface(folders);
    if Path::new("/sys/class/net").join(&name).exists()
        && let Err(error) = run("ip", &["link", "del", &name])
    {
        tracing::warn!("{error}");
    }
    let file = namespace(folders);
    let _ = rustix::mount::unmount(&file, rustix::mount::UnmountFlags::DETACH);
    let _ = fs::remove_file(&file);
}

/// Writes the stand-ins of the plugins, and what they are told.
fn write_plugins(folders: &Folders, real: &Path) -> anyhow::Result<()> {
    let (scripts, config) = plugin_folders(folders);
    fs::create_dir_all(&scripts)?;
    fs::create_dir_all(&config)?;
    for name in PLUGINS {
        let script = format!(
            "#!/bin/sh\nexec nsenter --net={} {}\n",
            namespace(folders).display(),
            real.join(name).display()
        );
        let path = scripts.join(name);
        fs::write(&path, script)?;
        fs::set_permissions(&path, Permissions::from_mode(0o700))?;
    }
    let leases = folders.state.join("addresses");
    let list = serde_json::json!({
        "cniVersion": "0.4.0", "name": format!("kubarium-{}", folders.cluster),
        "plugins": [
            {
                "type": "bridge", "bridge": "pods", "isGateway": true, "ipMasq": false, "hairpinMode": true,
                "ipam": {
                    "type": "host-local", "dataDir": leases,
                    "ranges": [[{"subnet": POD_CIDR}]], "routes": [{"dst": "0.0.0.0/0"}]
                }
            },
            {"type": "portmap", "capabilities": {"portMappings": true}, "snat": true}
        ]
    });
    fs::write(config.join("10-pods.conflist"), list.to_string())?;
    Ok(())
}
