//! dig of BIND 9.18.

use super::nslookup::{reverse_name, unreachable};
use super::{Run, Start};
use crate::base::time::Duration;
use crate::network::dns::lookup::{ask, attempts};
use crate::network::dns::{Data, Rcode, Record, Response, Type};
use crate::network::route::resolver;
use std::net::IpAddr;

const VERSION: &str = "9.18.49-1~deb12u3-Debian";

/// Runs dig.
pub(super) fn run(start: &Start<'_>, arguments: &[&str]) -> Run {
    let (mut short, mut search, mut kind, mut server, mut names) = (false, false, Type::A, None, Vec::new());
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match *word {
            "+short" => short = true,
            "+search" => search = true,
            "-x" => {
                if let Some(ip) = words.next().and_then(|text| text.parse::<IpAddr>().ok()) {
                    names.push(reverse_name(ip));
                    kind = Type::Ptr;
                }
            }
            "-t" => kind = words.next().and_then(|name| Type::parse(name)).unwrap_or(kind),
            word if word.starts_with('+') || word.starts_with('-') => {}
            word => match (word.strip_prefix('@'), Type::parse(word)) {
                (Some(at), _) => server = at.parse().ok(),
                (None, Some(asked)) => kind = asked,
                (None, None) => names.push(word.to_owned()),
            },
        }
    }
    let Some((mut conf, reach)) = resolver(start.view, start.client, start.pick) else {
        return Run::failed(10, String::new());
    };
    if let Some(server) = server {
        conf.nameservers = vec![server];
    }
    let address = conf.nameservers.first().map(ToString::to_string).unwrap_or_default();
    let banner = format!("\n; <<>> DiG {VERSION} <<>> {}\n;; global options: +cmd\n", arguments.join(" "));
    let mut run = Run::default();
    if let Some((text, took)) = unreachable(&address, reach) {
        let head = if short { "" } else { &banner };
        run.stdout = format!("{text}{head};; no servers could be reached\n");
        run.took = took;
        run.exit = 9;
        return run;
    }
    let name = names.first().cloned().unwrap_or_else(|| ".".to_owned());
    let tries = if search { attempts(&conf, &name) } else { vec![format!("{}.", name.trim_end_matches('.'))] };
    let (mut asked, mut response) = (String::new(), Response::default());
    for attempt in tries {
        response = ask(start.view, &conf, &attempt, kind);
        asked = attempt;
        if response.rcode == Rcode::NoError {
            break;
        }
    }
    run.took = Duration::from_millis(1);
    if short {
        run.stdout = response.answer.iter().map(|record| format!("{}\n", record.data)).collect();
    } else {
        run.stdout = banner + &full(start, &asked, kind, &response, &address);
    }
    run
}

fn full(start: &Start<'_>, asked: &str, kind: Type, response: &Response, server: &str) -> String {
    let mut flags = "qr".to_owned();
    for (set, name) in [(response.authoritative, " aa"), (true, " rd"), (response.recursion, " ra")] {
        flags.push_str(if set { name } else { "" });
    }
    let id = start.pick % 65_536;
    let counts = (response.answer.len(), response.authority.len(), response.additional.len() + 1);
    let mut text = format!(
        ";; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: {}, id: {id}\n;; flags: {flags}; QUERY: 1, ANSWER: {}, AUTHORITY: {}, ADDITIONAL: {}\n",
        response.rcode, counts.0, counts.1, counts.2
    );
    if !response.recursion {
        text.push_str(";; WARNING: recursion requested but not available\n");
    }
    let cookie = start.pick.rotate_left(17) ^ 0x9e37_79b9_7f4a_7c15;
    text.push_str(&format!(
        "\n;; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: 1232\n; COOKIE: {cookie:016x} (echoed)\n;; QUESTION SECTION:\n"
    ));
    text.push_str(&columns(&[(0, &format!(";{asked}")), (32, "IN"), (40, &kind.to_string())]));
    for (title, records) in
        [("ANSWER", &response.answer), ("AUTHORITY", &response.authority), ("ADDITIONAL", &response.additional)]
    {
        if !records.is_empty() {
            text.push_str(&format!("\n;; {title} SECTION:\n"));
            text.extend(records.iter().map(line));
        }
    }
    let when = start.view.now.timestamp().rfc1123z();
    let words: Vec<&str> = when.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let when = match words[..] {
        [weekday, day, month, year, time, _] => format!("{weekday} {month} {day} {time} UTC {year}"),
        _ => when,
    };
    let records = response.answer.iter().chain(&response.authority).chain(&response.additional);
    let size = HEADER + wire_name(asked) + 4 + records.map(wire_size).sum::<usize>() + OPT_WITH_COOKIE;
    text.push_str(&format!(
        "\n;; Query time: 1 msec\n;; SERVER: {server}#53({server}) (UDP)\n;; WHEN: {when}\n;; MSG SIZE  rcvd: {size}\n\n"
    ));
    text
}

/// A record in columns, as dig aligns them.
fn line(record: &Record) -> String {
    columns(&[
        (0, &record.name),
        (24, &Record::TTL.to_string()),
        (32, "IN"),
        (40, &record.data.kind().to_string()),
        (48, &record.data.to_string()),
    ])
}

/// Tabs lead to each column; what is past it already is set off by a blank.
///
/// Models `indent` of BIND lib/dns/masterdump.c.
fn columns(cells: &[(usize, &str)]) -> String {
    let mut text = String::new();
    let mut at = 0;
    for (column, cell) in cells {
        if at >= *column && at > 0 {
            text.push(' ');
            at += 1;
        } else {
            text.push_str(&"\t".repeat(column.div_ceil(8) - at / 8));
            at = *column;
        }
        text.push_str(cell);
        at += cell.chars().count();
    }
    text.push('\n');
    text
}

/// Bytes of a message's header.
const HEADER: usize = 12;
/// Bytes of the OPT record with dig's cookie.
const OPT_WITH_COOKIE: usize = 11 + 12;

/// Bytes of a name in a message: CoreDNS compresses none in short answers.
fn wire_name(name: &str) -> usize {
    if name == "." { 1 } else { name.len() + 1 }
}

fn wire_size(record: &Record) -> usize {
    let data = match &record.data {
        Data::Address(ip) => {
            if ip.is_ipv4() {
                4
            } else {
                16
            }
        }
        Data::Cname(name) | Data::Ptr(name) | Data::Ns(name) => wire_name(name),
        Data::Srv { target, .. } => 6 + wire_name(target),
        Data::Txt(text) => text.len() + 1,
        Data::Soa(text) => text.split(' ').take(2).map(wire_name).sum::<usize>() + 20,
    };
    wire_name(&record.name) + 10 + data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_those_of_dig() {
        assert_eq!(
            columns(&[(0, "example.com."), (24, "30"), (32, "IN"), (40, "A"), (48, "1.2.3.4")]),
            "example.com.\t\t30\tIN\tA\t1.2.3.4\n"
        );
        assert_eq!(
            columns(&[
                (0, "kubernetes.default.svc.cluster.local."),
                (24, "30"),
                (32, "IN"),
                (40, "A"),
                (48, "10.0.0.1")
            ]),
            "kubernetes.default.svc.cluster.local. 30 IN A\t10.0.0.1\n"
        );
        assert_eq!(columns(&[(0, ";example.com."), (32, "IN"), (40, "A")]), ";example.com.\t\t\tIN\tA\n");
    }
}
