//! What a kubelet asks, as calls of the CRI.

mod adopt;
mod collect;
mod rotate;

use super::folders::{self, Folders};
use super::runtime::Shared;
use super::{api, grpc, logs, mounting, probe, rotation, translate, volumes};
use crate::apimachinery::{Timestamp, Value};
use crate::collections::SortedMap;
use crate::cri::{
    AuthConfig, ContainerConfig, ContainerEvent, ContainerExit, ContainerResources, CriError,
    CriRequest, CriResponse, ImageInfo, ImageUser, NOT_MOUNTED, PodSandboxConfig, RuntimeEvent,
};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The services of the CRI.
pub const RUNTIME: &str = "/runtime.v1.RuntimeService/";
pub const IMAGE: &str = "/runtime.v1.ImageService/";
/// How long a call may take (`--runtime-request-timeout`).
const CALL_TIME: Duration = Duration::from_secs(120);
/// How long fetching an image may take.
const PULL_TIME: Duration = Duration::from_secs(3600);
/// How often the runtime is asked what it has where nothing is waited for.
const IDLE_RELIST: Duration = Duration::from_secs(1);
/// The longest message that a container leaves (`types.MaxContainerTerminationMessageLength`).
const LONGEST_MESSAGE: usize = 4096;

/// What is known of a container.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its sandbox.
    pub sandbox: String,
    /// Its log.
    pub log: PathBuf,
    termination_log: PathBuf,
    /// Whether its last words are looked for in its log.
    falls_back: bool,
    /// Whether its streams are a terminal.
    pub tty: bool,
    /// Whether it was started, and its end not told yet.
    awaited: bool,
}

/// What a container had used at some time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sample {
    /// Nanoseconds since the Unix epoch.
    pub time: i64,
    /// CPU time in nanoseconds.
    pub cpu: u64,
    /// Memory in bytes.
    pub memory: u64,
    /// Memory with all caches, where the runtime tells.
    pub held: Option<u64>,
    /// Bytes that it wrote on its own file system.
    pub disk: u64,
}

/// What is known of a sandbox.
struct Sandbox {
    attempt: u32,
    pod: Value,
    /// Whether it is not expected to stand any more.
    stopped: bool,
}

#[derive(Default)]
struct State {
    sandboxes: BTreeMap<String, Sandbox>,
    containers: BTreeMap<String, Known>,
    /// When the runtime was last asked what it has.
    listed: Option<Instant>,
}

impl State {
    fn stands(&mut self, sandbox: &str, attempt: u32, pod: Value) {
        let known = Sandbox {
            attempt,
            pod,
            stopped: false,
        };
        self.sandboxes.insert(sandbox.to_owned(), known);
    }
}

/// The way to a runtime.
#[derive(Clone)]
pub struct Calls {
    client: grpc::Client,
    pub(super) folders: Arc<Folders>,
    node_ip: Arc<str>,
    state: Arc<Mutex<State>>,
    shared: Arc<Shared>,
}

type Answer = Result<CriResponse, CriError>;

impl Known {
    /// Whether it runs, as far as is known.
    pub fn runs(&self) -> bool {
        self.awaited
    }
}

impl Calls {
    /// The way to the runtime behind `client`, for the node at `node_ip`.
    pub fn new(
        client: grpc::Client,
        folders: Folders,
        node_ip: String,
        shared: Arc<Shared>,
    ) -> Self {
        Self {
            client,
            folders: Arc::new(folders),
            node_ip: node_ip.into(),
            state: Arc::default(),
            shared,
        }
    }

