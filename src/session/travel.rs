//! Ways through a cluster's history: undo, redo, rewind.
//!
//! A record makes the same cluster again, so a record that ends earlier makes an earlier one. Nothing is kept for it but
//! what each input found; the price is paid on the way, by doing everything again.

use super::record::Record;
use crate::view::protocol::{TerminalInput, ToWorker, Travel, Ways};

/// What an input found when it came.
#[derive(Clone, Copy, Debug)]
struct Found {
    /// [`World::changes`](super::world::World::changes) until then.
    changes: u64,
    /// It went on with a command that was begun before.
    goes_on: bool,
}

/// What is known of the inputs of a record, and the records that were left behind.
#[derive(Debug, Default)]
pub struct Travels {
    found: Vec<Found>,
    left: Vec<Record>,
}

impl Travels {
    /// Notes what the next input of the record finds.
    pub fn meets(&mut self, changes: u64, goes_on: bool) {
        self.found.push(Found { changes, goes_on });
    }

    /// The user does something new: what was left behind is another branch, and forgotten.
    pub fn branch(&mut self, input: &ToWorker) {
        if command(input).is_some() {
            self.left.clear();
        }
    }

    /// The input with which the last command began that changed something; `changes` is the world's count now.
    fn last_change(&self, record: &Record, changes: u64) -> Option<usize> {
        let did = self.found.iter().rposition(|f| f.changes < changes)?;
        (0..=did.min(record.inputs.len().checked_sub(1)?))
            .rev()
            .find(|i| !self.found[*i].goes_on && command(&record.inputs[*i].1).is_some())
    }

    /// The ways that are open.
    pub fn ways(&self, record: &Record, changes: u64) -> Ways {
        let at = self.last_change(record, changes);
        let undo = at.and_then(|at| command(&record.inputs[at].1));
        Ways {
            undo: undo.map(str::to_owned),
            redo: !self.left.is_empty(),
        }
    }

    /// The record of the cluster to go to, if there is a way; `record` is the present one, up to now.
    pub fn go(&mut self, way: Travel, record: &Record, changes: u64) -> Option<Record> {
        let to = match way {
            Travel::Redo => return self.left.pop(),
            Travel::Undo => {
                let at = self.last_change(record, changes)?;
                record.until(record.inputs[at].0, at)
            }
            Travel::Rewind { to_ms } if to_ms < record.until_ms => {
                let at = record.inputs.partition_point(|(at, _)| *at < to_ms);
                record.until(to_ms, at)
            }
            Travel::Rewind { .. } => return None,
        };
        self.left.push(record.clone());
        Some(to)
    }

    /// What stays after the journey: the records left behind.
    pub fn arrived(self) -> Self {
        Self {
            found: Vec::new(),
            left: self.left,
        }
    }
}

/// The command that an input is, for those that can begin one.
fn command(input: &ToWorker) -> Option<&str> {
    match input {
        ToWorker::Run { command, .. } => Some(command),
        ToWorker::Terminal {
            input: TerminalInput::Line(line),
            ..
        } if !line.trim().is_empty() => Some(line),
        ToWorker::Apply { .. } => Some("kubectl apply"),
        _ => None,
    }
}
