//! The registry of kinds: what `kubectl api-resources` lists, and how a kind is spelt in URLs, files and errors.
//!
//! The kinds of Kubernetes stand here; those that users define are in [`custom`](super::custom), which also says what a
//! cluster serves at a moment.

use crate::base::Str;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;

/// A kind of object: an index into the registry, or past it into the names that users gave to kinds of their own.
///
/// Kinds are ordered as they are listed; those of users by name, so that the order in which they were made leaves no trace.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kind(pub(super) u16);

/// What is known of a kind.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KindInfo {
    /// `Deployment`.
    pub kind: &'static str,
    /// `apps`; empty for the core group.
    pub group: &'static str,
    /// `v1`.
    pub version: &'static str,
    /// `deployments`.
    pub plural: &'static str,
    /// `deployment`.
    pub singular: &'static str,
    /// `deploy`.
    pub short_names: &'static [&'static str],
    /// `all`.
    pub categories: &'static [&'static str],
    /// Whether objects live in a namespace.
    pub namespaced: bool,
    /// The versions beside [`version`](Self::version) in which a kind of users' own is served: `example.com/v1beta1`.
    pub other_versions: &'static [&'static str],
}

macro_rules! kinds {
    ($($constant:ident $kind:literal $group:literal $version:literal $plural:literal $singular:literal
       [$($short:literal)*] [$($category:literal)*] $namespaced:literal)*) => {
        const KINDS: &[KindInfo] = &[$(KindInfo {
            kind: $kind, group: $group, version: $version, plural: $plural, singular: $singular,
            short_names: &[$($short),*], categories: &[$($category),*], namespaced: $namespaced, other_versions: &[],
        }),*];
        /// The number of the first kind that users define.
        pub(super) const FIRST_CUSTOM: u16 = KINDS.len() as u16;
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum Place { $($constant),* }
        impl Kind { $(
            #[doc = concat!("`", $kind, "` of `", $group, "/", $version, "`.")]
            pub const $constant: Kind = Kind(Place::$constant as u16);
        )* }
    };
}

