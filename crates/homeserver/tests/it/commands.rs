//! The binary does what its command line says.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Output, Stdio},
};

use reqwest::Method;
use serde_json::{Value, json};
use trellis_homeserver::{
    Config,
    storage::{DatabaseLocation, Storage, WriteKey},
};

use crate::harness::{Engine, PASSWORD, PATIENCE, TestServer, run};

/// SQLite only: the commands reach the database as the server does.
fn on_sqlite(behaviour: impl AsyncFnOnce(&TestServer)) {
    run(Engine::Sqlite, behaviour);
}

fn command(config: &Config, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trellis-homeserver"));
    command.args(arguments).args(["--server-name", "trellis.test", "--data-dir"]).arg(&config.data_dir);
    command.output().unwrap()
}

fn printed(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn an_account_is_made_and_its_password_reset_beside_the_server() {
    on_sqlite(async |server| {
        let made = command(&server.config, &["create-user", "alice", "--password", "the first password"]);
        assert_eq!(printed(made), "@alice:trellis.test");
        let again = command(&server.config, &["create-user", "alice", "--password", "the first password"]);
        assert!(!again.status.success());
        printed(command(&server.config, &["reset-password", "alice", "--password", PASSWORD]));

        server.log_in("alice").await;
    });
}

#[test]
fn a_registration_token_is_printed() {
    on_sqlite(async |server| {
        let token = printed(command(&server.config, &["registration-token", "--uses", "1", "--days", "7"]));
        assert_eq!(token.len(), 16);
    });
}

#[test]
fn reports_are_printed_for_the_administrator() {
    on_sqlite(async |server| {
        let (alice, bob) = (server.register("alice").await, server.register("bob").await);
        let room = alice.public_room().await;
        bob.join(&room).await;
        let event = alice.say(&room, "buy now").await;
        bob.post(["rooms", &room, "report", &event], json!({ "reason": "spam\n\u{1b}[2J" })).await.ok();
        bob.post(["users", &alice.user_id, "report"], json!({ "reason": "" })).await.ok();

        let lines = printed(command(&server.config, &["reports"]));
        let reports: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(reports.len(), 2);
        assert_eq!(reports[0]["reporter"], bob.user_id);
        assert_eq!(reports[0]["event"]["content"]["body"], "buy now");
        assert_eq!(reports[0]["reason"], "spam\n\u{1b}[2J");
        assert_eq!(reports[1]["user_id"], alice.user_id);
        let newer = printed(command(&server.config, &["reports", "--after", &reports[0]["report"].to_string()]));
        assert_eq!(newer.lines().count(), 1);
    });
}

#[test]
fn a_backup_of_a_running_server_is_a_server() {
    on_sqlite(async |server| {
        let alice = server.register("alice").await;
        alice.put(["profile", &alice.user_id, "displayname"], json!({ "displayname": "Alice" })).await.ok();
        let upload = alice.raw(Method::POST, "/_matrix/media/v3/upload", Some("a file".to_owned())).await;
        let id = upload.string("content_uri").replace("mxc://", "");
        let backup = server.config.data_dir.join("backup");

        printed(command(&server.config, &["backup", backup.to_str().unwrap()]));

        assert!(!command(&server.config, &["backup", backup.to_str().unwrap()]).status.success());
        let copy = Running::start(&backup, "trellis.test");
        let profile = copy.get(&format!("/_matrix/client/v3/profile/{}", alice.user_id), None).await;
        assert_eq!(profile, r#"{"displayname":"Alice"}"#);
        let media = format!("/_matrix/client/v1/media/download/{id}");
        assert_eq!(copy.get(&media, alice.token.as_deref()).await, "a file");
        copy.stop();
    });
}

#[test]
fn a_wrong_configuration_is_explained() {
    let directory = std::env::temp_dir();
    let check = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trellis-homeserver"));
        command.arg("check-config").arg("--data-dir").arg(&directory).args(arguments).output().unwrap()
    };

    assert!(check(&["--server-name", "trellis.test"]).status.success());
    for (arguments, complaint) in [
        (&[][..], "`server_name` is not set"),
        (&["--server-name", "x.y", "--database", "mysql:x"], "`database` is not valid"),
        (&["--server-name", "x.y", "--client-dir", "/nowhere"], "`client_dir` is not valid"),
        (&["--server-name", "x.y", "--default-room-version", "9"], "`default_room_version` is not valid"),
        (&["--config", "/nowhere.toml"], "cannot read /nowhere.toml"),
    ] {
        let output = check(arguments);
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && message.contains(complaint), "{arguments:?}: {message}");
    }
}

/// A server in a process of its own.
struct Running {
    process: std::process::Child,
    url: String,
}

