//! In-memory ports, manual clock, strategies and conformance suites.
