//! Requests that pods answered: the last ones, for the access logs of containers.
//!
//! They are not part of the story that a seed and inputs tell (looking at a page changes no cluster), so they are kept beside
//! it, like the API log.

use crate::base::pmap::PVec;
use crate::base::time::SimTime;
use crate::network::route::{Outcome, Reply, Request, Trace, answer};
use crate::network::view::Key;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

/// Older ones are forgotten.
const KEPT: usize = 2_000;

/// A request that a pod answered.
#[derive(Clone, Debug)]
pub struct Visit {
    /// When.
    pub at: SimTime,
    /// Which pod.
    pub pod: Key,
    /// The request.
    pub request: Request,
    /// The status of the answer.
    pub status: u16,
    reply: Reply,
    /// From where, as the pod saw it, and to where.
    ends: (Option<SocketAddr>, Option<SocketAddr>),
}

impl Visit {
    /// From where, as the pod saw it.
    pub fn client(&self) -> Option<IpAddr> {
        self.ends.0.map(|source| source.ip())
    }

    /// How many bytes the answer had. It is written for that, which is why nobody does it before it is asked for.
    pub fn size(&self) -> usize {
        let (source, at) = self.ends;
        answer(&self.request, Some(self.status), &self.reply, source, at).map_or(0, |answer| answer.body.len())
    }
}

/// The last visits, oldest first.
#[derive(Clone, Default)]
pub struct Served(PVec<Rc<Visit>>);

impl Served {
    /// Remembers a request, if a pod answered it.
    pub(super) fn note(&mut self, at: SimTime, trace: &Trace) {
        let Outcome::Answered { status: Some(status), reply, .. } = &trace.outcome else { return };
        let Some(pod) = trace.answered_by() else { return };
        self.0.push_back(Rc::new(Visit {
            at,
            pod: pod.clone(),
            request: trace.request.clone(),
            status: *status,
            reply: reply.clone(),
            ends: (trace.seen_source, trace.answered_at()),
        }));
        if self.0.len() > KEPT {
            self.0.pop_front();
        }
    }

    /// Another future begins: what was served in the old one is forgotten.
    pub(super) fn fork(&mut self, now: SimTime) {
        let kept = self.0.partition_point(|visit| visit.at <= now);
        self.0.truncate(kept);
    }

    /// What a pod answered after one moment, up to another.
    pub fn of<'a>(&'a self, pod: &'a Key, after: SimTime, until: SimTime) -> impl Iterator<Item = &'a Visit> {
        self.0
            .iter()
            .map(|visit| &**visit)
            .filter(move |visit| visit.pod == *pod && visit.at > after && visit.at <= until)
    }
}
