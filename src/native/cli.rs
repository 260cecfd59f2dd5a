//! The command line.

use super::agent::connection::Server;
use crate::apimachinery::names::is_dns1123_subdomain;
use crate::apiserver::{Authorization, FeatureGate, Plugin};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;

/// A whole Kubernetes cluster in one small program.
#[derive(Debug, Parser)]
#[command(name = "kubarium", version, about, long_about = None, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start a cluster and serve the Kubernetes API until interrupted
    #[command(after_help = UP_EXAMPLES)]
    Up(Box<Up>),
    /// Remove what a real node left on this machine: pods, network, mounts, cgroups, images, credentials
    Down(Down),
    /// This machine as a node of a cluster whose control plane is on another machine
    #[command(subcommand)]
    Node(NodeCommand),
    /// Tokens with which machines join a cluster
    #[command(subcommand)]
    Token(TokenCommand),
    /// Images of a cluster's real node
    #[command(subcommand)]
    Image(Image),
    /// Clusters as files, with which others begin
    #[command(subcommand)]
    Snapshot(Snapshot),
    /// Run the kubectl that is built in, on the cluster that the kubeconfig names
    #[command(disable_help_flag = true)]
    Kubectl {
        /// The command line, as kubectl takes it
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Play shell transcripts, each against a fresh cluster in simulated time, and print them as they went
    #[command(after_help = RUN_HELP)]
    Run(Run),
    /// Print a script that completes this program's commands in a shell
    Completion {
        /// The shell
        shell: clap_complete::Shell,
    },
}

const SAVE_HELP: &str = "\
The file holds all objects of the cluster as they are stored, with the contents of its Secrets: whoever has it has those. It is written \
readable by you alone; keep it so. It does not hold the certificate authority, the keys of tokens (those that were issued are not \
good in the copy), or what containers have in memory, file systems and volumes: they start as after a power cut.

`kubarium up --from FILE` goes on with it, and so does the page (“Open a file”). Both read 8 MiB at most.

Examples:
  # The cluster that the kubeconfig names: $KUBECONFIG, or else ~/.kube/kubarium
  kubarium snapshot save cluster.kubarium.json

  # A cluster that does not run
  kubarium snapshot save cluster.kubarium.json --name kubarium

  # A copy of it, beside the first one
  kubarium up --ephemeral --listen 127.0.0.1:0 --kubeconfig ./copy --from cluster.kubarium.json";

/// What is done with snapshots.
#[derive(Clone, Debug, Subcommand)]
pub enum Snapshot {
    /// Save a cluster as a file, with its Secrets
    #[command(after_help = SAVE_HELP)]
    Save(Save),
}

/// Options of `snapshot save`.
#[derive(Args, Clone, Debug)]
pub struct Save {
    /// The file to write; one that is there is replaced once the cluster is saved
    pub file: PathBuf,

    /// Kubeconfig that names a cluster that runs, with its administrator's credentials [default: $KUBECONFIG or ~/.kube/kubarium]
    #[arg(long, value_name = "FILE", conflicts_with_all = ["data_dir", "name"])]
    pub kubeconfig: Option<PathBuf>,

    /// The kubeconfig's context [default: its current one]
    #[arg(long, value_name = "NAME", conflicts_with_all = ["data_dir", "name"])]
    pub context: Option<String>,

    /// A cluster that does not run, by its name
    #[arg(long, value_name = "NAME", conflicts_with = "data_dir")]
    pub name: Option<String>,

    /// A cluster that does not run, by the folder in which it is kept
    #[arg(long, value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,
}

const UP_EXAMPLES: &str = "\
Examples:
  # A control plane and three workers, with kubectl's access in ~/.kube/kubarium
  kubarium up

  # The same cluster again and again, ten times as fast as real time
  kubarium up --seed 7 --speed 10

  # An API server alone, for the tests of your controller (what envtest is used for)
  kubarium up --ephemeral --nodes 0 --controllers=-* --scheduler=false --kubeconfig ./kubeconfig --listen 127.0.0.1:0

  # A cluster that was prepared in the page, or saved by `kubarium snapshot save`, for everything that speaks to Kubernetes
  kubarium up --ephemeral --from cluster.kubarium.json

  # This machine as the only node, with real containers
  sudo kubarium up --runtime containerd --nodes 0

  # Another entry in the kubeconfig that you have
  kubarium up --kubeconfig ~/.kube/config";

/// Options of `down`.
#[derive(Args, Clone, Debug)]
pub struct Down {
    /// The cluster's name
    #[arg(value_name = "NAME", default_value = "kubarium")]
    pub name: String,
}

