//! dig of BIND 9.18.

use super::nslookup::{reverse_name, unreachable};
use super::{Run, Start};
use crate::base::time::Duration;
use crate::network::dns::lookup::{ask, attempts};
use crate::network::dns::{Rcode, Record, Response, Type};
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
    text.push_str("\n;; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: 1232\n;; QUESTION SECTION:\n");
    text.push_str(&format!(";{asked}{}IN\t{kind}\n", tabs(asked.len() + 1, 32)));
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
    let size = 12 + asked.len() + 6 + response.answer.len() * (asked.len() + 15);
    text.push_str(&format!(
        "\n;; Query time: 1 msec\n;; SERVER: {server}#53({server}) (UDP)\n;; WHEN: {when}\n;; MSG SIZE  rcvd: {size}\n\n"
    ));
    text
}

/// A record in columns, as dig aligns them with tabs.
fn line(record: &Record) -> String {
    format!(
        "{}{}{}\tIN\t{}\t{}\n",
        record.name,
        tabs(record.name.len(), 24),
        Record::TTL,
        record.data.kind(),
        record.data
    )
}

/// Tabs up to a column; at least one.
fn tabs(from: usize, column: usize) -> String {
    "\t".repeat(column.saturating_sub(from).div_ceil(8).max(1))
}
