//! Hosts the client in the SharedWorker.
