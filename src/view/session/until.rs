//! Running until something happens: what is waited for, and how far it may take.

use super::visit::Arrival;
use crate::api::kinds::Kind;
use crate::api::objects::{Event, Object, Pod};
use crate::apiserver::{Change, Kept};
use crate::base::msg::Msg;
use crate::base::time::{Duration, SimTime};
use crate::base::{Str, Value};
use crate::kubectl::durations;
use crate::msg;
use crate::sim::{Engine, World};
use crate::view::build::pods;
use crate::view::model::Tone;
use crate::view::model::time::Until;

/// How long something is waited for.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);

/// A run that has a goal.
pub struct Run {
    until: Until,
    /// Of [`Until::Moment`], the moment.
    moment: Option<SimTime>,
    limit: SimTime,
    /// The revision up to which changes were looked at.
    rev: u64,
    /// It tells a story that leads there.
    arrival: Option<Arrival>,
}

/// How a run goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It needs more time.
    More,
    /// It has come about.
    Reached,
    /// Nothing is due any more, so it never will.
    Never,
    /// It has not come about within a day.
    Late,
}

impl Run {
    /// A run from now on. `Err`: the moment cannot be read.
    pub fn new(until: Until, engine: &Engine) -> Result<Run, Msg> {
        let moment = match &until {
            Until::Moment(text) => Some(moment(text, engine.now()).ok_or_else(|| msg!("time.no-moment", text = text))?),
            _ => None,
        };
        let limit = moment.unwrap_or_else(|| engine.now().after(PATIENCE));
        Ok(Run { until, moment, limit, rev: engine.world().api.store().rev(), arrival: None })
    }

    /// A run to the end of the story at whose beginning the engine stands.
    pub(super) fn story(end: SimTime, arrival: Arrival, engine: &Engine) -> Run {
        let rev = engine.world().api.store().rev();
        Run { until: Until::Moment(Str::default()), moment: Some(end), limit: end, rev, arrival: Some(arrival) }
    }

    /// Where the story leads that is being told.
    pub(super) fn arrival(&self) -> Option<Arrival> {
        self.arrival
    }

    /// What is waited for, in a sentence.
    pub fn label(&self) -> Msg {
        match &self.until {
            Until::AllReady => msg!("time.until-ready"),
            Until::RolledOut(name) if name.is_empty() => msg!("time.until-all-rolled-out"),
            Until::RolledOut(name) => msg!("time.until-rolled-out", name = name),
            Until::PodFails(name) if name.is_empty() => msg!("time.until-any-fails"),
            Until::PodFails(name) => msg!("time.until-fails", name = name),
            Until::EventAppears(text) if text.is_empty() => msg!("time.until-warning"),
            Until::EventAppears(text) => msg!("time.until-event", text = text),
            Until::Moment(_) if self.arrival.is_some() => msg!("time.until-story"),
            Until::Moment(text) => msg!("time.until-moment", text = text),
        }
    }

    /// Goes on for as long as `go_on` says.
    pub fn go(&mut self, engine: &mut Engine, go_on: &mut dyn FnMut() -> bool) -> Progress {
        let (until, rev) = (&self.until, &mut self.rev);
        if settled(until, engine.world()) {
            return Progress::Reached;
        }
        loop {
            let due = engine.next_due();
            let Some(next) = due.filter(|due| *due <= self.limit) else {
                if self.moment.is_some() {
                    engine.advance_to(self.limit, &mut || true);
                    return Progress::Reached;
                }
                return if due.is_some() { Progress::Late } else { Progress::Never };
            };
            match engine.play(next.max(engine.now()), go_on, &mut |world| is_reached(until, world, rev)) {
                Some(true) => return Progress::Reached,
                Some(false) if go_on() => {}
                _ => return Progress::More,
            }
        }
    }
}

/// Whether a state that is waited for is there already.
fn settled(until: &Until, world: &World) -> bool {
    match until {
        Until::AllReady => all_ready(world),
        Until::RolledOut(name) => all_rolled_out(world, name),
        _ => false,
    }
}

/// Whether what is waited for has come about, as the changes since `rev` show.
fn is_reached(until: &Until, world: &World, rev: &mut u64) -> bool {
    let store = world.api.store();
    let since = std::mem::replace(rev, store.rev());
    let mut changes = store.changes_after(since).peekable();
    if changes.peek().is_none() {
        return false;
    }
    match until {
        Until::AllReady => changes.any(|change| shows_readiness(change)) && all_ready(world),
        Until::RolledOut(name) => changes.any(|change| rolls(change.key.kind)) && all_rolled_out(world, name),
        Until::PodFails(name) => changes.any(|change| fails(change, name)),
        Until::EventAppears(text) => changes.any(|change| tells(change, text)),
        Until::Moment(_) => false,
    }
}

