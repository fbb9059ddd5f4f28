//! Bytes as one field of a hop in a log.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tollbridge_fuzz::field(bytes));
