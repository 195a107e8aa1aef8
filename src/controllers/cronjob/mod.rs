//! The CronJob controller: a Job at each moment of a schedule.
//!
//! [`sync`] reads and writes; [`schedule`] knows when, [`zone`] where, [`missed`] which moment is due. Start with [`sync`].

pub mod missed;
pub mod schedule;
pub mod sync;
pub mod zone;

pub use sync::CronJobController;
