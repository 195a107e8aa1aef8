//! Go's templates, for `-o go-template`.
//!
//! Models `text/template` of Go and `cli-runtime/pkg/printers/template.go`. [`lex`] cuts a text into tokens, [`parse`] makes
//! nodes of them, [`eval`] runs the nodes on an object, [`functions`] are what a template may call. Start with [`Template`].

mod eval;
mod functions;
mod lex;
mod parse;

use super::gofmt;
use crate::base::Value;
use crate::base::text::{go_json, go_quote};
use parse::Node;

/// A parsed template.
#[derive(Clone, Debug)]
pub struct Template {
    text: String,
    nodes: Vec<Node>,
    /// A key that is not there is an error.
    strict: bool,
}

impl Template {
    /// Parses a template.
    ///
    /// # Errors
    /// Go's text.
    pub fn parse(text: &str) -> Result<Template, String> {
        Ok(Template { text: text.to_owned(), nodes: parse::parse(text)?, strict: false })
    }

    /// The same; a key that is not there is an error.
    pub fn strict(self) -> Template {
        Template { strict: true, ..self }
    }

    /// Runs the template: what it printed, and the error that ended it early.
    pub fn print(&self, object: &Value) -> (String, Option<String>) {
        let (printed, result) = eval::run(self, object);
        let Err(error) = result else { return (printed, None) };
        let told = format!(
            "{printed}Error executing template: {error}. Printing more information for debugging the \
             template:\n\ttemplate was:\n\t\t{}\n\traw data was:\n\t\t{}\n\tobject given to template engine \
             was:\n\t\t{}\n\n",
            self.text,
            go_json(object),
            gofmt::sprint(object)
        );
        (told, Some(format!("error executing template {}: {error}", go_quote(&self.text))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod() -> Value {
        json!({
            "kind": "Pod",
            "metadata": {"name": "web", "labels": {"app": "a", "tier": "b"}},
            "spec": {"containers": [{"name": "x", "ports": [{"containerPort": 80}]}, {"name": "y"}], "priority": 0},
            "data": {"pw": "aGk="}
        })
    }

    fn printed(text: &str) -> String {
        match Template::parse(text) {
            Err(error) => error,
            Ok(template) => match eval::run(&template, &pod()) {
                (printed, Ok(())) => printed,
                (printed, Err(error)) => format!("{printed}!{error}"),
            },
        }
    }

    #[test]
    fn templates_print_as_go_prints() {
        let table = [
            ("{{.metadata.name}}", "web"),
            ("{{.metadata.name}}{{\"\\n\"}}", "web\n"),
            ("{{.foo}} {{.foo.bar}}", "<no value> <no value>"),
            ("{{range .spec.containers}}{{.name}},{{end}}", "x,y,"),
            ("{{range $i, $c := .spec.containers}}{{$i}}={{$c.name}} {{end}}", "0=x 1=y "),
            ("{{range $k, $v := .metadata.labels}}{{$k}}:{{$v}};{{end}}", "app:a;tier:b;"),
            ("{{range .none}}x{{else}}empty{{end}}", "empty"),
            ("{{if .spec.priority}}yes{{else if .kind}}{{.kind}}{{else}}no{{end}}", "Pod"),
            ("{{with .metadata}}{{.name}} {{$.kind}}{{end}}", "web Pod"),
            ("{{len .spec.containers}} {{len .kind}}", "2 3"),
            ("{{(index .spec.containers 0).name}} {{index .metadata.labels \"app\"}}", "x a"),
            ("{{if eq .kind \"Pod\"}}pod{{end}}{{if and .kind (not .none)}}!{{end}}", "pod!"),
            ("{{.metadata.name | printf \"%-5s|%d|%q\" \"a\" 7}}", "a    |7|\"web\""),
            ("a {{- .kind -}} b", "aPodb"),
            ("{{/* nothing */}}{{print 1 2 \"x\" 3}}", "1 2x3"),
            ("{{.data.pw | base64decode}}", "hi"),
            ("{{$x := 1}}{{range .spec.containers}}{{$x = 2}}{{end}}{{$x}}", "2"),
            ("{{range .spec.containers}}{{if eq .name \"y\"}}{{break}}{{end}}{{.name}}{{end}}", "x"),
            (
                "{{.metadata.labels}} {{.spec.containers}}",
                "map[app:a tier:b] [map[name:x ports:[map[containerPort:80]]] map[name:y]]",
            ),
            ("{{define \"t\"}}<{{.}}>{{end}}{{template \"t\" .kind}}", "<Pod>"),
            ("{{exists . \"metadata\" \"name\"}} {{exists . \"metadata\" \"x\"}}", "true false"),
            ("{{gt 3 2}} {{le 1.5 1.0}} {{ne .kind \"x\"}} {{eq 1 1 2}}", "true false true true"),
        ];
        for (text, expected) in table {
            assert_eq!(printed(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_as_go_says_it() {
        let table = [
            ("{{foo}}", "template: output:1: function \"foo\" not defined"),
            ("{{.a", "template: output:1: unclosed action"),
            ("{{if .a}}x", "template: output:1: unexpected EOF"),
            ("x{{end}}", "template: output:1: unexpected {{end}}"),
            ("{{range}}{{end}}", "template: output:1: missing value for range"),
            ("{{$x}}", "template: output:1: undefined variable \"$x\""),
            (
                "{{.metadata.name.foo}}",
                "!template: output:1:11: executing \"output\" at <.metadata.name.foo>: can't evaluate field foo in type \
                 interface {}",
            ),
            (
                "{{range .kind}}{{end}}",
                "!template: output:1:8: executing \"output\" at <.kind>: range can't iterate over Pod",
            ),
            (
                "{{index .spec.containers 5}}",
                "!template: output:1:2: executing \"output\" at <index .spec.containers 5>: error calling index: \
                 reflect: slice index out of range",
            ),
        ];
        for (text, expected) in table {
            assert_eq!(printed(text), expected, "{text}");
        }
    }
}
