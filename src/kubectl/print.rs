//! `-o`: in which form objects are printed.

use super::args::Args;
use super::custom_columns::CustomColumns;
use super::failure::Failure;
use super::jsonpath::Template;
use super::printer::structured::{to_json_declared, to_json_indented};
use super::session::Session;
use super::template;
use crate::api::kinds::Kind;
use crate::api::versions::schema_of;
use crate::base::{Value, text::go_quote};
use crate::kubectl::gofmt::go_syntax;

/// A form of output.
#[derive(Clone, Debug)]
pub enum Format {
    /// A table, or a sentence about what was done.
    Human,
    /// A table with more columns.
    Wide,
    /// `pod/web`.
    Name,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
    /// KYAML.
    KYaml,
    /// A JSONPath template, and its text.
    JsonPath(Template, String),
    /// A JSONPath template whose results are printed as JSON.
    JsonPathAsJson(Template),
    /// A Go template.
    GoTemplate(template::Template),
    /// Columns of the user's own.
    Columns(CustomColumns),
}

/// Which forms a command offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// `get`: all.
    Tables,
    /// Commands that say what they did.
    Results,
}

const TABLE_FORMS: &str = "custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,\
                           jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,wide,yaml";
const RESULT_FORMS: &str =
    "go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,yaml";

impl Format {
    /// Reads `-o` and its relatives.
    ///
    /// Models `ToPrinter` in `kubectl/pkg/cmd/get/get_flags.go` and `cli-runtime/pkg/genericclioptions/print_flags.go`.
    pub fn parse(args: &Args, offer: Offer, session: &Session) -> Result<Format, Failure> {
        let text = args.text("output").unwrap_or_default();
        let (name, template) = text.split_once('=').map_or((text, None), |(name, rest)| (name, Some(rest)));
        let template = args.text("template").or(template).filter(|template| !template.is_empty());
        let tables = offer == Offer::Tables;
        match name {
            "" if template.is_none() => Ok(Format::Human),
            "wide" if tables => Ok(Format::Wide),
            "name" => Ok(Format::Name),
            "json" => Ok(Format::Json),
            "yaml" => Ok(Format::Yaml),
            "jsonpath" | "jsonpath-as-json" | "jsonpath-file" => jsonpath(args, name, template, session),
            "custom-columns" if tables => {
                let columns = CustomColumns::parse(template.unwrap_or_default(), args.on("no-headers"))?;
                Ok(Format::Columns(columns))
            }
            "custom-columns-file" if tables => {
                let text = template.and_then(|file| session.files.get(file));
                Ok(Format::Columns(CustomColumns::parse_file(text.map_or("", String::as_str))?))
            }
            "" | "go-template" | "go-template-file" | "template" | "templatefile" => {
                go_template(args, name, template, session)
            }
            "kyaml" => Ok(Format::KYaml),
            name => {
                let forms = if tables { TABLE_FORMS } else { RESULT_FORMS };
                Err(Failure::Plain(format!(
                    "unable to match a printer suitable for the output format {}, allowed formats are: {forms}",
                    go_quote(name)
                )))
            }
        }
    }

    /// Whether the form is a table of kubectl's own columns.
    pub fn is_table(&self) -> bool {
        matches!(self, Format::Human | Format::Wide)
    }

    /// Prints one object (or list) in a form that is no table.
    pub fn print(&self, value: &Value) -> Result<String, Failure> {
        match self {
            Format::Human | Format::Wide => Ok(String::new()),
            Format::Json => Ok(to_json_indented(value) + "\n"),
            Format::Yaml => Ok(crate::yaml::to_yaml(value)),
            Format::KYaml => Ok(crate::yaml::kyaml::to_kyaml(value)),
            Format::Name => Ok(items(value).into_iter().map(|item| name_of(item) + "\n").collect()),
            Format::Columns(columns) => Ok(columns.print(items(value))?),
            Format::GoTemplate(template) => match template.print(value) {
                (printed, None) => Ok(printed),
                (printed, Some(error)) => Err(Failure::After(printed, error)),
            },
            Format::JsonPathAsJson(template) => Ok(template.print_json(value)?),
            Format::JsonPath(template, text) => template.print(value).map_err(|error| {
                Failure::Plain(format!(
                    "error executing jsonpath {}: Error executing template: {error}. Printing more information for \
                     debugging the template:\n\ttemplate was:\n\t\t{text}\n\tobject given to jsonpath engine \
                     was:\n\t\t{}\n\n",
                    go_quote(text),
                    go_syntax(value)
                ))
            }),
        }
    }
}

/// The JSON of a built-in kind as Go writes its struct.
pub fn declared(value: &Value) -> String {
    let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let ty = Kind::of(text("/apiVersion"), text("/kind")).and_then(|kind| schema_of(kind, value));
    ty.map_or_else(|| to_json_indented(value), |ty| to_json_declared(value, ty)) + "\n"
}

/// Models `cli-runtime/pkg/genericclioptions/template_flags.go`.
fn go_template(args: &Args, name: &str, text: Option<&str>, session: &Session) -> Result<Format, Failure> {
    let text = text.ok_or("template format specified but no template given")?;
    let text = if name.ends_with("file") {
        let file = session.files.get(text);
        file.ok_or_else(|| format!("error reading --template {text}, open {text}: no such file or directory"))?
    } else {
        text
    };
    let parsed = template::Template::parse(text).map_err(|error| format!("error parsing template {text}, {error}"))?;
    let lenient = args.switch("allow-missing-template-keys", true);
    Ok(Format::GoTemplate(if lenient { parsed } else { parsed.strict() }))
}

fn jsonpath(args: &Args, name: &str, template: Option<&str>, session: &Session) -> Result<Format, Failure> {
    let template = template.ok_or("template format specified but no template given")?;
    let text = if name == "jsonpath-file" {
        session
            .files
            .get(template)
            .ok_or_else(|| format!("error reading --template {template}, open {template}: no such file or directory"))?
    } else {
        template
    };
    let parsed = Template::parse(text).map_err(|error| format!("error parsing jsonpath {text}, {error}"))?;
    let parsed = if args.switch("allow-missing-template-keys", true) { parsed } else { parsed.strict() };
    Ok(match name {
        "jsonpath-as-json" => Format::JsonPathAsJson(parsed),
        _ => Format::JsonPath(parsed, text.to_owned()),
    })
}

/// The items of a list, or the object itself.
fn items(value: &Value) -> Vec<&Value> {
    match value.get("items").and_then(Value::as_array) {
        Some(items) => items.iter().collect(),
        None => vec![value],
    }
}

/// `deployment.apps/web`.
pub fn name_of(value: &Value) -> String {
    let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let kind = text("/kind").to_lowercase();
    let group = text("/apiVersion").split_once('/').map_or(String::new(), |(group, _)| format!(".{group}"));
    let name = Some(text("/metadata/name")).filter(|name| !name.is_empty()).unwrap_or("<unknown>");
    format!("{kind}{group}/{name}")
}

/// `deployment.apps/web` of a key.
pub fn object_name(kind: Kind, name: &str) -> String {
    let info = kind.info();
    let group = if info.group.is_empty() { String::new() } else { format!(".{}", info.group) };
    format!("{}{group}/{name}", info.kind.to_lowercase())
}
