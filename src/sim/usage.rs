//! What containers use: a model of CPU and memory that follows from what runs in them.
//!
//! Every server has an idle use of CPU and a working set of its own ([`idle_of`]), a little more or less from container to
//! container and from reading to reading (by its id, which is drawn from the seed). On top comes what its programs really do: one
//! that computes without a pause takes a whole core, or what the container's CPU limit leaves of it, so that it gets on the more
//! slowly; a program that wakes up takes 0.2 ms; a request takes its server [`of_request`] long, longer under a limit, and its
//! answer waits for that. Memory does not grow with use, and what runs on one machine does not take each other's time.

use super::catalogue::ServerKind;
use crate::apimachinery::Timestamp;
use crate::apimachinery::hash::Fnv32a;
use crate::cri::{ContainerStats, ContainerUse};
use std::time::Duration;

/// How long a program that computes is let run at a time.
const SLICE: Duration = Duration::from_millis(20);
/// What a step of a program takes that does not use its slice up.
const STEP: Duration = Duration::from_micros(200);
/// Readings that follow each other more closely tell nothing (as metrics-server has it).
const SHORTEST_WINDOW: Duration = Duration::from_secs(10);

/// Idle use: CPU in millionths of a core, memory in KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Idle {
    micro_cores: u32,
    kibibytes: u32,
}

const fn idle(micro_cores: u32, mebibytes: u32) -> Idle {
    Idle {
        micro_cores,
        kibibytes: mebibytes << 10,
    }
}

/// A program that is no server.
pub const PROGRAM: Idle = Idle {
    micro_cores: 0,
    kibibytes: 1200,
};

/// By the end of the repository's name, for what differs from others of its kind.
const BY_NAME: [(&str, Idle); 9] = [
    ("kube-apiserver", idle(42_000, 236)),
    ("kube-controller-manager", idle(13_000, 52)),
    ("kube-scheduler", idle(4_000, 25)),
    ("etcd", idle(19_000, 48)),
    ("mysql", idle(6_000, 372)),
    ("mariadb", idle(1_500, 88)),
    ("mongo", idle(5_000, 164)),
    ("postgres", idle(800, 37)),
    ("memcached", idle(300, 4)),
];

/// The idle use of a server.
pub fn idle_of(kind: ServerKind, image: &str) -> Idle {
    let named = BY_NAME.iter().find(|(name, _)| image.ends_with(name));
    match (named, kind) {
        (Some((_, idle)), _) => *idle,
        (None, ServerKind::Nginx) => idle(80, 7),
        (None, ServerKind::Httpd) => idle(700, 11),
        (None, ServerKind::Redis) => idle(2_400, 5),
        (None, ServerKind::Database) => idle(3_000, 96),
        (None, ServerKind::Pause) => idle(0, 1),
        (None, ServerKind::Echo) => idle(300, 9),
        (None, ServerKind::ControlPlane) => idle(5_000, 32),
        (None, ServerKind::CoreDns) => idle(1_800, 16),
        (None, ServerKind::KubeProxy) => idle(900, 19),
        (None, ServerKind::Generic) => idle(1_000, 24),
    }
}

/// How long a server computes for one request. The autoscaler's example image is made to compute long.
pub fn of_request(repository: &str) -> Duration {
    if repository.ends_with("/hpa-example") {
        Duration::from_millis(90)
    } else {
        Duration::from_micros(400)
    }
}

/// The working set of a container in bytes, in whole pages: by its id 90 to 110 percent.
pub fn memory(id: &str, idle: Idle) -> u64 {
    let mut hash = Fnv32a::default();
    hash.write(id.as_bytes());
    let own = u64::from(hash.sum() % 21) + 90;
    u64::from(idle.kibibytes) * own / 100 / 4 * 4096
}

/// Counts what one container uses.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    /// CPU that its programs used since the last reading.
    busy: Duration,
    /// When it was last read.
    read: Option<Timestamp>,
    /// When a server under a limit is done with the requests that it has.
    free: Timestamp,
    /// What the last reading said, with the CPU of all readings.
    last: Option<ContainerUse>,
}

impl Meter {
    /// So many programs did a little and wait again.
    pub fn step(&mut self, programs: u32) {
        self.busy += STEP * programs;
    }

