//! CustomResourceDefinitions.
//!
//! Models `apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go`.

use super::text::{dns_1035_label, dns_subdomain};
use crate::api::custom::structural;
use crate::api::field_error::FieldError;
use crate::api::node::Node;
use crate::base::Order;
use crate::base::Value;

const COLUMN_TYPES: &[&str] = &["boolean", "date", "integer", "number", "string"];
const COLUMN_FORMATS: &[&str] = &["byte", "date", "date-time", "double", "float", "int32", "int64", "name", "password"];

/// The rule for a definition's name.
pub fn name(object: &Node, errors: &mut Vec<FieldError>) {
    let at = object.get("metadata");
    let at = at.get("name");
    let spec = object.get("spec");
    let wanted = format!("{}.{}", spec.get("names").get("plural").str(), spec.get("group").str());
    let mut flaws = if at.is_empty() { Vec::new() } else { dns_subdomain(at.str()) };
    if !at.is_empty() && at.str() != wanted {
        flaws.push("must be spec.names.plural+\".\"+spec.group".to_owned());
    }
    errors.extend(flaws.into_iter().map(|flaw| at.invalid(flaw)));
}

/// All but the metadata.
pub fn definition(object: &Node, old: Option<&Node>, errors: &mut Vec<FieldError>) {
    spec(&object.get("spec"), errors);
    if let Some(old) = old {
        unchanged(object, old, errors);
    }
    let status = object.get("status");
    stored_versions(&status.get("storedVersions"), &object.get("spec").get("versions"), errors);
    let group = object.get("spec");
    let group = group.get("group").str();
    if group.ends_with(".k8s.io") || group.ends_with(".kubernetes.io") {
        approval(&object.get("metadata"), errors);
    }
    if object.get("spec").get("preserveUnknownFields").bool() {
        errors.push(object.get("spec").get("preserveUnknownFields").invalid(
            "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead",
        ));
    }
}

fn label(at: &Node, text: &str, prefix: &str, errors: &mut Vec<FieldError>) {
    let flaws = dns_1035_label(text);
    if !text.is_empty() && !flaws.is_empty() {
        errors.push(at.invalid(format!("{prefix}{}", flaws.join(","))));
    }
}

fn spec(spec: &Node, errors: &mut Vec<FieldError>) {
    let group = spec.get("group");
    let flaws = dns_subdomain(group.str());
    if group.is_empty() {
        errors.push(group.required(""));
    } else if !flaws.is_empty() {
        errors.push(group.invalid(flaws.join(",")));
    } else if !group.str().contains('.') {
        errors.push(group.invalid("should be a domain with at least one dot"));
    }
    let scope = spec.get("scope");
    if scope.is_empty() {
        errors.push(scope.required(""));
    } else if !["Cluster", "Namespaced"].contains(&scope.str()) {
        errors.push(scope.unsupported(&["Cluster", "Namespaced"]));
    }
    let versions = spec.get("versions");
    for version in versions.items() {
        let schema = version.get("schema");
        if !schema.get("openAPIV3Schema").exists() {
            errors.push(schema.get("openAPIV3Schema").required(""));
        }
    }
    for version in versions.items() {
        let name = version.get("name");
        let flaws = dns_1035_label(name.str());
        if !flaws.is_empty() {
            errors.push(name.invalid_as(name.str(), flaws.join(",")));
        }
        of_version(&version, errors);
    }
    let mut names: Vec<&str> = versions.items().map(|version| version.get("name").str()).collect();
    names.order();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        errors.push(versions.invalid("must contain unique version names"));
    }
    if versions.items().filter(|version| version.get("storage").bool()).count() != 1 {
        errors.push(versions.invalid("must have exactly one version marked as storage version"));
    }
    of_names(&spec.get("names"), errors);
    let conversion = spec.get("conversion");
    let strategy = conversion.get("strategy");
    if conversion.exists() && strategy.is_empty() {
        errors.push(strategy.required(""));
    } else if conversion.exists() && !["None", "Webhook"].contains(&strategy.str()) {
        errors.push(strategy.unsupported(&["None", "Webhook"]));
    }
    let client = conversion.named("webhookClientConfig");
    let webhook = conversion.get("webhook");
    match (strategy.str(), webhook.get("clientConfig").exists()) {
        ("Webhook", false) => errors.push(client.required("required when strategy is set to Webhook")),
        ("None", true) => errors.push(client.forbidden("should not be set when strategy is not set to Webhook")),
        _ => {}
    }
}

