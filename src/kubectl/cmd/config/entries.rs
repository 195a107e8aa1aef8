//! Clusters and users of the kubeconfig file, and single values by their paths.
//!
//! Models `kubectl/pkg/cmd/config/{set_cluster,set_credentials,delete_cluster,delete_user,set,unset}.go`.

use super::super::Context;
use super::{modify, unexpected};
use crate::base::base64;
use crate::base::text::go_quote;
use crate::base::{Fields, Value};
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use crate::kubectl::kubeconfig::{FILE, Section};

/// Fields that name files, which `--embed-certs` takes into the entry.
const PATHS: [&str; 3] = ["certificate-authority", "client-certificate", "client-key"];

pub(in crate::kubectl::cmd) fn set_cluster(context: &mut Context<'_>) -> Result<Exec, Failure> {
    if context.args.on("insecure-skip-tls-verify") && context.args.has("certificate-authority") {
        return Err("you cannot specify a certificate authority and insecure mode at the same time".into());
    }
    if context.args.on("embed-certs") && !context.args.has("certificate-authority") {
        return Err("you must specify a --certificate-authority to embed".into());
    }
    set_entry(context, Section::Clusters, "cluster", "Cluster")
}

pub(in crate::kubectl::cmd) fn set_credentials(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let args = &context.args;
    let methods: Vec<&str> = [("token", "token"), ("username", "basicAuth"), ("password", "basicAuth")]
        .iter()
        .filter_map(|(flag, method)| args.text(flag).filter(|text| !text.is_empty()).map(|_| *method))
        .collect();
    if methods.contains(&"token") && methods.contains(&"basicAuth") {
        return Err(
            "you cannot specify more than one authentication method at the same time: --token, --username/--password"
                .into(),
        );
    }
    if args.on("embed-certs") && !args.has("client-certificate") && !args.has("client-key") {
        return Err("you must specify a --client-certificate or --client-key to embed".into());
    }
    set_entry(context, Section::Users, "user", "User")
}

fn set_entry(context: &mut Context<'_>, section: Section, what: &str, title: &str) -> Result<Exec, Failure> {
    let [name] = context.args.positional.as_slice() else { return Err(unexpected(context)) };
    let name = name.clone();
    if name.is_empty() {
        return Err(Failure::Plain(format!("you must specify a non-empty {what} name")));
    }
    let embed = context.args.on("embed-certs");
    let mut fields = Fields::new();
    for field in section.fields() {
        let Some(text) = context.args.text(field) else { continue };
        let text = text.to_owned();
        if !PATHS.contains(field) {
            let value = if *field == "insecure-skip-tls-verify" { Value::Bool(true) } else { text.into() };
            fields.insert((*field).to_owned(), value);
        } else if embed {
            let Some(content) = context.session.file(&text) else {
                let why = format!("stat {text}: no such file or directory");
                return Err(Failure::Plain(format!("could not stat {field} file {text}: {why}")));
            };
            fields.insert(format!("{field}-data"), base64::encode(content.as_bytes()).into());
        } else {
            let path =
                if text.starts_with('/') { text } else { format!("/home/user/{}", text.trim_start_matches("./")) };
            fields.insert((*field).to_owned(), path.into());
        }
    }
    if context.args.on("insecure-skip-tls-verify") {
        fields.insert("insecure-skip-tls-verify".to_owned(), Value::Bool(true));
    }
    modify(context.session, |config| {
        let entry = config.entries_mut(section).entry(name.clone()).or_default();
        for (field, value) in fields {
            // A file and its content exclude each other.
            let other = field.strip_suffix("-data").map_or_else(|| format!("{field}-data"), str::to_owned);
            entry.remove(&other);
            entry.insert(field, value);
        }
    });
    context.output.line(format!("{title} {} set.", go_quote(&name)));
    Ok(Exec::Done(0))
}

pub(in crate::kubectl::cmd) fn delete_cluster(context: &mut Context<'_>) -> Result<Exec, Failure> {
    delete(context, Section::Clusters)
}

