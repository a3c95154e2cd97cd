//! A throw-away OpenLDAP that tells what changed.

use std::{
    fmt::Write as _,
    fs::File,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::ports;

pub const SUFFIX: &str = "dc=example,dc=com";
pub const PASSWORD: &str = "secret";

/// What is read of each entry.
pub const ATTRIBUTES: [&str; 12] = [
    "uid",
    "cn",
    "givenName",
    "sn",
    "mail",
    "employeeNumber",
    "title",
    "departmentNumber",
    "l",
    "telephoneNumber",
    "employeeType",
    "manager",
];

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
                .env("SYNC", "0")
                .env("OVERLAYS", "syncprov accesslog")
                .env("SUFFIX", SUFFIX)
                .env("ADMIN_PW", PASSWORD);
            run(&mut command).map(|()| server)
        })
    }

    /// Fills the directory offline.
    pub fn load(&self, ldif: &Path) {
        run(self.script("load").arg(ldif)).expect("a filled directory");
    }

    /// Reads everything with the stock client; returns how many entries came.
    pub fn ldapsearch(&self) -> usize {
        let found = self.folder.join("found.ldif");
        let mut command = self.client("ldapsearch");
        command.args([
            "-LLL",
            "-o",
            "ldif-wrap=no",
            "-E",
            "pr=1000/noprompt",
            "-b",
            SUFFIX,
        ]);
        command
            .arg("(objectClass=inetOrgPerson)")
            .args(ATTRIBUTES)
            .arg("entryUUID");
        let status = command
            .stdin(Stdio::null())
            .stdout(File::create(&found).unwrap())
            .status();
        assert!(status.unwrap().success());
        let text = std::fs::read_to_string(&found).unwrap();
        text.lines().filter(|line| line.starts_with("dn:")).count()
    }

    /// Changes a title in every `step`th entry.
    pub fn change(&self, entries: usize, step: usize, title: &str) {
        let file = self.folder.join("changes.ldif");
        let mut ldif = String::new();
        for number in (0..entries).step_by(step) {
            let dn = dn(number);
            writeln!(
                ldif,
                "dn: {dn}\nchangetype: modify\nreplace: title\ntitle: {title}\n"
            )
            .unwrap();
        }
        std::fs::write(&file, ldif).unwrap();
        run(self.client("ldapmodify").arg("-f").arg(&file)).expect("changed entries");
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("ldap://127.0.0.1:{}", self.port)
    }

    fn client(&self, program: &str) -> Command {
        let who = match program {
            "ldapmodify" => format!("cn=admin,{SUFFIX}"),
            _ => reader_dn(),
        };
        let mut command = Command::new(program);
        command.args(["-x", "-D", &who, "-w", PASSWORD, "-H", &self.url()]);
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

/// Whom both contenders bind as: an account without limits.
pub fn reader_dn() -> String {
    format!("cn=repl,{SUFFIX}")
}

fn dn(number: usize) -> String {
    format!("uid=u{number},ou=people,{SUFFIX}")
}

/// People as LDIF, about 340 octets each.
pub fn people(entries: usize) -> String {
    const TEAMS: [&str; 7] = [
        "Engineering",
        "Sales",
        "Support",
        "Finance",
        "Legal",
        "People",
        "Research",
    ];
    let mut ldif = String::with_capacity(entries * 500);
    for number in 0..entries {
        let (dn, manager, team) = (dn(number), dn(number / 10), TEAMS[number % TEAMS.len()]);
        writeln!(
            ldif,
            "dn: {dn}\nobjectClass: inetOrgPerson\nuid: u{number}\ncn: Given{number} Family{number}\n\
             givenName: Given{number}\nsn: Family{number}\nmail: u{number}@example.com\nemployeeNumber: {number:07}\n\
             title: {team} specialist {}\ndepartmentNumber: {team}\nl: City {}\ntelephoneNumber: +49 30 {number:08}\n\
             employeeType: employee\nmanager: {manager}\n",
            number % 9,
            number % 40
        )
        .unwrap();
    }
    ldif
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{command:?}: {}", said.trim()))
}