    /// A server has a request to answer: how long until it has. Under a limit of less than a core requests wait for each other.
    pub fn work(&mut self, work: Duration, limit_milli: i64, now: Timestamp) -> Duration {
        self.busy += work;
        match u32::try_from(limit_milli) {
            Ok(limit @ 1..1000) => {
                self.free = self.free.max(now) + work * 1000 / limit;
                self.free.since(now)
            }
            _ => work,
        }
    }

    /// So many programs used their slices up: how long until they go on, which is the longer the lower the limit (in
    /// thousandths of a core, 0 for none).
    pub fn compute(&mut self, programs: u32, limit_milli: i64) -> Duration {
        let used = SLICE * programs;
        self.busy += used;
        match u32::try_from(limit_milli) {
            Ok(limit) if limit > 0 => SLICE.max(used * 1000 / limit),
            _ => SLICE,
        }
    }

    /// Reads what was used since the last reading or the start; none where that is too short a time ago.
    pub fn read(
        &mut self,
        id: &str,
        idle: Idle,
        limit_milli: i64,
        (since, now): (Timestamp, Timestamp),
    ) -> Option<ContainerStats> {
        let from = self.read.unwrap_or(since).max(since);
        let window = now.since(from);
        if window < SHORTEST_WINDOW {
            return None;
        }
        self.read = Some(now);
        let busy = std::mem::take(&mut self.busy);
        let mut hash = Fnv32a::default();
        hash.write(id.as_bytes());
        // CPU differs from reading to reading, 80 to 120 percent.
        hash.write(&now.0.to_le_bytes());
        let share = u64::from(hash.sum() % 4001) + 8000;
        let nanos = busy.as_nanos() * 1_000_000_000 / window.as_nanos();
        let nanos =
            u64::try_from(nanos).unwrap_or(u64::MAX) + u64::from(idle.micro_cores) * share / 10;
        let limit = u64::try_from(limit_milli).ok().filter(|l| *l > 0);
        let stats = ContainerStats {
            usage_nano_cores: limit.map_or(nanos, |l| nanos.min(l.saturating_mul(1_000_000))),
            window,
            working_set_bytes: memory(id, idle),
        };
        let spent = u128::from(stats.usage_nano_cores) * window.as_nanos() / 1_000_000_000;
        let before = self.last.map_or(0, |l| l.cpu_nanos);
        self.last = Some(ContainerUse {
            time: now,
            cpu_nanos: before.saturating_add(u64::try_from(spent).unwrap_or(u64::MAX)),
            nano_cores: Some(stats.usage_nano_cores),
            working_set_bytes: stats.working_set_bytes,
        });
        Some(stats)
    }

    /// What the last reading said.
    pub fn last(&self) -> Option<ContainerUse> {
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp(0);

    #[test]
    fn a_busy_program_takes_its_core_or_what_its_limit_leaves() {
        for (programs, limit, want) in [(1, 0, 1000), (2, 0, 2000), (1, 250, 250), (3, 500, 500)] {
            let mut meter = Meter::default();
            let mut now = START;
            while now < Timestamp::from_secs(15) {
                now = now + meter.compute(programs, limit);
            }
            let stats = meter
                .read("a", PROGRAM, limit, (START, now))
                .expect("long enough");
            let milli = (stats.usage_nano_cores + 500_000) / 1_000_000;
            assert_eq!(milli, want, "{programs} programs, limit {limit}");
        }
    }

    #[test]
    fn idle_use_stays_near_its_base_and_short_windows_tell_nothing() {
        let mut meter = Meter::default();
        let idle = idle_of(ServerKind::Redis, "docker.io/library/redis");
        assert_eq!(
            meter.read("a", idle, 0, (START, Timestamp::from_secs(9))),
            None
        );
        for i in 1..50 {
            let now = Timestamp::from_secs(i * 15);
            let stats = meter.read("a", idle, 0, (START, now)).expect("long enough");
            assert_eq!(stats.window, Duration::from_secs(15));
            assert!((1_920_000..=2_880_000).contains(&stats.usage_nano_cores));
            let memory = stats.working_set_bytes;
            assert!((4 << 20..6 << 20).contains(&memory) && memory % 4096 == 0);
        }
    }
}
