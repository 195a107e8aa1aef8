//! The view types: what a [`Frame`] is made of, and the [`Command`]s that come back.
//!
//! Plain data only. Whatever is big hangs on a [`Shared`], which compares by pointer: a builder keeps the old pointer for
//! what did not change ([`Shared::keep`]) and the page then skips it. Words a person reads are [`Text`]: Kubernetes' own
//! bytes, or a message that `i18n` says in the reader's language. Start with [`frame`].

pub mod backend;
pub mod command;
pub mod console;
pub mod events;
pub mod files;
pub mod frame;
pub mod graph;
pub mod inspector;
pub mod race;
pub mod request;
pub mod shared;
pub mod time;
pub mod words;

pub use backend::Backend;
pub use command::Command;
pub use frame::{ClockView, ExampleView, Frame, NoticeView};
pub use graph::GraphView;
pub use shared::Shared;
pub use words::{Text, Tone};
