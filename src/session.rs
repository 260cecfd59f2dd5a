//! What stands behind one page: the cluster, its clock, the terminals and the view, driven by
//! messages. Plain data and plain calls, so that the worker, the native program and tests drive
//! the same thing.

mod admin;
mod apply;
mod beginning;
mod desk;
mod logs;
mod manifest;
mod pace;
mod record;
mod recording;
mod traces;
pub mod transcript;
mod travel;
mod unreadable;
mod world;

pub use admin::Admin;
pub use beginning::service_range;
pub use desk::Desk;
pub use pace::Pace;
pub use record::Record;
pub use recording::Recording;
pub use unreadable::Unreadable;

use std::collections::VecDeque;

use crate::{
    apimachinery::descriptions::Descriptions,
    cluster::Cluster,
    cluster::ClusterConfig,
    view::protocol::{FromWorker, Init, Notice, NoticeCode, Ready, ToWorker, Travel, Ways},
};
use travel::Travels;
use world::World;

/// The Kubernetes version whose behaviour is modelled.
pub const VERSION: &str = "v1.36.2";
/// Real milliseconds between frames while something changes.
const FRAME_MS: f64 = 33.0;
/// Real milliseconds between frames that only move the clock.
const QUIET_FRAME_MS: f64 = 250.0;

/// One page's cluster and everything that talks to it.
pub struct Session {
    world: World,
    pace: Pace,
    /// Simulated time when the cluster was ready: no way leads further back.
    born_ms: i64,
    record: Record,
    /// What is still to be done again, after a restore.
    replay: Option<Replay>,
    travels: Travels,
    /// The ways that the page knows of, and what they were worked out from.
    ways: (Ways, (u64, usize)),
    /// What the page looks at, to be looked at again after a journey.
    looks: Vec<ToWorker>,
    /// Simulated time of the last snapshot, and how many inputs it had.
    kept: (i64, usize),
    /// The record has outgrown what is stored; nothing is stored any more.
    full: bool,
    visible: bool,
    last_frame_ms: f64,
    descriptions: Descriptions,
    outbox: Vec<FromWorker>,
}

/// The rest of a record.
struct Replay {
    inputs: VecDeque<(i64, ToWorker)>,
    until_ms: i64,
}

impl Session {
    /// Boots a cluster; `drawn` is the seed used when none is asked for.
    pub fn new(init: &Init, drawn: u64) -> Self {
        let seed = init.seed.unwrap_or(drawn);
        let init = Init {
            seed: Some(seed),
            restore: true,
            ..init.clone()
        };
        let unknown = init
            .profile
            .clone()
            .filter(|name| ClusterConfig::profile(name).is_none());
        let (mut session, _) = Self::boot(Record::new(init));
        session.ready(false);
        if let Some(name) = unknown {
            let known = ClusterConfig::PROFILES.join(", ");
            session.notice(NoticeCode::ProfileUnknown, format!("{name}\n{known}"));
        }
        session
    }

    fn notice(&mut self, code: NoticeCode, detail: String) {
        self.outbox
            .push(FromWorker::Notice(Notice { code, detail }));
    }

    /// Continues from what [`Session::snapshot`] wrote. Doing everything again takes some calls
    /// of [`Session::advance`]; the page is told when it is done.
    ///
    /// # Errors
    /// When the bytes are of a later version, damaged or something else.
    pub fn restore(bytes: &[u8]) -> Result<Self, Unreadable> {
        let (mut session, unknown) = Self::repeating(Record::from_bytes(bytes)?);
        if !unknown.is_empty() {
            session.notice(NoticeCode::KindsUnknown, unknown.join(", "));
        }
        Ok(session)
    }

    fn repeating(record: Record) -> (Self, Vec<String>) {
        let replay = Replay {
            inputs: record.inputs.iter().cloned().collect(),
            until_ms: record.until_ms,
        };
        let (mut session, unknown) = Self::boot(record);
        session.replay = Some(replay);
        (session, unknown)
    }

