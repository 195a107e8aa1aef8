//! Which pods of a node a drain removes, and which stand in its way.
//!
//! Models `kubectl/pkg/drain/filters.go`.

use crate::api::kinds::Kind;
use crate::api::objects::Pod;
use crate::apiserver::Store;
use crate::base::Order;
use crate::base::Str;
use crate::base::time::Timestamp;
use crate::kubectl::label_selector::Selector;

/// What a drain is allowed to do.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    /// `--force`: pods without a controller too.
    pub(super) force: bool,
    /// `--ignore-daemonsets`.
    pub(super) ignore_daemon_sets: bool,
    /// `--delete-emptydir-data`.
    pub(super) delete_local_data: bool,
    /// `--pod-selector`.
    pub(super) selector: Selector,
    /// `--skip-wait-for-delete-timeout`, in seconds; 0: none is skipped.
    pub(super) skip_after: i64,
}

/// The pods of a node, sorted out. Texts come with the pods that they are about, in the order of the pods.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    /// Those that go.
    pub(super) going: Vec<Pod>,
    /// Warnings.
    pub(super) warnings: Vec<(String, Vec<String>)>,
    /// Why the node cannot be drained.
    pub(super) errors: Vec<(String, Vec<String>)>,
}

enum Verdict {
    Goes,
    Stays,
    GoesWarning(String),
    StaysWarning(String),
    Refused(String),
}

impl Rules {
    /// Whether a pod has been on its way out for so long that nobody waits for it.
    pub(super) fn skips(&self, pod: &Pod, now: Timestamp) -> bool {
        let late = |at: Timestamp| now.0 - at.0 > self.skip_after;
        self.skip_after > 0 && pod.meta.deletion_timestamp.is_some_and(late)
    }

    /// Sorts out the pods of a node.
    pub(super) fn sort(&self, node: &Str, store: &Store, now: Timestamp) -> Sorted {
        let mut sorted = Sorted::default();
        let mut pods: Vec<&Pod> = store.on_node(node).filter_map(|object| Pod::of(object)).collect();
        pods.retain(|pod| self.selector.matches(&pod.meta.labels));
        pods.order_by_key(|pod| (pod.meta.namespace.clone(), pod.meta.name.clone()));
        for pod in pods {
            let note = |texts: &mut Vec<(String, Vec<String>)>, text: String| {
                let name = format!("{}/{}", pod.meta.namespace, pod.meta.name);
                match texts.iter_mut().find(|(present, _)| *present == text) {
                    Some((_, names)) => names.push(name),
                    None => texts.push((text, vec![name])),
                }
            };
            match self.verdict(pod, store, now) {
                Verdict::Goes => sorted.going.push(pod.clone()),
                Verdict::Stays => {}
                Verdict::GoesWarning(text) => {
                    sorted.going.push(pod.clone());
                    note(&mut sorted.warnings, text);
                }
                Verdict::StaysWarning(text) => note(&mut sorted.warnings, text),
                Verdict::Refused(text) => note(&mut sorted.errors, text),
            }
        }
        sorted
    }

    fn verdict(&self, pod: &Pod, store: &Store, now: Timestamp) -> Verdict {
        if self.skips(pod, now) {
            return Verdict::Stays;
        }
        let owner = pod.meta.controller();
        let mut orphan = None;
        let daemon = owner.filter(|owner| &*owner.kind == "DaemonSet" && &*owner.api_version == "apps/v1");
        if let Some(owner) = daemon.filter(|_| !pod.is_terminal()) {
            let key = crate::api::kinds::Key::new(Kind::DAEMON_SET, pod.meta.namespace.clone(), owner.name.clone());
            let missing = format!("daemonsets.apps {:?} not found", &*owner.name);
            match (store.get(&key).is_some(), self.force) {
                (true, _) if !self.ignore_daemon_sets => {
                    return Verdict::Refused("DaemonSet-managed Pods (use --ignore-daemonsets to ignore)".to_owned());
                }
                (true, _) => return Verdict::StaysWarning("ignoring DaemonSet-managed Pods".to_owned()),
                (false, false) => return Verdict::Refused(missing),
                (false, true) => orphan = Some(missing),
            }
        }
        if pod.meta.annotations.get("kubernetes.io/config.mirror").is_some() {
            return Verdict::Stays;
        }
        let local = pod.spec.volumes.iter().any(|volume| volume.get("emptyDir").is_some());
        if local && !pod.is_terminal() && !self.delete_local_data {
            return Verdict::Refused("Pods with local storage (use --delete-emptydir-data to override)".to_owned());
        }
        if pod.is_terminal() || owner.is_some() {
            // The word of the last filter counts, so that a warning of an earlier one is lost.
            return Verdict::Goes;
        }
        match self.force {
            true => Verdict::GoesWarning(orphan.unwrap_or("deleting Pods that declare no controller".to_owned())),
            false => Verdict::Refused("Pods that declare no controller (use --force to override)".to_owned()),
        }
    }
}

/// `cannot delete …: a/b, a/c` for each reason.
pub(super) fn refusals(errors: &[(String, Vec<String>)]) -> Vec<String> {
    errors.iter().map(|(text, pods)| format!("cannot delete {text}: {}", pods.join(", "))).collect()
}

/// Errors as one text, as Go's aggregates print themselves.
pub(super) fn aggregate(errors: &[String]) -> String {
    match errors {
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    }
}
