//! Event factory, sync builder, conformance suites.
