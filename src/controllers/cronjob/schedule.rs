//! Cron schedules: at which moments.
//!
//! Models `github.com/robfig/cron/v3` (`ParseStandard`, `SpecSchedule.Next`). What is wrong with a schedule is said by
//! `api::validate`; here it is only read.

use super::zone::{DAY, Zone, weekday};
use crate::base::time::{civil_from_days, days_from_civil};

/// When something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// At all minutes that fit.
    Fields(Fields),
    /// So many seconds after the time before.
    Every(i64),
}

/// The minutes that fit, a bit for each allowed number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fields {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// A day must fit both the month's and the week's field when one of them is `*`; else one of them is enough.
    both: bool,
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
/// Years after which a schedule that never fits is given up.
const HORIZON: i64 = 5;

impl Schedule {
    /// Reads a schedule; `None` when it is malformed.
    pub fn parse(text: &str) -> Option<Schedule> {
        let text = text.trim();
        if let Some(span) = text.strip_prefix("@every ") {
            return seconds(span.trim()).map(|span| Schedule::Every(span.max(1)));
        }
        let text = match text {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            other => other,
        };
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields.as_slice() else { return None };
        let ((days, any_day), (weekdays, any_weekday)) = (field(day, 1, 31, &[])?, field(weekday, 0, 6, &WEEKDAYS)?);
        Some(Schedule::Fields(Fields {
            minutes: field(minute, 0, 59, &[])?.0,
            hours: field(hour, 0, 23, &[])?.0,
            days,
            months: field(month, 1, 12, &MONTHS)?.0,
            weekdays,
            both: any_day || any_weekday,
        }))
    }

    /// The first moment after `after` (both in seconds since 1970) by the clocks of `zone`; `None` when there is none within
    /// five years.
    pub fn next(&self, after: i64, zone: Zone) -> Option<i64> {
        match self {
            Schedule::Every(span) => Some(after + span),
            Schedule::Fields(fields) => fields.next(after, zone),
        }
    }
}

