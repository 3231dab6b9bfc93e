//! Whole-process tests over loopback.
