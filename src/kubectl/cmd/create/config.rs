//! `kubectl create configmap` and `create secret`.
//!
//! Models `kubectl/pkg/cmd/create/create_configmap.go` and `create_secret.go`.

use super::super::Context;
use super::{make, only_name};
use crate::api::kinds::Kind;
use crate::api::validate::text;
use crate::base::base64::encode as base64;
use crate::base::{Fields, text::go_quote};
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use serde_json::json;

pub(in super::super) fn config_map(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let name = only_name(context)?;
    let mut data = Data { name: &name, secret: false, found: Vec::new() };
    data.read(context)?;
    let mut value = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}});
    if !data.found.is_empty() {
        let data: Fields = data.found.into_iter().map(|(key, text)| (key, text.into())).collect();
        value["data"] = data.into();
    }
    make(context, Kind::CONFIG_MAP, value)
}

pub(in super::super) fn secret(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let name = only_name(context)?;
    let mut data = Data { name: &name, secret: true, found: Vec::new() };
    data.read(context)?;
    let kind = context.args.text("type").unwrap_or_default().to_owned();
    make_secret(context, &name, &kind, data.found)
}

pub(in super::super) fn docker_registry(context: &mut Context<'_>) -> Result<Exec, Failure> {
    const KIND: &str = "kubernetes.io/dockerconfigjson";
    let name = only_name(context)?;
    let text = |flag: &str| context.args.text(flag).unwrap_or_default();
    let (user, password, email) = (text("docker-username"), text("docker-password"), text("docker-email"));
    let server = context.args.text("docker-server").unwrap_or("https://index.docker.io/v1/");
    let mut data = Data { name: &name, secret: true, found: Vec::new() };
    if context.args.list("from-file").is_empty() {
        if user.is_empty() || password.is_empty() || server.is_empty() {
            return Err("either --from-file or the combination of --docker-username, --docker-password and \
                        --docker-server is required"
                .into());
        }
        // The order of fields is that of Go's struct.
        let quoted = |text: &str| crate::base::text::go_json(&text.into());
        let email = if email.is_empty() { String::new() } else { format!("\"email\":{},", quoted(email)) };
        let auth = base64(format!("{user}:{password}").as_bytes());
        let config = format!(
            "{{\"auths\":{{{}:{{\"username\":{},\"password\":{},{email}\"auth\":\"{auth}\"}}}}}}",
            quoted(server),
            quoted(user),
            quoted(password)
        );
        data.found.push((".dockerconfigjson".to_owned(), config));
    } else {
        data.read(context)?;
    }
    make_secret(context, &name, KIND, data.found)
}

pub(in super::super) fn tls(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let name = only_name(context)?;
    let mut data = Vec::new();
    for flag in ["key", "cert"] {
        if context.args.text(flag).unwrap_or_default().is_empty() {
            return Err("key and cert must be specified".into());
        }
    }
    for (flag, field, what) in [("cert", "tls.crt", "CERTIFICATE"), ("key", "tls.key", "PRIVATE KEY")] {
        let file = context.args.text(flag).unwrap_or_default();
        let Some(text) = context.session.file(file) else {
            return Err(Failure::Plain(format!("Cannot read file {file}, open {file}: no such file or directory")));
        };
        if !text.contains("-----BEGIN ") || !text.contains(what) {
            let what = if flag == "cert" { "certificate" } else { "key" };
            return Err(Failure::Plain(format!("tls: failed to find any PEM data in {what} input")));
        }
        data.push((field.to_owned(), text.clone()));
    }
    make_secret(context, &name, "kubernetes.io/tls", data)
}

fn make_secret(
    context: &mut Context<'_>,
    name: &str,
    kind: &str,
    data: Vec<(String, String)>,
) -> Result<Exec, Failure> {
    let mut value = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}});
    if !data.is_empty() {
        let data: Fields = data.into_iter().map(|(key, text)| (key, base64(text.as_bytes()).into())).collect();
        value["data"] = data.into();
    }
    if !kind.is_empty() {
        value["type"] = kind.into();
    }
    make(context, Kind::SECRET, value)
}

