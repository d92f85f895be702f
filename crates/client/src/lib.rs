//! Drives the model through ports.
