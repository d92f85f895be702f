//! Measures homeservers side by side: the same clients, the same rooms, one server after the other on the same disk.
//!
//! `cargo xtask bench homeserver` builds what this needs and calls it. It knows homeservers by their address only;
//! what is specific to one of them is how it is started.

mod client;
mod disk;
mod figures;
mod measures;
mod process;
mod servers;

use std::path::PathBuf;

use anyhow::Context;
use clap::Parser;

use self::{
    figures::Figures,
    measures::Sizes,
    servers::{Database, Server, Software},
};

#[derive(Parser)]
struct Arguments {
    /// The optimised binary of our homeserver
    #[arg(long)]
    trellis: PathBuf,
    /// A Python that has Synapse; without it only our homeserver is measured
    #[arg(long)]
    synapse: Option<PathBuf>,
    /// A PostgreSQL cluster whose superuser this may be; without it only SQLite is measured
    #[arg(long)]
    postgres: Option<String>,
    /// How many rooms the account of the synchronisation measures is in
    #[arg(long, default_value_t = 500)]
    rooms: usize,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let directory = scratch()?;
    let mut figures = Figures::default();
    figures.note(disk::describe(&directory)?);
    for database in [Some(Database::Sqlite), arguments.postgres.map(Database::Postgres)].into_iter().flatten() {
        let ours = Software::Trellis(arguments.trellis.clone());
        for software in [Some(ours), arguments.synapse.clone().map(Software::Synapse)].into_iter().flatten() {
            let column = format!("{}, {}", software.name(), database.name());
            eprintln!("▸ {column}");
            let server = Server::prepare(&software, &database, &directory).await?;
            figures.note(format!("{column}: {}", server.durability()));
            let sizes = Sizes { rooms: arguments.rooms, ..software.sizes() };
            measures::run(&server, &sizes, &column, &mut figures)
                .await
                .with_context(|| format!("{column} could not be measured"))?;
        }
    }
    std::fs::remove_dir_all(&directory)?;
    println!("{figures}");
    Ok(())
}

/// A directory of this run alone, where the disk's own files lie rather than in memory.
fn scratch() -> anyhow::Result<PathBuf> {
    let directory = std::env::current_dir()?.join(format!("target/bench-{}", std::process::id()));
    std::fs::create_dir_all(&directory)?;
    Ok(directory)
}
