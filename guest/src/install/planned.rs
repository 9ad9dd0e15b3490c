//! A wheel that was planned: its contents, where they go, and what is done with it.

use super::wheel_source::WheelSource;
use crate::bindings::ensurepip::bootstrap::types::{Error, Role, Scheme};
use crate::bindings::exports::ensurepip::bootstrap::installer::Action;
use crate::entry_points::EntryPoint;
use crate::file_data::Unpacker;
use crate::host::Host;
use crate::record::Digest;
use crate::scheme;
use crate::wheel::Contents;
use std::rc::Rc;

/// What would be done with a wheel.
pub(super) struct Planned {
    /// The file name of the wheel, and where its bytes are.
    pub(super) file_name: String,
    pub(super) source: WheelSource,
    pub(super) contents: Rc<Contents>,
    pub(super) scheme: Scheme,
    pub(super) action: Action,
    /// The commands that get scripts.
    pub(super) commands: Vec<EntryPoint>,
}

impl Planned {
    /// Whether it is installed.
    pub(super) fn is_new(&self) -> bool {
        !matches!(self.action, Action::Keep(_))
    }

    /// Opens the wheel, to unpack its files.
    pub(super) fn unpacker<'call>(
        &'call self,
        digests: &'call dyn Fn(&[u8]) -> (Digest, u32),
        host: &dyn Host,
    ) -> Result<Unpacker<'call>, Error> {
        Ok(Unpacker { wheel: &self.file_name, archive: self.source.open(host)?, digests })
    }

    /// The role by which the directory of this role is used.
    pub(super) fn role(&self, role: Role) -> Role {
        scheme::unify(role, &self.scheme)
    }

    /// The path of its library directory.
    pub(super) fn library(&self) -> &str {
        scheme::directory(&self.scheme, self.contents.library)
    }

    /// The names of its scripts.
    pub(super) fn script_names(&self) -> impl Iterator<Item = &str> {
        let brought = self.contents.scripts.iter().map(|script| script.name.as_str());
        brought.chain(self.commands.iter().map(|command| command.name.as_str()))
    }
}
