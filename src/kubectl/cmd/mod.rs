//! kubectl's commands: one file each, and the table that says which there are and which flags they know.
//!
//! Start with [`COMMANDS`]. A command is a function from a [`Context`] to an [`Exec`] or a [`Failure`].

mod annotate;
mod api_resources;
mod apply;
mod attach;
mod auth;
mod auth_reconcile;
mod autoscale;
mod certificate;
mod config;
mod create;
mod delete;
mod describe;
mod diff;
mod drain;
mod edit;
mod events;
mod exec;
mod explain;
mod expose;
mod get;
mod hints;
mod identity;
mod info;
mod label;
mod last_applied;
mod local;
mod logs;
mod pairs;
mod patch;
mod pod_template;
mod pods;
mod port_forward;
mod prune;
mod record;
mod replace;
mod rollout;
mod run;
mod scale;
mod server_side_apply;
mod set;
mod set_more;
mod set_subject;
mod suggest;
mod taint;
mod top;
mod view_last_applied;
mod wait;

pub use apply::request as apply_request;

use super::args::flags as f;
use super::args::{Args, FlagSpec, command_words};
use super::client::Client;
use super::exec::{Exec, Output};
use super::failure::Failure;
use super::files::{self, Manifests, Namespace};
use super::print::{self, Format, Offer, name_of, object_name};
use super::select::{self, Query, Selection};
use super::session::Session;
use crate::api::custom::Kinds;
use crate::api::kinds::Kind;
use crate::apiserver::FieldValidation;
use crate::base::Order;
use crate::base::Value;
use crate::base::text::go_quote;
use crate::msg;
use crate::sim::Engine;

/// A command.
pub(super) struct Command {
    /// `rollout status`.
    path: &'static str,
    /// Its flags.
    flags: &'static [&'static [FlagSpec]],
    /// What it does.
    run: fn(&mut Context<'_>) -> Result<Exec, Failure>,
}

macro_rules! commands {
    ($($path:literal $run:path [$($flags:expr),* $(,)?];)*) => {
        &[$(Command { path: $path, flags: &[$($flags),*], run: $run }),*]
    };
}

