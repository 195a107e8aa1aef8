//! Scaling outside a rollout's own steps: which ReplicaSet gets how much when `spec.replicas` changes.

use super::rolling::Resize;
use crate::base::Order;
use crate::base::Str;
use crate::base::time::Timestamp;
use std::cmp::Ordering;

/// What scaling has to know of a ReplicaSet of the Deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name, the last tie-breaker.
    pub name: Str,
    /// When it was made.
    pub created: Timestamp,
    /// `spec.replicas`
    pub replicas: i32,
    /// `status.availableReplicas`
    pub available: i32,
    /// Annotation `deployment.kubernetes.io/desired-replicas`
    pub desired: Option<i32>,
    /// Annotation `deployment.kubernetes.io/max-replicas`
    pub max: Option<i32>,
}

/// What scaling has to know of the Deployment.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// `spec.replicas`
    pub replicas: i32,
    /// The resolved surge; 0 when the strategy is `Recreate`.
    pub surge: i32,
    /// Whether the strategy is `RollingUpdate`; only then is a change spread over several ReplicaSets.
    pub rolling: bool,
    /// `status.replicas`, which stands in for a missing `max-replicas` annotation.
    pub status_replicas: i32,
}

/// The resizes that bring the Deployment's ReplicaSets to its size, in the order in which they are to be written. `new` is
/// the place of the new ReplicaSet among `members`, if there is one.
///
/// A resize to the present size is kept: writing it refreshes the two annotations.
///
/// Models `scale` of `pkg/controller/deployment/sync.go`.
pub fn scale(wanted: Wanted, new: Option<usize>, members: &[Member]) -> Vec<Resize> {
    if let Some(index) = active_or_latest(new, members) {
        let differs = members.get(index).is_some_and(|rs| rs.replicas != wanted.replicas);
        return if differs { vec![Resize { index, to: wanted.replicas }] } else { Vec::new() };
    }
    let active = members.iter().enumerate().filter(|(_, rs)| rs.replicas > 0);
    if new.and_then(|index| members.get(index)).is_some_and(|rs| saturated(wanted.replicas, rs)) {
        return active.filter(|(index, _)| Some(*index) != new).map(|(index, _)| Resize { index, to: 0 }).collect();
    }
    if !wanted.rolling {
        return Vec::new();
    }
    spread(wanted, active.collect())
}

/// The one ReplicaSet that takes the whole change: the only active one or, when none is, the new or else the latest one.
///
/// Models `FindActiveOrLatest`.
fn active_or_latest(new: Option<usize>, members: &[Member]) -> Option<usize> {
    let mut active = members.iter().enumerate().filter(|(_, rs)| rs.replicas > 0).map(|(index, _)| index);
    match (active.next(), active.next()) {
        (None, _) => {
            let latest = members.iter().enumerate().max_by(|(_, a), (_, b)| by_age(a, b));
            new.or(latest.map(|(index, _)| index))
        }
        (only, None) => only,
        _ => None,
    }
}

/// Models `IsSaturated`.
fn saturated(wanted: i32, new: &Member) -> bool {
    new.replicas == wanted && new.desired == Some(wanted) && new.available == wanted
}

/// Spreads a change in proportion to the sizes. What rounding leaves over goes to the largest.
///
/// Models the proportional part of `scale` and `GetReplicaSetProportion`.
fn spread(wanted: Wanted, mut active: Vec<(usize, &Member)>) -> Vec<Resize> {
    let allowed = if wanted.replicas > 0 { wanted.replicas.saturating_add(wanted.surge) } else { 0 };
    let to_add = allowed - active.iter().map(|(_, rs)| rs.replicas).sum::<i32>();
    match to_add.cmp(&0) {
        Ordering::Greater => active.order_by(|(_, a), (_, b)| b.replicas.cmp(&a.replicas).then(by_age(b, a))),
        Ordering::Less => active.order_by(|(_, a), (_, b)| b.replicas.cmp(&a.replicas).then(by_age(a, b))),
        Ordering::Equal => {}
    }
    let mut left = to_add;
    let mut resizes = Vec::with_capacity(active.len());
    for (index, rs) in active {
        let share = share(wanted, rs);
        let change = if to_add > 0 { share.min(left) } else { share.max(left) };
        let change = if left == 0 { 0 } else { change };
        left -= change;
        resizes.push(Resize { index, to: rs.replicas + change });
    }
    if let Some(first) = resizes.first_mut() {
        first.to = (first.to + left).max(0);
    }
    resizes
}

