//! Begins the logs of containers anew where they are long (`rotateLogs` of container_log_manager.go).

use super::{Calls, RUNTIME};
use crate::cri::CriError;
use crate::native::clock::wall_time;
use crate::native::node::rotation::{self, Rotation};
use crate::native::node::{api, grpc};
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

impl Calls {
    /// Looks at the logs of all containers that run. What fails is tried again at the next look.
    pub async fn rotate_logs(&self, rotation: &Rotation) {
        let running: Vec<(String, PathBuf)> = self
            .state()
            .containers
            .iter()
            .filter(|(_, c)| c.runs())
            .map(|(id, c)| (id.clone(), c.log.clone()))
            .collect();
        for (id, log) in running {
            let done = match fs::metadata(&log) {
                Ok(file) if file.len() < rotation.max_size => continue,
                Ok(_) => self.rotate(&id, &log, rotation).await,
                // It was renamed, and then nothing went on.
                Err(e) if e.kind() == ErrorKind::NotFound => self.reopen(&id).await,
                Err(e) => Err(grpc::error("Unknown", &e.to_string())),
            };
            // The container may have ended meanwhile.
            if let Err(why) = done
                && self.known(&id).is_some_and(|c| c.runs())
            {
                tracing::warn!("the log of container {id} is not begun anew: {why}");
            }
        }
    }

    async fn rotate(&self, id: &str, log: &PathBuf, rotation: &Rotation) -> Result<(), CriError> {
        let failed = |e: std::io::Error| grpc::error("Unknown", &e.to_string());
        let (path, most) = (log.clone(), rotation.max_files);
        let making = move || rotation::make_room(&path, most);
        let made = tokio::task::spawn_blocking(making).await;
        made.map_err(|e| grpc::error("Internal", &e.to_string()))?
            .map_err(failed)?;
        let old = rotation::old_name(log, wall_time().secs());
        fs::rename(log, &old).map_err(failed)?;
        if let Err(why) = self.reopen(id).await {
            // It goes on being written to under its name, unless there is a new one after all.
            if !log.exists() {
                fs::rename(&old, log).map_err(failed)?;
            }
            return Err(why);
        }
        Ok(())
    }

    /// Lets the runtime open the log of a container anew by its name.
    async fn reopen(&self, id: &str) -> Result<(), CriError> {
        let request = api::ContainerId {
            container_id: id.to_owned(),
        };
        let method = [RUNTIME, "ReopenContainerLog"].concat();
        let _: api::Empty = self
            .client
            .call(&method, &request, super::CALL_TIME)
            .await?;
        Ok(())
    }
}
