//! What a host asks: is the wheel sound, which directories, what would be done, do it.

mod apply;
mod bytecode;
mod checked;
mod plan;
mod state;

pub(crate) use apply::apply;
pub(crate) use plan::{check, plan, resolve};

#[cfg(test)]
mod tests;
