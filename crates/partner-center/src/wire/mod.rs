//! What goes over the wire, as the fact sheet has it. Nothing outside of this folder names a vendor's field.

pub(crate) mod admin;
pub(crate) mod agreement;
pub(crate) mod batch;
pub(crate) mod cart;
pub(crate) mod catalogue;
pub(crate) mod customer;
pub(crate) mod fault;
pub(crate) mod graph;
pub(crate) mod handover;
pub(crate) mod lenient;
pub(crate) mod licence;
pub(crate) mod notice;
pub(crate) mod order;
pub(crate) mod page;
pub(crate) mod profile;
pub(crate) mod promotion;
pub(crate) mod reseller;
pub(crate) mod sold;
pub(crate) mod subscription;
pub(crate) mod terms;
pub(crate) mod token;
pub(crate) mod webhook;

use crate::classify::Operation;
use crate::failure::Failure;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A body as `T`. A thing is an object: an array would be read by the order of our own fields, which is nobody's format.
pub(crate) fn read<T: DeserializeOwned>(operation: Operation, body: Value) -> Result<T, Failure> {
    if !body.is_object() {
        return Err(Failure::garbled(operation, "it is no object"));
    }
    serde_json::from_value(body).map_err(|error| Failure::garbled(operation, error))
}

/// Every item as `T`; one that cannot be understood makes the whole list so, because what it is can matter.
pub(crate) fn read_all<T: DeserializeOwned>(operation: Operation, items: Vec<Value>) -> Result<Vec<T>, Failure> {
    items.into_iter().map(|item| read(operation, item)).collect()
}
