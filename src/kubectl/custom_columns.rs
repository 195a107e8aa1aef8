//! `-o custom-columns=NAME:.metadata.name,…`.

use super::jsonpath::{Template, relaxed};
use super::{gofmt, printer::tabwriter};
use crate::base::Value;

/// A parsed column list.
///
/// Models `kubectl/pkg/cmd/get/customcolumn.go`.
#[derive(Clone, Debug)]
pub struct CustomColumns {
    columns: Vec<(String, Template)>,
    no_headers: bool,
}

impl CustomColumns {
    /// Parses `HEADER:path,HEADER:path`. Errors are kubectl's texts.
    pub fn parse(spec: &str, no_headers: bool) -> Result<CustomColumns, String> {
        if spec.is_empty() {
            return Err("custom-columns format specified but no custom columns given".to_owned());
        }
        let column = |part: &str| {
            let (header, path) = part
                .split_once(':')
                .ok_or_else(|| format!("unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>"))?;
            Ok((header.to_owned(), Template::parse(&relaxed(path)?)?))
        };
        Ok(CustomColumns { columns: spec.split(',').map(column).collect::<Result<_, String>>()?, no_headers })
    }

    /// Parses the two lines of `-o custom-columns-file`: headers, then paths, both separated by white space.
    pub fn parse_file(text: &str) -> Result<CustomColumns, String> {
        const EXPECTED: &str = "Expected format is one line of space separated headers, one line of space separated \
                                column specs.";
        let mut lines = text.lines();
        let headers = lines.next().ok_or_else(|| format!("invalid template, missing header line. {EXPECTED}"))?;
        let paths = lines.next().ok_or_else(|| format!("invalid template, missing spec line. {EXPECTED}"))?;
        let headers: Vec<&str> = headers.split_whitespace().collect();
        let paths: Vec<&str> = paths.split_whitespace().collect();
        if headers.len() != paths.len() {
            let (headers, paths) = (headers.len(), paths.len());
            return Err(format!("number of headers ({headers}) and field specifications ({paths}) don't match"));
        }
        let column = |(header, path): (&&str, &&str)| Ok(((*header).to_owned(), Template::parse(&relaxed(path)?)?));
        let columns = headers.iter().zip(&paths).map(column).collect::<Result<_, String>>()?;
        Ok(CustomColumns { columns, no_headers: false })
    }

    /// The table of these objects.
    pub fn print<'a>(&self, objects: impl IntoIterator<Item = &'a Value>) -> Result<String, String> {
        let mut text = String::new();
        if !self.no_headers {
            let headers: Vec<&str> = self.columns.iter().map(|(header, _)| header.as_str()).collect();
            text.push_str(&headers.join("\t"));
            text.push('\n');
        }
        for object in objects {
            let cells = self.columns.iter().map(|(_, path)| cell(path, object)).collect::<Result<Vec<_>, _>>()?;
            text.push_str(&cells.join("\t"));
            text.push('\n');
        }
        Ok(tabwriter::TABLE.format(&text))
    }
}

fn cell(path: &Template, object: &Value) -> Result<String, String> {
    let found = path.find(object)?;
    let none = found.first().is_none_or(Vec::is_empty).then(|| "<none>".to_owned());
    let values = found.iter().flatten().map(|value| gofmt::sprint(value).replace('\x1b', "^[").replace('\r', "\\r"));
    Ok(none.into_iter().chain(values).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn prints_columns() {
        let objects = [
            json!({"metadata": {"name": "web", "labels": {"a": "b"}}, "spec": {"containers": [{"image": "x"}, {"image": "y"}]}}),
            json!({"metadata": {"name": "db"}}),
        ];
        let spec = "NAME:.metadata.name,IMAGES:{.spec.containers[*].image},LABELS:metadata.labels";
        let columns = CustomColumns::parse(spec, false).unwrap();
        assert_eq!(
            columns.print(&objects).unwrap(),
            "NAME   IMAGES   LABELS\nweb    x,y      map[a:b]\ndb     <none>   <none>\n"
        );
        let error = CustomColumns::parse("NAME", false).unwrap_err();
        assert_eq!(error, "unexpected custom-columns spec: NAME, expected <header>:<json-path-expr>");
        assert_eq!(
            CustomColumns::parse_file("A B\n.a .b\n").unwrap().print([&json!({"a": 1})]).unwrap(),
            "A     B\n1     <none>\n"
        );
    }
}
