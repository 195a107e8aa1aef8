//! `kubectl apply`, client-side: the three-way merge of what was applied before, what the file says now, and what is there.
//!
//! Models `kubectl/pkg/cmd/apply/apply.go` and `patcher.go`.

use super::create::as_sent;
use super::{Context, DryRun, prune, record};
use crate::api::json::Json;
use crate::api::kinds::Key;
use crate::api::meta::Labels;
use crate::api::objects::Object;
use crate::api::patch::{merge, strategic};
use crate::api::versions;
use crate::apiserver::{Body, PatchType, Reason, Request, Subresource, Verb};
use crate::base::text::go_json;
use crate::base::time::SimTime;
use crate::base::{Fields, Value};
use crate::kubectl::args::Args;
use crate::kubectl::client::Client;
use crate::kubectl::exec::{Exec, Output, Process};
use crate::kubectl::failure::Failure;
use crate::kubectl::files::Manifest;
use crate::kubectl::label_selector::Selector;
use crate::kubectl::print::Format;
use crate::kubectl::session::Session;
use crate::sim::Engine;
use std::collections::VecDeque;

/// The annotation that keeps what was applied last.
pub(super) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// How often a patch is made anew when somebody else was faster.
const RETRIES: usize = 5;

pub(super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let dry_run = context.dry_run()?;
    let format = context.result_format()?;
    let args = &context.args;
    if !args.positional.is_empty() {
        let text = format!("Unexpected args: [{}]", args.positional.join(" "));
        return Err(Failure::usage("kubectl apply", &text));
    }
    let names = args.list("filename");
    if names.is_empty() && context.args.has("kustomize") {
        return Err("the playground has no kustomize".into());
    }
    if names.is_empty() {
        return Err("must specify one of -f and -k".into());
    }
    if args.on("server-side") {
        return super::server_side_apply::run(context);
    }
    if args.on("force-conflicts") {
        return Err("--force-conflicts only works with --server-side".into());
    }
    prune::check(context)?;
    let manifests = context.manifests()?;
    let mut failures = manifests.failures;
    if manifests.found.is_empty() && failures.is_empty() {
        return Err("no objects passed to apply".into());
    }
    let mut chosen = Vec::with_capacity(manifests.found.len());
    for manifest in manifests.found {
        if selected(context, &manifest)? {
            chosen.push(manifest);
        }
    }
    let prunes = context.args.on("prune");
    if prunes || chosen.len() <= SLICE {
        let mut seen = prune::Seen::default();
        for manifest in chosen {
            let key = Client::key(manifest.kind, manifest.namespace(), manifest.name());
            match apply(context, manifest, dry_run, &format) {
                Ok(()) => seen.note(context, &key),
                Err(failure) => failures.push(failure),
            }
        }
        Failure::all(failures)?;
        if prunes {
            prune::run(context, &seen, dry_run, &format)?;
        }
        return Ok(Exec::Done(0));
    }
    let session = Session { namespace: context.session.namespace.clone(), ..Session::default() };
    Ok(Exec::Running(Box::new(Applying {
        args: context.args.clone(),
        session,
        path: context.path,
        dry_run,
        format,
        waiting: chosen.into(),
        failures,
        polled_at: context.engine.now(),
    })))
}

/// Objects that are applied at once. Of more, so many are applied per poll, so that a page draws in between.
const SLICE: usize = 40;

/// Many objects on their way.
struct Applying {
    args: Args,
    session: Session,
    path: &'static str,
    dry_run: DryRun,
    format: Format,
    waiting: VecDeque<Manifest>,
    failures: Vec<Failure>,
    polled_at: SimTime,
}

impl Process for Applying {
    fn poll(&mut self, engine: &mut Engine, output: &mut Output) -> Option<i32> {
        self.polled_at = engine.now();
        let count = self.waiting.len().min(SLICE);
        for manifest in self.waiting.drain(..count) {
            let mut context = Context {
                args: std::mem::take(&mut self.args),
                stdin: None,
                session: &mut self.session,
                engine,
                output,
                path: self.path,
            };
            let applied = apply(&mut context, manifest, self.dry_run, &self.format);
            self.args = context.args;
            self.failures.extend(applied.err());
        }
        if !self.waiting.is_empty() {
            return None;
        }
        match Failure::all(std::mem::take(&mut self.failures)) {
            Ok(()) => Some(0),
            Err(failure) => {
                super::fail(&failure, output);
                super::hints::failure(&failure, engine, output);
                Some(1)
            }
        }
    }

