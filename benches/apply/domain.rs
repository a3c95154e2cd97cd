//! Creates in a domain of Active Directory: usher beside `ldapadd`, on the same Samba.
//!
//! Each contender gets a domain of its own, fresh and with nothing flushed, and makes the same accounts over one TLS
//! connection: `ldapadd` each with its password in one request, usable at once; usher by its rules, which draw a
//! password, deliver it to a command and have it changed at the first sign-in.

use std::{
    fmt::Write as _,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use base64::Engine as _;

use super::{
    samba::{ADMINISTRATOR, BASE, PASSWORD, Samba},
    ushers,
};

/// Lets both make so many accounts in turn, and prints how fast they are.
pub fn compare(people: usize, rounds: usize, home: &Path) {
    let ldif = home.join("accounts.ldif");
    std::fs::write(&ldif, accounts(people)).expect("the accounts as LDIF");
    let names = ["ldapadd", "usher"];
    let mut best = [f64::MAX; 2];
    println!("{people} accounts with passwords in a domain, how many a second");
    for _ in 0..rounds {
        for (at, name) in names.iter().enumerate() {
            let domain = Samba::start();
            let run: Box<dyn Fn()> = if at == 0 {
                Box::new(|| ldapadd(&domain, &ldif))
            } else {
                std::fs::copy(domain.ca(), home.join("ca.pem")).expect("the authority");
                ushers::plan(home, &csv(people), &rules(&domain));
                Box::new(|| ushers::apply(home))
            };
            let since = Instant::now();
            run();
            let seconds = since.elapsed().as_secs_f64();
            best[at] = best[at].min(seconds);
            let usable = "(&(employeeID=*)(userAccountControl=512))";
            let made = domain.ldapsearch(&["-E", "pr=500/noprompt", "-b", BASE, usable, "1.1"]);
            assert_eq!(made.len(), people, "{name} left something out");
            println!("  {name:<24} {:>6.1}", people as f64 / seconds);
        }
    }
    println!("the best of {rounds}, beside ldapadd");
    for (name, seconds) in names.iter().zip(&best) {
        println!(
            "  {name:<24} {:>6.1}   {:.2} x",
            people as f64 / seconds,
            best[0] / seconds
        );
    }
}

/// Adds what a file says with the stock client.
fn ldapadd(domain: &Samba, file: &Path) {
    let added = Command::new("ldapadd")
        .args([
            "-x",
            "-H",
            &domain.url(),
            "-D",
            ADMINISTRATOR,
            "-w",
            PASSWORD,
            "-f",
        ])
        .arg(file)
        .env("LDAPCONF", "/dev/null")
        .env("LDAPTLS_CACERT", domain.ca())
        .stdin(Stdio::null())
        .output()
        .expect("ldapadd runs");
    let said = String::from_utf8_lossy(&added.stderr);
    assert!(added.status.success(), "ldapadd: {said}");
}

/// The accounts as `ldapadd` takes them.
fn accounts(people: usize) -> String {
    let mut text = String::new();
    for number in 0..people {
        let password: Vec<u8> = format!("\"Pass-{number:06}-word\"")
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let _ = write!(
            text,
            "dn: CN=Given Family{number},OU=People,{BASE}\nobjectClass: user\nsAMAccountName: u{number}\n\
             userPrincipalName: u{number}@example.test\nemployeeID: {number}\ngivenName: Given\nsn: Family{number}\n\
             displayName: Given Family{number}\nmail: u{number}@example.test\ntitle: Engineer\n\
             userAccountControl: 512\nunicodePwd:: {}\n\n",
            base64::prelude::BASE64_STANDARD.encode(password)
        );
    }
    text
}

/// The same people as HR exports them.
fn csv(people: usize) -> String {
    let mut text = "id,given,family,title\n".to_owned();
    for number in 0..people {
        let _ = writeln!(text, "{number},Given,Family{number},Engineer");
    }
    text
}

/// The rules that make the same accounts.
fn rules(domain: &Samba) -> String {
    let url = domain.url();
    format!(
        r#"version = 1
store = "usher.db"
[systems.hr]
connector = "csv"
path = "people.csv"
anchor = "id"
[systems.domain]
connector = "active-directory"
url = "{url}"
bind_dn = "{ADMINISTRATOR}"
password = {{ command = ["printf", "%s", "{PASSWORD}"] }}
ca_file = "ca.pem"
base = "{BASE}"
filter = "(&(objectCategory=person)(objectClass=user)(employeeID=*))"
[[people]]
name = "employees"
from = "hr"
creates = true
[people.attributes]
givenName = "[given]"
sn = "[family]"
employeeID = "[id]"
title = "[title]"
[[accounts]]
name = "staff"
in = "domain"
container = '"OU=People,{BASE}"'
actions = ["create"]
match = [["employeeID", "[employeeID]"]]
[accounts.attributes]
cn = 'Join(" ", [givenName], [sn])'
sAMAccountName = 'Join("", "u", [employeeID])'
userPrincipalName = 'Join("", "u", [employeeID], "@example.test")'
unicodePwd = {{ secret = "initial", deliver = {{ command = ["cat"] }} }}
employeeID = "[employeeID]"
givenName = "[givenName]"
sn = "[sn]"
displayName = 'Join(" ", [givenName], [sn])'
mail = 'Join("", "u", [employeeID], "@example.test")'
title = "[title]"
[guard]
create = {{ absolute = 1000000 }}
"#
    )
}