/// All commands.
const COMMANDS: &[Command] = commands! {
    "annotate" annotate::run [f::LABEL, f::ALL, f::ALL_NAMESPACES, f::SELECTOR, f::FIELD_SELECTOR, f::FILES, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::RECORD];
    "api-resources" api_resources::resources [f::API_RESOURCES];
    "api-versions" api_resources::versions [];
    "apply" apply::run [f::APPLY, f::ALL, f::SELECTOR, f::FILES, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::VALIDATE, f::RECORD];
    "apply edit-last-applied" last_applied::edit [f::FILES, f::OUTPUT, f::FIELD_MANAGER];
    "apply set-last-applied" last_applied::set [f::SET_LAST_APPLIED, f::FILES, f::OUTPUT, f::DRY_RUN];
    "apply view-last-applied" view_last_applied::run [f::VIEW_LAST_APPLIED, f::ALL, f::SELECTOR, f::FILES];
    "attach" attach::attach [f::EXEC, f::FILES];
    "auth can-i" auth::can_i [f::CAN_I];
    "auth reconcile" auth_reconcile::run [f::RECONCILE, f::FILES, f::OUTPUT, f::DRY_RUN];
    "auth whoami" auth::who_am_i [f::OUTPUT];
    "autoscale" autoscale::run [f::AUTOSCALE, f::FILES, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::SAVE_CONFIG, f::RECORD];
    "certificate approve" certificate::approve [f::CERTIFICATE, f::FILES, f::OUTPUT];
    "certificate deny" certificate::deny [f::CERTIFICATE, f::FILES, f::OUTPUT];
    "cluster-info" info::cluster_info [];
    "config current-context" config::current_context [];
    "config delete-cluster" config::delete_cluster [];
    "config delete-context" config::delete_context [];
    "config delete-user" config::delete_user [];
    "config get-clusters" config::get_clusters [];
    "config get-contexts" config::get_contexts [f::CONFIG, f::OUTPUT];
    "config get-users" config::get_users [];
    "config rename-context" config::rename_context [];
    "config set" config::set [f::SET_PROPERTY];
    "config set-cluster" config::set_cluster [f::SET_ENTRY];
    "config set-context" config::set_context [f::SET_CONTEXT];
    "config set-credentials" config::set_credentials [f::SET_ENTRY];
    "config unset" config::unset [];
    "config use-context" config::use_context [];
    "config view" config::view [f::CONFIG, f::OUTPUT];
    "cp" attach::copy [f::COPY];
    "cordon" drain::cordon [f::SELECTOR, f::DRY_RUN];
    "create" create::from_files [f::SELECTOR, f::FILES, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::VALIDATE, f::SAVE_CONFIG, f::RECORD];
    "create clusterrole" create::cluster_role [f::CREATE_ROLE, f::CREATE_CLUSTER_ROLE, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::VALIDATE, f::SAVE_CONFIG];
    "create clusterrolebinding" create::cluster_role_binding [f::CREATE_BINDING, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::VALIDATE, f::SAVE_CONFIG];
    "create configmap" create::config_map [f::CREATE_DATA, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::VALIDATE, f::SAVE_CONFIG];
    "create cronjob" create::cron_job [f::CREATE_CRON, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::VALIDATE, f::SAVE_CONFIG];
    "create deployment" create::deployment [f::CREATE_DEPLOYMENT, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::VALIDATE, f::SAVE_CONFIG];
    "create ingress" create::ingress [f::CREATE_INGRESS, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::VALIDATE, f::SAVE_CONFIG];
    "create job" create::job [f::CREATE_JOB, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::VALIDATE, f::SAVE_CONFIG];
    "create namespace" create::namespace [f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::VALIDATE, f::SAVE_CONFIG];
    "create poddisruptionbudget" create::budget [f::CREATE_BUDGET, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::VALIDATE, f::SAVE_CONFIG];
    "create priorityclass" create::priority_class [f::CREATE_PRIORITY, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::VALIDATE, f::SAVE_CONFIG];
    "create quota" create::quota [f::CREATE_QUOTA, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::VALIDATE, f::SAVE_CONFIG];
    "create role" create::role [f::CREATE_ROLE, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::VALIDATE, f::SAVE_CONFIG];
    "create rolebinding" create::role_binding [f::CREATE_BINDING, f::CREATE_ROLE_BINDING, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::VALIDATE, f::SAVE_CONFIG];
    "create secret docker-registry" create::docker_registry [f::CREATE_DOCKER, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::VALIDATE, f::SAVE_CONFIG];
    "create secret generic" create::secret [f::CREATE_DATA, f::CREATE_SECRET, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::VALIDATE, f::SAVE_CONFIG];
    "create secret tls" create::tls [f::CREATE_TLS, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::VALIDATE, f::SAVE_CONFIG];
    "create service clusterip" create::service_cluster_ip [f::CREATE_SERVICE, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::VALIDATE, f::SAVE_CONFIG];
    "create service externalname" create::service_external_name [f::CREATE_SERVICE, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::VALIDATE, f::SAVE_CONFIG];
    "create service loadbalancer" create::service_load_balancer [f::CREATE_SERVICE, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::VALIDATE, f::SAVE_CONFIG];
    "create service nodeport" create::service_node_port [f::CREATE_SERVICE, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::VALIDATE, f::SAVE_CONFIG];
    "create serviceaccount" create::service_account [f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::VALIDATE, f::SAVE_CONFIG];
    "create token" create::token [f::CREATE_TOKEN, f::OUTPUT];
    "debug" attach::debug [f::DEBUG, f::FILES];
    "delete" delete::run [f::DELETE, f::ALL, f::ALL_NAMESPACES, f::SELECTOR, f::FIELD_SELECTOR, f::FILES, f::DRY_RUN];
    "describe" describe::run [f::DESCRIBE, f::ALL_NAMESPACES, f::SELECTOR, f::FILES];
    "edit" edit::run [f::EDIT, f::SELECTOR, f::FILES, f::OUTPUT, f::FIELD_MANAGER, f::VALIDATE, f::SAVE_CONFIG, f::RECORD];
    "events" events::run [f::EVENTS, f::OUTPUT];
    "drain" drain::run [f::DRAIN, f::SELECTOR, f::DRY_RUN];
    "diff" diff::run [f::DIFF, f::SELECTOR, f::FILES, f::FIELD_MANAGER];
    "exec" exec::run [f::EXEC, f::FILES];
    "explain" explain::run [f::EXPLAIN];
    "expose" expose::run [f::EXPOSE, f::SELECTOR, f::FILES, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::SAVE_CONFIG, f::RECORD];
    "get" get::run [f::GET, f::SELECTOR, f::FIELD_SELECTOR, f::FILES, f::OUTPUT];
    "label" label::run [f::LABEL, f::ALL, f::ALL_NAMESPACES, f::SELECTOR, f::FIELD_SELECTOR, f::FILES, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::RECORD];
    "logs" logs::run [f::LOGS, f::SELECTOR];
    "patch" patch::run [f::PATCH, f::FILES, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::RECORD];
    "port-forward" port_forward::run [f::PORT_FORWARD];
    "replace" replace::run [f::REPLACE, f::FILES, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::VALIDATE, f::SAVE_CONFIG, f::RECORD];
    "rollout history" rollout::history::run [f::ROLLOUT_HISTORY, f::SELECTOR, f::FILES, f::OUTPUT];
    "rollout pause" rollout::pause::pause [f::SELECTOR, f::FILES, f::OUTPUT, f::FIELD_MANAGER];
    "rollout restart" rollout::pause::restart [f::SELECTOR, f::FILES, f::OUTPUT, f::FIELD_MANAGER];
    "rollout resume" rollout::pause::resume [f::SELECTOR, f::FILES, f::OUTPUT, f::FIELD_MANAGER];
    "rollout status" rollout::status::run [f::ROLLOUT_STATUS, f::SELECTOR, f::FILES];
    "rollout undo" rollout::undo::run [f::ROLLOUT_UNDO, f::SELECTOR, f::FILES, f::OUTPUT, f::DRY_RUN];
    "run" run::run [f::RUN, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::SAVE_CONFIG, f::RECORD];
    "scale" scale::run [f::SCALE, f::ALL, f::SELECTOR, f::FILES, f::OUTPUT, f::DRY_RUN, f::RECORD];
    "set env" set::env [f::SET_ENV, f::ALL, f::SELECTOR, f::FILES, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER];
    "set image" set::image [f::SET, f::ALL, f::SELECTOR, f::FILES, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::RECORD];
    "set resources" set::resources [f::SET_RESOURCES, f::ALL, f::SELECTOR, f::FILES, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::RECORD];
    "set subject" set_subject::run [f::SET_SUBJECT, f::ALL, f::SELECTOR, f::FILES, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER];
    "set selector" set_more::selector [f::SET_SELECTOR, f::ALL, f::FILES, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::RECORD];
    "set serviceaccount" set_more::service_account [f::SET, f::ALL, f::FILES, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::RECORD];
    "taint" taint::run [f::TAINT, f::ALL, f::SELECTOR, f::OUTPUT, f::DRY_RUN, f::FIELD_MANAGER, f::VALIDATE];
    "top node" top::node [f::TOP, f::SELECTOR];
    "top pod" top::pod [f::TOP, f::ALL_NAMESPACES, f::SELECTOR, f::FIELD_SELECTOR];
    "uncordon" drain::uncordon [f::SELECTOR, f::DRY_RUN];
    "version" info::version [f::VERSION];
    "wait" wait::run [f::WAIT, f::ALL, f::ALL_NAMESPACES, f::SELECTOR, f::FIELD_SELECTOR, f::FILES, f::OUTPUT];
};

