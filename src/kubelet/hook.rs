//! What the handlers `postStart` and `preStop` of a container do.
//!
//! Models `pkg/kubelet/lifecycle/handlers.go`.

use super::behaviour::Program;
use super::process::{exec_succeeds, read};
use crate::api::json::Json;
use crate::api::objects::pod::{Container, IntOrString, Protocol};
use crate::base::Value;
use std::time::Duration;

/// How a handler went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// How long it took.
    pub took: Duration,
    /// Why it failed, if it did: the error of the status.
    pub error: Option<String>,
}

/// Runs a handler (`postStart`, `preStop`) of a container that has run for `since`; none when it has no such handler.
/// `ip` is the pod's address, `pod` how messages name the pod.
pub fn run(
    which: &str,
    container: &Container,
    program: &Program,
    since: Duration,
    ip: &str,
    pod: &str,
) -> Option<Done> {
    let handler = container.lifecycle.as_ref()?.get(which)?;
    if let Some(seconds) = handler.pointer("/sleep/seconds").and_then(Value::as_u64) {
        return Some(Done { took: Duration::from_secs(seconds), error: None });
    }
    let name = &container.name;
    if let Some(get) = handler.get("httpGet") {
        let port = get
            .get("port")
            .and_then(|port| container.port_number(&IntOrString::from_json(port.clone())?))
            .unwrap_or(80);
        let path = get.get("path").and_then(Value::as_str).unwrap_or_default();
        let host = get.get("host").and_then(Value::as_str).unwrap_or(ip);
        // Any answer is good enough; only nobody there is not.
        let heard = host != ip || program.listener(port, Protocol::Tcp, since).is_some();
        let slash = if path.starts_with('/') { "" } else { "/" };
        let error = format!(
            "HTTP lifecycle hook ({path}) for Container \"{name}\" in Pod \"{pod}\" failed - error: \
             Get \"http://{host}:{port}{slash}{path}\": dial tcp {host}:{port}: connect: connection refused"
        );
        return Some(Done { took: Duration::ZERO, error: (!heard).then_some(error) });
    }
    let command = handler.pointer("/exec/command").and_then(Value::as_array)?;
    let argv: Vec<&str> = command.iter().filter_map(Value::as_str).collect();
    let exit = read(&argv, false).and_then(|program| program.exit);
    let code = match exit.map_or(0, |exit| exit.code) {
        0 if exec_succeeds(&argv, program, since) == Some(false) => 1,
        code => code,
    };
    let line = argv.join(" ");
    let error = format!(
        "Exec lifecycle hook ([{line}]) for Container \"{name}\" in Pod \"{pod}\" failed - error: command '{line}' \
         exited with {code}: , message: \"\""
    );
    Some(Done { took: exit.map_or(Duration::ZERO, |exit| exit.after), error: (code != 0).then_some(error) })
}
