//! Any bytes as a request or a token of the API: `RUSTC_BOOTSTRAP=1 cargo fuzz run -s none requests -- -max_total_time=60`. The same
//! in few seconds is a test of the API.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| carryover_grpc::decoding::every_way(bytes));
