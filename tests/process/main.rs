//! Whole-process tests: the binary, over loopback HTTP, on a real database file.
//!
//! Nothing here knows the program's inside: what is looked at is what a person or a program outside would see, and the
//! emulated Microsoft's own books. Whatever is waited for prints a line or ends by itself; no test sleeps.

mod commands;
mod database;
mod disk;
mod draining;
mod emulator;
mod endings;
mod explaining;
mod forecasting;
mod harness;
mod importing;
mod journey;
mod killing;
mod matching;
mod mistakes;
mod operating;
mod outside;
mod pairs;
mod portfolio;
mod real_path;
mod reference;
mod reselling;
mod rights;
mod safekeeping;
mod secrets;
mod segments;
mod serving;
mod settings;
mod sources;
mod traces;
mod trying;
mod trying_files;
mod webhooks;