    fn wakes_at(&self) -> Option<SimTime> {
        Some(self.polled_at)
    }
}

fn apply(context: &mut Context<'_>, mut manifest: Manifest, dry_run: DryRun, format: &Format) -> Result<(), Failure> {
    record::annotate(&mut manifest.value, record::command_line(context));
    let file = manifest.file.clone();
    if manifest.name().is_empty()
        && let Some(prefix) = manifest.value.pointer("/metadata/generateName").and_then(Value::as_str)
    {
        return Err(Failure::Plain(format!("from {prefix}: cannot use generate name with apply")));
    }
    let key = Client::key(manifest.kind, manifest.namespace(), manifest.name());
    let modified = with_last_applied(&manifest.value);
    let current = match context.client().get(&key) {
        Ok(current) => current,
        Err(failure) if failure.is_not_found() => {
            let mut value = modified;
            prune_nulls(&mut value);
            if dry_run != DryRun::Client {
                let created = context.client().create(&key, value, dry_run.is_server());
                let version = versions::of(key.kind, &manifest.value);
                value = as_sent(&version, &*created.map_err(|failure| failure.when("creating", &file))?);
            }
            return context.report(&value, "created", dry_run, format);
        }
        Err(failure) => return Err(failure),
    };
    if current.meta().annotations.get(LAST_APPLIED).is_none() {
        context.output.err_line(format!(
            "Warning: resource {}/{} is missing the {LAST_APPLIED} annotation which is required by kubectl apply. kubectl \
             apply should only be used on resources created declaratively by either kubectl create --save-config or \
             kubectl apply. The missing annotation will be patched automatically.",
            key.kind.info().plural,
            key.name
        ));
    }
    let dry = dry_run != DryRun::None;
    let (patched, changed) = patch(context, &current, &modified, dry, &file)?;
    if current.meta().is_terminating() {
        context
            .output
            .err_line(format!("Warning: Detected changes to resource {} which is currently being deleted.", key.name));
    }
    context.report(&patched, if changed { "configured" } else { "unchanged" }, dry_run, format)
}

/// Whether `-l` wants an object of a file.
pub(super) fn selected(context: &Context<'_>, manifest: &Manifest) -> Result<bool, Failure> {
    let selector = Selector::parse(context.args.text("selector").unwrap_or_default())?;
    let labels = manifest.value.pointer("/metadata/labels").cloned().and_then(Labels::from_json);
    Ok(selector.matches(&labels.unwrap_or_default()))
}

/// Changes the live object to what the file says; says whether there was anything to change.
pub(super) fn patch(
    context: &mut Context<'_>,
    current: &Object,
    modified: &Value,
    dry_run: bool,
    file: &str,
) -> Result<(Value, bool), Failure> {
    let key = current.key();
    let version = versions::of(key.kind, modified);
    let mut current = versions::from_kept(&version, current.to_value());
    for attempt in 0.. {
        let (patch_type, patch) = match three_way(&key.kind, &current, modified) {
            Ok(patch) => patch,
            Err(why) => {
                return Err(unmerged(context, &key, [&current, modified], &why)
                    .when("patching", file)
                    .when(&applying("", &key), file));
            }
        };
        if patch.as_object().is_some_and(Fields::is_empty) {
            return Ok((current, false));
        }
        let sent = (patch_type, patch.clone());
        match context.client().in_version(&version).patch(&key, sent, Subresource::None, dry_run) {
            Ok(patched) => return Ok((as_sent(&version, &patched), true)),
            Err(Failure::Status(status)) if status.reason == Reason::Conflict && attempt < RETRIES => {
                current = versions::from_kept(&version, context.client().get(&key)?.to_value());
            }
            Err(failure) => {
                return Err(failure.when("patching", file).when(&applying(&go_json(&patch), &key), file));
            }
        }
    }
    Ok((current, false))
}

