//! `kubectl apply view-last-applied`.
//!
//! Models `kubectl/pkg/cmd/apply/apply_view_last_applied.go`.

use super::apply::LAST_APPLIED;
use super::{Context, How};
use crate::base::Value;
use crate::base::text::go_quote;
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;

pub(super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let args = context.args.positional.clone();
    let selection = context.fetch(&args, How::default())?;
    let mut texts = Vec::new();
    for target in &selection.targets {
        let Some(object) = &target.object else { continue };
        let Some(text) = object.meta().annotations.get(LAST_APPLIED) else {
            // Only what a file names is missed: upstream adds the file to an error that is none.
            if target.file.is_empty() {
                continue;
            }
            let (name, file) = (&object.meta().name, go_quote(&target.file));
            return Err(Failure::Plain(format!(
                "error when no last-applied-configuration annotation found on resource: {name}\n {file}: <nil>"
            )));
        };
        texts.push(text.to_string());
    }
    Failure::all(selection.failures)?;
    let form = context.args.text("output").unwrap_or("yaml").to_owned();
    for text in texts {
        let value: Value = serde_json::from_str(&text).unwrap_or_default();
        match form.as_str() {
            "yaml" => context.output.out(crate::yaml::to_yaml(&value)),
            "json" => context.output.out(serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"),
            other => {
                let text = format!("Unexpected -o output mode: {other}, the flag 'output' must be one of yaml|json");
                return Err(Failure::usage("kubectl apply view-last-applied", &text));
            }
        }
    }
    Ok(Exec::Done(0))
}
