//! Bytes as a log.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tollbridge_fuzz::log(bytes));
