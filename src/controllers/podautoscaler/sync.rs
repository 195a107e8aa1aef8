//! The sync of a HorizontalPodAutoscaler: every 15 seconds, until nothing can change any more.
//!
//! Models `pkg/controller/podautoscaler/horizontal.go`.

use super::metrics::{Metrics, RESOLUTION};
use super::normalize::{self, Memory, Scale};
use super::replicas::{Proposal, Target, replicas};
use super::source::{MetricError, foreign, pod_metric, tolerance};
use super::target::{Scaled, target_of};
use crate::api::kinds::{Key, Kind};
use crate::api::objects::{Object, Other, Pod};
use crate::api::quantity::{Format, Quantity};
use crate::apiserver::events::{EventType, Source};
use crate::apiserver::{Body, Change, PatchType, Request, Result, Store, Subresource, Verb};
use crate::base::pmap::PMap;
use crate::base::time::{Duration, SimTime};
use crate::base::{Str, Value};
use crate::controllers::runtime::{Context, Controller, Enqueue};
use crate::kubelet::catalogue::Catalogue;
use serde_json::json;
use std::rc::Rc;

const SOURCE: Source<'_> = Source { component: "horizontal-pod-autoscaler", host: "", field_path: "" };

/// How often an autoscaler is looked at.
const PERIOD: Duration = Duration::from_secs(15);

/// Scales workloads with their load.
#[derive(Clone)]
pub struct HorizontalController {
    metrics: Metrics,
    states: PMap<Key, Rc<State>>,
}

/// What is known of an autoscaler.
#[derive(Clone, Debug, Default)]
struct State {
    memory: Memory,
    /// When it was made, which says when it is looked at.
    created: SimTime,
    /// What would be recommended each time, when nothing can change before something else does.
    settled: Option<i32>,
}

impl State {
    /// The time until it is looked at next.
    fn next(&self, now: SimTime) -> Duration {
        let passed = now.since(self.created).as_micros() % PERIOD.as_micros();
        PERIOD.saturating_sub(Duration::from_micros(u64::try_from(passed).unwrap_or(0)))
    }
}

impl Controller for HorizontalController {
    fn name(&self) -> &'static str {
        SOURCE.component
    }

    fn observe(&mut self, change: &Change, _: &Store, queue: &mut Enqueue) {
        match change.key.kind {
            Kind::HORIZONTAL_POD_AUTOSCALER => {
                if change.new.is_none() {
                    self.states.remove(&change.key);
                } else if change.old.is_none() {
                    let state = State { created: change.at, ..State::default() };
                    self.states.insert(change.key.clone(), Rc::new(state));
                    queue.after(change.key.clone(), PERIOD);
                } else if change.cause.by != SOURCE.component {
                    self.wake(&change.key.namespace, change.at, queue);
                }
            }
            Kind::POD => {
                let calls = self.metrics.observe_pod(change);
                if calls {
                    self.wake_all(change.at, queue);
                } else {
                    self.wake(&change.key.namespace, change.at, queue);
                }
            }
            Kind::DEPLOYMENT | Kind::REPLICA_SET | Kind::STATEFUL_SET | Kind::REPLICATION_CONTROLLER => {
                self.wake(&change.key.namespace, change.at, queue);
            }
            _ => {}
        }
    }

    fn sync(&mut self, key: &Key, context: &mut Context<'_>) -> Result<()> {
        let Some(object) = context.api.store().get(key).cloned() else { return Ok(()) };
        let Object::Other(other) = &*object else { return Ok(()) };
        let mut state = self.states.get(key).map(|state| (**state).clone()).unwrap_or_default();
        if let Some(settled) = state.settled.take() {
            // What was recommended while nobody looked.
            let last = SimTime(context.now.0.saturating_sub(PERIOD.as_micros() as u64));
            state.memory.recommended.push((last, settled));
        }
        let value = Value::Object(other.fields.clone());
        let status = value.get("status").cloned().unwrap_or_else(|| json!({}));
        let mut pass = Pass {
            metrics: &self.metrics,
            object: &object,
            spec: value.get("spec").unwrap_or(&Value::Null),
            status,
            state: &mut state,
            steady: false,
            context,
        };
        pass.reconcile();
        let (steady, status) = (pass.steady, pass.status);
        let changed = Some(&status) != value.get("status");
        let context = pass.context;
        if changed {
            let mut written = (*object).clone();
            if let Object::Other(Other { fields, .. }) = &mut written {
                fields.insert("status".to_owned(), status);
            }
            context.api.update_status(written)?;
        }
        if steady && !changed {
            state.settled = state.memory.recommended.last().map(|(_, replicas)| *replicas);
        } else {
            context.queue.after(key.clone(), PERIOD);
        }
        self.states.insert(key.clone(), Rc::new(state));
        Ok(())
    }
}

