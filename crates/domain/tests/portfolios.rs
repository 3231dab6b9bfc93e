//! What must hold of every plan, over generated customers. Each property is named after what it holds.

mod portfolios {
    mod asked;
    mod common;
    mod money;
    mod remedies;
    mod safety;
    mod shape;
}
