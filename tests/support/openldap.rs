//! OpenLDAP servers on loopback that live as long as a test.

use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::ldif::{self, Entry};
use super::{paths, ports};

/// A running OpenLDAP server with its own data; killed and removed when it is dropped.
///
/// Below the suffix are `ou=people`, `ou=groups`, `ou=disabled`, `ou=policies` and the accounts `cn=sync` (may write;
/// size limit a search, paging gets past it), `cn=capped` (may read; limit even with paging) and `cn=repl` (may read
/// all, no limits). `cn=admin` may do anything. All have the same [password](Self::password).
pub struct OpenLdap {
    folder: tempfile::TempDir,
    port: u16,
    ldaps_port: u16,
    suffix: String,
    password: String,
}

/// How a server is to be, before it is started.
pub struct Options {
    suffix: String,
    overlays: String,
    size_limit: usize,
}

impl Options {
    /// The suffix of the directory; `dc=example,dc=com` if not said, as in the generated organisations.
    pub fn suffix(mut self, suffix: &str) -> Self {
        suffix.clone_into(&mut self.suffix);
        self
    }

    /// The overlays, separated by blanks; if not said `memberof refint unique ppolicy syncprov accesslog`.
    pub fn overlays(mut self, overlays: &str) -> Self {
        overlays.clone_into(&mut self.overlays);
        self
    }

    /// Entries a search may return to all but `cn=admin` and `cn=repl`; 500 if not said.
    pub fn size_limit(mut self, entries: usize) -> Self {
        self.size_limit = entries;
        self
    }

    /// Starts the server, or fails the test.
    pub fn start(self) -> OpenLdap {
        ports::retry("OpenLDAP", || {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let server = OpenLdap {
                folder,
                port: ports::free(),
                ldaps_port: ports::free(),
                suffix: self.suffix.clone(),
                // blanks, to see that nothing on its way is taken apart
                password: "correct horse battery staple".to_owned(),
            };
            let mut command = server.script("start");
            command
                .arg(server.port.to_string())
                .env("LDAPS_PORT", server.ldaps_port.to_string());
            command
                .env("SUFFIX", &self.suffix)
                .env("OVERLAYS", &self.overlays);
            command.env("SIZELIMIT", self.size_limit.to_string());
            command.env("ADMIN_PW", server.password()).env("SYNC", "0");
            run(&mut command).map(|_| server)
        })
    }
}

impl OpenLdap {
    /// Starts an empty server with every overlay, or fails the test.
    pub fn start() -> Self {
        Self::options().start()
    }

    /// What can be chosen before the start.
    pub fn options() -> Options {
        Options {
            suffix: "dc=example,dc=com".to_owned(),
            overlays: "memberof refint unique ppolicy syncprov accesslog".to_owned(),
            size_limit: 500,
        }
    }

    /// Its address without TLS (StartTLS is offered).
    pub fn url(&self) -> String {
        format!("ldap://localhost:{}", self.port)
    }

    /// Its address with TLS.
    pub fn ldaps_url(&self) -> String {
        format!("ldaps://localhost:{}", self.ldaps_port)
    }

    /// Its port without TLS, to put a relay before it.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The file with the CA that signed its certificate, as PEM.
    pub fn ca(&self) -> PathBuf {
        self.folder.path().join("tls/ca.crt")
    }

    /// The suffix of the directory.
    pub fn suffix(&self) -> &str {
        &self.suffix
    }

    /// The account that may do anything.
    pub fn admin_dn(&self) -> String {
        self.account("admin")
    }

    /// The name of the account `admin`, `sync`, `capped` or `repl`.
    pub fn account(&self, name: &str) -> String {
        format!("cn={name},{}", self.suffix)
    }

    /// The password of every account.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// The process id, for instance to stop and continue it.
    pub fn pid(&self) -> u32 {
        let file = self.folder.path().join("slapd.pid");
        let text = std::fs::read_to_string(&file).expect("a running slapd has a pid file");
        text.trim().parse().expect("a pid file holds a number")
    }

    /// Whether it answers within three seconds.
    pub fn answers(&self) -> bool {
        run(&mut self.script("status")).is_ok()
    }

