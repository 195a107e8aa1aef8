//! `kubectl describe`: an object and what belongs to it, as text.
//!
//! Models `kubectl/pkg/describe/describe.go`. Here stands what any description is made of; each family of kinds has a file,
//! [`template`] describes pod templates, and what has no describer of its own is written out by [`generic`].

pub mod access;
mod autoscaler;
mod certificate;
mod cluster;
mod events;
mod generic;
mod ingress;
mod limits;
mod node;
mod pod;
mod policy;
mod service;
mod sets;
mod storage;
mod template;
mod volumes;
mod workload;

pub use template::pod_template;

use super::client::Client;
use super::printer::tabwriter;
use crate::api::kinds::Kind;
use crate::api::meta::{Labels, Meta};
use crate::api::objects::Object;
use crate::base::{Str, Value};

/// The description of an object.
pub fn describe(object: &Object, client: &mut Client<'_>, show_events: bool) -> String {
    let mut text = Text::default();
    match object {
        Object::Service(service) => service::service(service, client, &mut text),
        Object::Deployment(deployment) => workload::deployment(deployment, client, &mut text),
        Object::ReplicaSet(rs) => workload::replica_set(rs, client, &mut text),
        Object::Pod(pod) => pod::pod(pod, client, &mut text),
        Object::DaemonSet(set) => sets::daemon_set(set, client, &mut text),
        Object::StatefulSet(set) => sets::stateful_set(set, client, &mut text),
        Object::ReplicationController(rc) => sets::replication_controller(rc, client, &mut text),
        Object::Job(job) => sets::job(job, &mut text),
        Object::CronJob(cron) => sets::cron_job(cron, &mut text),
        Object::PodDisruptionBudget(budget) => sets::budget(budget, &mut text),
        Object::Namespace(namespace) => {
            limits::namespace(namespace, client, &mut text);
            return text.laid_out();
        }
        Object::Node(node) => node::node(node, client, &mut text),
        Object::Endpoints(endpoints) => service::endpoints(endpoints, &mut text),
        Object::EndpointSlice(slice) => service::endpoint_slice(slice, &mut text),
        other => {
            let text_only = plain(other, client, &mut text);
            if text_only {
                return text.laid_out();
            }
        }
    }
    if show_events {
        events::events(object, client, &mut text);
    }
    text.laid_out()
}

/// The description of an object that is kept as JSON. Says whether that is all: some kinds are described without their events.
fn plain(object: &Object, client: &mut Client<'_>, text: &mut Text) -> bool {
    match object.kind() {
        Kind::INGRESS => ingress::ingress(object, client, text),
        Kind::HORIZONTAL_POD_AUTOSCALER => autoscaler::autoscaler(object, text),
        Kind::CONFIG_MAP => cluster::config_map(object, text),
        Kind::SERVICE_ACCOUNT => cluster::service_account(object, text),
        Kind::PRIORITY_CLASS => cluster::priority_class(object, text),
        Kind::INGRESS_CLASS => cluster::ingress_class(object, text),
        Kind::PERSISTENT_VOLUME => storage::volume(object, client, text),
        Kind::PERSISTENT_VOLUME_CLAIM => storage::claim(object, client, text),
        Kind::STORAGE_CLASS => storage::storage_class(object, text),
        Kind::SECRET | Kind::RESOURCE_QUOTA | Kind::LIMIT_RANGE | Kind::NETWORK_POLICY => {
            match object.kind() {
                Kind::SECRET => cluster::secret(object, text),
                Kind::RESOURCE_QUOTA => limits::quota(object, text),
                Kind::LIMIT_RANGE => limits::limit_range(object, text),
                _ => policy::network_policy(object, text),
            }
            return true;
        }
        Kind::CERTIFICATE_SIGNING_REQUEST => {
            if let Err(why) = certificate::request(object, text) {
                text.line(0, why);
                return true;
            }
        }
        Kind::ROLE | Kind::CLUSTER_ROLE => {
            access::role(object, text);
            return true;
        }
        Kind::ROLE_BINDING | Kind::CLUSTER_ROLE_BINDING => {
            access::binding(object, text);
            return true;
        }
        _ => generic::generic(object, text),
    }
    false
}

