//! The three questions a host asks: which directories, what would be done, do it.

mod apply;
mod bytecode;
mod plan;

pub(crate) use apply::apply;
pub(crate) use plan::{plan, resolve};

#[cfg(test)]
mod tests;
