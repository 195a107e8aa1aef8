//! `kubectl auth can-i` and `auth whoami`.
//!
//! Models `kubectl/pkg/cmd/auth`.

use super::{Context, config};
use crate::base::rng::Rng;
use crate::base::text::go_quote;
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
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

/// What everybody who may do everything may do, as `--list` shows it.
const RULES: [(&str, &str, &str); 21] = [
    ("*.*", "", "*"),
    ("", "*", "*"),
    ("selfsubjectreviews.authentication.k8s.io", "", "create"),
    ("selfsubjectaccessreviews.authorization.k8s.io", "", "create"),
    ("selfsubjectrulesreviews.authorization.k8s.io", "", "create"),
    ("", "/api/*", "get"),
    ("", "/api", "get"),
    ("", "/apis/*", "get"),
    ("", "/apis", "get"),
    ("", "/healthz", "get"),
    ("", "/healthz", "get"),
    ("", "/livez", "get"),
    ("", "/livez", "get"),
    ("", "/openapi/*", "get"),
    ("", "/openapi", "get"),
    ("", "/readyz", "get"),
    ("", "/readyz", "get"),
    ("", "/version/", "get"),
    ("", "/version/", "get"),
    ("", "/version", "get"),
    ("", "/version", "get"),
];

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
        let all = is_admin(context);
        for (resource, url, verb) in RULES.iter().skip(if all { 0 } else { 2 }) {
            text.push_str(&format!("{resource}\t[{url}]\t[]\t[{verb}]\n"));
        }
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
    let (quiet, allowed) = (args.on("quiet"), is_admin(context));
    for warning in warnings {
        // The texts of these warnings end with a line end of their own.
        context.output.err_line(format!("Warning: {warning}\n"));
    }
    if !quiet {
        context.output.line(if allowed { "yes" } else { "no" });
    }
    Ok(Exec::Done(i32::from(!allowed)))
}

/// Only the administrator may do anything: the playground has the roles of nobody else.
fn is_admin(context: &Context<'_>) -> bool {
    let groups = context.args.list("as-group");
    match context.args.text("as") {
        None | Some("" | "kubernetes-admin" | "system:admin") => true,
        Some(_) => groups.iter().any(|group| group == "system:masters"),
    }
}

pub(super) fn who_am_i(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let seed = context.engine.world().config.seed;
    let digits: String =
        (0..4).map(|part| format!("{:016x}", Rng::stream(seed, "certificate", &part.to_string()).next_u64())).collect();
    let (user, groups) = match context.args.text("as").filter(|name| !name.is_empty()) {
        Some(name) => (name.to_owned(), context.args.list("as-group").to_vec()),
        None => (config::USER.to_owned(), vec!["kubeadm:cluster-admins".to_owned()]),
    };
    let own = !context.args.has("as");
    let groups: Vec<String> = groups.into_iter().chain(["system:authenticated".to_owned()]).collect();
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
