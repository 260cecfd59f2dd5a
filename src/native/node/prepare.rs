//! Makes this machine ready to be a node, and clears it up again.

use super::calls::{Calls, RUNTIME};
use super::folders::{self, Folders};
use super::network::{self, Reach};
use super::runtime::Version;
use super::services::Place;
use super::settings::Settings;
use super::{api, containerd, grpc, image, mirrors, overlay, volumes};
use anyhow::{Context as _, bail};
use std::fs::{self, File, TryLockError};
use std::net::{IpAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tracing::{info, warn};

/// Where a containerd of the machine's own listens.
const SYSTEM_SOCKET: &str = "/run/containerd/containerd.sock";
/// What stands for a containerd of the cluster's own.
const PRIVATE: &str = "private";
/// How long a runtime that is said to run may take to answer.
const ANSWER_TIME: Duration = Duration::from_secs(5);
/// Folders outside of those of the node that containerd and the plugins leave; they go where they are empty and were not there before.
const FOREIGN: [&str; 7] = [
    "/run/containerd/s",
    "/run/containerd/fifo",
    "/run/containerd",
    "/var/lib/cni/results",
    "/var/lib/cni/cache",
    "/var/lib/cni",
    "/run/netns",
];

/// A machine that is ready.
pub struct Prepared {
    /// Where it keeps what it makes.
    pub folders: Folders,
    /// The way to its runtime.
    pub client: grpc::Client,
    /// Which that is.
    pub version: Version,
    /// Its address.
    pub node_ip: String,
    /// Addresses of its pods, "" where the runtime's configuration says.
    pub pod_cidr: String,
    /// How its kubelet behaves.
    pub settings: Settings,
    /// Whether containerd is the cluster's own.
    private: bool,
    /// What its network leads to.
    reach: Reach,
    _lock: File,
}

/// Makes sure that root runs this.
///
/// # Errors
/// Where somebody else does.
pub fn check_root(what: &str) -> anyhow::Result<()> {
    if rustix::process::geteuid().is_root() {
        return Ok(());
    }
    bail!(
        "{what} needs root: it speaks to containerd or starts one, makes a network namespace with its interfaces, \
         mounts (file systems of containers, memory for secrets) and cgroups"
    )
}

impl Prepared {
    /// Gets the machine ready: containerd at `address` (a socket, `private` for one of the cluster's own), or else the system's where
    /// it answers and has a network, or else one of the cluster's own.
    ///
    /// # Errors
    /// What is missing, in the way, or does not answer.
    pub async fn make(
        cluster: &str,
        address: Option<&Path>,
        reach: Reach,
        settings: Settings,
    ) -> anyhow::Result<Self> {
        check_root("--runtime containerd")?;
        let folders = Folders::new(cluster);
        folders.make()?;
        let lock = lock(&folders)?;
        let made = Self::make_in(folders.clone(), lock, address, reach, &settings).await;
        if made.is_err() {
            // What was there before stays as it was; what was made for nothing goes.
            folders::remove(&folders.secrets());
            if !was_private(&folders) && !folders.credentials().exists() {
                remove_folders(&folders, Keep::Volumes);
            }
        }
        Ok(Self { settings, ..made? })
    }

    async fn make_in(
        folders: Folders,
        lock: File,
        address: Option<&Path>,
        reach: Reach,
        settings: &Settings,
    ) -> anyhow::Result<Self> {
        let prepared = match socket_of_others(address) {
            None => {
                mirrors::write(&folders, &settings.mirrors)?;
                Self::private(folders, lock, reach).await?
            }
            Some(socket) if !settings.mirrors.is_empty() => bail!(
                "--registry-mirror is for a containerd of the cluster's own (--containerd-address private); the one at {} has a \
                 configuration of its own",
                socket.display()
            ),
            Some(socket) => {
                let others = Self::of_others(&socket, folders, lock, reach).await;
                let others = match address {
                    None => others
                        .context("--containerd-address private starts one of the cluster's own"),
                    Some(_) => others,
                }?;
                warn!(
                    "its network is not the cluster's: services, names and the API are not led to pods there"
                );
                others
            }
        };
        containerd::check_version(&prepared.version.version)?;
        prepared.mount_files()?;
        info!(
            "containers are run by {} {}",
            prepared.version.name, prepared.version.version
        );
        Ok(prepared)
    }

    /// With a runtime that somebody else looks after.
    async fn of_others(
        socket: &Path,
        mut folders: Folders,
        lock: File,
        reach: Reach,
    ) -> anyhow::Result<Self> {
        let client = grpc::Client::new(socket);
        let version = Version::ask(&client, ANSWER_TIME).await.with_context(|| {
            format!(
                "the container runtime at {} does not answer",
                socket.display()
            )
        })?;
        let status: api::StatusResponse = client
            .call(&[RUNTIME, "Status"].concat(), &api::Empty {}, ANSWER_TIME)
            .await?;
        let conditions = status.status.unwrap_or_default().conditions;
        if let Some(c) = conditions.iter().find(|c| !c.status) {
            bail!(
                "the container runtime at {} is not ready: {} is false ({}: {})",
                socket.display(),
                c.kind,
                c.reason,
                c.message
            );
        }
        folders.own_runtime = false;
        fs::write(
            folders.state.join("address"),
            socket.to_string_lossy().as_bytes(),
        )?;
        Ok(Self {
            folders,
            client,
            version,
            node_ip: own_address(),
            pod_cidr: String::new(),
            settings: Settings::default(),
            private: false,
            reach,
            _lock: lock,
        })
    }

    /// With a runtime and a network of the cluster's own.
    async fn private(folders: Folders, lock: File, reach: Reach) -> anyhow::Result<Self> {
        containerd::check_installed()?;
        let _ = fs::remove_file(folders.state.join("address"));
        note_foreign(&folders)?;
        let made = Self::private_parts(&folders, Some(&reach)).await;
        let (client, version) = match made {
            Ok(made) => made,
            Err(why) => {
                containerd::stop(&folders);
                network::remove(&folders);
                return Err(why);
            }
        };
        Ok(Self {
            folders,
            client,
            version,
            node_ip: reach
                .machine
                .map_or_else(|| network::NODE_IP.to_owned(), |ip| ip.to_string()),
            pod_cidr: reach.pods.clone(),
            settings: Settings::default(),
            private: true,
            reach,
            _lock: lock,
        })
    }

    async fn private_parts(
        folders: &Folders,
        reach: Option<&Reach>,
    ) -> anyhow::Result<(grpc::Client, Version)> {
        network::make(folders, reach)?;
        let started = containerd::start(folders).await?;
        if let Some(pause) = image::pause() {
            let file = folders.state.join("pause.tar");
            fs::write(&file, pause)?;
            containerd::import(&folders.socket(), &file)?;
            fs::remove_file(&file)?;
        }
        Ok(started)
    }

    fn mount_files(&self) -> anyhow::Result<()> {
        let files = self.folders.secrets();
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        let there = mounts
            .lines()
            .any(|l| l.split(' ').nth(4).is_some_and(|p| Path::new(p) == files));
        if !there {
            volumes::tmpfs(&files, "mode=0700").map_err(anyhow::Error::msg)?;
        }
        Ok(())
    }

    /// The network as the rules of services need it, where it is the cluster's own.
    pub fn place(&self, node: &str) -> Option<Place> {
        self.private.then(|| Place {
            node: node.to_owned(),
            node_ips: vec![self.node_ip.clone(), network::INNER_IP.to_string()],
            pods: self.pod_cidr.clone(),
            services: vec![self.reach.range(), network::BALANCERS.to_owned()],
            own: (network::CLUSTER_DNS.into(), 53),
            outside: (network::INNER, network::NODE_IP),
            overlay: self.reach.machine.map(|_| overlay::DEVICE),
        })
    }

    /// Begins to listen for the API where pods look for it; nothing where the network is not the cluster's own.
    ///
    /// # Errors
    /// Where the port is taken there.
    pub fn listen_for_api(&self) -> anyhow::Result<Option<tokio::net::TcpListener>> {
        if !self.private {
            return Ok(None);
        }
        let listener = network::listen_for_api(&self.folders, self.reach.api)?;
        Ok(Some(tokio::net::TcpListener::from_std(listener)?))
    }

    /// Looks after what must go on running.
    pub async fn tend(&self) {
        if self.private {
            containerd::keep_running(self.folders.clone()).await;
        } else {
            std::future::pending().await
        }
    }

    /// Stops all pods and removes what was made, but for images and the volumes of claims where the cluster is kept.
    pub async fn clear(&self, is_kept: bool) {
        let keep = match (is_kept, self.private) {
            (true, true) => Keep::Images,
            (true, false) => Keep::Volumes,
            (false, _) => Keep::Nothing,
        };
        clear(&self.folders, &self.client, self.private, keep).await;
    }
}

/// What is not removed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    Nothing,
    /// The volumes of claims, where there are any.
    Volumes,
    /// Those, and images.
    Images,
}

