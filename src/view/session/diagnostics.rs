//! What is wrong with the files: the API server's own words, at the line that they are about, and what can be done.
//!
//! Each document is sent as `kubectl apply` would send it, to a copy of the API server: nothing is written, and yet what one
//! document makes (a namespace) is there for the next.

use crate::api::decode;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::{Object, Pod, Service};
use crate::api::schema::TypeId;
use crate::api::selector::LabelSelector;
use crate::api::versions;
use crate::apiserver::status::Cause;
use crate::apiserver::{ApiServer, Reason, Status};
use crate::base::msg::Msg;
use crate::base::path::FieldPath;
use crate::base::text::nearest;
use crate::base::{Str, Value};
use crate::kubectl::apply_request;
use crate::msg;
use crate::sim::World;
use crate::view::assist::fixes::{Fix, fields, identity, indent, network, steps};
use crate::view::assist::ground::{Ground, Sheet};
use crate::view::build::services::nearest_label;
use crate::view::model::Text;
use crate::view::model::files::{Diagnostic, Severity, Span};
use crate::yaml::{self, Document, Pos};

/// A longer text is not checked while it is typed: the page must answer within a frame or two. Apply still takes it.
pub const LONGEST: usize = 256 * 1024;
/// At most so many documents of a file are asked about.
const MOST_DOCUMENTS: usize = 200;

/// Something that is wrong, and how it can be mended.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// What the page shows; its fixes are named by whoever keeps them.
    pub diagnostic: Diagnostic,
    /// What the fixes do.
    pub fixes: Vec<Fix>,
}

/// What is wrong with the text of a file by itself.
pub fn of(world: &World, text: &str) -> Vec<Found> {
    all(world, &[text]).pop().unwrap_or_default()
}

/// What is wrong with files that are applied one after the other.
pub fn all(world: &World, texts: &[&str]) -> Vec<Vec<Found>> {
    let short = texts.iter().copied().filter(|text| text.len() <= LONGEST);
    let ground = Ground::new(world, short);
    let mut api = world.api.clone();
    texts.iter().map(|text| Check { ground: &ground, api: &mut api, text, found: Vec::new() }.file()).collect()
}

/// A label.
type Pair = (Str, Str);

/// One file being checked.
struct Check<'a> {
    ground: &'a Ground<'a>,
    api: &'a mut ApiServer,
    text: &'a str,
    found: Vec<Found>,
}

/// One object of a document.
#[derive(Clone, Copy)]
struct Part<'a> {
    document: &'a Document,
    sheet: &'a Sheet<'a>,
    value: &'a Value,
    /// Where in the document it stands: an item of a list, or the document itself.
    prefix: &'a FieldPath,
}

impl Part<'_> {
    /// A path in the object as one in the document.
    fn path(&self, path: &FieldPath) -> FieldPath {
        FieldPath(self.prefix.0.iter().chain(&path.0).cloned().collect())
    }

    fn at(&self, path: &str) -> Span {
        span(self.document.spans.value(&self.path(&FieldPath::of(path))))
    }

    fn word(&self, pointer: &str) -> &str {
        self.value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    fn namespace(&self) -> &str {
        match self.word("/metadata/namespace") {
            "" => "default",
            namespace => namespace,
        }
    }
}

