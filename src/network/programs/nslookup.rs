//! nslookup of BIND 9.18.

use super::{Run, Start};
use crate::base::Order;
use crate::base::time::Duration;
use crate::network::dns::lookup::{Reach, ask, attempts, canonical};
use crate::network::dns::resolv::ResolvConf;
use crate::network::dns::{Data, Rcode, Response, Type};
use crate::network::route::resolver;
use std::net::IpAddr;

/// How long one try waits for the server, of three.
pub(super) const TRY: Duration = Duration::from_secs(5);

/// What BIND's tools print when the server cannot be asked, and how long that takes; `None` when it can.
pub(super) fn unreachable(server: &str, reach: Reach) -> Option<(String, Duration)> {
    let (why, took) = match reach {
        Reach::Answers => return None,
        Reach::Refused | Reach::Missing => ("connection refused", Duration::ZERO),
        Reach::Silent => ("timed out", TRY * 3),
    };
    Some((format!(";; communications error to {server}#53: {why}\n").repeat(3), took))
}

/// `1.0.0.10.in-addr.arpa` for 10.0.0.1.
pub(super) fn reverse_name(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, d] = ip.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        IpAddr::V6(ip) => {
            let digits: Vec<String> =
                ip.octets().iter().rev().map(|byte| format!("{:x}.{:x}", byte & 15, byte >> 4)).collect();
            format!("{}.ip6.arpa", digits.join("."))
        }
    }
}

/// Runs nslookup.
pub(super) fn run(start: &Start<'_>, arguments: &[&str]) -> Run {
    let mut kind = None;
    let mut plain = Vec::new();
    for argument in arguments {
        match argument.strip_prefix('-') {
            Some(option) => kind = option.split_once('=').and_then(|(_, name)| Type::parse(name)).or(kind),
            None => plain.push(*argument),
        }
    }
    let Some(name) = plain.first() else { return Run::failed(1, String::new()) };
    let Some((mut conf, reach)) = resolver(start.view, start.client, start.pick) else {
        return Run::failed(1, String::new());
    };
    if let Some(server) = plain.get(1).and_then(|server| server.parse().ok()) {
        conf.nameservers = vec![server];
    }
    let server = conf.nameservers.first().map(ToString::to_string).unwrap_or_default();
    let mut run = Run::default();
    if let Some((text, took)) = unreachable(&server, reach) {
        run.stdout = format!("{text};; no servers could be reached\n\n");
        run.took = took;
        run.exit = 1;
        return run;
    }
    run.took = Duration::from_millis(2);
    let asker = Asker { start, conf: &conf, server: &server };
    match name.parse::<IpAddr>() {
        Ok(ip) => asker.reverse(ip, &mut run),
        Err(_) => asker.forward(name, kind, &mut run),
    }
    run.stdout.push('\n');
    run
}

struct Asker<'a> {
    start: &'a Start<'a>,
    conf: &'a ResolvConf,
    server: &'a str,
}

impl Asker<'_> {
    /// Asks, and notes it when the server does not offer to look further.
    fn ask(&self, name: &str, kind: Type, run: &mut Run) -> Response {
        let response = ask(self.start.view, self.conf, name, kind);
        if !response.recursion {
            run.stdout.push_str(&format!(";; Got recursion not available from {}\n", self.server));
        }
        response
    }

    fn reverse(&self, ip: IpAddr, run: &mut Run) {
        let name = reverse_name(ip);
        let response = self.ask(&name, Type::Ptr, run);
        if response.rcode != Rcode::NoError {
            run.stdout.push_str(&format!("** server can't find {name}: {}\n", response.rcode));
            run.exit = 1;
        }
        for record in &response.answer {
            run.stdout.push_str(&format!("{name}\tname = {}\n", record.data));
        }
    }

    fn forward(&self, name: &str, wanted: Option<Type>, run: &mut Run) {
        let kind = wanted.unwrap_or(Type::A);
        let (mut asked, mut response) = (String::new(), Response::default());
        for attempt in attempts(self.conf, name) {
            response = self.ask(&attempt, kind, run);
            asked = attempt;
            if response.rcode == Rcode::NoError {
                break;
            }
        }
        run.stdout.push_str(&format!("Server:\t\t{0}\nAddress:\t{0}#53\n\n", self.server));
        if response.rcode != Rcode::NoError {
            let shown = asked.trim_end_matches('.');
            run.stdout.push_str(&format!("** server can't find {shown}: {}\n", response.rcode));
            run.exit = 1;
            return;
        }
        if !response.authoritative {
            run.stdout.push_str("Non-authoritative answer:\n");
        }
        print(&response, run);
        let mut found = !response.answer.is_empty();
        if wanted.is_none() {
            let last = canonical(&asked, &response.answer);
            let second = self.ask(&last, Type::Aaaa, run);
            print(&second, run);
            found |= !second.answer.is_empty();
        }
        if !found {
            let shown = if wanted.is_some() { name } else { asked.trim_end_matches('.') };
            run.stdout.push_str(&format!("*** Can't find {shown}: No answer\n"));
        }
    }
}

fn print(response: &Response, run: &mut Run) {
    let bare = |name: &str| name.trim_end_matches('.').to_owned();
    // Aliases first, then what they lead to.
    let mut records: Vec<_> = response.answer.iter().collect();
    records.order_by_key(|record| !matches!(record.data, Data::Cname(_)));
    for record in records {
        let line = match &record.data {
            Data::Address(ip) => format!("Name:\t{}\nAddress: {ip}\n", bare(&record.name)),
            Data::Cname(target) => format!("{}\tcanonical name = {target}\n", bare(&record.name)),
            Data::Srv { weight, port, target } => {
                format!("{}\tservice = 0 {weight} {port} {target}\n", bare(&record.name))
            }
            Data::Ptr(target) => format!("{}\tname = {target}\n", bare(&record.name)),
            Data::Txt(text) => format!("{}\ttext = \"{text}\"\n", bare(&record.name)),
            Data::Ns(target) => format!("{}\tnameserver = {target}\n", bare(&record.name)),
            Data::Soa(text) => format!("{}\n\torigin = {text}\n", bare(&record.name)),
        };
        run.stdout.push_str(&line);
    }
}
