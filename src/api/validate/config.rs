//! ConfigMaps and Secrets.

use super::text;
use crate::api::field_error::{FieldError, FieldErrorKind};
use crate::api::node::Node;
use crate::base::path::{FieldPath, Step};

type Errors = Vec<FieldError>;

const MAX_SIZE: usize = 1024 * 1024;

/// The number of bytes that base64 text stands for.
fn decoded_len(text: &str) -> usize {
    text.trim_end_matches('=').len() * 3 / 4
}

/// All but the metadata of a ConfigMap. Models `ValidateConfigMap`.
pub fn config_map(object: &Node, errors: &mut Errors) {
    let (data, binary) = (object.get("data"), object.get("binaryData"));
    let mut size = 0;
    for (key, entry) in data.entries() {
        errors.extend(text::config_key(key).into_iter().map(|flaw| entry.invalid_as(key, flaw)));
        if binary.key(key).exists() {
            errors.push(entry.invalid_as(key, "duplicate of key present in binaryData"));
        }
        size += entry.str().len();
    }
    for (key, entry) in binary.entries() {
        errors.extend(text::config_key(key).into_iter().map(|flaw| entry.invalid_as(key, flaw)));
        size += decoded_len(entry.str());
    }
    if size > MAX_SIZE {
        // Upstream gives an empty path here.
        let path = FieldPath(vec![Step::Field(String::new())]);
        let detail = format!("may not be more than {MAX_SIZE} bytes");
        errors.push(FieldError::new(path, FieldErrorKind::TooLong, None, detail));
    }
}

/// All but the metadata of a Secret. Models `ValidateSecret`.
pub fn secret(object: &Node, errors: &mut Errors) {
    let data = object.get("data");
    let mut size = 0;
    for (key, entry) in data.entries() {
        errors.extend(text::config_key(key).into_iter().map(|flaw| entry.invalid_as(key, flaw)));
        size += decoded_len(entry.str());
    }
    if size > MAX_SIZE {
        errors.push(data.too_long(MAX_SIZE));
    }
    let mut need = |key: &str| {
        if !data.key(key).exists() {
            errors.push(data.key(key).required(""));
        }
    };
    match object.get("type").str() {
        "kubernetes.io/service-account-token" => {
            let metadata = object.get("metadata");
            let annotations = metadata.get("annotations");
            let account = annotations.key("kubernetes.io/service-account.name");
            if account.str().is_empty() {
                errors.push(account.required(""));
            }
        }
        "kubernetes.io/dockercfg" => docker_config(&data.key(".dockercfg"), errors),
        "kubernetes.io/dockerconfigjson" => docker_config(&data.key(".dockerconfigjson"), errors),
        "kubernetes.io/basic-auth" if !data.key("username").exists() && !data.key("password").exists() => {
            need("username");
            need("password");
        }
        "kubernetes.io/ssh-auth" if data.key("ssh-privatekey").str().is_empty() => {
            errors.push(data.key("ssh-privatekey").required(""));
        }
        "kubernetes.io/tls" => {
            need("tls.crt");
            need("tls.key");
        }
        _ => {}
    }
}

/// The content must be a JSON object.
fn docker_config(at: &Node, errors: &mut Errors) {
    if !at.exists() {
        errors.push(at.required(""));
        return;
    }
    let content = crate::base::base64::decode(at.str());
    let parsed = serde_json::from_slice::<crate::base::Fields>(&content);
    if parsed.is_err() {
        let words = match content.iter().find(|b| !b.is_ascii_whitespace()) {
            None => "unexpected end of JSON input".to_owned(),
            Some(b'{') => "unexpected end of JSON input".to_owned(),
            Some(b) => format!("invalid character '{}' looking for beginning of value", char::from(*b)),
        };
        errors.push(at.invalid_as("<secret contents redacted>", words));
    }
}

/// What `immutable: true` forbids. Models the beginnings of `ValidateConfigMapUpdate` and `ValidateSecretUpdate`.
pub fn still_immutable(new: &Node, old: &Node, fields: &[&str], errors: &mut Errors) {
    const WORDS: &str = "field is immutable when `immutable` is set";
    if !old.get("immutable").bool() {
        return;
    }
    if !new.get("immutable").bool() {
        errors.push(new.get("immutable").forbidden(WORDS));
    }
    for field in fields.iter().filter(|field| new.get(field).value() != old.get(field).value()) {
        errors.push(new.get(field).forbidden(WORDS));
    }
}
