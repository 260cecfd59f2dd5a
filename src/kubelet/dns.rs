//! A pod's `/etc/resolv.conf` and `/etc/hosts` (pkg/kubelet/network/dns, `ensureHostsFile`).

use crate::api::core_v1::Pod;
use crate::apimachinery::Value;

/// Where the cluster's name servers are reached (`clusterDNS`).
const CLUSTER_DNS: &str = "10.96.0.10";
/// The cluster's domain.
const DOMAIN: &str = "cluster.local";
/// The name server of the machines' own network. Nothing answers there: the simulated network ends at the machines.
const HOST_DNS: &str = "192.168.65.1";

/// What a machine's own `/etc/resolv.conf` says (`resolvConf` of the kubelet's configuration).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolver {
    /// Whom it asks.
    pub servers: Vec<String>,
    /// Domains in which it looks for names.
    pub searches: Vec<String>,
    /// How: `ndots:5`.
    pub options: Vec<String>,
    /// Whether its pods reach the cluster's name servers (`clusterDNS`); where not, all of them ask as the machine does.
    pub cluster: bool,
}

impl Default for Resolver {
    fn default() -> Self {
        Self {
            servers: vec![HOST_DNS.to_owned()],
            searches: Vec::new(),
            options: Vec::new(),
            cluster: true,
        }
    }
}

/// The text of a pod's `/etc/resolv.conf` on a machine that has `host`.
pub fn resolv_conf(pod: &Pod, host: &Resolver) -> String {
    let spec = pod.spec();
    let namespace = pod.namespace();
    let cluster = match spec.dns_policy() {
        "ClusterFirst" | "" => spec.host_network() != Some(true),
        "ClusterFirstWithHostNet" => true,
        _ => false,
    };
    let (mut servers, mut searches, mut options) = (Vec::new(), Vec::new(), Vec::new());
    if cluster && host.cluster {
        servers.push(CLUSTER_DNS.to_owned());
        searches.push([namespace, ".svc.", DOMAIN].concat());
        searches.push(["svc.", DOMAIN].concat());
        searches.push(DOMAIN.to_owned());
        extend(&mut searches, host.searches.iter().cloned());
        options.push("ndots:5".to_owned());
    } else if spec.dns_policy() != "None" {
        servers.extend_from_slice(&host.servers);
        searches.extend_from_slice(&host.searches);
        options.extend_from_slice(&host.options);
    }
    let own = spec.get("dnsConfig");
    let texts = |key: &str| own.get(key).items().iter().map(|v| v.str().to_owned());
    extend(&mut servers, texts("nameservers"));
    extend(&mut searches, texts("searches"));
    for option in own.get("options").items() {
        let name = option.get("name").str();
        options.retain(|o| o.split(':').next() != Some(name));
        match option.get("value").as_str() {
            Some(value) => options.push([name, ":", value].concat()),
            None => options.push(name.to_owned()),
        }
    }
    let mut text = String::new();
    if !searches.is_empty() {
        text.push_str(&["search ", &searches.join(" "), "\n"].concat());
    }
    for server in servers.iter().take(3) {
        text.push_str(&["nameserver ", server, "\n"].concat());
    }
    if !options.is_empty() {
        text.push_str(&["options ", &options.join(" "), "\n"].concat());
    }
    text
}

fn extend(list: &mut Vec<String>, more: impl Iterator<Item = String>) {
    for item in more {
        if !list.contains(&item) {
            list.push(item);
        }
    }
}

/// What a pod's `/etc/hosts` says besides its own address: `hostAliases`.
pub fn host_aliases(pod: &Value) -> String {
    let aliases = pod.at(&["spec", "hostAliases"]).items();
    let mut text = String::new();
    if !aliases.is_empty() {
        text.push_str("\n# Entries added by HostAliases.\n");
    }
    for alias in aliases {
        text.push_str(alias.get("ip").str());
        for name in alias.get("hostnames").items() {
            text.push('\t');
            text.push_str(name.str());
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn the_policy_decides_whom_a_pod_asks() {
        for (spec, wanted) in [
            (
                tree!({"dnsPolicy": "ClusterFirst"}),
                "search n.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n",
            ),
            (
                tree!({"dnsPolicy": "ClusterFirst", "hostNetwork": true}),
                "nameserver 192.168.65.1\n",
            ),
            (
                tree!({"dnsPolicy": "None", "dnsConfig": {
                    "nameservers": ["1.1.1.1"], "searches": ["a.b"], "options": [{"name": "ndots", "value": "2"}, {"name": "edns0"}]}}),
                "search a.b\nnameserver 1.1.1.1\noptions ndots:2 edns0\n",
            ),
        ] {
            let mut pod = tree!({"metadata": {"namespace": "n"}});
            pod.set("spec", spec);
            assert_eq!(resolv_conf(Pod::of(&pod), &Resolver::default()), wanted);
        }
    }

    #[test]
    fn what_the_machine_asks_is_for_pods_that_do_not_ask_the_cluster() {
        let mut host = Resolver {
            servers: vec!["192.0.2.1".into()],
            searches: vec!["example.org".into()],
            options: vec!["ndots:2".into()],
            cluster: true,
        };
        for (policy, wanted) in [
            (
                "Default",
                "search example.org\nnameserver 192.0.2.1\noptions ndots:2\n",
            ),
            (
                "ClusterFirst",
                "search n.svc.cluster.local svc.cluster.local cluster.local example.org\nnameserver 10.96.0.10\noptions ndots:5\n",
            ),
        ] {
            let pod = tree!({"metadata": {"namespace": "n"}, "spec": {"dnsPolicy": policy}});
            assert_eq!(resolv_conf(Pod::of(&pod), &host), wanted);
        }
        host.cluster = false;
        let pod = tree!({"metadata": {"namespace": "n"}, "spec": {"dnsPolicy": "ClusterFirst"}});
        let said = resolv_conf(Pod::of(&pod), &host);
        assert!(said.contains("nameserver 192.0.2.1\n"), "{said}");
    }
}