impl HorizontalController {
    /// A controller that knows what images do; `served` says whether the cluster has a metrics-server.
    pub fn new(catalogue: Rc<Catalogue>, served: bool) -> HorizontalController {
        HorizontalController { metrics: Metrics::new(catalogue, served), states: PMap::new() }
    }

    /// What pods use.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// From now on users send so many requests per second to a Service.
    pub fn set_load(&mut self, service: &Key, per_second: u32, now: SimTime, queue: &mut Enqueue) {
        self.metrics.loads.set(service, per_second, now);
        self.wake_all(now, queue);
    }

    /// Looks again at the autoscalers of a namespace that had settled.
    fn wake(&self, namespace: &Str, now: SimTime, queue: &mut Enqueue) {
        let settled = self.states.iter().filter(|(key, state)| key.namespace == *namespace && state.settled.is_some());
        settled.for_each(|(key, state)| queue.after(key.clone(), state.next(now)));
    }

    fn wake_all(&self, now: SimTime, queue: &mut Enqueue) {
        let settled = self.states.iter().filter(|(_, state)| state.settled.is_some());
        settled.for_each(|(key, state)| queue.after(key.clone(), state.next(now)));
    }
}

/// One look at an autoscaler.
struct Pass<'p, 'c> {
    metrics: &'p Metrics,
    object: &'p Object,
    spec: &'p Value,
    status: Value,
    state: &'p mut State,
    /// Whether the next look would find the same.
    steady: bool,
    context: &'p mut Context<'c>,
}

impl Pass<'_, '_> {
    fn event(&mut self, kind: EventType, reason: &'static str, message: &str) {
        self.context.api.event(self.object, SOURCE, kind, reason, message);
    }

    fn int(&self, field: &str) -> Option<i32> {
        self.spec.get(field).and_then(Value::as_i64).and_then(|number| i32::try_from(number).ok())
    }

    /// Sets a condition of the status. Models `setConditionInList`.
    fn condition(&mut self, kind: &str, holds: bool, reason: &str, message: &str) {
        let status = if holds { "True" } else { "False" };
        let now = self.context.now.timestamp().to_string();
        let list = &mut self.status["conditions"];
        if !list.is_array() {
            *list = json!([]);
        }
        let Some(list) = list.as_array_mut() else { return };
        let place = list.iter().position(|condition| condition["type"] == kind);
        let since = place.and_then(|place| list.get(place)).filter(|condition| condition["status"] == status);
        let since = since.map_or(Value::from(now), |condition| condition["lastTransitionTime"].clone());
        let condition =
            json!({"type": kind, "status": status, "lastTransitionTime": since, "reason": reason, "message": message});
        match place.and_then(|place| list.get_mut(place)) {
            Some(present) => *present = condition,
            None => list.push(condition),
        }
    }

    fn reconcile(&mut self) {
        let namespace = self.object.meta().namespace.clone();
        let target = match target_of(self.spec, &namespace, self.context.api.store()) {
            Ok(target) => target,
            Err(error) => {
                self.event(EventType::Warning, "FailedGetScale", &error);
                let message = format!("the HPA controller was unable to get the target's current scale: {error}");
                return self.condition("AbleToScale", false, "FailedGetScale", &message);
            }
        };
        let message = "the HPA controller was able to get the target's current scale";
        self.condition("AbleToScale", true, "SucceededGetScale", message);
        let scale = Scale {
            current: target.replicas,
            min: self.int("minReplicas").unwrap_or(1),
            max: self.int("maxReplicas").unwrap_or(0),
        };
        let now = self.context.now;
        if self.state.memory.recommended.is_empty() {
            self.state.memory.recommended.push((now, scale.current));
        }
        let behavior = self.spec.get("behavior");
        let mut why = String::new();
        let mut metrics = Value::Null;
        let desired = if scale.current == 0 && scale.min != 0 {
            let message = "scaling is disabled since the replica count of the target is zero";
            self.condition("ScalingActive", false, "ScalingDisabled", message);
            self.steady = true;
            0
        } else if scale.current > scale.max {
            "Current number of replicas above Spec.MaxReplicas".clone_into(&mut why);
            scale.max
        } else if scale.current < scale.min {
            "Current number of replicas below Spec.MinReplicas".clone_into(&mut why);
            scale.min
        } else {
            let (statuses, proposal) = self.metrics(&target);
            metrics = statuses;
            match proposal {
                Err(error) => {
                    self.set(scale.current, None, metrics);
                    return self.event(EventType::Warning, "FailedComputeMetricsReplicas", &error);
                }
                Ok((wanted, name)) => {
                    if wanted > scale.current {
                        why = format!("{name} above target");
                    } else if wanted < scale.current {
                        "All metrics below target".clone_into(&mut why);
                    }
                    let decision = normalize::decide(&mut self.state.memory, behavior, scale, wanted, now);
                    let (holds, reason, message) = decision.able;
                    self.condition("AbleToScale", holds, reason, message);
                    let (holds, reason, message) = decision.limited;
                    self.condition("ScalingLimited", holds, reason, message);
                    let same = self.state.memory.recommended.iter().all(|(_, replicas)| *replicas == wanted);
                    self.steady &= same && decision.replicas == wanted.clamp(scale.min, scale.max);
                    decision.replicas
                }
            }
        };
        if desired == scale.current {
            return self.set(scale.current, Some(desired), metrics);
        }
        self.rescale(&target, desired, &why);
        self.set(scale.current, Some(desired), metrics);
    }

