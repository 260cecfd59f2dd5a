//! The way to pods of other machines: a VXLAN device, as flannel's (`pkg/backend/vxlan`). It is made in this machine's network, where its
//! UDP packets travel, and then moved into the node's namespace, so that the machine's own settings stay as they are.
//!
//! What a peer's end is called follows from the range of its pods, so that nodes have nothing to tell each other but what stands in
//! their Node objects.

use super::folders::Folders;
use super::network::{self, INNER_IP, feed, interface};
use crate::apimachinery::Value;
use crate::apimachinery::cidr::Cidr;
use crate::apiserver::{internal_ip, is_global_unicast};
use crate::controller::nodeipam::{CLUSTER_CIDR, NODE_MASK_SIZE};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The device in the node's namespace.
pub const DEVICE: &str = "overlay";
/// The network's number; another flannel of the same machines has 1.
const VNI: u32 = 27_490;
/// The port at which machines take each other's packets (Linux's own choice, and flannel's).
pub const PORT: u16 = 8472;
/// The longest packet: what is left of 1500 bytes beside the outer headers.
pub const MTU: u16 = 1450;

/// The address of the end that belongs to a range of pods.
fn end(pods: Cidr) -> Option<Ipv4Addr> {
    pods.nth(0)
}

/// The hardware address of an end.
fn hardware(end: Ipv4Addr) -> String {
    let [a, b, c, d] = end.octets();
    format!("0a:6b:{a:02x}:{b:02x}:{c:02x}:{d:02x}")
}

/// Another machine's pods.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Peer {
    /// Their range.
    pub pods: String,
    /// The machine's address.
    pub machine: Ipv4Addr,
}

/// The range of a node's pods as it is handed out, or why it is none: anything else would lead a machine's own traffic astray.
pub fn range(text: &str) -> Result<Cidr, String> {
    let cluster = Cidr::parse(CLUSTER_CIDR);
    let found = Cidr::parse(text).filter(|found| {
        let inside = |cluster: Cidr| cluster.contains(Ipv4Addr::from(found.base));
        // Host bits, zeros before digits and the like are other ways to write what another node may have.
        found.bits == NODE_MASK_SIZE && found.to_string() == text && cluster.is_some_and(inside)
    });
    found.ok_or_else(|| {
        format!(
            "its spec.podCIDR {text:?} is no range of {NODE_MASK_SIZE} bits within {CLUSTER_CIDR}"
        )
    })
}

/// What a real Node tells of its pods; none where it does not tell yet, or where its pods are not in its range.
///
/// # Errors
/// What cannot be true of it.
pub fn peer(node: &Value) -> Result<Option<Peer>, String> {
    let pods = node.at(&["spec", "podCIDR"]).str();
    let foreign = node.label(super::FOREIGN_NETWORK.0).is_some();
    let Some(machine) = internal_ip(node).filter(|_| !pods.is_empty() && !foreign) else {
        return Ok(None);
    };
    let pods = range(pods)?.to_string();
    let pair = Cidr::parse(network::PAIR);
    let elsewhere = |ip: &Ipv4Addr| {
        is_global_unicast((*ip).into()) && pair.is_some_and(|pair| !pair.contains(*ip))
    };
    let machine =
        machine.parse().ok().filter(elsewhere).ok_or_else(|| {
            format!("its address {machine:?} is no IPv4 address of another machine")
        })?;
    Ok(Some(Peer { pods, machine }))
}

/// Where is noted what the device was made for.
fn note(folders: &Folders) -> PathBuf {
    folders.state.join("overlay")
}

/// What the device is called until it is in the namespace.
fn outside(folders: &Folders) -> String {
    interface(folders).replace("kb-", "kx-")
}

/// Removes a device that has not come into the namespace.
pub fn remove(folders: &Folders) {
    let name = outside(folders);
    if network::is_there(&name)
        && let Err(error) = network::ip(&format!("link del {name}"))
    {
        tracing::warn!("{error}");
    }
}

/// Makes the device for this machine's pods, where it is not there from before; `inside` is the namespace.
///
/// # Errors
/// What `ip` said.
pub fn make(folders: &Folders, inside: &Path, pods: &str, machine: Ipv4Addr) -> anyhow::Result<()> {
    let Some(own) = Cidr::parse(pods).and_then(end) else {
        anyhow::bail!("{pods:?} is no range of IPv4 addresses");
    };
    let made_for = format!("{own} {machine}");
    let there = fs::read_to_string(note(folders)).is_ok_and(|text| text == made_for);
    if there && network::run_inside(inside, &format!("ip link show {DEVICE}")).is_ok() {
        return Ok(());
    }
    // One for another address is of no use.
    let _ = network::run_inside(inside, &format!("ip link del {DEVICE}"));
    let name = outside(folders);
    // Left by somebody who was killed before it was moved.
    remove(folders);
    network::ip(&format!(
        "link add {name} address {} mtu {MTU} type vxlan id {VNI} local {machine} dstport {PORT} nolearning",
        hardware(own)
    ))?;
    let moved = network::ip(&format!(
        "link set {name} netns {} name {DEVICE}",
        inside.display()
    ));
    if moved.is_err() {
        let _ = network::ip(&format!("link del {name}"));
    }
    moved?;
    network::run_inside(inside, &format!("ip addr add {own}/32 dev {DEVICE}"))?;
    network::run_inside(inside, &format!("ip link set {DEVICE} up"))?;
    fs::write(note(folders), made_for)?;
    Ok(())
}

