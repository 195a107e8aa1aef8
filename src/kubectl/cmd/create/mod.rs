//! `kubectl create`: from files, or an object that flags describe ([`deployment`], [`service_cluster_ip`], …).
//!
//! Models `kubectl/pkg/cmd/create`.

mod account;
mod config;
mod deployment;
mod ingress;
mod jobs;
mod policy;
mod roles;
mod service;

pub(super) use account::{service_account, token};
pub(super) use config::{config_map, docker_registry, secret, tls};
pub(super) use deployment::deployment;
pub(super) use ingress::ingress;
pub(super) use jobs::{cron_job, job};
pub(super) use policy::{amounts, budget, priority_class, quota};
pub(super) use roles::{cluster_role, cluster_role_binding, role, role_binding};
pub(super) use service::{service_cluster_ip, service_external_name, service_load_balancer, service_node_port};

use super::apply::with_last_applied;
use super::{Context, DryRun};
use crate::api::kinds::Kind;
use crate::api::objects::Object;
use crate::api::versions;
use crate::base::{Value, text::go_quote};
use crate::kubectl::client::Client;
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use serde_json::json;

/// `kubectl create -f`.
pub(super) fn from_files(context: &mut Context<'_>) -> Result<Exec, Failure> {
    if !context.args.positional.is_empty() {
        let text = format!("Unexpected args: [{}]", context.args.positional.join(" "));
        return Err(Failure::usage("kubectl create", &text));
    }
    let names = context.args.list("filename");
    if names.is_empty() && context.args.has("kustomize") {
        return Err("the playground has no kustomize".into());
    }
    if names.is_empty() {
        return Err("must specify one of -f and -k".into());
    }
    let dry_run = context.dry_run()?;
    let format = context.result_format()?;
    let manifests = context.manifests()?;
    let mut failures = manifests.failures;
    let count = manifests.found.len();
    for manifest in manifests.found {
        let key = Client::key(manifest.kind, manifest.namespace(), manifest.name());
        let mut value = manifest.value;
        super::record::annotate(&mut value, super::record::command_line(context));
        if context.args.on("save-config") {
            value = with_last_applied(&value);
        }
        if dry_run != DryRun::Client {
            let value_version = versions::of(key.kind, &value);
            match context.client().create(&key, value, dry_run.is_server()) {
                Ok(created) => value = as_sent(&value_version, &created),
                Err(failure) => {
                    let failure = failure.when("creating", &manifest.file);
                    // What goes wrong with an item of a list is told as one of several errors.
                    failures.push(if manifest.in_list { Failure::Many(vec![failure]) } else { failure });
                    continue;
                }
            }
        }
        context.report(&value, "created", dry_run, &format)?;
    }
    let nothing = count == 0 && failures.is_empty();
    Failure::all(failures)?;
    if nothing { Err("no objects passed to create".into()) } else { Ok(Exec::Done(0)) }
}

/// An object in the version in which a file has it: the server answers in the version in which it is asked.
pub(super) fn as_sent(version: &str, object: &Object) -> Value {
    versions::from_kept(version, object.to_value())
}

/// `kubectl create namespace`.
pub(super) fn namespace(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let name = only_name(context)?;
    make(
        context,
        Kind::NAMESPACE,
        json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}, "spec": {}, "status": {}
        }),
    )
}

/// The one argument. Models `NameFromCommandArgs`.
fn only_name(context: &Context<'_>) -> Result<String, Failure> {
    let args = &context.args;
    let names = &args.positional[..args.dash_at.unwrap_or(args.positional.len()).min(args.positional.len())];
    match names {
        [name] => Ok(name.clone()),
        names => Err(Failure::usage(
            &format!("kubectl {}", context.path),
            &format!("exactly one NAME is required, got {}", names.len()),
        )),
    }
}

/// Creates an object that flags described, or prints it. In a dry run of the client it is printed as Go writes its structs.
pub(super) fn make(context: &mut Context<'_>, kind: Kind, value: Value) -> Result<Exec, Failure> {
    let (dry_run, format) = (context.dry_run()?, context.result_format()?);
    let value = created(context, kind, value)?;
    context.report(&value, "created", dry_run, &format)?;
    Ok(Exec::Done(0))
}

/// The object that flags described, once it is created.
pub(super) fn created(context: &mut Context<'_>, kind: Kind, mut value: Value) -> Result<Value, Failure> {
    let dry_run = context.dry_run()?;
    // Only a namespace that was asked for is printed; the request carries it anyway.
    if kind.info().namespaced && context.args.has("namespace") {
        value["metadata"]["namespace"] = context.namespace().into();
    }
    if context.args.on("save-config") {
        value = with_last_applied(&value);
    }
    if dry_run != DryRun::Client {
        let name = value.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let service_type = value.pointer("/spec/type").and_then(Value::as_str).unwrap_or_default().to_owned();
        let key = Client::key(kind, &context.namespace(), &name);
        let created = context.client().create(&key, value, dry_run.is_server());
        let created = created.map_err(|failure| match context.path {
            "run" => failure,
            _ => explained(failure, kind, &service_type),
        });
        value = created?.to_value();
    }
    Ok(value)
}

/// Sub-commands that name what they failed to make put it before the server's words, and lose its reason thereby.
fn explained(failure: Failure, kind: Kind, service_type: &str) -> Failure {
    let what = match kind {
        Kind::CONFIG_MAP => "configmap:".to_owned(),
        Kind::SECRET => "secret".to_owned(),
        Kind::DEPLOYMENT => "deployment:".to_owned(),
        Kind::SERVICE => format!("{service_type} service:"),
        Kind::JOB => "job:".to_owned(),
        Kind::CRON_JOB => "cronjob:".to_owned(),
        Kind::INGRESS => "ingress:".to_owned(),
        Kind::RESOURCE_QUOTA => "quota:".to_owned(),
        Kind::POD_DISRUPTION_BUDGET => "poddisruptionbudgets:".to_owned(),
        Kind::PRIORITY_CLASS => "priorityclass:".to_owned(),
        Kind::ROLE_BINDING => "rolebinding:".to_owned(),
        Kind::CLUSTER_ROLE_BINDING => "clusterrolebinding:".to_owned(),
        Kind::SERVICE_ACCOUNT => "serviceaccount:".to_owned(),
        _ => return failure,
    };
    match failure {
        Failure::Status(status) => Failure::Plain(format!("failed to create {what} {}", status.message)),
        other => other,
    }
}

/// A port's text as JSON: a number if it is one.
fn int_or_text(text: &str) -> Value {
    text.parse::<i32>().map_or_else(|_| text.into(), Value::from)
}

/// Why a name is none of an environment variable; nothing when it is. kubectl is stricter than the server.
///
/// Models `IsEnvVarName` of `apimachinery/pkg/util/validation`.
pub(super) fn env_name_flaw(name: &str) -> Option<String> {
    let is_letter = |c: char| c.is_ascii_alphabetic() || matches!(c, '-' | '.' | '_');
    let is_name = name.starts_with(is_letter) && name.chars().all(|c| is_letter(c) || c.is_ascii_digit());
    let text = crate::api::validate::text::regex_words(
        "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not \
         start with a digit",
        "[-._a-zA-Z][-._a-zA-Z0-9]*",
        &["my.env-name", "MY_ENV.NAME", "MyEnvName1"],
    );
    (!is_name).then_some(text)
}

fn required(flag: &str) -> Failure {
    Failure::Plain(format!("required flag(s) {} not set", go_quote(flag)))
}
