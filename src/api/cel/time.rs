//! Times and spans of time.

use crate::base::date::{after_zone, days_in};
use crate::base::time::{civil_from_days, days_from_civil};

/// Nanoseconds in a second.
pub const SECOND: i128 = 1_000_000_000;

/// Nanoseconds since 1970 of a time of RFC 3339.
pub fn parse(text: &str) -> Option<i128> {
    let number = |from: usize, to: usize| -> Option<i64> {
        text.get(from..to).filter(|part| part.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()
    };
    let separators = [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":")];
    if separators.iter().any(|(at, sign)| text.get(*at..at + 1) != Some(sign)) {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let last = i64::from(days_in(u32::try_from(year).ok()?, u32::try_from(month).ok()?));
    if !(1..=12).contains(&month) || !(1..=last).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let mut rest = text.get(19..)?;
    let mut nanos = 0;
    if let Some(decimals) = rest.strip_prefix('.') {
        let length = decimals.bytes().take_while(u8::is_ascii_digit).count();
        let digits = format!("{:0<9}", decimals.get(..length)?);
        nanos = digits.get(..9)?.parse::<i128>().ok()?;
        rest = decimals.get(length..)?;
    }
    if after_zone(rest) != Some("") {
        return None;
    }
    let offset = match rest.get(1..).and_then(|zone| zone.split_once(':')) {
        Some((hours, minutes)) => {
            let seconds = hours.parse::<i64>().ok()? * 3600 + minutes.parse::<i64>().ok()? * 60;
            if rest.starts_with('-') { -seconds } else { seconds }
        }
        None => 0,
    };
    let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset;
    Some(i128::from(seconds) * SECOND + nanos)
}

/// A time as RFC 3339 writes it.
pub fn show(nanos: i128) -> String {
    let parts = Parts::of(nanos);
    let Parts { year, month, day, hour, minute, second, .. } = parts;
    let decimals = match nanos.rem_euclid(SECOND) {
        0 => String::new(),
        rest => format!(".{rest:09}").trim_end_matches('0').to_owned(),
    };
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{decimals}Z")
}

/// A time taken apart, in UTC.
pub struct Parts {
    pub year: i64,
    pub month: i64,
    pub day: i64,
    pub hour: i64,
    pub minute: i64,
    pub second: i64,
    pub day_of_week: i64,
    pub day_of_year: i64,
}

impl Parts {
    pub fn of(nanos: i128) -> Parts {
        let seconds = i64::try_from(nanos.div_euclid(SECOND)).unwrap_or_default();
        let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (year, month, day) = civil_from_days(days);
        Parts {
            year,
            month,
            day,
            hour: rest / 3600,
            minute: rest / 60 % 60,
            second: rest % 60,
            day_of_week: (days + 4).rem_euclid(7),
            day_of_year: days - days_from_civil(year, 1, 1),
        }
    }
}

/// `1h30m` in nanoseconds. Models Go's `time.ParseDuration`.
pub fn parse_duration(text: &str) -> Option<i128> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    const UNITS: [(&str, i128); 8] = [
        ("ns", 1),
        ("us", 1000),
        ("µs", 1000),
        ("μs", 1000),
        ("ms", 1_000_000),
        ("s", SECOND),
        ("m", 60 * SECOND),
        ("h", 3600 * SECOND),
    ];
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let length = rest.find(|c: char| !c.is_ascii_digit() && c != '.').filter(|length| *length > 0)?;
        let (number, tail) = rest.split_at(length);
        let (name, unit) = UNITS.iter().find(|(name, _)| tail.starts_with(name))?;
        let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
        let whole = if whole.is_empty() { 0 } else { whole.parse::<i128>().ok()? };
        let scale = 10i128.checked_pow(u32::try_from(decimals.len()).ok()?)?;
        let part = if decimals.is_empty() { 0 } else { decimals.parse::<i128>().ok()? };
        let amount = whole.checked_mul(*unit)?.checked_add(part.checked_mul(*unit)?.checked_div(scale)?)?;
        total = total.checked_add(amount)?;
        rest = tail.get(name.len()..)?;
    }
    (total <= i128::from(i64::MAX)).then_some(if negative { -total } else { total })
}

/// A span as texts have it: `90s`. Models `types.Duration.ConvertToType`.
pub fn show_duration(nanos: i128) -> String {
    let whole = nanos / SECOND;
    match (nanos % SECOND).abs() {
        0 => format!("{whole}s"),
        rest => {
            let sign = if nanos < 0 && whole == 0 { "-" } else { "" };
            format!("{sign}{whole}{}s", format!(".{rest:09}").trim_end_matches('0'))
        }
    }
}
