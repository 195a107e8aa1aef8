//! ResourceQuotas and LimitRanges.
//!
//! Models their parts of `pkg/apis/core/validation/validation.go`.

use super::resources;
use super::text::qualified_name;
use crate::api::field_error::{FieldError, FieldErrorKind};
use crate::api::node::{GO_TEXT, GoShape, GoStruct, Node};
use crate::api::quantity::Quantity;
use std::collections::{BTreeMap, BTreeSet};

type Errors = Vec<FieldError>;

const SCOPES: [&str; 7] = [
    "Terminating",
    "NotTerminating",
    "BestEffort",
    "NotBestEffort",
    "PriorityClass",
    "CrossNamespacePodAffinity",
    "VolumeAttributesClass",
];

/// All but the metadata of a ResourceQuota.
pub fn resource_quota(object: &Node, errors: &mut Errors) {
    let (spec, status) = (object.get("spec"), object.get("status"));
    hard(&spec.get("hard"), errors);
    scopes(&spec, errors);
    scope_selector(&spec, errors);
    hard(&status.get("hard"), errors);
    hard(&status.get("used"), errors);
}

fn hard(at: &Node, errors: &mut Errors) {
    for (name, entry) in at.entries() {
        resources::name(&entry, name, errors);
        if !name.contains('/') && !resources::is_standard_quota(name) && qualified_name(name).is_empty() {
            errors.push(entry.invalid_as(name, "must be a standard resource for quota"));
        }
        resources::amount(&entry, name, errors);
    }
}

/// Models `IsResourceQuotaScopeValidForResource`.
fn scope_fits(scope: &str, resource: &str) -> bool {
    let of_pods = resource == "pods"
        || ["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"].contains(&resource);
    match scope {
        "BestEffort" => resource == "pods",
        "VolumeAttributesClass" => matches!(resource, "persistentvolumeclaims" | "requests.storage"),
        _ => of_pods,
    }
}

fn conflicting(found: &BTreeSet<&str>) -> usize {
    [("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating")]
        .iter()
        .filter(|(one, other)| found.contains(one) && found.contains(other))
        .count()
}

fn misfits(spec: &Node, scope: &str) -> usize {
    let limits = spec.get("hard");
    limits.entries().filter(|(name, _)| resources::is_standard_quota(name) && !scope_fits(scope, name)).count()
}

fn scopes(spec: &Node, errors: &mut Errors) {
    let at = spec.get("scopes");
    let found: BTreeSet<&str> = at.strs().collect();
    for scope in at.strs() {
        if !SCOPES.contains(&scope) {
            errors.push(at.invalid("unsupported scope"));
        }
        for _ in 0..misfits(spec, scope) {
            errors.push(at.invalid("unsupported scope applied to resource"));
        }
    }
    for _ in 0..conflicting(&found) {
        errors.push(at.invalid("conflicting scopes"));
    }
}

/// The fields of the internal `ScopeSelector`.
const SCOPE_SELECTOR: GoStruct = &[(
    "MatchExpressions",
    "matchExpressions",
    GoShape::List(&[
        ("ScopeName", "scopeName", GO_TEXT),
        ("Operator", "operator", GO_TEXT),
        ("Values", "values", GoShape::Plain),
    ]),
)];

fn scope_selector(spec: &Node, errors: &mut Errors) {
    let selector = spec.get("scopeSelector");
    let at = selector.get("matchExpressions");
    let mut found = BTreeSet::new();
    for requirement in at.items() {
        let (scope, operator, values) =
            (requirement.get("scopeName").str(), requirement.get("operator").str(), requirement.get("values"));
        if !SCOPES.contains(&scope) {
            errors.push(at.get("scopeName").invalid_as(scope, "unsupported scope"));
        }
        for _ in 0..misfits(spec, scope) {
            errors.push(at.with_json(
                FieldErrorKind::Invalid,
                &selector.go_struct(SCOPE_SELECTOR),
                "unsupported scope applied to resource",
            ));
        }
        let only_exists = !matches!(scope, "PriorityClass" | "VolumeAttributesClass") && SCOPES.contains(&scope);
        if only_exists && operator != "Exists" {
            errors.push(at.get("operator").invalid_as(operator, "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"));
        }
        match operator {
            "In" | "NotIn" if values.is_empty() => errors.push(
                at.get("values")
                    .required("must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"),
            ),
            "Exists" | "DoesNotExist" if !values.is_empty() => errors.push(at.get("values").invalid_as(
                values.value().cloned().unwrap_or_default(),
                "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
            )),
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            other => errors.push(at.get("operator").invalid_as(other, "not a valid selector operator")),
        }
        found.insert(scope);
    }
    for _ in 0..conflicting(&found) {
        errors.push(at.invalid_as(spec.get("scopes").value().cloned().unwrap_or_default(), "conflicting scopes"));
    }
}

