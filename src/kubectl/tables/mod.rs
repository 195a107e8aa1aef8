//! The tables of `kubectl get`: which columns each kind has, and what stands in them.
//!
//! Models `pkg/printers/internalversion/printers.go` (columns and cells, made by the API server) and
//! `cli-runtime/pkg/printers/tableprinter.go` (what kubectl adds). Columns are data: see [`columns_of`].

mod autoscaler;
mod cluster;
mod configuration;
mod custom;
mod network;
mod other;
mod pod;
mod workload;

pub(super) use other::{access_modes, csr_status};

use super::printer::tabwriter;
use crate::api::custom::Kinds;
use crate::api::kinds::Kind;
use crate::api::meta::Labels;
use crate::api::objects::Object;
use crate::base::time::{Timestamp, human_duration};
use crate::base::{Str, Value};
pub(in crate::kubectl) use autoscaler::metric_texts;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A column.
pub(super) struct Column {
    /// Its header, as the server sends it; printed in capitals.
    name: &'static str,
    /// Shown only with `-o wide`.
    wide: bool,
    /// What stands in it.
    cell: fn(&Row<'_>) -> String,
}

/// A column that is always there.
const fn col(name: &'static str, cell: fn(&Row<'_>) -> String) -> Column {
    Column { name, wide: false, cell }
}

/// A column of `-o wide`.
const fn wide(name: &'static str, cell: fn(&Row<'_>) -> String) -> Column {
    Column { name, wide: true, cell }
}

/// An object, and what a cell must know beside it.
pub(super) struct Row<'a> {
    object: &'a Object,
    /// The object as JSON, for cells that look for a field; written out when the first does.
    json: std::cell::OnceCell<Value>,
    /// `-o wide`: some cells say more.
    wide: bool,
    now: Timestamp,
}

/// How tables are printed.
#[derive(Clone, Debug)]
pub struct Style {
    /// `-o wide`.
    pub wide: bool,
    /// Namespaces in front (`-A`).
    pub namespaces: bool,
    /// Names as `pod/web`.
    pub with_kind: bool,
    /// `--show-labels`.
    pub show_labels: bool,
    /// `-L`.
    pub label_columns: Vec<String>,
    /// Headers.
    pub headers: bool,
    /// The time that ages are counted to.
    pub now: Timestamp,
    /// What the cluster serves: kinds that users define bring their columns.
    pub kinds: Kinds,
}

/// The table of objects of one kind; empty when there are none.
pub fn render(objects: &[&Rc<Object>], style: &Style) -> String {
    let Some(first) = objects.first() else { return String::new() };
    let mut text = String::new();
    if style.headers {
        text.push_str(&headers(first.kind(), style).join("\t"));
        text.push('\n');
    }
    for object in objects {
        text.push_str(&cells(object, style).join("\t"));
        text.push('\n');
    }
    tabwriter::TABLE.format(&text)
}

/// More rows of a table that grows (`-w`): `widths` are those of its columns so far; `front` is a column before all others.
pub fn render_more(
    objects: &[Rc<Object>],
    front: Option<(&str, &str)>,
    style: &Style,
    widths: &mut Vec<usize>,
) -> String {
    let mut lines = Vec::new();
    if let Some(first) = objects.first().filter(|_| style.headers) {
        lines.push(headers(first.kind(), style));
    }
    lines.extend(objects.iter().map(|object| cells(object, style)));
    if let Some((title, cell)) = front {
        let has_head = style.headers && !objects.is_empty();
        for (place, line) in lines.iter_mut().enumerate() {
            line.insert(0, if place == 0 && has_head { title } else { cell }.to_owned());
        }
    }
    for line in &lines {
        widths.resize(widths.len().max(line.len()), tabwriter::TABLE.min_width);
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count() + tabwriter::TABLE.padding);
        }
    }
    let mut text = String::new();
    for line in lines {
        let last = line.len().saturating_sub(1);
        for (i, cell) in line.iter().enumerate() {
            text.push_str(cell);
            let width = if i == last { 0 } else { widths.get(i).copied().unwrap_or(0) };
            text.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.chars().count())));
        }
        text.push('\n');
    }
    text
}

