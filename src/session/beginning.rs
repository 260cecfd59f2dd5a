//! The state with which a record begins where its cluster was there before: all objects, as a control plane that is started again
//! finds them.

use super::unreadable::Unreadable;
use crate::apimachinery::{Timestamp, Value};
use crate::apiserver::ApiServerConfig;
use crate::cluster::{Cluster, ClusterConfig};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::net::Ipv4Addr;
use std::sync::Arc;

/// The last second of the year 9999, beyond which times are not written.
const LAST_SECOND: i64 = 253_402_300_799;
/// A revision that no cluster reaches; programs that count in floating point can still name it.
const LAST_REVISION: u64 = 1 << 53;
/// Machines of a cluster at most, as `--nodes` says it.
const MOST_NODES: usize = 5_000;
/// Where the range of services is stored.
const RANGE: &str = "networking.k8s.io/servicecidrs/kubernetes";

/// What a cluster was made of and what was stored in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Beginning {
    /// Its description; the clock begins after all that was stored. Of its certificate authority nothing is kept.
    config: ClusterConfig,
    /// The revision of the last write.
    revision: u64,
    /// Objects by their lasting names (`ApiServer::records`).
    #[serde(serialize_with = "write", deserialize_with = "read")]
    objects: Arc<Vec<(String, Value)>>,
    /// The sum of revision, time and objects, so that damage shows.
    sum: String,
}

fn write<S: Serializer>(
    objects: &Arc<Vec<(String, Value)>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    objects.as_slice().serialize(serializer)
}

fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Vec<(String, Value)>>, D::Error> {
    Vec::deserialize(deserializer).map(Arc::new)
}

impl Beginning {
    /// What a cluster is at a time: its description, the revision of the last write, and its objects by their lasting names.
    pub fn new(
        mut config: ClusterConfig,
        time: Timestamp,
        revision: u64,
        objects: Vec<(String, Value)>,
    ) -> Self {
        config.start_time = time.secs() + 1;
        config.root_ca = String::new();
        let mut beginning = Self {
            config,
            revision,
            objects: Arc::new(objects),
            sum: String::new(),
        };
        beginning.sum = beginning.counted();
        beginning
    }

    /// A seed for what follows: another one than the cluster had, so that names and UIDs do not come again; small enough for
    /// programs that count in floating point.
    pub fn next_seed(&self) -> u64 {
        let mixed = self.config.seed ^ self.revision.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed.wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 11
    }

    /// What the cluster is made of.
    pub fn config(&self) -> &ClusterConfig {
        &self.config
    }

    /// When it begins, in milliseconds since the Unix epoch.
    pub fn start_ms(&self) -> i64 {
        self.config.start_time.saturating_mul(1_000)
    }

    /// The range of the addresses of services; none where none is stored that a server can have.
    pub fn service_range(&self) -> Option<(Ipv4Addr, u8)> {
        service_range(&self.objects)
    }

    /// The cluster once its control plane answers, and the lasting names of objects that could not be used.
    pub fn cluster(&self, config: ClusterConfig, api: ApiServerConfig) -> (Cluster, Vec<String>) {
        let objects = self.objects.to_vec();
        let (mut cluster, unknown) = Cluster::restored(config, api, self.revision, objects);
        cluster.wait_for_api();
        (cluster, unknown)
    }

    /// Whether it can be one.
    ///
    /// # Errors
    /// Where it was damaged.
    pub fn check(&self) -> Result<(), Unreadable> {
        let damaged = |what: &str| Err(Unreadable::Damaged(what.to_owned()));
        if self.sum != self.counted() {
            return damaged("the sum does not fit the objects");
        }
        // It names folders.
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
        let name = self.config.name.as_bytes();
        if name.is_empty() || name.len() > 40 || name[0] == b'.' || !name.iter().all(|b| plain(*b))
        {
            return damaged("the cluster's name cannot be one");
        }
        if self.revision > LAST_REVISION {
            return damaged("there is no such revision");
        }
        if self.config.nodes.len() > MOST_NODES {
            return damaged("there are too many machines");
        }
        if !(0..=LAST_SECOND).contains(&self.config.start_time) {
            return damaged("there is no such time");
        }
        Ok(())
    }

    fn counted(&self) -> String {
        let mut sum = Sum(0xcbf2_9ce4_8422_2325);
        let of = (self.revision, self.config.start_time, &*self.objects);
        // Counting does not fail.
        let _ = serde_json::to_writer(&mut sum, &of);
        format!("{:016x}", sum.0)
    }
}

