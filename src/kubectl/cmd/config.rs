//! `kubectl config`: contexts. There is one cluster and one user; contexts differ in their namespaces.
//!
//! Models `kubectl/pkg/cmd/config`.

use super::Context;
use crate::api::kinds::{Key, Kind};
use crate::base::Order;
use crate::base::{Value, text::go_quote};
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use crate::kubectl::printer::{structured::to_json_indented, tabwriter};
use crate::kubectl::session::Session;
use crate::sim::Engine;
use serde_json::json;

/// The context that there is at first.
const CONTEXT: &str = "kubernetes-admin@kubernetes";
const CLUSTER: &str = "kubernetes";
pub(super) const USER: &str = "kubernetes-admin";

/// Where the API server listens.
pub(super) fn server(engine: &Engine) -> String {
    let key = Key::new(Kind::ENDPOINTS, "default", "kubernetes");
    let ip = engine.world().api.store().get(&key).and_then(|endpoints| {
        endpoints.to_value().pointer("/subsets/0/addresses/0/ip").and_then(Value::as_str).map(str::to_owned)
    });
    format!("https://{}:6443", ip.unwrap_or_default())
}

/// All contexts: name, cluster, user, namespace.
fn contexts(session: &Session) -> Vec<[String; 4]> {
    let mut all: Vec<[String; 4]> = session.contexts.clone();
    if all.is_empty() {
        let namespace = if session.namespace == "default" { String::new() } else { session.namespace.clone() };
        all.push([CONTEXT.to_owned(), CLUSTER.to_owned(), USER.to_owned(), namespace]);
    }
    all
}

fn current(session: &Session) -> String {
    if session.context.is_empty() { CONTEXT.to_owned() } else { session.context.clone() }
}

fn unexpected(context: &Context<'_>) -> Failure {
    let text = format!("Unexpected args: [{}]", context.args.positional.join(" "));
    Failure::usage(&format!("kubectl {}", context.path), &text)
}

pub(super) fn set_context(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let is_current = context.args.on("current");
    let name = match context.args.positional.as_slice() {
        [] if is_current => current(context.session),
        [] => return Err("you must specify a non-empty context name or --current".into()),
        [_] if is_current => return Err("you cannot specify both a context name and --current".into()),
        [name] => name.clone(),
        _ => return Err(unexpected(context)),
    };
    let mut all = contexts(context.session);
    let known = all.iter().position(|one| one[0] == name);
    let place = known.unwrap_or(all.len());
    if known.is_none() {
        all.push([name.clone(), String::new(), String::new(), String::new()]);
    }
    for (field, flag) in [(1, "cluster"), (2, "user"), (3, "namespace")] {
        if let Some(text) = context.args.text(flag) {
            all[place][field] = text.to_owned();
        }
    }
    context.session.contexts = all;
    adopt(context.session);
    let done = if known.is_some() { "modified" } else { "created" };
    context.output.line(format!("Context \"{name}\" {done}."));
    Ok(Exec::Done(0))
}

/// The namespace of the current context counts from now on.
fn adopt(session: &mut Session) {
    let name = current(session);
    let namespace = session.contexts.iter().find(|one| one[0] == name).map(|one| one[3].clone());
    session.namespace = namespace.filter(|namespace| !namespace.is_empty()).unwrap_or_else(|| "default".to_owned());
}

pub(super) fn current_context(context: &mut Context<'_>) -> Result<Exec, Failure> {
    context.output.line(current(context.session));
    Ok(Exec::Done(0))
}

pub(super) fn use_context(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let [name] = context.args.positional.as_slice() else { return Err(unexpected(context)) };
    let name = name.clone();
    if name.is_empty() {
        return Err("empty context names are not allowed".into());
    }
    let all = contexts(context.session);
    if !all.iter().any(|one| one[0] == name) {
        return Err(Failure::Plain(format!("no context exists with the name: {}", go_quote(&name))));
    }
    context.session.contexts = all;
    context.session.context.clone_from(&name);
    adopt(context.session);
    context.output.line(format!("Switched to context {}.", go_quote(&name)));
    Ok(Exec::Done(0))
}

