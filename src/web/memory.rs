//! Comparing memory eight bytes at a time. The standard library's `memcmp` for WebAssembly goes byte by byte, and much of
//! what a cluster does is comparing names that begin alike.

/// Bytes compared at once.
const WORD: usize = size_of::<u64>();

/// Takes the place of the compiler's own function of this name, which is weak.
///
/// # Safety
///
/// As for C's: `n` bytes can be read at both places.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memcmp(a: *const u8, b: *const u8, n: usize) -> i32 {
    let mut at = 0;
    while at + WORD <= n {
        // SAFETY: the caller gives `n` bytes, and `at + WORD` is not beyond them.
        let (x, y) = unsafe {
            (
                a.add(at).cast::<u64>().read_unaligned(),
                b.add(at).cast::<u64>().read_unaligned(),
            )
        };
        if x != y {
            let shift = (x ^ y).trailing_zeros() & !7;
            return ((x >> shift) & 0xff) as i32 - ((y >> shift) & 0xff) as i32;
        }
        at += WORD;
    }
    while at < n {
        // SAFETY: as above.
        let (x, y) = unsafe { (*a.add(at), *b.add(at)) };
        if x != y {
            return i32::from(x) - i32::from(y);
        }
        at += 1;
    }
    0
}
