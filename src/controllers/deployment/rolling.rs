//! One step of a rolling update: first the new ReplicaSet up, else the old ones down, never both in one sync.

use super::fenceposts::Fenceposts;

/// What the arithmetic has to know of a ReplicaSet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// `spec.replicas`
    pub replicas: i32,
    /// `status.availableReplicas`
    pub available: i32,
}

/// A ReplicaSet is to be resized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resize {
    /// Its place in the list that was given.
    pub index: usize,
    /// Its new `spec.replicas`.
    pub to: i32,
}

/// The size that the new ReplicaSet is to have now, `total` being the sum over all ReplicaSets, it included.
///
/// Models `NewRSNewReplicas` of `pkg/controller/deployment/util/deployment_util.go` and `reconcileNewReplicaSet` of
/// `pkg/controller/deployment/rolling.go`.
pub fn new_size(wanted: i32, surge: i32, total: i32, new: i32) -> i32 {
    if new >= wanted {
        return wanted;
    }
    let room = wanted.saturating_add(surge).saturating_sub(total);
    new + room.clamp(0, wanted - new)
}

/// The resizes of the old ReplicaSets (given oldest first), in the order in which they are to be written. First those pods
/// go that serve nobody anyway; then as many serving ones as the minimum allows. One ReplicaSet may appear twice.
///
/// Pods of the new ReplicaSet that are not available yet count as missing; that is what keeps a broken rollout from eating
/// the old pods: with 10 wanted, 2 may be missing, 8 old ones serve and 2 new ones never come up, nothing more is taken.
///
/// Models `reconcileOldReplicaSets` of `pkg/controller/deployment/rolling.go`.
pub fn shrink_old(wanted: i32, fence: Fenceposts, old: &[Counted], new: Counted) -> Vec<Resize> {
    let old_total: i32 = old.iter().map(|rs| rs.replicas).sum();
    if old_total == 0 {
        return Vec::new();
    }
    let min_available = wanted - fence.unavailable;
    let new_unavailable = new.replicas - new.available;
    let budget = old_total + new.replicas - min_available - new_unavailable;
    if budget <= 0 {
        return Vec::new();
    }
    let mut sizes: Vec<i32> = old.iter().map(|rs| rs.replicas).collect();
    let mut resizes = cleanup_unhealthy(&mut sizes, old, budget);
    let available = new.available + old.iter().map(|rs| rs.available).sum::<i32>();
    resizes.extend(shrink_by(&mut sizes, available - min_available));
    resizes
}

/// Takes up to `budget` pods that are not available.
///
/// Models `cleanupUnhealthyReplicas`.
fn cleanup_unhealthy(sizes: &mut [i32], old: &[Counted], mut budget: i32) -> Vec<Resize> {
    let mut resizes = Vec::new();
    for (index, (size, rs)) in sizes.iter_mut().zip(old).enumerate() {
        let take = budget.min(*size - rs.available);
        if *size > 0 && take > 0 {
            *size -= take;
            budget -= take;
            resizes.push(Resize { index, to: *size });
        }
    }
    resizes
}

