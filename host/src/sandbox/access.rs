//! What a component may use in one call, and nothing else.

use crate::grants::Grant;
use std::sync::Arc;

/// The directories that a component may use in one call.
#[derive(Clone, Default)]
pub(crate) struct Access {
    /// The directories.
    pub(crate) grants: Arc<Vec<Grant>>,
    /// Whether it may write to them.
    pub(crate) writable: bool,
}

impl Access {
    /// Grants these directories for reading.
    pub(crate) fn read_only(grants: Vec<Grant>) -> Access {
        Access { grants: Arc::new(grants), writable: false }
    }

    /// Grants these directories for writing.
    pub(crate) fn writable(grants: &Arc<Vec<Grant>>) -> Access {
        Access { grants: Arc::clone(grants), writable: true }
    }
}
