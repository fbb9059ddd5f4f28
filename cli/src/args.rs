//! The command line.

use clap::{Parser, Subcommand};

/// Shows what each spawn_blocking call costs beyond its work, and where that time goes.
#[derive(Debug, Parser)]
#[command(name = "tollbridge", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) verb: Verb,
    #[command(flatten)]
    pub(crate) color: colorchoice_clap::Color,
}

macro_rules! verb {
    ($($(#[$doc:meta])* $verb:ident $module:ident;)+) => {
        #[derive(Debug, Subcommand)]
        pub(crate) enum Verb {
            $($(#[$doc])* $verb(crate::$module::Args),)+
        }
    };
}

verbs!(verb);
