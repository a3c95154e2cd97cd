//! 389 Directory Servers on loopback that live as long as a test.

use std::path::Path;
use std::process::{Command, Stdio};

use super::ldif::{self, Entry};
use super::{paths, ports};

/// The account that may do anything.
pub const MANAGER: &str = "cn=Directory Manager";

/// Its password.
pub const PASSWORD: &str = "secret-secret";

/// A running 389 Directory Server with its own data below `dc=example,dc=com`, where `ou=people`, `ou=groups` and
/// `ou=disabled` are; killed and removed when it is dropped.
pub struct Ds389 {
    folder: tempfile::TempDir,
    port: u16,
}

impl Ds389 {
    /// Starts a server, or fails the test.
    pub fn start() -> Self {
        Self::keeping("")
    }

    /// Starts a server that keeps record of changes: `1`, or `wrong` without the setting that lets it tell which.
    pub fn keeping(changes: &str) -> Self {
        ports::retry("389 Directory Server", || {
            let server = Self {
                folder: tempfile::tempdir().expect("a temporary folder"),
                port: ports::free(),
            };
            let port = Some(server.port);
            script("start", server.folder.path(), port, changes).map(|()| server)
        })
    }

    /// Its address, without TLS.
    pub fn url(&self) -> String {
        format!("ldap://127.0.0.1:{}", self.port)
    }

    /// Runs `ldapsearch` as the manager and gives the entries; fails the test if the search fails.
    pub fn ldapsearch(&self, arguments: &[&str]) -> Vec<Entry> {
        let all = [&["-LLL", "-o", "ldif-wrap=no"], arguments].concat();
        ldif::parse(&self.client("ldapsearch", &all))
    }

    /// Changes entries as a file says; fails the test if a change is refused.
    pub fn ldapmodify(&self, file: &Path) {
        self.client("ldapmodify", &["-f", &file.to_string_lossy()]);
    }

    fn client(&self, tool: &str, arguments: &[&str]) -> String {
        let url = self.url();
        let output = Command::new("timeout")
            .args(["60", tool, "-x", "-H", &url, "-D", MANAGER, "-w", PASSWORD])
            .args(arguments)
            .env("LDAPCONF", "/dev/null")
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("cannot run {tool}: {error}"));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{tool} ended with {}: {errors}",
            output.status
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Ds389 {
    fn drop(&mut self) {
        // a failure here must not hide the test's own
        let _ = script("crash", self.folder.path(), None, "");
    }
}

fn script(order: &str, folder: &Path, port: Option<u16>, changes: &str) -> Result<(), String> {
    let mut command = Command::new(paths::root("tests/rig/ds389"));
    command
        .arg(order)
        .arg(folder)
        .args(port.map(|port| port.to_string()));
    let output = command
        .env("CHANGES", changes)
        .env("OWNER", std::process::id().to_string())
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}