async fn clear(folders: &Folders, client: &grpc::Client, private: bool, keep: Keep) {
    let calls = Calls::detached(client.clone(), folders.clone());
    calls.remove_all().await;
    if private {
        containerd::stop(folders);
        network::remove(folders);
        remove_foreign(folders);
    }
    folders::remove_cgroups(folders, "");
    remove_folders(folders, keep);
}

fn remove_folders(folders: &Folders, keep: Keep) {
    folders::remove(&folders.state);
    // The one above goes where no other cluster has one in it.
    let _ = folders.state.parent().map(fs::remove_dir);
    folders::remove(&folders.pods());
    folders::remove(&folders.data.join("logs"));
    if keep == Keep::Images {
        return;
    }
    // It stays where there is something in it.
    let kept = keep == Keep::Volumes && fs::remove_dir(folders.volumes()).is_err();
    if !kept || !folders.volumes().exists() {
        folders::remove(&folders.data);
        let _ = folders.data.parent().map(fs::remove_dir);
    }
}

/// Whether a containerd of the cluster's own has left something.
fn was_private(folders: &Folders) -> bool {
    folders.data.join("containerd").exists() || network::namespace(folders).exists()
}

/// Makes the folders of a node that belongs to another machine's cluster, and makes sure that nobody else runs it for as long as the file
/// is open.
///
/// # Errors
/// Where somebody does, or has left something that runs.
pub fn claim(name: &str) -> anyhow::Result<(Folders, File)> {
    let folders = Folders::new(name);
    folders.make()?;
    let lock = lock(&folders)?;
    check_unused(&folders)?;
    Ok((folders, lock))
}