impl Check<'_> {
    fn file(mut self) -> Vec<Found> {
        let text = self.text;
        if text.len() > LONGEST {
            let words = msg!("diag.too-long", size = text.len() / 1024, most = LONGEST / 1024);
            self.say(Severity::Info, Span { line: 1, column: 1, end_line: 1, end_column: 1 }, words, Vec::new());
            return self.found;
        }
        for document in yaml::load(text).into_iter().take(MOST_DOCUMENTS) {
            match document {
                Ok(document) => self.document(&document),
                Err(error) => {
                    let mend = || {
                        let sheet = self.ground.sheet_at(text, error.at.offset)?;
                        indent::mend(text, sheet.range.clone())
                    };
                    let fixes = indent::untab(text).or_else(mend).into_iter().collect();
                    let words = Text::raw(error.message.as_str());
                    self.say(Severity::Error, span(yaml::Span::at(error.at)), words, fixes);
                }
            }
        }
        self.found
    }

    fn say(&mut self, severity: Severity, span: Span, message: impl Into<Text>, fixes: Vec<Fix>) {
        let diagnostic = Diagnostic { severity, span, message: message.into(), fixes: Vec::new() };
        self.found.push(Found { diagnostic, fixes });
    }

    fn document(&mut self, document: &Document) {
        let ground = self.ground;
        let Some(sheet) = ground.sheet_at(self.text, document.span.start.offset) else { return };
        for duplicate in &document.duplicates {
            let words = msg!("diag.duplicate", key = duplicate.path, line = duplicate.first.start.line);
            let fix = fields::duplicate(self.text, &sheet.outline, duplicate.first.start.offset);
            self.say(Severity::Warning, span(duplicate.second), words, fix.into_iter().collect());
        }
        let whole = FieldPath::root();
        let Some(items) = document.value.get("items").and_then(Value::as_array) else {
            return self.object(Part { document, sheet, value: &document.value, prefix: &whole });
        };
        for (index, value) in items.iter().enumerate() {
            let prefix = FieldPath::of("items").index(index);
            self.object(Part { document, sheet, value, prefix: &prefix });
        }
    }

    fn object(&mut self, part: Part<'_>) {
        let (api_version, kind_name) = (part.word("/apiVersion").to_owned(), part.word("/kind").to_owned());
        let missing: Vec<&str> = [("apiVersion", &api_version), ("kind", &kind_name)]
            .iter()
            .filter(|(_, value)| value.is_empty())
            .map(|(name, _)| *name)
            .collect();
        if !missing.is_empty() {
            let words: Vec<String> = missing.iter().map(|name| format!("{name} not set")).collect();
            let first = Span { end_line: part.at("").line, end_column: part.at("").column, ..part.at("") };
            let fixes = if part.prefix.0.is_empty() { identity::missing(part.sheet) } else { Vec::new() };
            return self.say(Severity::Error, first, Text::raw(words.join(", ").as_str()), fixes);
        }
        let kinds = self.api.kinds().clone();
        let Some(kind) = kinds.of(&api_version, &kind_name) else {
            let words = format!("no matches for kind \"{kind_name}\" in version \"{api_version}\"");
            let fixes = if part.prefix.0.is_empty() { identity::no_match(part.sheet) } else { Vec::new() };
            self.say(Severity::Error, part.at("kind"), Text::raw(words.as_str()), fixes);
            for words in identity::history(&api_version, &kind_name) {
                self.say(Severity::Info, part.at("apiVersion"), words, Vec::new());
            }
            let near = nearest(&kind_name, kinds.all().map(|kind| kind.info().kind)).filter(|near| *near != kind_name);
            if let Some(near) = near {
                self.say(Severity::Info, part.at("kind"), msg!("diag.did-you-mean", word = near), Vec::new());
            }
            return;
        };
        match self.ask(kind, part) {
            Ok(warnings) => {
                for words in warnings {
                    self.say(Severity::Warning, part.at("kind"), Text::raw(words.as_str()), Vec::new());
                }
                for (path, message) in super::unmodelled::notices(kind, part.value) {
                    let place = span(part.document.spans.value(&part.path(&path)));
                    self.say(Severity::Info, place, message, Vec::new());
                }
                if kind == Kind::SERVICE {
                    self.selector_hint(part);
                    self.lost_ports(part);
                }
            }
            Err(status) => self.refused(kind, &status, part),
        }
    }

    /// Asks the copy of the API server what it would answer.
    fn ask(&mut self, kind: Kind, part: Part<'_>) -> Result<Vec<String>, Status> {
        let namespace = if kind.info().namespaced { part.namespace() } else { "" };
        let key = Key::new(kind, namespace, part.word("/metadata/name"));
        let current = self.api.store().get(&key).cloned();
        if current.is_some() {
            // A patch is decoded only after it was merged: its places would be those of the merged object.
            let schema = versions::schema_of(kind, part.value);
            if let Some(Err(error)) = schema.map(|schema| decode::check_type(schema, part.value, &[])) {
                let cause = |fault: &decode::Fault| Cause { field: fault.path.clone(), body: fault.text.clone() };
                let causes = error.all.iter().map(cause).collect();
                return Err(Status { causes, ..Status::bad_request(error.message(kind)) });
            }
        }
        let request = apply_request(current.as_deref(), &key, part.value).map_err(Status::bad_request)?;
        request.map_or(Ok(Vec::new()), |request| self.api.handle(request).map(|response| response.warnings))
    }

    fn refused(&mut self, kind: Kind, status: &Status, part: Part<'_>) {
        if status.causes.is_empty() {
            let place = match status.reason {
                Reason::NotFound => "metadata.namespace",
                _ => "metadata.name",
            };
            self.say(Severity::Error, part.at(place), Text::raw(status.message.as_str()), Vec::new());
        }
        let root = versions::schema_of(kind, part.value);
        for cause in &status.causes {
            // What is unknown is wrong by its key; what is missing shows at the key around it; what has a wrong value, there.
            let by_key = cause.body.starts_with("unknown field") || cause.body.starts_with("Required value");
            let path = part.path(&cause.field);
            let spans = &part.document.spans;
            let place = if by_key { spans.key(&path) } else { spans.value(&path) };
            let words = if status.reason == Reason::Invalid { cause.to_string() } else { cause.body.clone() };
            let fixes = root.filter(|_| part.prefix.0.is_empty()).map(|root| self.fixes(cause, root, part));
            self.say(Severity::Error, span(place), Text::raw(words.as_str()), fixes.unwrap_or_default());
        }
    }

    fn fixes(&self, cause: &Cause, root: TypeId, part: Part<'_>) -> Vec<Fix> {
        let (text, sheet, path) = (self.text, part.sheet, steps(&cause.field));
        let body = cause.body.as_str();
        if body.starts_with("unknown field") {
            return fields::unknown(text, &sheet.outline, root, &path);
        }
        if body.contains("`selector` does not match template `labels`") {
            return network::selector_mismatch(sheet);
        }
        if body.contains("not in the valid range") {
            return network::node_port(sheet, self.api.store(), self.api.config().node_ports, &path);
        }
        if body.starts_with("Unsupported value") {
            return fields::value(text, &sheet.outline, root, &path).into_iter().collect();
        }
        fields::wrong_type(text, &sheet.outline, root, &path)
            .filter(|_| body.contains("cannot unmarshal"))
            .into_iter()
            .collect()
    }

    /// A Service whose selector matches no pod, although there are pods that come near.
    fn selector_hint(&mut self, part: Part<'_>) {
        let Some((key, words, label)) = selector_hint(self.ground.world, part) else { return };
        let path = part.path(&FieldPath::of("spec.selector").key(&key));
        let fix = label.and_then(|(key, value)| {
            let entry = part.sheet.outline.at(&steps(&path))?;
            let pair = format!("{key}: {value}");
            Some(Fix::one(msg!("assist.fix-near-label", label = pair), entry.key.start..entry.value.end, pair))
        });
        let place = span(part.document.spans.value(&path));
        self.say(Severity::Warning, place, words, fix.into_iter().collect());
    }

    /// Target ports that are called as no container's port is.
    fn lost_ports(&mut self, part: Part<'_>) {
        if !part.prefix.0.is_empty() {
            return;
        }
        for lost in network::target_ports(self.ground, part.sheet) {
            let known: Vec<String> = lost
                .known
                .iter()
                .map(|(name, number)| if name.is_empty() { number.to_string() } else { format!("{name} ({number})") })
                .collect();
            let words = match known.is_empty() {
                true => msg!("assist.no-port", name = lost.name),
                false => msg!("assist.no-port-known", name = lost.name, ports = known.join(", ")),
            };
            let place = span(part.document.spans.value(&FieldPath(lost.path)));
            self.say(Severity::Warning, place, words, lost.fixes);
        }
    }
}