const JOIN_HELP: &str = "\
The machine needs root, containerd, runc, the CNI plugins, nftables and iproute2, and a kernel with VXLAN. It asks the control plane for a \
client certificate with the token, keeps it where only root reads it, registers itself and runs the kubelet until it is ended. Ended \
or killed, its containers go on, and whoever starts it again (`kubarium node run`) takes them over. Machines reach each other's pods over \
UDP port 8472, and the control plane reaches the kubelet at its port.

Examples:
  # On the control plane, which other machines have to reach: what to type on this one
  sudo kubarium up --runtime containerd --nodes 0 --listen 192.0.2.10:6443
  kubarium token create --print-join-command

  # On this machine
  sudo kubarium node join https://192.0.2.10:6443 --token abcdef.0123456789abcdef --discovery-token-ca-cert-hash sha256:…

  # After the machine was switched off, or the agent ended
  sudo kubarium node run

  # No longer
  kubectl drain NODE --ignore-daemonsets && kubectl delete node NODE   # where there is a kubectl for the cluster
  sudo kubarium down                                                   # on the machine, once the agent has ended";

/// What is done with a node of another machine's cluster.
#[derive(Clone, Debug, Subcommand)]
pub enum NodeCommand {
    /// Join a cluster as a node, and be it until interrupted
    #[command(after_help = JOIN_HELP)]
    Join(Box<Join>),
    /// Go on as the node that this machine has joined as, until interrupted
    Run(Box<NodeArgs>),
}

/// Options of `node join`.
#[derive(Args, Clone, Debug)]
pub struct Join {
    /// The API server: https://HOST:PORT
    #[arg(value_name = "SERVER", value_parser = server)]
    pub server: Server,

    /// A bootstrap token of the cluster; nobody asks for it once the machine has a certificate
    #[arg(long, value_name = "TOKEN")]
    pub token: String,

    /// The digest of the public key of the cluster's certificate authority: sha256:… It may be given several times
    #[arg(long, value_name = "HASH", required = true, value_parser = crate::native::agent::discovery::check_pin)]
    pub discovery_token_ca_cert_hash: Vec<String>,

    /// The node's name [default: the machine's host name]
    #[arg(long, value_name = "NAME", value_parser = node_name)]
    pub node_name: Option<String>,

    /// How the node runs
    #[command(flatten)]
    pub node: NodeArgs,
}

/// Options of `node join` and `node run`.
#[derive(Args, Clone, Debug)]
pub struct NodeArgs {
    /// What the node's folders on this machine are called; `kubarium down NAME` removes them
    #[arg(long, value_name = "NAME", default_value = "kubarium")]
    pub name: String,

    /// The address by which other machines reach this one [default: the one by which it reaches the API server]
    #[arg(long, value_name = "ADDRESS")]
    pub node_ip: Option<std::net::Ipv4Addr>,

    /// The port of the kubelet's server [default: 10250, or a free one where that is taken]
    #[arg(long, value_name = "PORT")]
    pub kubelet_port: Option<u16>,

    /// The socket of a containerd that runs, or `private` for one of the node's own
    /// [default: /run/containerd/containerd.sock where it is there, or else private]
    #[arg(long, value_name = "SOCKET")]
    pub containerd_address: Option<PathBuf>,

    /// How the kubelet behaves: a KubeletConfiguration (kubelet.config.k8s.io/v1beta1), with the fields that README.md names
    #[arg(long, value_name = "FILE")]
    pub kubelet_config: Option<PathBuf>,

    /// Static pods: a folder of manifests, or one manifest. Changes are heeded
    #[arg(long, value_name = "PATH")]
    pub pod_manifest_path: Option<PathBuf>,

    /// A registry mirror for the private containerd, as `kubarium up` takes it
    #[arg(long, value_name = "REGISTRY=URL", value_parser = crate::native::node::mirrors::parse)]
    pub registry_mirror: Vec<crate::native::node::mirrors::Mirror>,

    /// How to print what is said on standard output
    #[arg(long, short, value_enum, default_value_t = Output::Text)]
    pub output: Output,