/// Refuses folders in which a cluster of this machine has its node: its pods would be taken for those of the other cluster, and removed.
fn check_unused(folders: &Folders) -> anyhow::Result<()> {
    let left = network::namespace(folders).exists() || folders.state.join("address").exists();
    if left && !folders.credentials().exists() {
        let name = &folders.cluster;
        bail!(
            "a cluster of this machine has left its node under the name {name:?} (`kubarium down {name}` removes it, --name has another one \
             beside it)"
        );
    }
    Ok(())
}

/// Removes the folders that were made for a machine that did not become a node.
pub fn release(folders: &Folders) {
    if !folders.credentials().exists() && !was_private(folders) {
        folders::remove(&folders.secrets());
        remove_folders(folders, Keep::Volumes);
    }
}

/// Refuses to make a cluster's own node where a machine is the node of another cluster under that name.
///
/// # Errors
/// Where it is.
pub fn check_no_member(name: &str) -> anyhow::Result<()> {
    if Folders::new(name).credentials().exists() {
        bail!(
            "this machine is a node of another machine's cluster under the name {name:?} (`kubarium down {name}` makes an end of that; a \
             cluster's name stands in --config)"
        );
    }
    Ok(())
}

/// Removes whatever the node of a cluster left on this machine, images too; nothing may run it any more.
///
/// # Errors
/// Where somebody else than root asks, or the cluster runs.
pub async fn remove(cluster: &str) -> anyhow::Result<bool> {
    check_root("`kubarium down`")?;
    let mut folders = Folders::new(cluster);
    if !folders.data.exists() && !folders.state.exists() {
        return Ok(false);
    }
    folders.make()?;
    let _lock = lock(&folders)?;
    let others = fs::read_to_string(folders.state.join("address")).ok();
    if others.is_none() && !was_private(&folders) {
        remove_folders(&folders, Keep::Nothing);
        return Ok(true);
    }
    let private = others.is_none();
    let client = match &others {
        Some(socket) => {
            folders.own_runtime = false;
            grpc::Client::new(Path::new(socket))
        }
        None => {
            // Pods can only be taken down by a containerd that runs.
            note_foreign(&folders)?;
            let (client, _) = Prepared::private_parts(&folders, None).await?;
            client
        }
    };
    clear(&folders, &client, private, Keep::Nothing).await;
    Ok(true)
}

