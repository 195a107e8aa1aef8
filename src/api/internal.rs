//! Objects as the API server keeps them for itself, which some of its messages show: Go's names, and every field whether it
//! is set or not.
//!
//! Models `k8s.io/kubernetes/pkg/apis/core/types.go` and Go's `encoding/json`.

use super::podhash::{GoField, GoType, TABLE};
use super::quantity;
use crate::base::Value;
use crate::base::text::{go_json, go_quote};

/// The fields of a pod's `spec` in the order of the internal type, where the networks and processes of the host are part of
/// the security context.
const POD_SPEC: &str = "Volumes InitContainers Containers EphemeralContainers RestartPolicy TerminationGracePeriodSeconds \
    ActiveDeadlineSeconds DNSPolicy NodeSelector ServiceAccountName AutomountServiceAccountToken NodeName SecurityContext \
    ImagePullSecrets Hostname Subdomain SetHostnameAsFQDN Affinity SchedulerName Tolerations HostAliases PriorityClassName \
    Priority PreemptionPolicy DNSConfig ReadinessGates RuntimeClassName Overhead EnableServiceLinks \
    TopologySpreadConstraints OS SchedulingGates ResourceClaims Resources HostnameOverride SchedulingGroup";

/// What of a pod's `spec` stands in the internal security context.
const OF_THE_HOST: [&str; 5] = ["HostNetwork", "HostPID", "HostIPC", "ShareProcessNamespace", "HostUsers"];

/// Types that are not internal: they have JSON names, and leave out what is not set.
const OUTER: [&str; 4] = ["ObjectMeta", "OwnerReference", "LabelSelector", "LabelSelectorRequirement"];

/// A pod's `spec` over many lines, each level indented by a space.
pub fn pod_spec(spec: &Value) -> String {
    let mut out = Out { text: String::new(), depth: Some(0) };
    out.structure("PodSpec", spec);
    out.text
}

/// The `spec` of a claim, over many lines too.
pub fn claim_spec(spec: &Value) -> String {
    let mut out = Out { text: String::new(), depth: Some(0) };
    out.structure("PersistentVolumeClaimSpec", spec);
    out.text
}

/// A pod template on one line.
pub fn pod_template(template: &Value) -> String {
    let mut out = Out { text: String::new(), depth: None };
    out.structure("PodTemplateSpec", template);
    out.text
}

struct Out {
    text: String,
    /// How deep, if every field has a line.
    depth: Option<usize>,
}

fn fields_of(name: &str) -> &'static [GoField] {
    TABLE.get(name).map_or(&[], Vec::as_slice)
}

impl Out {
    fn line(&mut self) {
        if let Some(depth) = self.depth {
            self.text.push('\n');
            self.text.push_str(&" ".repeat(depth));
        }
    }

    /// Something in brackets: `each` writes it and says how many parts there were.
    fn within(&mut self, brackets: [char; 2], each: impl FnOnce(&mut Out) -> usize) {
        self.text.push(brackets[0]);
        self.depth = self.depth.map(|depth| depth + 1);
        let count = each(self);
        self.depth = self.depth.map(|depth| depth.saturating_sub(1));
        if count > 0 {
            self.line();
        }
        self.text.push(brackets[1]);
    }

    fn key(&mut self, count: &mut usize, name: &str) {
        self.text.push_str(if *count == 0 { "" } else { "," });
        *count += 1;
        self.line();
        self.text.push_str(&go_quote(name));
        self.text.push_str(if self.depth.is_some() { ": " } else { ":" });
    }

    fn structure(&mut self, name: &str, value: &Value) {
        self.within(['{', '}'], |out| {
            let mut count = 0;
            out.fields(name, value, &mut count);
            count
        });
    }

    fn fields(&mut self, name: &str, value: &Value, count: &mut usize) {
        let fields = fields_of(name);
        let in_order: Vec<&GoField> = match name {
            "PodSpec" => {
                POD_SPEC.split_whitespace().filter_map(|name| fields.iter().find(|f| f.name == name)).collect()
            }
            _ => fields.iter().collect(),
        };
        for field in in_order {
            let inner = field.json.as_ref().map_or(value, |json| value.get(json).unwrap_or(&Value::Null));
            match (&field.json, &field.ty) {
                (None, GoType::Struct(embedded)) => self.fields(embedded, inner, count),
                // The metadata of a template is embedded too.
                (Some(_), GoType::Struct(embedded)) if embedded == "ObjectMeta" => self.fields(embedded, inner, count),
                (Some(json), _) if OUTER.contains(&name) => {
                    let empty = inner.as_array().is_some_and(Vec::is_empty) || inner.as_str() == Some("");
                    if !inner.is_null() && !empty {
                        self.key(count, json);
                        self.value(&field.ty, inner);
                    }
                }
                _ if name == "PodSpec" && field.name == "SecurityContext" => {
                    self.key(count, &field.name);
                    self.security(value);
                }
                _ => {
                    self.key(count, &field.name);
                    self.value(&field.ty, inner);
                }
            }
        }
    }

