//! What a type word on the command line means: `po`, `deployments.apps`, `deployments.v1.apps`, `all`.

use super::failure::Failure;
use super::resource_args::type_candidates;
use crate::api::custom::Kinds;
use crate::api::kinds::Kind;
use crate::base::Order;
use crate::base::text::{go_quote, nearest};

/// The kind that a word means. The error is kubectl's.
///
/// Models `cli-runtime/pkg/resource/builder.go` mappingFor: resources first, then kinds; short names only without group.
pub fn kind_of(word: &str, kinds: &Kinds) -> Result<Kind, Failure> {
    let candidates = type_candidates(word);
    let found = candidates.iter().find_map(|(name, version, group)| {
        let name = name.to_lowercase();
        kinds.all().find(|kind| {
            let info = kind.info();
            let named = info.plural == name || info.singular == name || info.short_names.contains(&name.as_str());
            let group_fits = group.as_deref().is_none_or(|group| info.group == group || prefixes(info.group, group));
            let has_version = |version: &str| {
                let other = |other: &&str| other.rsplit('/').next() == Some(version);
                info.version == version || info.other_versions.iter().any(other)
            };
            named && group_fits && version.as_deref().is_none_or(has_version)
        })
    });
    let unknown = || {
        let name = candidates.last().map_or(word, |(name, _, _)| name);
        Failure::Plain(format!("the server doesn't have a resource type {}", go_quote(name)))
    };
    found.ok_or_else(unknown)
}

/// `deployments.ap` finds group `apps`: kubectl's mapper takes a group by its beginning.
fn prefixes(group: &str, beginning: &str) -> bool {
    !beginning.is_empty() && group.starts_with(beginning)
}

/// The kinds of a category such as `all`, in the order in which the API server lists them.
pub fn category(word: &str, kinds: &Kinds) -> Option<Vec<Kind>> {
    let members: Vec<Kind> = kinds.all().filter(|kind| kind.info().categories.contains(&word)).collect();
    (!members.is_empty()).then(|| in_get_all_order(members))
}

/// `get all` asks in the order of discovery: core, apps, autoscaling, batch; within a group as the server registers them.
fn in_get_all_order(mut kinds: Vec<Kind>) -> Vec<Kind> {
    const ORDER: [Kind; 10] = [
        Kind::POD,
        Kind::REPLICATION_CONTROLLER,
        Kind::SERVICE,
        Kind::DAEMON_SET,
        Kind::DEPLOYMENT,
        Kind::REPLICA_SET,
        Kind::STATEFUL_SET,
        Kind::HORIZONTAL_POD_AUTOSCALER,
        Kind::CRON_JOB,
        Kind::JOB,
    ];
    kinds.order_by_key(|kind| ORDER.iter().position(|known| known == kind).unwrap_or(ORDER.len()));
    kinds
}

/// The type word that somebody who wrote `word` may have meant.
pub fn nearest_type(word: &str, kinds: &Kinds) -> Option<&'static str> {
    let words = kinds.all().flat_map(|kind| {
        let info = kind.info();
        [info.plural, info.singular].into_iter().chain(info.short_names.iter().copied())
    });
    nearest(word, words)
}