/// Takes `surplus` pods, from the oldest on.
///
/// Models `scaleDownOldReplicaSetsForRollingUpdate`.
fn shrink_by(sizes: &mut [i32], mut surplus: i32) -> Vec<Resize> {
    let mut resizes = Vec::new();
    for (index, size) in sizes.iter_mut().enumerate() {
        let take = surplus.min(*size);
        if take > 0 {
            *size -= take;
            surplus -= take;
            resizes.push(Resize { index, to: *size });
        }
    }
    resizes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(replicas: i32, available: i32) -> Counted {
        Counted { replicas, available }
    }

    #[test]
    fn new_grows_as_far_as_the_surge_allows() {
        let table = [
            // wanted, surge, old, new, expected
            (10, 0, 10, 0, 0),
            (10, 2, 10, 0, 2),
            (10, 2, 5, 0, 7),
            (10, 2, 10, 2, 2),
            (10, 2, 2, 11, 10),
            (3, 1, 3, 0, 1),
            (1, 1, 0, 0, 1),
            (0, 0, 0, 0, 0),
        ];
        for (wanted, surge, old, new, expected) in table {
            assert_eq!(new_size(wanted, surge, old + new, new), expected, "{wanted} +{surge}, old {old}, new {new}");
        }
    }

    #[test]
    fn old_shrink_as_far_as_the_minimum_allows() {
        let table = [
            // wanted, unavailable, old (replicas, available), new, sizes of the old in the order written
            (10, 0, (10, 10), (0, 0), vec![]),
            (10, 2, (10, 10), (0, 0), vec![8]),
            (10, 2, (10, 8), (0, 0), vec![8]),
            (10, 2, (10, 9), (0, 0), vec![9, 8]),
            (10, 2, (8, 8), (2, 0), vec![]),
            (3, 0, (3, 3), (1, 0), vec![]),
            (3, 0, (3, 3), (1, 1), vec![2]),
            (3, 0, (1, 1), (3, 3), vec![0]),
            (10, 2, (0, 0), (10, 10), vec![]),
        ];
        for (wanted, unavailable, old, new, expected) in table {
            let fence = Fenceposts { surge: 0, unavailable };
            let got = shrink_old(wanted, fence, &[counted(old.0, old.1)], counted(new.0, new.1));
            let sizes: Vec<i32> = got.iter().map(|resize| resize.to).collect();
            assert_eq!(sizes, expected, "{wanted} -{unavailable}, old {old:?}, new {new:?}");
        }
    }

    #[test]
    fn unhealthy_pods_are_cleaned_up_to_the_budget() {
        for (available, budget, expected) in [(8, 1, 1), (8, 3, 2), (8, 0, 0), (10, 3, 0)] {
            let mut sizes = [10];
            cleanup_unhealthy(&mut sizes, &[counted(10, available)], budget);
            assert_eq!(10 - sizes[0], expected, "{available} available, budget {budget}");
        }
    }

    #[test]
    fn serving_pods_are_taken_from_the_oldest_on() {
        let table = [
            (10, 10, 1, vec![(0, 9)]),
            (10, 10, 12, vec![(0, 0), (1, 8)]),
            (0, 10, 2, vec![(1, 8)]),
            (10, 1, -7, vec![]),
        ];
        for (first, second, surplus, expected) in table {
            let got = shrink_by(&mut [first, second], surplus);
            let got: Vec<(usize, i32)> = got.iter().map(|resize| (resize.index, resize.to)).collect();
            assert_eq!(got, expected, "{first} {second} by {surplus}");
        }
    }

    /// Runs a rollout in which every pod becomes available at once, and writes down each step as the events would.
    fn rollout(wanted: i32, fence: Fenceposts) -> Vec<String> {
        let (mut old, mut new, mut steps) = (wanted, 0, Vec::new());
        while steps.len() < 50 {
            let grown = new_size(wanted, fence.surge, old + new, new);
            if grown != new {
                steps.push(format!("new {new}->{grown}"));
                new = grown;
                continue;
            }
            let resizes = shrink_old(wanted, fence, &[counted(old, old)], counted(new, new));
            if resizes.is_empty() {
                break;
            }
            for resize in resizes {
                steps.push(format!("old {old}->{}", resize.to));
                old = resize.to;
            }
        }
        steps
    }

    #[test]
    fn worked_examples() {
        let three = rollout(3, Fenceposts { surge: 1, unavailable: 0 });
        assert_eq!(three, ["new 0->1", "old 3->2", "new 1->2", "old 2->1", "new 2->3", "old 1->0"]);
        let two = rollout(2, Fenceposts { surge: 0, unavailable: 1 });
        assert_eq!(two, ["old 2->1", "new 0->1", "old 1->0", "new 1->2"]);
        let one = rollout(1, Fenceposts { surge: 1, unavailable: 0 });
        assert_eq!(one, ["new 0->1", "old 1->0"]);
    }
}
