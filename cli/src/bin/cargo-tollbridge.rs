//! The `tollbridge` command as `cargo tollbridge`.

#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    tollbridge_cli::main_of_cargo()
}
