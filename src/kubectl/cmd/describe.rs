//! `kubectl describe`.
//!
//! Models `kubectl/pkg/cmd/describe/describe.go`.

use super::{Context, How};
use crate::api::objects::Object;
use crate::kubectl::client::{Client, Filter};
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
    let selection = context.select(&args, How { type_means_all: true, ..How::default() })?;
    let show_events = context.args.switch("show-events", true);
    let mut failures = selection.failures;
    let mut objects: Vec<Rc<Object>> = Vec::new();
    let none_asked = selection.targets.is_empty();
    for target in selection.targets {
        let found = match target.object {
            Some(object) => Ok(vec![object]),
            None => named(&target.key, &mut context.client()),
        };
        match found {
            Ok(found) => objects.extend(found),
            Err(failure) => failures.push(failure),
        }
    }
    let mut texts = Vec::new();
    for object in &objects {
        texts.push(describe(object, &mut context.client(), show_events));
    }
    context.output.out(texts.join("\n\n"));
    if none_asked && failures.is_empty() {
        let namespace = context.namespace();
        context.output.err_line(match context.args.on("all-namespaces") {
            true => "No resources found".to_owned(),
            false => format!("No resources found in {namespace} namespace."),
        });
    }
    Failure::all(failures)?;
    Ok(Exec::Done(0))
}

/// The object of this name, or those whose names begin so.
fn named(key: &crate::api::kinds::Key, client: &mut Client<'_>) -> Result<Vec<Rc<Object>>, Failure> {
    let failure = match client.get(key) {
        Ok(object) => return Ok(vec![object]),
        Err(failure) => failure,
    };
    let listed = client.list(key.kind, &key.namespace, Filter::default()).unwrap_or_default();
    let matching: Vec<_> = listed.into_iter().filter(|object| object.meta().name.starts_with(&*key.name)).collect();
    if matching.is_empty() { Err(failure) } else { Ok(matching) }
}
