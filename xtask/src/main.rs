//! Tools of this repository: walls, fixtures, end-to-end.
fn main() {}
