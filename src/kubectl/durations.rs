//! Spans of time as flags carry them: Go's `time.ParseDuration`.

use crate::base::text::go_quote;
use std::time::Duration;

/// Reads `300ms`, `1m30s`, `-1.5h` or `0`. Returns whether it is negative, and its length. The error is Go's text.
pub fn parse(text: &str) -> Result<(bool, Duration), String> {
    let invalid = || format!("time: invalid duration {}", go_quote(text));
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok((negative, Duration::ZERO));
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut nanos = 0.0f64;
    while !rest.is_empty() {
        let length = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number: f64 = rest[..length].parse().map_err(|_| invalid())?;
        rest = &rest[length..];
        let length = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let unit = &rest[..length];
        rest = &rest[length..];
        nanos += number
            * match unit {
                "ns" => 1.0,
                "us" | "µs" | "μs" => 1e3,
                "ms" => 1e6,
                "s" => 1e9,
                "m" => 60e9,
                "h" => 3600e9,
                "" => return Err(format!("time: missing unit in duration {}", go_quote(text))),
                unit => {
                    return Err(format!("time: unknown unit {} in duration {}", go_quote(unit), go_quote(text)));
                }
            };
    }
    if nanos > i64::MAX as f64 {
        return Err(invalid());
    }
    Ok((negative, Duration::from_nanos(nanos as u64)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_go_parses() {
        let ok = |text: &str| parse(text).unwrap();
        assert_eq!(ok("1m30s"), (false, Duration::from_secs(90)));
        assert_eq!(ok("-1.5h"), (true, Duration::from_secs(5400)));
        assert_eq!(ok("0"), (false, Duration::ZERO));
        assert_eq!(parse("5").unwrap_err(), r#"time: missing unit in duration "5""#);
        assert_eq!(parse("5d").unwrap_err(), r#"time: unknown unit "d" in duration "5d""#);
        assert_eq!(parse("x").unwrap_err(), r#"time: invalid duration "x""#);
        assert_eq!(parse("").unwrap_err(), r#"time: invalid duration """#);
    }
}
