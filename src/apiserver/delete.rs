//! Deletion: at once, after a grace period, or when the last finalizer is gone.
//!
//! Models `k8s.io/apiserver/pkg/registry/generic/registry/store.go` `Delete` and `registry/rest/delete.go`.

use super::update::may_go;
use super::{ApiServer, Propagation, Request, Response, Result, Status};
use crate::api::kinds::Kind;
use crate::api::objects::{Object, Pod};
use crate::base::Str;
use crate::base::time::Timestamp;

/// Waits until dependents are gone.
pub const FOREGROUND_FINALIZER: &str = "foregroundDeletion";
/// Waits until dependents are set free.
pub const ORPHAN_FINALIZER: &str = "orphan";
/// Namespaces that every cluster needs.
const PERMANENT_NAMESPACES: [&str; 3] = ["default", "kube-system", "kube-public"];

impl ApiServer {
    pub(super) fn delete_request(&mut self, request: &Request) -> Result<Response> {
        let key = request.key();
        let old = self.get(&key)?;
        if let Some(uid) = &request.options.uid
            && *uid != old.meta().uid
        {
            let why =
                format!("Precondition failed: UID in precondition: {uid}, UID in object meta: {}", old.meta().uid);
            return Err(Status::conflict(key.kind, &key.name, &why));
        }
        if key.kind == Kind::NAMESPACE && PERMANENT_NAMESPACES.contains(&&*key.name) {
            return Err(Status::forbidden(key.kind, &key.name, "this namespace may not be deleted"));
        }
        let mut new = (*old).clone();
        if !new.meta().is_terminating() {
            add_finalizer(&mut new, request.options.propagation);
            if key.kind == Kind::CUSTOM_RESOURCE_DEFINITION {
                super::custom::begin_deletion(&mut new, self.now.timestamp());
            }
        }
        let grace = match &new {
            Object::Pod(pod) => grace_of(pod, request.options.grace_period_seconds),
            _ => 0,
        };
        mark(&mut new, grace, self.now.timestamp());
        if request.options.dry_run {
            return Ok(Response::of(std::rc::Rc::new(new)));
        }
        if may_go(&new) {
            self.commit(key, None);
            return Ok(Response::of(old));
        }
        if new == *old {
            return Ok(Response::of(old));
        }
        Ok(Response { object: self.commit(key, Some(new)), ..Response::default() })
    }
}

fn add_finalizer(object: &mut Object, propagation: Propagation) {
    let finalizer = match propagation {
        Propagation::Background => return,
        Propagation::Foreground => FOREGROUND_FINALIZER,
        Propagation::Orphan => ORPHAN_FINALIZER,
    };
    let finalizers = &mut object.meta_mut().finalizers;
    if !finalizers.iter().any(|present| &**present == finalizer) {
        finalizers.push(Str::from(finalizer));
    }
}

/// Seconds of grace for a pod. One that runs nowhere, or no more, needs none.
///
/// Models `pkg/registry/core/pod/strategy.go` `CheckGracefulDelete`.
fn grace_of(pod: &Pod, asked: Option<i64>) -> i64 {
    if pod.node_name.is_empty() || pod.is_terminal() {
        return 0;
    }
    match asked.or(pod.spec.termination_grace_period_seconds).unwrap_or(30) {
        seconds if seconds < 0 => 1,
        seconds => seconds,
    }
}

/// Marks an object as being deleted; a second deletion can only shorten the grace.
fn mark(object: &mut Object, grace: i64, now: Timestamp) {
    let meta = object.meta_mut();
    let shortened = meta.deletion_grace_period_seconds.is_some_and(|present| grace < present);
    if meta.deletion_timestamp.is_none() || shortened {
        meta.deletion_timestamp = Some(Timestamp(now.0 + grace));
        meta.deletion_grace_period_seconds = Some(grace);
        if meta.generation > 0 {
            meta.generation += 1;
        }
    }
    if let Object::Namespace(namespace) = object {
        namespace.status.phase = "Terminating".into();
    }
}
