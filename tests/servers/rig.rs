//! The test servers and test data do what the suites rely on.

use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::home::Home;
use crate::support::openldap::OpenLdap;
use crate::support::samba::{self, Samba};
use crate::support::scim::ScimServer;
use crate::support::{ldif, org, paths, ports};

const PEOPLE: &str = "ou=people,dc=example,dc=com";

fn person(uid: &str) -> String {
    format!("dn: uid={uid},{PEOPLE}\nobjectClass: inetOrgPerson\nuid: {uid}\ncn: {uid}\nsn: Żak\n\n")
}

#[test]
#[ignore = "needs OpenLDAP"]
fn openldap_takes_a_whole_organisation_offline() {
    let org = org::generate(400, 7, 1);
    let ldap = OpenLdap::start();
    ldap.load(&org.directory());
    let found = ldap
        .ldapsearch(&["-b", ldap.suffix(), "(objectClass=inetOrgPerson)", "1.1"])
        .len();
    assert_eq!(
        json!(found),
        org.expected()["directory"]["entries_of_people_and_services"]
    );
    ldap.reset();
    assert_eq!(ldap.entries(PEOPLE).len(), 1);
}

#[test]
#[ignore = "needs OpenLDAP"]
fn openldap_takes_what_fits_of_an_organisation_online() {
    let org = org::generate(400, 7, 1);
    let ldap = OpenLdap::options().overlays("memberof").start();
    let refused = ldap.ldapadd_what_fits(&org.directory());
    assert_eq!(refused.matches("Already exists (68)").count(), 4, "{refused}");
    let groups = ldap.ldapsearch(&["-b", "ou=groups,dc=example,dc=com", "-s", "one", "member"]);
    let manager = groups[0].get("member").expect("a group of managers has one");
    let memberships = &ldap.ldapsearch(&["-b", manager, "-s", "base", "memberOf"])[0];
    assert_eq!(memberships.all("memberof"), [groups[0].dn.as_str()]);
}

#[test]
#[ignore = "needs OpenLDAP"]
fn openldap_keeps_its_data_over_a_crash_and_a_stop_and_hangs_when_told() {
    let ldap = OpenLdap::start();
    ldap.ldapadd(&person("jzak"));
    ldap.ldapmodify(&format!(
        "dn: uid=jzak,{PEOPLE}\nchangetype: modify\nreplace: title\ntitle: Engineer\n"
    ));
    let before = ldap.pid();
    ldap.crash();
    ldap.restart();
    assert_ne!(ldap.pid(), before);
    ldap.stop();
    ldap.restart();
    let entry = &ldap.entries(&format!("uid=jzak,{PEOPLE}"))[0];
    assert_eq!(
        (entry.get("sn"), entry.get("title")),
        (Some("Żak"), Some("Engineer"))
    );

    let signal = |name: &str| {
        Command::new("kill")
            .args([name, &ldap.pid().to_string()])
            .status()
    };
    signal("-STOP").expect("a stopped server");
    let answers = ldap.answers();
    signal("-CONT").expect("a server that goes on");
    assert!(!answers);
    assert!(ldap.answers());
    assert_eq!(ldap.entries(PEOPLE).len(), 2);
}

#[test]
#[ignore = "needs OpenLDAP"]
fn openldap_limits_searches_and_refuses_who_it_should() {
    let ldap = OpenLdap::options()
        .suffix("o=acme")
        .overlays("")
        .size_limit(2)
        .start();
    assert_eq!(ldap.suffix(), "o=acme");
    let search = |url: &str, account: &str, password: &str| {
        let mut command = Command::new("ldapsearch");
        command.args([
            "-x", "-LLL", "-H", url, "-D", account, "-w", password, "-b", "o=acme", "1.1",
        ]);
        let output = command
            .env("LDAPTLS_CACERT", ldap.ca())
            .output()
            .expect("ldapsearch");
        (
            output.status.code(),
            ldif::parse(&String::from_utf8_lossy(&output.stdout)).len(),
        )
    };
    let (sync, admin) = (ldap.account("sync"), ldap.admin_dn());
    assert_eq!(
        search(&ldap.url(), &sync, ldap.password()),
        (Some(4), 2),
        "size limit exceeded"
    );
    assert_eq!(search(&ldap.ldaps_url(), &admin, ldap.password()), (Some(0), 8));
    assert_eq!(
        search(&ldap.ldaps_url(), &admin, "wrong"),
        (Some(49), 0),
        "invalid credentials"
    );
}

#[test]
#[ignore = "needs OpenLDAP"]
fn openldap_is_gone_once_it_is_dropped() {
    let ldap = OpenLdap::start();
    let address = ldap.url().replace("ldap://localhost", "127.0.0.1");
    TcpStream::connect(&address).expect("a listening server");
    drop(ldap);
    assert!(TcpStream::connect(&address).is_err());
}