/// Other names of commands, and of their sub-commands.
const ALIASES: &[(&str, &str)] = &[
    ("create cj", "create cronjob"),
    ("create cm", "create configmap"),
    ("create ing", "create ingress"),
    ("create pc", "create priorityclass"),
    ("create pdb", "create poddisruptionbudget"),
    ("create resourcequota", "create quota"),
    ("create sa", "create serviceaccount"),
    ("set sa", "set serviceaccount"),
    ("config use", "config use-context"),
    ("create deploy", "create deployment"),
    ("create dep", "create deployment"),
    ("create ns", "create namespace"),
    ("create svc", "create service"),
    ("rollout hist", "rollout history"),
    ("top no", "top node"),
    ("top nodes", "top node"),
    ("top po", "top pod"),
    ("top pods", "top pod"),
];

/// Commands of kubectl that the playground does not have (yet); they are not unknown.
const ABSENT: &[&str] = &["alpha", "completion", "help", "kustomize", "options", "plugin", "proxy"];

/// What a command works with.
pub(super) struct Context<'a> {
    pub(super) args: Args,
    pub(super) stdin: Option<String>,
    pub(super) session: &'a mut Session,
    pub(super) engine: &'a mut Engine,
    pub(super) output: &'a mut Output,
    /// `rollout status`.
    pub(super) path: &'static str,
}

