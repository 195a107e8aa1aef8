//! The recorded answers of kubectl 1.36.2 to texts it could not read.

use crate::yaml::load;

/// What kubectl says of the first bad document.
fn first_error(text: &str, source: &str) -> Option<String> {
    load(text).into_iter().find_map(Result::err).map(|error| format!("error: {}\n", error.parsing(source)))
}

#[test]
fn small_questions() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  labels: {app: web}\nspec:\n  containers:\n  - name: nginx\n";
    let of = |rest: &str| first_error(&format!("{pod}{rest}"), "STDIN");
    let said = |text: &str| Some(format!("error: error parsing STDIN: error converting YAML to JSON: yaml: {text}\n"));
    let ports = "    ports:\n    - containerPort: 80\n";
    assert_eq!(
        of(&format!("    image: nginx: 1.27\n{ports}")),
        said("line 9: mapping values are not allowed in this context")
    );
    assert_eq!(of(&format!("    image: \"nginx:1.27\n{ports}")), said("line 12: found unexpected end of stream"));
    assert_eq!(of(&format!("    image: nginx:1.27\n{ports}")), None);
    let tab = "apiVersion: v1\nkind: Pod\nmetadata:\n\tname: web\n";
    assert_eq!(first_error(tab, "STDIN"), said("line 4: found character that cannot start any token"));
    let indent = pod.replace("  - name", "- name") + "    image: nginx:1.27\n";
    assert_eq!(first_error(&indent, "STDIN"), said("line 7: did not find expected key"));
}