fn of_names(names: &Node, errors: &mut Vec<FieldError>) {
    for name in ["plural", "singular", "kind", "listKind"] {
        if names.get(name).is_empty() {
            errors.push(names.get(name).required(""));
        }
    }
    for name in ["plural", "singular"] {
        label(&names.get(name), names.get(name).str(), "", errors);
    }
    for name in ["kind", "listKind"] {
        let at = names.get(name);
        label(&at, &at.str().to_lowercase(), "may have mixed case, but should otherwise match: ", errors);
    }
    for short in names.get("shortNames").items() {
        label(&short, short.str(), "", errors);
    }
    let (kind, list) = (names.get("kind"), names.get("listKind"));
    if !kind.is_empty() && kind.str() == list.str() {
        errors.push(list.invalid("kind and listKind may not be the same"));
    }
    for category in names.get("categories").items() {
        label(&category, category.str(), "", errors);
    }
}

fn of_version(version: &Node, errors: &mut Vec<FieldError>) {
    let warning = version.get("deprecationWarning");
    if let Some(text) = warning.text() {
        let flaw = match text.len() {
            _ if !version.get("deprecated").bool() => Some("can only be set for deprecated versions"),
            0 => Some("must not be an empty string"),
            257.. => Some("must be <= 256 characters long"),
            _ => None,
        };
        errors.extend(flaw.map(|flaw| warning.invalid(flaw)));
    }
    let schema = version.get("schema");
    let schema = schema.get("openAPIV3Schema");
    if schema.get("nullable").bool() {
        errors.push(schema.get("nullable").forbidden("nullable cannot be true at the root"));
    }
    if schema.exists() {
        structural::check(&schema, errors);
    }
    let subresources = version.get("subresources");
    let scale = subresources.get("scale");
    if scale.exists() {
        for (name, below) in [("specReplicasPath", ".spec."), ("statusReplicasPath", ".status.")] {
            let path = scale.get(name);
            if path.is_empty() {
                errors.push(path.required(""));
            } else if !simple_path(&path, errors) && !path.str().starts_with(below) {
                let below = below.trim_end_matches('.');
                errors.push(path.invalid(format!("should be a json path under {below}")));
            }
        }
        let selector = scale.get("labelSelectorPath");
        if !selector.is_empty()
            && !simple_path(&selector, errors)
            && ![".spec.", ".status."].iter().any(|below| selector.str().starts_with(below))
        {
            errors.push(selector.invalid("should be a json path under either .spec or .status"));
        }
    }
    for column in version.get("additionalPrinterColumns").items() {
        of_column(&column, errors);
    }
    let selectable = version.get("selectableFields");
    for field in selectable.items() {
        let path = field.get("jsonPath");
        let steps = crate::base::path::FieldPath::of(path.str().trim_start_matches('.'));
        let found = schema.value().and_then(|schema| structural::at(schema, &steps));
        match found.and_then(|found| found.get("type")?.as_str()) {
            _ if path.is_empty() => errors.push(path.required("")),
            _ if path.str().starts_with(".metadata") => errors.push(path.invalid("must not point to fields in metadata")),
            Some("string" | "boolean" | "integer") => {}
            _ => errors.push(path.invalid(
                "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are \
                 allowed.",
            )),
        }
    }
    if selectable.len() > 8 {
        errors.push(selectable.too_many(8));
    }
}

