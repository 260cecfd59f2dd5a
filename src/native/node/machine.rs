//! What this machine is, as its node tells it.

use crate::cri::Amount;
use std::fs;

/// What a node's status and capacity say.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Its host name, as a node's name.
    pub name: String,
    /// Processors.
    pub cpus: usize,
    /// Told in the node's status.
    pub machine_id: String,
    /// Told in the node's status.
    pub kernel: String,
    /// Told in the node's status.
    pub os_image: String,
}

fn line(path: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.trim().to_owned()
}

/// How much memory there is.
pub fn memory_bytes() -> i64 {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = text.lines().find_map(|l| l.strip_prefix("MemTotal:"));
    let kilobytes = total.and_then(|l| l.trim().strip_suffix("kB")?.trim().parse::<i64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

/// CPU time that this machine has spent in all since it was switched on, and memory that it uses: nanoseconds and bytes.
pub fn usage() -> (u64, u64) {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let words = stat.lines().next().unwrap_or_default().split_whitespace();
    // Without the time it was idle or waited for a disk; in hundredths of a second.
    let spent: u64 = words
        .skip(1)
        .enumerate()
        .filter(|(i, _)| ![3, 4].contains(i) && *i < 8)
        .filter_map(|(_, w)| w.parse::<u64>().ok())
        .sum();
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let free = text.lines().find_map(|l| l.strip_prefix("MemAvailable:"));
    let free = free.and_then(|l| l.trim().strip_suffix("kB")?.trim().parse::<i64>().ok());
    let used = memory_bytes() - free.unwrap_or(0) * 1024;
    (spent * 10_000_000, u64::try_from(used).unwrap_or(0))
}

/// The size of the file system that holds `path`.
pub fn disk_bytes(path: &std::path::Path) -> u64 {
    rustix::fs::statvfs(path).map_or(0, |s| s.f_blocks * s.f_frsize)
}

/// Bytes and files of the file system that holds `path`.
pub fn disk(path: &std::path::Path) -> [Amount; 2] {
    let Ok(s) = rustix::fs::statvfs(path) else {
        return [Amount::default(); 2];
    };
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let bytes = Amount {
        capacity: number(s.f_blocks.saturating_mul(s.f_frsize)),
        available: number(s.f_bavail.saturating_mul(s.f_frsize)),
    };
    let files = Amount {
        capacity: number(s.f_files),
        available: number(s.f_favail),
    };
    [bytes, files]
}

/// Memory, and what of it is not in active use: what is free, and the pages of files that were not needed lately.
pub fn memory() -> Amount {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let bytes = |name: &str| {
        let line = text.lines().find_map(|l| l.strip_prefix(name));
        let kilobytes = line.and_then(|l| l.trim().strip_suffix("kB")?.trim().parse::<i64>().ok());
        kilobytes.unwrap_or(0) * 1024
    };
    Amount {
        capacity: bytes("MemTotal:"),
        available: bytes("MemFree:") + bytes("Inactive(file):"),
    }
}

/// How many processes and threads there can be, and how many more.
pub fn processes() -> Amount {
    let number = |path: &str| line(path).parse::<i64>().unwrap_or(i64::MAX);
    let most = number("/proc/sys/kernel/pid_max").min(number("/proc/sys/kernel/threads-max"));
    let load = line("/proc/loadavg");
    let running = load.split(' ').nth(3).and_then(|w| w.split('/').nth(1));
    let running: i64 = running.and_then(|n| n.parse().ok()).unwrap_or(0);
    Amount {
        capacity: most,
        available: most - running,
    }
}

/// Whether this process has a capability, by its number.
pub fn has_capability(number: u32) -> bool {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let effective = text.lines().find_map(|l| l.strip_prefix("CapEff:"));
    let bits = effective.and_then(|l| u64::from_str_radix(l.trim(), 16).ok());
    bits.unwrap_or(0) >> number & 1 == 1
}

impl Machine {
    /// This one.
    pub fn this() -> Self {
        let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
        let pretty = release.lines().find_map(|l| l.strip_prefix("PRETTY_NAME="));
        Self {
            name: node_name(&line("/proc/sys/kernel/hostname")),
            cpus: std::thread::available_parallelism().map_or(1, usize::from),
            machine_id: line("/etc/machine-id"),
            kernel: line("/proc/sys/kernel/osrelease"),
            os_image: pretty.unwrap_or("Linux").trim_matches('"').to_owned(),
        }
    }
}

/// A host name as a node may be called (`nodeutil.GetHostname`).
fn node_name(host: &str) -> String {
    let lower = host.to_ascii_lowercase();
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let name: String = lower
        .chars()
        .map(|c| if fits(c) { c } else { '-' })
        .take(63)
        .collect();
    let name = name.trim_matches(['-', '.']).to_owned();
    if name.is_empty() {
        "this-machine".to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_become_names_of_nodes() {
        for (host, name) in [
            ("Web01.Example.org", "web01.example.org"),
            ("my_host", "my-host"),
            ("(none)", "none"),
            ("", "this-machine"),
        ] {
            assert_eq!(node_name(host), name);
        }
        assert!(memory_bytes() > 0);
    }
}
