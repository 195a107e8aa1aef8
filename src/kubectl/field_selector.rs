//! Field selectors: `status.phase=Running,spec.nodeName!=node-1`. Each kind supports a few fields.

use crate::api::custom::Kinds;
use crate::api::kinds::Kind;
use crate::api::objects::Object;
use crate::base::{Value, text::go_quote};

/// A parsed field selector; an empty one matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSelector(Vec<(String, bool, String)>);

impl FieldSelector {
    /// Reads a selector. The error is Kubernetes' text.
    ///
    /// Models `apimachinery/pkg/fields/selector.go` parseSelector.
    pub fn parse(text: &str) -> Result<FieldSelector, String> {
        let mut terms = Vec::new();
        for term in text.split(',').filter(|term| !term.is_empty()) {
            let parts = ["!=", "==", "="].iter().find_map(|sign| Some((term.split_once(sign)?, *sign != "!=")));
            let Some(((field, value), equal)) = parts else {
                return Err(format!("invalid selector: '{text}'; can't understand '{term}'"));
            };
            terms.push((field.to_owned(), equal, value.to_owned()));
        }
        Ok(FieldSelector(terms))
    }

    /// Whether the kind supports all fields. The error is the API server's text.
    pub fn check(&self, kind: Kind, kinds: &Kinds) -> Result<(), String> {
        let known = ["metadata.name", "metadata.namespace"].iter().chain(supported(kind));
        let mut known: Vec<&str> = known.copied().collect();
        if let Some(custom) = kinds.custom(kind) {
            known.extend(custom.selectable_fields());
            let unknown = self.0.iter().find(|(field, ..)| !known.contains(&field.as_str()));
            return unknown.map_or(Ok(()), |(field, ..)| Err(format!("field label not supported: {field}")));
        }
        match self.0.iter().find(|(field, ..)| !known.contains(&field.as_str())) {
            None => Ok(()),
            Some((field, ..)) if supported(kind).is_empty() => Err(format!(
                "{} is not a known field selector: only \"metadata.name\", \"metadata.namespace\"",
                go_quote(field)
            )),
            Some((field, ..)) => Err(format!("field label not supported: {field}")),
        }
    }

    /// Whether an object satisfies it.
    pub fn matches(&self, object: &Object) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let value = object.to_value();
        self.0.iter().all(|(field, equal, wanted)| (field_text(object.kind(), &value, field) == *wanted) == *equal)
    }
}

fn field_text(kind: Kind, value: &Value, field: &str) -> String {
    let path = match (kind, field) {
        (Kind::EVENT, "source") => "source.component",
        (Kind::NAMESPACE, "name") => "metadata.name",
        (_, field) => field,
    };
    match value.pointer(&format!("/{}", path.replace('.', "/"))) {
        None | Some(Value::Null) => match path {
            "spec.unschedulable" | "spec.hostNetwork" => "false".to_owned(),
            _ => String::new(),
        },
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// The fields beyond name and namespace.
///
/// Models the `AddFieldLabelConversionFunc` calls in `pkg/apis/core/v1/conversion.go` and its siblings.
fn supported(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::POD => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ],
        Kind::EVENT => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        Kind::NODE => &["spec.unschedulable"],
        Kind::NAMESPACE => &["status.phase", "name"],
        Kind::SECRET => &["type"],
        Kind::SERVICE => &["spec.clusterIP", "spec.type"],
        Kind::REPLICATION_CONTROLLER => &["status.replicas"],
        Kind::JOB => &["status.successful"],
        _ => &[],
    }
}
