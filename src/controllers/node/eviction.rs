//! Removes pods that do not bear a NoExecute taint of their node, or bear it only for a while.
//!
//! Models `pkg/controller/tainteviction/taint_eviction.go`.

use crate::api::kinds::{Key, Kind};
use crate::api::objects::cluster::Taint;
use crate::api::objects::pod::Toleration;
use crate::api::objects::{Node, Pod};
use crate::apiserver::events::{EventType, Source};
use crate::apiserver::{Change, Options, Result, Store};
use crate::base::pmap::PMap;
use crate::base::time::{Duration, SimTime};
use crate::controllers::runtime::{Context, Controller, Enqueue};

const SOURCE: Source<'_> = Source { component: "taint-eviction-controller", host: "", field_path: "" };

/// The taint eviction controller.
#[derive(Clone, Default)]
pub struct TaintEvictionController {
    /// Pods that will be removed, since when that is known.
    doomed: PMap<Key, SimTime>,
}

impl Controller for TaintEvictionController {
    fn name(&self) -> &'static str {
        "taint-eviction-controller"
    }

    fn observe(&mut self, change: &Change, store: &Store, queue: &mut Enqueue) {
        match change.key.kind {
            Kind::NODE => {
                let of = |object: Option<&crate::api::objects::Object>| {
                    object.and_then(|object| Node::of(object)).map(expelling).unwrap_or_default()
                };
                if change.new.is_some() && of(change.old.as_deref()) != of(change.new.as_deref()) {
                    for pod in store.on_node(&change.key.name) {
                        queue.now(pod.key());
                    }
                }
            }
            Kind::POD => {
                let Some(pod) = change.new.as_deref().and_then(Pod::of) else {
                    if !self.doomed.is_empty() {
                        self.doomed.remove(&change.key);
                    }
                    return;
                };
                let was_bound = change.old.as_deref().and_then(Pod::of).is_some_and(|old| !old.node_name.is_empty());
                if !was_bound && !pod.node_name.is_empty() {
                    let node = store.get(&Key::new(Kind::NODE, "", pod.node_name.clone()));
                    if node.and_then(|node| Node::of(node)).is_some_and(|node| !expelling(node).is_empty()) {
                        queue.now(change.key.clone());
                    }
                }
            }
            _ => {}
        }
    }

    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        let store = context.api.store();
        let Some(object) = store.get(key).cloned() else { return Ok(()) };
        let Some(pod) = Pod::of(&object).filter(|pod| !pod.meta.is_terminating()) else { return Ok(()) };
        let node = store.get(&Key::new(Kind::NODE, "", pod.node_name.clone())).and_then(|node| Node::of(node));
        let Some(span) = node.map(expelling).and_then(|taints| bears_for(&pod.spec.tolerations, &taints)) else {
            if self.doomed.remove(key).is_some() {
                let message = format!("Cancelling deletion of Pod {}/{}", key.namespace, key.name);
                context.api.event(&object, SOURCE, EventType::Normal, "TaintManagerEviction", &message);
            }
            return Ok(());
        };
        let since = self.doomed.get(key).copied().unwrap_or(context.now);
        let due = since.after(span);
        if context.now < due {
            self.doomed.insert(key.clone(), since);
            context.queue.after(key.clone(), due.since(context.now));
            return Ok(());
        }
        self.doomed.remove(key);
        let message = format!("Marking for deletion Pod {}/{}", key.namespace, key.name);
        context.api.event(&object, SOURCE, EventType::Normal, "TaintManagerEviction", &message);
        let why = "Taint manager: deleting due to NoExecute taint";
        let mut marked = pod.clone();
        marked.mark_disrupted("DeletionByTaintManager", why, context.now.timestamp());
        let uid = Some(pod.meta.uid.clone());
        context.api.update_status(marked)?;
        context.api.delete(key, Options { uid, ..Options::default() })
    }
}

/// The taints of a node that make pods go.
fn expelling(node: &Node) -> Vec<Taint> {
    node.spec.taints.iter().filter(|taint| &*taint.effect == "NoExecute").cloned().collect()
}

/// For how long the taints are borne; nothing when for ever.
fn bears_for(tolerations: &[Toleration], taints: &[Taint]) -> Option<Duration> {
    let mut shortest: Option<Duration> = None;
    for taint in taints {
        let mut bearing = tolerations.iter().filter(|toleration| tolerates(toleration, taint)).peekable();
        if bearing.peek().is_none() {
            return Some(Duration::ZERO);
        }
        let spans = bearing.filter_map(|toleration| toleration.toleration_seconds);
        let spans = spans.map(|seconds| Duration::from_secs(u64::try_from(seconds).unwrap_or(0)));
        shortest = shortest.into_iter().chain(spans).min();
    }
    shortest
}

fn tolerates(toleration: &Toleration, taint: &Taint) -> bool {
    (toleration.effect.is_empty() || toleration.effect == taint.effect)
        && (toleration.key.is_empty() || toleration.key == taint.key)
        && (&*toleration.operator == "Exists" || toleration.value == taint.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_taints_are_borne() {
        let taint = |key: &str| Taint { key: key.into(), effect: "NoExecute".into(), ..Taint::default() };
        let bears = |key: &str, toleration_seconds| Toleration {
            key: key.into(),
            operator: "Exists".into(),
            effect: "NoExecute".into(),
            toleration_seconds,
            ..Toleration::default()
        };
        let seconds =
            |tolerations: &[Toleration], taints: &[Taint]| bears_for(tolerations, taints).map(|s| s.as_secs());
        assert_eq!(seconds(&[], &[]), None);
        assert_eq!(seconds(&[], &[taint("a")]), Some(0));
        assert_eq!(seconds(&[bears("a", Some(300))], &[taint("a")]), Some(300));
        assert_eq!(seconds(&[bears("a", Some(300)), bears("a", None)], &[taint("a")]), Some(300));
        assert_eq!(seconds(&[bears("a", None)], &[taint("a")]), None);
        assert_eq!(seconds(&[bears("a", Some(300)), bears("b", Some(20))], &[taint("a"), taint("b")]), Some(20));
        assert_eq!(seconds(&[bears("a", Some(300))], &[taint("a"), taint("b")]), Some(0));
        assert_eq!(seconds(&[bears("", Some(-1))], &[taint("a")]), Some(0));
    }
}
