//! Webhooks and policies of admission. Nobody calls or enforces them here, but what they say must make sense.
//!
//! Models `pkg/apis/admissionregistration/validation/validation.go` and `k8s.io/apiserver/pkg/util/webhook/validation.go`.

use super::selector::label_selector;
use super::{meta, text};
use crate::api::cel::{Program, Type};
use crate::api::field_error::FieldError;
use crate::api::node::Node;
use crate::base::Value;

type Errors = Vec<FieldError>;

const REVIEW_VERSIONS: [&str; 2] = ["v1", "v1beta1"];

/// All but the metadata of a configuration of webhooks.
pub fn webhooks(object: &Node, mutating: bool, errors: &mut Errors) {
    let mut names = Vec::new();
    for hook in object.get("webhooks").items() {
        webhook(&hook, mutating, errors);
        review_versions(&hook.get("admissionReviewVersions"), errors);
        let name = hook.get("name");
        if names.contains(&name.str()) && !name.str().is_empty() {
            errors.push(name.duplicate());
        }
        names.push(name.str());
    }
}

fn one_of(at: &Node, known: &[&str], errors: &mut Errors) {
    if at.exists() && !known.contains(&at.str()) {
        errors.push(at.unsupported(known));
    }
}

/// Models `validateValidatingWebhook` and `validateMutatingWebhook`.
fn webhook(hook: &Node, mutating: bool, errors: &mut Errors) {
    full_name(&hook.get("name"), errors);
    for rule in hook.get("rules").items() {
        self::rule(&rule, errors);
    }
    one_of(&hook.get("failurePolicy"), &["Fail", "Ignore"], errors);
    one_of(&hook.get("matchPolicy"), &["Equivalent", "Exact"], errors);
    let effects = hook.get("sideEffects");
    if !effects.exists() {
        errors.push(effects.required("must specify one of None, NoneOnDryRun"));
    }
    one_of(&effects, &["None", "NoneOnDryRun"], errors);
    let timeout = hook.get("timeoutSeconds");
    if timeout.exists() && !(1..=30).contains(&timeout.int()) {
        errors.push(timeout.invalid("the timeout value must be between 1 and 30 seconds"));
    }
    for selector in ["namespaceSelector", "objectSelector"] {
        if hook.get(selector).exists() {
            label_selector(&hook.get(selector), errors);
        }
    }
    if mutating {
        one_of(&hook.get("reinvocationPolicy"), &["IfNeeded", "Never"], errors);
    }
    let client = hook.get("clientConfig");
    let (url, service) = (client.get("url"), client.get("service"));
    match (url.exists(), service.exists()) {
        (true, false) => self::url(&url, errors),
        (false, true) => self::service(&service, errors),
        _ => errors.push(client.required("exactly one of url or service is required")),
    }
    match_conditions(&hook.get("matchConditions"), &variables(false, true, Vec::new()), errors);
}

/// Models `IsFullyQualifiedName`.
fn full_name(at: &Node, errors: &mut Errors) {
    let name = at.str();
    if name.is_empty() {
        return errors.push(at.required(""));
    }
    let flaws = text::dns_subdomain(name);
    if !flaws.is_empty() {
        return errors.push(at.invalid(flaws.join(",")));
    }
    if name.split('.').count() < 3 {
        errors.push(at.invalid("should be a domain with at least three segments separated by dots"));
    }
}

/// Models `ValidateWebhookURL`.
fn url(at: &Node, errors: &mut Errors) {
    const FORM: &str = "; desired format: https://host[/path]";
    let text = at.str();
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    if scheme != "https" {
        errors.push(at.invalid(format!("'https' is the only allowed URL scheme{FORM}")));
    }
    let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if scheme.is_empty() || host.is_empty() {
        errors.push(at.invalid_as("", format!("host must be specified{FORM}")));
    }
    if let Some((user, _)) = host.rsplit_once('@') {
        errors.push(at.invalid_as(user, "user information is not permitted in the URL"));
    }
    let (path, fragment) = path.split_once('#').unwrap_or((path, ""));
    if !fragment.is_empty() {
        errors.push(at.invalid_as(fragment, "fragments are not permitted in the URL"));
    }
    if let Some((_, query)) = path.split_once('?').filter(|(_, query)| !query.is_empty()) {
        errors.push(at.invalid_as(query, "query parameters are not permitted in the URL"));
    }
}