fn headers(kind: Kind, style: &Style) -> Vec<String> {
    let namespace = namespaced(kind, style).then(|| "NAMESPACE".to_owned());
    let columns: Vec<String> = match style.kinds.custom(kind) {
        Some(custom) => custom::headers(custom, style),
        None => shown(kind, style).map(|column| column.name.to_uppercase()).collect(),
    };
    let labels = style.label_columns.iter().map(|key| key.rsplit('/').next().unwrap_or(key).to_uppercase());
    let all = style.show_labels.then(|| "LABELS".to_owned());
    namespace.into_iter().chain(columns).chain(labels).chain(all).collect()
}

fn cells(object: &Object, style: &Style) -> Vec<String> {
    let row = Row { object, json: std::cell::OnceCell::new(), wide: style.wide, now: style.now };
    let kind = object.kind();
    let namespace = namespaced(kind, style).then(|| object.meta().namespace.to_string());
    let mut cells: Vec<String> = match style.kinds.custom(kind) {
        Some(custom) => custom::cells(custom, object, style),
        None => shown(kind, style).map(|column| (column.cell)(&row)).collect(),
    };
    // The name is the first column of most tables.
    let place = style
        .kinds
        .custom(kind)
        .map_or_else(|| shown(kind, style).position(|column| column.name == "Name"), |_| Some(0));
    if let Some(cell) = place.filter(|_| style.with_kind).and_then(|place| cells.get_mut(place)) {
        *cell = with_kind(kind, cell);
    }
    let cells = cells.iter().map(|cell| one_line(cell));
    let labels = style.label_columns.iter().map(|key| object.labels().get(key).map_or("", |value| value).to_owned());
    let all = style.show_labels.then(|| labels_text(object.labels()));
    namespace.into_iter().chain(cells).chain(labels).chain(all).collect()
}

fn namespaced(kind: Kind, style: &Style) -> bool {
    style.namespaces && kind.info().namespaced
}

fn with_kind(kind: Kind, name: &str) -> String {
    super::print::object_name(kind, name)
}

/// A cell ends at its first line end.
fn one_line(cell: &str) -> String {
    match cell.find(['\n', '\r', '\x0c']) {
        Some(end) => format!("{}...", &cell[..end]),
        None => cell.replace('\t', "\\t"),
    }
}

fn shown(kind: Kind, style: &Style) -> impl Iterator<Item = &'static Column> {
    let wide = style.wide;
    columns_of(kind).iter().filter(move |column| wide || !column.wide)
}

