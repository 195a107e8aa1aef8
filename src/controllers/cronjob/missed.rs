//! Which moment of a schedule is due, and how many have been missed.

use super::schedule::Schedule;
use super::zone::Zone;

/// Missed moments from which on it is told.
pub const MANY: i64 = 100;

/// The last moment after `since` and not after `now`, and how many there were.
///
/// Models `mostRecentScheduleTime` of `pkg/controller/cronjob/utils.go`, which estimates the count by the distance of the
/// first two.
pub fn most_recent(schedule: &Schedule, zone: Zone, since: i64, now: i64) -> Option<(i64, i64)> {
    let first = schedule.next(since, zone).filter(|first| *first <= now)?;
    let Some(second) = schedule.next(first, zone).filter(|second| *second <= now) else { return Some((first, 1)) };
    let distance = (second - first).max(1);
    let missed = (now - first) / distance + 1;
    let mut recent = first;
    let mut next = schedule.next(first + (missed - 2).max(0) * distance, zone);
    while let Some(at) = next.filter(|at| *at <= now) {
        recent = at;
        next = schedule.next(at, zone);
    }
    Some((recent, missed))
}

#[cfg(test)]
mod tests {
    use super::super::zone::UTC;
    use super::*;

    #[test]
    fn the_last_one_counts() {
        let hourly = Schedule::parse("0 * * * *").unwrap();
        for (since, now, expected) in [
            (0, 0, None),
            (0, 3599, None),
            (0, 3600, Some((3600, 1))),
            (0, 7199, Some((3600, 1))),
            (0, 7200, Some((7200, 2))),
            (0, 36_100, Some((36_000, 10))),
            (3600, 7200, Some((7200, 1))),
        ] {
            assert_eq!(most_recent(&hourly, UTC, since, now), expected, "{since} {now}");
        }
    }
}
