//! Kinds that users define with CustomResourceDefinitions, and what is asked of their objects.
//!
//! A definition says everything as data, so all here works on its JSON: [`prune`] drops and fills in fields, [`check`] and [`rules`] say
//! what is wrong with an object, [`structural`] what is wrong with a schema. [`Kinds`] is what a cluster serves at a moment.
//! Not here: who gives a definition its conditions (`controllers`), and the definition's own rules
//! ([`validate`](super::validate)). Start with [`Custom`].
//!
//! Models `k8s.io/apiextensions-apiserver`.

mod check;
mod prune;
mod rules;
pub mod structural;
#[cfg(test)]
mod tests;

use super::kinds::{FIRST_CUSTOM, Kind, KindInfo};
use crate::base::Order;
use crate::base::Value;
pub use check::{check, warnings};
pub use prune::{default, prune};
pub use rules::rules;
use std::cmp::Ordering;
use std::rc::Rc;
use std::sync::RwLock;

/// The names of a kind that users defined.
#[derive(Debug)]
pub(super) struct Names {
    /// All of them: what tells kinds apart. See [`text_of`].
    pub text: &'static str,
    /// The same, taken apart.
    pub info: KindInfo,
}

/// All names that were ever given. A place here stands for its names and for nothing else: whether a cluster serves the kind
/// is known by the cluster. So it is no state that a rewind would have to undo.
static NAMES: RwLock<Vec<&'static Names>> = RwLock::new(Vec::new());

/// More kinds than this are not remembered.
const MOST_KINDS: usize = 10_000;

static NOTHING: Names = Names {
    text: "",
    info: KindInfo {
        kind: "",
        group: "",
        version: "",
        plural: "",
        singular: "",
        short_names: &[],
        categories: &[],
        namespaced: false,
        other_versions: &[],
    },
};

/// The names of a custom kind.
pub(super) fn names_of(kind: Kind) -> &'static Names {
    let names = NAMES.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    names.get(usize::from(kind.0.saturating_sub(FIRST_CUSTOM))).copied().unwrap_or(&NOTHING)
}

/// The kind of these names, as [`Kind`] is written: group, version, kind, plural, singular, short names, categories, other
/// versions and scope, with bars between them. `None` when there are too many, or the text says something else.
pub(super) fn named(text: &str) -> Option<Kind> {
    if text.split('|').count() != 9 {
        return None;
    }
    let mut names = NAMES.write().unwrap_or_else(std::sync::PoisonError::into_inner);
    let place = names.iter().position(|known| known.text == text);
    let place = place.unwrap_or(names.len());
    if place >= MOST_KINDS {
        return None;
    }
    if place == names.len() {
        let text: &'static str = text.to_owned().leak();
        let list = |text: &'static str| -> &'static [&'static str] {
            text.split(',').filter(|word| !word.is_empty()).collect::<Vec<_>>().leak()
        };
        let parts: Vec<&'static str> = text.split('|').collect();
        let [group, version, kind, plural, singular, short, categories, others, scope] = parts.as_slice() else {
            return None;
        };
        let info = KindInfo {
            kind,
            group,
            version,
            plural,
            singular,
            short_names: list(short),
            categories: list(categories),
            namespaced: *scope == "Namespaced",
            other_versions: list(others),
        };
        names.push(Box::leak(Box::new(Names { text, info })));
    }
    u16::try_from(place).ok()?.checked_add(FIRST_CUSTOM).map(Kind)
}

/// A kind that a cluster serves because of a definition.
#[derive(Clone, Debug, PartialEq)]
pub struct Custom {
    /// The kind.
    pub kind: Kind,
    /// `spec` of the definition.
    pub spec: Rc<Value>,
    /// Whether the definition is on its way out: nothing new is made.
    pub terminating: bool,
}

impl Custom {
    /// What a definition makes the cluster serve; `None` before its names are accepted.
    pub fn of(definition: &Value) -> Option<Custom> {
        let text = |pointer: &str| definition.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let conditions = definition.pointer("/status/conditions").and_then(Value::as_array)?;
        let is_true =
            |kind: &str| conditions.iter().any(|condition| condition["type"] == kind && condition["status"] == "True");
        if !is_true("Established") {
            return None;
        }
        let served = served_versions(definition.get("spec")?);
        let group = text("/spec/group");
        let words = |pointer: &str| {
            let list = definition.pointer(pointer).and_then(Value::as_array);
            list.into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>().join(",")
        };
        let others: Vec<String> = served.iter().skip(1).map(|version| format!("{group}/{version}")).collect();
        let names = [
            group,
            served.first()?,
            text("/status/acceptedNames/kind"),
            text("/status/acceptedNames/plural"),
            text("/status/acceptedNames/singular"),
            &words("/status/acceptedNames/shortNames"),
            &words("/status/acceptedNames/categories"),
            &others.join(","),
            text("/spec/scope"),
        ];
        Some(Custom {
            kind: named(&names.join("|"))?,
            spec: Rc::new(definition.get("spec")?.clone()),
            terminating: definition.pointer("/metadata/deletionTimestamp").is_some(),
        })
    }

    /// What the definition says of a version: `example.com/v1`.
    fn version(&self, api_version: &str) -> Option<&Value> {
        let name = api_version.rsplit('/').next().unwrap_or_default();
        self.spec.get("versions")?.as_array()?.iter().find(|version| version["name"] == name)
    }

