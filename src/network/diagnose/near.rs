//! The label that was meant: a selector that matches nothing is most often one letter, one key or one value off.

use super::facts::selected;
use crate::base::Str;
use crate::base::text::edit_distance;
use crate::network::view::{Key, NetView, Phase, PodNet, ServiceNet};
use std::collections::BTreeMap;
use std::rc::Rc;

/// How a selector misses the pods that come nearest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearMiss {
    /// One of those pods.
    pub pod: Key,
    /// How many pods miss in the same way.
    pub pods: usize,
    /// The line of the selector that does not fit.
    pub wanted: (Str, Str),
    /// The label that comes nearest to it; `None` when the pods lack the key and have nothing like it.
    pub found: Option<(Str, Str)>,
    /// How many other lines of the selector fit.
    pub matching: usize,
}

/// The same key with quite another value: a hint only if all pods agree on that value.
const UNLIKE: usize = 40;
/// What each further line that does not fit adds.
const PER_LINE: usize = 100;

/// How far a label is from a line of a selector; smaller is nearer, `None` is no likeness at all.
fn distance(wanted: (&Str, &Str), label: (&Str, &Str)) -> Option<usize> {
    let near = |a: &str, b: &str| {
        let distance = edit_distance(&a.to_lowercase(), &b.to_lowercase());
        let longest = a.chars().count().max(b.chars().count());
        let contained = a.len() >= 3 && b.len() >= 3 && (a.contains(b) || b.contains(a));
        (distance * 3 <= longest).then_some(distance).or(contained.then_some(3))
    };
    let (key, value) = (near(wanted.0, label.0), near(wanted.1, label.1));
    match (wanted.0 == label.0, wanted.1 == label.1) {
        (true, true) => Some(0),
        // The same key with another value: the nearer the value the likelier.
        (true, false) => Some(value.unwrap_or(UNLIKE)),
        // The same value under another key (`name: web` for `app: web`).
        (false, true) => Some(key.unwrap_or(10)),
        (false, false) => Some(20 + key? + value?),
    }
}

/// The first line of the selector that the pod does not satisfy, and the label nearest to it.
fn miss(selector: &BTreeMap<Str, Str>, pod: &Key, labels: &BTreeMap<Str, Str>) -> Option<(usize, NearMiss)> {
    let fits = |(key, value): &(&Str, &Str)| labels.get(*key) == Some(*value);
    let matching = selector.iter().filter(fits).count();
    let missing: Vec<(&Str, &Str)> = selector.iter().filter(|line| !fits(line)).collect();
    let nearest = missing
        .iter()
        .flat_map(|wanted| labels.iter().filter_map(move |label| Some((distance(*wanted, label)?, *wanted, label))))
        .min_by_key(|(distance, ..)| *distance);
    let (distance, wanted, found) = match nearest {
        Some((distance, wanted, label)) => (distance, wanted, Some((label.0.clone(), label.1.clone()))),
        None if matching > 0 => (30, *missing.first()?, None),
        None => return None,
    };
    let score = distance + PER_LINE * missing.len().saturating_sub(1);
    let wanted = (wanted.0.clone(), wanted.1.clone());
    Some((score, NearMiss { pod: pod.clone(), pods: 1, wanted, found, matching }))
}

/// The nearest miss among the pods of the Service's namespace; `None` when some pod fits, or none comes near.
pub fn near_miss(view: &NetView, service: &ServiceNet) -> Option<NearMiss> {
    let selector = service.selector.as_ref()?;
    if !selected(view, service).is_empty() {
        return None;
    }
    let living = |pod: &&Rc<PodNet>| matches!(pod.phase, Phase::Pending | Phase::Running) && !pod.terminating;
    let pods = view.pods_in(&service.key.namespace).filter(living);
    nearest(selector, pods.map(|pod| (&pod.key, &pod.labels)))
}

/// The nearest miss among pods that a selector does not match, given as names and labels.
pub fn nearest<'a>(
    selector: &BTreeMap<Str, Str>,
    pods: impl IntoIterator<Item = (&'a Key, &'a BTreeMap<Str, Str>)>,
) -> Option<NearMiss> {
    let mut best: Option<(usize, NearMiss)> = None;
    let mut rivals = false;
    for (pod, labels) in pods {
        let Some((score, miss)) = miss(selector, pod, labels) else { continue };
        match &mut best {
            Some((least, found)) if score == *least && (&found.wanted, &found.found) == (&miss.wanted, &miss.found) => {
                found.pods += 1;
            }
            Some((least, _)) if score >= *least => rivals |= score == *least,
            _ => {
                best = Some((score, miss));
                rivals = false;
            }
        }
    }
    best.filter(|(score, _)| !rivals || score % PER_LINE != UNLIKE).map(|(_, miss)| miss)
}
