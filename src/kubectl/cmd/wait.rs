//! `kubectl wait`.
//!
//! Models `kubectl/pkg/cmd/wait`.

use super::{Context, How, fail};
use crate::api::kinds::Key;
use crate::api::objects::Object;
use crate::base::time::{Duration, SimTime};
use crate::base::{Str, Value, text::go_quote};
use crate::kubectl::exec::{Exec, Output, Process};
use crate::kubectl::failure::Failure;
use crate::kubectl::jsonpath::{Template, relaxed};
use crate::kubectl::print::object_name;
use crate::sim::Engine;
use std::rc::Rc;

/// What is waited for.
enum Condition {
    Created,
    Deleted,
    /// A condition of the status, and its value.
    Status(String, String),
    /// A template, and what it must print; `None`: anything.
    Path(Template, Option<String>),
}

pub(super) fn run(context: &mut Context<'_>) -> Result<Exec, Failure> {
    let conditions: Vec<Condition> =
        context.args.list("for").iter().map(|text| parse(text)).collect::<Result<_, _>>()?;
    if conditions.is_empty() {
        return Err("unrecognized condition: []".into());
    }
    let timeout = match context.args.duration("timeout") {
        Some((true, _)) => Duration::from_secs(168 * 3600),
        Some((false, span)) => span,
        None => Duration::from_secs(30),
    };
    let args = context.args.positional.clone();
    let for_delete = conditions.iter().any(|condition| matches!(condition, Condition::Deleted));
    let for_create = conditions.iter().any(|condition| matches!(condition, Condition::Created));
    let how = How { type_means_all: context.args.on("all"), ..How::default() };
    let selection = context.select(&args, how)?;
    let mut failures = selection.failures;
    let mut waiting = Vec::new();
    for target in selection.targets {
        match context.client().get(&target.key) {
            Ok(object) => waiting.push((target.key, Some(object))),
            Err(failure) if for_delete && failure.is_not_found() => {}
            Err(failure) if for_create && failure.is_not_found() => waiting.push((target.key, None)),
            Err(failure) => failures.push(failure),
        }
    }
    if waiting.is_empty() && !for_delete {
        Failure::all(failures)?;
        return Err("no matching resources found".into());
    }
    let waiting = waiting.into_iter().map(|(key, object)| Waiting { uid: uid_of(&object), key, last: object, met: 0 });
    let deadline = context.engine.now().after(timeout);
    Ok(Exec::Running(Box::new(Wait {
        conditions,
        waiting: waiting.collect(),
        failures,
        deadline,
        once: timeout.is_zero(),
        for_create,
    })))
}

fn uid_of(object: &Option<Rc<Object>>) -> Str {
    object.as_ref().map_or_else(|| Str::from(""), |object| object.meta().uid.clone())
}

fn parse(text: &str) -> Result<Condition, Failure> {
    match text.to_lowercase().as_str() {
        "delete" => return Ok(Condition::Deleted),
        "create" => return Ok(Condition::Created),
        _ => {}
    }
    if let Some(rest) = text.strip_prefix("condition=") {
        let (name, value) = rest.split_once('=').unwrap_or((rest, "true"));
        return Ok(Condition::Status(name.to_owned(), value.to_owned()));
    }
    let Some(rest) = text.strip_prefix("jsonpath=") else {
        return Err(Failure::Plain(format!("unrecognized condition: {}", go_quote(text))));
    };
    let parts = split(rest);
    let [path, value @ ..] = parts.as_slice() else { return Err(JSONPATH_FORMAT.into()) };
    let path = relaxed(path)?;
    let value = match value {
        [] => None,
        [value] => match value.trim_matches(['\'', '"']) {
            "" => {
                return Err("jsonpath wait has to have a value after equal sign, like \
                            --for=jsonpath='{.status.readyReplicas}'=3"
                    .into());
            }
            value => Some(value.to_owned()),
        },
        _ => return Err(JSONPATH_FORMAT.into()),
    };
    if path.is_empty() {
        return Err("jsonpath expression cannot be empty".into());
    }
    Ok(Condition::Path(Template::parse(&path)?, value))
}

const JSONPATH_FORMAT: &str = "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or \
                               --for=jsonpath='{.status.readyReplicas}'";

/// Cuts at single `=`; a double one belongs to the expression.
fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, parts.last_mut()) {
            ('=', Some(part)) if chars.peek() == Some(&'=') => {
                chars.next();
                part.push_str("==");
            }
            ('=', _) => parts.push(String::new()),
            (c, Some(part)) => part.push(c),
            (_, None) => {}
        }
    }
    parts
}

/// `timed out waiting for the condition on pods/web`.
pub(super) fn timed_out(key: &Key) -> Failure {
    let resource = key.kind.info().plural;
    Failure::Plain(format!("timed out waiting for the condition on {resource}/{}", key.name))
}

