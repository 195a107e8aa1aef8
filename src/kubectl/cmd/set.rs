//! `kubectl set image` and `kubectl set env`.
//!
//! Models `kubectl/pkg/cmd/set`.

use super::{Context, DryRun, How, pairs, pod_template, record};
use crate::api::objects::Object;
use crate::apiserver::{PatchType, Subresource};
use crate::base::{Fields, Value, text::go_quote};
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use serde_json::json;

/// What a change does to a container: its patch, or `None` when nothing changes.
type ContainerPatch<'f> = dyn Fn(&Value) -> Result<Option<Value>, Failure> + 'f;

pub(super) fn image(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let (resources, specs) = pairs::split(&context.args.positional, "image")?;
    let images = pairs::parse(&specs, "image", false)?.set;
    let selection = context.fetch(&resources, How { type_means_all: context.args.on("all"), ..How::default() })?;
    Failure::all(selection.failures)?;
    if resources.is_empty() && context.args.list("filename").is_empty() {
        return Err("one or more resources must be specified as <resource> <name> or <resource>/<name>".into());
    }
    if images.is_empty() {
        return Err("at least one image update is required".into());
    }
    if images.len() > 1 && images.contains_key("*") {
        return Err(
            "all containers are already specified by *, but saw more than one container_name=container_image pairs"
                .into(),
        );
    }
    let mut failures = Vec::new();
    for target in &selection.targets {
        let Some(object) = &target.object else { continue };
        let names = container_names(object);
        for name in images.keys().filter(|name| *name != "*" && !names.contains(name)) {
            failures.push(Failure::Plain(format!("error: unable to find container named {}", go_quote(name))));
        }
        let change = |container: &Value| {
            let name = container.get("name").and_then(Value::as_str).unwrap_or_default();
            let image = images.get(name).or_else(|| images.get("*"));
            let changed = image.filter(|image| container.get("image").and_then(Value::as_str) != Some(image.as_str()));
            Ok(changed.map(|image| json!({"image": image})))
        };
        if let Err(failure) = update(context, object, &change, "image") {
            failures.push(failure);
        }
    }
    Failure::all(failures)?;
    Ok(Exec::Done(0))
}

pub(super) fn env(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let mut specs: Vec<String> = context.args.list("env").to_vec();
    let (resources, pairs) = pairs::split(&context.args.positional, "environment variable")?;
    specs.extend(pairs);
    let changes = pairs::parse(&specs, "environment variable", true)?;
    if resources.is_empty() && context.args.list("filename").is_empty() {
        return Err("one or more resources must be specified as <resource> <name> or <resource>/<name>".into());
    }
    let selection = context.fetch(&resources, How { type_means_all: context.args.on("all"), ..How::default() })?;
    let only = context.args.text("containers").unwrap_or("*").to_owned();
    let overwrite = context.args.switch("overwrite", true);
    let mut failures = selection.failures;
    for object in selection.targets.iter().filter_map(|target| target.object.as_ref()) {
        if context.args.on("list") {
            list(context, object);
            continue;
        }
        let change = |container: &Value| {
            let name = container.get("name").and_then(Value::as_str).unwrap_or_default();
            if only != "*" && only != name {
                return Ok(None);
            }
            let present = container.get("env").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            let find =
                |wanted: &str| present.iter().find(|one| one.get("name").and_then(Value::as_str) == Some(wanted));
            let mut entries = Vec::new();
            for (key, value) in &changes.set {
                let old = find(key).and_then(|one| one.get("value")).and_then(Value::as_str);
                match old {
                    Some(old) if old == value => {}
                    Some(old) if !overwrite => {
                        return Err(Failure::Plain(format!(
                            "'{key}' already has a value ({old}), and --overwrite is false"
                        )));
                    }
                    _ => entries.push(json!({"name": key, "value": value, "valueFrom": null})),
                }
            }
            for key in changes.remove.iter().filter(|key| find(key).is_some()) {
                entries.push(json!({"$patch": "delete", "name": key}));
            }
            Ok((!entries.is_empty()).then(|| json!({"env": entries})))
        };
        if let Err(failure) = update(context, object, &change, "env") {
            failures.push(failure);
        }
    }
    Failure::all(failures)?;
    Ok(Exec::Done(0))
}

fn list(context: &mut Context<'_>, object: &Object) {
    let value = object.to_value();
    let spec = pod_template::pod_spec(object.kind(), &value);
    let containers = spec.and_then(|spec| spec.get("containers")).and_then(Value::as_array);
    for container in containers.into_iter().flatten() {
        let text = |value: &Value, field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        let head =
            format!("# {} {}, container {}", object.kind().info().kind, object.meta().name, text(container, "name"));
        context.output.line(head);
        for one in container.get("env").and_then(Value::as_array).into_iter().flatten() {
            context.output.line(format!("{}={}", text(one, "name"), text(one, "value")));
        }
    }
}

const LISTS: [&str; 2] = ["initContainers", "containers"];

fn container_names(object: &Object) -> Vec<String> {
    let value = object.to_value();
    let spec = pod_template::pod_spec(object.kind(), &value);
    let lists = LISTS.iter().filter_map(|list| spec?.get(list)?.as_array());
    let names = lists.flatten().filter_map(|container| container.get("name").and_then(Value::as_str));
    names.map(str::to_owned).collect()
}

/// Patches the containers of an object, and says so unless nothing changes.
fn update(context: &mut Context<'_>, object: &Object, change: &ContainerPatch<'_>, what: &str) -> Result<(), Failure> {
    let dry_run = context.dry_run()?;
    let format = context.result_format()?;
    let before = object.to_value();
    let spec = pod_template::pod_spec(object.kind(), &before);
    let mut patches = Fields::new();
    for list in LISTS {
        let containers = spec.and_then(|spec| spec.get(list)).and_then(Value::as_array);
        let mut order = Vec::new();
        let mut changed = Vec::new();
        for container in containers.into_iter().flatten() {
            let name = json!({"name": container.get("name")});
            if let Some(mut patch) = change(container)? {
                patch["name"] = name["name"].clone();
                changed.push(patch);
            }
            order.push(name);
        }
        if !changed.is_empty() {
            patches.insert(format!("$setElementOrder/{list}"), order.into());
            patches.insert(list.to_owned(), changed.into());
        }
    }
    if patches.is_empty() && !context.args.on("record") {
        return Ok(());
    }
    let mut patch = pod_template::patch(object.kind(), patches.into());
    record::annotate(&mut patch, record::command_line(context));
    let dry = dry_run != DryRun::None;
    let patched = context.client().patch(&object.key(), (PatchType::Strategic, patch), Subresource::None, dry);
    let patched = patched.map_err(|failure| match failure {
        Failure::Status(status) => {
            Failure::Plain(format!("failed to patch {what} update to pod template: {}", status.message))
        }
        other => other,
    })?;
    context.report(&patched.to_value(), &format!("{what} updated"), dry_run, &format)
}
