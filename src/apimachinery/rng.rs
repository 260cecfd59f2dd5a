//! The seeded generator that all chance is drawn from, and Kubernetes' random names.

use super::Text;

/// A seeded generator; the same seed gives the same draws everywhere.
#[derive(Clone, Debug)]
pub struct Rng(fastrand::Rng);

/// `k8s.io/apimachinery/pkg/util/rand`: no vowels, and no characters that read alike.
const ALPHANUMS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

impl Rng {
    /// A generator started from `seed`.
    pub fn new(seed: u64) -> Self {
        Rng(fastrand::Rng::with_seed(seed))
    }
    /// The state, to be restored by [`Rng::new`].
    pub fn seed(&self) -> u64 {
        self.0.get_seed()
    }
    /// A generator of its own, drawn from this one.
    pub fn fork(&mut self) -> Self {
        Rng(self.0.fork())
    }
    /// A number below `n` (0 where `n` is 0).
    pub fn below(&mut self, n: usize) -> usize {
        // Always drawn from 64 bits: a draw of the platform's own width would differ in WASM.
        let n = n as u64;
        if n == 0 { 0 } else { self.0.u64(..n) as usize }
    }
    /// Any 64 bits.
    pub fn u64(&mut self) -> u64 {
        self.0.u64(..)
    }
    /// A number in 0..1.
    pub fn unit(&mut self) -> f64 {
        // Made from whole bits, so that every platform rounds alike.
        (self.0.u64(..) >> 11) as f64 / (1u64 << 53) as f64
    }
    /// A random suffix of `n` characters from Kubernetes' own alphabet.
    pub fn suffix(&mut self, n: usize) -> String {
        (0..n)
            .map(|_| char::from(ALPHANUMS[self.below(ALPHANUMS.len())]))
            .collect()
    }
    /// A random (version 4) UUID.
    pub fn uuid(&mut self) -> Text {
        let (a, b) = (self.u64(), self.u64());
        let number = u128::from(a) << 64 | u128::from(b);
        // Version 4, and the variant of RFC 9562.
        let number = number & !(0xf << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62;
        let mut text = *b"00000000-0000-0000-0000-000000000000";
        let places = text.iter_mut().filter(|place| **place != b'-');
        for (i, place) in places.enumerate() {
            *place = b"0123456789abcdef"[(number >> (124 - 4 * i)) as usize & 0xf];
        }
        Text::from(str::from_utf8(&text).unwrap_or_default())
    }
}

/// Encodes a number into Kubernetes' alphabet as pod template hashes are (`rand.SafeEncodeString`).
pub fn safe_encode(s: &str) -> String {
    s.bytes()
        .map(|b| char::from(ALPHANUMS[usize::from(b) % ALPHANUMS.len()]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_are_random_ones_of_version_4() {
        let mut rng = Rng::new(1);
        for _ in 0..100 {
            let mut again = rng.clone();
            let (a, b) = (again.u64(), again.u64());
            let expected = format!(
                "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
                a >> 32,
                (a >> 16) & 0xffff,
                a & 0xfff,
                (b >> 48) & 0x3fff | 0x8000,
                b & 0xffff_ffff_ffff
            );
            assert_eq!(rng.uuid().as_str(), expected);
        }
    }
}