struct Waiting {
    key: Key,
    uid: Str,
    /// The object as it was seen last: it is named even when it is gone.
    last: Option<Rc<Object>>,
    /// How many conditions have been met, in order.
    met: usize,
}

/// Waits for one object after the other, as kubectl does.
struct Wait {
    conditions: Vec<Condition>,
    waiting: Vec<Waiting>,
    failures: Vec<Failure>,
    deadline: SimTime,
    /// `--timeout=0`: look once.
    once: bool,
    /// Whether it is still waited for all objects to be there.
    for_create: bool,
}

impl Wait {
    /// What is said of an object whose time is over.
    fn too_late(&self, key: &Key) -> Failure {
        match self.once {
            true => Failure::Plain(format!("condition not met for {}/{}", key.kind.info().plural, key.name)),
            false => timed_out(key),
        }
    }
}

impl Process for Wait {
    fn poll(&mut self, engine: &mut Engine, output: &mut Output) -> Option<i32> {
        let store = engine.world().api.store();
        let late = engine.now() >= self.deadline;
        if self.for_create && self.waiting.iter().any(|waiting| store.get(&waiting.key).is_none()) {
            if !late {
                return None;
            }
            fail(&"timed out waiting for the condition".into(), output);
            return Some(1);
        }
        self.for_create = false;
        // All objects share the time: when one has used it up, those after it have none.
        let mut over = false;
        while let Some(waiting) = self.waiting.first_mut() {
            let object = store.get(&waiting.key).cloned();
            if object.is_some() {
                waiting.last.clone_from(&object);
            }
            let Some(condition) = self.conditions.get(waiting.met) else {
                self.waiting.remove(0);
                continue;
            };
            match met(condition, object.as_deref(), &waiting.uid) {
                _ if over => self.failures.push(timed_out(&waiting.key)),
                Ok(true) => {
                    output.line(format!("{} condition met", object_name(waiting.key.kind, &waiting.key.name)));
                    waiting.met += 1;
                    continue;
                }
                Ok(false) if late => {
                    over = !self.once;
                    let key = waiting.key.clone();
                    self.failures.push(self.too_late(&key));
                }
                Ok(false) => return None,
                Err(failure) => self.failures.push(failure),
            }
            self.waiting.remove(0);
        }
        match Failure::all(std::mem::take(&mut self.failures)) {
            Ok(()) => Some(0),
            Err(failure) => {
                fail(&failure, output);
                Some(1)
            }
        }
    }

    fn wakes_at(&self) -> Option<SimTime> {
        Some(self.deadline)
    }
}

fn met(condition: &Condition, object: Option<&Object>, uid: &Str) -> Result<bool, Failure> {
    match (condition, object) {
        (Condition::Created, object) => Ok(object.is_some()),
        (Condition::Deleted, object) => Ok(object.is_none_or(|object| object.meta().uid != *uid)),
        (_, None) => Ok(false),
        (Condition::Status(name, wanted), Some(object)) => Ok(has_condition(&object.to_value(), name, wanted)),
        (Condition::Path(template, wanted), Some(object)) => {
            let value = object.to_value();
            let found = template.find(&value)?;
            let Some(first) = found.first().and_then(|results| results.first()) else { return Ok(false) };
            if found.len() > 1 {
                return Err("given jsonpath expression matches more than one list".into());
            }
            if found.first().is_some_and(|results| results.len() > 1) {
                return Err("given jsonpath expression matches more than one value".into());
            }
            if first.is_object() || first.is_array() {
                return match wanted {
                    None => Ok(true),
                    Some(_) => Err("jsonpath leads to a nested object or list which is not supported".into()),
                };
            }
            Ok(wanted.as_ref().is_none_or(|wanted| crate::kubectl::gofmt::sprint(first).trim() == wanted.trim()))
        }
    }
}

/// A condition counts when it was computed from the newest generation.
fn has_condition(value: &Value, name: &str, wanted: &str) -> bool {
    let conditions = value.pointer("/status/conditions").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let text = |condition: &Value, field: &str| {
        condition.get(field).and_then(Value::as_str).unwrap_or_default().to_lowercase()
    };
    let Some(condition) = conditions.iter().find(|condition| text(condition, "type") == name.to_lowercase()) else {
        return false;
    };
    let generation = value.pointer("/metadata/generation").and_then(Value::as_i64);
    let observed = condition.get("observedGeneration").or_else(|| value.pointer("/status/observedGeneration"));
    if let (Some(generation), Some(observed)) = (generation, observed.and_then(Value::as_i64))
        && observed < generation
    {
        return false;
    }
    text(condition, "status") == wanted.to_lowercase()
}
