//! Reading an Ingress as the API server stores it.

use super::{Backend, HostRule, IngressNet, PathRule, Tls};
use crate::base::{Str, Value};
use crate::network::view::Key;

fn items<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    value.get(field).and_then(Value::as_array).into_iter().flatten()
}

fn text(value: &Value, pointer: &str) -> Option<Str> {
    value.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty()).map(Str::from)
}

fn backend(value: Option<&Value>) -> Option<Backend> {
    let service = value?.get("service")?;
    let number = service.pointer("/port/number").and_then(Value::as_u64).filter(|number| *number > 0);
    let port = number.map(|number| Str::from(number.to_string())).or_else(|| text(service, "/port/name"));
    Some(Backend { service: text(service, "/name")?, port: port.unwrap_or_default() })
}

impl IngressNet {
    /// Reads an Ingress.
    pub fn from_object(object: &Value) -> Option<IngressNet> {
        let spec = object.get("spec")?;
        let annotations = object.pointer("/metadata/annotations").and_then(Value::as_object);
        let path = |path: &Value| PathRule {
            path: text(path, "/path").unwrap_or_else(|| "/".into()),
            exact: text(path, "/pathType").as_deref() == Some("Exact"),
            backend: backend(path.get("backend")),
        };
        Some(IngressNet {
            key: Key {
                namespace: text(object, "/metadata/namespace").unwrap_or_else(|| "default".into()),
                name: text(object, "/metadata/name")?,
            },
            created: text(object, "/metadata/creationTimestamp").unwrap_or_default(),
            class: text(spec, "/ingressClassName"),
            annotations: annotations
                .into_iter()
                .flatten()
                .filter_map(|(key, value)| Some((key.as_str().into(), value.as_str()?.into())))
                .collect(),
            default: backend(spec.get("defaultBackend")),
            rules: items(spec, "rules")
                .map(|rule| HostRule {
                    host: text(rule, "/host").unwrap_or_default(),
                    paths: rule.get("http").into_iter().flat_map(|http| items(http, "paths")).map(path).collect(),
                })
                .collect(),
            tls: items(spec, "tls")
                .map(|entry| Tls {
                    hosts: items(entry, "hosts").filter_map(Value::as_str).map(Str::from).collect(),
                    secret: text(entry, "/secretName").unwrap_or_default(),
                })
                .collect(),
        })
    }
}
