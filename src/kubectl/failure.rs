//! Errors as kubectl words them.
//!
//! Models `kubectl/pkg/cmd/util/helpers.go` checkErr.

use crate::apiserver::{Reason, Status};
use crate::base::text::go_quote;

/// Why a command failed.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// Printed after `error: `.
    Plain(String),
    /// A refusal of the API server.
    Status(Box<Status>),
    /// Several errors, one line each.
    Many(Vec<Failure>),
    /// What was printed before the error, and the error.
    After(String, String),
    /// Everything was said already.
    Silent,
}

impl From<Status> for Failure {
    fn from(status: Status) -> Failure {
        Failure::Status(Box::new(status))
    }
}

impl From<String> for Failure {
    fn from(text: String) -> Failure {
        Failure::Plain(text)
    }
}

impl From<&str> for Failure {
    fn from(text: &str) -> Failure {
        Failure::Plain(text.to_owned())
    }
}

impl Failure {
    /// The errors of a command that went on after the first: nothing, one, or many.
    pub fn all(mut failures: Vec<Failure>) -> Result<(), Failure> {
        match failures.len() {
            0 => Ok(()),
            1 => Err(failures.remove(0)),
            _ => Err(Failure::Many(failures)),
        }
    }

    /// An error about how the command was called.
    pub fn usage(command: &str, text: &str) -> Failure {
        Failure::Plain(format!("{text}\nSee '{command} -h' for help and examples"))
    }

    /// Whether the server said that there is no such object.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Failure::Status(status) if status.reason == Reason::NotFound)
    }

    /// Says while doing what, and with which file, the error happened; without a file nothing is added.
    pub fn when(self, verb: &str, file: &str) -> Failure {
        if file.is_empty() {
            return self;
        }
        let prefix = format!("error when {verb} {}: ", go_quote(file));
        match self {
            Failure::Plain(text) => Failure::Plain(prefix + &text),
            Failure::Status(mut status) => {
                status.message = prefix + &status.message;
                Failure::Status(status)
            }
            other => other,
        }
    }

    /// The lines that kubectl prints to standard error, without the last line end.
    pub fn text(&self) -> String {
        match self {
            Failure::Silent => String::new(),
            Failure::Status(status) if status.reason == Reason::Invalid => invalid(status),
            Failure::Many(failures) => failures.iter().map(Failure::message).collect::<Vec<_>>().join("\n"),
            Failure::Plain(text) if text.starts_with("error: ") => text.clone(),
            Failure::Plain(text) | Failure::After(_, text) => format!("error: {text}"),
            Failure::Status(_) => self.message(),
        }
    }

    /// The error as one of several: without `error: `.
    pub fn message(&self) -> String {
        match self {
            Failure::Silent => String::new(),
            Failure::Plain(text) | Failure::After(_, text) => text.clone(),
            Failure::Status(status) if status.reason == Reason::Unknown => {
                format!("Error from server: {}", status.message)
            }
            Failure::Status(status) => format!("Error from server ({}): {}", status.reason.as_str(), status.message),
            Failure::Many(failures) => {
                let texts: Vec<String> = failures.iter().map(Failure::message).collect();
                if texts.len() == 1 { texts.concat() } else { format!("[{}]", texts.join(", ")) }
            }
        }
    }
}

fn invalid(status: &Status) -> String {
    let kind = status.kind.map_or("", |kind| kind.info().kind);
    let head = if kind.is_empty() && status.name.is_empty() {
        "The request is invalid".to_owned()
    } else {
        format!("The {kind} {} is invalid", go_quote(&status.name))
    };
    match status.causes.as_slice() {
        [] => format!("{head}: {}", status.message),
        [one] => format!("{head}: {one}"),
        many => {
            let lines: String = many.iter().map(|cause| format!("\n* {cause}")).collect();
            format!("{head}: {lines}")
        }
    }
}
