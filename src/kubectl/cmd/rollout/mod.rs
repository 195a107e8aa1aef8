//! `kubectl rollout`: one file per question or deed.
//!
//! Models `kubectl/pkg/cmd/rollout` and `kubectl/pkg/polymorphichelpers`.

pub(super) mod history;
pub(super) mod pause;
pub(super) mod status;
pub(super) mod undo;

use super::Context;
use crate::api::kinds::Kind;
use crate::api::meta::Meta;
use crate::api::objects::{ControllerRevision, Deployment, Object, ReplicaSet};
use crate::base::Order;
use crate::kubectl::client::{Client, Filter};
use crate::kubectl::failure::Failure;

/// The annotation that numbers revisions.
const REVISION: &str = "deployment.kubernetes.io/revision";

/// What all of them refuse before they look at the cluster.
fn require_resource(context: &Context<'_>) -> Result<(), Failure> {
    match context.args.positional.is_empty() && context.args.list("filename").is_empty() {
        true => Err("required resource not specified".into()),
        false => Ok(()),
    }
}

fn revision_of(meta: &Meta) -> Option<i64> {
    meta.annotations.get(REVISION).and_then(|text| text.parse().ok())
}

/// The ReplicaSets of a Deployment.
fn replica_sets(deployment: &Deployment, client: &mut Client<'_>) -> Result<Vec<ReplicaSet>, Failure> {
    let listed = client.list(Kind::REPLICA_SET, &deployment.meta.namespace, Filter::default())?;
    let own = listed.iter().filter_map(|object| ReplicaSet::of(object)).filter(|rs| {
        deployment.spec.selector.matches(&rs.meta.labels)
            && rs.meta.controller().is_some_and(|owner| owner.uid == deployment.meta.uid)
    });
    Ok(own.cloned().collect())
}

/// The revisions of a DaemonSet or StatefulSet, the lowest number first.
fn controller_revisions(object: &Object, client: &mut Client<'_>) -> Result<Vec<ControllerRevision>, Failure> {
    let meta = object.meta();
    let listed = client.list(Kind::CONTROLLER_REVISION, &meta.namespace, Filter::default())?;
    let own = listed
        .iter()
        .filter_map(|object| ControllerRevision::of(object))
        .filter(|revision| revision.meta.controller().is_some_and(|owner| owner.uid == meta.uid));
    let mut revisions: Vec<ControllerRevision> = own.cloned().collect();
    revisions.order_by_key(|revision| revision.revision);
    Ok(revisions)
}

/// `no rollbacker has been implemented for "Pod"`.
fn not_implemented(what: &str, kind: Kind) -> Failure {
    let info = kind.info();
    let name = if info.group.is_empty() { info.kind.to_owned() } else { format!("{}.{}", info.kind, info.group) };
    Failure::Plain(format!("no {what} has been implemented for {}", crate::base::text::go_quote(&name)))
}
