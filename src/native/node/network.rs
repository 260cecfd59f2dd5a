//! The node's network: a namespace of its own, joined to this machine's network by one pair of interfaces, so that the machine's own
//! rules and settings stay as they are. Pods have a pair of interfaces each and are reached by routes, not over a bridge, so that all
//! that they send passes the rules of the namespace, answers too.
//!
//! containerd itself stays in the machine's network (it fetches images). The plugins that it calls are led into the namespace by
//! small scripts that stand in their places.

use super::folders::Folders;
use super::overlay;
use anyhow::{Context as _, bail};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where distributions put the reference plugins.
const PLUGIN_FOLDERS: [&str; 4] = [
    "/usr/lib/cni",
    "/opt/cni/bin",
    "/usr/libexec/cni",
    "/usr/local/lib/cni",
];
const PLUGINS: [&str; 4] = ["ptp", "host-local", "loopback", "portmap"];
/// Addresses of pods where the cluster has one real node only, or where it began.
pub const POD_CIDR: &str = crate::controller::nodeipam::RESERVED;
/// This machine's end of the pair, which is the node's address: what shares the node's network listens here.
pub const NODE_IP: &str = "192.168.127.1";
/// The namespace's end: what the node serves pods is here, and what comes from this machine for services and host ports.
pub const INNER_IP: Ipv4Addr = Ipv4Addr::new(192, 168, 127, 2);
/// What both ends are in.
pub const PAIR: &str = "192.168.127.0/30";
/// The namespace's end as an interface.
pub const INNER: &str = "eth0";
/// Where pods ask for names (`clusterDNS` of the kubelet's configuration).
pub const CLUSTER_DNS: Ipv4Addr = Ipv4Addr::new(10, 96, 0, 10);
/// Addresses of balancers (`controller/service.rs`).
pub const BALANCERS: &str = "192.168.80.0/24";
const DNS_PORT: u16 = 53;

/// What the network leads to besides pods.
#[derive(Clone, Debug)]
pub struct Reach {
    /// First address and prefix length of services' addresses.
    pub services: (Ipv4Addr, u8),
    /// Where the API server says it is.
    pub api: (Ipv4Addr, u16),
    /// The range of this machine's pods.
    pub pods: String,
    /// The address by which other machines reach this one; none where there are no others.
    pub machine: Option<Ipv4Addr>,
}

impl Reach {
    /// The range of services' addresses: `10.96.0.0/12`.
    pub fn range(&self) -> String {
        format!("{}/{}", self.services.0, self.services.1)
    }
}

/// What pods are answered with about names.
pub struct Sockets {
    /// For names, at the cluster's address for them.
    pub names: (UdpSocket, TcpListener),
    /// For names of the world outside only.
    pub outside: (UdpSocket, TcpListener),
}

