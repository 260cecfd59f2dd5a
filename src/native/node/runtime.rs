//! A kubelet's runtime over the CRI: requests go to a thread of its own, which asks the runtime and keeps the answers until they are
//! polled.

use super::calls::{Calls, RUNTIME, Sample};
use super::folders::Folders;
use super::settings::Settings;
use super::{api, grpc, machine, sizes};
use crate::apimachinery::Timestamp;
use crate::cri::{
    CallId, ContainerStats, ContainerUse, CriError, CriRequest, CriResponse, Held, HeldOnDisk,
    ImageInfo, LogLine, MachineUsage, RuntimeCondition, RuntimeEvent, RuntimeHealth,
    RuntimeService,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};

/// How often the runtime is asked which containers have ended.
const RELIST: Duration = Duration::from_millis(200);
/// How often it is asked for its images.
const IMAGES: Duration = Duration::from_secs(20);

/// How often it is asked which sandboxes stand.
const SANDBOXES: Duration = Duration::from_secs(1);
/// How often it is asked how it does.
const STATUS: Duration = Duration::from_secs(5);
/// How often it is asked what containers use.
const STATS: Duration = Duration::from_secs(7);

/// Says that there is something to poll.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

#[derive(Default)]
struct Ready {
    answers: VecDeque<(CallId, Result<CriResponse, CriError>)>,
    events: VecDeque<RuntimeEvent>,
    images: Vec<ImageInfo>,
    /// Where images lie, once they are known.
    image_folder: Option<PathBuf>,
    health: Option<RuntimeHealth>,
    /// What containers have used, now and when it was told last.
    samples: BTreeMap<String, Sample>,
    sampled: bool,
    /// What pods hold on disk.
    sizes: BTreeMap<String, HeldOnDisk>,
    /// Pods whose volumes are being removed.
    removing: BTreeSet<String>,
    /// Pods whose volumes have gone since the sizes were measured last.
    unmeasured: BTreeSet<String>,
    /// Images of all containers, once they are known.
    used: Option<Vec<String>>,
    told: BTreeMap<String, Sample>,
}

/// What the thread and the kubelet share.
pub struct Shared {
    ready: Mutex<Ready>,
    /// Says that sizes are to be measured now.
    measure: Notify,
    wake: Waker,
}

