//! Whether a volume fits a claim.

use crate::api::json::Json;
use crate::api::quantity::Quantity;
use crate::api::selector::LabelSelector;
use crate::base::Value;

/// A text field; empty when it is absent.
pub fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The size of a volume in bytes.
pub fn capacity(volume: &Value) -> i64 {
    bytes(text(volume, "/spec/capacity/storage"))
}

fn bytes(quantity: &str) -> i64 {
    Quantity::parse(quantity).map_or(0, Quantity::value)
}

/// Whether a volume that nobody has is of the claim's class and mode, large enough, and what the claim selects; or was
/// reserved for the claim.
///
/// Models `FindMatchingVolume` of `k8s.io/component-helpers/storage/volume`.
pub fn fits(volume: &Value, claim: &Value) -> bool {
    let modes = |value: &Value| -> Vec<String> {
        let list = value.pointer("/spec/accessModes").and_then(Value::as_array).into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let offered = modes(volume);
    let mode = |value: &Value| match text(value, "/spec/volumeMode") {
        "" => "Filesystem".to_owned(),
        mode => mode.to_owned(),
    };
    let reserved = match volume.pointer("/spec/claimRef") {
        None => true,
        Some(reference) => {
            text(reference, "/name") == text(claim, "/metadata/name")
                && text(reference, "/namespace") == text(claim, "/metadata/namespace")
                && ["", text(claim, "/metadata/uid")].contains(&text(reference, "/uid"))
        }
    };
    let selector: Option<LabelSelector> = claim.pointer("/spec/selector").cloned().and_then(LabelSelector::from_json);
    let labels = volume.pointer("/metadata/labels").cloned().and_then(Json::from_json).unwrap_or_default();
    reserved
        && text(volume, "/spec/storageClassName") == text(claim, "/spec/storageClassName")
        && mode(volume) == mode(claim)
        && modes(claim).iter().all(|wanted| offered.contains(wanted))
        && capacity(volume) >= bytes(text(claim, "/spec/resources/requests/storage"))
        && selector.is_none_or(|selector| selector.matches(&labels))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fitting() {
        let claim = json!({"metadata": {"name": "c", "namespace": "n", "uid": "u"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "storageClassName": "manual"}});
        let volume = json!({"metadata": {"labels": {"a": "b"}}, "spec": {"accessModes": ["ReadWriteOnce", "ReadOnlyMany"], "capacity": {"storage": "2Gi"}, "storageClassName": "manual"}});
        assert!(fits(&volume, &claim));
        for (pointer, other, expected) in [
            ("capacity", json!({"storage": "512Mi"}), false),
            ("storageClassName", json!("fast"), false),
            ("volumeMode", json!("Block"), false),
            ("accessModes", json!(["ReadOnlyMany"]), false),
            ("claimRef", json!({"name": "c", "namespace": "n"}), true),
            ("claimRef", json!({"name": "other", "namespace": "n"}), false),
            ("claimRef", json!({"name": "c", "namespace": "n", "uid": "gone"}), false),
        ] {
            let mut volume = volume.clone();
            volume["spec"][pointer] = other;
            assert_eq!(fits(&volume, &claim), expected, "{volume}");
        }
        for (value, expected) in [("b", true), ("c", false)] {
            let mut claim = claim.clone();
            claim["spec"]["selector"] = json!({"matchLabels": {"a": value}});
            assert_eq!(fits(&volume, &claim), expected);
        }
    }
}
