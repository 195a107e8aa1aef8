//! What stands in volumes: the files of configuration, and the places of what is written.
//!
//! Models `pkg/volume/{configmap,secret,downwardapi,projected,emptydir}`.

use super::env::{data, value_from};
use crate::api::kinds::Kind;
use crate::api::objects::Pod;
use crate::api::objects::pod::Container;
use crate::apiserver::Store;
use crate::base::{Str, Value};

/// The files that a volume of configuration holds; `None` for volumes that are only a place.
pub fn sources(volume: &Value, pod: &Pod, container: &Container, store: &Store) -> Option<Vec<(String, String)>> {
    if let Some(sources) = volume.pointer("/projected/sources").and_then(Value::as_array) {
        return Some(
            sources.iter().filter_map(|source| self::sources(source, pod, container, store)).flatten().collect(),
        );
    }
    for (field, name, kind) in [
        ("configMap", "name", Kind::CONFIG_MAP),
        ("secret", "secretName", Kind::SECRET),
        ("secret", "name", Kind::SECRET),
    ] {
        let Some(source) = volume.get(field) else { continue };
        let Some(name) = source.get(name).and_then(Value::as_str) else { continue };
        let found = data(kind, &pod.meta.namespace, name, store);
        let Some(items) = source.get("items").and_then(Value::as_array) else { return Some(found) };
        let item = |item: &Value| {
            let key = item.get("key")?.as_str()?;
            let (_, text) = found.iter().find(|(known, _)| known == key)?;
            Some((item.get("path")?.as_str()?.to_owned(), text.clone()))
        };
        return Some(items.iter().filter_map(item).collect());
    }
    let downward = volume.get("downwardAPI")?;
    let items = downward.get("items").and_then(Value::as_array).into_iter().flatten();
    let item = |item: &Value| {
        let path = item.get("path")?.as_str()?.to_owned();
        Some((path, value_from(pod, container, item, store)?))
    };
    Some(items.filter_map(item).collect())
}

/// Where what is written to a volume is kept.
pub fn place_of(volume: &Value, pod: &Pod) -> Option<Str> {
    let name = volume.get("name")?.as_str()?;
    if let Some(claim) = volume.pointer("/persistentVolumeClaim/claimName").and_then(Value::as_str) {
        return Some(format!("claim/{}/{claim}", pod.meta.namespace).into());
    }
    if let Some(path) = volume.pointer("/hostPath/path").and_then(Value::as_str) {
        return Some(format!("node/{}{path}", pod.node_name).into());
    }
    volume.get("emptyDir").or_else(|| volume.get("ephemeral"))?;
    Some(format!("pod/{}/{name}", pod.meta.uid).into())
}
