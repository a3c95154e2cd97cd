//! A throw-away OpenLDAP that flushes every write.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::ports;

pub const SUFFIX: &str = "dc=example,dc=com";
pub const PASSWORD: &str = "secret";

/// A running server; killed when it is dropped.
pub struct Server {
    folder: PathBuf,
    port: u16,
}

impl Server {
    /// Starts it with its data in a folder.
    pub fn start(folder: &Path) -> Self {
        ports::retry("OpenLDAP", || {
            let server = Self {
                folder: folder.to_owned(),
                port: ports::free(),
            };
            let mut command = server.script("start");
            command
                .arg(server.port.to_string())
                .env("SYNC", "1")
                .env("SUFFIX", SUFFIX)
                .env("ADMIN_PW", PASSWORD);
            run(&mut command).map(|_| server)
        })
    }

    /// Empties the directory.
    pub fn reset(&self) {
        run(&mut self.script("reset")).expect("an empty directory");
    }

    /// Does what a file says with the stock client.
    pub fn ldapmodify(&self, file: &Path) {
        run(self.client("ldapmodify").arg("-f").arg(file)).expect("ldapmodify does all");
    }

    /// Counts the people a filter finds.
    pub fn count(&self, filter: &str) -> usize {
        let base = format!("ou=people,{SUFFIX}");
        let mut search = self.client("ldapsearch");
        search.args([
            "-LLL",
            "-o",
            "ldif-wrap=no",
            "-s",
            "one",
            "-b",
            &base,
            filter,
            "1.1",
        ]);
        let found = run(&mut search).expect("a search");
        found.lines().filter(|line| line.starts_with("dn:")).count()
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("ldap://127.0.0.1:{}", self.port)
    }

    /// Whom everybody binds as.
    pub fn admin() -> String {
        format!("cn=admin,{SUFFIX}")
    }

    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.args(["-x", "-D", &Self::admin(), "-w", PASSWORD, "-H", &self.url()]);
        command.env("LDAPCONF", "/dev/null");
        command
    }

    fn script(&self, order: &str) -> Command {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rig/openldap");
        let mut command = Command::new(script);
        command
            .arg(order)
            .arg(&self.folder)
            .env("OWNER", std::process::id().to_string());
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // nothing is kept; a failure here must not hide another
        let _ = run(&mut self.script("crash"));
    }
}

/// Runs a command; an error is what it said.
pub fn run(command: &mut Command) -> Result<String, String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!(
            "{command:?}: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        ))
    }
}
