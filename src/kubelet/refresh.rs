//! The files of volumes as they would be set up now, for runtimes whose containers see them change (`syncPod` with the volume
//! manager's remounts).

use super::Kubelet;
use super::env::volume_files;
use super::worker::WorkType;
use crate::apimachinery::Value;
use crate::client::Cx;
use crate::cri::{Files, RuntimeService};

impl<R: RuntimeService> Kubelet<R> {
    /// For each volume with files of each pod that runs: the pod, the volume, its files. What cannot be had now is left out, and so
    /// are volumes with tokens where `tokens` is false, since each look makes a new one.
    pub fn volume_files_now(&self, cx: &mut Cx<'_>, tokens: bool) -> Vec<(Value, Value, Files)> {
        let mut found = Vec::new();
        for w in self.workers.values() {
            if w.work != WorkType::Sync || !w.any_running() {
                continue;
            }
            let near = self.surroundings(w);
            for volume in w.pod.spec().volumes() {
                let mut sources = volume.at(&["projected", "sources"]).items().iter();
                if !tokens && sources.any(|s| s.has("serviceAccountToken")) {
                    continue;
                }
                if let Ok(Some(files)) = volume_files(w, volume, &near, cx) {
                    let pod: Value = w.pod.clone().into();
                    found.push((pod, Value::clone(volume), Files::new(files)));
                }
            }
        }
        found
    }
}
