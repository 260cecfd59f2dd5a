//! What outlives the tab: not the cluster's memory but what was done to it.
//!
//! The same seed and the same inputs give the same history, so a cluster is continued by doing
//! everything again at the same simulated times, as fast as the machine can. A record stays small,
//! is readable, and survives a new version of the program: the commands are then given to that one.

use serde::{Deserialize, Serialize};

use super::beginning::Beginning;
use super::unreadable::Unreadable;
use crate::apiserver::ApiServerConfig;
use crate::cluster::{Cluster, ClusterConfig};
use crate::view::protocol::{Init, ToWorker};

/// The format of records that begin with an empty cluster, which every version reads.
const FIRST: u32 = 1;
/// The format of records that begin with a state.
pub const NEWEST: u32 = 2;
/// A record beyond this many bytes is not worth doing again.
pub const LARGEST: usize = 8 << 20;
/// How a record begins as it is written.
const MARK: &[u8] = b"{\"format\":";
/// Simulated milliseconds in which a cluster that begins with a state comes up, so that what ran runs again where inputs follow.
const COMING_UP_MS: i64 = 30_000;
/// What a record may last, in milliseconds: ten years, which take a machine hours to go through again.
const LONGEST_MS: i64 = 10 * 366 * 86_400_000;
/// What stands around each input: brackets, its time, commas.
const AROUND: usize = 18;

/// Everything that made a cluster what it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    format: u32,
    /// How it was booted; the seed is always given.
    pub init: Init,
    /// The state with which it begins; none for a cluster that is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    beginning: Option<Beginning>,
    /// What came when, in simulated milliseconds since the Unix epoch; oldest first.
    pub inputs: Vec<(i64, ToWorker)>,
    /// How far simulated time had got.
    pub until_ms: i64,
    /// How long the inputs and the beginning are, written down.
    #[serde(skip)]
    bytes: usize,
}

/// What all formats have.
#[derive(Deserialize)]
struct Head {
    format: u32,
}

impl Record {
    /// The record of a cluster to which nothing has happened yet.
    pub fn new(init: Init) -> Self {
        Self {
            format: FIRST,
            init,
            beginning: None,
            inputs: Vec::new(),
            until_ms: 0,
            bytes: 0,
        }
    }

    /// The record of a cluster that goes on from a state, up to where it has come up.
    pub fn from_state(beginning: Beginning) -> Self {
        let init = Init {
            seed: Some(beginning.next_seed()),
            restore: true,
            ..Init::default()
        };
        Self {
            format: NEWEST,
            until_ms: beginning.start_ms() + COMING_UP_MS,
            bytes: length(&beginning),
            beginning: Some(beginning),
            ..Self::new(init)
        }
    }

    /// The state with which it begins.
    pub fn beginning(&self) -> Option<&Beginning> {
        self.beginning.as_ref()
    }

    /// What its cluster is made of; a profile that does not exist gives the default one.
    pub fn config(&self) -> ClusterConfig {
        let profile = self.init.profile.as_deref();
        let config = match &self.beginning {
            Some(beginning) => beginning.config().clone(),
            None => profile.and_then(ClusterConfig::profile).unwrap_or_default(),
        };
        ClusterConfig {
            seed: self.init.seed.unwrap_or_default(),
            ..config
        }
    }

    /// Makes the cluster as it is before the first input, of this description and with this API server; with the lasting names of
    /// objects that could not be used.
    pub fn cluster(&self, config: ClusterConfig, api: ApiServerConfig) -> (Cluster, Vec<String>) {
        match &self.beginning {
            Some(beginning) => beginning.cluster(config, api),
            None => {
                let mut cluster = Cluster::with_server(config, api);
                cluster.settle();
                (cluster, Vec::new())
            }
        }
    }

    /// What had been done until a moment: the first `inputs` inputs.
    pub fn until(&self, until_ms: i64, inputs: usize) -> Self {
        let left_out = self.inputs[inputs..].iter();
        let left_out: usize = left_out.map(|(_, input)| length(input) + AROUND).sum();
        Self {
            format: self.format,
            init: self.init.clone(),
            beginning: self.beginning.clone(),
            bytes: self.bytes.saturating_sub(left_out),
            inputs: self.inputs[..inputs].to_vec(),
            until_ms,
        }
    }

    /// Whether it has grown too large to be done again.
    pub fn is_full(&self) -> bool {
        self.bytes > LARGEST
    }

