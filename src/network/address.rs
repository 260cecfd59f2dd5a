//! Allocates addresses of pods within their node's range (the `host-local` plugin of CNI).

use crate::apimachinery::cidr::Cidr;
use crate::collections::SortedSet;
use std::net::Ipv4Addr;

/// Hands out single addresses of a range, each as late again as possible, as the `host-local` plugin does for pods.
/// The network's own address, the gateway (the first one) and the broadcast address are never handed out.
#[derive(Clone, Debug)]
pub struct AddressPool {
    range: Cidr,
    used: SortedSet<u64>,
    next: u64,
}

impl AddressPool {
    /// A pool of the addresses of a range.
    pub fn new(range: &str) -> Option<Self> {
        Some(Self {
            range: Cidr::parse(range)?,
            used: SortedSet::new(),
            next: 2,
        })
    }
    /// The next free address.
    pub fn allocate(&mut self) -> Option<Ipv4Addr> {
        let end = self.range.size().saturating_sub(1);
        let index = (self.next..end)
            .chain(2..self.next.min(end))
            .find(|i| !self.used.contains(i))?;
        self.used.insert(index);
        self.next = index + 1;
        self.range.nth(index)
    }
    /// Notes that an address is in use.
    pub fn occupy(&mut self, address: Ipv4Addr) {
        if let Some(index) = self.range.index(address) {
            self.used.insert(index);
        }
    }
    /// Gives an address back.
    pub fn release(&mut self, address: Ipv4Addr) {
        if let Some(index) = self.range.index(address) {
            self.used.remove(&index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_comes_back_only_after_all_others() {
        let mut pool = AddressPool::new("10.244.1.0/29").expect("a range");
        let first = pool.allocate().expect("free");
        assert_eq!(first.to_string(), "10.244.1.2");
        pool.release(first);
        let rest: Vec<String> = std::iter::from_fn(|| pool.allocate())
            .map(|a| a.to_string())
            .collect();
        assert_eq!(
            rest,
            [
                "10.244.1.3",
                "10.244.1.4",
                "10.244.1.5",
                "10.244.1.6",
                "10.244.1.2"
            ]
        );
    }
}
