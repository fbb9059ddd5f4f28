//! Bytes as a report.json.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tollbridge_fuzz::report(bytes));
