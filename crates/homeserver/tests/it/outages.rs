//! The disk is full, or the database is gone: clients are told so, what was acknowledged stays, and everything goes on
//! by itself once the cause has passed.

use std::{
    ffi::OsString,
    fs::OpenOptions,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use reqwest::Method;
use serde_json::json;

use crate::harness::{Binary, Load, OwnCluster, TestClient};

/// A shell's command that runs what follows it. The signal that a file grew too large is what a limit brings and a
/// full disk does not.
const LIMITABLE: &str = r#"trap "" XFSZ; exec "$@""#;

/// The same on a disk of its own at the directory that is the first argument; it is gone with the process.
const ON_A_SMALL_DISK: &str = r#"mount -t tmpfs -o size=24m tmpfs "$0" && exec "$@""#;

fn on(runtime: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(runtime);
}

/// What asks for a file system of one's own, with or without being root.
fn own_mounts() -> Option<Vec<OsString>> {
    let ways: [&[&str]; 2] = [&["unshare", "--mount"], &["unshare", "--user", "--map-root-user", "--mount"]];
    let way = ways.into_iter().find(|way| {
        let mut command = Command::new(way[0]);
        command.args(&way[1..]).args(["sh", "-c", "mount -t tmpfs tmpfs /tmp"]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    })?;
    Some(way.iter().map(OsString::from).collect())
}

fn shell(script: &str) -> Vec<OsString> {
    ["sh", "-c", script].map(OsString::from).to_vec()
}

/// The server's own disk, filled to the last block.
struct Filler(PathBuf);

impl Filler {
    fn fill(server: &Binary) -> Self {
        // As the process sees it: nobody else does.
        let root = Path::new("/proc").join(server.pid().to_string()).join("root");
        let path = root.join(server.data().strip_prefix("/").unwrap()).join("filler");
        let mut file = OpenOptions::new().create(true).append(true).open(&path).unwrap();
        for size in [1 << 20, 1 << 12, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
        Self(path)
    }

    fn remove(self) {
        std::fs::remove_file(self.0).unwrap();
    }
}

fn limit_files(server: &Binary, limit: &str) {
    let status =
        Command::new("prlimit").args(["--pid", &server.pid().to_string(), &format!("--fsize={limit}:")]).status();
    assert!(status.unwrap().success());
}

/// What can be asked while nothing can be written.
async fn still_reads(load: &Load) {
    let alice = load.writer();
    alice.get(["account", "whoami"]).await.ok();
    alice.query(["rooms", load.room(), "messages"], &[("dir", "b")]).await.ok();
    alice.sync().await;
}

/// Asserts that whoever wants to write is told the reason. All at once: each may wait a while for the database.
async fn refuses(client: &TestClient, room: &str, status: u16) {
    let body = || json!({});
    let (sent, created, uploaded, proved) = tokio::join!(
        client.put(["rooms", room, "send", "m.test", "refused"], body()),
        client.post(["createRoom"], body()),
        client.raw(Method::POST, "/_matrix/media/v3/upload", Some("x".repeat(100_000))),
        client.post(["user", &client.user_id, "openid", "request_token"], body()),
    );
    for answer in [sent, created, uploaded, proved] {
        answer.assert_errcode(status, "M_UNKNOWN");
    }
}

/// Those who write meanwhile are refused for this reason and no other.
fn only(load: &Load, status: u16) {
    let refusals = load.refusals();
    assert!(!refusals.is_empty());
    for (found, body) in refusals {
        assert_eq!((found, body["errcode"].as_str()), (status, Some("M_UNKNOWN")), "{body}");
    }
}

/// Everything that was acknowledged is there, and still is after a crash.
async fn nothing_is_lost(server: &mut Binary, load: &Load) {
    load.check().await;
    server.kill();
    server.restart().await;
    load.check().await;
}

#[test]
fn a_full_disk_is_told_and_overcome() {
    let Some(mounts) = own_mounts() else {
        // The other test shows the same by other means.
        eprintln!("no file system of one's own can be had here");
        return;
    };
    on(async {
        let wrap = |data: &Path| {
            let mut line = mounts;
            line.extend(shell(ON_A_SMALL_DISK));
            line.push(data.as_os_str().to_owned());
            line
        };
        let server = Binary::start_on(None, wrap).await;
        let load = Load::prepare(|| server.client()).await;

        let outage = async {
            load.acknowledged(100).await;
            let filler = Filler::fill(&server);
            load.refused().await;
            still_reads(&load).await;
            refuses(&load.writer(), load.room(), 507).await;
            only(&load, 507);
            filler.remove();
            load.recovered();
            load.acknowledged(100).await;
        };
        load.run(outage).await;

        load.check().await;
        let log = server.log();
        assert_eq!(log.matches("the disk takes nothing more").count(), 1, "{log}");
        assert!(log.contains("the database can be written again"), "{log}");
        server.end().await;
    });
}

#[test]
fn files_that_cannot_grow_are_told_and_overcome() {
    on(async {
        let mut server = Binary::start_on(None, |_| {
            let mut line = shell(LIMITABLE);
            line.push("sh".into());
            line
        })
        .await;
        let load = Load::prepare(|| server.client()).await;

        let outage = async {
            for _ in 0..5 {
                load.acknowledged(50).await;
                limit_files(&server, "1");
                load.refused().await;
                still_reads(&load).await;
                refuses(&load.writer(), load.room(), 507).await;
                only(&load, 507);
                limit_files(&server, "unlimited");
                load.recovered();
            }
            load.acknowledged(50).await;
        };
        load.run(outage).await;

        assert!(server.log().contains("the disk takes nothing more"), "{}", server.log());
        nothing_is_lost(&mut server, &load).await;
        server.end().await;
    });
}

#[test]
fn a_database_that_is_gone_is_told_and_overcome() {
    on(async {
        let mut cluster = OwnCluster::start();
        let mut server = Binary::start_on(Some(cluster.database().await), |_| Vec::new()).await;
        let load = Load::prepare(|| server.client()).await;

        let outage = async {
            for _ in 0..2 {
                load.acknowledged(50).await;
                cluster.stop();
                load.refused().await;
                let client = load.writer();
                let (known, synced, ()) = tokio::join!(
                    client.get(["account", "whoami"]),
                    client.sync().answer(),
                    refuses(&client, load.room(), 503),
                );
                known.assert_errcode(503, "M_UNKNOWN");
                synced.assert_errcode(503, "M_UNKNOWN");
                only(&load, 503);
                cluster.start_again();
                load.recovered();
            }
            load.acknowledged(50).await;
        };
        load.run(outage).await;

        let log = server.log();
        assert!(log.contains("the database cannot be reached"), "{log}");
        assert!(log.contains("the database can be written again"), "{log}");
        nothing_is_lost(&mut server, &load).await;
        server.end().await;
    });
}
