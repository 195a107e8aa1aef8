//! ping of iputils, and of BusyBox.

use super::nslookup::reverse_name;
use super::{Argument, Arguments, Run, Start, seconds};
use crate::base::time::Duration;
use crate::network::addr::Family;
use crate::network::dns::lookup::{Failure, ask};
use crate::network::dns::{Data, Type};
use crate::network::route::{HopKind, Outcome, Request, Scheme, Target, Trace, resolver, trace};

/// How many packets are sent when the command does not say; the real program goes on until it is stopped.
const COUNT: u32 = 4;

/// Whose ping it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// As most systems have it.
    Iputils,
    /// Models `networking/ping.c` of BusyBox.
    BusyBox,
}

/// Runs ping.
pub(super) fn run(start: &Start<'_>, style: Style, arguments: &[&str]) -> Run {
    let (mut count, mut wait, mut gap, mut host) = (COUNT, Duration::from_secs(10), Duration::from_secs(1), None);
    let mut family = None;
    let mut arguments = Arguments::new(arguments);
    while let Some(argument) = arguments.next() {
        match argument {
            Argument::Plain(plain) => host = Some(plain),
            Argument::Letter('c') => {
                count = arguments.value().and_then(|n| n.parse().ok()).unwrap_or(COUNT).clamp(1, 100);
            }
            Argument::Letter('W' | 'w') => wait = seconds(arguments.value()).unwrap_or(wait),
            Argument::Letter('i') => gap = seconds(arguments.value()).unwrap_or(gap),
            Argument::Letter('4') => family = Some(Family::V4),
            Argument::Letter('6') => family = Some(Family::V6),
            Argument::Letter(_) | Argument::Name(_) => {}
        }
    }
    let Some(host) = host else {
        return Run::failed(2, "ping: usage error: Destination address required\n".to_owned());
    };
    let target = Target { scheme: Scheme::Ping, host: host.into(), port: 0, path: "/".into() };
    let mut request = Request::new(start.client.clone(), target);
    request.timeout = Some(wait);
    request.family = family;
    let trace = trace(start.view, &request, start.pick);
    let mut run = Run::default();
    if let Outcome::NoSuchName { failure, .. } = trace.outcome {
        let why = match failure {
            Failure::NotFound => "Name or service not known",
            Failure::NoAddress => "No address associated with hostname",
            Failure::Again => "Temporary failure in name resolution",
        };
        (run.stderr, run.exit) = match style {
            Style::Iputils => (format!("ping: {host}: {why}\n"), 2),
            Style::BusyBox => (format!("ping: bad address '{host}'\n"), 1),
        };
        run.took = trace.took;
        run.traces.push(trace);
        return run;
    }
    if trace.outcome == Outcome::Unreachable {
        (run.stderr, run.exit) = match style {
            Style::Iputils => ("ping: connect: Network is unreachable\n".to_owned(), 2),
            Style::BusyBox => ("ping: sendto: Network is unreachable\n".to_owned(), 1),
        };
        run.traces.push(trace);
        return run;
    }
    let ip = trace
        .hops
        .iter()
        .find(|hop| hop.kind != HopKind::Dns)
        .map(|hop| hop.before.dst.ip())
        .or_else(|| host.parse().ok());
    let Some(ip) = ip else { return Run::failed(2, format!("ping: {host}: Name or service not known\n")) };
    // The first answer takes longer: neighbours have to be asked.
    let times: Vec<f64> =
        (0..count).map(|n| trace.connect.as_secs_f64() * 1000.0 / if n == 0 { 2.0 } else { 6.0 }).collect();
    if style == Style::BusyBox {
        plainly(host, ip, &times, &trace, &mut run);
        let answered = matches!(trace.outcome, Outcome::Answered { .. });
        run.took = gap * (count - 1) + if answered { trace.took } else { wait };
        run.traces.push(trace);
        return run;
    }
    let canonical = trace.lookup.as_ref().map_or_else(|| host.to_owned(), |lookup| lookup.canonical.clone());
    run.stdout = format!("PING {canonical} ({ip}) 56(84) bytes of data.\n");
    let (received, errors) = match &trace.outcome {
        Outcome::Answered { .. } => {
            let from = if trace.lookup.is_some() {
                format!("{} ({ip})", host_name(start, ip).unwrap_or_else(|| ip.to_string()))
            } else {
                ip.to_string()
            };
            let ttl = 64 - trace.forwards.min(63);
            for (n, time) in times.iter().enumerate() {
                run.stdout.push_str(&format!("64 bytes from {from}: icmp_seq={} ttl={ttl} time={time:.3} ms\n", n + 1));
            }
            (count, 0)
        }
        Outcome::Refused { .. } | Outcome::NoRoute => {
            let (from, what) = match &trace.outcome {
                Outcome::NoRoute => (trace.client_ip.unwrap_or(ip), "Destination Host Unreachable"),
                _ => (gateway(start, &trace).unwrap_or(ip), "Destination Port Unreachable"),
            };
            for n in 1..=count {
                run.stdout.push_str(&format!("From {from} icmp_seq={n} {what}\n"));
            }
            (0, count)
        }
        _ => (0, 0),
    };
    let between = gap * (count - 1);
    let loss = 100 * (count - received) / count;
    let also = if errors > 0 { format!(" +{errors} errors,") } else { String::new() };
    run.stdout.push_str(&format!(
        "\n--- {canonical} ping statistics ---\n{count} packets transmitted, {received} received,{also} {loss}% packet loss, time {}ms\n",
        between.as_millis()
    ));
    if received > 0 {
        let sum: f64 = times.iter().sum();
        let mean = sum / times.len() as f64;
        let min = times.iter().copied().fold(f64::INFINITY, f64::min);
        let max = times.iter().copied().fold(0.0, f64::max);
        let squares: f64 = times.iter().map(|time| time * time).sum();
        let deviation = (squares / times.len() as f64 - mean * mean).max(0.0).sqrt();
        run.stdout.push_str(&format!("rtt min/avg/max/mdev = {min:.3}/{mean:.3}/{max:.3}/{deviation:.3} ms\n"));
        run.took = between + trace.took;
    } else {
        run.stdout.push('\n');
        run.exit = 1;
        run.took = between + if errors > 0 { Duration::ZERO } else { wait };
    }
    run.traces.push(trace);
    run
}

