//! Hands out parts of the cluster's range of pod addresses (upstream's `cidrset`).

use crate::apimachinery::cidr::Cidr;
use crate::collections::SortedSet;
use std::net::Ipv4Addr;

/// Hands out equal parts of a range, the next free one after the last.
#[derive(Clone, Debug)]
pub struct CidrSet {
    cluster: Cidr,
    bits: u8,
    used: SortedSet<u64>,
    reserved: SortedSet<u64>,
    next: u64,
}

impl CidrSet {
    /// Parts of `bits` bits out of `cluster`; `None` where either makes no sense.
    pub fn new(cluster: &str, bits: u8) -> Option<Self> {
        let cluster = Cidr::parse(cluster).filter(|c| c.bits <= bits && bits <= 32)?;
        Some(Self {
            cluster,
            bits,
            used: SortedSet::new(),
            reserved: SortedSet::new(),
            next: 0,
        })
    }
    /// Begins with that part.
    pub fn begin_with(&mut self, cidr: &str) {
        self.next = self.index(cidr).unwrap_or(0);
    }
    /// Never hands that part out.
    pub fn reserve(&mut self, cidr: &str) {
        if let Some(index) = self.index(cidr) {
            self.reserved.insert(index);
        }
    }
    fn count(&self) -> u64 {
        1 << (self.bits - self.cluster.bits)
    }
    fn index(&self, cidr: &str) -> Option<u64> {
        let part = Cidr::parse(cidr)?;
        Some(self.cluster.index(Ipv4Addr::from(part.base))? >> (32 - self.bits))
    }
    /// The next free part.
    pub fn allocate(&mut self) -> Option<String> {
        let count = self.count();
        let index = (0..count)
            .map(|i| (self.next + i) % count)
            .find(|i| !self.used.contains(i) && !self.reserved.contains(i))?;
        self.used.insert(index);
        self.next = (index + 1) % count;
        let base = self.cluster.base + ((index as u32) << (32 - self.bits));
        Some(
            Cidr {
                base,
                bits: self.bits,
            }
            .to_string(),
        )
    }
    /// Notes that a part is in use.
    pub fn occupy(&mut self, cidr: &str) {
        if let Some(index) = self.index(cidr) {
            self.used.insert(index);
        }
    }
    /// Gives a part back.
    pub fn release(&mut self, cidr: &str) {
        if let Some(index) = self.index(cidr) {
            self.used.remove(&index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_handed_out_in_turn() {
        let mut set = CidrSet::new("10.244.0.0/16", 24).expect("a range");
        assert_eq!(set.allocate().as_deref(), Some("10.244.0.0/24"));
        set.occupy("10.244.1.0/24");
        assert_eq!(set.allocate().as_deref(), Some("10.244.2.0/24"));
        set.release("10.244.0.0/24");
        assert_eq!(set.allocate().as_deref(), Some("10.244.3.0/24"));
        set.begin_with("10.244.255.0/24");
        assert_eq!(set.allocate().as_deref(), Some("10.244.255.0/24"));
        assert_eq!(set.allocate().as_deref(), Some("10.244.0.0/24"));
        set.reserve("10.244.2.0/24");
        set.occupy("10.244.2.0/24");
        set.release("10.244.2.0/24");
        set.release("10.244.1.0/24");
        assert_eq!(set.allocate().as_deref(), Some("10.244.1.0/24"));
        assert_eq!(set.allocate().as_deref(), Some("10.244.4.0/24"));
        let mut small = CidrSet::new("10.0.0.0/31", 32).expect("a range");
        assert_eq!(
            (
                small.allocate().is_some(),
                small.allocate().is_some(),
                small.allocate()
            ),
            (true, true, None)
        );
    }
}
