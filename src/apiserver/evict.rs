//! Evictions: deletions of pods that ask the budget first.
//!
//! Models `pkg/registry/core/pod/storage/eviction.go`.

use super::status::Cause;
use super::{ApiServer, Reason, Request, Response, Result, Status};
use crate::api::kinds::Kind;
use crate::api::objects::pod::PodPhase;
use crate::api::objects::{Pod, PodDisruptionBudget};
use crate::base::path::FieldPath;
use crate::base::{Str, Value};

/// Evictions that were allowed and that nobody has noticed yet: with more of them nothing is allowed.
const MOST_DISRUPTED: usize = 2000;

impl ApiServer {
    /// Deletes a pod, unless its budget forbids it (429).
    pub(super) fn evict(&mut self, request: &Request) -> Result<Response> {
        let key = request.key();
        let object = self.get(&key)?;
        let Some(pod) = Pod::of(&object) else {
            return Err(Status::not_found(key.kind, &key.name));
        };
        let ended = pod.is_terminal() || pod.status.phase == PodPhase::Pending || pod.meta.is_terminating();
        if !ended {
            let budgets: Vec<PodDisruptionBudget> = self
                .store()
                .selecting(Kind::POD_DISRUPTION_BUDGET, &key.namespace, &pod.meta.labels)
                .into_iter()
                .filter_map(|budget| PodDisruptionBudget::of(budget).cloned())
                .collect();
            match budgets.as_slice() {
                [] => {}
                [budget] => self.charge(budget, pod, request.options.dry_run)?,
                _ => {
                    let message = "This pod has more than one PodDisruptionBudget, which the eviction subresource does \
                                   not support.";
                    return Err(Status::new(Reason::InternalError, key.kind, &key.name, message));
                }
            }
        }
        if !request.options.dry_run && !pod.meta.is_terminating() && !pod.is_terminal() {
            let mut marked = pod.clone();
            let now = self.now.timestamp();
            marked.mark_disrupted("EvictionByEvictionAPI", "Eviction API: evicting", now);
            self.update_status(marked)?;
        }
        let deletion = Request { options: request.options.clone(), ..Request::new(super::Verb::Delete, &key) };
        self.delete_request(&deletion)
    }

    /// Takes one disruption from the budget, if the pod counts for it.
    fn charge(&mut self, budget: &PodDisruptionBudget, pod: &Pod, dry_run: bool) -> Result<()> {
        let status = &budget.status;
        if !pod.is_ready() {
            let always = budget.spec.rest.get("unhealthyPodEvictionPolicy").and_then(Value::as_str);
            let enough = status.current_healthy >= status.desired_healthy && status.desired_healthy > 0;
            if always == Some("AlwaysAllow") || enough {
                return Ok(());
            }
        }
        let name = &budget.meta.name;
        if status.observed_generation < budget.meta.generation {
            return Err(refusal(&format!("The disruption budget {name} is still being processed by the server.")));
        }
        if status.disrupted_pods.len() > MOST_DISRUPTED {
            let why = "DisruptedPods map too big - too many evictions not confirmed by PDB controller";
            return Err(Status::forbidden(Kind::POD_DISRUPTION_BUDGET, name, why));
        }
        if status.disruptions_allowed <= 0 {
            let (desired, current) = (status.desired_healthy, status.current_healthy);
            return Err(refusal(&format!(
                "The disruption budget {name} needs {desired} healthy pods and has {current} currently"
            )));
        }
        if dry_run {
            return Ok(());
        }
        let mut charged = budget.clone();
        let now = self.now.timestamp();
        charged.status.allow(status.disruptions_allowed - 1, budget.meta.generation, now);
        charged.status.disrupted_pods.insert(pod.meta.name.clone(), now);
        self.update_status(charged).map(|_| ())
    }
}

/// 429, with the reason why.
fn refusal(why: &str) -> Status {
    Status {
        reason: Reason::TooManyRequests,
        message: "Cannot evict pod as it would violate the pod's disruption budget.".to_owned(),
        kind: None,
        name: Str::from(""),
        causes: vec![Cause { field: FieldPath::root(), body: why.to_owned() }],
    }
}
