//! Cluster IPs and node ports as data (`registry/core/service/ipallocator`, `portallocator`).

use super::config::ApiServerConfig;
use crate::apimachinery::{Rng, Value};
use crate::collections::SortedSet;
use std::net::Ipv4Addr;

/// Why something could not be allocated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AllocationError {
    /// Somebody has that address.
    #[error("failed to allocate IP {0}: provided IP is already allocated")]
    IpTaken(Ipv4Addr),
    /// The address lies outside of the range.
    #[error("failed to allocate IP {0}: the provided network does not match the current range")]
    IpOutside(Ipv4Addr),
    /// Somebody has that port.
    #[error("provided port is already allocated")]
    PortTaken,
    /// The port lies outside of the range.
    #[error("provided port is not in the valid range. The range of valid ports is {0}-{1}")]
    PortOutside(u16, u16),
    /// Nothing is left.
    #[error("range is full")]
    Full,
}

/// Addresses and ports that one request holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Cluster IPs.
    pub ips: Vec<Ipv4Addr>,
    /// Node ports.
    pub ports: Vec<u16>,
}

impl Taken {
    /// What a service holds.
    pub fn of_service(service: &Value) -> Taken {
        let spec = service.get("spec");
        let ips = spec.get("clusterIPs").items();
        let mut ports: Vec<u16> = Vec::new();
        let numbers = spec
            .get("ports")
            .items()
            .iter()
            .map(|p| p.get("nodePort"))
            .chain([spec.get("healthCheckNodePort")]);
        for number in numbers.filter_map(|n| n.as_i64()) {
            if let Ok(n) = u16::try_from(number)
                && n != 0
                && !ports.contains(&n)
            {
                ports.push(n);
            }
        }
        Taken {
            ips: ips.iter().filter_map(|ip| ip.str().parse().ok()).collect(),
            ports,
        }
    }
    /// What is in this one and not in the other.
    pub fn without(&self, other: &Taken) -> Taken {
        Taken {
            ips: self
                .ips
                .iter()
                .copied()
                .filter(|x| !other.ips.contains(x))
                .collect(),
            ports: self
                .ports
                .iter()
                .copied()
                .filter(|x| !other.ports.contains(x))
                .collect(),
        }
    }
}

/// A range of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    base: u32,
    prefix: u8,
}

impl Range {
    fn new(base: Ipv4Addr, prefix: u8) -> Self {
        let prefix = prefix.min(32);
        let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
        let base = u32::from(base) & mask;
        Range { base, prefix }
    }
    /// The range that is so called; none for others than IPv4's.
    pub fn parse(cidr: &str) -> Option<Range> {
        let (base, prefix) = cidr.split_once('/')?;
        Some(Range::new(base.parse().ok()?, prefix.parse().ok()?))
    }
    /// How many addresses can be given away: all but the network's own and the one for broadcasts.
    fn usable(self) -> u32 {
        let size = 1_u32.checked_shl(32 - u32::from(self.prefix));
        size.unwrap_or(u32::MAX).saturating_sub(2)
    }
    fn has(self, ip: u32) -> bool {
        ip > self.base && ip - self.base <= self.usable()
    }
}

/// The two allocators.
#[derive(Clone, Debug)]
pub struct Allocators {
    configured: Range,
    /// Those from which addresses may be drawn, the configured one first.
    ranges: Vec<Range>,
    first_port: u16,
    last_port: u16,
    ips: SortedSet<u32>,
    ports: SortedSet<u16>,
}

/// How many addresses or ports at the start of a range are only given to those who ask for them.
fn static_part(size: u32, least: u32, step: u32, most: u32) -> u32 {
    if size <= least {
        0
    } else {
        (size / step).clamp(least, most)
    }
}

