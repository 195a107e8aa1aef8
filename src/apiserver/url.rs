//! Requests as a person writes them: a method, a URL and a body.

use super::{Body, Options, PatchType, Propagation, Reason, Request, Status, Subresource, Verb};
use crate::api::custom::Kinds;
use crate::api::kinds::Key;
use crate::base::{Str, Value};
use crate::yaml;

impl PatchType {
    /// All of them.
    pub const ALL: [PatchType; 4] = [PatchType::Strategic, PatchType::Merge, PatchType::Json, PatchType::Apply];

    /// The content type of such a patch.
    pub fn content_type(self) -> &'static str {
        match self {
            PatchType::Strategic => "application/strategic-merge-patch+json",
            PatchType::Merge => "application/merge-patch+json",
            PatchType::Json => "application/json-patch+json",
            PatchType::Apply => "application/apply-patch+yaml",
        }
    }
}

impl Request {
    /// What stands behind the path, with its question mark; empty if nothing does.
    pub fn query(&self) -> String {
        let mut parts = Vec::new();
        if self.options.dry_run {
            parts.push("dryRun=All".to_owned());
        }
        if matches!(self.body, Body::Patch(PatchType::Apply, _)) {
            parts.push(format!("fieldManager={}", self.options.field_manager));
            if self.options.force {
                parts.push("force=true".to_owned());
            }
        }
        if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) }
    }

    /// The body as it goes over the wire; `None` if there is none.
    pub fn body_value(&self) -> Option<Value> {
        match &self.body {
            Body::None if self.verb == Verb::Delete => self.delete_options(),
            Body::None => None,
            Body::Json { value, .. } | Body::Patch(_, value) => Some(value.clone()),
            Body::Object(object) => Some(object.to_value()),
        }
    }

    fn delete_options(&self) -> Option<Value> {
        let policy = match self.options.propagation {
            Propagation::Background => "Background",
            Propagation::Foreground => "Foreground",
            Propagation::Orphan => "Orphan",
        };
        let mut options = serde_json::json!({"propagationPolicy": policy});
        if let Some(seconds) = self.options.grace_period_seconds {
            options["gracePeriodSeconds"] = seconds.into();
        }
        Some(options)
    }

    /// Reads a request to a cluster that serves these kinds. `content_type` says how the body of a PATCH is meant; bodies are JSON or YAML.
    ///
    /// Errors: 404 when no resource stands at the path, 405 for a method that it does not have, 400 for a body that cannot be
    /// read, 415 for a patch of an unknown type.
    pub fn read(kinds: &Kinds, method: &str, url: &str, content_type: &str, body: &str) -> Result<Request, Status> {
        let (path, query) = url.trim().split_once('?').unwrap_or((url.trim(), ""));
        let lost = || refusal(Reason::NotFound, "the server could not find the requested resource");
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let (api_version, rest) = match parts.as_slice() {
            ["api", version, rest @ ..] => ((*version).to_owned(), rest),
            ["apis", group, version, rest @ ..] => (format!("{group}/{version}"), rest),
            _ => return Err(lost()),
        };
        let (namespace, rest) = match rest {
            ["namespaces", namespace, rest @ ..] if !matches!(rest, [] | ["status" | "finalize"]) => (*namespace, rest),
            rest => ("", rest),
        };
        let (plural, name, part) = match rest {
            [plural] => (plural, "", ""),
            [plural, name] => (plural, *name, ""),
            [plural, name, part] => (plural, *name, *part),
            _ => return Err(lost()),
        };
        let kind = kinds.all().find(|kind| {
            let info = kind.info();
            info.plural == *plural && kinds.of(&api_version, info.kind) == Some(*kind)
        });
        let kind = kind.ok_or_else(lost)?;
        let subresource = match part {
            "" => Subresource::None,
            "status" => Subresource::Status,
            "scale" => Subresource::Scale,
            "binding" => Subresource::Binding,
            "finalize" => Subresource::Finalize,
            _ => return Err(lost()),
        };
        let verb = match (method, name.is_empty()) {
            ("GET", true) => Verb::List,
            ("GET", false) => Verb::Get,
            ("POST", named) if named || subresource == Subresource::Binding => Verb::Create,
            ("PUT", false) => Verb::Update,
            ("PATCH", false) => Verb::Patch,
            ("DELETE", false) => Verb::Delete,
            _ => {
                let text = "the server does not allow this method on the requested resource";
                return Err(refusal(Reason::MethodNotAllowed, text));
            }
        };
        let mut options = options(query);
        let value = read_body(body)?;
        let mut name = Str::from(name);
        let body = match verb {
            Verb::Get | Verb::List => Body::None,
            Verb::Delete => {
                delete(&value, &mut options);
                Body::None
            }
            Verb::Patch => {
                let ty = PatchType::ALL.into_iter().find(|ty| ty.content_type() == content_type);
                let text = "the body of the request was in an unknown format";
                Body::Patch(ty.ok_or_else(|| refusal(Reason::UnsupportedMediaType, text))?, value)
            }
            Verb::Create | Verb::Update => {
                if name.is_empty() {
                    name = value.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().into();
                }
                Body::Json { value, duplicates: Vec::new() }
            }
        };
        let request = Request::new(verb, &Key::new(kind, namespace, name)).in_version(&api_version);
        Ok(request.subresource(subresource).body(body).options(options))
    }
}

