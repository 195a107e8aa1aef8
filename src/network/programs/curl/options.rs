//! What curl's command line says.

use super::super::{Argument, Arguments, seconds};
use crate::base::Str;
use crate::base::time::Duration;
use crate::network::addr::Family;
use std::net::IpAddr;

/// The options that change what is sent or printed.
#[derive(Default)]
pub(super) struct Options {
    pub silent: bool,
    pub show_error: bool,
    pub include: bool,
    pub head: bool,
    pub fail: bool,
    pub fail_with_body: bool,
    pub discard: bool,
    pub write_out: Option<String>,
    pub timeout: Option<Duration>,
    pub method: Option<Str>,
    pub host: Option<Str>,
    pub insecure: bool,
    pub verbose: bool,
    pub agent: Option<Str>,
    pub headers: Vec<(Str, Str)>,
    /// `-d`: what is sent; several are one form.
    pub body: Option<String>,
    /// `-G`: what is sent stands in the URL.
    pub get: bool,
    /// Host, port and address.
    pub resolve: Vec<(Str, u16, IpAddr)>,
    pub follow: bool,
    pub family: Option<Family>,
    pub urls: Vec<String>,
}

/// Options that take a value which does not matter here.
const IGNORED_WITH_VALUE: [&str; 9] =
    ["noproxy", "retry", "retry-delay", "cacert", "cert", "key", "user", "proxy", "dump-header"];

/// The long name of an option.
fn long(letter: char) -> &'static str {
    match letter {
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
        'd' => "data",
        'G' => "get",
        '4' => "ipv4",
        '6' => "ipv6",
        'u' | 'x' | 'E' => "user",
        'D' => "dump-header",
        _ => "",
    }
}

/// Reads the command line.
pub(super) fn read(arguments: &[&str]) -> Options {
    let mut options = Options::default();
    let mut arguments = Arguments::new(arguments);
    while let Some(argument) = arguments.next() {
        let name = match argument {
            Argument::Plain(url) => {
                options.urls.push(url.to_owned());
                continue;
            }
            Argument::Name(name) => name,
            Argument::Letter(letter) => long(letter),
        };
        match name {
            "silent" => options.silent = true,
            "show-error" => options.show_error = true,
            "include" => options.include = true,
            "head" => options.head = true,
            "fail" => options.fail = true,
            "fail-with-body" => options.fail_with_body = true,
            "insecure" => options.insecure = true,
            "verbose" => options.verbose = true,
            "get" => options.get = true,
            "ipv4" => options.family = Some(Family::V4),
            "ipv6" => options.family = Some(Family::V6),
            "user-agent" => options.agent = arguments.value().map(Str::from),
            "output" => options.discard = arguments.value().is_some_and(|file| file != "-"),
            "write-out" => options.write_out = arguments.value().map(str::to_owned),
            "max-time" | "connect-timeout" => options.timeout = seconds(arguments.value()),
            "location" => options.follow = true,
            "data" | "data-raw" | "data-ascii" | "data-binary" | "data-urlencode" => options.send(arguments.value()),
            "json" => {
                options.send(arguments.value());
                for name in ["Content-Type", "Accept"] {
                    options.headers.push((name.into(), "application/json".into()));
                }
            }
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

impl Options {
    fn send(&mut self, more: Option<&str>) {
        let Some(more) = more else { return };
        match &mut self.body {
            Some(body) => {
                body.push('&');
                body.push_str(more);
            }
            None => self.body = Some(more.to_owned()),
        }
    }

    /// The HTTP method.
    pub(super) fn method(&self) -> Str {
        let usual = match (self.head, self.body.is_some() && !self.get) {
            (true, _) => "HEAD",
            (false, true) => "POST",
            (false, false) => "GET",
        };
        self.method.clone().unwrap_or_else(|| usual.into())
    }
}
