//! curl: [`options`] reads the command line, [`write_out`] writes what `-w` asks for.

mod options;
mod write_out;

use super::{Run, Start, reason};
use crate::base::Str;
use crate::network::route::{Answer, HopKind, Outcome, Request, Target, TlsProblem, Trace, trace};
use options::{Options, read};
use std::net::SocketAddr;

/// How often `-L` goes on.
const MAX_REDIRECTS: u32 = 50;

/// Runs curl.
pub(super) fn run(start: &Start<'_>, arguments: &[&str]) -> Run {
    let options = read(arguments);
    if options.urls.is_empty() {
        return Run::failed(2, "curl: try 'curl --help' or 'curl --manual' for more information\n".to_owned());
    }
    let mut run = Run::default();
    for (n, url) in options.urls.iter().enumerate() {
        let target = match Target::parse(url) {
            Ok(target) => target,
            Err(bad) => {
                run.stderr.push_str(&format!("{bad}\n"));
                run.exit = if bad.to_string().contains("(1)") { 1 } else { 3 };
                continue;
            }
        };
        let mut pick = start.pick.wrapping_add(n as u64);
        let mut target = target;
        if let Some(body) = options.body.as_ref().filter(|_| options.get) {
            let joint = if target.path.contains('?') { '&' } else { '?' };
            target.path = format!("{}{joint}{body}", target.path).into();
        }
        let mut redirects = 0;
        for left in (0..=MAX_REDIRECTS).rev() {
            let trace = trace(start.view, &request(start, &options, target), pick);
            let next = trace.answer().filter(|_| options.follow && left > 0).and_then(|answer| {
                let (_, to) = answer.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("location"))?;
                let relative = to.starts_with('/').then(|| Target { path: to.clone(), ..trace.request.to.clone() });
                relative.or_else(|| Target::parse(to).ok())
            });
            run.took += trace.took;
            match next {
                Some(next) => {
                    target = next;
                    redirects += 1;
                }
                None => {
                    report(&mut run, &options, &trace, redirects);
                    run.traces.push(trace);
                    break;
                }
            }
            run.traces.push(trace);
            pick = pick.wrapping_add(1_000);
        }
    }
    run
}

fn request(start: &Start<'_>, options: &Options, target: Target) -> Request {
    let pinned = options
        .resolve
        .iter()
        .find(|(host, port, _)| (&**host == "*" || host.eq_ignore_ascii_case(&target.host)) && *port == target.port);
    let pinned = pinned.map(|(.., address)| *address);
    let plain = Request::new(start.client.clone(), target);
    let body: Str = options.body.as_deref().filter(|_| !options.get).unwrap_or_default().into();
    let mut headers = options.headers.clone();
    let has = |name: &str, headers: &[(Str, Str)]| headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    if options.body.is_some() && !options.get {
        if !has("Content-Length", &headers) {
            headers.push(("Content-Length".into(), body.len().to_string().into()));
        }
        if !has("Content-Type", &headers) {
            headers.push(("Content-Type".into(), "application/x-www-form-urlencoded".into()));
        }
    }
    Request {
        agent: options.agent.clone().unwrap_or_else(|| plain.agent.clone()),
        method: options.method(),
        host: options.host.clone(),
        insecure: options.insecure,
        timeout: options.timeout,
        headers,
        body,
        pinned,
        family: options.family,
        ..plain
    }
}

fn report(run: &mut Run, options: &Options, trace: &Trace, redirects: u32) {
    let mut said = None;
    run.exit = exit_code(&trace.outcome);
    if options.verbose {
        run.stderr.push_str(&verbose(trace));
    }
    if let Some(Answer { status: got, headers, body }) = trace.answer() {
        let status = got.unwrap_or(0);
        let refused = (options.fail || options.fail_with_body) && status >= 400;
        let hidden = options.discard || refused && options.fail;
        if !hidden {
            if options.include || options.head {
                run.stdout.push_str(&format!("HTTP/1.1 {status} {}\n", reason(status)));
                for (name, value) in &headers {
                    run.stdout.push_str(&format!("{name}: {value}\n"));
                }
                run.stdout.push_str(&format!("Content-Length: {}\n\n", body.len()));
            }
            if !options.head {
                run.stdout.push_str(&body);
            }
        }
        if refused {
            run.exit = 22;
            if !options.silent || options.show_error {
                run.stderr.push_str(&format!("curl: (22) The requested URL returned error: {status}\n"));
            }
        }
        said = Some(Answer { status: got, headers, body });
    } else if !options.silent || options.show_error {
        run.stderr.push_str(&error_text(trace));
    }
    if let Some(format) = &options.write_out {
        write_out::write(run, format, trace, said.as_ref(), redirects);
    }
}

/// Whom curl connected to, or tried last.
fn peer(trace: &Trace) -> Option<SocketAddr> {
    trace.hops.iter().find(|hop| hop.kind != HopKind::Dns).map(|hop| hop.before.dst)
}

