//! `kubectl config`: only the namespace of the current context can be changed.

use super::Context;
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;

/// The name of the only context.
const CONTEXT: &str = "kubernetes-admin@kubernetes";

pub(super) fn set_context(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let current = context.args.on("current");
    let name = match (current, context.args.positional.as_slice()) {
        (true, []) => CONTEXT.to_owned(),
        (false, [name]) => name.clone(),
        (true, _) => return Err("you cannot specify both a context name and --current".into()),
        _ => return Err(Failure::usage("kubectl config set-context", "Unexpected args: []")),
    };
    if name != CONTEXT {
        return Err(Failure::Plain(format!("the playground has only the context {CONTEXT}")));
    }
    if let Some(namespace) = context.args.text("namespace") {
        context.session.namespace = if namespace.is_empty() { "default".to_owned() } else { namespace.to_owned() };
    }
    context.output.line(format!("Context \"{name}\" modified."));
    Ok(Exec::Done(0))
}

pub(super) fn current_context(context: &mut Context<'_>) -> Result<Exec, Failure> {
    context.output.line(CONTEXT);
    Ok(Exec::Done(0))
}
