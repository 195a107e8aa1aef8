//! What type a scalar has: go-yaml v2's reading of YAML 1.1.
//!
//! Models `resolve.go` of go-yaml v2.

use super::timestamp::is_timestamp;

const PREFIX: &str = "tag:yaml.org,2002:";

/// A typed scalar.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    /// Only what an `Int` cannot hold.
    Uint(u64),
    Float(f64),
    Text(String),
    /// Stays the text it is; only its tag differs.
    Timestamp(String),
}

impl Scalar {
    fn tag(&self) -> &'static str {
        match self {
            Scalar::Null => "null",
            Scalar::Bool(_) => "bool",
            Scalar::Int(_) | Scalar::Uint(_) => "int",
            Scalar::Float(_) => "float",
            Scalar::Text(_) => "str",
            Scalar::Timestamp(_) => "timestamp",
        }
    }
}

/// The value of a scalar node.
///
/// # Errors
/// go-yaml's words when the text is not what the tag says.
pub(super) fn scalar(text: &str, tag: &str, plain: bool) -> Result<Scalar, String> {
    if tag.is_empty() {
        return Ok(if plain { resolve(text, true) } else { Scalar::Text(text.to_owned()) });
    }
    let short = tag.strip_prefix(PREFIX).unwrap_or("");
    match short {
        "str" => Ok(Scalar::Text(text.to_owned())),
        "binary" => {
            binary(text).map(Scalar::Text).ok_or_else(|| "!!binary value contains invalid base64 data".to_owned())
        }
        "bool" | "int" | "float" | "null" | "timestamp" => {
            let scalar = resolve(text, short == "timestamp");
            match scalar {
                Scalar::Int(integer) if short == "float" => Ok(Scalar::Float(integer as f64)),
                scalar if scalar.tag() == short => Ok(scalar),
                scalar => Err(format!("cannot decode !!{} `{text}` as a !!{short}", scalar.tag())),
            }
        }
        _ => Ok(Scalar::Text(text.to_owned())),
    }
}

/// Would this text, written plainly, be read as text again?
pub(super) fn is_plain_text(text: &str) -> bool {
    matches!(resolve(text, true), Scalar::Text(_))
}

fn resolve(text: &str, timestamps: bool) -> Scalar {
    let number = match text.bytes().next() {
        None | Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => None,
        Some(b'.') => decimal(text, true).map(Scalar::Float),
        Some(b'+' | b'-' | b'0'..=b'9') if timestamps && is_timestamp(text) => Some(Scalar::Timestamp(text.to_owned())),
        Some(b'+' | b'-' | b'0'..=b'9') => number(&text.replace('_', "")),
        Some(_) => return Scalar::Text(text.to_owned()),
    };
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Scalar::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Scalar::Bool(false),
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        ".nan" | ".NaN" | ".NAN" => Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Scalar::Float(f64::NEG_INFINITY),
        _ => number.unwrap_or_else(|| Scalar::Text(text.to_owned())),
    }
}

/// A number without underscores: Go's integers of any base, then YAML's floats, then `0b` as YAML writes it.
fn number(text: &str) -> Option<Scalar> {
    let (negative, signed, digits) = match text.as_bytes() {
        [b'-', ..] => (true, true, text.get(1..)?),
        [b'+', ..] => (false, true, text.get(1..)?),
        _ => (false, false, text),
    };
    integer(digits, negative, signed).or_else(|| decimal(text, false).map(Scalar::Float))
}

/// Models `strconv.ParseInt(s, 0, 64)`, and `ParseUint` where there is no sign.
fn integer(digits: &str, negative: bool, signed: bool) -> Option<Scalar> {
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, lower.get(2..)?),
        [b'0', b'o', ..] => (8, lower.get(2..)?),
        [b'0', b'b', ..] => (2, lower.get(2..)?),
        [b'0', _, ..] => (8, lower.get(1..)?),
        _ => (10, lower.as_str()),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        return 0i64.checked_sub_unsigned(magnitude).map(Scalar::Int);
    }
    match i64::try_from(magnitude) {
        Ok(integer) => Some(Scalar::Int(integer)),
        Err(_) if !signed => Some(Scalar::Uint(magnitude)),
        Err(_) => None,
    }
}

