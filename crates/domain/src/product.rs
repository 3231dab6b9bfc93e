//! What products are made of: their service plans, the capabilities behind those, and which product can take the place
//! of which.
//!
//! Names lie and change; here everything goes by the GUIDs of licences and plans (rules R91, R131). What a product holds
//! is asked of three sources, the most trusted first: the tenant itself, Microsoft's public table where the user has
//! loaded it, and a small table of our own. Reads no file and asks nobody.

pub mod difference;
pub mod equivalents;
pub mod exclusive;
pub mod families;
pub mod fragile;
pub mod known;
pub mod matching;
pub mod swap;
pub mod table;

mod rows;
