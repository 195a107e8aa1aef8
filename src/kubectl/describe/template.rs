//! Containers, volumes and all else that pods and pod templates share. Written on JSON, because every field may be shown.

use super::{Text, list_of, or_none, text_of, true_or_false};
use crate::api::json::Json;
use crate::api::meta::Labels;
use crate::api::objects::pod::{ContainerState, ContainerStatus};
use crate::api::quantity::Quantity;
use crate::api::selector::LabelSelector;
use crate::base::Order;
use crate::base::{Value, text::go_quote, time::Timestamp};

/// One, in billionths.
const NANOS: i128 = 1_000_000_000;

/// Describes a pod template. Models `DescribePodTemplate`.
pub fn pod_template(template: &Value, text: &mut Text) {
    text.line(0, "Pod Template:");
    let labels = |pointer: &str| template.pointer(pointer).cloned().and_then(Labels::from_json).unwrap_or_default();
    text.labels("  Labels", &labels("/metadata/labels"));
    let annotations = labels("/metadata/annotations");
    if !annotations.is_empty() {
        text.annotations("  Annotations", &annotations);
    }
    let nothing = Value::Null;
    let spec = template.get("spec").unwrap_or(&nothing);
    if !text_of(spec, "serviceAccountName").is_empty() {
        text.line(1, format_args!("Service Account:\t{}", text_of(spec, "serviceAccountName")));
    }
    let init = list_of(spec, "initContainers");
    if !init.is_empty() {
        containers("Init Containers", init, None, None, "  ", text);
    }
    containers("Containers", list_of(spec, "containers"), None, None, "  ", text);
    super::volumes::volumes(list_of(spec, "volumes"), "  ", text);
    spread(spec, "  ", text);
    if !text_of(spec, "priorityClassName").is_empty() {
        text.line(1, format_args!("Priority Class Name:\t{}", text_of(spec, "priorityClassName")));
    }
    selectors_and_tolerations(spec, "  ", text);
}

/// Models `describeTopologySpreadConstraints`.
pub(super) fn spread(spec: &Value, space: &str, text: &mut Text) {
    let mut constraints: Vec<&Value> = list_of(spec, "topologySpreadConstraints").iter().collect();
    if constraints.is_empty() {
        return;
    }
    constraints.order_by_key(|constraint| text_of(constraint, "topologyKey"));
    let line = |constraint: &&Value| {
        let skew = constraint.get("maxSkew").and_then(Value::as_i64).unwrap_or_default();
        let selector = constraint.get("labelSelector").cloned().and_then(LabelSelector::from_json);
        let selector = selector.map_or(String::new(), |selector| format!(" for selector {selector}"));
        let (key, otherwise) = (text_of(constraint, "topologyKey"), text_of(constraint, "whenUnsatisfiable"));
        format!("{key}:{otherwise} when max skew {skew} is exceeded{selector}")
    };
    text.list(&format!("{space}Topology Spread Constraints"), &constraints.iter().map(line).collect::<Vec<_>>());
}

/// The last lines of pods and templates.
pub(super) fn selectors_and_tolerations(spec: &Value, space: &str, text: &mut Text) {
    let selector = spec.get("nodeSelector").cloned().and_then(Labels::from_json).unwrap_or_default();
    text.labels(&format!("{space}Node-Selectors"), &selector);
    let mut tolerations: Vec<&Value> = list_of(spec, "tolerations").iter().collect();
    tolerations.order_by_key(|toleration| text_of(toleration, "key"));
    let lines: Vec<String> = tolerations.into_iter().map(toleration).collect();
    text.list(&format!("{space}Tolerations"), &lines);
}

fn toleration(toleration: &Value) -> String {
    let (key, value, effect) =
        (text_of(toleration, "key"), text_of(toleration, "value"), text_of(toleration, "effect"));
    let mut out = key.to_owned();
    if !value.is_empty() {
        out.push_str(&format!("={value}"));
    }
    if !effect.is_empty() {
        out.push_str(&format!(":{effect}"));
    }
    if text_of(toleration, "operator") == "Exists" && value.is_empty() {
        out.push_str(if key.is_empty() && effect.is_empty() { "op=Exists" } else { " op=Exists" });
    }
    if let Some(seconds) = toleration.get("tolerationSeconds").and_then(Value::as_i64) {
        out.push_str(&format!(" for {seconds}s"));
    }
    out
}

