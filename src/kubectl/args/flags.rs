//! Flags as data: groups that several commands share, and the global ones.

use super::FlagKind::{Bool, Duration, Int, List, Repeated, Text, TextOr};
use super::{FlagKind, FlagSpec};

const fn long(name: &'static str, kind: FlagKind) -> FlagSpec {
    FlagSpec { name, short: None, kind, deprecated: None }
}

const fn short(name: &'static str, letter: char, kind: FlagKind) -> FlagSpec {
    FlagSpec { name, short: Some(letter), kind, deprecated: None }
}

/// Known to every command (`kubectl options`).
pub const GLOBAL: &[FlagSpec] = &[
    short("namespace", 'n', Text),
    short("server", 's', Text),
    short("v", 'v', Int),
    long("as", Text),
    long("as-group", Repeated),
    long("as-uid", Text),
    long("as-user-extra", Repeated),
    long("cache-dir", Text),
    long("certificate-authority", Text),
    long("client-certificate", Text),
    long("client-key", Text),
    long("cluster", Text),
    long("context", Text),
    long("disable-compression", Bool),
    long("insecure-skip-tls-verify", Bool),
    long("kubeconfig", Text),
    long("kuberc", Text),
    long("log-flush-frequency", Duration),
    long("match-server-version", Bool),
    long("password", Text),
    long("profile", Text),
    long("profile-output", Text),
    long("request-timeout", Text),
    long("tls-server-name", Text),
    long("token", Text),
    long("user", Text),
    long("username", Text),
    long("vmodule", Text),
    long("warnings-as-errors", Bool),
];

/// `-f`, `-k`, `-R`.
pub const FILES: &[FlagSpec] =
    &[short("filename", 'f', List), short("kustomize", 'k', Text), short("recursive", 'R', Bool)];

/// `-l`.
pub const SELECTOR: &[FlagSpec] = &[short("selector", 'l', Text)];

/// `--field-selector`.
pub const FIELD_SELECTOR: &[FlagSpec] = &[long("field-selector", Text)];

/// `-A`.
pub const ALL_NAMESPACES: &[FlagSpec] = &[short("all-namespaces", 'A', Bool)];

/// `--all`.
pub const ALL: &[FlagSpec] = &[long("all", Bool)];

/// `-o` and its relatives.
pub const OUTPUT: &[FlagSpec] = &[
    short("output", 'o', Text),
    long("template", Text),
    long("allow-missing-template-keys", Bool),
    long("show-managed-fields", Bool),
];

/// `--dry-run`.
pub const DRY_RUN: &[FlagSpec] = &[long("dry-run", TextOr("unchanged"))];

/// `--field-manager`.
pub const FIELD_MANAGER: &[FlagSpec] = &[long("field-manager", Text)];

/// `--validate`.
pub const VALIDATE: &[FlagSpec] = &[long("validate", TextOr("strict"))];

/// `--save-config`.
pub const SAVE_CONFIG: &[FlagSpec] = &[long("save-config", Bool)];

/// `kubectl replace`.
pub const REPLACE: &[FlagSpec] = &[
    long("force", Bool),
    long("cascade", TextOr("background")),
    long("grace-period", Int),
    long("timeout", Duration),
    long("wait", Bool),
    long("subresource", Text),
    long("raw", Text),
];

/// `kubectl explain`.
pub const EXPLAIN: &[FlagSpec] =
    &[short("recursive", 'R', Bool), long("max-depth", Int), long("api-version", Text), short("output", 'o', Text)];

/// `--record`.
pub const RECORD: &[FlagSpec] =
    &[FlagSpec { name: "record", short: None, kind: Bool, deprecated: Some("--record will be removed in the future") }];

/// `kubectl get`.
pub const GET: &[FlagSpec] = &[
    short("watch", 'w', Bool),
    long("watch-only", Bool),
    long("output-watch-events", Bool),
    long("ignore-not-found", Bool),
    long("no-headers", Bool),
    long("show-kind", Bool),
    long("show-labels", Bool),
    long("sort-by", Text),
    short("label-columns", 'L', List),
    long("server-print", Bool),
    long("chunk-size", Int),
    long("subresource", Text),
    long("raw", Text),
    short("output", 'o', Text),
    short("all-namespaces", 'A', Bool),
];

/// `kubectl delete`.
pub const DELETE: &[FlagSpec] = &[
    long("cascade", TextOr("background")),
    long("force", Bool),
    long("now", Bool),
    long("grace-period", Int),
    long("timeout", Duration),
    long("ignore-not-found", Bool),
    long("wait", Bool),
    short("output", 'o', Text),
    long("raw", Text),
    short("interactive", 'i', Bool),
];

