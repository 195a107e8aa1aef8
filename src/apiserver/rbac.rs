//! Who may do what: roles and their bindings.
//!
//! Only a user who is somebody else than the administrator is asked about: everything that runs in the cluster acts as what
//! it is. Models `plugin/pkg/auth/authorizer/rbac/rbac.go` and `pkg/registry/rbac/validation/rule.go`.

use super::{Status, Store};
use crate::api::kinds::{Key, Kind};
use crate::base::text::go_quote;
use crate::base::{Str, Value};

/// The administrator, as whom the console acts.
pub const ADMINISTRATOR: &str = "kubernetes-admin";
/// The administrator's group.
pub const ADMINISTRATORS: &str = "kubeadm:cluster-admins";
const AUTHENTICATED: &str = "system:authenticated";
const ACCOUNT: &str = "system:serviceaccount:";

/// Somebody who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The name.
    pub name: String,
    /// The groups.
    pub groups: Vec<String>,
}

impl User {
    /// Somebody of this name: a service account is in the groups of its namespace, and everybody who is known is
    /// authenticated.
    ///
    /// Models `WithImpersonation` of `k8s.io/apiserver/pkg/endpoints/filters/impersonation.go`.
    pub fn named(name: &str, groups: &[String]) -> User {
        let mut groups = groups.to_vec();
        if let (true, Some((namespace, _))) = (groups.is_empty(), account(name)) {
            groups = vec!["system:serviceaccounts".to_owned(), format!("system:serviceaccounts:{namespace}")];
        }
        let known = if name == "system:anonymous" { "system:unauthenticated" } else { AUTHENTICATED };
        if !groups.iter().any(|group| group == known) {
            groups.push(known.to_owned());
        }
        User { name: name.to_owned(), groups }
    }
}

/// Namespace and name of a service account.
fn account(user: &str) -> Option<(&str, &str)> {
    user.strip_prefix(ACCOUNT)?.split_once(':')
}

/// What somebody wants to do.
#[derive(Clone, Debug, Default)]
pub struct Wish<'a> {
    /// `list`.
    pub verb: &'a str,
    /// The API group.
    pub group: &'a str,
    /// The resource, and `/` and its subresource if one is meant.
    pub resource: &'a str,
    /// The namespace; empty for all, and for what has none.
    pub namespace: &'a str,
    /// The object, if one is meant.
    pub name: &'a str,
    /// A path instead of a resource.
    pub path: Option<&'a str>,
}

impl Wish<'_> {
    /// The refusal of a wish.
    ///
    /// Models `ForbiddenStatusError` of `k8s.io/apiserver/pkg/endpoints/handlers/responsewriters/errors.go`.
    pub fn refusal(&self, kind: Kind, user: &User) -> Status {
        let what = go_quote(self.resource);
        let place = match self.namespace {
            "" => "at the cluster scope".to_owned(),
            namespace => format!("in the namespace {}", go_quote(namespace)),
        };
        let why = format!(
            "User {} cannot {} resource {what} in API group {} {place}",
            go_quote(&user.name),
            self.verb,
            go_quote(self.group)
        );
        Status::forbidden(kind, self.name, &why)
    }
}

