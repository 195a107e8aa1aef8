//! `kubectl exec`.

use super::Context;
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;

pub(super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let _ = context;
    Err("the playground cannot run programs in pods".into())
}
