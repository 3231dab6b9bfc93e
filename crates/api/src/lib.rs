//! The API's messages, clients and service traits, as `cargo xtask codegen` makes them from the contract under `proto/`.
//!
//! Nothing here is written by hand but this file. The comments of the contract are its documentation; read
//! `proto/carryover/migration/v1/migration_service.proto` first.

pub use carryover::migration::v1;

/// The contract in binary, options included: what reflection answers with.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!("generated/descriptors.binpb");

/// The packages of ours, nested as generated paths expect them.
#[allow(missing_docs, clippy::all, clippy::pedantic, rustdoc::all, elided_lifetimes_in_paths, unreachable_pub)]
mod carryover {
    pub mod migration {
        pub mod v1 {
            include!("generated/carryover.migration.v1.rs");
        }
    }
}

/// Common types of Google's APIs.
#[allow(missing_docs, clippy::all, clippy::pedantic, rustdoc::all)]
pub mod google {
    pub mod r#type {
        include!("generated/google.type.rs");
    }
}