kinds! {
    CONFIG_MAP "ConfigMap" "" "v1" "configmaps" "configmap" ["cm"] [] true
    ENDPOINTS "Endpoints" "" "v1" "endpoints" "endpoints" ["ep"] [] true
    EVENT "Event" "" "v1" "events" "event" ["ev"] [] true
    LIMIT_RANGE "LimitRange" "" "v1" "limitranges" "limitrange" ["limits"] [] true
    NAMESPACE "Namespace" "" "v1" "namespaces" "namespace" ["ns"] [] false
    NODE "Node" "" "v1" "nodes" "node" ["no"] [] false
    PERSISTENT_VOLUME_CLAIM "PersistentVolumeClaim" "" "v1" "persistentvolumeclaims" "persistentvolumeclaim" ["pvc"] [] true
    PERSISTENT_VOLUME "PersistentVolume" "" "v1" "persistentvolumes" "persistentvolume" ["pv"] [] false
    POD "Pod" "" "v1" "pods" "pod" ["po"] ["all"] true
    POD_TEMPLATE "PodTemplate" "" "v1" "podtemplates" "podtemplate" [] [] true
    REPLICATION_CONTROLLER "ReplicationController" "" "v1" "replicationcontrollers" "replicationcontroller" ["rc"] ["all"] true
    RESOURCE_QUOTA "ResourceQuota" "" "v1" "resourcequotas" "resourcequota" ["quota"] [] true
    SECRET "Secret" "" "v1" "secrets" "secret" [] [] true
    SERVICE_ACCOUNT "ServiceAccount" "" "v1" "serviceaccounts" "serviceaccount" ["sa"] [] true
    SERVICE "Service" "" "v1" "services" "service" ["svc"] ["all"] true
    MUTATING_ADMISSION_POLICY "MutatingAdmissionPolicy" "admissionregistration.k8s.io" "v1" "mutatingadmissionpolicies" "mutatingadmissionpolicy" [] ["api-extensions"] false
    MUTATING_ADMISSION_POLICY_BINDING "MutatingAdmissionPolicyBinding" "admissionregistration.k8s.io" "v1" "mutatingadmissionpolicybindings" "mutatingadmissionpolicybinding" [] ["api-extensions"] false
    MUTATING_WEBHOOK_CONFIGURATION "MutatingWebhookConfiguration" "admissionregistration.k8s.io" "v1" "mutatingwebhookconfigurations" "mutatingwebhookconfiguration" [] ["api-extensions"] false
    VALIDATING_ADMISSION_POLICY "ValidatingAdmissionPolicy" "admissionregistration.k8s.io" "v1" "validatingadmissionpolicies" "validatingadmissionpolicy" [] ["api-extensions"] false
    VALIDATING_ADMISSION_POLICY_BINDING "ValidatingAdmissionPolicyBinding" "admissionregistration.k8s.io" "v1" "validatingadmissionpolicybindings" "validatingadmissionpolicybinding" [] ["api-extensions"] false
    VALIDATING_WEBHOOK_CONFIGURATION "ValidatingWebhookConfiguration" "admissionregistration.k8s.io" "v1" "validatingwebhookconfigurations" "validatingwebhookconfiguration" [] ["api-extensions"] false
    CUSTOM_RESOURCE_DEFINITION "CustomResourceDefinition" "apiextensions.k8s.io" "v1" "customresourcedefinitions" "customresourcedefinition" ["crd" "crds"] ["api-extensions"] false
    API_SERVICE "APIService" "apiregistration.k8s.io" "v1" "apiservices" "apiservice" [] ["api-extensions"] false
    CONTROLLER_REVISION "ControllerRevision" "apps" "v1" "controllerrevisions" "controllerrevision" [] [] true
    DAEMON_SET "DaemonSet" "apps" "v1" "daemonsets" "daemonset" ["ds"] ["all"] true
    DEPLOYMENT "Deployment" "apps" "v1" "deployments" "deployment" ["deploy"] ["all"] true
    REPLICA_SET "ReplicaSet" "apps" "v1" "replicasets" "replicaset" ["rs"] ["all"] true
    STATEFUL_SET "StatefulSet" "apps" "v1" "statefulsets" "statefulset" ["sts"] ["all"] true
    HORIZONTAL_POD_AUTOSCALER "HorizontalPodAutoscaler" "autoscaling" "v2" "horizontalpodautoscalers" "horizontalpodautoscaler" ["hpa"] ["all"] true
    CRON_JOB "CronJob" "batch" "v1" "cronjobs" "cronjob" ["cj"] ["all"] true
    JOB "Job" "batch" "v1" "jobs" "job" [] ["all"] true
    CERTIFICATE_SIGNING_REQUEST "CertificateSigningRequest" "certificates.k8s.io" "v1" "certificatesigningrequests" "certificatesigningrequest" ["csr"] [] false
    LEASE "Lease" "coordination.k8s.io" "v1" "leases" "lease" [] [] true
    ENDPOINT_SLICE "EndpointSlice" "discovery.k8s.io" "v1" "endpointslices" "endpointslice" [] [] true
    FLOW_SCHEMA "FlowSchema" "flowcontrol.apiserver.k8s.io" "v1" "flowschemas" "flowschema" [] [] false
    PRIORITY_LEVEL_CONFIGURATION "PriorityLevelConfiguration" "flowcontrol.apiserver.k8s.io" "v1" "prioritylevelconfigurations" "prioritylevelconfiguration" [] [] false
    INGRESS_CLASS "IngressClass" "networking.k8s.io" "v1" "ingressclasses" "ingressclass" [] [] false
    INGRESS "Ingress" "networking.k8s.io" "v1" "ingresses" "ingress" ["ing"] [] true
    IP_ADDRESS "IPAddress" "networking.k8s.io" "v1" "ipaddresses" "ipaddress" ["ip"] [] false
    NETWORK_POLICY "NetworkPolicy" "networking.k8s.io" "v1" "networkpolicies" "networkpolicy" ["netpol"] [] true
    SERVICE_CIDR "ServiceCIDR" "networking.k8s.io" "v1" "servicecidrs" "servicecidr" [] [] false
    RUNTIME_CLASS "RuntimeClass" "node.k8s.io" "v1" "runtimeclasses" "runtimeclass" [] [] false
    POD_DISRUPTION_BUDGET "PodDisruptionBudget" "policy" "v1" "poddisruptionbudgets" "poddisruptionbudget" ["pdb"] [] true
    CLUSTER_ROLE_BINDING "ClusterRoleBinding" "rbac.authorization.k8s.io" "v1" "clusterrolebindings" "clusterrolebinding" [] [] false
    CLUSTER_ROLE "ClusterRole" "rbac.authorization.k8s.io" "v1" "clusterroles" "clusterrole" [] [] false
    ROLE_BINDING "RoleBinding" "rbac.authorization.k8s.io" "v1" "rolebindings" "rolebinding" [] [] true
    ROLE "Role" "rbac.authorization.k8s.io" "v1" "roles" "role" [] [] true
    DEVICE_CLASS "DeviceClass" "resource.k8s.io" "v1" "deviceclasses" "deviceclass" [] [] false
    RESOURCE_CLAIM "ResourceClaim" "resource.k8s.io" "v1" "resourceclaims" "resourceclaim" [] [] true
    RESOURCE_CLAIM_TEMPLATE "ResourceClaimTemplate" "resource.k8s.io" "v1" "resourceclaimtemplates" "resourceclaimtemplate" [] [] true
    RESOURCE_SLICE "ResourceSlice" "resource.k8s.io" "v1" "resourceslices" "resourceslice" [] [] false
    PRIORITY_CLASS "PriorityClass" "scheduling.k8s.io" "v1" "priorityclasses" "priorityclass" ["pc"] [] false
    CSI_DRIVER "CSIDriver" "storage.k8s.io" "v1" "csidrivers" "csidriver" [] [] false
    CSI_NODE "CSINode" "storage.k8s.io" "v1" "csinodes" "csinode" [] [] false
    CSI_STORAGE_CAPACITY "CSIStorageCapacity" "storage.k8s.io" "v1" "csistoragecapacities" "csistoragecapacity" [] [] true
    STORAGE_CLASS "StorageClass" "storage.k8s.io" "v1" "storageclasses" "storageclass" ["sc"] [] false
    VOLUME_ATTACHMENT "VolumeAttachment" "storage.k8s.io" "v1" "volumeattachments" "volumeattachment" [] [] false
    VOLUME_ATTRIBUTES_CLASS "VolumeAttributesClass" "storage.k8s.io" "v1" "volumeattributesclasses" "volumeattributesclass" ["vac"] [] false
    LOCAL_SUBJECT_ACCESS_REVIEW "LocalSubjectAccessReview" "authorization.k8s.io" "v1" "localsubjectaccessreviews" "localsubjectaccessreview" [] [] true
    SELF_SUBJECT_ACCESS_REVIEW "SelfSubjectAccessReview" "authorization.k8s.io" "v1" "selfsubjectaccessreviews" "selfsubjectaccessreview" [] [] false
    SELF_SUBJECT_RULES_REVIEW "SelfSubjectRulesReview" "authorization.k8s.io" "v1" "selfsubjectrulesreviews" "selfsubjectrulesreview" [] [] false
    SUBJECT_ACCESS_REVIEW "SubjectAccessReview" "authorization.k8s.io" "v1" "subjectaccessreviews" "subjectaccessreview" [] [] false
    SELF_SUBJECT_REVIEW "SelfSubjectReview" "authentication.k8s.io" "v1" "selfsubjectreviews" "selfsubjectreview" [] [] false
    TOKEN_REVIEW "TokenReview" "authentication.k8s.io" "v1" "tokenreviews" "tokenreview" [] [] false
}