/// Finds the value of an environment variable that refers to a field of its pod.
pub(super) type FieldOf<'f> = &'f dyn Fn(&str) -> String;

/// Describes containers; `statuses` and `field_of` are there for pods.
pub(super) fn containers(
    title: &str,
    containers: &[Value],
    statuses: Option<&[ContainerStatus]>,
    field_of: Option<FieldOf<'_>>,
    space: &str,
    text: &mut Text,
) {
    match containers {
        [] => text.line(0, format_args!("{space}{title}: <none>")),
        _ => text.line(0, format_args!("{space}{title}:")),
    }
    for container in containers {
        let name = text_of(container, "name");
        let status = statuses.unwrap_or_default().iter().find(|status| &*status.name == name);
        let indent = if space.is_empty() { "" } else { " " };
        text.line(1, format_args!("{indent}{name}:"));
        basics(container, status, text);
        lines(container, "command", "Command", text);
        lines(container, "args", "Args", text);
        if let Some(status) = status {
            state("State", &status.state, text);
            if status.last_state.terminated.is_some() {
                state("Last State", &status.last_state, text);
            }
            text.line(2, format_args!("Ready:\t{}", if status.ready { "True" } else { "False" }));
            text.line(2, format_args!("Restart Count:\t{}", status.restart_count));
        }
        resources(container, 2, text);
        for (field, title) in
            [("livenessProbe", "Liveness"), ("readinessProbe", "Readiness"), ("startupProbe", "Startup")]
        {
            if let Some(probe) = container.get(field) {
                text.line(2, format_args!("{title}:\t{}", describe_probe(probe)));
            }
        }
        env_from(container, text);
        environment(container, field_of, text);
        mounts(container, text);
    }
}

fn basics(container: &Value, status: Option<&ContainerStatus>, text: &mut Text) {
    if let Some(status) = status {
        text.line(2, format_args!("Container ID:\t{}", status.container_id));
    }
    text.line(2, format_args!("Image:\t{}", text_of(container, "image")));
    if let Some(status) = status {
        text.line(2, format_args!("Image ID:\t{}", status.image_id));
    }
    for (field, title) in [("containerPort", "Port"), ("hostPort", "Host Port")] {
        let ports: Vec<String> = list_of(container, "ports")
            .iter()
            .map(|port| {
                let number = port.get(field).and_then(Value::as_i64).unwrap_or(0);
                let protocol = Some(text_of(port, "protocol")).filter(|protocol| !protocol.is_empty()).unwrap_or("TCP");
                match text_of(port, "name") {
                    "" => format!("{number}/{protocol}"),
                    name => format!("{number}/{protocol} ({name})"),
                }
            })
            .collect();
        let plural = if ports.len() > 1 { "s" } else { "" };
        text.line(2, format_args!("{title}{plural}:\t{}", or_none(&ports.join(", "))));
    }
    if let Some(profile) = container.pointer("/securityContext/seccompProfile") {
        text.line(2, format_args!("SeccompProfile:\t{}", text_of(profile, "type")));
        if text_of(profile, "type") == "Localhost" {
            text.line(3, format_args!("LocalhostProfile:\t{}", text_of(profile, "localhostProfile")));
        }
    }
}

fn lines(container: &Value, field: &str, title: &str, text: &mut Text) {
    let words = list_of(container, field);
    if !words.is_empty() {
        text.line(2, format_args!("{title}:"));
    }
    for line in words.iter().filter_map(Value::as_str).flat_map(|word| word.split('\n')) {
        text.line(3, line);
    }
}

