//! How a change was asked for: under which request, and upon what. Says nothing of what is asked.

use carryover_ports::{Request, Version};

/// How a change was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Asked {
    /// The request, so that repeating it changes nothing and is answered as the first time; none where nobody repeats.
    pub request: Option<Request>,
    /// The version that was looked at; the change is made upon no other. None where any will do.
    pub seen: Option<Version>,
}