/// The range of the addresses of services that is stored among objects, with their lasting names; none where a server cannot have it.
pub fn service_range(objects: &[(String, Value)]) -> Option<(Ipv4Addr, u8)> {
    let (_, range) = objects.iter().find(|(key, _)| key == RANGE)?;
    let range = range.at(&["spec", "cidrs"]).items().first()?.str();
    let (address, bits) = range.split_once('/')?;
    let bits: u8 = bits.parse().ok().filter(|bits| (12..=28).contains(bits))?;
    let address: Ipv4Addr = address.parse().ok()?;
    let mask = u32::MAX << (32 - u32::from(bits));
    Some((Ipv4Addr::from(u32::from(address) & mask), bits))
}

/// FNV-1a of 64 bits.
struct Sum(u64);

impl std::io::Write for Sum {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apimachinery::schema;
    use crate::session::record::Record;
    use crate::session::{Recording, Session};
    use crate::view::protocol::{FromWorker, TerminalInput, ToWorker, Travel};

    /// A cluster in which something was done, as a file.
    fn saved() -> (Cluster, Vec<u8>) {
        let mut cluster = Cluster::boot(ClusterConfig {
            seed: 7,
            root_ca: "PEM".to_owned(),
            ..ClusterConfig::default()
        });
        let pod = crate::tree!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "labels": {"n": "1"}},
            "spec": {"containers": [{"name": "web", "image": "nginx:1.27"}]},
        });
        let request = http::Request::post("/api/v1/namespaces/default/pods");
        let request = request.header("content-type", "application/json");
        let body = crate::apimachinery::http::Body::Tree(pod);
        let answer = cluster.request_as_admin(request.body(body).expect("a request"));
        assert_eq!(answer.expect("it runs").status(), 201);
        let later = cluster.now() + std::time::Duration::from_secs(20);
        cluster.advance_to(later);
        let records = cluster.api().records().into_iter();
        let objects = records.filter_map(|r| r.object().map(|object| (r.key, object)));
        let config = cluster.config().clone();
        let (now, revision) = (cluster.now(), cluster.api().revision());
        let recording = Recording::of_state(config, now, revision, objects.collect());
        let bytes = recording.write().expect("it is small");
        (cluster, bytes)
    }

    fn pod(cluster: &Cluster) -> Option<&Value> {
        let pods = schema::resource("", "v1", "pods").expect("a kind");
        cluster.api().peek_all(pods).find(|pod| pod.name() == "web")
    }

    fn written(cluster: &Cluster) -> String {
        let records = cluster.api().records().into_iter();
        let lines =
            records.map(|r| format!("{} {}\n", r.key, r.object().unwrap_or_default().to_json()));
        lines.collect()
    }

    fn run(session: &mut Session, until_ms: i64) -> Vec<FromWorker> {
        let mut told = Vec::new();
        for frame in 0..until_ms / 50 {
            session.advance(frame as f64 * 50.0, &mut || false);
            told.extend(session.take_outbox());
        }
        told
    }

    fn typed(session: &mut Session, line: &str) {
        let input = TerminalInput::Line(line.to_owned());
        session.handle(ToWorker::Terminal { tab: 1, input });
    }

    #[test]
    fn a_saved_cluster_goes_on_as_after_a_power_cut() {
        let (before, bytes) = saved();
        assert!(!String::from_utf8_lossy(&bytes).contains("\"rootCa\":\"PEM\""));
        let mut session = Session::restore(&bytes).expect("what was saved");
        assert_ne!(session.seed(), 7, "names and UIDs would come again");
        run(&mut session, 500);
        let (then, now) = (
            pod(&before).expect("made"),
            pod(session.cluster()).expect("kept"),
        );
        assert_eq!((then.uid(), then.get("spec")), (now.uid(), now.get("spec")));
        let restarts = |pod: &Value| {
            pod.at(&["status", "containerStatuses"]).items()[0]
                .get("restartCount")
                .as_i64()
        };
        assert_eq!((restarts(then), restarts(now)), (Some(0), Some(1)));
        assert_eq!(now.at(&["status", "phase"]).str(), "Running");
        assert!(session.cluster().now() > before.now());
        assert!(session.cluster().api().revision() > before.api().revision());
    }

    #[test]
    fn the_same_file_makes_the_same_cluster_everywhere() {
        let (_, bytes) = saved();
        let recording = Recording::read(&bytes).expect("what was saved");
        let config = recording.config();
        let api = Cluster::server(&config);
        let (native, unknown) = recording.clone().play(config.clone(), api.clone());
        assert!(unknown.is_empty(), "{unknown:?}");
        let mut page = Session::restore(&bytes).expect("what was saved");
        run(&mut page, 50);
        assert_eq!(written(page.cluster()), written(&native));
        let (again, _) = recording.play(config, api);
        assert_eq!(written(&again), written(&native));
    }

    #[test]
    fn undo_rewind_share_and_reload_lead_to_the_beginning_and_no_further() {
        let (_, bytes) = saved();
        let mut session = Session::restore(&bytes).expect("what was saved");
        run(&mut session, 300);
        let exists = |session: &Session| pod(session.cluster()).is_some();
        typed(&mut session, "kubectl delete pod web --now");
        run(&mut session, 4_000);
        assert!(!exists(&session));
        session.handle(ToWorker::Travel(Travel::Undo));
        run(&mut session, 300);
        assert!(exists(&session), "undone");
        session.handle(ToWorker::Travel(Travel::Redo));
        run(&mut session, 300);
        assert!(!exists(&session), "done again");
        let kept = session.snapshot().expect("something happened");
        session.handle(ToWorker::Share);
        let told = session.take_outbox();
        let shared = told.iter().find_map(|message| match message {
            FromWorker::Record(record) => Some(record.as_bytes().to_vec()),
            _ => None,
        });
        for record in [kept, shared.expect("asked for")] {
            let mut other = Session::restore(&record).expect("what was written");
            run(&mut other, 300);
            assert!(!exists(&other));
            // The native program takes it as well, at another time.
            let recording = Recording::read(&record).expect("what was written");
            let mut config = recording.config();
            let (own, end) = (config.start_time, 1_900_000_000);
            config.start_time = recording.start_for(end);
            assert_eq!(recording.start_for(0), own, "time does not go back");
            let api = Cluster::server(&config);
            let (cluster, _) = recording.play(config, api);
            assert!((cluster.now().secs() - end).abs() <= 2);
            assert!(pod(&cluster).is_none());
        }
        session.handle(ToWorker::Travel(Travel::Rewind { to_ms: 0 }));
        run(&mut session, 100);
        let begun = Record::from_bytes(&bytes).expect("what was saved");
        let begun = begun.beginning().expect("there").start_ms();
        assert!(exists(&session) && session.cluster().now().0 / 1_000 >= begun);
    }

    #[test]
    fn what_was_changed_or_comes_from_a_later_version_is_refused() {
        let (_, bytes) = saved();
        let text = String::from_utf8(bytes).expect("text");
        let why = |text: &str| Recording::read(text.as_bytes()).expect_err("it is damaged");
        let damaged = |text: &str| match why(text) {
            Unreadable::Damaged(how) => how,
            other => panic!("{other}"),
        };
        let fewer = text.replacen("\"n\":\"1\"", "\"n\":\"2\"", 1);
        assert!(damaged(&fewer).contains("sum"));
        assert!(damaged(&text[..text.len() / 2]).contains("EOF"));
        let none = r#"{"format":2,"init":{"profile":null,"seed":1,"restore":true},"inputs":[],"until_ms":0}"#;
        assert!(damaged(none).contains("beginning"));
        let old = text.replacen("\"format\":2", "\"format\":1", 1);
        assert!(damaged(&old).contains("beginning"));
        let later = text.replacen("\"format\":2", "\"format\":3", 1);
        assert_eq!(why(&later), Unreadable::Newer(3));
        let elsewhere = text.replacen("\"name\":\"kubarium\"", "\"name\":\"/etc/x\"", 1);
        assert!(elsewhere != text && damaged(&elsewhere).contains("name"));
        let until = text.rfind("\"until_ms\":").expect("there");
        let endless = format!("{}\"until_ms\":9223372036854775807}}", &text[..until]);
        assert!(damaged(&endless).contains("longer"));
        let early = format!("{}\"until_ms\":5}}", &text[..until]);
        assert!(damaged(&early).contains("before the beginning"));
        let many = "x".repeat(9 << 20);
        let objects = vec![(
            "/secrets/default/a".to_owned(),
            crate::tree!({"data": {"a": many.as_str()}}),
        )];
        let large = Recording::of_state(ClusterConfig::default(), Timestamp::default(), 1, objects);
        assert!(large.write().is_none());
    }

    #[test]
    fn what_nothing_defines_is_told() {
        let object = crate::tree!({"metadata": {"name": "a", "namespace": "default"}});
        let objects = vec![("example.com/foos/default/a".to_owned(), object)];
        let config = ClusterConfig::reference();
        let start = Timestamp::from_secs(config.start_time);
        let bytes = Recording::of_state(config, start, 5, objects)
            .write()
            .expect("small");
        let mut session = Session::restore(&bytes).expect("what was saved");
        let told = session.take_outbox();
        let notices = told.iter().filter_map(|message| match message {
            FromWorker::Notice(notice) => Some(notice.detail.as_str()),
            _ => None,
        });
        assert_eq!(notices.collect::<Vec<_>>(), ["example.com/foos/default/a"]);
    }
}
