//! Amounts of resources by name, and what a pod as a whole asks for.
//!
//! Models `k8s.io/component-helpers/resource/helpers.go`.

use super::quantity::Quantity;
use crate::base::Value;
use std::collections::BTreeMap;

/// Amounts by the name of the resource (`cpu`, `memory`, ...).
pub type Amounts = BTreeMap<String, Quantity>;

/// A list of amounts as numbers.
pub fn amounts(value: Option<&Value>) -> Amounts {
    let fields = value.and_then(Value::as_object).into_iter().flatten();
    fields.filter_map(|(name, amount)| Some((name.clone(), Quantity::from_value(amount).ok()?))).collect()
}

/// What a pod as a whole requests or is limited to (`part` is `requests` or `limits`): its containers together, or the greediest
/// that runs before them.
pub fn of_pod(pod: &Value, part: &str) -> Amounts {
    let list = |name: &str| pod.pointer(&format!("/spec/{name}")).and_then(Value::as_array).into_iter().flatten();
    let of = |container: &Value| amounts(container.pointer(&format!("/resources/{part}")));
    let mut total = Amounts::new();
    for container in list("containers") {
        add(&mut total, &of(container));
    }
    let (mut beside, mut peak) = (Amounts::new(), Amounts::new());
    for container in list("initContainers") {
        let mut now = of(container);
        if container.get("restartPolicy").is_some_and(|policy| policy == "Always") {
            add(&mut total, &now);
            add(&mut beside, &now);
            now = beside.clone();
        } else {
            add(&mut now, &beside);
        }
        raise(&mut peak, &now);
    }
    raise(&mut total, &peak);
    let overhead = amounts(pod.pointer("/spec/overhead"));
    for (name, amount) in overhead {
        if part == "requests" || total.contains_key(&name) {
            add(&mut total, &Amounts::from([(name, amount)]));
        }
    }
    total
}

/// Adds amounts.
pub fn add(to: &mut Amounts, more: &Amounts) {
    for (name, amount) in more {
        let sum = to.get(name).map_or(*amount, |present| plus(*present, *amount));
        to.insert(name.clone(), sum);
    }
}

/// The sum, written like the first.
fn plus(a: Quantity, b: Quantity) -> Quantity {
    let format = if a.is_zero() { b.format() } else { a.format() };
    Quantity::of_milli(a.milli_value().saturating_add(b.milli_value()), format)
}

fn raise(to: &mut Amounts, other: &Amounts) {
    for (name, amount) in other {
        if to.get(name).is_none_or(|present| present.nanos() < amount.nanos()) {
            to.insert(name.clone(), *amount);
        }
    }
}
