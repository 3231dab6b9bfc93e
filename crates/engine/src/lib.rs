//! Leases work, asks the domain, performs effects, commits events.
