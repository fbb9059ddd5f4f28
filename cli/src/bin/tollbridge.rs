//! The `tollbridge` command.

#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    tollbridge_cli::main()
}
