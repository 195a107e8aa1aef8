//! `kubectl certificate approve` and `certificate deny`.
//!
//! Models `kubectl/pkg/cmd/certificates`.

use super::{Context, DryRun, How};
use crate::api::kinds::Kind;
use crate::apiserver::Subresource;
use crate::base::Value;
use crate::base::text::go_quote;
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use serde_json::json;

pub(super) fn approve(context: &mut Context<'_>) -> Result<Exec, Failure> {
    decide(context, "Approved", "Denied", "approve")
}

pub(super) fn deny(context: &mut Context<'_>) -> Result<Exec, Failure> {
    decide(context, "Denied", "Approved", "deny")
}

fn decide(context: &mut Context<'_>, condition: &str, opposite: &str, word: &str) -> Result<Exec, Failure> {
    let names = context.args.positional.clone();
    if names.is_empty() && context.args.list("filename").is_empty() {
        return Err("one or more CSRs must be specified as <name> or -f <filename>".into());
    }
    let args: Vec<String> = names.iter().map(|name| format!("certificatesigningrequests/{name}")).collect();
    let selection = context.fetch(&args, How::default())?;
    let format = context.result_format()?;
    let mut failures = Vec::new();
    for object in selection.objects() {
        let key = object.key();
        if key.kind != Kind::CERTIFICATE_SIGNING_REQUEST {
            let got = key.kind.info();
            let got = if got.group.is_empty() { got.kind.to_owned() } else { format!("{}.{}", got.kind, got.group) };
            let text = format!("can only handle CertificateSigningRequest.certificates.k8s.io objects, got {got}");
            failures.push(Failure::Plain(text));
            continue;
        }
        let mut value = object.to_value();
        let mut conditions = value.pointer("/status/conditions").and_then(Value::as_array).cloned().unwrap_or_default();
        let has = |kind: &str| conditions.iter().any(|condition| condition["type"] == kind);
        if has(opposite) {
            let text = format!("certificate signing request {} is already {opposite}", go_quote(&key.name));
            failures.push(Failure::Plain(text));
            continue;
        }
        if !has(condition) {
            let done = condition.to_lowercase();
            let now = context.engine.now().timestamp().to_string();
            conditions.push(json!({
                "type": condition, "status": "True", "reason": format!("Kubectl{}{}", &word[..1].to_uppercase(), &word[1..]),
                "message": format!("This CSR was {done} by kubectl certificate {word}."),
                "lastUpdateTime": now, "lastTransitionTime": now,
            }));
            value["status"]["conditions"] = conditions.into();
            context.client().replace(&key, value.clone(), Subresource::Status, false)?;
        }
        context.report(&value, &condition.to_lowercase(), DryRun::None, &format)?;
    }
    failures.extend(selection.failures);
    Failure::all(failures)?;
    Ok(Exec::Done(0))
}
