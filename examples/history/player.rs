//! Drives a page's session through a script and takes down all that comes of it.

use crate::script::{Script, Step};
use kubarium::apimachinery::{Value, schema};
use kubarium::apiserver::AuditEvent;
use kubarium::session::{Recording, Session};
use kubarium::view::protocol::{ClockCommand, FromWorker, Init, ToWorker};
use sha2::{Digest, Sha256};

/// Simulated seconds per real second: one call of [`Session::advance`] covers at most one real second.
const SPEED: f64 = 40.0;

/// What came of a step.
pub struct Outcome {
    /// What was done.
    pub what: String,
    /// Everything that was said and written meanwhile.
    pub text: String,
    /// The digest of all texts so far, in hexadecimal.
    pub digest: String,
}

/// A session with the real time that its page would have shown.
struct Player {
    session: Session,
    real_ms: f64,
    revision: u64,
    /// Whether what the page is told is kept.
    listens: bool,
    said: Vec<FromWorker>,
}

/// Plays a seed's script, telling of each step as it is done; ends early when `tell` says false.
pub fn play(seed: u64, tell: &mut dyn FnMut(usize, &mut Outcome) -> bool) {
    // The reference profile takes other ways through the kubelet: its runtime answers at once.
    let profile = seed.is_multiple_of(10).then(|| "reference".to_owned());
    let mut player = Player::new(seed, profile);
    let mut script = Script::new(seed);
    let mut chain = Sha256::new();
    let mut saved = false;
    for number in 0.. {
        let (step, text) = match script.next(player.session.cluster()) {
            Some(step) => {
                let mut text = player.take(&step);
                if script.is_over() {
                    text += &player.everything();
                }
                (step.to_string(), text)
            }
            // Once all is done it is saved as a state, and what begins with that goes on for a while.
            None if !saved => {
                saved = true;
                player = player.begun_again();
                let mut text = player.take(&Step::Wait(60_000));
                text += &player.everything();
                ("saved, and begun again".to_owned(), text)
            }
            None => break,
        };
        chain.update(text.as_bytes());
        let digest: String = chain
            .clone()
            .finalize()
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        let mut outcome = Outcome {
            what: step,
            text,
            digest,
        };
        if !tell(number, &mut outcome) {
            break;
        }
    }
}

/// Brings up a Deployment of `count` pods on `nodes` nodes through the page's own terminal; how many got ready.
pub fn many_pods(count: usize, nodes: usize) -> usize {
    let mut player = Player::new(1, None);
    // What the page keeps is not the cluster's memory.
    player.listens = false;
    if nodes > 3 {
        player.act(&Step::Run(format!("kubarium node add {}", nodes - 3)));
    }
    player.act(&Step::Wait(10_000));
    player.act(&Step::Run(format!(
        "kubectl create deployment many --image=registry.k8s.io/pause:3.10 --replicas={count}"
    )));
    // Large ones take longer: the scheduler places some sixty pods in a second.
    for _ in 0..60 + count / 200 {
        player.act(&Step::Wait(10_000));
        let ready = player
            .objects("apps", "v1", "deployments")
            .find(|d| d.name() == "many")
            .and_then(|d| d.at(&["status", "readyReplicas"]).as_i64());
        if ready == i64::try_from(count).ok() {
            break;
        }
    }
    player
        .objects("", "v1", "pods")
        .filter(|p| p.name().starts_with("many-") && is_ready(p))
        .count()
}

fn is_ready(pod: &Value) -> bool {
    let conditions = pod.at(&["status", "conditions"]);
    conditions
        .items()
        .iter()
        .any(|c| c.get("type") == &"Ready" && c.get("status") == &"True")
}

impl Player {
    fn new(seed: u64, profile: Option<String>) -> Self {
        let init = Init {
            seed: Some(seed),
            profile,
            ..Init::default()
        };
        let mut session = Session::new(&init, 0);
        session.handle(ToWorker::Clock(ClockCommand::Speed(SPEED)));
        Self {
            session,
            real_ms: 0.0,
            revision: 0,
            listens: true,
            said: Vec::new(),
        }
    }

    /// A player of a cluster that begins with the state of this one.
    fn begun_again(&self) -> Self {
        let cluster = self.session.cluster();
        let records = cluster.api().records().into_iter();
        let objects = records.filter_map(|r| r.object().map(|object| (r.key, object)));
        let revision = cluster.api().revision();
        let config = cluster.config().clone();
        let saved = Recording::of_state(config, cluster.now(), revision, objects.collect());
        let mut session = Session::restore(&saved.write().unwrap()).unwrap();
        session.handle(ToWorker::Clock(ClockCommand::Speed(SPEED)));
        Self {
            session,
            real_ms: 0.0,
            revision,
            listens: true,
            said: Vec::new(),
        }
    }

    fn objects(&self, group: &str, version: &str, resource: &str) -> impl Iterator<Item = &Value> {
        let def = schema::resource(group, version, resource).unwrap();
        self.session.cluster().api().peek_all(def)
    }

    /// Does a step; the messages to the page, the writes, and the objects as they stand after them.
    fn take(&mut self, step: &Step) -> String {
        let mut text = String::new();
        for message in self.act(step) {
            text += &serde_json::to_string(&message).unwrap();
            text.push('\n');
        }
        text + &self.written()
    }

    /// Does a step; the messages to the page.
    fn act(&mut self, step: &Step) -> Vec<FromWorker> {
        match step {
            Step::Wait(ms) => self.wait(*ms as f64),
            Step::Run(command) => {
                self.session.handle(ToWorker::Run {
                    tab: 1,
                    command: command.clone(),
                });
                self.wait(300.0);
            }
            Step::Apply(text) => {
                self.session.handle(ToWorker::Apply {
                    id: 1,
                    text: text.clone(),
                    dry_run: false,
                });
                self.wait(300.0);
            }
            Step::Interrupt => {
                use kubarium::view::protocol::TerminalInput;
                self.session.handle(ToWorker::Terminal {
                    tab: 1,
                    input: TerminalInput::Interrupt,
                });
                self.wait(100.0);
            }
        }
        self.said.split_off(0)
    }

    /// Lets simulated time pass in frames of a page that is busy.
    fn wait(&mut self, ms: f64) {
        let end = self.real_ms + ms / SPEED;
        while self.real_ms < end {
            self.real_ms = (self.real_ms + 250.0).min(end);
            self.session.advance(self.real_ms, &mut || false);
            let said = self.session.take_outbox();
            if self.listens {
                self.said.extend(said);
            }
        }
    }

    /// The writes since the last call, and what they left.
    fn written(&mut self) -> String {
        let mut text = String::new();
        let api = self.session.cluster().api();
        for event in api.audit().since(self.revision) {
            text += &line(event);
            let o = &event.object;
            if let Some(now) = schema::resource(o.group, o.version, o.resource)
                .and_then(|def| api.peek(def, &o.namespace, &o.name))
                // An object that was written several times is shown once, as it stands now.
                .filter(|now| now.resource_version() == event.revision.to_string())
            {
                text += &now.to_json();
                text.push('\n');
            }
        }
        self.revision = api.revision();
        text
    }

    /// The whole audit log and the whole store.
    fn everything(&self) -> String {
        let api = self.session.cluster().api();
        let mut text: String = api.audit().events().map(line).collect();
        for def in schema::RESOURCES {
            for object in api.peek_all(def) {
                text += &object.to_json();
                text.push('\n');
            }
        }
        text
    }
}

fn line(event: &AuditEvent) -> String {
    format!("{event:?}\n")
}
