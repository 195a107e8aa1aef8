//! When the verdicts of a container's probes turn. A container's behaviour is a function of time, so all that its probes
//! will ever say can be worked out when it starts; no probe is run at all.
//!
//! Models `pkg/kubelet/prober/worker.go` and `k8s.io/kubernetes/pkg/probe`.

use super::behaviour::{Facts, Program, Response};
use super::faults::{ProbeFault, Window};
use super::process::exec_succeeds;
use crate::api::objects::pod::{Container, IntOrString, Probe, Protocol};
use crate::base::Order;
use crate::base::time::{Duration, SimTime};
use crate::base::{Str, Value};
use serde::{Deserialize, Serialize};

/// Which probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// `startupProbe`
    Startup,
    /// `readinessProbe`
    Readiness,
    /// `livenessProbe`
    Liveness,
}

impl Kind {
    /// The word in events.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Startup => "Startup",
            Kind::Readiness => "Readiness",
            Kind::Liveness => "Liveness",
        }
    }
}

/// Something that a probe brings about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// When.
    pub at: SimTime,
    /// Which probe.
    pub kind: Kind,
    /// What.
    pub what: What,
}

/// What a probe brings about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A try failed.
    Unhealthy(Str),
    /// Enough tries in a row succeeded.
    Passed,
    /// Enough tries in a row failed.
    Failed,
}

/// How long after its start a container is seen running: the first probe comes then.
const NOTICED: Duration = Duration::from_millis(300);
/// The most tries that are looked at: those at which nothing can change are skipped.
const MOST_TRIES: u32 = 20_000;

/// All that the probes of a container will say that starts at `since` with the address `ip`, in order of time; in `windows`
/// they go wrong. For `hooked` after its start its `postStart` runs, and no probe.
pub fn turns(
    container: &Container,
    program: &Program,
    windows: &[Window],
    ip: &str,
    since: SimTime,
    hooked: Duration,
) -> Vec<Turn> {
    let mut turns = Vec::new();
    let mut from = hooked + NOTICED;
    let run =
        |kind, probe: &Probe, from| timeline(kind, probe, &Probed { container, program, windows, ip, since }, from);
    if let Some(probe) = &container.startup_probe {
        let startup = run(Kind::Startup, probe, from);
        let passed = startup.iter().find(|turn| turn.what == What::Passed).map(|turn| turn.at.since(since));
        turns.extend(startup);
        let Some(passed) = passed else { return turns };
        from = passed;
    }
    for (kind, probe) in [(Kind::Readiness, &container.readiness_probe), (Kind::Liveness, &container.liveness_probe)] {
        turns.extend(probe.as_ref().map(|probe| run(kind, probe, from)).into_iter().flatten());
    }
    turns.order_by_key(|turn| (turn.at, turn.kind));
    turns
}

/// What is probed.
struct Probed<'a> {
    container: &'a Container,
    program: &'a Program,
    windows: &'a [Window],
    ip: &'a str,
    since: SimTime,
}

impl Probed<'_> {
    /// The moments at which an answer may become another one, in order of time.
    fn breaks(&self) -> Vec<Duration> {
        let files = self.program.files.iter().chain(&self.program.written);
        let own = files.map(|change| change.after).chain([self.program.start, self.program.ready]);
        let faults = self.windows.iter().flat_map(|window| [Some(window.from), window.until]).flatten();
        let mut breaks: Vec<Duration> = own.chain(faults.map(|at| at.since(self.since))).collect();
        breaks.order();
        breaks
    }
}

