//! A drain while it goes on: node after node, and of each all pods at once.
//!
//! Models `kubectl/pkg/drain/drain.go`.

use super::super::{Context, DryRun, fail};
use super::pods::{Rules, aggregate, refusals};
use super::say;
use crate::api::kinds::Key;
use crate::api::objects::Pod;
use crate::apiserver::{Options, Reason};
use crate::base::Str;
use crate::base::time::{Duration, SimTime};
use crate::kubectl::client::Client;
use crate::kubectl::exec::{Output, Process};
use crate::kubectl::failure::Failure;
use crate::kubectl::label_selector::Selector;
use crate::kubelet::lifecycle::go_duration;
use crate::sim::Engine;
use std::collections::VecDeque;

/// How long after a budget's refusal the next try is.
const RETRY: Duration = Duration::from_secs(5);
/// How often is looked whether a pod is gone.
const POLL: Duration = Duration::from_secs(1);

/// Drains nodes.
pub(super) struct Drain {
    rules: Rules,
    evicts: bool,
    dry_run: DryRun,
    grace: Option<i64>,
    timeout: Duration,
    /// Nodes whose turn has not come.
    waiting: VecDeque<Str>,
    /// The node that is being drained.
    current: Option<Current>,
    /// Nodes that could not be drained, and why.
    failed: Vec<(Str, String)>,
}

struct Current {
    node: Str,
    deadline: Option<SimTime>,
    pods: Vec<Going>,
    errors: Vec<String>,
}

/// A pod that goes.
struct Going {
    key: Key,
    uid: Str,
    step: Step,
}

#[derive(Clone, Copy)]
enum Step {
    /// It is evicted at this time.
    Evict(SimTime),
    /// It was, and is looked for at this time.
    Gone(SimTime),
    Done,
}

impl Drain {
    pub(super) fn new(context: &mut Context<'_>, selector: Selector, nodes: VecDeque<Str>) -> Result<Drain, Failure> {
        let args = &context.args;
        Ok(Drain {
            rules: Rules {
                force: args.on("force"),
                ignore_daemon_sets: args.on("ignore-daemonsets"),
                delete_local_data: args.on("delete-emptydir-data"),
                selector,
                skip_after: args.int("skip-wait-for-delete-timeout").unwrap_or(0),
            },
            evicts: !args.on("disable-eviction"),
            dry_run: context.dry_run()?,
            grace: args.int("grace-period").filter(|grace| *grace >= 0),
            timeout: args.duration("timeout").map_or(Duration::ZERO, |(_, span)| span),
            waiting: nodes,
            current: None,
            failed: Vec::new(),
        })
    }

    /// Begins with a node: what it says no to, or which pods go.
    fn begin(&mut self, node: &Str, engine: &mut Engine, output: &mut Output) -> Option<Current> {
        let now = engine.now();
        let sorted = self.rules.sort(node, engine.world().api.store(), now.timestamp());
        if !sorted.errors.is_empty() {
            self.give_up(node, aggregate(&refusals(&sorted.errors)), output);
            return None;
        }
        let warnings: Vec<String> =
            sorted.warnings.iter().map(|(text, pods)| format!("{text}: {}", pods.join(", "))).collect();
        if !warnings.is_empty() {
            output.err_line(format_args!("Warning: {}", warnings.join("; ")));
        }
        let going = |pod: &Pod| Going {
            key: Key::new(crate::api::kinds::Kind::POD, pod.meta.namespace.clone(), pod.meta.name.clone()),
            uid: pod.meta.uid.clone(),
            step: Step::Evict(now),
        };
        let mut current = Current {
            node: node.clone(),
            deadline: (!self.timeout.is_zero()).then(|| now.after(self.timeout)),
            pods: sorted.going.iter().map(going).collect(),
            errors: Vec::new(),
        };
        if self.dry_run != DryRun::None {
            if self.evicts || self.dry_run == DryRun::Client {
                for pod in &current.pods {
                    let (Key { namespace, name, .. }, suffix) = (&pod.key, self.dry_run.suffix());
                    output.line(format_args!("evicting pod {namespace}/{name}{suffix}"));
                }
            }
            current.pods.clear();
        }
        Some(current)
    }

    fn options(&self) -> Options {
        Options { grace_period_seconds: self.grace, ..Options::default() }
    }

    /// Moves the pods of the node on; says whether all are done.
    fn go_on(&self, current: &mut Current, engine: &mut Engine, output: &mut Output) -> bool {
        for pod in &mut current.pods {
            loop {
                let now = engine.now();
                let late = current.deadline.is_some_and(|deadline| deadline <= now);
                match pod.step {
                    Step::Evict(at) if at <= now => match self.remove(pod, late, engine, output) {
                        Ok(step) => pod.step = step,
                        Err(error) => {
                            current.errors.push(error);
                            pod.step = Step::Done;
                        }
                    },
                    Step::Gone(at) if at <= now => {
                        pod.step = self.look(pod, now, engine, output);
                    }
                    Step::Gone(_) if late => {
                        let Key { namespace, name, .. } = &pod.key;
                        let why = "context deadline exceeded";
                        current.errors.push(match self.evicts {
                            true => format!(
                                "error when waiting for pod {:?} in namespace {:?} to terminate: {why}",
                                &**name, &**namespace
                            ),
                            false => why.to_owned(),
                        });
                        pod.step = Step::Done;
                    }
                    _ => break,
                }
            }
        }
        current.pods.iter().all(|pod| matches!(pod.step, Step::Done))
    }

