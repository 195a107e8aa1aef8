//! Which pods a Job makes and deletes.

use super::tally::{Tally, index_of, is_indexed};
use super::{INDEX, INDEX_FAILURES, TRACKING, back_off};
use crate::api::kinds::Kind;
use crate::api::objects::batch::PodReplacementPolicy;
use crate::api::objects::{Job, Pod};
use crate::base::Str;
use crate::base::time::{Duration, SimTime};
use crate::controllers::owned;
use crate::controllers::replicaset::ranking::{ActivePhase, Candidate, victims};
use crate::controllers::replicaset::status::{ready_since, restarts};
use serde_json::json;
use std::collections::BTreeSet;
use std::rc::Rc;

/// How many pods should be active.
///
/// Models `manageJob` of `pkg/controller/job/job_controller.go`.
pub fn wanted(job: &Job, succeeded: i32, active: i32) -> i32 {
    let parallelism = job.spec.parallelism.unwrap_or(1);
    match job.spec.completions {
        Some(completions) => completions.saturating_sub(succeeded).min(parallelism).max(0),
        // After the first success the others are left to end.
        None if succeeded > 0 => active,
        None => parallelism,
    }
}

/// How many more pods may be made now. Where a replacement waits for the end of its predecessor, that one counts.
pub fn missing(job: &Job, tally: &Tally, active: i32) -> usize {
    let waits = job.spec.pod_replacement_policy == Some(PodReplacementPolicy::Failed);
    let terminating = if waits { tally.terminating } else { 0 };
    usize::try_from(wanted(job, tally.succeeded, active) - active - terminating).unwrap_or(0)
}

/// The active pods that go: those with an index that another one has or nobody wants, and then as many as are too many.
///
/// Models `activePodsForRemoval`.
pub fn surplus<'a>(job: &Job, tally: &Tally, active: &[&'a Pod], now: SimTime) -> Vec<&'a Pod> {
    let mut taken = BTreeSet::new();
    let completions = job.spec.completions.unwrap_or(0);
    let (mut gone, mut left) = (Vec::new(), Vec::new());
    for pod in active {
        let index = index_of(pod).filter(|index| *index < completions);
        let is_wanted = !is_indexed(job)
            || index.is_some_and(|index| !tally.succeeded_indexes.contains(&index) && taken.insert(index));
        if is_wanted { left.push(*pod) } else { gone.push(*pod) }
    }
    let count = i32::try_from(active.len()).unwrap_or(i32::MAX);
    let too_many = usize::try_from(count - wanted(job, tally.succeeded, count)).unwrap_or(0);
    let candidates: Vec<Candidate> = left.iter().map(|pod| candidate(pod)).collect();
    let further = victims(candidates.iter().map(|candidate| (candidate, 0)), too_many.saturating_sub(gone.len()), now);
    gone.extend(further.into_iter().filter_map(|place| left.get(place).copied()));
    gone
}

fn candidate(pod: &Pod) -> Candidate {
    use crate::api::objects::pod::PodPhase;
    Candidate {
        uid: pod.meta.uid.clone().into(),
        assigned: !pod.node_name.is_empty(),
        phase: match pod.status.phase {
            PodPhase::Pending => ActivePhase::Pending,
            PodPhase::Unknown => ActivePhase::Unknown,
            _ => ActivePhase::Running,
        },
        ready: ready_since(pod),
        deletion_cost: 0,
        doubled: 0,
        restarts: restarts(pod, false),
        sidecar_restarts: restarts(pod, true),
        created: pod.meta.creation_timestamp.unwrap_or_default(),
    }
}

/// The indexes that get a pod now, the lowest first; and when some have to wait, how long at least.
///
/// Models `firstPendingIndexes` and `getPodCreationInfoForIndependentIndexes` of `indexed_job_utils.go`.
pub fn pending_indexes(
    job: &Job,
    tally: &Tally,
    active: &[&Pod],
    count: usize,
    now: SimTime,
) -> (Vec<i32>, Option<Duration>) {
    let present: BTreeSet<i32> = active.iter().filter_map(|pod| index_of(pod)).collect();
    let (mut ready, mut wait): (Vec<i32>, Option<Duration>) = (Vec::new(), None);
    for index in 0..job.spec.completions.unwrap_or(0) {
        if ready.len() == count {
            break;
        }
        if [&present, &tally.succeeded_indexes, &tally.failed_indexes].iter().any(|set| set.contains(&index)) {
            continue;
        }
        let remaining = tally
            .index_failures
            .get(&index)
            .map_or(Duration::ZERO, |(failures, last)| back_off::remaining(*failures, *last, now));
        if remaining.is_zero() {
            ready.push(index);
        } else {
            wait = Some(wait.map_or(remaining, |wait| wait.min(remaining)));
        }
    }
    (ready, wait)
}

