//! Tools of this repository. Nothing depends on this package, so that they stay out of the product.

pub mod bench;
pub mod codegen;
pub mod e2e;
pub mod model;
pub mod proto_lint;
pub mod sim;
pub mod tidy;
pub mod torture;
pub mod vectors;
