//! `cargo xtask schema [DIR]`: makes `src/api/schema/types.txt`, and the descriptions for `kubectl explain`, from the Go source of the API types, which alone tells
//! all that the engine needs: OpenAPI carries neither Go's type names, which stand in error texts, nor `omitempty`.
//!
//! DIR holds check-outs of the repositories of [`MODULES`]; without it they are cloned into `target/`.

mod docs;
mod go;

use go::{Field, Package, Shape, Type, TypeExpr};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The release of Kubernetes (0.x is 1.x).
const TAG: &str = "v0.36.2";

/// Repositories of github.com/kubernetes and their Go modules.
const MODULES: [&str; 4] = ["api", "apimachinery", "apiextensions-apiserver", "kube-aggregator"];

/// Bodies of requests that are not kinds of objects.
const EXTRA_ROOTS: [(&str, &str); 3] = [
    ("k8s.io/api/policy/v1", "Eviction"),
    ("k8s.io/api/autoscaling/v1", "Scale"),
    ("k8s.io/apimachinery/pkg/apis/meta/v1", "DeleteOptions"),
];

const HEADER: &str = "\
# The types of Kubernetes 1.36's API. Made by `cargo xtask schema`; do not edit.
#   Type field:type ..      a struct, its fields in Go's order; +Type embeds a struct's fields
#   Type=type|value|..      another type by a name of its own; its values if it is an enumeration
# After a field's name: ! required, = written even if zero, ~ left out if zero although a struct.
# Types: s string, i int32, l int64, b bool, f float64, q quantity, p int or string, t time, T time with
# microseconds, y bytes, r any JSON; *x pointer, [x list, {x map; else a name (/group tells equal names apart).
# After a type: @key merged by key, @ merged as a set, & retainKeys, ^ replaced in patches; then the list type: %a atomic,
# %s set, %m map by the key of @, %m:a,b map by these.
";

/// Where the descriptions go: the page fetches them when they are first needed.
const DESCRIPTIONS: &str = "www/schema/descriptions.txt";

pub fn run(args: &[String]) -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("the repository has no root")?;
    let sources = match args.first() {
        Some(dir) => PathBuf::from(dir),
        None => clone_sources(&root.join("target/kubernetes-sources"))?,
    };
    let kinds = std::fs::read_to_string(root.join("src/api/schema/kinds.txt"))?;
    let mut table = Table { sources, packages: BTreeMap::new(), reached: BTreeMap::new(), order: Vec::new() };
    for line in kinds.lines().filter(|line| !line.starts_with('#')) {
        let (version, rest) = line.split_once(' ').ok_or("a kind needs a version and a name")?;
        table.reach(&package_of(version), rest.split(' ').next().unwrap_or_default())?;
    }
    for (package, name) in EXTRA_ROOTS {
        table.reach(package, name)?;
    }
    let text = table.print();
    let path = root.join("src/api/schema/types.txt");
    println!("{}: {} types, {} bytes", path.display(), table.order.len(), text.len());
    std::fs::write(path, text)?;
    let (path, text) = (root.join(DESCRIPTIONS), table.descriptions());
    println!("{}: {} bytes", path.display(), text.len());
    std::fs::create_dir_all(path.parent().ok_or("no folder")?)?;
    Ok(std::fs::write(path, text)?)
}

fn clone_sources(into: &Path) -> Result<PathBuf, Box<dyn Error>> {
    std::fs::create_dir_all(into)?;
    for module in MODULES.iter().filter(|module| !into.join(module).exists()) {
        let url = format!("https://github.com/kubernetes/{module}");
        let args = ["clone", "--quiet", "--depth", "1", "--branch", TAG, &url, module];
        if !Command::new("git").args(args).current_dir(into).status()?.success() {
            return Err(format!("cannot clone {url}").into());
        }
    }
    Ok(into.to_owned())
}

/// The Go package of an apiVersion.
fn package_of(api_version: &str) -> String {
    let (group, version) = api_version.split_once('/').unwrap_or(("core", api_version));
    let group = group.split('.').next().unwrap_or(group);
    match group {
        "apiextensions" => format!("k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/{version}"),
        "apiregistration" => format!("k8s.io/kube-aggregator/pkg/apis/apiregistration/{version}"),
        _ => format!("k8s.io/api/{group}/{version}"),
    }
}

/// What was reached from the kinds.
struct Table {
    sources: PathBuf,
    packages: BTreeMap<String, Package>,
    /// The printed names of the types.
    reached: BTreeMap<(String, String), String>,
    order: Vec<(String, String)>,
}

impl Table {
    fn reach(&mut self, path: &str, name: &str) -> Result<(), Box<dyn Error>> {
        let id = (path.to_owned(), name.to_owned());
        if builtin(path, name).is_some() || name == "byte" || self.reached.contains_key(&id) {
            return Ok(());
        }
        if !self.packages.contains_key(path) {
            let dir = self.sources.join(path.strip_prefix("k8s.io/").unwrap_or(path));
            let package = go::read_package(&dir, path).map_err(|error| format!("{}: {error}", dir.display()))?;
            self.packages.insert(path.to_owned(), package);
        }
        let printed = self.free_name(path, name);
        self.reached.insert(id.clone(), printed);
        self.order.push(id);
        let ty = self.packages.get(path).and_then(|package| package.types.get(name));
        let inner: Vec<TypeExpr> = match ty.map(|ty| &ty.shape) {
            None => return Err(format!("{path} declares no type {name}").into()),
            Some(Shape::Struct(fields)) => fields.iter().map(|field| field.ty.clone()).collect(),
            Some(Shape::Named(expr)) => vec![expr.clone()],
        };
        for expr in inner {
            let (path, name) = innermost(&expr);
            self.reach(path, name)?;
        }
        Ok(())
    }

