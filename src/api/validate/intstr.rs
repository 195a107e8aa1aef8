//! Numbers that may also be percentages.
//!
//! Models the helpers of `pkg/apis/apps/validation/validation.go`.

use super::meta::not_negative;
use super::text;
use crate::api::field_error::FieldError;
use crate::api::node::Node;

/// A number that is not negative, or a percentage. Models `ValidatePositiveIntOrPercent`.
pub fn int_or_percent(at: &Node, errors: &mut Vec<FieldError>) {
    match at.text() {
        Some(text) => errors.extend(text::percent(text).into_iter().map(|flaw| at.invalid(flaw))),
        None => not_negative(at, errors),
    }
}

fn percent(at: &Node) -> Option<i64> {
    let text = at.text().filter(|text| text::percent(text).is_empty())?;
    Some(text.trim_end_matches('%').parse().unwrap_or(i64::MAX))
}

/// The number, or the number before `%`. Models `getIntOrPercentValue`.
pub fn amount(at: &Node) -> i64 {
    percent(at).unwrap_or_else(|| at.number().or_else(|| at.str().parse().ok()).unwrap_or_default())
}

/// Models `IsNotMoreThan100Percent`.
pub fn at_most_100_percent(at: &Node, errors: &mut Vec<FieldError>) {
    if percent(at).is_some_and(|percent| percent > 100) {
        errors.push(at.invalid("must not be greater than 100%"));
    }
}

/// A port by number or by name. Models `ValidatePortNumOrName`.
pub fn port_number_or_name(at: &Node, errors: &mut Vec<FieldError>) {
    match at.text() {
        Some(name) => errors.extend(text::port_name(name).into_iter().map(|flaw| at.invalid(flaw))),
        None => errors.extend(text::port_number(at.int()).into_iter().map(|flaw| at.invalid_as(at.int(), flaw))),
    }
}
