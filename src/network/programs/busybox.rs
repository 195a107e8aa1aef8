//! nslookup of BusyBox, which looks names up in its own way: since 1.29 by questions of its own, before by the resolver.
//!
//! Models `networking/nslookup.c` of BusyBox.

use super::nslookup::reverse_name;
use super::ping::{self, host_name};
use super::{Run, Start};
use crate::base::time::Duration;
use crate::network::dns::lookup::{Family, Reach, ask, resolve};
use crate::network::dns::resolv::ResolvConf;
use crate::network::dns::{Data, Rcode, Record, Type};
use crate::network::route::resolver;
use std::net::IpAddr;

/// How long a question waits for its answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Which nslookup it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Release {
    /// 1.28 and before.
    Old,
    /// 1.29 and later.
    New,
}

/// Runs an applet; `None` when it is none of those that differ from what others print.
pub(super) fn run(start: &Start<'_>, release: Release, command: &[&str]) -> Option<Run> {
    let (applet, arguments) = command.split_first()?;
    match (*applet, release) {
        ("nslookup", Release::Old) => Some(by_resolver(start, arguments)),
        ("nslookup", Release::New) => Some(by_questions(start, arguments)),
        ("ping", _) => Some(ping::run(start, ping::Style::BusyBox, arguments)),
        ("ping6", _) => Some(ping::run(start, ping::Style::BusyBox, &[&["-6"], arguments].concat())),
        _ => None,
    }
}

/// The addresses of a name as the resolver finds them, each with the name that it stands for.
fn by_resolver(start: &Start<'_>, arguments: &[&str]) -> Run {
    let ([name, rest @ ..], Some((mut conf, reach))) = (arguments, resolver(start.view, start.client, start.pick))
    else {
        return Run::failed(1, String::new());
    };
    if let Some(server) = rest.first().and_then(|server| server.parse().ok()) {
        conf.nameservers = vec![server];
    }
    let mut run = Run::default();
    let reverse = |ip: IpAddr| (reach == Reach::Answers).then(|| host_name(start, ip)).flatten();
    if let Some(server) = conf.nameservers.first() {
        addresses("Server:", &server.to_string(), &[*server], &reverse, &mut run);
    }
    run.stdout.push('\n');
    let found = match name.parse::<IpAddr>() {
        Ok(ip) => vec![ip],
        Err(_) => {
            let lookup = resolve(start.view, &conf, name, Family::Unspecified, reach);
            run.took = lookup.took;
            lookup.addresses
        }
    };
    if found.is_empty() {
        run.stderr = format!("nslookup: can't resolve '{name}'\n");
        run.exit = 1;
    } else {
        addresses("Name:", name, &found, &reverse, &mut run);
    }
    run
}

fn addresses(head: &str, name: &str, found: &[IpAddr], reverse: &dyn Fn(IpAddr) -> Option<String>, run: &mut Run) {
    run.stdout.push_str(&format!("{head:<10} {name}\n"));
    for (place, ip) in found.iter().enumerate() {
        let named = reverse(*ip).map_or(String::new(), |name| format!(" {name}"));
        run.stdout.push_str(&format!("Address {}: {ip}{named}\n", place + 1));
    }
}

/// A question for each address family and, when the name has no dot, each domain of the search list; all answers are printed.
fn by_questions(start: &Start<'_>, arguments: &[&str]) -> Run {
    let Some((mut conf, reach)) = resolver(start.view, start.client, start.pick) else {
        return Run::failed(1, String::new());
    };
    let mut kinds = Vec::new();
    let mut plain = Vec::new();
    for argument in arguments {
        match argument.strip_prefix('-').map(|option| option.split_once('=').unwrap_or((option, ""))) {
            Some(("type" | "querytype" | "q", wanted)) => match Type::parse(wanted) {
                Some(kind) => kinds.push(kind),
                None => return Run::failed(1, format!("nslookup: invalid query type \"{wanted}\"\n")),
            },
            Some(_) => {}
            None => plain.push(*argument),
        }
    }
    let Some(name) = plain.first() else { return Run::failed(1, String::new()) };
    if let Some(server) = plain.get(1).and_then(|server| server.parse().ok()) {
        conf.nameservers = vec![server];
    }
    let server = conf.nameservers.first().map_or_else(|| "127.0.0.1".to_owned(), ToString::to_string);
    let unheard = |why: String, took| Run {
        stderr: format!("{why};; connection timed out; no servers could be reached\n\n"),
        exit: 1,
        took,
        ..Run::default()
    };
    match reach {
        Reach::Answers => {}
        Reach::Silent => return unheard(String::new(), PATIENCE),
        Reach::Refused | Reach::Missing => {
            return unheard(format!("nslookup: write to '{server}': Connection refused\n"), Duration::ZERO);
        }
    }
    let port = if server.contains(':') { format!("[{server}]:53") } else { format!("{server}:53") };
    let mut run = Run { stdout: format!("Server:\t\t{server}\nAddress:\t{port}\n\n"), ..Run::default() };
    run.took = Duration::from_millis(2);
    for (name, kind) in questions(&conf, name, &kinds) {
        let response = ask(start.view, &conf, &name, kind);
        if response.rcode == Rcode::NoError {
            if !response.authoritative {
                run.stdout.push_str("Non-authoritative answer:\n");
            }
            response.answer.iter().for_each(|record| run.stdout.push_str(&line(record)));
        } else {
            run.stdout.push_str(&format!("** server can't find {name}: {}\n", response.rcode));
            run.exit = 1;
        }
        run.stdout.push('\n');
    }
    run
}

fn questions(conf: &ResolvConf, name: &str, kinds: &[Type]) -> Vec<(String, Type)> {
    if let (Ok(ip), []) = (name.parse::<IpAddr>(), kinds) {
        return vec![(reverse_name(ip), Type::Ptr)];
    }
    let kinds = if kinds.is_empty() { &[Type::A, Type::Aaaa] } else { kinds };
    let searched = |kind: &Type| *kind != Type::Ptr && !name.contains('.') && !conf.search.is_empty();
    let names = |kind: &Type| match searched(kind) {
        true => conf.search.iter().map(|domain| format!("{name}.{domain}")).collect(),
        false => vec![name.to_owned()],
    };
    kinds.iter().flat_map(|kind| names(kind).into_iter().map(|name| (name, *kind))).collect()
}

fn line(record: &Record) -> String {
    let bare = |name: &str| name.trim_end_matches('.').to_owned();
    let name = bare(&record.name);
    match &record.data {
        Data::Address(ip) => format!("Name:\t{name}\nAddress: {ip}\n"),
        Data::Cname(target) => format!("{name}\tcanonical name = {}\n", bare(target)),
        Data::Srv { weight, port, target } => format!("{name}\tservice = 0 {weight} {port} {}\n", bare(target)),
        Data::Ptr(target) => format!("{name}\tname = {}\n", bare(target)),
        Data::Txt(text) => format!("{name}\ttext = \"{text}\"\n"),
        Data::Ns(target) => format!("{name}\tnameserver = {}\n", bare(target)),
        Data::Soa(text) => format!("{name}\n\torigin = {}\n", bare(text)),
    }
}
