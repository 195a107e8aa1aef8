//! Namespaces and Nodes.

use super::{ip, meta, pod, resources, text};
use crate::api::field_error::{FieldError, FieldErrorKind};
use crate::api::node::{GO_TEXT, GoShape, GoStruct, Node};
use std::collections::BTreeSet;

type Errors = Vec<FieldError>;

/// All but the metadata of a Namespace. Models `ValidateNamespace`.
pub fn namespace(object: &Node, errors: &mut Errors) {
    let spec = object.get("spec");
    let finalizers = spec.get("finalizers");
    for finalizer in finalizers.items() {
        let name = finalizer.str();
        errors.extend(text::qualified_name(name).into_iter().map(|flaw| finalizers.invalid_as(name, flaw)));
        let path = finalizers.path();
        meta::finalizer_name(&Node::at(&path, finalizer.value()), errors);
    }
}

/// All but the metadata of a Node. Models `ValidateNode`.
pub fn node(object: &Node, errors: &mut Errors) {
    taints(object, errors);
    node_resources(object, errors);
    let spec = object.get("spec");
    let cidrs = spec.get("podCIDRs");
    for cidr in cidrs.items() {
        meta::flaws(&cidr, ip::cidr(cidr.str(), true), errors);
    }
    if cidrs.len() > 1 {
        let families: BTreeSet<bool> = cidrs.strs().filter_map(|c| Some(ip::Cidr::parse(c)?.ip.is_ipv6())).collect();
        if families.len() < 2 || cidrs.len() > 2 {
            errors.push(cidrs.invalid("may specify no more than one CIDR for each IP family"));
        }
        let mut seen = BTreeSet::new();
        for cidr in cidrs.items().filter(|cidr| !seen.insert(cidr.str())) {
            errors.push(cidr.duplicate());
        }
    }
}

/// The fields of the internal `Taint`.
const TAINT: GoStruct = &[
    ("Key", "key", GO_TEXT),
    ("Value", "value", GO_TEXT),
    ("Effect", "effect", GO_TEXT),
    ("TimeAdded", "timeAdded", GoShape::Plain),
];

/// Models `validateNodeTaints`; upstream reports them below `metadata`.
fn taints(object: &Node, errors: &mut Errors) {
    let (metadata, spec) = (object.get("metadata"), object.get("spec"));
    let path = metadata.path().child("taints");
    let mut seen = BTreeSet::new();
    for taint in Node::at(&path, spec.get("taints").value()).items() {
        let (key, value, effect) = (taint.get("key"), taint.get("value"), taint.get("effect"));
        meta::label_name(&key, errors);
        let flaws = text::label_value(value.str());
        if !flaws.is_empty() {
            errors.push(value.invalid(flaws.join(";")));
        }
        pod::taint_effect(&effect, errors);
        if !seen.insert((key.str(), effect.str())) {
            errors.push(taint.with_json(
                FieldErrorKind::Duplicate,
                &taint.go_struct(TAINT),
                "taints must be unique by key and effect pair",
            ));
        }
    }
}

/// Models `ValidateNodeResources`.
fn node_resources(object: &Node, errors: &mut Errors) {
    let status = object.get("status");
    for list in ["capacity", "allocatable"] {
        let at = status.get(list);
        for (name, entry) in at.entries() {
            let path = at.path().child(name);
            resources::amount(&Node::at(&path, entry.value()), name, errors);
        }
    }
}

/// All but the metadata of a changed Node. Models `ValidateNodeUpdate`.
pub fn node_update(new: &Node, old: &Node, errors: &mut Errors) {
    node_resources(new, errors);
    let (spec, old_spec, status) = (new.get("spec"), old.get("spec"), new.get("status"));
    let mut seen = Vec::new();
    for address in status.get("addresses").items() {
        if seen.contains(&address.value()) {
            let json = address.go_struct(&[("Type", "type", GO_TEXT), ("Address", "address", GO_TEXT)]);
            errors.push(address.with_json(FieldErrorKind::Duplicate, &json, ""));
        }
        seen.push(address.value());
    }
    let (cidrs, before) = (spec.get("podCIDRs"), old_spec.get("podCIDRs"));
    if !before.is_empty() && cidrs.value() != before.value() {
        errors.push(cidrs.forbidden("node updates may not change podCIDR except from \"\" to valid"));
    }
    let (provider, before) = (spec.get("providerID"), old_spec.get("providerID"));
    if !before.str().is_empty() && provider.str() != before.str() {
        errors.push(provider.forbidden("node updates may not change providerID except from \"\" to valid"));
    }
    taints(new, errors);
    let external = spec.get("externalID");
    if external.str() != old_spec.get("externalID").str() {
        errors.push(external.forbidden("may not be updated"));
    }
}
