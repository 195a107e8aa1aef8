//! What is wrong with a file: the API server's own words, at the line that they are about.
//!
//! Each document is asked about as `kubectl apply` would send it, as a dry run: nothing is written.

use crate::api::kinds::{Key, Kind};
use crate::api::objects::{Object, Pod, Service};
use crate::api::selector::LabelSelector;
use crate::apiserver::{Body, Options, PatchType, Reason, Request, Status, Verb};
use crate::base::path::FieldPath;
use crate::base::text::nearest;
use crate::base::{Str, Value};
use crate::msg;
use crate::sim::Engine;
use crate::view::build::services::nearest_label;
use crate::view::model::Text;
use crate::view::model::files::{Diagnostic, Severity, Span};
use crate::yaml::{self, Document};

/// A longer text is not checked while it is typed: the page must answer within a frame or two. Apply still takes it.
pub const LONGEST: usize = 256 * 1024;
/// At most so many documents of a file are asked about.
const MOST_DOCUMENTS: usize = 200;

/// What is wrong with the text of a file.
pub fn of(engine: &mut Engine, text: &str) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if text.len() > LONGEST {
        let text = msg!("diag.too-long", size = text.len() / 1024, most = LONGEST / 1024);
        return vec![diagnostic(Severity::Info, Span { line: 1, column: 1, end_line: 1, end_column: 1 }, text.into())];
    }
    for document in yaml::load(text).into_iter().take(MOST_DOCUMENTS) {
        match document {
            Ok(document) => check(engine, &document, &mut found),
            Err(error) => {
                let span = span(yaml::Span::at(error.at));
                found.push(diagnostic(Severity::Error, span, Text::raw(error.message.as_str())));
            }
        }
    }
    found
}

fn check(engine: &mut Engine, document: &Document, found: &mut Vec<Diagnostic>) {
    for duplicate in &document.duplicates {
        let text = msg!("diag.duplicate", key = duplicate.path, line = duplicate.first.start.line);
        found.push(diagnostic(Severity::Warning, span(duplicate.second), text.into()));
    }
    let field = |name: &str| document.value.get(name).and_then(Value::as_str).unwrap_or_default();
    let (api_version, kind_name) = (field("apiVersion"), field("kind"));
    let at = |path: &str| span(document.spans.value(&FieldPath::of(path)));
    let first = || Span { end_line: at("").line, end_column: at("").column, ..at("") };
    let missing: Vec<&str> = [("apiVersion", api_version), ("kind", kind_name)]
        .iter()
        .filter(|(_, value)| value.is_empty())
        .map(|(name, _)| *name)
        .collect();
    if !missing.is_empty() {
        let words: Vec<String> = missing.iter().map(|name| format!("{name} not set")).collect();
        let mut item = diagnostic(Severity::Error, first(), Text::raw(words.join(", ").as_str()));
        if let Some(kind) = Kind::all().find(|kind| kind.info().kind == kind_name) {
            item.message = msg!("diag.api-version", kind = kind_name, version = kind.api_version()).into();
        }
        found.push(item);
        return;
    }
    if kind_name == "List" {
        return;
    }
    let kinds = engine.world().api.kinds().clone();
    let Some(kind) = kinds.of(api_version, kind_name) else {
        let text = format!("no matches for kind \"{kind_name}\" in version \"{api_version}\"");
        found.push(diagnostic(Severity::Error, at("kind"), Text::raw(text.as_str())));
        let names: Vec<&str> = kinds.all().map(|kind| kind.info().kind).collect();
        let known = kinds.all().find(|kind| kind.info().kind == kind_name);
        if let Some(kind) = known {
            let hint = msg!("diag.api-version", kind = kind_name, version = kind.api_version());
            found.push(diagnostic(Severity::Info, at("apiVersion"), hint.into()));
        } else if let Some(near) = nearest(kind_name, names) {
            found.push(diagnostic(Severity::Info, at("kind"), msg!("diag.did-you-mean", word = near).into()));
        }
        return;
    };
    match ask(engine, kind, document) {
        Ok(warnings) => {
            found.extend(
                warnings.into_iter().map(|text| diagnostic(Severity::Warning, at("kind"), Text::raw(text.as_str()))),
            );
            found.extend(
                super::unmodelled::notices(kind, &document.value).into_iter().map(|(path, message)| {
                    diagnostic(Severity::Info, span(document.spans.value(&path)), message.into())
                }),
            );
            if kind == Kind::SERVICE {
                found.extend(selector_hint(engine, document));
            }
        }
        Err(status) => refused(&status, document, found),
    }
}