    /// Log more (-v what happens to the node, -vv watches)
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

const TOKEN_HELP: &str = "\
A token is a Secret of the type bootstrap.kubernetes.io/token in kube-system, as kubeadm's are: `kubectl -n kube-system get secrets` lists \
them, deleting one makes an end of it. The first token also makes the roles and bindings by which machines join, as `kubeadm init` does, \
the role kubarium:node-network, by which nodes read what their networks need (nodes, services, endpoints, pods, namespaces, network \
policies), and the ConfigMap cluster-info in kube-public.

Examples:
  # What to type on a machine that is to join within the next two hours
  kubarium token create --ttl 2h --print-join-command";

/// What is done with tokens.
#[derive(Clone, Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a bootstrap token, and let machines join by it
    #[command(after_help = TOKEN_HELP)]
    Create(Box<CreateToken>),
}

/// Options of `token create`; the names are those of kubeadm's flags.
#[derive(Args, Clone, Debug)]
pub struct CreateToken {
    /// The token [default: one that is drawn]
    #[arg(value_name = "TOKEN")]
    pub token: Option<String>,

    /// Print the whole command with which a machine joins
    #[arg(long)]
    pub print_join_command: bool,

    /// How long it is good for; 0 is for ever
    #[arg(long, value_name = "DURATION", default_value = "24h0m0s")]
    pub ttl: String,

    /// What it is for, in words
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub description: String,

    /// The address by which machines reach the API server [default: the kubeconfig's, or this machine's where that is a loopback
    /// address and the API server answers there]
    #[arg(long, value_name = "SERVER", value_parser = server)]
    pub server: Option<Server>,

    /// Kubeconfig with its administrator's credentials [default: $KUBECONFIG or ~/.kube/kubarium]
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,

    /// The kubeconfig's context [default: its current one]
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
}

fn node_name(text: &str) -> Result<String, String> {
    let name = text.trim().to_ascii_lowercase();
    match is_dns1123_subdomain(&name).pop() {
        None => Ok(name),
        Some(why) => Err(why),
    }
}

fn server(text: &str) -> Result<Server, String> {
    Server::parse(text).map_err(|why| why.to_string())
}

/// What is done with images.
#[derive(Clone, Debug, Subcommand)]
pub enum Image {
    /// Take the images of a tar in (an OCI layout, or what `docker save` writes), so that no registry is needed for them
    Load {
        /// The tar
        file: PathBuf,

        /// The cluster's name
        #[arg(long, value_name = "NAME", default_value = "kubarium")]
        name: String,
    },
}

/// What runs the containers of this machine's node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Runtime {
    /// Nothing: all nodes are simulated
    #[default]
    Simulated,
    /// containerd: this machine is a node too, whose containers are real
    Containerd,
}

const RUN_HELP: &str = "\
A transcript is plain text: `$ command` with `> ` continuation lines, what the command printed below it, `[exit 1]` last where
it fails, `! command` for what is neither shown nor compared, `# comment`. The exit status is 0 where all went as written.";

/// Options of `run`.
#[derive(Args, Clone, Debug)]
pub struct Run {
    /// The transcripts
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Compare what commands print too, not only how they end; a line `~ REGEX` fits any line that matches
    #[arg(long)]
    pub check: bool,

    /// The cluster that each begins with: `default` or `reference`
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub profile: String,

    /// The seed of all chance
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,

    /// How long a command may take, in simulated seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub timeout: u64,
}

/// How to print what the program says on standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people: what to type next, then a line that begins with `ready`
    Text,
    /// For programs: one line of JSON once the cluster is ready
    Json,
}

/// Options of `up`.
#[derive(Args, Clone, Debug)]
pub struct Up {
    /// Address and port to serve on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:6443")]
    pub listen: SocketAddr,

    /// Kubeconfig to write access into; what else stands there is kept [default: ~/.kube/kubarium]
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,

    /// Folder with the web page to serve at /ui/, as `make dist` builds it [default: the page that is built into this program]
    #[arg(long, value_name = "FOLDER")]
    pub site: Option<PathBuf>,

    /// How to print what is said on standard output
    #[arg(long, short, value_enum, default_value_t = Output::Text)]
    pub output: Output,

    /// Log more (-v requests that fail, -vv connections)
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,

    /// What the cluster is made of
    #[command(flatten)]
    pub cluster: ClusterArgs,

    /// Folder in which the cluster is kept; one that was kept there before carries on
    /// [default: $XDG_DATA_HOME/kubarium/NAME or ~/.local/share/kubarium/NAME; NAME-api with --nodes 0]
    #[arg(long, value_name = "FOLDER", conflicts_with = "ephemeral")]
    pub data_dir: Option<PathBuf>,

    /// Keep everything in memory and nothing on disk
    #[arg(long)]
    pub ephemeral: bool,