pub(in crate::kubectl::cmd) fn delete_user(context: &mut Context<'_>) -> Result<Exec, Failure> {
    delete(context, Section::Users)
}

fn delete(context: &mut Context<'_>, section: Section) -> Result<Exec, Failure> {
    let (_, what) = section.names();
    let [name] = context.args.positional.as_slice() else {
        return Err(Failure::usage(&format!("kubectl {}", context.path), &format!("{what} to delete is required")));
    };
    let name = name.clone();
    if context.session.config.entries_mut(section).remove(&name).is_none() {
        return Err(Failure::Plain(format!("cannot delete {what} {name}, not in {FILE}")));
    }
    context.output.line(format!("deleted {what} {name} from {FILE}"));
    Ok(Exec::Done(0))
}

/// What a path like `contexts.dev.namespace` means: the names of entries may have dots themselves.
///
/// Models `newNavigationSteps` of `navigation_step_parser.go`.
fn path(text: &str) -> Option<(Section, String, Option<&'static str>)> {
    let (first, rest) = text.split_once('.')?;
    let section = Section::ALL.into_iter().find(|section| section.names().0 == first)?;
    let split =
        |field: &&'static str| rest.strip_suffix(*field)?.strip_suffix('.').map(|name| (name.to_owned(), *field));
    Some(match section.fields().iter().find_map(split) {
        Some((name, field)) => (section, name, Some(field)),
        None => (section, rest.to_owned(), None),
    })
}

pub(in crate::kubectl::cmd) fn set(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let [name, value] = context.args.positional.as_slice() else { return Err(unexpected(context)) };
    let (name, value) = (name.clone(), value.clone());
    if value.is_empty() {
        return Err("you cannot use set to unset a property".into());
    }
    if name.is_empty() {
        return Err("you must specify a property".into());
    }
    if name == "current-context" {
        modify(context.session, |config| config.current = value);
    } else {
        let Some((section, entry, field)) = path(&name) else { return Err(no_path(&name)) };
        let Some(field) = field else {
            return Err(Failure::Plain(format!(
                "unable to parse {name} after [{}] at {}",
                section.names().0,
                section.names().1
            )));
        };
        let value = match value.as_str() {
            "true" | "false" if field.starts_with("insecure") || field.starts_with("disable") => {
                (value == "true").into()
            }
            _ => Value::from(value),
        };
        modify(context.session, |config| {
            config.entries_mut(section).entry(entry).or_default().insert(field.to_owned(), value);
        });
    }
    context.output.line(format!("Property {} set.", go_quote(&name)));
    Ok(Exec::Done(0))
}

fn no_path(name: &str) -> Failure {
    Failure::Plain(format!("unable to parse {name} after [] at api.Config"))
}

pub(in crate::kubectl::cmd) fn unset(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let [name] = context.args.positional.as_slice() else { return Err(unexpected(context)) };
    let name = name.clone();
    if name.is_empty() {
        return Err("you must specify a property".into());
    }
    let whole = Section::ALL.into_iter().find(|section| section.names().0 == name);
    if name == "current-context" {
        modify(context.session, |config| config.current.clear());
    } else if let Some(section) = whole {
        modify(context.session, |config| config.entries_mut(section).clear());
    } else {
        let Some((section, entry, field)) = path(&name) else { return Err(no_path(&name)) };
        let known = context.session.config.entries(section).contains_key(&entry);
        if !known && field.is_some() {
            return Err(Failure::Plain(format!("current map key `{entry}` is invalid")));
        }
        modify(context.session, |config| {
            let entries = config.entries_mut(section);
            match (entries.get_mut(&entry), field) {
                (Some(fields), Some(field)) => drop(fields.remove(field)),
                _ => drop(entries.remove(&entry)),
            }
        });
    }
    context.output.line(format!("Property {} unset.", go_quote(&name)));
    Ok(Exec::Done(0))
}
