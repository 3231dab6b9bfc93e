//! The job on trial: an emulated Microsoft, virtual time, and an operator who passes letters on.

pub(crate) mod operator;
pub(crate) mod spent;
pub(crate) mod tenancy;
