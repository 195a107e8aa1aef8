//! Words and tones: how a thing is said, and what mood it is said in.

use crate::base::Str;
use crate::base::msg::Msg;

/// Something a person reads.
#[derive(Clone, Debug, PartialEq)]
pub enum Text {
    /// Bytes that are never translated: names, addresses, Kubernetes' own strings.
    Raw(Str),
    /// A sentence in the reader's language.
    Say(Msg),
}

impl Text {
    /// Text that is never translated.
    pub fn raw(text: impl Into<Str>) -> Text {
        Text::Raw(text.into())
    }
}

impl Default for Text {
    fn default() -> Self {
        Text::Raw(Str::from(""))
    }
}

impl From<Msg> for Text {
    fn from(message: Msg) -> Self {
        Text::Say(message)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Text::Raw(Str::from(text))
    }
}

impl From<Str> for Text {
    fn from(text: Str) -> Self {
        Text::Raw(text)
    }
}

/// How a thing is doing. Never the only sign: words or a shape always say it too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tone {
    /// Nothing to say about it.
    #[default]
    Neutral,
    /// Works: ready, answered.
    Ok,
    /// On its way, or a warning: starting, rolling, not ready yet.
    Pending,
    /// Broken: crashing, refused, dropped, NotReady.
    Bad,
    /// On its way out: terminating, replaced.
    Gone,
}

impl Tone {
    /// The word the style sheets know it by.
    pub fn class(self) -> &'static str {
        match self {
            Tone::Neutral => "neutral",
            Tone::Ok => "ok",
            Tone::Pending => "pending",
            Tone::Bad => "bad",
            Tone::Gone => "gone",
        }
    }
}
