//! What the binary does besides parsing its command line.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use ruma::MxcUri;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;
use trellis_homeserver::{
    Config, Services,
    service::accounts::{NewAccount, NewPassword},
    storage::{DatabaseLocation, Storage},
};

const DAY: i64 = 24 * 60 * 60 * 1000;

/// Serves until `SIGTERM` or `SIGINT`, then answers what is in flight.
pub(super) async fn serve(config: Config) -> anyhow::Result<()> {
    let mut listeners = Vec::with_capacity(config.listen.len());
    for address in &config.listen {
        let bound = TcpListener::bind(address).await;
        let listener = bound.with_context(|| format!("cannot listen on {address}"))?;
        // The address that was bound: port 0 asks for any that is free.
        tracing::info!(address = %listener.local_addr()?, server_name = %config.server_name, "listening");
        listeners.push(listener);
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
        // Before anything is said: whoever reads what is said may be gone.
        stop.cancel();
        tracing::info!("stopping");
    });
    trellis_homeserver::run(config, listeners, shutdown).await?;
    Ok(())
}

/// Makes an account.
pub(super) async fn create_user(
    config: Config,
    name: &str,
    password: Option<String>,
    admin: bool,
) -> anyhow::Result<()> {
    let services = services(config).await?;
    let user_id = services.accounts.user_id_for(name)?;
    let password = Some(NewPassword::Plain(password_or_ask(password)?));
    services.accounts.create(NewAccount { user_id: user_id.clone(), password, admin }).await?;
    println!("{user_id}");
    Ok(())
}

/// Gives an account another password; whoever was logged in by the old one is no more.
pub(super) async fn reset_password(config: Config, name: &str, password: Option<String>) -> anyhow::Result<()> {
    let services = services(config).await?;
    let user_id = services.accounts.user_id_of(name)?;
    services.accounts.set_password(&user_id, &password_or_ask(password)?).await?;
    services.devices.remove_all(&user_id, None).await?;
    println!("{user_id} has a new password");
    Ok(())
}

/// Prints a new registration token.
pub(super) async fn registration_token(config: Config, uses: Option<u32>, days: Option<u32>) -> anyhow::Result<()> {
    let services = services(config).await?;
    let expires_at = days.map(|days| services.environment.now_millis() + i64::from(days) * DAY);
    println!("{}", services.registration_tokens.create(uses, expires_at).await?);
    Ok(())
}

/// Prints what users have reported, a JSON object per line: other people's words may hold anything else.
pub(super) async fn reports(config: Config, after: i64) -> anyhow::Result<()> {
    for report in services(config).await?.rooms.reports(after).await? {
        println!("{}", serde_json::to_string(&report)?);
    }
    Ok(())
}

/// Takes a file out of circulation.
pub(super) async fn quarantine(config: Config, uri: &MxcUri) -> anyhow::Result<()> {
    services(config).await?.media.quarantine(uri).await?;
    println!("{uri} is given to nobody any more");
    Ok(())
}

/// Puts a file back.
pub(super) async fn release(config: Config, uri: &MxcUri) -> anyhow::Result<()> {
    services(config).await?.media.release(uri).await?;
    println!("{uri} is given again");
    Ok(())
}

/// Copies the database first and the media after it: what the copy of the database names is there.
pub(super) async fn back_up(config: Config, directory: PathBuf) -> anyhow::Result<()> {
    ensure!(!directory.exists(), "{} exists already", directory.display());
    let storage = storage(&config).await?;
    fs::create_dir_all(&directory).with_context(|| format!("cannot make {}", directory.display()))?;
    storage.back_up(&directory.join("homeserver.db")).await?;
    let media = config.data_dir.join("media");
    copy_tree(&media, &directory.join("media")).context("cannot copy the media")?;
    println!("{}", directory.display());
    Ok(())
}

/// Puts a backup in place. What is there already is not overwritten: a server may be running on it.
pub(super) async fn restore(config: Config, directory: PathBuf) -> anyhow::Result<()> {
    let DatabaseLocation::Sqlite(database) = DatabaseLocation::parse(config.database.expose())? else {
        anyhow::bail!("restore PostgreSQL with pg_restore, and copy the media into {}", config.data_dir.display());
    };
    let (copy, media) = (directory.join("homeserver.db"), config.data_dir.join("media"));
    ensure!(copy.is_file(), "there is no backup in {}", directory.display());
    for existing in [&database, &media] {
        ensure!(!existing.exists(), "{} exists: stop the server and move it away first", existing.display());
    }
    fs::create_dir_all(&config.data_dir)?;
    copy_tree(&directory.join("media"), &media).context("cannot copy the media")?;
    fs::copy(&copy, &database).context("cannot copy the database")?;
    storage(&config).await?;
    println!("{}", database.display());
    Ok(())
}

/// Copies the database into another, of either engine. What lies in the data directory serves both.
pub(super) async fn copy_database(config: Config, to: &str) -> anyhow::Result<()> {
    let to = DatabaseLocation::parse(to)?;
    ensure!(to != DatabaseLocation::parse(config.database.expose())?, "this is the database itself");
    let rows = storage(&config).await?.copy_to(&to).await?;
    println!("{rows} rows");
    Ok(())
}

/// Migrates the database, which opening it does.
pub(super) async fn migrate(config: Config) -> anyhow::Result<()> {
    storage(&config).await?;
    println!("the database is up to date");
    Ok(())
}

/// The services alone: what goes on in the background is the business of the server.
async fn services(config: Config) -> anyhow::Result<Services> {
    Ok(Services::open(config, CancellationToken::new()).await?)
}

async fn storage(config: &Config) -> anyhow::Result<Storage> {
    fs::create_dir_all(&config.data_dir)?;
    Ok(Storage::open(&DatabaseLocation::parse(config.database.expose())?).await?)
}

fn password_or_ask(password: Option<String>) -> anyhow::Result<String> {
    if let Some(password) = password {
        return Ok(password);
    }
    eprintln!("Password:");
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Links files where that is possible: content never changes under its name.
fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    if !from.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_name() == "unfinished" {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else if fs::hard_link(entry.path(), &target).is_err() {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
