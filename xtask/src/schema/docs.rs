//! What comments in Go source become in OpenAPI: the descriptions that `kubectl explain` prints.
//!
//! Models `k8s.io/kube-openapi/pkg/generators` (`generateDescription`, `enumValue.Description`).

/// The description of a type or field.
pub fn description(comment: &[&str]) -> String {
    let mut text = String::new();
    let lines = comment.iter().take_while(|line| **line != "---").map(|line| line.trim_end_matches(' '));
    for line in lines.skip_while(|line| line.is_empty()) {
        if line.is_empty() {
            text.pop();
            text.push_str("\n\n");
        } else if line.starts_with("TODO") || line.starts_with('+') || line.starts_with("go:") {
            continue;
        } else if line.starts_with([' ', '\t']) {
            text.pop();
            text.push_str(&format!("\n{line}\n"));
        } else {
            text.push_str(line);
            text.push(' ');
        }
    }
    text.trim_end_matches('\n').replace("\\\"", "\"").trim_matches(' ').to_owned()
}

/// The description of a value of an enumeration.
pub fn of_value(comment: &[&str], name: &str) -> String {
    let text = comment.join(" ");
    let text = text.trim();
    let words: Vec<&str> = text.strip_prefix(name).unwrap_or(text).split_whitespace().collect();
    words.join(" ")
}
