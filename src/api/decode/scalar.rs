//! Numbers, times and base64 as Go's standard library reads them.

use crate::base::date::{after_zone, days_in};
use crate::base::text::go_quote;
use serde_json::Number;

/// A number as Go's JSON writes it: whole floats without a fraction.
pub(super) fn number_text(number: &Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 1e21 => format!("{float:.0}"),
        _ => number.to_string(),
    }
}

/// A number as an integer, if it is one.
pub(super) fn integer(number: &Number) -> Option<i64> {
    number_text(number).parse().ok()
}

/// At which byte the text stops being base64.
///
/// Models `encoding/base64.StdEncoding.Decode`.
pub(super) fn check_base64(text: &[u8]) -> Result<(), usize> {
    let newline = |at: usize| matches!(text.get(at), Some(b'\n' | b'\r'));
    let mut at = 0;
    loop {
        let mut digits = 0;
        while digits < 4 {
            let Some(byte) = text.get(at) else {
                return if digits == 0 { Ok(()) } else { Err(at - digits) };
            };
            at += 1;
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => digits += 1,
                b'\n' | b'\r' => {}
                b'=' if digits >= 2 => break,
                _ => return Err(at - 1),
            }
        }
        if digits == 4 {
            continue;
        }
        while newline(at) {
            at += 1;
        }
        if digits == 2 {
            match text.get(at) {
                None => return Err(text.len()),
                Some(b'=') => at += 1,
                Some(_) => return Err(at - 1),
            }
        }
        while newline(at) {
            at += 1;
        }
        return if at < text.len() { Err(at) } else { Ok(()) };
    }
}

/// Reads a time of RFC 3339, with exactly six decimals if `micro`; the error is Go's text.
///
/// Models `time.Parse`.
pub(super) fn parse_time(text: &str, micro: bool) -> Result<(), String> {
    let layout = if micro { "2006-01-02T15:04:05.000000Z07:00" } else { "2006-01-02T15:04:05Z07:00" };
    let mut rest = text;
    let fail = |rest: &str, element: &str| {
        format!(
            "parsing time {} as {}: cannot parse {} as {}",
            go_quote(text),
            go_quote(layout),
            go_quote(rest),
            go_quote(element)
        )
    };
    let range = |what: &str| format!("parsing time {}: {what} out of range", go_quote(text));
    let mut parts = [0u32; 6];
    let elements = [("2006", 4), ("01", 2), ("02", 2), ("15", 2), ("04", 2), ("05", 2)];
    for (i, ((element, width), part)) in elements.into_iter().zip(&mut parts).enumerate() {
        if let Some(separator) = ["", "-", "-", "T", ":", ":"].get(i) {
            rest = rest.strip_prefix(separator).ok_or_else(|| fail(rest, separator))?;
        }
        let digits = rest.get(..width).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        *part = digits.and_then(|digits| digits.parse().ok()).ok_or_else(|| fail(rest, element))?;
        rest = rest.get(width..).unwrap_or_default();
        let limit = [
            ("", 0..=9999),
            ("month", 1..=12),
            ("day", 1..=31),
            ("hour", 0..=23),
            ("minute", 0..=59),
            ("second", 0..=59),
        ];
        if let Some((what, _)) = limit.get(i).filter(|(_, limit)| !limit.contains(part)) {
            return Err(range(what));
        }
    }
    let decimals = rest.strip_prefix('.').map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    if micro && decimals != 6 {
        return Err(fail(rest, ".000000"));
    }
    if decimals > 0 {
        rest = rest.get(decimals + 1..).unwrap_or_default();
    }
    match after_zone(rest) {
        None => Err(fail(rest, "Z07:00")),
        Some("") if parts[2] > days_in(parts[0], parts[1]) => Err(range("day")),
        Some("") => Ok(()),
        Some(extra) => Err(format!("parsing time {}: extra text: {}", go_quote(text), go_quote(extra))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_as_go() {
        for (text, expected) in [
            ("", Ok(())),
            ("aGk=", Ok(())),
            ("aGk", Err(0)),
            ("aGVsbG8=", Ok(())),
            ("aGVs\nbG8=", Ok(())),
            ("YQ==", Ok(())),
            ("YQ=", Err(3)),
            ("YQ=x", Err(2)),
            ("YQ==x", Err(4)),
            ("not base64!", Err(3)),
            ("=", Err(0)),
            ("abcdefg", Err(4)),
        ] {
            assert_eq!(check_base64(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn times_as_go() {
        for text in ["2026-07-01T10:00:00Z", "2024-02-29T00:00:00.5+09:00"] {
            assert_eq!(parse_time(text, false), Ok(()), "{text}");
        }
        assert_eq!(parse_time("2026-07-01T10:00:00.000001Z", true), Ok(()));
        for (text, expected) in [
            ("abc", r#"parsing time "abc" as "2006-01-02T15:04:05Z07:00": cannot parse "abc" as "2006""#),
            ("2026-07-01", r#"parsing time "2026-07-01" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T""#),
            ("2026-13-01T00:00:00Z", r#"parsing time "2026-13-01T00:00:00Z": month out of range"#),
            ("2026-02-30T00:00:00Z", r#"parsing time "2026-02-30T00:00:00Z": day out of range"#),
            ("2026-07-01T10:00:00Zx", r#"parsing time "2026-07-01T10:00:00Zx": extra text: "x""#),
        ] {
            assert_eq!(parse_time(text, false), Err(expected.to_owned()));
        }
    }
}