impl Running {
    /// Starts on a free port, which the log tells.
    fn start(data_dir: &Path, server_name: &str) -> Self {
        fs::create_dir_all(data_dir).unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_trellis-homeserver"))
            .args(["serve", "--listen", "127.0.0.1:0", "--server-name", server_name, "--data-dir"])
            .arg(data_dir)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap()).lines();
        let line = log.find(|line| line.as_ref().is_ok_and(|line| line.contains("listening"))).unwrap().unwrap();
        // Read on, or the pipe fills and the server waits.
        std::thread::spawn(move || log.for_each(drop));
        let port = line.split("127.0.0.1:").nth(1).unwrap().chars().take_while(char::is_ascii_digit);
        let url = format!("http://127.0.0.1:{}", port.collect::<String>());
        Self { process, url }
    }

    async fn get(&self, path: &str, token: Option<&str>) -> String {
        let mut request = reqwest::Client::new().get(format!("{}{path}", self.url));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        request.send().await.unwrap().text().await.unwrap()
    }

    /// `SIGTERM`, which has to end it well.
    fn stop(mut self) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        assert_eq!(self.process.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn a_backup_is_restored_where_there_is_nothing() {
    on_sqlite(async |server| {
        let alice = server.register("alice").await;
        let upload = alice.raw(Method::POST, "/_matrix/media/v3/upload", Some("a file".to_owned())).await;
        let id = upload.string("content_uri").replace("mxc://", "");
        let (backup, elsewhere) = (server.config.data_dir.join("backup"), server.config.data_dir.join("elsewhere"));
        let backup_path = backup.to_str().unwrap();
        printed(command(&server.config, &["backup", backup_path]));
        let refused = command(&server.config, &["restore", backup_path]);
        assert!(!refused.status.success());

        let mut config = server.config.clone();
        config.data_dir = elsewhere.clone();
        config.database = format!("sqlite:{}", elsewhere.join("homeserver.db").display()).into();
        printed(command(&config, &["restore", backup_path]));

        let services = trellis_homeserver::Services::open(config, tokio_util::sync::CancellationToken::new());
        let services = services.await.unwrap();
        assert!(services.accounts.exists(ruma::user_id!("@alice:trellis.test")).await.unwrap());
        let (server_name, media_id) = id.split_once('/').unwrap();
        let server_name = server_name.try_into().unwrap();
        let file = services.media.download(server_name, media_id, std::time::Duration::ZERO).await.unwrap();
        assert_eq!(file.size, 6);
    });
}

#[test]
fn a_file_is_taken_out_of_circulation_and_put_back() {
    on_sqlite(async |server| {
        let alice = server.register("alice").await;
        let upload = alice.raw(Method::POST, "/_matrix/media/v3/upload", Some("a file".to_owned())).await;
        let uri = upload.string("content_uri");
        let path = format!("/_matrix/client/v1/media/download/{}", uri.replace("mxc://", ""));

        printed(command(&server.config, &["quarantine-media", &uri]));
        alice.raw(Method::GET, &path, None).await.assert_errcode(404, "M_NOT_FOUND");
        printed(command(&server.config, &["release-media", &uri]));
        alice.raw(Method::GET, &path, None).await.ok();
        assert!(!command(&server.config, &["quarantine-media", "mxc://trellis.test/none"]).status.success());
    });
}

#[test]
fn a_command_does_none_of_the_work_of_the_server() {
    on_sqlite(async |server| {
        server.stop().await;
        let location = DatabaseLocation::parse(server.config.database.expose()).unwrap();
        let storage = Storage::open(&location).await.unwrap();
        remember_an_old_request(&storage).await;

        printed(command(&server.config, &["create-user", "alice", "--password", PASSWORD]));

        assert_eq!(remembered(&storage).await, 1);
        server.restart().await;
        let forgotten = async { while remembered(&storage).await > 0 {} };
        tokio::time::timeout(PATIENCE, forgotten).await.expect("the server forgets it");
    });
}

/// Leaves what a server forgets as soon as it starts.
async fn remember_an_old_request(storage: &Storage) {
    let sql = "INSERT INTO transactions (user_id, device_id, path, response, created_at) \
        VALUES ('@alice:trellis.test', 'D', '/old', x'00', 1)";
    let unit = storage.write(WriteKey::Server("test"), move |transaction| {
        Box::pin(async move { transaction.execute(sql, Vec::new()).await })
    });
    assert_eq!(unit.await.unwrap(), 1);
}

/// How many such requests are remembered.
async fn remembered(storage: &Storage) -> i64 {
    let sql = "SELECT CAST(COUNT(*) AS BIGINT) FROM transactions WHERE path = '/old'";
    storage.read().await.unwrap().fetch_one(sql, Vec::new()).await.unwrap().get(0).unwrap()
}
