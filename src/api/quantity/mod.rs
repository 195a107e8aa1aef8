//! Amounts of resources: `100m` of cpu, `1536Mi` of memory.
//!
//! A [`Quantity`] is a number of nano-units and the family of suffixes it was written in; arithmetic and comparison are
//! those of an integer. What a field prints after a write is [`canonical`], which keeps some texts as they were written.

mod go_form;
mod parts;

use crate::base::Value;
pub use go_form::{GoAmount, canonical, text_of};
use parts::Parts;
pub use parts::QuantityError;
use std::cmp::Ordering;
use std::fmt;

/// Nano-units in one unit.
const NANO: i128 = 1_000_000_000;

/// The largest exponent a text may carry before its value is capped.
const MAX_EXPONENT: i64 = 40;

/// The family of suffixes of a [`Quantity`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// `n u m "" k M G T P E`
    #[default]
    DecimalSI,
    /// `Ki Mi Gi Ti Pi Ei`
    BinarySI,
    /// `e3`, `E6`
    DecimalExponent,
}

impl Format {
    /// The name of Go's constant.
    pub fn name(self) -> &'static str {
        match self {
            Format::DecimalSI => "DecimalSI",
            Format::BinarySI => "BinarySI",
            Format::DecimalExponent => "DecimalExponent",
        }
    }
}

/// A fixed-point number. Two quantities are equal if their values are, whatever they were written like.
///
/// Values beyond 10^29 are capped; upstream keeps larger decimal ones.
///
/// Models `k8s.io/apimachinery/pkg/api/resource.Quantity`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quantity {
    nanos: i128,
    format: Format,
}

impl Quantity {
    /// `value` whole units.
    pub fn of(value: i64, format: Format) -> Quantity {
        Quantity { nanos: i128::from(value) * NANO, format }
    }

    /// `milli` thousandths of a unit, as cpu is counted.
    pub fn of_milli(milli: i64, format: Format) -> Quantity {
        Quantity { nanos: i128::from(milli) * (NANO / 1000), format }
    }

    /// Reads a text.
    ///
    /// Models `resource.ParseQuantity`.
    pub fn parse(text: &str) -> Result<Quantity, QuantityError> {
        let parts = Parts::of(text)?;
        let digits = || parts.whole.bytes().chain(parts.fraction.bytes());
        let mut nanos = digits().try_fold(0i128, |value, digit| {
            value.checked_mul(10).and_then(|value| value.checked_add(i128::from(digit - b'0')))
        });
        let decimals = i64::try_from(parts.fraction.len()).unwrap_or(i64::MAX);
        let mut format = parts.format;
        let (power, shift) = match format {
            Format::BinarySI => (9 - decimals, parts.exponent),
            _ => (parts.exponent.saturating_add(9).saturating_sub(decimals), 0),
        };
        nanos = nanos.and_then(|value| value.checked_mul(1i128.checked_shl(u32::try_from(shift).ok()?)?));
        let mut nanos = scale_up_or_round(nanos, power);
        if format == Format::BinarySI {
            nanos = nanos.min(i128::from(i64::MAX) * NANO);
            if nanos > 0 && nanos < NANO {
                format = Format::DecimalSI;
            }
        }
        Ok(Quantity { nanos: if parts.negative { -nanos } else { nanos }, format })
    }

    /// Reads a JSON string or number.
    ///
    /// Models `Quantity.UnmarshalJSON`.
    pub fn from_value(value: &Value) -> Result<Quantity, QuantityError> {
        Quantity::parse(&text_of(value))
    }

    /// The family of suffixes.
    pub fn format(self) -> Format {
        self.format
    }

    /// Nano-units.
    pub fn nanos(self) -> i128 {
        self.nanos
    }

    /// Whole units, rounded away from zero.
    ///
    /// Models `Quantity.Value`.
    pub fn value(self) -> i64 {
        self.rounded(NANO)
    }

    /// Thousandths, rounded away from zero.
    ///
    /// Models `Quantity.MilliValue`.
    pub fn milli_value(self) -> i64 {
        self.rounded(NANO / 1000)
    }

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.nanos == 0
    }

    /// -1, 0 or 1.
    pub fn sign(self) -> i32 {
        match self.nanos.cmp(&0) {
            Ordering::Less => -1,
            Ordering::Equal => 0,
            Ordering::Greater => 1,
        }
    }

    fn rounded(self, unit: i128) -> i64 {
        let (whole, rest) = (self.nanos / unit, self.nanos % unit);
        let value = whole + rest.signum();
        i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
    }

    fn with(self, other: Quantity, nanos: i128) -> Quantity {
        Quantity { nanos, format: if self.is_zero() { other.format } else { self.format } }
    }
}

impl std::ops::Add for Quantity {
    type Output = Quantity;
    fn add(self, other: Quantity) -> Quantity {
        self.with(other, self.nanos.saturating_add(other.nanos))
    }
}

impl std::ops::Sub for Quantity {
    type Output = Quantity;
    fn sub(self, other: Quantity) -> Quantity {
        self.with(other, self.nanos.saturating_sub(other.nanos))
    }
}

impl std::ops::AddAssign for Quantity {
    fn add_assign(&mut self, other: Quantity) {
        *self = *self + other;
    }
}

impl std::ops::SubAssign for Quantity {
    fn sub_assign(&mut self, other: Quantity) {
        *self = *self - other;
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Quantity) -> bool {
        self.nanos == other.nanos
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Quantity) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Quantity) -> Ordering {
        self.nanos.cmp(&other.nanos)
    }
}

