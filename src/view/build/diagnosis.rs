//! Why a request failed, as the request panel shows it: the cause, lines that prove it, remedies that a click applies.

use super::trace::{client_card, object_card, short_name};
use crate::api::kinds::{Key, Kind};
use crate::api::objects::Event;
use crate::apiserver::Store;
use crate::base::msg::Msg;
use crate::base::path::FieldPath;
use crate::base::time::{SimTime, human_duration};
use crate::base::{Str, Value};
use crate::msg;
use crate::network::diagnose::{Action, Diagnosis, Fix};
use crate::network::view::ObjectRef;
use crate::view::model::Tone;
use crate::view::model::files::{FixView, PlaceView};
use crate::view::model::request::{Ask, DiagnosisView, EvidenceView};

/// What a click on a fix does.
#[derive(Clone, Debug, PartialEq)]
pub enum Remedy {
    /// A console line; and the same change of an object's field, for the file in which the object stands.
    Line(String, Vec<Edit>),
    /// Another request to send; what is empty stays as it is.
    Ask(Ask),
}

/// A field of an object and its new value, a scalar.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// The object.
    pub object: ObjectRef,
    /// The field.
    pub path: FieldPath,
    /// The value.
    pub value: Value,
}

/// Says of pods whose probe fails since when it does, and what the kubelet heard last: the network does not know.
pub fn enrich(store: &Store, now: SimTime, found: &mut Diagnosis) {
    for evidence in found.evidence.iter_mut().filter(|evidence| evidence.says.id == "net.why.probe") {
        let key = &evidence.object.key;
        let Some(pod) = store.pod(&Key::new(Kind::POD, key.namespace.clone(), key.name.clone())) else { continue };
        let events = store.list(Kind::EVENT, &key.namespace).filter_map(|object| Event::of(object));
        let heard = events
            .filter(|event| &*event.reason == "Unhealthy" && event.involved_object.uid == pod.meta.uid)
            .filter(|event| event.message.starts_with("Readiness"))
            .max_by_key(|event| event.meta.resource_version.0);
        let condition = pod.status.conditions.iter().find(|condition| &*condition.kind == "Ready");
        if let (Some(heard), Some(since)) = (heard, condition.and_then(|condition| condition.last_transition_time)) {
            let span = human_duration(now.timestamp().0 - since.0);
            evidence.says = msg!("net.why.probe-since", since = span, heard = heard.message);
        }
    }
}

/// What the panel shows of a diagnosis; `tone` says whether the request failed for it. `place` finds the line of a field in the editor's files.
pub fn view(
    request: u64,
    tone: Tone,
    found: &Diagnosis,
    place: impl Fn(&ObjectRef, &FieldPath) -> Option<PlaceView>,
) -> DiagnosisView {
    let evidence = found.evidence.iter().map(|evidence| EvidenceView {
        subject: subject(&evidence.object, &evidence.says),
        text: evidence.says.clone().into(),
        key: object_card(&evidence.object),
        place: place(&evidence.object, &evidence.path),
    });
    let numbered = || found.fixes.iter().enumerate();
    DiagnosisView {
        row: found.row,
        tone,
        cause: found.cause.clone().into(),
        evidence: evidence.collect(),
        fixes: numbered()
            .filter(|(_, fix)| remedy(&fix.action).is_some())
            .map(|(index, fix)| FixView { id: id(request, index), label: fix.says.clone().into() })
            .collect(),
        advice: numbered()
            .filter(|(_, fix)| fix.action == Action::Advice)
            .map(|(_, fix)| fix.says.clone().into())
            .collect(),
    }
}

/// The ids of a diagnosis' fixes, and what each does.
pub fn remedies(request: u64, found: &Diagnosis) -> Vec<(Str, Remedy)> {
    let remedy = |(index, fix): (usize, &Fix)| Some((id(request, index), remedy(&fix.action)?));
    found.fixes.iter().enumerate().filter_map(remedy).collect()
}

/// Whom evidence is about, where the words leave it open: pods and slices look alike to their reader.
fn subject(object: &ObjectRef, says: &Msg) -> Option<Str> {
    match object.kind {
        "Pod" if says.arg("pod").is_none() => Some(short_name(&object.key.name)),
        "EndpointSlice" | "Endpoints" => Some(object.key.name.clone()),
        _ => None,
    }
}

fn id(request: u64, index: usize) -> Str {
    format!("request-{request}-{index}").into()
}

fn remedy(action: &Action) -> Option<Remedy> {
    let mut edits = Vec::new();
    match action {
        Action::Url(url) => return Some(Remedy::Ask(Ask::new("", url))),
        Action::From(client, url) => return Some(Remedy::Ask(Ask::new(&client_card(client), url))),
        Action::Host(host, url) => {
            return Some(Remedy::Ask(Ask { host: host.as_str().into(), ..Ask::new("", url) }));
        }
        Action::JsonPatch(object, patch) => edits = json_edits(object, patch),
        Action::MergePatch(object, patch) => merge_edits(object, patch, FieldPath::root(), &mut edits),
        Action::Command(_) | Action::Advice => {}
    }
    Some(Remedy::Line(action.console_line()?, edits))
}

/// The scalars that a merge patch sets. One that also removes something is not a matter of single values: no edits.
fn merge_edits(object: &ObjectRef, patch: &Value, path: FieldPath, edits: &mut Vec<Edit>) {
    match patch {
        Value::Object(fields) if fields.values().all(|value| !value.is_null()) => {
            for (key, value) in fields {
                merge_edits(object, value, path.child(key), edits);
            }
        }
        Value::Object(_) | Value::Array(_) | Value::Null => {}
        scalar => edits.push(Edit { object: object.clone(), path, value: scalar.clone() }),
    }
}

/// The scalars that a JSON patch sets.
fn json_edits(object: &ObjectRef, patch: &Value) -> Vec<Edit> {
    let operations = patch.as_array().into_iter().flatten();
    let edit = |operation: &Value| {
        let value = operation.get("value").filter(|value| !value.is_object() && !value.is_array())?;
        let parts = operation.get("path")?.as_str()?.split('/').skip(1);
        let path = parts.fold(FieldPath::root(), |path, part| match part.parse::<usize>() {
            Ok(index) => path.index(index),
            Err(_) => path.child(&part.replace("~1", "/").replace("~0", "~")),
        });
        Some(Edit { object: object.clone(), path, value: value.clone() })
    };
    operations.filter_map(edit).collect()
}
