//! What stands behind one page: the cluster, its clock, the terminals and the view, driven by
//! messages. Plain data and plain calls, so that the worker, the native program and tests drive
//! the same thing.

mod manifest;
mod pace;
mod record;

pub use pace::Pace;

use std::collections::VecDeque;

use crate::apimachinery::descriptions::Descriptions;
use crate::view::frame::Frame;
use crate::view::protocol::{FromWorker, Init, Ready, ToWorker};

/// How many commands are remembered.
const REMEMBERED_COMMANDS: usize = 20;
/// The Kubernetes version whose behaviour is modelled.
pub const VERSION: &str = "v1.36.2";

/// One page's cluster and everything that talks to it.
pub struct Session {
    seed: u64,
    pace: Pace,
    visible: bool,
    commands: VecDeque<String>,
    descriptions: Descriptions,
    outbox: Vec<FromWorker>,
}

impl Session {
    /// Boots a cluster; `drawn` is the seed used when none is asked for, `now_ms` the real time in
    /// milliseconds since the Unix epoch.
    pub fn new(init: &Init, drawn: u64, now_ms: i64) -> Self {
        let seed = init.seed.unwrap_or(drawn);
        let mut session = Self {
            seed,
            pace: Pace::new(now_ms),
            visible: true,
            commands: VecDeque::new(),
            descriptions: Descriptions::default(),
            outbox: Vec::new(),
        };
        session.outbox.push(FromWorker::Ready(Ready {
            seed,
            restored: false,
            version: VERSION.into(),
        }));
        session
    }

    /// Continues from what [`Session::snapshot`] wrote.
    ///
    /// # Errors
    /// When the bytes are of another version or damaged.
    pub fn restore(bytes: &[u8]) -> Result<Self, String> {
        Err(format!("{} bytes of an unknown version", bytes.len()))
    }

    /// What to keep, if anything changed since the last call.
    pub fn snapshot(&mut self) -> Option<Vec<u8>> {
        None
    }

    /// Takes the words about fields that the editor's hover shows.
    pub fn describe(&mut self, descriptions: Descriptions) {
        self.descriptions = descriptions;
    }

    /// The seed of all chance.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Takes in one message; what it leads to is in [`Session::take_outbox`].
    pub fn handle(&mut self, message: ToWorker) {
        match message {
            ToWorker::Ping { id } => self.outbox.push(FromWorker::Pong { id }),
            ToWorker::Clock(command) => self.pace.command(command),
            ToWorker::Visible { visible } => self.visible = visible,
            ToWorker::EditorComplete { id, text, offset } => {
                let completion = manifest::complete(&text, offset);
                self.outbox
                    .push(FromWorker::EditorCompletion { id, completion });
            }
            ToWorker::EditorHover { id, text, offset } => {
                let hover = manifest::hover(&text, offset, &self.descriptions);
                self.outbox.push(FromWorker::EditorHover { id, hover });
            }
            ToWorker::Run { command, .. } => self.remember(command),
            _ => {}
        }
    }

    /// Lets simulated time follow `real_ms` (monotonic milliseconds), asking `out_of_time` between
    /// pieces of work whether to stop. Returns the milliseconds until there is something to do.
    pub fn advance(&mut self, real_ms: f64, _out_of_time: &mut dyn FnMut() -> bool) -> f64 {
        self.pace.follow(real_ms);
        50.0
    }

    /// What changed since the last frame, when the page can be seen.
    pub fn frame(&mut self) {
        if self.visible {
            let clock = self.pace.state();
            self.outbox.push(FromWorker::Frame(Frame {
                clock,
                ..Frame::default()
            }));
        }
    }

    /// The messages for the page since the last call.
    pub fn take_outbox(&mut self) -> Vec<FromWorker> {
        std::mem::take(&mut self.outbox)
    }

    fn remember(&mut self, command: String) {
        if self.commands.len() == REMEMBERED_COMMANDS {
            self.commands.pop_front();
        }
        self.commands.push_back(command);
    }
}
