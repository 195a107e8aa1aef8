//! What may change in a Service.
//!
//! Models `ValidateServiceUpdate` of `pkg/apis/core/validation/validation.go`.

use super::service::{is_headless, load_balancer_class, needs_health_check, service};
use super::{meta, names};
use crate::api::field_error::FieldError;
use crate::api::node::Node;

type Errors = Vec<FieldError>;

const ONCE: &str = "may not change once set";

/// All but the metadata rules for updates, which come first.
pub fn update(new: &Node, old: &Node, errors: &mut Errors) {
    let (spec, old_spec) = (new.get("spec"), old.get("spec"));
    let external_name = [&spec, &old_spec].iter().any(|spec| spec.get("type").str() == "ExternalName");
    if !external_name {
        cluster_ips(&spec, &old_spec, errors);
        families(&spec, &old_spec, errors);
    }
    let balanced = [&spec, &old_spec].iter().all(|spec| spec.get("type").str() == "LoadBalancer");
    let class = spec.get("loadBalancerClass");
    if balanced && class.text() != old_spec.get("loadBalancerClass").text() {
        errors.push(class.invalid(ONCE));
    }
    load_balancer_class(&spec, errors);
    let health = spec.get("healthCheckNodePort");
    let checked = needs_health_check(&spec) && needs_health_check(&old_spec);
    if checked && health.int() != old_spec.get("healthCheckNodePort").int() {
        errors.push(health.forbidden("field is immutable"));
    }
    meta::create_strict(&new.get("metadata"), true, names::rule("Service"), errors);
    service(new, errors);
}

/// What is wrong with the addresses alone, which the allocator asks before it allocates.
///
/// Models `ValidateServiceClusterIPsRelatedFields`.
pub fn addresses(new: &Node, old: Option<&Node>, errors: &mut Errors) {
    let spec = new.get("spec");
    if let Some(old) = old.map(|old| old.get("spec"))
        && [&spec, &old].iter().all(|spec| spec.get("type").str() != "ExternalName")
    {
        cluster_ips(&spec, &old, errors);
        families(&spec, &old, errors);
    }
    super::service::cluster_ips(&spec, errors);
}

fn single_stack(spec: &Node, what: &str, errors: &mut Errors) {
    let policy = spec.get("ipFamilyPolicy");
    if policy.str() != "SingleStack" {
        errors.push(policy.invalid(format!("must be set to 'SingleStack' when releasing the secondary {what}")));
    }
}

fn list(at: &Node) -> crate::base::Value {
    at.value().cloned().unwrap_or_else(|| crate::base::Value::Array(Vec::new()))
}

/// Models `validateUpgradeDowngradeClusterIPs`.
fn cluster_ips(spec: &Node, old_spec: &Node, errors: &mut Errors) {
    if is_headless(spec) && is_headless(old_spec) {
        return;
    }
    let (ips, old) = (spec.get("clusterIPs"), old_spec.get("clusterIPs"));
    if old.len() == ips.len() {
        for (i, (before, after)) in old.strs().zip(ips.strs()).enumerate() {
            if before != after {
                errors.push(ips.index(i).invalid_as(list(&ips), ONCE));
            }
        }
        return;
    }
    if ips.is_empty() {
        errors.push(ips.index(0).invalid_as(list(&ips), "primary clusterIP can not be unset"));
    } else if !old.is_empty() && ips.index(0).str() != old.index(0).str() {
        errors.push(ips.index(0).invalid_as(list(&ips), ONCE));
    }
    if old.len() > ips.len() && ips.len() == 1 {
        single_stack(spec, "clusterIP", errors);
    }
}

/// Models `validateUpgradeDowngradeIPFamilies`.
fn families(spec: &Node, old_spec: &Node, errors: &mut Errors) {
    if is_headless(spec) || is_headless(old_spec) {
        return;
    }
    let (new, old) = (spec.get("ipFamilies"), old_spec.get("ipFamilies"));
    if old.len() == new.len() {
        for _ in old.strs().zip(new.strs()).filter(|(before, after)| before != after) {
            errors.push(new.index(0).invalid_as(list(&new), ONCE));
        }
        return;
    }
    if old.len() > new.len() && spec.get("clusterIPs").is_empty() {
        errors.push(new.index(0).invalid_as(list(&new), "primary ipFamily can not be unset"));
    }
    if !old.is_empty() && !new.is_empty() && new.index(0).str() != old.index(0).str() {
        errors.push(new.index(0).invalid_as(list(&spec.get("clusterIPs")), ONCE));
    }
    if old.len() > new.len() && new.len() == 1 {
        single_stack(spec, "ipFamily", errors);
    }
}
