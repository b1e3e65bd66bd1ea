//! Huge pages and prefetching for large tables.
//!
//! A table that is touched at random misses the translation buffer with nearly
//! every access when it lies in 4 KiB pages, and each miss is several memory
//! accesses, twice as many in a virtual machine.

use std::ops::Range;

/// Size of a huge page on x86-64 and, with 4 KiB pages, on ARM64.
const HUGE: usize = 2 << 20;

/// Size of a cache line.
pub const LINE: usize = 64;

/// Asks the kernel to back a range of addresses by huge pages, now (Linux 6.1,
/// `MADV_COLLAPSE`) or as it is touched (`MADV_HUGEPAGE`); what shares the first and
/// the last of them too, since tables lie side by side and their edges are as busy as
/// the rest. What the memory holds stays. It is a wish: a kernel that refuses changes
/// nothing.
#[expect(unsafe_code, reason = "madvise is a system call on raw addresses")]
pub fn huge_pages(range: Range<usize>) {
    let start = range.start / HUGE * HUGE;
    let Some(len) = range.end.checked_next_multiple_of(HUGE).and_then(|end| end.checked_sub(start)) else {
        return;
    };
    for advice in [libc::MADV_HUGEPAGE, libc::MADV_COLLAPSE] {
        // SAFETY: neither advice changes what any address holds or may be used
        // for; the kernel refuses addresses that are not mapped.
        unsafe { libc::madvise(start as *mut libc::c_void, len, advice) };
    }
}

/// Asks the processor to bring all of a value towards it. A hint: nothing waits for
/// it, so that the waits for many values overlap.
#[inline]
pub fn prefetch<T>(value: &T) {
    prefetch_lines(value, size_of::<T>().div_ceil(LINE));
}

/// [`prefetch`] for the first [`LINE`] bytes of a value alone.
#[inline]
pub fn prefetch_start<T>(value: &T) {
    prefetch_lines(value, 1);
}

/// [`prefetch`] for so many times [`LINE`] bytes of a value, from its start.
#[inline]
pub fn prefetch_lines<T>(value: &T, lines: usize) {
    let start = core::ptr::from_ref(value).cast::<u8>();
    for line in 0..lines {
        prefetch_line(start.wrapping_add(line * LINE));
    }
}

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "the instruction takes a raw address")]
#[inline]
fn prefetch_line(at: *const u8) {
    use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    // SAFETY: a prefetch neither changes memory nor faults, whatever the address.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(at.cast()) };
}

#[cfg(target_arch = "aarch64")]
#[expect(unsafe_code, reason = "the instruction has no safe wrapper")]
#[inline]
fn prefetch_line(at: *const u8) {
    // SAFETY: a prefetch neither changes memory nor faults, whatever the address.
    unsafe {
        core::arch::asm!("prfm pldl1keep, [{}]", in(reg) at, options(nostack, readonly, preserves_flags))
    };
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn prefetch_line(_: *const u8) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_memory_holds_stays() {
        let memory: Vec<u32> = (0..4 * HUGE as u32).collect();
        let bytes = memory.as_ptr_range();
        huge_pages(bytes.start as usize..bytes.end as usize);
        assert!(memory.iter().enumerate().all(|(at, value)| at as u32 == *value));
    }

    #[test]
    fn prefetching_changes_nothing() {
        let value = [7u64; 40];
        prefetch(&value);
        prefetch(&());
        prefetch_start(&value);
        assert_eq!(value, [7; 40]);
    }

    #[test]
    fn small_and_foreign_ranges_are_let_be() {
        huge_pages(0..100);
        huge_pages(usize::MAX / 2..usize::MAX / 2 + 8 * HUGE);
    }
}
