//! The way to pods of other machines: a VXLAN device, as flannel's (`pkg/backend/vxlan`). It is made in this machine's network, where its
//! UDP packets travel, and then moved into the node's namespace, so that the machine's own settings stay as they are.
//!
//! What a peer's end is called follows from the range of its pods, so that nodes have nothing to tell each other but what stands in
//! their Node objects.

use super::folders::Folders;
use super::network::{self, INNER_IP, feed, interface};
use crate::apimachinery::Value;
use crate::apimachinery::cidr::Cidr;
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

/// What a Node tells of its pods, where it is a real one.
pub fn peer(node: &Value) -> Option<Peer> {
    node.label(super::LABEL.0)?;
    let mut addresses = node.at(&["status", "addresses"]).items().iter();
    let internal = addresses.find(|a| a.get("type") == &"InternalIP")?;
    let pods = node.at(&["spec", "podCIDR"]).str().to_owned();
    end(Cidr::parse(&pods)?)?;
    Some(Peer {
        pods,
        machine: internal.get("address").str().parse().ok()?,
    })
}

/// Where is noted what the device was made for.
fn note(folders: &Folders) -> PathBuf {
    folders.state.join("overlay")
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
    let name = interface(folders).replace("kb-", "kx-");
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

/// Leads to the pods of these peers, and of no others, from the namespace and from this machine.
///
/// # Errors
/// What `ip` and `bridge` said.
pub fn lead(
    folders: &Folders,
    own: &str,
    before: &BTreeSet<Peer>,
    wanted: &BTreeSet<Peer>,
) -> anyhow::Result<()> {
    let inside = format!("--net={}", network::namespace(folders).display());
    let (links, ends) = commands(before, wanted);
    for (program, text) in [("bridge", &ends), ("ip", &links)] {
        if !text.is_empty() {
            let mut command = Command::new("nsenter");
            feed(
                command.args([&inside, program, "-force", "-batch", "-"]),
                text,
            )?;
        }
    }
    let name = interface(folders);
    let table = fs::read_to_string("/proc/net/route").unwrap_or_default();
    let there = ranges(&table, &name);
    let own = Cidr::parse(own).map(|c| c.to_string());
    let wanted: BTreeSet<String> = wanted.iter().map(|p| p.pods.clone()).collect();
    let mut text = String::new();
    for range in there
        .difference(&wanted)
        .filter(|r| Some(*r) != own.as_ref())
    {
        let _ = writeln!(text, "route del {range} dev {name}");
    }
    for range in wanted.difference(&there) {
        let _ = writeln!(text, "route add {range} via {INNER_IP} dev {name}");
    }
    if text.is_empty() {
        return Ok(());
    }
    feed(Command::new("ip").args(["-force", "-batch", "-"]), &text)
}

/// What `ip` and `bridge` are told in the namespace.
fn commands(before: &BTreeSet<Peer>, wanted: &BTreeSet<Peer>) -> (String, String) {
    let ends = |peers: &BTreeSet<Peer>| -> BTreeMap<String, (Ipv4Addr, Ipv4Addr)> {
        let ends = peers.iter().filter_map(|p| {
            let end = Cidr::parse(&p.pods).and_then(end)?;
            Some((p.pods.clone(), (end, p.machine)))
        });
        ends.collect()
    };
    let (before, wanted) = (ends(before), ends(wanted));
    let (mut links, mut forwards) = (String::new(), String::new());
    for (pods, (end, machine)) in &before {
        let mac = hardware(*end);
        if wanted.get(pods).is_none_or(|(_, m)| m != machine) {
            let _ = writeln!(forwards, "fdb del {mac} dev {DEVICE} dst {machine}");
        }
        if !wanted.contains_key(pods) {
            let _ = writeln!(links, "route del {pods} dev {DEVICE}");
            let _ = writeln!(links, "neigh del {end} dev {DEVICE}");
        }
    }
    for (pods, (end, machine)) in &wanted {
        if before.get(pods) == Some(&(*end, *machine)) {
            continue;
        }
        let mac = hardware(*end);
        let _ = writeln!(forwards, "fdb replace {mac} dev {DEVICE} dst {machine}");
        let _ = writeln!(
            links,
            "neigh replace {end} lladdr {mac} dev {DEVICE} nud permanent"
        );
        let _ = writeln!(links, "route replace {pods} via {end} dev {DEVICE} onlink");
    }
    (links, forwards)
}

/// The ranges that an interface leads to by way of the namespace's end, as `/proc/net/route` tells them.
fn ranges(text: &str, interface: &str) -> BTreeSet<String> {
    // As they stand in memory.
    let address = |word: Option<&&str>| {
        let number = u32::from_str_radix(word?, 16).ok()?;
        Some(Ipv4Addr::from(number.to_ne_bytes()))
    };
    let found = text.lines().filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let by_end = address(words.get(2))? == INNER_IP;
        let bits = u32::from(address(words.get(7))?).count_ones();
        (words.first() == Some(&interface) && by_end && bits < 32)
            .then(|| address(words.get(1)).map(|to| format!("{to}/{bits}")))?
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
    fn only_real_nodes_with_pods_and_an_address_are_peers() {
        let mut node = tree!({"metadata": {"labels": {"kubarium.dev/runtime": "containerd"}},
            "spec": {"podCIDR": "10.244.3.0/24"},
            "status": {"addresses": [{"type": "Hostname", "address": "b"}, {"type": "InternalIP", "address": "192.0.2.7"}]}});
        assert_eq!(peer(&node), Some(of("10.244.3.0/24", [192, 0, 2, 7])));
        node.set_at(&["spec", "podCIDR"], "");
        assert_eq!(peer(&node), None);
        node.set_at(&["spec", "podCIDR"], "10.244.3.0/24");
        node.set_at(&["metadata", "labels"], tree!({}));
        assert_eq!(peer(&node), None);
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
        let (links, ends) = commands(&none, &first);
        assert_eq!(
            ends,
            "fdb replace 0a:6b:0a:f4:01:00 dev overlay dst 192.0.2.1\n"
        );
        assert_eq!(
            links,
            "neigh replace 10.244.1.0 lladdr 0a:6b:0a:f4:01:00 dev overlay nud permanent\n\
             route replace 10.244.1.0/24 via 10.244.1.0 dev overlay onlink\n"
        );
        let (_, ends) = commands(&first, &second);
        assert_eq!(
            ends,
            "fdb del 0a:6b:0a:f4:01:00 dev overlay dst 192.0.2.1\n\
             fdb replace 0a:6b:0a:f4:01:00 dev overlay dst 192.0.2.2\n"
        );
        let (links, _) = commands(&second, &none);
        assert_eq!(
            links,
            "route del 10.244.1.0/24 dev overlay\nneigh del 10.244.1.0 dev overlay\n"
        );
        assert_eq!(commands(&first, &first), (String::new(), String::new()));
    }

    #[test]
    fn ranges_behind_the_namespace_are_told_from_single_addresses() {
        let text = "kb-1\t0000F30A\t027FA8C0\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0\n\
            kb-1\t0100600A\t027FA8C0\t0007\t0\t0\t0\tFFFFFFFF\t0\t0\t0\n\
            kb-1\t007FA8C0\t00000000\t0001\t0\t0\t0\tFCFFFFFF\t0\t0\t0\n";
        assert_eq!(
            ranges(text, "kb-1"),
            BTreeSet::from(["10.243.0.0/24".to_owned()])
        );
    }
}
