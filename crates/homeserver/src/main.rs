//! The `trellis-homeserver` binary: reads the command line, starts the library.

mod commands;

use std::{io::IsTerminal as _, process::ExitCode};

use anyhow::Context;
use clap::{Parser, Subcommand};
use ruma::OwnedMxcUri;
use tracing_subscriber::EnvFilter;
use trellis_homeserver::{Config, config::Options};

/// For SQLite too. What one thread takes and another gives back (a row, an answer of some megabytes) stays with the
/// system's own allocator, in a heap for each thread: after the same work it held four times as much.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// `mi_option_purge_delay` of mimalloc 3: for how many milliseconds it keeps pages that are free.
const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;

/// A Matrix homeserver
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server until it is told to stop
    Serve {
        #[command(flatten)]
        options: Options,
    },
    /// Say whether the configuration is valid
    CheckConfig {
        #[command(flatten)]
        options: Options,
    },
    /// Make an account
    CreateUser {
        /// Name before the colon of the user ID
        name: String,
        /// Password; read from standard input where it is not given
        #[arg(long, value_name = "PASSWORD")]
        password: Option<String>,
        /// Let the account administrate the server
        #[arg(long)]
        admin: bool,
        #[command(flatten)]
        options: Options,
    },
    /// Give an account another password and log out its devices
    ResetPassword {
        /// User ID, or its part before the colon
        name: String,
        /// Password; read from standard input where it is not given
        #[arg(long, value_name = "PASSWORD")]
        password: Option<String>,
        #[command(flatten)]
        options: Options,
    },
    /// Print a new token that lets someone register
    RegistrationToken {
        /// How often it works; any number of times unless said
        #[arg(long, value_name = "N")]
        uses: Option<u32>,
        /// For how many days it works; for ever unless said
        #[arg(long, value_name = "N")]
        days: Option<u32>,
        #[command(flatten)]
        options: Options,
    },
    /// Print what users have reported, a JSON object per line, oldest first
    Reports {
        /// Only those after the one of this number
        #[arg(long, value_name = "N", default_value_t = 0)]
        after: i64,
        #[command(flatten)]
        options: Options,
    },
    /// Take a file out of circulation, under every address it has
    QuarantineMedia {
        /// An `mxc://` address of the file
        uri: OwnedMxcUri,
        #[command(flatten)]
        options: Options,
    },
    /// Give a file again that was taken out of circulation
    ReleaseMedia {
        /// An `mxc://` address of the file
        uri: OwnedMxcUri,
        #[command(flatten)]
        options: Options,
    },
    /// Copy the database and the media into a new directory, while the server runs
    Backup {
        /// Directory that does not exist yet
        directory: std::path::PathBuf,
        #[command(flatten)]
        options: Options,
    },
    /// Put a backup made by `backup` in place, where there is no data yet
    Restore {
        /// Directory of the backup
        directory: std::path::PathBuf,
        #[command(flatten)]
        options: Options,
    },
    /// Copy the database into a new one, SQLite or PostgreSQL, while no server runs on either
    CopyDatabase {
        /// `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME` of a database that nobody has used
        to: String,
        #[command(flatten)]
        options: Options,
    },
    /// Bring the database up to this version
    Migrate {
        #[command(flatten)]
        options: Options,
    },
}

fn main() -> ExitCode {
    give_memory_back_soon();
    match start(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// A server is at rest most of the time: a second, which is what mimalloc waits unless told, doubles what it holds.
#[expect(unsafe_code, reason = "mimalloc takes its options by a function of C")]
fn give_memory_back_soon() {
    // SAFETY: it stores a number, which the allocator reads when it frees; one in the environment goes before it.
    unsafe { libmimalloc_sys::mi_option_set_default(PURGE_DELAY, 10) };
}

fn start(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve { options } => run(options, commands::serve),
        Command::CheckConfig { options } => {
            let config = options.resolve()?;
            println!("the configuration of {} is valid", config.server_name);
            Ok(())
        }
        Command::CreateUser { name, password, admin, options } => {
            run(options, async move |config| commands::create_user(config, &name, password, admin).await)
        }
        Command::ResetPassword { name, password, options } => {
            run(options, async move |config| commands::reset_password(config, &name, password).await)
        }
        Command::RegistrationToken { uses, days, options } => {
            run(options, async move |config| commands::registration_token(config, uses, days).await)
        }
        Command::Reports { after, options } => run(options, async move |config| commands::reports(config, after).await),
        Command::QuarantineMedia { uri, options } => {
            run(options, async move |config| commands::quarantine(config, &uri).await)
        }
        Command::ReleaseMedia { uri, options } => {
            run(options, async move |config| commands::release(config, &uri).await)
        }
        Command::Backup { directory, options } => {
            run(options, async move |config| commands::back_up(config, directory).await)
        }
        Command::Restore { directory, options } => {
            run(options, async move |config| commands::restore(config, directory).await)
        }
        Command::CopyDatabase { to, options } => {
            run(options, async move |config| commands::copy_database(config, &to).await)
        }
        Command::Migrate { options } => run(options, commands::migrate),
    }
}

/// Runs a command on the runtime, with logging as configured.
fn run(options: Options, command: impl AsyncFnOnce(Config) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let config = options.resolve()?;
    let filter = EnvFilter::try_new(&config.log).context("the log filter is not valid")?;
    let is_terminal = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(is_terminal).with_writer(std::io::stderr).init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(command(config))
}
