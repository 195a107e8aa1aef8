//! `kubectl cordon`, `uncordon` and `drain`.
//!
//! Models `kubectl/pkg/cmd/drain/drain.go`. Here stands what the three have in common; [`pods`] says which pods a drain
//! removes, [`process`] removes them.

mod pods;
mod process;

use super::{Context, DryRun, How, fail};
use crate::api::kinds::Kind;
use crate::api::objects::{Node, Object};
use crate::apiserver::{PatchType, Subresource};
use crate::base::Str;
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use crate::kubectl::label_selector::Selector;
use serde_json::json;
use std::rc::Rc;

pub(super) fn cordon(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let nodes = nodes(context)?;
    mark(context, &nodes, true)?;
    Ok(Exec::Done(0))
}

pub(super) fn uncordon(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let nodes = nodes(context)?;
    mark(context, &nodes, false)?;
    Ok(Exec::Done(0))
}

pub(super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let selector = context.args.text("pod-selector").unwrap_or_default();
    let selector = Selector::parse(selector)
        .map_err(|_| Failure::from("--pod-selector=<pod_selector> must be a valid label selector"))?;
    let nodes = nodes(context)?;
    mark(context, &nodes, true)?;
    let names = nodes.iter().map(|node| node.meta().name.clone()).collect();
    let drain = process::Drain::new(context, selector, names)?;
    Ok(Exec::Running(Box::new(drain)))
}

/// The nodes that are named or selected.
fn nodes(context: &mut Context<'_>) -> Result<Vec<Rc<Object>>, Failure> {
    let names = context.args.positional.clone();
    let command = format!("kubectl {}", context.path);
    if names.is_empty() && !context.args.has("selector") {
        return Err(Failure::usage(&command, &format!("USAGE: {} NODE [flags]", context.path)));
    }
    if !names.is_empty() && context.args.text("selector").is_some_and(|text| !text.is_empty()) {
        let why = "error: cannot specify both a node name and a --selector option";
        return Err(Failure::usage(&command, why));
    }
    let words: Vec<String> = match names.as_slice() {
        [] => vec!["nodes".to_owned()],
        names => {
            names.iter().map(|name| if name.contains('/') { name.clone() } else { format!("nodes/{name}") }).collect()
        }
    };
    let selection = context.fetch(&words, How { single_type: true, ..How::default() })?;
    if let Some(failure) = selection.failures.first() {
        return Err(failure.clone());
    }
    if let Some(other) = selection.kinds.iter().find(|kind| **kind != Kind::NODE) {
        let info = other.info();
        let resource = format!("{}/{}, Resource={}", info.group, info.version, info.plural);
        return Err(Failure::Plain(format!("expected resource of type node, got {resource:?}")));
    }
    Ok(selection.objects().cloned().collect())
}

/// Keeps new pods away from nodes, or lets them come again.
fn mark(context: &mut Context<'_>, nodes: &[Rc<Object>], unschedulable: bool) -> Result<(), Failure> {
    let dry_run = context.dry_run()?;
    let word = if unschedulable { "cordon" } else { "uncordon" };
    for object in nodes {
        let name = object.meta().name.clone();
        let present = Node::of(object).is_some_and(|node| node.spec.unschedulable);
        if present == unschedulable {
            say(context.output, &name, &format!("already {word}ed"), dry_run);
            continue;
        }
        if dry_run != DryRun::Client {
            let value = if unschedulable { json!(true) } else { json!(null) };
            let patch = (PatchType::Strategic, json!({"spec": {"unschedulable": value}}));
            let written = context.client().patch(&object.key(), patch, Subresource::None, dry_run.is_server());
            if let Err(failure) = written {
                fail(
                    &Failure::Plain(format!("unable to {word} node {:?}: {}", &*name, failure.message())),
                    context.output,
                );
                continue;
            }
        }
        say(context.output, &name, &format!("{word}ed"), dry_run);
    }
    Ok(())
}

fn say(output: &mut crate::kubectl::exec::Output, node: &Str, what: &str, dry_run: DryRun) {
    output.line(format_args!("node/{node} {what}{}", dry_run.suffix()));
}