    /// How the API server behaves
    #[command(flatten)]
    pub server: ServerArgs,
}

/// What the cluster is made of.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Cluster")]
pub struct ClusterArgs {
    /// A built-in description of a cluster: `default` (a control plane, three workers, add-ons) or `reference` (three bare nodes
    /// whose containers run at once and never end)
    #[arg(long, value_name = "NAME", conflicts_with = "config")]
    pub profile: Option<String>,

    /// A description of a cluster, as YAML or JSON
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// A cluster that `kubarium snapshot save` or the page (“Save as a file”) saved, to go on with: what was done in it since it
    /// began is done again first
    #[arg(long, value_name = "FILE", conflicts_with_all = ["profile", "config", "nodes", "seed", "instant"])]
    pub from: Option<PathBuf>,

    /// How many workers it has; 0 is an API server without any machine
    #[arg(long, value_name = "N")]
    pub nodes: Option<usize>,

    /// The seed of all chance
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,

    /// How many times faster than real time it runs
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    pub speed: f64,

    /// Let nothing take simulated time: images are there at once, containers start at once
    #[arg(long)]
    pub instant: bool,

    /// What runs containers: with `containerd` this machine is a node of the cluster too (needs root), labelled
    /// kubarium.dev/runtime=containerd; `--nodes 0` leaves out the simulated ones
    #[arg(long, value_enum, value_name = "RUNTIME", default_value_t)]
    pub runtime: Runtime,

    /// The socket of a containerd that runs, or `private` for one of the cluster's own
    /// [default: /run/containerd/containerd.sock where it is there, or else private]
    #[arg(long, value_name = "SOCKET")]
    pub containerd_address: Option<PathBuf>,

    /// The address by which other machines reach this one, where its node is to have company (`kubarium node join`)
    /// [default: that of --listen where it is no loopback address, or else none: then this machine stays the only real node]
    #[arg(long, value_name = "ADDRESS")]
    pub node_ip: Option<std::net::Ipv4Addr>,

    /// How the kubelet of this machine's node behaves: a KubeletConfiguration (kubelet.config.k8s.io/v1beta1), with the fields that
    /// README.md names
    #[arg(long, value_name = "FILE")]
    pub kubelet_config: Option<PathBuf>,

    /// Static pods of this machine's node: a folder of manifests, or one manifest. Changes are heeded
    #[arg(long, value_name = "PATH")]
    pub pod_manifest_path: Option<PathBuf>,

    /// A registry mirror for the private containerd: it is asked for images of REGISTRY first, and the registry itself where it does
    /// not have them; `_default` stands for all registries. It may be given several times
    #[arg(long, value_name = "REGISTRY=URL", value_parser = crate::native::node::mirrors::parse)]
    pub registry_mirror: Vec<crate::native::node::mirrors::Mirror>,

    /// Controllers that run: `*` all, `-*` none, `foo` that one too, `-foo` not that one
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        default_value = "*",
        allow_hyphen_values = true
    )]
    pub controllers: Vec<String>,

    /// How long a node may be silent before it counts as gone, in seconds; kubelets renew their leases every 10 s
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(11..))]
    pub node_monitor_grace_period: Option<u32>,

    /// Whether a scheduler runs
    #[arg(long, value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set, num_args = 0..=1, default_missing_value = "true")]
    pub scheduler: bool,
}

impl ClusterArgs {
    /// Whether they say what the cluster is made of, rather than leaving that to what was kept.
    pub fn describes(&self) -> bool {
        self.profile.is_some()
            || self.config.is_some()
            || self.from.is_some()
            || self.nodes.is_some()
            || self.seed.is_some()
            || self.instant
    }
}

/// How the API server behaves; the names are those of kube-apiserver's flags.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "API server")]
pub struct ServerArgs {
    /// Who is asked whether a request may be served: AlwaysAllow, AlwaysDeny, Node, RBAC [default: Node,RBAC]
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = authorizer)]
    pub authorization_mode: Vec<Authorization>,

    /// Admission plugins to switch on beside those that are on
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = plugin)]
    pub enable_admission_plugins: Vec<Plugin>,

    /// Admission plugins to switch off
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = plugin)]
    pub disable_admission_plugins: Vec<Plugin>,

    /// Features that 1.36 has switched off: MaxUnavailableStatefulSet=true
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = feature_gate)]
    pub feature_gates: Vec<(FeatureGate, bool)>,

    /// A file of static tokens: token,user,uid,"group1,group2"
    #[arg(long, value_name = "FILE")]
    pub token_auth_file: Option<PathBuf>,

    /// Whether requests without credentials are those of system:anonymous
    #[arg(long, value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set, num_args = 0..=1, default_missing_value = "true")]
    pub anonymous_auth: bool,

    /// Addresses of Services [default: those of the cluster that --from names, or else 10.96.0.0/12]
    #[arg(long, value_name = "CIDR", value_parser = cidr)]
    pub service_cluster_ip_range: Option<(std::net::Ipv4Addr, u8)>,
}

