//! What `curl -w` writes.

use super::super::Run;
use super::{error_text, exit_code, peer};
use crate::network::route::{Answer, Scheme, Trace};

/// Writes a format: variables, escapes, and the rest as it stands.
pub(super) fn write(run: &mut Run, format: &str, trace: &Trace, answer: Option<&Answer>, redirects: u32) {
    let mut to_stderr = false;
    let mut rest = format;
    while let Some(character) = rest.chars().next() {
        let (text, used) = match character {
            '%' if rest.starts_with("%%") => ("%".to_owned(), 2),
            '%' => match rest.strip_prefix("%{").and_then(|inside| inside.split_once('}')) {
                Some((name, _)) => {
                    let text = match name {
                        "stderr" | "stdout" => {
                            to_stderr = name == "stderr";
                            String::new()
                        }
                        _ => variable(name, trace, answer, redirects).unwrap_or_else(|| {
                            run.stderr.push_str(&format!("curl: unknown --write-out variable: '{name}'\n"));
                            String::new()
                        }),
                    };
                    (text, name.len() + 3)
                }
                None => ("%".to_owned(), 1),
            },
            '\\' => match rest.get(1..2) {
                Some("n") => ("\n".to_owned(), 2),
                Some("t") => ("\t".to_owned(), 2),
                Some("r") => ("\r".to_owned(), 2),
                _ => ("\\".to_owned(), 1),
            },
            other => (other.to_string(), other.len_utf8()),
        };
        let out = if to_stderr { &mut run.stderr } else { &mut run.stdout };
        out.push_str(&text);
        rest = rest.get(used..).unwrap_or_default();
    }
}

/// The value of a variable; `None` when curl knows none of that name.
fn variable(name: &str, trace: &Trace, answer: Option<&Answer>, redirects: u32) -> Option<String> {
    let to = &trace.request.to;
    let seconds = |time: crate::base::time::Duration| format!("{:.6}", time.as_secs_f64());
    let looked_up = trace.lookup.as_ref().map(|lookup| lookup.took).unwrap_or_default();
    let peer = peer(trace).filter(|_| answer.is_some());
    let own = trace.hops.iter().map(|hop| hop.before).find(|flow| Some(flow.dst) == peer).map(|flow| flow.src);
    let status = answer.and_then(|answer| answer.status).unwrap_or(0);
    let header = |wanted: &str| {
        let mut headers = answer.into_iter().flat_map(|answer| &answer.headers);
        headers.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.to_string())
    };
    let reached = |time: String| if answer.is_some() { time } else { seconds(Default::default()) };
    let scheme = if to.scheme == Scheme::Https { "https" } else { "http" };
    let usual = if to.scheme == Scheme::Https { 443 } else { 80 };
    let port = if to.port == usual { String::new() } else { format!(":{}", to.port) };
    let url = format!("{scheme}://{}{port}{}", to.shown_host(), to.path);
    Some(match name {
        "http_code" | "response_code" => format!("{status:03}"),
        "time_total" => seconds(trace.took),
        "time_namelookup" => seconds(looked_up),
        "time_connect" | "time_pretransfer" => reached(seconds(looked_up + trace.connect / 2)),
        "time_appconnect" if to.scheme == Scheme::Https => reached(seconds(looked_up + trace.connect / 2)),
        "time_starttransfer" => reached(seconds(trace.took)),
        "time_appconnect" | "time_redirect" => seconds(Default::default()),
        "remote_ip" => peer.map(|peer| peer.ip().to_string()).unwrap_or_default(),
        "remote_port" => peer.map_or(0, |peer| peer.port()).to_string(),
        "local_ip" => own.map(|own| own.ip().to_string()).unwrap_or_default(),
        "local_port" => own.map_or(0, |own| own.port()).to_string(),
        "url" | "url_effective" => url,
        "scheme" => scheme.to_ascii_uppercase(),
        "method" => trace.request.method.to_string(),
        "size_download" => answer.map_or(0, |answer| answer.body.len()).to_string(),
        "size_upload" => trace.request.body.len().to_string(),
        "speed_download" | "speed_upload" | "ssl_verify_result" | "proxy_ssl_verify_result" => "0".to_owned(),
        "num_connects" => u8::from(answer.is_some()).to_string(),
        "num_redirects" => redirects.to_string(),
        "redirect_url" => header("location").unwrap_or_default(),
        "http_version" => if status == 0 { "0" } else { "1.1" }.to_owned(),
        "content_type" => header("content-type").unwrap_or_default(),
        "exitcode" => exit_code(&trace.outcome).to_string(),
        "errormsg" => {
            let text = error_text(trace);
            let line = text.lines().next().and_then(|line| line.split_once(") "));
            line.map_or("", |(_, words)| words).to_owned()
        }
        _ => return None,
    })
}