/// Models `describeResources`.
pub(super) fn resources(container: &Value, level: usize, text: &mut Text) {
    for (field, title) in [("limits", "Limits"), ("requests", "Requests")] {
        let amounts = container.pointer(&format!("/resources/{field}")).and_then(Value::as_object);
        let Some(amounts) = amounts.filter(|amounts| !amounts.is_empty()) else { continue };
        text.line(level, format_args!("{title}:"));
        for (name, amount) in amounts {
            text.line(level + 1, format_args!("{name}:\t{}", crate::kubectl::gofmt::sprint(amount)));
        }
    }
}

fn env_from(container: &Value, text: &mut Text) {
    let sources = list_of(container, "envFrom");
    if !sources.is_empty() {
        text.line(2, "Environment Variables from:");
    }
    for source in sources {
        let (kind, reference) = match (source.get("configMapRef"), source.get("secretRef")) {
            (Some(reference), _) => ("ConfigMap", reference),
            (None, Some(reference)) => ("Secret", reference),
            (None, None) => continue,
        };
        let optional = true_or_false(reference.get("optional"));
        let prefix = match text_of(source, "prefix") {
            "" => String::new(),
            prefix => format!(" with prefix '{prefix}'"),
        };
        text.line(3, format_args!("{}\t{kind}{prefix}\tOptional: {optional}", text_of(reference, "name")));
    }
}

fn environment(container: &Value, field_of: Option<FieldOf<'_>>, text: &mut Text) {
    let variables = list_of(container, "env");
    text.line(2, if variables.is_empty() { "Environment:\t<none>" } else { "Environment:" });
    for variable in variables {
        let name = text_of(variable, "name");
        let Some(from) = variable.get("valueFrom") else {
            for (i, line) in text_of(variable, "value").split('\n').enumerate() {
                let name = if i == 0 { format!("{name}:") } else { String::new() };
                text.line(3, format_args!("{name}\t{line}"));
            }
            continue;
        };
        let key_of = |reference: &Value, what: &str| {
            let optional = true_or_false(reference.get("optional"));
            let (key, object) = (text_of(reference, "key"), text_of(reference, "name"));
            format!("<set to the key '{key}' {what} '{object}'>\tOptional: {optional}")
        };
        let value = if let Some(field) = from.get("fieldRef") {
            let path = text_of(field, "fieldPath");
            let version = Some(text_of(field, "apiVersion")).filter(|version| !version.is_empty()).unwrap_or("v1");
            format!("{} ({version}:{path})", field_of.map_or(String::new(), |field_of| field_of(path)))
        } else if let Some(field) = from.get("resourceFieldRef") {
            let resource = text_of(field, "resource");
            let amount = match (amount_of(container, field).as_str(), resource) {
                ("0", "limits.cpu" | "limits.memory") => "node allocatable".to_owned(),
                (amount, _) => amount.to_owned(),
            };
            format!("{amount} ({resource})")
        } else if let Some(reference) = from.get("secretKeyRef") {
            key_of(reference, "in secret")
        } else if let Some(reference) = from.get("configMapKeyRef") {
            key_of(reference, "of config map")
        } else {
            continue;
        };
        text.line(3, format_args!("{name}:\t{value}"));
    }
}

/// How much of a resource a container has, in units of the divisor, rounded up.
///
/// Models `ExtractContainerResourceValue` in `kubectl/pkg/util/resource/resource.go`.
fn amount_of(container: &Value, field: &Value) -> String {
    let quantity = |value: Option<&Value>| value.and_then(|value| Quantity::from_value(value).ok());
    let (list, name) = text_of(field, "resource").split_once('.').unwrap_or_default();
    let amount = quantity(container.pointer(&format!("/resources/{list}")).and_then(|list| list.get(name)));
    let divisor = quantity(field.get("divisor")).map_or(0, Quantity::nanos);
    let divisor = if divisor <= 0 { NANOS } else { divisor };
    let amount = amount.map_or(0, Quantity::nanos);
    ((amount + divisor - 1) / divisor).to_string()
}