/// Leads to the pods of these peers, and of no others, from the namespace and from this machine. What leads elsewhere is read back, so
/// that what somebody left goes too; `sure` are the peers that are known to be led to.
///
/// # Errors
/// What `ip` and `bridge` said of those that cannot be led to; the others are. Nothing is sure then.
pub fn lead(
    folders: &Folders,
    own: &str,
    sure: &BTreeSet<Peer>,
    wanted: &BTreeSet<Peer>,
) -> anyhow::Result<()> {
    let namespace = network::namespace(folders);
    let table = network::enter(&namespace, || {
        fs::read_to_string("/proc/thread-self/net/route")
    })?;
    let there: BTreeSet<String> = ranges(&table, DEVICE).into_keys().collect();
    let commands = commands(&there, sure, wanted);
    let inside = format!("--net={}", namespace.display());
    let run = |program: &str, text: &str| match text {
        "" => Ok(()),
        text => {
            let mut command = Command::new("nsenter");
            feed(
                command.args([&inside, program, "-force", "-batch", "-"]),
                text,
            )
        }
    };
    for (program, text) in [("ip", &commands.gone), ("bridge", &commands.forgotten)] {
        if let Err(why) = run(program, text) {
            // What is gone already need not go.
            tracing::debug!("{program}: {why}");
        }
    }
    let inside = [
        run("bridge", &commands.forwards),
        run("ip", &commands.links),
    ];

    let name = interface(folders);
    let table = fs::read_to_string("/proc/net/route").unwrap_or_default();
    let there = ranges(&table, &name).into_iter();
    let there: BTreeSet<String> = there
        .filter(|(_, by)| *by == INNER_IP)
        .map(|(range, _)| range)
        .collect();
    let wanted: BTreeSet<String> = wanted.iter().map(|p| p.pods.clone()).collect();
    let (mut gone, mut text) = (String::new(), String::new());
    for range in there.difference(&wanted).filter(|r| *r != own) {
        let _ = writeln!(gone, "route del {range} dev {name}");
    }
    for range in wanted.difference(&there) {
        let _ = writeln!(text, "route add {range} via {INNER_IP} dev {name}");
    }
    let run = |text: &str| match text {
        "" => Ok(()),
        text => feed(Command::new("ip").args(["-force", "-batch", "-"]), text),
    };
    if let Err(why) = run(&gone) {
        tracing::debug!("ip: {why}");
    }
    let beside = run(&text);
    inside.into_iter().chain([beside]).collect()
}

/// What `ip` and `bridge` are told in the namespace.
#[derive(Debug, Default, PartialEq, Eq)]
struct Commands {
    /// To `ip`, of ranges that are not wanted.
    gone: String,
    /// The same to `bridge`.
    forgotten: String,
    /// To `bridge`, of those that are.
    forwards: String,
    /// The same to `ip`.
    links: String,
}

/// What makes of the ranges that are `there` the `wanted` ones.
fn commands(there: &BTreeSet<String>, sure: &BTreeSet<Peer>, wanted: &BTreeSet<Peer>) -> Commands {
    let mut commands = Commands::default();
    let end = |range: &str| Cidr::parse(range).and_then(end);
    for range in there {
        if wanted.iter().any(|peer| peer.pods == *range) {
            continue;
        }
        let _ = writeln!(commands.gone, "route del {range} dev {DEVICE}");
        if let Some(end) = end(range) {
            let _ = writeln!(commands.gone, "neigh del {end} dev {DEVICE}");
            let mac = hardware(end);
            let _ = writeln!(commands.forgotten, "fdb del {mac} dev {DEVICE}");
        }
    }
    for peer in wanted {
        let Peer { pods, machine } = peer;
        let Some(end) = end(pods).filter(|_| !sure.contains(peer) || !there.contains(pods)) else {
            continue;
        };
        let mac = hardware(end);
        let _ = writeln!(
            commands.forwards,
            "fdb replace {mac} dev {DEVICE} dst {machine}"
        );
        let _ = writeln!(
            commands.links,
            "neigh replace {end} lladdr {mac} dev {DEVICE} nud permanent"
        );
        let _ = writeln!(
            commands.links,
            "route replace {pods} via {end} dev {DEVICE} onlink"
        );
    }
    commands
}