    /// With the lasting names of objects that could not be used.
    fn boot(record: Record) -> (Self, Vec<String>) {
        let (world, unknown) = World::new(&record);
        let session = Self {
            pace: Pace::new(world.now_ms()),
            born_ms: world.now_ms(),
            kept: (0, 0),
            full: false,
            world,
            record,
            replay: None,
            travels: Travels::default(),
            ways: (Ways::default(), (u64::MAX, 0)),
            looks: Vec::new(),
            visible: true,
            last_frame_ms: 0.0,
            descriptions: Descriptions::default(),
            outbox: Vec::new(),
        };
        (session, unknown)
    }

    /// What to keep, if anything changed since the last call.
    pub fn snapshot(&mut self) -> Option<Vec<u8>> {
        if self.replay.is_some() {
            return None;
        }
        if self.full {
            return None;
        }
        self.record.until_ms = self.world.now_ms();
        let state = (self.record.until_ms, self.record.inputs.len());
        if state == self.kept {
            return None;
        }
        self.kept = state;
        self.record.to_bytes()
    }

    /// Notes an input, and says when no more are stored.
    fn note(&mut self, now_ms: i64, message: &ToWorker) -> bool {
        let matters = self.record.note(now_ms, message);
        if self.record.is_full() && !self.full {
            self.full = true;
            let kept_ms = self.kept.0.max(self.born_ms);
            self.notice(NoticeCode::RecordFull, kept_ms.to_string());
        }
        matters
    }

    /// Takes the words about fields that the editor's hover and `kubectl explain` show.
    pub fn describe(&mut self, descriptions: Descriptions) {
        self.world.desk.describe(descriptions.clone());
        self.descriptions = descriptions;
    }

    /// The seed of all chance.
    pub fn seed(&self) -> u64 {
        self.record.init.seed.unwrap_or_default()
    }

    /// The cluster, for looking at.
    pub fn cluster(&self) -> &Cluster {
        &self.world.cluster
    }

    /// Takes in one message; what it leads to is in [`Session::take_outbox`].
    pub fn handle(&mut self, message: ToWorker) {
        match message {
            ToWorker::Clock(command) => self.pace.command(command),
            ToWorker::Visible { visible } => self.visible = visible,
            // Looking changes nothing, so it is no part of the history.
            ToWorker::Inspect { .. } | ToWorker::Logs { .. } => {
                let kind = std::mem::discriminant(&message);
                self.looks.retain(|it| std::mem::discriminant(it) != kind);
                self.looks.push(message.clone());
                self.give(message);
            }
            ToWorker::Travel(way) => self.travel(way),
            ToWorker::Share => self.share(),
            ToWorker::Ping { .. }
            | ToWorker::EditorComplete { .. }
            | ToWorker::EditorHover { .. }
            | ToWorker::EditorCheck { .. } => self.give(message),
            // The worker makes a session of it.
            ToWorker::Init(_) => {}
            message => self.input(message),
        }
    }

    /// Gives the desk what is for it.
    fn give(&mut self, message: ToWorker) {
        let World { cluster, desk } = &mut self.world;
        desk.handle(message, cluster);
    }

    /// Gives the world what may change it, in the order in which it came.
    fn input(&mut self, message: ToWorker) {
        if let Some(replay) = self.replay.as_mut() {
            // What the user does meanwhile comes after what was done before.
            let at_ms = replay.until_ms;
            replay.inputs.push_back((at_ms, message.clone()));
            if self.note(at_ms, &message) {
                self.travels.branch(&message);
            }
            return;
        }
        // A record knows milliseconds, and must lead to what was there when the input came.
        let now_ms = self.world.round_off(&mut || false);
        if self.note(now_ms, &message) {
            self.travels.branch(&message);
            self.meet(&message);
        }
        self.give(message);
    }

    /// Notes what an input of the record finds.
    fn meet(&mut self, message: &ToWorker) {
        let goes_on = match message {
            ToWorker::Terminal { tab, .. } | ToWorker::Run { tab, .. } => {
                self.world.desk.goes_on(*tab)
            }
            _ => false,
        };
        self.travels.meets(self.world.desk.changes(), goes_on);
    }

