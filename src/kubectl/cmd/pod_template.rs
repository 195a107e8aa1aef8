//! Where the pod spec stands in each kind, for commands that change containers.

use crate::api::kinds::Kind;
use crate::base::Value;
use serde_json::json;

/// The JSON pointer of the pod spec; `None` for kinds that have none.
fn pointer(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::POD => Some("/spec"),
        Kind::DEPLOYMENT
        | Kind::REPLICA_SET
        | Kind::DAEMON_SET
        | Kind::STATEFUL_SET
        | Kind::REPLICATION_CONTROLLER
        | Kind::JOB => Some("/spec/template/spec"),
        Kind::CRON_JOB => Some("/spec/jobTemplate/spec/template/spec"),
        _ => None,
    }
}

/// The pod spec of an object.
pub(super) fn pod_spec(kind: Kind, object: &Value) -> Option<&Value> {
    object.pointer(pointer(kind)?)
}

/// A strategic patch of the pod spec: what it says of lists of containers.
pub(super) fn patch(kind: Kind, spec: Value) -> Value {
    let steps = pointer(kind).unwrap_or_default().split('/').skip(1);
    steps.collect::<Vec<_>>().into_iter().rev().fold(spec, |inner, step| json!({step: inner}))
}
