//! `kubectl get`.
//!
//! Models `kubectl/pkg/cmd/get/get.go`.

use super::{Context, How};
use crate::api::kinds::Kind;
use crate::api::objects::Object;
use crate::apiserver::Kept;
use crate::base::Value;
use crate::base::text::go_quote;
use crate::base::time::SimTime;
use crate::kubectl::client::Client;
use crate::kubectl::exec::{Exec, Output, Process};
use crate::kubectl::failure::Failure;
use crate::kubectl::print::{Format, Offer};
use crate::kubectl::select::Selection;
use crate::kubectl::sort;
use crate::kubectl::tables::{self, Style};
use crate::sim::Engine;
use serde_json::json;
use std::rc::Rc;

const NO_TYPE: &str = "You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of \
                       supported resources.\n";
const REQUIRED: &str = "Required resource not specified.\nUse \"kubectl explain <resource>\" for a detailed description of \
                        that resource (e.g. kubectl explain pods).";

pub(super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let args = context.args.positional.clone();
    if let Some(url) = context.args.text("raw").filter(|url| !url.is_empty()).map(str::to_owned) {
        return raw(context, &args, &url);
    }
    let watch = context.args.on("watch") || context.args.on("watch-only");
    if args.is_empty() && context.args.list("filename").is_empty() && !watch {
        context.output.err_line(NO_TYPE);
        return Err(Failure::usage("kubectl get", REQUIRED));
    }
    let shown = context.args.text("output").unwrap_or_default();
    if context.args.on("show-labels") && !matches!(shown, "" | "wide") {
        return Err(Failure::Plain(format!("--show-labels option cannot be used with {shown} printer")));
    }
    if context.args.on("output-watch-events") && !watch {
        return Err("--output-watch-events option can only be used with --watch or --watch-only".into());
    }
    if context.args.has("sort-by") && watch {
        context.output.err_line(match context.args.on("watch") {
            true => "warning: --watch requested, --sort-by will be ignored for watch events received",
            false => "warning: --watch-only requested, --sort-by will be ignored",
        });
    }
    let mut selection = context.fetch(&args, How { type_means_all: true, single_type: watch })?;
    // The printer is made after the objects are read, so a wrong `-o` is told when the request itself is right.
    let format = Format::parse(&context.args, Offer::Tables, context.session)?;
    if context.args.on("ignore-not-found") {
        selection.failures.retain(|failure| !failure.is_not_found());
    }
    if watch {
        return start_watch(context, selection, format);
    }
    if let Some(path) = context.args.text("sort-by").filter(|path| !path.is_empty()) {
        sort::by_field(&mut selection, path)?;
    }
    if format.is_table() { print_tables(context, selection, &format) } else { print_other(context, selection, &format) }
}

/// `--raw`: the answer to a GET, as it comes.
fn raw(context: &mut Context<'_>, args: &[String], url: &str) -> Result<Exec, Failure> {
    let flags = &context.args;
    if !args.is_empty() {
        return Err("arguments may not be passed when --raw is specified".into());
    }
    if flags.on("watch") || flags.on("watch-only") || flags.has("selector") {
        let text = "--raw may not be specified with other flags that filter the server request or alter the output";
        return Err(text.into());
    }
    if flags.has("output") {
        return Err("--raw and --output are mutually exclusive".into());
    }
    if !url.starts_with('/') {
        let text = format!("--raw must be a valid URL path: parse {}: invalid URI for request", go_quote(url));
        return Err(Failure::Plain(text));
    }
    let text = context.client().read(url)?;
    context.output.out(text);
    Ok(Exec::Done(0))
}

fn style(context: &Context<'_>, format: &Format, with_kind: bool) -> Style {
    Style {
        wide: matches!(format, Format::Wide),
        namespaces: context.args.on("all-namespaces"),
        with_kind,
        show_labels: context.args.on("show-labels"),
        label_columns: context.args.list("label-columns").to_vec(),
        headers: !context.args.on("no-headers"),
        now: context.engine.now().timestamp(),
        kinds: context.kinds().clone(),
    }
}

fn print_tables(context: &mut Context<'_>, selection: Selection, format: &Format) -> Result<Exec, Failure> {
    let objects: Vec<&Rc<Object>> = selection.objects().collect();
    // Of several types that were asked for, all are named, be there objects or not; names are looked at one by one.
    let several = match selection.named {
        true => objects.windows(2).any(|pair| pair[0].kind() != pair[1].kind()),
        false => selection.kinds.len() > 1,
    };
    let style = style(context, format, several || context.args.on("show-kind"));
    let mut tables = Vec::new();
    for group in objects.chunk_by(|a, b| a.kind() == b.kind()) {
        tables.push(tables::render(group, &style));
    }
    let separator = if style.headers { "\n" } else { "" };
    context.output.out(tables.join(separator));
    let quiet = context.args.on("ignore-not-found") || !selection.failures.is_empty();
    if objects.is_empty() && !quiet {
        let everywhere =
            context.args.on("all-namespaces") || selection.kinds.iter().any(|kind| !kind.info().namespaced);
        let namespace = context.namespace();
        context.output.err_line(match everywhere {
            true => "No resources found".to_owned(),
            false => format!("No resources found in {namespace} namespace."),
        });
    }
    Failure::all(selection.failures)?;
    Ok(Exec::Done(0))
}