impl Kind {
    /// All kinds whose objects are stored, in the order of `kubectl api-resources`: the core group, then groups by name;
    /// kinds by plural.
    pub fn all() -> impl Iterator<Item = Kind> {
        (0..Kind::LOCAL_SUBJECT_ACCESS_REVIEW.0).map(Kind)
    }

    /// Whether objects of the kind are kept. Reviews are not: they are questions, answered when they are created.
    pub fn is_stored(self) -> bool {
        self.0 < Kind::LOCAL_SUBJECT_ACCESS_REVIEW.0 || self.is_custom()
    }

    /// Whether a CustomResourceDefinition made it.
    pub fn is_custom(self) -> bool {
        self.0 >= FIRST_CUSTOM
    }

    /// What is known of the kind.
    pub fn info(self) -> &'static KindInfo {
        match KINDS.get(usize::from(self.0)) {
            Some(info) => info,
            None => &super::custom::names_of(self).info,
        }
    }

    /// The kind of Kubernetes that a manifest names; what a cluster serves beside is known by
    /// [`Kinds`](super::custom::Kinds). Some kinds are served in other versions too; see [`versions`](super::versions).
    pub fn of(api_version: &str, kind: &str) -> Option<Kind> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let place = KINDS.iter().position(|info| (info.kind, info.group, info.version) == (kind, group, version));
        let preferred = place.and_then(|place| u16::try_from(place).ok()).map(Kind);
        preferred.or_else(|| super::versions::served(api_version, kind))
    }

    /// `apps/v1`, or `v1` for the core group.
    pub fn api_version(self) -> String {
        let info = self.info();
        if info.group.is_empty() { info.version.to_owned() } else { format!("{}/{}", info.group, info.version) }
    }

    /// `deployments.apps`, as error messages name the resource; plain `pods` for the core group.
    pub fn resource(self) -> String {
        with_group(self.info().plural, self.info().group)
    }

    /// `Deployment.apps`, as "is invalid" messages name the kind; plain `Pod` for the core group.
    pub fn qualified(self) -> String {
        with_group(self.info().kind, self.info().group)
    }

    /// `deployment.apps`, as kubectl names one object; plain `pod` for the core group.
    pub fn singular_resource(self) -> String {
        with_group(self.info().singular, self.info().group)
    }
}

