//! What a program does, in the words of `www/images`: read from an image's file, or from a pod's annotation.

use super::behaviour::{Answer, Appetite, Exit, Listener, Program, Speech};
use super::process;
use crate::api::meta::Labels;
use crate::api::objects::pod::Protocol;
use crate::api::quantity::Quantity;
use crate::base::{Str, Value};
use crate::yaml;
use std::ops::Bound;
use std::time::Duration;

/// Annotations of pods that begin so, followed by a container's name, say what that container does.
pub const ANNOTATION: &str = "behaviour.tabernetes/";

/// What may stand in an annotation.
const FIELDS: [&str; 8] = ["start", "ready", "exits", "stops", "cpu", "memory", "listen", "slow"];

/// What the annotations say of a container.
pub fn behaviour<'a>(annotations: &'a Labels, container: &str) -> Option<&'a Str> {
    said(annotations).find(|(name, _)| name.strip_prefix(ANNOTATION) == Some(container)).map(|(_, text)| text)
}

/// An annotation's text as YAML.
///
/// # Errors
/// In words: what of it cannot be read.
pub fn read_behaviour(text: &str) -> Result<Value, String> {
    let document = yaml::load(text).into_iter().next().ok_or("it is empty")?;
    let value = document.map_err(|error| error.to_string())?.value;
    let fields = value.as_object().ok_or("it is no mapping")?;
    match fields.keys().find(|field| !FIELDS.contains(&field.as_str())) {
        Some(unknown) => Err(format!("unknown field \"{unknown}\"; there are {}", FIELDS.join(", "))),
        None => Ok(value),
    }
}

/// All annotations that say what containers do.
pub(super) fn said(annotations: &Labels) -> impl Iterator<Item = (&Str, &Str)> {
    let from = (Bound::Included(ANNOTATION), Bound::Unbounded);
    annotations.0.range::<str, _>(from).take_while(|(name, _)| name.starts_with(ANNOTATION))
}

/// Annotations that say what a container does and cannot be read: the name, and why.
pub fn problems(annotations: &Labels) -> impl Iterator<Item = (&Str, String)> {
    said(annotations).filter_map(|(name, text)| Some((name, read_behaviour(text).err()?)))
}

/// What the image's own program does with these arguments.
pub(super) fn own_program(file: &Value, args: &[String], interactive: bool) -> Program {
    let command = args.iter().find_map(|arg| file.get("commands").and_then(|commands| commands.get(arg.as_str())));
    let appetite = appetite(file, args, Appetite::default());
    let program = amend(Program { appetite, ..Program::deaf() }, command.unwrap_or(file), args);
    Program { exit: program.exit.filter(|_| !interactive), ..program }
}

/// The program with everything that `part` says put in place of what it did.
pub(super) fn amend(program: Program, part: &Value, args: &[String]) -> Program {
    let millis = |field: &str| part.get(field).and_then(Value::as_u64).map(Duration::from_millis);
    let exit = |field: &str, usual| part.get(field).map_or(usual, exit);
    let listeners = part.get("listen").and_then(Value::as_array);
    let mut listeners: Vec<Listener> = match listeners {
        Some(listeners) => listeners.iter().filter_map(|entry| listener(entry, args)).collect(),
        None => program.listeners,
    };
    if let Some(slow) = millis("slow") {
        let answers = listeners.iter_mut().filter_map(|listener| listener.http.as_mut()).flatten();
        answers.for_each(|answer| answer.after = slow);
    }
    Program {
        start: millis("start").unwrap_or(program.start),
        ready: millis("ready").unwrap_or(program.ready),
        exit: exit("exits", program.exit),
        on_term: exit("stops", program.on_term),
        appetite: appetite(part, args, program.appetite),
        listeners,
        ..program
    }
}

/// How a process ends: `{after: ms, code: n}`; anything else says that it does not.
fn exit(value: &Value) -> Option<Exit> {
    let code = value.get("code").and_then(Value::as_i64).and_then(|code| i32::try_from(code).ok()).unwrap_or(0);
    let after = value.get("after").and_then(Value::as_u64).map(Duration::from_millis);
    value.is_object().then(|| Exit { after: after.unwrap_or_default(), code })
}

