//! What Go's readers of dates have in common.

/// How many days a month has; months count from 1.
pub fn days_in(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// What follows `Z` or `+hh:mm` at the beginning of a text; Go lets 24 hours and 60 minutes pass.
///
/// Models `time.Parse` with `Z07:00`.
pub fn after_zone(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix('Z') {
        return Some(rest);
    }
    let (zone, rest) = text.split_at_checked(6)?;
    let (hours, minutes) = zone.strip_prefix(['+', '-'])?.split_once(':')?;
    let within = |part: &str, most: u32| {
        part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit()) && part.parse().is_ok_and(|n: u32| n <= most)
    };
    (within(hours, 24) && within(minutes, 60)).then_some(rest)
}
