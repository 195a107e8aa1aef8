//! Which pods of an old template are replaced now.

use super::manage::DaemonPod;
use crate::api::objects::pod::IntOrString;
use crate::api::objects::sets::{DaemonSetSpec, UpdateType};
use crate::base::Str;
use crate::controllers::deployment::fenceposts::Limit;

/// On how many nodes a pod may be missing, or doubled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Doubled.
    pub surge: i32,
    /// Missing.
    pub unavailable: i32,
}

/// The limits for so many nodes; shares are rounded up. When both are 0, one pod may be missing.
///
/// Models `SurgeCount`, `UnavailableCount` and `updatedDesiredNodeCounts` of `pkg/controller/daemon`.
pub fn limits(spec: &DaemonSetSpec, nodes: i32) -> Limits {
    let rolling = spec.update_strategy.rolling_update.as_ref().filter(|_| rolls(spec));
    let count = |field: Option<&IntOrString>| field.map_or(0, |limit| Limit::from_field(limit).rounded_up(nodes));
    let surge = count(rolling.and_then(|rolling| rolling.max_surge.as_ref()));
    let unavailable = count(rolling.and_then(|rolling| rolling.max_unavailable.as_ref()));
    Limits { surge, unavailable: if surge == 0 && unavailable == 0 { 1 } else { unavailable } }
}

/// Whether the set replaces pods by itself.
pub fn rolls(spec: &DaemonSetSpec) -> bool {
    spec.update_strategy.kind == UpdateType::RollingUpdate
}

/// What is to be done for the rollout.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Delete these pods.
    pub delete: Vec<Str>,
    /// Make a second pod on these nodes.
    pub surge: Vec<Str>,
}

/// The new and the old pod of a node; `None` when there are two of a sort, which [`super::manage`] puts in order.
fn pair(pods: &[DaemonPod]) -> Option<(Option<&DaemonPod>, Option<&DaemonPod>)> {
    let (mut new, mut old) = (None, None);
    for pod in pods.iter().filter(|pod| !pod.terminating) {
        let place = if pod.new { &mut new } else { &mut old };
        if place.replace(pod).is_some() {
            return None;
        }
    }
    Some((new, old))
}

/// Decides for all nodes with pods, and all that should have some.
///
/// Models `rollingUpdate` of `pkg/controller/daemon/update.go`.
pub fn step<'a>(nodes: impl Iterator<Item = (&'a Str, &'a [DaemonPod])>, limits: Limits) -> Step {
    if limits.surge > 0 { step_with_surge(nodes, limits.surge) } else { step_by_deleting(nodes, limits.unavailable) }
}

fn step_by_deleting<'a>(nodes: impl Iterator<Item = (&'a Str, &'a [DaemonPod])>, allowed: i32) -> Step {
    let (mut missing, mut delete, mut candidates) = (0, Vec::new(), Vec::new());
    for (_, pods) in nodes {
        match pair(pods) {
            None | Some((None, None) | (Some(_), Some(_))) => missing += 1,
            Some((Some(new), None)) => missing += i32::from(!new.available),
            Some((None, Some(old))) if !old.available => {
                delete.push(old.name.clone());
                missing += 1;
            }
            Some((None, Some(old))) => candidates.push(old.name.clone()),
        }
    }
    let room = usize::try_from(allowed - missing).unwrap_or(0);
    delete.extend(candidates.into_iter().take(room));
    Step { delete, surge: Vec::new() }
}

fn step_with_surge<'a>(nodes: impl Iterator<Item = (&'a Str, &'a [DaemonPod])>, allowed: i32) -> Step {
    let (mut doubled, mut delete, mut surge, mut candidates) = (0, Vec::new(), Vec::new(), Vec::new());
    for (node, pods) in nodes {
        match pair(pods) {
            None => doubled += 1,
            Some((_, None)) => {}
            Some((None, Some(old))) if !old.available => surge.push(node.clone()),
            Some((None, Some(_))) => candidates.push(node.clone()),
            Some((Some(new), Some(_))) if !new.available => doubled += 1,
            Some((Some(_), Some(old))) => delete.push(old.name.clone()),
        }
    }
    let room = usize::try_from(allowed - doubled).unwrap_or(0);
    surge.extend(candidates.into_iter().take(room));
    Step { delete, surge }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json::Json;
    use crate::api::objects::pod::PodPhase;
    use crate::base::time::Timestamp;
    use serde_json::json;

    /// `O` old and available, `o` old and not, `N` and `n` new ones, `x` terminating.
    fn node(text: &str) -> Vec<DaemonPod> {
        text.chars()
            .enumerate()
            .map(|(i, c)| DaemonPod {
                name: format!("{text}{i}").into(),
                scheduled: true,
                created: Timestamp(0),
                phase: PodPhase::Running,
                terminating: c == 'x',
                ready: c.is_uppercase(),
                available: c.is_uppercase(),
                new: c.eq_ignore_ascii_case(&'n'),
            })
            .collect()
    }

    #[test]
    fn steps() {
        let table: [(&str, i32, i32, usize, usize); 12] = [
            // nodes, surge, unavailable, deleted, doubled
            ("O O O", 0, 1, 1, 0),
            ("O O O", 0, 2, 2, 0),
            ("x O O", 0, 1, 0, 0),
            ("n O O", 0, 1, 0, 0),
            ("N O O", 0, 1, 1, 0),
            ("o o O", 0, 1, 2, 0),
            ("- O O", 0, 1, 0, 0),
            ("N N N", 0, 1, 0, 0),
            ("O O O", 1, 0, 0, 1),
            ("On O O", 1, 0, 0, 0),
            ("ON O O", 1, 0, 1, 1),
            ("o O O", 1, 0, 0, 2),
        ];
        for (text, surge, unavailable, deleted, doubled) in table {
            let nodes: Vec<(Str, Vec<DaemonPod>)> = text
                .split(' ')
                .enumerate()
                .map(|(i, pods)| (i.to_string().into(), node(pods.trim_matches('-'))))
                .collect();
            let step = step(nodes.iter().map(|(name, pods)| (name, pods.as_slice())), Limits { surge, unavailable });
            assert_eq!((step.delete.len(), step.surge.len()), (deleted, doubled), "{text} {surge} {unavailable}");
        }
    }

    #[test]
    fn limits_are_rounded_up() {
        let table = [
            (json!({"maxUnavailable": 1, "maxSurge": 0}), 10, 0, 1),
            (json!({"maxUnavailable": "25%", "maxSurge": 0}), 10, 0, 3),
            (json!({"maxUnavailable": 0, "maxSurge": "10%"}), 3, 1, 0),
            (json!({"maxUnavailable": 0, "maxSurge": 0}), 3, 0, 1),
            (json!({"maxUnavailable": "50%", "maxSurge": 0}), 0, 0, 1),
        ];
        for (rolling, nodes, surge, unavailable) in table {
            let strategy = json!({"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": rolling}});
            let spec = DaemonSetSpec::from_json(strategy).unwrap();
            assert_eq!(limits(&spec, nodes), Limits { surge, unavailable }, "{rolling}");
        }
    }
}