    /// Goes to another moment of the history; the page is told when it is reached. Without a way there, nothing happens.
    fn travel(&mut self, way: Travel) {
        if self.replay.is_some() {
            return;
        }
        let way = match way {
            Travel::Rewind { to_ms } => Travel::Rewind {
                to_ms: to_ms.max(self.born_ms),
            },
            way => way,
        };
        self.record.until_ms = self.world.round_off(&mut || false);
        let changes = self.world.desk.changes();
        let Some(record) = self.travels.go(way, &self.record, changes) else {
            let ways = self.travels.ways(&self.record, changes);
            self.outbox.push(FromWorker::Ways(ways));
            return;
        };
        let (mut there, _) = Self::repeating(record);
        there.pace = self.pace.clone();
        there.travels = std::mem::take(&mut self.travels).arrived();
        there.looks = std::mem::take(&mut self.looks);
        there.outbox = std::mem::take(&mut self.outbox);
        there.visible = self.visible;
        there.describe(self.descriptions.clone());
        *self = there;
    }

    /// Gives the page all that makes this cluster what it is.
    fn share(&mut self) {
        if self.replay.is_none() {
            self.record.until_ms = self.world.round_off(&mut || false);
        }
        let text = self.record.to_bytes().map(String::from_utf8);
        match text {
            Some(Ok(text)) => self.outbox.push(FromWorker::Record(text)),
            _ => self.notice(NoticeCode::RecordFull, self.kept.0.to_string()),
        }
    }

    /// Lets simulated time follow `real_ms` (monotonic milliseconds), asking `out_of_time` between
    /// pieces of work whether to stop. Returns the milliseconds until there is something to do.
    pub fn advance(&mut self, real_ms: f64, out_of_time: &mut dyn FnMut() -> bool) -> f64 {
        if self.replay.is_some() {
            self.repeat(out_of_time);
            self.pace.start_at(self.world.now_ms(), real_ms);
            return 0.0;
        }
        let target = self.pace.follow(real_ms);
        if self.pace.take_slept() {
            self.notice(NoticeCode::Slept, String::new());
        }
        if self.pace.take_step() {
            self.world.step(out_of_time);
            self.pace.start_at(self.world.now_ms(), real_ms);
        } else if self.pace.runs_free() {
            while !out_of_time() && self.world.step(out_of_time) {}
            self.pace.start_at(self.world.now_ms(), real_ms);
        } else if self.pace.is_paused() {
            // What needs no time to pass happens all the same.
            self.world.round_off(out_of_time);
        } else {
            self.world.advance_to(target, out_of_time);
            self.pace.reached(self.world.now_ms());
        }
        self.world.look();
        self.frame_when_due(real_ms);
        self.next_turn_ms(target)
    }

    /// Real milliseconds until the next thing is due.
    fn next_turn_ms(&self, target: i64) -> f64 {
        if self.world.desk.is_busy() {
            return 0.0;
        }
        let next = self.world.next_deadline_ms();
        let due = next
            .and_then(|next| self.pace.real_ms_for(next - target))
            .unwrap_or(f64::INFINITY);
        let frame = if self.visible && self.world.desk.has_news() {
            FRAME_MS
        } else {
            QUIET_FRAME_MS
        };
        due.min(frame)
    }

    /// Tells the page which ways are open, when that has changed.
    fn tell_ways(&mut self) {
        let state = (self.world.desk.changes(), self.record.inputs.len());
        if self.ways.1 == state {
            return;
        }
        let ways = self.travels.ways(&self.record, state.0);
        if self.ways.0 != ways {
            self.outbox.push(FromWorker::Ways(ways.clone()));
        }
        self.ways = (ways, state);
    }

    fn frame_when_due(&mut self, real_ms: f64) {
        self.outbox.extend(self.world.desk.take_outbox());
        self.tell_ways();
        if !self.visible {
            return;
        }
        let since = real_ms - self.last_frame_ms;
        if since >= QUIET_FRAME_MS || (since >= FRAME_MS && self.world.desk.has_news()) {
            self.last_frame_ms = real_ms;
            let state = self.pace.state();
            let World { cluster, desk } = &mut self.world;
            desk.draw(state, cluster);
            self.outbox.extend(desk.take_outbox());
        }
    }