/// Models `ValidateWebhookService`.
fn service(at: &Node, errors: &mut Errors) {
    let (name, namespace, port, path) = (at.get("name"), at.get("namespace"), at.get("port"), at.get("path"));
    if name.str().is_empty() {
        errors.push(name.required("service name is required"));
    }
    if namespace.str().is_empty() {
        errors.push(namespace.required("service namespace is required"));
    }
    if !(1..=65535).contains(&port.int()) {
        errors.push(port.invalid("port is not valid: must be between 1 and 65535, inclusive"));
    }
    let word = path.str();
    if word.is_empty() || word == "/" {
        return;
    }
    if word == "//" {
        return errors.push(path.invalid("segment[0] may not be empty"));
    }
    if !word.starts_with('/') {
        errors.push(path.invalid("must start with a '/'"));
    }
    let inner = word.get(1..).unwrap_or_default();
    for (i, step) in inner.strip_suffix('/').unwrap_or(inner).split('/').enumerate() {
        if step.is_empty() {
            errors.push(path.invalid(format!("segment[{i}] may not be empty")));
            continue;
        }
        for flaw in text::dns_subdomain(step) {
            errors.push(path.invalid(format!("segment[{i}]: {flaw}")));
        }
    }
}

/// Models `validateAdmissionReviewVersions`.
fn review_versions(at: &Node, errors: &mut Errors) {
    let known = REVIEW_VERSIONS.join(", ");
    if at.is_empty() {
        return errors.push(at.required(format!("must specify one of {known}")));
    }
    let mut seen = Vec::new();
    for version in at.items() {
        if seen.contains(&version.str()) {
            errors.push(version.invalid("duplicate version"));
            continue;
        }
        seen.push(version.str());
        meta::flaws(&version, text::dns_1035_label(version.str()), errors);
    }
    if !seen.iter().any(|version| REVIEW_VERSIONS.contains(version)) {
        errors.push(at.invalid(format!("must include at least one of {known}")));
    }
}

/// Models `validateRuleWithOperations`.
fn rule(at: &Node, errors: &mut Errors) {
    let wild = |list: &Node| list.len() > 1 && list.strs().any(|word| word == "*");
    let operations = at.get("operations");
    if operations.is_empty() {
        errors.push(operations.required(""));
    }
    if wild(&operations) {
        errors.push(operations.invalid("if '*' is present, must not specify other operations"));
    }
    for operation in operations.items() {
        one_of(&operation, &["*", "CONNECT", "CREATE", "DELETE", "UPDATE"], errors);
    }
    let (groups, versions) = (at.get("apiGroups"), at.get("apiVersions"));
    if groups.is_empty() {
        errors.push(groups.required(""));
    }
    if wild(&groups) {
        errors.push(groups.invalid("if '*' is present, must not specify other API groups"));
    }
    if versions.is_empty() {
        errors.push(versions.required(""));
    }
    if wild(&versions) {
        errors.push(versions.invalid("if '*' is present, must not specify other API versions"));
    }
    for version in versions.items().filter(|version| version.str().is_empty()) {
        errors.push(version.required(""));
    }
    resources(&at.get("resources"), errors);
    one_of(&at.get("scope"), &["*", "Cluster", "Namespaced"], errors);
}

