//! Small pieces that the panels share.

mod dialog;
mod icon;
mod rows;
mod segmented;
mod splitter;
mod tabs;

pub use dialog::Modal;
pub use icon::{Icon, IconName};
pub use rows::Rows;
pub use segmented::{Segment, Segmented};
pub use splitter::Splitter;
pub use tabs::{Tab, Tabs};
