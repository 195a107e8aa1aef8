//! BusyBox wget, as `wget -qO- URL` is used in course notes.

use super::{Argument, Arguments, Run, Start, reason, seconds};
use crate::network::route::{Outcome, Request, Target, trace};

/// Runs wget.
pub(super) fn run(start: &Start<'_>, arguments: &[&str]) -> Run {
    let (mut quiet, mut timeout, mut to_stdout, mut spider, mut url) = (false, None, false, false, None);
    let mut header = None;
    let mut arguments = Arguments::new(arguments);
    while let Some(argument) = arguments.next() {
        match argument {
            Argument::Plain(plain) => url = Some(plain),
            Argument::Letter('q') | Argument::Name("quiet") => quiet = true,
            Argument::Letter('T') | Argument::Name("timeout") => timeout = seconds(arguments.value()),
            Argument::Letter('O') | Argument::Name("output-document") => to_stdout = arguments.value() == Some("-"),
            Argument::Name("spider") => spider = true,
            Argument::Name("header") => {
                header = arguments.value().and_then(|header| header.split_once(':'));
            }
            Argument::Letter('t') | Argument::Name("tries") => {
                arguments.value();
            }
            Argument::Letter(_) | Argument::Name(_) => {}
        }
    }
    let Some(target) = url.and_then(|url| Target::parse(url).ok()) else {
        return Run::failed(1, "wget: missing URL\n".to_owned());
    };
    let mut request = Request::new(start.client.clone(), target);
    request.timeout = timeout;
    request.agent = "Wget".into();
    if let Some((_, host)) = header.filter(|(name, _)| name.eq_ignore_ascii_case("host")) {
        request.host = Some(host.trim().into());
    }
    let trace = trace(start.view, &request, start.pick);
    let mut run = Run { took: trace.took, ..Run::default() };
    let host = &request.to.host;
    let address =
        trace.hops.iter().find(|hop| hop.kind != crate::network::route::HopKind::Dns).map(|hop| hop.before.dst);
    if let Some(address) = address.filter(|_| !quiet) {
        run.stderr.push_str(&format!("Connecting to {host} ({address})\n"));
    }
    let ip = address.map(|address| address.ip().to_string()).unwrap_or_default();
    run.exit = 1;
    match &trace.outcome {
        Outcome::Answered { status, .. } if status.is_none_or(|status| status < 400) => {
            run.exit = 0;
            if spider {
                run.stderr.push_str(if quiet { "" } else { "remote file exists\n" });
            } else if to_stdout {
                run.stderr.push_str(if quiet { "" } else { "writing to stdout\n" });
                run.stdout.push_str(&trace.answer().map(|answer| answer.body).unwrap_or_default());
                run.stderr.push_str(if quiet { "" } else { "written to stdout\n" });
            }
        }
        Outcome::Answered { status, .. } => {
            let status = status.unwrap_or(0);
            run.stderr.push_str(&format!("wget: server returned error: HTTP/1.1 {status} {}\n", reason(status)));
        }
        Outcome::NoSuchName { .. } => run.stderr.push_str(&format!("wget: bad address '{host}'\n")),
        Outcome::Refused { .. } => {
            run.stderr.push_str(&format!("wget: can't connect to remote host ({ip}): Connection refused\n"));
        }
        Outcome::NoRoute => {
            run.stderr.push_str(&format!("wget: can't connect to remote host ({ip}): Host is unreachable\n"));
        }
        Outcome::Unreachable => {
            run.stderr.push_str(&format!("wget: can't connect to remote host ({ip}): Network unreachable\n"));
        }
        Outcome::TimedOut { connected: false } if timeout.is_none() => {
            run.stderr.push_str(&format!("wget: can't connect to remote host ({ip}): Operation timed out\n"));
        }
        Outcome::TimedOut { .. } => run.stderr.push_str("wget: download timed out\n"),
        Outcome::Reset | Outcome::Empty | Outcome::NotHttp | Outcome::Tls(_) | Outcome::NoClient => {
            run.stderr.push_str("wget: error getting response: Connection reset by peer\n");
        }
    }
    run.traces.push(trace);
    run
}
