//! Keeps what is written: takes the changes of a cluster as they come, and lets a thread of its own write them to the store,
//! all that has come meanwhile at once, so that many writes cost one flush of the disk.

use super::store::{Batch, Store};
use crate::cluster::Cluster;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use tokio::sync::watch;
use tracing::error;

/// Batches that wait; the cluster waits where there are more.
const BATCHES_AHEAD: usize = 64;
/// Records that are written at once.
const RECORDS_AT_ONCE: usize = 20_000;

#[derive(Clone, Debug, Default)]
struct State {
    revision: u64,
    failed: Option<String>,
}

/// Up to where all is kept for good. Where nothing is kept at all, nothing is waited for.
#[derive(Clone, Debug, Default)]
pub struct Kept(Option<watch::Receiver<State>>);

impl Kept {
    /// Waits until a revision is kept; false where that failed.
    pub async fn reached(&self, revision: u64) -> bool {
        let Some(state) = &self.0 else { return true };
        let mut state = state.clone();
        let there = |s: &State| s.revision >= revision || s.failed.is_some();
        let reached = state.wait_for(there).await;
        reached.is_ok_and(|s| s.revision >= revision)
    }

    /// Waits until writing has failed, and says why.
    pub async fn failed(&self) -> String {
        let Some(state) = &self.0 else {
            return std::future::pending().await;
        };
        let mut state = state.clone();
        match state.wait_for(|s| s.failed.is_some()).await {
            Ok(state) => state.failed.clone().unwrap_or_default(),
            Err(_) => std::future::pending().await,
        }
    }
}

/// Keeps one cluster.
pub struct Keeper {
    batches: SyncSender<Batch>,
    kept: Kept,
    /// Up to where changes were handed on; none before the first time.
    revision: Option<u64>,
}

impl Keeper {
    /// One that writes to `store`, which holds everything up to `revision` (none: nothing yet); the thread that does so ends
    /// with it, once all is written.
    ///
    /// # Errors
    /// Where the system has no thread for it.
    pub fn start(store: Store, revision: Option<u64>) -> std::io::Result<(Self, JoinHandle<()>)> {
        let (sender, batches) = sync_channel(BATCHES_AHEAD);
        let (told, state) = watch::channel(State {
            revision: revision.unwrap_or(0),
            failed: None,
        });
        let thread = std::thread::Builder::new()
            .name("keeper".into())
            .spawn(move || run(&store, &batches, &told))?;
        let keeper = Self {
            batches: sender,
            kept: Kept(Some(state)),
            revision,
        };
        Ok((keeper, thread))
    }

    /// How to learn of what is kept.
    pub fn kept(&self) -> Kept {
        self.kept.clone()
    }

    /// Hands on what was written since the last time. False where nothing can be kept any more.
    pub fn keep(&mut self, cluster: &Cluster) -> bool {
        let api = cluster.api();
        let now = api.revision();
        if self.revision == Some(now) {
            return true;
        }
        let since = self.revision.and_then(|r| api.records_since(r));
        let batch = Batch {
            revision: now,
            time: cluster.now(),
            whole: since.is_none(),
            records: since.unwrap_or_else(|| api.records()),
        };
        self.revision = Some(now);
        self.batches.send(batch).is_ok()
    }
}

fn run(store: &Store, batches: &Receiver<Batch>, told: &watch::Sender<State>) {
    while let Ok(mut batch) = batches.recv() {
        while batch.records.len() < RECORDS_AT_ONCE {
            let Ok(next) = batches.try_recv() else { break };
            batch.add(next);
        }
        if let Err(why) = store.write(&batch) {
            let why = format!("{why:#}");
            error!("the cluster's state cannot be kept: {why}");
            told.send_modify(|s| s.failed = Some(why));
            return;
        }
        told.send_modify(|s| s.revision = batch.revision);
    }
}
