//! What real client programs print: curl, wget, nslookup, dig, ping and getent, as they run in a pod.
//!
//! [`run`] takes a command line that a shell has already split. Texts are those of curl 7.88, BIND 9.18, iputils and
//! BusyBox wget;
//! [`APPLETS`] differ in images whose tools are BusyBox.

mod busybox;
mod curl;
mod dig;
mod getent;
mod nslookup;
mod ping;
mod wget;

pub use curl::error_text as curl_error;
pub use curl::exit_code as curl_exit;

use super::route::{Client, Effect, Trace};
use super::view::NetView;
use crate::base::time::Duration;

/// What a program left behind.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// Its output.
    pub stdout: String,
    /// Its complaints.
    pub stderr: String,
    /// Its exit code.
    pub exit: u8,
    /// How long it ran.
    pub took: Duration,
    /// The requests it made.
    pub traces: Vec<Trace>,
}

impl Run {
    /// What the requests want to be remembered.
    pub fn effects(&self) -> impl Iterator<Item = &Effect> {
        self.traces.iter().flat_map(|trace| &trace.effects)
    }

    fn failed(exit: u8, stderr: String) -> Run {
        Run { stderr, exit, ..Run::default() }
    }
}

/// The programs that [`run`] knows.
pub const PROGRAMS: [&str; 7] = ["curl", "wget", "nslookup", "dig", "ping", "ping6", "getent"];

/// Programs that print other things where they are BusyBox: `busybox nslookup ...` runs them, or `busybox-1.28 nslookup ...` as they were
/// up to that release.
pub const APPLETS: [&str; 3] = ["nslookup", "ping", "ping6"];

/// Runs a program as `client`; `None` when it is not one of [`PROGRAMS`], nor one of [`APPLETS`] behind `busybox`.
pub fn run(view: &NetView, client: &Client, command: &[&str], pick: u64) -> Option<Run> {
    let (program, arguments) = command.split_first()?;
    let start = Start { view, client, pick };
    match *program {
        "curl" => Some(curl::run(&start, arguments)),
        "wget" => Some(wget::run(&start, arguments)),
        "nslookup" => Some(nslookup::run(&start, arguments)),
        "dig" => Some(dig::run(&start, arguments)),
        "ping" => Some(ping::run(&start, ping::Style::Iputils, arguments)),
        "ping6" => Some(ping::run(&start, ping::Style::Iputils, &[&["-6"], arguments].concat())),
        "busybox" => busybox::run(&start, busybox::Release::New, arguments),
        "busybox-1.28" => busybox::run(&start, busybox::Release::Old, arguments),
        "getent" => Some(getent::run(&start, arguments)),
        _ => None,
    }
}

/// In which world, and as whom, a program runs.
struct Start<'a> {
    view: &'a NetView,
    client: &'a Client,
    pick: u64,
}

/// Splits `-abc` and `-m 6`, `-m6`, `--max-time 6`, `--max-time=6` into options with values and the rest.
struct Arguments<'a> {
    rest: std::collections::VecDeque<&'a str>,
    letters: &'a str,
}

impl<'a> Arguments<'a> {
    fn new(arguments: &[&'a str]) -> Arguments<'a> {
        Arguments { rest: arguments.iter().copied().collect(), letters: "" }
    }

    /// The next option (`-s`, `--silent`) or plain argument.
    fn next(&mut self) -> Option<Argument<'a>> {
        if let Some(letter) = self.letters.chars().next() {
            self.letters = &self.letters[letter.len_utf8()..];
            return Some(Argument::Letter(letter));
        }
        let word = self.rest.pop_front()?;
        if let Some(name) = word.strip_prefix("--").filter(|name| !name.is_empty()) {
            if let Some((name, value)) = name.split_once('=') {
                self.rest.push_front(value);
                return Some(Argument::Name(name));
            }
            return Some(Argument::Name(name));
        }
        match word.strip_prefix('-').filter(|letters| !letters.is_empty()) {
            Some(letters) => {
                self.letters = letters;
                self.next()
            }
            None => Some(Argument::Plain(word)),
        }
    }

    /// The value of the option just read.
    fn value(&mut self) -> Option<&'a str> {
        if self.letters.is_empty() { self.rest.pop_front() } else { Some(std::mem::take(&mut self.letters)) }
    }
}

enum Argument<'a> {
    Letter(char),
    Name(&'a str),
    Plain(&'a str),
}

/// `6` or `0.5` seconds.
fn seconds(text: Option<&str>) -> Option<Duration> {
    let seconds: f64 = text?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok().filter(|time| !time.is_zero())
}

/// `OK` for 200, as servers and clients write it.
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        421 => "Misdirected Request",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}