/// The columns of a kind.
fn columns_of(kind: Kind) -> &'static [Column] {
    match kind {
        Kind::POD => pod::COLUMNS,
        Kind::REPLICA_SET => workload::REPLICA_SET,
        Kind::DEPLOYMENT => workload::DEPLOYMENT,
        Kind::DAEMON_SET => other::DAEMON_SET,
        Kind::STATEFUL_SET => other::STATEFUL_SET,
        Kind::REPLICATION_CONTROLLER => other::REPLICATION_CONTROLLER,
        Kind::JOB => other::JOB,
        Kind::CRON_JOB => other::CRON_JOB,
        Kind::SERVICE => network::SERVICE,
        Kind::ENDPOINTS => network::ENDPOINTS,
        Kind::ENDPOINT_SLICE => network::ENDPOINT_SLICE,
        Kind::INGRESS => network::INGRESS,
        Kind::INGRESS_CLASS => network::INGRESS_CLASS,
        Kind::NETWORK_POLICY => network::NETWORK_POLICY,
        Kind::NODE => cluster::NODE,
        Kind::NAMESPACE => cluster::NAMESPACE,
        Kind::EVENT => cluster::EVENT,
        Kind::CONFIG_MAP => other::CONFIG_MAP,
        Kind::SECRET => other::SECRET,
        Kind::HORIZONTAL_POD_AUTOSCALER => other::HORIZONTAL_POD_AUTOSCALER,
        Kind::POD_DISRUPTION_BUDGET => other::POD_DISRUPTION_BUDGET,
        Kind::PERSISTENT_VOLUME_CLAIM => other::PERSISTENT_VOLUME_CLAIM,
        Kind::PERSISTENT_VOLUME => other::PERSISTENT_VOLUME,
        Kind::STORAGE_CLASS => other::STORAGE_CLASS,
        Kind::CERTIFICATE_SIGNING_REQUEST => other::CERTIFICATE_SIGNING_REQUEST,
        Kind::CONTROLLER_REVISION => other::CONTROLLER_REVISION,
        Kind::ROLE | Kind::CLUSTER_ROLE | Kind::CUSTOM_RESOURCE_DEFINITION | Kind::LIMIT_RANGE => other::CREATED_AT,
        Kind::ROLE_BINDING | Kind::CLUSTER_ROLE_BINDING => configuration::ROLE_BINDING,
        Kind::RESOURCE_QUOTA => configuration::RESOURCE_QUOTA,
        Kind::PRIORITY_CLASS => configuration::PRIORITY_CLASS,
        Kind::LEASE => configuration::LEASE,
        Kind::RUNTIME_CLASS => configuration::RUNTIME_CLASS,
        Kind::MUTATING_WEBHOOK_CONFIGURATION | Kind::VALIDATING_WEBHOOK_CONFIGURATION => configuration::WEBHOOKS,
        Kind::VOLUME_ATTRIBUTES_CLASS => configuration::VOLUME_ATTRIBUTES_CLASS,
        _ => other::ANY,
    }
}

impl Row<'_> {
    /// A field of the object.
    fn field(&self, pointer: &str) -> Option<&Value> {
        self.json.get_or_init(|| self.object.to_value()).pointer(pointer)
    }

    fn text(&self, pointer: &str) -> &str {
        self.field(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    fn int(&self, pointer: &str) -> i64 {
        self.field(pointer).and_then(Value::as_i64).unwrap_or(0)
    }

    fn count(&self, pointer: &str) -> usize {
        match self.field(pointer) {
            Some(Value::Object(fields)) => fields.len(),
            Some(Value::Array(items)) => items.len(),
            _ => 0,
        }
    }
}

/// The name.
fn name(row: &Row<'_>) -> String {
    row.object.meta().name.to_string()
}

/// How long ago the object was made.
fn age(row: &Row<'_>) -> String {
    since(row.object.meta().creation_timestamp, row.now)
}

/// How long ago a moment was; `<unknown>` when there is none.
pub(super) fn since(moment: Option<Timestamp>, now: Timestamp) -> String {
    moment.map_or_else(|| "<unknown>".to_owned(), |moment| human_duration(now.0 - moment.0))
}

/// `a=b,c=d`, or `<none>`. Models `labels.FormatLabels`.
pub(super) fn labels_text(labels: &Labels) -> String {
    pairs_text(labels.iter())
}

fn map_text(map: &BTreeMap<Str, Str>) -> String {
    pairs_text(map.iter())
}

fn pairs_text<'a>(pairs: impl Iterator<Item = (&'a Str, &'a Str)>) -> String {
    or_none(pairs.map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(","))
}

/// The text, or `<none>` when it is empty.
fn or_none(text: impl Into<String>) -> String {
    let text = text.into();
    if text.is_empty() { "<none>".to_owned() } else { text }
}

/// A selector or template of an object without a type of its own, read as the typed one.
fn typed<T: crate::api::json::Json>(value: Option<&Value>) -> Option<T> {
    value.cloned().and_then(T::from_json)
}
