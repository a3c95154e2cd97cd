//! What the tests share: throw-away servers, ways to make them fail, made-up organisations, the program in a clean home.
//!
//! Every crate under `tests/` compiles what it names here anew, and warns about what it does not use. So the suites
//! that need servers are modules of *one* crate, `tests/servers/`, which takes this whole tree (and links once);
//! its module `rig` tries every helper. A suite of its own that needs a single piece takes just that file, as in
//! `#[path = "support/home.rs"] mod home;`.
//!
//! (The file is called `mod.rs` since Cargo would take a `tests/support.rs` for a suite.)
//!
//! A test that needs a server is marked `#[ignore = "needs OpenLDAP"]`: plain `cargo test` works on any machine, and
//! `tests/run` installs the servers and runs the ignored tests too. There, a server that does not start is a failure.

pub mod console;
pub mod disk;
pub mod ds389;
pub mod engine;
pub mod faults;
pub mod home;
pub mod ldif;
pub mod openldap;
pub mod org;
pub mod paths;
pub mod ports;
pub mod relay;
pub mod samba;
pub mod scim;
pub mod wire;