impl Shared {
    /// With nothing to poll yet.
    pub fn new(wake: Waker) -> Arc<Self> {
        Arc::new(Self {
            ready: Mutex::default(),
            measure: Notify::new(),
            wake,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Ready> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, id: CallId, answer: Result<CriResponse, CriError>) {
        self.lock().answers.push_back((id, answer));
        (self.wake)();
    }

    /// Notes that the runtime said which containers it has, and which images those have.
    pub fn listed(&self, images: Vec<String>) {
        let mut ready = self.lock();
        ready.used = Some(images);
        if let Some(health) = &mut ready.health {
            health.listed += 1;
        }
    }

    /// Notes that the volumes of a pod have gone.
    fn volumes_removed(&self, pod: String) {
        let mut ready = self.lock();
        ready.removing.remove(&pod);
        ready.unmeasured.insert(pod);
    }

    /// Notes what the runtime said of itself.
    fn told(&self, conditions: Vec<api::RuntimeCondition>) {
        let works = |c: &api::RuntimeCondition| c.kind != "RuntimeReady" || c.status;
        let works = conditions.iter().all(works);
        let failing = conditions.into_iter().filter(|c| !c.status);
        let failing = failing.map(|c| RuntimeCondition {
            kind: c.kind,
            reason: c.reason,
            message: c.message,
        });
        if let Some(health) = &mut self.lock().health {
            health.failing = failing.collect();
            if works {
                health.told += 1;
            }
        }
        (self.wake)();
    }

    /// Tells of what happened by itself.
    pub fn tell(&self, event: RuntimeEvent) {
        self.lock().events.push_back(event);
        (self.wake)();
    }
}

/// The runtime as its kubelet sees it.
#[derive(Clone)]
pub struct CriRuntime {
    requests: mpsc::UnboundedSender<(CallId, CriRequest)>,
    shared: Arc<Shared>,
    folders: Folders,
    given_up: mpsc::UnboundedSender<String>,
    version: (&'static str, &'static str),
}

/// Which runtime answers.
#[derive(Clone, Debug)]
pub struct Version {
    /// `containerd`.
    pub name: String,
    /// `1.6.20`.
    pub version: String,
}

impl Version {
    /// Asks for it.
    ///
    /// # Errors
    /// Where nothing that speaks CRI v1 answers.
    pub async fn ask(client: &grpc::Client, time: Duration) -> Result<Self, CriError> {
        let answer: api::VersionResponse = client
            .call(
                &format!("{RUNTIME}Version"),
                &api::VersionRequest::default(),
                time,
            )
            .await?;
        Ok(Self {
            name: answer.runtime_name,
            version: answer.runtime_version.trim_start_matches('v').to_owned(),
        })
    }
}

impl CriRuntime {
    /// Starts the thread that speaks to the runtime behind `client`.
    ///
    /// # Errors
    /// Where the system has no thread for it.
    pub fn start(
        client: grpc::Client,
        folders: Folders,
        node_ip: String,
        version: &Version,
        settings: &Settings,
        wake: Waker,
    ) -> std::io::Result<(Self, Calls)> {
        let (requests, received) = mpsc::unbounded_channel();
        let shared = Shared::new(wake);
        shared.lock().health = Some(RuntimeHealth {
            told: 1,
            listed: 1,
            failing: Vec::new(),
        });
        let own_folders = folders.clone();
        let calls = Calls::new(client, folders, node_ip, shared.clone());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (given_up, to_remove) = mpsc::unbounded_channel();
        runtime.spawn(remove_volumes(calls.clone(), shared.clone(), to_remove));
        let (on_thread, of_thread) = (calls.clone(), shared.clone());
        let settings = settings.clone();
        std::thread::Builder::new()
            .name("cri".into())
            .spawn(move || runtime.block_on(serve(on_thread, of_thread, settings, received)))?;
        // Kept as long as the program, once for each start.
        let lasting = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
        let runtime = Self {
            requests,
            shared,
            folders: own_folders,
            given_up,
            version: (lasting(&version.name), lasting(&version.version)),
        };
        Ok((runtime, calls))
    }

    /// Whether something waits to be polled.
    pub fn has_news(&self) -> bool {
        let ready = self.shared.lock();
        !ready.answers.is_empty() || !ready.events.is_empty()
    }
}

async fn serve(
    calls: Calls,
    shared: Arc<Shared>,
    settings: Settings,
    mut requests: mpsc::UnboundedReceiver<(CallId, CriRequest)>,
) {
    // By itself, so that a runtime that is slow to answer holds no request back.
    let relisting = calls.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(RELIST).await;
            relisting.relist().await;
        }
    });
    let sandboxes = calls.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(SANDBOXES).await;
            sandboxes.relist_sandboxes().await;
        }
    });
    let (asking, told) = (calls.clone(), shared.clone());
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(STATUS).await;
            let said = asking.runtime::<api::StatusResponse>("Status", &api::Empty {});
            if let Ok(said) = said.await {
                told.told(said.status.unwrap_or_default().conditions);
            }
        }
    });
    let (folders, measured) = (calls.folders.clone(), shared.clone());
    tokio::spawn(async move {
        loop {
            let folders = folders.clone();
            let gone = measured.lock().unmeasured.clone();
            let sizes = tokio::task::spawn_blocking(move || sizes::measure(&folders));
            if let Ok(sizes) = sizes.await {
                let mut ready = measured.lock();
                ready.sizes = sizes;
                ready.unmeasured.retain(|pod| !gone.contains(pod));
            }
            tokio::select! {
                () = tokio::time::sleep(settings.sizes_every) => {}
                () = measured.measure.notified() => {}
            }
        }
    });
    let (rotating, logs) = (calls.clone(), settings.logs);
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(logs.every).await;
            rotating.rotate_logs(&logs).await;
        }
    });
    let mut images = tokio::time::interval(IMAGES);
    let mut stats = tokio::time::interval(STATS);
    loop {
        tokio::select! {
            request = requests.recv() => {
                // The kubelet has gone.
                let Some((id, request)) = request else { return };
                let (calls, shared) = (calls.clone(), shared.clone());
                tokio::spawn(async move {
                    let pulls = matches!(
                        request,
                        CriRequest::PullImage { .. } | CriRequest::RemoveImage { .. }
                    );
                    let answer = calls.carry_out(request).await;
                    if pulls {
                        list_images(&calls, &shared).await;
                    }
                    shared.answer(id, answer);
                });
            }
            _ = stats.tick() => {
                let (calls, shared) = (calls.clone(), shared.clone());
                tokio::spawn(async move {
                    if let Ok(samples) = calls.stats().await {
                        let mut ready = shared.lock();
                        ready.samples = samples;
                        ready.sampled = true;
                    }
                });
            }
            _ = images.tick() => {
                let (calls, shared) = (calls.clone(), shared.clone());
                tokio::spawn(async move { list_images(&calls, &shared).await });
            }
        }
    }
}

/// Removes volumes of pods, one pod after the other.
async fn remove_volumes(
    calls: Calls,
    shared: Arc<Shared>,
    mut pods: mpsc::UnboundedReceiver<String>,
) {
    while let Some(pod) = pods.recv().await {
        let (folders, uid) = (calls.folders.clone(), pod.clone());
        let removed = tokio::task::spawn_blocking(move || folders.remove_volumes(&uid)).await;
        if let Err(error) = removed {
            tracing::warn!("volumes of the pod {pod} may stay: {error}");
        }
        shared.volumes_removed(pod);
    }
}