fn timeline(kind: Kind, probe: &Probe, probed: &Probed<'_>, from: Duration) -> Vec<Turn> {
    let Probed { program, since, .. } = *probed;
    let seconds = |seconds: i32| Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    let period = seconds(probe.period_seconds.max(1));
    let breaks = probed.breaks();
    let (successes, failures) = (probe.success_threshold.max(1), probe.failure_threshold.max(1));
    let mut verdict = kind == Kind::Liveness;
    let (mut row, mut last) = (0, None);
    let mut turns = Vec::new();
    let mut at = seconds(probe.initial_delay_seconds).max(from);
    for _ in 0..MOST_TRIES {
        if program.exit.is_some_and(|exit| at >= exit.after) {
            break;
        }
        let outcome = attempt(kind, probe, probed, at);
        let good = outcome.is_ok();
        row = if last == Some(good) { row + 1 } else { 1 };
        last = Some(good);
        let turn = |what| Turn { at: since.after(at), kind, what };
        if let Err(text) = outcome
            && row <= failures
        {
            turns.push(turn(What::Unhealthy(text.into())));
        }
        let decided = row >= if good { successes } else { failures };
        if decided && good != verdict {
            verdict = good;
            turns.push(turn(if good { What::Passed } else { What::Failed }));
        } else if decided && !good && row == failures {
            turns.push(turn(What::Failed));
        }
        let over = kind == Kind::Startup && decided || kind == Kind::Liveness && decided && !good;
        if over {
            break;
        }
        at += match breaks.iter().find(|change| **change > at) {
            _ if !decided => period,
            // All tries until then end like this one.
            Some(change) => period * u32::try_from((*change - at).as_nanos().div_ceil(period.as_nanos())).unwrap_or(1),
            None => break,
        };
    }
    turns
}

