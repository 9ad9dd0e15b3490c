//! The calls of the contract: is the wheel sound, what would be done, do it, remove it.

mod conflicts;
mod installation;
mod plan;
mod planned;
mod removal;
mod requested_scripts;
mod share;
mod sources;
mod stages;
mod staging;
mod state;
mod transaction;
mod wheel_resource;
mod wheel_source;

pub(crate) use plan::{check, find, plan};
pub(crate) use share::stage_share;
pub(crate) use transaction::{Transaction, TransactionResource};
pub(crate) use wheel_resource::WheelResource;

#[cfg(test)]
mod tests;
