//! `kubectl apply --prune`: what was applied once and is in no file any more is deleted.
//!
//! Models `kubectl/pkg/cmd/apply/prune.go` and `kubectl/pkg/util/prune/prune.go`.

use super::apply::LAST_APPLIED;
use super::{Context, DryRun};
use crate::api::kinds::{Key, Kind};
use crate::apiserver::Options;
use crate::base::Str;
use crate::kubectl::client::Filter;
use crate::kubectl::failure::Failure;
use crate::kubectl::print::Format;
use std::collections::BTreeSet;

/// What is looked at when `--prune-allowlist` names nothing: first in each namespace, then in none.
const DEFAULT: [Kind; 16] = [
    Kind::CONFIG_MAP,
    Kind::ENDPOINTS,
    Kind::PERSISTENT_VOLUME_CLAIM,
    Kind::POD,
    Kind::REPLICATION_CONTROLLER,
    Kind::SECRET,
    Kind::SERVICE,
    Kind::JOB,
    Kind::CRON_JOB,
    Kind::INGRESS,
    Kind::DAEMON_SET,
    Kind::DEPLOYMENT,
    Kind::REPLICA_SET,
    Kind::STATEFUL_SET,
    Kind::NAMESPACE,
    Kind::PERSISTENT_VOLUME,
];

/// The objects that files named.
#[derive(Default)]
pub(super) struct Seen {
    uids: BTreeSet<Str>,
    namespaces: BTreeSet<Str>,
}

impl Seen {
    /// An object of a file was applied.
    pub(super) fn note(&mut self, context: &mut Context<'_>, key: &Key) {
        self.uids.extend(context.client().peek(key).map(|object| object.meta().uid.clone()));
        if !key.namespace.is_empty() {
            self.namespaces.insert(key.namespace.clone());
        }
    }
}

/// Whether `--prune` goes with the other flags.
pub(super) fn check(context: &Context<'_>) -> Result<(), Failure> {
    let args = &context.args;
    if args.on("prune") && args.text("selector").is_none_or(str::is_empty) && !args.on("all") {
        return Err(
            "all resources selected for prune without explicitly passing --all. To prune all resources, pass the \
                    --all flag. If you did not mean to prune all resources, specify a label selector"
                .into(),
        );
    }
    kinds(context).map(|_| ())
}

fn kinds(context: &Context<'_>) -> Result<Vec<Kind>, Failure> {
    let allowed = context.args.list("prune-allowlist");
    if allowed.is_empty() {
        return Ok(DEFAULT.to_vec());
    }
    let mut kinds = Vec::new();
    for text in allowed {
        let parts: Vec<&str> = text.split('/').collect();
        let [group, version, kind] = parts.as_slice() else {
            return Err(Failure::Plain(format!(
                "invalid GroupVersionKind format: {text}, please follow <group/version/kind>"
            )));
        };
        let api_version = if *group == "core" { (*version).to_owned() } else { format!("{group}/{version}") };
        let found = context.kinds().of(&api_version, kind);
        kinds.push(found.ok_or_else(|| format!("no matches for kind \"{kind}\" in version \"{api_version}\""))?);
    }
    Ok(kinds)
}

/// Deletes what nobody named.
pub(super) fn run(context: &mut Context<'_>, seen: &Seen, dry_run: DryRun, format: &Format) -> Result<(), Failure> {
    let kinds = kinds(context)?;
    for namespace in &seen.namespaces {
        for kind in kinds.iter().filter(|kind| kind.info().namespaced) {
            prune(context, *kind, namespace, seen, dry_run, format)?;
        }
    }
    for kind in kinds.iter().filter(|kind| !kind.info().namespaced) {
        prune(context, *kind, "", seen, dry_run, format)?;
    }
    Ok(())
}

fn prune(
    context: &mut Context<'_>,
    kind: Kind,
    namespace: &str,
    seen: &Seen,
    dry_run: DryRun,
    format: &Format,
) -> Result<(), Failure> {
    let labels = context.args.text("selector").unwrap_or_default().to_owned();
    let found = context.client().list(kind, namespace, Filter { labels: &labels, fields: "" })?;
    for object in found {
        let meta = object.meta();
        if meta.annotations.get(LAST_APPLIED).is_none() || seen.uids.contains(&meta.uid) {
            continue;
        }
        if dry_run != DryRun::Client {
            let options = Options { dry_run: dry_run.is_server(), ..Options::default() };
            context.client().delete(&object.key(), options)?;
        }
        context.report(&object.to_value(), "pruned", dry_run, format)?;
    }
    Ok(())
}
