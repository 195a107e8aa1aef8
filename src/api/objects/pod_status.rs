//! What a pod is: its phase, conditions and containers' states.

use crate::api::list::List;
use crate::api::objects::pod_spec::{ConditionStatus, PodPhase};
use crate::base::{Str, time::Timestamp};
use crate::object;
use std::rc::Rc;

object! {
    /// `status` of a pod.
    pub struct PodStatus {
        /// The phase.
        pub phase: PodPhase = "phase" always,
        /// Conditions, in the kubelet's order.
        pub conditions: List<PodCondition> = "conditions",
        /// Why the pod is in its phase.
        pub reason: Str = "reason",
        /// The same in words.
        pub message: Str = "message",
        /// The node's address.
        pub host_ip: Str = "hostIP",
        /// The node's addresses.
        pub host_ips: List<IpEntry> = "hostIPs",
        /// The pod's address.
        pub pod_ip: Str = "podIP",
        /// The pod's addresses.
        pub pod_ips: List<IpEntry> = "podIPs",
        /// When the kubelet saw the pod first.
        pub start_time: Option<Timestamp> = "startTime",
        /// Containers.
        pub container_statuses: Vec<ContainerStatus> = "containerStatuses",
        /// Init containers.
        pub init_container_statuses: Vec<ContainerStatus> = "initContainerStatuses",
        /// `Guaranteed`, `Burstable` or `BestEffort`.
        pub qos_class: Str = "qosClass",
        /// The generation that the kubelet has seen.
        pub observed_generation: i64 = "observedGeneration",
    }

    /// An address of a list.
    pub struct IpEntry {
        /// The address.
        pub ip: Str = "ip",
    }

    /// A condition of a pod.
    pub struct PodCondition {
        /// `Ready` and so on.
        pub kind: Str = "type" always,
        /// Whether it holds.
        pub status: ConditionStatus = "status" always,
        /// Why, in a word.
        pub reason: Str = "reason",
        /// Why.
        pub message: Str = "message",
        /// When the status changed last.
        pub last_transition_time: Option<Timestamp> = "lastTransitionTime",
        /// When it was probed last (always null).
        pub last_probe_time: Option<Timestamp> = "lastProbeTime" always,
        /// The generation that it was computed from.
        pub observed_generation: i64 = "observedGeneration",
    }

    /// The state of a container.
    pub struct ContainerStatus {
        /// The container's name.
        pub name: Str = "name" always,
        /// The state now.
        pub state: ContainerState = "state" always,
        /// The state before the last restart.
        pub last_state: ContainerState = "lastState" always,
        /// Whether it is ready.
        pub ready: bool = "ready" always,
        /// Whether it has started.
        pub started: Option<bool> = "started",
        /// How often it was restarted.
        pub restart_count: i32 = "restartCount" always,
        /// The image.
        pub image: Str = "image" always,
        /// The image's digest.
        pub image_id: Str = "imageID" always,
        /// The container's id in the runtime.
        pub container_id: Str = "containerID",
    }

    /// One of three states. Those with words stand elsewhere: most containers run, and there are two states of each.
    pub struct ContainerState {
        /// Not started.
        pub waiting: Option<Rc<Waiting>> = "waiting",
        /// Running.
        pub running: Option<Running> = "running",
        /// Ended.
        pub terminated: Option<Rc<Terminated>> = "terminated",
    }

    /// A container that waits.
    pub struct Waiting {
        /// `ContainerCreating`, `ImagePullBackOff`.
        pub reason: Str = "reason",
        /// Why.
        pub message: Str = "message",
    }

    /// A container that runs.
    pub struct Running {
        /// Since when.
        pub started_at: Option<Timestamp> = "startedAt",
    }

    /// A container that has ended.
    pub struct Terminated {
        /// The exit code.
        pub exit_code: i32 = "exitCode" always,
        /// The signal that ended it.
        pub signal: i32 = "signal",
        /// `Completed`, `Error`, `OOMKilled`.
        pub reason: Str = "reason",
        /// Why.
        pub message: Str = "message",
        /// When it began.
        pub started_at: Option<Timestamp> = "startedAt",
        /// When it ended.
        pub finished_at: Option<Timestamp> = "finishedAt",
        /// The container's id in the runtime.
        pub container_id: Str = "containerID",
    }
}
