//! Samba Active Directory domain controllers on loopback that live as long as a test.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use super::ldif::{self, Entry};
use super::{paths, ports};

/// The account that may do anything, by its user principal name.
pub const ADMINISTRATOR: &str = "Administrator@example.test";

/// Its password.
pub const PASSWORD: &str = "Passw0rd!x";

/// The domain. Below it are `OU=People`, `OU=Groups` and `OU=Disabled`.
pub const BASE: &str = "DC=example,DC=test";

/// A running domain controller with its own data; killed and removed when it is dropped. It needs root: Samba's ports
/// cannot be chosen, so each server has an address of its own on loopback.
pub struct Samba {
    folder: tempfile::TempDir,
    address: String,
}

impl Samba {
    /// Starts a domain controller, or fails the test. The first start on a machine provisions the domain, which is
    /// kept under `target/rig`.
    pub fn start() -> Self {
        ports::retry("Samba AD", || {
            let server = Self {
                folder: tempfile::tempdir().expect("a temporary folder"),
                address: address(),
            };
            let mut command = server.script("start");
            command
                .arg(&server.address)
                .env("CACHE", paths::cache().join("samba-ad.tar.gz"))
                .env("SYNC", "0")
                .env("OWNER", std::process::id().to_string());
            run(&mut command).map(|_| server)
        })
    }

    /// Its address, with TLS.
    pub fn url(&self) -> String {
        format!("ldaps://{}", self.address)
    }

    /// Its address, without TLS.
    pub fn plain_url(&self) -> String {
        format!("ldap://{}", self.address)
    }

    /// The file with the CA that signed its certificate, as PEM.
    pub fn ca(&self) -> PathBuf {
        self.folder.path().join("tls/ca.crt")
    }

    /// Runs `ldapsearch` as the administrator and gives the entries; fails the test if the search fails.
    pub fn ldapsearch(&self, arguments: &[&str]) -> Vec<Entry> {
        let all = [&["-LLL", "-o", "ldif-wrap=no"], arguments].concat();
        ldif::parse(
            &self
                .client("ldapsearch", &all, ADMINISTRATOR, PASSWORD)
                .expect("a search"),
        )
    }

    /// One entry by its name, or nothing; operational attributes must be named.
    pub fn entry(&self, dn: &str, attributes: &[&str]) -> Option<Entry> {
        let search = [
            "-LLL",
            "-o",
            "ldif-wrap=no",
            "-b",
            dn,
            "-s",
            "base",
            "(objectClass=*)",
        ];
        let all = [&search[..], attributes].concat();
        let text = self.client("ldapsearch", &all, ADMINISTRATOR, PASSWORD).ok()?;
        ldif::parse(&text).into_iter().next()
    }

    /// Changes entries as LDIF says; fails the test if a change is refused.
    pub fn ldapmodify(&self, ldif: &str) {
        self.ldapmodify_with(&[], ldif);
    }

    /// Changes entries as LDIF says, with more arguments; fails the test if a change is refused.
    pub fn ldapmodify_with(&self, arguments: &[&str], ldif: &str) {
        let file = self.folder.path().join(format!("change-{}.ldif", unique()));
        std::fs::write(&file, ldif).expect("a file");
        let changed = self.client(
            "ldapmodify",
            &[arguments, &["-f", &file.to_string_lossy()]].concat(),
            ADMINISTRATOR,
            PASSWORD,
        );
        changed.expect("a change");
    }

    /// Reports whether somebody can bind, or what the server says.
    pub fn bind(&self, name: &str, password: &str) -> Result<(), String> {
        let search = ["-LLL", "-b", "", "-s", "base", "1.1"];
        self.client("ldapsearch", &search, name, password).map(|_| ())
    }

    /// Runs `samba-tool` on the directory's files, and gives what it prints.
    pub fn samba_tool(&self, arguments: &[&str]) -> String {
        let database = self.folder.path().join("private/sam.ldb");
        let mut command = Command::new("samba-tool");
        command
            .args(arguments)
            .args(["-H", &database.to_string_lossy()])
            .arg(format!(
                "--configfile={}",
                self.folder.path().join("etc/smb.conf").display()
            ))
            .stdin(Stdio::null());
        let output = run(&mut command).unwrap_or_else(|error| panic!("samba-tool {arguments:?}: {error}"));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Turns the recycle bin on. Samba then keeps what is deleted whole, and brings none of it back.
    pub fn recycle(&self) {
        const SCRIPT: &str = "import ldb, sys
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB
settings = LoadParm()
settings.load(sys.argv[2])
directory = SamDB(url=sys.argv[1], session_info=system_session(), lp=settings)
change = ldb.Message(ldb.Dn(directory, ''))
feature = 'CN=Partitions,%s:766ddcd8-acd0-445e-f3b9-a7f9b6744f2a' % directory.get_config_basedn()
change['bin'] = ldb.MessageElement(feature, ldb.FLAG_MOD_ADD, 'enableOptionalFeature')
directory.modify(change)";
        let folder = self.folder.path();
        let mut command = Command::new("/usr/bin/python3");
        command
            .args(["-c", SCRIPT])
            .arg(folder.join("private/sam.ldb"))
            .arg(folder.join("etc/smb.conf"))
            .stdin(Stdio::null());
        run(&mut command).unwrap_or_else(|error| panic!("the recycle bin: {error}"));
    }

    /// Removes a deleted object from the directory's files, as the end of its time does.
    pub fn remove_for_good(&self, dn: &str) {
        let database = self.folder.path().join("private/sam.ldb");
        let mut command = Command::new("ldbdel");
        command
            .args(["-H", &database.to_string_lossy(), "--show-deleted", "--relax", dn])
            .stdin(Stdio::null());
        run(&mut command).unwrap_or_else(|error| panic!("ldbdel {dn}: {error}"));
    }

    fn client(&self, tool: &str, arguments: &[&str], name: &str, password: &str) -> Result<String, String> {
        let url = self.url();
        let mut command = Command::new("timeout");
        command
            .args(["60", tool, "-x", "-H", &url, "-D", name, "-w", password])
            .args(arguments)
            .env("LDAPCONF", "/dev/null")
            .env("LDAPTLS_CACERT", self.ca())
            .stdin(Stdio::null());
        run(&mut command).map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn script(&self, order: &str) -> Command {
        let mut command = Command::new(paths::root("tests/rig/samba-ad"));
        command.arg(order).arg(self.folder.path()).stdin(Stdio::null());
        command
    }
}

impl Drop for Samba {
    fn drop(&mut self) {
        // a failure here must not hide the test's own
        let _ = run(&mut self.script("crash"));
    }
}

/// An address on loopback that nobody else in this process has, and probably nobody at all.
fn address() -> String {
    let number = std::process::id().wrapping_mul(61).wrapping_add(unique()) % (200 * 250);
    format!("127.77.{}.{}", 1 + number / 250, 1 + number % 250)
}

fn unique() -> u32 {
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    TAKEN.fetch_add(1, Ordering::Relaxed)
}

fn run(command: &mut Command) -> Result<Output, String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(output);
    }
    Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
}
