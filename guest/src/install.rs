//! What a host asks: is the wheel sound, which directories, what would be done, do it, undo it.

mod apply;
mod bytecode;
mod helping;
mod plan;
mod state;
mod uninstall;
mod wheel_resource;

pub(crate) use apply::apply;
pub(crate) use helping::{kept, stage_share};
pub(crate) use plan::{check, find, locate, plan, resolve};
pub(crate) use uninstall::uninstall;
pub(crate) use wheel_resource::WheelResource;

#[cfg(test)]
mod tests;
