//! Hashes of templates, as `pod-template-hash` and `controller-revision-hash` show them.

use super::rng::safe_encode;
use super::value::Value;

/// FNV-1a of 32 bits, as Go's `fnv.New32a`.
#[derive(Clone, Copy, Debug)]
pub struct Fnv32a(u32);

impl Default for Fnv32a {
    fn default() -> Self {
        Fnv32a(0x811c_9dc5)
    }
}

impl Fnv32a {
    /// Takes bytes in.
    pub fn write(&mut self, bytes: &[u8]) {
        for b in bytes {
            self.0 = (self.0 ^ u32::from(*b)).wrapping_mul(0x0100_0193);
        }
    }
    /// The hash so far.
    pub fn sum(self) -> u32 {
        self.0
    }
}

/// FNV-1a of some bytes.
pub fn fnv32a(bytes: &[u8]) -> u32 {
    let mut h = Fnv32a::default();
    h.write(bytes);
    h.sum()
}

/// The hash of a pod template in Kubernetes' alphabet (`controller.ComputeHash`). Upstream hashes a dump of Go structs; here
/// it is the canonical JSON, so the characters differ from a real cluster's and are stable among themselves.
pub fn compute_hash(template: &Value, collision_count: Option<i32>) -> String {
    let mut h = Fnv32a::default();
    h.write(template.to_json().as_bytes());
    if let Some(count) = collision_count {
        let mut bytes = [0; 8];
        bytes[..4].copy_from_slice(&count.to_le_bytes());
        h.write(&bytes);
    }
    safe_encode(&h.sum().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_stable_and_collisions_change_them() {
        assert_eq!(fnv32a(b"a"), 0xe40c_292c);
        let t = crate::tree!({"spec": {"containers": []}});
        assert_eq!(compute_hash(&t, None), compute_hash(&t.clone(), None));
        assert_ne!(compute_hash(&t, None), compute_hash(&t, Some(1)));
    }
}