async fn list_images(calls: &Calls, shared: &Shared) {
    let Ok(images) = calls.images().await else {
        return;
    };
    let known = shared.lock().image_folder.is_some();
    let folder = if known {
        None
    } else {
        calls.image_folder().await
    };
    let mut ready = shared.lock();
    ready.images = images;
    if folder.is_some() {
        ready.image_folder = folder;
        (shared.wake)();
    }
}

impl RuntimeService for CriRuntime {
    fn version(&self) -> (&'static str, &'static str) {
        self.version
    }

    fn submit(&mut self, _: Timestamp, id: CallId, request: CriRequest) {
        if self.requests.send((id, request)).is_err() {
            let gone = grpc::error(
                "Unavailable",
                "the thread of the container runtime has ended",
            );
            self.shared.answer(id, Err(gone));
        }
    }

    fn poll(&mut self, _: Timestamp) -> Option<(CallId, Result<CriResponse, CriError>)> {
        self.shared.lock().answers.pop_front()
    }

    fn poll_event(&mut self, _: Timestamp) -> Option<RuntimeEvent> {
        self.shared.lock().events.pop_front()
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        self.has_news().then(Timestamp::default)
    }

    /// Logs are read from their files by who asks for them, not here.
    fn log_lines(&self, _: &str, _: usize) -> Vec<LogLine> {
        Vec::new()
    }

    fn container_stats(&mut self, _: Timestamp, container: &str) -> Option<ContainerStats> {
        let mut ready = self.shared.lock();
        let now = *ready.samples.get(container)?;
        // Those that are gone need not be remembered.
        let Ready { samples, told, .. } = &mut *ready;
        told.retain(|id, _| samples.contains_key(id));
        let before = match told.get(container).filter(|b| b.time < now.time) {
            Some(before) => *before,
            None => {
                told.insert(container.to_owned(), now);
                return None;
            }
        };
        told.insert(container.to_owned(), now);
        let window = u64::try_from(now.time - before.time).ok()?;
        let used = u128::from(now.cpu.saturating_sub(before.cpu)) * 1_000_000_000;
        Some(ContainerStats {
            usage_nano_cores: u64::try_from(used / u128::from(window.max(1))).ok()?,
            window: Duration::from_nanos(window),
            working_set_bytes: now.memory,
        })
    }

    fn container_use(&self, container: &str) -> Option<ContainerUse> {
        let sample = *self.shared.lock().samples.get(container)?;
        Some(ContainerUse {
            time: Timestamp(sample.time / 1_000),
            cpu_nanos: sample.cpu,
            nano_cores: None,
            working_set_bytes: sample.memory,
        })
    }

    fn memory_usage(&self, container: &str) -> Option<u64> {
        let sample = *self.shared.lock().samples.get(container)?;
        Some(sample.held.unwrap_or(sample.memory))
    }

    fn images(&self) -> Vec<ImageInfo> {
        self.shared.lock().images.clone()
    }

    fn machine(&self) -> Option<MachineUsage> {
        let images = {
            let ready = self.shared.lock();
            // Nobody is judged by what is not known yet.
            let known = ready.sampled && ready.used.is_some();
            ready.image_folder.clone().filter(|_| known)?
        };
        let ([node_fs, node_inodes], [image_fs, image_inodes]) =
            (machine::disk(&self.folders.data), machine::disk(&images));
        Some(MachineUsage {
            memory: machine::memory(),
            node_fs,
            node_inodes,
            image_fs,
            image_inodes,
            processes: machine::processes(),
        })
    }

    fn held_by_container(&self, container: &str) -> Held {
        let ready = self.shared.lock();
        let sample = ready.samples.get(container).copied().unwrap_or_default();
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        Held {
            memory: number(sample.memory),
            disk: number(sample.disk),
        }
    }

    fn held_on_disk(&self, pod: &str) -> HeldOnDisk {
        let ready = self.shared.lock();
        ready.sizes.get(pod).cloned().unwrap_or_default()
    }

    fn remove_volumes(&mut self, pod: &str) {
        self.shared.lock().removing.insert(pod.to_owned());
        if self.given_up.send(pod.to_owned()).is_err() {
            self.shared.volumes_removed(pod.to_owned());
        }
    }

    /// Who asks waits for it: it is measured at once.
    fn volumes_are_gone(&self, pod: &str) -> bool {
        let ready = self.shared.lock();
        let unmeasured = ready.unmeasured.contains(pod);
        if unmeasured {
            self.shared.measure.notify_one();
        }
        !unmeasured && !ready.removing.contains(pod)
    }

    fn images_in_use(&self) -> Vec<String> {
        self.shared.lock().used.clone().unwrap_or_default()
    }

    fn health(&self) -> Option<RuntimeHealth> {
        self.shared.lock().health.clone()
    }
}