fn rolls(kind: Kind) -> bool {
    matches!(kind, Kind::DEPLOYMENT | Kind::STATEFUL_SET | Kind::DAEMON_SET)
}

fn shows_readiness(change: &Change) -> bool {
    rolls(change.key.kind) || matches!(change.key.kind, Kind::POD | Kind::REPLICA_SET)
}

fn all_ready(world: &World) -> bool {
    let store = world.api.store();
    let pods_are = store
        .list(Kind::POD, "")
        .filter_map(|object| Pod::of(object))
        .all(|pod| pod.is_terminal() || pod.is_ready() && !pod.meta.is_terminating());
    let wanted = |object: &Object| match object {
        Object::ReplicaSet(rs) => rs.status.ready_replicas >= rs.spec.replicas,
        _ => true,
    };
    pods_are && store.list(Kind::REPLICA_SET, "").all(|object| wanted(object)) && all_rolled_out(world, "")
}

/// Whether all Deployments, StatefulSets and DaemonSets of a name (or all) have rolled out. With a name, there must be one.
fn all_rolled_out(world: &World, name: &str) -> bool {
    let store = world.api.store();
    let all = [Kind::DEPLOYMENT, Kind::STATEFUL_SET, Kind::DAEMON_SET].into_iter();
    let mut meant = all
        .flat_map(|kind| store.list(kind, ""))
        .filter(|object| name.is_empty() || *object.meta().name == *name)
        .peekable();
    (name.is_empty() || meant.peek().is_some()) && meant.all(|object| has_rolled_out(object))
}

/// Models `polymorphichelpers/rollout_status.go`, without its words.
pub(super) fn has_rolled_out(object: &Object) -> bool {
    let value = object.to_value();
    let number = |pointer: &str| value.pointer(pointer).and_then(Value::as_i64).unwrap_or(0);
    if number("/status/observedGeneration") < number("/metadata/generation") {
        return false;
    }
    let wanted = number("/spec/replicas");
    let updated = number("/status/updatedReplicas");
    match object.kind() {
        Kind::DEPLOYMENT => {
            updated >= wanted && number("/status/replicas") <= updated && number("/status/availableReplicas") >= updated
        }
        Kind::STATEFUL_SET => {
            number("/status/readyReplicas") >= wanted
                && (updated >= wanted
                    || value.pointer("/status/updateRevision") == value.pointer("/status/currentRevision"))
        }
        _ => {
            let desired = number("/status/desiredNumberScheduled");
            number("/status/updatedNumberScheduled") >= desired && number("/status/numberAvailable") >= desired
        }
    }
}

/// Whether a change is a pod's getting into trouble.
fn fails(change: &Change, name: &str) -> bool {
    let bad = |object: &Option<Kept>| {
        let pod = object.as_deref().and_then(Pod::of);
        pod.is_some_and(|pod| pods::card(pod, None).tone == Tone::Bad)
    };
    change.key.kind == Kind::POD && change.key.name.starts_with(name) && bad(&change.new) && !bad(&change.old)
}

/// Whether a change is an Event that is waited for.
fn tells(change: &Change, text: &str) -> bool {
    let Some(event) = change.new.as_deref().and_then(Event::of) else { return false };
    let says = |words: &Str| words.to_lowercase().contains(&text.to_lowercase());
    match text {
        "" => &*event.kind == "Warning",
        _ => says(&event.reason) || says(&event.message) || says(&event.involved_object.name),
    }
}

/// Reads a moment: `90`, `1:30`, `0:01:30`, `1m30s` after the start; with a `+` before it, from `now` on.
pub fn moment(text: &str, now: SimTime) -> Option<SimTime> {
    let text = text.trim();
    let (from, text) = text.strip_prefix('+').map_or((SimTime::ZERO, text), |rest| (now, rest.trim()));
    if let Ok((false, span)) = durations::parse(text) {
        return Some(from.after(span));
    }
    let mut seconds = 0.0_f64;
    for part in text.split(':') {
        let part: f64 = part.parse().ok().filter(|part: &f64| part.is_finite() && *part >= 0.0)?;
        seconds = seconds * 60.0 + part;
    }
    Some(from.after(std::time::Duration::try_from_secs_f64(seconds).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_people_write_them() {
        let now = SimTime::from_secs(100);
        let read = |text: &str| moment(text, now).map(|at| at.0 / 1_000_000);
        assert_eq!(read("90"), Some(90));
        assert_eq!(read("1:30"), Some(90));
        assert_eq!(read(" 0:01:30.5 "), Some(90));
        assert_eq!(read("1m30s"), Some(90));
        assert_eq!(read("+30"), Some(130));
        assert_eq!(read("+2m"), Some(220));
        assert_eq!([read("soon"), read(""), read("-5"), read("1:-3"), read("inf")], [None; 5]);
    }
}