fn mounts(container: &Value, text: &mut Text) {
    let mut mounts: Vec<&Value> = list_of(container, "volumeMounts").iter().collect();
    mounts.order_by_key(|mount| text_of(mount, "mountPath"));
    text.line(2, if mounts.is_empty() { "Mounts:\t<none>" } else { "Mounts:" });
    for mount in mounts {
        let mode = if true_or_false(mount.get("readOnly")) { "ro" } else { "rw" };
        let path = match text_of(mount, "subPath") {
            "" => String::new(),
            path => format!(",path={}", go_quote(path)),
        };
        text.line(3, format_args!("{} from {} ({mode}{path})", text_of(mount, "mountPath"), text_of(mount, "name")));
    }
    let mut devices: Vec<&Value> = list_of(container, "volumeDevices").iter().collect();
    devices.order_by_key(|device| text_of(device, "devicePath"));
    if !devices.is_empty() {
        // The word is that of the mounts: upstream's own slip.
        text.line(2, if list_of(container, "volumeMounts").is_empty() { "Devices:\t<none>" } else { "Devices:" });
    }
    for device in devices {
        text.line(3, format_args!("{} from {}", text_of(device, "devicePath"), text_of(device, "name")));
    }
}

/// Models `DescribeProbe`.
fn describe_probe(probe: &Value) -> String {
    let number = |field: &str| probe.get(field).and_then(Value::as_i64).unwrap_or(0);
    let attributes = format!(
        "delay={}s timeout={}s period={}s #success={} #failure={}",
        number("initialDelaySeconds"),
        number("timeoutSeconds"),
        number("periodSeconds"),
        number("successThreshold"),
        number("failureThreshold")
    );
    let port = |action: &Value| action.get("port").map_or(String::new(), crate::kubectl::gofmt::sprint);
    if let Some(exec) = probe.get("exec") {
        let command = exec.get("command").map_or_else(|| "[]".to_owned(), crate::kubectl::gofmt::sprint);
        format!("exec {command} {attributes}")
    } else if let Some(http) = probe.get("httpGet") {
        let scheme = text_of(http, "scheme").to_lowercase();
        let scheme = if scheme.is_empty() { String::new() } else { format!("{scheme}:") };
        let path = text_of(http, "path");
        let slash = if path.is_empty() || path.starts_with('/') { "" } else { "/" };
        format!("http-get {scheme}//{}:{}{slash}{path} {attributes}", text_of(http, "host"), port(http))
    } else if let Some(tcp) = probe.get("tcpSocket") {
        format!("tcp-socket {}:{} {attributes}", text_of(tcp, "host"), port(tcp))
    } else if let Some(grpc) = probe.get("grpc") {
        format!("grpc <pod>:{} {} {attributes}", port(grpc), text_of(grpc, "service"))
    } else {
        format!("unknown {attributes}")
    }
}

fn state(title: &str, state: &ContainerState, text: &mut Text) {
    let time = |moment: Option<Timestamp>| {
        moment.map_or_else(|| "Mon, 01 Jan 0001 00:00:00 +0000".to_owned(), Timestamp::rfc1123z)
    };
    if let Some(running) = &state.running {
        text.line(2, format_args!("{title}:\tRunning"));
        text.line(3, format_args!("Started:\t{}", time(running.started_at)));
    } else if let Some(terminated) = &state.terminated {
        text.line(2, format_args!("{title}:\tTerminated"));
        for (title, value) in [("Reason", &terminated.reason), ("Message", &terminated.message)] {
            if !value.is_empty() {
                text.line(3, format_args!("{title}:\t{value}"));
            }
        }
        text.line(3, format_args!("Exit Code:\t{}", terminated.exit_code));
        if terminated.signal > 0 {
            text.line(3, format_args!("Signal:\t{}", terminated.signal));
        }
        text.line(3, format_args!("Started:\t{}", time(terminated.started_at)));
        text.line(3, format_args!("Finished:\t{}", time(terminated.finished_at)));
    } else {
        text.line(2, format_args!("{title}:\tWaiting"));
        if let Some(reason) = state.waiting.as_ref().map(|waiting| &waiting.reason).filter(|reason| !reason.is_empty())
        {
            text.line(3, format_args!("Reason:\t{reason}"));
        }
    }
}