/// Asks the API server what it would answer.
fn ask(engine: &mut Engine, kind: Kind, document: &Document) -> std::result::Result<Vec<String>, Status> {
    let text = |pointer: &str| document.value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let namespace = match (kind.info().namespaced, text("/metadata/namespace")) {
        (false, _) => "",
        (true, "") => "default",
        (true, namespace) => namespace,
    };
    let key = Key::new(kind, namespace, text("/metadata/name"));
    let exists = engine.world().api.store().get(&key).is_some();
    let options = Options { dry_run: true, ..Options::default() };
    let request = if exists {
        let patch_type = if kind.is_custom() { PatchType::Merge } else { PatchType::Strategic };
        let body = Body::Patch(patch_type, document.value.clone());
        Request::new(Verb::Patch, &key).body(body)
    } else {
        let body = Body::Json { value: document.value.clone(), duplicates: Vec::new() };
        Request::new(Verb::Create, &key).body(body)
    };
    engine.ask(request.options(options)).map(|response| response.warnings)
}

fn refused(status: &Status, document: &Document, found: &mut Vec<Diagnostic>) {
    if status.causes.is_empty() {
        let place = match status.reason {
            Reason::NotFound => "metadata.namespace",
            _ => "metadata.name",
        };
        let span = span(document.spans.value(&FieldPath::of(place)));
        found.push(diagnostic(Severity::Error, span, Text::raw(status.message.as_str())));
    }
    for cause in &status.causes {
        // What is unknown is wrong by its key; what is missing shows at the key around it; what has a wrong value, there.
        let by_key = cause.body.starts_with("unknown field") || cause.body.starts_with("Required value");
        let place = if by_key { document.spans.key(&cause.field) } else { document.spans.value(&cause.field) };
        let text = if status.reason == Reason::Invalid { cause.to_string() } else { cause.body.clone() };
        found.push(diagnostic(Severity::Error, span(place), Text::raw(text.as_str())));
    }
}

/// A Service whose selector matches no pod, although there are pods that come near.
fn selector_hint(engine: &Engine, document: &Document) -> Option<Diagnostic> {
    let text = |pointer: &str| document.value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let namespace = match text("/metadata/namespace") {
        "" => Str::from("default"),
        namespace => namespace.into(),
    };
    let store = engine.world().api.store();
    let key = Key::new(Kind::SERVICE, namespace.clone(), text("/metadata/name"));
    // Only what is applied can be said to match nobody: before that, the pods may come with the same files.
    let service = store.get(&key).and_then(|object| Service::of(object))?;
    let selector = document.value.pointer("/spec/selector").and_then(Value::as_object)?;
    let wanted =
        LabelSelector::equals(selector.iter().filter_map(|(key, value)| Some((key.as_str(), value.as_str()?))));
    let applied = service.spec.selector.as_ref().is_some_and(|applied| *applied == wanted.match_labels);
    if !applied || wanted.is_empty() || store.matching_pods(&namespace, &wanted).next().is_some() {
        return None;
    }
    // Pods that are still to be made will match.
    let labels_of = |object: &Object| match object {
        Object::ReplicaSet(rs) => Some(rs.spec.template.meta.labels.clone()),
        Object::Deployment(deployment) => Some(deployment.spec.template.meta.labels.clone()),
        _ => None,
    };
    let workloads = [Kind::DEPLOYMENT, Kind::REPLICA_SET].into_iter().flat_map(|kind| store.list(kind, &namespace));
    if workloads.filter_map(|object| labels_of(object)).any(|labels| wanted.matches(&labels)) {
        return None;
    }
    let active = |object: &&std::rc::Rc<Object>| Pod::of(object).is_some_and(Pod::is_active);
    let total = store.list(Kind::POD, &namespace).filter(active).count();
    if total == 0 {
        return None;
    }
    let pair = |(key, value): (&Str, &Str)| format!("{key}={value}");
    let (key, text) = match nearest_label(store, &namespace, &wanted) {
        Some((miss, label)) => {
            let wanted = pair((&miss.wanted.0, &miss.wanted.1));
            let label = pair((&label.0, &label.1));
            (miss.wanted.0, msg!("diag.selector-near", total = total, wanted = wanted, label = label))
        }
        None => {
            let first = wanted.match_labels.iter().next()?;
            (first.0.clone(), msg!("diag.selector-none", total = total, wanted = pair(first)))
        }
    };
    let place = span(document.spans.value(&FieldPath::of("spec.selector").key(&key)));
    Some(diagnostic(Severity::Warning, place, text.into()))
}

fn diagnostic(severity: Severity, span: Span, message: Text) -> Diagnostic {
    Diagnostic { severity, span, message, fixes: Vec::new() }
}

/// A place as the editor counts.
pub fn span(span: yaml::Span) -> Span {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Span {
        line: number(span.start.line),
        column: number(span.start.column),
        end_line: number(span.end.line),
        end_column: number(span.end.column),
    }
}
