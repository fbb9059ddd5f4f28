//! Bytes as a packed file, and packed.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tollbridge_fuzz::packed(bytes));
