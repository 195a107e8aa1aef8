//! Time as this thread's share of a processor, and how slow the machine is.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// How long something took: the time on a processor where the system says it (Linux), else the time that passed.
pub fn measure(work: impl FnOnce()) -> Duration {
    let (start, passed) = (on_processor(), Instant::now());
    work();
    match (start, on_processor()) {
        (Some(start), Some(end)) => end.saturating_sub(start),
        _ => passed.elapsed(),
    }
}

/// The nanoseconds that this thread has run.
fn on_processor() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(text.split(' ').next()?.parse().ok()?))
}

/// What the work of [`slowness`] takes on the machine that the limits are meant for, when compiled with optimisation.
const REFERENCE: Duration = Duration::from_millis(20);

/// By how much this machine and this build are slower than those that the limits are meant for; never less than 1. The machine is asked by a
/// known piece of work: sorting, walking and making small texts, as most inputs do. A build that is not optimised is ten times slower.
pub fn slowness() -> f64 {
    static FOUND: LazyLock<f64> = LazyLock::new(|| {
        let fastest = (0..5).map(|_| measure(known_work)).min().unwrap_or_default();
        let build = if cfg!(debug_assertions) { 10.0 } else { 1.0 };
        (fastest.as_secs_f64() / REFERENCE.as_secs_f64()).max(1.0) * build
    });
    *FOUND
}

fn known_work() {
    let mut map = std::collections::BTreeMap::new();
    let mut number = 1_u64;
    for _ in 0..40_000 {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        *map.entry((number >> 48).to_string()).or_insert(0_u64) += number & 7;
    }
    std::hint::black_box(map.values().sum::<u64>());
}
