//! The formats of names and other texts. Each function returns what is wrong with a text, in Kubernetes' words.
//!
//! Models `k8s.io/apimachinery/pkg/util/validation` and `k8s.io/apimachinery/pkg/api/validate/content`.

/// What is wrong with a text; empty when nothing is.
pub type Flaws = Vec<String>;

const LABEL_FORMAT: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN_FORMAT: &str = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const SUBDOMAIN_UNDERSCORE_FORMAT: &str = r"_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*";
const KEY_FORMAT: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const KEY_WORDS: &str =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/// The longest DNS label.
pub const LABEL_MAX: usize = 63;
/// The longest DNS subdomain.
pub const SUBDOMAIN_MAX: usize = 253;

fn lower_alnum(b: u8) -> bool {
    b.is_ascii_lowercase() || b.is_ascii_digit()
}

/// Starts and ends with `edge`, and is `inner` throughout.
fn shaped(text: &str, edge: fn(u8) -> bool, inner: fn(u8) -> bool) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(|b| edge(*b)) && bytes.last().is_some_and(|b| edge(*b)) && bytes.iter().all(|b| inner(*b))
}

/// How Kubernetes explains a regular expression.
pub fn regex_words(message: &str, format: &str, examples: &[&str]) -> String {
    let mut out = message.to_owned();
    out.push_str(" (");
    for (i, example) in examples.iter().enumerate() {
        out.push_str(if i == 0 { "e.g. " } else { " or " });
        out.push_str(&format!("'{example}', "));
    }
    out.push_str(&format!("regex used for validation is '{format}')"));
    out
}

fn too_long(text: &str, most: usize, unit: &str) -> Option<String> {
    (text.len() > most).then(|| format!("must be no more than {most} {unit}"))
}

fn is_label(text: &str) -> bool {
    shaped(text, lower_alnum, |b| lower_alnum(b) || b == b'-')
}

fn is_subdomain(text: &str) -> bool {
    text.split('.').all(is_label)
}

/// RFC 1123 label. Models `IsDNS1123Label`.
pub fn dns_label(text: &str) -> Flaws {
    let mut flaws = Flaws::from_iter(too_long(text, LABEL_MAX, "characters"));
    if !is_label(text) {
        flaws.push(if is_subdomain(text) {
            "must not contain dots".to_owned()
        } else {
            regex_words(
                "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
                LABEL_FORMAT,
                &["my-name", "123-abc"],
            )
        });
    }
    flaws
}

fn subdomain_in(text: &str, unit: &str) -> Flaws {
    let mut flaws = Flaws::from_iter(too_long(text, SUBDOMAIN_MAX, unit));
    if !is_subdomain(text) {
        flaws.push(regex_words(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
            SUBDOMAIN_FORMAT,
            &["example.com"],
        ));
    }
    flaws
}

/// RFC 1123 subdomain. Models `IsDNS1123Subdomain`.
pub fn dns_subdomain(text: &str) -> Flaws {
    subdomain_in(text, "characters")
}

/// RFC 1123 subdomain that may have underscores. Models `IsDNS1123SubdomainWithUnderscore`.
pub fn dns_subdomain_underscore(text: &str) -> Flaws {
    let part = |part: &str| {
        let part = part.strip_prefix('_').unwrap_or(part);
        shaped(part, lower_alnum, |b| lower_alnum(b) || b == b'-' || b == b'_')
    };
    let mut flaws = Flaws::from_iter(too_long(text, SUBDOMAIN_MAX, "characters"));
    if !text.split('.').all(part) {
        flaws.push(regex_words(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
            SUBDOMAIN_UNDERSCORE_FORMAT,
            &["example.com"],
        ));
    }
    flaws
}

