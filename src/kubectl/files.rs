//! `-f`: the manifests that a command is given, one object after the other.

use super::failure::Failure;
use super::session::Session;
use crate::api::custom::Kinds;
use crate::api::decode;
use crate::api::kinds::Kind;
use crate::base::{Value, text::go_quote};

/// An object of a file.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The file's name as it was given.
    pub file: String,
    /// Its kind.
    pub kind: Kind,
    /// The object, with its namespace filled in.
    pub value: Value,
    /// Whether it is an item of a list.
    pub in_list: bool,
}

impl Manifest {
    /// `metadata.name`.
    pub fn name(&self) -> &str {
        text(&self.value, "/metadata/name")
    }

    /// `metadata.namespace`; empty for cluster-scoped kinds.
    pub fn namespace(&self) -> &str {
        text(&self.value, "/metadata/namespace")
    }
}

/// What the files hold: manifests in order, and what could not be read.
#[derive(Debug, Default)]
pub struct Manifests {
    /// Objects.
    pub found: Vec<Manifest>,
    /// Errors, in order.
    pub failures: Vec<Failure>,
}

/// The namespace that objects without one get, and whether objects must be in it (`-n` was given).
#[derive(Clone, Copy, Debug)]
pub struct Namespace<'a> {
    /// Its name.
    pub name: &'a str,
    /// Whether an object of another namespace is refused.
    pub required: bool,
}

/// Reads files. Fails at once when one does not exist; other errors are collected.
///
/// Models `cli-runtime/pkg/resource/builder.go` FilenameParam and `visitor.go`.
pub fn read(
    names: &[String],
    stdin: Option<&str>,
    session: &Session,
    namespace: Namespace<'_>,
    kinds: &Kinds,
) -> Result<Manifests, Failure> {
    let mut texts: Vec<(String, &str)> = Vec::new();
    for name in names {
        if name == "-" {
            texts.push(("STDIN".to_owned(), stdin.unwrap_or_default()));
            continue;
        }
        if name.starts_with("https://") || name.starts_with("http://") {
            return Err(Failure::Plain(format!("the playground fetches nothing from the network: {name}")));
        }
        let files = session.files_at(name);
        if files.is_empty() {
            return Err(Failure::Plain(format!("the path {} does not exist", go_quote(name))));
        }
        texts.extend(files);
    }
    let mut manifests = Manifests::default();
    for (file, text) in texts {
        for document in crate::yaml::load(text) {
            match document {
                Ok(document) => manifests.add(&file, document.value, namespace, kinds),
                Err(error) => {
                    manifests.failures.push(Failure::Plain(error.parsing(&file)));
                    break;
                }
            }
        }
    }
    Ok(manifests)
}

impl Manifests {
    fn add(&mut self, file: &str, mut value: Value, namespace: Namespace<'_>, kinds: &Kinds) {
        if value.get("items").is_some_and(Value::is_array) {
            self.add_list(file, &value, namespace, kinds);
            return;
        }
        let (version, kind) = (text(&value, "/apiVersion").to_owned(), text(&value, "/kind").to_owned());
        match mapping(file, &value, &version, &kind, kinds).and_then(|kind| {
            set_namespace(kind, &mut value, namespace)?;
            Ok(Manifest { file: file.to_owned(), kind, value, in_list: false })
        }) {
            Ok(manifest) => self.found.push(manifest),
            Err(failure) => self.failures.push(failure),
        }
    }
}

