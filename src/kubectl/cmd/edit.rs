//! `kubectl edit`: in the page's editor, or with a command that `KUBE_EDITOR` names.
//!
//! Models `kubectl/pkg/cmd/util/editor/editoptions.go`.

use super::{Context, How};
use crate::api::objects::Object;
use crate::apiserver::{Reason, Subresource};
use crate::base::Value;
use crate::base::text::go_quote;
use crate::kubectl::console::Machinery;
use crate::kubectl::exec::{Exec, Output};
use crate::kubectl::failure::Failure;
use crate::msg;
use crate::shell::machine::Machine;
use crate::shell::parse::parse;
use std::rc::Rc;

const HEAD: &str = "# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
";

pub(super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let args = context.args.positional.clone();
    let selection = context.fetch(&args, How { type_means_all: true, ..How::default() })?;
    let objects: Vec<Rc<Object>> = selection.objects().cloned().collect();
    Failure::all(selection.failures)?;
    if objects.is_empty() {
        return Err("edit cancelled, no objects found".into());
    }
    match editor(context) {
        Some(editor) => with_command(context, &objects, &editor),
        None if context.session.in_page => in_page(context, &objects),
        None => Err("unable to launch the editor \"vi\"".into()),
    }
}

/// The command that `KUBE_EDITOR` or `EDITOR` names.
pub(super) fn editor(context: &Context<'_>) -> Option<String> {
    let editor = ["KUBE_EDITOR", "EDITOR"].iter().find_map(|name| context.session.env.variables.get(*name));
    editor.filter(|editor| !editor.is_empty()).cloned()
}

/// Puts the objects into the editor; applying the file does the rest.
fn in_page(context: &mut Context<'_>, objects: &[Rc<Object>]) -> Result<Exec, Failure> {
    for object in objects {
        let mut value = object.to_value();
        if let Some(fields) = value.as_object_mut() {
            fields.remove("status");
            if let Some(metadata) = fields.get_mut("metadata").and_then(Value::as_object_mut) {
                for field in ["uid", "resourceVersion", "generation", "creationTimestamp", "managedFields"] {
                    metadata.remove(field);
                }
            }
        }
        let name = format!("edit-{}-{}.yaml", object.kind().info().singular, object.meta().name);
        context.session.write_file(&name, crate::yaml::to_yaml(&value));
        context.session.opened = Some(name.clone());
        context.output.hint(msg!("console.opened", file = name));
    }
    Ok(Exec::Done(0))
}

/// Where the file is while it is edited.
const PATH: &str = "/tmp/kubectl-edit-1234567890.yaml";

/// `KUBE_EDITOR="sed -i s/a/b/"`: the command changes the file, and the cluster gets it back.
fn with_command(context: &mut Context<'_>, objects: &[Rc<Object>], editor: &str) -> Result<Exec, Failure> {
    for object in objects {
        let before = format!("{HEAD}{}", crate::yaml::to_yaml(&object.to_value()));
        let Some(after) = launch(context, editor, &before)? else { return Ok(Exec::Done(0)) };
        save(context, object, &after, PATH)?;
    }
    Ok(Exec::Done(0))
}

/// What an editor makes of a text; nothing, when there is nothing to save, which it has said.
pub(super) fn launch(context: &mut Context<'_>, editor: &str, before: &str) -> Result<Option<String>, Failure> {
    context.session.files.insert(PATH.to_owned(), before.to_owned());
    let failed = || Failure::Plain(format!("there was a problem with the editor {}", go_quote(editor)));
    let script = parse(&format!("{editor} {PATH}")).map_err(|_| failed())?;
    let mut env = context.session.env.clone();
    let mut machinery = Machinery::default();
    let mut machine = Machine::new(script);
    let mut said = Output::default();
    let exit = machine.poll(&mut env, &mut machinery.host(context.session, context.engine), &mut said);
    // Only what needs a shell is run by one, which says that it finds nothing.
    if exit != Some(127) || editor.contains(['"', '\'', '\\']) {
        context.output.append(&mut said);
    }
    let after = context.session.files.remove(PATH).unwrap_or_default();
    context.session.written.retain(|name| name != PATH);
    match exit {
        Some(0) => {}
        Some(127) => return Err(Failure::Plain(format!("unable to launch the editor {}", go_quote(editor)))),
        _ => return Err(failed()),
    }
    if after == before {
        context.output.err_line("Edit cancelled, no changes made.");
        return Ok(None);
    }
    if after.lines().all(|line| line.starts_with('#') || line.trim().is_empty()) {
        context.output.err_line("Edit cancelled, saved file was empty.");
        return Ok(None);
    }
    Ok(Some(after))
}

fn save(context: &mut Context<'_>, object: &Object, text: &str, path: &str) -> Result<(), Failure> {
    let kept = |output: &mut Output| {
        output.err_line(format!("A copy of your changes has been stored to {}", go_quote(path)));
        Err(Failure::from("Edit cancelled, no valid changes were saved."))
    };
    let Some(Ok(document)) = crate::yaml::load(text).into_iter().next() else { return kept(context.output) };
    let value = document.value;
    let same = |pointer: &str| value.pointer(pointer) == object.to_value().pointer(pointer);
    if !same("/kind") || !same("/apiVersion") || !same("/metadata/name") {
        return Err("At least one of apiVersion, kind and name was changed".into());
    }
    let key = object.key();
    match context.client().replace(&key, value, Subresource::None, false) {
        Ok(changed) => {
            let done = if changed.meta().resource_version == object.meta().resource_version {
                context.output.err_line("Edit cancelled, no changes made.");
                return Ok(());
            } else {
                "edited"
            };
            let format = context.result_format()?;
            context.report(&changed.to_value(), done, super::DryRun::None, &format)
        }
        Err(Failure::Status(status)) if status.reason == Reason::Invalid => {
            let resource = key.kind.resource();
            context.output.err_line(format!("error: {resource} {} is invalid", go_quote(&key.name)));
            kept(context.output)
        }
        Err(failure) => Err(failure),
    }
}
