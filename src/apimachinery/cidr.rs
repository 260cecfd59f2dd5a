//! IPv4 ranges.

use std::net::Ipv4Addr;

/// An IPv4 range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    /// The first address.
    pub base: u32,
    /// How many bits all addresses share.
    pub bits: u8,
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
    /// How many addresses stand before one in it.
    pub fn index(self, address: Ipv4Addr) -> Option<u64> {
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