/// A pod of the Job, with an index or without.
pub fn new_pod(job: &Job, index: Option<i32>, tally: &Tally) -> Pod {
    let mut pod = owned::pod_of(&job.spec.template, Kind::JOB, &job.meta);
    if !pod.meta.finalizers.iter().any(|finalizer| &**finalizer == TRACKING) {
        pod.meta.finalizers.push(TRACKING.into());
    }
    let Some(index) = index else { return pod };
    let number = Str::from(index.to_string());
    let prefix: String = job.meta.name.chars().take(58_usize.saturating_sub(number.len() + 2)).collect();
    pod.meta.generate_name = format!("{prefix}-{number}-").into();
    pod.meta.annotations.insert(INDEX, number.clone());
    pod.meta.labels.insert(INDEX, number.clone());
    if job.spec.backoff_limit_per_index.is_some() {
        let failures = tally.index_failures.get(&index).map_or(0, |(failures, _)| *failures);
        pod.meta.annotations.insert(INDEX_FAILURES, failures.to_string());
    }
    let mut spec = (*pod.spec).clone();
    spec.hostname = format!("{}-{number}", job.meta.name).into();
    let variable = json!({"name": "JOB_COMPLETION_INDEX", "valueFrom": {"fieldRef": {
        "apiVersion": "v1", "fieldPath": format!("metadata.labels['{INDEX}']"),
    }}});
    for container in spec.init_containers.iter_mut().chain(&mut spec.containers) {
        let has =
            |variable: &serde_json::Value| variable.get("name").is_some_and(|name| name == "JOB_COMPLETION_INDEX");
        if !container.env.iter().any(has) {
            container.env.push(variable.clone());
        }
    }
    pod.spec = Rc::new(spec);
    pod
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json::Json;
    use crate::base::Value;

    fn job(spec: Value) -> Job {
        Job::from_json(json!({"metadata": {"name": "pi", "namespace": "default"}, "spec": spec})).unwrap()
    }

    #[test]
    fn how_many() {
        for (spec, succeeded, active, expected) in [
            (json!({"completions": 5, "parallelism": 2}), 0, 0, 2),
            (json!({"completions": 5, "parallelism": 2}), 4, 1, 1),
            (json!({"completions": 5, "parallelism": 2}), 5, 0, 0),
            (json!({"completions": 5, "parallelism": 0}), 0, 0, 0),
            (json!({"parallelism": 3}), 0, 0, 3),
            (json!({"parallelism": 3}), 1, 2, 2),
        ] {
            assert_eq!(wanted(&job(spec.clone()), succeeded, active), expected, "{spec} {succeeded} {active}");
        }
    }

    #[test]
    fn indexes_get_pods_lowest_first() {
        let job = job(json!({"completions": 6, "parallelism": 3, "completionMode": "Indexed",
            "template": {"spec": {"containers": [{"name": "c", "image": "perl"}]}}}));
        let tally = Tally { succeeded_indexes: [0, 2].into(), failed_indexes: [3].into(), ..Tally::default() };
        let one = new_pod(&job, Some(1), &tally);
        assert_eq!((&*one.meta.generate_name, &*one.spec.hostname), ("pi-1-", "pi-1"));
        assert_eq!(index_of(&one), Some(1));
        assert_eq!(one.spec.containers[0].env[0]["name"], "JOB_COMPLETION_INDEX");
        assert_eq!(pending_indexes(&job, &tally, &[&one], 9, SimTime::ZERO), (vec![4, 5], None));
        let twin = one.clone();
        let done = new_pod(&job, Some(2), &tally);
        assert_eq!(surplus(&job, &tally, &[&one, &twin, &done], SimTime::ZERO).len(), 2);
    }
}
