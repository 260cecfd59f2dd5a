//! IPv4 ranges and allocators of addresses (upstream's `cidrset` and `ipallocator`).

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

/// An IPv4 range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    base: u32,
    bits: u8,
}

impl Cidr {
    /// Reads `10.244.0.0/16`; host bits are cut off.
    pub fn parse(s: &str) -> Option<Self> {
        let (address, bits) = s.split_once('/')?;
        let (address, bits): (Ipv4Addr, u8) = (address.parse().ok()?, bits.parse().ok()?);
        (bits <= 32).then(|| Self {
            base: u32::from(address) & mask(bits),
            bits,
        })
    }
    /// How many addresses it has.
    pub fn size(self) -> u64 {
        1u64 << (32 - self.bits)
    }
    /// The `n`th address.
    pub fn nth(self, n: u64) -> Option<Ipv4Addr> {
        (n < self.size()).then(|| Ipv4Addr::from(self.base + n as u32))
    }
    /// Whether an address lies in it.
    pub fn contains(self, address: Ipv4Addr) -> bool {
        u32::from(address) & mask(self.bits) == self.base
    }
    fn index(self, address: Ipv4Addr) -> Option<u64> {
        self.contains(address)
            .then(|| u64::from(u32::from(address) - self.base))
    }
}

fn mask(bits: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0)
}

impl std::fmt::Display for Cidr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", Ipv4Addr::from(self.base), self.bits)
    }
}

/// Hands out equal parts of a range, the next free one after the last.
#[derive(Clone, Debug)]
pub struct CidrSet {
    cluster: Cidr,
    bits: u8,
    used: BTreeSet<u64>,
    next: u64,
}

impl CidrSet {
    /// Parts of `bits` bits out of `cluster`; `None` where either makes no sense.
    pub fn new(cluster: &str, bits: u8) -> Option<Self> {
        let cluster = Cidr::parse(cluster).filter(|c| c.bits <= bits && bits <= 32)?;
        Some(Self {
            cluster,
            bits,
            used: BTreeSet::new(),
            next: 0,
        })
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
            .find(|i| !self.used.contains(i))?;
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

/// Hands out single addresses of a range, each as late again as possible, as the `host-local` plugin does for pods.
/// The network's own address, the gateway (the first one) and the broadcast address are never handed out.
#[derive(Clone, Debug)]
pub struct AddressPool {
    range: Cidr,
    used: BTreeSet<u64>,
    next: u64,
}

impl AddressPool {
    /// A pool of the addresses of a range.
    pub fn new(range: &str) -> Option<Self> {
        Some(Self {
            range: Cidr::parse(range)?,
            used: BTreeSet::new(),
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
    fn ranges_are_handed_out_in_turn() {
        let mut set = CidrSet::new("10.244.0.0/16", 24).expect("a range");
        assert_eq!(set.allocate().as_deref(), Some("10.244.0.0/24"));
        set.occupy("10.244.1.0/24");
        assert_eq!(set.allocate().as_deref(), Some("10.244.2.0/24"));
        set.release("10.244.0.0/24");
        assert_eq!(set.allocate().as_deref(), Some("10.244.3.0/24"));
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
