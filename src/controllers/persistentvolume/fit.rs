//! Whether a volume fits a claim.

use crate::api::json::Json;
use crate::api::quantity::Quantity;
use crate::api::selector::LabelSelector;
use crate::base::Value;
use crate::base::text::go_quote;

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

/// What keeps a volume that nobody has from a claim that asks for it by name.
///
/// Models `checkVolumeSatisfyClaim` of `pv_controller.go`.
pub fn mismatch(volume: &Value, claim: &Value) -> Option<String> {
    Some(match () {
        () if volume.pointer("/metadata/deletionTimestamp").is_some() => {
            format!("the volume is marked for deletion {}", go_quote(text(volume, "/metadata/name")))
        }
        () if capacity(volume) < requested(claim) => "requested PV is too small".to_owned(),
        () if text(volume, "/spec/storageClassName") != text(claim, "/spec/storageClassName") => {
            "storageClassName does not match".to_owned()
        }
        () if mode(volume) != mode(claim) => "incompatible volumeMode".to_owned(),
        () if !access_modes(volume, claim) => "incompatible accessMode".to_owned(),
        () => return None,
    })
}

/// The size that a claim asks for, in bytes.
pub fn requested(claim: &Value) -> i64 {
    bytes(text(claim, "/spec/resources/requests/storage"))
}

fn mode(value: &Value) -> &str {
    match text(value, "/spec/volumeMode") {
        "" => "Filesystem",
        mode => mode,
    }
}

fn access_modes(volume: &Value, claim: &Value) -> bool {
    let list = |value: &Value| -> Vec<String> {
        let list = value.pointer("/spec/accessModes").and_then(Value::as_array).into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let offered = list(volume);
    list(claim).iter().all(|wanted| offered.contains(wanted))
}

/// Whether nobody has the volume, or it names this claim. Models `IsVolumeBoundToClaim`.
pub fn reserved_for(volume: &Value, claim: &Value) -> bool {
    volume.pointer("/spec/claimRef").filter(|reference| !reference.is_null()).is_none_or(|reference| {
        text(reference, "/name") == text(claim, "/metadata/name")
            && text(reference, "/namespace") == text(claim, "/metadata/namespace")
            && ["", text(claim, "/metadata/uid")].contains(&text(reference, "/uid"))
    })
}

/// Whether a volume is of the claim's class and mode, large enough, what the claim selects, and free: available, or reserved
/// for the claim.
///
/// Models `FindMatchingVolume` of `k8s.io/component-helpers/storage/volume`.
pub fn fits(volume: &Value, claim: &Value) -> bool {
    let selector: Option<LabelSelector> = claim.pointer("/spec/selector").cloned().and_then(LabelSelector::from_json);
    let labels = volume.pointer("/metadata/labels").cloned().and_then(Json::from_json).unwrap_or_default();
    let free = volume.pointer("/spec/claimRef").is_some_and(|reference| !reference.is_null())
        || ["", "Available"].contains(&text(volume, "/status/phase"));
    free && reserved_for(volume, claim)
        && mismatch(volume, claim).is_none()
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
