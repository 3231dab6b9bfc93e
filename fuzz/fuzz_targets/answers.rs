//! Any bytes as an answer: `cargo +nightly fuzz run answers`. The same in few seconds is a test of the adapter.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| carryover_partner_center::decoding::every_way(bytes));