    /// Runs `ldapsearch` as the administrator and gives the entries; fails the test if the search fails.
    pub fn ldapsearch(&self, arguments: &[&str]) -> Vec<Entry> {
        let output = self.client(
            "ldapsearch",
            &[&["-LLL", "-o", "ldif-wrap=no"], arguments].concat(),
            "",
        );
        ldif::parse(&succeeded("ldapsearch", &output))
    }

    /// Everything below a base, the base included.
    pub fn entries(&self, base: &str) -> Vec<Entry> {
        self.ldapsearch(&["-b", base, "(objectClass=*)", "*", "+"])
    }

    /// Adds entries given as LDIF; fails the test if one is refused.
    pub fn ldapadd(&self, ldif: &str) {
        succeeded("ldapadd", &self.client("ldapadd", &[], ldif));
    }

    /// Adds what it can of a file (`ldapadd -c`) and gives what the server said about the rest.
    pub fn ldapadd_what_fits(&self, file: &Path) -> String {
        let file = file.to_string_lossy();
        let output = self.client("ldapadd", &["-c", "-f", &file], "");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// Changes entries as LDIF says (`changetype`); fails the test if a change is refused.
    pub fn ldapmodify(&self, ldif: &str) {
        succeeded("ldapmodify", &self.client("ldapmodify", &[], ldif));
    }

    /// Runs one of OpenLDAP's clients as the administrator, with this standard input, whatever comes of it.
    pub fn client(&self, tool: &str, arguments: &[&str], input: &str) -> Output {
        // a stopped server would hold a client, and the whole test run, for ever
        let mut command = Command::new("timeout");
        command.args([
            "120",
            tool,
            "-x",
            "-H",
            &self.ldaps_url(),
            "-D",
            &self.admin_dn(),
            "-w",
            self.password(),
        ]);
        command
            .args(arguments)
            .env("LDAPCONF", "/dev/null")
            .env("LDAPTLS_CACERT", self.ca());
        // a file, as a pipe would block both sides once the client has printed more than a pipe holds
        let mut stdin = tempfile::tempfile().expect("a temporary file");
        stdin.write_all(input.as_bytes()).expect("room for the input");
        stdin.rewind().expect("a file that can be rewound");
        command
            .stdin(stdin)
            .output()
            .unwrap_or_else(|error| panic!("cannot run {tool}: {error}"))
    }

    /// Replaces all data by the base entries and this LDIF file, offline: 100,000 entries take seconds. No overlay
    /// sees them, so there is no `memberOf` for the groups among them.
    pub fn load(&self, ldif: &Path) {
        control(self.script("load").arg(ldif));
    }

    /// Empties the directory down to its base entries.
    pub fn reset(&self) {
        control(&mut self.script("reset"));
    }

    /// Kills the server as a power cut would; [`restart`](Self::restart) brings it back with its data.
    pub fn crash(&self) {
        control(&mut self.script("crash"));
    }

    /// Ends the server in an orderly way; [`restart`](Self::restart) brings it back.
    pub fn stop(&self) {
        control(&mut self.script("stop"));
    }

    /// Starts it again on the same ports after [`crash`](Self::crash) or [`stop`](Self::stop).
    pub fn restart(&self) {
        control(
            self.script("start")
                .arg(self.port.to_string())
                .env("LDAPS_PORT", self.ldaps_port.to_string()),
        );
    }

    fn script(&self, order: &str) -> Command {
        let mut command = Command::new(paths::root("tests/rig/openldap"));
        command
            .arg(order)
            .arg(self.folder.path())
            .env("OWNER", std::process::id().to_string());
        command
    }
}

impl Drop for OpenLdap {
    fn drop(&mut self) {
        // nothing is kept, so the quick way; a failure here must not hide the test's own
        let _ = run(&mut self.script("crash"));
    }
}

fn control(command: &mut Command) {
    run(command).unwrap_or_else(|error| panic!("{error}"));
}

fn run(command: &mut Command) -> Result<String, String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}

fn succeeded(tool: &str, output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{tool} ended with {}: {errors}",
        output.status
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}