/// The line of the selector that is to blame, what to say of it, and the label that was meant.
fn selector_hint(world: &World, part: Part<'_>) -> Option<(Str, Msg, Option<Pair>)> {
    let store = world.api.store();
    let namespace: Str = part.namespace().into();
    let key = Key::new(Kind::SERVICE, namespace.clone(), part.word("/metadata/name"));
    // Only what is applied can be said to match nobody: before that, the pods may come with the same files.
    let service = store.get(&key).and_then(|object| Service::of(object))?;
    let selector = part.value.pointer("/spec/selector").and_then(Value::as_object)?;
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
    match nearest_label(store, &namespace, &wanted) {
        Some((miss, label)) => {
            let line = pair((&miss.wanted.0, &miss.wanted.1));
            let near = pair((&label.0, &label.1));
            let words = msg!("diag.selector-near", total = total, wanted = line, label = near);
            Some((miss.wanted.0, words, Some(label)))
        }
        None => {
            let first = wanted.match_labels.iter().next()?;
            let words = msg!("diag.selector-none", total = total, wanted = pair(first));
            Some((first.0.clone(), words, None))
        }
    }
}

/// A place as the editor counts.
pub fn span(span: yaml::Span) -> Span {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let Pos { line, column, .. } = span.start;
    Span {
        line: number(line),
        column: number(column),
        end_line: number(span.end.line),
        end_column: number(span.end.column),
    }
}