/// RFC 1035 label. Models `IsDNS1035Label`.
pub fn dns_1035_label(text: &str) -> Flaws {
    let mut flaws = Flaws::from_iter(too_long(text, LABEL_MAX, "characters"));
    if !is_label(text) || !text.as_bytes().first().is_some_and(u8::is_ascii_lowercase) {
        flaws.push(regex_words(
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
            "[a-z]([-a-z0-9]*[a-z0-9])?",
            &["my-name", "abc-123"],
        ));
    }
    flaws
}

/// A host with a leading `*.`. Models `IsWildcardDNS1123Subdomain`.
pub fn wildcard_subdomain(text: &str) -> Flaws {
    let mut flaws = Flaws::from_iter(too_long(text, SUBDOMAIN_MAX, "characters"));
    if !text.strip_prefix("*.").is_some_and(is_subdomain) {
        flaws.push(regex_words(
            "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
            &format!(r"\*\.{SUBDOMAIN_FORMAT}"),
            &["*.example.com"],
        ));
    }
    flaws
}

fn is_key_name(text: &str) -> bool {
    shaped(text, |b| b.is_ascii_alphanumeric(), |b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

/// A label key, or any other qualified name. Models `content.IsLabelKey`.
pub fn qualified_name(text: &str) -> Flaws {
    let examples = &["MyName", "my.name", "123-abc"];
    let (prefix, name) = match text.split_once('/') {
        None => (None, text),
        Some((_, name)) if name.contains('/') => {
            return vec![format!(
                "a valid label key {} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
                regex_words(KEY_WORDS, KEY_FORMAT, examples)
            )];
        }
        Some((prefix, name)) => (Some(prefix), name),
    };
    let mut flaws = Flaws::new();
    match prefix {
        Some("") => flaws.push("prefix part must be non-empty".to_owned()),
        Some(prefix) => {
            flaws.extend(subdomain_in(prefix, "bytes").iter().map(|flaw| format!("prefix part {flaw}")));
        }
        None => {}
    }
    if name.is_empty() {
        flaws.push("name part must be non-empty".to_owned());
    } else if let Some(flaw) = too_long(name, LABEL_MAX, "bytes") {
        flaws.push(format!("name part {flaw}"));
    }
    if !is_key_name(name) {
        flaws.push(format!("name part {}", regex_words(KEY_WORDS, KEY_FORMAT, examples)));
    }
    flaws
}

/// A label's value. Models `content.IsLabelValue`.
pub fn label_value(text: &str) -> Flaws {
    let mut flaws = Flaws::from_iter(too_long(text, LABEL_MAX, "bytes"));
    if !text.is_empty() && !is_key_name(text) {
        flaws.push(regex_words(
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
            &format!("({KEY_FORMAT})?"),
            &["MyValue", "my_value", "12345"],
        ));
    }
    flaws
}

/// The name of a container's port. Models `IsValidPortName`.
pub fn port_name(text: &str) -> Flaws {
    let mut flaws = Flaws::from_iter(too_long(text, 15, "characters"));
    let mut unless = |fine: bool, flaw: &str| {
        if !fine {
            flaws.push(flaw.to_owned());
        }
    };
    unless(
        !text.is_empty() && text.bytes().all(|b| lower_alnum(b) || b == b'-'),
        "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
    );
    unless(text.bytes().any(|b| b.is_ascii_lowercase()), "must contain at least one letter (a-z)");
    unless(!text.contains("--"), "must not contain consecutive hyphens");
    unless(!text.starts_with('-') && !text.ends_with('-'), "must not begin or end with a hyphen");
    flaws
}

/// A number between `low` and `high`. Models `IsInRange`.
pub fn in_range(number: i64, low: i64, high: i64) -> Flaws {
    if (low..=high).contains(&number) { Flaws::new() } else { vec![inclusive_range(low, high)] }
}

/// The words for a number out of a range. Models `InclusiveRangeError`.
pub fn inclusive_range(low: i64, high: i64) -> String {
    format!("must be between {low} and {high}, inclusive")
}

/// A port number. Models `IsValidPortNum`.
pub fn port_number(number: i64) -> Flaws {
    in_range(number, 1, 65535)
}

/// A user or group ID. Models `IsValidUserID`.
pub fn unix_id(number: i64) -> Flaws {
    in_range(number, 0, i64::from(i32::MAX))
}

/// `50%`. Models `IsValidPercent`.
pub fn percent(text: &str) -> Flaws {
    let fine = text.strip_suffix('%').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    if fine {
        return Flaws::new();
    }
    vec![regex_words(
        "a valid percent string must be a numeric string followed by an ending '%'",
        "[0-9]+%",
        &["1%", "93%"],
    )]
}

/// The name of an HTTP header. Models `IsHTTPHeaderName`.
pub fn http_header(text: &str) -> Flaws {
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Flaws::new();
    }
    vec![regex_words(
        "a valid HTTP header must consist of alphanumeric characters or '-'",
        "[-A-Za-z0-9]+",
        &["X-Header-Name"],
    )]
}

/// The name of an environment variable, as relaxed as it is by default since 1.34. Models `IsRelaxedEnvVarName`.
pub fn env_name(text: &str) -> Flaws {
    if text.is_empty() {
        return vec!["environment variable name must be non-empty".to_owned()];
    }
    if text.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'=') {
        return Flaws::new();
    }
    vec!["a valid environment variable name must consist only of printable ASCII characters other than '='".to_owned()]
}

