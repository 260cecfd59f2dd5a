use std::cmp::Ordering;

/// Stable sorting of slices. Only the numbers of the places are sorted, by one function for all types.
pub trait Arrange<T> {
    /// As `sort_by`.
    fn arrange_by(&mut self, compare: impl FnMut(&T, &T) -> Ordering);

    /// As `sort`.
    fn arrange(&mut self)
    where
        T: Ord,
    {
        self.arrange_by(T::cmp);
    }

    /// As `sort_by_key`.
    fn arrange_by_key<K: Ord>(&mut self, mut key: impl FnMut(&T) -> K) {
        self.arrange_by(|a, b| key(a).cmp(&key(b)));
    }
}

impl<T> Arrange<T> for [T] {
    fn arrange_by(&mut self, mut compare: impl FnMut(&T, &T) -> Ordering) {
        for (a, b) in swaps(self.len(), &mut |a, b| compare(&self[a], &self[b])) {
            self.swap(a, b);
        }
    }
}

/// The exchanges that put `len` places into order, one after the other.
fn swaps(len: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<(usize, usize)> {
    if (1..len).all(|i| compare(i - 1, i) != Ordering::Greater) {
        return Vec::new();
    }
    let mut order: Vec<usize> = (0..len).collect();
    order.sort_by(|a, b| compare(*a, *b));
    let mut swaps = Vec::new();
    for start in 0..len {
        // Each cycle of the permutation is gone through once.
        let mut at = start;
        while order[at] != start {
            let from = order[at];
            swaps.push((at, from));
            order[at] = at;
            at = from;
        }
        order[at] = at;
    }
    swaps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_as_the_standard_library_does() {
        let mut rng = fastrand::Rng::with_seed(3);
        for len in (0..40).chain([500]) {
            let list: Vec<(u8, usize)> = (0..len).map(|i| (rng.u8(..10), i)).collect();
            let mut expected = list.clone();
            expected.sort_by_key(|(key, _)| *key);
            let mut ours = list;
            ours.arrange_by_key(|(key, _)| *key);
            assert_eq!(ours, expected);
        }
    }
}
