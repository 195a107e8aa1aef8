//! `kubectl set subject`: more users, groups and service accounts in a binding.
//!
//! Models `kubectl/pkg/cmd/set/set_subject.go`.

use super::{Context, DryRun, How};
use crate::api::kinds::Kind;
use crate::apiserver::{PatchType, Subresource};
use crate::base::{Order, Value};
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use crate::kubectl::print::object_name;
use serde_json::json;

const API: &str = "rbac.authorization.k8s.io";

pub(super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let dry_run = context.dry_run()?;
    let format = context.result_format()?;
    if context.args.on("all") && context.args.has("selector") {
        return Err("cannot set --all and --selector at the same time".into());
    }
    let args = context.args.positional.clone();
    let selection = context.fetch(&args, How { type_means_all: context.args.on("all"), ..How::default() })?;
    Failure::all(selection.failures)?;
    let sorted = |flag: &str| {
        let mut all = context.args.list(flag).to_vec();
        all.order();
        all.dedup();
        all
    };
    let (users, groups, accounts) = (sorted("user"), sorted("group"), sorted("serviceaccount"));
    if users.is_empty() && groups.is_empty() && accounts.is_empty() {
        return Err("you must specify at least one value of user, group or serviceaccount".into());
    }
    let mut wanted: Vec<Value> = Vec::new();
    for (kind, names) in [("User", users), ("Group", groups)] {
        wanted.extend(names.iter().map(|name| json!({"kind": kind, "apiGroup": API, "name": name})));
    }
    for account in accounts {
        let (namespace, name) = match account.split(':').collect::<Vec<_>>().as_slice() {
            [namespace, name] if !name.is_empty() => ((*namespace).to_owned(), (*name).to_owned()),
            _ => return Err("serviceaccount must be <namespace>:<name>".into()),
        };
        let namespace = if namespace.is_empty() { context.namespace() } else { namespace };
        wanted.push(json!({"kind": "ServiceAccount", "namespace": namespace, "name": name}));
    }
    let mut failures = Vec::new();
    for object in selection.targets.iter().filter_map(|target| target.object.as_ref()) {
        let key = object.key();
        if !matches!(key.kind, Kind::ROLE_BINDING | Kind::CLUSTER_ROLE_BINDING) {
            let name = object_name(key.kind, &key.name);
            let why = "setting subjects is only supported for RoleBinding/ClusterRoleBinding";
            failures.push(Failure::Plain(format!("error: {name} {why}\n")));
            continue;
        }
        let mut value = object.to_value();
        let mut subjects = value.get("subjects").and_then(Value::as_array).cloned().unwrap_or_default();
        let before = subjects.len();
        for subject in &wanted {
            if !subjects.contains(subject) {
                subjects.push(subject.clone());
            }
        }
        if subjects.len() == before {
            continue;
        }
        value["subjects"] = subjects.clone().into();
        if dry_run != DryRun::Client {
            let patch = (PatchType::Merge, json!({"subjects": subjects}));
            value = context.client().patch(&key, patch, Subresource::None, dry_run.is_server())?.to_value();
        }
        context.report(&value, "subjects updated", dry_run, &format)?;
    }
    Failure::all(failures)?;
    Ok(Exec::Done(0))
}
