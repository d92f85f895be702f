//! The network between people and their homeserver: a TCP proxy the journey cuts and mends.

use std::{
    net::{Ipv4Addr, SocketAddr},
    rc::Rc,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::spawn_local,
};

use super::Server;

/// What becomes of bytes on their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// No connection lives.
    Cut,
    /// Requests arrive, answers are lost and their connections with them.
    Deaf,
}

/// A homeserver behind a network.
pub(crate) struct Network {
    pub(crate) server: Rc<Server>,
    address: SocketAddr,
    state: watch::Sender<State>,
    /// How many answers were lost.
    lost: watch::Sender<u32>,
}

impl Network {
    pub(super) async fn start(server: Rc<Server>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (state, lost) = (watch::Sender::new(State::Open), watch::Sender::new(0));
        spawn_local(accept(listener, server.address(), state.clone(), lost.clone()));
        Self { server, address, state, lost }
    }

    /// Another way to the same homeserver, which is cut on its own.
    pub(crate) async fn another(&self) -> Self {
        Self::start(self.server.clone()).await
    }

    /// Where people reach the homeserver.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn cut(&self) {
        self.state.send_replace(State::Cut);
    }

    pub(crate) fn mend(&self) {
        self.state.send_replace(State::Open);
    }

    /// From now on answers are lost.
    pub(crate) fn lose_answers(&self) {
        self.lost.send_replace(0);
        self.state.send_replace(State::Deaf);
    }

    /// Waits until that many answers were lost.
    pub(crate) async fn lost_answers(&self, number: u32) {
        self.lost.subscribe().wait_for(|lost| *lost >= number).await.unwrap();
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, state: watch::Sender<State>, lost: watch::Sender<u32>) {
    loop {
        let (client, _) = listener.accept().await.unwrap();
        spawn_local(forward(client, server, state.subscribe(), lost.clone()));
    }
}

/// Forwards one connection until the network is cut.
async fn forward(mut client: TcpStream, server: SocketAddr, state: watch::Receiver<State>, lost: watch::Sender<u32>) {
    if *state.borrow() == State::Cut {
        return;
    }
    let Ok(mut server) = TcpStream::connect(server).await else { return };
    let mut until_cut = state.clone();
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    let answers = async {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(length @ 1..) = from_server.read(&mut buffer).await {
            if *state.borrow() == State::Deaf {
                lost.send_modify(|lost| *lost += 1);
                return;
            }
            if to_client.write_all(&buffer[..length]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        _ = copy(&mut from_client, &mut to_server) => {}
        () = answers => {}
        _ = until_cut.wait_for(|state| *state == State::Cut) => {}
    }
}
