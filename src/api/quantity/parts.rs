//! The parts of a quantity's text: sign, digits, suffix.

use super::Format;
use std::fmt;

/// Why a text is no quantity. Its Display is Kubernetes' own text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuantityError {
    /// It has not the shape number, suffix.
    Format,
    /// Its number cannot be read.
    Numeric,
    /// Its suffix is none.
    Suffix,
}

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            QuantityError::Format => {
                "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
            }
            QuantityError::Numeric => "unable to parse numeric part of quantity",
            QuantityError::Suffix => "unable to parse quantity's suffix",
        })
    }
}

/// A text taken apart.
pub(super) struct Parts<'a> {
    pub negative: bool,
    /// Digits before the point without leading zeros; at least one.
    pub whole: &'a str,
    pub fraction: &'a str,
    /// Of 2 for binary suffixes, else of 10.
    pub exponent: i64,
    pub format: Format,
}

impl<'a> Parts<'a> {
    /// Models `resource.parseQuantityString`.
    pub fn of(text: &'a str) -> Result<Parts<'a>, QuantityError> {
        if text.is_empty() {
            return Err(QuantityError::Format);
        }
        let negative = text.starts_with('-');
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text).trim_start_matches('0');
        let (whole, rest) = split_digits(unsigned);
        let (fraction, suffix) = rest.strip_prefix('.').map_or(("", rest), split_digits);
        let letters = suffix.trim_start_matches(|c| "eEinumkKMGTP".contains(c));
        let exponent = letters.strip_prefix(['-', '+']).unwrap_or(letters);
        if !exponent.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(QuantityError::Format);
        }
        let (exponent, format) = interpret(suffix).ok_or(QuantityError::Suffix)?;
        Ok(Parts { negative, whole: if whole.is_empty() { "0" } else { whole }, fraction, exponent, format })
    }
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len()))
}

/// The exponent and family of a suffix.
fn interpret(suffix: &str) -> Option<(i64, Format)> {
    let decimal = |exponent| Some((exponent, Format::DecimalSI));
    let binary = |exponent| Some((exponent, Format::BinarySI));
    match suffix {
        "n" => decimal(-9),
        "u" => decimal(-6),
        "m" => decimal(-3),
        "" => decimal(0),
        "k" => decimal(3),
        "M" => decimal(6),
        "G" => decimal(9),
        "T" => decimal(12),
        "P" => decimal(15),
        "E" => decimal(18),
        "Ki" => binary(10),
        "Mi" => binary(20),
        "Gi" => binary(30),
        "Ti" => binary(40),
        "Pi" => binary(50),
        "Ei" => binary(60),
        _ => {
            let exponent: i64 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
            // Go keeps the low 32 bits.
            Some((i64::from(exponent as i32), Format::DecimalExponent))
        }
    }
}
