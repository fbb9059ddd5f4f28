//! A report with other values.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tollbridge_fuzz::value(bytes));
