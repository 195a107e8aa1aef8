//! Why something is as it is: the chain of causes from a change back to what the user did.
//!
//! Every change in the log says who made it and what moved them: an earlier change, an input, or the making of the cluster.
//! Nothing is guessed.

use super::inputs::{Input, Inputs};
use super::world::World;
use crate::api::kinds::Key;
use crate::apiserver::store::{Mark, What};
use crate::apiserver::{Because, Verb};
use crate::base::msg::Msg;
use crate::base::time::SimTime;
use crate::msg;

/// A link of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What happened, in a sentence.
    pub what: Msg,
    /// When; nothing for the making of the cluster.
    pub at: Option<SimTime>,
    /// The object that changed.
    pub key: Option<Key>,
    /// The revision that the change made.
    pub rev: Option<u64>,
    /// The input, by its place in the log, at the end of the chain.
    pub input: Option<usize>,
}

/// What is asked about.
#[derive(Clone, Debug)]
pub enum Subject<'a> {
    /// The last change of an object; of one that is gone, its end.
    Object(&'a Key),
    /// The change that made a revision.
    Change(u64),
}

/// The chain of causes, from the change back to its beginning. Empty when there was no such change, or when it is no longer
/// remembered.
pub fn chain(world: &World, inputs: &Inputs, subject: &Subject<'_>) -> Vec<Link> {
    let store = world.api.store();
    let at = |rev: u64| store.mark(rev).map(|mark| (rev, mark));
    let mut change = match subject {
        Subject::Change(rev) => at(*rev),
        Subject::Object(key) => match store.get(key) {
            Some(object) => at(object.meta().resource_version.0),
            None => store.marks_back().find(|(_, mark)| mark.key == **key),
        },
    };
    let mut links = Vec::new();
    // A cause is always earlier than what it brings about, so this ends.
    while let Some((rev, mark)) = change {
        links.push(link_of(rev, mark));
        change = match mark.cause.because {
            Because::Change(earlier) if earlier < rev => at(earlier),
            Because::Change(_) => None,
            Because::Input(number) => {
                let number = usize::try_from(number).unwrap_or(usize::MAX);
                links.extend(inputs.get(number).map(|logged| Link {
                    what: describe(&logged.input),
                    at: Some(logged.at),
                    key: None,
                    rev: None,
                    input: Some(number),
                }));
                None
            }
            Because::Seed => {
                links.push(Link { what: msg!("why.seed"), at: None, key: None, rev: None, input: None });
                None
            }
        };
    }
    links
}

/// A change by itself, as a link.
pub fn link_of(rev: u64, mark: &Mark) -> Link {
    let info = mark.key.kind.info();
    let (by, kind, name) = (mark.cause.by, info.kind, &mark.key.name);
    let what = match &mark.what {
        What::Created => msg!("why.created", by = by, kind = kind, name = name),
        What::Removed => msg!("why.removed", by = by, kind = kind, name = name),
        What::Deleting => msg!("why.deleting", by = by, kind = kind, name = name),
        What::Bound(node) => msg!("why.bound", by = by, name = name, node = node),
        What::Changed => msg!("why.changed", by = by, kind = kind, name = name),
        What::Updated => msg!("why.updated", by = by, kind = kind, name = name),
    };
    Link { what, at: Some(mark.at), key: Some(mark.key.clone()), rev: Some(rev), input: None }
}

/// What the user did, in a sentence.
pub fn describe(input: &Input) -> Msg {
    match input {
        Input::Request(request) => {
            let key = request.key();
            let (kind, name) = (key.kind.info().kind, &key.name);
            match request.verb() {
                Verb::Create => msg!("why.you-created", kind = kind, name = name),
                Verb::Delete => msg!("why.you-deleted", kind = kind, name = name),
                Verb::Get | Verb::List | Verb::Update | Verb::Patch => {
                    msg!("why.you-changed", kind = kind, name = name)
                }
            }
        }
        Input::Traffic { request, .. } => msg!("why.you-sent", target = request.to.host),
        Input::Program { command, .. } => msg!("why.you-ran", command = command.join(" ")),
        Input::File { path, .. } => msg!("why.you-wrote", path = path),
        Input::Fault(fault) => fault.label(),
        Input::Load { service, per_second } => msg!("why.load", service = service.name, count = per_second),
    }
}