/// Models the end of `ValidateResourceQuotaUpdate`.
pub fn scopes_unchanged(new: &Node, old: &Node, errors: &mut Errors) {
    let (spec, old_spec) = (new.get("spec"), old.get("spec"));
    let (scopes, before) = (spec.get("scopes"), old_spec.get("scopes"));
    let set = |at: &Node| -> BTreeSet<String> { at.strs().map(str::to_owned).collect() };
    if set(&scopes) != set(&before) {
        errors.push(scopes.invalid("field is immutable"));
    }
}

/// All but the metadata of a LimitRange. Models `ValidateLimitRange`.
pub fn limit_range(object: &Node, errors: &mut Errors) {
    let spec = object.get("spec");
    let mut seen = BTreeSet::new();
    for limit in spec.get("limits").items() {
        let kind = limit.get("type");
        let flaws = qualified_name(kind.str());
        let standard = matches!(kind.str(), "Pod" | "Container" | "PersistentVolumeClaim");
        if flaws.is_empty() && !kind.str().contains('/') && !standard {
            errors.push(kind.invalid_as(kind.str(), "must be a standard limit type or fully qualified"));
        }
        errors.extend(flaws.into_iter().map(|flaw| kind.invalid_as(kind.str(), flaw)));
        if !seen.insert(kind.str()) {
            errors.push(kind.duplicate());
        }
        limit_item(&limit, errors);
    }
}

fn limit_item(limit: &Node, errors: &mut Errors) {
    let kind = limit.get("type").str();
    let mut amounts: BTreeMap<&str, BTreeMap<&str, Quantity>> = BTreeMap::new();
    let mut list = |field: &'static str, errors: &mut Errors| {
        for (name, entry) in limit.get(field).entries() {
            match kind {
                "Pod" | "Container" => resources::container_name(&entry, name, errors),
                _ => {
                    resources::name(&entry, name, errors);
                }
            }
            if let Some(quantity) = entry.quantity() {
                amounts.entry(name).or_default().insert(field, quantity);
            }
        }
    };
    list("max", errors);
    list("min", errors);
    for field in ["default", "defaultRequest"] {
        if kind != "Pod" {
            list(field, errors);
        } else if !limit.get(field).is_empty() {
            errors.push(limit.get(field).forbidden("may not be specified when `type` is 'Pod'"));
        }
    }
    let has_storage = |field: &str| limit.get(field).key("storage").exists();
    if kind == "PersistentVolumeClaim" && !has_storage("min") && !has_storage("max") {
        let words = "either minimum or maximum storage value is required, but neither was provided";
        errors.push(limit.get("limits").required(words));
    }
    list("maxLimitRequestRatio", errors);
    for (name, amounts) in &amounts {
        compare(limit, name, amounts, errors);
    }
}

/// The amounts of one resource against each other, in upstream's order. The last number of a row says which of the two
/// amounts is shown.
fn compare(limit: &Node, name: &str, amounts: &BTreeMap<&str, Quantity>, errors: &mut Errors) {
    let rows: [(&str, &str, &str, &str, &str, usize); 6] = [
        ("min", "max", "min", "min value", "max value", 0),
        ("min", "defaultRequest", "defaultRequest", "min value", "default request value", 1),
        ("defaultRequest", "max", "defaultRequest", "default request value", "max value", 0),
        ("defaultRequest", "default", "defaultRequest", "default request value", "default limit value", 0),
        ("min", "default", "default", "min value", "default value", 0),
        ("default", "max", "default", "default value", "max value", 1),
    ];
    for (small, large, at, small_words, large_words, shown) in rows {
        let (Some(small), Some(large)) = (amounts.get(small), amounts.get(large)) else { continue };
        if small > large {
            let shown = if shown == 0 { small } else { large };
            let field = limit.get(at);
            errors.push(
                field.key(name).invalid_as(
                    shown.to_string(),
                    format!("{small_words} {small} is greater than {large_words} {large}"),
                ),
            );
        }
    }
    ratio(limit, name, amounts, errors);
    if let (Some(default), Some(request)) = (amounts.get("default"), amounts.get("defaultRequest"))
        && default != request
        && !resources::may_overcommit(name)
    {
        let words = format!("default value {default} must equal to defaultRequest value {request} in {name}");
        errors.push(limit.get("defaultRequest").key(name).invalid_as(request.to_string(), words));
    }
}

/// How much larger than requests limits may be.
fn ratio(limit: &Node, name: &str, amounts: &BTreeMap<&str, Quantity>, errors: &mut Errors) {
    let Some(ratio) = amounts.get("maxLimitRequestRatio") else { return };
    let field = limit.get("maxLimitRequestRatio");
    if ratio.milli_value() < 1000 {
        errors.push(field.key(name).invalid_as(ratio.to_string(), format!("ratio {ratio} is less than 1")));
    }
    if let (Some(min), Some(max)) = (amounts.get("min"), amounts.get("max")) {
        let most = max.milli_value() as f64 / min.milli_value() as f64;
        if ratio.milli_value() as f64 / 1000.0 > most {
            let words = format!("ratio {ratio} is greater than max/min = {most:.6}");
            errors.push(field.key(name).invalid_as(ratio.to_string(), words));
        }
    }
}
