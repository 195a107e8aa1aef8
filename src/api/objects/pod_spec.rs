//! What a pod should be: its spec, containers, ports, probes.

use crate::api::json::Json;
use crate::base::{Str, Value};
use crate::{object, text_enum};
use std::collections::BTreeMap;
use std::rc::Rc;

text_enum! {
    /// `status.phase`.
    pub enum PodPhase {
        /// Not all containers have been started yet.
        Pending = "Pending",
        /// At least one container runs or will run again.
        Running = "Running",
        /// All containers ended with 0 and stay so.
        Succeeded = "Succeeded",
        /// All containers ended, one of them badly.
        Failed = "Failed",
        /// The node is lost.
        Unknown = "Unknown",
    }

    /// `spec.restartPolicy`.
    pub enum RestartPolicy {
        /// Restart whatever the exit code.
        Always = "Always",
        /// Restart after a failure.
        OnFailure = "OnFailure",
        /// Never restart.
        Never = "Never",
    }

    /// `imagePullPolicy`.
    pub enum PullPolicy {
        /// Pull when the node has no copy.
        IfNotPresent = "IfNotPresent",
        /// Ask the registry at each start.
        Always = "Always",
        /// Never ask.
        Never = "Never",
    }

    /// The protocol of a port.
    pub enum Protocol {
        /// TCP.
        Tcp = "TCP",
        /// UDP.
        Udp = "UDP",
        /// SCTP.
        Sctp = "SCTP",
    }

    /// `True`, `False` or `Unknown`.
    pub enum ConditionStatus {
        /// It holds not.
        False = "False",
        /// It holds.
        True = "True",
        /// Nobody knows.
        Unknown = "Unknown",
    }
}

/// A number or a name: `targetPort`, `maxSurge`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntOrString {
    /// A number.
    Int(i32),
    /// A name or a percentage.
    Text(Str),
}

impl Default for IntOrString {
    fn default() -> Self {
        IntOrString::Int(0)
    }
}

impl Json for IntOrString {
    fn from_json(value: Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(IntOrString::Text(text.into())),
            other => i32::from_json(other).map(IntOrString::Int),
        }
    }
    fn to_json(&self) -> Value {
        match self {
            IntOrString::Int(number) => Value::from(*number),
            IntOrString::Text(text) => text.to_json(),
        }
    }
}

impl std::fmt::Display for IntOrString {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            IntOrString::Int(number) => write!(f, "{number}"),
            IntOrString::Text(text) => f.write_str(text),
        }
    }
}

object! {
    /// `spec` of a pod, or of a pod template.
    pub struct PodSpec {
        /// Containers.
        pub containers: Vec<Container> = "containers" always,
        /// Containers that run before, one after the other (or beside, when their restartPolicy is Always).
        pub init_containers: Vec<Container> = "initContainers",
        /// What happens when a container ends.
        pub restart_policy: RestartPolicy = "restartPolicy" always,
        /// Seconds from SIGTERM to SIGKILL.
        pub termination_grace_period_seconds: Option<i64> = "terminationGracePeriodSeconds",
        /// `ClusterFirst`, `ClusterFirstWithHostNet`, `Default` or `None`.
        pub dns_policy: Str = "dnsPolicy",
        /// `spec.dnsConfig`.
        pub dns_config: Option<Value> = "dnsConfig",
        /// Labels that the node must have.
        pub node_selector: BTreeMap<Str, Str> = "nodeSelector",
        /// Node and pod affinity.
        pub affinity: Option<Value> = "affinity",
        /// Taints that the pod bears.
        pub tolerations: Vec<Toleration> = "tolerations",
        /// How pods spread over a topology.
        pub topology_spread_constraints: Vec<Value> = "topologySpreadConstraints",
        /// Whether the pod uses its node's network.
        pub host_network: bool = "hostNetwork",
        /// The host name, if not the pod's name.
        pub hostname: Str = "hostname",
        /// The headless Service under which the host name is found.
        pub subdomain: Str = "subdomain",
        /// The account that the pod runs as.
        pub service_account_name: Str = "serviceAccountName",
        /// Whether the account's token is mounted.
        pub automount_service_account_token: Option<bool> = "automountServiceAccountToken",
        /// `default-scheduler`.
        pub scheduler_name: Str = "schedulerName",
        /// Conditions that others set and that readiness waits for.
        pub readiness_gates: Vec<ReadinessGate> = "readinessGates",
        /// Whether Services appear as environment variables.
        pub enable_service_links: Option<bool> = "enableServiceLinks",
        /// The priority.
        pub priority: Option<i32> = "priority",
        /// Volumes.
        pub volumes: Vec<Value> = "volumes",
    }

