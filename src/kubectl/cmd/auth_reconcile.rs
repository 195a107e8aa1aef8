//! `kubectl auth reconcile`: roles and bindings get what they lack.
//!
//! Models `kubectl/pkg/cmd/auth/reconcile.go` and `k8s.io/component-helpers/auth/rbac/reconciliation`.

use super::{Context, DryRun};
use crate::api::kinds::Kind;
use crate::base::Value;
use crate::kubectl::client::Client;
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;

pub(super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    if context.args.list("filename").is_empty() {
        return Err("must specify one of -f and -k".into());
    }
    if !context.args.positional.is_empty() {
        return Err("no arguments are allowed".into());
    }
    let dry_run = context.dry_run()?;
    if dry_run == DryRun::Server {
        return Err("--dry-run=server for command reconcile is not supported yet".into());
    }
    let format = context.result_format()?;
    let manifests = context.manifests()?;
    Failure::all(manifests.failures)?;
    for manifest in manifests.found {
        let (field, flag, what) = match manifest.kind {
            Kind::ROLE | Kind::CLUSTER_ROLE => ("rules", "remove-extra-permissions", "rules"),
            Kind::ROLE_BINDING | Kind::CLUSTER_ROLE_BINDING => ("subjects", "remove-extra-subjects", "subjects"),
            _ => continue,
        };
        let key = Client::key(manifest.kind, manifest.namespace(), manifest.name());
        let removes = context.args.on(flag);
        let list = |value: &Value| value.get(field).and_then(Value::as_array).cloned().unwrap_or_default();
        let wanted = list(&manifest.value);
        let present = match context.client().get(&key) {
            Ok(object) => Some(object.to_value()),
            Err(failure) if failure.is_not_found() => None,
            Err(failure) => return Err(failure),
        };
        let Some(mut value) = present else {
            let mut value = manifest.value;
            if dry_run == DryRun::None {
                value = context.client().create(&key, value, false)?.to_value();
            }
            context.report(&value, "reconciled", dry_run, &format)?;
            context.output.err_line("\treconciliation required create");
            said(context, &format!("missing {what} added"), &wanted);
            continue;
        };
        let had = list(&value);
        let missing: Vec<Value> = wanted.iter().filter(|one| !had.contains(one)).cloned().collect();
        let extra: Vec<Value> = had.iter().filter(|one| !wanted.contains(one)).cloned().collect();
        // What a binding is for cannot change: it is made anew.
        let recreate = manifest.value.get("roleRef").is_some_and(|role| Some(role) != value.get("roleRef"));
        let is_well = missing.is_empty() && (!removes || extra.is_empty());
        if is_well && !recreate {
            context.report(&value, "reconciled", dry_run, &format)?;
            continue;
        }
        let mut all = if removes { wanted } else { had };
        if !removes {
            all.extend(missing.clone());
        }
        value[field] = all.into();
        if recreate {
            value["roleRef"] = manifest.value.get("roleRef").cloned().unwrap_or_default();
        }
        if dry_run == DryRun::None {
            value = if recreate {
                context.client().delete(&key, Default::default())?;
                if let Some(meta) = value.get_mut("metadata").and_then(Value::as_object_mut) {
                    meta.remove("resourceVersion");
                    meta.remove("uid");
                }
                context.client().create(&key, value, false)?.to_value()
            } else {
                context.client().replace(&key, value, crate::apiserver::Subresource::None, false)?.to_value()
            };
        }
        context.report(&value, "reconciled", dry_run, &format)?;
        let done = if recreate { "recreate" } else { "update" };
        context.output.err_line(format!("\treconciliation required {done}"));
        said(context, &format!("missing {what} added"), &missing);
        if removes {
            said(context, &format!("extra {what} removed"), &extra);
        }
    }
    Ok(Exec::Done(0))
}

/// What was added or removed, as Go prints it.
fn said(context: &mut Context<'_>, title: &str, items: &[Value]) {
    if items.is_empty() {
        return;
    }
    context.output.err_line(format!("\t{title}:"));
    for item in items {
        let text = |field: &str| item.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        let list = |field: &str| {
            let items = item.get(field).and_then(Value::as_array).into_iter().flatten();
            items.filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
        };
        context.output.err_line(match item.get("verbs") {
            Some(_) => format!(
                "\t\t{{Verbs:[{}] APIGroups:[{}] Resources:[{}] ResourceNames:[{}] NonResourceURLs:[{}]}}",
                list("verbs"),
                list("apiGroups"),
                list("resources"),
                list("resourceNames"),
                list("nonResourceURLs")
            ),
            None => format!(
                "\t\t{{Kind:{} APIGroup:{} Name:{} Namespace:{}}}",
                text("kind"),
                text("apiGroup"),
                text("name"),
                text("namespace")
            ),
        });
    }
}
