//! `kubectl auth can-i` and `auth whoami`.
//!
//! Models `kubectl/pkg/cmd/auth`.

use super::Context;
use crate::apiserver::rbac::{self, User, Wish};
use crate::base::rng::Rng;
use crate::base::text::go_quote;
use crate::kubectl::describe::access;
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use crate::kubectl::kubeconfig::USER;
use crate::kubectl::printer::tabwriter;
use crate::kubectl::resource_args::type_candidates;
use crate::kubectl::types;

const VERBS: [&str; 14] = [
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "use",
    "bind",
    "impersonate",
    "*",
    "approve",
    "sign",
];
const MORE_VERBS: [&str; 2] = ["escalate", "attest"];
const URL_VERBS: [&str; 8] = ["get", "put", "post", "head", "options", "delete", "patch", "*"];

pub(super) fn can_i(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let args = &context.args;
    if args.on("list") {
        if !args.positional.is_empty() {
            return Err("list option must be specified with no arguments".into());
        }
        if args.on("quiet") || args.on("all-namespaces") || args.has("subresource") {
            return Err(
                "list option can't be specified with neither quiet, all-namespaces nor subresource options".into()
            );
        }
        let mut text = String::new();
        if !args.on("no-headers") {
            text.push_str("Resources\tNon-Resource URLs\tResource Names\tVerbs\n");
        }
        let rules = rbac::rules(context.engine.world().api.store(), &asks(context), &context.namespace());
        text.push_str(&access::rows(&rules));
        context.output.out(tabwriter::TABLE.format(&text));
        return Ok(Exec::Done(0));
    }
    let [verb, what] = args.positional.as_slice() else {
        return Err(
            "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i \
                    -h' for help and examples."
                .into(),
        );
    };
    let (verb, what) = (verb.clone(), what.clone());
    let mut warnings = Vec::new();
    if what.starts_with('/') {
        if args.has("subresource") {
            return Err("--subresource can not be used with NonResourceURL".into());
        }
        if !URL_VERBS.contains(&verb.as_str()) {
            warnings.push(format!("verb '{verb}' is not a known verb"));
        }
    } else {
        let word = what.split('/').next().unwrap_or_default();
        let kind = types::kind_of(&word.to_lowercase(), context.kinds());
        if let (Err(_), true) = (&kind, word != "*") {
            let candidates = type_candidates(&word.to_lowercase());
            let (name, _, group) = candidates.last().cloned().unwrap_or_default();
            if !matches!(name.as_str(), "users" | "groups") {
                warnings.push(match group {
                    Some(group) => format!("the server doesn't have a resource type '{name}' in group '{group}'"),
                    None => format!("the server doesn't have a resource type '{name}'"),
                });
            }
        }
        if !args.on("all-namespaces") {
            if let Ok(info) = kind.map(|kind| kind.info())
                && !info.namespaced
            {
                warnings.push(match info.group {
                    "" => format!("resource '{}' is not namespace scoped", info.plural),
                    group => format!("resource '{}' is not namespace scoped in group '{group}'", info.plural),
                });
            }
            if !VERBS.contains(&verb.as_str()) && !MORE_VERBS.contains(&verb.as_str()) {
                warnings.push(format!("verb '{verb}' is not a known verb"));
            }
        }
    }
    if args.on("no-headers") {
        return Err("--no-headers cannot be set without --list specified".into());
    }
    let quiet = args.on("quiet");
    let allowed = may(context, &verb, &what);
    for warning in warnings {
        // The texts of these warnings end with a line end of their own.
        context.output.err_line(format!("Warning: {warning}\n"));
    }
    if !quiet {
        context.output.line(if allowed { "yes" } else { "no" });
    }
    Ok(Exec::Done(i32::from(!allowed)))
}

/// Who asks.
fn asks(context: &Context<'_>) -> User {
    context.user().unwrap_or_else(|| User::named(USER, &[rbac::ADMINISTRATORS.to_owned()]))
}

/// Whether it is allowed.
fn may(context: &Context<'_>, verb: &str, what: &str) -> bool {
    let store = context.engine.world().api.store();
    let namespace = if context.args.on("all-namespaces") { String::new() } else { context.namespace() };
    if what.starts_with('/') {
        return rbac::may(store, &asks(context), &Wish { verb, path: Some(what), ..Wish::default() });
    }
    let (word, name) = what.split_once('/').unwrap_or((what, ""));
    let (plural, group, namespaced) = match types::kind_of(&word.to_lowercase(), context.kinds()) {
        Ok(kind) => (kind.info().plural.to_owned(), kind.info().group.to_owned(), kind.info().namespaced),
        Err(_) if word == "*" => ("*".to_owned(), "*".to_owned(), true),
        Err(_) => {
            let (name, _, group) = type_candidates(&word.to_lowercase()).last().cloned().unwrap_or_default();
            (name, group.unwrap_or_default(), true)
        }
    };
    let resource = match context.args.text("subresource").filter(|sub| !sub.is_empty()) {
        Some(subresource) => format!("{plural}/{subresource}"),
        None => plural,
    };
    let namespace = if namespaced { namespace.as_str() } else { "" };
    rbac::may(store, &asks(context), &Wish { verb, group: &group, resource: &resource, namespace, name, path: None })
}

pub(super) fn who_am_i(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let seed = context.engine.world().config.seed;
    let digits: String =
        (0..4).map(|part| format!("{:016x}", Rng::stream(seed, "certificate", &part.to_string()).next_u64())).collect();
    let own = context.user().is_none();
    let User { name: user, groups } = asks(context);
    if let Some(form) = context.args.text("output").filter(|form| !form.is_empty()) {
        let mut info = serde_json::json!({"groups": groups, "username": user});
        if own {
            let id = format!("X509SHA256={digits}");
            info["extra"] = serde_json::json!({"authentication.kubernetes.io/credential-id": [id]});
        }
        let value = serde_json::json!({
            "apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview",
            "metadata": {"creationTimestamp": context.engine.now().timestamp().to_string()}, "status": {"userInfo": info}
        });
        let format = context.result_format().map_err(|_| {
            Failure::Plain(format!(
                "unable to match a printer suitable for the output format {}, allowed formats are: json,yaml",
                go_quote(form)
            ))
        })?;
        let text = format.print(&value)?;
        context.output.out(text);
        return Ok(Exec::Done(0));
    }
    let mut text = format!("ATTRIBUTE\tVALUE\nUsername\t{user}\nGroups\t[{}]\n", groups.join(" "));
    if own {
        text.push_str(&format!("Extra: authentication.kubernetes.io/credential-id\t[X509SHA256={digits}]\n"));
    }
    context.output.out(tabwriter::TABLE.format(&text));
    Ok(Exec::Done(0))
}
