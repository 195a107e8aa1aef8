//! Reads the declarations of API types out of gofmt'ed Go source: names, JSON tags, markers in comments. Not a Go parser:
//! it knows the shapes that `k8s.io/api` is written in and reports nothing else.

use std::collections::BTreeMap;
use std::path::Path;

/// A package: its types by name.
#[derive(Default)]
pub struct Package {
    pub types: BTreeMap<String, Type>,
    /// Values of string constants by the name of their type.
    pub constants: BTreeMap<String, Vec<String>>,
    /// What the comments say of a constant, by its type and value; without its name, in one line.
    pub constant_docs: BTreeMap<(String, String), String>,
}

/// A declared type.
pub struct Type {
    pub doc: String,
    pub is_enum: bool,
    pub shape: Shape,
}

pub enum Shape {
    Struct(Vec<Field>),
    /// `type Protocol string`
    Named(TypeExpr),
}

/// A field of a struct.
pub struct Field {
    /// `None`: embedded, its fields stand in the parent's JSON object.
    pub json: Option<String>,
    pub omitempty: bool,
    pub omitzero: bool,
    pub ty: TypeExpr,
    pub required: bool,
    pub merge_key: Option<String>,
    pub strategies: Vec<String>,
    pub list_type: Option<String>,
    pub list_keys: Vec<String>,
    pub doc: String,
}

/// A type as it is written: `*`, `[]` and `map[..]` around a name, resolved to the import path of its package.
#[derive(Clone, Debug)]
pub enum TypeExpr {
    Pointer(Box<TypeExpr>),
    List(Box<TypeExpr>),
    Map(Box<TypeExpr>),
    /// Import path (empty for Go's own types) and name.
    Name(String, String),
}

/// Reads all files of a package, its generated ones and tests aside.
pub fn read_package(dir: &Path, import_path: &str) -> std::io::Result<Package> {
    let mut package = Package::default();
    let mut files: Vec<_> = std::fs::read_dir(dir)?.filter_map(Result::ok).map(|entry| entry.path()).collect();
    files.sort();
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".go") && !name.ends_with("_test.go") && !name.contains("generated") {
            read_file(&std::fs::read_to_string(&file)?, import_path, &mut package);
        }
    }
    Ok(package)
}

fn read_file(text: &str, import_path: &str, package: &mut Package) {
    let imports = imports(text);
    let mut comments: Vec<&str> = Vec::new();
    // The comment right above, as it stands.
    let mut doc: Vec<&str> = Vec::new();
    let mut open: Option<(String, String, bool, Vec<Field>)> = None;
    let mut in_comment = false;
    for line in text.lines() {
        let trimmed = line.trim();
        in_comment |= trimmed.starts_with("/*");
        if in_comment {
            in_comment = !trimmed.contains("*/");
            continue;
        }
        if let Some(comment) = trimmed.strip_prefix("//") {
            comments.push(comment.trim());
            doc.push(comment.strip_prefix(' ').unwrap_or(comment).trim_end());
            continue;
        }
        if let Some((name, about, is_enum, mut fields)) = open.take() {
            if line == "}" {
                package.types.insert(name, Type { doc: about, is_enum, shape: Shape::Struct(fields) });
            } else {
                let field = field(trimmed, &comments, &imports, import_path);
                fields.extend(field.map(|field| Field { doc: super::docs::description(&doc), ..field }));
                open = Some((name, about, is_enum, fields));
            }
        } else if let Some(rest) = line.strip_prefix("type ") {
            let (name, shape) = rest.split_once(' ').unwrap_or((rest, ""));
            let is_enum = comments.contains(&"+enum");
            let about = super::docs::description(&doc);
            match shape {
                "struct {" => open = Some((name.to_owned(), about, is_enum, Vec::new())),
                "struct{}" => {
                    let shape = Shape::Struct(Vec::new());
                    package.types.insert(name.to_owned(), Type { doc: about, is_enum, shape });
                }
                _ if shape.starts_with("interface") || shape.starts_with("func") || shape.is_empty() => {}
                _ => {
                    let expr = type_expr(shape.trim_start_matches("= "), &imports, import_path);
                    package.types.insert(name.to_owned(), Type { doc: about, is_enum, shape: Shape::Named(expr) });
                }
            }
        } else {
            constant(trimmed.strip_prefix("const ").unwrap_or(trimmed), &doc, package);
        }
        doc.clear();
        if !trimmed.is_empty() || open.is_none() {
            comments.clear();
        }
    }
}

