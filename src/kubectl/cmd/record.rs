//! `--record`: the command itself becomes the annotation `kubernetes.io/change-cause`.
//!
//! Models `parseCommandArguments` in `cli-runtime/pkg/genericclioptions/record_flags.go`.

use super::Context;
use crate::base::{Fields, Value};

/// The annotation that `rollout history` shows.
pub(super) const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

/// The command as it is recorded; `None` without `--record`.
pub(super) fn command_line(context: &Context<'_>) -> Option<String> {
    if !context.args.on("record") {
        return None;
    }
    let words = context.args.positional.iter().map(|word| format!(" {word}"));
    let flags = context.args.set_in_order.iter().map(|(name, value)| format!(" --{name}={value}"));
    Some(format!("kubectl {}{}", context.path, words.chain(flags).collect::<String>()))
}

/// Puts the annotation into an object or a merge patch.
pub(super) fn annotate(value: &mut Value, cause: Option<String>) {
    let (Some(cause), Some(fields)) = (cause, value.as_object_mut()) else { return };
    let empty = || Value::Object(Fields::new());
    let Some(metadata) = fields.entry("metadata").or_insert_with(empty).as_object_mut() else { return };
    if let Some(annotations) = metadata.entry("annotations").or_insert_with(empty).as_object_mut() {
        annotations.insert(CHANGE_CAUSE.to_owned(), cause.into());
    }
}
