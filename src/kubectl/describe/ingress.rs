//! Ingresses.

use super::service::{endpoints_of, slices_of};
use super::{Text, list_of, or_none, text_of};
use crate::api::kinds::{Key, Kind};
use crate::api::objects::{Object, Service};
use crate::base::Value;
use crate::kubectl::client::Client;
use crate::kubectl::failure::Failure;

/// Models `describeIngressV1`.
pub(super) fn ingress(ingress: &Object, client: &mut Client<'_>, text: &mut Text) {
    let value = ingress.to_value();
    let nothing = Value::Null;
    let spec = value.get("spec").unwrap_or(&nothing);
    let meta = ingress.meta();
    text.field("Name", &meta.name);
    text.labels("Labels", &meta.labels);
    text.field("Namespace", &meta.namespace);
    let addresses =
        value.pointer("/status/loadBalancer/ingress").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let addresses: Vec<&str> = addresses
        .iter()
        .map(|address| Some(text_of(address, "ip")).filter(|ip| !ip.is_empty()).unwrap_or(text_of(address, "hostname")))
        .collect();
    text.field("Address", addresses.join(","));
    text.field("Ingress Class", or_none(text_of(spec, "ingressClassName")));
    let default = match spec.get("defaultBackend") {
        Some(backend_value) => backend(&meta.namespace, backend_value, client),
        None => "<default>".to_owned(),
    };
    text.field("Default backend", &default);
    let tls = list_of(spec, "tls");
    if !tls.is_empty() {
        text.line(0, "TLS:");
    }
    for entry in tls {
        let hosts = list_of(entry, "hosts").iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",");
        match text_of(entry, "secretName") {
            "" => text.line(1, format_args!("SNI routes {hosts}")),
            secret => text.line(1, format_args!("{secret} terminates {hosts}")),
        }
    }
    text.line(0, "Rules:\n  Host\tPath\tBackends");
    text.line(1, "----\t----\t--------");
    let mut any = false;
    for rule in list_of(spec, "rules") {
        let Some(http) = rule.get("http") else { continue };
        any = true;
        let host = Some(text_of(rule, "host")).filter(|host| !host.is_empty()).unwrap_or("*");
        text.line(1, format_args!("{host}\t"));
        for path in list_of(http, "paths") {
            let target = path.get("backend").map_or(String::new(), |value| backend(&meta.namespace, value, client));
            text.line(2, format_args!("\t{} \t{target}", text_of(path, "path")));
        }
    }
    if !any {
        text.line(1, format_args!("*\t*\t{default}"));
    }
    text.annotations("Annotations", &meta.annotations);
}

/// Models `describeBackendV1`.
fn backend(namespace: &str, backend: &Value, client: &mut Client<'_>) -> String {
    if let Some(resource) = backend.get("resource") {
        let group = or_none(text_of(resource, "apiGroup"));
        return format!("APIGroup: {group}, Kind: {}, Name: {}", text_of(resource, "kind"), text_of(resource, "name"));
    }
    let Some(service) = backend.get("service") else { return String::new() };
    let (name, port) = (text_of(service, "name"), service.get("port"));
    let number = port.and_then(|port| port.get("number")).and_then(Value::as_i64).unwrap_or(0);
    let port_name = port.map_or("", |port| text_of(port, "name"));
    let shown = if number == 0 { format!("{name}:{port_name}") } else { format!("{name}:{number}") };
    let found = match client.get(&Key::new(Kind::SERVICE, namespace, name)) {
        Ok(found) => found,
        Err(failure) => {
            let error = match failure {
                Failure::Status(status) => status.message,
                other => other.message(),
            };
            return format!("{shown} (<error: {error}>)");
        }
    };
    let ports = Service::of(&found).map_or(&[][..], |service| service.spec.ports.as_slice());
    let wanted = ports.iter().rev().find(|port| {
        (number != 0 && i64::from(port.port) == number) || (!port_name.is_empty() && *port.name == *port_name)
    });
    let slices = slices_of(namespace, name, client);
    format!("{shown} ({})", endpoints_of(&slices, wanted.map_or("", |port| &port.name)))
}