    /// The name, with the package if it is not `v1`, and the group if another group's type has it already.
    fn free_name(&self, path: &str, name: &str) -> String {
        let mut parts = path.rsplit('/');
        let (package, group) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let name = if package == "v1" { name.to_owned() } else { format!("{package}.{name}") };
        let taken: BTreeSet<&String> = self.reached.values().collect();
        if taken.contains(&name) { format!("{name}/{group}") } else { name }
    }

    fn print(&self) -> String {
        let mut lines: Vec<String> = self.order.iter().filter_map(|id| self.line(id)).collect();
        lines.sort();
        format!("{HEADER}{}\n", lines.join("\n"))
    }

    /// `Type`, `Type.field` or `Type=value`, a tab, and the description with line ends as `\n`; sorted.
    fn descriptions(&self) -> String {
        let mut lines = Vec::new();
        let mut add = |name: String, doc: &str| {
            if !doc.is_empty() {
                let doc = doc.replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t");
                lines.push(format!("{name}\t{doc}"));
            }
        };
        for id in &self.order {
            let Some((package, name)) = self.packages.get(&id.0).zip(self.reached.get(id)) else { continue };
            let Some(ty) = package.types.get(&id.1) else { continue };
            add(name.clone(), &ty.doc);
            match &ty.shape {
                Shape::Struct(fields) => {
                    let named = fields.iter().filter_map(|field| Some((field.json.as_ref()?, &field.doc)));
                    named.for_each(|(json, doc)| add(format!("{name}.{json}"), doc));
                }
                Shape::Named(_) => {
                    let values = package.constants.get(&id.1).into_iter().flatten().filter(|_| ty.is_enum);
                    for value in values {
                        let doc = package.constant_docs.get(&(id.1.clone(), value.clone()));
                        add(format!("{name}={value}"), doc.map_or("", String::as_str));
                    }
                }
            }
        }
        lines.sort();
        lines.dedup();
        lines.join("\n") + "\n"
    }

    fn line(&self, id: &(String, String)) -> Option<String> {
        let package = self.packages.get(&id.0)?;
        let Type { is_enum, shape, .. } = package.types.get(&id.1)?;
        let mut line = self.reached.get(id)?.clone();
        match shape {
            Shape::Named(expr) => {
                let _ = write!(line, "={}", self.expr(expr));
                if *is_enum {
                    let values: BTreeSet<&String> = package.constants.get(&id.1).into_iter().flatten().collect();
                    values.iter().for_each(|value| line.push_str(&format!("|{value}")));
                }
            }
            Shape::Struct(fields) => fields.iter().for_each(|field| line.push_str(&self.field(field))),
        }
        Some(line)
    }

    fn field(&self, field: &Field) -> String {
        let Some(json) = &field.json else { return format!(" +{}", self.expr(&field.ty)) };
        let mut text = format!(" {json}");
        text.push_str(if field.required { "!" } else { "" });
        text.push_str(if field.omitzero {
            "~"
        } else if field.omitempty {
            ""
        } else {
            "="
        });
        let _ = write!(text, ":{}", self.expr(&field.ty));
        for strategy in &field.strategies {
            match strategy.as_str() {
                "merge" => text.push_str(&format!("@{}", field.merge_key.as_deref().unwrap_or_default())),
                "retainKeys" => text.push('&'),
                _ => text.push('^'),
            }
        }
        match field.list_type.as_deref() {
            Some("map") if field.merge_key.is_some() && field.list_keys.iter().eq(&field.merge_key) => {
                text.push_str("%m")
            }
            Some("map") => text.push_str(&format!("%m:{}", field.list_keys.join(","))),
            Some("set") => text.push_str("%s"),
            Some(_) => text.push_str("%a"),
            None => {}
        }
        text
    }

    fn expr(&self, expr: &TypeExpr) -> String {
        match expr {
            TypeExpr::Pointer(inner) => format!("*{}", self.expr(inner)),
            TypeExpr::List(inner) => match &**inner {
                TypeExpr::Name(path, name) if path.is_empty() && name == "byte" => "y".to_owned(),
                _ => format!("[{}", self.expr(inner)),
            },
            TypeExpr::Map(inner) => format!("{{{}", self.expr(inner)),
            TypeExpr::Name(path, name) => match builtin(path, name) {
                Some(letter) => letter.to_owned(),
                None => self.reached.get(&(path.clone(), name.clone())).cloned().unwrap_or_default(),
            },
        }
    }
}

fn innermost(expr: &TypeExpr) -> (&str, &str) {
    match expr {
        TypeExpr::Pointer(inner) | TypeExpr::List(inner) | TypeExpr::Map(inner) => innermost(inner),
        TypeExpr::Name(path, name) => (path, name),
    }
}

/// The letter of a type that has no line of its own: Go's own types, and those that read their JSON themselves.
fn builtin(path: &str, name: &str) -> Option<&'static str> {
    Some(match (path.rsplit('/').next().unwrap_or_default(), name) {
        ("", "string") => "s",
        ("", "int32") => "i",
        ("", "int64") => "l",
        ("", "bool") => "b",
        ("", "float64") => "f",
        ("resource", "Quantity") => "q",
        ("intstr", "IntOrString") => "p",
        ("v1", "Time") => "t",
        ("v1", "MicroTime") => "T",
        ("runtime", "RawExtension") | ("v1", "FieldsV1" | "JSON") => "r",
        ("v1", "JSONSchemaPropsOrArray" | "JSONSchemaPropsOrBool" | "JSONSchemaPropsOrStringArray") => "r",
        _ => return None,
    })
}
