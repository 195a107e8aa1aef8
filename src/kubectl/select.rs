//! From arguments and flags to objects: `kubectl <verb> pods web`, `-l app=web`, `--all`, `-f file`.
//!
//! Models `cli-runtime/pkg/resource/builder.go` Do and its visitors.

use super::client::{Client, Filter};
use super::failure::Failure;
use super::files::{self, Namespace};
use super::resource_args::{self, ResourceArgs};
use super::session::Session;
use super::types;
use crate::api::custom::Kinds;
use crate::api::kinds::{Key, Kind};
use crate::api::objects::Object;
use std::rc::Rc;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Query<'q> {
    /// Types and names.
    pub args: &'q [String],
    /// `-f`.
    pub files: &'q [String],
    /// Standard input, for `-f -`.
    pub stdin: Option<&'q str>,
    /// `-l`; `None` when it was not given.
    pub labels: Option<&'q str>,
    /// `--field-selector`; `None` when it was not given.
    pub fields: Option<&'q str>,
    /// `--all`.
    pub all: bool,
    /// Whether a type alone means all its objects (`get`, `describe`).
    pub type_means_all: bool,
    /// The namespace.
    pub namespace: &'q str,
    /// Whether `-n` was given.
    pub explicit_namespace: bool,
    /// `-A`.
    pub all_namespaces: bool,
    /// Whether the command is for one type of resource.
    pub single_type: bool,
}

/// An object that was found, or that is only named.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its name.
    pub key: Key,
    /// The file that names it; empty when arguments do.
    pub file: String,
    /// The object, once it is read.
    pub object: Option<Rc<Object>>,
}

/// What a query found.
#[derive(Debug, Default)]
pub struct Selection {
    /// Objects or names, in order.
    pub targets: Vec<Target>,
    /// What went wrong on the way.
    pub failures: Vec<Failure>,
    /// Whether exactly one object was asked for by name.
    pub single: bool,
    /// Whether objects were asked for by name or file, not by a selector.
    pub named: bool,
    /// The kinds that were asked for.
    pub kinds: Vec<Kind>,
}

impl Selection {
    /// Reads the objects that are only named; those that are not there become failures.
    pub fn fetch(mut self, client: &mut Client<'_>) -> Selection {
        let mut found = Vec::new();
        for mut target in self.targets {
            if target.object.is_none() {
                match client.get(&target.key) {
                    Ok(object) => target.object = Some(object),
                    Err(failure) => {
                        self.failures.push(failure);
                        continue;
                    }
                }
            }
            found.push(target);
        }
        self.targets = found;
        self
    }

    /// The objects that were read.
    pub fn objects(&self) -> impl Iterator<Item = &Rc<Object>> {
        self.targets.iter().filter_map(|target| target.object.as_ref())
    }
}

const NOTHING: &str = "You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'";

/// Finds what a query asks for. Objects that a selector finds are read; named ones are not (see [`Selection::fetch`]).
pub fn select(query: &Query<'_>, session: &Session, client: &mut Client<'_>) -> Result<Selection, Failure> {
    if query.all && (query.labels.is_some() || query.fields.is_some()) {
        return Err("setting 'all' parameter but found a non empty selector. ".into());
    }
    let args = resource_args::parse(query.args)?;
    if !query.files.is_empty() {
        return by_files(query, &args, session, client.kinds());
    }
    let by_selector = query.labels.is_some() || query.fields.is_some() || query.all;
    match args {
        ResourceArgs::Nothing if by_selector => Err("at least one resource must be specified to use a selector".into()),
        ResourceArgs::Nothing => Err(NOTHING.into()),
        ResourceArgs::Pairs(_) if by_selector => {
            Err("selectors and the all flag cannot be used when passing resource/name arguments".into())
        }
        ResourceArgs::Pairs(pairs) => by_pairs(query, &pairs, client.kinds()),
        ResourceArgs::Types { names, .. } if !names.is_empty() && by_selector => {
            Err("name cannot be provided when a selector is specified".into())
        }
        ResourceArgs::Types { types, names } if names.is_empty() => {
            let kinds = kinds(&types, client.kinds())?;
            if !by_selector && !query.type_means_all {
                return Err("resource(s) were provided, but no name was specified".into());
            }
            by_selector_of(query, kinds, client)
        }
        ResourceArgs::Types { types, names } => by_names(query, &types, &names, client.kinds()),
    }
}