/// A key of a ConfigMap or a Secret. Models `IsConfigMapKey`.
pub fn config_key(text: &str) -> Flaws {
    let mut flaws = Flaws::from_iter(too_long(text, SUBDOMAIN_MAX, "characters"));
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b)) {
        flaws.push(regex_words(
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
            "[-._a-zA-Z0-9]+",
            &["key.name", "KEY_NAME", "key-name"],
        ));
    }
    match text {
        "." => flaws.push("must not be '.'".to_owned()),
        ".." => flaws.push("must not be '..'".to_owned()),
        text if text.starts_with("..") => flaws.push("must not start with '..'".to_owned()),
        _ => {}
    }
    flaws
}

/// A name that may be a segment of a URL. Models `content.IsPathSegmentName`.
pub fn path_segment(text: &str) -> Flaws {
    if text == "." || text == ".." {
        return vec![format!("may not be '{text}'")];
    }
    ["/", "%"].iter().filter(|bad| text.contains(**bad)).map(|bad| format!("may not contain '{bad}'")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let long = "a".repeat(64);
        for (text, label, subdomain, old) in [
            ("web", true, true, true),
            ("1web", true, true, false),
            ("a.b", false, true, false),
            ("Web", false, false, false),
            ("-a", false, false, false),
            ("a-", false, false, false),
            ("", false, false, false),
            ("a..b", false, false, false),
            (long.as_str(), false, true, false),
        ] {
            assert_eq!(dns_label(text).is_empty(), label, "{text}");
            assert_eq!(dns_subdomain(text).is_empty(), subdomain, "{text}");
            assert_eq!(dns_1035_label(text).is_empty(), old, "{text}");
        }
        assert_eq!(dns_label("a.b"), ["must not contain dots"]);
        assert_eq!(dns_label(&long), ["must be no more than 63 characters"]);
    }

    #[test]
    fn labels() {
        for (text, flaws) in
            [("a", 0), ("a/b", 0), ("example.com/My_name.1", 0), ("/b", 1), ("a/", 2), ("", 2), ("a/b/c", 1)]
        {
            assert_eq!(qualified_name(text).len(), flaws, "{text}");
        }
        assert!(label_value("").is_empty());
        assert_eq!(label_value(&"a".repeat(64)), ["must be no more than 63 bytes"]);
        assert_eq!(port_name("-8080-").len(), 2);
        assert_eq!(percent("50 %").len(), 1);
        assert_eq!(config_key("..a"), ["must not start with '..'"]);
    }
}