fn print_other(context: &mut Context<'_>, selection: Selection, format: &Format) -> Result<Exec, Failure> {
    if selection.single && !selection.failures.is_empty() {
        Failure::all(selection.failures)?;
        return Ok(Exec::Done(1));
    }
    let managed = context.args.on("show-managed-fields");
    let api = &context.engine.world().api;
    let values: Vec<Value> = selection
        .objects()
        .map(|object| {
            let mut value = object.to_value();
            let owners = if managed { api.managed_fields(object) } else { Value::Null };
            if owners.as_array().is_some_and(|owners| !owners.is_empty()) {
                value["metadata"]["managedFields"] = owners;
            }
            value
        })
        .collect();
    if values.is_empty() && context.args.on("ignore-not-found") {
        return Ok(Exec::Done(0));
    }
    let text = match (selection.single, values.as_slice()) {
        (true, [one]) => format.print(one)?,
        _ => format.print(&json!({
            "apiVersion": "v1", "items": values, "kind": "List", "metadata": {"resourceVersion": ""}
        }))?,
    };
    context.output.out(text);
    Failure::all(selection.failures)?;
    Ok(Exec::Done(0))
}

fn start_watch(context: &mut Context<'_>, mut selection: Selection, format: Format) -> Result<Exec, Failure> {
    let Some(kind) = selection.kinds.first().copied() else { return Ok(Exec::Done(0)) };
    Failure::all(std::mem::take(&mut selection.failures))?;
    let names = match selection.named {
        true => Some(selection.targets.iter().map(|target| target.key.name.to_string()).collect()),
        false => None,
    };
    let namespace = if context.args.on("all-namespaces") { String::new() } else { context.namespace() };
    let mut watch = Watch {
        kind,
        names,
        namespace,
        labels: context.args.text("selector").unwrap_or_default().to_owned(),
        style: style(context, &format, context.args.on("show-kind")),
        format,
        fields: context.args.text("field-selector").unwrap_or_default().to_owned(),
        events: context.args.on("output-watch-events"),
        seen: context.engine.world().api.store().rev(),
        widths: Vec::new(),
        until: context.args.duration("request-timeout").map(|(_, span)| context.engine.now().after(span)),
    };
    let objects: Vec<Rc<Object>> = selection.objects().cloned().collect();
    if !context.args.on("watch-only") {
        watch.print(&objects, "ADDED", context.output);
    }
    Ok(Exec::Running(Box::new(watch)))
}

/// `get -w`: prints a row for each change, until it is interrupted.
struct Watch {
    kind: Kind,
    names: Option<Vec<String>>,
    namespace: String,
    labels: String,
    fields: String,
    /// What happened stands before each row.
    events: bool,
    style: Style,
    format: Format,
    seen: u64,
    /// Widths of the columns so far: they only grow, as kubectl's do.
    widths: Vec<usize>,
    /// `--request-timeout`.
    until: Option<SimTime>,
}

impl Watch {
    fn print(&mut self, objects: &[Rc<Object>], event: &str, output: &mut Output) {
        if objects.is_empty() {
            return;
        }
        if self.format.is_table() {
            let front = self.events.then_some(("EVENT", event));
            output.out(tables::render_more(objects, front, &self.style, &mut self.widths));
            self.style.headers = false;
            return;
        }
        for object in objects {
            let mut value = object.to_value();
            if self.events {
                value = json!({"object": value, "type": event});
            }
            output.out(self.format.print(&value).unwrap_or_else(|failure| failure.text()));
        }
    }
}

impl Process for Watch {
    fn poll(&mut self, engine: &mut Engine, output: &mut Output) -> Option<i32> {
        let store = engine.world().api.store();
        let labels = crate::kubectl::label_selector::Selector::parse(&self.labels).unwrap_or_default();
        let fields = crate::kubectl::field_selector::FieldSelector::parse(&self.fields).unwrap_or_default();
        let fits = |object: &Rc<Object>| labels.matches(object.labels()) && fields.matches(object);
        let mut changed: Vec<(Rc<Object>, &str)> = Vec::new();
        let own = store
            .changes_after(self.seen)
            .filter(|change| change.key.kind == self.kind)
            .filter(|change| self.namespace.is_empty() || *change.key.namespace == *self.namespace)
            .filter(|change| {
                self.names.as_ref().is_none_or(|names| names.iter().any(|name| **name == *change.key.name))
            });
        for change in own {
            let before = change.old.as_ref().map(Kept::whole).filter(|object| fits(object));
            let after = change.new.as_ref().map(Kept::whole).filter(|object| fits(object));
            // An object that does not fit any more counts as deleted, one that begins to fit as added.
            let row = match (before, after) {
                (None, Some(after)) => (after, "ADDED"),
                (Some(_), Some(after)) => (after, "MODIFIED"),
                (Some(before), None) => (change.new.as_ref().map_or(before, Kept::whole), "DELETED"),
                (None, None) => continue,
            };
            changed.push((row.0.clone(), row.1));
        }
        self.seen = store.rev();
        self.style.now = Client::new(engine, output).now();
        // Each change is a line of its own: what came later does not widen it.
        for (object, event) in &changed {
            self.print(std::slice::from_ref(object), event, output);
        }
        self.until.filter(|until| engine.now() >= *until).map(|_| 0)
    }

    fn wakes_at(&self) -> Option<SimTime> {
        self.until
    }
}
