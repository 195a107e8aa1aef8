//! `kubectl config`: the contexts; [`entries`] has the other parts of the file.
//!
//! Models `kubectl/pkg/cmd/config`.

mod entries;

pub(super) use self::entries::{delete_cluster, delete_user, set, set_cluster, set_credentials, unset};
use super::Context;
use crate::api::kinds::{Key, Kind};
use crate::base::{Value, text::go_quote};
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use crate::kubectl::kubeconfig::{CLUSTER, FILE, KubeConfig, Section};
use crate::kubectl::printer::{structured::to_json_indented, tabwriter};
use crate::kubectl::session::Session;
use crate::sim::Engine;
use serde_json::json;

/// Where the API server listens.
pub(super) fn server(engine: &Engine) -> String {
    let key = Key::new(Kind::ENDPOINTS, "default", "kubernetes");
    let ip = engine.world().api.store().get(&key).and_then(|endpoints| {
        endpoints.to_value().pointer("/subsets/0/addresses/0/ip").and_then(Value::as_str).map(str::to_owned)
    });
    format!("https://{}:6443", ip.unwrap_or_default())
}

fn unexpected(context: &Context<'_>) -> Failure {
    let text = format!("Unexpected args: [{}]", context.args.positional.join(" "));
    Failure::usage(&format!("kubectl {}", context.path), &text)
}

/// Changes the file. The namespace of the current context counts from then on.
fn modify(session: &mut Session, change: impl FnOnce(&mut KubeConfig)) {
    change(&mut session.config);
    session.namespace = session.config.namespace(&session.config.current);
}

pub(super) fn set_context(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let is_current = context.args.on("current");
    let name = match context.args.positional.as_slice() {
        [] if is_current => context.session.config.current.clone(),
        [] => return Err("you must specify a non-empty context name or --current".into()),
        [_] if is_current => return Err("you cannot specify both a context name and --current".into()),
        [name] => name.clone(),
        _ => return Err(unexpected(context)),
    };
    let known = context.session.config.entries(Section::Contexts).contains_key(&name);
    modify(context.session, |config| {
        let entry = config.entries_mut(Section::Contexts).entry(name.clone()).or_default();
        for flag in Section::Contexts.fields() {
            if let Some(text) = context.args.text(flag) {
                entry.insert((*flag).to_owned(), text.into());
            }
        }
    });
    let done = if known { "modified" } else { "created" };
    context.output.line(format!("Context \"{name}\" {done}."));
    Ok(Exec::Done(0))
}

pub(super) fn current_context(context: &mut Context<'_>) -> Result<Exec, Failure> {
    if context.session.config.current.is_empty() {
        return Err("current-context is not set".into());
    }
    context.output.line(&context.session.config.current);
    Ok(Exec::Done(0))
}

pub(super) fn use_context(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let [name] = context.args.positional.as_slice() else { return Err(unexpected(context)) };
    let name = name.clone();
    if name.is_empty() {
        return Err("empty context names are not allowed".into());
    }
    if !context.session.config.entries(Section::Contexts).contains_key(&name) {
        return Err(Failure::Plain(format!("no context exists with the name: {}", go_quote(&name))));
    }
    modify(context.session, |config| config.current.clone_from(&name));
    context.output.line(format!("Switched to context {}.", go_quote(&name)));
    Ok(Exec::Done(0))
}

pub(super) fn rename_context(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let [old, new] = context.args.positional.as_slice() else { return Err(unexpected(context)) };
    let (old, new) = (old.clone(), new.clone());
    let contexts = context.session.config.entries(Section::Contexts);
    if contexts.contains_key(&new) {
        let text = format!(
            "cannot rename the context {}, the context {} already exists in {FILE}",
            go_quote(&old),
            go_quote(&new)
        );
        return Err(Failure::Plain(text));
    }
    if !contexts.contains_key(&old) {
        return Err(Failure::Plain(format!("cannot rename the context {}, it's not in {FILE}", go_quote(&old))));
    }
    modify(context.session, |config| {
        let contexts = config.entries_mut(Section::Contexts);
        if let Some(entry) = contexts.remove(&old) {
            contexts.insert(new.clone(), entry);
        }
        if config.current == old {
            config.current.clone_from(&new);
        }
    });
    context.output.line(format!("Context {} renamed to {}.", go_quote(&old), go_quote(&new)));
    Ok(Exec::Done(0))
}

