//! What outlives the tab: not the cluster's memory but what was done to it.
//!
//! The same seed and the same inputs give the same history, so a cluster is continued by doing
//! everything again at the same simulated times, as fast as the machine can. A record stays small,
//! is readable, and survives a new version of the program: the commands are then given to that one.

use serde::{Deserialize, Serialize};

use crate::view::protocol::{Init, ToWorker};

/// Changes when a record of before could not be read any more.
const FORMAT: u32 = 1;
/// A record beyond this many bytes is not worth doing again.
const LARGEST: usize = 8 << 20;
/// What stands around each input: brackets, its time, commas.
const AROUND: usize = 18;

/// Everything that made a cluster what it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    format: u32,
    /// How it was booted; the seed is always given.
    pub init: Init,
    /// What came when, in simulated milliseconds since the Unix epoch; oldest first.
    pub inputs: Vec<(i64, ToWorker)>,
    /// How far simulated time had got.
    pub until_ms: i64,
    /// How long the inputs are, written down.
    #[serde(skip)]
    bytes: usize,
}

impl Record {
    /// The record of a cluster to which nothing has happened yet.
    pub fn new(init: Init) -> Self {
        Self {
            format: FORMAT,
            init,
            inputs: Vec::new(),
            until_ms: 0,
            bytes: 0,
        }
    }

    /// What had been done until a moment: the first `inputs` inputs.
    pub fn until(&self, until_ms: i64, inputs: usize) -> Self {
        let inputs = self.inputs[..inputs].to_vec();
        Self {
            format: self.format,
            init: self.init.clone(),
            bytes: inputs.iter().map(|(_, input)| length(input)).sum(),
            inputs,
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
    /// When the bytes are damaged, too many, or of another format.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > LARGEST {
            return Err(format!("it is larger than {} MiB", LARGEST >> 20));
        }
        let mut record: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if record.format != FORMAT {
            return Err(format!("format {} is not {FORMAT}", record.format));
        }
        if record.init.seed.is_none() {
            return Err("the seed is missing".to_owned());
        }
        let ends = record.inputs.last().map_or(0, |(at, _)| *at);
        if !record.inputs.is_sorted_by_key(|(at, _)| *at) || ends > record.until_ms {
            return Err("the inputs are not in the order of time".to_owned());
        }
        record.bytes = bytes.len();
        Ok(record)
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
            self.bytes += length(message);
            self.inputs.push((now_ms, message.clone()));
        }
        matters
    }
}

/// Bytes of an input as it is stored.
fn length(input: &ToWorker) -> usize {
    let mut written = Written(0);
    // Counting does not fail.
    let _ = serde_json::to_writer(&mut written, input);
    written.0 + AROUND
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
        assert!(refused.contains("8 MiB"), "{refused}");
        for bytes in [&b""[..], b"\xff\xfe", b"[1,2", &good[..good.len() / 2]] {
            assert!(Record::from_bytes(bytes).is_err());
        }
    }
}
