//! The machines outside of the cluster, as `www/outside.yaml` lists them.

use super::{Bind, ExternalHost, HttpHandler, Listener, NetView, Speaks, UpstreamRecord};
use crate::base::time::Duration;
use crate::base::{Str, Value};
use crate::network::addr::Protocol;

const FILE: &str = include_str!("../../../www/outside.yaml");

impl NetView {
    /// Adds the machines that everybody knows, with their names. What cannot be read is left out (a test reads it all).
    pub fn put_outside(&mut self) {
        let hosts = crate::yaml::load(FILE).into_iter().filter_map(Result::ok).map(|document| document.value);
        for entry in hosts.flat_map(|list| list.as_array().cloned().unwrap_or_default()) {
            let Some(host) = host(&entry) else { continue };
            self.put_upstream(&host.name, UpstreamRecord::Address(host.ip));
            for alias in words(&entry, "aliases") {
                self.put_upstream(&alias, UpstreamRecord::Alias(host.name.clone()));
            }
            self.put_host(host);
        }
    }
}

fn words(entry: &Value, field: &str) -> Vec<Str> {
    let list = entry.get(field).and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(Str::from).collect()
}

fn host(entry: &Value) -> Option<ExternalHost> {
    let listeners = entry.get("listen").and_then(Value::as_array).into_iter().flatten();
    Some(ExternalHost {
        ip: entry.get("ip")?.as_str()?.parse().ok()?,
        name: entry.get("name")?.as_str()?.into(),
        listeners: listeners.filter_map(listener).collect(),
    })
}

fn listener(entry: &Value) -> Option<Listener> {
    let (hosts, names) = (words(entry, "hosts"), words(entry, "certificate"));
    let answer = |host: Option<Str>, body: &str| HttpHandler {
        host,
        path: "".into(),
        status: 200,
        headers: vec![("Content-Type".into(), "text/html".into())],
        body: body.into(),
        delay: Duration::ZERO,
    };
    let body = entry.get("body").and_then(Value::as_str);
    let handlers: Vec<HttpHandler> = match body {
        Some(body) if hosts.is_empty() => vec![answer(None, body)],
        Some(body) => hosts.into_iter().map(|host| answer(Some(host), body)).collect(),
        None => Vec::new(),
    };
    Some(Listener {
        protocol: Protocol::Tcp,
        port: u16::try_from(entry.get("port")?.as_u64()?).ok()?,
        bind: Bind::Any,
        speaks: match body {
            None if entry.get("speaks").and_then(Value::as_str) == Some("closes") => Speaks::Closes,
            None => Speaks::Nothing,
            Some(_) if names.is_empty() => Speaks::Http(handlers),
            Some(_) => Speaks::Https { names, trusted: true, handlers },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_machines_can_be_read() {
        let listed = FILE.lines().filter(|line| line.starts_with("- name:")).count();
        let ports = FILE.matches("{port:").count();
        let mut view = NetView::new(super::super::ClusterConfig::default());
        view.put_outside();
        assert_eq!(view.hosts.len(), listed);
        assert_eq!(view.hosts.values().map(|host| host.listeners.len()).sum::<usize>(), ports);
        assert_eq!(view.upstream("www.example.com"), [UpstreamRecord::Alias("example.com".into())]);
    }
}
