//! The dialogs, and the notices that come and go at the edge.

mod changes;
mod gallery;
mod keys;
mod label;
mod settings;
mod share;
mod toasts;

pub use changes::ChangesDialog;
pub use gallery::Gallery;
pub use keys::Keys;
pub use label::LabelDialog;
pub use settings::Settings;
pub use share::Share;
pub use toasts::Toasts;
