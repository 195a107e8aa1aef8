//! What is kept of a session: the story of its cluster, the files, the request that was being written. A link carries it, and so
//! does the browser across a reload. A session that is given one tells the story again, a little in each frame.
//!
//! Futures that were left, and what the console had printed, are not kept.

use super::until::Run;
use super::{KeptFile, Session};
use crate::base::time::SimTime;
use crate::sim::Engine;
use crate::sim::share::{ShareError, Story, pack, unpack};
use crate::view::model::request::Ask;
use serde::{Deserialize, Serialize};

/// A session as it can be kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Visit {
    /// The cluster, with the future that was played.
    pub story: Story,
    /// The moment that was looked at, at most the story's end.
    pub at: SimTime,
    /// Time stood still there.
    pub paused: bool,
    /// The example that was loaded.
    #[serde(default)]
    pub example: Option<String>,
    /// The editor's files.
    pub files: Vec<KeptFile>,
    /// What stood in the request form.
    #[serde(default)]
    pub ask: Ask,
}

impl Visit {
    /// As a text that may stand in a link.
    pub fn encode(&self) -> Result<String, ShareError> {
        pack(self)
    }

    /// Reads what [`Visit::encode`] wrote.
    pub fn decode(text: &str) -> Result<Visit, ShareError> {
        let visit: Visit = unpack(text)?;
        Ok(Visit { story: visit.story.checked()?, ..visit })
    }
}

/// Where a story leads that is being told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    /// The moment to show in the end.
    pub at: SimTime,
    /// Time stands still there.
    pub paused: bool,
}

impl Session {
    /// What there is to keep; `ask` is what stands in the request form.
    pub fn kept(&self, ask: Ask) -> Visit {
        // While a story is being told, where it leads counts: whoever leaves in the middle has not changed it.
        let arrival = self.time.arrival();
        Visit {
            story: self.engine.whole_story(),
            at: arrival.map_or(self.engine.now(), |arrival| arrival.at),
            paused: arrival.map_or(self.pace.paused, |arrival| arrival.paused),
            example: self.example.as_ref().map(ToString::to_string),
            files: self.files.kept(),
            ask,
        }
    }

    /// Begins to tell the story of a visit. Time runs to its end, and then goes to the moment that was looked at.
    pub(super) fn take_up(&mut self, visit: Visit) {
        self.config = visit.story.cluster.clone();
        self.reset();
        let end = visit.story.until;
        self.engine = Engine::before(visit.story);
        self.open(visit.files);
        self.example = visit.example.map(Into::into);
        self.requests.suggest(visit.ask);
        self.time.run(Run::story(end, Arrival { at: visit.at.min(end), paused: visit.paused }, &self.engine));
        self.pace.paused = true;
    }

    /// Tells the story that is being told to its end, at once; for the JS API.
    pub fn tell(&mut self) {
        while self.time.arrival().is_some() {
            self.run_on(&mut || true);
        }
        self.draw();
    }

    /// A story was told to its end.
    pub(super) fn settle(&mut self, arrival: Arrival) {
        if arrival.at < self.engine.now() {
            self.engine.seek(arrival.at);
        }
        self.pace.paused = arrival.paused;
        self.pace.reset(self.engine.now());
        self.drawn = None;
    }
}
