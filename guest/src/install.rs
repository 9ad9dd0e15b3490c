//! What a host asks: is the wheel sound, which directories, what would be done, do it, undo it.

mod apply;
mod bytecode;
mod checked;
mod helping;
mod plan;
mod state;
mod uninstall;

pub(crate) use apply::apply;
pub(crate) use checked::read_part;
pub(crate) use helping::{kept, stage_share};
pub(crate) use plan::{check, check_with, find, locate, plan, resolve};
pub(crate) use uninstall::uninstall;

#[cfg(test)]
mod tests;