    fn rescale(&mut self, target: &Scaled, desired: i32, why: &str) {
        self.steady = false;
        let patch = Body::Patch(PatchType::Merge, json!({"spec": {"replicas": desired}}));
        let request = Request::new(Verb::Patch, &target.key).subresource(Subresource::Scale).body(patch);
        if let Err(status) = self.context.api.handle(request) {
            let error = status.message;
            let message = format!("New size: {desired}; reason: {why}; error: {error}");
            self.event(EventType::Warning, "FailedRescale", &message);
            let message = format!("the HPA controller was unable to update the target scale: {error}");
            return self.condition("AbleToScale", false, "FailedUpdateScale", &message);
        }
        let message = format!("the HPA controller was able to update the target scale to {desired}");
        self.condition("AbleToScale", true, "SucceededRescale", &message);
        self.event(EventType::Normal, "SuccessfulRescale", &format!("New size: {desired}; reason: {why}"));
        let (behavior, now) = (self.spec.get("behavior"), self.context.now);
        normalize::remember(&mut self.state.memory, behavior, target.replicas, desired, now);
        self.status["lastScaleTime"] = now.timestamp().to_string().into();
    }

    /// Models `setStatus`.
    fn set(&mut self, current: i32, desired: Option<i32>, metrics: Value) {
        self.status["currentReplicas"] = current.into();
        if let Some(desired) = desired {
            self.status["desiredReplicas"] = desired.into();
        }
        self.status["currentMetrics"] = metrics;
    }

    /// The most that any metric asks for, and its name; and the status of each. Models `computeReplicasForMetrics`.
    fn metrics(&mut self, target: &Scaled) -> (Value, std::result::Result<(i32, String), String>) {
        let specs: Vec<&Value> = self.spec.get("metrics").and_then(Value::as_array).into_iter().flatten().collect();
        let mut statuses = Vec::new();
        let mut best: Option<(i32, String)> = None;
        let mut first: Option<MetricError> = None;
        let mut invalid = 0;
        self.steady = true;
        if let Some(rivals) = self.rivals(target) {
            self.steady = false;
            let selector = target.selector.to_string();
            let message = format!("pods by selector {selector} are controlled by multiple HPAs: [{rivals}]");
            self.event(EventType::Warning, "AmbiguousSelector", &message);
            self.condition("ScalingActive", false, "AmbiguousSelector", &message);
            return (Value::Null, Err(message));
        }
        for spec in &specs {
            match self.metric(spec, target) {
                Ok((replicas, name, status)) => {
                    statuses.push(status);
                    if best.as_ref().is_none_or(|(most, _)| replicas > *most) {
                        best = Some((replicas, name));
                    }
                }
                Err(error) => {
                    self.event(EventType::Warning, error.reason, &error.own);
                    statuses.push(json!({"type": ""}));
                    invalid += 1;
                    first.get_or_insert(error);
                }
            }
        }
        let falls = best.as_ref().is_some_and(|(replicas, _)| *replicas < target.replicas);
        let statuses = Value::from(statuses);
        match (first, best) {
            (None, Some((replicas, name))) => (statuses, Ok(self.valid(replicas, name))),
            (Some(_), Some((replicas, name))) if !falls => {
                self.steady = false;
                (statuses, Ok(self.valid(replicas, name)))
            }
            (Some(error), _) => {
                self.steady = false;
                let message = format!("the HPA was unable to compute the replica count: {}", error.own);
                self.condition("ScalingActive", false, error.reason, &message);
                let (count, outer) = (specs.len(), error.outer);
                let message = format!("invalid metrics ({invalid} invalid out of {count}), first error is: {outer}");
                (statuses, Err(message))
            }
            (None, None) => (statuses, Err("invalid metrics (0 invalid out of 0), first error is: <nil>".to_owned())),
        }
    }

