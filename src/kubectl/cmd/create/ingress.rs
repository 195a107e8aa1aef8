//! `kubectl create ingress`.
//!
//! Models `kubectl/pkg/cmd/create/create_ingress.go`.

use super::super::Context;
use super::{make, only_name};
use crate::api::kinds::Kind;
use crate::base::Value;
use crate::kubectl::exec::Exec;
use crate::kubectl::failure::Failure;
use serde_json::json;

pub(in super::super) fn ingress(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let name = only_name(context)?;
    let args = &context.args;
    let default_backend = args.text("default-backend").unwrap_or_default();
    let rules = args.list("rule");
    if default_backend.is_empty() && rules.is_empty() {
        return Err("not enough information provided: every ingress has to either specify a default-backend (which \
                    catches all traffic) or a list of rules (which catch specific paths)"
            .into());
    }
    let rules = rules.iter().map(|text| Rule::parse(text)).collect::<Result<Vec<Rule<'_>>, Failure>>()?;
    let mut annotations = json!({});
    for annotation in args.list("annotation") {
        let Some((key, value)) = annotation.split_once('=') else {
            let text = format!("annotation {annotation} is invalid and should be in format key=[value]");
            return Err(Failure::Plain(text));
        };
        annotations[key] = value.into();
    }
    if !default_backend.is_empty() && default_backend.split(':').count() != 2 {
        return Err("default-backend should be in format servicename:serviceport".into());
    }
    let mut spec = json!({});
    if let Some(class) = args.text("class").filter(|class| !class.is_empty()) {
        spec["ingressClassName"] = class.into();
    }
    if let Some((service, port)) = default_backend.split_once(':') {
        spec["defaultBackend"] = backend(service, port);
    }
    let tls = tls(&rules);
    if !tls.is_empty() {
        spec["tls"] = tls.into();
    }
    let rules = by_host(&rules);
    if !rules.is_empty() {
        spec["rules"] = rules.into();
    }
    let mut value = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": name}, "spec": spec,
        "status": {"loadBalancer": {}}
    });
    if annotations.as_object().is_some_and(|map| !map.is_empty()) {
        value["metadata"]["annotations"] = annotations;
    }
    make(context, Kind::INGRESS, value)
}

/// `foo.com/bar*=svc:8080,tls=my-cert`.
struct Rule<'a> {
    host: &'a str,
    path: String,
    service: &'a str,
    port: &'a str,
    /// The secret; empty when the default certificate is meant.
    tls: Option<&'a str>,
}

impl<'a> Rule<'a> {
    /// What the expression of `create_ingress.go` matches.
    fn parse(text: &'a str) -> Result<Rule<'a>, Failure> {
        let read = || {
            let (target, tls) = match text.split_once(',') {
                Some((target, tls)) => (target, Some(tls)),
                None => (text, None),
            };
            let slash = target.find('/')?;
            let host = &target[..slash];
            let (path, backend) = target[slash..].rsplit_once('=')?;
            let (service, port) = backend.split_once(':')?;
            let word =
                |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
            let is_host = host.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '*' | '-' | '.'));
            let tls = tls.and_then(|tls| tls.strip_prefix("tls"));
            let tls = tls.map(|rest| rest.strip_prefix('=').unwrap_or_default());
            (is_host && word(service) && word(port)).then(|| Rule { host, path: path.to_owned(), service, port, tls })
        };
        read().ok_or_else(|| {
            Failure::Plain(format!(
                "rule {text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]"
            ))
        })
    }
}

fn backend(service: &str, port: &str) -> Value {
    let port = match port.parse::<i32>() {
        Ok(number) => json!({"number": number}),
        Err(_) => json!({"name": port}),
    };
    json!({"service": {"name": service, "port": port}})
}

/// Rules of one host are one rule of several paths.
fn by_host(rules: &[Rule<'_>]) -> Vec<Value> {
    let mut hosts: Vec<(&str, Vec<Value>)> = Vec::new();
    for rule in rules {
        let (path, kind) = match rule.path.strip_suffix('*') {
            Some(path) => (path, "Prefix"),
            None => (rule.path.as_str(), "Exact"),
        };
        let path = json!({"backend": backend(rule.service, rule.port), "path": path, "pathType": kind});
        match hosts.iter_mut().find(|(host, _)| *host == rule.host) {
            Some((_, paths)) => paths.push(path),
            None => hosts.push((rule.host, vec![path])),
        }
    }
    let rule = |(host, paths): (&str, Vec<Value>)| match host {
        "" => json!({"http": {"paths": paths}}),
        host => json!({"host": host, "http": {"paths": paths}}),
    };
    hosts.into_iter().map(rule).collect()
}

/// Each host stands in one entry; hosts of one secret share theirs.
fn tls(rules: &[Rule<'_>]) -> Vec<Value> {
    let mut entries: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for rule in rules {
        let Some(secret) = rule.tls.filter(|_| !seen.contains(&rule.host)) else { continue };
        seen.push(rule.host);
        match entries.iter_mut().find(|(known, _)| *known == secret) {
            Some((_, hosts)) => hosts.push(rule.host),
            None if rule.host.is_empty() && secret.is_empty() => {}
            None => entries.push((secret, Some(rule.host).filter(|host| !host.is_empty()).into_iter().collect())),
        }
    }
    let entry = |(secret, hosts): (&str, Vec<&str>)| {
        let mut entry = json!({});
        if !hosts.is_empty() {
            entry["hosts"] = hosts.into();
        }
        if !secret.is_empty() {
            entry["secretName"] = secret.into();
        }
        entry
    };
    entries.into_iter().map(entry).collect()
}
