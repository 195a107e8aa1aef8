//! Explanations as data: an id and named arguments, turned into a sentence by `i18n` only where a person reads it.
//!
//! Kubernetes' own strings are not messages: they stay Kubernetes' bytes.

use super::Str;

/// A sentence to be said in the reader's language. Its templates stand in `www/i18n/<language>/<area>.txt`, where the
/// area is the id up to its first dot; `tests/tidy.rs` checks that every language has every id with the same arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Msg {
    /// For example `net.no-endpoints`.
    pub id: &'static str,
    /// The values of the template's `{name}` placeholders.
    pub args: Vec<(&'static str, Str)>,
}

impl Msg {
    /// The argument called `name`, if the message has it.
    pub fn arg(&self, name: &str) -> Option<&str> {
        self.args.iter().find(|(key, _)| *key == name).map(|(_, value)| &**value)
    }
}

/// Builds a [`Msg`]: `msg!("net.no-endpoints", svc = name, count = 3)`. The id must be a literal.
#[macro_export]
macro_rules! msg {
    ($id:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::base::msg::Msg {
            id: $id,
            args: vec![$((stringify!($name), $crate::base::Str::from(::std::string::ToString::to_string(&$value)))),*],
        }
    };
}
