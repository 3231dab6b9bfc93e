//! Tools of this repository. Nothing depends on this package, so that they stay out of the product.

pub mod tidy;
pub mod vectors;
