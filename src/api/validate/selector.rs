//! Label selectors: their form, and what they match.
//!
//! Models `k8s.io/apimachinery/pkg/apis/meta/v1/validation` and `metav1.LabelSelectorAsSelector`.

use super::meta::{label_name, labels};
use super::text::{label_value, qualified_name};
use crate::api::field_error::{FieldError, FieldErrorKind};
use crate::api::node::Node;

/// A label selector. Models `ValidateLabelSelector`.
pub fn label_selector(at: &Node, errors: &mut Vec<FieldError>) {
    labels(&at.get("matchLabels"), errors);
    for expression in at.get("matchExpressions").items() {
        requirement(&expression, errors);
    }
}

fn requirement(at: &Node, errors: &mut Vec<FieldError>) {
    let (operator, values) = (at.get("operator"), at.get("values"));
    match operator.str() {
        "In" | "NotIn" if values.is_empty() => {
            errors.push(values.required("must be specified when `operator` is 'In' or 'NotIn'"));
        }
        "Exists" | "DoesNotExist" if !values.is_empty() => {
            errors.push(values.forbidden("may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
        }
        "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
        other => errors.push(operator.invalid_as(other, "not a valid selector operator")),
    }
    label_name(&at.get("key"), errors);
    for value in values.items() {
        super::meta::flaws(&value, label_value(value.str()), errors);
    }
}

/// Whether upstream can turn the selector into one that matches (`LabelSelectorAsSelector` gives no error).
pub fn is_usable(at: &Node) -> bool {
    let fine_labels = at
        .get("matchLabels")
        .entries()
        .all(|(key, value)| qualified_name(key).is_empty() && label_value(value.str()).is_empty());
    let fine_expression = |expression: Node| {
        let values = expression.get("values");
        let fine_values = match expression.get("operator").str() {
            "In" | "NotIn" => !values.is_empty(),
            "Exists" | "DoesNotExist" => values.is_empty(),
            _ => false,
        };
        fine_values
            && qualified_name(expression.get("key").str()).is_empty()
            && values.strs().all(|value| label_value(value).is_empty())
    };
    fine_labels && at.get("matchExpressions").items().all(fine_expression)
}

/// Whether the selector asks for nothing.
pub fn is_unconstrained(at: &Node) -> bool {
    at.get("matchLabels").is_empty() && at.get("matchExpressions").is_empty()
}

/// Whether a usable selector matches a set of labels. A missing selector matches nothing, an empty one everything.
pub fn matches(selector: &Node, labels: &Node) -> bool {
    let matches_labels =
        || selector.get("matchLabels").entries().all(|(key, value)| labels.key(key).text() == Some(value.str()));
    let matches_expression = |expression: Node| {
        let found = labels.key(expression.get("key").str()).text();
        let listed = found.is_some_and(|found| expression.get("values").strs().any(|value| value == found));
        match expression.get("operator").str() {
            "In" => listed,
            "NotIn" => !listed,
            "Exists" => found.is_some(),
            _ => found.is_none(),
        }
    };
    selector.exists() && matches_labels() && selector.get("matchExpressions").items().all(matches_expression)
}

/// `Invalid value` with the selector as Go prints it.
pub fn invalid(at: &Node, detail: &str) -> FieldError {
    at.with_json(FieldErrorKind::Invalid, &at.json_in_order(&["matchLabels", "matchExpressions"]), detail)
}
