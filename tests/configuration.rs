//! Configurations, sound and not: what is found, where it is pointed at, and what is said.

#![allow(
    clippy::panic,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

#[path = "configuration/entra.rs"]
mod entra;
#[path = "configuration/entra_command.rs"]
mod entra_command;
#[path = "configuration/entra_mappings.rs"]
mod entra_mappings;
#[path = "configuration/example.rs"]
mod example;
#[path = "configuration/mistakes.rs"]
mod mistakes;
#[path = "configuration/options.rs"]
mod options;

use std::{fs, path::Path};

use usher::{
    config::{Config, Errors, Mode, Problem, Severity, Symbols},
    connectors::section::Section,
    model::Kind,
    planning::rules::{MappedValue, NullPolicy, OutOfScope, Rail},
};

/// A sound configuration for the snippets to stand in.
const BASE: &str = r#"time_zone = "Europe/Berlin"
[systems.hr]
connector = "csv"
path = "people.csv"
anchor = "id"
[systems.directory]
connector = "ldap"
url = "ldaps://ldap.example.org"
bind_dn = "cn=usher"
password = { env = "PW" }
base = "dc=example"
[[people]]
name = "employees"
from = "hr"
attributes = { mail = "[mail]", department = "[dept]" }
"#;

/// An account rule for the snippets to go on with.
const ACCOUNT: &str = "[[accounts]]\nname = \"staff\"\nin = \"directory\"\ncontainer = '\"ou=people\"'\n";

fn parse(text: &str) -> Result<Config, Errors> {
    Config::parse(Path::new("usher.toml"), text)
}

fn sound(text: &str) -> Config {
    parse(text).unwrap_or_else(|errors| panic!("{errors}"))
}

/// Parses the base and a snippet; returns the errors as `line:column message | hint`, lines counted in the snippet.
fn errors_of(snippet: &str) -> Vec<String> {
    let errors = parse(&format!("{BASE}{snippet}")).expect_err(snippet);
    errors
        .located()
        .into_iter()
        .filter(|problem| problem.severity == Severity::Error)
        .map(|problem| {
            let line = problem.line.saturating_sub(BASE.lines().count());
            let hint = problem.hint.unwrap_or_default();
            format!("{line}:{} {} | {hint}", problem.column, problem.message)
        })
        .collect()
}

/// Says what is amiss if a snippet does not give exactly the one error expected.
fn amiss(snippet: &str, expected: &str) -> Option<String> {
    let errors = errors_of(snippet);
    let as_expected = errors.len() == 1 && errors[0].contains(expected);
    (!as_expected).then(|| format!("{snippet}\nexpected: {expected}\nfound:    {errors:#?}\n"))
}

#[test]
fn mistakes_at_the_top_are_found_too() {
    for (text, expected) in [
        ("version = 2", "version 1"),
        ("time_zone = \"Europe/Berlni\"", "did you mean `Europe/Berlin`?"),
        (
            "default_domain = \"ana@example.org\"",
            "write what is behind the `@`: `example.org`",
        ),
        (
            "default_domain = \"example org\"",
            "write it as in a mail address, without `@`: `example.org`",
        ),
        ("mode = \"auto\"", "`mode` cannot be `auto`"),
        ("", "no system is configured"),
        (
            "store = \"postgres://db/usher\"",
            "`store` names no user or no database",
        ),
        ("store = \"mysql://u@db/usher\"", "speaks `mysql`"),
        (
            "store = { url = \"postgres://u@db/usher\", password = {} }",
            "`env`",
        ),
        (
            "store = \"postgres://u:hunter2@db/usher\"",
            "`store` holds a password",
        ),
    ] {
        let errors = parse(text).unwrap_err().to_string();
        assert!(errors.contains(expected), "{errors}");
        assert!(!errors.contains("hunter2"), "{errors}");
    }
}

