//! What the class of a claim says about when and by whom its volume is made.

use super::annotation;
use super::bind::SELECTED_NODE;
use super::fit::text;
use crate::api::kinds::{Key, Kind};
use crate::apiserver::Store;
use crate::base::Value;

/// Classes of this provisioner have only volumes that somebody made by hand.
pub const BY_HAND: &str = "kubernetes.io/no-provisioner";
/// The provisioner of the class that the cluster starts with.
pub(super) const HOST_PATH: &str = "k8s.io/minikube-hostpath";

/// Provisioners that once were part of Kubernetes, and the CSI drivers that do their work now.
///
/// Models `k8s.io/csi-translation-lib/plugins`.
const MIGRATED: [(&str, &str); 7] = [
    ("kubernetes.io/aws-ebs", "ebs.csi.aws.com"),
    ("kubernetes.io/azure-disk", "disk.csi.azure.com"),
    ("kubernetes.io/azure-file", "file.csi.azure.com"),
    ("kubernetes.io/cinder", "cinder.csi.openstack.org"),
    ("kubernetes.io/gce-pd", "pd.csi.storage.gke.io"),
    ("kubernetes.io/portworx-volume", "pxd.portworx.com"),
    ("kubernetes.io/vsphere-volume", "csi.vsphere.vmware.com"),
];

/// The class of a claim, if there is one of its name.
pub fn of_claim(claim: &Value, store: &Store) -> Option<Value> {
    let name = text(claim, "/spec/storageClassName");
    let class = store.get(&Key::new(Kind::STORAGE_CLASS, "", name)).filter(|_| !name.is_empty())?;
    Some(class.to_value())
}

/// Whether the claim's volume is chosen when a pod needs it. Models `IsDelayBindingMode`.
pub fn waits_for_consumer(claim: &Value, store: &Store) -> bool {
    of_claim(claim, store).is_some_and(|class| text(&class, "/volumeBindingMode") == "WaitForFirstConsumer")
}

/// Whether the scheduler has chosen the node for which the volume is to be made.
pub(super) fn has_node(claim: &Value) -> bool {
    annotation(claim, SELECTED_NODE).is_some()
}

/// The name under which a provisioner is called.
pub(super) fn driver(provisioner: &str) -> &str {
    MIGRATED.iter().find(|(old, _)| *old == provisioner).map_or(provisioner, |(_, driver)| driver)
}

/// Whether something runs in the cluster that makes volumes for this provisioner: the one that comes with it, or a driver
/// that was installed.
pub(super) fn runs(driver: &str, store: &Store) -> bool {
    driver == HOST_PATH || store.get(&Key::new(Kind::CSI_DRIVER, "", driver)).is_some()
}
