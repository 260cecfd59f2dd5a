//! The desks of the pages that look at the cluster. They stand on its thread.

use super::bridged::Bridged;
use crate::apimachinery::Timestamp;
use crate::cluster::Cluster;
use crate::native::clock::Clock;
use crate::native::node::Node;
use crate::native::openapi;
use crate::session::{Desk, VERSION};
use crate::view::protocol::{ClockState, FromWorker, Ready, ToWorker, encode};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Between frames while something changes, and between those that only move the clock.
const FRAME: Duration = Duration::from_millis(33);
const QUIET_FRAME: Duration = Duration::from_millis(250);

/// Messages for a page, written as it reads them.
#[derive(Debug)]
pub struct Batch {
    /// [`FromWorker`] messages.
    pub bytes: Vec<u8>,
    /// What must be kept for good before anybody sees them.
    pub revision: u64,
}

/// What a page's line brings.
#[derive(Debug)]
pub enum DeskCommand {
    /// A page came.
    Open(u32, mpsc::Sender<Batch>),
    /// It says something.
    Message(u32, Box<ToWorker>),
    /// It takes more.
    Look,
    /// It has gone.
    Close(u32),
}

struct Place {
    number: u32,
    desk: Desk,
    batches: mpsc::Sender<Batch>,
    visible: bool,
    drawn: Instant,
    began: bool,
}

/// All desks.
#[derive(Default)]
pub struct Desks {
    places: Vec<Place>,
    bridged: Bridged,
}

impl Desks {
    /// Takes in what a line brought.
    pub fn carry_out(&mut self, command: DeskCommand, cluster: &mut Cluster) {
        match command {
            DeskCommand::Open(number, batches) => {
                let seed = cluster.config().seed ^ u64::from(number);
                let mut desk = Desk::new(cluster, seed, number);
                desk.describe(openapi::descriptions());
                self.places.push(Place {
                    number,
                    desk,
                    batches,
                    visible: true,
                    drawn: Instant::now(),
                    began: false,
                });
            }
            DeskCommand::Message(number, message) => {
                if let Some(place) = self.places.iter_mut().find(|p| p.number == number) {
                    place.take(*message, cluster);
                }
            }
            DeskCommand::Look => {}
            DeskCommand::Close(number) => {
                if let Some(at) = self.places.iter().position(|p| p.number == number) {
                    self.places.remove(at).desk.close(cluster);
                }
            }
        }
    }

    /// Lets commands go on, and tells pages what is new.
    pub fn turn(&mut self, cluster: &mut Cluster, clock: &Clock, node: Option<&Node>) {
        if self.places.is_empty() {
            return;
        }
        self.bridged.carry(cluster);
        let hops = cluster.take_traffic();
        for place in &mut self.places {
            place.desk.turn(cluster);
            place.desk.look(cluster, &hops);
        }
        self.bridged.begin(cluster, node);
        for place in &mut self.places {
            place.tell(cluster, clock);
        }
        self.places.retain(|place| !place.batches.is_closed());
    }

    /// How long nothing is to be done, by the wall clock.
    pub fn rest(&self, clock: &Clock) -> Option<Duration> {
        let frames = self.places.iter().map(Place::rest);
        let commands = self.places.iter().filter_map(|p| p.desk.next_deadline());
        let commands = commands.map(|at: Timestamp| clock.until(at));
        frames.chain(commands).chain(self.bridged.rest()).min()
    }
}

impl Place {
    fn take(&mut self, message: ToWorker, cluster: &mut Cluster) {
        let Some(message) = self.desk.handle(message, cluster) else {
            return;
        };
        match message {
            ToWorker::Init(_) if !self.began => {
                self.began = true;
                self.desk.say(FromWorker::Ready(Ready {
                    seed: cluster.config().seed,
                    restored: false,
                    version: VERSION.to_owned(),
                    profile: None,
                    remote: true,
                }));
            }
            ToWorker::Visible { visible } => self.visible = visible,
            // Neither time nor history is the page's here: it offers none of that.
            _ => {}
        }
    }

    fn is_due(&self) -> bool {
        self.began && self.visible && self.rest().is_zero()
    }

    fn rest(&self) -> Duration {
        if !self.began || !self.visible || self.batches.capacity() == 0 {
            return QUIET_FRAME;
        }
        let pause = match self.desk.has_news() {
            true => FRAME,
            false => QUIET_FRAME,
        };
        pause.saturating_sub(self.drawn.elapsed())
    }

    /// Sends what is to be said, as far as the page takes it.
    fn tell(&mut self, cluster: &mut Cluster, clock: &Clock) {
        let Ok(slot) = self.batches.try_reserve() else {
            return;
        };
        if self.is_due() {
            self.drawn = Instant::now();
            let state = ClockState {
                now_ms: cluster.now().0.div_euclid(1_000),
                paused: false,
                speed: clock.speed(),
                behind: false,
            };
            self.desk.draw(state, cluster);
        }
        let messages = self.desk.take_outbox();
        if !messages.is_empty() {
            slot.send(Batch {
                bytes: encode(&messages),
                revision: cluster.api().revision(),
            });
        }
    }
}
