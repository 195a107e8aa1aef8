//! What pods and nodes use of CPU and memory, as metrics-server tells it: measured every 15 seconds, and a pod is in it once
//! it has run for that long.
//!
//! Nothing is measured here: use is a function of what a container's image is and of the requests that it gets.

use super::loads::{Loads, Share};
use crate::api::objects::Pod;
use crate::api::objects::pod::{Container, RestartPolicy};
use crate::api::quantity::Quantity;
use crate::apiserver::{Change, Store};
use crate::base::Str;
use crate::base::time::{Duration, SimTime};
use crate::kubelet::behaviour::Program;
use crate::kubelet::catalogue::Catalogue;
use std::rc::Rc;

/// How often is measured.
pub const RESOLUTION: Duration = Duration::from_secs(15);

/// What a node uses that runs no pods: thousandths of a core, bytes.
const IDLE_NODE: (i64, i64) = (38, 540 << 20);

/// What a container uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    /// The container.
    pub container: Str,
    /// Thousandths of a core.
    pub cpu: i64,
    /// Bytes.
    pub memory: i64,
}

/// metrics-server.
#[derive(Clone)]
pub struct Metrics {
    catalogue: Rc<Catalogue>,
    /// Who sends requests.
    pub loads: Loads,
    /// Whether there is a metrics-server at all.
    pub served: bool,
}

/// The measurement that is the last one at a moment, of all pods.
pub struct Scrape<'a> {
    metrics: &'a Metrics,
    shares: Vec<Share>,
    /// When it was made.
    pub at: SimTime,
}

impl Metrics {
    /// A metrics-server that knows what images do.
    pub fn new(catalogue: Rc<Catalogue>, served: bool) -> Metrics {
        Metrics { catalogue, loads: Loads::default(), served }
    }

    /// Notes pods that begin or end to call others. Says whether it is one of them.
    pub fn observe_pod(&mut self, change: &Change) -> bool {
        self.loads.observe_pod(change, &self.catalogue)
    }

    /// The last measurement.
    pub fn last(&self, store: &Store, now: SimTime) -> Scrape<'_> {
        let step = u64::try_from(RESOLUTION.as_micros()).unwrap_or(1);
        let at = SimTime(now.0 / step * step);
        Scrape { metrics: self, shares: self.loads.shares(store, at), at }
    }
}

impl Scrape<'_> {
    /// What a pod's containers use; nothing while it was not measured.
    pub fn pod(&self, pod: &Pod) -> Option<Vec<Usage>> {
        let sidecars = pod.spec.init_containers.iter().filter(|one| one.restart_policy == Some(RestartPolicy::Always));
        let status = || pod.status.container_statuses.iter().chain(&pod.status.init_container_statuses);
        let mut serves = false;
        let mut all = Vec::new();
        for container in pod.spec.containers.iter().chain(sidecars) {
            let status = status().find(|status| status.name == container.name)?;
            let Some(since) = status.state.running.as_ref().and_then(|running| running.started_at) else { continue };
            if since.sim_time().after(RESOLUTION) > self.at {
                return None;
            }
            let program = self.metrics.catalogue.program_in(container, &pod.meta.annotations);
            let first = !serves && !program.listeners.is_empty();
            serves |= first;
            all.push(self.usage(pod, container, &program, first));
        }
        (!all.is_empty()).then_some(all)
    }

    fn usage(&self, pod: &Pod, container: &Container, program: &Program, serves: bool) -> Usage {
        let each = program.appetite.cpu_per_request;
        let rate: f64 = self.shares.iter().filter(|_| serves).map(|share| share.of(pod, each)).sum();
        let busy = (rate * each as f64 / 1000.0).min(1e9) as i64;
        let limit = |resource: &str| {
            let text = container.resources.limits.get(resource);
            text.and_then(|text| Quantity::parse(text).ok())
        };
        let cpu = limit("cpu").map_or(i64::MAX, Quantity::milli_value);
        let memory = limit("memory").map_or(i64::MAX, Quantity::value);
        Usage {
            container: container.name.clone(),
            cpu: (program.appetite.cpu + busy).min(cpu),
            memory: program.appetite.memory.min(memory),
        }
    }

    /// What a node uses: thousandths of a core, and bytes.
    pub fn node(&self, name: &Str, store: &Store) -> (i64, i64) {
        let pods = store.on_node(name).filter_map(|object| Pod::of(object)).filter_map(|pod| self.pod(pod));
        pods.flatten().fold(IDLE_NODE, |(cpu, memory), usage| (cpu + usage.cpu, memory + usage.memory))
    }
}