/// Runs `kubectl` with these words.
pub(super) fn run(
    words: &[String],
    stdin: Option<String>,
    session: &mut Session,
    engine: &mut Engine,
    output: &mut Output,
) -> Exec {
    let (command, rest) = match find(words) {
        Ok(found) => found,
        Err(unknown) => return unknown.say(output),
    };
    let args = match Args::parse(&rest, command.flags) {
        Ok(args) => args,
        Err(error) => {
            output.err_line(format!("error: {error}\nSee 'kubectl {} --help' for usage.", command.path));
            hints::flag(&error, command.flags, output);
            return Exec::Done(1);
        }
    };
    for warning in &args.warnings {
        output.err_line(warning);
    }
    if args.help {
        output.hint(msg!("console.no-help", command = command.path));
        return Exec::Done(0);
    }
    let mut context = Context { args, stdin, session, engine, output, path: command.path };
    match context.connection().and_then(|_| context.validation()).and_then(|_| (command.run)(&mut context)) {
        Ok(exec) => exec,
        Err(failure) => {
            let exec = fail(&failure, output);
            hints::failure(&failure, engine, output);
            exec
        }
    }
}

/// Prints an error as kubectl does; the exit code is 1.
pub(super) fn fail(failure: &Failure, output: &mut Output) -> Exec {
    if let Failure::After(printed, _) = failure {
        output.out(printed.clone());
    }
    let text = failure.text();
    if !text.is_empty() {
        output.err_line(text.strip_suffix('\n').unwrap_or(&text));
    }
    Exec::Done(1)
}

/// Words that name no command.
enum Unknown {
    /// `kubectl` alone.
    Nothing,
    /// No command of this name.
    Command(String),
    /// A command group, and what is no sub-command of it.
    SubCommand(&'static str, Vec<String>),
    /// A command that the playground lacks.
    Absent(String),
}

impl Unknown {
    fn say(self, output: &mut Output) -> Exec {
        match self {
            Unknown::Nothing => output.hint(msg!("console.kubectl-alone")),
            Unknown::Absent(name) => output.hint(msg!("console.no-command", command = name)),
            Unknown::Command(name) => {
                let near = suggest::commands(&name);
                let lines: String = near.iter().map(|near| format!("\n\t{near}")).collect();
                let lines = if near.is_empty() { lines } else { format!("\n\nDid you mean this?{lines}") };
                output.err_line(format!("error: unknown command {} for \"kubectl\"{lines}", go_quote(&name)));
            }
            Unknown::SubCommand(group, words) if words.is_empty() => {
                output.hint(msg!("console.sub-command", command = group));
            }
            Unknown::SubCommand(group, words) => {
                let text = format!("unknown command {}", go_quote(&words.join(" ")));
                return fail(&Failure::usage(&format!("kubectl {group}"), &text), output);
            }
        }
        Exec::Done(1)
    }
}

/// The command that the words mean, and its flags and arguments.
fn find(words: &[String]) -> Result<(&'static Command, Vec<String>), Unknown> {
    let places = command_words(words);
    let at = |n: usize| places.get(n).and_then(|place| words.get(*place)).map_or("", String::as_str);
    let path = |count: usize| (0..count).map(at).collect::<Vec<_>>().join(" ");
    let known = |path: &str| {
        let path = ALIASES.iter().find(|(alias, _)| path == *alias).map_or(path, |(_, name)| name);
        // `create svc nodeport`: the alias of a group stands in the middle.
        let path = path.strip_prefix("create svc ").map_or(path.to_owned(), |rest| format!("create service {rest}"));
        COMMANDS.iter().find(|command| command.path == path)
    };
    for count in (1..=3).rev() {
        if places.len() < count {
            continue;
        }
        // A group of its own within `create`.
        if count == 1
            && let ("create", word @ ("secret" | "service" | "svc")) = (at(0), at(1))
        {
            let group = if word == "secret" { "create secret" } else { "create service" };
            let rest = places.iter().skip(2).filter_map(|place| words.get(*place)).cloned().collect();
            return Err(Unknown::SubCommand(group, rest));
        }
        if let Some(command) = known(&path(count)) {
            let rest = words.iter().enumerate().filter(|(i, _)| !places[..count].contains(i));
            return Ok((command, rest.map(|(_, word)| word.clone()).collect()));
        }
    }
    let name = at(0);
    let group = COMMANDS.iter().find_map(|command| command.path.split_once(' ').filter(|(group, _)| *group == name));
    match group {
        _ if name.is_empty() => Err(Unknown::Nothing),
        Some((group, _)) => {
            let rest = places.iter().skip(1).filter_map(|place| words.get(*place)).cloned().collect();
            Err(Unknown::SubCommand(group, rest))
        }
        None if ABSENT.contains(&name) => Err(Unknown::Absent(name.to_owned())),
        None => Err(Unknown::Command(name.to_owned())),
    }
}

/// What a word may be followed by: the next words of all commands that begin with these words.
pub(super) fn next_words(words: &[String]) -> Vec<&'static str> {
    let mut next: Vec<&'static str> = COMMANDS
        .iter()
        .filter_map(|command| {
            let mut parts = command.path.split(' ');
            words.iter().all(|word| parts.next() == Some(word.as_str())).then(|| parts.next()).flatten()
        })
        .collect();
    next.order();
    next.dedup();
    next
}

