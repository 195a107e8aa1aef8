//! What users asked the API server: the last requests with their answers, for people to read. Controllers' requests are not
//! in it.

use crate::api::objects::Object;
use crate::apiserver::{Request, Response, Result, Status, Verb};
use crate::base::pmap::PVec;
use crate::base::time::SimTime;
use std::rc::Rc;

/// Older requests are forgotten.
const KEPT: usize = 1000;
/// So many objects of a list that was answered are kept.
const ITEMS: usize = 50;

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
    /// What was asked.
    pub request: Rc<Request>,
    /// What was answered.
    pub answer: Answer,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The object that was read or written.
    Object(Rc<Object>),
    /// The first objects of a list, and how many there were in all.
    List(Vec<Rc<Object>>, usize),
    /// Nothing but yes.
    Nothing,
    /// No.
    Refused(Box<Status>),
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

    /// The entry of a request that has no answer yet; made before the request is used up.
    pub(super) fn entry(&self, at: SimTime, request: &Request) -> LogEntry {
        let path = format!("{}{}", request.path(), request.query());
        let method = request.verb.method();
        let request = Rc::new(request.clone());
        LogEntry { number: self.asked + 1, at, method, path, code: 0, request, answer: Answer::Nothing }
    }

    /// Remembers a request with its answer.
    pub(super) fn note(&mut self, entry: LogEntry, verb: Verb, answer: &Result<Response>) {
        let (code, answer) = match answer {
            Ok(response) if verb == Verb::List => {
                let items = response.items.iter().take(ITEMS).cloned().collect();
                (200, Answer::List(items, response.items.len()))
            }
            Ok(response) => {
                let code = if verb == Verb::Create { 201 } else { 200 };
                (code, response.object.clone().map_or(Answer::Nothing, Answer::Object))
            }
            Err(status) => (status.reason.code(), Answer::Refused(Box::new(status.clone()))),
        };
        self.asked = entry.number;
        self.entries.push_back(Rc::new(LogEntry { code, answer, ..entry }));
        if self.entries.len() > KEPT {
            self.entries.pop_front();
        }
    }

    /// Forgets what came after a moment: another future begins there.
    pub(super) fn forget_after(&mut self, at: SimTime) {
        if self.entries.iter().any(|entry| entry.at > at) {
            let mut kept = PVec::default();
            self.entries.iter().filter(|entry| entry.at <= at).for_each(|entry| kept.push_back(entry.clone()));
            self.entries = kept;
        }
    }
}