/// The socket of the containerd of others that an option names, or that is there; none where the cluster gets one of its own.
pub fn socket_of_others(address: Option<&Path>) -> Option<PathBuf> {
    match address {
        Some(own) if own == Path::new(PRIVATE) => None,
        Some(socket) => Some(socket.to_owned()),
        None => Path::new(SYSTEM_SOCKET)
            .exists()
            .then(|| PathBuf::from(SYSTEM_SOCKET)),
    }
}

/// The socket of the containerd that the node of a cluster uses.
///
/// # Errors
/// Where it has none.
pub fn socket_of(cluster: &str) -> anyhow::Result<PathBuf> {
    let folders = Folders::new(cluster);
    if let Ok(socket) = fs::read_to_string(folders.state.join("address")) {
        return Ok(PathBuf::from(socket));
    }
    let socket = folders.socket();
    if !socket.exists() {
        bail!(
            "the cluster {cluster:?} has no real node that runs (kubarium up --runtime containerd starts one)"
        );
    }
    Ok(socket)
}

/// Notes which images were loaded by hand, so that they are not removed to make room. `said` is what `ctr` said of them.
///
/// # Errors
/// Where it cannot be written down.
pub fn note_loaded(cluster: &str, said: &str) -> anyhow::Result<()> {
    let path = Folders::new(cluster).loaded_images();
    let mut text = fs::read_to_string(&path).unwrap_or_default();
    for name in image::imported(said) {
        if !text.lines().any(|line| line == name) {
            text += &format!("{name}\n");
        }
    }
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn lock(folders: &Folders) -> anyhow::Result<File> {
    let file = File::create(folders.state.join("lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!(
            "another kubarium runs the real node {:?} on this machine",
            folders.cluster
        ),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// Notes which of the foreign folders are there already.
fn note_foreign(folders: &Folders) -> anyhow::Result<()> {
    let note = folders.state.join("foreign");
    if note.exists() {
        return Ok(());
    }
    let there: Vec<&str> = FOREIGN
        .into_iter()
        .filter(|f| Path::new(f).exists())
        .collect();
    Ok(fs::write(note, there.join("\n"))?)
}

fn remove_foreign(folders: &Folders) {
    let Ok(before) = fs::read_to_string(folders.state.join("foreign")) else {
        return;
    };
    for folder in FOREIGN {
        if !before.lines().any(|l| l == folder) {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// The address of this machine by which others reach it.
fn own_address() -> String {
    let found = address_towards("192.0.2.1:9");
    found.map_or_else(|| "127.0.0.1".to_owned(), |ip| ip.to_string())
}

/// The address by which this machine goes to another one's address and port.
pub fn address_towards(other: &str) -> Option<IpAddr> {
    // Nothing is sent: the system only looks up which way it would go.
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect(other).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_another_cluster_are_not_joined_into() {
        let root = std::env::temp_dir().join(format!("kubarium-claim-{}", std::process::id()));
        let folders = Folders {
            data: root.join("data"),
            state: root.join("state"),
            ..Folders::new("test")
        };
        folders::private(&folders.state).expect("made");
        check_unused(&folders).expect("nothing is there");
        for left in [network::namespace(&folders), folders.state.join("address")] {
            fs::write(&left, "").expect("written");
            let why = check_unused(&folders).expect_err("a cluster is there");
            assert!(why.to_string().contains("`kubarium down test`"), "{why}");
            fs::remove_file(left).expect("removed");
        }
        fs::write(network::namespace(&folders), "").expect("written");
        folders::private(&folders.credentials()).expect("made");
        check_unused(&folders).expect("its own");
        fs::remove_dir_all(root).expect("removed");
    }
}