/// The name of this machine's end.
pub fn interface(folders: &Folders) -> String {
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
pub fn make(folders: &Folders, reach: Option<&Reach>) -> anyhow::Result<()> {
    let note = folders.state.join("pod-cidr");
    let before = fs::read_to_string(&note).unwrap_or_else(|_| POD_CIDR.to_owned());
    let pods = reach.map_or(&before, |reach| &reach.pods);
    let machine = reach.and_then(|reach| reach.machine);
    write_plugins(folders, &find_plugins()?, pods, machine.is_some())?;
    let file = namespace(folders);
    let name = interface(folders);
    if !is_there(&name) || *pods != before {
        make_anew(folders, &file, &name, pods)?;
    }
    fs::write(note, pods)?;
    if let Some(machine) = machine {
        overlay::make(folders, &file, pods, machine)
            .context("the way to other machines (a kernel with VXLAN is needed)")?;
    }
    match reach {
        Some(reach) => set_up(&file, reach),
        None => Ok(()),
    }
}

/// Whether this machine's network has such an interface.
pub fn is_there(name: &str) -> bool {
    // What /sys shows is the network in which that was mounted.
    let text = fs::read_to_string("/proc/net/dev").unwrap_or_default();
    let mut names = text
        .lines()
        .filter_map(|line| line.trim().split_once(':'))
        .map(|(name, _)| name);
    names.any(|found| found == name)
}

fn make_anew(folders: &Folders, file: &Path, name: &str, pods: &str) -> anyhow::Result<()> {
    remove(folders);
    fs::write(file, "")?;
    make_namespace(file)?;
    let own = std::process::id().to_string();
    let inner = |words: &str| run_inside(file, &["ip ", words].concat());
    inner("link set lo up")?;
    inner(&format!(
        "link add {INNER} type veth peer name {name} netns {own}"
    ))?;
    inner(&format!("addr add {INNER_IP}/30 dev {INNER}"))?;
    inner(&format!("link set {INNER} up"))?;
    inner(&format!("route add default via {NODE_IP}"))?;
    ip(&format!("addr add {NODE_IP}/30 dev {name}"))?;
    ip(&format!("link set {name} up"))?;
    ip(&format!("route add {pods} via {INNER_IP} dev {name}")).with_context(|| {
        format!("{pods} is used on this machine already (by a real node of another cluster?)")
    })
}

/// Runs `ip` in this machine's network.
///
/// # Errors
/// What it said.
pub fn ip(words: &str) -> anyhow::Result<()> {
    run("ip", &words.split(' ').collect::<Vec<_>>())
}

/// Runs a program in the namespace.
///
/// # Errors
/// What it said.
pub fn run_inside(file: &Path, words: &str) -> anyhow::Result<()> {
    let inside = format!("--net={}", file.display());
    let words: Vec<&str> = [inside.as_str()]
        .into_iter()
        .chain(words.split(' '))
        .collect();
    run("nsenter", &words)
}

/// Gives the namespace the addresses at which the node itself answers, and lets it forward.
fn set_up(file: &Path, reach: &Reach) -> anyhow::Result<()> {
    for address in [CLUSTER_DNS, reach.api.0] {
        if address != INNER_IP {
            run_inside(file, &format!("ip addr replace {address}/32 dev lo"))?;
        }
    }
    // A redirect would send this machine past the rules to where it must not look.
    enter(file, || {
        fs::write("/proc/sys/net/ipv4/ip_forward", "1")?;
        fs::write("/proc/sys/net/ipv4/conf/all/send_redirects", "0")?;
        fs::write("/proc/sys/net/ipv4/conf/eth0/send_redirects", "0")
    })
    .context("the settings of the node's network namespace")?;
    Ok(())
}

/// Leads this machine to services: of these addresses, and of no others, it sends to the namespace what it has for them.
///
/// # Errors
/// What `ip` said.
pub fn lead(folders: &Folders, wanted: &BTreeSet<Ipv4Addr>) -> anyhow::Result<()> {
    let name = interface(folders);
    let there = routes(
        &fs::read_to_string("/proc/net/route").unwrap_or_default(),
        &name,
    );
    let mut commands = String::new();
    for address in there.difference(wanted) {
        let _ = writeln!(commands, "route del {address}/32 dev {name}");
    }
    for address in wanted.difference(&there) {
        let _ = writeln!(commands, "route add {address}/32 via {INNER_IP} dev {name}");
    }
    if commands.is_empty() {
        return Ok(());
    }
    let mut command = Command::new("ip");
    feed(command.args(["-force", "-batch", "-"]), &commands)
}

/// The single addresses that an interface leads to, as `/proc/net/route` tells them.
fn routes(text: &str, interface: &str) -> BTreeSet<Ipv4Addr> {
    let single = text.lines().filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let whole = words.first() == Some(&interface) && words.get(7) == Some(&"FFFFFFFF");
        // As it stands in memory.
        let to = u32::from_str_radix(words.get(1)?, 16).ok()?;
        whole.then(|| Ipv4Addr::from(to.to_ne_bytes()))
    });
    single.collect()
}

