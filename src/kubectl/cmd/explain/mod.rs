//! `kubectl explain`: what a field means, and which fields it has.
//!
//! The layout is that of kubectl's template `plaintext.tmpl`; the texts are the [`Descriptions`].
//!
//! Models `kubectl/pkg/cmd/explain` and `kubectl/pkg/explain/v2`.

mod custom;

use super::Context;
use crate::api::custom::Kinds;
use crate::api::kinds::Kind;
use crate::api::schema::{self, Descriptions, Field, Ty, TypeId};
use crate::base::Order;
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use crate::kubectl::session::Documentation;
use crate::kubectl::types::kind_of;

pub(super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let args = &context.args;
    let word = match args.positional.as_slice() {
        [] => {
            let text = "You must specify the type of resource to explain. Use \"kubectl api-resources\" for a complete list of \
                        supported resources.\n";
            return Err(text.into());
        }
        [word] => word.trim_end_matches('.').to_owned(),
        _ => return Err("We accept only this format: explain RESOURCE\n".into()),
    };
    let recursive = args.on("recursive");
    let depth = args.int("max-depth").unwrap_or(0);
    if depth > 0 && !recursive {
        return Err("--max-depth requires --recursive".into());
    }
    let Ok(depth) = usize::try_from(depth) else {
        return Err("--max-depth must be non-negative".into());
    };
    let kinds = context.kinds().clone();
    let (kind, path) = split(&word, &kinds)?;
    let info = kind.info();
    let api_version = args.text("api-version").map_or_else(|| kind.api_version(), str::to_owned);
    let (group, version) = api_version.split_once('/').unwrap_or(("", &api_version));
    let schema = kinds.custom(kind).and_then(|custom| custom.schema(&api_version));
    let ty = schema::of_kind(group, version, info.kind).filter(|_| !kind.is_custom());
    if kinds.of(&api_version, info.kind) != Some(kind) || (ty.is_none() && schema.is_none()) {
        let resource = format!("{group}/{version}, Resource={}", info.plural);
        return Err(Failure::Plain(format!("couldn't find resource for \"{resource}\"")));
    }
    let descriptions = match &context.session.documentation {
        Documentation::Here(descriptions) => Some(descriptions.clone()),
        Documentation::BuiltIn => Descriptions::built_in(),
        Documentation::OnDemand | Documentation::Wanted => {
            context.session.documentation = Documentation::Wanted;
            return Ok(Exec::Done(0));
        }
        Documentation::Missing => {
            context.session.documentation = Documentation::OnDemand;
            None
        }
    };
    let descriptions = descriptions.ok_or("the documentation of the API could not be fetched")?;
    let page = Page { texts: descriptions, recursive, depth };
    let mut out = String::new();
    if !group.is_empty() {
        out.push_str(&format!("GROUP:      {group}\n"));
    }
    out.push_str(&format!("KIND:       {}\nVERSION:    {version}\n\n", info.kind));
    let found = match (ty, schema) {
        (Some(ty), _) => page.explain(ty, &path),
        (None, schema) => schema.and_then(|schema| custom::explain(&page, schema, &path)),
    };
    out.push_str(found.as_deref().unwrap_or_default());
    context.output.out(out);
    match (found, path.last()) {
        (None, Some(last)) => Err(Failure::Plain(format!("error: field \"{last}\" does not exist"))),
        _ => Ok(Exec::Done(0)),
    }
}

/// The kind, and the fields below it. The group may stand after the type: `deployments.apps.spec`.
fn split<'w>(word: &'w str, kinds: &Kinds) -> Result<(Kind, Vec<&'w str>), Failure> {
    let whole = kinds.all().map(|kind| (kind, kind.resource())).find_map(|(kind, name)| {
        let rest = word.strip_prefix(name.as_str())?;
        (name.contains('.') && (rest.is_empty() || rest.starts_with('.'))).then_some((kind, rest))
    });
    let (kind, rest) = match whole {
        Some(found) => found,
        None => {
            let (name, rest) = word.split_once('.').unwrap_or((word, ""));
            (kind_of(name, kinds)?, rest)
        }
    };
    Ok((kind, rest.split('.').filter(|part| !part.is_empty()).collect()))
}

/// What is being printed.
struct Page {
    texts: Descriptions,
    recursive: bool,
    /// 0: no limit.
    depth: usize,
}

impl Page {
    /// The text below the head; `None` if there is no such field.
    fn explain(&self, root: TypeId, path: &[&str]) -> Option<String> {
        let Some((last, before)) = path.split_last() else {
            return Some(self.description(&self.texts.of_type(root).unwrap_or_default(), None) + &self.below(root));
        };
        let mut owner = root;
        for name in before {
            owner = struct_in(&schema::field(owner, name)?.ty)?;
        }
        let field = schema::field(owner, last)?;
        let mut out = format!("FIELD: {last} <{}>\n", type_name(field));
        let values = field.ty.enum_values();
        if !values.is_empty() {
            let lines: String = values.iter().map(|value| format!("\n    {}", shown(value))).collect();
            out.push_str(&format!("ENUM:{lines}"));
        }
        out.push_str("\n\n");
        let inner = struct_in(&field.ty);
        let of_type = inner.and_then(|inner| self.texts.of_type(inner));
        let of_field = self.texts.of_field(owner, field).unwrap_or_default();
        out.push_str(&self.description(&of_field, of_type.as_deref()));
        out.push_str(&inner.map_or_else(|| "\n".to_owned(), |inner| self.below(inner)));
        Some(out)
    }