    /// A way for clearing up, without a kubelet.
    pub fn detached(client: grpc::Client, folders: Folders) -> Self {
        let nobody = Shared::new(Arc::new(|| {}));
        Self::new(client, folders, String::new(), nobody)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known of a container, by id.
    pub fn known(&self, container: &str) -> Option<Known> {
        self.state().containers.get(container).cloned()
    }

    /// Calls a method of the runtime.
    ///
    /// # Errors
    /// As [`grpc::Client::call`].
    pub async fn runtime<A: prost::Message + Default>(
        &self,
        method: &str,
        request: &impl prost::Message,
    ) -> Result<A, CriError> {
        self.client
            .call(&[RUNTIME, method].concat(), request, CALL_TIME)
            .await
    }

    /// Carries a kubelet's request out.
    ///
    /// # Errors
    /// What the runtime said, or what stood in the way before it was asked.
    pub async fn carry_out(&self, request: CriRequest) -> Answer {
        match request {
            CriRequest::RunPodSandbox(config) => self.run_sandbox(*config).await,
            CriRequest::StopPodSandbox { sandbox } => {
                self.stop_sandbox(&sandbox).await?;
                Ok(CriResponse::Done)
            }
            CriRequest::RemovePodSandbox { sandbox } => {
                self.remove_sandbox(&sandbox).await?;
                Ok(CriResponse::Done)
            }
            CriRequest::ImageStatus { image } => Ok(CriResponse::Image(self.image(&image).await?)),
            CriRequest::PullImage { image, auth } => self.pull(&image, auth).await,
            CriRequest::RemoveImage { image } => {
                let request = api::RemoveImageRequest {
                    image: Some(api::ImageSpec { image }),
                };
                let method = [IMAGE, "RemoveImage"].concat();
                let _: api::Empty = self.client.call(&method, &request, CALL_TIME).await?;
                Ok(CriResponse::Done)
            }
            CriRequest::CreateContainer { sandbox, config } => self.create(&sandbox, *config).await,
            CriRequest::StartContainer { container } => self.start(&container).await,
            CriRequest::UpdateContainerResources {
                container,
                resources,
            } => self.resize(container, &resources).await,
            CriRequest::StopContainer { container, timeout } => {
                self.stop(&container, timeout).await?;
                // Its end is told before the answer.
                self.relist().await;
                Ok(CriResponse::Done)
            }
            CriRequest::RemoveContainer { container } => {
                self.remove(&container).await?;
                Ok(CriResponse::Done)
            }
            CriRequest::ExecSync {
                container,
                command,
                timeout,
            } => self.exec(container, command, timeout).await,
            CriRequest::Probe(asked) => {
                Ok(CriResponse::Probe(probe::ask(&asked, &self.node_ip).await))
            }
        }
    }

    async fn run_sandbox(&self, config: PodSandboxConfig) -> Answer {
        let pod = config.pod;
        refuse_unsupported(&pod).map_err(|why| grpc::error("Unimplemented", &why))?;
        set_up(&pod, config.bound).await?;
        let sandbox = translate::sandbox(&pod, config.attempt, &self.folders);
        std::fs::create_dir_all(&sandbox.log_directory)
            .map_err(|e| grpc::error("Unknown", &format!("cannot make the folder of logs: {e}")))?;
        let request = api::RunPodSandboxRequest {
            config: Some(sandbox),
            runtime_handler: config.runtime_handler,
        };
        let made: api::PodSandboxId = self.runtime("RunPodSandbox", &request).await?;
        let id = made.pod_sandbox_id;
        let ip = self.address(&id).await?;
        let shown = if ip.is_empty() { &*self.node_ip } else { &ip };
        volumes::write_hosts(&self.folders, &pod, shown)
            .map_err(|e| grpc::error("Unknown", &format!("cannot write /etc/hosts: {e}")))?;
        self.state().stands(&id, config.attempt, pod);
        Ok(CriResponse::PodSandbox { id, ip })
    }

    async fn status_of(
        &self,
        sandbox: &str,
        verbose: bool,
    ) -> Result<api::PodSandboxStatusResponse, CriError> {
        let request = api::PodSandboxStatusRequest {
            pod_sandbox_id: sandbox.to_owned(),
            verbose,
        };
        self.runtime("PodSandboxStatus", &request).await
    }

    async fn address(&self, sandbox: &str) -> Result<String, CriError> {
        let answer = self.status_of(sandbox, false).await?;
        let network = answer.status.and_then(|s| s.network);
        Ok(network.map(|n| n.ip).unwrap_or_default())
    }

    /// The network namespace of a sandbox, none where that is the node's.
    ///
    /// # Errors
    /// Where the runtime does not tell.
    pub async fn network_namespace(&self, sandbox: &str) -> Result<Option<PathBuf>, CriError> {
        let answer = self.status_of(sandbox, true).await?;
        let info = answer.info.get("info").map(String::as_bytes);
        let info = Value::from_json(info.unwrap_or_default()).unwrap_or_default();
        let all = info.at(&["runtimeSpec", "linux", "namespaces"]).items();
        let network = all.iter().find(|n| n.get("type").str() == "network");
        Ok(network.map(|n| match n.get("path").str() {
            "" => PathBuf::from(format!(
                "/proc/{}/ns/net",
                info.get("pid").as_i64().unwrap_or(0)
            )),
            path => PathBuf::from(path),
        }))
    }

    /// Stops a sandbox with all that runs in it.
    ///
    /// # Errors
    /// What the runtime said; that it does not know it is none.
    pub async fn stop_sandbox(&self, sandbox: &str) -> Result<(), CriError> {
        if let Some(known) = self.state().sandboxes.get_mut(sandbox) {
            known.stopped = true;
        }
        let request = api::PodSandboxId {
            pod_sandbox_id: sandbox.to_owned(),
        };
        let stopped = self.runtime::<api::Empty>("StopPodSandbox", &request).await;
        unless_gone(stopped)
    }

    /// Removes a sandbox and what its pod left on this machine.
    ///
    /// # Errors
    /// What the runtime said; that it does not know it is none.
    pub async fn remove_sandbox(&self, sandbox: &str) -> Result<(), CriError> {
        self.stop_sandbox(sandbox).await?;
        let request = api::PodSandboxId {
            pod_sandbox_id: sandbox.to_owned(),
        };
        let removed = self
            .runtime::<api::Empty>("RemovePodSandbox", &request)
            .await;
        unless_gone(removed)?;
        let pod = {
            let mut state = self.state();
            state.containers.retain(|_, c| c.sandbox != sandbox);
            state.sandboxes.remove(sandbox).map(|s| s.pod)
        };
        if let Some(pod) = pod {
            self.remove_pod(&pod);
        }
        Ok(())
    }

    fn remove_pod(&self, pod: &Value) {
        folders::remove(&self.folders.pod(pod.uid()));
        folders::remove(&self.folders.secrets().join(pod.uid()));
        folders::remove(&self.folders.logs(pod));
        folders::remove_cgroups(&self.folders, pod.uid());
    }

    async fn image(&self, name: &str) -> Result<Option<ImageInfo>, CriError> {
        Ok(self.find_image(name).await?.map(|image| info(name, &image)))
    }

    async fn find_image(&self, name: &str) -> Result<Option<api::Image>, CriError> {
        let request = api::ImageStatusRequest {
            image: Some(api::ImageSpec {
                image: name.to_owned(),
            }),
        };
        let method = [IMAGE, "ImageStatus"].concat();
        let answer: api::ImageStatusResponse =
            self.client.call(&method, &request, CALL_TIME).await?;
        Ok(answer.image)
    }

    /// All images that the runtime has.
    ///
    /// # Errors
    /// What the runtime said.
    pub async fn images(&self) -> Result<Vec<ImageInfo>, CriError> {
        let method = [IMAGE, "ListImages"].concat();
        let answer: api::ListImagesResponse =
            self.client.call(&method, &api::Empty {}, CALL_TIME).await?;
        let loaded = std::fs::read_to_string(self.folders.loaded_images()).unwrap_or_default();
        let known = |image: &api::Image| {
            let mut image = info(image.repo_tags.first().unwrap_or(&image.id), image);
            let own = |name: &&str| image.others.iter().any(|other| other == name);
            image.pinned |= loaded.lines().any(|line| own(&line));
            image
        };
        Ok(answer.images.iter().map(known).collect())
    }

    /// The folder in which the runtime keeps images; none where it does not tell.
    pub async fn image_folder(&self) -> Option<PathBuf> {
        let method = [IMAGE, "ImageFsInfo"].concat();
        let answer: api::ImageFsInfoResponse = self
            .client
            .call(&method, &api::Empty {}, CALL_TIME)
            .await
            .ok()?;
        let first = answer.image_filesystems.into_iter().next()?;
        Some(first.fs_id?.mountpoint.into())
    }

    async fn pull(&self, name: &str, auth: Option<AuthConfig>) -> Answer {
        let request = api::PullImageRequest {
            image: Some(api::ImageSpec {
                image: name.to_owned(),
            }),
            auth: auth.map(|a| api::AuthConfig {
                username: a.username,
                password: a.password,
            }),
        };
        let method = [IMAGE, "PullImage"].concat();
        let _: api::PullImageResponse = self.client.call(&method, &request, PULL_TIME).await?;
        match self.image(name).await? {
            Some(image) => Ok(CriResponse::Image(Some(image))),
            None => Err(grpc::error(
                "NotFound",
                &format!("image \"{name}\" is not there after it was pulled"),
            )),
        }
    }

    async fn create(&self, sandbox: &str, config: ContainerConfig) -> Answer {
        let unknown = |why: &str| grpc::error("Unknown", why);
        let mounts = volumes::mounts(&config, &self.folders).map_err(|why| unknown(&why))?;
        let attempt = {
            let state = self.state();
            state.sandboxes.get(sandbox).map_or(0, |s| s.attempt)
        };
        let sandbox_config = translate::sandbox(&config.pod, attempt, &self.folders);
        let logs = PathBuf::from(&sandbox_config.log_directory);
        std::fs::create_dir_all(logs.join(&config.name))
            .map_err(|e| unknown(&format!("cannot make the folder of a log: {e}")))?;
        let request = api::CreateContainerRequest {
            pod_sandbox_id: sandbox.to_owned(),
            config: Some(translate::container(&config, mounts, &self.folders)),
            sandbox_config: Some(sandbox_config),
        };
        let made: api::ContainerId = self.runtime("CreateContainer", &request).await?;
        let known = self.describe(sandbox, &config.pod, &config.name, config.attempt);
        self.state()
            .containers
            .insert(made.container_id.clone(), known);
        self.remove_older(sandbox, &config).await;
        Ok(CriResponse::Container {
            id: made.container_id,
        })
    }

    fn describe(&self, sandbox: &str, pod: &Value, name: &str, attempt: u32) -> Known {
        let spec = translate::spec_of(pod, name);
        Known {
            sandbox: sandbox.to_owned(),
            log: self
                .folders
                .logs(pod)
                .join(Folders::log_file(name, attempt)),
            termination_log: volumes::termination_log(&self.folders, pod.uid(), name, attempt),
            falls_back: spec.get("terminationMessagePolicy").str() == "FallbackToLogsOnError",
            tty: spec.get("tty").as_bool() == Some(true),
            awaited: false,
        }
    }

    /// Of the runs of a container that have ended, the last is kept.
    async fn remove_older(&self, sandbox: &str, config: &ContainerConfig) {
        let Some(attempt) = config.attempt.checked_sub(2) else {
            return;
        };
        let log = self
            .folders
            .logs(&config.pod)
            .join(Folders::log_file(&config.name, attempt));
        let old = {
            let state = self.state();
            let mut all = state.containers.iter();
            all.find(|(_, c)| c.sandbox == sandbox && c.log == log)
                .map(|(id, _)| id.clone())
        };
        if let Some(old) = old
            && let Err(error) = self.remove(&old).await
        {
            tracing::debug!("cannot remove container {old}: {error}");
        }
    }

    async fn remove(&self, container: &str) -> Result<(), CriError> {
        let request = api::ContainerId {
            container_id: container.to_owned(),
        };
        let removed = self
            .runtime::<api::Empty>("RemoveContainer", &request)
            .await;
        unless_gone(removed)?;
        if let Some(known) = self.state().containers.remove(container) {
            rotation::remove(&known.log);
            let _ = std::fs::remove_file(&known.termination_log);
        }
        Ok(())
    }

    async fn start(&self, container: &str) -> Answer {
        let request = api::ContainerId {
            container_id: container.to_owned(),
        };
        self.runtime::<api::Empty>("StartContainer", &request)
            .await?;
        if let Some(known) = self.state().containers.get_mut(container) {
            known.awaited = true;
        }
        Ok(CriResponse::Done)
    }

    async fn resize(&self, container: String, resources: &ContainerResources) -> Answer {
        let pod = {
            let state = self.state();
            let known = state.containers.get(&container);
            let sandbox = known.and_then(|c| state.sandboxes.get(&c.sandbox));
            sandbox.map_or(Value::Null, |s| s.pod.clone())
        };
        let request = api::UpdateContainerResourcesRequest {
            container_id: container,
            linux: Some(translate::linux_resources(&pod, resources)),
        };
        self.runtime::<api::Empty>("UpdateContainerResources", &request)
            .await?;
        Ok(CriResponse::Done)
    }

    /// Stops a container, and kills it after `grace`.
    ///
    /// # Errors
    /// What the runtime said; that it does not know it is none.
    pub async fn stop(&self, container: &str, grace: Duration) -> Result<(), CriError> {
        let request = api::StopContainerRequest {
            container_id: container.to_owned(),
            timeout: i64::try_from(grace.as_millis().div_ceil(1000)).unwrap_or(i64::MAX),
        };
        let method = [RUNTIME, "StopContainer"].concat();
        let stopped = self
            .client
            .call::<api::Empty>(&method, &request, grace + CALL_TIME)
            .await;
        unless_gone(stopped)
    }

    async fn exec(&self, container: String, cmd: Vec<String>, timeout: Duration) -> Answer {
        let request = api::ExecSyncRequest {
            container_id: container,
            cmd,
            timeout: i64::try_from(timeout.as_secs().max(1)).unwrap_or(i64::MAX),
        };
        let method = [RUNTIME, "ExecSync"].concat();
        let time = timeout + Duration::from_secs(10);
        let answer: api::ExecSyncResponse = self.client.call(&method, &request, time).await?;
        let output = [answer.stdout, answer.stderr].concat();
        Ok(CriResponse::Exec {
            output: String::from_utf8_lossy(&output).into_owned(),
            exit_code: answer.exit_code,
        })
    }

    /// Sees which containers have ended, and tells of it.
    pub async fn relist(&self) {
        {
            let mut state = self.state();
            let awaited = state.containers.values().any(|c| c.awaited);
            // Where nothing is waited for it is only asked so that it is known to answer.
            if !awaited && state.listed.is_some_and(|at| at.elapsed() < IDLE_RELIST) {
                return;
            }
            state.listed = Some(Instant::now());
        }
        let request = api::ListContainersRequest::default();
        let Ok(list) = self
            .runtime::<api::ListContainersResponse>("ListContainers", &request)
            .await
        else {
            return;
        };
        let images = list.containers.iter().flat_map(|c| {
            let named = c.image.as_ref().map(|i| i.image.clone());
            named.into_iter().chain([c.image_ref.clone()])
        });
        self.shared
            .listed(images.filter(|name| !name.is_empty()).collect());
        let states: BTreeMap<&str, i32> = list
            .containers
            .iter()
            .map(|c| (c.id.as_str(), c.state))
            .collect();
        let ended: Vec<(String, Known)> = self
            .state()
            .containers
            .iter()
            .filter(|(_, c)| c.awaited)
            .filter(|(id, _)| states.get(id.as_str()) != Some(&api::CONTAINER_RUNNING))
            .map(|(id, c)| (id.clone(), c.clone()))
            .collect();
        for (id, known) in ended {
            let exit = match self.container_status(&id).await {
                Ok(status) if status.state == api::CONTAINER_EXITED => exit_of(&status, &known),
                Err(e) if e.code == "NotFound" => ContainerExit {
                    exit_code: 137,
                    reason: "ContainerStatusUnknown".to_owned(),
                    message: "The container could not be located when the pod was terminated"
                        .to_owned(),
                    finished_at: crate::native::clock::wall_time(),
                },
                _ => continue,
            };
            // Somebody else may have seen it meanwhile.
            let first = self
                .state()
                .containers
                .get_mut(&id)
                .is_some_and(|c| std::mem::take(&mut c.awaited));
            if first {
                self.shared.tell(RuntimeEvent::Container(ContainerEvent {
                    sandbox: known.sandbox,
                    container: id,
                    exit,
                }));
            }
        }
    }

    /// Sees which sandboxes are no more that should be, and tells of it.
    pub async fn relist_sandboxes(&self) {
        let expected = |s: &Sandbox| !s.stopped;
        let before: Vec<String> = {
            let state = self.state();
            let all = state.sandboxes.iter().filter(|(_, s)| expected(s));
            all.map(|(id, _)| id.clone()).collect()
        };
        if before.is_empty() {
            return;
        }
        let Ok(list) = self.sandboxes().await else {
            return;
        };
        let stands = |id: &String| {
            let mut all = list.iter();
            all.any(|s| s.id == *id && s.state == api::SANDBOX_READY)
        };
        for id in before.into_iter().filter(|id| !stands(id)) {
            let first = match self.state().sandboxes.get_mut(&id) {
                Some(s) if expected(s) => !std::mem::replace(&mut s.stopped, true),
                _ => false,
            };
            if first {
                self.shared.tell(RuntimeEvent::SandboxDied(id));
            }
        }
    }

    async fn container_status(&self, id: &str) -> Result<api::ContainerStatus, CriError> {
        let request = api::ContainerId {
            container_id: id.to_owned(),
        };
        let answer: api::ContainerStatusResponse =
            self.runtime("ContainerStatus", &request).await?;
        Ok(answer.status.unwrap_or_default())
    }

    /// What containers have used: CPU time in nanoseconds and memory in bytes, each with the time in nanoseconds, by id.
    ///
    /// # Errors
    /// What the runtime said.
    pub async fn stats(&self) -> Result<BTreeMap<String, Sample>, CriError> {
        let list: api::ListContainerStatsResponse =
            self.runtime("ListContainerStats", &api::Empty {}).await?;
        let sample = |s: api::ContainerStats| {
            let (cpu, memory) = (s.cpu?, s.memory?);
            let sample = Sample {
                time: cpu.timestamp,
                cpu: cpu.usage_core_nano_seconds?.value,
                memory: memory.working_set_bytes?.value,
                held: memory.usage_bytes.map(|b| b.value),
                disk: s
                    .writable_layer
                    .and_then(|w| w.used_bytes)
                    .map_or(0, |b| b.value),
            };
            Some((s.attributes?.id, sample))
        };
        Ok(list.stats.into_iter().filter_map(sample).collect())
    }
}

/// Says what a pod asks for that a real node does not do.
fn refuse_unsupported(pod: &Value) -> Result<(), String> {
    let spec = pod.get("spec");
    let devices = |c: &Value| !c.get("volumeDevices").items().is_empty();
    let mut containers = ["initContainers", "containers"]
        .iter()
        .flat_map(|list| spec.get(list).items());
    let what = if spec.get("hostUsers").as_bool() == Some(false) {
        "hostUsers: false"
    } else if !spec.get("resourceClaims").items().is_empty() {
        "resourceClaims"
    } else if containers.any(devices) {
        "volumeDevices"
    } else {
        return Ok(());
    };
    Err(format!("{what} is not supported on a real node"))
}

/// Sets the volumes of a pod up, which may take as long as there are files in them.
async fn set_up(pod: &Value, bound: SortedMap<String, Value>) -> Result<(), CriError> {
    let pod = pod.clone();
    let done = tokio::task::spawn_blocking(move || mounting::set_up(&pod, &bound));
    let done = done
        .await
        .map_err(|e| grpc::error("Unknown", &e.to_string()))?;
    done.map_err(|why| grpc::error(NOT_MOUNTED, &why))
}

fn unless_gone(answer: Result<api::Empty, CriError>) -> Result<(), CriError> {
    match answer {
        Err(e) if e.code == "NotFound" => Ok(()),
        other => other.map(|_| ()),
    }
}

fn timestamp(nanoseconds: i64) -> Timestamp {
    Timestamp(nanoseconds / 1000)
}

fn info(asked: &str, image: &api::Image) -> ImageInfo {
    ImageInfo {
        id: image.repo_digests.first().unwrap_or(&image.id).clone(),
        name: match image.repo_tags.first() {
            Some(tag) => tag.clone(),
            None => asked.to_owned(),
        },
        others: [&image.id]
            .into_iter()
            .chain(&image.repo_tags)
            .chain(&image.repo_digests)
            .cloned()
            .collect(),
        size: i64::try_from(image.size).unwrap_or(i64::MAX),
        pinned: image.pinned || image.repo_tags.iter().any(|t| t == super::image::PAUSE),
        user: match (&image.uid, image.username.as_str()) {
            (Some(uid), _) => ImageUser::Id(uid.value),
            (None, "") => ImageUser::Id(0),
            (None, name) => ImageUser::Name(name.to_owned()),
        },
    }
}

fn exit_of(status: &api::ContainerStatus, known: &Known) -> ContainerExit {
    let left = std::fs::read(&known.termination_log).unwrap_or_default();
    let mut message = String::from_utf8_lossy(&left).into_owned();
    if message.is_empty() && known.falls_back && status.exit_code != 0 {
        message = logs::last_words(&known.log);
    }
    if message.is_empty() {
        message.clone_from(&status.message);
    }
    let mut end = message.len().min(LONGEST_MESSAGE);
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    message.truncate(end);
    ContainerExit {
        exit_code: status.exit_code,
        reason: status.reason.clone(),
        message,
        finished_at: timestamp(status.finished_at),
    }
}
