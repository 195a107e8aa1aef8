//! Resource quantities: exact values, compared and printed as Kubernetes does.
//!
//! Models `k8s.io/apimachinery/pkg/api/resource.Quantity`.

use crate::base::Value;
use std::cmp::Ordering;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Decimal,
    Binary,
    Exponent,
}

/// An amount of a resource, exact to a billionth.
#[derive(Clone, Copy, Debug)]
pub struct Quantity {
    nanos: i128,
    format: Format,
}

const NANO: i128 = 1_000_000_000;
const DECIMAL: [(&str, u32); 10] =
    [("n", 0), ("u", 3), ("m", 6), ("", 9), ("k", 12), ("M", 15), ("G", 18), ("T", 21), ("P", 24), ("E", 27)];
const BINARY: [&str; 6] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

impl Quantity {
    /// Reads a quantity from JSON: a text or a number. `None` when it is neither; strict decoding has rejected that.
    pub fn of(value: &Value) -> Option<Quantity> {
        match value {
            Value::String(text) => Quantity::parse(text),
            Value::Number(number) => Quantity::parse(&number.to_string()),
            _ => None,
        }
    }

    /// Reads `1500m`, `1.5Gi`, `1e3`. What is finer than a billionth is rounded up, what is too large is cut.
    pub fn parse(text: &str) -> Option<Quantity> {
        let (negative, rest) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, suffix) = rest.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return None;
        }
        let (format, factor, tens) = factor_of(suffix)?;
        let digits: String = [whole, fraction].concat();
        let mantissa = digits.trim_start_matches('0').get(..30).unwrap_or(digits.trim_start_matches('0'));
        let mantissa: i128 = if mantissa.is_empty() { 0 } else { mantissa.parse().ok()? };
        let exponent = tens - i32::try_from(fraction.len()).ok()?;
        let scaled = mantissa.saturating_mul(factor);
        let nanos = if exponent >= 0 {
            scaled.saturating_mul(10_i128.saturating_pow(exponent.unsigned_abs()))
        } else {
            let divisor = 10_i128.saturating_pow(exponent.unsigned_abs().min(38));
            scaled / divisor + i128::from(scaled % divisor != 0)
        };
        Some(Quantity { nanos: if negative { -nanos } else { nanos }, format })
    }

    /// Whether the amount is below zero.
    pub fn is_negative(&self) -> bool {
        self.nanos < 0
    }

    /// Whether the amount is zero.
    pub fn is_zero(&self) -> bool {
        self.nanos == 0
    }

    /// Whether the amount is whole (to a thousandth, as upstream looks at it).
    pub fn is_integer(&self) -> bool {
        self.thousandths() % 1000 == 0
    }

    /// The amount rounded up to a whole number. Models `Quantity.Value`.
    pub fn ceil(&self) -> i64 {
        let up = self.nanos.div_euclid(NANO) + i128::from(self.nanos.rem_euclid(NANO) != 0);
        i64::try_from(up).unwrap_or(i64::MAX)
    }

    /// The amount in thousandths, rounded up. Models `Quantity.MilliValue`.
    pub fn thousandths(&self) -> i128 {
        self.nanos.div_euclid(1_000_000) + i128::from(self.nanos.rem_euclid(1_000_000) != 0)
    }

    /// This amount rounded up to thousandths. Models `SetDefaults_ResourceList`.
    pub fn round_up_to_thousandths(self) -> Quantity {
        Quantity { nanos: self.thousandths() * 1_000_000, ..self }
    }

    /// The sum, in the form of `self`.
    pub fn plus(self, other: Quantity) -> Quantity {
        Quantity { nanos: self.nanos.saturating_add(other.nanos), format: self.format }
    }
}

fn factor_of(suffix: &str) -> Option<(Format, i128, i32)> {
    if let Some(power) = BINARY.iter().position(|binary| *binary == suffix) {
        return Some((Format::Binary, 1024_i128.pow(power as u32 + 1), 9));
    }
    if let Some((_, tens)) = DECIMAL.iter().find(|(decimal, _)| *decimal == suffix) {
        return Some((Format::Decimal, 1, *tens as i32));
    }
    let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    (exponent.abs() <= 60).then_some((Format::Exponent, 1, exponent + 9))
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nanos == other.nanos
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nanos.cmp(&other.nanos)
    }
}

impl std::fmt::Display for Quantity {
    /// The canonical form: `0.5` is `500m`, `1024Mi` is `1Gi`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.nanos == 0 {
            return f.write_str("0");
        }
        let whole = self.nanos % NANO == 0;
        if self.format == Format::Binary && whole && self.nanos.abs() >= 1024 * NANO {
            let mut amount = self.nanos / NANO;
            let mut power = 0;
            while amount % 1024 == 0 && power < BINARY.len() {
                amount /= 1024;
                power += 1;
            }
            let suffix = power.checked_sub(1).and_then(|power| BINARY.get(power)).copied().unwrap_or_default();
            return write!(f, "{amount}{suffix}");
        }
        let mut amount = self.nanos;
        let mut power = 0;
        while amount % 1000 == 0 && power + 1 < DECIMAL.len() {
            amount /= 1000;
            power += 1;
        }
        match (self.format, i64::from(DECIMAL[power].1) - 9) {
            (Format::Exponent, 0) => write!(f, "{amount}"),
            (Format::Exponent, exponent) => write!(f, "{amount}e{exponent}"),
            _ => write!(f, "{amount}{}", DECIMAL[power].0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Quantity;

    #[test]
    fn canonical_forms() {
        for (text, canonical) in [
            ("0.5", "500m"),
            ("1500m", "1500m"),
            ("2", "2"),
            ("1000", "1k"),
            ("64M", "64M"),
            ("1Gi", "1Gi"),
            ("1024Mi", "1Gi"),
            ("1.5Gi", "1536Mi"),
            ("0.5Ki", "512"),
            ("128974848", "128974848"),
            ("129e6", "129e6"),
            ("-1", "-1"),
            ("0", "0"),
            ("0m", "0"),
            ("100m", "100m"),
            ("1.", "1"),
            (".5", "500m"),
        ] {
            assert_eq!(Quantity::parse(text).unwrap().to_string(), canonical, "{text}");
        }
        for text in ["lots", "", "1.2.3", "1 Gi", "1gi", "-"] {
            assert!(Quantity::parse(text).is_none(), "{text}");
        }
        assert!(Quantity::parse("1Gi") > Quantity::parse("1G"));
        assert_eq!(Quantity::parse("1500m").unwrap().ceil(), 2);
    }
}