impl Manifests {
    /// The items of a list of any kind; those of a typed list need not say what they are.
    ///
    /// Models `FlattenListVisitor` in `cli-runtime/pkg/resource/visitor.go`: its errors are one error of many parts.
    fn add_list(&mut self, file: &str, list: &Value, namespace: Namespace<'_>, kinds: &Kinds) {
        let item_kind = text(list, "/kind").strip_suffix("List").unwrap_or_default();
        let mut problems = Vec::new();
        for item in list.get("items").and_then(Value::as_array).into_iter().flatten() {
            let mut item = item.clone();
            if text(&item, "/kind").is_empty() && !item_kind.is_empty() && item.is_object() {
                item["kind"] = item_kind.into();
                item["apiVersion"] = text(list, "/apiVersion").into();
            }
            let (version, kind) = (text(&item, "/apiVersion"), text(&item, "/kind"));
            let Some(kind) = kinds.of(version, kind) else {
                problems.push(Failure::Plain(format!(
                    "unable to recognize no matches for kind {} in version {}",
                    go_quote(kind),
                    go_quote(version)
                )));
                continue;
            };
            match set_namespace(kind, &mut item, namespace) {
                Ok(()) => self.found.push(Manifest { file: file.to_owned(), kind, value: item, in_list: true }),
                Err(failure) => problems.push(failure),
            }
        }
        if !problems.is_empty() {
            self.failures.push(Failure::Many(problems));
        }
    }
}

fn mapping(file: &str, value: &Value, version: &str, kind: &str, kinds: &Kinds) -> Result<Kind, Failure> {
    if !value.is_object() {
        return Err(invalid_data(file, "invalid object to validate"));
    }
    let mut problems = Vec::new();
    for field in ["apiVersion", "kind"] {
        match value.get(field) {
            None | Some(Value::Null) => problems.push(format!("{field} not set")),
            Some(Value::String(text)) if field == "apiVersion" && text.matches('/').count() > 1 => {
                problems.push(format!("unexpected GroupVersion string: {text}"));
            }
            Some(Value::String(_)) => {}
            Some(_) => problems.push(format!("{field} isn't string type")),
        }
    }
    match problems.as_slice() {
        [] => {}
        [one] => return Err(invalid_data(file, one)),
        many => return Err(invalid_data(file, &format!("[{}]", many.join(", ")))),
    }
    if kind.is_empty() {
        return Err(Failure::Plain(format!(
            "unable to decode {}: Object 'Kind' is missing in '{value}'",
            go_quote(file)
        )));
    }
    decode::check_metadata(value)
        .map_err(|error| Failure::Plain(format!("unable to decode {}: {error}", go_quote(file))))?;
    kinds.of(version, kind).ok_or_else(|| {
        Failure::Plain(format!(
            "resource mapping not found for name: {} namespace: {} from {}: no matches for kind {} in version {}\nensure \
             CRDs are installed first",
            go_quote(text(value, "/metadata/name")),
            go_quote(text(value, "/metadata/namespace")),
            go_quote(file),
            go_quote(kind),
            go_quote(version)
        ))
    })
}

/// What kubectl finds wrong before it looks for the kind.
fn invalid_data(file: &str, problems: &str) -> Failure {
    Failure::Plain(format!(
        "error validating {}: error validating data: {problems}; if you choose to ignore these errors, turn validation off \
         with --validate=false",
        go_quote(file)
    ))
}

fn set_namespace(kind: Kind, value: &mut Value, namespace: Namespace<'_>) -> Result<(), Failure> {
    let said = text(value, "/metadata/namespace").to_owned();
    let Some(metadata) = value.as_object_mut().and_then(|fields| {
        fields.entry("metadata").or_insert_with(|| Value::Object(Default::default())).as_object_mut()
    }) else {
        // Not an object: the server says what is wrong with it.
        return Ok(());
    };
    if !kind.info().namespaced {
        metadata.remove("namespace");
        return Ok(());
    }
    if said.is_empty() {
        // Objects that no server is told of stay without a namespace.
        if !namespace.name.is_empty() {
            metadata.insert("namespace".to_owned(), namespace.name.into());
        }
        return Ok(());
    }
    if namespace.required && said != namespace.name {
        return Err(Failure::Plain(format!(
            "the namespace from the provided object {} does not match the namespace {}. You must pass '--namespace={said}' \
             to perform this operation.",
            go_quote(&said),
            go_quote(namespace.name)
        )));
    }
    Ok(())
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
