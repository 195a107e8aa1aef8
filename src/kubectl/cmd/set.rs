//! `kubectl set image`, `set env` and `set resources`.
//!
//! Models `kubectl/pkg/cmd/set`.

use super::create::amounts;
use super::{Context, DryRun, How, pairs, pod_template, record};
use crate::api::kinds::Kind;
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

/// Variables to set, in order, with what they become; and those to remove.
struct Variables {
    set: Vec<(String, Value)>,
    remove: Vec<String>,
}

/// `KEY=value`, `KEY-`, `--from configmap/x --prefix P_`.
fn variables(context: &mut Context<'_>, pairs: Vec<String>) -> Result<Variables, Failure> {
    let mut specs: Vec<String> = context.args.list("env").to_vec();
    specs.extend(pairs);
    let mut variables = Variables { set: Vec::new(), remove: Vec::new() };
    for spec in &specs {
        match (spec.split_once('='), spec.strip_suffix('-')) {
            (Some((key, value)), _) if !key.is_empty() => {
                variables.set.push((key.to_owned(), json!({"value": value, "valueFrom": null})));
            }
            (None, Some(key)) if !key.is_empty() => variables.remove.push(key.to_owned()),
            _ => return Err(Failure::Plain(format!("unknown argument {}", go_quote(spec)))),
        }
    }
    let from = context.args.text("from").unwrap_or_default().to_owned();
    let keys = context.args.list("keys").to_vec();
    if from.is_empty() {
        if !keys.is_empty() {
            return Err("when specifying --keys, a configmap or secret must be provided with --from".into());
        }
    } else {
        let selection = context.fetch(&[from], How::default())?;
        Failure::all(selection.failures)?;
        for object in selection.targets.iter().filter_map(|target| target.object.as_ref()) {
            let field = match object.kind() {
                Kind::CONFIG_MAP => "configMapKeyRef",
                Kind::SECRET => "secretKeyRef",
                _ => return Err("unsupported resource specified in --from".into()),
            };
            let value = object.to_value();
            for key in value.get("data").and_then(Value::as_object).into_iter().flatten().map(|(key, _)| key) {
                if keys.is_empty() || keys.contains(key) {
                    let name = key.to_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_");
                    let reference = json!({"key": key, "name": object.meta().name});
                    variables.set.push((name, json!({"valueFrom": {field: reference}})));
                }
            }
        }
    }
    if let Some(prefix) = context.args.text("prefix") {
        let prefix = prefix.to_owned();
        for (name, _) in &mut variables.set {
            *name = format!("{prefix}{name}");
        }
    }
    Ok(variables)
}

pub(super) fn env(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let (resources, pairs) = pairs::split(&context.args.positional, "environment").map_err(|_| {
        let all = context.args.positional.join(" ");
        Failure::Plain(format!("all resources must be specified before environment changes: {all}"))
    })?;
    if resources.is_empty() && context.args.list("filename").is_empty() {
        return Err("one or more resources must be specified as <resource> <name> or <resource>/<name>".into());
    }
    if context.args.on("list") && context.args.has("output") {
        return Err("--list and --output may not be specified together".into());
    }
    let changes = variables(context, pairs)?;
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
            if !crate::shell::expand::matches(&only, name) {
                return Ok(None);
            }
            let present = container.get("env").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            let find =
                |wanted: &str| present.iter().find(|one| one.get("name").and_then(Value::as_str) == Some(wanted));
            let mut entries = Vec::new();
            for (key, value) in &changes.set {
                let old = find(key);
                let old_text = old.and_then(|one| one.get("value")).and_then(Value::as_str);
                if let (Some(old), false) = (old_text, overwrite) {
                    return Err(Failure::Plain(format!(
                        "'{key}' already has a value ({old}), and --overwrite is false"
                    )));
                }
                let same = old.is_some_and(|old| {
                    let part = |field: &str| value.get(field).filter(|value| !value.is_null()) == old.get(field);
                    part("value") && part("valueFrom")
                });
                if !same {
                    let mut entry = value.clone();
                    entry["name"] = key.as_str().into();
                    entries.push(entry);
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
            let name = text(one, "name");
            let Some(from) = one.get("valueFrom") else {
                context.output.line(format!("{name}={}", text(one, "value")));
                continue;
            };
            let part = |field: &str, inner: &str| from.get(field).map(|part| text(part, inner)).unwrap_or_default();
            let from = match () {
                () if from.get("configMapKeyRef").is_some() => {
                    format!("configmap {}, key {}", part("configMapKeyRef", "name"), part("configMapKeyRef", "key"))
                }
                () if from.get("secretKeyRef").is_some() => {
                    format!("secret {}, key {}", part("secretKeyRef", "name"), part("secretKeyRef", "key"))
                }
                () if from.get("fieldRef").is_some() => format!("field path {}", part("fieldRef", "fieldPath")),
                () => {
                    let container = part("resourceFieldRef", "containerName");
                    let container = if container.is_empty() { container } else { format!("{container}/") };
                    format!("resource field {container}{}", part("resourceFieldRef", "resource"))
                }
            };
            context.output.line(format!("# {name} from {from}"));
        }
    }
}

