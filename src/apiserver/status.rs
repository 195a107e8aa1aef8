//! What the API server answers when it says no: `metav1.Status`.

use crate::api::field_error::FieldError;
use crate::api::kinds::Kind;
use crate::base::text::go_quote;
use crate::base::{Str, Value, path::FieldPath};

/// `reason` of a Status; it fixes the HTTP code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// 400.
    BadRequest,
    /// 403.
    Forbidden,
    /// 404.
    NotFound,
    /// 405.
    MethodNotAllowed,
    /// 409: an object of this name exists.
    AlreadyExists,
    /// 409: somebody else was faster.
    Conflict,
    /// 410: what a watch asks for is forgotten.
    Expired,
    /// 415.
    UnsupportedMediaType,
    /// 422.
    Invalid,
    /// 429.
    TooManyRequests,
    /// 500.
    InternalError,
    /// 500, without a word for it.
    Unknown,
}

impl Reason {
    /// The HTTP code.
    pub fn code(self) -> u16 {
        match self {
            Reason::BadRequest => 400,
            Reason::Forbidden => 403,
            Reason::NotFound => 404,
            Reason::MethodNotAllowed => 405,
            Reason::AlreadyExists | Reason::Conflict => 409,
            Reason::Expired => 410,
            Reason::UnsupportedMediaType => 415,
            Reason::Invalid => 422,
            Reason::TooManyRequests => 429,
            Reason::InternalError | Reason::Unknown => 500,
        }
    }

    /// The word that stands in JSON and that kubectl prints.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::BadRequest => "BadRequest",
            Reason::Forbidden => "Forbidden",
            Reason::NotFound => "NotFound",
            Reason::MethodNotAllowed => "MethodNotAllowed",
            Reason::AlreadyExists => "AlreadyExists",
            Reason::Conflict => "Conflict",
            Reason::Expired => "Expired",
            Reason::UnsupportedMediaType => "UnsupportedMediaType",
            Reason::Invalid => "Invalid",
            Reason::TooManyRequests => "TooManyRequests",
            Reason::InternalError => "InternalError",
            Reason::Unknown => "",
        }
    }
}

/// One thing that is wrong with an object: a field and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Which field.
    pub field: FieldPath,
    /// The field error without its path: `Required value`, `Invalid value: 1: must be …`.
    pub body: String,
}

impl From<&FieldError> for Cause {
    fn from(error: &FieldError) -> Cause {
        Cause { field: error.path.clone(), body: error.body() }
    }
}

/// A refusal.
///
/// Models `k8s.io/apimachinery/pkg/api/errors`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Why, in a word.
    pub reason: Reason,
    /// Why, in words.
    pub message: String,
    /// The kind asked about, if known.
    pub kind: Option<Kind>,
    /// The name asked about.
    pub name: Str,
    /// What is wrong, field by field, when that is known; for [`Reason::TooManyRequests`], which budget refuses. Others do
    /// not send it over the wire.
    pub causes: Vec<Cause>,
}

/// The answer to a request, or a refusal.
pub type Result<T> = std::result::Result<T, Status>;

impl Status {
    /// A refusal about one object.
    pub fn new(reason: Reason, kind: Kind, name: &str, message: impl Into<String>) -> Status {
        Status { reason, message: message.into(), kind: Some(kind), name: name.into(), causes: Vec::new() }
    }

    /// `pods "x" not found`.
    pub fn not_found(kind: Kind, name: &str) -> Status {
        Status::new(Reason::NotFound, kind, name, format!("{} {} not found", kind.resource(), go_quote(name)))
    }

    /// `pods "x" already exists`.
    pub fn already_exists(kind: Kind, name: &str) -> Status {
        Status::new(Reason::AlreadyExists, kind, name, format!("{} {} already exists", kind.resource(), go_quote(name)))
    }

    /// `pods "x" is forbidden: …`.
    pub fn forbidden(kind: Kind, name: &str, why: &str) -> Status {
        let name_text = if name.is_empty() { String::new() } else { format!(" {}", go_quote(name)) };
        Status::new(Reason::Forbidden, kind, name, format!("{}{name_text} is forbidden: {why}", kind.resource()))
    }

    /// `Operation cannot be fulfilled on pods "x": …`.
    pub fn conflict(kind: Kind, name: &str, why: &str) -> Status {
        let message = format!("Operation cannot be fulfilled on {} {}: {why}", kind.resource(), go_quote(name));
        Status::new(Reason::Conflict, kind, name, message)
    }

    /// The conflict of a stale resourceVersion.
    pub fn modified(kind: Kind, name: &str) -> Status {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        Status::conflict(kind, name, why)
    }

    /// 400 with a message.
    pub fn bad_request(message: impl Into<String>) -> Status {
        Status {
            reason: Reason::BadRequest,
            message: message.into(),
            kind: None,
            name: Str::from(""),
            causes: Vec::new(),
        }
    }

    /// `Deployment.apps "x" is invalid: …`; repeated errors are said once.
    pub fn invalid(kind: Kind, name: &str, mut causes: Vec<Cause>) -> Status {
        let mut seen: Vec<String> = Vec::new();
        causes.retain(|cause| {
            let text = cause.to_string();
            let new = !seen.contains(&text);
            if new {
                seen.push(text);
            }
            new
        });
        let errors = match seen.as_slice() {
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        let message = format!("{} {} is invalid: {errors}", kind.qualified(), go_quote(name));
        Status { causes, ..Status::new(Reason::Invalid, kind, name, message) }
    }

    /// A patch that makes no object: the request is invalid, not the object.
    pub fn invalid_patch(patch: &str, why: &str) -> Status {
        let cause = Cause { field: FieldPath::of("patch"), body: format!("Invalid value: {}: {why}", go_quote(patch)) };
        let message = format!(" \"\" is invalid: {cause}");
        Status { reason: Reason::Invalid, causes: vec![cause], ..Status::bad_request(message) }
    }

    /// The refusal as the JSON that goes over the wire.
    pub fn to_value(&self) -> Value {
        let mut details = serde_json::json!({});
        if let Some(kind) = self.kind {
            let info = kind.info();
            details["kind"] = if self.reason == Reason::Invalid { info.kind } else { info.plural }.into();
            if !info.group.is_empty() {
                details["group"] = info.group.into();
            }
        }
        if !self.name.is_empty() {
            details["name"] = Value::from(&*self.name);
        }
        if self.reason == Reason::Invalid && !self.causes.is_empty() {
            details["causes"] = self
                .causes
                .iter()
                .map(|cause| serde_json::json!({"field": cause.field.to_string(), "message": cause.body}))
                .collect();
        }
        if let (Reason::TooManyRequests, Some(cause)) = (self.reason, self.causes.first()) {
            details = serde_json::json!({"causes": [{"reason": "DisruptionBudget", "message": cause.body}]});
        }
        serde_json::json!({
            "apiVersion": "v1", "kind": "Status", "metadata": {}, "status": "Failure", "message": self.message,
            "reason": self.reason.as_str(), "details": details, "code": self.reason.code(),
        })
    }
}

impl std::fmt::Display for Cause {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.field, self.body)
    }
}
