//! Any bytes as an answer: `RUSTC_BOOTSTRAP=1 cargo fuzz run -s none answers -- -max_total_time=60`. The same in few seconds is a
//! test of the adapter.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| carryover_partner_center::decoding::every_way(bytes));