fn with_group(word: &str, group: &str) -> String {
    if group.is_empty() { word.to_owned() } else { format!("{word}.{group}") }
}

impl Ord for Kind {
    fn cmp(&self, other: &Kind) -> Ordering {
        if self.is_custom() && other.is_custom() && self != other {
            return self.info().cmp(other.info());
        }
        self.0.cmp(&other.0)
    }
}

impl PartialOrd for Kind {
    fn partial_cmp(&self, other: &Kind) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Written as `apps/v1/Deployment`: places in the registry may change, names do not. A kind that users defined is written
/// with all its names.
impl Serialize for Kind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_custom() {
            return serializer.serialize_str(super::custom::names_of(*self).text);
        }
        serializer.collect_str(&format_args!("{}/{}", self.api_version(), self.info().kind))
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Kind, D::Error> {
        let text = String::deserialize(deserializer)?;
        if let Some(kind) = super::custom::named(&text) {
            return Ok(kind);
        }
        let kind = text.rsplit_once('/').and_then(|(version, kind)| Kind::of(version, kind));
        kind.ok_or_else(|| serde::de::Error::custom(format_args!("unknown kind {text:?}")))
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.info().kind)
    }
}

/// What names an object: its kind, its namespace (empty for cluster-scoped kinds) and its name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// The kind.
    pub kind: Kind,
    /// The namespace, empty for cluster-scoped kinds.
    pub namespace: Str,
    /// The name.
    pub name: Str,
}

impl Key {
    /// The key of an object.
    pub fn new(kind: Kind, namespace: impl Into<Str>, name: impl Into<Str>) -> Key {
        Key { kind, namespace: namespace.into(), name: name.into() }
    }

    /// The key of another kind's object of the same namespace.
    pub fn sibling(&self, kind: Kind, name: impl Into<Str>) -> Key {
        Key { kind, namespace: self.namespace.clone(), name: name.into() }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/", self.kind.info().singular)?;
        if !self.namespace.is_empty() {
            write!(f, "{}/", self.namespace)?;
        }
        f.write_str(&self.name)
    }
}
