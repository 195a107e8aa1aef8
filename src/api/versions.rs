//! Kinds that are served in more than one version: objects are kept in the version of their [`Kind`] and converted at the
//! door, in both directions.
//!
//! Models `pkg/apis/autoscaling/v1/conversion.go` and `pkg/apis/events/v1/conversion.go`.

use super::kinds::Kind;
use super::schema::{self, TypeId};
use crate::base::{Fields, Value};
use serde_json::json;

/// The versions beside the one in which a kind is kept.
const OTHERS: [(&str, Kind); 2] =
    [("autoscaling/v1", Kind::HORIZONTAL_POD_AUTOSCALER), ("events.k8s.io/v1", Kind::EVENT)];

/// Fields of an Event in `events.k8s.io/v1` and in `v1`.
const EVENT_FIELDS: [(&str, &str); 7] = [
    ("note", "message"),
    ("regarding", "involvedObject"),
    ("reportingController", "reportingComponent"),
    ("deprecatedSource", "source"),
    ("deprecatedFirstTimestamp", "firstTimestamp"),
    ("deprecatedLastTimestamp", "lastTimestamp"),
    ("deprecatedCount", "count"),
];

/// The kind that is served as `kind` in this version beside its own.
pub fn served(api_version: &str, kind: &str) -> Option<Kind> {
    OTHERS.iter().find(|(version, of)| *version == api_version && of.info().kind == kind).map(|(_, of)| *of)
}

/// The versions of `kind` beside its own.
pub fn others(kind: Kind) -> impl Iterator<Item = &'static str> {
    let known = OTHERS.iter().filter(move |(_, of)| *of == kind).map(|(version, _)| *version);
    known.chain(kind.info().other_versions.iter().copied())
}

/// The version in which an object is written: its own when it names none that is served.
pub fn of(kind: Kind, object: &Value) -> String {
    let said = object.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
    others(kind).find(|version| *version == said).map_or_else(|| kind.api_version(), str::to_owned)
}

/// The type of an object in the version in which it is written; kinds that users defined have none.
pub fn schema_of(kind: Kind, object: &Value) -> Option<TypeId> {
    if kind.is_custom() {
        return None;
    }
    let api_version = of(kind, object);
    let (group, version) = api_version.split_once('/').unwrap_or(("", &api_version));
    schema::of_kind(group, version, kind.info().kind)
}

/// Brings an object of any served version into the one in which it is kept.
pub fn to_kept(kind: Kind, object: &mut Value) {
    let version = of(kind, object);
    let Some(fields) = object.as_object_mut() else { return };
    match version.as_str() {
        "autoscaling/v1" => autoscaler_to_v2(fields),
        "events.k8s.io/v1" => rename(fields, |(new, old)| (new, old)),
        _ if kind.is_custom() => {}
        _ => return,
    }
    fields.insert("apiVersion".to_owned(), kind.api_version().into());
}

/// An object as it is kept, in another served version.
pub fn from_kept(version: &str, mut object: Value) -> Value {
    let Some(fields) = object.as_object_mut() else { return object };
    match version {
        "autoscaling/v1" => autoscaler_to_v1(fields),
        "events.k8s.io/v1" => rename(fields, |(new, old)| (old, new)),
        // Versions that users define differ in nothing but their name.
        _ if version.contains('.') => {}
        _ => return object,
    }
    fields.insert("apiVersion".to_owned(), version.into());
    object
}

fn rename(fields: &mut Fields, way: fn((&'static str, &'static str)) -> (&'static str, &'static str)) {
    for (from, to) in EVENT_FIELDS.map(way) {
        if let Some(value) = fields.remove(from) {
            fields.insert(to.to_owned(), value);
        }
    }
}

fn autoscaler_to_v2(fields: &mut Fields) {
    let Some(spec) = fields.get_mut("spec").and_then(Value::as_object_mut) else { return };
    if let Some(percent) = spec.remove("targetCPUUtilizationPercentage").filter(|percent| !percent.is_null()) {
        spec.insert("metrics".to_owned(), json!([cpu(percent)]));
    }
    let Some(status) = fields.get_mut("status").and_then(Value::as_object_mut) else { return };
    if let Some(percent) = status.remove("currentCPUUtilizationPercentage").filter(|percent| !percent.is_null()) {
        let resource = json!({"name": "cpu", "current": {"averageUtilization": percent}});
        status.insert("currentMetrics".to_owned(), json!([{"type": "Resource", "resource": resource}]));
    }
}

fn cpu(percent: Value) -> Value {
    json!({"type": "Resource", "resource": {
        "name": "cpu", "target": {"type": "Utilization", "averageUtilization": percent},
    }})
}

/// The older version knows one metric, the use of CPU. Real Kubernetes carries the others in an annotation; here they are
/// left out, and an update in the older version keeps none.
fn autoscaler_to_v1(fields: &mut Fields) {
    if let Some(spec) = fields.get_mut("spec").and_then(Value::as_object_mut) {
        spec.remove("behavior");
        if let Some(percent) = cpu_percent(spec.remove("metrics"), "target") {
            spec.insert("targetCPUUtilizationPercentage".to_owned(), percent);
        }
    }
    if let Some(status) = fields.get_mut("status").and_then(Value::as_object_mut) {
        status.remove("conditions");
        if let Some(percent) = cpu_percent(status.remove("currentMetrics"), "current") {
            status.insert("currentCPUUtilizationPercentage".to_owned(), percent);
        }
        status.entry("currentReplicas").or_insert_with(|| 0.into());
        status.entry("desiredReplicas").or_insert_with(|| 0.into());
    }
}

fn cpu_percent(metrics: Option<Value>, part: &str) -> Option<Value> {
    let metrics = metrics?;
    metrics.as_array()?.iter().find_map(|metric| {
        let resource =
            metric.get("resource").filter(|resource| resource.get("name").is_some_and(|name| name == "cpu"))?;
        resource.get(part)?.get("averageUtilization").cloned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_one_kind_go_there_and_back() {
        let table = [
            json!({"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler",
                "spec": {"maxReplicas": 3, "targetCPUUtilizationPercentage": 70}}),
            json!({"apiVersion": "events.k8s.io/v1", "kind": "Event", "note": "n", "regarding": {"kind": "Pod"},
                "reportingController": "c", "deprecatedCount": 2}),
        ];
        for object in table {
            let version = object["apiVersion"].as_str().unwrap().to_owned();
            let kind = Kind::of(&version, object["kind"].as_str().unwrap()).unwrap();
            let mut kept = object.clone();
            to_kept(kind, &mut kept);
            assert_eq!(kept["apiVersion"], kind.api_version());
            assert_eq!(from_kept(&version, kept), object);
        }
    }
}