/// What BusyBox prints: it counts from 0, knows no names of addresses, and keeps quiet about what is reported instead of an answer.
fn plainly(host: &str, ip: std::net::IpAddr, times: &[f64], trace: &Trace, run: &mut Run) {
    run.stdout = format!("PING {host} ({ip}): 56 data bytes\n");
    let answered = matches!(trace.outcome, Outcome::Answered { .. });
    let received: &[f64] = if answered { times } else { &[] };
    let ttl = 64 - trace.forwards.min(63);
    for (n, time) in received.iter().enumerate() {
        run.stdout.push_str(&format!("64 bytes from {ip}: seq={n} ttl={ttl} time={time:.3} ms\n"));
    }
    let (sent, came) = (times.len(), received.len());
    let loss = (sent - came) * 100 / sent.max(1);
    run.stdout.push_str(&format!(
        "\n--- {host} ping statistics ---\n{sent} packets transmitted, {came} packets received, {loss}% packet loss\n"
    ));
    if answered {
        let mean = received.iter().sum::<f64>() / came.max(1) as f64;
        let min = received.iter().copied().fold(f64::INFINITY, f64::min);
        let max = received.iter().copied().fold(0.0, f64::max);
        run.stdout.push_str(&format!("round-trip min/avg/max = {min:.3}/{mean:.3}/{max:.3} ms\n"));
    } else {
        run.exit = 1;
    }
}

/// The name that the answer is shown under.
pub(super) fn host_name(start: &Start<'_>, ip: std::net::IpAddr) -> Option<String> {
    let (conf, _) = resolver(start.view, start.client, start.pick)?;
    ask(start.view, &conf, &reverse_name(ip), Type::Ptr).answer.iter().find_map(|record| match &record.data {
        Data::Ptr(name) => Some(name.trim_end_matches('.').to_owned()),
        _ => None,
    })
}

/// Who reports that a port cannot be reached: the node, by its address in the sender's network.
fn gateway(start: &Start<'_>, trace: &Trace) -> Option<std::net::IpAddr> {
    let client = trace.client_ip?;
    let node = start.view.node_of_pod_ip(client).filter(|_| start.view.pod_at(client).is_some());
    node.and_then(|node| node.gateway_of(Family::of(client))).or(Some(client))
}