/// A decimal float; too large a one stays text. Go allows `_` between digits where the text starts with a point.
fn decimal(text: &str, underscores: bool) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let is_digit = |b: u8| b.is_ascii_digit() || (underscores && b == b'_');
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits_in_mantissa = mantissa.bytes().any(|b| b.is_ascii_digit());
    let right = digits_in_mantissa
        && whole.bytes().chain(fraction.bytes()).all(is_digit)
        && exponent.is_none_or(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
        && !(fraction.starts_with('_') || fraction.ends_with('_') || fraction.contains("__"));
    if !right {
        return None;
    }
    text.replace('_', "").parse().ok().filter(|float: &f64| float.is_finite())
}

/// Standard base64, line breaks ignored, with padding. Bytes that are no UTF-8 become U+FFFD, as Go's JSON writes them.
fn binary(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut bits: u32 = 0;
    let mut count = 0;
    let mut padding = 0;
    for c in text.bytes().filter(|c| !matches!(c, b'\r' | b'\n')) {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                padding += 1;
                0
            }
            _ => return None,
        };
        if padding > 0 && c != b'=' {
            return None;
        }
        bits = bits << 6 | u32::from(value);
        count += 1;
        if count % 4 == 0 {
            bytes.extend([(bits >> 16) as u8, (bits >> 8) as u8, bits as u8]);
            bits = 0;
        }
    }
    if count % 4 != 0 || padding > 2 {
        return None;
    }
    bytes.truncate(bytes.len() - padding);
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars() {
        let text = |text: &str| Scalar::Text(text.to_owned());
        for (written, expected) in [
            ("yes", Scalar::Bool(true)),
            ("off", Scalar::Bool(false)),
            ("y", Scalar::Bool(true)),
            ("N", Scalar::Bool(false)),
            ("yEs", text("yEs")),
            ("~", Scalar::Null),
            ("Null", Scalar::Null),
            ("nULL", text("nULL")),
            ("0777", Scalar::Int(511)),
            ("0o777", Scalar::Int(511)),
            ("0x1F", Scalar::Int(31)),
            ("-0x10", Scalar::Int(-16)),
            ("0b101", Scalar::Int(5)),
            ("-0b11", Scalar::Int(-3)),
            ("0b", text("0b")),
            ("08", Scalar::Float(8.0)),
            ("0_7", Scalar::Int(7)),
            ("1_000", Scalar::Int(1000)),
            ("_1", text("_1")),
            ("+5", Scalar::Int(5)),
            ("+-5", text("+-5")),
            ("-", text("-")),
            ("9223372036854775807", Scalar::Int(i64::MAX)),
            ("-9223372036854775808", Scalar::Int(i64::MIN)),
            ("18446744073709551615", Scalar::Uint(u64::MAX)),
            ("18446744073709551616", Scalar::Float(18446744073709551616.0)),
            ("1.", Scalar::Float(1.0)),
            (".5", Scalar::Float(0.5)),
            ("+.5", Scalar::Float(0.5)),
            ("-1.5e3", Scalar::Float(-1500.0)),
            ("1e400", text("1e400")),
            ("1e", text("1e")),
            (".", text(".")),
            ("1.2.3", text("1.2.3")),
            ("500m", text("500m")),
            ("12:30:45", text("12:30:45")),
            ("2001-12-14", Scalar::Timestamp("2001-12-14".to_owned())),
            (".inf", Scalar::Float(f64::INFINITY)),
            ("-.Inf", Scalar::Float(f64::NEG_INFINITY)),
            ("<<", text("<<")),
        ] {
            assert_eq!(scalar(written, "", true), Ok(expected), "{written}");
        }
    }

    #[test]
    fn tagged_scalars() {
        let text = |text: &str| Ok(Scalar::Text(text.to_owned()));
        assert_eq!(scalar("5", "", false), text("5"));
        assert_eq!(scalar("5", "tag:yaml.org,2002:str", false), text("5"));
        assert_eq!(scalar("5", "tag:yaml.org,2002:float", true), Ok(Scalar::Float(5.0)));
        assert_eq!(scalar("5", "!mine", true), text("5"));
        assert_eq!(scalar("aGk=", "tag:yaml.org,2002:binary", true), text("hi"));
        let wrong = [
            ("abc", "int", "cannot decode !!str `abc` as a !!int"),
            ("1", "null", "cannot decode !!int `1` as a !!null"),
        ];
        for (written, tag, message) in wrong {
            assert_eq!(scalar(written, &format!("{PREFIX}{tag}"), true), Err(message.to_owned()));
        }
        let bad = scalar("a", "tag:yaml.org,2002:binary", true);
        assert_eq!(bad, Err("!!binary value contains invalid base64 data".to_owned()));
    }
}
