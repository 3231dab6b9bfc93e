//! Any bytes as a request or a token of the API: `cargo +nightly fuzz run requests`. The same in few seconds is a test of the API.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| carryover_grpc::decoding::every_way(bytes));
