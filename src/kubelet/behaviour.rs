//! What a container does, as data: when it listens, what it answers, when it ends and how it takes SIGTERM.

use crate::api::objects::pod::Protocol;
use crate::base::Str;
use std::time::Duration;

/// What a container does from its start on.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// How long after the start its ports listen.
    pub start: Duration,
    /// How long after the start it answers as it should: until then its answers to HTTP are 503.
    pub ready: Duration,
    /// When it ends by itself, and with which exit code; none runs until it is stopped.
    pub exit: Option<Exit>,
    /// What it does on SIGTERM; none ignores it, as a process with number 1 does that sets no handler.
    pub on_term: Option<Exit>,
    /// The ports that it opens.
    pub listeners: Vec<Listener>,
    /// The files that its command makes and removes, in order of time.
    pub files: Vec<FileChange>,
    /// The files that users write and remove while it runs, in order of time.
    pub written: Vec<FileChange>,
    /// What it prints when it starts.
    pub log: Vec<Str>,
    /// What it needs of its node.
    pub appetite: Appetite,
    /// The requests that it sends over and over.
    pub calls: Option<Calls>,
}

/// What a program needs of its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appetite {
    /// CPU while nobody asks for anything, in thousandths of a core.
    pub cpu: i64,
    /// CPU time that a request takes, in microseconds.
    pub cpu_per_request: i64,
    /// Memory, in bytes.
    pub memory: i64,
}

impl Default for Appetite {
    /// A small server.
    fn default() -> Appetite {
        Appetite { cpu: 1, cpu_per_request: 1000, memory: 12 << 20 }
    }
}

/// A loop that sends requests, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calls {
    /// The host of the URL.
    pub host: Str,
    /// How long it sleeps between an answer and the next request.
    pub pause: Duration,
}

/// How a process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    /// How long after its start, or after SIGTERM.
    pub after: Duration,
    /// With which code.
    pub code: i32,
}

/// A file comes or goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// How long after the start.
    pub after: Duration,
    /// Which file.
    pub path: Str,
    /// Whether it is there from then on.
    pub exists: bool,
}

/// An open port.
#[derive(Clone, Debug, PartialEq)]
pub struct Listener {
    /// Its number.
    pub port: i32,
    /// Its protocol.
    pub protocol: Protocol,
    /// Whether only on 127.0.0.1, where nobody outside of the pod reaches it.
    pub loopback: bool,
    /// What it answers to HTTP; none when it speaks something else.
    pub http: Option<Vec<Answer>>,
    /// What it does when it does not speak HTTP.
    pub speech: Speech,
}

/// What a process that speaks no HTTP does with a connection.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Speech {
    /// Takes it, and says nothing.
    #[default]
    Silent,
    /// Closes it when it hears what it does not understand.
    Closes,
    /// Says this at once.
    Greets(Str),
    /// Is an ingress controller's port.
    Ingress {
        /// Whether behind TLS.
        tls: bool,
    },
}

/// An answer to some HTTP requests. The first that fits is given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// The path that it is for; one that ends in `*` is for all that begin so.
    pub path: Str,
    /// The status code.
    pub status: i32,
    /// Headers, templates like the body.
    pub headers: Vec<(Str, Str)>,
    /// The body, with placeholders such as `{pod}`.
    pub body: Str,
    /// How long it takes.
    pub after: Duration,
}

/// What the placeholders of a template stand for.
#[derive(Clone, Debug, Default)]
pub struct Facts<'a> {
    /// The name of the pod that answers, which is its host name.
    pub pod: &'a str,
    /// Its namespace.
    pub namespace: &'a str,
    /// Its address.
    pub ip: &'a str,
    /// Its node.
    pub node: &'a str,
    /// The request's method.
    pub method: &'a str,
    /// The request's path with the query.
    pub path: &'a str,
    /// The request's Host header.
    pub host: &'a str,
    /// The client's address as the pod sees it.
    pub client: &'a str,
    /// And its port.
    pub client_port: &'a str,
    /// The port that answers.
    pub port: &'a str,
    /// The client's program, as in `curl/8.5.0`.
    pub agent: &'a str,
    /// Further request headers, a line each.
    pub headers: &'a str,
}

impl Facts<'_> {
    /// Puts the facts in place of `{pod}`, `{namespace}`, `{ip}`, `{node}`, `{port}`, `{method}`, `{path}`, `{query}`,
    /// `{host}`, `{client}`, `{client_port}`, `{agent}` and `{headers}`. Other braces stay.
    pub fn fill(&self, template: &str) -> String {
        let mut out = String::with_capacity(template.len());
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            match after.split_once('}').and_then(|(name, after)| Some((self.fact(name)?, after))) {
                Some((fact, after)) => {
                    out.push_str(fact);
                    rest = after;
                }
                None => {
                    out.push('{');
                    rest = after;
                }
            }
        }
        out.push_str(rest);
        out
    }

    fn fact(&self, name: &str) -> Option<&str> {
        Some(match name {
            "pod" => self.pod,
            "namespace" => self.namespace,
            "ip" => self.ip,
            "node" => self.node,
            "method" => self.method,
            "path" => self.path,
            "query" => self.path.split_once('?').map_or("", |(_, query)| query),
            "host" => self.host,
            "client" => self.client,
            "client_port" => self.client_port,
            "port" => self.port,
            "agent" => self.agent,
            "headers" => self.headers,
            _ => return None,
        })
    }
}

