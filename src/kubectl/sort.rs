//! `--sort-by`.

use super::failure::Failure;
use super::jsonpath::{Template, relaxed};
use super::select::Selection;
use crate::base::Order;
use crate::base::{Value, text::go_quote};
use std::cmp::Ordering;

/// Sorts what was found by a field.
///
/// Models `kubectl/pkg/cmd/get/sorter.go`; equal objects keep their order.
pub fn by_field(selection: &mut Selection, path: &str) -> Result<(), Failure> {
    let path = relaxed(path).unwrap_or_else(|_| path.to_owned());
    let template = Template::parse(&path)?;
    let mut keyed = Vec::new();
    let mut any = selection.targets.is_empty();
    for target in selection.targets.drain(..) {
        let value = target.object.as_ref().map_or(Value::Null, |object| object.to_value());
        let found = template.find(&value)?.into_iter().flatten().next().map(|found| found.into_owned());
        any |= found.is_some();
        keyed.push((found, target));
    }
    if !any {
        return Err(Failure::Plain(format!(
            "couldn't find any field with path {} in the list of objects",
            go_quote(&path)
        )));
    }
    keyed.order_by(|(a, _), (b, _)| match (a, b) {
        (None, None) => Ordering::Equal,
        (None, _) => Ordering::Less,
        (_, None) => Ordering::Greater,
        (Some(a), Some(b)) => compare(a, b),
    });
    selection.targets = keyed.into_iter().map(|(_, target)| target).collect();
    Ok(())
}

fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal),
        // Quantities compare as amounts: 1Gi is more than 500Mi.
        (Value::String(a), Value::String(b)) => {
            use crate::api::quantity::Quantity;
            match (Quantity::parse(a), Quantity::parse(b)) {
                (Ok(a), Ok(b)) => a.nanos().cmp(&b.nanos()),
                _ => a.cmp(b),
            }
        }
        _ => Ordering::Equal,
    }
}
