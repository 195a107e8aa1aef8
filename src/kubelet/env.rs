//! The environment of a container: what its spec says, and the Services that were there before it.
//!
//! Models `makeEnvironmentVariables` of `pkg/kubelet/kubelet_pods.go` and `pkg/kubelet/envvars`.

use crate::api::kinds::{Key, Kind};
use crate::api::objects::pod::Container;
use crate::api::objects::{Object, Pod};
use crate::api::quantity::{Format, Quantity};
use crate::apiserver::Store;
use crate::base::time::Timestamp;
use crate::base::{Value, base64};

/// The variables of a container, in the order in which the kubelet hands them over.
pub fn environment(pod: &Pod, container: &Container, store: &Store, started: Timestamp) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let services = services(pod, store, started);
    let text = |value: &Value, field: &str| value.get(field).and_then(Value::as_str).map(str::to_owned);
    for from in container.rest.get("envFrom").and_then(Value::as_array).into_iter().flatten() {
        let prefix = text(from, "prefix").unwrap_or_default();
        for (field, kind) in [("configMapRef", Kind::CONFIG_MAP), ("secretRef", Kind::SECRET)] {
            let Some(name) = from.get(field).and_then(|reference| text(reference, "name")) else { continue };
            for (key, value) in data(kind, &pod.meta.namespace, &name, store) {
                set(&mut found, format!("{prefix}{key}"), value);
            }
        }
    }
    for entry in &container.env {
        let Some(name) = text(entry, "name") else { continue };
        let value = match entry.get("valueFrom") {
            None => {
                let text = text(entry, "value").unwrap_or_default();
                references(&text, |name| {
                    let own = found.iter().rev().find(|(known, _)| known == name);
                    own.or_else(|| services.iter().find(|(known, _)| known == name)).map(|(_, value)| value.clone())
                })
            }
            Some(from) => match value_from(pod, container, from, store) {
                Some(value) => value,
                None => continue,
            },
        };
        set(&mut found, name, value);
    }
    for (name, value) in services {
        if !found.iter().any(|(known, _)| *known == name) {
            found.push((name, value));
        }
    }
    found
}

fn set(found: &mut Vec<(String, String)>, name: String, value: String) {
    match found.iter_mut().find(|(known, _)| *known == name) {
        Some((_, old)) => *old = value,
        None => found.push((name, value)),
    }
}

/// `$(NAME)` in a text; `$$` is a dollar. What is not known stays.
///
/// Models `third_party/forked/golang/expansion`.
pub fn references(text: &str, value_of: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some((name, after)) = rest.strip_prefix('(').and_then(|inside| inside.split_once(')')) {
            match value_of(name) {
                Some(value) => out.push_str(&value),
                None => out.push_str(&format!("$({name})")),
            }
            rest = after;
        } else {
            out.push('$');
        }
    }
    out + rest
}

/// The entries of a ConfigMap or a Secret.
pub fn data(kind: Kind, namespace: &str, name: &str, store: &Store) -> Vec<(String, String)> {
    let Some(object) = store.get(&Key::new(kind, namespace, name)) else { return Vec::new() };
    let value = object.to_value();
    let entries = value.get("data").and_then(Value::as_object).into_iter().flatten();
    let plain = |text: &str| match kind {
        Kind::SECRET => String::from_utf8_lossy(&base64::decode(text)).into_owned(),
        _ => text.to_owned(),
    };
    entries.map(|(key, value)| (key.clone(), plain(value.as_str().unwrap_or_default()))).collect()
}

/// The value of a `valueFrom`, or of an item of a downward volume.
pub fn value_from(pod: &Pod, container: &Container, from: &Value, store: &Store) -> Option<String> {
    let text = |value: &Value, field: &str| value.get(field).and_then(Value::as_str).map(str::to_owned);
    for (field, kind) in [("configMapKeyRef", Kind::CONFIG_MAP), ("secretKeyRef", Kind::SECRET)] {
        if let Some(reference) = from.get(field) {
            let (name, key) = (text(reference, "name")?, text(reference, "key")?);
            let found = data(kind, &pod.meta.namespace, &name, store).into_iter().find(|(known, _)| *known == key);
            return found.map(|(_, value)| value);
        }
    }
    if let Some(path) = from.get("fieldRef").and_then(|reference| text(reference, "fieldPath")) {
        return Some(field(pod, &path));
    }
    let resource = from.get("resourceFieldRef")?;
    let wanted = text(resource, "resource")?;
    let (which, name) = wanted.split_once('.')?;
    let amounts = if which == "limits" { &container.resources.limits } else { &container.resources.requests };
    let amount = amounts.get(name).and_then(|amount| Quantity::parse(amount).ok());
    let divisor = resource.get("divisor").and_then(|value| Quantity::from_value(value).ok());
    let divisor = divisor.filter(|divisor| !divisor.is_zero()).unwrap_or(Quantity::of(1, Format::DecimalSI));
    let amount = match amount {
        Some(amount) => amount,
        None if which == "limits" => return Some(node_limit(pod, name, divisor, store)),
        None => Quantity::of(0, Format::DecimalSI),
    };
    Some(ceiling(amount.nanos(), divisor.nanos()))
}

