//! The `trellis-homeserver` binary: reads the command line, starts the library.

use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;
use trellis_homeserver::{Config, config::Options};

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
    Serve(Options),
    /// Say whether the configuration is valid
    CheckConfig(Options),
}

fn main() -> ExitCode {
    match start() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Serve(options) => block_on(options.resolve()?, serve),
        Command::CheckConfig(options) => {
            let config = options.resolve()?;
            println!("the configuration of {} is valid", config.server_name);
            Ok(())
        }
    }
}

/// Runs a command that needs the runtime, with logging as configured.
fn block_on<F, Fut>(config: Config, command: F) -> anyhow::Result<()>
where
    F: FnOnce(Config) -> Fut,
    Fut: Future<Output = anyhow::Result<()>>,
{
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log).context("the log filter")?;
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(command(config))
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let mut listeners = Vec::with_capacity(config.listen.len());
    for address in &config.listen {
        let bound = TcpListener::bind(address).await;
        listeners.push(bound.with_context(|| format!("cannot listen on {address}"))?);
        tracing::info!(%address, server_name = %config.server_name, "listening");
    }
    let shutdown = CancellationToken::new();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stop = shutdown.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        stop.cancel();
    });
    trellis_homeserver::run(config, listeners, shutdown).await?;
    Ok(())
}
