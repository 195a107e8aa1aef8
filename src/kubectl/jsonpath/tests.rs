use super::{Template, relaxed};
use serde_json::json;

#[test]
fn templates_print_as_kubectl_prints_them() {
    let data = json!({
        "kind": "List",
        "n": 3,
        "f": 1.5,
        "ok": true,
        "labels": {"app": "web", "statefulset.kubernetes.io/pod-name": "db-0"},
        "items": [
            {"name": "a", "ports": [80, 443], "type": "Ready"},
            {"name": "b", "ports": [8080], "type": "Other", "extra": "x"},
            {"name": "c", "ports": []}
        ]
    });
    let table = [
        ("plain", "plain"),
        ("{.kind}", "List"),
        ("{$.kind} {@.kind} {kind}", "unrecognized identifier kind"),
        ("{.n} {.f} {.ok}{\"\\n\"}", "3 1.5 true\n"),
        ("{.labels}", r#"{"app":"web","statefulset.kubernetes.io/pod-name":"db-0"}"#),
        (r"{.labels.statefulset\.kubernetes\.io/pod-name}", "db-0"),
        (r"{.labels['statefulset\.kubernetes\.io/pod-name']}", "db-0"),
        ("{.items[*].name}", "a b c"),
        ("{.items[0].name} {.items[-1].name}", "a c"),
        ("{.items[0:2].name}", "a b"),
        ("{.items[1:].name}", "b c"),
        ("{.items[::2].name}", "a c"),
        ("{.items[0,2].name}", "a c"),
        ("{.items[*]['name','type']}", "a b c Ready Other"),
        ("{.items[9].name}", "array index out of bounds: index 9, length 3"),
        ("{.items[0].nope}", ""),
        ("{.kind[0]}", "string is not array or slice"),
        ("{.items[?(@.type==\"Ready\")].name}", "a"),
        ("{.items[?(@.type!='Ready')].name}", "b"),
        ("{.items[?(@.extra)].name}", "b"),
        ("{.items[?(@.ports[0]>100)].name}", "array index out of bounds: index 0, length 0"),
        ("{.items[?(@.name==1)].name}", "incompatible types for comparison"),
        ("{range .items[*]}{.name}:{.ports}{\"\\n\"}{end}", "a:[80,443]\nb:[8080]\nc:[]\n"),
        ("{range .items[*]}{.name}{range .ports[*]}-{@}{end};{end}.", "a-80-443;b-8080;c;."),
        ("{range .nope[*]}x{end}y", "y"),
        ("{end}", "not in range, nothing to end"),
        ("{..name}", "a b c"),
        ("{.items[*].ports[*]}", "80 443 8080"),
        ("{.kind", "unclosed action"),
        ("{.items[}", "unterminated array"),
        ("{.items[x]}", "invalid array index x"),
        ("{(}", "unrecognized character in action: U+0028 '('"),
        ("{\"abc}", "unterminated quoted string"),
        ("{.items[?(@.a==1}", "unterminated filter"),
    ];
    for (template, expected) in table {
        let shown = Template::parse(template).and_then(|t| t.print(&data)).unwrap_or_else(|error| error);
        assert_eq!(shown, expected, "{template}");
    }
    let missing = Template::parse("{.nope}").unwrap().strict().print(&data);
    assert_eq!(missing, Err("nope is not found".to_owned()));
}

#[test]
fn relaxed_expressions() {
    for text in ["metadata.name", ".metadata.name", "{metadata.name}", "{.metadata.name}"] {
        assert_eq!(relaxed(text).unwrap(), "{.metadata.name}", "{text}");
    }
    assert!(relaxed("{a}{b}").is_err());
    assert_eq!(relaxed(".items[?(@.a==\"b\")]").unwrap(), "{.items[?(@.a==\"b\")]}");
}