/// `kubectl drain`.
pub const DRAIN: &[FlagSpec] = &[
    long("force", Bool),
    long("ignore-daemonsets", Bool),
    long("delete-emptydir-data", Bool),
    long("grace-period", Int),
    long("timeout", Duration),
    long("pod-selector", Text),
    long("disable-eviction", Bool),
    long("skip-wait-for-delete-timeout", Int),
    long("chunk-size", Int),
];

/// `kubectl autoscale`.
pub const AUTOSCALE: &[FlagSpec] = &[
    long("min", Int),
    long("max", Int),
    FlagSpec {
        name: "cpu-percent",
        short: None,
        kind: Int,
        deprecated: Some(
            "Use --cpu with percentage or resource quantity format (e.g., '70%' for utilization or '500m' for milliCPU).",
        ),
    },
    long("cpu", Text),
    long("memory", Text),
    long("name", Text),
];

/// `kubectl top`.
pub const TOP: &[FlagSpec] = &[
    long("sort-by", Text),
    long("no-headers", Bool),
    long("use-protocol-buffers", Bool),
    long("show-capacity", Bool),
    long("containers", Bool),
    long("sum", Bool),
];

/// `kubectl taint`.
pub const TAINT: &[FlagSpec] = &[long("overwrite", Bool)];

/// `kubectl apply`.
pub const APPLY: &[FlagSpec] = &[
    long("server-side", Bool),
    long("force-conflicts", Bool),
    long("overwrite", Bool),
    long("prune", Bool),
    long("prune-allowlist", Repeated),
    long("openapi-patch", Bool),
    long("cascade", TextOr("background")),
    long("force", Bool),
    long("grace-period", Int),
    long("timeout", Duration),
    long("wait", Bool),
    long("subresource", Text),
];

/// `kubectl apply view-last-applied`.
pub const VIEW_LAST_APPLIED: &[FlagSpec] = &[short("output", 'o', Text)];

/// `kubectl diff`.
pub const DIFF: &[FlagSpec] = &[
    long("server-side", Bool),
    long("force-conflicts", Bool),
    long("prune", Bool),
    long("prune-allowlist", Repeated),
    long("concurrency", Int),
    long("show-managed-fields", Bool),
];

/// `kubectl label` and `annotate`.
pub const LABEL: &[FlagSpec] =
    &[long("overwrite", Bool), long("list", Bool), long("local", Bool), long("resource-version", Text)];

/// `kubectl scale`.
pub const SCALE: &[FlagSpec] =
    &[long("replicas", Int), long("current-replicas", Int), long("resource-version", Text), long("timeout", Duration)];

/// `kubectl wait`.
pub const WAIT: &[FlagSpec] = &[long("for", Repeated), long("timeout", Duration), long("local", Bool)];

/// `kubectl patch`.
pub const PATCH: &[FlagSpec] = &[
    short("patch", 'p', Text),
    long("patch-file", Text),
    long("type", Text),
    long("local", Bool),
    long("subresource", Text),
];

/// `kubectl set image`.
pub const SET: &[FlagSpec] = &[long("local", Bool)];

/// `kubectl set resources`.
pub const SET_RESOURCES: &[FlagSpec] =
    &[short("containers", 'c', Text), long("limits", Text), long("requests", Text), long("local", Bool)];

/// `kubectl set selector`.
pub const SET_SELECTOR: &[FlagSpec] = &[long("local", Bool), long("resource-version", Text)];

/// `kubectl rollout status`.
pub const ROLLOUT_STATUS: &[FlagSpec] = &[short("watch", 'w', Bool), long("revision", Int), long("timeout", Duration)];

/// `kubectl rollout history`.
pub const ROLLOUT_HISTORY: &[FlagSpec] = &[long("revision", Int)];

/// `kubectl rollout undo`.
pub const ROLLOUT_UNDO: &[FlagSpec] = &[long("to-revision", Int)];

/// `kubectl describe`.
pub const DESCRIBE: &[FlagSpec] = &[long("show-events", Bool), long("chunk-size", Int)];

/// `kubectl exec`.
pub const EXEC: &[FlagSpec] = &[
    short("container", 'c', Text),
    short("stdin", 'i', Bool),
    short("tty", 't', Bool),
    short("quiet", 'q', Bool),
    long("pod-running-timeout", Duration),
];

