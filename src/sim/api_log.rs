//! What users asked the API server: the last requests, for people to read. Controllers' requests are not in it.

use crate::apiserver::{Request, Response, Result, Verb};
use crate::base::pmap::PVec;
use crate::base::time::SimTime;
use std::rc::Rc;

/// Older requests are forgotten.
const KEPT: usize = 1000;

/// One request and the code of its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct LogEntry {
    /// Its number, from 1.
    pub number: u64,
    /// When.
    pub at: SimTime,
    /// The HTTP method.
    pub method: &'static str,
    /// Path and query: `/apis/apps/v1/namespaces/default/deployments/web?dryRun=All`.
    pub path: String,
    /// The HTTP code of the answer.
    pub code: u16,
}

/// The last requests, oldest first.
#[derive(Clone, Default)]
pub struct ApiLog {
    entries: PVec<Rc<LogEntry>>,
    asked: u64,
}

impl ApiLog {
    /// The requests that are kept.
    pub fn entries(&self) -> &PVec<Rc<LogEntry>> {
        &self.entries
    }

    /// How many requests there were in all.
    pub fn asked(&self) -> u64 {
        self.asked
    }

    /// Everything but the code of an entry; made before the request is used up.
    pub(super) fn entry(&self, at: SimTime, request: &Request) -> LogEntry {
        let query = if request.options.dry_run { "?dryRun=All" } else { "" };
        let path = format!("{}{query}", request.path());
        LogEntry { number: self.asked + 1, at, method: request.verb.method(), path, code: 0 }
    }

    /// Remembers a request with its answer.
    pub(super) fn note(&mut self, entry: LogEntry, verb: Verb, answer: &Result<Response>) {
        let code = match answer {
            Ok(_) if verb == Verb::Create => 201,
            Ok(_) => 200,
            Err(status) => status.reason.code(),
        };
        self.asked = entry.number;
        self.entries.push_back(Rc::new(LogEntry { code, ..entry }));
        if self.entries.len() > KEPT {
            self.entries.pop_front();
        }
    }
}
