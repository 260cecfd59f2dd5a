//! Finds names by their hash: what is looked up for every field and every request must not be searched for.

/// Positions in a table of names, by the hash of each name.
pub struct Index {
    /// One more than a position, or 0; twice as many as there are names at least.
    slots: Vec<u16>,
}

impl Index {
    /// An index of a table of fewer than 65,535 names, given the hash of each in order.
    pub fn new(hashes: impl ExactSizeIterator<Item = u32>) -> Self {
        let mut slots = vec![0; (hashes.len() * 2).next_power_of_two()];
        let mask = slots.len() - 1;
        for (i, hash) in hashes.enumerate() {
            let mut at = hash as usize & mask;
            while slots[at] != 0 {
                at = (at + 1) & mask;
            }
            slots[at] = i as u16 + 1;
        }
        Self { slots }
    }

    /// The position at which `is` holds, among those of that hash.
    #[inline]
    pub fn find(&self, hash: u32, is: impl Fn(usize) -> bool) -> Option<usize> {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        while self.slots[at] != 0 {
            let i = usize::from(self.slots[at]) - 1;
            if is(i) {
                return Some(i);
            }
            at = (at + 1) & mask;
        }
        None
    }
}

/// The hash of a name that consists of some parts.
#[inline]
pub fn hash<const N: usize>(parts: [&str; N]) -> u32 {
    let mut h = 0u64;
    let mut take = |word: u64| h = (h.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for part in parts {
        let mut words = part.as_bytes().chunks_exact(8);
        for w in &mut words {
            take(u64::from_le_bytes([
                w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7],
            ]));
        }
        let rest = words.remainder().iter();
        take(rest.fold(part.len() as u64, |w, b| (w << 8) | u64::from(*b)));
    }
    (h >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_and_no_other() {
        let names: Vec<String> = (0..500).map(|i| format!("name-of-{i}")).collect();
        let index = Index::new(names.iter().map(|n| hash([n])));
        for (i, name) in names.iter().enumerate() {
            assert_eq!(index.find(hash([name]), |at| names[at] == *name), Some(i));
        }
        for other in ["", "name", "name-of-500"] {
            assert_eq!(index.find(hash([other]), |at| names[at] == other), None);
        }
        let none = Index::new(std::iter::empty());
        assert_eq!(none.find(hash(["a"]), |_| true), None);
    }
}