/// `kubectl api-resources`.
pub const API_RESOURCES: &[FlagSpec] = &[
    long("api-group", Text),
    long("namespaced", Bool),
    long("no-headers", Bool),
    short("output", 'o', Text),
    long("verbs", List),
    long("categories", List),
    long("sort-by", Text),
    long("cached", Bool),
];

/// `kubectl create deployment`.
pub const CREATE_DEPLOYMENT: &[FlagSpec] = &[long("image", List), short("replicas", 'r', Int), long("port", Int)];

/// `kubectl create service clusterip`.
pub const CREATE_SERVICE: &[FlagSpec] =
    &[long("tcp", List), long("clusterip", Text), long("node-port", Int), long("external-name", Text)];

/// `kubectl create configmap` and `create secret generic`.
pub const CREATE_DATA: &[FlagSpec] =
    &[long("from-literal", Repeated), long("from-file", List), long("from-env-file", List), long("append-hash", Bool)];

/// `kubectl create secret generic`.
pub const CREATE_SECRET: &[FlagSpec] = &[long("type", Text)];

/// `kubectl create secret docker-registry`.
pub const CREATE_DOCKER: &[FlagSpec] = &[
    long("docker-username", Text),
    long("docker-password", Text),
    long("docker-email", Text),
    long("docker-server", Text),
    long("from-file", List),
    long("append-hash", Bool),
];

/// `kubectl create secret tls`.
pub const CREATE_TLS: &[FlagSpec] = &[long("cert", Text), long("key", Text), long("append-hash", Bool)];

/// `kubectl create job` and `create cronjob`.
pub const CREATE_JOB: &[FlagSpec] = &[long("image", Text), long("from", Text)];

/// `kubectl create cronjob`.
pub const CREATE_CRON: &[FlagSpec] = &[long("image", Text), long("schedule", Text), long("restart", Text)];

/// `kubectl create ingress`.
pub const CREATE_INGRESS: &[FlagSpec] =
    &[long("class", Text), long("rule", Repeated), long("default-backend", Text), long("annotation", Repeated)];

/// `kubectl create quota`.
pub const CREATE_QUOTA: &[FlagSpec] = &[long("hard", Text), long("scopes", Text)];

/// `kubectl create poddisruptionbudget`.
pub const CREATE_BUDGET: &[FlagSpec] =
    &[long("min-available", Text), long("max-unavailable", Text), long("selector", Text)];

/// `kubectl create priorityclass`.
pub const CREATE_PRIORITY: &[FlagSpec] =
    &[long("value", Int), long("global-default", Bool), long("description", Text), long("preemption-policy", Text)];

/// `kubectl create role`.
pub const CREATE_ROLE: &[FlagSpec] = &[long("verb", List), long("resource", List), long("resource-name", Repeated)];

/// `kubectl create clusterrole`.
pub const CREATE_CLUSTER_ROLE: &[FlagSpec] = &[long("non-resource-url", List), long("aggregation-rule", List)];

/// `kubectl create rolebinding` and `create clusterrolebinding`.
pub const CREATE_BINDING: &[FlagSpec] =
    &[long("clusterrole", Text), long("user", Repeated), long("group", Repeated), long("serviceaccount", Repeated)];

/// `kubectl create rolebinding`.
pub const CREATE_ROLE_BINDING: &[FlagSpec] = &[long("role", Text)];

/// `kubectl create token`.
pub const CREATE_TOKEN: &[FlagSpec] = &[
    long("audience", Repeated),
    long("duration", Duration),
    long("bound-object-kind", Text),
    long("bound-object-name", Text),
    long("bound-object-uid", Text),
];

/// `kubectl logs`.
pub const LOGS: &[FlagSpec] = &[
    short("follow", 'f', Bool),
    short("previous", 'p', Bool),
    short("container", 'c', Text),
    long("all-containers", Bool),
    long("all-pods", Bool),
    long("timestamps", Bool),
    long("limit-bytes", Int),
    long("tail", Int),
    long("ignore-errors", Bool),
    long("since-time", Text),
    long("since", Duration),
    long("insecure-skip-tls-verify-backend", Bool),
    long("pod-running-timeout", Duration),
    long("max-log-requests", Int),
    long("prefix", Bool),
];

/// `kubectl events`.
pub const EVENTS: &[FlagSpec] = &[
    short("watch", 'w', Bool),
    short("all-namespaces", 'A', Bool),
    long("for", Text),
    long("types", List),
    long("no-headers", Bool),
    long("chunk-size", Int),
];

