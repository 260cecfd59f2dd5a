//! What a node must have left, and what it means where it has less (pkg/kubelet/eviction/helpers.go, api/types.go).

use crate::apimachinery::quantity::{Format, Quantity};
use crate::cri::{Amount, MachineUsage};

/// What is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signal {
    /// Memory that is not in active use.
    Memory,
    /// Bytes of the disk with logs and volumes.
    NodeFs,
    /// Files on it.
    NodeInodes,
    /// Bytes of the disk with images.
    ImageFs,
    /// Files on it.
    ImageInodes,
    /// Processes.
    Processes,
}

/// All of them with their names; what memory is wanted for comes first.
pub const SIGNALS: [(&str, Signal); 6] = [
    ("memory.available", Signal::Memory),
    ("nodefs.available", Signal::NodeFs),
    ("nodefs.inodesFree", Signal::NodeInodes),
    ("imagefs.available", Signal::ImageFs),
    ("imagefs.inodesFree", Signal::ImageInodes),
    ("pid.available", Signal::Processes),
];

/// The state that a node is in where there is too little of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pressure {
    /// Of memory.
    Memory,
    /// Of disk.
    Disk,
    /// Of processes.
    Pid,
}

/// All of them, in the order in which a node's conditions stand.
pub const PRESSURES: [Pressure; 3] = [Pressure::Memory, Pressure::Disk, Pressure::Pid];

impl Pressure {
    /// The node's condition.
    pub fn condition(self) -> &'static str {
        match self {
            Pressure::Memory => "MemoryPressure",
            Pressure::Disk => "DiskPressure",
            Pressure::Pid => "PIDPressure",
        }
    }

    /// Reason and message of that condition.
    pub fn words(self, present: bool) -> (&'static str, &'static str) {
        match (self, present) {
            (Pressure::Memory, true) => (
                "KubeletHasInsufficientMemory",
                "kubelet has insufficient memory available",
            ),
            (Pressure::Memory, false) => (
                "KubeletHasSufficientMemory",
                "kubelet has sufficient memory available",
            ),
            (Pressure::Disk, true) => ("KubeletHasDiskPressure", "kubelet has disk pressure"),
            (Pressure::Disk, false) => ("KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
            (Pressure::Pid, true) => (
                "KubeletHasInsufficientPID",
                "kubelet has insufficient PID available",
            ),
            (Pressure::Pid, false) => (
                "KubeletHasSufficientPID",
                "kubelet has sufficient PID available",
            ),
        }
    }

    /// The reason of the event that tells of the change: that of the condition, said of the node.
    pub fn event(self, present: bool) -> String {
        let (reason, _) = self.words(present);
        reason.replacen("Kubelet", "Node", 1)
    }
}

impl Signal {
    /// The state that too little of it puts the node into.
    pub fn pressure(self) -> Pressure {
        match self {
            Signal::Memory => Pressure::Memory,
            Signal::Processes => Pressure::Pid,
            _ => Pressure::Disk,
        }
    }

    /// The resource that is got back by ending pods.
    pub fn resource(self) -> &'static str {
        match self {
            Signal::Memory => "memory",
            Signal::NodeFs | Signal::ImageFs => "ephemeral-storage",
            Signal::NodeInodes | Signal::ImageInodes => "inodes",
            Signal::Processes => "pids",
        }
    }

    /// How much of it there is.
    pub fn amount(self, machine: &MachineUsage) -> Amount {
        match self {
            Signal::Memory => machine.memory,
            Signal::NodeFs => machine.node_fs,
            Signal::NodeInodes => machine.node_inodes,
            Signal::ImageFs => machine.image_fs,
            Signal::ImageInodes => machine.image_inodes,
            Signal::Processes => machine.processes,
        }
    }

    /// A number of it as upstream prints it.
    pub fn quantity(self, number: i64) -> Quantity {
        let format = match self {
            Signal::NodeInodes | Signal::ImageInodes | Signal::Processes => Format::DecimalSI,
            _ => Format::BinarySI,
        };
        Quantity::new(number, format)
    }
}

/// How much must be left.
#[derive(Clone, Debug, PartialEq)]
pub enum Least {
    /// So much.
    Of(Quantity),
    /// A part of all there is: 0.1 for 10%.
    Part(f64),
}

/// How much must be left of something.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// Of what.
    pub signal: Signal,
    /// How much.
    pub least: Least,
}

impl Threshold {
    /// Reads `memory.available` and `100Mi` or `10%`; none for 0% and 100%, which switch it off.
    ///
    /// # Errors
    /// Where there is no such signal or the text is no amount.
    pub fn parse(signal: &str, text: &str) -> Result<Option<Self>, String> {
        let known = SIGNALS.iter().find(|(name, _)| *name == signal);
        let Some((_, found)) = known else {
            return Err(format!("unsupported signal {signal:?}"));
        };
        let least = match text.strip_suffix('%') {
            Some(number) => {
                let percent: f64 = number
                    .parse()
                    .map_err(|_| format!("{signal}: {text:?} is no percentage"))?;
                if !(0.0..=100.0).contains(&percent) {
                    return Err(format!(
                        "eviction percentage threshold {signal} must be >= 0% and <= 100%: {text}"
                    ));
                }
                if percent == 0.0 || percent == 100.0 {
                    return Ok(None);
                }
                Least::Part(percent / 100.0)
            }
            None => {
                let amount = Quantity::parse(text).map_err(|e| format!("{signal}: {e}"))?;
                if amount.sign() <= 0 {
                    return Err(format!(
                        "eviction threshold {signal} must be positive: {text}"
                    ));
                }
                Least::Of(amount)
            }
        };
        Ok(Some(Self {
            signal: *found,
            least,
        }))
    }

