//! `kubectl taint`.
//!
//! Models `kubectl/pkg/cmd/taint`.

use super::{Context, DryRun, How};
use crate::api::kinds::Kind;
use crate::api::objects::cluster::Taint;
use crate::api::objects::{Node, Object};
use crate::api::patch::merge;
use crate::api::validate::text;
use crate::apiserver::{PatchType, Subresource};
use crate::base::{Str, Value};
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use crate::kubectl::print::Format;
use crate::kubectl::types;
use serde_json::json;

/// What is to be added and removed; one to be removed may lack the effect.
#[derive(Debug, Default)]
struct Changes {
    add: Vec<Taint>,
    remove: Vec<Taint>,
}

pub(super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let dry_run = context.dry_run()?;
    let format = context.result_format()?;
    let (resources, specs) = split(&context.args.positional)?;
    let Some((kind, names)) = resources.split_first() else {
        return Err("one or more resources must be specified as <resource> <name>".into());
    };
    if specs.is_empty() {
        return Err("at least one taint update is required".into());
    }
    let changes = parse(&specs).map_err(|text| Failure::usage("kubectl taint", &text))?;
    if types::kind_of(kind, context.kinds())? != Kind::NODE {
        let kind = kind.to_lowercase();
        return Err(Failure::Plain(format!("invalid resource type {kind}, only node types are supported")));
    }
    check(&changes)?;
    let selected = context.args.text("selector").is_some_and(|text| !text.is_empty());
    match (context.args.on("all"), selected) {
        (true, true) => return Err("setting 'all' parameter with a non empty selector is prohibited".into()),
        (false, false) if names.is_empty() => {
            return Err("at least one resource name must be specified since 'all' parameter is not set".into());
        }
        _ => {}
    }
    let mut words = vec!["nodes".to_owned()];
    words.extend(names.iter().filter(|_| !selected && !context.args.on("all")).cloned());
    let selection = context.fetch(&words, How { type_means_all: context.args.on("all"), ..How::default() })?;
    let mut failures = Vec::new();
    for object in selection.objects() {
        if let Err(failure) = taint(context, object, &changes, dry_run, &format) {
            failures.push(failure);
        }
    }
    failures.extend(selection.failures);
    Failure::all(failures)?;
    Ok(Exec::Done(0))
}

/// Resources stand before taints.
fn split(words: &[String]) -> Result<(Vec<String>, Vec<String>), Failure> {
    let is_taint = |word: &String| word.contains(['=', ':']) || word.ends_with('-');
    let (mut resources, mut taints) = (Vec::new(), Vec::new());
    for word in words {
        match (is_taint(word), taints.is_empty()) {
            (true, _) => taints.push(word.clone()),
            (false, true) => resources.push(word.clone()),
            (false, false) => {
                return Err(Failure::Plain(format!("all resources must be specified before taint changes: {word}")));
            }
        }
    }
    Ok((resources, taints))
}

fn parse(specs: &[String]) -> Result<Changes, String> {
    let mut changes = Changes::default();
    for spec in specs {
        if let Some(spec) = spec.strip_suffix('-') {
            let taint = parse_one(spec)?;
            changes.remove.push(Taint { value: Str::from(""), ..taint });
            continue;
        }
        let taint = parse_one(spec)?;
        if taint.effect.is_empty() {
            return Err(format!("invalid taint spec: {spec}"));
        }
        if changes.add.iter().any(|other| matches(other, &taint)) {
            let Taint { key, value, effect, .. } = taint;
            return Err(format!("duplicated taints with the same key and effect: {{{key} {value} {effect} <nil>}}"));
        }
        changes.add.push(taint);
    }
    Ok(changes)
}

/// `key=value:effect`, `key:effect` or `key`.
fn parse_one(spec: &str) -> Result<Taint, String> {
    let invalid = |flaws: Vec<String>| match flaws.is_empty() {
        true => format!("invalid taint spec: {spec}"),
        false => format!("invalid taint spec: {spec}, {}", flaws.join("; ")),
    };
    let parts: Vec<&str> = spec.split(':').collect();
    let (pair, effect) = match parts.as_slice() {
        [key] => (vec![*key], ""),
        [pair, effect] => (pair.split('=').collect(), *effect),
        _ => return Err(invalid(Vec::new())),
    };
    if parts.len() == 2 && !["NoSchedule", "PreferNoSchedule", "NoExecute"].contains(&effect) {
        return Err(format!("invalid taint effect: {effect}, unsupported taint effect"));
    }
    let (key, value) = match pair.as_slice() {
        [key] => (*key, ""),
        [key, value] => (*key, *value),
        _ => return Err(invalid(Vec::new())),
    };
    for flaws in [text::label_value(value), text::qualified_name(key)] {
        if !flaws.is_empty() {
            return Err(invalid(flaws));
        }
    }
    Ok(Taint { key: key.into(), value: value.into(), effect: effect.into(), ..Taint::default() })
}

fn matches(a: &Taint, b: &Taint) -> bool {
    (&a.key, &a.effect) == (&b.key, &b.effect)
}

