//! A cluster that somebody else drives on from where a page's record ends.

use super::beginning::Beginning;
use super::unreadable::Unreadable;
use super::{record::Record, world::World};
use crate::apimachinery::{Timestamp, Value};
use crate::apiserver::ApiServerConfig;
use crate::cluster::{Cluster, ClusterConfig};
use std::net::Ipv4Addr;

/// A cluster that was saved: what it was made of, with which state it began, and what was done to it when.
#[derive(Clone, Debug)]
pub struct Recording(Record);

impl Recording {
    /// What a cluster is at a time: its description, the revision of its last write, and its objects by their lasting names
    /// (`ApiServer::records`).
    pub fn of_state(
        config: ClusterConfig,
        time: Timestamp,
        revision: u64,
        objects: Vec<(String, Value)>,
    ) -> Self {
        let beginning = Beginning::new(config, time, revision, objects);
        Self(Record::from_state(beginning))
    }

    /// Reads a file that the page or [`Recording::write`] made.
    ///
    /// # Errors
    /// When it is damaged, too large, of a later format, or something else.
    pub fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        let record = Record::from_bytes(bytes)?;
        match &record.init.profile {
            Some(name) if ClusterConfig::profile(name).is_none() => {
                Err(Unreadable::Damaged(format!("there is no profile {name:?}")))
            }
            _ => Ok(Self(record)),
        }
    }

    /// The file; none where it would be too large to be read.
    pub fn write(&self) -> Option<Vec<u8>> {
        self.0.to_bytes()
    }

    /// What its cluster was made of.
    pub fn config(&self) -> ClusterConfig {
        self.0.config()
    }

    /// The range of the addresses of services with which it began, where it began with a state.
    pub fn service_range(&self) -> Option<(Ipv4Addr, u8)> {
        self.0.beginning().and_then(Beginning::service_range)
    }

    /// The start time (seconds since the Unix epoch) with which it ends at `end`; where it began with a state, at the earliest the
    /// time of that, since time does not go back.
    pub fn start_for(&self, end: i64) -> i64 {
        let own = self.config().start_time;
        let start = end.saturating_sub(self.0.until_ms.div_euclid(1_000).saturating_sub(own));
        match self.0.beginning() {
            Some(_) => start.max(own),
            None => start,
        }
    }

    /// Does everything again in a cluster of this description, at times that begin with its start time; gives it as it is then,
    /// with everything ended that ran in terminals, and the lasting names of objects that could not be used.
    pub fn play(self, config: ClusterConfig, api: ApiServerConfig) -> (Cluster, Vec<String>) {
        let shift_ms = (config.start_time - self.config().start_time) * 1_000;
        let (cluster, unknown) = self.0.cluster(config, api);
        let mut world = World::around(cluster, self.0.init.seed.unwrap_or_default());
        let until_ms = self.0.until_ms;
        for (at_ms, input) in self.0.inputs {
            world.advance_to(at_ms + shift_ms, &mut || false);
            world.desk.handle(input, &mut world.cluster);
        }
        world.advance_to(until_ms + shift_ms, &mut || false);
        let World { mut cluster, desk } = world;
        desk.close(&mut cluster);
        (cluster, unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Session;
    use crate::view::protocol::{FromWorker, Init, ToWorker};

    #[test]
    fn what_a_page_exported_goes_on_at_another_time() {
        let init = Init {
            seed: Some(7),
            ..Init::default()
        };
        let mut session = Session::new(&init, 0);
        session.handle(ToWorker::Run {
            tab: 1,
            command: "kubectl create deployment web --image=nginx:1.27".to_owned(),
        });
        for frame in 0..300 {
            session.advance(f64::from(frame) * 100.0, &mut || false);
        }
        session.take_outbox();
        session.handle(ToWorker::Share);
        let told = session.take_outbox();
        let record = told.iter().find_map(|message| match message {
            FromWorker::Record(record) => Some(record),
            _ => None,
        });
        let recording = Recording::read(record.expect("asked for").as_bytes()).expect("a record");
        let end = 1_800_000_000;
        let mut config = recording.config();
        config.start_time = recording.start_for(end);
        let (cluster, _) = recording.play(config, ApiServerConfig::default());
        assert!((cluster.now().secs() - end).abs() <= 1);
        let names = |cluster: &Cluster| {
            let pods = crate::apimachinery::schema::resource("", "v1", "pods").expect("a kind");
            let ready =
                |pod: &crate::apimachinery::Value| pod.at(&["status", "phase"]).str() == "Running";
            let all = cluster.api().peek_all(pods).filter(|pod| ready(pod));
            all.map(|pod| pod.key()).collect::<Vec<_>>()
        };
        assert_eq!(names(&cluster), names(session.cluster()));
        assert!(
            names(&cluster)
                .iter()
                .any(|name| name.starts_with("default/web-"))
        );
        assert!(Recording::read(b"{}").is_err());
    }
}
