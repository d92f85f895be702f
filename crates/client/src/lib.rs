//! Drives the model through ports: the sync loop, the writer queue, the send loop, pagination, media, log-in, discovery.

pub mod port;
