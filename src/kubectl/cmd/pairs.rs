//! `KEY=VALUE` and `KEY-` arguments, as `label`, `annotate` and `set` take them after resources.

use crate::kubectl::failure::Failure;
use std::collections::BTreeMap;

/// Parts arguments into resources and pairs. Models `GetResourcesAndPairs` in `kubectl/pkg/cmd/util/helpers.go`.
pub(super) fn split(args: &[String], what: &str) -> Result<(Vec<String>, Vec<String>), Failure> {
    let is_pair = |arg: &str| (arg.contains('=') && !arg.starts_with('=')) || (arg.ends_with('-') && arg != "-");
    let first = args.iter().position(|arg| is_pair(arg)).unwrap_or(args.len());
    let (resources, pairs) = args.split_at(first);
    match pairs.iter().find(|arg| !is_pair(arg)) {
        Some(arg) => Err(Failure::Plain(format!("all resources must be specified before {what} changes: {arg}"))),
        None => Ok((resources.to_vec(), pairs.to_vec())),
    }
}

/// Values to set, and keys to remove.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) set: BTreeMap<String, String>,
    pub(super) remove: Vec<String>,
}

/// Reads pairs. Models `ParsePairs` there.
pub(super) fn parse(pairs: &[String], what: &str, may_remove: bool) -> Result<Changes, Failure> {
    let mut changes = Changes::default();
    let mut invalid = Vec::new();
    for pair in pairs {
        match (pair.split_once('='), pair.strip_suffix('-')) {
            (Some((key, value)), _) if !key.is_empty() => drop(changes.set.insert(key.to_owned(), value.to_owned())),
            (None, Some(key)) if may_remove && !key.is_empty() => changes.remove.push(key.to_owned()),
            _ => invalid.push(pair.as_str()),
        }
    }
    match invalid.is_empty() {
        true => Ok(changes),
        false => Err(Failure::Plain(format!("invalid {what} format: {}", invalid.join(", ")))),
    }
}
