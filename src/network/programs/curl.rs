//! curl.

use super::{Argument, Arguments, Run, Start, reason, seconds};
use crate::base::Str;
use crate::base::time::Duration;
use crate::network::route::{Answer, HopKind, Outcome, Request, Target, TlsProblem, Trace, trace};
use std::net::IpAddr;

/// The options that change what is printed.
#[derive(Default)]
struct Options {
    silent: bool,
    show_error: bool,
    include: bool,
    head: bool,
    fail: bool,
    discard: bool,
    write_out: Option<String>,
    timeout: Option<Duration>,
    method: Option<Str>,
    host: Option<Str>,
    insecure: bool,
    verbose: bool,
    agent: Option<Str>,
    headers: Vec<(Str, Str)>,
    /// Host, port and address.
    resolve: Vec<(Str, u16, IpAddr)>,
    follow: bool,
    urls: Vec<String>,
}

/// How often `-L` goes on.
const MAX_REDIRECTS: u32 = 50;
/// Options that take a value which does not matter here.
const IGNORED_WITH_VALUE: [&str; 10] =
    ["noproxy", "data", "data-raw", "retry", "retry-delay", "cacert", "cert", "key", "user", "proxy"];

fn read(arguments: &[&str]) -> Options {
    let mut options = Options::default();
    let mut arguments = Arguments::new(arguments);
    while let Some(argument) = arguments.next() {
        let name = match argument {
            Argument::Plain(url) => {
                options.urls.push(url.to_owned());
                continue;
            }
            Argument::Name(name) => name,
            Argument::Letter(letter) => match letter {
                's' => "silent",
                'S' => "show-error",
                'i' => "include",
                'I' => "head",
                'f' => "fail",
                'o' => "output",
                'w' => "write-out",
                'm' => "max-time",
                'X' => "request",
                'H' => "header",
                'k' => "insecure",
                'v' => "verbose",
                'L' => "location",
                'A' => "user-agent",
                'b' => "cookie",
                'u' | 'd' | 'x' => "user",
                _ => "",
            },
        };
        match name {
            "silent" => options.silent = true,
            "show-error" => options.show_error = true,
            "include" => options.include = true,
            "head" => options.head = true,
            "fail" => options.fail = true,
            "insecure" => options.insecure = true,
            "verbose" => options.verbose = true,
            "user-agent" => options.agent = arguments.value().map(Str::from),
            "output" => options.discard = arguments.value().is_some_and(|file| file != "-"),
            "write-out" => options.write_out = arguments.value().map(str::to_owned),
            "max-time" | "connect-timeout" => options.timeout = seconds(arguments.value()),
            "location" => options.follow = true,
            "resolve" => options.resolve.extend(arguments.value().and_then(|entry| {
                let (host, rest) = entry.trim_start_matches('+').split_once(':')?;
                let (port, address) = rest.split_once(':')?;
                let address = address.split(',').next()?.trim_matches(['[', ']']);
                Some((Str::from(host), port.parse().ok()?, address.parse().ok()?))
            })),
            "cookie" => options.headers.extend(arguments.value().map(|value| ("Cookie".into(), value.into()))),
            "request" => options.method = arguments.value().map(Str::from),
            "url" => options.urls.extend(arguments.value().map(str::to_owned)),
            "header" => {
                let header = arguments.value().and_then(|header| header.split_once(':'));
                match header.map(|(name, value)| (name.trim(), value.trim())) {
                    Some((name, host)) if name.eq_ignore_ascii_case("host") => options.host = Some(host.into()),
                    Some((name, value)) => options.headers.push((name.into(), value.into())),
                    None => {}
                }
            }
            _ if IGNORED_WITH_VALUE.contains(&name) => {
                arguments.value();
            }
            _ => {}
        }
    }
    options
}

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
        for left in (0..=MAX_REDIRECTS).rev() {
            let trace = trace(start.view, &request(start, &options, target), pick);
            let next = trace.answer().filter(|_| options.follow && left > 0).and_then(|answer| {
                let (_, to) = answer.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("location"))?;
                let relative = to.starts_with('/').then(|| Target { path: to.clone(), ..trace.request.to.clone() });
                relative.or_else(|| Target::parse(to).ok())
            });
            run.took += trace.took;
            match next {
                Some(next) => target = next,
                None => {
                    report(&mut run, &options, &trace);
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
    Request {
        agent: options.agent.clone().unwrap_or_else(|| plain.agent.clone()),
        method: options.method.clone().unwrap_or_else(|| if options.head { "HEAD" } else { "GET" }.into()),
        host: options.host.clone(),
        insecure: options.insecure,
        timeout: options.timeout,
        headers: options.headers.clone(),
        pinned,
        ..plain
    }
}

fn report(run: &mut Run, options: &Options, trace: &Trace) {
    let mut status = 0;
    run.exit = exit_code(&trace.outcome);
    if options.verbose {
        run.stderr.push_str(&verbose(trace));
    }
    if let Some(Answer { status: got, headers, body }) = trace.answer() {
        status = got.unwrap_or(0);
        if options.fail && status >= 400 {
            run.exit = 22;
            if !options.silent || options.show_error {
                run.stderr.push_str(&format!("curl: (22) The requested URL returned error: {status}\n"));
            }
        } else if !options.discard {
            if options.include || options.head {
                run.stdout.push_str(&format!("HTTP/1.1 {status} {}\n", reason(status)));
                for (name, value) in headers {
                    run.stdout.push_str(&format!("{name}: {value}\n"));
                }
                run.stdout.push_str(&format!("Content-Length: {}\n\n", body.len()));
            }
            if !options.head {
                run.stdout.push_str(&body);
            }
        }
    } else if !options.silent || options.show_error {
        run.stderr.push_str(&error_text(trace));
    }
    if let Some(format) = &options.write_out {
        let time = format!("{:.6}", trace.took.as_secs_f64());
        let text = format
            .replace("%{http_code}", &format!("{status:03}"))
            .replace("%{response_code}", &format!("{status:03}"))
            .replace("%{time_total}", &time)
            .replace("\\n", "\n");
        run.stdout.push_str(&text);
    }
}

/// curl's exit code.
pub fn exit_code(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::Answered { .. } => 0,
        Outcome::NotHttp | Outcome::NoClient => 1,
        Outcome::NoSuchName { .. } => 6,
        Outcome::Refused { .. } | Outcome::NoRoute => 7,
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
        Outcome::Refused { .. } | Outcome::NoRoute => failed(),
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
    let address = trace.hops.iter().find(|hop| hop.kind != HopKind::Dns).map(|hop| hop.before.dst);
    let Some(address) = address else { return format!("* Could not resolve host: {host}\n* Closing connection 0\n") };
    let mut text = format!("*   Trying {address}...\n");
    let Some(Answer { status: Some(status), headers, body }) = trace.answer() else {
        if matches!(trace.outcome, Outcome::Refused { .. }) {
            text.push_str(&format!(
                "* connect to {} port {} failed: Connection refused\n",
                address.ip(),
                address.port()
            ));
            let millis = trace.connect.as_millis();
            text.push_str(&format!(
                "* Failed to connect to {host} port {} after {millis} ms: Couldn't connect to server\n",
                to.port
            ));
        }
        text.push_str("* Closing connection 0\n");
        return text;
    };
    let request = &trace.request;
    let shown = if to.port == 80 { host.to_string() } else { format!("{host}:{}", to.port) };
    let shown = request.host.as_ref().map_or(shown, ToString::to_string);
    text.push_str(&format!("* Connected to {host} ({}) port {} (#0)\n", address.ip(), address.port()));
    text.push_str(&format!(
        "> {} {} HTTP/1.1\n> Host: {shown}\n> User-Agent: {}\n> Accept: */*\n> \n",
        request.method, to.path, request.agent
    ));
    text.push_str(&format!("< HTTP/1.1 {status} {}\n", reason(status)));
    for (name, value) in headers {
        text.push_str(&format!("< {name}: {value}\n"));
    }
    text.push_str(&format!("< Content-Length: {}\n< \n* Connection #0 to host {host} left intact\n", body.len()));
    text
}