fn feature_gate(text: &str) -> Result<(FeatureGate, bool), String> {
    let (name, value) = text.split_once('=').ok_or("want NAME=true or NAME=false")?;
    let gate = FeatureGate::named(name).ok_or_else(|| {
        format!("the feature gate {name:?} cannot be changed here; MaxUnavailableStatefulSet can")
    })?;
    match value {
        "true" => Ok((gate, true)),
        "false" => Ok((gate, false)),
        _ => Err(format!("{value:?} is neither true nor false")),
    }
}

fn authorizer(name: &str) -> Result<Authorization, String> {
    let mode = serde_json::from_value(name.into());
    mode.map_err(|_| "there are AlwaysAllow, AlwaysDeny, Node and RBAC".to_owned())
}

fn plugin(name: &str) -> Result<Plugin, String> {
    Plugin::named(name).ok_or_else(|| {
        let known: Vec<String> = Plugin::ALL.iter().map(|p| format!("{p:?}")).collect();
        format!(
            "there is no such admission plugin here; there are {}",
            known.join(", ")
        )
    })
}

fn cidr(text: &str) -> Result<(std::net::Ipv4Addr, u8), String> {
    let parse = || {
        let (address, bits) = text.split_once('/')?;
        let (address, bits): (std::net::Ipv4Addr, u8) = (address.parse().ok()?, bits.parse().ok()?);
        let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
        (12..=28)
            .contains(&bits)
            .then_some((std::net::Ipv4Addr::from(u32::from(address) & mask), bits))
    };
    parse().ok_or_else(|| {
        "this is no IPv4 range with a prefix of 12 to 28 bits, such as 10.96.0.0/12".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn up(words: &[&str]) -> Result<Up, clap::Error> {
        let words = ["kubarium", "up"].iter().chain(words);
        match Cli::try_parse_from(words)?.command {
            Command::Up(up) => Ok(*up),
            _ => panic!("up was asked for"),
        }
    }

    #[test]
    fn nodes_names_are_looked_at_before_anybody_is_asked() {
        assert_eq!(node_name(" Second.Example "), Ok("second.example".into()));
        for wrong in ["", "a b", "-a", "a/../b", "a_b"] {
            assert!(node_name(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn flags_are_read_as_upstreams_are() {
        Cli::command().debug_assert();
        let alone = up(&["--nodes", "0", "--controllers=-*", "--scheduler=false"]).expect("read");
        assert_eq!(
            (alone.cluster.nodes, alone.cluster.scheduler),
            (Some(0), false)
        );
        assert_eq!(alone.cluster.controllers, ["-*"]);
        let some = up(&["--controllers", "*,-cronjob-controller", "--scheduler"]).expect("read");
        assert_eq!(some.cluster.controllers, ["*", "-cronjob-controller"]);
        assert!(some.cluster.scheduler);
        let plugins = up(&["--disable-admission-plugins=ServiceAccount,Priority"]).expect("read");
        assert_eq!(plugins.server.disable_admission_plugins.len(), 2);
        assert!(up(&["--disable-admission-plugins=Nope"]).is_err());
        let gates = up(&["--feature-gates=MaxUnavailableStatefulSet=true"]).expect("read");
        assert!(gates.server.feature_gates[0].1);
        assert!(up(&["--feature-gates=SELinuxMount=true"]).is_err());
        assert!(up(&["--feature-gates=MaxUnavailableStatefulSet"]).is_err());
        let modes = up(&["--authorization-mode=Node,RBAC"]).expect("read");
        assert_eq!(
            modes.server.authorization_mode,
            [Authorization::Node, Authorization::Rbac]
        );
        assert!(up(&["--authorization-mode=Rbac"]).is_err());
        assert!(up(&["--service-cluster-ip-range=10.0.0.1/8"]).is_err());
        let range = up(&["--service-cluster-ip-range=10.0.3.1/24"]).expect("read");
        assert_eq!(
            range.server.service_cluster_ip_range,
            Some(([10, 0, 3, 0].into(), 24))
        );
    }
}
