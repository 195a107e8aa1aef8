//! api

pub mod podhash;
pub mod quantity;