#[test]
fn all_errors_come_at_once_in_the_order_of_the_file() {
    let text = r#"mode = "reviw"
[systems.directory]
connector = "ldap"
ulr = "ldap://x"
page_size = "many"
password = { env = "X" }
[[people]]
name = "p"
from = "hr"
"#;
    let errors = parse(text).unwrap_err();
    let found: Vec<_> = errors
        .located()
        .into_iter()
        .filter(|problem| problem.severity == Severity::Error)
        .map(|problem| (problem.line, problem.message))
        .collect();
    let found: Vec<_> = found
        .iter()
        .map(|(line, message)| (*line, message.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (1, "`mode` cannot be `reviw`"),
            (2, "system `directory` has no `bind_dn`"),
            (2, "system `directory` has no `url`"),
            (2, "system `directory` has no `base`"),
            (4, "system `directory` has no key `ulr`"),
            (
                5,
                "`page_size` of system `directory`: expected u32, found string \"many\""
            ),
            (9, "source `p` names a system `hr` that there is not"),
        ]
    );
    assert!(
        errors.render(false).ends_with("usher.toml: 7 errors, 1 warning"),
        "{errors}"
    );
}

#[test]
fn an_error_is_shown_with_its_line_a_caret_and_a_hint() {
    let errors = parse(&format!("{BASE}{ACCOUNT}\tleave = \"kep\"\n")).unwrap_err();
    insta::assert_snapshot!(errors.render(false), @r#"
    error: `leave` cannot be `kep`
      --> usher.toml:20:10
       |
    20 |     leave = "kep"
       |             ^^^^^
       |
       = help: did you mean `keep`?

    usher.toml: 1 error
    "#);
    assert!(errors.render(true).contains('\u{1b}'));
}

#[test]
fn literal_secrets_are_refused_and_never_shown() {
    for snippet in [
        "[systems.x]\nconnector = \"scim\"\nurl = \"https://x\"\ntoken = \"hunter2\"",
        "[systems.x]\nconnector = \"scim\"\nurl = \"https://x\"\ntoken = [\"hunter2\"]",
        "[systems.x]\nconnector = \"scim\"\nurl = \"https://x\"\ntoken = { value = \"hunter2\" }",
        "[systems.x]\nconnector = \"scim\"\nurl = \"https://x\"\ntoken = { env = [\"hunter2\"] }\npassword = 'hunter2'",
        "[systems.x]\nconnector = \"scim\"\nurl = \"https://x\"\ntoken = \"hunter2",
        "[systems.x]\nconnector = \"scim\"\nurl = \"https://u:hunter2@x\"\ntoken = { env = \"x\" }",
        "[systems.x]\nconnector = \"scm\"\ntoken = \"hunter2\"",
        "[systems]\nx = { connector = \"scim\", url = 5, token = \"hunter2\" }",
    ] {
        let errors = parse(&format!("{BASE}{snippet}")).unwrap_err();
        let everything = format!(
            "{errors} {errors:?} {}",
            serde_json::to_string(&errors.located()).unwrap()
        );
        assert!(!everything.contains("hunter2"), "{everything}");
    }
    let wrong = amiss(
        "[systems.x]\nconnector = \"scim\"\nurl = \"https://x\"\ntoken = \"hunter2\"",
        "4:9 system `x`: `token` must not be written into the configuration | say where it is found: `token = { env = \"USHER_TOKEN\" }`",
    );
    assert_eq!(wrong, None);
}

#[test]
fn expressions_know_where_they_stand() {
    let text = format!(
        "{BASE}{ACCOUNT}scope = '[department] <> \"x\"'\nmatch = [[\"mail\", \"[mail]\"]]\n[accounts.attributes]\na = \"\\\"b\\\"\"\nc = '''\n[d]'''\n"
    );
    let config = sound(&text);
    let rule = &config.rules.accounts[0];
    let scope = rule.scope.as_ref().unwrap();
    assert_eq!(&text[scope.span.clone()], "[department] <> \"x\"");
    assert_eq!(&text[rule.matches[0].all[0].1.span.clone()], "[mail]");
    let at = |name: &str| {
        let mapping = rule
            .attributes
            .iter()
            .find(|mapping| mapping.attribute == name)
            .unwrap();
        let MappedValue::Expression(source) = &mapping.value else {
            panic!("{mapping:?}")
        };
        source.clone()
    };
    assert_eq!(
        (at("a").text.as_str(), &text[at("a").span]),
        ("\"b\"", r#""\"b\"""#)
    );
    assert_eq!(&text[at("c").span], "[d]");
    // a place inside an expression is a place in the file; with escapes it is the whole string
    assert_eq!(
        &text[Problem::in_expression(scope, 1..11, "unknown", None).span],
        "department"
    );
    assert_eq!(
        &text[Problem::in_expression(&at("a"), 1..2, "unknown", None).span],
        r#""\"b\"""#
    );
    let errors = config.errors(vec![Problem::in_expression(
        scope,
        1..11,
        "there is no attribute",
        None,
    )]);
    let located = &errors.located()[0];
    assert_eq!((located.line, located.column), (BASE.lines().count() + 5, 11));
}

#[test]
fn line_ends_marks_and_tabs_do_not_move_places() {
    let text = format!("{BASE}{ACCOUNT}\tscope\t=\t\"[mail]\"\nleave = \"kep\"\n");
    let place = |text: &str| {
        let errors = parse(text).unwrap_err();
        let located = errors.located().remove(0);
        assert!(errors.render(false).contains("\"kep\""), "{errors}");
        (located.line, located.column)
    };
    let line = BASE.lines().count() + 6;
    assert_eq!(place(&text), (line, 9));
    assert_eq!(place(&text.replace('\n', "\r\n")), (line, 9));
    assert_eq!(place(&format!("\u{feff}{text}")), (line, 9));
    let located = parse("\u{feff}mode = \"x\"\n").unwrap_err().located();
    let first = located
        .iter()
        .find(|problem| problem.message.contains("`mode`"))
        .unwrap();
    assert_eq!((first.line, first.column), (1, 8), "{first:?}");
}

#[test]
fn files_that_cannot_be_read_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let missing = Config::load(&folder.path().join("none.toml"))
        .unwrap_err()
        .to_string();
    assert!(
        missing.contains("none.toml") && missing.contains("`usher demo`"),
        "{missing}"
    );
    let directory = Config::load(folder.path()).unwrap_err().to_string();
    assert!(directory.contains("this is a folder"), "{directory}");
    let latin = folder.path().join("latin.toml");
    fs::write(&latin, b"mode = \"review\"\nlabel = \"M\xfcller\"\n").unwrap();
    let errors = Config::load(&latin).unwrap_err();
    let located = &errors.located()[0];
    assert_eq!(
        (located.line, located.column, located.message.as_str()),
        (2, 11, "this is not UTF-8")
    );
}

#[test]
fn a_sound_configuration_is_read_whole() {
    let text = format!(
        "mode = \"observe\"\nlabel = \"TEST\"\nstore = \"u.db\"\n{BASE}{ACCOUNT}{}",
        r#"actions = ["create", "disable", "delete"]
joiner = { create = "2 weeks before start", enable = "1 day before start" }
leave = "disable"
leaver = [{ disable = "end of last day", container = '"ou=off"', remove_groups = true, delete_after = "90 days" }]
rehire = "new"
out_of_scope = "delete"
[accounts.attributes]
z = { value = "[mail]", apply = "create", null = "clear", marked = true }
a = { reference = "[manager]" }
m = { secret = "initial", deliver = { command = ["send", "it"] } }
[guard]
delete = { absolute = 3 }
create = "unlimited"
[guard.per_system.directory]
delete = { absolute = 1 }
[guard.per_group]
remove_member = { percent = 50 }
[ui]
symbols = "ascii"
[ui.keys]
approve = ["a", "F2"]
reject = "r"
"#
    );
    let config = sound(&text);
    assert_eq!(
        (config.mode, config.label.as_deref()),
        (Mode::Observe, Some("TEST"))
    );
    assert_eq!(config.store, config.folder.join("u.db"));
    assert!(config.folder.is_absolute() && config.warnings.is_empty());
    assert!(matches!(config.systems[1].section, Section::Ldap(_)));
    let rule = &config.rules.accounts[0];
    assert_eq!(rule.actions, [Kind::Create, Kind::Disable, Kind::Delete]);
    assert_eq!(
        (rule.joiner.create_days_before, rule.joiner.enable_days_before),
        (14, 1)
    );
    assert_eq!(
        (rule.naming.as_deref(), rule.class.as_slice()),
        (Some("uid"), &["inetOrgPerson".to_owned()][..])
    );
    assert!(rule.leave_disables && rule.leaver.disable && rule.leaver.remove_groups);
    assert_eq!(
        (rule.leaver.delete_after_days, rule.leaver.rehire_restores),
        (Some(90), false)
    );
    assert_eq!(rule.out_of_scope, OutOfScope::Delete);
    let order: Vec<_> = rule
        .attributes
        .iter()
        .map(|mapping| mapping.attribute.as_str())
        .collect();
    assert_eq!(order, ["z", "a", "m"]);
    let z = &rule.attributes[0];
    assert!(z.on_create_only && z.marked && z.null == NullPolicy::Clear);
    assert!(
        rule.attributes[2].on_create_only,
        "a secret is set when the account is made"
    );
    let of = |kind: Kind| {
        config
            .rules
            .rails
            .iter()
            .filter(move |rail| rail.kinds == [kind])
            .collect::<Vec<&Rail>>()
    };
    assert_eq!(of(Kind::Create), Vec::<&Rail>::new());
    assert_eq!(
        (of(Kind::Delete)[0].absolute, of(Kind::Delete)[0].percent),
        (Some(3), None)
    );
    assert_eq!(of(Kind::Delete)[1].system.as_ref().unwrap().as_str(), "directory");
    assert_eq!(
        of(Kind::Disable)[0].absolute,
        Some(50),
        "the others keep their defaults"
    );
    assert!(of(Kind::RemoveMember)[1].per_group);
    assert_eq!(config.ui.symbols, Symbols::Ascii);
    assert_eq!(config.ui.keys["approve"], ["a", "F2"]);
}

#[test]
fn credentials_in_clear_are_a_warning_unless_they_stay_on_this_machine() {
    for (url, warnings) in [
        ("ldap://ldap.example.org", 1),
        ("ldap://127.0.0.1:389", 0),
        ("ldaps://x.example", 0),
    ] {
        let config = sound(&BASE.replace("ldaps://ldap.example.org", url));
        assert_eq!(config.warnings.count(Severity::Warning), warnings, "{url}");
    }
}

#[test]
fn what_is_probably_not_meant_is_a_warning() {
    let config = sound(BASE.split_once('\n').unwrap().1);
    assert_eq!(config.warnings.count(Severity::Warning), 1);
    assert_eq!(config.rules.time_zone, "UTC");
}

#[test]
fn accounts_of_a_domain_want_a_password() {
    let domain = "[systems.domain]\nconnector = \"active-directory\"\nurl = \"ldaps://dc1.example.org\"\nbind_dn = \
                  \"usher@example.org\"\npassword = { env = \"X\" }\nbase = \"DC=example,DC=org\"\n[[accounts]]\nname = \
                  \"windows\"\nin = \"domain\"\ncontainer = '\"OU=People,DC=example,DC=org\"'\n[accounts.attributes]\ncn = \
                  \"[mail]\"\n";
    let config = sound(&format!("{BASE}{domain}"));
    let rule = config.rules.accounts.last().unwrap();
    assert_eq!(
        (rule.class.as_slice(), rule.naming.as_deref()),
        (&["user".to_owned()][..], Some("cn"))
    );
    let warnings = config.warnings.to_string();
    assert!(
        warnings.contains("`windows` makes accounts without a password, which cannot be enabled"),
        "{warnings}"
    );
    let secret = "unicodePwd = { secret = \"initial\", deliver = { command = [\"send\"] } }\n";
    let config = sound(&format!("{BASE}{domain}{secret}"));
    assert!(!config.warnings.to_string().contains("without a password"));
}

#[test]
fn digests_change_with_rules_and_not_with_comments() {
    let text = format!("{BASE}{ACCOUNT}leave = \"keep\"\nscope = \"[mail]\"\n");
    let before = sound(&text).digest_of_rules();
    let commented = text
        .replace("leave =", "# why\nleave =")
        .replace("\"[mail]\"\n", "'[mail]'\n");
    assert_eq!(sound(&commented).digest_of_rules(), before);
    let after = sound(&text.replace("\"keep\"", "\"disable\"")).digest_of_rules();
    assert_ne!(after.whole, before.whole);
    assert_ne!(after.rules["accounts staff"], before.rules["accounts staff"]);
    assert_eq!(after.rules["people employees"], before.rules["people employees"]);
}