impl Allocators {
    /// Empty allocators for the ranges of a configuration.
    pub fn new(config: &ApiServerConfig) -> Self {
        let (base, prefix) = config.service_cidr;
        let configured = Range::new(base, prefix.min(30));
        let (first_port, last_port) = config.node_ports;
        Allocators {
            configured,
            ranges: vec![configured],
            first_port,
            last_port: last_port.max(first_port),
            ips: SortedSet::new(),
            ports: SortedSet::new(),
        }
    }
    /// The range of cluster IPs that was configured.
    pub fn cidr(&self) -> String {
        let Range { base, prefix } = self.configured;
        format!("{}/{prefix}", Ipv4Addr::from(base))
    }
    /// The first usable address: the service `kubernetes`.
    pub fn first_ip(&self) -> Ipv4Addr {
        Ipv4Addr::from(self.configured.base + 1)
    }
    /// Says from which ranges addresses may be drawn from now on; from the configured one where `known` says that nothing is known.
    pub fn set_ranges(&mut self, mut ready: Vec<Range>, known: bool) {
        let configured = self.configured;
        if !known || ready.contains(&configured) {
            ready.retain(|range| *range != configured);
            ready.insert(0, configured);
        }
        self.ranges = ready;
    }
    /// Takes note that an address has somebody.
    pub fn hold(&mut self, ip: Ipv4Addr) {
        self.ips.insert(u32::from(ip));
    }
    /// Takes note that an address has nobody.
    pub fn free(&mut self, ip: Ipv4Addr) {
        self.ips.remove(&u32::from(ip));
    }
    /// Draws a free address.
    ///
    /// # Errors
    /// [`AllocationError::Full`].
    pub fn next_ip(&mut self, rng: &mut Rng) -> Result<Ipv4Addr, AllocationError> {
        for range in &self.ranges {
            let offset = static_part(range.usable(), 16, 16, 256);
            let span = range.usable() - offset;
            if span == 0 {
                continue;
            }
            let first = range.base + 1;
            let start = rng.below(span as usize) as u32;
            let turned = |i: u32| (u64::from(start) + u64::from(i)) % u64::from(span);
            let dynamic = (0..span).map(|i| first + offset + turned(i) as u32);
            let reserved = (0..offset).map(|i| first + i);
            if let Some(ip) = dynamic.chain(reserved).find(|ip| !self.ips.contains(ip)) {
                self.ips.insert(ip);
                return Ok(Ipv4Addr::from(ip));
            }
        }
        Err(AllocationError::Full)
    }
    /// Takes a given address.
    ///
    /// # Errors
    /// Where it is taken, or outside of all ranges.
    pub fn take_ip(&mut self, ip: Ipv4Addr) -> Result<(), AllocationError> {
        let number = u32::from(ip);
        if !self.ranges.iter().any(|range| range.has(number)) {
            return Err(AllocationError::IpOutside(ip));
        }
        if self.ips.insert(number) {
            Ok(())
        } else {
            Err(AllocationError::IpTaken(ip))
        }
    }
    /// Draws a free node port.
    ///
    /// # Errors
    /// [`AllocationError::Full`].
    pub fn next_port(&mut self, rng: &mut Rng) -> Result<u16, AllocationError> {
        let size = u32::from(self.last_port - self.first_port) + 1;
        let offset = static_part(size, 16, 32, 128);
        let span = size - offset;
        let start = rng.below(span as usize) as u32;
        let dynamic = (0..span).map(|i| offset + (start + i) % span);
        let free = dynamic
            .chain(0..offset)
            .filter_map(|i| u16::try_from(u32::from(self.first_port) + i).ok())
            .find(|port| !self.ports.contains(port));
        let port = free.ok_or(AllocationError::Full)?;
        self.ports.insert(port);
        Ok(port)
    }
    /// Takes a given node port.
    ///
    /// # Errors
    /// Where it is taken, or outside of the range.
    pub fn take_port(&mut self, port: i64) -> Result<(), AllocationError> {
        let outside = AllocationError::PortOutside(self.first_port, self.last_port);
        let number = u16::try_from(port).map_err(|_| outside.clone())?;
        if number < self.first_port || number > self.last_port {
            return Err(outside);
        }
        if self.ports.insert(number) {
            Ok(())
        } else {
            Err(AllocationError::PortTaken)
        }
    }
    /// Gives back what a request took.
    pub fn release(&mut self, taken: &mut Taken) {
        for ip in taken.ips.drain(..) {
            self.ips.remove(&u32::from(ip));
        }
        for port in taken.ports.drain(..) {
            self.ports.remove(&port);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_kept_and_what_is_given_back_is_free_again() {
        let config = ApiServerConfig {
            service_cidr: (Ipv4Addr::new(10, 0, 0, 0), 30),
            node_ports: (30000, 30001),
            ..ApiServerConfig::default()
        };
        let (mut a, mut rng) = (Allocators::new(&config), Rng::new(1));
        assert_eq!(a.take_ip(a.first_ip()), Ok(()));
        assert_eq!(a.next_ip(&mut rng), Ok(Ipv4Addr::new(10, 0, 0, 2)));
        assert_eq!(a.next_ip(&mut rng), Err(AllocationError::Full));
        let outside = a.take_ip(Ipv4Addr::new(10, 0, 0, 9)).expect_err("outside");
        assert!(
            outside
                .to_string()
                .ends_with("the provided network does not match the current range")
        );
        assert_eq!(a.take_port(30001), Ok(()));
        assert_eq!(a.take_port(30001), Err(AllocationError::PortTaken));
        assert_eq!(a.next_port(&mut rng), Ok(30000));
        // Ranges that have nothing to give, at the end of all addresses too.
        let narrow = ["255.255.255.255/32", "10.0.0.0/31", "10.0.1.0/30"];
        a.set_ranges(
            narrow.iter().filter_map(|c| Range::parse(c)).collect(),
            true,
        );
        assert_eq!(
            a.next_ip(&mut rng).map(|ip| ip.octets()[..3] == [10, 0, 1]),
            Ok(true)
        );
        assert!(a.take_ip(Ipv4Addr::BROADCAST).is_err());
        let mut taken = Taken {
            ips: vec![],
            ports: vec![30001],
        };
        a.release(&mut taken);
        assert_eq!(a.next_port(&mut rng), Ok(30001));
    }
}