/// Nothing may be added and removed at once.
fn check(changes: &Changes) -> Result<(), Failure> {
    let mut clashes = Vec::new();
    for add in &changes.add {
        for remove in changes.remove.iter().filter(|remove| remove.key == add.key) {
            if remove.effect.is_empty() || remove.effect == add.effect {
                clashes.push(format!("{}={}", remove.key, remove.effect));
            }
        }
    }
    match clashes.is_empty() {
        true => Ok(()),
        false => Err(Failure::Plain(format!(
            "can not both modify and remove the following taint(s) in the same command: {}",
            clashes.join(", ")
        ))),
    }
}

fn taint(
    context: &mut Context<'_>,
    object: &Object,
    changes: &Changes,
    dry_run: DryRun,
    format: &Format,
) -> Result<(), Failure> {
    let Some(node) = Node::of(object) else { return Ok(()) };
    let old = &node.spec.taints;
    let overwrite = context.args.on("overwrite");
    if !overwrite {
        let present = changes.add.iter().filter(|add| old.iter().any(|old| matches(old, add)));
        let keys: Vec<&str> = present.map(|taint| &*taint.key).collect();
        if !keys.is_empty() {
            return Err(Failure::Plain(format!(
                "node {} already has {} taint(s) with same effect(s) and --overwrite is false",
                node.meta.name,
                keys.join(",")
            )));
        }
    }
    let (done, taints) = reorganize(old, changes, overwrite)?;
    let mut value = object.to_value();
    let list = if taints.is_empty() { Value::Null } else { crate::api::json::Json::to_json(&taints) };
    let patch = json!({"spec": {"taints": list}});
    if dry_run == DryRun::Client {
        value = merge::apply(value, &patch);
    } else {
        let patch = (PatchType::Merge, patch);
        value = context.client().patch(&object.key(), patch, Subresource::None, dry_run.is_server())?.to_value();
    }
    context.report(&value, done, dry_run, format)
}

/// The taints afterwards, and what was done to the node. Models `reorganizeTaints`.
fn reorganize(old: &[Taint], changes: &Changes, overwrite: bool) -> Result<(&'static str, Vec<Taint>), Failure> {
    let mut taints = changes.add.clone();
    let kept = old.iter().filter(|old| !changes.add.iter().any(|add| matches(add, old)));
    taints.extend(kept.cloned());
    let added = taints.len() != old.len();
    let (mut removed, mut missing) = (false, Vec::new());
    for remove in &changes.remove {
        let before = taints.len();
        taints.retain(|taint| taint.key != remove.key || !remove.effect.is_empty() && taint.effect != remove.effect);
        removed = taints.len() != before;
        if !removed {
            let effect = if remove.effect.is_empty() { String::new() } else { format!(":{}", remove.effect) };
            missing.push(Failure::Plain(format!("taint \"{}{effect}\" not found", remove.key)));
        }
    }
    if !missing.is_empty() {
        return Err(Failure::Many(missing));
    }
    let done = match (added && removed || overwrite, added) {
        (true, _) => "modified",
        (false, true) => "tainted",
        (false, false) => "untainted",
    };
    Ok((done, taints))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(specs: &str) -> Result<Changes, String> {
        parse(&specs.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn specs() {
        for (specs, error) in [
            ("a", "invalid taint spec: a"),
            (
                "a=b",
                "invalid taint spec: a=b, name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
            ),
            ("a=b:c:d", "invalid taint spec: a=b:c:d"),
            ("a=b=c:NoSchedule", "invalid taint spec: a=b=c:NoSchedule"),
            ("a=b:Never", "invalid taint effect: Never, unsupported taint effect"),
            ("a:NoSchedule a=b:NoSchedule", "duplicated taints with the same key and effect: {a b NoSchedule <nil>}"),
        ] {
            assert_eq!(changes(specs).unwrap_err(), error, "{specs}");
        }
    }

    #[test]
    fn what_becomes_of_a_node() {
        let old = changes("a=1:NoSchedule a:NoExecute b:NoSchedule").unwrap().add;
        for (specs, overwrite, done, left) in [
            ("c:NoSchedule", false, "tainted", "c::NoSchedule a:1:NoSchedule a::NoExecute b::NoSchedule"),
            ("a-", false, "untainted", "b::NoSchedule"),
            ("a:NoExecute-", false, "untainted", "a:1:NoSchedule b::NoSchedule"),
            ("c:NoSchedule b-", false, "modified", "c::NoSchedule a:1:NoSchedule a::NoExecute"),
            ("a=2:NoSchedule", true, "modified", "a:2:NoSchedule a::NoExecute b::NoSchedule"),
        ] {
            let (got, taints) = reorganize(&old, &changes(specs).unwrap(), overwrite).unwrap();
            let text = |taint: &Taint| format!("{}:{}:{}", taint.key, taint.value, taint.effect);
            let texts: Vec<String> = taints.iter().map(text).collect();
            assert_eq!((got, texts.join(" ").as_str()), (done, left), "{specs}");
        }
        let missing = reorganize(&old, &changes("x:NoSchedule- y-").unwrap(), false).unwrap_err();
        assert_eq!(missing.text(), "taint \"x:NoSchedule\" not found\ntaint \"y\" not found");
    }
}