    /// Signal and amount as a configuration has them.
    pub fn text(&self) -> (&'static str, String) {
        let mut signals = SIGNALS.iter().filter(|(_, s)| *s == self.signal);
        let name = signals.next().map_or("", |(name, _)| name);
        let amount = match &self.least {
            Least::Of(amount) => amount.to_string(),
            Least::Part(part) => format!("{}%", (part * 1e6).round() / 1e4),
        };
        (name, amount)
    }

    /// How much must be left, where there is so much of it in all.
    pub fn quantity(&self, capacity: i64) -> Quantity {
        match &self.least {
            Least::Of(amount) => *amount,
            // As upstream computes it, in single precision.
            #[allow(clippy::cast_possible_truncation)]
            Least::Part(part) => {
                let number = (capacity as f64 * f64::from(*part as f32)) as i64;
                self.signal.quantity(number)
            }
        }
    }

    /// Whether less is left. What nobody knows the size of does not count.
    pub fn is_met(&self, machine: &MachineUsage) -> bool {
        let amount = self.signal.amount(machine);
        amount.capacity > 0 && amount.available < self.quantity(amount.capacity).value()
    }
}

/// What of a node's memory or disk, of which it has `all` bytes, pods may use beside what must be left: the resource and how much.
/// Nothing where nothing must be left of it (`GetNodeAllocatableReservation`, `hardEvictionReservation`).
pub fn allocatable(hard: &[Threshold], signal: Signal, all: i64) -> Option<(String, String)> {
    let least = hard.iter().find(|t| t.signal == signal)?;
    let left = all.saturating_sub(least.quantity(all).value()).max(0);
    let amount = match signal {
        Signal::Memory => Quantity::new(left, Format::BinarySI),
        // As upstream tells it.
        _ => Quantity::new(left, Format::DecimalSI),
    };
    Some((signal.resource().to_owned(), amount.to_string()))
}

/// Upstream's (`DefaultEvictionHard`).
pub fn defaults() -> Vec<Threshold> {
    let all = [
        (
            Signal::Memory,
            Least::Of(Quantity::new(100 << 20, Format::BinarySI)),
        ),
        (Signal::NodeFs, Least::Part(0.1)),
        (Signal::NodeInodes, Least::Part(0.05)),
        (Signal::ImageFs, Least::Part(0.15)),
        (Signal::ImageInodes, Least::Part(0.05)),
    ];
    all.map(|(signal, least)| Threshold { signal, least })
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_read() {
        let read = |signal: &str, text: &str| Threshold::parse(signal, text);
        let memory = read("memory.available", "100Mi").expect("fine");
        assert_eq!(memory.as_ref(), defaults().first());
        let disk = read("nodefs.available", "10%").expect("fine");
        assert_eq!(disk.as_ref(), defaults().get(1));
        assert_eq!(read("nodefs.available", "0%"), Ok(None));
        for (signal, text) in [("pid.available", "7%"), ("memory.available", "100Mi")] {
            let back = read(signal, text).expect("fine").map(|t| t.text());
            assert_eq!(back, Some((signal, text.to_owned())));
        }
        for (signal, text) in [
            ("cpu.available", "1"),
            ("memory.available", "-1"),
            ("memory.available", "x"),
            ("nodefs.available", "101%"),
            ("nodefs.available", "x%"),
        ] {
            assert!(read(signal, text).is_err(), "{signal} {text}");
        }
    }

    #[test]
    fn what_must_be_left_is_not_allocatable() {
        let pair = |resource: &str, amount: &str| Some((resource.to_owned(), amount.to_owned()));
        let all = defaults();
        assert_eq!(
            allocatable(&all, Signal::Memory, 1 << 30),
            pair("memory", "924Mi")
        );
        assert_eq!(
            allocatable(&all, Signal::NodeFs, 1001),
            pair("ephemeral-storage", "901")
        );
        assert_eq!(allocatable(&[], Signal::Memory, 1 << 30), None);
    }

    #[test]
    fn thresholds_are_met_below_them() {
        let amount = |capacity, available| Amount {
            capacity,
            available,
        };
        let mut machine = MachineUsage {
            memory: amount(1 << 30, 100 << 20),
            node_fs: amount(1000, 100),
            ..MachineUsage::default()
        };
        assert!(!defaults().iter().any(|t| t.is_met(&machine)));
        machine.memory.available -= 1;
        machine.node_fs.available = 99;
        let met: Vec<Signal> = defaults()
            .iter()
            .filter(|t| t.is_met(&machine))
            .map(|t| t.signal)
            .collect();
        assert_eq!(met, [Signal::Memory, Signal::NodeFs]);
        assert_eq!(defaults()[0].quantity(1 << 30).to_string(), "100Mi");
        assert_eq!(Pressure::Disk.event(false), "NodeHasNoDiskPressure");
    }
}
