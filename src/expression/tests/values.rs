//! Random values, roles, hidden values, and what directories keep in names.

use super::*;
use crate::expression::Drawn;

fn check(table: &[(&str, &str)]) {
    for (text, wanted) in table {
        assert_eq!(shown(text), *wanted, "{text}");
    }
}

#[test]
fn the_extras_give_what_they_say() {
    check(&[
        (
            r#"ConvertFromBase64("SABlAGwAbABvACAAdwBvAHIAbABkACEA")"#,
            "Hello world!",
        ),
        (r#"ConvertFromBase64("SGVsbG8gd29ybGQh", UTF8)"#, "Hello world!"),
        (
            r#"ConvertFromBase64("SGVsbG8gd29ybGQh", "ASCII")"#,
            "Hello world!",
        ),
        (r#"ConvertFromBase64("?")"#, "! `?` is not base64"),
        (
            r#"ConvertFromBase64("QQ==")"#,
            "! these octets are no text in that encoding",
        ),
        (r#"ConvertFromBase64(ConvertToBase64("Zoë 李"))"#, "Zoë 李"),
        (r#"DNComponent("cn=Joe,ou=People,dc=contoso,dc=com", 1)"#, "Joe"),
        (r#"DNComponent("cn=Doe\\, Joe,dc=com", 1)"#, "Doe, Joe"),
        (r#"DNComponent("cn=Joe,dc=com", 9)"#, ""),
        (
            r#"DNComponent("nonsense", 1)"#,
            "! `nonsense` is not a distinguished name",
        ),
        (
            r#"StringFromSID("010500000000000515000000A065CF7E784B9B5FE77C8770091C0100")"#,
            "S-1-5-21-2127521184-1604012920-1887927527-72713",
        ),
        (r#"StringFromSID("S-1-5-18")"#, "S-1-5-18"),
        (r#"StringFromSID("zz")"#, "! `zz` is not a security identifier"),
        ("StringFromSID([null])", "-"),
        (
            r#"Error("the account name is missing")"#,
            "! the account name is missing",
        ),
        (r#"IIF(IsPresent([given]), [given], Error("no name"))"#, "John"),
        (r#"Join("", "ana", "@", DefaultDomain())"#, "ana@example.org"),
        ("SingleAppRoleAssignment([groups])", "a"),
        ("SingleAppRoleAssignment([null])", "-"),
        ("AppRoleAssignments([groups])", "a|b|a"),
        ("Trim(\" \u{3000}x \")", "x"),
        ("IsNothing([empty])", "true"),
        ("CStr(true)", "true"),
        (r#"CStr("cn=Joe,dc=contoso,dc=com")"#, "cn=Joe,dc=contoso,dc=com"),
        ("CBool(0)", "false"),
        ("CBool(-3)", "true"),
        (r#"Not("anything")"#, "true"),
        ("IsString([octets])", "false"),
        ("IsString([number])", "true"),
        (r#"Mid("abc", 0, 1)"#, "! characters are counted from 1"),
        ("Item([groups], 0)", "! values are counted from 1"),
        (r#"Switch([empty], "Default", "true", "1", "", "0")"#, "0"),
        (r#"Switch([surname], [surname], "", "Other")"#, "Doe"),
        (r#"Switch([empty], [empty], "", "Other")"#, "Other"),
        (r#"Switch("TRUE", "d", "true", "1")"#, "d"),
        (r#"IIF([empty] = "", "Other", [given])"#, "Other"),
        (r#"IIF(IsNullOrEmpty([null]), "Other", [given])"#, "Other"),
        (r#"PCase("josé-maria o'neill")"#, "José-Maria O'Neill"),
        (r#"ToLower("I", "tr-TR")"#, "ı"),
        (r#"ToLower("I")"#, "i"),
        (r#"Word([null], 1, " ")"#, ""),
        (r#"Word("a,,b", 2, ",")"#, "b"),
        ("DateFromNum(0)", "1601-01-01T00:00:00Z"),
        (
            r#"NumFromDate("2020-12-31 23:59:59-08:00")"#,
            "132539615990000000",
        ),
        (
            r#"Switch("1", , "1", IIF(DateDiff("d", Now(), CDate([hired])) > 5, "False", "True"), "0", "False")"#,
            "False",
        ),
        (
            r#"Append(Join(", ",[surname],[given]), Join(""," (","Sales","-","DE",")"))"#,
            "Doe, John (Sales-DE)",
        ),
        (
            r#"Replace("+91 8887779999", , "\\+(?<isdCode>\\d* )(?<phoneNumber>\\d{10})", , "${isdCode}${phoneNumber}", , )"#,
            "91 8887779999",
        ),
    ]);
}

#[test]
fn roles_become_values_with_parts() {
    let sheet = Sheet(vec![(
        "roles",
        Value::List(vec![
            Value::Complex(vec![
                ("displayName".into(), Value::text("Auditor")),
                ("value".into(), Value::text("aud")),
            ]),
            Value::text("Admin"),
        ]),
    )]);
    let given = |text: &str| {
        let expression = Expression::compile(text, &sheet).unwrap();
        (
            with_moment(|moment| expression.evaluate(&&sheet, moment).unwrap().into_owned()),
            expression.only_adds(),
        )
    };
    let role = |value: &'static str, name: &'static str| {
        Value::Complex(vec![
            ("value".into(), Value::text(value)),
            ("display".into(), Value::text(name)),
            ("primary".into(), Value::Boolean(false)),
        ])
    };
    let both = Value::List(vec![role("aud", "Auditor"), role("Admin", "Admin")]);
    assert_eq!(given("AppRoleAssignmentsComplex([roles])"), (both.clone(), true));
    assert_eq!(
        given("AssertiveAppRoleAssignmentsComplex([roles])"),
        (both, false)
    );
    assert_eq!(given("SingleAppRoleAssignment([roles])").0, Value::text("Admin"));
}

#[test]
fn random_values_stay_the_same_for_the_same_draw() {
    let text = r#"Join("", RandomString(20, 4, 4, 4, 4, "?,"), "|", RandomString(20, 4, 4, 4, 4, "?,"), "|", Guid())"#;
    let sheet = sheet();
    let expression = compile(text).unwrap();
    assert!(expression.draws() && !compile("[given]").unwrap().draws());
    let with = |attribute: &str| {
        let row = Drawn::new(&sheet, Draw::new(b"seed", &["person", "rule", attribute]));
        with_moment(|moment| expression.evaluate(&row, moment).unwrap().into_owned())
            .as_text()
            .unwrap()
            .into_owned()
    };
    let one = with("uid");
    assert_eq!(one, with("uid"));
    assert_ne!(one, with("mail"));
    let parts: Vec<&str> = one.splitn(3, '|').collect();
    assert_ne!(parts[0], parts[1], "two calls of one expression");
    let count = |test: fn(&char) -> bool| parts[0].chars().filter(test).count();
    assert_eq!(parts[0].chars().count(), 20);
    assert!(count(char::is_ascii_digit) >= 4 && count(char::is_ascii_punctuation) >= 4);
    assert!(count(char::is_ascii_uppercase) >= 4 && count(char::is_ascii_lowercase) >= 4);
    assert!(!one.split('|').next().unwrap().contains(['?', ',']));
    let plain = shown("RandomString(3, 3, 0, 0, 0, )");
    assert!(
        plain.len() == 3 && plain.bytes().all(|b| b.is_ascii_digit()),
        "{plain}"
    );
    assert_eq!(format!("{:?}", Draw::new(b"seed", &[])), "Draw(…)");
    // a rule with random values is tried again with others
    let choice = compile("SelectUniqueValue([given], RandomString(6, 2, 0, 2, 2))").unwrap();
    let tries: Vec<_> = with_moment(|moment| {
        choice
            .candidates(&&sheet, moment)
            .map(|value| value.unwrap().as_text().unwrap().into_owned())
            .collect()
    });
    let different: std::collections::BTreeSet<_> = tries.iter().collect();
    assert!(different.len() > 90, "{}", different.len());
}

#[test]
fn without_a_draw_there_is_nothing_random() {
    struct Bare;
    impl<'a> Row<'a> for Bare {
        fn get(&self, _: Slot) -> Value<'a> {
            Value::Absent
        }
    }
    let expression = compile("Guid()").unwrap();
    let fault = with_moment(|moment| expression.evaluate(&Bare, moment).unwrap_err());
    assert!(fault.message.contains("nothing to be drawn from"));
}

#[test]
fn a_redacted_value_is_shown_nowhere() {
    let expression = compile(r#"Append(Redact(ToUpper([surname])), "!")"#).unwrap();
    assert!(expression.redacts());
    assert_eq!(shown(r#"Append(Redact(ToUpper([surname])), "!")"#), "DOE!");
    let sheet = sheet();
    let trace = with_moment(|moment| expression.trace(&&sheet, moment));
    let shown = format!("{trace:?}");
    assert!(!shown.contains("DOE") && !shown.contains("\"Doe\""), "{shown}");
    assert!(shown.contains("[Redact]"));
    let broken = compile("CDate(Redact([surname]))").unwrap();
    let fault = with_moment(|moment| broken.evaluate(&&sheet, moment).unwrap_err());
    assert!(!fault.message.contains("Doe"), "{fault}");
}
