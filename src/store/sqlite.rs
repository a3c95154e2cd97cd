//! The embedded store: SQLite in WAL mode on a local disk.
