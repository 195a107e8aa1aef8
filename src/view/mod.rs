//! What the page sees: plain data in the page's vocabulary, and how it is laid out. Natively testable.
//!
//! It is not the page (that is `ui`) and knows no browser. Start with [`model::Frame`]: everything the page draws hangs on
//! it; [`model::Command`] is everything the page can ask for; [`layout`] places the graph; [`assist`] helps with manifests.

pub mod assist;
pub mod build;
pub mod crash;
pub mod embed;
pub mod layout;
pub mod model;
pub mod session;
pub mod settings;