/// What an apply of a manifest sends about an object: its creation, or the patch of what is there; nothing when that is as
/// the manifest wants it.
///
/// Errors: kubectl's text when the three texts cannot be merged.
pub fn request(current: Option<&Object>, key: &Key, manifest: &Value) -> Result<Option<Request>, String> {
    let mut modified = with_last_applied(manifest);
    let Some(current) = current else {
        prune_nulls(&mut modified);
        let body = Body::Json { value: modified, duplicates: Vec::new() };
        return Ok(Some(Request::new(Verb::Create, key).body(body)));
    };
    let version = versions::of(key.kind, &modified);
    let current = versions::from_kept(&version, current.to_value());
    let (patch_type, patch) = three_way(&key.kind, &current, &modified)?;
    let patch = Some(patch).filter(|patch| !patch.as_object().is_some_and(Fields::is_empty));
    let request = |patch| Request::new(Verb::Patch, key).in_version(&version).body(Body::Patch(patch_type, patch));
    Ok(patch.map(request))
}

/// What is said of texts that cannot be merged. The patch is tried by both of the server's schemas before the one that kubectl has.
///
/// Models `patchSimple` in `kubectl/pkg/cmd/apply/patcher.go`.
fn unmerged(context: &mut Context<'_>, key: &Key, [current, modified]: [&Value; 2], why: &str) -> Failure {
    if versions::schema_of(key.kind, modified).is_some() {
        for schema in ["openapi v3", "openapi"] {
            context.output.err_line(format!("warning: error calculating patch from {schema} spec: {why}"));
        }
    }
    let original = last_applied(current).unwrap_or_default();
    let (modified, current) = (go_json(modified), go_json(current));
    Failure::Plain(format!(
        "creating patch with:\noriginal:\n{original}\nmodified:\n{modified}\n\ncurrent:\n{current}\n\nfor: {why}"
    ))
}

/// What was being done when a patch of an object went wrong.
fn applying(patch: &str, key: &Key) -> String {
    format!("applying patch:\n{patch}\nto:\n{}\nfor:", described(key))
}

/// What the annotation has.
fn last_applied(object: &Value) -> Option<&str> {
    object.pointer(&format!("/metadata/annotations/{}", LAST_APPLIED.replace('/', "~1"))).and_then(Value::as_str)
}

/// `info.String()` of cli-runtime.
fn described(key: &crate::api::kinds::Key) -> String {
    use crate::base::text::go_quote;
    let info = key.kind.info();
    let version = if info.group.is_empty() { "/v1".to_owned() } else { key.kind.api_version() };
    format!(
        "Resource: {}, GroupVersionKind: {}\nName: {}, Namespace: {}",
        go_quote(&format!("{version}, Resource={}", info.plural)),
        go_quote(&format!("{version}, Kind={}", info.kind)),
        go_quote(&key.name),
        go_quote(&key.namespace)
    )
}

/// The patch, and how it is meant: kinds that users define have no strategic merge.
///
/// Models `buildStrategicMergeFromBuiltins` and `buildMergePatch` in `kubectl/pkg/cmd/apply/patcher.go`.
fn three_way(kind: &crate::api::kinds::Kind, current: &Value, modified: &Value) -> Result<(PatchType, Value), String> {
    let original = last_applied(current)
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_else(|| Value::Object(Fields::new()));
    let Some(ty) = versions::schema_of(*kind, modified) else {
        let fields = |value: &Value| value.as_object().cloned().unwrap_or_default();
        return match merge::three_way(&fields(&original), &fields(modified), &fields(current)) {
            Ok(patch) => Ok((PatchType::Merge, patch)),
            Err(error) => Err(error.to_string()),
        };
    };
    let patch = strategic::three_way(ty, &original, modified, current);
    patch.map(|patch| (PatchType::Strategic, patch)).map_err(|error| error.to_string())
}

/// The object with itself in the annotation. Models `util.GetModifiedConfiguration`.
pub(super) fn with_last_applied(value: &Value) -> Value {
    let mut value = without_last_applied(value);
    let applied = go_json(&value) + "\n";
    if let Some(annotations) = value.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
        annotations.insert(LAST_APPLIED.to_owned(), applied.into());
    }
    value
}

/// The object as the annotation keeps it: it always has annotations, if only none.
pub(super) fn without_last_applied(value: &Value) -> Value {
    let mut value = value.clone();
    let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) else { return value };
    let annotations = metadata.entry("annotations").or_insert_with(|| Value::Object(Fields::new()));
    if !annotations.is_object() {
        *annotations = Value::Object(Fields::new());
    }
    if let Some(annotations) = annotations.as_object_mut() {
        annotations.remove(LAST_APPLIED);
    }
    value
}

/// A creation leaves out what is null, as a later patch would.
fn prune_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(prune_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(prune_nulls),
        _ => {}
    }
}