/// What is said of CPU and memory, as Kubernetes' quantities.
fn appetite(part: &Value, args: &[String], usual: Appetite) -> Appetite {
    let amount = |value: Option<&Value>| Quantity::parse(&text(value?, args)).ok();
    let cpu = |field: &str| amount(part.get("cpu").and_then(|cpu| cpu.get(field)));
    let micros = |amount: Quantity| i64::try_from(amount.nanos() / 1000).unwrap_or(i64::MAX);
    Appetite {
        cpu: cpu("idle").map_or(usual.cpu, Quantity::milli_value),
        cpu_per_request: cpu("request").map_or(usual.cpu_per_request, micros),
        memory: amount(part.get("memory")).map_or(usual.memory, Quantity::value),
    }
}

fn listener(entry: &Value, args: &[String]) -> Option<Listener> {
    let address = text(entry.get("port")?, args);
    let (host, port) = address.rsplit_once(':').unwrap_or(("", &address));
    let answers = entry.get("answers").and_then(Value::as_array);
    let word = |field: &str| entry.get(field).and_then(Value::as_str);
    Some(Listener {
        port: port.parse().ok()?,
        protocol: word("protocol").and_then(Protocol::parse).unwrap_or(Protocol::Tcp),
        loopback: process::is_loopback(host),
        http: answers.map(|answers| answers.iter().map(|entry| answer(entry, args)).collect()),
        speech: match (word("speaks"), word("greets")) {
            (Some("ingress"), _) => Speech::Ingress { tls: false },
            (Some("ingress-tls"), _) => Speech::Ingress { tls: true },
            (Some("closes"), _) => Speech::Closes,
            (_, Some(text)) => Speech::Greets(text.into()),
            _ => Speech::Silent,
        },
    })
}

fn answer(entry: &Value, args: &[String]) -> Answer {
    let headers = entry.get("headers").and_then(Value::as_object).into_iter().flatten();
    let status = entry.get("status").and_then(Value::as_i64).and_then(|status| i32::try_from(status).ok());
    Answer {
        path: entry.get("path").and_then(Value::as_str).unwrap_or("*").into(),
        status: status.unwrap_or(200),
        headers: headers
            .filter_map(|(name, value)| Some((Str::from(name.as_str()), Str::from(value.as_str()?))))
            .collect(),
        body: entry.get("body").map(|body| text(body, args)).unwrap_or_default().into(),
        after: entry.get("after").and_then(Value::as_u64).map(Duration::from_millis).unwrap_or_default(),
    }
}

/// A text, or what a flag says (`-text=hi`, `--text hi`) with what follows it.
fn text(value: &Value, args: &[String]) -> String {
    let plain = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let Some(flag) = value.get("flag").and_then(Value::as_str) else { return plain(value) };
    let given = args.iter().enumerate().find_map(|(place, arg)| {
        let bare = arg.strip_prefix("--").or_else(|| arg.strip_prefix('-'))?;
        match bare.split_once('=') {
            Some((name, value)) if name == flag => Some(value.to_owned()),
            None if bare == flag => args.get(place + 1).cloned(),
            _ => None,
        }
    });
    let end = value.get("end").and_then(Value::as_str).unwrap_or_default();
    given.unwrap_or_else(|| value.get("default").map(plain).unwrap_or_default()) + end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotations_are_read_or_say_why_not() {
        for (text, expected) in [
            ("start: 500", "500ms, runs, stops 0"),
            ("{start: 500, exits: {after: 2000, code: 3}}", "500ms, ends 3, stops 0"),
            ("stops: never", "0ns, runs, deaf"),
            ("strat: 500", "unknown field \"strat\"; there are start, ready, exits, stops, cpu, memory, listen, slow"),
            ("500", "it is no mapping"),
            ("{", "unexpected EOF"),
        ] {
            let said = read_behaviour(text).map(|value| amend(Program::idle(), &value, &[]));
            let told = said.map_or_else(
                |problem| problem,
                |program| {
                    let end = program.exit.map_or("runs".to_owned(), |exit| format!("ends {}", exit.code));
                    let stop = program.on_term.map_or("deaf".to_owned(), |exit| format!("stops {}", exit.code));
                    format!("{:?}, {end}, {stop}", program.start)
                },
            );
            assert_eq!(told, expected, "{text}");
        }
    }
}