/// The canonical form: no precision lost, no fraction, the largest suffix.
///
/// Models `Quantity.CanonicalizeBytes`.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return f.write_str("0");
        }
        let binary = self.format == Format::BinarySI
            && self.nanos.unsigned_abs() >= 1024 * NANO.unsigned_abs()
            && self.nanos % NANO == 0;
        if binary {
            let (number, thousands) = without_factor(self.nanos / NANO, 1024);
            return write!(f, "{number}{}", ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].get(thousands).unwrap_or(&""));
        }
        let (number, tens) = without_factor(self.nanos, 10);
        let exponent = i64::try_from(tens).unwrap_or(0) - 9;
        let extra = exponent.rem_euclid(3);
        let (number, exponent) = (
            number
                * if extra == 2 {
                    100
                } else if extra == 1 {
                    10
                } else {
                    1
                },
            exponent - extra,
        );
        match (self.format, exponent) {
            (_, 0) => write!(f, "{number}"),
            (Format::DecimalExponent, _) => write!(f, "{number}e{exponent}"),
            _ => {
                let index = usize::try_from((exponent + 9) / 3).unwrap_or(0);
                write!(f, "{number}{}", ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"].get(index).unwrap_or(&""))
            }
        }
    }
}

/// `value * 10^power`, rounded up where `power` is negative; capped.
fn scale_up_or_round(value: Option<i128>, power: i64) -> i128 {
    if value == Some(0) {
        return 0;
    }
    if power < 0 {
        let divisor = u32::try_from(-power).ok().and_then(|power| 10i128.checked_pow(power));
        return match (value, divisor) {
            (Some(value), Some(divisor)) => value / divisor + i128::from(value % divisor != 0),
            (Some(_), None) => 1,
            (None, _) => i128::MAX,
        };
    }
    let factor = u32::try_from(power.min(MAX_EXPONENT)).ok().and_then(|power| 10i128.checked_pow(power));
    value.zip(factor).and_then(|(value, factor)| value.checked_mul(factor)).unwrap_or(i128::MAX)
}

/// Divides by `factor` as often as it goes without rest; how often.
fn without_factor(mut value: i128, factor: i128) -> (i128, usize) {
    let mut times = 0;
    while value != 0 && value % factor == 0 {
        value /= factor;
        times += 1;
    }
    (value, times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_forms() {
        for (text, expected) in [
            ("0", "0"),
            ("0Mi", "0"),
            ("1", "1"),
            ("0.5", "500m"),
            (".5", "500m"),
            ("1.5", "1500m"),
            ("1500m", "1500m"),
            ("2000m", "2"),
            ("100000m", "100"),
            ("0.1m", "100u"),
            ("0.1n", "1n"),
            ("1n", "1n"),
            ("5u", "5u"),
            ("1000", "1k"),
            ("1000k", "1M"),
            ("12M", "12M"),
            ("1G", "1G"),
            ("1T", "1T"),
            ("1P", "1P"),
            ("1E", "1E"),
            ("1024Mi", "1Gi"),
            ("1.5Gi", "1536Mi"),
            ("0.5Gi", "512Mi"),
            ("1Ki", "1Ki"),
            ("0.5Ki", "512"),
            ("0.0001Ki", "102400u"),
            ("128Mi", "128Mi"),
            ("1000Mi", "1000Mi"),
            ("1Ti", "1Ti"),
            ("1024Ti", "1Pi"),
            ("1Ei", "1Ei"),
            ("100Ei", "9223372036854775807"),
            ("1e3", "1e3"),
            ("5e2", "500"),
            ("1e-3", "1e-3"),
            ("12E6", "12E6"),
            ("10e6", "10e6"),
            ("100e5", "10e6"),
            ("-1", "-1"),
            ("-0.5", "-500m"),
            ("-1024Mi", "-1Gi"),
            ("1.500", "1.500"),
            ("+5", "+5"),
            ("00010Mi", "00010Mi"),
        ] {
            assert_eq!(canonical(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn refusals() {
        for (text, expected) in [
            ("", QuantityError::Format),
            ("abc", QuantityError::Format),
            ("1 Gi", QuantityError::Format),
            ("1.2.3", QuantityError::Format),
            ("5x", QuantityError::Format),
            ("5mm", QuantityError::Suffix),
            ("5e", QuantityError::Suffix),
            ("1KB", QuantityError::Format),
            ("1K", QuantityError::Suffix),
            ("1gi", QuantityError::Format),
            ("100MiB", QuantityError::Format),
        ] {
            assert_eq!(canonical(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn values_and_arithmetic() {
        let q = |text| Quantity::parse(text).unwrap();
        for (text, value, milli) in
            [("100m", 1, 100), ("1.5", 2, 1500), ("-1.5", -2, -1500), ("1Ki", 1024, 1_024_000), ("1n", 1, 1)]
        {
            assert_eq!((q(text).value(), q(text).milli_value()), (value, milli), "{text}");
        }
        assert!(q("1Gi") > q("1G") && q("1000m") == q("1") && q("0.1") < q("1"));
        assert_eq!((q("1Gi") + q("512Mi")).to_string(), "1536Mi");
        assert_eq!((q("0") + q("512Mi")).to_string(), "512Mi");
        assert_eq!((q("1") - q("250m")).to_string(), "750m");
        assert_eq!(q("1e200").value(), i64::MAX);
        for text in
            ["1e-9223372036854775808", "1.5e9223372036854775807", "-1e40", "1e-2147483648", "99999999999999999999E"]
        {
            let _ = (q(text) - q("1e40") - q("1e40")).to_string() + &canonical(text).unwrap();
        }
        assert_eq!(Quantity::from_value(&serde_json::json!(0.5)).map(|q| q.to_string()), Ok("500m".to_owned()));
        assert_eq!(Quantity::from_value(&serde_json::json!(1000.0)).map(|q| q.to_string()), Ok("1k".to_owned()));
    }
}