/// Text with tabs that is laid out in columns at the end; a flush ends all columns.
#[derive(Default)]
pub struct Text {
    done: String,
    open: String,
}

impl Text {
    /// Adds a line, indented by two spaces for each level.
    pub(super) fn line(&mut self, level: usize, text: impl std::fmt::Display) {
        self.part(level, text);
        self.open.push('\n');
    }

    /// Adds text without a line end.
    pub(super) fn part(&mut self, level: usize, text: impl std::fmt::Display) {
        self.open.push_str(&"  ".repeat(level));
        self.open.push_str(&text.to_string());
    }

    /// Adds `title:<tab>value`.
    pub(super) fn field(&mut self, title: &str, value: impl std::fmt::Display) {
        self.line(0, format_args!("{title}:\t{value}"));
    }

    /// Ends all columns.
    pub(super) fn flush(&mut self) {
        let open = std::mem::take(&mut self.open);
        self.done.push_str(&tabwriter::DESCRIBE.format(&open));
    }

    /// The text in columns.
    pub(super) fn laid_out(mut self) -> String {
        self.flush();
        self.done
    }

    /// The text with its tabs, as `rollout history` prints it.
    pub fn raw(self) -> String {
        self.done + &self.open
    }

    /// `title: a=b`, one line each, or `<none>`.
    pub(super) fn map<'a>(&mut self, title: &str, pairs: impl Iterator<Item = (&'a str, &'a str)>) {
        let pairs: Vec<String> = pairs.map(|(key, value)| format!("{key}={value}")).collect();
        self.list(title, &pairs);
    }

    /// `title:` and one line for each item, or `<none>`.
    pub(super) fn list(&mut self, title: &str, items: &[String]) {
        if items.is_empty() {
            self.field(title, "<none>");
        }
        for (i, item) in items.iter().enumerate() {
            if i == 0 {
                self.field(title, item);
            } else {
                self.line(0, format_args!("\t{item}"));
            }
        }
    }

    pub(super) fn labels(&mut self, title: &str, labels: &Labels) {
        self.map(title, labels.iter().map(|(key, value)| (&**key, &**value)));
    }

    /// Annotations; what apply keeps is left out, long ones are cut.
    pub(super) fn annotations(&mut self, title: &str, annotations: &Labels) {
        const LONGEST: usize = 140;
        self.part(0, format_args!("{title}:\t"));
        let shown = annotations.iter().filter(|(key, _)| &***key != "kubectl.kubernetes.io/last-applied-configuration");
        let mut any = false;
        for (key, value) in shown {
            if any {
                self.part(0, "\t");
            }
            any = true;
            let value = value.strip_suffix('\n').unwrap_or(value);
            if value.len() + key.len() + 2 > LONGEST || value.contains('\n') {
                self.line(0, format_args!("{key}:"));
                for line in value.split('\n') {
                    let cut = line.char_indices().map(|(i, _)| i).find(|i| *i >= LONGEST - 2);
                    match cut {
                        Some(cut) => self.line(0, format_args!("\t  {}...", &line[..cut])),
                        None => self.line(0, format_args!("\t  {line}")),
                    }
                }
            } else {
                self.line(0, format_args!("{key}: {value}"));
            }
        }
        if !any {
            self.line(0, "<none>");
        }
    }

    /// `Controlled By: ReplicaSet/web`.
    pub(super) fn controller(&mut self, meta: &Meta) {
        if let Some(owner) = meta.controller() {
            self.field("Controlled By", format_args!("{}/{}", owner.kind, owner.name));
        }
    }
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "<none>" } else { text }
}

fn join(list: &[Str]) -> String {
    list.iter().map(|item| &**item).collect::<Vec<_>>().join(",")
}

/// A text field of a JSON object.
fn text_of<'v>(value: &'v Value, field: &str) -> &'v str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// A list field of a JSON object.
fn list_of<'v>(value: &'v Value, field: &str) -> &'v [Value] {
    value.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn true_or_false(value: Option<&Value>) -> bool {
    value.and_then(Value::as_bool).unwrap_or(false)
}