impl Fields {
    fn next(&self, after: i64, zone: Zone) -> Option<i64> {
        let mut at = after - after.rem_euclid(60) + 60;
        let horizon = after + HORIZON * 366 * DAY;
        let fits = |set: u64, number: i64| {
            u32::try_from(number).ok().and_then(|n| 1_u64.checked_shl(n)).is_some_and(|bit| set & bit != 0)
        };
        while at < horizon {
            let local = at + zone.offset(at);
            let (day, of_day) = (local.div_euclid(DAY), local.rem_euclid(DAY));
            let (year, month, date) = civil_from_days(day);
            // Clocks may be set between here and the day that is meant: then the search comes to it an hour early or late.
            let midnight = |day: i64| {
                let guess = day * DAY - zone.offset(at);
                (day * DAY - zone.offset(guess)).max(at + 60)
            };
            if !fits(self.months, month) {
                let (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
                at = midnight(days_from_civil(year, month, 1));
            } else if !self.fits_day(fits(self.days, date), fits(self.weekdays, weekday(day))) {
                at = midnight(day + 1);
            } else if !fits(self.hours, of_day / 3600) {
                at += 3600 - of_day % 3600;
            } else if !fits(self.minutes, of_day % 3600 / 60) {
                at += 60;
            } else {
                return Some(at);
            }
        }
        None
    }

    fn fits_day(&self, day: bool, weekday: bool) -> bool {
        if self.both { day && weekday } else { day || weekday }
    }
}

/// The numbers of a field as bits, and whether it was `*`.
fn field(text: &str, min: u32, max: u32, names: &[&str]) -> Option<(u64, bool)> {
    let mut bits = 0;
    let mut any = false;
    for item in text.split(',').filter(|item| !item.is_empty()) {
        let (range, step) = item.split_once('/').map_or((item, None), |(range, step)| (range, Some(step)));
        let step: u32 = step.map_or(Some(1), |step| step.parse().ok()).filter(|step| *step > 0)?;
        let (first, last) = match range.split_once('-') {
            Some((first, last)) => (number(first, names)?, number(last, names)?),
            None if range == "*" || range == "?" => {
                any |= step == 1;
                (min, max)
            }
            None => {
                let one = number(range, names)?;
                (one, if item.contains('/') { max } else { one })
            }
        };
        if first < min || last > max || first > last {
            return None;
        }
        for number in (first..=last).step_by(usize::try_from(step).ok()?) {
            bits |= 1_u64.checked_shl(number)?;
        }
    }
    Some((bits, any))
}

fn number(text: &str, names: &[&str]) -> Option<u32> {
    let lower = text.to_lowercase();
    match names.iter().position(|name| *name == lower) {
        // Months begin with 1, days of the week with 0.
        Some(place) => u32::try_from(place + usize::from(names.len() == MONTHS.len())).ok(),
        None => text.parse().ok(),
    }
}

/// Go's `time.ParseDuration`, in whole seconds.
fn seconds(text: &str) -> Option<i64> {
    let mut rest = text;
    let mut sum = 0.0;
    while !rest.is_empty() {
        let (digits, tail) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit() && c != '.')?);
        let units = [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];
        let (unit, factor) = units.iter().find(|(unit, _)| tail.starts_with(unit))?;
        sum += digits.parse::<f64>().ok()? * factor;
        rest = tail.get(unit.len()..)?;
    }
    Some(sum as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Timestamp;

    #[test]
    fn next_moments() {
        for (schedule, zone, after, expected) in [
            ("* * * * *", "UTC", "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z"),
            ("* * * * *", "UTC", "2026-01-01T00:00:59Z", "2026-01-01T00:01:00Z"),
            ("*/15 * * * *", "UTC", "2026-01-01T00:15:00Z", "2026-01-01T00:30:00Z"),
            ("20-35/5 * * * *", "UTC", "2026-01-01T00:35:00Z", "2026-01-01T01:20:00Z"),
            ("5/20 * * * *", "UTC", "2026-01-01T00:26:00Z", "2026-01-01T00:45:00Z"),
            ("0 0 * * *", "UTC", "2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z"),
            ("0 0 29 feb ?", "UTC", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"),
            ("0 9 * * mon-fri", "UTC", "2026-01-02T09:00:00Z", "2026-01-05T09:00:00Z"),
            // Both days given: one of them is enough.
            ("0 0 13 * 5", "UTC", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
            ("0 0 */2 * 5", "UTC", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
            ("@hourly", "UTC", "2026-01-01T00:30:00Z", "2026-01-01T01:00:00Z"),
            ("@weekly", "UTC", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"),
            ("@yearly", "UTC", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            ("@every 1h30m", "UTC", "2026-01-01T00:00:00Z", "2026-01-01T01:30:00Z"),
            ("0 9 * * *", "Asia/Seoul", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
            ("30 14 * * *", "Asia/Kolkata", "2026-01-01T00:00:00Z", "2026-01-01T09:00:00Z"),
            ("0 3 * * *", "Europe/Berlin", "2026-07-01T12:00:00Z", "2026-07-02T01:00:00Z"),
            // 02:30 does not exist on the day on which clocks go forward, and exists twice when they go back.
            ("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-30T00:30:00Z"),
            ("30 2 * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z"),
            ("30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"),
        ] {
            let next =
                Schedule::parse(schedule).unwrap().next(Timestamp::parse(after).unwrap().0, Zone::named(zone).unwrap());
            assert_eq!(Timestamp(next.unwrap()).to_string(), expected, "{schedule} {zone} {after}");
        }
    }

    #[test]
    fn some_never_come_or_cannot_be_read() {
        assert_eq!(Schedule::parse("0 0 30 2 *").unwrap().next(0, super::super::zone::UTC), None);
        for text in ["", "* * * *", "60 * * * *", "*/0 * * * *", "5-3 * * * *", "x * * * *", "@every x", "@noon"] {
            assert_eq!(Schedule::parse(text), None, "{text}");
        }
    }
}
