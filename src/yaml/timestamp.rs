//! Texts that go-yaml takes for times: they stay text, but the printer quotes them.

use crate::base::date::{after_zone, days_in};

/// Models `parseTimestamp` of go-yaml v2 `resolve.go`: `2006-1-2`, `2006-1-2 15:4:5.999`, and RFC 3339 with short fields.
pub(super) fn is_timestamp(text: &str) -> bool {
    parse(text).is_some()
}

fn parse(text: &str) -> Option<()> {
    let (year, rest) = text.split_once('-')?;
    if year.len() != 4 || !year.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (month, rest) = number(rest, 1, 12)?;
    let (day, rest) = number(rest.strip_prefix('-')?, 1, 31)?;
    if day > days_in(year.parse().ok()?, month) {
        return None;
    }
    if rest.is_empty() {
        return Some(());
    }
    let (time, zoned) = match rest.strip_prefix(['T', 't']) {
        Some(time) => (time, true),
        None => (rest.strip_prefix(' ')?.trim_start_matches(' '), false),
    };
    let (_, rest) = number(time, 0, 23)?;
    let (_, rest) = number(rest.strip_prefix(':')?, 0, 59)?;
    let (_, rest) = number(rest.strip_prefix(':')?, 0, 59)?;
    let rest = match rest.strip_prefix(['.', ',']) {
        Some(fraction) if fraction.starts_with(|c: char| c.is_ascii_digit()) => {
            fraction.trim_start_matches(|c: char| c.is_ascii_digit())
        }
        _ => rest,
    };
    (if zoned { after_zone(rest) == Some("") } else { rest.is_empty() }).then_some(())
}

/// One or two digits in a range, and what follows.
fn number(text: &str, low: u32, high: u32) -> Option<(u32, &str)> {
    let length = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at_checked(length)?;
    let number = digits.parse().ok()?;
    (low..=high).contains(&number).then_some((number, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for time in [
            "2001-12-14",
            "2001-1-2",
            "2024-02-29",
            "2001-12-14T21:59:43.10-05:00",
            "2001-12-14t21:59:43Z",
            "2001-12-14 21:59:43.10",
            "2024-01-01T00:00:00Z",
        ] {
            assert!(is_timestamp(time), "{time}");
        }
        for text in [
            "2001-13-14",
            "2023-02-29",
            "20011-1-1",
            "2001-12-14T21:59",
            "2001-12-14 21:59:43 Z",
            "2001-12-14x",
            "2001",
        ] {
            assert!(!is_timestamp(text), "{text}");
        }
    }
}
