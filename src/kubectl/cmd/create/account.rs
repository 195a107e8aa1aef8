//! `kubectl create serviceaccount` and `create token`.
//!
//! Models `kubectl/pkg/cmd/create/create_serviceaccount.go` and `create_token.go`.

use super::super::{Context, DryRun};
use super::{make, only_name};
use crate::api::kinds::Kind;
use crate::base::time::Duration;
use crate::kubectl::client::Client;
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use crate::kubectl::token;
use serde_json::json;

pub(in super::super) fn service_account(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let name = only_name(context)?;
    make(
        context,
        Kind::SERVICE_ACCOUNT,
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}}),
    )
}

pub(in super::super) fn token(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let name = only_name(context)?;
    let (negative, lifetime) = context.args.duration("duration").unwrap_or_default();
    if negative {
        return Err("--duration must be greater than or equal to 0".into());
    }
    if lifetime.subsec_nanos() > 0 {
        return Err("--duration cannot be expressed in units less than seconds".into());
    }
    let kind = context.args.text("bound-object-kind").unwrap_or_default();
    for flag in ["bound-object-name", "bound-object-uid"] {
        if kind.is_empty() && context.args.has(flag) {
            return Err(Failure::Plain(format!("--{flag} can only be set if --bound-object-kind is provided")));
        }
    }
    if !matches!(kind, "" | "Node" | "Pod" | "Secret") {
        return Err("supported --bound-object-kind values are Node, Pod, Secret".into());
    }
    if !kind.is_empty() && !context.args.has("bound-object-name") {
        return Err("--bound-object-name is required if --bound-object-kind is provided".into());
    }
    if !lifetime.is_zero() && lifetime < Duration::from_secs(600) {
        return Err(Failure::Plain(
            "failed to create token: TokenRequest.authentication.k8s.io \"\" is invalid: spec.expirationSeconds: Invalid \
             value: "
                .to_owned()
                + &format!("{}: may not specify a duration less than 10 minutes", lifetime.as_secs()),
        ));
    }
    let lifetime = if lifetime.is_zero() { Duration::from_secs(3600) } else { lifetime };
    let key = Client::key(Kind::SERVICE_ACCOUNT, &context.namespace(), &name);
    let account = context.client().get(&key).map_err(|failure| match failure {
        Failure::Status(status) => Failure::Plain(format!("failed to create token: {}", status.message)),
        other => other,
    })?;
    if context.dry_run()? == DryRun::None {
        let seed = context.engine.world().config.seed;
        let token = token::of(account.meta(), context.engine.now().timestamp(), lifetime, seed, None);
        context.output.line(token);
    }
    Ok(Exec::Done(0))
}