/// The kinds of type words, categories replaced by their members.
fn kinds(types: &[String], served: &Kinds) -> Result<Vec<Kind>, Failure> {
    let mut kinds: Vec<Kind> = Vec::new();
    for word in types {
        let members = match types::category(word, served) {
            Some(members) => members,
            None => vec![types::kind_of(word, served)?],
        };
        for kind in members {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
    }
    Ok(kinds)
}

fn by_files(query: &Query<'_>, args: &ResourceArgs, session: &Session, served: &Kinds) -> Result<Selection, Failure> {
    match args {
        ResourceArgs::Nothing => {}
        ResourceArgs::Pairs(_) => {
            return Err("resource/name arguments cannot be provided when a path is specified".into());
        }
        ResourceArgs::Types { names, .. } if !names.is_empty() => {
            return Err("name cannot be provided when a path is specified".into());
        }
        ResourceArgs::Types { .. } => {
            return Err("when paths, URLs, or stdin is provided as input, you may not specify resource arguments as \
                        well"
                .into());
        }
    }
    let namespace = Namespace { name: query.namespace, required: query.explicit_namespace };
    let manifests = files::read(query.files, query.stdin, session, namespace, served)?;
    let target = |manifest: &files::Manifest| Target {
        key: Client::key(manifest.kind, manifest.namespace(), manifest.name()),
        file: manifest.file.clone(),
        object: None,
    };
    Ok(Selection {
        targets: manifests.found.iter().map(target).collect(),
        failures: manifests.failures,
        single: query.files.len() == 1 && manifests.found.len() == 1,
        named: true,
        kinds: manifests.found.iter().map(|manifest| manifest.kind).collect(),
    })
}

fn by_pairs(query: &Query<'_>, pairs: &[(String, String)], served: &Kinds) -> Result<Selection, Failure> {
    let mut selection = Selection { single: pairs.len() == 1, named: true, ..Selection::default() };
    for (word, name) in pairs {
        let kind = types::kind_of(word, served)?;
        selection.kinds.push(kind);
        if kind.info().namespaced && query.all_namespaces {
            return Err("a resource cannot be retrieved by name across all namespaces".into());
        }
        let key = Client::key(kind, query.namespace, name);
        selection.targets.push(Target { key, file: String::new(), object: None });
    }
    if query.single_type && selection.kinds.windows(2).any(|pair| pair[0] != pair[1]) {
        return Err(MULTIPLE_TYPES.into());
    }
    Ok(selection)
}

const MULTIPLE_TYPES: &str = "you may only specify a single resource type";

fn by_names(query: &Query<'_>, types: &[String], names: &[String], served: &Kinds) -> Result<Selection, Failure> {
    let kinds = kinds(types, served)?;
    let [kind] = kinds.as_slice() else { return Err("you must specify only one resource".into()) };
    if kind.info().namespaced && query.all_namespaces {
        return Err("a resource cannot be retrieved by name across all namespaces".into());
    }
    if names.iter().any(String::is_empty) {
        return Err("resource name may not be empty".into());
    }
    let target =
        |name: &String| Target { key: Client::key(*kind, query.namespace, name), file: String::new(), object: None };
    Ok(Selection {
        targets: names.iter().map(target).collect(),
        single: names.len() == 1,
        named: true,
        kinds: kinds.clone(),
        ..Selection::default()
    })
}

fn by_selector_of(query: &Query<'_>, kinds: Vec<Kind>, client: &mut Client<'_>) -> Result<Selection, Failure> {
    if query.single_type && kinds.len() > 1 {
        return Err(MULTIPLE_TYPES.into());
    }
    let namespace = if query.all_namespaces { "" } else { query.namespace };
    let filter = Filter { labels: query.labels.unwrap_or_default(), fields: query.fields.unwrap_or_default() };
    let mut selection = Selection { kinds, ..Selection::default() };
    for kind in selection.kinds.clone() {
        match client.list(kind, namespace, filter) {
            Err(failure) => selection.failures.push(failure),
            Ok(objects) => selection.targets.extend(objects.into_iter().map(|object| Target {
                key: object.key(),
                file: String::new(),
                object: Some(object),
            })),
        }
    }
    Ok(selection)
}
