//! What a component is given for one call, and nothing beyond it.

use super::Helpers;
use crate::bytecode::Compiler;
use crate::grants::Grant;
use crate::shims::Scripts;

/// What the component may use in a call.
#[derive(Default)]
pub(crate) struct Authority {
    /// Directories, which can be written if `writable`.
    pub(crate) grants: Vec<Grant>,
    pub(crate) writable: bool,
    /// The scripts directory.
    pub(crate) scripts: Option<Scripts>,
    /// What compiles bytecode.
    pub(crate) compiler: Option<Compiler>,
    /// Other instances, which have read parts of the wheel.
    pub(crate) helpers: Helpers,
}