fn refusal(reason: Reason, text: &str) -> Status {
    Status { reason, ..Status::bad_request(text) }
}

fn read_body(text: &str) -> Result<Value, Status> {
    match yaml::load(text).into_iter().next() {
        Some(Ok(document)) => Ok(document.value),
        Some(Err(error)) => Err(Status::bad_request(error.message)),
        None => Ok(Value::Null),
    }
}

fn options(query: &str) -> Options {
    let mut options = Options::default();
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        match name {
            "dryRun" => options.dry_run = value == "All",
            "fieldManager" => options.field_manager = value.into(),
            "force" => options.force = value == "true",
            "gracePeriodSeconds" => options.grace_period_seconds = value.parse().ok(),
            "propagationPolicy" => options.propagation = propagation(value),
            _ => {}
        }
    }
    options
}

fn delete(body: &Value, options: &mut Options) {
    if let Some(seconds) = body.get("gracePeriodSeconds").and_then(Value::as_i64) {
        options.grace_period_seconds = Some(seconds);
    }
    if let Some(policy) = body.get("propagationPolicy").and_then(Value::as_str) {
        options.propagation = propagation(policy);
    }
    options.uid = body.pointer("/preconditions/uid").and_then(Value::as_str).map(Str::from);
}

fn propagation(word: &str) -> Propagation {
    match word {
        "Foreground" => Propagation::Foreground,
        "Orphan" => Propagation::Orphan,
        _ => Propagation::Background,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_written_and_read() {
        let table = [
            ("GET", "/api/v1/namespaces/default/pods", ""),
            ("GET", "/api/v1/namespaces/default/pods/web", ""),
            ("GET", "/api/v1/namespaces/default", ""),
            ("PUT", "/api/v1/namespaces/default/finalize", "{}"),
            ("GET", "/api/v1/pods", ""),
            ("POST", "/apis/apps/v1/namespaces/shop/deployments?dryRun=All", "{\"metadata\":{\"name\":\"web\"}}"),
            ("PATCH", "/apis/apps/v1/namespaces/shop/deployments/web/scale", "{\"spec\":{\"replicas\":2}}"),
            ("DELETE", "/api/v1/nodes/node-1", "{\"propagationPolicy\":\"Orphan\",\"gracePeriodSeconds\":3}"),
            ("GET", "/apis/autoscaling/v1/namespaces/a/horizontalpodautoscalers/web", ""),
        ];
        for (method, url, body) in table {
            let request = Request::read(&Kinds::default(), method, url, "application/merge-patch+json", body).unwrap();
            assert_eq!(
                (request.verb.method(), format!("{}{}", request.path(), request.query())),
                (method, url.to_owned())
            );
            let value = (!body.is_empty()).then(|| serde_json::from_str(body).unwrap());
            assert_eq!(request.body_value(), value, "{url}");
        }
    }

    #[test]
    fn what_cannot_be_asked_is_refused() {
        let code =
            |method, url, ty, body| Request::read(&Kinds::default(), method, url, ty, body).unwrap_err().reason.code();
        assert_eq!(code("GET", "/nowhere", "", ""), 404);
        assert_eq!(code("GET", "/api/v1/deployments", "", ""), 404);
        assert_eq!(code("GET", "/api/v1/namespaces/a/pods/b/log", "", ""), 404);
        assert_eq!(code("PATCH", "/api/v1/pods", "", ""), 405);
        assert_eq!(code("PATCH", "/api/v1/namespaces/a/pods/b", "text/plain", "{}"), 415);
        assert_eq!(code("POST", "/api/v1/namespaces/a/pods", "", "{"), 400);
    }
}