    /// All autoscalers of the target's pods, if there are others than this one.
    fn rivals(&self, target: &Scaled) -> Option<String> {
        let (store, namespace) = (self.context.api.store(), &self.object.meta().namespace);
        let pods: Vec<&Pod> =
            store.matching_pods(namespace, &target.selector).filter_map(|object| Pod::of(object)).collect();
        let mut all = Vec::new();
        for other in store.list(Kind::HORIZONTAL_POD_AUTOSCALER, namespace) {
            let Object::Other(Other { fields, meta, .. }) = &**other else { continue };
            let selector = fields.get("spec").and_then(|spec| target_of(spec, namespace, store).ok());
            let same = |scaled: Scaled| pods.iter().any(|pod| scaled.selector.matches(&pod.meta.labels));
            if selector.is_some_and(same) {
                all.push(format!("{namespace}/{}", meta.name));
            }
        }
        (all.len() > 1).then(|| all.join(" "))
    }

    fn valid(&mut self, replicas: i32, name: String) -> (i32, String) {
        let message = format!("the HPA was able to successfully calculate a replica count from {name}");
        self.condition("ScalingActive", true, "ValidMetricFound", &message);
        (replicas, name)
    }

    /// What one metric asks for, its name, and its status. Models `computeReplicasForMetric`.
    fn metric(&mut self, spec: &Value, target: &Scaled) -> std::result::Result<(i32, String, Value), MetricError> {
        let kind = spec.get("type").and_then(Value::as_str).unwrap_or_default();
        let field = match kind {
            "Resource" => "resource",
            "ContainerResource" => "containerResource",
            _ => return Err(foreign(kind, spec, &self.object.meta().namespace)),
        };
        let source = spec.get(field).unwrap_or(&Value::Null);
        let resource = source.get("name").and_then(Value::as_str).unwrap_or_default();
        let container = source.get("container").and_then(Value::as_str);
        let goal = source.get("target").unwrap_or(&Value::Null);
        let amount = goal.get("averageValue").and_then(|value| Quantity::from_value(value).ok());
        let (aim, word) = match amount {
            Some(amount) => (Target::AverageValue(amount.milli_value()), "usage"),
            None => {
                let percent = goal.get("averageUtilization").and_then(Value::as_i64).unwrap_or(0);
                (Target::Utilization(percent), "utilization")
            }
        };
        let proposal = self.proposal(resource, container, aim, target).map_err(|error| {
            let own = format!("failed to get {resource} {word}: {error}");
            match container {
                None => {
                    let outer = format!("failed to get {resource} resource metric value: {own}");
                    MetricError { reason: "FailedGetResourceMetric", own, outer }
                }
                Some(_) => {
                    let outer = format!("failed to get {resource} container metric value: {own}");
                    MetricError { reason: "FailedGetContainerResourceMetric", own, outer }
                }
            }
        })?;
        let average = Quantity::of_milli(proposal.average, Format::DecimalSI).to_string();
        let mut current = json!({"averageValue": average});
        if let Some(utilization) = proposal.utilization {
            current["averageUtilization"] = utilization.into();
        }
        let mut status = json!({"name": resource, "current": current});
        let part = if container.is_some() { " container resource" } else { " resource" };
        if let Some(container) = container {
            status["container"] = container.into();
        }
        let share = if word == "utilization" { " utilization (percentage of request)" } else { "" };
        Ok((proposal.replicas, format!("{resource}{part}{share}"), json!({"type": kind, field: status})))
    }

    fn proposal(
        &mut self,
        resource: &str,
        container: Option<&str>,
        aim: Target,
        target: &Scaled,
    ) -> std::result::Result<Proposal, String> {
        let unable = |why: &str| Err(format!("unable to get metrics for resource {resource}: {why}"));
        if !self.metrics.served {
            return unable(
                "unable to fetch metrics from resource metrics API: the server could not find the requested resource \
                 (get pods.metrics.k8s.io)",
            );
        }
        let (store, now) = (self.context.api.store(), self.context.now);
        let scrape = self.metrics.last(store, now);
        let namespace = &self.object.meta().namespace;
        let pods = store.matching_pods(namespace, &target.selector).filter_map(|object| Pod::of(object));
        let mut seen = Vec::new();
        for pod in pods {
            let metric = pod_metric(pod, resource, container, &scrape)?;
            let since = metric.ready.map_or(now, |(_, since)| since);
            let old = metric.used.is_some() && metric.ready.is_some_and(|(ready, _)| ready);
            self.steady &= old && since.after(RESOLUTION) <= scrape.at && !metric.out;
            seen.push(metric);
        }
        if seen.iter().all(|pod| pod.used.is_none()) {
            return unable("no metrics returned from resource metrics API");
        }
        if let (Target::Utilization(_), Some(pod)) = (aim, seen.iter().find(|pod| pod.request < 0)) {
            return Err(pod.name.clone());
        }
        replicas(target.replicas, &seen, aim, resource == "cpu", tolerance(self.spec), now)
    }
}
