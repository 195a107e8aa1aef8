//! The machines outside of the cluster and the DNS that knows them: data in `www/hosts`.

use super::addr::Protocol;
use super::view::{Bind, ExternalHost, HttpHandler, Listener, NetView, Speaks, UpstreamRecord};
use crate::base::time::Duration;
use crate::base::{Str, Value};

const FILE: &str = include_str!("../../www/hosts/hosts.yaml");

/// Puts the machines outside into a view. What cannot be read is left out (a test reads it all).
pub fn install(view: &mut NetView) {
    let documents = crate::yaml::load(FILE).into_iter().flatten();
    for entry in documents.flat_map(|document| document.value.as_array().cloned().unwrap_or_default()) {
        let Some(ip) = entry.get("ip").and_then(Value::as_str).and_then(|ip| ip.parse().ok()) else { continue };
        let names: Vec<&str> = strings(&entry, "names").collect();
        let Some(first) = names.first() else { continue };
        names.iter().for_each(|name| view.put_upstream(name, UpstreamRecord::Address(ip)));
        strings(&entry, "aliases").for_each(|alias| view.put_upstream(alias, UpstreamRecord::Alias((*first).into())));
        let listeners = items(&entry, "listen").filter_map(listener).collect();
        view.put_host(ExternalHost { ip, name: (*first).into(), listeners });
    }
}

fn items<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    value.get(field).and_then(Value::as_array).into_iter().flatten()
}

fn strings<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = &'a str> {
    items(value, field).filter_map(Value::as_str)
}

fn listener(entry: &Value) -> Option<Listener> {
    let word = |field: &str| entry.get(field).and_then(Value::as_str);
    let host = word("host").map(Str::from);
    let handlers: Vec<HttpHandler> = items(entry, "answers").map(|one| handler(one, host.clone())).collect();
    let names: Vec<Str> = strings(entry, "certificate").map(Str::from).collect();
    Some(Listener {
        protocol: word("protocol").and_then(Protocol::parse).unwrap_or_default(),
        port: entry.get("port")?.as_u64()?.try_into().ok()?,
        bind: Bind::Any,
        speaks: match (word("speaks"), word("greets")) {
            (Some("closes"), _) => Speaks::Closes,
            (_, Some(text)) => Speaks::Raw(text.into()),
            _ if !names.is_empty() => {
                let trusted = entry.get("trusted").and_then(Value::as_bool).unwrap_or(true);
                Speaks::Https { names, trusted, handlers }
            }
            _ if handlers.is_empty() => Speaks::Nothing,
            _ => Speaks::Http(handlers),
        },
    })
}

fn handler(entry: &Value, host: Option<Str>) -> HttpHandler {
    let word = |field: &str| entry.get(field).and_then(Value::as_str);
    let headers = entry.get("headers").and_then(Value::as_object).into_iter().flatten();
    HttpHandler {
        host,
        path: word("path").unwrap_or("*").into(),
        status: entry.get("status").and_then(Value::as_u64).and_then(|status| status.try_into().ok()).unwrap_or(200),
        headers: headers.filter_map(|(name, value)| Some((name.as_str().into(), value.as_str()?.into()))).collect(),
        body: word("body").unwrap_or_default().into(),
        delay: Duration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::programs::run;
    use crate::network::route::Client;
    use crate::network::view::ClusterConfig;

    #[test]
    fn the_machines_outside_answer() {
        let mut view = NetView::new(ClusterConfig::default());
        install(&mut view);
        let curl = |line: &str| {
            let words: Vec<&str> = line.split(' ').collect();
            let run = run(&view, &Client::Internet, &words, 1).unwrap();
            let says = if run.exit == 0 { run.stdout } else { run.stderr };
            format!("{} {}", run.exit, says.lines().next().unwrap_or_default())
        };
        for (line, expected) in [
            ("curl -sS http://api.example.com/x", "0 {\"service\": \"api.example.com\", \"path\": \"/x\"}"),
            ("curl -sS -H Host:other http://api.example.com/x", "0 404 page not found"),
            ("curl -sSL http://kubernetes.io", "0 <!doctype html><title>Kubernetes</title>"),
            ("curl -sS http://my.database.example.com:5432", "52 curl: (52) Empty reply from server"),
            ("curl -sS http://my.database.example.com:3306", "1 curl: (1) Received HTTP/0.9 when not allowed"),
            (
                "curl -sS --resolve shop.test:443:203.0.113.61 https://shop.test/",
                "60 curl: (60) SSL: no alternative certificate subject name matches target host name 'shop.test'",
            ),
            ("curl -sSk --resolve shop.test:443:203.0.113.61 https://shop.test/", "0 404 page not found"),
            ("curl -sS https://www.example.com -o /dev/null -w %{http_code}", "0 200"),
        ] {
            assert_eq!(curl(line), expected, "{line}");
        }
    }
}