/// One try.
fn attempt(kind: Kind, probe: &Probe, probed: &Probed<'_>, at: Duration) -> Result<(), String> {
    let Probed { container, program, windows, ip, since } = *probed;
    let fault = windows.iter().rfind(|window| window.holds(kind, since.after(at))).map(|window| window.fault);
    if fault == Some(ProbeFault::Unasked) {
        return Ok(());
    }
    let timeout = Duration::from_secs(u64::try_from(probe.timeout_seconds).unwrap_or(1).max(1));
    let fails = fault == Some(ProbeFault::Fails);
    let too_slow = matches!(fault, Some(ProbeFault::Slow(span)) if span >= timeout);
    let number = |port: &IntOrString| container.port_number(port).unwrap_or(0);
    let late = |url: &str| {
        format!("Get \"{url}\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)")
    };
    let refused = |port: i32| format!("dial tcp {ip}:{port}: connect: connection refused");
    if let Some(get) = &probe.http_get {
        let port = number(&get.port);
        let scheme = if &*get.scheme == "HTTPS" { "https" } else { "http" };
        let slash = if get.path.starts_with('/') { "" } else { "/" };
        let url = format!("{scheme}://{ip}:{port}{slash}{}", get.path);
        if too_slow {
            return Err(late(&url));
        }
        if fails {
            return Err("HTTP probe failed with statuscode: 500".to_owned());
        }
        let Some(listener) = program.listener(port, Protocol::Tcp, at) else {
            return Err(format!("Get \"{url}\": {}", refused(port)));
        };
        let facts = Facts { method: "GET", path: &get.path, ..Facts::default() };
        let response = if at < program.ready { Some(Response::unready()) } else { listener.answer(&facts) };
        return match response {
            Some(response) if response.after >= timeout => Err(late(&url)),
            Some(response) if (200..400).contains(&response.status) => Ok(()),
            Some(response) => Err(format!("HTTP probe failed with statuscode: {}", response.status)),
            None => Err(format!("Get \"{url}\": EOF")),
        };
    }
    if let Some(socket) = &probe.tcp_socket {
        let port = number(&socket.port);
        if too_slow {
            return Err(format!("dial tcp {ip}:{port}: i/o timeout"));
        }
        let open = program.listener(port, Protocol::Tcp, at).filter(|_| !fails);
        return open.map(|_| ()).ok_or_else(|| refused(port));
    }
    if let Some(port) = probe.grpc.as_ref().and_then(|grpc| grpc.get("port")).and_then(Value::as_i64) {
        let open = i32::try_from(port)
            .ok()
            .and_then(|port| program.listener(port, Protocol::Tcp, at))
            .filter(|_| !fails && !too_slow);
        let text = "context deadline exceeded";
        return open.map(|_| ()).ok_or_else(|| {
            format!(
                "timeout: failed to connect service \"{ip}:{port}\" within {}s: {text}",
                probe.timeout_seconds.max(1)
            )
        });
    }
    let command = probe.exec.as_ref().and_then(|exec| exec.get("command")).and_then(Value::as_array);
    let argv: Vec<&str> = command.into_iter().flatten().filter_map(Value::as_str).collect();
    if too_slow {
        let command = argv.join(" ");
        return Err(format!("command {command:?} timed out after {}s", timeout.as_secs()));
    }
    if fails {
        return Err(String::new());
    }
    match (exec_succeeds(&argv, program, at), argv.as_slice()) {
        (Some(false), ["cat", path]) => Err(format!("cat: can't open '{path}': No such file or directory\n")),
        (Some(false), _) => Err(String::new()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::Catalogue;
    use super::*;
    use crate::api::json::Json;
    use serde_json::json;

    fn shape(container: Value) -> Vec<String> {
        let container = Container::from_json(container).unwrap();
        let program = Catalogue::embedded().program(&container);
        turns(&container, &program, &[], "10.0.0.9", SimTime::ZERO, Duration::ZERO)
            .iter()
            .map(|turn| {
                let what = match &turn.what {
                    What::Unhealthy(text) => text.trim().to_owned(),
                    What::Passed => "passed".to_owned(),
                    What::Failed => "failed".to_owned(),
                };
                format!("{}ms {} {what}", turn.at.0 / 1000, turn.kind.as_str())
            })
            .collect()
    }

    #[test]
    fn verdicts_turn_when_behaviour_does() {
        let get = |path: &str, port: i32| json!({"httpGet": {"path": path, "port": port}, "periodSeconds": 10, "failureThreshold": 3});
        let probes = |image: &str, readiness: Value| json!({"name": "c", "image": image, "readinessProbe": readiness});
        assert_eq!(shape(probes("nginx", get("/", 80))), ["300ms Readiness passed"]);
        assert_eq!(
            shape(probes("nginx", get("/", 8080))),
            [
                "300ms Readiness Get \"http://10.0.0.9:8080/\": dial tcp 10.0.0.9:8080: connect: connection refused",
                "10300ms Readiness Get \"http://10.0.0.9:8080/\": dial tcp 10.0.0.9:8080: connect: connection refused",
                "20300ms Readiness Get \"http://10.0.0.9:8080/\": dial tcp 10.0.0.9:8080: connect: connection refused",
                "20300ms Readiness failed",
            ]
        );
        assert_eq!(
            shape(probes("nginx", json!({"httpGet": {"path": "/ready", "port": 80}, "failureThreshold": 1}))),
            ["300ms Readiness HTTP probe failed with statuscode: 404", "300ms Readiness failed"]
        );
        assert_eq!(
            shape(probes("postgres:16", json!({"tcpSocket": {"port": 5432}, "periodSeconds": 5}))),
            [
                "300ms Readiness dial tcp 10.0.0.9:5432: connect: connection refused",
                "300ms Readiness failed",
                "5300ms Readiness passed"
            ]
        );
    }

    /// The liveness example of the documentation: the file is there for 30 seconds.
    #[test]
    fn liveness_fails_after_the_file_has_gone() {
        let script = "touch /tmp/healthy; sleep 30; rm -f /tmp/healthy; sleep 600";
        let container = json!({
            "name": "liveness", "image": "busybox:1.27", "args": ["/bin/sh", "-c", script],
            "livenessProbe": {"exec": {"command": ["cat", "/tmp/healthy"]}, "initialDelaySeconds": 5, "periodSeconds": 5, "failureThreshold": 3}
        });
        let missing = "Liveness cat: can't open '/tmp/healthy': No such file or directory";
        assert_eq!(
            shape(container),
            [
                format!("30000ms {missing}"),
                format!("35000ms {missing}"),
                format!("40000ms {missing}"),
                "40000ms Liveness failed".into()
            ]
        );
    }
}
