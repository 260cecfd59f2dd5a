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
    /// None yet; what goes on beside the cluster's thread runs in `tasks`.
    pub fn new(tasks: tokio::runtime::Handle) -> Self {
        Self {
            bridged: Bridged::new(tasks),
            ..Self::default()
        }
    }

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
        self.bridged.carry(cluster);
        if self.places.is_empty() {
            self.bridged.begin(cluster, node);
            return;
        }
        let hops = cluster.take_traffic();
        // A page that is slow holds its own commands back, and nothing else.
        for place in self.places.iter_mut().filter(|p| p.takes_more()) {
            place.desk.turn(cluster);
            place.desk.look(cluster, &hops);
        }
        self.bridged.begin(cluster, node);
        for place in &mut self.places {
            place.tell(cluster, clock);
        }
    }

    /// How long nothing is to be done, by the wall clock.
    pub fn rest(&self, clock: &Clock) -> Option<Duration> {
        let frames = self.places.iter().map(Place::rest);
        let waiting = self.places.iter().filter(|p| p.takes_more());
        let commands = waiting.filter_map(|p| p.desk.next_deadline());
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

    /// Whether its line has room; a closed one never tells.
    fn takes_more(&self) -> bool {
        self.batches.capacity() > 0
    }

    fn is_due(&self) -> bool {
        self.began && self.visible && self.rest().is_zero()
    }

    fn rest(&self) -> Duration {
        if !self.began || !self.visible || !self.takes_more() {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apimachinery::http::Body;
    use crate::apiserver::{Answered, ApiServerConfig};
    use crate::cluster::ClusterConfig;
    use crate::tree;
    use crate::view::protocol::{Init, TerminalInput, decode};

    fn cluster() -> (Cluster, Clock) {
        let cluster = Cluster::boot(ClusterConfig::default());
        let clock = Clock::new(cluster.now(), 1.0);
        (cluster, clock)
    }

    fn say(desks: &mut Desks, cluster: &mut Cluster, message: ToWorker) {
        desks.carry_out(DeskCommand::Message(1, Box::new(message)), cluster);
    }

    fn line(text: &str) -> ToWorker {
        ToWorker::Terminal {
            tab: 1,
            input: TerminalInput::Line(text.to_owned()),
        }
    }

    #[test]
    fn a_page_that_takes_nothing_holds_its_own_commands_back() {
        let (mut cluster, clock) = cluster();
        let mut desks = Desks::default();
        let (sender, mut batches) = mpsc::channel(1);
        desks.carry_out(DeskCommand::Open(1, sender), &mut cluster);
        say(&mut desks, &mut cluster, ToWorker::Init(Init::default()));
        desks.turn(&mut cluster, &clock, None);
        say(&mut desks, &mut cluster, line("yes"));
        for _ in 0..50 {
            cluster.advance_to(cluster.now() + Duration::from_millis(20));
            desks.turn(&mut cluster, &clock, None);
        }
        assert_eq!(desks.places[0].desk.take_outbox(), []);
        assert!(
            desks.rest(&clock) > Some(Duration::from_millis(1)),
            "it spins"
        );
        let first = batches.try_recv().expect("what was sent at first");
        let first = decode(&first.bytes).expect("messages");
        assert!(matches!(&first[0], FromWorker::Ready(ready) if ready.remote));
        desks.turn(&mut cluster, &clock, None);
        let next = batches.try_recv().expect("now it takes more");
        assert!(decode(&next.bytes).is_ok_and(|all| !all.is_empty()));
    }

    #[test]
    fn a_page_that_goes_leaves_nothing_open() {
        let (mut cluster, clock) = cluster();
        let before = cluster.api().open_watches();
        let mut desks = Desks::default();
        let (sender, batches) = mpsc::channel(4);
        desks.carry_out(DeskCommand::Open(1, sender), &mut cluster);
        say(&mut desks, &mut cluster, ToWorker::Init(Init::default()));
        say(&mut desks, &mut cluster, line("kubectl get pods --watch"));
        for _ in 0..3 {
            desks.turn(&mut cluster, &clock, None);
        }
        assert!(cluster.api().open_watches() > before + 10);
        drop(batches);
        desks.turn(&mut cluster, &clock, None);
        desks.carry_out(DeskCommand::Close(1), &mut cluster);
        assert!(desks.places.is_empty());
        assert_eq!(cluster.api().open_watches(), before);
    }

    #[test]
    fn commands_wait_for_webhooks() {
        let server = ApiServerConfig {
            webhooks: true,
            ..ApiServerConfig::default()
        };
        let mut cluster = Cluster::with_server(ClusterConfig::default(), server);
        cluster.advance_to(cluster.now() + Duration::from_secs(60));
        let clock = Clock::new(cluster.now(), 1.0);
        let hook = tree!({"metadata": {"name": "a"}, "webhooks": [{
            "name": "a.example.test", "admissionReviewVersions": ["v1"], "sideEffects": "None",
            "clientConfig": {"url": "https://a.test/"},
            "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"], "resources": ["configmaps"]}],
        }]});
        let request = http::Request::builder()
            .method("POST")
            .uri("/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations")
            .body(Body::Tree(hook));
        let made = cluster.request_as_admin(request.expect("a request"));
        assert!(made.is_ok_and(|r| r.status() == 201));
        let mut desks = Desks::default();
        let (sender, _batches) = mpsc::channel(4_096);
        desks.carry_out(DeskCommand::Open(1, sender), &mut cluster);
        say(&mut desks, &mut cluster, ToWorker::Init(Init::default()));
        say(
            &mut desks,
            &mut cluster,
            line("kubectl create configmap one"),
        );
        let mut turn = |cluster: &mut Cluster| {
            cluster.advance_to(cluster.now() + Duration::from_millis(20));
            desks.turn(cluster, &clock, None);
        };
        let mut calls = Vec::new();
        for _ in 0..20 {
            turn(&mut cluster);
            calls.extend(cluster.take_webhook_calls());
        }
        let maps = crate::apimachinery::schema::resource("", "v1", "configmaps").expect("built in");
        let is_there = |cluster: &Cluster| cluster.api().peek(maps, "default", "one").is_some();
        assert!(!is_there(&cluster), "nobody has answered yet");
        let (id, call) = calls.pop().expect("a call");
        assert!(calls.is_empty(), "asked once");
        let result = Ok(tree!({
            "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "response": {"uid": "u", "allowed": true},
        }));
        let uid = "u".to_owned();
        cluster.answer_webhook(id, Answered { call, uid, result });
        for _ in 0..5 {
            turn(&mut cluster);
        }
        assert!(is_there(&cluster));
    }

    #[test]
    fn odd_messages_do_no_harm() {
        let (mut cluster, clock) = cluster();
        let mut desks = Desks::default();
        let (sender, _batches) = mpsc::channel(4);
        desks.carry_out(DeskCommand::Open(1, sender), &mut cluster);
        say(&mut desks, &mut cluster, line("before it began"));
        for _ in 0..3 {
            say(&mut desks, &mut cluster, ToWorker::Init(Init::default()));
        }
        for tab in [0, 999, 1_000, 1_000_001, u32::MAX] {
            for input in [
                TerminalInput::Open,
                TerminalInput::Line("echo $((1/0)); kubectl".to_owned()),
                TerminalInput::Interrupt,
                TerminalInput::EndOfFile,
                TerminalInput::Close,
            ] {
                say(&mut desks, &mut cluster, ToWorker::Terminal { tab, input });
            }
            let line = "kubectl g\u{1F600}".to_owned();
            let complete = ToWorker::TerminalComplete {
                tab,
                id: tab,
                line,
                cursor: usize::MAX,
            };
            say(&mut desks, &mut cluster, complete);
        }
        for offset in [0, 3, usize::MAX] {
            let text = "a: é\n\u{0}".to_owned();
            let (hover, complete) = (text.clone(), text);
            let id = 0;
            say(
                &mut desks,
                &mut cluster,
                ToWorker::EditorHover {
                    id,
                    text: hover,
                    offset,
                },
            );
            say(
                &mut desks,
                &mut cluster,
                ToWorker::EditorComplete {
                    id,
                    text: complete,
                    offset,
                },
            );
        }
        say(&mut desks, &mut cluster, ToWorker::Share);
        desks.carry_out(DeskCommand::Close(7), &mut cluster);
        desks.turn(&mut cluster, &clock, None);
        assert_eq!(desks.places.len(), 1);
    }
}