pub(super) fn resources(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let args = &context.args;
    if args.on("all") && args.has("selector") {
        return Err("cannot set --all and --selector at the same time".into());
    }
    let positional = args.positional.clone();
    let selection = context.fetch(&positional, How { type_means_all: context.args.on("all"), ..How::default() })?;
    Failure::all(selection.failures)?;
    let amounts = |flag: &str| amounts(context.args.text(flag).unwrap_or_default(), "invalid");
    let (limits, requests) = (amounts("limits"), amounts("requests"));
    if context.args.text("limits").is_none_or(str::is_empty) && context.args.text("requests").is_none_or(str::is_empty)
    {
        return Err("you must specify an update to requests or limits (in the form of --requests/--limits)".into());
    }
    let (limits, requests) = (limits?, requests?);
    let only = context.args.text("containers").unwrap_or("*").to_owned();
    let mut failures = Vec::new();
    for object in selection.targets.iter().filter_map(|target| target.object.as_ref()) {
        if !container_names(object).iter().any(|name| crate::shell::expand::matches(&only, name)) {
            failures.push(Failure::Plain(format!("error: unable to find container named {only}")));
            continue;
        }
        let change = |container: &Value| {
            let name = container.get("name").and_then(Value::as_str).unwrap_or_default();
            let mut changed = json!({});
            for (field, amounts) in [("limits", &limits), ("requests", &requests)] {
                let present = container.pointer(&format!("/resources/{field}"));
                let new: Fields = amounts
                    .iter()
                    .filter(|(name, amount)| present.and_then(|present| present.get(name.as_str())) != Some(*amount))
                    .map(|(name, amount)| (name.clone(), amount.clone()))
                    .collect();
                if !new.is_empty() {
                    changed[field] = new.into();
                }
            }
            let any = changed.as_object().is_some_and(|fields| !fields.is_empty());
            Ok((any && crate::shell::expand::matches(&only, name)).then(|| json!({"resources": changed})))
        };
        if let Err(failure) = update(context, object, &change, "resource requirements") {
            failures.push(failure);
        }
    }
    Failure::all(failures)?;
    Ok(Exec::Done(0))
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
    if dry_run == DryRun::Client {
        let value = super::patch::here(object, PatchType::Strategic, &patch)?;
        return context.report(&value, &format!("{what} updated"), dry_run, &format);
    }
    let dry = dry_run.is_server();
    let patched = context.client().patch(&object.key(), (PatchType::Strategic, patch), Subresource::None, dry);
    let patched = patched.map_err(|failure| match failure {
        Failure::Status(status) if what == "resource requirements" => {
            Failure::Plain(format!("failed to patch resources update to pod template {}", status.message))
        }
        Failure::Status(status) => {
            Failure::Plain(format!("failed to patch {what} update to pod template: {}", status.message))
        }
        other => other,
    })?;
    context.report(&patched.to_value(), &format!("{what} updated"), dry_run, &format)
}
