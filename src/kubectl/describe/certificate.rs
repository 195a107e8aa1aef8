//! Certificate signing requests.

use super::Text;
use crate::api::certificate::{COMMON_NAME, LISTED, SERIAL_NUMBER, Subject};
use crate::api::objects::Object;
use crate::base::Value;
use crate::base::time::human_duration;
use crate::kubectl::tables::csr_status;

/// Models `describeCertificateSigningRequest`. The error is what the request is not.
pub(super) fn request(object: &Object, text: &mut Text) -> Result<(), String> {
    let value = object.to_value();
    let meta = object.meta();
    let spec = |field: &str| value.pointer(&format!("/spec/{field}")).and_then(Value::as_str).unwrap_or_default();
    let subject = Subject::of_request(spec("request")).map_err(|why| format!("Error parsing CSR: {why}"))?;
    let pairs = |map: &mut dyn Iterator<Item = (String, String)>| {
        let pairs: Vec<String> = map.map(|(key, value)| format!("{key}={value}")).collect();
        if pairs.is_empty() { "<none>".to_owned() } else { pairs.join(",") }
    };
    text.field("Name", &meta.name);
    text.field("Labels", pairs(&mut meta.labels.iter().map(|(k, v)| (k.to_string(), v.to_string()))));
    text.field("Annotations", pairs(&mut meta.annotations.iter().map(|(k, v)| (k.to_string(), v.to_string()))));
    // Go's RFC1123Z here, where other kinds have it too.
    text.field("CreationTimestamp", meta.creation_timestamp.unwrap_or_default().rfc1123z());
    text.field("Requesting User", spec("username"));
    if !spec("signerName").is_empty() {
        text.field("Signer", spec("signerName"));
    }
    if let Some(seconds) = value.pointer("/spec/expirationSeconds").and_then(Value::as_i64) {
        text.field("Requested Duration", human_duration(seconds));
    }
    text.field("Status", csr_status(&value));
    text.line(0, "Subject:");
    text.line(0, format_args!("\tCommon Name:\t{}", subject.one(COMMON_NAME)));
    text.line(0, format_args!("\tSerial Number:\t{}", subject.one(SERIAL_NUMBER)));
    for (kind, title) in LISTED {
        let all = subject.all(kind);
        if !all.is_empty() {
            text.line(0, format_args!("\t{title}:\t{}", all.join("\n\t\t")));
        }
    }
    Ok(())
}