#[test]
#[ignore = "needs OpenLDAP"]
fn openldap_ends_with_the_process_that_owns_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut owner = Command::new("sleep").arg("60").spawn().expect("a process");
    let port = ports::retry("OpenLDAP", || {
        let port = ports::free().to_string();
        let mut start = Command::new(paths::root("tests/rig/openldap"));
        start.arg("start").arg(folder.path().join("ldap")).arg(&port);
        start
            .env("LDAPS_PORT", ports::free().to_string())
            .env("OWNER", owner.id().to_string());
        let output = start.output().expect("the script");
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        output.status.success().then_some(port).ok_or(errors)
    });
    owner
        .kill()
        .and_then(|()| owner.wait())
        .expect("an ended process");
    let deadline = Instant::now() + Duration::from_secs(60);
    while TcpStream::connect(format!("127.0.0.1:{port}")).is_ok() {
        assert!(Instant::now() < deadline, "the server outlives its owner");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
#[ignore = "needs Samba AD"]
fn a_domain_takes_names_and_passwords_over_tls_only() {
    let domain = Samba::start();
    let people = domain.entry(&format!("OU=People,{}", samba::BASE), &["ou"]);
    assert_eq!(people.unwrap().get("ou"), Some("People"));
    assert!(
        domain
            .entry(&format!("OU=Nobody,{}", samba::BASE), &["ou"])
            .is_none()
    );
    domain.samba_tool(&["user", "create", "ana", "Passw0rd!y", "--userou=OU=People"]);
    assert_eq!(domain.bind("ana@example.test", "Passw0rd!y"), Ok(()));
    let mut plain = Command::new("ldapsearch");
    plain.args([
        "-x",
        "-H",
        &domain.plain_url(),
        "-D",
        "ana@example.test",
        "-w",
        "Passw0rd!y",
        "-b",
        "",
        "-s",
        "base",
    ]);
    assert_eq!(
        plain.output().expect("ldapsearch").status.code(),
        Some(8),
        "strong authentication required"
    );
}

#[test]
#[ignore = "needs scim2-server"]
fn the_scim_server_answers_with_its_token_only() {
    let scim = ScimServer::start();
    assert!(scim.url().ends_with("/v2"));
    let answer = scim.request("GET", "/ServiceProviderConfig", None);
    assert_eq!(
        (answer.status, &answer.body["patch"]["supported"]),
        (200, &json!(true))
    );
    assert_eq!(scim.request("GET", "/Users", None).status, 200);
    // discovery is open to all (RFC 7644 §4), data is not
    assert_eq!(scim.request_as("wrong", "GET", "/Users", None).status, 401);
}

#[test]
#[ignore = "needs scim2-server"]
fn the_scim_servers_of_two_tests_know_nothing_of_each_other() {
    let (one, other) = (ScimServer::start(), ScimServer::start());
    assert_ne!((one.url(), one.token()), (other.url(), other.token()));
    let user = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "żak"});
    let made = one.request("POST", "/Users", Some(&user));
    assert_eq!((made.status, &made.body["userName"]), (201, &user["userName"]));
    assert_eq!((one.all("Users").len(), other.all("Users").len()), (1, 0));
}

#[test]
fn a_generated_organisation_comes_with_its_answer_key() {
    let org = org::generate(400, 7, 10);
    let expected = org.expected();
    let joiners: Vec<_> = org
        .events()
        .into_iter()
        .filter(|event| event.kind == "joiner")
        .collect();
    assert_eq!(json!(joiners.len()), expected["events"]["joiner"]);
    let missing = org
        .truth()
        .iter()
        .filter(|truth| truth.condition == "missing")
        .count();
    assert_eq!(json!(missing), expected["directory"]["missing"]);

    let rows = |file| csv::Reader::from_path(file).expect("a feed").records().count();
    assert_eq!(json!(rows(org.hr_day1())), expected["day1"]["rows"]);
    assert_eq!(json!(rows(org.hr_day2())), expected["day2"]["rows"]);
}

#[test]
fn a_generated_organisation_holds_when_it_is_counted_anew() {
    let org = org::generate(1000, 3, 10);
    let mut recount = Command::new("python3");
    let output = recount
        .arg(paths::root("tests/data/check_org.py"))
        .arg(org.folder())
        .output();
    let output = output.expect("python3 recounts the test data");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

#[test]
fn the_program_runs_in_a_home_of_its_own() {
    let home = Home::new();
    let file = home.path("settings/usher.toml");
    assert!(file.parent().is_some_and(std::path::Path::is_dir));
    assert!(
        home.environment()
            .iter()
            .any(|(name, value)| *name == "HOME" && file.starts_with(value))
    );
    assert_eq!(home.usher().get_program(), Home::program());
    assert!(Home::program().is_file());
}
