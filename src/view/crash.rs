//! What is said when the program stops on a bug: enough to repeat it.

use super::model::frame::Origin;
use std::fmt;

/// A bug that stopped the program.
#[derive(Clone, Debug, PartialEq)]
pub struct Crash {
    /// What the program said.
    pub message: String,
    /// Where in the source.
    pub place: Option<String>,
    /// What repeats the cluster.
    pub origin: Origin,
}

impl fmt::Display for Crash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.message)?;
        if let Some(place) = &self.place {
            writeln!(f, "at {place}")?;
        }
        let Origin { seed, inputs } = self.origin;
        write!(f, "tabernetes {} · seed {seed} · {inputs} inputs", env!("CARGO_PKG_VERSION"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crash_tells_what_repeats_it() {
        let crash = Crash {
            message: "index out of bounds".to_owned(),
            place: Some("src/view/layout/mod.rs:12:5".to_owned()),
            origin: Origin { seed: 7, inputs: 42 },
        };
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            crash.to_string(),
            format!("index out of bounds\nat src/view/layout/mod.rs:12:5\ntabernetes {version} · seed 7 · 42 inputs")
        );
    }
}
