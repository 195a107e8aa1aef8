//! `kubectl describe`.
//!
//! Models `kubectl/pkg/cmd/describe/describe.go`.

use super::{Context, How};
use crate::api::kinds::Kind;
use crate::api::objects::Object;
use crate::kubectl::client::Filter;
use crate::kubectl::describe::describe;
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use std::rc::Rc;

pub(super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let args = context.args.positional.clone();
    if args.is_empty() && context.args.list("filename").is_empty() {
        let text = "You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list \
                    of supported resources.";
        return Err(Failure::Plain(text.to_owned()));
    }
    let selection = context.fetch(&args, How { type_means_all: true, ..How::default() })?;
    let objects: Vec<Rc<Object>> = selection.objects().cloned().collect();
    // Of several objects, and after an error, events are only shown when they were asked for.
    let several = objects.len() > 1 || !selection.failures.is_empty();
    let show_events = context.args.switch("show-events", !several);
    if let ([failure], [_, name]) = (selection.failures.as_slice(), args.as_slice())
        && failure.is_not_found()
        && let Some(kind) = selection.kinds.first()
    {
        return matching(context, *kind, name, show_events).unwrap_or_else(|| Err(failure.clone()));
    }
    let texts: Vec<String> =
        objects.iter().map(|object| describe(object, &mut context.client(), show_events)).collect();
    context.output.out(texts.join("\n\n"));
    if objects.is_empty() && selection.failures.is_empty() {
        let namespace = context.namespace();
        context.output.err_line(match context.args.on("all-namespaces") {
            true => "No resources found".to_owned(),
            false => format!("No resources found in {namespace} namespace."),
        });
    }
    Failure::all(selection.failures)?;
    Ok(Exec::Done(0))
}

/// The objects whose names begin so, when none has this name; `None` when there are none.
///
/// Models `DescribeMatchingResources`.
fn matching(context: &mut Context<'_>, kind: Kind, prefix: &str, show_events: bool) -> Option<Result<Exec, Failure>> {
    let namespace = if kind.info().namespaced { context.namespace() } else { String::new() };
    let listed = match context.client().list(kind, &namespace, Filter::default()) {
        Ok(listed) => listed,
        Err(failure) => return Some(Err(failure)),
    };
    let mut found = false;
    for object in listed.iter().filter(|object| object.meta().name.starts_with(prefix)) {
        found = true;
        let text = describe(object, &mut context.client(), show_events);
        context.output.out(format!("{text}\n"));
    }
    found.then_some(Ok(Exec::Done(0)))
}