pub(super) fn rename_context(context: &mut Context<'_>) -> Result<Exec, Failure> {
    const FILE: &str = "/home/user/.kube/config";
    let [old, new] = context.args.positional.as_slice() else { return Err(unexpected(context)) };
    let (old, new) = (old.clone(), new.clone());
    let mut all = contexts(context.session);
    if all.iter().any(|one| one[0] == new) {
        let text = format!(
            "cannot rename the context {}, the context {} already exists in {FILE}",
            go_quote(&old),
            go_quote(&new)
        );
        return Err(Failure::Plain(text));
    }
    let Some(one) = all.iter_mut().find(|one| one[0] == old) else {
        return Err(Failure::Plain(format!("cannot rename the context {}, it's not in {FILE}", go_quote(&old))));
    };
    one[0].clone_from(&new);
    let was_current = current(context.session) == old;
    context.session.contexts = all;
    if was_current {
        context.session.context.clone_from(&new);
    }
    context.output.line(format!("Context {} renamed to {}.", go_quote(&old), go_quote(&new)));
    Ok(Exec::Done(0))
}

pub(super) fn delete_context(context: &mut Context<'_>) -> Result<Exec, Failure> {
    const FILE: &str = "/home/user/.kube/config";
    let [name] = context.args.positional.as_slice() else { return Err(unexpected(context)) };
    let name = name.clone();
    let mut all = contexts(context.session);
    let before = all.len();
    all.retain(|one| one[0] != name);
    if all.len() == before {
        return Err(Failure::Plain(format!("cannot delete context {name}, not in {FILE}")));
    }
    if current(context.session) == name {
        context.output.err_line(
            "warning: this removed your active context, use \"kubectl config use-context\" to select a different one",
        );
    }
    context.session.contexts = all;
    context.output.line(format!("deleted context {name} from {FILE}"));
    Ok(Exec::Done(0))
}

pub(super) fn get_contexts(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let args = &context.args;
    let names_only = args.text("output") == Some("name");
    if !names_only && let Some(form) = args.text("output").filter(|form| !form.is_empty()) {
        return Err(Failure::Plain(format!(
            "--output {form} is not available in kubectl config get-contexts; resetting to default output format"
        )));
    }
    let current = current(context.session);
    let mut all = contexts(context.session);
    all.order();
    let wanted = &args.positional;
    let missing = wanted.iter().filter(|name| !all.iter().any(|one| one[0] == **name));
    let failures: Vec<Failure> = missing.map(|name| Failure::Plain(format!("context {name} not found"))).collect();
    let mut text = String::new();
    if !args.on("no-headers") && !names_only {
        text.push_str("CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n");
    }
    for [name, cluster, user, namespace] in all.iter().filter(|one| wanted.is_empty() || wanted.contains(&one[0])) {
        text.push_str(&match names_only {
            true => format!("{name}\n"),
            false => {
                let mark = if *name == current { "*" } else { " " };
                format!("{mark}\t{name}\t{cluster}\t{user}\t{namespace}\n")
            }
        });
    }
    context.output.out(tabwriter::TABLE.format(&text));
    Failure::all(failures)?;
    Ok(Exec::Done(0))
}

pub(super) fn get_clusters(context: &mut Context<'_>) -> Result<Exec, Failure> {
    context.output.out(format!("NAME\n{CLUSTER}\n"));
    Ok(Exec::Done(0))
}

pub(super) fn get_users(context: &mut Context<'_>) -> Result<Exec, Failure> {
    context.output.out(format!("NAME\n{USER}\n"));
    Ok(Exec::Done(0))
}

pub(super) fn view(context: &mut Context<'_>) -> Result<Exec, Failure> {
    if !context.args.positional.is_empty() {
        let text = format!("unexpected arguments: [{}]", context.args.positional.join(" "));
        return Err(Failure::usage("kubectl config view", &text));
    }
    let current = current(context.session);
    let minify = context.args.on("minify");
    let contexts: Vec<Value> = contexts(context.session)
        .into_iter()
        .filter(|one| !minify || one[0] == current)
        .map(|[name, cluster, user, namespace]| {
            let mut inner = json!({"cluster": cluster, "user": user});
            if !namespace.is_empty() {
                inner["namespace"] = namespace.into();
            }
            json!({"context": inner, "name": name})
        })
        .collect();
    let mut config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": current,
        "clusters": [{
            "cluster": {"certificate-authority-data": "DATA+OMITTED", "server": server(context.engine)}, "name": CLUSTER
        }],
        "contexts": contexts,
        "users": [{
            "name": USER,
            "user": {"client-certificate-data": "DATA+OMITTED", "client-key-data": "DATA+OMITTED"}
        }]
    });
    let text = match context.args.text("output").unwrap_or("yaml") {
        "yaml" => crate::yaml::to_yaml(&config),
        "json" => {
            config["preferences"] = json!({});
            to_json_indented(&config) + "\n"
        }
        _ => context.result_format()?.print(&config)?,
    };
    context.output.out(text);
    Ok(Exec::Done(0))
}
