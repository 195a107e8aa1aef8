//! Pods are made in batches of 1, 2, 4, 8 ..., so that a quota or a bad template costs one refused request and not hundreds.

/// The most pods that one sync makes or deletes. Upstream's is 500; here the next sync follows at the same instant, so the
/// number is not seen from outside, and a page can draw in between.
pub const BURST: usize = 100;

/// Calls `act` `count` times in doubling batches and returns how many calls succeeded. When one of a batch fails the batch
/// is finished, but no further batch is begun, and its first error is returned too.
///
/// Models `slowStartBatch` of `pkg/controller/replicaset/replica_set.go`.
pub fn slow_start<E>(count: usize, mut act: impl FnMut() -> Result<(), E>) -> (usize, Option<E>) {
    let (mut left, mut batch, mut succeeded) = (count, 1, 0);
    while left > 0 {
        let mut error = None;
        let size = batch.min(left);
        for _ in 0..size {
            match act() {
                Ok(()) => succeeded += 1,
                Err(new) => error = error.or(Some(new)),
            }
        }
        if error.is_some() {
            return (succeeded, error);
        }
        left -= size;
        batch *= 2;
    }
    (succeeded, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_after_the_batch_that_failed() {
        // count, calls that may succeed, expected successes, expected calls
        let table = [(10, 10, 10, 10), (10, 0, 0, 1), (10, 5, 5, 7), (10, 6, 6, 7), (10, 7, 7, 10), (0, 0, 0, 0)];
        for (count, allowed, successes, calls) in table {
            let mut called = 0;
            let (got, error) = slow_start(count, || {
                called += 1;
                if called <= allowed { Ok(()) } else { Err(called) }
            });
            assert_eq!((got, called), (successes, calls), "{count} {allowed}");
            assert_eq!(error, (allowed < count).then_some(allowed + 1));
        }
    }
}
