//! `kubectl diff`: what an apply would change, as `diff -u -N` shows it.
//!
//! Models `kubectl/pkg/cmd/diff/diff.go`.

use super::apply;
use super::{Context, fail};
use crate::base::Order;
use crate::base::Value;
use crate::base::hash::Fnv64;
use crate::base::text::go_quote;
use crate::kubectl::client::Client;
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use crate::kubectl::files::Manifest;
use crate::kubectl::printer::unified;
use std::hash::Hasher;

/// The exit code of errors: 1 means that there are differences.
const TROUBLE: i32 = 2;

/// Two versions of an object, under the name of their files.
struct Pair {
    name: String,
    live: String,
    merged: String,
}

pub(super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    match differences(context) {
        Ok(false) => Ok(Exec::Done(0)),
        Ok(true) => Ok(Exec::Done(1)),
        Err(failure) => {
            fail(&failure, context.output);
            Ok(Exec::Done(TROUBLE))
        }
    }
}

fn differences(context: &mut Context<'_>) -> Result<bool, Failure> {
    if !context.args.positional.is_empty() {
        let text = format!("Unexpected args: [{}]", context.args.positional.join(" "));
        return Err(Failure::usage("kubectl diff", &text));
    }
    if context.args.list("filename").is_empty() {
        return Err("must specify one of -f and -k".into());
    }
    if context.args.on("force-conflicts") && !context.args.on("server-side") {
        return Err("--force-conflicts only works with --server-side".into());
    }
    let manifests = context.manifests()?;
    let mut failures = manifests.failures;
    let mut pairs = Vec::new();
    for manifest in manifests.found {
        if !apply::selected(context, &manifest)? {
            continue;
        }
        match pair(context, &manifest) {
            Ok(pair) => pairs.push(pair),
            Err(failure) => failures.push(failure),
        }
    }
    Failure::all(failures)?;
    pairs.order_by(|a, b| a.name.cmp(&b.name));
    let place = Place::new(context);
    let mut differ = false;
    for pair in &pairs {
        let hunks = unified::diff(&pair.live, &pair.merged);
        if !hunks.is_empty() {
            differ = true;
            let (live, merged) = (place.file("LIVE", &pair.name), place.file("MERGED", &pair.name));
            let now = &place.now;
            context.output.out(format!("diff -u -N {live} {merged}\n--- {live}\t{now}\n+++ {merged}\t{now}\n{hunks}"));
        }
    }
    Ok(differ)
}

fn pair(context: &mut Context<'_>, manifest: &Manifest) -> Result<Pair, Failure> {
    if manifest.name().is_empty() {
        return Err(Failure::Plain(format!("error: resource name may not be empty in {}", go_quote(&manifest.file))));
    }
    let key = Client::key(manifest.kind, manifest.namespace(), manifest.name());
    let live = match context.client().get(&key) {
        Ok(object) => Some(object),
        Err(failure) if failure.is_not_found() => None,
        Err(failure) => return Err(failure),
    };
    let merged = match &live {
        _ if context.args.on("server-side") => {
            let manager = context.args.text("field-manager").unwrap_or("kubectl").to_owned();
            let force = context.args.on("force-conflicts");
            let mut client = context.client().managed_by(&manager);
            client.apply(&key, manifest.value.clone(), force, true)?.to_value()
        }
        None => context.client().create(&key, manifest.value.clone(), true)?.to_value(),
        Some(live) => {
            let modified = apply::without_last_applied(&manifest.value);
            apply::patch(context, live, &modified, true, &manifest.file)?.0
        }
    };
    let info = key.kind.info();
    let group = if info.group.is_empty() { String::new() } else { format!("{}.", info.group) };
    let (mut live, mut merged) = (live.map(|live| live.to_value()), merged);
    if info.kind == "Secret" && info.group.is_empty() {
        mask(live.as_mut(), &mut merged);
    }
    Ok(Pair {
        name: format!("{group}{}.{}.{}.{}", info.version, info.kind, key.namespace, key.name),
        live: live.map(|live| crate::yaml::to_yaml(&live)).unwrap_or_default(),
        merged: crate::yaml::to_yaml(&merged),
    })
}

/// Hides what a Secret holds; only whether it differs is told.
///
/// Models `Masker` of `diff.go`.
fn mask(live: Option<&mut Value>, merged: &mut Value) {
    const EQUAL: &str = "***";
    let mut none = Value::Null;
    let live = live.unwrap_or(&mut none);
    let mut nothing = serde_json::Map::new();
    let mut nothing_else = serde_json::Map::new();
    let before = live.get_mut("data").and_then(Value::as_object_mut).unwrap_or(&mut nothing);
    let after = merged.get_mut("data").and_then(Value::as_object_mut).unwrap_or(&mut nothing_else);
    for (key, old) in before.iter_mut() {
        match after.get_mut(key) {
            Some(new) if new == old => (*old, *new) = (EQUAL.into(), EQUAL.into()),
            Some(new) => (*old, *new) = ("*** (before)".into(), "*** (after)".into()),
            None => *old = EQUAL.into(),
        }
    }
    for (_, new) in after.iter_mut().filter(|(key, _)| !before.contains_key(*key)) {
        *new = EQUAL.into();
    }
}

/// Where the versions would be written: names that look as random as real ones, and are the same each time.
struct Place {
    number: u64,
    now: String,
}

impl Place {
    fn new(context: &Context<'_>) -> Place {
        let mut hash = Fnv64::default();
        hash.write_u64(context.engine.world().api.store().rev());
        let now = context.engine.now().timestamp().to_string();
        Place { number: hash.finish(), now: now.replace('T', " ").replace('Z', ".000000000 +0000") }
    }

    fn file(&self, side: &str, name: &str) -> String {
        let number = if side == "LIVE" { self.number } else { self.number.rotate_left(32) };
        format!("/tmp/{side}-{}/{name}", number % 10_000_000_000)
    }
}