fn list<'v>(rule: &'v Value, field: &str) -> impl Iterator<Item = &'v str> + use<'v> {
    rule.get(field).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// Whether a rule allows a wish. Models `RuleAllows`.
fn allows(rule: &Value, wish: &Wish<'_>) -> bool {
    let has = |field: &str, wanted: &str| list(rule, field).any(|one| one == "*" || one == wanted);
    if !has("verbs", wish.verb) {
        return false;
    }
    if let Some(path) = wish.path {
        return list(rule, "nonResourceURLs")
            .any(|url| url == path || url.strip_suffix('*').is_some_and(|prefix| path.starts_with(prefix)));
    }
    let subresource = wish.resource.split_once('/').map(|(_, sub)| format!("*/{sub}"));
    let resource =
        has("resources", wish.resource) || subresource.is_some_and(|all| list(rule, "resources").any(|one| one == all));
    let mut names = list(rule, "resourceNames").peekable();
    has("apiGroups", wish.group) && resource && (names.peek().is_none() || names.any(|name| name == wish.name))
}

/// Whether a binding is for the user.
fn is_for(binding: &Value, namespace: &str, user: &User) -> bool {
    let subjects = binding.get("subjects").and_then(Value::as_array).into_iter().flatten();
    subjects.into_iter().any(|subject| {
        let text = |field: &str| subject.get(field).and_then(Value::as_str).unwrap_or_default();
        match text("kind") {
            "User" => text("name") == user.name,
            "Group" => user.groups.iter().any(|group| group == text("name")),
            "ServiceAccount" => {
                let place = if text("namespace").is_empty() { namespace } else { text("namespace") };
                account(&user.name) == Some((place, text("name")))
            }
            _ => false,
        }
    })
}

/// All rules that hold for a user in a namespace (empty: only those that hold everywhere).
pub fn rules(store: &Store, user: &User, namespace: &str) -> Vec<Value> {
    let everywhere = store.list(Kind::CLUSTER_ROLE_BINDING, "");
    let here = store.list(Kind::ROLE_BINDING, namespace).filter(|_| !namespace.is_empty());
    let mut rules = Vec::new();
    for binding in everywhere.chain(here) {
        let value = binding.to_value();
        let of_binding = &binding.meta().namespace;
        if !is_for(&value, of_binding, user) {
            continue;
        }
        let text = |field: &str| value.get("roleRef").and_then(|role| role.get(field)?.as_str()).unwrap_or_default();
        let (kind, place) = match text("kind") {
            "Role" => (Kind::ROLE, of_binding.clone()),
            _ => (Kind::CLUSTER_ROLE, Str::default()),
        };
        if let Some(role) = store.get(&Key { kind, namespace: place, name: text("name").into() }) {
            rules.extend(role.to_value().get("rules").and_then(Value::as_array).into_iter().flatten().cloned());
        }
    }
    rules
}

/// Whether a user may do something.
pub fn may(store: &Store, user: &User, wish: &Wish<'_>) -> bool {
    user.groups.iter().any(|group| group == "system:masters")
        || rules(store, user, wish.namespace).iter().any(|rule| allows(rule, wish))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rules_allow() {
        let pods = json!({"apiGroups": [""], "resources": ["pods", "*/scale"], "verbs": ["get", "list"]});
        let web =
            json!({"apiGroups": ["apps"], "resources": ["deployments"], "resourceNames": ["web"], "verbs": ["*"]});
        let paths = json!({"nonResourceURLs": ["/api/*", "/version"], "verbs": ["get"]});
        let wish = |verb, group, resource, name| Wish { verb, group, resource, name, ..Wish::default() };
        let path = |path| Wish { verb: "get", path: Some(path), ..Wish::default() };
        let table = [
            (&pods, wish("get", "", "pods", "a"), true),
            (&pods, wish("delete", "", "pods", "a"), false),
            (&pods, wish("get", "apps", "pods", "a"), false),
            (&pods, wish("get", "", "pods/log", "a"), false),
            (&pods, wish("get", "", "things/scale", ""), true),
            (&web, wish("patch", "apps", "deployments", "web"), true),
            (&web, wish("patch", "apps", "deployments", "api"), false),
            (&web, wish("list", "apps", "deployments", ""), false),
            (&paths, path("/api/v1"), true),
            (&paths, path("/versions"), false),
            (&pods, path("/api"), false),
        ];
        for (rule, wish, expected) in table {
            assert_eq!(allows(rule, &wish), expected, "{rule} {wish:?}");
        }
    }

    #[test]
    fn subjects() {
        let bot = User::named("system:serviceaccount:ci:bot", &[]);
        assert_eq!(bot.groups, ["system:serviceaccounts", "system:serviceaccounts:ci", "system:authenticated"]);
        let binding = |subject: Value| json!({"subjects": [subject]});
        assert!(is_for(&binding(json!({"kind": "ServiceAccount", "name": "bot"})), "ci", &bot));
        assert!(!is_for(&binding(json!({"kind": "ServiceAccount", "name": "bot", "namespace": "x"})), "ci", &bot));
        assert!(is_for(&binding(json!({"kind": "Group", "name": "system:serviceaccounts"})), "", &bot));
        assert!(!is_for(&binding(json!({"kind": "User", "name": "bot"})), "", &bot));
    }
}
