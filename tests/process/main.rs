//! Whole-process tests: the binary, over loopback HTTP, on a real database file.
