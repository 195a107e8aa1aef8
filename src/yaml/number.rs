//! Numbers as Go prints and kubectl carries them.

use serde_json::Number;

use crate::base::Value;

/// The JSON value of a float. Go's JSON prints whole floats without a point, and Kubernetes reads those as integers.
pub(super) fn float_value(float: f64) -> Value {
    match format!("{float}").parse::<i64>() {
        Ok(integer) => Value::from(integer),
        Err(_) => Number::from_f64(float).map_or(Value::Null, Value::Number),
    }
}

/// Models `strconv.FormatFloat(f, 'g', -1, bits)`, given Rust's shortest scientific form (`{:e}`) of the float.
fn shortest(scientific: &str) -> String {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    if !(-4..6).contains(&exponent) {
        let exponent_sign = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{mantissa}e{exponent_sign}{:02}", exponent.abs());
    }
    let digits = mantissa.replace('.', "");
    if exponent < 0 {
        return format!("{sign}0.{}{digits}", "0".repeat((-exponent - 1) as usize));
    }
    let whole = exponent as usize + 1;
    match digits.split_at_checked(whole) {
        Some((whole, "")) => format!("{sign}{whole}"),
        Some((whole, rest)) => format!("{sign}{whole}.{rest}"),
        None => format!("{sign}{digits}{}", "0".repeat(whole - digits.len())),
    }
}

/// A float as Go's `%g` of 64 bits, which go-yaml prints.
pub(super) fn go_float(float: f64) -> String {
    shortest(&format!("{float:e}"))
}

/// A float key as `sigs.k8s.io/yaml` names it: with the digits of 32 bits.
pub(super) fn go_float_key(float: f64) -> String {
    let narrow = float as f32;
    match float {
        _ if float.is_nan() => ".nan".to_owned(),
        _ if narrow == f32::INFINITY => ".inf".to_owned(),
        _ if narrow == f32::NEG_INFINITY => "-.inf".to_owned(),
        _ => shortest(&format!("{narrow:e}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_as_go_prints_them() {
        for (float, text) in [
            (1.5, "1.5"),
            (0.1, "0.1"),
            (-0.00012, "-0.00012"),
            (0.000012, "1.2e-05"),
            (1e21, "1e+21"),
            (1e20, "1e+20"),
            (1_234_567.5, "1.2345675e+06"),
            (123_456.5, "123456.5"),
        ] {
            assert_eq!(go_float(float), text);
        }
    }
}
