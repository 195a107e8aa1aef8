//! The dialogs, and the notices that come and go at the edge.

mod gallery;
mod keys;
mod settings;
mod toasts;

pub use gallery::Gallery;
pub use keys::Keys;
pub use settings::Settings;
pub use toasts::Toasts;