fn of_column(column: &Node, errors: &mut Vec<FieldError>) {
    if column.get("name").is_empty() {
        errors.push(column.get("name").required(""));
    }
    let ty = column.get("type");
    let detail = || format!("must be one of {}", COLUMN_TYPES.join(","));
    if ty.is_empty() {
        errors.push(ty.required(detail()));
    } else if !COLUMN_TYPES.contains(&ty.str()) {
        errors.push(ty.invalid(detail()));
    }
    let format = column.get("format");
    if !format.is_empty() && !COLUMN_FORMATS.contains(&format.str()) {
        errors.push(format.invalid(format!("must be one of {}", COLUMN_FORMATS.join(","))));
    }
    let path = column.get("jsonPath");
    let path = path.value().map_or_else(|| column.get("JSONPath"), |_| path);
    let at = column.get("JSONPath");
    if path.is_empty() {
        errors.push(at.required(""));
    } else if !path.str().starts_with('.') {
        errors.push(at.invalid_as(path.str(), "must be a simple json path starting with ."));
    }
}

/// Whether a path is refused.
fn simple_path(at: &Node, errors: &mut Vec<FieldError>) -> bool {
    let wrong = !at.str().starts_with('.');
    if wrong {
        errors.push(at.invalid("must be a simple json path starting with ."));
    }
    wrong
}

/// What may not change once the names are established; the group and the plural never may.
fn unchanged(new: &Node, old: &Node, errors: &mut Vec<FieldError>) {
    let conditions = old.get("status");
    let conditions = conditions.get("conditions");
    let established = conditions
        .items()
        .any(|condition| condition.get("type").str() == "Established" && condition.get("status").str() == "True");
    let (new, old) = (new.get("spec"), old.get("spec"));
    let (new_names, old_names) = (new.get("names"), old.get("names"));
    if established {
        super::meta::immutable_text(&new.get("scope"), &old.get("scope"), errors);
        super::meta::immutable_text(&new_names.get("kind"), &old_names.get("kind"), errors);
    }
    super::meta::immutable_text(&new.get("group"), &old.get("group"), errors);
    super::meta::immutable_text(&new_names.get("plural"), &old_names.get("plural"), errors);
}

fn stored_versions(stored: &Node, versions: &Node, errors: &mut Vec<FieldError>) {
    if stored.is_empty() {
        errors.push(stored.invalid("must have at least one stored version"));
        return;
    }
    for version in stored.items() {
        let name = version.str();
        if !versions.items().any(|known| known.get("name").str() == name) {
            errors.push(version.invalid(format!(
                "missing from spec.versions; {name} was previously a storage version, and must remain in spec.versions until \
                 a storage migration ensures no data remains persisted in {name} and removes {name} from \
                 status.storedVersions"
            )));
        }
    }
}

/// Groups of the community need its approval.
///
/// Models `GetAPIApprovalState` of `apiextensions-apiserver/pkg/apihelpers`.
fn approval(metadata: &Node, errors: &mut Vec<FieldError>) {
    const KEY: &str = "api-approved.kubernetes.io";
    let annotations = metadata.get("annotations");
    let at = annotations.key(KEY);
    let reason = match at.str() {
        "" => format!(
            "protected groups must have approval annotation \"{KEY}\", see https://github.com/kubernetes/enhancements/pull/1111"
        ),
        text if text.starts_with("unapproved") => return,
        text if text.starts_with("https://") && text.len() > "https://".len() => return,
        _ => format!(
            "protected groups must have approval annotation \"{KEY}\" with either a URL or a reason starting with \
             \"unapproved\", see https://github.com/kubernetes/enhancements/pull/1111"
        ),
    };
    errors.push(if at.is_empty() { at.required(reason) } else { at.invalid(reason) });
}

/// The warnings that a definition deserves.
pub fn warnings(new: &Value, old: Option<&Value>) -> Vec<String> {
    let formats = |object: &Value| {
        let mut found = Vec::new();
        if let Some(versions) = object.pointer("/spec/versions") {
            structural::unknown_formats(versions, &mut found);
        }
        found.order();
        found
    };
    let known = old.map(formats).unwrap_or_default();
    let new = formats(new).into_iter().filter(|format| !known.contains(format));
    new.map(|format| format!("unrecognized format {}", crate::base::text::go_quote(&format))).collect()
}
