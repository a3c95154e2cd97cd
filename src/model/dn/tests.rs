use proptest::prelude::*;

use super::*;

#[test]
fn spellings_of_the_same_name_are_the_same() {
    for (one, other) in [
        ("uid=Ana,ou=People,dc=x", "UID=ana, OU=people , dc=X"),
        (r"cn=Kovač\, Ana,dc=x", r"cn=Kova\C4\8D\2C ana,dc=x"),
        (r#"cn="Kovač, Ana",dc=x"#, r"cn=Kovač\, Ana,dc=x"),
        ("cn=a+uid=b,dc=x", "uid=B+cn=A,dc=x"),
        (r"cn=a  b,dc=x", "cn=A b,dc=x"),
        (r"cn=\#1,dc=x", r"cn=\231,dc=x"),
        (r"cn=#0402616B,dc=x", "cn=ak,dc=x"),
        (r"cn=a\ ,dc=x", r"cn=a\20,dc=x"),
        ("cn=a;dc=x", "cn=a,dc=x"),
        ("cn=MÜLLER,dc=x", "cn=müller,dc=x"),
    ] {
        assert!(
            same(one, other),
            "{one} | {other}: {:?} {:?}",
            normalise(one),
            normalise(other)
        );
    }
}

#[test]
fn different_names_are_different() {
    for (one, other) in [
        ("cn=a,dc=x", "cn=b,dc=x"),
        (r"cn=a\,dc=x", "cn=a,dc=x"),
        ("cn=a,dc=x", "uid=a,dc=x"),
        ("cn=a,dc=x", "cn=a"),
        (r"cn=a\+uid=b,dc=x", "cn=a+uid=b,dc=x"),
    ] {
        assert!(!same(one, other), "{one} | {other}");
    }
}

#[test]
fn what_is_no_name_is_refused() {
    for text in [
        "x",
        "=a",
        "cn",
        "cn=a,",
        "cn=a,,dc=x",
        ",",
        r"cn=a\",
        r"cn=a\zz",
        "cn=<a",
        "cn=\"a",
        "cn=#0",
        "cn=#04FF61",
    ] {
        assert_eq!(parse(text), None, "{text}");
    }
    assert_eq!(parse(""), Some(Vec::new()));
}

#[test]
fn containers_are_found() {
    assert_eq!(parent(r"cn=a\,b, ou=people,dc=x"), Some("ou=people,dc=x"));
    assert_eq!(parent("dc=x"), None);
    assert_eq!(rdn(r"cn=a\,b , ou=people,dc=x"), Some(r"cn=a\,b"));
    assert_eq!(rdn("cn=a+uid=b"), Some("cn=a+uid=b"));
    assert_eq!(rdn(r"cn=a\  ,dc=x"), Some(r"cn=a\ "));
    assert_eq!(rdn(r"cn=a\,,dc=x"), Some(r"cn=a\,"));
    assert!(is_below("uid=a,OU=disabled, dc=x", "ou=Disabled,dc=x"));
    assert!(is_below("uid=a,ou=b,ou=disabled,dc=x", "ou=disabled,dc=x"));
    assert!(!is_below("ou=disabled,dc=x", "ou=disabled,dc=x"));
    assert!(!is_below(r"cn=a\,ou=disabled,dc=x", "ou=disabled,dc=x"));
    assert!(!is_below("uid=a,ou=notdisabled,dc=x", "ou=disabled,dc=x"));
    assert!(is_below("dc=x", ""));
}

#[test]
fn values_are_escaped() {
    for (value, escaped) in [
        ("Kovač, Ana", r"Kovač\, Ana"),
        ("#1", r"\#1"),
        (" a ", r"\20a\20"),
        (" ", r"\20"),
        ("a+b=c", r"a\+b\=c"),
        ("a\0\n", r"a\00\0A"),
        ("\"<\\>;", r#"\"\<\\\>\;"#),
        ("", ""),
    ] {
        assert_eq!(escape_value(value), escaped);
    }
    assert_eq!(join("cn", "a,b", "dc=x"), r"cn=a\,b,dc=x");
    assert_eq!(join("cn", "a", ""), "cn=a");
}

proptest! {
    #[test]
    fn escaped_values_come_back(value in "\\PC{0,12}|[ ,+\"\\\\<>;=#\\x00-\\x1f]{0,8}") {
        let dn = join("cn", &value, "ou=x,dc=y");
        let parsed = parse(&dn).unwrap();
        prop_assert_eq!(parsed.len(), 3);
        prop_assert_eq!(&parsed[0][0].value[..], value.as_bytes());
        prop_assert_eq!(parent(&dn), Some("ou=x,dc=y"));
        prop_assert!(is_below(&dn, "dc=y"));
        prop_assert!(same(&dn, &dn.replace("cn=", "CN = ")));
    }

    #[test]
    fn nothing_makes_it_panic(text in "\\PC{0,40}|[a-c=,+;\\\\\"# 0-9]{0,30}") {
        let _ = (parse(&text), parent(&text), rdn(&text), is_below(&text, "a=b"));
        if let Some(normal) = normalise(&text) {
            prop_assert_eq!(normalise(&normal), Some(normal));
        }
    }
}
