//! How Go holds a quantity that it has read, and so what it writes back.

use super::parts::{Parts, QuantityError};
use super::{Format, Quantity};
use crate::base::Value;

/// What the API server gives back for a text: the canonical form, or the text itself where Go's parser takes it as
/// canonical already (`1.500` stays).
pub fn canonical(text: &str) -> Result<String, QuantityError> {
    let text = text.trim();
    let amount = GoAmount::parse(text)?;
    Ok(amount.cached.unwrap_or_else(|| amount.quantity.to_string()))
}

/// How Go holds a quantity in memory after parsing it, which is what the pod-template-hash reads.
#[derive(Clone, Debug)]
pub struct GoAmount {
    /// The number itself.
    pub quantity: Quantity,
    /// `Some((value, scale))` if it fits the fast form `value * 10^scale`; `None` if Go needs a big decimal.
    pub small: Option<(i64, i64)>,
    /// The text, if the parser took it as canonical.
    pub cached: Option<String>,
}

impl GoAmount {
    /// Models the fast path of `resource.ParseQuantity`.
    pub fn parse(text: &str) -> Result<GoAmount, QuantityError> {
        let quantity = Quantity::parse(text)?;
        if text == "0" {
            return Ok(GoAmount { quantity, small: Some((0, 0)), cached: Some(text.to_owned()) });
        }
        let parts = Parts::of(text)?;
        let length = |part: &str| i64::try_from(part.len()).unwrap_or(i64::MAX / 4);
        let (room, factor, scale) = match parts.format {
            Format::BinarySI if parts.fraction.is_empty() => {
                (15 - length(parts.whole) - parts.exponent * 3 / 10 - 1, 1i64.checked_shl(parts.exponent as u32), 0)
            }
            Format::BinarySI => (-1, None, 0),
            _ => (18 - length(parts.whole) - length(parts.fraction), Some(1), parts.exponent),
        };
        let scale = scale - length(parts.fraction);
        let shifted = format!("{}{}", parts.whole, parts.fraction);
        let small = if room >= 0 && scale >= -9 {
            shifted.parse::<i64>().ok().and_then(|value| Some((value, value.checked_mul(factor?)?)))
        } else {
            None
        };
        let cached = small.is_some_and(|(value, _)| match parts.format {
            Format::BinarySI => value & 7 != 0,
            _ => scale % 3 == 0 && !shifted.ends_with("000") && !shifted.starts_with('0'),
        });
        let small = small.map(|(_, value)| (if parts.negative { -value } else { value }, scale));
        Ok(GoAmount { quantity, small, cached: cached.then(|| text.to_owned()) })
    }
}

/// The text of a JSON scalar as Go's decoder hands it to `UnmarshalJSON`.
pub fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 1e21 => format!("{float:.0}"),
            _ => number.to_string(),
        },
        Value::Null => "0".to_owned(),
        other => other.to_string(),
    }
}
