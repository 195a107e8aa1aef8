//! `kubectl create configmap` and `create secret generic`.
//!
//! Models `kubectl/pkg/cmd/create/create_configmap.go` and `create_secret.go`.

use super::super::Context;
use super::{make, only_name};
use crate::api::kinds::Kind;
use crate::base::Fields;
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use serde_json::json;

pub(in super::super) fn config_map(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let name = only_name(context)?;
    let data = data(context)?;
    let mut value = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}});
    if !data.is_empty() {
        let data: Fields = data.into_iter().map(|(key, text)| (key, text.into())).collect();
        value["data"] = data.into();
    }
    make(context, Kind::CONFIG_MAP, value)
}

pub(in super::super) fn secret(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let name = only_name(context)?;
    let data = data(context)?;
    let mut value = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}});
    if !data.is_empty() {
        let data: Fields = data.into_iter().map(|(key, text)| (key, base64(text.as_bytes()).into())).collect();
        value["data"] = data.into();
    }
    if let Some(kind) = context.args.text("type") {
        value["type"] = kind.into();
    }
    make(context, Kind::SECRET, value)
}

/// What `--from-literal`, `--from-file` and `--from-env-file` give, in this order.
fn data(context: &Context<'_>) -> Result<Vec<(String, String)>, Failure> {
    let args = &context.args;
    let mut data: Vec<(String, String)> = Vec::new();
    let mut add = |key: &str, text: String| {
        if data.iter().any(|(known, _)| known == key) {
            return Err(Failure::Plain(format!(
                "cannot add key {}, another key by that name already exists in Data",
                crate::base::text::go_quote(key)
            )));
        }
        data.push((key.to_owned(), text));
        Ok(())
    };
    let file = |name: &str| {
        let found = context.session.files.get(name.trim_start_matches("./"));
        found.cloned().ok_or_else(|| Failure::Plain(format!("error reading {name}: no such file or directory")))
    };
    for literal in args.list("from-literal") {
        let Some((key, text)) = literal.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(Failure::Plain(format!("invalid literal source {literal}, expected key=value")));
        };
        add(key, text.to_owned())?;
    }
    for source in args.list("from-file") {
        let (key, name) =
            source.split_once('=').unwrap_or_else(|| (source.rsplit('/').next().unwrap_or(source), source.as_str()));
        add(key, file(name)?)?;
    }
    for name in args.list("from-env-file") {
        let text = file(name)?;
        for line in text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            add(key, value.to_owned())?;
        }
    }
    Ok(data)
}

/// Base64 with padding.
pub(in crate::kubectl) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let number = chunk.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let letter = LETTERS.get((number >> (18 - 6 * i) & 63) as usize).copied().unwrap_or(b'A');
            out.push(if i <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}
