//! The stored form of events: versioned records to and from domain events.
