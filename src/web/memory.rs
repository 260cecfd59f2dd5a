//! Comparing memory eight bytes at a time. The standard library's `memcmp` for WebAssembly goes byte by byte, and much of
//! what a cluster does is comparing names that begin alike.

/// Takes the place of the compiler's own function of this name, which is weak.
///
/// # Safety
///
/// As for C's: `n` bytes can be read at both places.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memcmp(a: *const u8, b: *const u8, n: usize) -> i32 {
    if n < 8 {
        // SAFETY: as the caller says.
        return unsafe { order(few(a, n), few(b, n)) };
    }
    let mut at = 0;
    loop {
        // SAFETY: `at + 8` is not beyond `n`.
        let found = unsafe { order(eight(a.add(at)), eight(b.add(at))) };
        if found != 0 || at == n - 8 {
            return found;
        }
        // The last ones may have been compared before: then they are equal.
        at = (at + 8).min(n - 8);
    }
}

/// Which of two words is less, by the first of its bytes that differ.
fn order(x: u64, y: u64) -> i32 {
    if x == y {
        return 0;
    }
    let shift = (x ^ y).trailing_zeros() & !7;
    ((x >> shift) & 0xff) as i32 - ((y >> shift) & 0xff) as i32
}

/// Eight bytes.
///
/// # Safety
///
/// They can be read.
unsafe fn eight(at: *const u8) -> u64 {
    // SAFETY: as the caller says.
    unsafe { at.cast::<u64>().read_unaligned() }
}

/// Less than eight bytes, in their order, some of them twice.
///
/// # Safety
///
/// `n` bytes can be read.
unsafe fn few(at: *const u8, n: usize) -> u64 {
    // SAFETY: no place is beyond `n`.
    unsafe {
        if n >= 4 {
            let four = |at: *const u8| u64::from(at.cast::<u32>().read_unaligned());
            return four(at) | four(at.add(n - 4)) << 32;
        }
        if n == 0 {
            return 0;
        }
        let one = |i: usize| u64::from(*at.add(i));
        one(0) | one(n / 2) << 8 | one(n - 1) << 16
    }
}