/// curl's exit code.
pub fn exit_code(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::Answered { .. } => 0,
        Outcome::NotHttp | Outcome::NoClient => 1,
        Outcome::NoSuchName { .. } => 6,
        Outcome::Refused { .. } | Outcome::NoRoute | Outcome::Unreachable => 7,
        Outcome::TimedOut { .. } => 28,
        Outcome::Tls(TlsProblem::NotTls) => 35,
        Outcome::Empty => 52,
        Outcome::Reset => 56,
        Outcome::Tls(_) => 60,
    }
}

/// What curl writes to its error output; empty when all went well.
pub fn error_text(trace: &Trace) -> String {
    const MORE: &str = "More details here: https://curl.se/docs/sslcerts.html\n\n\
        curl failed to verify the legitimacy of the server and therefore could not\n\
        establish a secure connection to it. To learn more about this situation and\n\
        how to fix it, please visit the web page mentioned above.\n";
    let to = &trace.request.to;
    let host = &to.host;
    let code = exit_code(&trace.outcome);
    let failed = || {
        let millis = trace.connect.as_millis();
        format!("Failed to connect to {host} port {} after {millis} ms: Couldn't connect to server\n", to.port)
    };
    let text = match &trace.outcome {
        Outcome::Answered { .. } => return String::new(),
        Outcome::NoSuchName { .. } => match trace.request.timeout {
            Some(limit) if trace.took >= limit => {
                return format!("curl: (28) Resolving timed out after {} milliseconds\n", limit.as_millis());
            }
            _ => format!("Could not resolve host: {host}\n"),
        },
        Outcome::Refused { .. } | Outcome::NoRoute | Outcome::Unreachable => failed(),
        Outcome::TimedOut { connected } => match (trace.request.timeout, connected) {
            (Some(limit), false) => format!("Connection timed out after {} milliseconds\n", limit.as_millis()),
            (Some(limit), true) => {
                format!("Operation timed out after {} milliseconds with 0 bytes received\n", limit.as_millis())
            }
            (None, true) => "Recv failure: Connection timed out\n".to_owned(),
            (None, false) => failed(),
        },
        Outcome::Empty => "Empty reply from server\n".to_owned(),
        Outcome::Reset => "Recv failure: Connection reset by peer\n".to_owned(),
        Outcome::NotHttp => "Received HTTP/0.9 when not allowed\n".to_owned(),
        Outcome::NoClient => "Couldn't start\n".to_owned(),
        Outcome::Tls(TlsProblem::NotTls) => "error:0A00010B:SSL routines::wrong version number\n".to_owned(),
        Outcome::Tls(TlsProblem::SelfSigned) => format!("SSL certificate problem: self-signed certificate\n{MORE}"),
        Outcome::Tls(TlsProblem::Untrusted) => {
            format!("SSL certificate problem: unable to get local issuer certificate\n{MORE}")
        }
        Outcome::Tls(TlsProblem::WrongName) => {
            format!("SSL: no alternative certificate subject name matches target host name '{host}'\n{MORE}")
        }
    };
    format!("curl: ({code}) {text}")
}

/// What `-v` adds: the connection, the request and the head of the answer.
fn verbose(trace: &Trace) -> String {
    let to = &trace.request.to;
    let host = &to.host;
    let Some(address) = peer(trace) else {
        return format!("* Could not resolve host: {host}\n* Closing connection 0\n");
    };
    let mut text = format!("*   Trying {address}...\n");
    let (ip, port) = (address.ip(), address.port());
    let closing = match &trace.outcome {
        Outcome::Refused { .. } => format!("* connect to {ip} port {port} failed: Connection refused\n"),
        Outcome::NoRoute => format!("* connect to {ip} port {port} failed: No route to host\n"),
        Outcome::Unreachable => format!("* Immediate connect fail for {ip}: Network is unreachable\n"),
        _ => String::new(),
    };
    let failed = error_text(trace);
    let failed = failed.lines().next().and_then(|line| line.split_once(") ")).map_or("", |(_, words)| words);
    let connected = !matches!(
        trace.outcome,
        Outcome::Refused { .. } | Outcome::NoRoute | Outcome::Unreachable | Outcome::TimedOut { connected: false }
    );
    if !connected {
        text.push_str(&format!("{closing}* {failed}\n* Closing connection 0\n"));
        return text;
    }
    let request = &trace.request;
    text.push_str(&format!("* Connected to {host} ({ip}) port {port} (#0)\n"));
    if !matches!(trace.outcome, Outcome::Tls(_)) {
        text.push_str(&format!(
            "> {} {} HTTP/1.1\n> Host: {}\n> User-Agent: {}\n> Accept: */*\n",
            request.method,
            to.path,
            request.host_header(),
            request.agent
        ));
        for (name, value) in &request.headers {
            text.push_str(&format!("> {name}: {value}\n"));
        }
        text.push_str("> \n");
    }
    match trace.answer() {
        Some(Answer { status: Some(status), headers, body }) => {
            text.push_str(&format!("< HTTP/1.1 {status} {}\n", reason(status)));
            for (name, value) in headers {
                text.push_str(&format!("< {name}: {value}\n"));
            }
            let length = body.len();
            text.push_str(&format!("< Content-Length: {length}\n< \n* Connection #0 to host {host} left intact\n"));
        }
        _ => text.push_str(&format!("* {failed}\n* Closing connection 0\n")),
    }
    text
}