    /// The internal security context of a pod.
    fn security(&mut self, spec: &Value) {
        let context = spec.get("securityContext").unwrap_or(&Value::Null);
        let host: Vec<&GoField> =
            OF_THE_HOST.iter().filter_map(|name| fields_of("PodSpec").iter().find(|f| f.name == *name)).collect();
        let of = |field: &GoField| field.json.as_ref().and_then(|json| spec.get(json)).unwrap_or(&Value::Null);
        if context.is_null() && host.iter().all(|field| of(field).is_null()) {
            return self.text.push_str("null");
        }
        self.within(['{', '}'], |out| {
            let mut count = 0;
            for field in host {
                out.key(&mut count, &field.name);
                out.value(&field.ty, of(field));
            }
            out.fields("PodSecurityContext", context, &mut count);
            count
        });
    }

    fn value(&mut self, ty: &GoType, value: &Value) {
        match (ty, value) {
            (GoType::Pointer(_) | GoType::Slice(_) | GoType::Map(_) | GoType::Time, Value::Null) => {
                self.text.push_str("null");
            }
            (GoType::Pointer(inner), value) => self.value(inner, value),
            (GoType::Text, value) => self.text.push_str(&go_json(&Value::from(value.as_str().unwrap_or_default()))),
            (GoType::Int, value) => self.text.push_str(&value.as_i64().unwrap_or_default().to_string()),
            (GoType::Bool, value) => self.text.push_str(if value == &Value::Bool(true) { "true" } else { "false" }),
            (GoType::Struct(name), value) => self.structure(name, value),
            (GoType::Slice(inner), value) => self.within(['[', ']'], |out| {
                let items = value.as_array().map_or(&[][..], Vec::as_slice);
                for (i, item) in items.iter().enumerate() {
                    out.text.push_str(if i == 0 { "" } else { "," });
                    out.line();
                    out.value(inner, item);
                }
                items.len()
            }),
            (GoType::Map(inner), value) => self.within(['{', '}'], |out| {
                let mut count = 0;
                for (key, value) in value.as_object().into_iter().flatten() {
                    out.key(&mut count, key);
                    out.value(inner, value);
                }
                count
            }),
            (GoType::Quantity, value) => {
                let text = quantity::text_of(value);
                let text = quantity::canonical(&text).unwrap_or(text);
                self.text.push_str(&go_quote(if text.is_empty() { "0" } else { &text }));
            }
            (GoType::IntOrString, Value::Null) => self.text.push('0'),
            (GoType::IntOrString | GoType::Time, value) => self.text.push_str(&go_json(value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_field_of_a_spec_is_shown() {
        let shown = pod_spec(&json!({"containers": [{"name": "a", "image": "b"}], "hostNetwork": true}));
        assert!(shown.starts_with(
            "{\n \"Volumes\": null,\n \"InitContainers\": null,\n \"Containers\": [\n  {\n   \"Name\": \"a\",\n"
        ));
        assert!(shown.contains(" \"SecurityContext\": {\n  \"HostNetwork\": true,\n  \"HostPID\": false,\n"));
        assert!(shown.ends_with(" \"SchedulingGroup\": null\n}"), "{shown}");
        for name in POD_SPEC.split_whitespace().chain(OF_THE_HOST) {
            assert!(fields_of("PodSpec").iter().any(|field| field.name == name), "{name}");
        }
    }

    #[test]
    fn the_metadata_of_a_template_are_among_its_fields() {
        let shown = pod_template(&json!({"metadata": {"labels": {"a": "b"}}, "spec": {"nodeName": "<x>"}}));
        assert!(shown.starts_with(r#"{"labels":{"a":"b"},"Spec":{"Volumes":null,"#), "{shown}");
        assert!(shown.contains(r#""NodeName":"\u003cx\u003e","#), "{shown}");
    }
}
