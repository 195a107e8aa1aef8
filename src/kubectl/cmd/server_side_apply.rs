//! `kubectl apply --server-side`: the file goes to the server, who merges it and knows who owns which field.
//!
//! Models `kubectl/pkg/cmd/apply/apply.go`.

use super::{Context, DryRun};
use crate::apiserver::Reason;
use crate::kubectl::client::Client;
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;

const ADVICE: &str = "\
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts";

pub(super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let dry_run = context.dry_run()?;
    let format = context.result_format()?;
    if dry_run == DryRun::Client {
        let text = "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)";
        return Err(text.into());
    }
    if context.args.on("force") {
        return Err("--force cannot be used with --server-side".into());
    }
    let manifests = context.manifests()?;
    let mut failures = manifests.failures;
    if manifests.found.is_empty() && failures.is_empty() {
        return Err("no objects passed to apply".into());
    }
    let force = context.args.on("force-conflicts");
    let manager = context.args.text("field-manager").unwrap_or("kubectl").to_owned();
    for manifest in manifests.found {
        let key = Client::key(manifest.kind, manifest.namespace(), manifest.name());
        let applied = context.client().managed_by(&manager).apply(&key, manifest.value, force, dry_run.is_server());
        match applied {
            Ok(object) => context.report(&object.to_value(), "serverside-applied", dry_run, &format)?,
            Err(Failure::Status(status)) if status.reason == Reason::Conflict => {
                failures.push(Failure::Plain(format!("{}\n{ADVICE}", status.message)));
            }
            Err(failure) => failures.push(failure),
        }
    }
    Failure::all(failures)?;
    Ok(Exec::Done(0))
}