/// What `--from-literal`, `--from-file` and `--from-env-file` give.
struct Data<'a> {
    /// The object's name, for complaints.
    name: &'a str,
    secret: bool,
    found: Vec<(String, String)>,
}

impl Data<'_> {
    /// Files come first in a ConfigMap, literals in a Secret.
    fn read(&mut self, context: &Context<'_>) -> Result<(), Failure> {
        let args = &context.args;
        if args.on("append-hash") {
            return Err("the playground has no --append-hash".into());
        }
        let has = |flag: &str| !args.list(flag).is_empty();
        if has("from-env-file") && (has("from-file") || has("from-literal")) {
            return Err("from-env-file cannot be combined with from-file or from-literal".into());
        }
        if !self.secret {
            self.files(context)?;
        }
        for literal in args.list("from-literal") {
            let Some((key, text)) = literal.split_once('=').filter(|(key, _)| !key.is_empty()) else {
                return Err(Failure::Plain(format!("invalid literal source {literal}, expected key=value")));
            };
            self.add(key, text)?;
        }
        if self.secret {
            self.files(context)?;
        }
        for name in args.list("from-env-file") {
            let Some(text) = context.session.file(name) else { return Err(unreadable(name)) };
            for line in text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with('#')) {
                let variable = || context.session.env.variables.get(line).map_or("", String::as_str);
                let (key, value) = line.split_once('=').unwrap_or_else(|| (line, variable()));
                if let Some(flaw) = super::env_name_flaw(key) {
                    return Err(Failure::Plain(format!("{} is not a valid key name: {flaw}", go_quote(key))));
                }
                self.add(key, value)?;
            }
        }
        Ok(())
    }

    /// Models `handleConfigMapFromFileSources` and `ParseFileSource`.
    fn files(&mut self, context: &Context<'_>) -> Result<(), Failure> {
        for source in context.args.list("from-file") {
            let parts: Vec<&str> = source.split('=').collect();
            let (key, path) = match parts.as_slice() {
                [path] => (path.trim_end_matches('/').rsplit('/').next().unwrap_or(path), *path),
                ["", path] => return Err(Failure::Plain(format!("key name for file path {path} missing"))),
                [key, ""] => return Err(Failure::Plain(format!("file path for key name {key} missing"))),
                [key, path] => (*key, *path),
                _ => return Err("key names or file paths cannot contain '='".into()),
            };
            if let Some(text) = context.session.file(path) {
                self.add(key, text)?;
                continue;
            }
            let inside = context.session.directory(path);
            if inside.is_empty() {
                return Err(unreadable(path));
            }
            if parts.len() > 1 {
                return Err("cannot give a key name for a directory path".into());
            }
            for (name, text) in inside {
                self.add(name, text)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, key: &str, text: &str) -> Result<(), Failure> {
        let flaws = text::config_key(key);
        let known = self.found.iter().any(|(known, _)| known == key);
        let quoted = go_quote(key);
        let problem = match (flaws.is_empty(), known, self.secret) {
            (true, false, _) => {
                self.found.push((key.to_owned(), text.to_owned()));
                return Ok(());
            }
            (false, _, true) => format!("{quoted} is not valid key name for a Secret {}", flaws.join(";")),
            (false, _, false) => format!("{quoted} is not a valid key name for a ConfigMap: {}", flaws.join(",")),
            (true, true, true) => format!("cannot add key {key}, another key by that name already exists"),
            (true, true, false) => format!(
                "cannot add key {quoted}, another key by that name already exists in Data for ConfigMap {}",
                go_quote(self.name)
            ),
        };
        Err(Failure::Plain(problem))
    }
}

fn unreadable(path: &str) -> Failure {
    Failure::Plain(format!("error reading {path}: no such file or directory"))
}
