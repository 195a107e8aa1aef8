//! What a metric is made of: pods with what they use and request; or why there is none.

use super::metrics::{RESOLUTION, Scrape};
use super::replicas::{PodMetric, Sample, Tolerance};
use crate::api::objects::Pod;
use crate::api::objects::pod::{ConditionStatus, Container, PodPhase, RestartPolicy};
use crate::api::quantity::Quantity;
use crate::base::Value;
use crate::base::text::go_quote;
use crate::base::time::SimTime;

/// Why the number of pods cannot be said.
pub(super) struct MetricError {
    /// The reason of the condition.
    pub(super) reason: &'static str,
    /// The text of the metric.
    pub(super) own: String,
    /// The text that goes up.
    pub(super) outer: String,
}

/// A pod as the calculation sees it. When a container lacks the request, that is negative and the name is the complaint.
pub(super) fn pod_metric(
    pod: &Pod,
    resource: &str,
    container: Option<&str>,
    scrape: &Scrape<'_>,
) -> Result<PodMetric, String> {
    let used = match scrape.pod(pod) {
        None => None,
        Some(usages) => {
            let mut counted = usages.iter().filter(|usage| container.is_none_or(|name| *name == *usage.container));
            if container.is_some() && counted.clone().next().is_none() {
                let (name, namespace) = (&pod.meta.name, &pod.meta.namespace);
                let container = container.unwrap_or_default();
                return Err(format!("container {container} not present in metrics for pod {namespace}/{name}"));
            }
            let amount = counted.try_fold(0_i64, |sum, usage| {
                sum.checked_add(if resource == "memory" { usage.memory.saturating_mul(1000) } else { usage.cpu })
            });
            amount.map(|amount| Sample { amount, at: scrape.at, window: RESOLUTION })
        }
    };
    let sidecars = pod.spec.init_containers.iter().filter(|one| one.restart_policy == Some(RestartPolicy::Always));
    let counted = pod.spec.containers.iter().chain(sidecars);
    let counted = counted.filter(|one| container.is_none_or(|name| *name == *one.name));
    let request = |container: &Container| {
        let text = container.resources.requests.get(resource)?;
        Quantity::parse(text).ok().map(Quantity::milli_value)
    };
    let mut metric = PodMetric {
        name: pod.meta.name.to_string(),
        used,
        out: pod.meta.is_terminating() || pod.status.phase == PodPhase::Failed,
        pending: pod.status.phase == PodPhase::Pending,
        started: pod.status.start_time.map(|at| at.sim_time()),
        ready: pod.condition("Ready").map(|condition| {
            let since = condition.last_transition_time.map_or(SimTime::ZERO, |at| at.sim_time());
            (condition.status == ConditionStatus::True, since)
        }),
        ..PodMetric::default()
    };
    for one in counted {
        match request(one) {
            Some(amount) => metric.request = metric.request.saturating_add(amount),
            None => {
                metric.name =
                    format!("missing request for {resource} in container {} of Pod {}", one.name, pod.meta.name);
                metric.request = -1;
                break;
            }
        }
    }
    Ok(metric)
}

/// `behavior.scaleUp.tolerance` and `behavior.scaleDown.tolerance`.
pub(super) fn tolerance(spec: &Value) -> Tolerance {
    let of = |direction: &str| {
        let value = spec.get("behavior")?.get(direction)?.get("tolerance")?;
        Quantity::from_value(value).ok().map(|quantity| quantity.milli_value() as f64 / 1000.0)
    };
    let usual = Tolerance::default();
    Tolerance { up: of("scaleUp").unwrap_or(usual.up), down: of("scaleDown").unwrap_or(usual.down) }
}

/// A metric that some adapter would have to serve, which the cluster does not have.
pub(super) fn foreign(kind: &str, spec: &Value, namespace: &str) -> MetricError {
    let name = |field: &str| spec.pointer(&format!("/{field}/metric/name")).and_then(Value::as_str).unwrap_or_default();
    let custom =
        "unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered";
    match kind {
        "Pods" => {
            let own = format!("unable to get metric {}: {custom}", name("pods"));
            let outer = format!("failed to get pods metric value: {own}");
            MetricError { reason: "FailedGetPodsMetric", own, outer }
        }
        "Object" => {
            let described = |field: &str| {
                spec.pointer(&format!("/object/describedObject/{field}")).and_then(Value::as_str).unwrap_or_default()
            };
            let (kind, object) = (described("kind"), described("name"));
            let own = format!("unable to get metric {}: {kind} on {namespace} {object}/{custom}", name("object"));
            let outer = format!("failed to get object metric value: {own}");
            MetricError { reason: "FailedGetObjectMetric", own, outer }
        }
        "External" => {
            let name = name("external");
            let own = format!(
                "unable to get external metric {namespace}/{name}/nil: unable to fetch metrics from external metrics API: \
                 no external metrics API (external.metrics.k8s.io) registered"
            );
            let outer =
                format!("failed to get {name} external metric value: failed to get {name} external metric: {own}");
            MetricError { reason: "FailedGetExternalMetric", own, outer }
        }
        kind => {
            let own = format!("unknown metric source type {}", go_quote(kind));
            MetricError { reason: "InvalidMetricSourceType", outer: own.clone(), own }
        }
    }
}