/// Runs a program that reads what it is to do.
///
/// # Errors
/// What it said.
pub fn feed(command: &mut Command, commands: &str) -> anyhow::Result<()> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{:?} cannot be run", command.get_program()))?;
    if let Some(mut input) = child.stdin.take() {
        // Where it ends early it says why.
        let _ = input.write_all(commands.as_bytes());
    }
    let ended = child.wait_with_output()?;
    if !ended.status.success() {
        bail!("{}", String::from_utf8_lossy(&ended.stderr).trim());
    }
    Ok(())
}

/// Does something in a network namespace, in a thread of its own.
///
/// # Errors
/// What it fails with, or why the namespace cannot be entered.
pub fn enter<T: Send + 'static>(
    file: &Path,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let file = File::open(file)?;
    let thread = std::thread::Builder::new().spawn(move || {
        rustix::thread::move_into_link_name_space(
            file.as_fd(),
            Some(rustix::thread::LinkNameSpaceType::Network),
        )?;
        work()
    })?;
    thread
        .join()
        .unwrap_or_else(|_| Err(io::Error::other("a thread broke")))
}

/// Begins to listen for questions about names.
///
/// # Errors
/// Where an address or port is taken in the namespace.
pub fn listen_for_names(folders: &Folders) -> anyhow::Result<Sockets> {
    let sockets = enter(&namespace(folders), || {
        let both = |ip| {
            let udp = UdpSocket::bind((ip, DNS_PORT))?;
            udp.set_nonblocking(true)?;
            Ok::<_, io::Error>((udp, tcp((ip, DNS_PORT))?))
        };
        Ok(Sockets {
            names: both(CLUSTER_DNS)?,
            outside: both(INNER_IP)?,
        })
    });
    sockets.context("cannot listen for names in the node's network namespace")
}

/// Begins to listen for the API.
///
/// # Errors
/// Where the port is taken in the namespace.
pub fn listen_for_api(folders: &Folders, api: (Ipv4Addr, u16)) -> anyhow::Result<TcpListener> {
    enter(&namespace(folders), move || tcp(api))
        .context("cannot listen for the API in the node's network namespace")
}

fn tcp(address: (Ipv4Addr, u16)) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
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

/// Takes the network away: with its namespace go the interfaces, routes and all rules in it.
pub fn remove(folders: &Folders) {
    let name = interface(folders);
    if is_there(&name)
        && let Err(error) = run("ip", &["link", "del", &name])
    {
        tracing::warn!("{error}");
    }
    overlay::remove(folders);
    let file = namespace(folders);
    let _ = rustix::mount::unmount(&file, rustix::mount::UnmountFlags::DETACH);
    let _ = fs::remove_file(&file);
}

/// Writes the stand-ins of the plugins, and what they are told.
fn write_plugins(folders: &Folders, real: &Path, pods: &str, overlaid: bool) -> anyhow::Result<()> {
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
    let mut list = serde_json::json!({
        "cniVersion": "0.4.0", "name": format!("kubarium-{}", folders.cluster),
        "plugins": [
            {
                "type": "ptp", "ipMasq": false,
                "ipam": {
                    "type": "host-local", "dataDir": leases,
                    "ranges": [[{"subnet": pods}]], "routes": [{"dst": "0.0.0.0/0"}]
                }
            },
            {"type": "portmap", "capabilities": {"portMappings": true}, "snat": true}
        ]
    });
    if overlaid {
        list["plugins"][0]["mtu"] = overlay::MTU.into();
    }
    fs::write(config.join("10-pods.conflist"), list.to_string())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_single_addresses_of_an_interface_count() {
        let text = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n\
            eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0\n\
            kb-1\t0100600A\t027FA8C0\t0007\t0\t0\t0\tFFFFFFFF\t0\t0\t0\n\
            kb-2\t0200600A\t027FA8C0\t0007\t0\t0\t0\tFFFFFFFF\t0\t0\t0\n\
            kb-1\t00F30A0A\t027FA8C0\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
        assert_eq!(
            routes(text, "kb-1"),
            BTreeSet::from([Ipv4Addr::new(10, 96, 0, 1)])
        );
    }
}
