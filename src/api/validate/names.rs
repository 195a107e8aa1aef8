//! Which names a kind's objects may have.

use super::text::{self, Flaws};

/// What is wrong with a name.
pub type NameRule = fn(&str) -> Flaws;

/// The rule for the names of a kind's objects. `path_segment` is what holds for kinds without a rule of their own.
pub fn rule(kind: &str) -> NameRule {
    match kind {
        "Service" | "Namespace" | "StatefulSet" => text::dns_label,
        "Role" | "ClusterRole" | "RoleBinding" | "ClusterRoleBinding" => text::path_segment,
        "IPAddress" => text::path_segment,
        _ => text::dns_subdomain,
    }
}

/// Whether objects of a kind live in a namespace.
pub fn namespaced(kind: &str) -> bool {
    !matches!(
        kind,
        "Namespace"
            | "Node"
            | "PersistentVolume"
            | "ClusterRole"
            | "ClusterRoleBinding"
            | "StorageClass"
            | "PriorityClass"
            | "IngressClass"
            | "RuntimeClass"
            | "CSIDriver"
            | "CSINode"
            | "VolumeAttachment"
            | "VolumeAttributesClass"
            | "ServiceCIDR"
            | "IPAddress"
            | "CustomResourceDefinition"
            | "APIService"
            | "ValidatingWebhookConfiguration"
            | "MutatingWebhookConfiguration"
            | "ValidatingAdmissionPolicy"
            | "ValidatingAdmissionPolicyBinding"
            | "MutatingAdmissionPolicy"
            | "MutatingAdmissionPolicyBinding"
            | "FlowSchema"
            | "PriorityLevelConfiguration"
            | "CertificateSigningRequest"
            | "ClusterTrustBundle"
            | "DeviceClass"
            | "ResourceSlice"
            | "ComponentStatus"
            | "StorageVersion"
            | "StorageVersionMigration"
            | "TokenReview"
            | "SubjectAccessReview"
            | "SelfSubjectAccessReview"
            | "SelfSubjectRulesReview"
            | "SelfSubjectReview"
    )
}

/// A `generateName` may end in a dash, because something follows. Models `maskTrailingDash`, which cuts one character
/// more than it should.
pub fn mask_trailing_dash(name: &str) -> String {
    match name.strip_suffix('-') {
        Some(rest) if !rest.is_empty() => {
            let mut masked = rest.to_owned();
            masked.pop();
            masked.push('a');
            masked
        }
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_kinds() {
        assert!(rule("Pod")("web.v1").is_empty());
        assert!(!rule("Service")("web.v1").is_empty());
        assert!(rule("Role")("system:node").is_empty());
        assert_eq!(rule("Role")("a/b"), ["may not contain '/'"]);
        assert_eq!(mask_trailing_dash("web-"), "wea");
        assert_eq!(mask_trailing_dash("-"), "-");
    }
}