/// By how much a ReplicaSet would change if all kept their proportions.
///
/// Models `getReplicaSetFraction`.
fn share(wanted: Wanted, rs: &Member) -> i32 {
    if wanted.replicas == 0 {
        return -rs.replicas;
    }
    let before = rs.max.filter(|max| *max != 0).unwrap_or(wanted.status_replicas);
    if before == 0 {
        return 0;
    }
    let after = f64::from(wanted.replicas) + f64::from(wanted.surge);
    let size = f64::from(rs.replicas) * after / f64::from(before);
    size.round() as i32 - rs.replicas
}

/// Older before newer, then by name.
fn by_age(a: &Member, b: &Member) -> Ordering {
    a.created.cmp(&b.created).then_with(|| a.name.cmp(&b.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cases of upstream's `TestScale`. Sizes newest first; a case with a new ReplicaSet has it in front.
    #[test]
    fn scales() {
        struct Case {
            name: &'static str,
            from: (i32, i32),
            to: (i32, i32),
            has_new: bool,
            before: &'static [i32],
            after: &'static [i32],
        }
        let case = |name, from, to, has_new, before, after| Case { name, from, to, has_new, before, after };
        let table = [
            case("normal 10 -> 12", (10, 0), (12, 0), true, &[10], &[12]),
            case("normal 10 -> 5", (10, 0), (5, 0), true, &[10], &[5]),
            case("proportional 5 -> 10", (5, 0), (10, 0), true, &[2, 3], &[4, 6]),
            case("proportional 5 -> 3", (5, 0), (3, 0), true, &[2, 3], &[1, 2]),
            case("proportional 9 -> 4", (9, 0), (4, 0), true, &[8, 1], &[4, 0]),
            case("proportional 7 -> 10", (7, 0), (10, 0), true, &[2, 3, 2], &[3, 4, 3]),
            case("proportional 13 -> 8", (13, 0), (8, 0), true, &[2, 8, 3], &[1, 5, 2]),
            case("leftover 3 -> 4", (3, 0), (4, 0), true, &[1, 1, 1], &[2, 1, 1]),
            case("leftover 3 -> 2", (3, 0), (2, 0), true, &[1, 1, 1], &[1, 1, 0]),
            case("no new 4 -> 5", (4, 0), (5, 0), false, &[2, 2], &[3, 2]),
            case("6 -> 0", (6, 0), (0, 0), true, &[3, 2, 1], &[0, 0, 0]),
            case("0 -> 6", (6, 0), (6, 0), true, &[0, 0, 0], &[6, 0, 0]),
            case("surge pods", (10, 2), (20, 2), true, &[6, 6], &[11, 11]),
            case("surge and size", (10, 3), (50, 6), true, &[5, 8], &[22, 34]),
            case("size and template", (10, 0), (14, 0), false, &[7, 3], &[10, 4]),
            case("saturated but broken", (2, 1), (2, 1), true, &[2, 1], &[2, 1]),
        ];
        for Case { name, from, to, has_new, before, after } in table {
            let members: Vec<Member> = (0..)
                .zip(before)
                .map(|(age, size)| Member {
                    name: format!("foo-v{age}").into(),
                    created: Timestamp(1000 - age),
                    replicas: *size,
                    available: 0,
                    desired: Some(from.0),
                    max: Some(from.0 + from.1),
                })
                .collect();
            let wanted = Wanted { replicas: to.0, surge: to.1, rolling: true, status_replicas: 0 };
            let mut sizes = before.to_vec();
            for resize in scale(wanted, has_new.then_some(0), &members) {
                sizes[resize.index] = resize.to;
            }
            assert_eq!(sizes, after, "{name}");
        }
    }

    #[test]
    fn a_ready_new_replica_set_takes_over() {
        let member = |name: &str, replicas, available| Member {
            name: name.into(),
            created: Timestamp(0),
            replicas,
            available,
            desired: Some(3),
            max: Some(4),
        };
        let members = [member("new", 3, 3), member("old", 1, 1)];
        let wanted = Wanted { replicas: 3, surge: 1, rolling: true, status_replicas: 4 };
        assert_eq!(scale(wanted, Some(0), &members), [Resize { index: 1, to: 0 }]);
    }

    #[test]
    fn a_missing_annotation_falls_back_to_the_status() {
        let member = |name: &str| Member {
            name: name.into(),
            created: Timestamp(0),
            replicas: 2,
            available: 2,
            desired: None,
            max: None,
        };
        for (status_replicas, expected) in [(4, [4, 4]), (0, [6, 2])] {
            let wanted = Wanted { replicas: 8, surge: 0, rolling: true, status_replicas };
            let sizes: Vec<i32> = scale(wanted, None, &[member("a"), member("b")]).iter().map(|r| r.to).collect();
            assert_eq!(sizes, expected);
        }
    }
}
