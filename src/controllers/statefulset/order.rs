//! Which pods of a StatefulSet are made and deleted now.

use crate::api::objects::sets::{PodManagementPolicy, StatefulSetSpec, UpdateType};

/// What the decisions have to know of a pod that is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// It has ended.
    pub ended: bool,
    /// It is being deleted.
    pub terminating: bool,
    /// It runs and is ready.
    pub ready: bool,
    /// And has been for long enough.
    pub available: bool,
    /// It is of the newest template.
    pub updated: bool,
}

impl State {
    fn is_unavailable(self) -> bool {
        !self.available || self.terminating
    }
}

/// What a set wants.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// One after the other.
    pub in_order: bool,
    /// Old pods are replaced.
    pub rolls: bool,
    /// Pods before this place keep the old template.
    pub partition: usize,
}

impl Wanted {
    /// Reads a spec.
    pub fn of(spec: &StatefulSetSpec) -> Wanted {
        Wanted {
            in_order: spec.pod_management_policy == PodManagementPolicy::OrderedReady,
            rolls: spec.update_strategy.kind == UpdateType::RollingUpdate,
            partition: usize::try_from(partition(spec)).unwrap_or(0),
        }
    }
}

/// `spec.updateStrategy.rollingUpdate.partition`.
pub fn partition(spec: &StatefulSetSpec) -> i32 {
    spec.update_strategy.rolling_update.as_ref().and_then(|rolling| rolling.partition).unwrap_or(0)
}

/// Something to do with a pod: one of the wanted, by its place, or one of the surplus, by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Make the pod.
    Create(usize),
    /// Delete the pod.
    Delete(usize),
    /// Delete the surplus pod.
    Condemn(usize),
}

/// Decides: `wanted` are the places from the first to the last ordinal, `surplus` are the pods beyond, the highest ordinal
/// first. In order there is at most one deed at a time.
///
/// Models `updateStatefulSet` of `pkg/controller/statefulset/stateful_set_control.go`.
pub fn decide(wanted: &[Option<State>], surplus: &[State], want: Wanted) -> Vec<Deed> {
    let mut deeds = Vec::new();
    for (place, state) in wanted.iter().enumerate() {
        let deed = match state {
            None => Some(Deed::Create(place)),
            Some(state) if state.ended && !state.terminating => Some(Deed::Delete(place)),
            Some(_) => None,
        };
        deeds.extend(deed);
        if want.in_order && state.is_none_or(|state| state.ended || state.is_unavailable()) {
            return deeds;
        }
    }
    let wanted_broken = wanted.iter().any(|state| state.is_none_or(State::is_unavailable));
    let lowest_broken = surplus.iter().rposition(|state| state.is_unavailable()).filter(|_| !wanted_broken);
    for (place, state) in surplus.iter().enumerate() {
        let waits = state.terminating || !state.available && lowest_broken != Some(place);
        match (want.in_order, waits) {
            (true, true) => return deeds,
            (true, false) => {
                deeds.push(Deed::Condemn(place));
                return deeds;
            }
            (false, _) if !state.terminating => deeds.push(Deed::Condemn(place)),
            (false, _) => {}
        }
    }
    if want.rolls {
        deeds.extend(replaced(wanted, want));
    }
    deeds
}

/// The pod of an old template that is deleted so that it is made anew: the one with the highest ordinal, when all above it
/// are available. (`maxUnavailable` has no effect: its feature gate is off in 1.36.)
fn replaced(wanted: &[Option<State>], want: Wanted) -> Option<Deed> {
    for place in (want.partition..wanted.len()).rev() {
        let state = wanted.get(place).copied().flatten()?;
        if !state.updated && !state.terminating {
            return Some(Deed::Delete(place));
        }
        if state.is_unavailable() {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `R` ready, `r` not ready, `O` of the old template, `o` the same and not ready, `x` terminating, `e` ended, `-` missing.
    fn states(text: &str) -> Vec<Option<State>> {
        let state = |c: char| State {
            ended: c == 'e',
            terminating: c == 'x',
            ready: "RO".contains(c),
            available: "RO".contains(c),
            updated: !c.eq_ignore_ascii_case(&'o'),
        };
        text.chars().map(|c| (c != '-').then(|| state(c))).collect()
    }

    #[test]
    fn decides() {
        use Deed::{Condemn, Create, Delete};
        let order = Wanted { in_order: true, rolls: true, partition: 0 };
        let parallel = Wanted { in_order: false, ..order };
        let table: Vec<(&str, &str, Wanted, Vec<Deed>)> = vec![
            ("---", "", order, vec![Create(0)]),
            ("r--", "", order, vec![]),
            ("R--", "", order, vec![Create(1)]),
            ("RRR", "", order, vec![]),
            ("RxR", "", order, vec![]),
            ("R-R", "", order, vec![Create(1)]),
            ("ReR", "", order, vec![Delete(1)]),
            ("---", "", parallel, vec![Create(0), Create(1), Create(2)]),
            ("r-e", "", parallel, vec![Create(1), Delete(2)]),
            // Scaling down: the highest first, and only when all others are well.
            ("R", "RR", order, vec![Condemn(0)]),
            ("R", "xR", order, vec![]),
            ("r", "RR", order, vec![]),
            ("R", "rR", order, vec![Condemn(0)]),
            ("R", "Rr", order, vec![Condemn(0)]),
            ("R", "rr", order, vec![]),
            ("R", "RxR", parallel, vec![Condemn(0), Condemn(2)]),
            // Rolling: the highest first.
            ("OOO", "", order, vec![Delete(2)]),
            ("OOR", "", order, vec![Delete(1)]),
            ("OOr", "", order, vec![]),
            ("OOO", "", Wanted { partition: 2, ..order }, vec![Delete(2)]),
            ("OOR", "", Wanted { partition: 2, ..order }, vec![]),
            ("OOO", "", Wanted { partition: 9, ..order }, vec![]),
            ("OOO", "", Wanted { rolls: false, ..order }, vec![]),
            ("OOOo", "", parallel, vec![Delete(3)]),
            ("OOOr", "", parallel, vec![]),
            ("OOxR", "", parallel, vec![]),
            ("OO-R", "", parallel, vec![Create(2)]),
        ];
        for (wanted, surplus, want, expected) in table {
            let surplus: Vec<State> = states(surplus).into_iter().flatten().collect();
            assert_eq!(decide(&states(wanted), &surplus, want), expected, "{wanted} {surplus:?}");
        }
    }
}