    /// The schema of objects in a version.
    pub fn schema(&self, api_version: &str) -> Option<&Value> {
        self.version(api_version)?.pointer("/schema/openAPIV3Schema")
    }

    /// Whether the status is written apart from the rest.
    pub fn has_status(&self, api_version: &str) -> bool {
        self.version(api_version).is_some_and(|version| version.pointer("/subresources/status").is_some())
    }

    /// Where the wanted number of replicas stands, as a JSON pointer; `None` if objects cannot be scaled.
    pub fn replicas(&self, api_version: &str) -> Option<String> {
        let path = self.version(api_version)?.pointer("/subresources/scale/specReplicasPath")?.as_str()?;
        Some(path.replace('.', "/"))
    }

    /// The columns of tables, after the name; objects of a version without any show their age.
    pub fn columns(&self) -> &[Value] {
        let version = self.version(self.kind.info().version);
        let columns = version.and_then(|version| version.get("additionalPrinterColumns")?.as_array());
        columns.map_or(&[], Vec::as_slice)
    }

    /// The fields that selectors may name beside name and namespace: `spec.colour`.
    pub fn selectable_fields(&self) -> Vec<&str> {
        let fields = self.version(self.kind.info().version).and_then(|version| version.get("selectableFields"));
        let paths =
            fields.and_then(Value::as_array).into_iter().flatten().filter_map(|field| field["jsonPath"].as_str());
        paths.map(|path| path.trim_start_matches('.')).collect()
    }

    /// The warning that a request in a version deserves, if it is on its way out.
    ///
    /// Models `defaultDeprecationWarning` of `customresource_handler.go`.
    pub fn deprecation(&self, api_version: &str) -> Option<String> {
        let version = self.version(api_version).filter(|version| version["deprecated"] == true)?;
        if let Some(text) = version.get("deprecationWarning").and_then(Value::as_str) {
            return Some(text.to_owned());
        }
        let KindInfo { group, kind, .. } = self.kind.info();
        let name = version["name"].as_str().unwrap_or_default();
        let better = served_versions(&self.spec).into_iter().find(|other| {
            precedence(other, name) == Ordering::Less
                && self.version(other).is_some_and(|version| version["deprecated"] != true)
        });
        let instead = better.map(|other| format!("; use {group}/{other} {kind}")).unwrap_or_default();
        Some(format!("{group}/{name} {kind} is deprecated{instead}"))
    }
}

/// The served versions of a definition's `spec`, the preferred one first.
fn served_versions(spec: &Value) -> Vec<&str> {
    let versions = spec.get("versions").and_then(Value::as_array).into_iter().flatten();
    let mut served: Vec<&str> =
        versions.filter(|version| version["served"] == true).filter_map(|version| version["name"].as_str()).collect();
    served.order_by(|a, b| precedence(a, b));
    served
}

/// `v2` comes before `v1`, that before `v1beta2`, that before `v1alpha1`, and last other words by the alphabet.
///
/// Models `k8s.io/apimachinery/pkg/version` `CompareKubeAwareVersionStrings`.
fn precedence(a: &str, b: &str) -> Ordering {
    let key = |text: &str| {
        let rest = text.strip_prefix('v')?;
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (major, rest) = rest.split_at(digits);
        let major: u32 = major.parse().ok()?;
        let stage =
            [("alpha", 0), ("beta", 1)].into_iter().find_map(|(word, rank)| Some((rest.strip_prefix(word)?, rank)));
        match stage {
            _ if rest.is_empty() => Some((2, major, 0)),
            Some((minor, rank)) => Some((rank, major, minor.parse::<u32>().ok()?)),
            None => None,
        }
    };
    match (key(a), key(b)) {
        (None, None) => a.cmp(b),
        (a, b) => b.cmp(&a),
    }
}

/// The kinds that a cluster serves: those of Kubernetes, and those of its definitions. Cloning is cheap.
#[derive(Clone, Debug, Default)]
pub struct Kinds(Rc<Vec<Custom>>);

impl Kinds {
    /// With the kinds of these definitions.
    pub fn new(mut customs: Vec<Custom>) -> Kinds {
        customs.order_by_key(|custom| (custom.kind.info().group, custom.kind.info().plural));
        Kinds(Rc::new(customs))
    }

    /// All kinds whose objects are stored: those of Kubernetes in the order of [`Kind::all`], then the others by group and
    /// plural.
    pub fn all(&self) -> impl Iterator<Item = Kind> {
        Kind::all().chain(self.0.iter().map(|custom| custom.kind))
    }

    /// The kinds that definitions made.
    pub fn customs(&self) -> &[Custom] {
        &self.0
    }

    /// The kind that a manifest names, or `None` when the cluster does not serve it.
    pub fn of(&self, api_version: &str, kind: &str) -> Option<Kind> {
        Kind::of(api_version, kind).or_else(|| {
            self.0.iter().map(|custom| custom.kind).find(|custom| {
                let info = custom.info();
                info.kind == kind && (custom.api_version() == api_version || info.other_versions.contains(&api_version))
            })
        })
    }

    /// What is known of a custom kind.
    pub fn custom(&self, kind: Kind) -> Option<&Custom> {
        self.0.iter().find(|custom| custom.kind == kind).filter(|_| kind.is_custom())
    }
}