/// Without a limit the node's own amount counts.
fn node_limit(pod: &Pod, name: &str, divisor: Quantity, store: &Store) -> String {
    let node = store.get(&Key::new(Kind::NODE, "", pod.node_name.clone())).map(|node| node.to_value());
    let amount = node.as_ref().and_then(|node| node.pointer("/status/allocatable")?.get(name));
    let amount = amount.and_then(|amount| Quantity::from_value(amount).ok());
    amount.map_or_else(|| "0".to_owned(), |amount| ceiling(amount.nanos(), divisor.nanos()))
}

fn ceiling(amount: i128, divisor: i128) -> String {
    let divisor = divisor.max(1);
    ((amount + divisor - 1) / divisor).to_string()
}

/// A field of a pod, as `fieldRef` names it.
///
/// Models `pkg/fieldpath/fieldpath.go` and `podFieldSelectorRuntimeValue`.
pub fn field(pod: &Pod, path: &str) -> String {
    let keyed = path.strip_suffix("']").and_then(|path| path.split_once("['"));
    if let Some((map, key)) = keyed {
        let map = if map == "metadata.labels" { &pod.meta.labels } else { &pod.meta.annotations };
        return map.get(key).map(|value| value.to_string()).unwrap_or_default();
    }
    let lines = |map: &crate::api::meta::Labels| {
        let lines = map.iter().map(|(key, value)| format!("{key}={}", crate::base::text::go_quote(value)));
        lines.collect::<Vec<_>>().join("\n")
    };
    match path {
        "metadata.name" => pod.meta.name.to_string(),
        "metadata.namespace" => pod.meta.namespace.to_string(),
        "metadata.uid" => pod.meta.uid.to_string(),
        "metadata.labels" => lines(&pod.meta.labels),
        "metadata.annotations" => lines(&pod.meta.annotations),
        "spec.nodeName" => pod.node_name.to_string(),
        "spec.serviceAccountName" => match &*pod.spec.service_account_name {
            "" => "default".to_owned(),
            name => name.to_owned(),
        },
        "status.podIP" | "status.podIPs" => pod.status.pod_ip.to_string(),
        "status.hostIP" | "status.hostIPs" => pod.status.host_ip.to_string(),
        _ => String::new(),
    }
}

/// `WEB_SERVICE_HOST` and its relatives of the Services of the namespace, and of `kubernetes`.
fn services(pod: &Pod, store: &Store, started: Timestamp) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let links = pod.spec.enable_service_links.unwrap_or(true);
    let own = store.list(Kind::SERVICE, &pod.meta.namespace).filter(|_| links);
    let master = store.get(&Key::new(Kind::SERVICE, "default", "kubernetes"));
    let master = master.filter(|_| &*pod.meta.namespace != "default" || !links);
    for object in own.chain(master) {
        let Object::Service(service) = &**object else { continue };
        let created = service.meta.creation_timestamp.unwrap_or_default();
        let value = object.to_value();
        let ip = value.pointer("/spec/clusterIP").and_then(Value::as_str).unwrap_or_default();
        let ports = value.pointer("/spec/ports").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let Some(first) = ports.first().filter(|_| !matches!(ip, "" | "None") && created <= started) else { continue };
        let name = service.meta.name.to_uppercase().replace('-', "_");
        let number = |port: &Value| port.get("port").map(Value::to_string).unwrap_or_default();
        let text = |port: &Value, field: &str| port.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        let url = |port: &Value| format!("{}://{ip}:{}", text(port, "protocol").to_lowercase(), number(port));
        found.push((format!("{name}_SERVICE_HOST"), ip.to_owned()));
        found.push((format!("{name}_SERVICE_PORT"), number(first)));
        for port in ports.iter().filter(|port| !text(port, "name").is_empty()) {
            let port_name = text(port, "name").to_uppercase().replace('-', "_");
            found.push((format!("{name}_SERVICE_PORT_{port_name}"), number(port)));
        }
        found.push((format!("{name}_PORT"), url(first)));
        for port in ports {
            let protocol = text(port, "protocol");
            let prefix = format!("{name}_PORT_{}_{protocol}", number(port));
            found.push((prefix.clone(), url(port)));
            found.push((format!("{prefix}_PROTO"), protocol.to_lowercase()));
            found.push((format!("{prefix}_PORT"), number(port)));
            found.push((format!("{prefix}_ADDR"), ip.to_owned()));
        }
    }
    found
}