/// `TCP Protocol = "TCP"`, also as `TCP = Protocol("TCP")`.
fn constant(line: &str, doc: &[&str], package: &mut Package) {
    let Some((left, right)) = line.split_once(" = ") else { return };
    let Some((before, value)) = right.split_once('"') else { return };
    let Some((value, _)) = value.split_once('"') else { return };
    let declared = left.split_whitespace().nth(1).or_else(|| before.strip_suffix('('));
    if let Some(ty) = declared {
        let name = left.split_whitespace().next().unwrap_or_default();
        let id = (ty.to_owned(), value.to_owned());
        package.constant_docs.insert(id, super::docs::of_value(doc, name));
        package.constants.entry(ty.to_owned()).or_default().push(value.to_owned());
    }
}

/// The import paths by their local names.
fn imports(text: &str) -> BTreeMap<String, String> {
    let block = text.split_once("import (").and_then(|(_, rest)| rest.split_once(')')).map_or("", |(block, _)| block);
    let single = text.lines().filter_map(|line| line.strip_prefix("import ")).filter(|line| line.contains('"'));
    let entry = |line: &str| {
        let (alias, rest) = line.trim().split_once('"')?;
        let path = rest.strip_suffix('"')?;
        let last = path.rsplit('/').next().unwrap_or(path);
        let alias = if alias.trim().is_empty() { last } else { alias.trim() };
        Some((alias.to_owned(), path.to_owned()))
    };
    block.lines().chain(single).filter_map(entry).collect()
}

fn type_expr(text: &str, imports: &BTreeMap<String, String>, import_path: &str) -> TypeExpr {
    let inner = |rest: &str| Box::new(type_expr(rest, imports, import_path));
    if let Some(rest) = text.strip_prefix('*') {
        return TypeExpr::Pointer(inner(rest));
    }
    if let Some(rest) = text.strip_prefix("[]") {
        return TypeExpr::List(inner(rest));
    }
    if let Some((_, rest)) = text.strip_prefix("map[").and_then(|rest| rest.split_once(']')) {
        return TypeExpr::Map(inner(rest));
    }
    let name = text.split_whitespace().next().unwrap_or_default();
    match name.split_once('.') {
        Some((alias, name)) => {
            TypeExpr::Name(imports.get(alias).cloned().unwrap_or_else(|| alias.to_owned()), name.to_owned())
        }
        None if name.starts_with(|c: char| c.is_ascii_lowercase()) => TypeExpr::Name(String::new(), name.to_owned()),
        None => TypeExpr::Name(import_path.to_owned(), name.to_owned()),
    }
}

fn field(line: &str, comments: &[&str], imports: &BTreeMap<String, String>, import_path: &str) -> Option<Field> {
    let (declaration, tags) = line.split_once('`').unwrap_or((line, ""));
    let mut words = declaration.split_whitespace();
    let (first, second) = (words.next()?, words.next());
    if !first.starts_with(|c: char| c.is_ascii_uppercase() || c == '*') && !first.contains('.') {
        return None;
    }
    let mut json = tag(tags, "json").unwrap_or_default().split(',');
    let name = json.next().unwrap_or_default();
    let options: Vec<&str> = json.collect();
    if name == "-" {
        return None;
    }
    let marker = |wanted| comments.iter().find_map(|comment: &&str| comment.strip_prefix::<&str>(wanted));
    let markers = |wanted| comments.iter().filter_map(move |comment: &&str| comment.strip_prefix::<&str>(wanted));
    let omitempty = options.contains(&"omitempty");
    let has = |wanted: &str| comments.contains(&wanted);
    Some(Field {
        json: (!name.is_empty()).then(|| name.to_owned()),
        omitempty,
        omitzero: options.contains(&"omitzero"),
        ty: type_expr(second.unwrap_or(first), imports, import_path),
        required: has("+required") || !(omitempty || has("+optional")),
        merge_key: tag(tags, "patchMergeKey").map(str::to_owned),
        strategies: tag(tags, "patchStrategy").map(|s| s.split(',').map(str::to_owned).collect()).unwrap_or_default(),
        list_type: marker("+listType=").map(str::to_owned),
        list_keys: markers("+listMapKey=").map(str::to_owned).collect(),
        doc: String::new(),
    })
}

fn tag<'a>(tags: &'a str, name: &str) -> Option<&'a str> {
    let at = tags.find(&format!("{name}:\""))?;
    tags[at + name.len() + 2..].split_once('"').map(|(value, _)| value)
}