/// A filled-in answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: i32,
    /// Headers.
    pub headers: Vec<(Str, String)>,
    /// The body.
    pub body: String,
    /// How long it takes.
    pub after: Duration,
}

impl Response {
    /// What a program says to HTTP that is not ready.
    pub fn unready() -> Response {
        let body = "503 service unavailable\n".to_owned();
        Response { status: 503, headers: Vec::new(), body, after: Duration::ZERO }
    }
}

impl Program {
    /// A program that runs until it is stopped and does nothing else. It ends at once on SIGTERM.
    pub fn idle() -> Program {
        Program {
            start: Duration::ZERO,
            ready: Duration::ZERO,
            exit: None,
            on_term: Some(Exit { after: Duration::ZERO, code: 0 }),
            listeners: Vec::new(),
            files: Vec::new(),
            written: Vec::new(),
            log: Vec::new(),
            appetite: Appetite { cpu: 0, cpu_per_request: 0, memory: 1 << 20 },
            calls: None,
        }
    }

    /// A program that ends by itself.
    pub fn ends(after: Duration, code: i32) -> Program {
        Program { exit: Some(Exit { after, code }), on_term: None, ..Program::idle() }
    }

    /// A program that runs on and does not hear SIGTERM.
    pub fn deaf() -> Program {
        Program { on_term: None, ..Program::idle() }
    }

    /// The listener of a port of the pod's address `since` the container's start.
    pub fn listener(&self, port: i32, protocol: Protocol, since: Duration) -> Option<&Listener> {
        let up = since >= self.start && self.exit.is_none_or(|exit| since < exit.after);
        self.listeners.iter().find(|one| up && one.port == port && one.protocol == protocol && !one.loopback)
    }

    /// Whether a file that the command or a user makes or removes is there `since` the container's start; none when nobody
    /// has spoken of it.
    pub fn file(&self, path: &str, since: Duration) -> Option<bool> {
        let own = || self.files.iter().filter(|change| &*change.path == path);
        let written = self.written.iter().filter(|change| &*change.path == path);
        let last = own().chain(written).filter(|change| change.after <= since).max_by_key(|change| change.after);
        last.map(|change| change.exists).or(own().next().map(|_| false))
    }

    /// The program of a container into which users wrote.
    pub fn with_written(&self, written: Option<&Vec<FileChange>>) -> Program {
        Program { written: written.cloned().unwrap_or_default(), ..self.clone() }
    }
}

impl Listener {
    /// A TCP port that takes connections and says nothing.
    pub fn silent(port: i32) -> Listener {
        Listener { port, protocol: Protocol::Tcp, loopback: false, http: None, speech: Speech::Silent }
    }

    /// A port that answers every HTTP request in the same way.
    pub fn http(port: i32, body: &str) -> Listener {
        let answer = Answer { path: "*".into(), status: 200, body: body.into(), ..Answer::default() };
        Listener { http: Some(vec![answer]), ..Listener::silent(port) }
    }

    /// The answer to a request; none when the port does not speak HTTP.
    pub fn answer(&self, facts: &Facts) -> Option<Response> {
        let answers = self.http.as_ref()?;
        let path = facts.path.split('?').next().unwrap_or_default();
        let answer = answers.iter().find(|answer| match answer.path.strip_suffix('*') {
            Some(prefix) => path.starts_with(prefix),
            None => path == &*answer.path,
        });
        let Some(answer) = answer else {
            let body = "404 page not found\n".to_owned();
            return Some(Response { status: 404, headers: Vec::new(), body, after: Duration::ZERO });
        };
        let headers = answer.headers.iter().map(|(name, value)| (name.clone(), facts.fill(value))).collect();
        Some(Response { status: answer.status, headers, body: facts.fill(&answer.body), after: answer.after })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_filled() {
        let facts = Facts { pod: "web-1", ip: "10.0.0.1", path: "/a?b=c", client: "10.0.0.9", ..Facts::default() };
        let table = [
            ("Hello, {pod} at {ip}\n", "Hello, web-1 at 10.0.0.1\n"),
            ("{path} {query} {client}", "/a?b=c b=c 10.0.0.9"),
            ("body { color: {red} }", "body { color: {red} }"),
            ("{", "{"),
        ];
        for (template, expected) in table {
            assert_eq!(facts.fill(template), expected);
        }
    }

    #[test]
    fn the_first_answer_that_fits_is_given() {
        let answer =
            |path: &str, status| Answer { path: path.into(), status, body: "{path}".into(), ..Answer::default() };
        let http = Some(vec![answer("/healthz", 200), answer("/api/*", 201)]);
        let listener = Listener { http, ..Listener::silent(80) };
        for (path, status) in [("/healthz", 200), ("/healthz?full", 200), ("/api/x", 201), ("/other", 404)] {
            let response = listener.answer(&Facts { path, ..Facts::default() }).unwrap();
            assert_eq!(response.status, status, "{path}");
        }
    }
}