    fn remove(&self, pod: &Going, late: bool, engine: &mut Engine, output: &mut Output) -> Result<Step, String> {
        let now = engine.now();
        let Key { namespace, name, .. } = &pod.key;
        if !self.evicts {
            let deleted = Client::new(engine, output).delete(&pod.key, self.options());
            return match deleted {
                Err(failure) if !failure.is_not_found() => Err(plain(&failure)),
                _ => Ok(Step::Gone(now)),
            };
        }
        output.line(format_args!("evicting pod {namespace}/{name}"));
        let which = format!("error when evicting pods/{:?} -n {:?}", &**name, &**namespace);
        if late {
            return Err(format!("{which}: global timeout reached: {}", go_duration(self.timeout)));
        }
        match Client::new(engine, output).evict(&pod.key, self.options()) {
            Ok(()) => Ok(Step::Gone(now)),
            Err(failure) if failure.is_not_found() => Ok(Step::Done),
            Err(Failure::Status(status)) if status.reason == Reason::TooManyRequests => {
                output.err_line(format_args!("{which} (will retry after 5s): {}", status.message));
                Ok(Step::Evict(now.after(RETRY)))
            }
            Err(failure) => Err(format!("{which}: {}", plain(&failure))),
        }
    }

    fn look(&self, pod: &Going, now: SimTime, engine: &Engine, output: &mut Output) -> Step {
        let store = engine.world().api.store();
        let there = store.pod(&pod.key).filter(|there| there.meta.uid == pod.uid);
        let Some(there) = there else {
            let what = if self.evicts { "evicted" } else { "deleted" };
            output.line(format_args!("pod/{} {what}", pod.key.name));
            return Step::Done;
        };
        if self.rules.skips(there, now.timestamp()) {
            let (name, after) = (&pod.key.name, self.rules.skip_after);
            output.line(format_args!("pod {:?} has DeletionTimestamp older than {after} seconds, skipping", &**name));
            return Step::Done;
        }
        Step::Gone(now.after(POLL))
    }

    /// Ends with a node.
    fn end(&mut self, current: Current, engine: &Engine, output: &mut Output) {
        if current.errors.is_empty() {
            return say(output, &current.node, "drained", self.dry_run);
        }
        let error = aggregate(&current.errors);
        let left = self.rules.sort(&current.node, engine.world().api.store(), engine.now().timestamp()).going;
        if !left.is_empty() {
            let node = &*current.node;
            output.err_line(format_args!("There are pending pods in node {node:?} when an error occurred: {error}"));
            for pod in left {
                output.err_line(format_args!("pod/{}", pod.meta.name));
            }
        }
        self.give_up(&current.node, error, output);
    }

    fn give_up(&mut self, node: &Str, error: String, output: &mut Output) {
        let name = &**node;
        output.err_line(format_args!(
            "error: unable to drain node {name:?} due to error: {error}, continuing command..."
        ));
        self.failed.push((node.clone(), error));
    }
}

/// The error without the words that kubectl puts before it.
fn plain(failure: &Failure) -> String {
    match failure {
        Failure::Status(status) => status.message.clone(),
        other => other.message(),
    }
}

impl Process for Drain {
    fn poll(&mut self, engine: &mut Engine, output: &mut Output) -> Option<i32> {
        loop {
            let mut current = match self.current.take() {
                Some(current) => current,
                None => match self.waiting.pop_front() {
                    Some(node) => match self.begin(&node, engine, output) {
                        Some(current) => current,
                        None => continue,
                    },
                    None => break,
                },
            };
            if !self.go_on(&mut current, engine, output) {
                self.current = Some(current);
                return None;
            }
            self.end(current, engine, output);
        }
        if self.failed.is_empty() {
            return Some(0);
        }
        output.err_line("There are pending nodes to be drained:");
        for (node, _) in &self.failed {
            output.err_line(format_args!(" {node}"));
        }
        let errors = self.failed.drain(..).map(|(_, error)| Failure::Plain(error)).collect();
        fail(&Failure::Many(errors), output);
        Some(1)
    }

    fn wakes_at(&self) -> Option<SimTime> {
        let current = self.current.as_ref()?;
        let due = |pod: &Going| match pod.step {
            // A try that waits is not woken by the deadline.
            Step::Evict(at) => Some(at),
            Step::Gone(at) => Some(current.deadline.map_or(at, |deadline| deadline.min(at))),
            Step::Done => None,
        };
        current.pods.iter().filter_map(due).min()
    }
}
