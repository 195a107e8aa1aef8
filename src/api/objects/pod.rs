//! Pods and the parts of them.

use crate::api::json::Json;
use crate::api::meta::{Labels, Meta};
use crate::base::{Str, Value, time::Timestamp};
use crate::{object, text_enum};
use std::cell::OnceCell;
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

/// A pod. Its spec is shared by all pods of one template; what differs per pod stands beside it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pod {
    /// Metadata.
    pub meta: Meta,
    /// `spec`, without `nodeName` and the service account's volume.
    pub spec: Rc<PodSpec>,
    /// `spec.nodeName`, empty until the pod is bound.
    pub node_name: Str,
    /// The name of the volume with the service account's token (`kube-api-access-xxxxx`), empty when there is none. It
    /// is random per pod, so it is added when the pod is written out.
    pub token_volume: Str,
    /// `status`.
    pub status: PodStatus,
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

    /// `status` of a pod.
    pub struct PodStatus {
        /// The phase.
        pub phase: PodPhase = "phase" always,
        /// Conditions, in the kubelet's order.
        pub conditions: Vec<PodCondition> = "conditions",
        /// Why the pod is in its phase.
        pub reason: Str = "reason",
        /// The same in words.
        pub message: Str = "message",
        /// The node's address.
        pub host_ip: Str = "hostIP",
        /// The node's addresses.
        pub host_ips: Vec<IpEntry> = "hostIPs",
        /// The pod's address.
        pub pod_ip: Str = "podIP",
        /// The pod's addresses.
        pub pod_ips: Vec<IpEntry> = "podIPs",
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

    /// One of three states.
    pub struct ContainerState {
        /// Not started.
        pub waiting: Option<Waiting> = "waiting",
        /// Running.
        pub running: Option<Running> = "running",
        /// Ended.
        pub terminated: Option<Terminated> = "terminated",
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

/// Where a service account's token is mounted.
const TOKEN_MOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// How the token's volume is named.
pub const TOKEN_VOLUME_PREFIX: &str = "kube-api-access-";

impl Pod {
    /// Whether traffic may come: the Ready condition is True.
    pub fn is_ready(&self) -> bool {
        self.condition("Ready").is_some_and(|condition| condition.status == ConditionStatus::True)
    }

    /// A condition by its type.
    pub fn condition(&self, kind: &str) -> Option<&PodCondition> {
        self.status.conditions.iter().find(|condition| &*condition.kind == kind)
    }

    /// Whether all containers have ended for good.
    pub fn is_terminal(&self) -> bool {
        matches!(self.status.phase, PodPhase::Succeeded | PodPhase::Failed)
    }

    /// Whether the pod counts for its controller: neither ended nor being deleted.
    ///
    /// Models `pkg/controller/controller_utils.go` `IsPodActive`.
    pub fn is_active(&self) -> bool {
        !self.is_terminal() && !self.meta.is_terminating()
    }
}

/// The projected volume with the token, the cluster's certificate and the namespace.
///
/// Models `plugin/pkg/admission/serviceaccount`.
pub fn token_volume(name: &str) -> Value {
    serde_json::json!({
        "name": name,
        "projected": {
            "defaultMode": 420,
            "sources": [
                {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                {"configMap": {"items": [{"key": "ca.crt", "path": "ca.crt"}], "name": "kube-root-ca.crt"}},
                {"downwardAPI": {"items": [{"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}, "path": "namespace"}]}}
            ]
        }
    })
}

fn token_mount(name: &str) -> Value {
    serde_json::json!({"mountPath": TOKEN_MOUNT, "name": name, "readOnly": true})
}

/// Takes the token's volume and its mounts out of a spec, if they are exactly those that admission adds, and says its name.
fn take_token_volume(spec: &mut PodSpec) -> Str {
    let Some(name) = spec.volumes.last().and_then(|volume| volume.get("name")).and_then(Value::as_str) else {
        return Str::from("");
    };
    let name = Str::from(name);
    let mount = token_mount(&name);
    let containers = || spec.containers.iter().chain(&spec.init_containers);
    if !name.starts_with(TOKEN_VOLUME_PREFIX)
        || spec.volumes.last() != Some(&token_volume(&name))
        || !containers().all(|container| container.volume_mounts.last() == Some(&mount))
    {
        return Str::from("");
    }
    spec.volumes.pop();
    for container in spec.containers.iter_mut().chain(&mut spec.init_containers) {
        container.volume_mounts.pop();
    }
    name
}

impl Json for Pod {
    fn from_json(value: Value) -> Option<Self> {
        let Value::Object(mut fields) = value else { return None };
        let meta = crate::api::json::take(&mut fields, "metadata");
        let status = crate::api::json::take(&mut fields, "status");
        let mut spec: PodSpec = crate::api::json::take(&mut fields, "spec");
        let node_name = crate::api::json::take(&mut spec.rest, "nodeName");
        let token_volume = take_token_volume(&mut spec);
        Some(Pod { meta, spec: Rc::new(spec), node_name, token_volume, status })
    }

    fn to_json(&self) -> Value {
        let mut spec = self.spec.to_json();
        if let Value::Object(fields) = &mut spec {
            crate::api::json::put(fields, "nodeName", &self.node_name);
            if !self.token_volume.is_empty() {
                append(fields, "volumes", token_volume(&self.token_volume));
                for list in ["initContainers", "containers"] {
                    let containers = fields.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten();
                    for container in containers.filter_map(Value::as_object_mut) {
                        append(container, "volumeMounts", token_mount(&self.token_volume));
                    }
                }
            }
        }
        let mut fields = crate::base::Fields::new();
        fields.insert("metadata".into(), self.meta.to_json());
        fields.insert("spec".into(), spec);
        fields.insert("status".into(), self.status.to_json());
        Value::Object(fields)
    }
}

fn append(fields: &mut crate::base::Fields, list: &str, item: Value) {
    let entry = fields.entry(list).or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(items) = entry {
        items.push(item);
    }
}

/// A pod template: metadata and spec, shared by a Deployment, its ReplicaSets and their pods.
#[derive(Clone, Debug, Default)]
pub struct PodTemplate {
    /// Labels and annotations of the pods.
    pub meta: Meta,
    /// The pods' spec.
    pub spec: Rc<PodSpec>,
    /// The spec as admission leaves it in a pod, computed when it is first needed so that all pods share it.
    pub admitted: OnceCell<Rc<PodSpec>>,
}

impl PartialEq for PodTemplate {
    fn eq(&self, other: &Self) -> bool {
        self.meta == other.meta && (Rc::ptr_eq(&self.spec, &other.spec) || self.spec == other.spec)
    }
}

impl PodTemplate {
    /// The template with one label more.
    pub fn with_label(&self, key: &str, value: &str) -> PodTemplate {
        let mut meta = self.meta.clone();
        meta.labels.insert(key, value);
        PodTemplate { meta, spec: self.spec.clone(), admitted: OnceCell::new() }
    }

    /// The template's labels.
    pub fn labels(&self) -> &Labels {
        &self.meta.labels
    }
}

impl Json for PodTemplate {
    fn from_json(value: Value) -> Option<Self> {
        let Value::Object(mut fields) = value else { return None };
        Some(PodTemplate {
            meta: crate::api::json::take(&mut fields, "metadata"),
            spec: crate::api::json::take(&mut fields, "spec"),
            admitted: OnceCell::new(),
        })
    }

    fn to_json(&self) -> Value {
        let mut fields = crate::base::Fields::new();
        fields.insert("metadata".into(), self.meta.to_json());
        fields.insert("spec".into(), self.spec.to_json());
        Value::Object(fields)
    }
}