pub(super) fn delete_context(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let [name] = context.args.positional.as_slice() else { return Err(unexpected(context)) };
    let name = name.clone();
    if !context.session.config.entries(Section::Contexts).contains_key(&name) {
        return Err(Failure::Plain(format!("cannot delete context {name}, not in {FILE}")));
    }
    if context.session.config.current == name {
        context.output.err_line(
            "warning: this removed your active context, use \"kubectl config use-context\" to select a different one",
        );
    }
    modify(context.session, |config| drop(config.entries_mut(Section::Contexts).remove(&name)));
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
    let config = &context.session.config;
    let all = config.entries(Section::Contexts);
    let wanted = &args.positional;
    let missing = wanted.iter().filter(|name| !all.contains_key(*name));
    let failures: Vec<Failure> = missing.map(|name| Failure::Plain(format!("context {name} not found"))).collect();
    let mut text = String::new();
    if !args.on("no-headers") && !names_only {
        text.push_str("CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n");
    }
    for name in all.keys().filter(|name| wanted.is_empty() || wanted.contains(name)) {
        text.push_str(&match names_only {
            true => format!("{name}\n"),
            false => {
                let mark = if *name == config.current { "*" } else { " " };
                let of = |field: &str| config.of_context(name, field);
                format!("{mark}\t{name}\t{}\t{}\t{}\n", of("cluster"), of("user"), of("namespace"))
            }
        });
    }
    context.output.out(tabwriter::TABLE.format(&text));
    Failure::all(failures)?;
    Ok(Exec::Done(0))
}

/// The names in a section, under `NAME`.
fn names(context: &mut Context<'_>, section: Section) -> Result<Exec, Failure> {
    let names: String = context.session.config.entries(section).keys().map(|name| format!("{name}\n")).collect();
    context.output.out(format!("NAME\n{names}"));
    Ok(Exec::Done(0))
}

pub(super) fn get_clusters(context: &mut Context<'_>) -> Result<Exec, Failure> {
    names(context, Section::Clusters)
}

pub(super) fn get_users(context: &mut Context<'_>) -> Result<Exec, Failure> {
    names(context, Section::Users)
}

pub(super) fn view(context: &mut Context<'_>) -> Result<Exec, Failure> {
    if !context.args.positional.is_empty() {
        let text = format!("unexpected arguments: [{}]", context.args.positional.join(" "));
        return Err(Failure::usage("kubectl config view", &text));
    }
    let file = &context.session.config;
    let current = context.args.text("context").unwrap_or(&file.current).to_owned();
    let (minify, raw) = (context.args.on("minify"), context.args.on("raw"));
    if minify && !file.entries(Section::Contexts).contains_key(&current) {
        return Err(match current.is_empty() {
            true => "current-context must exist in order to minify".into(),
            false => Failure::Plain(format!("cannot locate context {current}")),
        });
    }
    let mut config = json!({"apiVersion": "v1", "kind": "Config", "current-context": current});
    for section in Section::ALL {
        let (plural, singular) = section.names();
        let of_context = match section {
            Section::Contexts => current.as_str(),
            _ => file.of_context(&current, singular),
        };
        let entries = file.entries(section).iter().filter(|(name, _)| !minify || *name == of_context);
        let entries: Vec<Value> = entries
            .map(|(name, fields)| {
                let mut fields = fields.clone();
                if section == Section::Clusters && name == CLUSTER && !fields.contains_key("server") {
                    fields.insert("server".to_owned(), server(context.engine).into());
                }
                for (field, value) in fields.iter_mut().filter(|_| !raw) {
                    match field.as_str() {
                        "token" | "password" => *value = "REDACTED".into(),
                        field if field.ends_with("-data") => *value = "DATA+OMITTED".into(),
                        _ => {}
                    }
                }
                fields.retain(|_, value| value.as_str() != Some(""));
                json!({singular: fields, "name": name})
            })
            .collect();
        config[plural] = if entries.is_empty() { Value::Null } else { entries.into() };
    }
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