/// `kubectl debug`.
pub const DEBUG: &[FlagSpec] = &[
    long("image", Text),
    long("target", Text),
    short("container", 'c', Text),
    short("stdin", 'i', Bool),
    short("tty", 't', Bool),
    short("quiet", 'q', Bool),
    long("attach", Bool),
    long("copy-to", Text),
    long("share-processes", Bool),
    long("profile", Text),
    long("env", Repeated),
    long("replace", Bool),
    long("same-node", Bool),
    long("set-image", Text),
    long("image-pull-policy", Text),
    long("custom", Text),
];

/// `kubectl cp`.
pub const COPY: &[FlagSpec] = &[short("container", 'c', Text), long("no-preserve", Bool), long("retries", Int)];

/// `kubectl port-forward`.
pub const PORT_FORWARD: &[FlagSpec] = &[long("address", List), long("pod-running-timeout", Duration)];

/// `kubectl edit`.
pub const EDIT: &[FlagSpec] =
    &[long("output-patch", Bool), long("windows-line-endings", Bool), long("subresource", Text)];

/// `kubectl auth reconcile`.
pub const RECONCILE: &[FlagSpec] = &[long("remove-extra-permissions", Bool), long("remove-extra-subjects", Bool)];

/// `kubectl certificate approve` and `deny`.
pub const CERTIFICATE: &[FlagSpec] = &[long("force", Bool)];

/// `kubectl set subject`.
pub const SET_SUBJECT: &[FlagSpec] =
    &[long("local", Bool), long("user", List), long("group", List), long("serviceaccount", List)];

/// `kubectl apply set-last-applied`.
pub const SET_LAST_APPLIED: &[FlagSpec] = &[long("create-annotation", Bool)];

/// `kubectl auth can-i`.
pub const CAN_I: &[FlagSpec] = &[
    short("all-namespaces", 'A', Bool),
    short("quiet", 'q', Bool),
    long("subresource", Text),
    long("list", Bool),
    long("no-headers", Bool),
];

/// `kubectl version`.
pub const VERSION: &[FlagSpec] = &[long("client", Bool), short("output", 'o', Text)];

/// `kubectl config view` and `config get-contexts`.
pub const CONFIG: &[FlagSpec] = &[
    long("no-headers", Bool),
    long("minify", Bool),
    long("raw", Bool),
    long("flatten", Bool),
    long("merge", TextOr("true")),
];

/// `kubectl config set`.
pub const SET_PROPERTY: &[FlagSpec] = &[long("set-raw-bytes", Bool)];

/// `kubectl config set-cluster` and `config set-credentials`.
pub const SET_ENTRY: &[FlagSpec] = &[long("embed-certs", Bool), long("proxy-url", Text)];

/// `kubectl config set-context`.
pub const SET_CONTEXT: &[FlagSpec] = &[long("current", Bool)];

/// `kubectl expose`.
pub const EXPOSE: &[FlagSpec] = &[
    long("port", Text),
    long("target-port", Text),
    long("protocol", Text),
    long("type", Text),
    long("name", Text),
    short("labels", 'l', Text),
    long("external-ip", Text),
    long("load-balancer-ip", Text),
    long("session-affinity", Text),
    long("cluster-ip", Text),
    long("override-type", Text),
    long("overrides", Text),
];

/// `kubectl run`.
pub const RUN: &[FlagSpec] = &[
    long("image", Text),
    long("image-pull-policy", Text),
    long("port", Text),
    long("expose", Bool),
    long("env", Repeated),
    short("labels", 'l', Text),
    long("restart", Text),
    long("command", Bool),
    long("annotations", Repeated),
    long("rm", Bool),
    short("stdin", 'i', Bool),
    short("tty", 't', Bool),
    long("attach", Bool),
    short("quiet", 'q', Bool),
    long("overrides", Text),
    long("override-type", Text),
    long("pod-running-timeout", Duration),
    long("privileged", Bool),
    long("leave-stdin-open", Bool),
    long("grace-period", Int),
    long("timeout", Duration),
    long("wait", Bool),
    long("force", Bool),
    long("cascade", TextOr("background")),
];

/// `kubectl set env`.
pub const SET_ENV: &[FlagSpec] = &[
    short("env", 'e', Repeated),
    short("containers", 'c', Text),
    long("overwrite", Bool),
    long("list", Bool),
    long("resolve", Bool),
    long("local", Bool),
    long("from", Text),
    long("prefix", Text),
    long("keys", List),
];