    /// Does again what the record holds.
    fn repeat(&mut self, out_of_time: &mut dyn FnMut() -> bool) {
        let Some(replay) = self.replay.as_mut() else {
            return;
        };
        let until_ms = replay.until_ms;
        while let Some((at, message)) = self.replay.as_mut().and_then(|r| r.inputs.pop_front()) {
            if !self.world.advance_to(at, out_of_time) {
                self.replay
                    .iter_mut()
                    .for_each(|r| r.inputs.push_front((at, message.clone())));
                return;
            }
            self.meet(&message);
            self.give(message);
        }
        if self.world.advance_to(until_ms, out_of_time) {
            self.replay = None;
            for look in self.looks.clone() {
                self.give(look);
            }
            self.ready(true);
        }
    }

    fn ready(&mut self, restored: bool) {
        self.outbox.push(FromWorker::Ready(Ready {
            seed: self.seed(),
            restored,
            version: VERSION.into(),
            profile: self.record.init.profile.clone(),
            remote: false,
        }));
    }

    /// The messages for the page since the last call.
    pub fn take_outbox(&mut self) -> Vec<FromWorker> {
        std::mem::take(&mut self.outbox)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::protocol::{ClockCommand, TerminalInput};

    fn session() -> Session {
        let init = Init {
            seed: Some(7),
            ..Init::default()
        };
        Session::new(&init, 0)
    }

    /// Lets real time pass in frames, and gives what the page is told.
    fn run(session: &mut Session, from_ms: f64, to_ms: f64) -> Vec<FromWorker> {
        let mut told = session.take_outbox();
        let mut real = from_ms;
        while real < to_ms {
            session.advance(real, &mut || false);
            told.extend(session.take_outbox());
            real += 50.0;
        }
        told
    }

    #[test]
    fn a_frame_shows_a_living_cluster() {
        let mut session = session();
        let told = run(&mut session, 0.0, 1_000.0);
        assert!(matches!(&told[0], FromWorker::Ready(ready) if ready.seed == 7));
        let keys: Vec<String> = told
            .iter()
            .filter_map(|message| match message {
                FromWorker::Frame(frame) => Some(frame.upserts.iter().map(|item| item.key())),
                _ => None,
            })
            .flatten()
            .collect();
        for wanted in ["worker-1", "kube-scheduler-control-plane", "coredns"] {
            assert!(
                keys.iter().any(|key| key.contains(wanted)),
                "{wanted}: {keys:?}"
            );
        }
    }

    fn notices(told: &[FromWorker]) -> Vec<&Notice> {
        told.iter()
            .filter_map(|message| match message {
                FromWorker::Notice(notice) => Some(notice),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn a_profile_that_does_not_exist_is_told_with_those_that_do() {
        let init = |profile: &str| Init {
            profile: Some(profile.into()),
            seed: Some(7),
            ..Init::default()
        };
        let told = Session::new(&init("refrence"), 0).take_outbox();
        let found = notices(&told);
        assert_eq!(found[0].code, NoticeCode::ProfileUnknown);
        assert_eq!(found[0].detail, "refrence\ndefault, reference");
        for known in ClusterConfig::PROFILES {
            assert!(ClusterConfig::profile(known).is_some());
            assert!(notices(&Session::new(&init(known), 0).take_outbox()).is_empty());
        }
    }

    #[test]
    fn a_record_that_grows_too_large_is_told_once() {
        let mut session = session();
        run(&mut session, 0.0, 500.0);
        assert!(session.snapshot().is_some());
        for _ in 0..3 {
            session.handle(ToWorker::Run {
                tab: 9,
                command: format!(": {}", "x".repeat(3 << 20)),
            });
        }
        assert!(session.snapshot().is_none());
        let told = run(&mut session, 500.0, 1_000.0);
        assert!(session.snapshot().is_none());
        let full = notices(&told);
        assert_eq!(full.len(), 1);
        assert_eq!(full[0].code, NoticeCode::RecordFull);
    }

    fn typed(session: &mut Session, line: &str) {
        session.handle(ToWorker::Terminal {
            tab: 1,
            input: TerminalInput::Line(line.to_owned()),
        });
    }

    fn ways(told: &[FromWorker]) -> Option<&Ways> {
        told.iter().rev().find_map(|message| match message {
            FromWorker::Ways(ways) => Some(ways),
            _ => None,
        })
    }

    fn arrived(told: &[FromWorker]) -> bool {
        told.iter()
            .any(|it| matches!(it, FromWorker::Ready(ready) if ready.restored))
    }

    fn exists(session: &Session, kind: &str, name: &str) -> bool {
        let resource = crate::apimachinery::schema::resource("", "v1", kind).expect("a kind");
        let mut all = session.cluster().api().peek_all(resource);
        all.any(|object| object.name() == name)
    }

    #[test]
    fn the_last_change_is_undone_and_done_again() {
        let mut session = session();
        run(&mut session, 0.0, 500.0);
        typed(&mut session, "kubectl create configmap one");
        run(&mut session, 500.0, 2_000.0);
        // A command of two lines, after which something is only looked at.
        typed(&mut session, "kubectl create \\");
        typed(&mut session, "configmap two");
        run(&mut session, 2_000.0, 4_000.0);
        typed(&mut session, "kubectl get configmaps");
        let told = run(&mut session, 4_000.0, 6_000.0);
        session.ways.1 = (u64::MAX, 0);
        session.ways.0 = Ways::default();
        let told = [told, run(&mut session, 6_000.0, 6_300.0)].concat();
        let expected = Ways {
            undo: Some("kubectl create \\".to_owned()),
            redo: false,
        };
        assert_eq!(ways(&told), Some(&expected));

        session.handle(ToWorker::Travel(Travel::Undo));
        let told = run(&mut session, 6_300.0, 6_800.0);
        assert!(arrived(&told));
        assert!(exists(&session, "configmaps", "one"));
        assert!(!exists(&session, "configmaps", "two"));
        assert_eq!(
            ways(&told).expect("it has ways"),
            &Ways {
                undo: Some("kubectl create configmap one".to_owned()),
                redo: true
            }
        );

        session.handle(ToWorker::Travel(Travel::Redo));
        assert!(arrived(&run(&mut session, 6_800.0, 7_300.0)));
        assert!(exists(&session, "configmaps", "two"));

        session.handle(ToWorker::Travel(Travel::Undo));
        run(&mut session, 7_300.0, 7_800.0);
        typed(&mut session, "kubectl create configmap three");
        let told = run(&mut session, 7_800.0, 9_800.0);
        assert!(exists(&session, "configmaps", "three"));
        assert!(!ways(&told).expect("they changed").redo, "another branch");
    }

    #[test]
    fn a_command_that_computes_without_end_is_done_again_to_the_letter() {
        let mut session = session();
        run(&mut session, 0.0, 500.0);
        typed(&mut session, "i=0; while true; do i=$((i+1)); done");
        // However time was sliced.
        let mut real = 500.0;
        while real < 1_000.0 {
            let mut asked = 0;
            session.advance(real, &mut || {
                asked += 1;
                asked % 3 == 0
            });
            real += 7.0;
        }
        session.handle(ToWorker::Terminal {
            tab: 1,
            input: TerminalInput::Interrupt,
        });
        typed(&mut session, "kubectl create configmap counted-$i");
        run(&mut session, 1_000.0, 2_000.0);
        typed(&mut session, "kubectl create configmap two");
        run(&mut session, 2_000.0, 3_000.0);
        let counted = |session: &Session| {
            let maps = crate::apimachinery::schema::resource("", "v1", "configmaps");
            let mut all = session.cluster().api().peek_all(maps.expect("a kind"));
            let found = all.find_map(|object| object.name().strip_prefix("counted-")?.parse().ok());
            found.unwrap_or(0)
        };
        let before: u64 = counted(&session);
        assert!(before > 100, "{before}");

        session.handle(ToWorker::Travel(Travel::Undo));
        assert!(arrived(&run(&mut session, 3_000.0, 3_100.0)));
        assert!(!exists(&session, "configmaps", "two"));
        assert_eq!(counted(&session), before);
    }

    #[test]
    fn a_command_that_computes_goes_on_with_time() {
        let mut session = session();
        run(&mut session, 0.0, 500.0);
        session.handle(ToWorker::Clock(ClockCommand::Pause));
        typed(
            &mut session,
            "for i in $(seq 1 1000); do :; done; kubectl create configmap short",
        );
        run(&mut session, 500.0, 2_000.0);
        assert!(exists(&session, "configmaps", "short"));
        typed(&mut session, "while true; do :; done");
        let told = run(&mut session, 2_000.0, 3_000.0);
        assert!(!session.world.desk.is_busy(), "{told:?}");
        session.handle(ToWorker::Terminal {
            tab: 1,
            input: TerminalInput::Interrupt,
        });
        typed(&mut session, "kubectl create configmap after");
        run(&mut session, 3_000.0, 4_000.0);
        assert!(exists(&session, "configmaps", "after"));
    }

    #[test]
    fn time_goes_back_but_not_to_before_the_cluster() {
        let mut session = session();
        run(&mut session, 0.0, 500.0);
        let before = session.world.now_ms();
        typed(&mut session, "kubectl create namespace later");
        session.handle(ToWorker::Clock(ClockCommand::Speed(10.0)));
        run(&mut session, 500.0, 3_000.0);
        session.handle(ToWorker::Clock(ClockCommand::Pause));
        session.handle(ToWorker::Travel(Travel::Rewind { to_ms: before }));
        assert!(arrived(&run(&mut session, 3_000.0, 3_500.0)));
        assert_eq!(session.world.now_ms(), before);
        assert!(session.pace.is_paused(), "the clock stays as it was set");
        assert!(!exists(&session, "namespaces", "later"));

        session.handle(ToWorker::Travel(Travel::Rewind { to_ms: 0 }));
        run(&mut session, 3_500.0, 4_000.0);
        assert_eq!(session.world.now_ms(), session.born_ms);
        // There is no way any further back, and the page is told so.
        session.handle(ToWorker::Travel(Travel::Rewind { to_ms: 0 }));
        let told = run(&mut session, 4_000.0, 4_100.0);
        assert!(!arrived(&told) && ways(&told).is_some_and(|ways| ways.redo));
    }

    #[test]
    fn what_is_shared_is_the_same_cluster() {
        let mut session = session();
        run(&mut session, 0.0, 500.0);
        typed(&mut session, "kubectl create configmap mine");
        run(&mut session, 500.0, 2_000.0);
        session.handle(ToWorker::Share);
        let told = session.take_outbox();
        let record = told.iter().find_map(|message| match message {
            FromWorker::Record(record) => Some(record),
            _ => None,
        });
        let record = record.expect("it is asked for");
        let mut other = Session::restore(record.as_bytes()).expect("what was shared");
        run(&mut other, 0.0, 300.0);
        assert!(exists(&other, "configmaps", "mine"));
        assert_eq!(other.seed(), session.seed());
    }

    #[test]
    fn a_line_typed_ahead_is_run_after_the_one_that_runs() {
        let mut session = session();
        run(&mut session, 0.0, 500.0);
        typed(&mut session, "kubectl create configmap one");
        typed(&mut session, "kubectl create configmap two");
        run(&mut session, 500.0, 3_000.0);
        assert!(exists(&session, "configmaps", "one") && exists(&session, "configmaps", "two"));
    }

    #[test]
    fn what_was_stored_is_continued() {
        let mut before = session();
        run(&mut before, 0.0, 500.0);
        before.handle(ToWorker::Run {
            tab: 1,
            command: "kubarium node stop worker-2".to_owned(),
        });
        before.handle(ToWorker::Clock(ClockCommand::Speed(100.0)));
        run(&mut before, 500.0, 2_000.0);
        let bytes = before.snapshot().expect("something happened");
        let mut after = Session::restore(&bytes).expect("what was stored");
        let told = run(&mut after, 0.0, 200.0);
        assert!(
            told.iter()
                .any(|it| matches!(it, FromWorker::Ready(ready) if ready.restored))
        );
        let history = |session: &Session| {
            let writes = session.world.cluster.api().audit().events();
            writes.map(|event| format!("{event:?}")).collect::<Vec<_>>()
        };
        let (one, two) = (history(&before), history(&after));
        assert_eq!(one[..], two[..one.len()]);
    }
}