/// The flags of a command, by groups.
type FlagTables = &'static [&'static [FlagSpec]];

/// The command that words name, its flags, and the arguments that are left.
pub(super) fn understood(words: &[String]) -> Option<(&'static str, FlagTables, Vec<String>)> {
    find(words).ok().map(|(command, rest)| (command.path, command.flags, rest))
}

/// How a command selects, beyond its flags.
#[derive(Clone, Copy, Default)]
pub(super) struct How {
    /// A type alone means all its objects.
    pub(super) type_means_all: bool,
    /// Only one type.
    pub(super) single_type: bool,
}

/// `--dry-run`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DryRun {
    None,
    Client,
    Server,
}

impl Context<'_> {
    /// The namespace of the command.
    pub(super) fn namespace(&self) -> String {
        match (self.args.text("namespace"), self.args.text("context")) {
            (Some(namespace), _) => namespace.to_owned(),
            (None, Some(context)) => self.session.config.namespace(context),
            (None, None) => self.session.namespace.clone(),
        }
    }

    /// A connection to the cluster.
    pub(super) fn client(&mut self) -> Client<'_> {
        let manager = self.args.text("field-manager").map_or_else(|| field_manager(self.path), str::to_owned);
        let validation = self.validation().unwrap_or_default();
        let user = self.user();
        Client::new(self.engine, self.output).managed_by(&manager).validating(validation).acting_as(user)
    }

    /// `--validate`. What has no such flag leaves it to the server, which warns.
    ///
    /// Models `GetValidationDirective` in `kubectl/pkg/cmd/util/helpers.go`.
    pub(super) fn validation(&self) -> Result<FieldValidation, Failure> {
        let text = match (self.args.text("validate"), self.path) {
            (None, "patch") => return Ok(FieldValidation::Warn),
            (None, _) => return Ok(FieldValidation::Strict),
            (Some(text), _) => text,
        };
        match (text, super::args::parse_bool(text)) {
            ("strict", _) | (_, Some(true)) => Ok(FieldValidation::Strict),
            ("warn", _) => Ok(FieldValidation::Warn),
            ("ignore", _) | (_, Some(false)) => Ok(FieldValidation::Ignore),
            _ => Err(Failure::Plain(format!(
                "invalid - validate option {}; must be one of: strict (or true), warn, ignore (or false)",
                go_quote(text)
            ))),
        }
    }

    /// The manifests of `-f`.
    pub(super) fn manifests(&self) -> Result<Manifests, Failure> {
        let (names, name) = (self.args.list("filename"), self.namespace());
        let namespace = Namespace { name: &name, required: self.args.has("namespace") };
        files::read(names, self.stdin.as_deref(), self.session, namespace, self.kinds())
    }

    /// The kinds that the cluster serves.
    pub(super) fn kinds(&self) -> &Kinds {
        self.engine.world().api.kinds()
    }

    /// Selects by these arguments and the usual flags.
    pub(super) fn select(&mut self, args: &[String], how: How) -> Result<Selection, Failure> {
        let namespace = self.namespace();
        let query = Query {
            args,
            files: self.args.list("filename"),
            stdin: self.stdin.as_deref(),
            labels: self.args.text("selector").filter(|text| !text.is_empty()),
            fields: self.args.text("field-selector").filter(|text| !text.is_empty()),
            all: self.args.on("all"),
            type_means_all: how.type_means_all,
            namespace: &namespace,
            explicit_namespace: self.args.has("namespace"),
            all_namespaces: self.args.on("all-namespaces"),
            single_type: how.single_type,
        };
        let user = self.user();
        select::select(&query, self.session, &mut Client::new(self.engine, self.output).acting_as(user))
    }

    /// Selects and reads the objects.
    pub(super) fn fetch(&mut self, args: &[String], how: How) -> Result<Selection, Failure> {
        if self.is_local() {
            return self.local(args);
        }
        let selection = self.select(args, how)?;
        Ok(selection.fetch(&mut self.client()))
    }

    /// `--dry-run`. Models `GetDryRunStrategy` in `kubectl/pkg/cmd/util/helpers.go`.
    pub(super) fn dry_run(&self) -> Result<DryRun, Failure> {
        if self.is_local() {
            return match self.args.text("dry-run") {
                Some("server") => {
                    Err("cannot specify --local and --dry-run=server - did you mean --dry-run=client?".into())
                }
                _ => Ok(DryRun::Client),
            };
        }
        match self.args.text("dry-run").unwrap_or("none") {
            "none" => Ok(DryRun::None),
            "client" => Ok(DryRun::Client),
            "server" => Ok(DryRun::Server),
            "unchanged" => Ok(DryRun::Client),
            text => match super::args::parse_bool(text) {
                Some(true) => Ok(DryRun::Client),
                Some(false) => Ok(DryRun::None),
                None => Err(Failure::Plain(format!(
                    "Invalid dry-run value ({text}). Must be \"none\", \"server\", or \"client\"."
                ))),
            },
        }
    }

    /// The form of a command that says what it did.
    pub(super) fn result_format(&self) -> Result<Format, Failure> {
        Format::parse(&self.args, Offer::Results, self.session)
    }

    /// Says what was done to an object, or prints it in the form asked for.
    pub(super) fn report(
        &mut self,
        value: &Value,
        done: &str,
        dry_run: DryRun,
        format: &Format,
    ) -> Result<(), Failure> {
        let text = match format {
            Format::Human => {
                let is_dry = !self.is_local() || self.args.has("dry-run");
                format!("{} {done}{}\n", name_of(value), if is_dry { dry_run.suffix() } else { "" })
            }
            Format::Json if self.is_typed() => print::declared(value),
            format => format.print(value)?,
        };
        self.output.out(text);
        Ok(())
    }
}

/// The name under which a command owns what it writes, unless `--field-manager` gives another.
fn field_manager(path: &str) -> String {
    match path.split_once(' ').map_or(path, |(group, _)| group) {
        "apply" => "kubectl-client-side-apply".to_owned(),
        word @ ("annotate" | "autoscale" | "create" | "edit" | "expose" | "label" | "patch" | "replace" | "rollout"
        | "run" | "set" | "taint") => {
            format!("kubectl-{word}")
        }
        _ => "kubectl".to_owned(),
    }
}

impl DryRun {
    /// What stands after the result.
    pub(super) fn suffix(self) -> &'static str {
        match self {
            DryRun::None => "",
            DryRun::Client => " (dry run)",
            DryRun::Server => " (server dry run)",
        }
    }

    /// Whether the server only pretends.
    pub(super) fn is_server(self) -> bool {
        self == DryRun::Server
    }
}

/// `deployment.apps/web scaled`.
fn done(kind: Kind, name: &str, what: &str) -> String {
    format!("{} {what}", object_name(kind, name))
}
