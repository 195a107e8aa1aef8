//! `kubectl create quota`, `poddisruptionbudget` and `priorityclass`.
//!
//! Models `kubectl/pkg/cmd/create/create_quota.go`, `create_pdb.go` and `create_priorityclass.go`.

use super::super::Context;
use super::{int_or_text, make, only_name};
use crate::api::kinds::Kind;
use crate::api::quantity::Quantity;
use crate::base::{Fields, Value};
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use crate::kubectl::label_selector::Selector;
use serde_json::json;

pub(in super::super) fn quota(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let name = only_name(context)?;
    let args = &context.args;
    let mut spec = json!({});
    let hard = amounts(args.text("hard").unwrap_or_default(), "Invalid")?;
    if !hard.is_empty() {
        spec["hard"] = hard.into();
    }
    let scopes: Vec<&str> =
        args.text("scopes").filter(|text| !text.is_empty()).map_or(Vec::new(), |text| text.split(',').collect());
    if scopes.contains(&"") {
        return Err("invalid resource quota scope \"\"".into());
    }
    if !scopes.is_empty() {
        spec["scopes"] = scopes.into();
    }
    let value =
        json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": name}, "spec": spec, "status": {}});
    make(context, Kind::RESOURCE_QUOTA, value)
}

/// `cpu=1,memory=1Gi`. `invalid` begins the complaint, which Kubernetes writes in two ways.
pub(in super::super) fn amounts(text: &str, invalid: &str) -> Result<Fields, Failure> {
    let mut amounts = Fields::new();
    for statement in text.split(',').filter(|_| !text.is_empty()) {
        let parts: Vec<&str> = statement.split('=').collect();
        let [name, amount] = parts.as_slice() else {
            return Err(Failure::Plain(format!("{invalid} argument syntax {statement}, expected <resource>=<value>")));
        };
        let quantity = Quantity::parse(amount).map_err(|error| Failure::Plain(error.to_string()))?;
        amounts.insert((*name).to_owned(), quantity.to_string().into());
    }
    Ok(amounts)
}

pub(in super::super) fn budget(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let name = only_name(context)?;
    let args = &context.args;
    let text = |flag: &str| args.text(flag).unwrap_or_default();
    let (selector, min, max) = (text("selector"), text("min-available"), text("max-unavailable"));
    if selector.is_empty() {
        return Err("a selector must be specified".into());
    }
    if min.is_empty() && max.is_empty() {
        return Err("one of min-available or max-unavailable must be specified".into());
    }
    if !min.is_empty() && !max.is_empty() {
        return Err("min-available and max-unavailable cannot be both specified".into());
    }
    for (flag, amount) in [("min-available", min), ("max-unavailable", max)] {
        let digits = amount.strip_suffix('%').unwrap_or(amount);
        if !amount.is_empty() && (digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit())) {
            return Err(Failure::Plain(format!("invalid format specified for {flag}")));
        }
    }
    let (field, amount) = if min.is_empty() { ("maxUnavailable", max) } else { ("minAvailable", min) };
    let mut spec = json!({"selector": Selector::parse(selector)?.to_label_selector()});
    spec[field] = int_or_text(amount);
    let value = json!({
        "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name}, "spec": spec,
        "status": {"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0}
    });
    make(context, Kind::POD_DISRUPTION_BUDGET, value)
}

pub(in super::super) fn priority_class(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let name = only_name(context)?;
    let args = &context.args;
    let mut value = json!({
        "apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name},
        "preemptionPolicy": args.text("preemption-policy").unwrap_or("PreemptLowerPriority"),
        "value": args.int("value").unwrap_or(0)
    });
    if args.on("global-default") {
        value["globalDefault"] = true.into();
    }
    if let Some(text) = args.text("description").filter(|text| !text.is_empty()) {
        value["description"] = Value::from(text);
    }
    make(context, Kind::PRIORITY_CLASS, value)
}
