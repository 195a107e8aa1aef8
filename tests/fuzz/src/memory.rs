//! What the thread has allocated, counted by the allocator itself.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
    static TIMES: Cell<u64> = const { Cell::new(0) };
}

/// The system's allocator, counting for each thread apart. A thread that would hold more than [`CEILING`] gets nothing, which ends the
/// program: the input that did it is in `target/fuzz/<target>.now`.
pub struct Counting;

/// The most that one thread may hold.
pub const CEILING: isize = 2 << 30;

fn count(bytes: isize) -> bool {
    // A thread that ends frees what it held after its counters are gone.
    HELD.try_with(|held| {
        let now = held.get() + bytes;
        held.set(now);
        let _ = MOST.try_with(|most| most.set(most.get().max(now)));
        let _ = TIMES.try_with(|times| times.set(times.get() + u64::from(bytes > 0)));
        now < CEILING
    })
    .unwrap_or(true)
}

// SAFETY: every call goes to the system's allocator as it came; counting neither allocates nor panics.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if !count(layout.size() as isize) {
            return std::ptr::null_mut();
        }
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if !count(layout.size() as isize) {
            return std::ptr::null_mut();
        }
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !count(size as isize - layout.size() as isize) {
            return std::ptr::null_mut();
        }
        unsafe { System.realloc(at, layout, size) }
    }
}

/// What a piece of work took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Taken {
    /// The most bytes held at once beyond what was held before.
    pub bytes: usize,
    /// How often memory was asked for: the same on every machine.
    pub times: u64,
}

/// Does something, and says what memory it took.
pub fn measure<T>(work: impl FnOnce() -> T) -> (T, Taken) {
    let (held, times) = (HELD.get(), TIMES.get());
    MOST.set(held);
    let value = work();
    let bytes = usize::try_from(MOST.get() - held).unwrap_or_default();
    (value, Taken { bytes, times: TIMES.get() - times })
}