    fn description(&self, text: &str, more: Option<&str>) -> String {
        let mut lines = String::new();
        for text in [Some(text), more].into_iter().flatten().filter(|text| !text.is_empty()) {
            lines.push_str(text);
            lines.push('\n');
        }
        let text = if lines.is_empty() { "<empty>" } else { &lines };
        format!("DESCRIPTION:\n{}\n", indent(4, &wrap(76, text)))
    }

    fn below(&self, ty: TypeId) -> String {
        let mut out = String::new();
        self.fields(ty, 1, &mut vec![ty], &mut out);
        if out.is_empty() { "\n".to_owned() } else { format!("FIELDS:\n{out}\n") }
    }

    fn fields(&self, ty: TypeId, level: usize, above: &mut Vec<TypeId>, out: &mut String) {
        let mut fields: Vec<&Field> = ty.fields().iter().collect();
        fields.order_by_key(|field| field.name);
        for field in fields {
            self.field(ty, field, level, out);
            let inner = struct_in(&field.ty).filter(|inner| !above.contains(inner));
            if let (true, Some(inner)) = (self.recursive && (self.depth == 0 || level < self.depth), inner) {
                above.push(inner);
                self.fields(inner, level + 1, above, out);
                above.pop();
            }
        }
    }

    /// The fields of a type, if all levels are asked for.
    fn deeper(&self, ty: &Ty, level: usize, out: &mut String) {
        if let (true, Some(inner)) = (self.recursive && (self.depth == 0 || level < self.depth), struct_in(ty)) {
            self.fields(inner, level + 1, &mut vec![inner], out);
        }
    }

    fn field(&self, owner: TypeId, field: &Field, level: usize, out: &mut String) {
        let margin = level * 2;
        let required = if field.required { " -required-" } else { "" };
        out.push_str(&format!("{}{}\t<{}>{required}", " ".repeat(margin), field.name, type_name(field)));
        let values = field.ty.enum_values();
        if !values.is_empty() {
            let mut words: Vec<&str> = values.iter().take(4).map(|value| shown(value)).collect();
            if values.len() > 4 {
                words.push("....");
            }
            out.push_str(&format!("\n{}enum: {}", " ".repeat(margin), words.join(", ")));
        }
        out.push('\n');
        if !self.recursive {
            let text = self.texts.of_field(owner, field);
            let text = text.as_deref().filter(|text| !text.is_empty()).unwrap_or("<no description>");
            out.push_str(&indent(margin + 2, &wrap(78 - margin.min(78), text)));
            out.push_str("\n\n");
        }
    }
}

/// The struct that a field holds, in a list or map or alone.
fn struct_in(ty: &Ty) -> Option<TypeId> {
    match ty.base() {
        Ty::List(item) | Ty::Map(item) => struct_in(item),
        Ty::Named(id) => Some(*id),
        _ => None,
    }
}

/// The type as `explain` guesses it: `[]ContainerPort`, `map[string]string`, `integer`.
fn type_name(field: &Field) -> String {
    fn of(ty: &Ty, field: &Field) -> String {
        match ty.base() {
            Ty::List(item) => format!("[]{}", of(item, field)),
            Ty::Map(item) => format!("map[string]{}", of(item, field)),
            Ty::Named(id) => id.struct_name().to_owned(),
            Ty::Int32 | Ty::Int64 => "integer".to_owned(),
            Ty::Bool => "boolean".to_owned(),
            Ty::Float64 => "number".to_owned(),
            Ty::Quantity => "Quantity".to_owned(),
            Ty::IntOrString => "IntOrString".to_owned(),
            Ty::Any if field.name == "fieldsV1" => "FieldsV1".to_owned(),
            Ty::Any if field.name == "data" => "RawExtension".to_owned(),
            Ty::Any => "JSON".to_owned(),
            _ => "string".to_owned(),
        }
    }
    of(&field.ty, field)
}

fn shown(value: &'static str) -> &'static str {
    if value.is_empty() { "\"\"" } else { value }
}

fn indent(amount: usize, text: &str) -> String {
    let pad = " ".repeat(amount);
    format!("{pad}{}", text.replace('\n', &format!("\n{pad}")))
}

/// Breaks lines at spaces. A word is never broken; spaces at a break are dropped.
///
/// Models `github.com/mitchellh/go-wordwrap`.
fn wrap(limit: usize, text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut word, mut spaces) = (String::new(), String::new());
    let (mut column, mut word_length) = (0, 0);
    for c in text.chars() {
        if c == '\n' {
            if !word.is_empty() || column + spaces.len() <= limit {
                out.push_str(&spaces);
            }
            out.push_str(&word);
            out.push('\n');
            (column, word_length) = (0, 0);
            word.clear();
            spaces.clear();
        } else if c.is_whitespace() && c != '\u{a0}' {
            if spaces.is_empty() || !word.is_empty() {
                column += spaces.len() + word_length;
                out.push_str(&spaces);
                out.push_str(&word);
                spaces.clear();
                word.clear();
                word_length = 0;
            }
            spaces.push(' ');
        } else {
            word.push(c);
            word_length += 1;
            if column + word_length + spaces.len() > limit && word_length < limit {
                out.push('\n');
                column = 0;
                spaces.clear();
            }
        }
    }
    if !word.is_empty() || column + spaces.len() <= limit {
        out.push_str(&spaces);
    }
    out + &word
}