    /// A container.
    pub struct Container {
        /// The name, unique in the pod.
        pub name: Str = "name" always,
        /// The image reference.
        pub image: Str = "image",
        /// When to ask the registry.
        pub image_pull_policy: PullPolicy = "imagePullPolicy" always,
        /// Replaces the image's entry point.
        pub command: Vec<Str> = "command",
        /// Replaces the image's command.
        pub args: Vec<Str> = "args",
        /// Ports, for information and for named target ports.
        pub ports: Vec<ContainerPort> = "ports",
        /// Environment variables.
        pub env: Vec<Value> = "env",
        /// Requests and limits.
        pub resources: Resources = "resources" always,
        /// Whether traffic may come.
        pub readiness_probe: Option<Rc<Probe>> = "readinessProbe",
        /// Whether the container must be restarted.
        pub liveness_probe: Option<Rc<Probe>> = "livenessProbe",
        /// Whether the other probes may begin.
        pub startup_probe: Option<Rc<Probe>> = "startupProbe",
        /// `postStart`, `preStop`.
        pub lifecycle: Option<Value> = "lifecycle",
        /// `Always` makes an init container a sidecar.
        pub restart_policy: Option<RestartPolicy> = "restartPolicy",
        /// Mounts, without the service account's.
        pub volume_mounts: Vec<Value> = "volumeMounts",
    }

    /// A port of a container.
    pub struct ContainerPort {
        /// The number.
        pub container_port: i32 = "containerPort" always,
        /// The name that a Service's `targetPort` may use.
        pub name: Str = "name",
        /// The protocol.
        pub protocol: Protocol = "protocol" always,
        /// The node's port that leads here.
        pub host_port: i32 = "hostPort",
    }

    /// Requests and limits of a container, by resource name, as quantities.
    pub struct Resources {
        /// What may be used at most.
        pub limits: BTreeMap<Str, Str> = "limits",
        /// What the scheduler reserves.
        pub requests: BTreeMap<Str, Str> = "requests",
    }

    /// A probe.
    pub struct Probe {
        /// An HTTP request.
        pub http_get: Option<HttpGet> = "httpGet",
        /// A TCP connection.
        pub tcp_socket: Option<TcpSocket> = "tcpSocket",
        /// A command.
        pub exec: Option<Value> = "exec",
        /// A gRPC health check.
        pub grpc: Option<Value> = "grpc",
        /// Seconds after the start.
        pub initial_delay_seconds: i32 = "initialDelaySeconds",
        /// Seconds from try to try.
        pub period_seconds: i32 = "periodSeconds" always,
        /// Seconds until a try has failed.
        pub timeout_seconds: i32 = "timeoutSeconds" always,
        /// Tries in a row that make a success.
        pub success_threshold: i32 = "successThreshold" always,
        /// Tries in a row that make a failure.
        pub failure_threshold: i32 = "failureThreshold" always,
    }

    /// `httpGet`.
    pub struct HttpGet {
        /// The path.
        pub path: Str = "path",
        /// The port's number or name.
        pub port: IntOrString = "port" always,
        /// `HTTP` or `HTTPS`.
        pub scheme: Str = "scheme",
        /// Another host than the pod.
        pub host: Str = "host",
    }

    /// `tcpSocket`.
    pub struct TcpSocket {
        /// The port's number or name.
        pub port: IntOrString = "port" always,
        /// Another host than the pod.
        pub host: Str = "host",
    }

    /// A toleration.
    pub struct Toleration {
        /// The taint's key; empty: any.
        pub key: Str = "key",
        /// `Exists` or `Equal` (the default).
        pub operator: Str = "operator",
        /// The taint's value.
        pub value: Str = "value",
        /// The taint's effect; empty: any.
        pub effect: Str = "effect",
        /// For how long a NoExecute taint is borne.
        pub toleration_seconds: Option<i64> = "tolerationSeconds",
    }

    /// An entry of `readinessGates`.
    pub struct ReadinessGate {
        /// The condition that must be True.
        pub condition_type: Str = "conditionType" always,
    }
}