/// The ranges that an interface leads to by way of somebody else, and of whom, as `/proc/net/route` tells them.
fn ranges(text: &str, interface: &str) -> BTreeMap<String, Ipv4Addr> {
    // As they stand in memory.
    let address = |word: Option<&&str>| {
        let number = u32::from_str_radix(word?, 16).ok()?;
        Some(Ipv4Addr::from(number.to_ne_bytes()))
    };
    let found = text.lines().filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let by = address(words.get(2)).filter(|by| !by.is_unspecified())?;
        let bits = u32::from(address(words.get(7))?).count_ones();
        (words.first() == Some(&interface) && bits < 32)
            .then(|| address(words.get(1)).map(|to| (format!("{to}/{bits}"), by)))?
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    fn of(pods: &str, machine: [u8; 4]) -> Peer {
        Peer {
            pods: pods.into(),
            machine: machine.into(),
        }
    }

    #[test]
    fn peers_are_what_nodes_tell_where_it_can_be_true() {
        let node = tree!({"metadata": {"labels": {"kubarium.dev/runtime": "containerd"}},
            "spec": {"podCIDR": "10.244.3.0/24"},
            "status": {"addresses": [{"type": "Hostname", "address": "b"}, {"type": "InternalIP", "address": "192.0.2.7"}]}});
        let with = |path: &[&str], value: &str| {
            let mut node = node.clone();
            node.set_at(path, value);
            peer(&node)
        };
        assert_eq!(peer(&node), Ok(Some(of("10.244.3.0/24", [192, 0, 2, 7]))));
        assert_eq!(with(&["spec", "podCIDR"], ""), Ok(None));
        let foreign = ["metadata", "labels", "kubarium.dev/pod-network"];
        assert_eq!(with(&foreign, "foreign"), Ok(None));
        let mut silent = node.clone();
        silent.remove("status");
        assert_eq!(peer(&silent), Ok(None));
        for wrong in [
            "192.0.2.0/24",
            "0.0.0.0/1",
            "10.224.0.0/11",
            "10.244.3.0/25",
            "10.244.3.7/24",
            "10.244.3.7/32",
            "10.244.3.0/024",
            "10.0.0.0/24",
            "fd00::/64",
            "x",
        ] {
            let why = with(&["spec", "podCIDR"], wrong).expect_err(wrong);
            assert!(why.contains(wrong), "{why}");
        }
        for wrong in ["127.0.0.1", "224.0.0.1", "192.168.127.1", "fd00::1", "x"] {
            let mut node = node.clone();
            let addresses = tree!([{"type": "InternalIP", "address": wrong}]);
            node.set_at(&["status", "addresses"], addresses);
            assert!(peer(&node).is_err(), "{wrong}");
        }
        assert!(range("10.243.0.0/24").is_ok() && range("10.255.255.0/24").is_ok());
    }

    #[test]
    fn peers_that_come_move_and_go_are_followed() {
        let (one, moved) = (
            of("10.244.1.0/24", [192, 0, 2, 1]),
            of("10.244.1.0/24", [192, 0, 2, 2]),
        );
        let (first, second, none) = (
            BTreeSet::from([one]),
            BTreeSet::from([moved]),
            BTreeSet::new(),
        );
        let (nothing, there) = (
            BTreeSet::new(),
            BTreeSet::from(["10.244.1.0/24".to_owned()]),
        );
        let come = commands(&nothing, &none, &first);
        assert_eq!(
            come.forwards,
            "fdb replace 0a:6b:0a:f4:01:00 dev overlay dst 192.0.2.1\n"
        );
        assert_eq!(
            come.links,
            "neigh replace 10.244.1.0 lladdr 0a:6b:0a:f4:01:00 dev overlay nud permanent\n\
             route replace 10.244.1.0/24 via 10.244.1.0 dev overlay onlink\n"
        );
        assert_eq!((come.gone.as_str(), come.forgotten.as_str()), ("", ""));
        assert_eq!(
            commands(&there, &first, &second).forwards,
            "fdb replace 0a:6b:0a:f4:01:00 dev overlay dst 192.0.2.2\n"
        );
        // Whoever left them there.
        for sure in [&none, &first] {
            let gone = commands(&there, sure, &none);
            assert_eq!(
                gone.gone,
                "route del 10.244.1.0/24 dev overlay\nneigh del 10.244.1.0 dev overlay\n"
            );
            assert_eq!(gone.forgotten, "fdb del 0a:6b:0a:f4:01:00 dev overlay\n");
        }
        assert_eq!(commands(&there, &first, &first), Commands::default());
        // After a failure, and where somebody took them away.
        assert_eq!(commands(&there, &none, &first), come);
        assert_eq!(commands(&nothing, &first, &first), come);
    }

    #[test]
    fn ranges_behind_the_namespace_are_told_from_single_addresses() {
        let text = "kb-1\t0000F30A\t027FA8C0\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0\n\
            kb-1\t0100600A\t027FA8C0\t0007\t0\t0\t0\tFFFFFFFF\t0\t0\t0\n\
            kb-1\t007FA8C0\t00000000\t0001\t0\t0\t0\tFCFFFFFF\t0\t0\t0\n";
        assert_eq!(
            ranges(text, "kb-1"),
            BTreeMap::from([("10.243.0.0/24".to_owned(), INNER_IP)])
        );
    }
}