/// Models `validateResources`.
fn resources(at: &Node, errors: &mut Errors) {
    if at.is_empty() {
        errors.push(at.required(""));
    }
    let (mut every_part, mut of_everything) = (Vec::new(), Vec::new());
    let mut plain = false;
    for item in at.items() {
        let word = item.str();
        if word.is_empty() {
            errors.push(item.required(""));
            continue;
        }
        let Some((resource, part)) = word.split_once('/') else {
            plain = word != "*";
            continue;
        };
        if every_part.contains(&resource) {
            errors.push(item.invalid(format!("if '{resource}/*' is present, must not specify {word}")));
        }
        if of_everything.contains(&part) {
            errors.push(item.invalid(format!("if '*/{part}' is present, must not specify {word}")));
        }
        if part == "*" {
            every_part.push(resource);
        }
        if resource == "*" {
            of_everything.push(part);
        }
    }
    if at.len() > 1 && at.strs().any(|word| word == "*/*") {
        errors.push(at.invalid("if '*/*' is present, must not specify other resources"));
    }
    if plain && at.strs().any(|word| word == "*") {
        errors.push(at.invalid("if '*' is present, must not specify other resources without subresources"));
    }
}

/// What expressions may name. The types of the objects that a policy is about are looked at later, by a controller.
fn variables(params: bool, authorizer: bool, own: Vec<(String, Type)>) -> Vec<(&'static str, Type)> {
    let mut found: Vec<(&'static str, Type)> =
        ["object", "oldObject", "request", "namespaceObject"].map(|name| (name, Type::Dyn)).into();
    if params {
        found.push(("params", Type::Dyn));
    }
    if authorizer {
        found.push(("authorizer", Type::Plain("kubernetes.authorization.Authorizer")));
    }
    if !own.is_empty() {
        found.push(("variables", Type::object("kubernetes.variables", own)));
    }
    found
}

/// An expression that gives one of these types. Returns which.
fn expression(at: &Node, text: &str, scope: &[(&str, Type)], wanted: &[&str], errors: &mut Errors) -> Type {
    let shown = match Program::new(text) {
        Err(error) => error.shown(text),
        Ok(program) => match program.check(scope) {
            Ok(found) => {
                let fits = matches!(found, Type::Error)
                    || wanted.is_empty()
                    || wanted.iter().any(|name| found.to_string() == *name);
                if !fits {
                    let words = match wanted {
                        [one] => format!("must evaluate to {one}"),
                        _ => "must evaluate to one of [string null_type]".to_owned(),
                    };
                    errors.push(at.invalid_as(text, words));
                }
                return found;
            }
            Err(found) => found.iter().map(|error| error.shown(text)).collect::<Vec<_>>().join("\n"),
        },
    };
    errors.push(at.invalid_as(text, format!("compilation failed: {shown}")));
    Type::Error
}

fn match_conditions(at: &Node, scope: &[(&str, Type)], errors: &mut Errors) {
    if at.len() > 64 {
        errors.push(at.too_many(64));
    }
    let mut names = Vec::new();
    for condition in at.items() {
        let (name, text) = (condition.get("name"), condition.get("expression"));
        match text.str().trim() {
            "" => errors.push(text.required("")),
            word => drop(expression(&text, word, scope, &["bool"], errors)),
        }
        if name.str().is_empty() {
            errors.push(name.required(""));
        } else {
            meta::flaws(&name, text::qualified_name(name.str()), errors);
            if names.contains(&name.str()) {
                errors.push(name.duplicate());
            }
            names.push(name.str());
        }
    }
}

/// Models `validateMatchResources`.
fn match_resources(at: &Node, errors: &mut Errors) {
    one_of(&at.get("matchPolicy"), &["Equivalent", "Exact"], errors);
    for selector in ["namespaceSelector", "objectSelector"] {
        label_selector(&at.get(selector), errors);
    }
    for list in ["resourceRules", "excludeResourceRules"] {
        for rule in at.get(list).items() {
            let mut names = Vec::new();
            for name in rule.get("resourceNames").items() {
                meta::flaws(&name, text::path_segment(name.str()), errors);
                if names.contains(&name.str()) {
                    errors.push(name.duplicate());
                }
                names.push(name.str());
            }
            self::rule(&rule, errors);
        }
    }
}

fn param_kind(at: &Node, errors: &mut Errors) {
    let (version, kind) = (at.get("apiVersion"), at.get("kind"));
    let parts: Vec<&str> = version.str().split('/').collect();
    match parts.as_slice() {
        _ if version.str().is_empty() => errors.push(version.required("")),
        [_, _, _, ..] => errors.push(version.invalid(format!("unexpected GroupVersion string: {}", version.str()))),
        _ => {
            let name = parts.last().copied().unwrap_or_default();
            if name.is_empty() {
                errors.push(version.invalid("version must be specified"));
            } else {
                let flaws = text::dns_1035_label(name);
                if !flaws.is_empty() {
                    errors.push(version.invalid_as(name, flaws.join(",")));
                }
            }
        }
    }
    if kind.str().is_empty() {
        errors.push(kind.required(""));
    }
}

/// All but the metadata of a policy. Models `validateValidatingAdmissionPolicySpec`.
pub fn validating_policy(object: &Node, errors: &mut Errors) {
    let (spec, metadata) = (object.get("spec"), object.get("metadata"));
    let (own, params) = before_the_rules(&spec, true, errors);
    let (validations, annotations) = (spec.get("validations"), spec.get("auditAnnotations"));
    if validations.is_empty() && annotations.is_empty() {
        let words = "validations or auditAnnotations must contain at least one item";
        errors.push(validations.required(words));
        errors.push(annotations.required(words));
        return;
    }
    let scope = variables(params, true, own.clone());
    for validation in validations.items() {
        let (text, message) = (validation.get("expression"), validation.get("message"));
        let (said, reason) = (validation.get("messageExpression"), validation.get("reason"));
        match text.str().trim() {
            "" => errors.push(text.required("expression is not specified")),
            _ => drop(expression(&text, text.str(), &scope, &["bool"], errors)),
        }
        if !said.str().is_empty() {
            match said.str().trim() {
                "" => errors.push(said.invalid("must be non-empty if specified")),
                _ => {
                    let scope = variables(params, false, own.clone());
                    expression(&said, said.str(), &scope, &["string"], errors);
                }
            }
        }
        let trimmed = message.str().trim();
        if !message.str().is_empty() && trimmed.is_empty() {
            errors.push(message.invalid("message must be non-empty if specified"));
        } else if trimmed.contains(['\n', '\r']) {
            errors.push(message.invalid("message must not contain line breaks"));
        }
        one_of(&reason, &["Forbidden", "Invalid", "RequestEntityTooLarge"], errors);
    }
    let mut keys = Vec::new();
    for annotation in annotations.items() {
        let (key, text) = (annotation.get("key"), annotation.get("valueExpression"));
        let name = format!("{}/{}", metadata.get("name").str(), key.str());
        for flaw in text::qualified_name(&name) {
            errors.push(key.invalid_as(name.as_str(), flaw));
        }
        match text.str().trim() {
            "" => errors.push(text.required("valueExpression is not specified")),
            word => drop(expression(&text, word, &scope, &["string", "null"], errors)),
        }
        if keys.contains(&key.str()) {
            errors.push(key.duplicate());
        }
        keys.push(key.str());
    }
}

/// What a policy's rules are about: the types of its variables, if those are asked for, and whether it has parameters.
fn before_the_rules(spec: &Node, typed: bool, errors: &mut Errors) -> (Vec<(String, Type)>, bool) {
    one_of(&spec.get("failurePolicy"), &["Fail", "Ignore"], errors);
    let kind = spec.get("paramKind");
    let params = kind.exists();
    if params {
        param_kind(&kind, errors);
    }
    let constraints = spec.get("matchConstraints");
    if constraints.exists() {
        match_resources(&constraints, errors);
        let rules = constraints.get("resourceRules");
        if rules.is_empty() {
            errors.push(rules.required(""));
        }
    } else {
        errors.push(constraints.required(""));
    }
    match_conditions(&spec.get("matchConditions"), &variables(params, true, Vec::new()), errors);
    let mut own: Vec<(String, Type)> = Vec::new();
    for variable in spec.get("variables").items() {
        let (name, text) = (variable.get("name"), variable.get("expression"));
        if name.str().trim().is_empty() {
            errors.push(name.required("name is not specified"));
        } else if !crate::api::cel::is_identifier(name.str()) {
            errors.push(name.invalid("name is not a valid CEL identifier"));
        }
        match text.str().trim() {
            "" => errors.push(text.required("expression is not specified")),
            _ if !typed => {}
            _ => {
                let found = expression(&text, text.str(), &variables(params, true, own.clone()), &[], errors);
                own.push((name.str().to_owned(), found));
            }
        }
    }
    (own, params)
}

/// All but the metadata of a policy that changes objects: its expressions make objects of types that only their kinds know,
/// so they are read, not checked.
pub fn mutating_policy(object: &Node, errors: &mut Errors) {
    let spec = object.get("spec");
    before_the_rules(&spec, false, errors);
    let mutations = spec.get("mutations");
    if mutations.is_empty() {
        errors.push(mutations.required("mutations must contain at least one item"));
    }
    for mutation in mutations.items() {
        let kind = mutation.get("patchType");
        let known = [("ApplyConfiguration", "applyConfiguration"), ("JSONPatch", "jsonPatch")];
        match known.iter().find(|(name, _)| *name == kind.str()) {
            None if kind.str().is_empty() => errors.push(kind.required("")),
            None => errors.push(kind.unsupported(&known.map(|(name, _)| name))),
            Some((name, field)) => {
                let text = mutation.get(field);
                let text = text.get("expression");
                if !mutation.get(field).exists() {
                    let words = format!("must be specified when patchType is {name}");
                    errors.push(mutation.get(field).required(words));
                } else if text.str().trim().is_empty() {
                    errors.push(text.required("expression is not specified"));
                }
            }
        }
    }
    let again = spec.get("reinvocationPolicy");
    match again.str() {
        "" => errors.push(again.required("")),
        _ => one_of(&again, &["IfNeeded", "Never"], errors),
    }
}

/// All but the metadata of a binding. Models `validateValidatingAdmissionPolicyBindingSpec`.
pub fn binding(object: &Node, validating: bool, errors: &mut Errors) {
    let spec = object.get("spec");
    let policy = spec.get("policyName");
    if policy.str().is_empty() {
        errors.push(policy.required(""));
    } else {
        meta::flaws(&policy, text::dns_subdomain(policy.str()), errors);
    }
    let param = spec.get("paramRef");
    if param.exists() {
        let (name, selector) = (param.get("name"), param.get("selector"));
        let words = "name and selector are mutually exclusive";
        if !name.str().is_empty() {
            meta::flaws(&name, text::path_segment(name.str()), errors);
            if selector.exists() {
                errors.push(name.forbidden(words));
            }
        }
        if selector.exists() {
            label_selector(&selector, errors);
            if !name.str().is_empty() {
                errors.push(selector.forbidden(words));
            }
        } else if name.str().is_empty() {
            errors.push(param.required("one of name or selector must be specified"));
        }
        one_of(&param.get("parameterNotFoundAction"), &["Deny", "Allow"], errors);
    }
    let resources = spec.get("matchResources");
    if let Some(value) = resources.value() {
        // Spelled so upstream.
        let path = spec.path().child("matchResouces");
        match_resources(&Node::at(&path, Some(value)), errors);
    }
    if !validating {
        return;
    }
    let actions = spec.get("validationActions");
    let mut seen: Vec<&str> = Vec::new();
    for action in actions.items() {
        one_of(&action, &["Audit", "Deny", "Warn"], errors);
        if seen.contains(&action.str()) {
            errors.push(action.duplicate());
        }
        seen.push(action.str());
    }
    if seen.contains(&"Deny") && seen.contains(&"Warn") {
        errors.push(actions.invalid_as(
            actions.value().cloned().unwrap_or(Value::Null),
            "must not contain both Deny and Warn (repeating the same validation failure information in the API response and \
             headers serves no purpose)",
        ));
    }
    if seen.is_empty() {
        errors.push(actions.required("at least one validation action is required"));
    }
}