    /// Reads what [`Record::to_bytes`] wrote.
    ///
    /// # Errors
    /// When the bytes are damaged, too many, of a later format, or something else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Unreadable> {
        if bytes.len() > LARGEST {
            return Err(Unreadable::TooLarge);
        }
        let read: Result<Self, _> = serde_json::from_slice(bytes);
        let mut record = read.map_err(|error| {
            let head: Result<Head, _> = serde_json::from_slice(bytes);
            match head {
                Ok(head) if head.format > NEWEST => Unreadable::Newer(head.format),
                Err(_) if !bytes.starts_with(MARK) && !bytes.is_empty() => Unreadable::Foreign,
                _ => Unreadable::Damaged(error.to_string()),
            }
        })?;
        record.check()?;
        record.bytes = bytes.len();
        Ok(record)
    }

    fn check(&self) -> Result<(), Unreadable> {
        let damaged = |what: &str| Err(Unreadable::Damaged(what.to_owned()));
        if self.format > NEWEST {
            return Err(Unreadable::Newer(self.format));
        }
        if self.format < FIRST || (self.format == NEWEST) != self.beginning.is_some() {
            return damaged("the beginning does not fit the format");
        }
        if self.init.seed.is_none() {
            return damaged("the seed is missing");
        }
        let (first, last) = (self.inputs.first(), self.inputs.last());
        let ends = last.map_or(0, |(at, _)| *at);
        if !self.inputs.is_sorted_by_key(|(at, _)| *at) || ends > self.until_ms {
            return damaged("the inputs are not in the order of time");
        }
        let new = || ClusterConfig::default().start_time * 1_000;
        let born_ms = self.beginning.as_ref().map_or_else(new, |b| b.start_ms());
        if self.until_ms.saturating_sub(born_ms) > LONGEST_MS {
            return damaged("it lasts for longer than anybody can wait");
        }
        let Some(beginning) = &self.beginning else {
            return Ok(());
        };
        let begins = beginning.start_ms();
        if first.map_or(self.until_ms, |(at, _)| *at) < begins {
            return damaged("the inputs came before the beginning");
        }
        beginning.check()
    }

    /// The record as it is stored; none when it has grown too large to be done again.
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        let bytes = serde_json::to_vec(self).ok()?;
        (bytes.len() <= LARGEST).then_some(bytes)
    }

    /// Notes a message, if it has an effect on the cluster or the terminals; whether it has.
    pub fn note(&mut self, now_ms: i64, message: &ToWorker) -> bool {
        let matters = match message {
            ToWorker::Terminal { .. } | ToWorker::Run { .. } => true,
            ToWorker::Apply { dry_run, .. } => !dry_run,
            _ => false,
        };
        if matters {
            self.bytes += length(message) + AROUND;
            self.inputs.push((now_ms, message.clone()));
        }
        matters
    }
}

/// Bytes of a part as it is stored.
fn length(part: &impl Serialize) -> usize {
    let mut written = Written(0);
    // Counting does not fail.
    let _ = serde_json::to_writer(&mut written, part);
    written.0
}

/// Counts what is written to it.
struct Written(usize);

impl std::io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::protocol::{ClockCommand, TerminalInput};

    #[test]
    fn what_matters_is_kept() {
        let init = Init {
            seed: Some(7),
            ..Init::default()
        };
        let mut record = Record::new(init);
        let line = ToWorker::Terminal {
            tab: 1,
            input: TerminalInput::Line("kubectl get pods".into()),
        };
        record.note(2_000, &line);
        record.note(2_500, &ToWorker::Clock(ClockCommand::Pause));
        record.note(3_000, &ToWorker::Inspect { subject: None });
        record.until_ms = 3_000;
        let bytes = record.to_bytes().expect("it is small");
        let read = Record::from_bytes(&bytes).expect("what was written");
        assert_eq!(read.inputs, [(2_000, line)]);
        assert_eq!(read.to_bytes(), Some(bytes));
    }

    #[test]
    fn damage_is_refused() {
        let good = Record::new(Init::default())
            .to_bytes()
            .expect("it is small");
        assert!(Record::from_bytes(&good).is_err(), "no seed");
        let mut record = Record::new(Init {
            seed: Some(7),
            ..Init::default()
        });
        let line = ToWorker::Terminal {
            tab: 1,
            input: TerminalInput::Interrupt,
        };
        record.note(2_000, &line);
        record.note(1_000, &line);
        record.until_ms = 3_000;
        let unsorted = record.to_bytes().expect("it is small");
        assert!(Record::from_bytes(&unsorted).is_err());
        record.inputs.truncate(1);
        record.until_ms = 1_500;
        let early = record.to_bytes().expect("it is small");
        assert!(Record::from_bytes(&early).is_err());
        let padded = [&early[..], &vec![b' '; LARGEST]].concat();
        let refused = Record::from_bytes(&padded).expect_err("it is too large");
        assert_eq!(refused, Unreadable::TooLarge);
        let why = |bytes: &[u8]| Record::from_bytes(bytes).expect_err("it is no record");
        for bytes in [&b"\xff\xfe"[..], b"[1,2", b"{}", b"PK\x03\x04", b"null"] {
            assert_eq!(why(bytes), Unreadable::Foreign);
        }
        for bytes in [&b""[..], &good[..good.len() / 2]] {
            assert!(matches!(why(bytes), Unreadable::Damaged(_)));
        }
        let later = String::from_utf8(good).expect("text");
        let later = later.replace("\"format\":1", "\"format\":3");
        assert_eq!(why(later.as_bytes()), Unreadable::Newer(3));
        assert_eq!(why(b"{\"format\":9,\"new\":1}"), Unreadable::Newer(9));
    }
}
