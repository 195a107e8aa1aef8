//! What an autoscaler points at.

use crate::api::kinds::{Key, Kind};
use crate::api::objects::Object;
use crate::api::selector::LabelSelector;
use crate::apiserver::Store;
use crate::base::text::go_quote;
use crate::base::{Str, Value};

/// What is scaled.
pub(super) struct Scaled {
    /// The workload.
    pub(super) key: Key,
    /// How many pods it is to have.
    pub(super) replicas: i32,
    /// Its pods.
    pub(super) selector: LabelSelector,
}

/// What an autoscaler points at. The error is in the API server's words.
pub(super) fn target_of(spec: &Value, namespace: &Str, store: &Store) -> std::result::Result<Scaled, String> {
    let field =
        |name: &str| spec.pointer(&format!("/scaleTargetRef/{name}")).and_then(Value::as_str).unwrap_or_default();
    let (version, kind, name) = (field("apiVersion"), field("kind"), field("name"));
    let group = version.rsplit_once('/').map_or("", |(group, _)| group);
    let known = Kind::all().find(|one| one.info().kind == kind && one.info().group == group);
    let kind = known.ok_or_else(|| format!("no matches for kind {} in group {}", go_quote(kind), go_quote(group)))?;
    let scales = [Kind::DEPLOYMENT, Kind::REPLICA_SET, Kind::STATEFUL_SET, Kind::REPLICATION_CONTROLLER];
    if !scales.contains(&kind) {
        return Err("the server could not find the requested resource".to_owned());
    }
    let key = Key::new(kind, namespace.clone(), name);
    let info = kind.info();
    let group = if info.group.is_empty() { String::new() } else { format!(".{}", info.group) };
    let object = store.get(&key).ok_or_else(|| format!("{}/scale{group} {} not found", info.plural, go_quote(name)))?;
    let replicas = match &**object {
        Object::Deployment(deployment) => deployment.spec.replicas,
        Object::ReplicaSet(rs) => rs.spec.replicas,
        Object::StatefulSet(set) => set.spec.replicas,
        Object::ReplicationController(rc) => rc.spec.replicas,
        _ => 0,
    };
    Ok(Scaled { key, replicas, selector: object.pod_selector().unwrap_or_default() })
}
