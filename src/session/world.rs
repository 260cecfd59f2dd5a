//! The cluster with the page's desk at it. Simulated time moves here and nowhere else.

use super::{beginning::Beginning, desk::Desk, record::Record};
use crate::{apimachinery::Timestamp, cluster::Cluster};

/// What a session lets run.
pub struct World {
    pub(super) cluster: Cluster,
    pub(super) desk: Desk,
}

impl World {
    /// Makes what a record begins with; with the lasting names of objects that could not be used.
    pub fn new(record: &Record) -> (Self, Vec<String>) {
        let config = record.config();
        let mut api = Cluster::server(&config);
        if let Some(range) = record.beginning().and_then(Beginning::service_range) {
            api.service_cidr = range;
        }
        let seed = config.seed;
        let (cluster, unknown) = record.cluster(config, api);
        (Self::around(cluster, seed), unknown)
    }

    /// A cluster that is there already.
    pub fn around(cluster: Cluster, seed: u64) -> Self {
        let desk = Desk::new(&cluster, seed, 0);
        Self { cluster, desk }
    }

    /// Simulated time, milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> i64 {
        self.cluster.now().0.div_euclid(1_000)
    }

    /// When something is due next.
    pub fn next_deadline_ms(&self) -> Option<i64> {
        self.next_deadline()
            .map(|at| at.0.saturating_add(999).div_euclid(1_000))
    }

    fn next_deadline(&self) -> Option<Timestamp> {
        let now = self.cluster.now();
        [self.cluster.next_deadline(), self.desk.next_deadline()]
            .into_iter()
            .flatten()
            .min()
            .map(|at| at.max(now))
    }

    /// Lets happen what is due until `target_ms`; false when there was no time for all of it.
    pub fn advance_to(&mut self, target_ms: i64, out_of_time: &mut dyn FnMut() -> bool) -> bool {
        let target = Timestamp(target_ms.saturating_mul(1_000));
        loop {
            let next = self.next_deadline().filter(|at| *at <= target);
            // Commands go on at every moment at which something happens, so that how time is
            // sliced makes no difference to them.
            let more = self.cluster.step(next.unwrap_or(target));
            if more || next.is_some() {
                self.desk.turn(&mut self.cluster);
            } else {
                return true;
            }
            if out_of_time() {
                return false;
            }
        }
    }

    /// Goes on to the next thing that is due; false when there is none.
    pub fn step(&mut self, out_of_time: &mut dyn FnMut() -> bool) -> bool {
        let next = self.next_deadline_ms();
        next.is_some_and(|next| self.advance_to(next, out_of_time))
    }

    /// Does all that is due until a whole millisecond is reached; that one.
    pub fn round_off(&mut self, out_of_time: &mut dyn FnMut() -> bool) -> i64 {
        let whole = self.cluster.now().0.saturating_add(999).div_euclid(1_000);
        self.advance_to(whole, out_of_time);
        whole
    }

    /// Takes in what is new.
    pub fn look(&mut self) {
        let hops = self.cluster.take_traffic();
        self.desk.look(&mut self.cluster, &hops);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::protocol::{FromWorker, Init, TerminalInput, ToWorker};

    /// Types lines into the first tab and gives what is printed until simulated time has passed.
    fn type_in(world: &mut World, input: TerminalInput, ms: i64) -> String {
        let message = ToWorker::Terminal { tab: 1, input };
        world.desk.handle(message, &mut world.cluster);
        let until = world.now_ms() + ms;
        world.advance_to(until, &mut || false);
        world.look();
        let mut text = String::new();
        for message in world.desk.take_outbox() {
            if let FromWorker::TerminalOutput { chunks, .. } = message {
                text.extend(chunks.into_iter().map(|chunk| chunk.text));
            }
        }
        text
    }

    #[test]
    fn a_shell_in_a_container_has_a_terminal() {
        let init = Init {
            seed: Some(1),
            ..Init::default()
        };
        let (mut world, _) = World::new(&Record::new(init));
        let line = |text: &str| TerminalInput::Line(text.to_owned());
        type_in(&mut world, TerminalInput::Open, 100);
        type_in(
            &mut world,
            line("kubectl run -it box --image=busybox:1.36 -- sh"),
            8_000,
        );
        let said = type_in(&mut world, line("echo $((40 + 2)); tty"), 1_000);
        assert!(said.contains("\n42\n") && said.ends_with("/ # "), "{said}");
        // Ctrl-C ends the command and not the shell; Ctrl-D ends the shell.
        type_in(&mut world, line("sleep 100"), 1_000);
        let said = type_in(&mut world, TerminalInput::Interrupt, 1_000);
        assert!(said.contains("^C") && said.ends_with("/ # "), "{said}");
        let said = type_in(&mut world, line("cd /tmp"), 1_000);
        assert!(said.ends_with("/tmp # "), "{said}");
        let said = type_in(&mut world, TerminalInput::EndOfFile, 3_000);
        assert!(said.contains("Session ended, resume using"), "{said}");
        // What is typed now is the workstation's again.
        let said = type_in(&mut world, line("hostname"), 1_000);
        assert!(said.contains("\nkubarium\n"), "{said}");
    }
}
